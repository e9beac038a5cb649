"""The methods of a ufunc over exact arrays: call, reduce, accumulate, at and outer, with `out=` and `where=`."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from . import arithmetic as ar
from . import ufuncs
from .array import HOOKS, Exact, gathered_list, number, plain_index, scalar, stored
from .beside import written
from .records import Number, Run, block_of, each_field, fill, load, planes_of, refuse
from .residues import Element

SUMS = {np.add, np.subtract}
NEUTRAL: dict[Any, float] = {np.add: 0.0, np.multiply: 1.0, np.maximum: -np.inf, np.minimum: np.inf}
TINY = 2.0**-53
COMPOSED: dict[Any, Any] = {
    np.divmod: lambda a, b: (np.floor_divide(a, b), np.remainder(a, b)),
    np.modf: lambda a: (a - np.trunc(a), np.trunc(a)),
    np.ldexp: lambda a, k: a * np.power(2.0, k),
    np.vecdot: lambda a, b: np.sum(np.multiply(a, b), axis=-1),
}
if hasattr(np, "matvec"):  # of NumPy 2.2
    COMPOSED[np.matvec] = lambda a, b: np.matmul(a, np.expand_dims(b, -1))[..., 0]
    COMPOSED[np.vecmat] = lambda a, b: np.matmul(np.expand_dims(a, -2), b)[..., 0, :]


def _into(run: Run, target: Any, n: Any, where: Any = True) -> Any:
    """Write a result to `out=`."""
    if not isinstance(target, Exact):
        return written(run, target, lambda exact: _into(run, exact, n, where))
    n = n if isinstance(n, Number) else load(run, n)
    if not target.flags.writeable:
        if target.ndim or where is not True:
            raise ValueError("output array is read-only")
        return scalar(stored(run, n))  # a number of its own, as after `total += 1`
    if where is True:
        planes = planes_of(target)
        fill(run, planes, each_field(n, lambda part: np.broadcast_to(part, target.shape)))
    else:
        mask = np.broadcast_to(np.asarray(where), target.shape)
        target[mask] = stored(run, each_field(n, lambda part: np.broadcast_to(part, target.shape)))[mask]
    return target


def _call(run: Run, ufunc: Any, inputs: Any, target: Any, kwargs: dict[str, Any]) -> Any:
    where = True
    if kwargs:
        where = kwargs.pop("where", True)
        if ufunc is np.matmul and kwargs.get("axes") == [(-2, -1)] * 3:
            kwargs.pop("axes")  # as @= says it
        _none_left(ufunc, kwargs)
    if ufunc in COMPOSED:
        if target is not None or where is not True:
            refuse(f"{ufunc.__name__}(out=, where=) is not understood")
        return COMPOSED[ufunc](*inputs)
    if ufunc in ufuncs.SELECTIONS:
        return _selected(run, ufunc, inputs, target, where)
    if ufunc not in ufuncs.RULES and ufunc.types == [f"{'O' * ufunc.nin}->O"]:  # np.frompyfunc: Python's own function
        if target is not None or where is not True:
            refuse(f"{ufunc.__name__}(out=, where=) is not understood")
        return _by_entries(run, ufunc, inputs)
    n = _lost(run, ufunc, inputs) if ufunc in SUMS else None
    n = ufuncs.call(run, ufunc, [number(run, a) for a in inputs]) if n is None else n
    if target is not None:
        return _into(run, target, n, where)
    if where is not True and not (np.all(where) and np.broadcast_shapes(np.shape(where), n.x.shape) == n.x.shape):
        refuse("where= without out=")
    return scalar(stored(run, n))


def _lost(run: Run, ufunc: Any, inputs: Any) -> Number | None:
    """A sum or difference in which a tiny plain number is lost to floats: 1e-20 beside a probability."""
    a, b = inputs[::-1] if ufunc is np.add and isinstance(inputs[0], float) else inputs
    if not isinstance(b, float) or not 0 < abs(b) < TINY or not isinstance(a, Exact) or not a.size:
        return None
    n = load(run, a)
    if not (n.x + b == n.x).all():
        return None
    run.log("lost", b)
    return n


def _by_entries(run: Run, f: Any, inputs: Any) -> Any:
    wide = np.broadcast_arrays(*(stored(run, number(run, a)) for a in inputs))
    cells = []
    for k in np.ndindex(wide[0].shape):
        cell = [np.empty((), object) for _ in wide]
        for box, w in zip(cell, wide, strict=True):
            box[()] = w[k]
        with run.callers_code():
            cells.append(f(*cell))
    return np.reshape(gathered_list(cells), wide[0].shape)


def _selected(run: Run, ufunc: Any, inputs: Any, target: Any, where: Any) -> Any:
    """A function of the shadows that is constant nearby: plain, and the same at every point."""
    if where is not True:
        refuse(f"{ufunc.__name__}(where=)")
    shadows = [load(run, a).x if isinstance(a, Exact) else a for a in inputs]
    result = ufunc(*shadows)
    run.log(ufunc.__name__, hash(np.asarray(result).tobytes()))
    if target is None:
        return result
    target[...] = result
    return target


def _none_left(ufunc: Any, kwargs: dict[str, Any]) -> None:
    if not kwargs:
        return
    left = {name for name, value in kwargs.items() if value is not None and value is not np._NoValue}
    if left:
        refuse(f"{ufunc.__name__}({min(left)}=) is not understood")


def _reduce(run: Run, ufunc: Any, inputs: Any, target: Any, kwargs: dict[str, Any]) -> Any:
    axis, keepdims = kwargs.pop("axis", 0), bool(kwargs.pop("keepdims", False))
    initial, where = kwargs.pop("initial", None), kwargs.pop("where", True)
    if ufunc in (np.logical_and, np.logical_or) and kwargs.get("dtype") in (bool, np.dtype(bool)):
        kwargs.pop("dtype")
    _none_left(ufunc, kwargs)
    if where is not True:
        if ufunc not in NEUTRAL:
            refuse(f"{ufunc.__name__}.reduce(where=) is not understood")
        inputs = (np.where(where, inputs[0], NEUTRAL[ufunc]),)
    n = number(run, inputs[0])
    if ufunc in (np.logical_and, np.logical_or):
        if target is not None or initial not in (None, np._NoValue):
            refuse(f"{ufunc.__name__}.reduce(out=, initial=) is not understood")
        result = ufunc.reduce(n.x, axis=axis, keepdims=keepdims)
        run.log(ufunc.__name__, hash(np.asarray(result).tobytes()))
        return result
    has_initial = initial is not None and initial is not np._NoValue
    n = ufuncs.reduce(run, ufunc, n, axis, keepdims)
    if has_initial:
        n = ufuncs.call(run, ufunc, [n, number(run, initial)])
    return scalar(stored(run, n)) if target is None else _into(run, target, n)


def _accumulate(run: Run, ufunc: Any, inputs: Any, target: Any, kwargs: dict[str, Any]) -> Any:
    axis = kwargs.pop("axis", 0)
    _none_left(ufunc, kwargs)
    if ufunc in ufuncs.FOLDED:
        a = np.moveaxis(stored(run, number(run, inputs[0])), axis, 0)
        for k in range(1, len(a)):
            a[k] = ufunc(a[k - 1], a[k])
        result = np.moveaxis(a, 0, axis)
        return result if target is None else _into(run, target, result)
    n = ufuncs.accumulate(run, ufunc, number(run, inputs[0]), axis)
    return stored(run, n) if target is None else _into(run, target, n)


def _at(run: Run, ufunc: Any, inputs: Any, target: Any, kwargs: dict[str, Any]) -> Any:
    """ufunc.at: entry by entry, so that an index met twice counts twice."""
    _none_left(ufunc, kwargs)
    a, index, *values = inputs
    if not isinstance(a, Exact):
        written(run, a, lambda exact: _at(run, ufunc, (exact, index, *values), target, kwargs))
        return None
    key, _ = plain_index(run, index)
    flat, numbers = _flat(a)
    places = numbers[key]
    operand = [np.broadcast_to(stored(run, number(run, v)), places.shape) for v in values]
    if ufunc in (np.add, np.subtract):
        _add_at(run, flat, places, load(run, operand[0]), ufunc is np.subtract)
        return None
    for k, place in enumerate(places.reshape(-1)):
        flat[place] = ufunc(flat[place], *(v.reshape(-1)[k] for v in operand))
    return None


def _flat(a: Exact) -> tuple[Exact, npt.NDArray[np.intp]]:
    """One axis in which all entries of a view lie, and where each does: windows that overlap have some in common."""
    if a.flags.c_contiguous:
        return a.reshape(-1), np.arange(a.size).reshape(a.shape)
    block = block_of(a)
    whole: Exact = np.ndarray.__new__(Exact, block.shape[1:], np.float64, block)
    return whole, np.ndarray(a.shape, np.intp, np.arange(whole.size), a.ctypes.data - whole.ctypes.data, a.strides)


def _add_at(run: Run, a: Exact, places: npt.NDArray[np.intp], n: Number, minus: bool) -> None:
    if minus:
        v, e, t = ar.negative(run, n)
        n = Number(-n.x, v, e, t)
    old = load(run, a)
    x, (p, q) = old.x.copy(), (run.field.p, run.field.q)
    np.add.at(x.reshape(-1), places, n.x)

    def element(into: Any, extra: Any) -> Any:
        if extra is None:
            return into
        re = _added(into.re, places, extra.re, p)
        if into.im is None and extra.im is None:
            return Element(re)
        zero = np.zeros_like(into.re)
        im = _added(zero if into.im is None else into.im, places, np.zeros_like(extra.re) if extra.im is None else extra.im, p)
        return Element(re, im)

    e = _added(ar.exponent(run, old), places, ar.exponent(run, n), q) if run.exponents else None
    run.log("at")
    new_number = ufuncs.finish(run, np.add, [], x, (element(old.v, n.v), e, None if old.t is None else element(old.t, n.t)))
    fill(run, planes_of(a), new_number)


def _added(into: Any, places: Any, extra: Any, m: int) -> Any:
    total = into.copy()
    np.add.at(total.reshape(-1), places, extra)
    return total % m


def _outer(run: Run, ufunc: Any, inputs: Any, target: Any, kwargs: dict[str, Any]) -> Any:
    a, b = (stored(run, number(run, x)) for x in inputs)
    return _call(run, ufunc, (a.reshape(a.shape + (1,) * b.ndim), b), target, kwargs)


def _reduceat(run: Run, ufunc: Any, inputs: Any, target: Any, kwargs: dict[str, Any]) -> Any:
    axis = kwargs.pop("axis", 0)
    _none_left(ufunc, kwargs)
    a, starts = np.moveaxis(stored(run, number(run, inputs[0])), axis, 0), [int(k) for k in np.asarray(inputs[1])]
    ends = [e if e > s else s + 1 for s, e in zip(starts, [*starts[1:], len(a)], strict=True)]
    result = np.moveaxis(np.stack([ufunc.reduce(a[s:e], axis=0) for s, e in zip(starts, ends, strict=True)]), 0, axis)
    return result if target is None else _into(run, target, result)


HOOKS |= {
    "__call__": _call,
    "reduce": _reduce,
    "accumulate": _accumulate,
    "at": _at,
    "outer": _outer,
    "reduceat": _reduceat,
}
