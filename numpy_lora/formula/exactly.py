"""The exact grade: a claim over the field at one random point. Gradients are the dual parts of the forward pass."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

import numpy as np
import scipy.special

from ..exact import Exact, NotExact, Run, draw, equal
from ..exact.array import number, stored
from ..exact.draws import taken_apart
from ..exact.reading import read
from ..exact.records import Number, each_field
from ..exact.residues import Element
from .evaluate import World
from .gradients import moved, units
from .literals import Array, Undefined, characteristic
from .points import Problem
from .terms import Term, walk
from .worlds import settled

TRANSCENDENTAL = {"exp", "log", "log1p", "expm1", "tanh", "sin", "cos", "tan", "sinh", "cosh", "raise", "erf", "arctan"}


@dataclass(frozen=True)
class Outcome:
    """What exact numbers said at one point.

    Attributes
    ----------
    same : for each step of a chain whether its sides are equal; None where there is no exact meaning.
    alike : the same, up to the signs of roots.
    seen : what weakens a difference: roots, uninterpreted functions, constants.
    p : the prime.
    why : what had no exact meaning.
    """

    same: list[bool] | None
    alike: list[bool] | None = None
    seen: frozenset[str] = frozenset()
    p: int = 0
    why: str = ""


class ExactNumbers:
    """Literals of a run."""

    exact = True
    step = 0.0  # gradients are dual parts

    def __init__(self, run: Run) -> None:
        self.run = run

    def finite(self, x: Array) -> bool:
        """Asked of the sides alone, at the end."""
        return True

    def power(self, x: Array, k: Fraction) -> Array:
        """NumPy's."""
        return np.power(x, float(k))

    def erf(self, x: Array) -> Array:
        """SciPy's."""
        return scipy.special.erf(x)

    def number(self, value: Fraction) -> Array:
        """A rational number."""
        return self._one(self.run.scalar(value))

    def constant(self, value: float) -> Array:
        """π and roots of its multiples; what is not read as one of these is no constant."""
        reading = read(value)
        if reading.factor == reading.dyadic and reading.radicand == 1 and reading.halves == 0 and not float(value).is_integer():
            raise NotExact(f"the constant {value}")
        return self._one(self.run.scalar(value))

    def root(self, value: Fraction) -> Array:
        """The root of a rational number, consistent with those of others: √2 √3 = √6."""
        reading = read(math.sqrt(value)) if value >= 0 else None
        if reading is not None and reading.halves == 0 and reading.factor**2 * reading.radicand == value:
            return self._one(self.run.scalar(math.sqrt(value)))
        return np.sqrt(self.number(value))

    def det(self, x: Array) -> Array:
        """The last coefficient of the characteristic polynomial: a singular matrix has one too."""
        return characteristic(x)[1] * (-1) ** x.shape[-1]

    def inverse(self, x: Array) -> Array:
        """Cayley and Hamilton's."""
        matrix, last = characteristic(x)
        return -matrix / last

    def _one(self, n: Number) -> Array:
        return stored(self.run, each_field(n, lambda part: np.asarray(part).reshape(1, 1)))


def at_point(
    problem: Problem,
    sizes: dict[str, int],
    base: dict[str, Array],
    flip: bool,
    shadows: dict[int, Array],
    seeds: tuple[int, int],
) -> Outcome:
    """Ask the field whether the sides are equal.

    Parameters
    ----------
    base : floats for the symbols, before their marks; the exact numbers have them as shadows.
    flip : whether orthogonal matrices have determinant −1.
    shadows : the gradients as floats, by id.
    seeds : of the point, and of the prime.
    """
    exponents = any(t.op in TRANSCENDENTAL for t in walk(*problem.sides, *problem.set_to.values()))
    run = Run(seeds[0], primes=seeds[1], dual=bool(problem.gradients), exponents=exponents)
    try:
        with run:
            rng = np.random.default_rng([seeds[0], 0xE8AC7])
            free = {name: draw(run, rng, x, zeros=False, tangent=False) for name, x in base.items()}
            world = World(ExactNumbers(run), sizes, {})
            settled(problem, world, free, flip, lambda w, g: _gradient(run, w, problem, g, shadows[id(g)]))
            run.dual = False
            world.memo.clear()
            values = [world.value(side) for side in problem.sides]
            same = [_same(run, a, b) for a, b in pairwise(values)]
            alike = [s or _alike(run, a, b) for s, (a, b) in zip(same, pairwise(values), strict=True)]
            if run.nonfinite or not all(np.isfinite(number(run, v).x).all() for v in values):
                return Outcome(None, None, frozenset(run.seen), run.field.p, "something is not finite")
    except (NotExact, Undefined, ArithmeticError, np.linalg.LinAlgError) as reason:
        return Outcome(None, None, frozenset(run.seen), run.field.p, str(reason))
    return Outcome(same, alike, frozenset(run.seen), run.field.p)


def _gradient(run: Run, world: World, problem: Problem, gradient: Term, shadow: Array) -> Exact:
    """The dual parts of the differentiated scalar, one for each entry moved."""
    x = world.value(gradient.args[1])
    n = number(run, x)
    basis = units(x.shape)
    wide = each_field(n._replace(t=None), lambda part: np.broadcast_to(part, basis.shape))
    found = moved(world, gradient, stored(run, wide._replace(t=Element(basis.astype(np.uint64)))), problem.kept(gradient))
    t = taken_apart(run, found).t if isinstance(found, Exact) else None
    zero = np.zeros((x.size, 1, 1), np.uint64)
    re = np.broadcast_to(zero if t is None else t.re, zero.shape).reshape(x.shape)
    im = None if t is None or t.im is None else np.broadcast_to(t.im, zero.shape).reshape(x.shape)
    v = Element(re, im)
    return stored(run, Number(shadow, v, run.exponent_of(v), None))


def _same(run: Run, a: Array, b: Array) -> bool:
    """Whether two sides are equal; logarithms by what they are logarithms of."""
    if bool(equal(a, b).all()):
        return True
    if not isinstance(a, Exact) or not isinstance(b, Exact):
        return False
    return run.logs and bool(equal(np.exp(a), np.exp(b)).all())


def _alike(run: Run, a: Array, b: Array) -> bool:
    """Whether two sides have the same squares, so that the signs of roots alone can set them apart."""
    return "roots" in run.seen and bool(equal(a * a, b * b).all())


def weak(outcomes: Sequence[Outcome]) -> bool:
    """Whether a difference is only a suspicion: roots have two signs, uninterpreted functions are not the true ones."""
    return any(o.seen & {"roots", "uninterpreted", "constants"} for o in outcomes)
