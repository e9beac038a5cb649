"""What is said about a refuted claim: how its sides are related, if they are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

import numpy as np

from .judge import Point
from .literals import Array
from .points import Problem

CLOSE = 1e-8
WORDS = {2: "twice", 3: "three times", 4: "four times", -1: "minus"}


def factor_of(points: Sequence[Point], step: int) -> float | None:
    """Left over right, where that is one number at all points and entries."""
    ratios = [_ratio(*_sides(point, step)) for point in points]
    first = ratios[0]
    if first is None or any(r is None or abs(r - first) > CLOSE * abs(first) for r in ratios):
        return None
    return first


def relation(problem: Problem, points: Sequence[Point], step: int) -> str:
    """How the sides of a step that differ are related, in words; "" where they are not."""
    factor = factor_of(points, step)
    if factor is not None:
        return _times(factor) if abs(factor - 1) > CLOSE else ""
    if all(_transposed(*_sides(point, step)) for point in points):
        layout = "right in numerator layout: " if problem.gradients or problem.pairs else ""
        return f"{layout}the left side is the transpose of the right one"
    symbol = _symbol(problem, points, step)
    return f"the left side is {symbol} times the right one" if symbol else ""


def _sides(point: Point, step: int) -> tuple[Array, Array]:
    return point.values.sides[step], point.values.sides[step + 1]


def _ratio(left: Array, right: Array) -> float | None:
    size = float(np.vdot(right, right).real)
    if not size:
        return None
    ratio = float(np.vdot(right, left).real) / size
    if abs(ratio) < 1e-12:
        return None
    return ratio if np.abs(left - ratio * right).max() <= CLOSE * np.abs(left).max() else None


def _times(factor: float) -> str:
    """`the left side is twice the right one`."""
    exact = Fraction(factor).limit_denominator(1000)
    if abs(float(exact) - factor) > CLOSE * abs(factor):
        return f"the left side is {factor:.6g} times the right one" if f"{factor:.6g}" != "1" else ""
    if exact == -1:
        return "the sides differ in sign"
    if exact.numerator == 1 and exact.denominator > 1:
        return f"the right side is {WORDS.get(exact.denominator, f'{exact.denominator} times')} the left one"
    return f"the left side is {WORDS.get(int(exact), '') if exact.denominator == 1 else ''}".rstrip() + _rest(exact)


def _rest(exact: Fraction) -> str:
    return " the right one" if exact.denominator == 1 and int(exact) in WORDS else f" {exact} times the right one"


def _transposed(left: Array, right: Array) -> bool:
    turned = np.swapaxes(right, -1, -2)
    if left.size == 1:
        return False
    return left.shape == turned.shape and float(np.abs(left - turned).max()) <= CLOSE * float(np.abs(left).max() or 1.0)


def _symbol(problem: Problem, points: Sequence[Point], step: int) -> str:
    """A scalar symbol, a dimension, or one over it, that is the ratio of the sides at every point."""
    ratios = [_ratio(*_sides(point, step)) for point in points]
    if any(r is None for r in ratios):
        return ""
    for name, values in _numbers(problem, points):
        for shown, power in ((name, 1.0), (f"1/{name}", -1.0), (f"{name}²", 2.0), (f"√{name}", 0.5), (f"1/√{name}", -0.5)):
            if power in (0.5, -0.5) and min(values) <= 0:
                continue
            if all(r is not None and abs(r - v**power) <= CLOSE * abs(r) for r, v in zip(ratios, values, strict=True)):
                return shown
    return ""


def _numbers(problem: Problem, points: Sequence[Point]) -> Iterator[tuple[str, list[float]]]:
    """Scalar symbols and dimensions with their values at the points."""
    for symbol in problem.symbols:
        if symbol.kind == "scalar":
            yield symbol.data, [float(p.values.world.values[symbol.data].reshape(-1)[0]) for p in points]
    for dim in problem.dims:
        yield dim, [float(p.sizes[dim]) for p in points]
