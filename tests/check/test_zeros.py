"""Arguments that are zero, as a factor of an adapter is at its start: they hide what they multiply, at whatever grade."""

import numpy as np
import pytest

from numpy_lora.check import check_gradients

rng = np.random.default_rng(0)
X, W, A, B = (rng.normal(size=shape) for shape in ((5, 4), (4, 3), (4, 2), (2, 3)))
SCALE = 7.0


def opaque(Y):
    """The same numbers, which no exact number and no imaginary part comes through."""
    return np.frombuffer(Y.real.astype(float).tobytes()).reshape(Y.shape)


def lora(wrong="", W=W, seal=lambda Y: Y):
    """A LoRA layer with one mistake, and a step at its end that exact numbers may not pass."""

    def op(X, A, B):
        def backward(dY):
            dYA = SCALE * (dY @ B.T)
            dX, dA, dB = dY @ W.T + dYA @ A.T, X.T @ dYA, SCALE * (X @ A).T @ dY
            return dX / (2 if wrong == "dX" else 1), dA / (SCALE if wrong == "dA" else 1), dB / (1.25 if wrong == "dB" else 1)

        return seal(X @ W + SCALE * (X @ A) @ B), backward

    return op


ZERO = {"dA": (X, A, 0 * B), "dB": (X, 0 * A, B), "dX": (0 * X, A, B)}


@pytest.mark.parametrize("wrong", ZERO)
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("options", [{}, {"grade": "complex-step"}, {"grade": "difference"}], ids=str)
def test_a_mistake_behind_a_zero_is_seen(wrong, seed, options):
    (failure,) = check_gradients(lora(wrong), *ZERO[wrong], seed=seed, **options).failures
    assert (failure.gradient, failure.kind) == (wrong, "factor")


@pytest.mark.parametrize("wrong", ZERO)
def test_it_is_seen_in_code_that_exact_numbers_do_not_enter(wrong):
    report = check_gradients(lora(wrong, seal=opaque), *ZERO[wrong])
    assert (report.verdict, [f.gradient for f in report.failures]) == ("refuted", [wrong])
    assert check_gradients(lora(seal=opaque), *ZERO[wrong]).grade == "difference"


@pytest.mark.parametrize("wrong", ZERO)
def test_it_is_no_rounding_of_a_constant_of_float32(wrong):
    narrow = {name: tuple(a.astype(np.float32) for a in args) for name, args in ZERO.items()}[wrong]
    (failure,) = check_gradients(lora(wrong, W.astype(np.float32)), *narrow).failures
    assert (failure.gradient, failure.kind) == (wrong, "factor")
    assert check_gradients(lora(W=W.astype(np.float32)), *narrow).verdict == "holds"


@pytest.mark.parametrize("x", [[0.0, 1.0, -2.0], [0.0, 0.0, 0.0]])
@pytest.mark.parametrize("f", [lambda x: opaque(np.sqrt(x)), lambda x: opaque(np.log(1 + x)), lambda x: opaque(np.abs(x))])
def test_a_zero_that_cannot_be_moved_is_left(f, x):
    report = check_gradients(lambda x: (np.sum(x * x) + 0 * np.sum(f(x + 4)), lambda dY: 2 * x * dY), np.array(x))
    assert report.verdict == "holds"
