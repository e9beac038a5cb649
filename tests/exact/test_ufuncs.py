"""Every entry of the tables of ufuncs: its tangent, its value and its shadow. A new entry wants an example here."""

from fractions import Fraction

import numpy as np
import pytest
import scipy.special as sp

from numpy_lora.exact import NotExact, Run, draw, equal, special
from numpy_lora.exact.records import load
from numpy_lora.exact.ufuncs import RULES as EVERY
from numpy_lora.exact.ufuncs import SELECTIONS
from tests.exact.differentials import assert_differential
from tests.exact.points import assert_in_step, assert_near, of, outcome, shadow

F = Fraction
ANY = [F(3, 2), F(-5, 3), 2, F(-1, 4)]
ALSO = [F(2, 3), F(-7, 4), -3, F(5, 2)]
POSITIVE = [F(3, 2), F(1, 3), 2, F(7, 5)]
SMALL = [F(1, 2), F(-1, 3), F(3, 4), F(1, 5)]
LARGE = [F(3, 2), F(7, 3), 2, F(9, 4)]
RULES = {ufunc: rule for ufunc, rule in EVERY.items() if ufunc not in special.RULES}
clip = np._core.umath.clip


def log_of(base, x):
    """The logarithm of a constant, as a number of x's kind."""
    return np.log(x * 0 + base)


def fixed(c):
    """The power c, and its differential."""
    return lambda a: np.power(a, float(c)), lambda a, t: t * float(c) * np.power(a, float(c)) / a


# ufunc: its differential, and arguments; or a list of (function, differential, arguments)
EXAMPLES = {
    np.add: (lambda a, b, s, t: s + t, ANY, ALSO),
    np.subtract: (lambda a, b, s, t: s - t, ANY, ALSO),
    np.multiply: (lambda a, b, s, t: s * b + a * t, ANY, ALSO),
    np.divide: (lambda a, b, s, t: s / b - a * t / (b * b), ANY, ALSO),
    np.negative: (lambda a, t: -t, ANY),
    np.positive: (lambda a, t: t, ANY),
    np.conjugate: (lambda a, t: t, ANY),
    np.reciprocal: (lambda a, t: -t / a**2, ANY),
    np.square: (lambda a, t: 2 * a * t, ANY),
    np.sqrt: (lambda a, t: t / (2 * np.sqrt(a)), POSITIVE),
    np.cbrt: (lambda a, t: t * np.cbrt(a) / (3 * a), POSITIVE),
    np.matmul: (lambda a, b, s, t: s @ b + a @ t, [ANY, ALSO], [[1, 2], [3, F(1, 2)], [5, -1], [0, 2]]),
    np.exp: (lambda a, t: t * np.exp(a), ANY),
    np.exp2: (lambda a, t: t * log_of(2, a) * np.exp2(a), ANY),
    np.expm1: (lambda a, t: t * np.exp(a), ANY),
    np.log: (lambda a, t: t / a, POSITIVE),
    np.log2: (lambda a, t: t / (a * log_of(2, a)), POSITIVE),
    np.log10: (lambda a, t: t / (a * log_of(10, a)), POSITIVE),
    np.log1p: (lambda a, t: t / (1 + a), POSITIVE),
    np.logaddexp: (lambda a, b, s, t: (s * np.exp(a) + t * np.exp(b)) / (np.exp(a) + np.exp(b)), ANY, ALSO),
    np.logaddexp2: (lambda a, b, s, t: (s * np.exp2(a) + t * np.exp2(b)) / (np.exp2(a) + np.exp2(b)), ANY, ALSO),
    np.degrees: (lambda a, t: t * 180 / np.pi, ANY),
    np.rad2deg: (lambda a, t: t / (np.pi / 180), ANY),
    np.radians: (lambda a, t: t * np.pi / 180, ANY),
    np.deg2rad: (lambda a, t: t * (np.pi / 180), ANY),
    np.sin: (lambda a, t: t * np.cos(a), ANY),
    np.cos: (lambda a, t: -t * np.sin(a), ANY),
    np.tan: (lambda a, t: t / np.cos(a) ** 2, SMALL),
    np.sinh: (lambda a, t: t * np.cosh(a), ANY),
    np.cosh: (lambda a, t: t * np.sinh(a), ANY),
    np.tanh: (lambda a, t: t / np.cosh(a) ** 2, ANY),
    np.arcsin: (lambda a, t: t / np.sqrt(1 - a * a), SMALL),
    np.arccos: (lambda a, t: -t / np.sqrt(1 - a * a), SMALL),
    np.arctan: (lambda a, t: t / (1 + a * a), ANY),
    np.arcsinh: (lambda a, t: t / np.sqrt(1 + a * a), ANY),
    np.arccosh: (lambda a, t: t / np.sqrt(a * a - 1), LARGE),
    np.arctanh: (lambda a, t: t / (1 - a * a), SMALL),
    np.arctan2: (lambda a, b, s, t: (b * s - a * t) / (a * a + b * b), ANY, ALSO),
    np.hypot: (lambda a, b, s, t: (a * s + b * t) / np.sqrt(a * a + b * b), ANY, ALSO),
    np.absolute: (lambda a, t: t * np.sign(a), ANY),
    np.fabs: (lambda a, t: t * np.sign(a), ANY),
    np.copysign: (lambda a, b, s, t: s * np.sign(a) * np.sign(b), ANY, [3, 2, -2, -1]),
    np.maximum: (lambda a, b, s, t: np.where(a > b, s, t), ANY, ALSO),
    np.minimum: (lambda a, b, s, t: np.where(a < b, s, t), ANY, ALSO),
    np.fmax: (lambda a, b, s, t: np.where(a > b, s, t), ANY, ALSO),
    np.fmin: (lambda a, b, s, t: np.where(a < b, s, t), ANY, ALSO),
    np.remainder: (lambda a, b, s, t: s - np.floor(a / b) * t, [7, -7, F(22, 3), F(1, 2)], [F(5, 2), F(5, 2), -2, 3]),
    np.fmod: (lambda a, b, s, t: s - np.trunc(a / b) * t, [7, -7, F(22, 3), F(1, 2)], [F(5, 2), F(5, 2), -2, 3]),
    clip: (lambda a, b, c, s, t, u: np.where(a < b, t, np.where(a > c, u, s)), ANY, [-1] * 4, [1] * 4),
    np.power: [
        *((*fixed(c), POSITIVE) for c in (3, -2, 1, F(1, 2), F(-3, 2), 1 / 3, 0.3)),
        (lambda a: np.power(a, 2), lambda a, t: 2 * a * t, ANY),
        (lambda a: np.power(a, 0), lambda a, t: 0 * t, ANY),
        (np.power, lambda a, b, s, t: np.power(a, b) * (t * np.log(a) + s * b / a), POSITIVE, ALSO),
        (lambda b: np.power(3.0, b), lambda b, t: np.power(3.0, b) * t * log_of(3, b), ANY),
    ],
    np.float_power: [(lambda a: np.float_power(a, 3), lambda a, t: 3 * a * a * t, POSITIVE)],
}
NOT_ANALYTIC = {np.absolute, np.conjugate, np.maximum, np.minimum, np.fmax, np.fmin, clip}
CASES = [
    (ufunc, *case)
    for ufunc, example in EXAMPLES.items()
    for case in (example if isinstance(example, list) else [(ufunc, *example)])
]


def test_every_rule_has_an_example():
    assert set(EXAMPLES) == set(RULES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0].__name__)
def test_a_tangent_is_the_derivative(case):
    ufunc, function, differential, *x = case
    assert_differential(function, differential, *x, complex_step=ufunc not in NOT_ANALYTIC)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0].__name__)
def test_without_tangents_and_without_exponents_the_values_are_the_same(case):
    _, function, _, *x = case
    with Run(0) as run:
        expected = load(run, function(*(of(run, a) for a in x)))
    with Run(0, exponents=False) as run:
        got = outcome(lambda: load(run, function(*(of(run, a) for a in x))))
        if got is NotExact:
            assert run.wants_exponents
        else:
            assert not run.wants_exponents
            assert np.array_equal(got.v.re, expected.v.re)
            assert got.e is None


# --- values

RATIONAL = {
    np.add, np.subtract, np.multiply, np.divide, np.negative, np.positive, np.conjugate, np.reciprocal, np.square, np.matmul,
    np.absolute, np.fabs, np.copysign, np.maximum, np.minimum, np.fmax, np.fmin, np.remainder, np.fmod, clip,
}  # fmt: skip
IDENTITIES = {
    np.sqrt: lambda a: (np.sqrt(a) * np.sqrt(a), a),
    np.exp: lambda a: (np.exp(a) * np.exp(1 - a), np.exp(1 + 0 * a)),
    np.exp2: lambda a: (np.exp2(a) * np.exp2(1 - a), np.exp2(1 + 0 * a)),
    np.expm1: lambda a: (np.expm1(a), np.exp(a) - 1),
    np.log: lambda a: (np.exp(a - np.log(a)), np.exp(a) / a),
    np.log2: lambda a: (np.log2(a) * log_of(2, a), np.log(a)),
    np.log10: lambda a: (np.log10(a) * log_of(10, a), np.log(a)),
    np.log1p: lambda a: (np.log1p(a), np.log(1 + a)),
    np.logaddexp: lambda a: (np.exp(np.logaddexp(a, 1 - a)), np.exp(a) + np.exp(1 - a)),
    np.logaddexp2: lambda a: (np.logaddexp2(a, 1 - a) * np.log(2), np.log(np.exp2(a) + np.exp2(1 - a))),
    np.degrees: lambda a: (np.degrees(a) * np.pi, 180 * a),
    np.rad2deg: lambda a: (np.rad2deg(a), np.degrees(a)),
    np.radians: lambda a: (np.radians(180 * a), np.pi * a),
    np.deg2rad: lambda a: (np.deg2rad(np.rad2deg(a)), a),
    np.cbrt: lambda a: (np.cbrt(a) ** 3, a),
    np.sin: lambda a: (np.sin(a) * np.sin(a) + np.cos(a) * np.cos(a), 1),
    np.cos: lambda a: (np.cos(2 * a), 1 - 2 * np.sin(a) * np.sin(a)),
    np.tan: lambda a: (np.tan(a) * np.cos(a), np.sin(a)),
    np.sinh: lambda a: (np.sinh(a), (np.exp(a) - np.exp(-a)) / 2),
    np.cosh: lambda a: (np.cosh(a), (np.exp(a) + np.exp(-a)) / 2),
    np.tanh: lambda a: (np.tanh(a) * np.cosh(a), np.sinh(a)),
    np.hypot: lambda a: (np.hypot(a, 2 * a) * np.hypot(a, 2 * a), 5 * a * a),
    np.power: lambda a: (np.power(a, 2.5) * np.power(a, -1.5) * np.power(a, 0.0), a),
    np.float_power: lambda a: (np.float_power(a, -3) * a, np.reciprocal(np.square(a))),
}
UNINTERPRETED = {f for f in RULES if f.__name__.startswith("arc")}


def test_every_rule_has_its_value_shown():
    assert RATIONAL | set(IDENTITIES) | UNINTERPRETED == set(RULES)


@pytest.mark.parametrize("case", [case for case in CASES if case[0] in RATIONAL], ids=lambda case: case[0].__name__)
def test_a_rational_function_of_rationals_has_the_rational_value(case):
    _, function, _, *x = case
    with Run(0) as run:
        y = function(*(of(run, a) for a in x))
        assert_in_step(run, y)
        e = load(run, y).e
        assert np.array_equal(
            e, load(run, of(run, [F(v).limit_denominator(10**4) for v in shadow(y).reshape(-1)])).e.reshape(e.shape)
        )


@pytest.mark.parametrize("ufunc", IDENTITIES, ids=lambda f: f.__name__)
@pytest.mark.parametrize("point", range(2))
def test_an_identity_holds_in_the_field_and_in_floats(ufunc, point):
    with Run(point, primes=point) as run:
        left, right = IDENTITIES[ufunc](of(run, POSITIVE))
        assert equal(left, right).all()
    left, right = IDENTITIES[ufunc](np.array(POSITIVE, float))
    assert_near(left, right + 0 * left)


def test_an_exponent_is_constant_only_if_it_is_what_it_looks_like():
    with Run(0, dual=True) as run:
        x, two = of(run, POSITIVE, [1, 2, 3, 4]), of(run, [2] * 4)
        assert equal(x**two, x * x).all()
        assert equal(x ** of(run, [F(1, 2)] * 4), np.sqrt(x)).all()
        looks_like_two = draw(run, np.random.default_rng(0), np.full(4, 2.0), tangent=False)
        assert not equal(x**looks_like_two, x * x).any()
        assert run.broken is None


def twice_of(ufunc, run):
    """Numbers at which the function is defined, the first of them twice."""
    return of(run, [F(5, 4), F(5, 4), F(5, 3), F(7, 3)] if ufunc is np.arccosh else [F(1, 4), F(1, 4), F(2, 3), F(1, 5)])


@pytest.mark.parametrize("ufunc", sorted(UNINTERPRETED, key=lambda f: f.__name__), ids=lambda f: f.__name__)
def test_an_uninterpreted_function_is_a_function_and_injective(ufunc):
    with Run(0) as run:
        twice = twice_of(ufunc, run)
        y = load(run, ufunc(*[twice] * ufunc.nin)).v.re
        assert y[0] == y[1]
        assert len(set(y.tolist())) == 3
        assert "uninterpreted" in run.seen
        if ufunc.nin == 2:
            assert len({int(load(run, ufunc(a, b)).v.re) for a in twice[1:3] for b in twice[1:]}) == 6
    with Run(1) as run:
        assert load(run, ufunc(*[twice_of(ufunc, run)] * ufunc.nin)).v.re[0] != y[0]


@pytest.mark.parametrize("ufunc", sorted(UNINTERPRETED, key=lambda f: f.__name__), ids=lambda f: f.__name__)
def test_those_are_odd_that_are(ufunc):
    if ufunc.nin == 2 or ufunc is np.arccosh:
        return
    with Run(0) as run:
        x = draw(run, np.random.default_rng(0), np.full(8, 0.2))
        for y in (x, np.sqrt(x), x + np.sqrt(x)):
            assert equal(ufunc(-y), -ufunc(y)).all() == (ufunc is not np.arccos)
            assert equal(np.exp(ufunc(-y)) * np.exp(ufunc(y)), 1).all() == (ufunc is not np.arccos)


def test_no_two_functions_are_the_same():
    alike = {np.positive, np.conjugate, np.absolute, np.fabs, np.arccosh, np.rad2deg, np.deg2rad}
    with Run(0) as run:
        x = of(run, [F(1, 3)])
        values = {}
        for ufunc in RULES.keys() - alike:
            if ufunc.nin == 1:
                v = load(run, ufunc(x)).v
                values[int(v.re[0]), 0 if v.im is None else int(v.im[0])] = ufunc
        assert len(values) == sum(f.nin == 1 for f in RULES) - len(alike)


# --- selections


@pytest.mark.parametrize("ufunc", sorted(SELECTIONS, key=lambda f: f.__name__), ids=lambda f: f.__name__)
def test_a_selection_is_numpys_of_the_shadows_plain_and_logged(ufunc):
    values = [[F(-3, 2), 0, F(5, 2), 2], [2, 0, F(5, 2), F(-1, 3)]][: ufunc.nin]
    floats = [np.array(v, float) for v in values]
    with Run(0) as run:
        before = len(run.trace)
        got = ufunc(*(of(run, v) for v in values))
        assert len(run.trace) > before
        assert type(got) is np.ndarray
        assert np.array_equal(got, ufunc(*floats), equal_nan=True)
        again = list(run.trace[before:])
        moved = [of(run, [v[0] * 2, *v[1:]]) for v in values[:1]] + [of(run, v) for v in values[1:]]
        run.trace.clear()
        other = ufunc(*moved)
        assert (run.trace == again) == np.array_equal(got, other, equal_nan=True)
        assert run.broken is None


def test_a_function_in_no_table_is_refused_by_name():
    with Run(0) as run:
        x = of(run, POSITIVE)
        for ufunc in (np.spacing, np.nextafter, sp.wofz, np.frexp, sp.airy, np.gcd):
            run.broken = None
            if ufunc not in RULES:
                assert outcome(ufunc, *[x] * ufunc.nin) is NotExact
                assert ufunc.__name__ in run.broken


LOST = {
    "added": lambda x: (x + 1e-20, x),
    "added to": lambda x: (1e-20 + x, x),
    "a scalar of NumPy's": lambda x: (x + np.float64(1e-20), x),
    "subtracted": lambda x: (x - 1e-18, x),
    "added to negative numbers": lambda x: (-x + 5e-324, -x),
}
KEPT = {
    "not lost": lambda x: (x + 2.0**-52, x),
    "lost beside some entries alone": lambda x: (x * np.array([1, 1e-9]) + 1e-20, x * np.array([1, 1e-9])),
    "an array of them": lambda x: (x + np.full(2, 1e-20), x),
    "from a tiny number": lambda x: (1e-20 - x, -x),
    "exact, of no axes": lambda x: (x - np.exp(-80 * x[0]), x),
    "exact": lambda x: (x + 1e-20 * x[0], x),
    "a large number": lambda x: (x + 2.0**60, 2.0**60 + 0 * x),
}


@pytest.mark.parametrize("name", LOST | KEPT)
def test_a_tiny_constant_is_lost_where_floats_lose_it(name):
    with Run(0, dual=name == "added") as run:
        x = draw(run, np.random.default_rng(0), np.array([0.5, 1.5]))
        left, right = (LOST | KEPT)[name](x)
        assert equal(left, right).all() == (name in LOST)
        assert any(event[0] == "lost" for event in run.trace) == (name in LOST)
        assert name not in LOST or np.array_equal(shadow(left), shadow(right))
