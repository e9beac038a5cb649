"""The degree of a claim in the entries of its symbols, read off its terms: it bounds how often a wrong one passes."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

from .evaluate import World
from .literals import Floats
from .points import Problem
from .terms import Term

Fraction = tuple[int, int]
"""Degrees of a matrix written as N/δ, N of polynomials and δ one polynomial."""


def degree(problem: Problem, sizes: dict[str, int]) -> int | None:
    """The degree of the polynomial that vanishes where the claim holds; None where it is none."""
    degrees = Degrees(World(Floats(), sizes, {}), problem)
    found = [degrees.of(side) for side in problem.sides]
    if any(f is None for f in found):
        return None
    return max(max(a[0] + b[1], b[0] + a[1]) for a, b in pairwise(f for f in found if f is not None))


class Degrees:
    """Degrees of terms, each found once."""

    def __init__(self, world: World, problem: Problem) -> None:
        self.world, self.problem = world, problem
        self.memo: dict[int, Fraction | None] = {}

    def of(self, term: Term) -> Fraction | None:
        """The degrees of a term, None where it is not rational."""
        if id(term) not in self.memo:
            self.memo[id(term)] = self._of(term)
        return self.memo[id(term)]

    def _of(self, term: Term) -> Fraction | None:
        if self.world.rational(term) is not None or term.op in ("ones", "eye"):
            return (0, 0)
        if term.op == "symbol":
            return self._symbol(term)
        args = [self.of(a) for a in term.args]
        known = [a for a in args if a is not None]
        if len(known) < len(args):
            return None
        if term.op == "gradient":
            n, d = known[0]
            return (max(n - 1, 0), 0) if d == 0 else (n + d, 2 * d)
        if term.op == "power":
            (n, d), k = known[0], term.data
            return (n * k, d * k) if k >= 0 else self._reciprocal(term.args[0], (n * -k, d * -k))
        if term.op == "divide":
            return _product(known[0], self._reciprocal(term.args[1], known[1]))
        if term.op in ("reciprocal", "inverse", "det"):
            return self._of_matrix(term, *known[0])
        rule = RULES.get(term.op)
        return rule(*known) if rule else None

    def _of_matrix(self, term: Term, a: int, b: int) -> Fraction:
        """Of N/δ: 1/x for each entry, the inverse adj(N) δ/det N, the determinant."""
        n = self.world.shape(term.args[0])[0]
        if term.op == "reciprocal":
            return self._reciprocal(term.args[0], (a, b))
        return ((n - 1) * a + b, n * a) if term.op == "inverse" else (n * a, n * b)

    def _reciprocal(self, term: Term, of: Fraction) -> Fraction:
        """1/x for each entry, over one denominator: the product of all entries."""
        rows, cols = self.world.shape(term)
        return of[0] * (rows * cols - 1) + of[1], of[0] * rows * cols

    def _symbol(self, term: Term) -> Fraction | None:
        if term.data in self.problem.set_to:
            return self.of(self.problem.set_to[term.data])
        marks = self.problem.marks.get(term.data, ())
        if "orthogonal" in marks:
            n = max(self.world.shape(term))
            return n, n
        return (2 if "definite" in marks else 1), 0


def _sum(a: Fraction, b: Fraction) -> Fraction:
    return (max(a[0], b[0]), a[1]) if a[1] == b[1] == 0 else (max(a[0] + b[1], b[0] + a[1]), a[1] + b[1])


def _product(a: Fraction, b: Fraction) -> Fraction:
    return a[0] + b[0], a[1] + b[1]


def _same(a: Fraction) -> Fraction:
    return a


RULES: dict[str, Callable[..., Fraction]] = {
    "add": _sum,
    "subtract": _sum,
    "multiply": _product,
    "matmul": _product,
    "kronecker": _product,
    **dict.fromkeys(("defined", "negative", "transpose", "same", "trace", "diag", "diagonal", "vec"), _same),
    **dict.fromkeys(("sum", "rowsum", "colsum"), _same),
}
