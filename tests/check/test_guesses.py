"""Mistakes told by looking further: at the op's output, and through the functions that losses are fused with."""

import numpy as np
import pytest

from numpy_lora.check import check_gradients
from numpy_lora.check.guesses import fused

rng = np.random.default_rng(1)
X = rng.normal(size=(3, 4))
T = np.eye(4)[[1, 3, 0]]


def softmax(Z, axis=-1):
    e = np.exp(Z - Z.max(axis, keepdims=True))
    return e / e.sum(axis, keepdims=True)


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


P, Q = softmax(X), sigmoid(X)
LOSSES = {  # a loss, the gradient that somebody gave it, its argument
    "cross-entropy of probabilities, by the logits": (lambda p: -(T * np.log(p)).sum(), lambda p: p - T, P),
    "its mean": (lambda p: -(T * np.log(p)).sum() / 3, lambda p: (p - T) / 3, P),
    "cross-entropy of logits, by the probabilities": (lambda z: -(T * np.log(softmax(z))).sum(), lambda z: -T / softmax(z), X),
    "over another axis": (lambda z: -(T * np.log(softmax(z, 0))).sum(), lambda z: -T / softmax(z, 0), X),
    "binary, of probabilities": (
        lambda p: -(T * np.log(p) + (1 - T) * np.log(1 - p)).sum(),
        lambda p: p - T,
        Q,
    ),
    "binary, of logits": (
        lambda z: -(T * np.log(sigmoid(z)) + (1 - T) * np.log(1 - sigmoid(z))).sum(),
        lambda z: (1 - T) / (1 - sigmoid(z)) - T / sigmoid(z),
        X,
    ),
    "binary, of logits, twice": (
        lambda z: (np.logaddexp(0, z) - T * z).sum(),
        lambda z: (sigmoid(z) - T) * sigmoid(z) * (1 - sigmoid(z)),
        X,
    ),
    "squares of tanh": (lambda z: ((np.tanh(z) - T) ** 2).sum(), lambda z: 2 * (np.tanh(z) - T), X),
}


@pytest.mark.parametrize("name", LOSSES)
def test_a_gradient_fused_with_an_activation_is_told(name):
    loss, gradient, x = LOSSES[name]
    (failure,) = check_gradients(loss, x, gradient=gradient).failures
    assert failure.kind == "fused"
    assert "softmax" in failure.message


POINTS = {  # an op, and a derivative of the right form at the wrong point
    "sigmoid's by its output, given the argument": (sigmoid, lambda x, y: x * (1 - x)),
    "sigmoid's at the output": (sigmoid, lambda x, y: sigmoid(y) * (1 - sigmoid(y))),
    "tanh's by its output, given the argument": (np.tanh, lambda x, y: 1 - x**2),
    "softplus's at the output": (lambda x: np.logaddexp(0, x), lambda x, y: sigmoid(y)),
}


@pytest.mark.parametrize("name", POINTS)
def test_a_derivative_at_another_point_is_told(name):
    f, slope = POINTS[name]
    (failure,) = check_gradients(lambda x: (f(x), lambda dY: dY * slope(x, f(x))), X).failures
    assert failure.kind == "wrong-branch"
    assert "another point" in failure.message


OTHERS = {  # an op, its wrong backward pass, the kind, a word of the message
    "softmax less the labels that come for dY": (softmax, lambda d, x: softmax(x) - d, "fused", "vanish"),
    "dY left out": (np.exp, lambda d, x: np.exp(x), "fused", "vanish"),
    "log-softmax, as if dY summed to one": (
        lambda x: x - np.logaddexp.reduce(x, -1, keepdims=True),
        lambda d, x: d - softmax(x),
        "fused",
        "vanish",
    ),
    "a running sum's adjoint runs the other way": (
        lambda x: np.cumsum(x, 1),
        lambda d, x: np.cumsum(d, 1),
        "transposed",
        "Jacobian",
    ),
    "the other way, with a reversal too few": (
        lambda x: np.cumsum(x, 1),
        lambda d, x: np.cumsum(d[:, ::-1], 1),
        "transposed",
        "order",
    ),
    "a norm taken for a constant": (
        lambda x: x / np.linalg.norm(x, axis=1, keepdims=True),
        lambda d, x: d / np.linalg.norm(x, axis=1, keepdims=True),
        "other",
        "differs",
    ),
}


@pytest.mark.parametrize("name", OTHERS)
def test_mistakes_that_another_run_shows(name):
    op, backward, kind, word = OTHERS[name]
    (failure,) = check_gradients(op, X, backward=backward).failures
    assert failure.kind == kind
    assert word in failure.message


def test_the_parameters_of_a_vector_in_another_order():
    A = rng.normal(size=(6, 3))

    def loss(w):
        return ((A @ w[:3] + w[3]) ** 2).sum()

    def gradient(w):
        e = 2 * (A @ w[:3] + w[3])
        return np.r_[e.sum(), A.T @ e]

    (failure,) = check_gradients(loss, rng.normal(size=4), gradient=gradient).failures
    assert failure.kind == "wrong-argument"
    assert "order" in failure.message


def test_what_is_neither_stays_other():
    (failure,) = check_gradients(lambda x: (np.tanh(x), lambda dY: dY * (1 - np.tanh(x))), X).failures
    assert failure.kind == "other"
    assert not fused(X, X**3, P)
    assert not fused(X, X + 1, P)


def test_no_gradient_where_there_is_no_dY_is_no_obstacle():
    def op(x):
        return np.tanh(x), lambda dY: dY * (1 - np.tanh(x)) if np.any(dY) else None

    assert [f.kind for f in check_gradients(op, X).failures] == ["other"]
