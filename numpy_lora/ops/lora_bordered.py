"""LoRA layers as one product each way: the results of `lora_linear`, faster. Derived in derivations/01-lora-linear.md.

    M = [ W + s WA WB   s WA ]      [Y, s YA] = X [top of M]      [dX, dYA] = dY [left of M]ᵀ
        [    s WB            ]      dWB = (s YA)ᵀ dY              dWA = Xᵀ dYA

The branch costs a pass over W where `lora_linear` pays passes over X and Y: worth it where rows are many. M, a merged copy
of W, is kept for `backward`. The form to read, which keeps no such thing and has dropout, is `lora_linear`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from numpy_lora.ops.arguments import Array, expect, rows
from numpy_lora.ops.lora import Gradients
from numpy_lora.ops.projection import Node


def lora_bordered(
    X: Array, W: Array, WA: Array, WB: Array, scale: float = 1.0, bias: Array | None = None
) -> tuple[Array, Callable[[Array], Gradients]]:
    """Y = X W + s X WA WB + bias, with W and bias frozen: `lora_linear` without dropout.

    Shapes: X[...,d_in] W[d_in,d_out] WA[d_in,r] WB[r,d_out] bias[d_out]? -> Y[...,d_out]

    Parameters
    ----------
    X, W, WA, WB, scale, bias : as `lora_linear` has them.

    Returns
    -------
    Y : as `lora_linear` gives it, but a view: the r columns of YA stand between one row and the next.
    backward : dY[...,d_out] -> Gradients(dX[...,d_in], dWA[d_in,r], dWB[r,d_out]), dX a view likewise.

    Raises
    ------
    ShapeError : where `lora_linear` does.

    Examples
    --------
    >>> import numpy as np
    >>> X, W = np.array([[1.0, 2.0]]), np.eye(2)
    >>> Y, backward = lora_bordered(X, W, WA=np.ones((2, 1)), WB=np.zeros((1, 2)), scale=2.0)
    >>> backward(np.array([[1.0, 1.0]])).dWB
    array([[6., 6.]])
    """
    expect(X, "X", (..., "d_in"))
    expect(W, "W", ("d_in", "d_out"), d_in=X.shape[-1])
    expect(WA, "WA", ("d_in", "r"), d_in=X.shape[-1])
    expect(WB, "WB", ("r", "d_out"), r=WA.shape[1], d_out=W.shape[1])
    node = {"W": W, "WA": WA, "WB": WB, "scale": scale}
    if bias is not None:
        expect(bias, "bias", ("d_out",), d_out=W.shape[1])
        node["bias"] = bias
    Y, pullback = side_by_side(rows(X), [node])

    def backward(dY: Array) -> Gradients:
        expect(dY, "dY", (*X.shape[:-1], W.shape[1]))
        dX, (adapter,) = pullback(rows(dY))
        return Gradients(dX.reshape(X.shape), adapter["WA"], adapter["WB"])

    return Y.reshape(*X.shape[:-1], W.shape[1]), backward


class JointGradients(NamedTuple):
    dX: Array
    dparams: list[dict[str, Array]]


def side_by_side(X: Array, params: Sequence[Node]) -> tuple[Array, Callable[[Array], JointGradients]]:
    """Y = [Y₁, Y₂, …], the projections of one X by several nodes, whose weights and adapters stand side by side in one M.

    Parameters
    ----------
    X : rows, a matrix.
    params : nodes, their shapes known to fit.

    Returns
    -------
    Y : Y[n,width], the nodes' results side by side.
    backward : dY[n,width] -> JointGradients(dX[n,d], dparams), for each node {"WA", "WB"}, or {} where it has no adapter.
    """
    d = X.shape[1]
    places, width, r = _places(params)
    leaves = [node[name] for node in params for name in ("W", "WA", "WB", "scale", "bias") if node.get(name) is not None]
    M = np.empty_like(X, dtype=np.result_type(X, *leaves), shape=(d + r, width + r))
    W, sWA, sWB = M[:d, :width], M[:d, width:], M[d:, :width]
    if len(params) > 1:
        sWB[...] = 0
    for node, columns, ranks in places:
        if ranks is None:
            W[:, columns] = node["W"]
            continue
        scale, WA = node.get("scale", 1.0), node["WA"]
        s_WB = scale * node["WB"]
        W[:, columns] = node["W"] + WA @ s_WB
        sWA[:, ranks], sWB[ranks, columns] = scale * WA, s_WB
    Z = X @ M[:d]
    Y, sYA = Z[:, :width], Z[:, width:]
    for node, columns, _ in places:
        if node.get("bias") is not None:
            Y[:, columns] += node["bias"]

    def backward(dY: Array) -> JointGradients:
        dZ = dY @ M[:, :width].T
        dX, dYA = dZ[:, :d], dZ[:, d:]
        dWA, dWB = (dYA.T @ X).T, sYA.T @ dY
        return JointGradients(
            dX, [{"WA": dWA[:, ranks], "WB": dWB[ranks, columns]} if ranks else {} for _, columns, ranks in places]
        )

    return Y, backward


Place = tuple[Node, slice, slice | None]


def _places(params: Sequence[Node]) -> tuple[list[Place], int, int]:
    """Each node with its columns among all columns and its ranks among all ranks; and how many there are of both."""
    places: list[Place] = []
    width = r = 0
    for node in params:
        columns = slice(width, width := width + node["W"].shape[1])
        ranks = slice(r, r := r + node["WA"].shape[1]) if "WA" in node else None
        places.append((node, columns, ranks))
    return places, width, r
