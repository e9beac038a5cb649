"""What every operation shares: the type of its arrays, its complaint about a shape, and rows.

It computes nothing that has a gradient.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from types import EllipsisType
from typing import Any

import numpy.typing as npt

Array = npt.NDArray[Any]
Sizes = tuple[int | str | EllipsisType, ...]


class ShapeError(ValueError):
    """An argument whose shape does not fit the others."""


def expect(array: Array, name: str, shape: Sizes, **known: int) -> None:
    """Raise ShapeError, naming the argument, unless `array` has `shape`.

    Parameters
    ----------
    array, name : the argument and what it is called.
    known : sizes by name.
    shape : each size is a number, a name (`known` gives its number, else any will do) or, first, `...`: any leading axes.

    Examples
    --------
    >>> import numpy as np
    >>> expect(np.ones((3, 8)), "WB", ("r", "d_out"), r=4, d_out=8)
    Traceback (most recent call last):
    numpy_lora.ops.arguments.ShapeError: WB: expected shape (r=4, d_out), got (3, 8)
    """
    got = getattr(array, "shape", None)
    if got is None:
        raise ShapeError(f"{name}: expected an array, got {type(array).__name__}")
    number: Callable[[Any, Any], Any] = known.get  # what is no known name stays as it is
    wanted: Sizes = tuple(map(number, shape, shape))
    if wanted[:1] == (...,):
        wanted = got[: len(got) - len(shape) + 1] + wanted[1:]
    fits = len(wanted) == len(got)
    for size, n in zip(wanted, got, strict=False):
        fits = fits and (size == n or isinstance(size, str))
    if not fits:
        raise ShapeError(f"{name}: expected shape {_spelled(shape, known, len(wanted) == len(got), got)}, got {got}")


def _spelled(shape: Sizes, known: dict[str, int], aligned: bool, got: tuple[int, ...]) -> str:
    """The expected shape in words: "(r=4, d_out)", a known size beside its name only where `got` differs from it."""
    sizes = []
    for i, size in enumerate(shape, start=-len(shape)):
        right = not isinstance(size, str) or size not in known or (aligned and got[i] == known[size])
        sizes.append("..." if size is ... else str(size) if right else f"{size}={known[str(size)]}")
    return f"({', '.join(sizes)})" if len(sizes) > 1 else f"({sizes[0]},)"


def expect_mask(mask: Array, shape: tuple[int, ...]) -> None:
    """Raise ShapeError unless `mask` holds booleans that broadcast to `shape`."""
    dtype = getattr(mask, "dtype", None)
    if dtype is None or dtype.kind != "b":
        raise ShapeError(f"mask: expected an array of booleans, True where allowed, got {dtype or type(mask).__name__}")
    if mask.ndim > len(shape) or any(n not in (1, size) for n, size in zip(mask.shape[::-1], shape[::-1], strict=False)):
        raise ShapeError(f"mask: expected a shape that broadcasts to {shape}, got {mask.shape}")


def rows(A: Array) -> Array:
    """All leading axes folded into one: A[...,d] as a matrix (n, d)."""
    return A.reshape(math.prod(A.shape[:-1]), A.shape[-1])
