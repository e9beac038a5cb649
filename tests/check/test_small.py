"""An entry a millionth of its neighbours is judged by itself where differences alone can judge."""

import numpy as np
import pytest
import scipy.special

from numpy_lora.check import check_gradients

X = np.array([0.7, -1.3, 0.4, 0.9])
SIZES = np.array([1.0, 1e-6, 1.0, -3e-7])


def op(factors):
    """Not exact, and not analytic in code: an integral, of an array without its imaginary part."""

    def f(x):
        x = np.asarray(x, float)
        y = scipy.special.spence(1 + x**2) * SIZES
        slope = -np.log1p(x**2) / x**2 * 2 * x  # spence'(z) = log(z)/(1 − z)
        return y.sum(), lambda dY: (dY * slope * SIZES * factors,)

    return f


def test_a_right_gradient_holds_by_differences():
    report = check_gradients(op(np.ones(4)), X)
    assert (report.verdict, report.grade) == ("holds", "difference"), report


@pytest.mark.parametrize("wrong", [0.0, 0.9, 1.1, 2.0, -1.0])
@pytest.mark.parametrize("entry", [1, 3])
def test_a_small_entry_that_is_wrong_is_found(entry, wrong):
    factors = np.ones(4)
    factors[entry] = wrong
    report = check_gradients(op(factors), X)
    assert report.verdict == "refuted", report


@pytest.mark.parametrize("x", [np.array([1.0, 0.5]), np.array([1.0, 0.0])])
def test_a_kink_at_a_small_entry_is_no_error(x):
    def f(x):
        x = np.asarray(x, float)
        y = scipy.special.spence(1 + x[0]) + 1e-6 * max(x[1], 0.5)
        return y, lambda dY: dY * np.array([-np.log1p(x[0]) / x[0], 1e-6 * (x[1] > 0.5)])

    assert check_gradients(f, x).ok
