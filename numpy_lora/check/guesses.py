"""Mistakes that two arrays alone do not show: a derivative taken at another point, or of more or less than this op."""

from __future__ import annotations

import contextlib

import numpy as np

from .diagnosis import Circumstances, close, factor_of
from .partly import partly
from .plain import STEPS, Floats, Plain
from .report import WORDS
from .slopes import derivative

ELSEWHERE = "the derivative is taken at another point: at the output instead of the argument, or the other way round"
FUSED = "it is that of this op and a softmax, sigmoid or tanh before it, or lacks one, or has it twice"
CONSTANT = "it does not vanish where dY does: dY is left out, or it is that of this op and a loss after it"
FORWARD = "it is the Jacobian times dY, where its transpose is due"
SHUFFLED = "its entries are the right ones, in another order"


def guess(
    plain: Plain, k: int, R: list[Floats], Y: list[Floats], expected: Floats, got: Floats, around: Circumstances, kind: str
) -> tuple[str, str]:
    """(kind, words) of a gradient that two arrays alone show to be of the kind given, "other" or "wrong-branch".

    Parameters
    ----------
    k : the slot; `expected` and `got` are its whole gradients for the cotangents R, Y the outputs.
    """
    x = np.asarray(plain.values[k], float)
    with contextlib.suppress(Exception):  # some give none where dY vanishes
        if plain.run(None, [0 * r for r in R]).gradients[k].any():
            return "fused", CONSTANT
    if (found := partly(plain, k, R, expected, got, around)) is not None:
        return found
    if kind != "other":
        return kind, WORDS[kind]
    if np.count_nonzero(got) > 2 and fused(expected, got, x):  # few numbers are multiples of many others
        return "fused", FUSED
    if any(np.shape(y) == x.shape and elsewhere(plain, k, R, y, expected, got) for y in Y):
        return "wrong-branch", ELSEWHERE
    if x.size > 1 and close(np.sort(expected, None), np.sort(got, None)):
        return "transposed" if x.ndim > 1 else "wrong-argument", SHUFFLED
    if len(Y) == 1 and np.shape(Y[0]) == x.shape and close(plain.difference(k, R[0], STEPS[0])[0], got):
        return "transposed", FORWARD
    return "other", WORDS["other"]


def fused(expected: Floats, got: Floats, x: Floats) -> bool:
    """Whether one gradient is the other, up to a factor, taken back through a sigmoid, tanh or softmax.

    A loss of probabilities x whose gradient is the one by their logits has that too much, a loss of logits x whose gradient
    is the one by the probabilities too little.
    """
    slopes = [x * (1 - x), 1 - x**2, np.exp(-np.logaddexp(0, x) - np.logaddexp(0, -x)), 1 - np.tanh(x) ** 2]
    softmaxes = [(p, axis) for axis in range(x.ndim) for p in (x, _softmax(x, axis))]
    pairs = [(slope * a, b) for slope in slopes for a, b in ((expected, got), (got, expected))]
    pairs += [(_through_softmax(a, *p), b) for p in softmaxes for a, b in ((expected, got), (got, expected))]
    return any(np.isfinite(a).all() and factor_of(a, b) is not None for a, b in pairs)


def _softmax(x: Floats, axis: int) -> Floats:
    e: Floats = np.exp(x - x.max(axis, keepdims=True))
    return np.asarray(e / e.sum(axis, keepdims=True))


def _through_softmax(g: Floats, p: Floats, axis: int) -> Floats:
    """p ⊙ (g − Σ p ⊙ g): the pullback of softmax, by its output."""
    return np.asarray(p * (g - (p * g).sum(axis, keepdims=True)))


def elsewhere(plain: Plain, k: int, R: list[Floats], y: Floats, expected: Floats, got: Floats) -> bool:
    """Whether, with the argument replaced by the output y, the op's own gradient there is the right one here, or the reverse."""
    values = [*plain.values[:k], y, *plain.values[k + 1 :]]
    there = plain.at(values)
    try:
        own = np.asarray(there.run(None, R).gradients[k], float)
        if close(own, expected):
            return True
        right = derivative(there, k, R, list(range(y.size))).found
    except Exception:
        return False
    return close(right.reshape(got.shape), got)
