"""The plain check where floats are at their worst: tails in which a sum cancels, arguments that an op changes."""

import numpy as np
import pytest

from numpy_lora.check import check_gradients

C = np.sqrt(2 / np.pi)


def gelu(X):
    t = np.tanh(C * (X + 0.044715 * X**3))
    return 0.5 * X * (1 + t), lambda dY: dY * (0.5 * (1 + t) + 0.5 * X * (1 - t * t) * C * (1 + 3 * 0.044715 * X**2))


@pytest.mark.parametrize("X", [np.array([[-7.0, -2.0]]), np.array([-7.0]), np.random.default_rng(0).normal(size=(16, 16)) * 3])
def test_a_tail_that_cancels_is_not_refuted(X):
    report = check_gradients(gelu, X)
    assert (report.verdict, report.grade) == ("holds", "exact"), report.why


def test_an_op_that_changes_its_argument_is_refuted_where_it_is_wrong():
    def op(X, W):
        Y = X @ W
        X *= 2
        return Y, lambda dY: (dY @ W.T, X.T @ dY)

    rng = np.random.default_rng(0)
    report = check_gradients(op, rng.normal(size=(3, 4)), rng.normal(size=(4, 2)))
    assert [(f.gradient, f.kind, f.factor) for f in report.failures] == [("dW", "factor", 2.0)]
    assert "changes its argument X in place" in report.why


def test_a_gradient_that_did_not_come_is_said():
    report = check_gradients(lambda X, W: (X @ W, lambda dY: dY @ W.T), np.eye(2) + 1, np.ones((2, 3)))
    assert (report.gradients, report.why) == (("dX",), "no gradient came for W")
