"""Where units saturate, sums cancel and numbers are equal: a right gradient is not refuted, and a wrong one does not hold."""

import numpy as np
import pytest
from scipy import special

from numpy_lora.check import check_gradients

L, A = 1.0507009873554805, 1.6732632423543772


def network(W1, W2, X, T):
    """A softmax over tanh units, with labels that sum to one up to rounding, by which exact numbers are not those of floats."""
    H = np.tanh(X @ W1)
    e = np.exp(H @ W2 - (H @ W2).max(1, keepdims=True))
    P = e / e.sum(1, keepdims=True)
    dZ = (P - T) / len(X)
    return -(T * np.log(P)).sum() / len(X), (X.T @ (dZ @ W2.T * (1 - H**2)), H.T @ dZ)


@pytest.mark.parametrize("scale", [10, 100, 1000])
@pytest.mark.parametrize("seed", range(4))
def test_a_saturated_unit_is_no_mistake(scale, seed):
    rng = np.random.default_rng(seed)
    X, T, W1, W2 = rng.normal(size=(4, 2)), rng.random((4, 3)), rng.normal(size=(2, 3)), rng.normal(size=(3, 3))
    W1[:, 0] *= scale
    report = check_gradients(network, W1, W2, X, T / T.sum(1, keepdims=True), wrt=[0, 1], seed=seed)
    assert report.verdict == "holds", report


def selu(x):
    y = L * np.where(x > 0, x, A * (np.exp(np.minimum(x, 0)) - 1))
    return y, lambda g: g * np.where(x > 0, L, y + L * A)


def cross_entropy(factor):
    return lambda z, y: ((np.logaddexp(0, z) - y * z).mean(), factor * (special.expit(z) - y) / z.size)


RIGHT = {
    "selu": (selu, [np.array([-40.0, 2.0])], {}),
    "logits": (cross_entropy(1.0), [np.array([-606.0, 997.0]), np.zeros(2)], {"wrt": [0]}),
    "one logit": (cross_entropy(1.0), [np.array([-40.0, 800.0]), np.zeros(2)], {"wrt": [0]}),
}


@pytest.mark.parametrize("name", RIGHT)
@pytest.mark.parametrize("seed", range(4))
def test_what_is_lost_beside_the_largest_entry_is_rounding(name, seed):
    op, args, options = RIGHT[name]
    report = check_gradients(op, *args, seed=seed, **options)
    assert report.verdict == "holds", report


def median(x):
    g = np.zeros(len(x))
    g[np.argsort(x, kind="stable")[len(x) // 2]] = 1
    return np.median(x), g


@pytest.mark.parametrize("x", [[0.0, 0.0, 0.0], [3.0, 1.0, 1.0, 1.0, 0.0]])
@pytest.mark.parametrize("seed", range(4))
def test_where_equal_numbers_meet_a_subgradient_is_right(x, seed):
    report = check_gradients(median, np.array(x), seed=seed)
    assert report.verdict == "holds", report


def wasserstein(factor):
    def op(x, y):
        i, j = np.argsort(x), np.argsort(y)
        d = x[i] - y[j]
        dx, dy = np.empty_like(x), np.empty_like(y)
        dx[i], dy[j] = 2 * d / len(x), factor * -2 * d / len(x)
        return (d**2).mean(), (dx, dy)

    return op


def logdet(factor):
    def op(X):
        S = X @ X.T + np.eye(len(X))
        return np.linalg.slogdet(S)[1], factor * 2 * np.linalg.solve(S, X)

    return op


TIES = [np.array([0.0, 0.78085407, 0.54397364, 0.0]), np.array([0.0, 0.70145566, 0.70497346, 0.0])]
TINY = [1e-6 * np.random.default_rng(3).normal(size=(3, 2))]
CONFIDENT = [np.array([30.0, 30.0]), np.ones(2)]
WRONG = {
    "the other sign at ties": (wasserstein(-1.0), TIES, {}),
    "half at ties": (wasserstein(0.5), TIES, {}),
    "of a sum that cancels": (cross_entropy(1.1), CONFIDENT, {"wrt": [0]}),
    "twice of one": (cross_entropy(2.0), CONFIDENT, {"wrt": [0]}),
    "none of one": (cross_entropy(0.0), CONFIDENT, {"wrt": [0]}),
    "next to one": (logdet(1.01), TINY, {}),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_floats_cannot_tell_does_not_hold(name):
    op, args, options = WRONG[name]
    assert "holds" not in {check_gradients(op, *args, seed=seed, **options).verdict for seed in range(12)}
