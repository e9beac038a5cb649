"""Infinities and NaN: which functions may consume them, and that nothing else makes a number of them."""

from fractions import Fraction

import numpy as np
import pytest
import scipy.special as sp

from numpy_lora.exact import NotExact, Run, equal
from numpy_lora.exact.ufuncs import RULES
from tests.exact.points import assert_in_step, of, outcome, same, shadow, tangent_of, values_of

INF, NAN = np.inf, np.nan
X = [Fraction(1, 2), -3, 2]
LIMITS = {
    "exp(-inf)": lambda x: np.exp(np.where([True, False, False], -INF, 0 * x)),
    "exp2(-inf)": lambda x: np.exp2(x * 0 - INF),
    "expm1(-inf)": lambda x: np.expm1(x * 0 - INF),
    "1/inf": lambda x: x / INF,
    "1/-inf": lambda x: 1 / (x * 0 - INF),
    "reciprocal(inf)": lambda x: np.reciprocal(x * 0 + INF),
    "inf**-1": lambda x: (x * 0 + INF) ** -1,
    "tanh": lambda x: np.tanh(x * 0 + [INF, -INF, INF]),
    "expit": lambda x: sp.expit(x * 0 + [INF, -INF, INF]),
    "erf": lambda x: sp.erf(x * 0 + [INF, -INF, INF]),
}
CONSUMED = {
    "maximum": lambda x: np.maximum(x, -INF),
    "minimum": lambda x: np.minimum(INF, x),
    "fmax": lambda x: np.fmax(x, [NAN, -INF, NAN]),
    "fmin": lambda x: np.fmin([NAN, INF, NAN], x),
    "clip": lambda x: np.clip(x, -INF, INF),
    "clip above": lambda x: np.clip(x, None, INF),
    "clip below": lambda x: x.clip(-INF),
    "where": lambda x: np.where([True] * 3, x, NAN),
    "where on a comparison": lambda x: np.where(x < INF, x, -INF),
    "max": lambda x: np.append(x, -INF).max() + 0 * x,
    "min": lambda x: np.append(x, INF).min() + 0 * x,
    "fmax.reduce": lambda x: np.fmax.reduce(np.append([NAN, -INF], x)) + 0 * x,
    "fmin.reduce": lambda x: np.fmin.reduce(np.append(x, [NAN, INF])) + 0 * x,
    "maximum.accumulate": lambda x: np.maximum.accumulate(np.append(-INF, x))[1:],
    "sort": lambda x: np.sort(np.append(x, -INF))[1:],
    "indexing": lambda x: np.concatenate([x, [NAN]])[:3],
    "nan_to_num": lambda x: np.nan_to_num(np.append(x, [NAN, NAN]))[:4].sum() + 0 * x,
    "a written-over buffer": lambda x: written_over(np.full_like(x, -INF), x),
    "a masked softmax": lambda x: softmax(np.where([True, False, True], x, -INF) * [0, 1, 0]),
}


def softmax(z):
    e = np.exp(z - z.max())
    return e / e.sum()


def written_over(buffer, x):
    buffer[...] = x
    return buffer


@pytest.mark.parametrize("name", LIMITS | CONSUMED)
def test_a_limit_or_a_choice_is_a_number(name):
    f = (LIMITS | CONSUMED)[name]
    with Run(0, dual=True) as run:
        y = f(of(run, X, [1, 2, 5]))
        assert run.broken is None
        assert_in_step(run, y)
    with np.errstate(all="ignore"):
        assert np.array_equal(shadow(y), f(np.array(X, float)))


@pytest.mark.parametrize("name", LIMITS)
def test_at_a_limit_nothing_moves(name):
    with Run(0, dual=True) as run:
        still = tangent_of(run, of(run, X))
        moving = tangent_of(run, LIMITS[name](of(run, X, [1, 2, 5])))
        assert same(moving, still) or name == "exp(-inf)"


def test_what_is_not_finite_carries_no_value():
    with Run(0) as run:
        zero = of(run, [0, 0])
        for lost in (np.log(zero), zero - INF, zero / zero, zero + NAN):
            assert not values_of(run, lost).re.any()


def test_masked_attention_row():
    with Run(0, dual=True) as run:
        x = of(run, X, [1, 2, 5])
        masked = softmax(np.where([True, False, True], x, -INF))
        two = softmax(x[::2])
        assert equal(masked, np.where([True, False, True], two[[0, 0, 1]], 0)).all()
        assert same(tangent_of(run, masked[::2]), tangent_of(run, two))


REFUSED = {
    "arctan": lambda z: np.arctan(z),
    "arctan2": lambda z: np.arctan2(1, z),
    "copysign": lambda z: np.copysign(2, z),
    "fmod": lambda z: np.fmod(3, z),
    "remainder": lambda z: np.remainder(3, z),
    "erfc": lambda z: sp.erfc(z),
    "1**inf": lambda z: np.power(1.0, z),
    "inf**0": lambda z: z**0.0,
    "xlogy": lambda z: sp.xlogy(0, z),
    "maximum.accumulate": lambda z: np.maximum.accumulate(np.stack([np.ones_like(z), z - z, np.ones_like(z)]))[2],
    "prod": lambda z: 1 / np.prod(z) + np.arctan(z),
    "inv": lambda z: np.linalg.inv(z * [[0, 1], [1, 0]] + [[1, 0], [0, 0]]),
    "det": lambda z: 1 / np.linalg.det(np.array([[1, 0], [0, 1]]) * z),
}


@pytest.mark.parametrize("value", [INF, -INF, NAN])
@pytest.mark.parametrize("name", REFUSED)
def test_nothing_else_makes_a_number_of_it(name, value):
    with Run(0) as run:
        z = of(run, [[1, 2], [3, 5]]) * 0 + value
        y = outcome(REFUSED[name], z)
        assert y is NotExact or not np.isfinite(shadow(y)).any() or name in ("1**inf", "inf**0")


@pytest.mark.parametrize("value", [INF, -INF, NAN])
@pytest.mark.parametrize("ufunc", sorted(RULES, key=lambda f: f.__name__), ids=lambda f: f.__name__)
def test_a_finite_result_is_a_limit_that_numpy_has_too(ufunc, value):
    """For every function and place of an argument: refused, not finite, or a simple number whose value is its shadow's."""
    for place in range(ufunc.nin):
        with Run(0, dual=True) as run:
            x = [of(run, [[2, 3], [4, 5]], [[1, 2], [3, 4]]) for _ in range(ufunc.nin)]
            x[place] = np.where([[True, False], [False, False]], value, x[place])
            y = outcome(ufunc, *x)
            if y is NotExact or ufunc in (np.exp, np.logaddexp):
                continue
            first = y[:1, :1]
            if np.isfinite(shadow(first)).all():
                assert_in_step(run, first)
