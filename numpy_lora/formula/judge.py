"""The judge: claims at several sets of sizes, over floats first to see where they are defined, then over the field."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice

import numpy as np

from . import exactly, floating
from .degrees import degree
from .evaluate import Array, Undefined
from .points import LARGEST, MOST_ENTRIES, Problem, base_shape, drawn, size_sets

DRAWS = 4
TRIED = 24
SCALES = (1.0, 0.4, 2.5, 1.0)


@dataclass(frozen=True)
class Point:
    """Where a claim is defined: sizes, values of the symbols before their marks, and what floats said there."""

    sizes: dict[str, int]
    base: dict[str, Array]
    flip: bool
    distances: list[float]
    values: floating.Values


@dataclass(frozen=True)
class Judgement:
    """What was found about one claim.

    Attributes
    ----------
    right : for each step whether its relation holds.
    grade : "exact", "complex-step", "difference".
    bound : of an exact grade by polynomials: the probability that a wrong claim passes.
    error : the largest relative distance over floats where they decide.
    points : where it was judged.
    outcomes : what the field said.
    why : what made it step down.
    """

    right: list[bool]
    grade: str
    bound: float | None
    error: float | None
    points: list[Point]
    outcomes: list[exactly.Outcome] = field(default_factory=list)
    why: str = ""


def judged(problem: Problem, points: int, seed: int) -> Judgement:
    """Judge one claim.

    Raises
    ------
    Undefined : no point was found at which every part has a value.
    """
    found = defined_points(problem, max(points, 1), seed)
    equal = [all(p.distances[k] == 0.0 for p in found) for k in range(len(problem.relations))]
    chosen = found[::DRAWS]
    outcomes = [_exact(problem, point, k, seed) for k, point in enumerate(chosen)]
    error = max((max(floating.steps(p.values), default=0.0) for p in found), default=0.0)
    same = [o.same for o in outcomes]
    if any(s is None for s in same):
        why = next(o.why for o in outcomes if o.same is None)
        return Judgement(_right(problem, equal), "complex-step", None, error, found, outcomes, why)
    exact = [all(s is not None and s[k] for s in same) for k in range(len(equal))]
    if exact == equal:
        bound = _bound(problem, chosen, outcomes) if all(equal) else None
        return Judgement(_right(problem, equal), "exact", bound, None, found, outcomes)
    if not exactly.weak(outcomes) and all(e or not x for e, x in zip(equal, exact, strict=True)):
        return Judgement(_right(problem, exact), "exact", None, None, found, outcomes, "the sides differ by less than rounding")
    why = "exact numbers disagreed: " + ", ".join(sorted(set().union(*(o.seen for o in outcomes))))
    return Judgement(_right(problem, equal), "complex-step", None, error, found, outcomes, why)


def _right(problem: Problem, equal: Sequence[bool]) -> list[bool]:
    """Whether each relation holds, where equal says which sides are equal."""
    return [e == (r == "=") for e, r in zip(equal, problem.relations, strict=True)]


def defined_points(problem: Problem, points: int, seed: int) -> list[Point]:
    """Sets of sizes at which every part has a value, several draws at each; at every second one signs are turned."""
    rng = np.random.default_rng([seed, 0x5EED])
    found: list[Point] = []
    why = "no sizes fit"
    tried = islice(size_sets(problem.dims, problem.fixed, rng), TRIED)
    for sizes in tried:
        _bounded(problem, sizes)
        here: list[Point] = []
        for _ in range(3 * DRAWS):
            k = len(here)
            base = drawn(problem, sizes, rng, SCALES[k % len(SCALES)])
            if k % 2 and here:
                base = {name: x if "positive" in problem.marks.get(name, ()) else -x for name, x in here[-1].base.items()}
            try:
                distances, values = floating.apart(problem, sizes, base, bool((len(found) // DRAWS + k) % 2))
            except Undefined as reason:
                why = str(reason)
                if k % 2 and here:
                    here.append(here[-1])
            else:
                here.append(Point(sizes, base, bool((len(found) // DRAWS + k) % 2), distances, values))
            if len(here) == DRAWS:
                break
        if len(here) == DRAWS:
            found.extend(here)
        if len(found) >= DRAWS * points:
            return found
    if not found:
        raise Undefined(why)
    return found


def _bounded(problem: Problem, sizes: dict[str, int]) -> None:
    """Refuse sizes that are out of proportion."""
    for symbol in problem.symbols:
        rows, cols = base_shape(symbol, problem.marks.get(symbol.data, ()), sizes)
        if max(rows, cols) > LARGEST * 4 or rows * cols > MOST_ENTRIES:
            raise Undefined(f"{symbol.data} has {rows} x {cols} entries: at most {MOST_ENTRIES}")


def _exact(problem: Problem, point: Point, k: int, seed: int) -> exactly.Outcome:
    """The field's answer at one point; the parity of the seed turns orthogonal matrices as the floats were."""
    seeds = (2 * (seed * 1009 + k) + point.flip, seed * 31 + k)
    return exactly.at_point(problem, point.sizes, point.base, point.values.gradients, seeds)


def _bound(problem: Problem, points: Sequence[Point], outcomes: Sequence[exactly.Outcome]) -> float | None:
    """(D/p) for each point, multiplied: the probability that a claim of this degree passes though it is wrong."""
    bound = 1.0
    for point, outcome in zip(points, outcomes, strict=True):
        d = degree(problem, point.sizes)
        if d is None:
            return None
        bound *= min(1.0, max(d, 1) / outcome.p)
    return bound
