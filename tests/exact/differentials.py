"""A function's differential, shown twice: in the field, against its tangent, and in floats, against NumPy's own function."""

from fractions import Fraction
from itertools import pairwise

import numpy as np

from numpy_lora.exact import Exact, Run
from tests.exact.points import assert_near, of, same, shadow, tangent_of, values_of

STEP = 2.0**-100


def tangents_for(x):
    """Small fractions, none of them zero, another for every entry."""
    shape = np.shape(np.asarray(x, object))
    flat = [Fraction((7 * k + 3) % 11 - 5 or 6, 1 + k % 3) for k in range(int(np.prod(shape)))]
    return np.array([*flat, None], object)[:-1].reshape(shape)


def assert_differential(f, differential, *x, complex_step=True, run=0):
    """f's tangent at x along t is differential(x…, t…), and that is the derivative of the function on floats.

    Parameters
    ----------
    differential : in NumPy's words, so that it is evaluated over the field and over floats.
    x : arguments, rational.
    complex_step : whether NumPy's function is analytic on complex numbers; where it takes none, differences are used.
    """
    t = [tangents_for(a) for a in x]
    _in_the_field(f, differential, x, t, run)
    floats, directions = ([np.asarray(a, object).astype(float) for a in many] for many in (x, t))
    expected = differential(*floats, *directions)
    derivative = _complex_step(f, floats, directions) if complex_step else None
    if derivative is None:
        assert_near(differences(f, floats, directions), expected, 2**24)
    else:
        assert_near(derivative, expected, 256)


def _in_the_field(f, differential, x, t, point):
    with Run(point, primes=point, dual=True) as run:
        Y = f(*(of(run, a, b) for a, b in zip(x, t, strict=True)))
        still = [of(run, a) for a in x]
        assert isinstance(Y, Exact)
        expected = values_of(run, differential(*still, *(of(run, b) for b in t)))
        got = tangent_of(run, Y)
        assert same(got, expected)
        assert same(values_of(run, Y), values_of(run, f(*still)))
        for k in range(len(x)):  # each argument on its own
            alone = f(*(of(run, a, b) if j == k else still[j] for j, (a, b) in enumerate(zip(x, t, strict=True))))
            only = [b if j == k else b * 0 for j, b in enumerate(t)]
            assert same(tangent_of(run, alone), values_of(run, differential(*still, *(of(run, b) for b in only))))
        assert run.broken is None
        assert_near(shadow(Y), f(*(np.asarray(a, object).astype(float) for a in x)), 4)


def _complex_step(f, x, t):
    """Im f(x + iht)/h, or None where there is no such function."""
    try:
        return f(*(a + 1j * STEP * b for a, b in zip(x, t, strict=True))).imag / STEP
    except TypeError:
        return None


def differences(f, x, t):
    """Central differences, extrapolated three times."""
    table = []
    for k in range(4):
        h = 2.0 ** -(6 + k)
        ahead, behind = (f(*(a + s * h * b for a, b in zip(x, t, strict=True))) for s in (1, -1))
        table.append((ahead - behind) / (2 * h))
    for order in (4, 16, 64):
        table = [(order * b - a) / (order - 1) for a, b in pairwise(table)]
    return table[0]
