"""Multi-head attention with LoRA on any of its four projections. Derived in derivations/03-attention.md.

It holds the scores of all heads at once: this is the form to read, not the one that saves memory.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from numpy_lora.ops.arguments import Array, ShapeError, expect, expect_mask
from numpy_lora.ops.projection import Node, projection
from numpy_lora.ops.softmax import softmax

Adapters = dict[str, dict[str, Array]]


class Gradients(NamedTuple):
    dX: Array
    dparams: Adapters


def attention(
    X: Array,
    params: Mapping[str, Node],
    n_heads: int,
    n_kv_heads: int | None = None,
    causal: bool = False,
    mask: Array | None = None,
) -> tuple[Array, Callable[[Array], Gradients]]:
    """Y = join(P V) W_o, with P = softmax(Q Kᵀ / √d_h) for each head; all four products may carry an adapter.

    Shapes: X[...,n,d] params.q.W[d,n_heads*dh] params.k.W[d,n_kv_heads*dh] params.v.W[d,n_kv_heads*dh]
        params.o.W[n_heads*dh,d_out] mask[...,n_heads,n,n]?:bool -> Y[...,n,d_out]

    Parameters
    ----------
    X : tokens, under any leading axes.
    params : {"q", "k", "v", "o"}, each a node {"W"[, "bias"][, "WA", "WB", "scale"]}.
    n_heads : heads of queries, h.
    n_kv_heads : heads of keys and values, kv; each serves h / kv heads of queries, neighbours. None: as many as n_heads.
    causal : a token attends to itself and to earlier ones.
    mask : boolean, broadcast to (..., h, n, n); False forbids a query (row) a key (column). With `causal`, both must allow.

    Returns
    -------
    Y : same leading axes and dtype as X. A query that may attend to nothing gets zeros (then o's bias).
    backward : dY[...,n,d_out] -> Gradients(dX[...,n,d], dparams), where dparams["q"]["WA"] is an adapter's gradient; a
        node without an adapter does not occur.

    Raises
    ------
    ShapeError : a node is missing or does not fit, or the heads do not divide what they should.

    References
    ----------
    Vaswani et al. 2017, arXiv 1706.03762, section 3.2; grouped heads: Ainslie et al. 2023, arXiv 2305.13245.

    Examples
    --------
    >>> node = {"W": np.eye(2)}
    >>> Y, backward = attention(np.eye(2), {"q": node, "k": node, "v": node, "o": node}, n_heads=1, causal=True)
    >>> Y[0]
    array([1., 0.])
    """
    kv = n_heads if n_kv_heads is None else n_kv_heads
    c = _expect(X, params, n_heads, kv, mask) ** -0.5
    allowed = allowed_pairs(mask, causal, X.shape[-2], kv, n_heads // kv)
    XQ, back_q = projection(X, params["q"], "params.q")
    XK, back_k = projection(X, params["k"], "params.k")
    XV, back_v = projection(X, params["v"], "params.v")
    Q, K, V = split(XQ, kv, n_heads // kv), split(XK, kv, 1), split(XV, kv, 1)
    S = (c * Q) @ K.mT
    P, softmax_backward = softmax(S, allowed)
    O = P @ V
    Y, back_o = projection(join(O), params["o"], "params.o")

    def backward(dY: Array) -> Gradients:
        dXO, do = back_o(dY)
        dO = split(dXO, kv, n_heads // kv)
        dP = dO @ V.mT
        dV = (P.mT @ dO).sum(-3, keepdims=True)
        (dS,) = softmax_backward(dP)
        dQ = c * (dS @ K)
        dK = c * (dS.mT @ Q).sum(-3, keepdims=True)
        dXQ, dq = back_q(join(dQ))
        dXK, dk = back_k(join(dK))
        dXV, dv = back_v(join(dV))
        dX = dXQ + dXK + dXV
        dparams = {name: d for name, d in zip("qkvo", (dq, dk, dv, do), strict=True) if d}
        return Gradients(dX, dparams)

    return Y, backward


def split(A: Array, kv: int, group: int) -> Array:
    """The heads side by side in A[...,n,kv*group*dh] as axes of their own: [...,kv,group,n,dh]."""
    *leading, n, width = A.shape
    return A.reshape(*leading, n, kv, group, width // (kv * group)).swapaxes(-4, -3).swapaxes(-3, -2)


def join(A: Array) -> Array:
    """The inverse of `split`, and its transpose: A[...,kv,group,n,dh] as [...,n,kv*group*dh]."""
    *leading, kv, group, n, dh = A.shape
    return A.swapaxes(-2, -3).swapaxes(-3, -4).reshape(*leading, n, kv * group * dh)


def allowed_pairs(mask: Array | None, causal: bool, n: int, kv: int, group: int) -> Array | None:
    """Which query may attend to which key, in the axes of the scores [...,kv,group,n,n]; None: each to each."""
    if mask is not None and mask.ndim >= 3:
        heads = (1, 1) if mask.shape[-3] == 1 else (kv, group)
        mask = mask.reshape(*mask.shape[:-3], *heads, *mask.shape[-2:])
    if not causal:
        return mask
    earlier = np.tri(n, dtype=bool)
    return earlier if mask is None else earlier & mask


def _expect(X: Array, params: Mapping[str, Node], n_heads: int, kv: int, mask: Array | None) -> int:
    """The width of a head, or a ShapeError that names what does not fit."""
    expect(X, "X", (..., "n", "d"))
    *leading, n, d = X.shape
    if n == 0:
        raise ShapeError(f"X: expected at least one token, got {X.shape}")
    if missing := [name for name in "qkvo" if name not in params]:
        raise ShapeError(f"params: expected nodes q, k, v, o, but {', '.join(missing)} missing")
    for name in "qkvo":
        if not isinstance(params[name], Mapping) or "W" not in params[name]:
            got = sorted(params[name]) if isinstance(params[name], Mapping) else type(params[name]).__name__
            raise ShapeError(f"params.{name}: expected a node with 'W', got {got}")
    if not isinstance(n_heads, int | np.integer) or n_heads < 1:
        raise ShapeError(f"n_heads: expected an integer from 1, got {n_heads!r}")
    if not isinstance(kv, int | np.integer) or kv < 1 or n_heads % kv:
        raise ShapeError(f"n_kv_heads: expected a divisor of n_heads={n_heads}, got {kv}")
    expect(params["q"]["W"], "params.q.W", ("d", "n_heads*dh"), d=d)
    width: int = params["q"]["W"].shape[1]
    dh = width // n_heads
    if width % n_heads or width == 0:
        raise ShapeError(f"params.q.W: expected a width that n_heads={n_heads} divides, got {width}")
    for name in "kv":
        expect(params[name]["W"], f"params.{name}.W", ("d", "n_kv_heads*dh"), **{"d": d, "n_kv_heads*dh": kv * dh})
    expect(params["o"]["W"], "params.o.W", ("n_heads*dh", "d_out"), **{"n_heads*dh": width})
    if mask is not None:
        expect_mask(mask, (*leading, n_heads, n, n))
    return dh
