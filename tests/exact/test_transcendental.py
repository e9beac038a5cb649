"""What makes exp, log, sin and cos exact, and what they must not be mistaken for."""

from fractions import Fraction

import numpy as np
import pytest
import scipy.special as sp
from hypothesis import given
from hypothesis import strategies as st

from numpy_lora.exact import NotExact, Run, draw, equal
from numpy_lora.exact.records import load
from tests.exact.points import of, outcome

F = Fraction
POINTS = st.integers(0, 5)
RATIONAL = st.fractions(min_value=-50, max_value=50, max_denominator=20)
POSITIVE = st.fractions(min_value=F(1, 20), max_value=50, max_denominator=20)


def drawn(run, *shape, low=0.5):
    """Random exact numbers, value and exponent free of each other."""
    rng = np.random.default_rng(5)
    return draw(run, rng, rng.uniform(low, 3, shape))


@given(POINTS, RATIONAL, RATIONAL, st.integers(-5, 5))
def test_exp_takes_sums_to_products(point, a, b, n):
    with Run(point, primes=point) as run:
        x, y = of(run, a), of(run, b)
        assert equal(np.exp(x + y), np.exp(x) * np.exp(y))
        assert equal(np.exp(x - y), np.exp(x) / np.exp(y))
        assert equal(np.exp(n * x), np.exp(x) ** n)
        assert equal(np.exp(x / 2) ** 2, np.exp(x))
        assert equal(np.exp(x * y + x), np.exp(x * (y + 1)))
        assert equal(np.exp(0 * x), 1)
        assert not equal(np.exp(x), np.exp(x + 1))


@given(POINTS)
def test_exp_is_a_function_of_the_number_however_it_was_made(point):
    with Run(point, primes=point) as run:
        x, y = drawn(run, 4), drawn(run, 4) + 1
        for same_number in (x * y / y, x + y - y, (x @ y) * x / (x @ y), np.where(x > 0, x, y), np.stack([x, y])[0], x**3 / x**2):
            assert equal(np.exp(same_number), np.exp(x)).all()
        assert not equal(np.exp(x * y), np.exp(x) * np.exp(y)).any()


@given(POINTS)
def test_softmax_does_not_see_a_shift(point):
    with Run(point, primes=point) as run:
        x = drawn(run, 3, 4)
        shifted = x - x.max(-1, keepdims=True)
        plain, stable = (np.exp(z) / np.exp(z).sum(-1, keepdims=True) for z in (x, shifted))
        assert equal(plain, stable).all()
        assert equal(stable.sum(-1), 1).all()


@given(POINTS, POSITIVE, POSITIVE, st.integers(-4, 4))
def test_exp_undoes_log(point, a, b, n):
    with Run(point, primes=point) as run:
        x, y = of(run, a), of(run, b)
        assert equal(np.exp(np.log(x)), x)
        assert equal(np.exp(y - np.log(x)), np.exp(y) / x)
        assert equal(np.exp(np.log(x) + np.log(y)), x * y)
        assert equal(np.exp(-np.log(x)), 1 / x)
        assert equal(np.exp(n * np.log(x)), x**n)
        assert equal(np.log(x), np.log(x * y / y))
        assert equal(np.exp(np.log1p(x)), 1 + x)
        assert equal(np.log(x), np.log(y)) == (a == b)


@given(POINTS)
def test_log_softmax_three_ways(point):
    with Run(point, primes=point) as run:
        x = drawn(run, 3, 4)
        z = x - x.max(-1, keepdims=True)
        log_softmax = z - np.log(np.exp(z).sum(-1, keepdims=True))
        assert equal(np.exp(log_softmax), np.exp(x) / np.exp(x).sum(-1, keepdims=True)).all()
        assert equal(np.exp(np.logaddexp(x[0], x[1])), np.exp(x[:2]).sum(0)).all()


def test_what_is_done_to_a_logarithm_does_not_confuse_it():
    """A product with a number that is no small integer, or a sum over an axis, forgets what the exponential was."""
    with Run(0) as run:
        x, y = drawn(run, 3), drawn(run, 3) + 1
        for other in (np.log(x) * y, np.log(x) * np.log(x), np.log(x) * 0.5, np.log(x).sum() + 0 * x, np.log(x) * 40):
            assert not equal(np.exp(other), x).any()
            assert not equal(np.exp(other), np.exp(x)).any()
        assert equal(np.exp(np.log(x) * y - np.log(x) * y), 1).all()
        assert equal(np.exp(np.log(x) - np.log(x) + y), np.exp(y)).all()


@given(POINTS, RATIONAL, RATIONAL)
def test_sin_and_cos_have_their_addition_theorems(point, a, b):
    with Run(point, primes=point) as run:
        x, y = of(run, a), of(run, b)
        assert equal(np.sin(x + y), np.sin(x) * np.cos(y) + np.cos(x) * np.sin(y))
        assert equal(np.cos(x + y), np.cos(x) * np.cos(y) - np.sin(x) * np.sin(y))
        assert equal(np.sin(-x), -np.sin(x))
        assert equal(np.cos(-x), np.cos(x))
        assert equal(np.sin(x) ** 2 + np.cos(x) ** 2, 1)
        assert equal(np.tan(x) * np.cos(x), np.sin(x))


@given(POINTS, RATIONAL.filter(bool))
def test_sin_and_cos_are_not_sinh_and_cosh(point, a):
    with Run(point, primes=point) as run:
        x = of(run, a)
        assert not equal(np.cos(x), np.cosh(x))
        for factor in (1, -1, *(load(run, np.sin(x)).v._fields and ())):
            assert not equal(np.sin(x), factor * np.sinh(x))
        assert not equal(np.cos(x) ** 2 - np.sin(x) ** 2, 1)
        assert not equal(np.cos(x) ** 2, np.cosh(x) ** 2)
        assert not equal(np.sin(x) ** 2, -(np.sinh(x) ** 2))
        for n in range(2, 7):  # nor of any small multiple of x: cos is secret
            assert not equal(np.cos(n * x), np.cosh(x))
            assert not equal(np.cos(x), np.cosh(n * x))


def test_cos_of_one_is_another_at_every_point_of_one_field():
    values = []
    for point in range(8):
        with Run(point, primes=3) as run:
            values.append(int(load(run, np.cos(of(run, 1))).v.re))
    assert len(set(values)) == 8


@given(POINTS, RATIONAL)
def test_hyperbolic_functions_and_expit(point, a):
    with Run(point, primes=point) as run:
        x = of(run, a)
        assert equal(np.cosh(x) ** 2 - np.sinh(x) ** 2, 1)
        assert equal(np.cosh(x) + np.sinh(x), np.exp(x))
        assert equal(np.tanh(x), (1 - np.exp(-2 * x)) / (1 + np.exp(-2 * x)))
        assert equal(sp.expit(x), 1 / (1 + np.exp(-x)))
        assert equal(sp.expit(2 * x), (1 + np.tanh(x)) / 2)
        assert equal(sp.expit(-x), 1 - sp.expit(x))
        assert equal(np.expm1(x) + 1, np.exp(x))


@pytest.mark.parametrize("f", [np.exp, np.sin, np.tanh, sp.expit, sp.erf, np.cosh, np.expm1, np.exp2])
def test_what_needs_exponents_asks_for_them(f):
    with Run(0, dual=True, exponents=False) as run:
        assert outcome(f, of(run, [F(1, 2)], [1])) is NotExact
        assert run.wants_exponents
