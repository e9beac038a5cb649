"""Gradients that are wrong in some entries: where the values choose them, and where their place does."""

import numpy as np
import pytest

from numpy_lora.check import check_gradients

rng = np.random.default_rng(2)
X, A, y = rng.normal(size=(4, 5)), rng.normal(size=(7, 3)), rng.normal(size=7)

BRANCHES = {  # an op of X, its wrong slope
    "a leaky slope turned": (lambda x: np.where(x > 0, x, 0.1 * x), lambda x: np.where(x > 0, 1, -0.1)),
    "another one": (lambda x: np.where(x > 0, x, 0.1 * x), lambda x: np.where(x > 0, 1, 0.3)),
    "none": (lambda x: np.where(x > 0, x, 0.1 * x), lambda x: np.where(x > 0, 1, 0)),
    "exponential, of its output": (lambda x: np.where(x > 0, x, np.exp(x) - 1), lambda x: np.where(x > 0, 1, np.exp(x) - 1)),
    "a bounded slope without the bound": (lambda x: np.clip(x, -0.5, 0.5) * 2, lambda x: 2 * (x < 0.5)),
    "the other half": (lambda x: np.maximum(x, 0), lambda x: x < 0),
}


@pytest.mark.parametrize("name", BRANCHES)
def test_what_the_values_choose_is_a_branch(name):
    op, slope = BRANCHES[name]
    (failure,) = check_gradients(lambda x: (op(x), lambda d: d * slope(x)), X).failures
    assert failure.kind == "wrong-branch"


def squares(w, y):
    return ((A @ w[:3] + w[3] - y) ** 2).mean()


PARTS = {  # what becomes of the weights' gradient, and of the bias'; the kind
    "no bias": (lambda W, b: (W, 0 * b), "zero"),
    "no weights": (lambda W, b: (0 * W, b), "zero"),
    "a bias turned": (lambda W, b: (W, -b), "sign"),
    "a sum for a mean": (lambda W, b: (7 * W, b), "mean-for-sum"),
    "twice": (lambda W, b: (W, 2 * b), "factor"),
    "another function": (lambda W, b: (W, 1 + np.cos(b)), "other"),
    "other ones": (lambda W, b: (2 + np.cos(W), b), "other"),
}


@pytest.mark.parametrize("name", PARTS)
def test_what_is_wrong_whatever_the_values_is_a_part(name):
    change, kind = PARTS[name]

    def gradient(w, y):
        e = 2 * (A @ w[:3] + w[3] - y) / 7
        return np.concatenate(change(A.T @ e, e.sum(keepdims=True)))

    (failure,) = check_gradients(squares, rng.normal(size=4), y, gradient=gradient, wrt=["w"]).failures
    assert (failure.kind, failure.factor) == (kind, None)
    assert failure.message.endswith("in a part of it")


def test_what_the_layout_chooses_is_no_branch():
    """Paired by their place in memory, the first and the last entry are right whatever the values."""

    def backward(d, x):
        return (d.ravel("K") * np.exp(x).ravel("K")).reshape(x.shape)

    assert check_gradients(np.exp, X, backward=backward).ok
    (failure,) = check_gradients(np.exp, np.asfortranarray(X), backward=backward).failures
    assert failure.kind == "other"


def test_where_no_other_values_can_be_had_the_arrays_alone_tell():
    """A logarithm of what grows from entry to entry: in another order it has none."""

    def op(x):
        if (np.diff(x) <= 0).any():
            raise ValueError("not increasing")
        return np.log(np.diff(x))

    def backward(d, x):
        inner = d / np.diff(x)
        return (np.r_[0, inner] - np.r_[inner, 0]) * [1, 1, 1, 0]

    (failure,) = check_gradients(op, np.array([1.0, 2, 4, 7]), backward=backward).failures
    assert failure.kind == "wrong-branch"
