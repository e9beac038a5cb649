"""What NumPy puts in order, over exact arrays: by their shadows. Medians and quantiles, and reductions that pass NaN over."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from .array import Exact
from .records import load, refuse, running

Function = Callable[..., Any]


def _by_position(func: Function, a: Any, *args: Any, **kwargs: Any) -> Any:
    """Positions that a function of the shadows gives, logged."""
    positions = func(np.array(load(running(), a).x), *args, **kwargs)
    running().log(func.__name__, hash(positions.tobytes()))
    return positions


def sort(a: Any, axis: Any = -1, kind: Any = None, order: Any = None, *, stable: Any = None) -> Any:
    """np.sort."""
    if order is not None:
        refuse("sort(order=) is not understood")
    a, axis = (a.ravel(), -1) if axis is None else (a, axis)
    return np.take_along_axis(a, _by_position(np.argsort, a, axis=axis, kind="stable"), axis)


def partition(a: Any, kth: Any, axis: Any = -1, kind: str = "introselect", order: Any = None) -> Any:
    """np.partition."""
    if order is not None:
        refuse("partition(order=) is not understood")
    a, axis = (a.ravel(), -1) if axis is None else (a, axis)
    return np.take_along_axis(a, _by_position(np.argpartition, a, kth, axis=axis, kind=kind), axis)


PLACES: dict[str, Function] = {
    "linear": lambda place: place,
    "lower": np.floor,
    "higher": np.ceil,
    "nearest": np.rint,
    "midpoint": lambda place: (np.floor(place) + np.ceil(place)) / 2,
}


def quantile(a: Any, q: Any, axis: Any = None, out: Any = None, overwrite_input: bool = False, method: str = "linear",
             keepdims: bool = False, *, weights: Any = None) -> Any:  # fmt: skip
    """np.quantile at plain fractions, between two entries that are neighbours in their order."""
    if out is not None or overwrite_input or method not in PLACES or weights is not None or isinstance(q, Exact):
        refuse("quantile(out=, overwrite_input=, method=, weights=), or at an exact fraction")
    axes = normalize_axis_tuple(range(a.ndim) if axis is None else axis, a.ndim)
    lines = np.moveaxis(a, axes, range(-len(axes), 0)).reshape(*(n for k, n in enumerate(a.shape) if k not in axes), -1)
    ordered = np.sort(lines, axis=-1)
    place = PLACES[method](np.asarray(q) * (ordered.shape[-1] - 1))
    low = np.clip(np.floor(place).astype(int), 0, max(ordered.shape[-1] - 2, 0))
    high = np.minimum(low + 1, ordered.shape[-1] - 1)
    result = ordered[..., low] + (ordered[..., high] - ordered[..., low]) * (place - low)
    result = np.moveaxis(result, range(ordered.ndim - 1, result.ndim), range(np.ndim(q)))
    return np.expand_dims(result, tuple(k + np.ndim(q) for k in axes)) if keepdims is True else result


def percentile(a: Any, q: Any, *args: Any, **kwargs: Any) -> Any:
    """np.percentile."""
    return quantile(a, np.true_divide(q, 100), *args, **kwargs)


def median(a: Any, axis: Any = None, out: Any = None, overwrite_input: bool = False, keepdims: bool = False) -> Any:
    """np.median."""
    return quantile(a, 0.5, axis, out, overwrite_input, keepdims=keepdims)


def but_for_nan(f: Function, instead: float) -> Function:
    """A reduction that passes NaN over, as the same of numbers put in their place."""

    def reduction(a: Any, axis: Any = None, *args: Any, **kwargs: Any) -> Any:
        return f(np.where(np.isnan(a), instead, a), axis, *args, **kwargs)

    return reduction


def without_nan(f: Function) -> Function:
    """One that would pass NaN over, where there is none."""

    def function(a: Any, *args: Any, **kwargs: Any) -> Any:
        if np.isnan(a).any():
            refuse(f"nan{f.__name__} of an array in which there is NaN")
        return f(a, *args, **kwargs)

    return function


def nanmean(a: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    """np.nanmean."""
    there = ~np.isnan(a)
    return np.sum(np.where(there, a, 0.0), axis=axis, keepdims=keepdims) / np.sum(there, axis=axis, keepdims=keepdims)


TABLE: dict[Any, Function] = {
    np.partition: partition,
    np.quantile: quantile,
    np.percentile: percentile,
    np.nansum: but_for_nan(np.sum, 0.0),
    np.nanprod: but_for_nan(np.prod, 1.0),
    np.nanmax: but_for_nan(np.max, -np.inf),
    np.nanmin: but_for_nan(np.min, np.inf),
    np.nanmean: nanmean,
    np.nancumsum: but_for_nan(np.cumsum, 0.0),
    np.nancumprod: but_for_nan(np.cumprod, 1.0),
    np.nanmedian: without_nan(median),
    np.nanquantile: without_nan(quantile),
    np.nanpercentile: without_nan(percentile),
    np.nanvar: without_nan(np.var),
    np.nanstd: without_nan(np.std),
}
