"""Records beside plain arrays that exact numbers were written into by `out=`, `+=`, `np.add.at` and their like.

A plain array keeps the shadows; its records lie in a block of their own, found by its address. What is written into it
behind them no longer fits the shadows and is refused when it is read.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from .records import FLOAT, Run, fill, new_block, refuse

Array = npt.NDArray[Any]


def _root(a: Array) -> Array:
    """The array whose memory a view is part of."""
    while isinstance(a.base, np.ndarray):
        a = a.base
    return a


def _address(a: Array) -> int:
    return int(a.__array_interface__["data"][0])


def found(run: Run, a: Array) -> Any:
    """The exact array beside a plain one, None where there is none."""
    if not run.beside or not a.size:
        return None
    root = _root(a)
    held = run.beside.get(_address(root))
    if held is None or held[0].size != root.size or a.dtype != FLOAT:
        return None
    exact = _view(held[1], _address(a) - _address(root), a)
    if not np.array_equal(np.ndarray.view(exact, np.ndarray).view(np.uint64), np.asarray(a).view(np.uint64)):
        refuse("a plain array was written behind its records")
    return exact


def _view(block: Any, offset: int, a: Array) -> Any:
    from .array import Exact

    return np.ndarray.__new__(Exact, a.shape, FLOAT, block, offset, a.strides)


def made(run: Run, a: Any) -> Any:
    """The exact array beside a plain one, made of its numbers, which are constants, if it is not there yet."""
    root = _root(a)
    if a.dtype != FLOAT or root.dtype != FLOAT or not (root.flags.c_contiguous or root.flags.f_contiguous) or not a.size:
        refuse("exact numbers were written into a plain array that is not of float64, or not contiguous")
    if not a.flags.writeable:
        raise ValueError("output array is read-only")
    exact = found(run, a)
    if exact is None:
        block = new_block(run, (root.size,))
        fill(run, block, run.constant(root.ravel(order="K")))
        run.beside[_address(root)] = (root, block)  # and so its memory is no other array's while the run lasts
        exact = _view(block, _address(a) - _address(root), a)
    return exact


def written(run: Run, a: Any, write: Callable[[Any], Any]) -> Any:
    """Do to the exact array beside a plain one what writes into it, and give the plain one its shadows."""
    exact = made(run, a)
    write(exact)
    np.copyto(a, np.ndarray.view(exact, np.ndarray))
    return a
