"""The judge: claims at several sets of sizes, over floats first to see where they are defined, then over the field."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice

import numpy as np

from . import decimals, exactly, floating
from .degrees import degree
from .evaluate import World
from .literals import Array, Floats, Undecided, Undefined
from .points import Problem, Signs, bounded, drawn, size_sets
from .terms import Term, walk

DRAWS = 4
CLEAR = 1e-6
ROUNDED = 8  # digits of a literal
TRIED = 24
SCALES = (0.8, 0.4, 1.4, 0.8)
PIECEWISE = {"max", "min", "rowmax", "colmax", "larger", "smaller", "relu", "abs", "sign"}
BRANCHING = {*PIECEWISE, "sqrt", "raise", "arctan"}  # also what is another function for other arguments, as √x² is
LARGER = 5  # sizes, in one set of three where a claim is about them as numbers
MOST = 1e9  # of constants, and one over the least, that far values go beyond
FAR = 32  # draws of values up to hundreds of times as large, or as the numbers that they are compared with
ONCE: tuple[Signs, ...] = ("entries", "entries", "entries", "entries", "none", "symbols", "symbols", "symbols", "none", "entries")
ATTEMPTS = ONCE * 2


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
    sets : of sizes.
    why : what made it step down.
    """

    right: list[bool]
    grade: str
    bound: float | None
    error: float | None
    points: list[Point]
    sets: int
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
    Undefined : no point was found at which every part has a value.
    Undecided : neither exact numbers nor floats decide.
    """
    found = defined_points(problem, max(points, 1), seed)
    court = Court(problem, found, far_points(problem, found[0].sizes, seed), seed)
    steps = [court.step(k) for k in range(len(problem.relations))]
    right = [step.equal == (relation == "=") for step, relation in zip(steps, problem.relations, strict=True)]
    floats = any(step.grade != "exact" for step in steps)
    error = max((max(floating.steps(p.values), default=0.0) for p in found), default=0.0) if floats else None
    bound = _bound(problem, court.chosen, court.outcomes) if not floats and all(step.equal for step in steps) else None
    grade = "complex-step" if floats else "exact"
    return Judgement(
        right, grade, bound, error, found, len(court.chosen), "; ".join(dict.fromkeys(s.why for s in steps if s.why))
    )


class Court:
    """The field's answers at one draw for each set of sizes, beside what floats said at all of them."""

    def __init__(self, problem: Problem, found: list[Point], far: list[Point], seed: int) -> None:
        self.problem, self.found, self.far, self.seed = problem, found, far, seed
        firsts = {id(p.sizes): p for p in reversed(found)}
        self.chosen = [p for p in found if firsts[id(p.sizes)] is p]
        self.outcomes = [self.exact(point, k) for k, point in enumerate(self.chosen)]

    def exact(self, point: Point, k: int) -> exactly.Outcome:
        """The field's answer at a point."""
        seeds = (self.seed * 1009 + k, self.seed * 31 + k)
        return exactly.at_point(self.problem, point.sizes, point.base, point.flip, point.values.gradients, seeds)

    def step(self, k: int) -> Step:
        """Whether the sides of a step are equal, far away as well."""
        near = self.near(k)
        if near.equal and (other := next((p for p in self.far if self.differs_at(p, k)), None)) is not None:
            self.found.append(other)
            return Step(False, near.grade)
        return near

    def differs_at(self, point: Point, k: int) -> bool:
        """Whether the sides differ at a point over floats and over decimals, and nothing exact says otherwise."""
        if point.distances[k] <= CLEAR or not self.longer(point, k, 0.0) > floating.SAME:
            return False
        there = self.exact(point, len(self.chosen))
        return there.same is None or not there.same[k] or "roots" in there.seen

    def near(self, k: int) -> Step:
        """Whether the sides of a step are equal at the points that were found."""
        worst = max(self.found, key=lambda p: p.distances[k])
        apart = worst.distances[k]
        if any(o.same is None for o in self.outcomes):
            return self.by_floats(worst, k, next(o.why for o in self.outcomes if o.same is None))
        if all(o.same[k] for o in self.outcomes if o.same):
            return self.unless_floats_differ(worst, k) if apart > CLEAR else Step(True, "exact")
        if apart > CLEAR:
            return Step(False, "exact")
        if not exactly.weak(self.outcomes):
            return Step(False, "exact", "the sides differ by less than rounding shows")
        if apart == 0 and all(o.alike[k] for o in self.outcomes if o.alike):
            return Step(True, "exact")  # the squares are equal, and floats say that the signs are
        seen = sorted(set().union(*(o.seen for o in self.outcomes)))
        return self.by_floats(worst, k, f"exact numbers disagreed: {', '.join(seen)}")

    def unless_floats_differ(self, point: Point, k: int) -> Step:
        """Equal in the field, but not over floats at this point: another branch there, signs of roots, or rounding."""
        there = self.exact(point, len(self.chosen))
        if there.same is None or not there.same[k]:
            return Step(False, "exact")
        if "roots" in there.seen:
            return Step(False, "complex-step")
        if self.longer(point, k, point.distances[k]) > floating.SAME:
            raise Undecided("exact numbers and floats disagree, which longer numbers do not explain")
        return Step(True, "exact")

    def by_floats(self, point: Point, k: int, why: str) -> Step:
        """What floats say where the field has nothing to say, and decimals where they can."""
        apart = point.distances[k]
        longer = self.longer(point, k, apart)
        if longer > floating.SAME and apart == 0:
            return Step(False, "complex-step", "the sides differ by less than float64 shows")
        if 0 < apart <= CLEAR and (longer == apart or has_rounded_numbers(self.problem)):
            raise Undecided(f"{why}; and the sides are {apart:.1e} apart, which rounding may explain")
        return Step(longer <= floating.SAME, "complex-step", why)

    def longer(self, point: Point, k: int, otherwise: float) -> float:
        """How far apart the sides are over decimals, where these have an answer."""
        there = floating.longer(self.problem, point.sizes, point.base, point.flip)
        return otherwise if there is None else there[k]


def defined_points(problem: Problem, points: int, seed: int) -> list[Point]:
    """Sets of sizes at which every part has a value, several draws at each.

    Raises
    ------
    Undefined : there are none.
    """
    rng = np.random.default_rng([seed, 0x5EED])
    found: list[Point] = []
    sets, why = 0, ["no sizes fit"]
    counted = any(term.op == "size" for term in walk(*problem.sides, *problem.set_to.values()))  # (n − 2)(n − 3) is no zero
    for sizes in islice(size_sets(problem.dims, problem.fixed, rng, LARGER * counted), TRIED):
        try:
            bounded(problem, sizes)
        except Undefined as reason:
            why.append(str(reason))
            continue
        here = _draws(problem, sizes, rng, sets, why)
        found.extend(here)
        sets += bool(here)
        if sets >= points:
            return found
    if not found:
        raise Undefined(why[-1])
    return found


def far_points(problem: Problem, sizes: dict[str, int], seed: int) -> list[Point]:
    """Points beside which a function may be another one: each symbol of a size of its own, small and large.

    A claim about max, |x| or √ is asked there too: close to zero it may have but one branch.
    """
    if not any(term.op in BRANCHING for term in walk(*problem.sides, *problem.set_to.values())):
        return []
    rng = np.random.default_rng([seed, 0xFA2])
    most = max([1e3, *(100 * max(c, 1 / c) for c in constants(problem))])
    found: list[Point] = []
    for _ in range(FAR):
        base = drawn(problem, sizes, rng, 1.0, "entries" if rng.random() < 0.5 else "symbols")
        base = {name: x * 10 ** rng.uniform(-4.0, np.log10(most)) for name, x in base.items()}
        with contextlib.suppress(Undefined):
            found.append(Point(sizes, base, False, *floating.apart(problem, sizes, base, False)))
    return found


def _draws(problem: Problem, sizes: dict[str, int], rng: np.random.Generator, k: int, why: list[str]) -> list[Point]:
    """Draws at one set of sizes, all or none; every second one has its signs turned where it may.

    Parameters
    ----------
    k : which set it is: orthogonal matrices are turned at every second one, and at every second draw.
    why : where to add what was undefined.
    """
    found: list[Point] = []
    scales, smaller = scales_of(problem), 1.0
    for signs in ATTEMPTS:
        turned = bool(len(found) % 2)
        flip = bool((k + len(found)) % 2)
        base = drawn(problem, sizes, rng, scales[len(found)] * smaller, signs)
        if turned:
            base = {name: x if "positive" in problem.marks.get(name, ()) else -x for name, x in found[-1].base.items()}
        try:
            found.append(Point(sizes, base, flip, *floating.apart(problem, sizes, base, flip)))
        except Undefined as reason:
            why.append(str(reason))
            smaller *= 0.8  # what overflowed, or left a domain, may do so less near zero
            if turned:
                found.append(found[-1])
        if len(found) == len(scales):
            return found
    return found[:DRAWS] if len(found) >= DRAWS else []


def scales_of(problem: Problem) -> tuple[float, ...]:
    """How large the values are in each draw; beside max and its like, as large as the numbers that they are compared with."""
    terms = walk(*problem.sides, *problem.set_to.values())
    largest = max(constants(problem), default=0.0) if any(t.op in PIECEWISE for t in terms) else 0.0
    return (*SCALES, 1.5 * largest, largest) if largest > 1 else SCALES


def constants(problem: Problem) -> list[float]:
    """The sizes of the parts that are made of numbers alone, zero left out: of 2^10 it is 1024 too."""
    constant = [t for t in walk(*problem.sides, *problem.set_to.values()) if t.kind == "scalar" and _is_constant(t)]
    world, sizes = World(Floats(), {}, {}), []
    for term in constant:
        with contextlib.suppress(Undefined), np.errstate(all="ignore"):
            sizes.append(float(np.abs(world.value(term)).max()))
    return [size for size in sizes if MOST > size > 1 / MOST]


def has_rounded_numbers(problem: Problem) -> bool:
    """Whether a literal has so many digits that it may stand for a number that has no end: 0.79788456 for √(2/π)."""
    literals = (t for t in walk(*problem.sides, *problem.set_to.values()) if t.op == "number")
    return any(ROUNDED <= decimals.digits(Fraction(t.data)) < decimals.DIGITS for t in literals)


def _is_constant(term: Term) -> bool:
    return all(t.op in ("number", "constant") or (t.args and t.kind == "scalar") for t in walk(term))


def _bound(problem: Problem, points: Sequence[Point], outcomes: Sequence[exactly.Outcome]) -> float | None:
    """(D/p) for each point, multiplied: the probability that a claim of this degree passes though it is wrong."""
    bound = 1.0
    for point, outcome in zip(points, outcomes, strict=True):
        d = degree(problem, point.sizes)
        if d is None:
            return None
        bound *= min(1.0, max(d, 1) / outcome.p)
    return bound
