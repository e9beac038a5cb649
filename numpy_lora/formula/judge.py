"""The judge: claims at several sets of sizes, over floats first to see where they are defined, then over the field."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np

from . import exactly, floating
from .degrees import degree
from .evaluate import Array, Undefined
from .points import LARGEST, MOST_ENTRIES, Problem, base_shape, drawn, size_sets

DRAWS = 4
CLEAR = 1e-6
NOT_ROUNDING = 1e-4
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
    why : what made it step down.
    """

    right: list[bool]
    grade: str
    bound: float | None
    error: float | None
    points: list[Point]
    why: str = ""


@dataclass(frozen=True)
class Step:
    """Whether the sides of one step are equal, by what grade, and what was said against it."""

    equal: bool
    grade: str
    why: str = ""


def judged(problem: Problem, points: int, seed: int) -> Judgement:
    """Judge one claim.

    Raises
    ------
    Undefined : no point was found at which every part has a value, or neither numbers nor floats decide.
    """
    found = defined_points(problem, max(points, 1), seed)
    court = Court(problem, found, seed)
    steps = [court.step(k) for k in range(len(problem.relations))]
    right = [step.equal == (relation == "=") for step, relation in zip(steps, problem.relations, strict=True)]
    floats = any(step.grade != "exact" for step in steps)
    error = max((max(floating.steps(p.values), default=0.0) for p in found), default=0.0) if floats else None
    bound = _bound(problem, court.chosen, court.outcomes) if not floats and all(step.equal for step in steps) else None
    grade = "complex-step" if floats else "exact"
    return Judgement(right, grade, bound, error, found, "; ".join(dict.fromkeys(s.why for s in steps if s.why)))


class Court:
    """The field's answers at one draw for each set of sizes, beside what floats said at all of them."""

    def __init__(self, problem: Problem, found: list[Point], seed: int) -> None:
        self.problem, self.found, self.seed = problem, found, seed
        self.chosen = found[::DRAWS]
        self.outcomes = [self.exact(point, k) for k, point in enumerate(self.chosen)]

    def exact(self, point: Point, k: int) -> exactly.Outcome:
        """The field's answer; the parity of the seed turns orthogonal matrices as the floats were."""
        seeds = (2 * (self.seed * 1009 + k) + point.flip, self.seed * 31 + k)
        return exactly.at_point(self.problem, point.sizes, point.base, point.values.gradients, seeds)

    def step(self, k: int) -> Step:
        """Whether the sides of a step are equal."""
        worst = max(self.found, key=lambda p: p.distances[k])
        apart = worst.distances[k]
        if any(o.same is None for o in self.outcomes):
            return self.by_floats(apart, next(o.why for o in self.outcomes if o.same is None))
        if all(o.same[k] for o in self.outcomes if o.same):
            if apart > CLEAR and not self.rounding(worst, k, apart):
                return Step(False, "exact")
            return Step(True, "exact")
        if apart > CLEAR:
            return Step(False, "exact")
        if not exactly.weak(self.outcomes):
            return Step(False, "exact", "the sides differ by less than rounding shows")
        if apart == 0 and all(o.alike[k] for o in self.outcomes if o.alike):
            return Step(True, "exact")  # the squares are equal, and floats say that the signs are
        seen = sorted(set().union(*(o.seen for o in self.outcomes)))
        return self.by_floats(apart, f"exact numbers disagreed: {', '.join(seen)}")

    def rounding(self, point: Point, k: int, apart: float) -> bool:
        """Whether a distance over floats is rounding: the field finds the sides equal there."""
        there = self.exact(point, len(self.chosen))
        return there.same is not None and there.same[k] and apart <= NOT_ROUNDING and "roots" not in there.seen

    def by_floats(self, apart: float, why: str) -> Step:
        """What floats say where the field has nothing to say."""
        if 0 < apart <= CLEAR:
            raise Undefined(f"{why}; and the sides are {apart:.1e} apart, which rounding may explain")
        return Step(apart == 0, "complex-step", why)


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


def _bound(problem: Problem, points: Sequence[Point], outcomes: Sequence[exactly.Outcome]) -> float | None:
    """(D/p) for each point, multiplied: the probability that a claim of this degree passes though it is wrong."""
    bound = 1.0
    for point, outcome in zip(points, outcomes, strict=True):
        d = degree(problem, point.sizes)
        if d is None:
            return None
        bound *= min(1.0, max(d, 1) / outcome.p)
    return bound
