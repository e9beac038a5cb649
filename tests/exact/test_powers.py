"""Powers of any exponent: products of powers, roots of every order, logarithms under exp, and what is refused."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numpy_lora.exact import NotExact, Run, draw, equal
from numpy_lora.exact.powers import exponent_of_float, quarters, raised
from numpy_lora.exact.records import load
from tests.exact.points import of, outcome, same, tangent_of

POINTS = st.integers(0, 5)
F = Fraction


def drawn(run, seed=0, low=0.5, n=6, signed=False):
    rng = np.random.default_rng(seed)
    return draw(run, rng, rng.uniform(low, low + 2, n), signed=signed)


OF_A_AND_B = {
    "one less": lambda a, b: (a ** (b - 1), a**b / a),
    "two less, the other way": lambda a, b: (a ** (b + 2), a * a**b * a),
    "its inverse": lambda a, b: (a**-b, 1 / a**b),
    "by log": lambda a, b: (np.exp(b * np.log(a)), a**b),
    "by log, and more": lambda a, b: (np.exp((b - 1) * np.log(a) - a), a**b / a * np.exp(-a)),
    "of an exponential, its value": lambda a, b: (np.exp(a) ** b, np.exp(a * b)),
    "of a square": lambda a, b: ((a * a) ** b, (a * a) ** (b / 2) * (a * a) ** (b / 2)),
    "of a product of squares, its value": lambda a, b: ((a * a * b * b) ** b, (a * a) ** b * (b * b) ** b),
    "of a base": lambda a, b: (2**b, np.exp2(b)),
    "of a base by its logarithm": lambda a, b: (10**b, np.exp(b * np.log(10))),
    "cube roots": lambda a, b: (np.cbrt(a) ** 3, a),
    "cube roots of products": lambda a, b: (np.cbrt(a * b), np.cbrt(a) * np.cbrt(b)),
    "two thirds": lambda a, b: (a ** (2 / 3), np.cbrt(a) ** 2),
    "cube root of a negative number": lambda a, b: (np.cbrt(-a), -np.cbrt(a)),
    "a half": lambda a, b: (a**0.5, np.sqrt(a)),
    "one and a half": lambda a, b: (a**1.5, a * np.sqrt(a)),
    "a sixth": lambda a, b: (a ** (1 / 6) * a ** (1 / 3), np.sqrt(a)),
    "tenths": lambda a, b: (a**0.3 * a**0.7, a),
    "an exponent with a rounding, its value": lambda a, b: (a**1.1 / a, a ** (1.1 - 1)),
    "several constants": lambda a, b: (
        a ** np.array([0.0, 1, 2, 0.5, -1, 1 / 3]),
        np.stack([0 * a[0] + 1, a[1], a[2] ** 2, np.sqrt(a[3]), 1 / a[4], np.cbrt(a[5])]),
    ),
}


@pytest.mark.parametrize("name", OF_A_AND_B)
@pytest.mark.parametrize("point", range(3))
def test_powers_agree_with_one_another(name, point):
    with Run(point, primes=point, dual=True) as run:
        a, b = drawn(run), drawn(run, 1)
        left, right = OF_A_AND_B[name](a, b)
        assert equal(left, right).all()
        assert same(tangent_of(run, left), tangent_of(run, right)) or name.endswith("its value")
    rng = [np.random.default_rng(seed).uniform(0.5, 2.5, 6) for seed in (0, 1)]
    left, right = OF_A_AND_B[name](*rng)
    assert np.allclose(left, right, rtol=1e-13)


UNLIKE = {
    "another exponent": lambda a, b: (a**b, a ** (b + 1)),
    "another base": lambda a, b: (a**b, b**b),
    "turned about": lambda a, b: (a**b, b**a),
    "exponents multiplied": lambda a, b: (a**b * a**a, a ** (a * b)),
    "an exponential": lambda a, b: (a**b, np.exp(a * b)),
    "an exponent beside": lambda a, b: (a**0.3, a ** (0.3 + 1e-13)),
    "a root of another order": lambda a, b: (a ** (1 / 3), a ** (1 / 5)),
}


@pytest.mark.parametrize("name", UNLIKE)
def test_other_powers_are_others(name):
    with Run(0, dual=True) as run:
        left, right = UNLIKE[name](drawn(run), drawn(run, 1))
        assert not equal(left, right).any()


@given(POINTS, st.lists(st.integers(0, 2**29), min_size=1, max_size=5), st.integers(0, 2**30))
def test_powers_entry_by_entry_are_those_of_integers(point, bases, exponent):
    m = Run(point, primes=point).field.p
    e = np.array([exponent + k for k in range(len(bases))], np.uint64)
    assert raised(np.array(bases, np.uint64), e, m).tolist() == [pow(a, int(k), m) for a, k in zip(bases, e, strict=True)]
    assert raised(np.array(bases, np.uint64), e[:1], m).tolist() == [pow(a, exponent, m) for a in bases]


@given(st.integers(-20, 20), st.integers(-20, 20), st.sampled_from([1, 2, 3, 6, 10, 15]))
def test_signs_of_powers_multiply(a, b, denominator):
    left, right = quarters(F(a, denominator)), quarters(F(b, denominator))
    assert (left + right) % 4 == quarters(F(a + b, denominator))
    assert quarters(F(a)) == 2 * (a % 2)


def test_an_exponent_is_read_in_the_last_digits_of_one():
    assert exponent_of_float(1.1 - 1) == F(1, 10)
    assert exponent_of_float(1 / 3) == F(1, 3)
    assert exponent_of_float(0.1 + 2.0**-50) == F(0.1 + 2.0**-50)
    assert exponent_of_float(np.sqrt(2)) == F(float(np.sqrt(2)))
    assert exponent_of_float(-2.0) == -2


def test_zeros():
    with Run(0, dual=True) as run:
        x, e = of(run, [0, 0, 0, 2], [1, 1, 1, 1]), np.array([1.0, 2.0, 3.5, 1.0])
        assert equal(x**e, [0, 0, 0, 2]).all()
        assert tangent_of(run, x**e).re.tolist() == [1, 0, 0, 1]
        assert equal(of(run, [0, 0]) ** np.array([0.0, 1.5]), [1, 0]).all()
        assert outcome(np.power, x, np.full(4, 0.3)) is NotExact
        run.broken = None
        assert outcome(np.power, of(run, [run.field.p]), 0.3) is NotExact
        assert "zero in the field" in run.broken


def test_a_huge_exponent_is_uninterpreted():
    """It may be the order of the field."""
    with Run(0) as run:
        a = drawn(run)
        for k in (run.field.p - 1, run.field.q):
            assert not equal(a ** float(k), 1).any()
            assert not equal((a * a) ** (float(k) + 0 * a.view(np.ndarray)), 1).any()


def test_a_power_that_needs_exponents_asks_for_them():
    with Run(0, dual=True, exponents=False) as run:
        a, b = drawn(run), drawn(run, 1)
        assert load(run, a**0.3).e is None
        assert not run.wants_exponents
        assert outcome(np.power, a, b) is NotExact
        assert run.wants_exponents
