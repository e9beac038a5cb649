"""Rounding to float32 that no cast shows, as in compiled code, and what is none: lost digits, small mistakes."""

import numpy as np
import pytest

from numpy_lora.check import check_gradients

X = np.random.default_rng(0).normal(size=(3, 4))


def compiled(f):
    """f, entry by entry, rounded to float32 where nothing sees it."""
    return lambda X: np.array([[float(np.float32(f(float(x)))) for x in row] for row in np.asarray(X).tolist()])


def slope(x):
    return 1 - np.tanh(x) ** 2


ROUNDED = {
    "the output": (compiled(np.tanh), lambda d, X: d * slope(X)),
    "the gradient": (np.tanh, lambda d, X: d * compiled(slope)(X)),
    "dY": (np.tanh, lambda d, X: compiled(lambda di: di)(d) * slope(X)),
    "a factor of it": (lambda X: X * np.tanh(X), lambda d, X: d * (np.tanh(X) + X * compiled(slope)(X))),
}


def assert_rounded(op, backward):
    """Refuted for its rounding alone, and holds where that is allowed."""
    assert [f.kind for f in check_gradients(op, X, backward=backward).failures] == ["dtype"]
    allowed = check_gradients(op, X, backward=backward, allow_float32=True)
    assert (allowed.verdict, allowed.grade, allowed.rounded) == ("holds", "difference", "float32")


@pytest.mark.parametrize("name", ROUNDED)
def test_hidden_rounding_is_called_float32(name):
    assert_rounded(*ROUNDED[name])


WRONG = {
    "a constant of seven digits": (np.tanh, lambda d, X: d * slope(X) * (1 + 1e-5)),
    "rounded, and by more than that": (np.tanh, lambda d, X: d * compiled(slope)(X) * (1 + 2e-3)),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_mistake_is_no_rounding(name):
    op, backward = WRONG[name]
    report = check_gradients(op, X, backward=backward, allow_float32=True)
    assert report.verdict == "refuted"
    assert [f.kind for f in report.failures] == ["factor"]


def test_lost_digits_are_no_rounding_to_float32():
    """Nine digits lost to a large number that cancels, in compiled code: its differences settle all the same, at long steps."""

    def op(X):
        return np.array([[(float(x) ** 3 + 1e5) - 1e5 for x in row] for row in np.asarray(X).tolist()])

    report = check_gradients(op, X, backward=lambda d, X: 3 * d * np.asarray(X) ** 2)
    assert (report.verdict, report.rounded) == ("holds", None)
