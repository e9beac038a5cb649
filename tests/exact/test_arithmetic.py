"""Dual numbers over the field against Fractions: value, exponent and tangent of every rational operation."""

from fractions import Fraction
from typing import NamedTuple

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st

from numpy_lora.exact import NotExact, Run, draw, equal
from numpy_lora.exact.records import load
from tests.exact.points import assert_holds, of, outcome, residues, same, tangent_of

RATIONAL = st.fractions(min_value=-20, max_value=20, max_denominator=30)
POINTS = st.integers(0, 3)


class Dual(NamedTuple):
    """x + t ε over the rationals, ε² = 0."""

    x: Fraction
    t: Fraction

    def __add__(self, other):
        return Dual(self.x + other.x, self.t + other.t)

    def __neg__(self):
        return Dual(-self.x, -self.t)

    def __sub__(self, other):
        return self + -other

    def __mul__(self, other):
        return Dual(self.x * other.x, self.x * other.t + self.t * other.x)

    def __truediv__(self, other):
        return Dual(self.x / other.x, (self.t * other.x - self.x * other.t) / other.x**2)

    def __pow__(self, k):
        return Dual(self.x**k, k * self.x ** (k - 1) * self.t if k else Fraction(0))


DUALS = st.builds(Dual, RATIONAL, RATIONAL)


def assert_dual(run, a, expected):
    assert_holds(run, a, expected.x)
    assert int(tangent_of(run, a).re) == int(residues(expected.t, run.field.p))


@given(POINTS, DUALS, DUALS, st.integers(-6, 9))
def test_arithmetic_is_that_of_dual_numbers(point, a, b, k):
    with Run(point, primes=point, dual=True) as run:
        x, y = (of(run, *d) for d in (a, b))
        assert_dual(run, x + y, a + b)
        assert_dual(run, x - y, a - b)
        assert_dual(run, x * y, a * b)
        assert_dual(run, -x, -a)
        assert_dual(run, np.square(x), a * a)
        if b.x:
            assert_dual(run, x / y, a / b)
            assert_dual(run, np.reciprocal(y), Dual(Fraction(1), Fraction(0)) / b)
        if a.x or k > 0:
            assert_dual(run, x**k, a**k)
        assert run.broken is None


@given(POINTS, DUALS, RATIONAL | st.integers(-(10**6), 10**6))
def test_plain_numbers_are_constants(point, a, c):
    constant = Dual(Fraction(c), Fraction(0))
    with Run(point, primes=point, dual=True) as run:
        x = of(run, *a)
        assert_dual(run, x + c, a + constant)
        assert_dual(run, c - x, constant - a)
        assert_dual(run, c * x, a * constant)
        assume(c and a.x)
        assert_dual(run, x / c, a / constant)
        assert_dual(run, c / x, constant / a)


def test_in_place_forms_are_the_same_operations():
    with Run(0, dual=True) as run:
        x, y = of(run, [[1, 2], [3, 4]], [[1, 0], [2, 5]]), of(run, [2, 3], [7, 1])
        total, row = x.copy(), None
        total += y
        total *= y
        total -= 3
        total /= y
        total **= 2
        expected = (((x + y) * y - 3) / y) ** 2
        assert equal(total, expected).all()
        assert same(tangent_of(run, total), tangent_of(run, expected))
        row = x[1]  # a view: what is written into it is in x
        row += y[0]
        assert_holds(run, x, [[1, 2], [5, 6]])
        assert tangent_of(run, x).re.tolist() == [[1, 0], [9, 12]]


def test_a_matrix_product_in_place():
    with Run(0) as run:
        x = of(run, [[1, 2], [3, 4]])
        x @= x
        assert_holds(run, x, [[7, 10], [15, 22]])


@given(POINTS, st.integers(1, 4), st.integers(1, 4), st.integers(1, 4))
def test_a_matrix_product_follows_the_product_rule(point, n, k, m):
    rng = np.random.default_rng(7)
    A, B, S, T = (rng.integers(-9, 9, shape).astype(object) for shape in ((n, k), (k, m), (n, k), (k, m)))
    with Run(point, primes=point, dual=True) as run:
        a, b = of(run, A, S), of(run, B, T)
        assert_holds(run, a @ b, A @ B)
        assert tangent_of(run, a @ b).re.tolist() == residues(S @ B + A @ T, run.field.p).tolist()
        assert_holds(run, a @ b[:, 0], A @ B[:, 0])
        assert_holds(run, a[0] @ b, A[0] @ B)
        assert_holds(run, a[0] @ b[:, 0], A[0] @ B[:, 0])
        assert_holds(run, np.stack([a, a]) @ b, np.stack([A @ B] * 2))


def test_a_long_matrix_product_does_not_round():
    rng = np.random.default_rng(0)
    A, B = rng.integers(2**50, 2**53, (2, 3000)), rng.integers(-(2**53), 2**53, (3000, 2))
    with Run(0) as run:
        n = load(run, of(run, A) @ of(run, B))
        exact = A.astype(object) @ B.astype(object)
        assert (exact != (A.astype(float) @ B.astype(float)).astype(np.int64)).all()
        assert np.array_equal(n.v.re, residues(exact, run.field.p))
        assert np.array_equal(n.e, residues(exact, run.field.q))


@given(POINTS)
def test_roots_of_anything_square_to_it(point):
    with Run(point, primes=point, dual=True) as run:
        x = draw(run, np.random.default_rng(1), np.linspace(0.5, 4, 12))
        root = np.sqrt(x)
        assert load(run, root).v.im is not None  # half of all numbers have their root in F_p(i) alone
        assert equal(root * root, x).all()
        assert same(tangent_of(run, root * root), tangent_of(run, x))
        nested = np.sqrt(root)
        squares = equal(nested * nested, root)
        assert squares.sum() >= 3  # the others have none, and are hashed
        assert equal(np.sqrt(root[:3]), nested[:3]).all()
        for power, product in ((0.5, root), (1.5, x * root), (-0.5, 1 / root), (2.5, x * x * root)):
            assert equal(x**power, product).all()
            assert same(tangent_of(run, x**power), tangent_of(run, product))


@given(POINTS)
def test_complex_numbers_obey_the_same_laws(point):
    with Run(point, primes=point, dual=True) as run:
        x = draw(run, np.random.default_rng(1), np.linspace(0.5, 4, 8).reshape(2, 4))
        z, w = np.sqrt(x), np.sqrt(x[::-1] + 1)
        for left, right in (
            ((z + w) * (z - w), z * z - w * w),
            (z / w * w, z),
            (1 / (1 / z), z),
            (z**3 / z**-2, z * z * z * z * z),
            ((z @ w.T) @ x, z @ (w.T @ x)),
            ((z @ w.T).T, w @ z.T),
            ((z + w).sum(), z.sum() + w.sum()),
            (np.where(x > 2, z, w) - w, np.where(x > 2, z - w, 0)),
        ):
            assert equal(left, right).all()
            assert same(tangent_of(run, left), tangent_of(run, right))


def test_what_vanishes_in_the_field_alone_cannot_be_divided_by():
    with Run(0) as run:
        p = run.field.p
        assert outcome(lambda: 1 / of(run, [1, p])) is NotExact
        assert run.broken == "division by a number that is zero in the field"
        assert outcome(lambda: of(run, [1, p]) ** -0.5) is NotExact
