"""What is wrong with a gradient, told from two arrays: the one the forward pass has and the one `backward` gave."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from .report import WORDS, Failure

Floats = npt.NDArray[np.float64]
CLOSE = 1e-6
MOST_AXES = 5  # whose orders are tried


def close(a: Any, b: Any, tolerance: float = CLOSE) -> bool:
    """Whether two arrays agree relative to the larger one's largest entry."""
    if np.shape(a) != np.shape(b):
        return False
    size = max(float(np.max(np.abs(a), initial=0.0)), float(np.max(np.abs(b), initial=0.0)))
    return size == 0 or float(np.max(np.abs(np.subtract(a, b)), initial=0.0)) <= tolerance * size


def factor_of(expected: Floats, got: Floats, tolerance: float = CLOSE) -> float | None:
    """The one number by which got is a multiple of expected, or None."""
    size = float((expected * expected).sum())
    if size == 0:
        return None
    f = float((expected * got).sum()) / size
    return f if f != 0 and close(f * expected, got, tolerance) else None


def simplest(f: float, tolerance: float = CLOSE) -> float:
    """A factor rounded to the fraction it plainly is."""
    for d in range(1, 65):
        n = round(f * d)
        if n and abs(f * d - n) < tolerance / 10 * abs(n):
            return n / d
    return f


def unsummed(expected: Floats, got: Floats, tolerance: float = CLOSE) -> bool:
    """Whether summing some axes of `got` gives `expected`, but for axes of length one."""
    every = (axes for r in range(1, got.ndim + 1) for axes in itertools.combinations(range(got.ndim), r))
    return got.size > expected.size and any(close(got.sum(axes).squeeze(), expected.squeeze(), tolerance) for axes in every)


def turned(expected: Floats, got: Floats, tolerance: float = CLOSE) -> bool:
    """Whether `got` is `expected` with its axes in another order."""
    orders = itertools.permutations(range(got.ndim)) if got.ndim <= MOST_AXES else ()
    return any(order != tuple(range(got.ndim)) and close(got.transpose(order), expected, tolerance) for order in orders)


def argument_first(expected: Floats, got: Floats, c: Floats) -> bool:
    """Whether `got` is a Jacobian with the argument's axes first."""
    return got.shape == expected.shape + c.shape and close(np.tensordot(got, c, c.ndim), expected)


def lengths_of(arrays: Iterable[Any]) -> set[int]:
    """The numbers of entries that sums over some axes of the arrays add up."""
    shapes = {np.shape(a) for a in arrays}
    return {math.prod(axes) for shape in shapes for r in range(len(shape)) for axes in itertools.combinations(shape, r + 1)}


class Circumstances:
    """What else was there, to compare a wrong gradient with.

    Parameters
    ----------
    others : the right gradients of the other arguments, by name.
    cotangents : the cotangents that were passed.
    lengths : sizes that a mean may have divided by (`lengths_of`).
    tolerance : how closely, relative to the largest entry, the right gradient is known.
    """

    def __init__(self, others: dict[str, Floats], cotangents: list[Floats], lengths: set[int], tolerance: float = CLOSE) -> None:
        self.others, self.cotangents, self.lengths, self.tolerance = others, cotangents, lengths, tolerance


def kind_of(expected: Floats, got: Floats, around: Circumstances) -> tuple[str, float | None]:
    """The likeliest kind of mistake, and the factor where there is one."""
    tolerance = around.tolerance
    if got.shape != expected.shape:
        if unsummed(expected, got, tolerance):
            return "broadcast-not-summed", None
        turns = turned(expected, got, tolerance) or any(argument_first(expected, got, c) for c in around.cotangents)
        return ("transposed" if turns else "shape"), None
    if not got.any():
        return "zero", None
    f = factor_of(expected, got, tolerance)
    if got.size == 1 and f is not None and f not in (-1.0, 2.0, 0.5) and _is_anothers(got, around):
        return "wrong-argument", None
    if f is not None and abs(f - 1) > tolerance:
        f = simplest(f, tolerance)
        if f == -1:
            return "sign", f
        n = 1 / abs(f) if abs(f) < 1 else abs(f)
        meant = abs(n - round(n)) < tolerance * n and round(n) in around.lengths and round(n) > 2
        return ("mean-for-sum" if meant else "factor"), f
    if close(expected, got, tolerance):
        return "other", None
    if turned(expected, got, tolerance):
        return "transposed", None
    if _is_anothers(got, around):
        return "wrong-argument", None
    size = tolerance * max(np.abs(expected).max(), np.abs(got).max())
    wrong, lost, extra = np.abs(expected - got) > size, np.abs(got) <= size, np.abs(expected) <= size
    chosen = not (wrong | extra).all() or ((lost & ~extra).any() and (extra & ~lost).any())  # beside huge ones all are zero
    if wrong.any() and chosen and (lost | extra)[wrong].all():
        return "wrong-branch", None
    if any(close(got, c, tolerance) for c in around.cotangents):
        return ("wrong-branch" if (extra & ~lost).any() else "fused"), None
    return "other", None


def _is_anothers(got: Floats, around: Circumstances) -> bool:
    """Whether it is the gradient of another argument."""
    return any(close(got, other, around.tolerance) for other in around.others.values())


def failure(name: str, expected: Floats, got: Floats, around: Circumstances) -> Failure:
    """The report of one wrong gradient, at the entry furthest off."""
    kind, factor = kind_of(expected, got, around)
    if got.shape != expected.shape:
        return Failure(name, (), f"shape {expected.shape}", f"shape {got.shape}", None, kind, None, WORDS[kind])
    distance = np.abs(expected - got)
    index = tuple(int(k) for k in np.unravel_index(int(np.nanargmax(distance)), distance.shape)) if distance.size else ()
    of_two = ", or a mean of 2 stands for a sum" if kind == "factor" and factor in (0.5, 2.0) and 2 in around.lengths else ""
    return Failure(name, index, float(expected[index]), float(got[index]), factor, kind, None, WORDS[kind] + of_two)
