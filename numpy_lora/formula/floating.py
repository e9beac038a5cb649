"""A claim over floats at one point: both sides, how far they are apart, and how much of that is rounding."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .decimals import Decimals, long
from .evaluate import World
from .gradients import by_complex_step, by_differences
from .literals import Array, Floats, Numbers, Undefined
from .points import Problem
from .worlds import settled

TOLERANCE = 1e-12
NOISE = 1e4
SMALLEST = 1e-3
NUDGE = 2.0**-50
SAME = 1e-50  # of decimals: far above what they round, below what any formula means


@dataclass(frozen=True)
class Values:
    """The sides of a claim at one point.

    Attributes
    ----------
    sides : float matrices, all of one shape.
    gradients : by id of their term.
    world : in which they were computed.
    """

    sides: list[Array]
    gradients: dict[int, Array]
    world: World


def values(problem: Problem, sizes: dict[str, int], base: dict[str, Array], flip: bool, numbers: Numbers | None = None) -> Values:
    """Both sides at a point, over floats with gradients by complex step, or over other numbers by differences.

    Raises
    ------
    Undefined : a matrix is singular, or a value is not finite or not real.
    """
    derive = by_complex_step if numbers is None else by_differences
    numbers = numbers or Floats()
    with np.errstate(all="ignore"):
        world = settled(problem, World(numbers, sizes, {}), base, flip, lambda w, g: derive(w, g, problem.kept(g)))
        sides = [np.asarray(world.value(side)) for side in problem.sides]
    if not all(numbers.finite(gradient) for gradient in world.gradients.values()):  # all else is, or it was refused
        raise Undefined("a gradient is not finite")
    shape = np.broadcast_shapes(*(side.shape for side in sides))
    return Values([np.broadcast_to(side, shape) for side in sides], world.gradients, world)


def apart(problem: Problem, sizes: dict[str, int], base: dict[str, Array], flip: bool) -> tuple[list[float], Values]:
    """For each step the relative distance of its sides, 0 where rounding explains it.

    What rounding does is measured: every value is moved by its last digits, and the distance with it.
    """
    found = values(problem, sizes, base, flip)
    distances = steps(found)
    if max(distances, default=0.0) <= 1e-14:
        return [0.0 for _ in distances], found
    rng = np.random.default_rng(0)
    noise = np.zeros(len(distances))
    for _ in range(2):
        near = {name: x * (1 + NUDGE * rng.choice([-1.0, 1.0], x.shape)) for name, x in base.items()}
        try:
            moved = values(problem, sizes, near, flip)
        except Undefined:
            continue
        noise = np.maximum(noise, np.abs(np.subtract(_absolute(moved), _absolute(found))) / _scales(found))
    return [d if d > max(TOLERANCE, NOISE * n) else 0.0 for d, n in zip(distances, noise, strict=True)], found


def steps(found: Values) -> list[float]:
    """For each step the largest difference of its sides, relative to the larger of them."""
    return [float(d) for d in _absolute(found) / _scales(found)]


def _absolute(found: Values) -> Array:
    pairs = zip(found.sides, found.sides[1:], strict=False)
    return np.array([float(np.max(np.abs(a - b), initial=0.0)) for a, b in pairs])


def _scales(found: Values) -> Array:
    pairs = zip(found.sides, found.sides[1:], strict=False)
    sizes = [max(float(np.max(np.abs(a), initial=0.0)), float(np.max(np.abs(b), initial=0.0))) for a, b in pairs]
    return np.array([max(size, SMALLEST) for size in sizes])


def longer(problem: Problem, sizes: dict[str, int], base: dict[str, Array], flip: bool) -> list[float] | None:
    """For each step how far apart its sides are over decimals; None where something has no value over them."""
    try:
        return steps(values(problem, sizes, {name: long(x) for name, x in base.items()}, flip, Decimals()))
    except (Undefined, ArithmeticError):
        return None
