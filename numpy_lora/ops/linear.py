"""A linear layer, frozen or trained. Derived in derivations/01-lora-linear.md.

It has no adapter: that is `lora_linear`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from numpy_lora.ops.arguments import Array, expect, rows


class FrozenGradients(NamedTuple):
    dX: Array


class Gradients(NamedTuple):
    dX: Array
    dW: Array


class BiasGradients(NamedTuple):
    dX: Array
    dW: Array
    dbias: Array


Backward = Callable[[Array], FrozenGradients | Gradients | BiasGradients]


def linear(X: Array, W: Array, bias: Array | None = None, frozen: bool = True) -> tuple[Array, Backward]:
    """Y = X W + bias.

    Shapes: X[...,d_in] W[d_in,d_out] bias[d_out]? -> Y[...,d_out]

    Parameters
    ----------
    X : rows.
    W : weight.
    bias : added to every row.
    frozen : W and bias are constants: they get no gradient, and none is computed.

    Returns
    -------
    Y : rows; X's dtype where all are of one dtype.
    backward : dY[...,d_out] -> dX[...,d_in], and where W is trained dW[d_in,d_out], dbias[d_out] (a gradient for each
        trained argument that was given).

    Raises
    ------
    ShapeError : W does not take X's last axis, or bias is not W's last.

    Examples
    --------
    >>> import numpy as np
    >>> Y, backward = linear(np.array([[1.0, 2.0]]), np.eye(2), bias=np.ones(2), frozen=False)
    >>> Y
    array([[2., 3.]])
    >>> backward(np.array([[3.0, 4.0]])).dW
    array([[3., 4.],
           [6., 8.]])
    """
    expect(X, "X", (..., "d_in"))
    expect(W, "W", ("d_in", "d_out"), d_in=X.shape[-1])
    Y, shape = X @ W, (*X.shape[:-1], W.shape[1])
    if bias is not None:
        expect(bias, "bias", ("d_out",), d_out=W.shape[1])
        Y = Y + bias

    def frozen_backward(dY: Array) -> FrozenGradients:  # without X, which nobody need keep then
        expect(dY, "dY", shape)
        return FrozenGradients(dX=dY @ W.T)

    def backward(dY: Array) -> Gradients | BiasGradients:
        expect(dY, "dY", shape)
        dX = dY @ W.T
        dW = rows(X).T @ rows(dY)
        if bias is None:
            return Gradients(dX, dW)
        dbias = rows(dY).sum(0)
        return BiasGradients(dX, dW, dbias)

    return Y, frozen_backward if frozen else backward
