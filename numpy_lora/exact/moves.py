"""NumPy's functions that move entries about, over exact arrays.

They run on the *positions* of the records, where 0 is the number zero, so that what NumPy fills in is a zero too.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from .array import Exact, number, scalar, stored
from .records import FLOAT, Run, check_seals, new_block, planes_of, refuse, running
from .residues import Words

Function = Callable[..., Any]

# These move entries of their first argument about, or join a sequence of arrays.
MOVES = {
    np.tile, np.repeat, np.roll, np.take, np.take_along_axis, np.delete, np.resize,
    np.tril, np.triu, np.diagflat,
}  # fmt: skip
JOINS = {np.concatenate, np.stack, np.hstack, np.vstack, np.dstack, np.column_stack, np.block}


class Positions:
    """The records of some arrays in one pool, behind the number zero; arrays of positions in it stand for them."""

    def __init__(self, run: Run) -> None:
        self.run = run
        zero = stored(run, run.scalar(0))
        self.pools: list[Words] = [planes_of(zero).reshape(run.planes, 1)]
        self.size = 1

    def of(self, a: Any) -> npt.NDArray[np.intp]:
        """Positions for the entries of an array, exact or plain."""
        exact = a if isinstance(a, Exact) else stored(self.run, number(self.run, a))
        planes = planes_of(exact)
        check_seals(self.run, planes)
        self.pools.append(planes.reshape(self.run.planes, -1))
        start, self.size = self.size, self.size + exact.size
        return np.arange(start, self.size).reshape(exact.shape)

    def records(self, positions: npt.NDArray[np.intp]) -> Exact:
        """The records at positions, as a new exact array."""
        block = new_block(self.run, positions.shape)
        pool = np.concatenate(self.pools, axis=1)
        np.take(pool, positions.reshape(-1), axis=1, out=block)
        a: Exact = np.ndarray.__new__(Exact, positions.shape, np.float64, block)
        return a


PADS = {"constant", "edge", "reflect", "symmetric", "wrap"}


def pad(array: Any, pad_width: Any, mode: Any = "constant", **kwargs: Any) -> Any:
    """np.pad, where what is filled in may be a constant other than 0, the same on all sides."""
    value = kwargs.get("constant_values", 0)
    if mode != "constant" or np.size(value) != 1 or isinstance(value, Exact) or not np.any(value):
        return moved(np.pad, (array,), (pad_width, mode), kwargs)
    padded = moved(np.pad, (array,), (pad_width,), {})
    padded[np.pad(np.zeros(np.shape(array), bool), pad_width, constant_values=True)] = float(np.reshape(value, ()))
    return padded


def moved(func: Function, first: Any, rest: Any, kwargs: Any) -> Any:
    """A function that moves the entries of its first argument, run on positions."""
    run = running()
    if not first or not isinstance(first[0], Exact) or any(isinstance(a, Exact) for a in (*rest, *kwargs.values())):
        refuse(f"{func.__name__} with exact arrays where it takes positions, or by name")
    bound = inspect.signature(func).bind(*first, *rest, **kwargs).arguments
    if bound.get("out") is not None:
        refuse(f"{func.__name__}(out=) is not understood")
    _understood(func, kwargs, {"axis", "shift", "k", "mode", "constant_values", "indices", "pad_width", "new_shape",
                               "reps", "repeats", "obj"})  # fmt: skip
    modes = {*rest[1:], kwargs.get("mode", "constant")} if func is np.pad else set()
    if not modes <= PADS or np.any(np.not_equal(kwargs.get("constant_values", 0), 0)):
        refuse("pad by that mode, or with a constant other than 0")
    run.log(func.__name__, *(hash(np.asarray(a).tobytes()) for a in (*rest, *kwargs.values()) if not isinstance(a, str)))
    pool = Positions(run)
    return scalar(pool.records(func(pool.of(first[0]), *rest, **kwargs)))


def insert(arr: Any, obj: Any, values: Any, axis: Any = None) -> Any:
    """np.insert."""
    run = running()
    if np.asarray(arr).dtype != FLOAT:
        refuse("insert into an array of other than float64")
    pool = Positions(run)
    positions = np.insert(pool.of(arr), obj, pool.of(values), axis=axis)
    run.log("insert", hash(positions.tobytes()))
    return pool.records(positions)


def joined(func: Function, arrays: Any, rest: Any, kwargs: Any) -> Any:
    """A function that joins a sequence of arrays, run on positions."""
    run = running()
    _understood(func, kwargs, {"axis"})
    if len(rest) > 1:
        refuse(f"{func.__name__}(out=) is not understood")
    pool = Positions(run)

    def positions(a: Any) -> Any:
        nested = isinstance(a, list) and func is np.block
        return [positions(entry) for entry in a] if nested else pool.of(a)

    run.log(func.__name__, repr(rest), repr(kwargs))
    parts = positions(arrays) if func is np.block else [positions(a) for a in arrays]
    return pool.records(func(parts, *rest, **kwargs))


def _understood(func: Function, kwargs: dict[str, Any], names: set[str]) -> None:
    left = set(kwargs) - names
    if left:
        refuse(f"{func.__name__}({min(left)}=) is not understood")
