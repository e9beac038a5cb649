"""NumPy's functions over exact arrays: a table, one entry a function. What stands in no table raises `NotExact`.

Most are NumPy's own: those made of methods and ufuncs run as they are, those that give views likewise; those that move entries
about are in `moves`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from . import contractions, further, linalg, orders, spectra
from .arithmetic import choose
from .array import HOOKS, Exact, copied, holds_exact, new, number, stored
from .beside import written
from .moves import JOINS, MOVES, joined, moved, pad
from .records import Number, Run, each_field, load, refuse, running

Function = Callable[..., Any]

# NumPy's own code is right over exact arrays: it calls methods, ufuncs and other functions of this page, or asks for shapes.
NATIVE = {
    np.sum, np.mean, np.var, np.std, np.prod, np.max, np.min, np.amax, np.amin, np.any, np.all, np.clip, np.ptp,
    np.transpose, np.swapaxes, np.moveaxis, np.rollaxis, np.expand_dims, np.squeeze, np.reshape, np.ravel, np.matrix_transpose,
    np.split, np.array_split, np.hsplit, np.vsplit, np.dsplit, np.flip, np.fliplr, np.flipud, np.rot90, np.diagonal,
    np.atleast_1d, np.atleast_2d, np.atleast_3d, np.diff,
    np.shape, np.ndim, np.size, np.iscomplexobj, np.isrealobj, np.result_type, np.common_type, np.can_cast,
    np.may_share_memory, np.shares_memory, np.gradient, np.trapezoid, np.diag_indices_from,
    np.linalg.matrix_norm, np.linalg.vector_norm, np.linalg.diagonal, np.linalg.trace, np.linalg.matrix_transpose,
    np.linalg.outer, np.linalg.cross, np.linalg.tensordot, np.linalg.matmul,
}  # fmt: skip

# What these read off the shadows is constant nearby; they give plain arrays.
SELECTIONS = {
    np.argmax, np.argmin, np.argsort, np.nonzero, np.flatnonzero, np.argwhere, np.count_nonzero, np.searchsorted,
    np.lexsort, np.argpartition, np.array_equal, np.allclose, np.isclose, np.digitize, np.round, np.around, np.array_equiv,
    np.iscomplex, np.isreal, np.fix, np.isposinf, np.isneginf, np.linalg.matrix_rank,
}  # fmt: skip


def dispatch(func: Function, types: Any, args: Any, kwargs: Any) -> Any:
    """Find a function in the tables."""
    if func in TABLE:
        return TABLE[func](*args, **kwargs)
    if func in further.TABLE:
        return further.TABLE[func](*args, **kwargs)
    if func in NATIVE:
        return np.ndarray.__array_function__(_any_exact(args, kwargs), func, types, args, kwargs)
    if func in MOVES:
        return moved(func, args[:1], args[1:], kwargs)
    if func in JOINS:
        return joined(func, args[0], args[1:], kwargs)
    if func in SELECTIONS:
        return selected(func, args, kwargs)
    if func.__module__.startswith("numpy.polynomial"):
        return _as_the_callers(func, args, kwargs)
    refuse(f"{func.__module__}.{func.__name__} has no exact meaning")


def _as_the_callers(func: Any, args: Any, kwargs: Any) -> Any:
    """NumPy's own code, run as the caller's code is: where it makes buffers, they are exact if the caller's are."""
    with running().callers_code():
        return func._implementation(*args, **kwargs)


HOOKS["function"] = dispatch


def _any_exact(args: Any, kwargs: Any) -> Exact:
    for a in (*args, *kwargs.values()):
        if isinstance(a, Exact):
            return a
        if isinstance(a, list | tuple) and holds_exact(a):
            return _any_exact(a, {})
    refuse("no exact argument")


def _bare(a: Any) -> Any:
    """Shadows in the place of exact arrays."""
    if isinstance(a, Exact):
        return load(running(), a).x
    if isinstance(a, list | tuple):
        return type(a)(_bare(entry) for entry in a)
    return a


def selected(func: Function, args: Any, kwargs: Any) -> Any:
    """A function of the shadows alone, logged."""
    result = func(*_bare(args), **{name: _bare(value) for name, value in kwargs.items()})
    parts = result if isinstance(result, tuple) else (result,)
    running().log(func.__name__, *(hash(np.asarray(part).tobytes()) for part in parts))
    return result


# --- functions of our own


def where(condition: Any, *branches: Any) -> Any:
    """np.where."""
    run = running()
    if not branches:
        return selected(np.nonzero, (condition,), {})
    if len(branches) != 2:
        raise ValueError("either both or neither of x and y should be given")
    mask = load(run, condition).x != 0 if isinstance(condition, Exact) else np.asarray(condition)
    run.log("where", mask.shape, hash(mask.tobytes()))
    a, b = (number(run, branch) for branch in branches)
    return stored(run, Number(np.where(mask, a.x, b.x), *choose(mask.astype(bool), a, b)))


def select(condlist: Any, choicelist: Any, default: Any = 0) -> Any:
    """np.select: the first condition that holds."""
    result = np.broadcast_to(default, np.broadcast_shapes(*(np.shape(c) for c in (*condlist, *choicelist))))
    for condition, choice in reversed(list(zip(condlist, choicelist, strict=True))):
        result = where(condition, choice, result)
    return result


def _like(fill: float | None) -> Function:
    def like(a: Any, dtype: Any = None, order: Any = "K", subok: Any = True, shape: Any = None, *, device: Any = None) -> Any:
        run = running()
        if device not in (None, "cpu"):
            refuse("a device other than the cpu")
        kind = a.dtype if dtype is None else np.dtype(dtype)
        shape = a.shape if shape is None else tuple(np.atleast_1d(shape))
        if kind != np.float64 and kind.kind in "bui":
            return np.empty(shape, kind) if fill is None else np.full(shape, fill, kind)
        if kind != np.float64:
            refuse(f"an array of {kind}")
        return new(run, shape) if fill is None else constant(run, fill, shape)

    return like


def constant(run: Run, value: Any, shape: tuple[int, ...]) -> Exact:
    """An exact array with the same number everywhere."""
    n = number(run, value)
    return stored(run, each_field(n, lambda part: np.broadcast_to(part, shape)), shape)


def full_like(a: Any, fill_value: Any, dtype: Any = None, order: Any = "K", subok: Any = True, shape: Any = None) -> Any:
    """np.full_like."""
    result = _like(None)(a, dtype, order, subok, shape)
    result[...] = fill_value
    return result


def cumulative(ufunc: Any) -> Function:
    """np.cumsum and np.cumprod."""

    def cumulate(a: Any, axis: Any = None, dtype: Any = None, out: Any = None) -> Any:
        a, axis = (a.ravel(), 0) if axis is None else (a, axis)
        return ufunc.accumulate(a, axis, dtype, **({} if out is None else {"out": out}))

    return cumulate


def cumulative_whole(f: Function) -> Function:
    """np.cumulative_sum and np.cumulative_prod."""

    def cumulate(x: Any, /, *, axis: Any = None, dtype: Any = None, out: Any = None, include_initial: bool = False) -> Any:
        if include_initial or (axis is None and x.ndim > 1):
            refuse("cumulative_sum(include_initial=), or along no axis of several")
        return f(x, axis, dtype, out)

    return cumulate


def broadcast_to(array: Any, shape: Any, subok: bool = False) -> Any:
    """np.broadcast_to, as a view of the records."""
    wide = np.ndarray.__array_function__(array, np.broadcast_to, (Exact,), (array, shape), {"subok": True})
    return wide


def broadcast_arrays(*args: Any, subok: bool = False) -> Any:
    """np.broadcast_arrays."""
    shape = np.broadcast_shapes(*(np.shape(a) for a in args))
    return tuple(broadcast_to(a, shape) if isinstance(a, Exact) else np.broadcast_to(a, shape) for a in args)


def copyto(dst: Any, src: Any, casting: str = "same_kind", where: Any = True) -> None:
    """np.copyto, into an exact array."""
    if casting not in ("same_kind", "unsafe"):
        refuse("copyto by another casting")
    if not isinstance(dst, Exact):
        written(running(), dst, lambda exact: copyto(exact, src, casting, where))
        return
    dst[...] = src if where is True else np.where(where, src, dst)


def compress(condition: Any, a: Any, axis: Any = None, out: Any = None) -> Any:
    """np.compress."""
    if out is not None:
        refuse("compress(out=) is not understood")
    return np.take(a, np.flatnonzero(condition), axis=axis)


def nan_to_num(x: Any, copy: bool = True, nan: float = 0.0, posinf: Any = None, neginf: Any = None) -> Any:
    """NaN as zero, infinities as the largest numbers (or as given), read off the shadows."""
    largest = np.finfo(float).max
    shadows = load(running(), x).x
    result = where(np.isnan(shadows), nan, x)
    result = where(np.isposinf(shadows), largest if posinf is None else posinf, result)
    result = where(np.isneginf(shadows), -largest if neginf is None else neginf, result)
    if copy:
        return result
    x[...] = result
    return x


def apply_along_axis(func1d: Function, axis: int, arr: Any, *args: Any, **kwargs: Any) -> Any:
    """func1d of every line along an axis, put back in its place."""
    moved_arr = np.moveaxis(arr, axis, -1)
    with running().callers_code():
        lines = [func1d(moved_arr[k], *args, **kwargs) for k in np.ndindex(moved_arr.shape[:-1])]
    stacked = np.stack(lines).reshape(moved_arr.shape[:-1] + np.shape(lines[0]))
    own = np.ndim(lines[0])
    return np.moveaxis(stacked, range(stacked.ndim - own, stacked.ndim), range(axis % arr.ndim, axis % arr.ndim + own))


def average(a: Any, axis: Any = None, weights: Any = None, returned: bool = False, *, keepdims: bool = False) -> Any:
    """Σ w a/Σ w."""
    w = np.ones(np.shape(a)) if weights is None else weights
    if np.shape(w) != np.shape(a) and axis is None:
        refuse("average by weights of another shape")
    if np.shape(w) != np.shape(a):
        w = np.reshape(w, [-1 if k == axis % a.ndim else 1 for k in range(a.ndim)]) + 0 * a
    total = np.sum(w, axis=axis, keepdims=keepdims)
    mean = np.sum(a * w, axis=axis, keepdims=keepdims) / total
    return (mean, total) if returned else mean


def diag(v: Any, k: int = 0) -> Any:
    """np.diag: of a matrix a view, of a vector a new matrix."""
    return np.diagonal(v, k) if np.ndim(v) == 2 else moved(np.diag, (v,), (k,), {})


def append(a: Any, values: Any, axis: Any = None) -> Any:
    """np.append."""
    if axis is None:
        return np.concatenate([np.ravel(a), np.ravel(values)])
    return np.concatenate([a, values], axis=axis)


def put_along_axis(arr: Any, indices: Any, values: Any, axis: Any = -1) -> None:
    """np.put_along_axis."""
    if not isinstance(arr, Exact):
        written(running(), arr, lambda exact: put_along_axis(exact, indices, values, axis))
        return
    a = arr
    if axis is None:
        a, axis = a.reshape(-1), 0
    shape = [1 if k == axis % a.ndim else n for k, n in enumerate(a.shape)]
    shape[axis] = indices.shape[axis]
    indices = np.broadcast_to(indices, shape)
    grid = list(np.ogrid[tuple(slice(n) for n in shape)])
    grid[axis] = indices
    a[tuple(grid)] = values


TABLE: dict[Any, Function] = {
    np.linalg.slogdet: linalg.slogdet,
    np.where: where,
    np.select: select,
    np.zeros_like: _like(0.0),
    np.ones_like: _like(1.0),
    np.empty_like: _like(None),
    np.full_like: full_like,
    np.copy: lambda a, order="K", subok=False: copied(a),
    np.sort: orders.sort,
    np.cumsum: cumulative(np.add),
    np.cumprod: cumulative(np.multiply),
    np.nan_to_num: nan_to_num,
    np.apply_along_axis: apply_along_axis,
    np.median: orders.median,
    np.average: average,
    np.append: append,
    np.diag: diag,
    np.broadcast_to: broadcast_to,
    np.broadcast_arrays: broadcast_arrays,
    np.copyto: copyto,
    np.compress: compress,
    np.extract: lambda condition, arr: compress(np.ravel(condition), np.ravel(arr)),
    np.put_along_axis: put_along_axis,
    np.pad: pad,
    np.real: lambda val: val,
    np.imag: lambda val: val * 0,
    np.real_if_close: lambda a, tol=100: a,
    np.einsum: contractions.einsum,
    np.einsum_path: contractions.einsum_path,
    np.dot: contractions.dot,
    np.inner: contractions.inner,
    np.outer: contractions.outer,
    np.vdot: contractions.vdot,
    np.tensordot: contractions.tensordot,
    np.trace: contractions.trace,
    np.kron: contractions.kron,
    np.linalg.multi_dot: contractions.multi_dot,
    np.linalg.norm: linalg.norm,
    np.linalg.inv: linalg.inv,
    np.linalg.solve: linalg.solve,
    np.linalg.det: linalg.det,
    np.linalg.matrix_power: linalg.matrix_power,
    np.linalg.cholesky: linalg.cholesky,
    np.linalg.pinv: linalg.pinv,
    np.linalg.qr: linalg.qr,
    np.linalg.cond: linalg.cond,
    np.linalg.lstsq: linalg.lstsq,
    np.linalg.eigh: spectra.eigh,
    np.linalg.eigvalsh: spectra.eigvalsh,
    np.linalg.svd: spectra.svd,
    np.linalg.svdvals: spectra.svdvals,
}
if hasattr(np, "unstack"):  # of NumPy 2.1
    NATIVE.add(np.unstack)
    TABLE |= {
        np.cumulative_sum: cumulative_whole(np.cumsum),
        np.cumulative_prod: cumulative_whole(np.cumprod),
        np.astype: lambda x, dtype, /, *, copy=True, device=None: x.astype(dtype, copy=copy),
    }
