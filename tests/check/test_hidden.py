"""Mistakes that hide: behind small values, a kink elsewhere, other outputs, a cotangent for which there is no number."""

import math

import numpy as np
import pytest
import scipy.linalg

from numpy_lora.check import check_gradients

rng = np.random.default_rng(0)
X = rng.normal(size=(4, 3))
t = np.linspace(0, 1, 64)
SMOOTH = 1 / (1 + 1j * np.arange(33) / 20.0)


def filtered(s):
    return np.fft.irfft(np.fft.rfft(s) * SMOOTH, 64)


def fit(p, factor=1.0):
    """The sum of squares of a filtered exponential and an offset, of parameters of different sizes in one vector."""
    A, k, b = p
    r = filtered(A * np.exp(-k * t) + b) - np.sin(3 * t)
    back = np.fft.irfft(np.fft.rfft(r) * np.conj(SMOOTH), 64)
    e = np.exp(-k * t)
    return 0.5 * np.sum(r * r), np.array([back @ e, back @ (-A * t * e), factor * back.sum()])


@pytest.mark.parametrize("offset", [3e-9, 1e-6, 1e-4])
@pytest.mark.parametrize("seed", range(4))
def test_a_mistake_at_a_value_far_smaller_than_others_is_seen(offset, seed):
    p = np.array([2.0, 1.5, offset])
    assert check_gradients(fit, p, gradient=True, seed=seed).verdict == "holds"
    (failure,) = check_gradients(lambda p: fit(p, -3.0), p, gradient=True, seed=seed).failures
    assert (failure.index, failure.got / failure.expected) == ((2,), pytest.approx(-3.0, rel=0.01))


CURVES = {
    "rounded corner": lambda x: (np.sqrt(x * x + 1e-12), x / np.sqrt(x * x + 1e-12)),
    "step": lambda x: (np.tanh(1e6 * x), 1e6 / np.cosh(1e6 * x) ** 2),
    "logarithm": lambda x: (np.log(np.abs(x)), 1 / x),
    "wiggle": lambda x: (1e-8 * np.tanh(1e8 * x) + x, 1 / np.cosh(1e8 * x) ** 2 + 1),
}


@pytest.mark.parametrize("name", CURVES)
@pytest.mark.parametrize("seed", range(4))
def test_a_curve_at_its_scale_is_none(name, seed):
    f, x = CURVES[name], np.array([1.0, -0.5, 1e-7, 2e-9])

    def opaque(x):
        return np.frombuffer(f(x)[0].tobytes()), lambda dY: dY * f(x)[1]

    assert check_gradients(opaque, x, seed=seed).verdict != "refuted"


def test_a_gradient_that_is_no_number_where_dY_is_zero_is_refuted():
    def op(X):
        def backward(dY):
            n = np.linalg.norm(dY, axis=-1, keepdims=True)
            return dY / n * (1 - np.tanh(X) ** 2) * n

        return np.tanh(X), backward

    (failure,) = check_gradients(op, X).failures
    assert (failure.got, failure.message[:16]) == ("nan", "it is not finite")
    assert check_gradients(op, X[:, :1]).verdict == "refuted"


def guarded(x, b):
    """A ramp, and the slope of log(1 + b), taken for zero where b is."""

    def backward(dY):
        dZ, dr = dY
        return dZ * (x > 0), dr * np.where(b != 0, 1 / (1 + b), 0.0)

    return (np.maximum(x, 0), np.log1p(b).sum()), backward


def test_a_kink_elsewhere_hides_no_mistake_at_the_values_given():
    report = check_gradients(guarded, np.array([0.0, 1.0, -2.0]), np.zeros(2))
    assert [(f.gradient, f.kind) for f in report.failures] == [("db", "zero")]
    assert check_gradients(lambda x: (np.maximum(x, 0), lambda dY: dY * (x > 0)), np.array([0.0, 1.0, -2.0])).ok


def spectrum(x):
    return np.mean(np.abs(np.fft.fft(x)) ** 2) / x.size


DROPPED = {
    "an output": lambda x: ((x * np.exp(-x), spectrum(x)), lambda d: d[0] * (1 - x) * np.exp(-x)),
    "a part of the only one": lambda x: (np.mean(np.cos(x)) + 1e-3 * spectrum(x), lambda d: -d * np.sin(x) / x.size),
}


@pytest.mark.parametrize("case", DROPPED)
@pytest.mark.parametrize("seed", range(4))
def test_an_imaginary_part_that_was_dropped_is_seen(case, seed):
    assert check_gradients(DROPPED[case], rng.normal(size=512), seed=seed).verdict == "refuted"


def lengths(x, forget):
    Y = np.array([math.hypot(*row) for row in x])

    def backward(dY):
        g = x / Y[:, None] * dY[:, None]
        g[:, 2] *= not forget
        return g

    return Y, backward


def logdet_by_diagonals(A):
    return np.log(np.abs(np.diag(scipy.linalg.lu_factor(A)[0]))).sum(), lambda dY: dY * np.diag(1 / np.diag(A))


def floored(x):
    return np.vectorize(lambda a: a, otypes=[int])(x) * 1.0, lambda dY: dY


def inserted(x):
    return np.insert(np.zeros(2, int), 1, x) * 1.0, lambda dY: dY[1:-1]


NEARLY = np.tril(0.3 * rng.normal(size=(3, 3)), -1) + np.diag([2.0, 3.0, 4.0]) + np.triu(np.full((3, 3), 1e-12), 1)
TRICKED = {
    "a third argument": (lambda x: lengths(x, True), np.array([[3.0, 4.0, 3e-9], [1.0, -2.0, -3e-9]])),
    "factors read as the matrix": (logdet_by_diagonals, NEARLY),
    "integers of vectorize": (floored, np.array([1e-15, 1.5])),
    "an array of integers": (inserted, np.array([1e-15, 1.5])),
}


@pytest.mark.parametrize("case", TRICKED)
def test_what_hooks_took_for_something_else_is_not_proved(case):
    op, x = TRICKED[case]
    assert check_gradients(op, x).grade != "exact" or not check_gradients(op, x).ok


def test_three_lengths_hold():
    assert check_gradients(lambda x: lengths(x, False), X).verdict == "holds"


@pytest.mark.parametrize("seed", range(3))
def test_a_kink_may_hide_another(seed):
    """Where both are zero neither shows alone: moved off one, the ramp meets the other."""
    D, U = rng.normal(size=(3, 2)), rng.normal(size=(2, 3))

    def op(h, scale):
        a = h * scale
        z = np.maximum(a @ D, 0)

        def backward(dY):
            da = dY + (dY @ U.T * (z > 0)) @ D.T
            return da * scale, (da * h).sum(0)

        return a + z @ U, backward

    h = np.where(np.arange(12).reshape(4, 3) // 3 % 2, rng.normal(size=(4, 3)), 0.0)
    assert check_gradients(op, h, np.zeros(3), seed=seed).verdict == "holds"


def test_slopes_that_drown_confirm_no_complex_step():
    """Of a saturated unit the slope is 1e-300 to a complex step, and 0 to floats."""

    def op(W, x):
        z = np.zeros_like(x)
        for _ in range(50):
            z = np.tanh(W @ z + x)

        def backward(g):
            J = (1 - z**2)[:, None] * W
            d = np.linalg.solve((np.eye(len(x)) - J).T, g) * (1 - z**2)
            return np.outer(d, z), d

        return z, backward

    assert check_gradients(op, 300 * rng.normal(size=(3, 3)), 1e3 * rng.normal(size=3)).verdict != "refuted"
