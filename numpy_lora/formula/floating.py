"""A claim over floats at one point: both sides, how far they are apart, and how much of that is rounding."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .evaluate import World
from .gradients import by_complex_step, by_differences
from .literals import Array, Floats, Undefined
from .points import Problem
from .terms import walk
from .worlds import settled

TOLERANCE = 1e-12
NOISE = 1e4
SMALLEST = 1e-3
NUDGE = 2.0**-50
LONGER = 2.0**-57  # of long floats, of 64 bits: far above what they round, below what a float64 does


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


def values(problem: Problem, sizes: dict[str, int], base: dict[str, Array], flip: bool, differences: bool = False) -> Values:
    """Both sides at a point; over long floats where the values are such.

    Raises
    ------
    Undefined : a matrix is singular, or a value is not finite or not real.
    """
    derive = by_differences if differences else by_complex_step
    with np.errstate(all="ignore"):
        numbers = Floats(any(x.dtype == np.longdouble for x in base.values()))
        world = settled(problem, World(numbers, sizes, {}), base, flip, lambda w, g: derive(w, g, problem.kept(g)))
        sides = [np.asarray(world.value(side)) for side in problem.sides]
    if not all(np.isfinite(gradient).all() for gradient in world.gradients.values()):  # all else is, or it was refused
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


def is_rounding(problem: Problem, sizes: dict[str, int], base: dict[str, Array], flip: bool, step: int, apart: float) -> bool:
    """Whether a distance shrinks with the precision: over long floats it is a small part of what it was."""
    longer = _longer(problem, sizes, base, flip)
    return longer is not None and longer[step] < apart / 16


def persists(problem: Problem, sizes: dict[str, int], base: dict[str, Array], flip: bool, step: int, apart: float) -> bool:
    """Whether a distance is there over long floats too."""
    longer = _longer(problem, sizes, base, flip)
    return longer is not None and longer[step] > apart / 4


def differs_longer(problem: Problem, sizes: dict[str, int], base: dict[str, Array], flip: bool, step: int) -> bool:
    """Whether sides that float64 takes for equal differ over long floats, by far more than those round.

    Asked of formulas that long floats can take in all their parts, gradients apart.
    """
    terms = list(walk(*problem.sides, *problem.set_to.values()))
    if problem.gradients or any(t.op in ("erf", "constant", "raise", "inverse", "det") for t in terms):
        return False
    there = _longer(problem, sizes, base, flip)
    if there is None or there[step] <= LONGER:
        return False
    rng = np.random.default_rng(0)
    for _ in range(3):
        near = {name: x * (1 + np.longdouble(2.0**-61) * rng.choice([-1, 1], x.shape)) for name, x in base.items()}
        moved = _longer(problem, sizes, near, flip)
        if moved is None or abs(moved[step] - there[step]) > there[step] / NOISE:
            return False
    return True


def _longer(problem: Problem, sizes: dict[str, int], base: dict[str, Array], flip: bool) -> list[float] | None:
    """The distances over long floats, None where something has no value over them."""
    try:
        return steps(values(problem, sizes, {name: x.astype(np.longdouble) for name, x in base.items()}, flip))
    except (Undefined, TypeError):
        return None
