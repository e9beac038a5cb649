"""Softmax along the last axis, masked or not. Derived in derivations/03-attention.md.

Its `backward` is softmax's own, not that of a loss behind it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from numpy_lora.ops.arguments import Array, ShapeError, expect, expect_mask


class Gradients(NamedTuple):
    dS: Array


def softmax(S: Array, mask: Array | None = None) -> tuple[Array, Callable[[Array], Gradients]]:
    """P = exp(S) ⊘ rowsum(exp(S)); with a mask, over the entries that it allows.

    Shapes: S[...,n] mask[...,n]?:bool -> P[...,n]

    Parameters
    ----------
    S : scores.
    mask : boolean, broadcast to S; False gives probability zero. A row that it empties is all zeros.

    Returns
    -------
    P : same shape and dtype as S.
    backward : dP[...,n] -> Gradients(dS[...,n])

    Raises
    ------
    ShapeError : S has no entry along its last axis, or mask does not broadcast to S.

    Examples
    --------
    >>> P, backward = softmax(np.array([0.0, 0.0, 9.0]), mask=np.array([True, True, False]))
    >>> P
    array([0.5, 0.5, 0. ])
    >>> backward(np.array([1.0, 0.0, 5.0])).dS
    array([ 0.25, -0.25,  0.  ])
    """
    expect(S, "S", (..., "n"))
    if S.shape[-1] == 0:
        raise ShapeError(f"S: expected at least one entry along the last axis, got {S.shape}")
    if mask is None:
        E = np.exp(S - S.max(-1, keepdims=True))
        P = E / E.sum(-1, keepdims=True)
    else:
        expect_mask(mask, S.shape)
        some = mask.any(-1, keepdims=True)
        S = np.where(mask, S, -np.inf)
        E = np.exp(S - np.where(some, S.max(-1, keepdims=True), 0))
        P = E / np.where(some, E.sum(-1, keepdims=True), 1)

    def backward(dP: Array) -> Gradients:
        expect(dP, "dP", P.shape)
        dS = P * (dP - (dP * P).sum(-1, keepdims=True))
        return Gradients(dS)

    return P, backward
