"""Mistakes that two arrays alone do not show: a derivative taken at another point, or of more or less than this op."""

from __future__ import annotations

import numpy as np

from .diagnosis import WORDS, close, factor_of
from .plain import Floats, Plain
from .slopes import derivative

ELSEWHERE = "the derivative is taken at another point: at the output instead of the argument, or the other way round"
FUSED = "it is that of this op and a softmax, sigmoid or tanh before it, or lacks the one that is in it"


def guess(plain: Plain, k: int, R: list[Floats], Y: list[Floats], expected: Floats, got: Floats) -> tuple[str, str]:
    """(kind, words) of a gradient that differs in no simpler way from the right one.

    Parameters
    ----------
    k : the slot; `expected` and `got` are its whole gradients for the cotangents R, Y the outputs.
    """
    x = np.asarray(plain.values[k], float)
    if x.size > 1 and fused(expected, got, x):  # one number is a multiple of any other
        return "fused", FUSED
    if any(np.shape(y) == x.shape and elsewhere(plain, k, R, y, expected, got) for y in Y):
        return "wrong-branch", ELSEWHERE
    return "other", WORDS["other"]


def fused(expected: Floats, got: Floats, x: Floats) -> bool:
    """Whether one gradient is the other, up to a factor, taken back through a sigmoid, tanh or softmax.

    A loss of probabilities x whose gradient is the one by their logits has that too much, a loss of logits x whose gradient
    is the one by the probabilities too little.
    """
    axes = range(x.ndim)
    too_much = [expected * x * (1 - x), expected * (1 - x**2), *(_through_softmax(expected, x, axis) for axis in axes)]
    too_little = [got * np.exp(-np.logaddexp(0, x) - np.logaddexp(0, -x)), got * (1 - np.tanh(x) ** 2)]
    too_little += [_through_softmax(got, _softmax(x, axis), axis) for axis in axes]
    pairs = [*((g, got) for g in too_much), *((g, expected) for g in too_little)]
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
    there = Plain(plain.problem, values, plain.rng, reseed=plain.reseed)
    try:
        own = np.asarray(there.run(None, R).gradients[k], float)
        if close(own, expected):
            return True
        right, _ = derivative(there, k, R, list(range(y.size)))
    except Exception:
        return False
    return close(right.reshape(got.shape), got)
