"""More of NumPy's functions over exact arrays, written by those of `functions`: windows, masks, bins, convolutions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from . import orders
from .array import Exact, number, stored
from .beside import written
from .moves import insert
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
        written(running(), a, lambda exact: putmask(exact, mask, values))
        return
    if np.size(values):
        a[...] = np.where(mask, np.resize(values, a.shape), a)


def place(arr: Any, mask: Any, vals: Any) -> None:
    """np.place: the values in their order, over and over, where the mask holds."""
    if not isinstance(arr, Exact):
        written(running(), arr, lambda exact: place(exact, mask, vals))
        return
    count = int(np.count_nonzero(mask))
    if count:
        arr[np.asarray(mask, bool)] = np.resize(vals, (count,))


def put(a: Any, ind: Any, v: Any, mode: str = "raise") -> None:
    """np.put: the values in their order, over and over, at flat positions."""
    if not isinstance(a, Exact):
        written(running(), a, lambda exact: put(exact, ind, v, mode))
        return
    places = np.asarray(ind)
    if places.size:
        a.put(places, np.resize(v, places.shape), mode)


def polyval(p: Any, x: Any) -> Any:
    """np.polyval, by Horner's scheme."""
    if isinstance(x, np.poly1d) or isinstance(p, np.poly1d):
        p = p.coeffs if isinstance(p, np.poly1d) else p
        if isinstance(x, np.poly1d):
            refuse("polyval of a polynomial")
    y = x * 0
    for k in range(len(p)):
        y = y * x + p[k]
    return y


def polyder(p: Any, m: int = 1) -> Any:
    """np.polyder of coefficients."""
    for _ in range(m):
        p = p[:-1] * np.arange(len(p) - 1, 0, -1)
    return p


def polyfit(x: Any, y: Any, deg: int) -> Any:
    """np.polyfit, by least squares."""
    return np.linalg.lstsq(np.vander(x, deg + 1), y)[0]


def cross(a: Any, b: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None) -> Any:
    """np.cross of vectors of three."""
    if axis is not None:
        axisa = axisb = axisc = axis
    a, b = np.moveaxis(exactly(a), axisa, -1), np.moveaxis(exactly(b), axisb, -1)
    if a.shape[-1] != 3 or b.shape[-1] != 3:
        refuse("cross of vectors not of three")
    rows = [a[..., i] * b[..., j] - a[..., j] * b[..., i] for i, j in ((1, 2), (2, 0), (0, 1))]
    return np.moveaxis(np.stack(rows, axis=-1), -1, axisc)


def interp(x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None, period: Any = None) -> Any:
    """np.interp: between which two points an entry lies, its shadow says."""
    x, xp, fp = exactly(x), exactly(xp), exactly(fp)
    if period is not None:
        period = np.abs(period)
        x, xp, left, right = x % period, xp % period, None, None
        order = np.argsort(xp)
        xp, fp = xp[order], fp[order]
        xp, fp = np.concatenate([xp[-1:] - period, xp, xp[:1] + period]), np.concatenate([fp[-1:], fp, fp[:1]])
    k = np.clip(np.searchsorted(xp, x, side="right") - 1, 0, len(xp) - 2)
    y = fp[k] + (fp[k + 1] - fp[k]) / (xp[k + 1] - xp[k]) * (x - xp[k])
    y = np.where(x < xp[0], fp[0] if left is None else left, y)
    return np.where(x > xp[-1], fp[-1] if right is None else right, y)


def corrcoef(x: Any, y: Any = None, rowvar: bool = True, *, dtype: Any = None) -> Any:
    """np.corrcoef of rows."""
    c = covariance(x, y, rowvar, dtype=dtype)
    if np.ndim(c) == 0:
        return c / c
    spread = np.sqrt(np.diagonal(c))
    return c / spread[:, None] / spread[None, :]


def unique(ar: Any, return_index: bool = False, return_inverse: bool = False, return_counts: bool = False) -> Any:
    """np.unique of all entries: the first of those whose shadows are equal stands for them."""
    shadows = np.array(np.ndarray.view(ar, np.ndarray))
    _, index, *rest = np.unique(shadows, return_index=True, return_inverse=True, return_counts=True)
    running().log("unique", hash(index.tobytes()), *(hash(part.tobytes()) for part in rest))
    wanted = [part for part, asked in zip((index, *rest), (return_index, return_inverse, return_counts), strict=True) if asked]
    values = np.ravel(ar)[index]
    return (values, *wanted) if wanted else values


def ediff1d(ary: Any, to_end: Any = None, to_begin: Any = None) -> Any:
    """np.ediff1d."""
    a = np.ravel(ary)
    ends = [[] if part is None else [np.ravel(part)] for part in (to_begin, to_end)]
    return np.concatenate([*ends[0], a[1:] - a[:-1], *ends[1]])


def choose(a: Any, choices: Any, out: Any = None, mode: Any = "raise") -> Any:
    """np.choose by plain positions."""
    if out is not None or isinstance(a, Exact):
        refuse("choose(out=), or by exact positions")
    a, *arrays = np.broadcast_arrays(a, *choices)
    places = np.choose(a, range(len(arrays)), mode=mode)
    return np.take_along_axis(np.stack([exactly(c) for c in arrays]), places[None], 0)[0]


def sinc(x: Any) -> Any:
    """np.sinc."""
    zero = x == 0
    y = np.pi * np.where(zero, 1, x)
    return np.where(zero, 1, np.sin(y) / y)


def covariance(m: Any, y: Any = None, rowvar: bool = True, bias: bool = False, ddof: Any = None, fweights: Any = None,
               aweights: Any = None, *, dtype: Any = None) -> Any:  # fmt: skip
    """np.cov of rows."""
    if y is not None or fweights is not None or aweights is not None or dtype is not None:
        refuse("cov(y=, fweights=, aweights=, dtype=) is not understood")
    x = np.atleast_2d(m)
    x = x if rowvar or m.ndim == 1 else x.T
    centred = x - x.mean(1, keepdims=True)
    return np.squeeze(centred @ centred.T / (x.shape[1] - ((0 if bias else 1) if ddof is None else ddof)))


def piecewise(x: Any, condlist: Any, funclist: Any, *args: Any, **kw: Any) -> Any:
    """np.piecewise: each function on the entries where its condition holds."""
    conditions = [np.asarray(c, bool) for c in (condlist if isinstance(condlist, list) else [condlist])]
    if len(funclist) == len(conditions) + 1:
        conditions.append(~np.any(conditions, axis=0))
    y = np.zeros_like(x)
    for condition, f in zip(conditions, funclist, strict=True):
        if callable(f):
            part = x[condition]
            with running().callers_code():
                value = f(part, *args, **kw) if part.size else part
        else:
            value = f
        y[condition] = value
    return y


def bincount(x: Any, weights: Any = None, minlength: int = 0) -> Any:
    """np.bincount with exact weights."""
    bins = np.asarray(x)
    y = exactly(np.zeros(max(int(bins.max(initial=-1)) + 1, minlength)))
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
    """np.correlate, as a convolution."""
    if len(v) > len(a):
        return correlate(v, a, mode)[::-1]
    return convolve(a, v[::-1], mode)


def exactly(a: Any) -> Exact:
    """An array as an exact one."""
    return a if isinstance(a, Exact) else stored(running(), number(running(), a))


TABLE: dict[Any, Callable[..., Any]] = {
    **orders.TABLE,
    np.insert: insert,
    np.put: put,
    np.lib.stride_tricks.sliding_window_view: sliding_window_view,
    np.putmask: putmask,
    np.place: place,
    np.piecewise: piecewise,
    np.polyval: polyval,
    np.polyder: polyder,
    np.polyfit: polyfit,
    np.cross: cross,
    np.interp: interp,
    np.choose: choose,
    np.sinc: sinc,
    np.cov: covariance,
    np.ediff1d: ediff1d,
    np.corrcoef: corrcoef,
    np.unique: unique,
    np.bincount: bincount,
    np.meshgrid: meshgrid,
    np.vander: vander,
    np.fill_diagonal: fill_diagonal,
    np.convolve: convolve,
    np.correlate: correlate,
}
