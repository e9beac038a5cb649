"""A node of a model's tree as one operation: a linear layer, with a LoRA branch where the node carries one.

It adds no mathematics to `linear` and `lora_linear`; it only takes their arguments from a dict and names them by path.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from numpy_lora.ops.arguments import Array, ShapeError
from numpy_lora.ops.linear import linear
from numpy_lora.ops.lora import lora_linear

Node = Mapping[str, Any]


class Gradients(NamedTuple):
    dX: Array
    dparams: dict[str, Array]


def projection(X: Array, params: Node, path: str = "params") -> tuple[Array, Callable[[Array], Gradients]]:
    """Y = X W + bias, and + scale X WA WB where the node is adapted, that is, where it has WA.

    Shapes: X[...,d_in] params.W[d_in,d_out] params.bias[d_out]? params.WA[d_in,r]? params.WB[r,d_out]? -> Y[...,d_out]

    Parameters
    ----------
    X : rows.
    params : the node, {"W"[, "bias"][, "WA", "WB", "scale"]}.
    path : what error messages call the node.

    Returns
    -------
    Y : rows.
    backward : dY[...,d_out] -> Gradients(dX[...,d_in], dparams), where dparams is {"WA", "WB"}, or {} of a node that
        has no adapter.

    Raises
    ------
    ShapeError : an entry of the node is missing, or does not fit.

    Examples
    --------
    >>> import numpy as np
    >>> Y, backward = projection(np.array([[1.0, 2.0]]), {"W": np.eye(2)})
    >>> backward(np.array([[3.0, 4.0]]))
    Gradients(dX=array([[3., 4.]]), dparams={})
    """
    adapted = "WA" in params or "WB" in params
    for name in ("W", "WA", "WB") if adapted else ("W",):
        if name not in params:
            raise ShapeError(f"{path}: expected a node with {name!r}, got {sorted(params)}")
    try:
        if adapted:
            return _adapted(X, params)
        Y, pullback = linear(X, params["W"], params.get("bias"))
    except ShapeError as error:
        raise ShapeError(f"{path}.{error}") from None

    def backward(dY: Array) -> Gradients:
        return Gradients(pullback(dY).dX, {})

    return Y, backward


def _adapted(X: Array, params: Node) -> tuple[Array, Callable[[Array], Gradients]]:
    Y, pullback = lora_linear(X, params["W"], params["WA"], params["WB"], params.get("scale", 1.0), params.get("bias"))

    def backward(dY: Array) -> Gradients:
        dX, dWA, dWB = pullback(dY)
        return Gradients(dX, {"WA": dWA, "WB": dWB})

    return Y, backward
