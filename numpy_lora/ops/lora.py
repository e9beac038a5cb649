"""A frozen linear layer with a low-rank branch, W + s WA WB. Derived in derivations/01-lora-linear.md.

It neither draws nor scales the adapters: `numpy_lora.init` does.
"""

from __future__ import annotations

import numbers
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from numpy_lora.ops.arguments import Array, expect, rows


class Gradients(NamedTuple):
    dX: Array
    dWA: Array
    dWB: Array


def lora_linear(
    X: Array,
    W: Array,
    WA: Array,
    WB: Array,
    scale: float = 1.0,
    bias: Array | None = None,
    dropout: float = 0.0,
    rng: np.random.Generator | None = None,
) -> tuple[Array, Callable[[Array], Gradients]]:
    """Y = X W + s drop(X) WA WB + bias, with W and bias frozen.

    Shapes: X[...,d_in] W[d_in,d_out] WA[d_in,r] WB[r,d_out] bias[d_out]? -> Y[...,d_out]

    Parameters
    ----------
    X : rows.
    W : frozen weight; neither it nor the bias gets a gradient.
    WA, WB : the adapter, of rank r.
    scale : s, a plain number, as `init.scale` gives it (a NumPy float64 would turn float32 into float64).
    bias : frozen, added to every row.
    dropout : probability that an entry of the branch's input is dropped; what is kept is divided by 1 - dropout.
    rng : where the dropout is drawn from.

    Returns
    -------
    Y : rows; X's dtype where all are of one dtype.
    backward : dY[...,d_out] -> Gradients(dX[...,d_in], dWA[d_in,r], dWB[r,d_out])

    Raises
    ------
    ShapeError : a factor does not fit X, W or the other factor.
    ValueError : dropout is no probability below one, or there is no Generator to draw from.

    References
    ----------
    Hu et al. 2021, arXiv 2106.09685, eq. 3.

    Examples
    --------
    >>> X, W = np.array([[1.0, 2.0]]), np.eye(2)
    >>> Y, backward = lora_linear(X, W, WA=np.ones((2, 1)), WB=np.zeros((1, 2)), scale=2.0)
    >>> backward(np.array([[1.0, 1.0]])).dWB
    array([[6., 6.]])
    """
    expect(X, "X", (..., "d_in"))
    expect(W, "W", ("d_in", "d_out"), d_in=X.shape[-1])
    expect(WA, "WA", ("d_in", "r"), d_in=X.shape[-1])
    expect(WB, "WB", ("r", "d_out"), r=WA.shape[1], d_out=W.shape[1])
    shape, drop = (*X.shape[:-1], W.shape[1]), dropping(X.shape, dropout, rng)
    XA = drop(X)
    YA = XA @ WA
    Y = X @ W + (scale * YA) @ WB
    if bias is not None:
        expect(bias, "bias", ("d_out",), d_out=W.shape[1])
        Y = Y + bias

    def backward(dY: Array) -> Gradients:
        expect(dY, "dY", shape)
        dYA = scale * (dY @ WB.T)
        dWB = scale * (rows(YA).T @ rows(dY))
        dWA = rows(XA).T @ rows(dYA)
        dXA = dYA @ WA.T
        dX = dY @ W.T + drop(dXA)
        return Gradients(dX, dWA, dWB)

    return Y, backward


def dropping(shape: tuple[int, ...], dropout: float, rng: np.random.Generator | None) -> Callable[[Array], Array]:
    """Inverted dropout with one draw of what is kept: a linear map, diagonal and so its own transpose."""
    if not isinstance(dropout, numbers.Real) or not 0 <= dropout < 1:
        raise ValueError(f"dropout: expected 0 <= dropout < 1, got {dropout!r}")
    if dropout == 0:
        return lambda A: A
    if not isinstance(rng, np.random.Generator):
        raise ValueError(f"rng: expected a numpy.random.Generator to draw dropout={dropout} from, got {type(rng).__name__}")
    keep = rng.random(shape) >= dropout
    return lambda A: np.where(keep, A / (1 - dropout), 0)
