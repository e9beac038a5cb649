"""More of NumPy's functions over exact arrays, written by those of `functions`: windows, masks, bins, convolutions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .array import Exact, number, stored
from .records import block_of, refuse, running


def strided(a: Exact, shape: Any, strides: Any, writeable: bool = True) -> Exact:
    """A view of the block behind an exact array, of any strides: its records lie at the same offsets."""
    block = block_of(a)
    offset = a.__array_interface__["data"][0] - block.__array_interface__["data"][0] if a.size else 0
    view: Exact = np.ndarray.__new__(Exact, tuple(shape), np.float64, block, offset, tuple(strides))
    view.flags.writeable = writeable
    return view


def sliding_window_view(x: Any, window_shape: Any, axis: Any = None, *, subok: bool = False, writeable: bool = False) -> Any:
    """np.lib.stride_tricks.sliding_window_view."""
    window = tuple(np.atleast_1d(window_shape).tolist())
    axes = tuple(range(x.ndim)) if axis is None else tuple(k % x.ndim for k in np.atleast_1d(axis).tolist())
    shape = list(x.shape)
    for k, n in zip(axes, window, strict=True):
        shape[k] -= n - 1
    if min(shape, default=1) < 0:
        raise ValueError("window shape cannot be larger than input array shape")
    return strided(x, (*shape, *window), (*x.strides, *(x.strides[k] for k in axes)), writeable)


def putmask(a: Any, mask: Any, values: Any) -> None:
    """np.putmask."""
    if not isinstance(a, Exact):
        refuse("putmask into a plain array")
    if np.size(values):
        a[...] = np.where(mask, np.resize(values, a.shape), a)


def piecewise(x: Any, condlist: Any, funclist: Any, *args: Any, **kw: Any) -> Any:
    """np.piecewise: each function on the entries where its condition holds."""
    conditions = [np.asarray(c, bool) for c in (condlist if isinstance(condlist, list) else [condlist])]
    if len(funclist) == len(conditions) + 1:
        conditions.append(~np.any(conditions, axis=0))
    y = np.zeros_like(x)
    for condition, f in zip(conditions, funclist, strict=True):
        if callable(f):
            part = x[condition]
            running().inside = False
            value = f(part, *args, **kw) if part.size else part
            running().inside = True
        else:
            value = f
        y[condition] = value
    return y


def bincount(x: Any, weights: Any = None, minlength: int = 0) -> Any:
    """np.bincount with exact weights."""
    bins = np.asarray(x)
    y = stored_zeros((max(int(bins.max(initial=-1)) + 1, minlength),))
    np.add.at(y, bins, weights)
    return y


def meshgrid(*xi: Any, copy: bool = True, sparse: bool = False, indexing: str = "xy") -> Any:
    """np.meshgrid."""
    if not copy or indexing not in ("xy", "ij"):
        refuse("meshgrid(copy=False), or by another indexing")
    positions: Any = [np.arange(np.size(x)) for x in xi]
    grids: Any = np.meshgrid(*positions, sparse=sparse, indexing="ij" if indexing == "ij" else "xy")
    return type(grids)(np.ravel(x)[g] for x, g in zip(xi, grids, strict=True))


def vander(x: Any, N: Any = None, increasing: bool = False) -> Any:
    """np.vander."""
    powers = np.arange(len(x) if N is None else N)
    columns = [x ** int(k) for k in (powers if increasing else powers[::-1])]
    return np.stack(columns, axis=-1)


def fill_diagonal(a: Any, val: Any, wrap: bool = False) -> None:
    """np.fill_diagonal of a matrix."""
    if wrap or a.ndim != 2 or not isinstance(a, Exact):
        refuse("fill_diagonal(wrap=), of more than two axes or of a plain array")
    k = np.arange(min(a.shape))
    a[k, k] = val


def convolve(a: Any, v: Any, mode: str = "full") -> Any:
    """np.convolve, as a matrix product."""
    if len(v) > len(a):
        a, v = v, a
    n, m = len(a), len(v)
    positions = np.arange(n + m - 1)[:, None] - np.arange(m)[None, :]
    inside = (positions >= 0) & (positions < n)
    rows = np.where(inside, np.take(exactly(a), np.clip(positions, 0, n - 1)), 0) @ v
    start, length = {"full": (0, n + m - 1), "same": ((m - 1) // 2, n), "valid": (m - 1, n - m + 1)}[mode]
    return rows[start : start + length]


def correlate(a: Any, v: Any, mode: str = "valid") -> Any:
    """np.correlate of arrays of which the first is no shorter."""
    if len(v) > len(a):
        refuse("correlate by a longer array")
    return convolve(a, v[::-1], mode)


def exactly(a: Any) -> Exact:
    """An array as an exact one."""
    return a if isinstance(a, Exact) else stored(running(), number(running(), a))


def stored_zeros(shape: tuple[int, ...]) -> Exact:
    """Exact zeros."""
    return stored(running(), running().constant(np.zeros(shape)))


TABLE: dict[Any, Callable[..., Any]] = {
    np.lib.stride_tricks.sliding_window_view: sliding_window_view,
    np.putmask: putmask,
    np.piecewise: piecewise,
    np.bincount: bincount,
    np.meshgrid: meshgrid,
    np.vander: vander,
    np.fill_diagonal: fill_diagonal,
    np.convolve: convolve,
    np.correlate: correlate,
}
