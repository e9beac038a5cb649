"""The entries of a problem's arrays, out of a row of bytes: where the bytes come from is the caller's affair.

Small bytes give small integers, and zeros the simplest arrays. That is what makes problems shrink (`strategies`).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from numpy_lora.shapes import Shape, Sizes, Spec, shape_of, size_of

Array = npt.NDArray[Any]
Bytes = npt.NDArray[np.uint8]
Elements = Literal["integer", "float", "nasty"]

POOL = 96
"""Bytes in a row, whatever its shapes: what fails keeps its values while the shapes shrink."""
STRIDES = (1, 8, 37, 21, 51)
"""How far apart in the pool neighbours along each axis stand, the last axis first: a matrix up to 8 by 8 repeats none."""
NEXT = 13
"""How far apart in the pool the corners of two arrays stand."""
SMALL = np.array([0.0, 1.0, -1.0, 2.0, -2.0, 3.0, -3.0])
GOLDEN, ROOT = (math.sqrt(5.0) - 1.0) / 2.0, math.sqrt(2.0)


def fill(specs: Iterable[Spec], sizes: Sizes, pool: Bytes, elements: Elements, dtype: np.dtype[Any]) -> dict[str, Array]:
    """Arrays by path.

    Parameters
    ----------
    specs, sizes : which arrays, and the sizes of their dimensions.
    pool : POOL bytes.
    elements, dtype : of the arrays that are not `:int` or `:bool`.
    """
    arrays = {}
    for corner, spec in enumerate(specs):
        at = places(shape_of(spec.dims, sizes), corner)
        arrays[spec.name] = _entries(spec, pool, at, sizes, elements, dtype)
    return arrays


def places(shape: Shape, corner: int = 0) -> npt.NDArray[np.intp]:
    """Where in a row each entry of an array is found; it does not move when other axes grow or shrink.

    The places run backwards, for bytes shrink to rising order, so that what is not zero moves to the corner of the array.
    """
    found = np.full(shape, corner * NEXT + 1)
    for axis, size in enumerate(reversed(shape)):
        found += (np.arange(size) * STRIDES[axis % len(STRIDES)]).reshape(size, *[1] * axis)
    return -found % POOL


def _entries(spec: Spec, pool: Bytes, at: npt.NDArray[np.intp], sizes: Sizes, elements: Elements, dtype: np.dtype[Any]) -> Array:
    """The entries of one array, as its marks ask."""
    array: Array
    if spec.kind == "float":
        array = floats(pool, at, elements, dtype, spec.positive)
    elif spec.kind == "bool":
        array = np.asarray(pool[at] % 2 == 0)  # true is the simplest: a mask that hides nothing
    else:
        low, bound = int(spec.positive), size_of(spec.bound, sizes) if spec.bound else 10
        array = np.asarray(low + pool[at].astype(np.int64) % max(1, bound - low))
    if spec.symmetric:
        array = np.where(np.tri(array.shape[-1], dtype=bool), array, np.swapaxes(array, -1, -2))
    return array


def floats(pool: Bytes, at: npt.NDArray[np.intp], elements: Elements, dtype: np.dtype[Any], positive: bool) -> Array:
    """Entries of a floating dtype."""
    if elements not in get_args(Elements):
        raise ValueError(f"elements: expected one of {', '.join(get_args(Elements))}, got {elements!r}")
    if elements == "float":
        array = _generic(pool[at], positive)
    else:
        table = _nasty(dtype) if elements == "nasty" else SMALL
        array = table[pool[at] % len(table)]
        array = np.where(array == 0, 1, np.abs(array)) if positive else array
    return np.asarray(array, dtype)


def _generic(drawn: Bytes, positive: bool) -> Array:
    """Numbers of which none is zero and no two are equal or opposite: no kink of a maximum, a clip or an abs is hit.

    They lie in ±1.5 and have full mantissas; a zero byte gives an integer, which depends on its place.
    """
    place = np.arange(drawn.size).reshape(drawn.shape)
    integer = np.where(place < 3, place + 2 + (place > 0), place + 4)  # 2, 4, 5, 7, 8, 9, …: not 1, 3 and 6, where many clip
    size = np.where(drawn == 0, integer, 1.5 * ((drawn * GOLDEN + place * ROOT) % 1.0))
    negative = np.where(drawn == 0, place, drawn) % 2 == 1
    return np.where(negative & (not positive), -size, size)


def _nasty(dtype: np.dtype[Any]) -> Array:
    """Zeros, ordinary, huge, tiny and subnormal numbers of a dtype, the simplest first."""
    info = np.finfo(dtype)
    huge, tiny, root = info.max / 4, info.tiny, np.sqrt(info.max)
    return np.array([0, 1, -1, 3, -0.0, root, -1 / root, huge, -huge, tiny, -tiny / 4, info.smallest_subnormal], dtype)
