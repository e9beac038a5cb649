"""Arrays that an op holds for itself: products that no hook sees are exact once these are, and a mistake is still found."""

import functools

import numpy as np
import pytest

from numpy_lora.check import check_gradients

rng = np.random.default_rng(12)
A, W = rng.normal(size=(4, 3)), rng.normal(size=3)
ABSCISSAE = A[:, 0].copy()


class Quadratic:
    """The plain matrix comes first, and its own method is called."""

    def __init__(self, A, off=1.0):
        self.A, self.off = A, off

    def value(self, w):
        return (self.A.dot(w) ** 2).sum()

    def slope(self, w):
        return self.off * 2 * self.A.T.dot(self.A.dot(w))


def in_an_object(off):
    model = Quadratic(A.copy(), off)
    return check_gradients(lambda w: model.value(w), W, gradient=lambda w: model.slope(w))


def in_a_closure(off):
    matrix = A.copy()
    return check_gradients(lambda w: (matrix.dot(w), lambda d: off * matrix.T.dot(d)), W)


def in_a_default(off):
    model = Quadratic(A.copy(), off)
    return check_gradients(lambda w, m=model: (m.value(w), m.slope(w)), W)


def in_an_argument(off):
    return check_gradients(lambda w, X: X.dot(w), W, A, backward=lambda d, w, X: off * X.T.dot(d), wrt=["w"])


def in_a_partial(off):
    return check_gradients(functools.partial(lambda X, w: (X.dot(w), lambda d: off * X.T.dot(d)), A.copy()), W)


@pytest.mark.parametrize("check", [in_an_object, in_a_closure, in_a_default, in_an_argument, in_a_partial])
def test_products_of_plain_arrays_by_exact_ones_are_exact(check):
    right, wrong = check(1.0), check(1 + 2.0**-40)
    assert (right.verdict, right.grade, wrong.verdict, wrong.grade) == ("holds", "exact", "refuted", "exact")


def multiplied(off, x=ABSCISSAE):
    """0.3 x, rounded, is not 0.3 times x."""
    return check_gradients(lambda w: (w[0] * (0.3 * x), lambda d: off * 0.3 * np.append(d @ x, [0, 0])), W)


def a_wave(off, x=ABSCISSAE):
    def slopes(w):
        return np.stack([np.cos(6.28 * w[1] * x), -6.28 * off * x * w[0] * np.sin(6.28 * w[1] * x), 0 * x * w[2]], -1)

    return check_gradients(lambda w: w[0] * np.cos(6.28 * (w[1] * x)), W, jacobian=slopes)


def squares(off, x=ABSCISSAE):
    def backward(d, w):
        return np.array([d @ x**2 / w[1] ** 2, -2 * off * w[0] * (d @ (x**2 / w[1] ** 3)), 0 * w[2]])

    return check_gradients(lambda w: w[0] * (x / w[1]) ** 2, W, backward=backward)


@pytest.mark.parametrize("check", [multiplied, a_wave, squares])
def test_what_an_op_makes_of_its_own_data_is_not_rounded(check):
    assert (check(1.0).verdict, check(1.0).grade) == ("holds", "exact")
    wrong = check(1 + 2.0**-40)
    assert (wrong.verdict, wrong.grade) == ("refuted", "exact")


class Watched(np.ndarray):
    """An array that knows when it changes, as packages have them."""


FACTOR = np.array([2.0]).view(Watched)


def scaled(x):
    y = np.array([float(entry) for entry in x])
    return FACTOR.view(np.ndarray) * y, lambda d: FACTOR.view(np.ndarray) * d


def test_a_view_of_what_is_plain_as_an_ndarray_is_exact():
    assert check_gradients(scaled, W).grade == "exact"


def test_the_arrays_of_an_op_stay_what_they_were():
    kept = A.copy()

    def op(w):
        kept[0] = w
        return kept.dot(w), lambda d: kept.T.dot(d) + d[0] * w

    assert check_gradients(op, W).verdict == "holds"
    assert type(kept) is np.ndarray
    assert np.array_equal(kept[1:], A[1:])
