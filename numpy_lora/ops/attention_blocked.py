"""Attention by blocks of heads and queries: the results of `attention`, faster and in less memory.

Derived in derivations/03-attention.md. Each pass works on a block's scores at a time. The backward pass computes them again,
from the maximum and sum of each row, but for the few that take no more memory than Q, K and V. The form to read is `attention`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import prod
from typing import Any

import numpy as np

from numpy_lora.ops.arguments import Array, expect, expect_mask
from numpy_lora.ops.attention import Gradients, allowed_pairs, attention
from numpy_lora.ops.lora_bordered import side_by_side
from numpy_lora.ops.projection import Node

Block = tuple[Any, Any, bool]  # an index into queries, one into keys, and whether it is the first that has these keys
Pullback = Callable[[Array], tuple[Array, Array, Array]]


def attention_blocked(
    X: Array,
    params: Mapping[str, Node],
    n_heads: int,
    n_kv_heads: int | None = None,
    causal: bool = False,
    mask: Array | None = None,
    cells: int = 1 << 17,
    keep: int | None = None,
) -> tuple[Array, Callable[[Array], Gradients]]:
    """`attention`, with no more than `cells` scores at a time; what is kept for `backward` grows as n does, not as n².

    Shapes: X[...,n,d] params.q.W[d,n_heads*dh] params.k.W[d,n_kv_heads*dh] params.v.W[d,n_kv_heads*dh]
        params.o.W[n_heads*dh,d_out] mask[...,n_heads,n,n]?:bool -> Y[...,n,d_out]

    Parameters
    ----------
    X, params, n_heads, n_kv_heads, causal, mask : as `attention` has them.
    cells : scores worked on at once, or those of one query of each head that shares its keys, if these are more.
    keep : scores whose exponentials are kept for `backward`, which computes the others again; None: as many as Q, K and V
        have entries, or `cells`.

    Returns
    -------
    Y : as `attention` gives it.
    backward : dY[...,n,d_out] -> Gradients(dX[...,n,d], dparams), as `attention` gives it.

    Raises
    ------
    ShapeError : where `attention` does.

    References
    ----------
    Rabe & Staats 2021, arXiv 2112.05682; Dao et al. 2022, arXiv 2205.14135.

    Examples
    --------
    >>> import numpy as np
    >>> node = {"W": np.eye(2)}
    >>> Y, backward = attention_blocked(np.eye(2), {"q": node, "k": node, "v": node, "o": node}, n_heads=1, causal=True)
    >>> Y[0]
    array([1., 0.])
    """
    kv = n_heads if n_kv_heads is None else n_kv_heads
    if not _fits(X, params, n_heads, kv):
        return attention(X, params, n_heads, n_kv_heads, causal, mask)  # which says what does not fit
    *leading, n, d = X.shape
    batch, group, q = prod(leading), n_heads // kv, params["q"]["W"].shape[1]
    dh = q // n_heads
    allowed = _allowed(mask, causal, leading, kv, group, n) if causal or mask is not None else None

    def heads(A: Array) -> Array:
        return A.reshape(batch, n, kv, group, dh).transpose(0, 2, 3, 1, 4)

    def three(A: Array) -> tuple[Array, Array, Array]:
        H = A.reshape(batch, n, n_heads + 2 * kv, dh).swapaxes(1, 2)
        Q, K, V = H[:, :n_heads], H[:, n_heads:-kv, None], H[:, -kv:, None]
        return Q.reshape(batch, kv, group, n, dh), K, V

    A, back_qkv = side_by_side(X.reshape(batch * n, d), [_scaled(params["q"], dh**-0.5), params["k"], params["v"]])
    XO = np.empty_like(A, shape=(batch * n, q))
    (Q, K, V), O = three(A), heads(XO)
    blocks, room = _blocks(batch, kv, group, n, cells), max(cells, A.size) if keep is None else keep
    pullbacks = []
    for at, of, _ in blocks:
        room -= Q[at].size // dh * n
        pullbacks.append(_attend(Q[at], K[of], V[of], O[at], None if allowed is None else allowed[at], room >= 0))
    Y, back_o = side_by_side(XO, [params["o"]])

    def backward(dY: Array) -> Gradients:
        expect(dY, "dY", (*X.shape[:-1], params["o"]["W"].shape[1]))
        dXO, (do,) = back_o(dY.reshape(batch * n, dY.shape[-1]))
        dA = np.empty_like(dXO, shape=A.shape)
        dO, (dQ, dK, dV) = heads(dXO), three(dA)
        for (at, of, first), pullback in zip(blocks, pullbacks, strict=True):
            dQ[at], dKb, dVb = pullback(dO[at])
            dK[of] = dKb if first else dK[of] + dKb
            dV[of] = dVb if first else dV[of] + dVb
        dX, (dq, dk, dv) = back_qkv(dA)
        dparams = {name: adapter for name, adapter in zip("qkvo", (dq, dk, dv, do), strict=True) if adapter}
        return Gradients(dX.reshape(X.shape), dparams)

    return Y.reshape(*leading, n, Y.shape[1]), backward


def _fits(X: Array, params: Mapping[str, Node], n_heads: int, kv: int) -> bool:
    """A quick look whether all is in order; `attention` says what is not."""
    try:
        (d, width), shared = params["q"]["W"].shape, kv * (params["q"]["W"].shape[1] // n_heads)
        return (
            n_heads > 0
            and X.shape[-1] == d
            and X.ndim > 1
            and X.size * width * shared > 0
            and n_heads % kv == 0
            and n_heads * shared == width * kv
            and _node_fits(params["q"], d, width)
            and _node_fits(params["k"], d, shared)
            and _node_fits(params["v"], d, shared)
            and _node_fits(params["o"], width, params["o"]["W"].shape[1])
        )
    except (AttributeError, IndexError, KeyError, TypeError, ValueError, ZeroDivisionError):
        return False


def _node_fits(node: Node, d_in: int, d_out: int) -> bool:
    bias = node.get("bias")
    if node["W"].shape != (d_in, d_out) or (bias is not None and bias.shape != (d_out,)):
        return False
    if "WA" not in node:
        return "WB" not in node
    r = node["WA"].shape[1]
    return bool(node["WA"].shape == (d_in, r) and node["WB"].shape == (r, d_out))


def _allowed(mask: Array | None, causal: bool, leading: Sequence[int], kv: int, group: int, n: int) -> Array:
    """Which query may attend to which key, a view [batch,kv,group,n,n]: no head has a copy of its own."""
    if mask is not None:
        expect_mask(mask, (*leading, kv * group, n, n))
    allowed, pairs = allowed_pairs(mask, causal, n, kv, group), (kv, group, n, n)
    return np.broadcast_to(True if allowed is None else allowed, (*leading, *pairs)).reshape(prod(leading), *pairs)


def _scaled(node: Node, c: float) -> Node:
    """The node whose projection is c times that of `node`; its adapter, and so its adapter's gradients, stay what they are."""
    new = {**node, "W": c * node["W"]}
    if "WA" in node:
        new["scale"] = c * node.get("scale", 1.0)
    if node.get("bias") is not None:
        new["bias"] = c * node["bias"]
    return new


def _attend(Q: Array, K: Array, V: Array, O: Array, allowed: Array | None, keep: bool) -> Pullback:
    """Fill O with softmax(Q Kᵀ) V; unless told to keep the exponentials, keep of each row of scores its maximum and sum alone."""
    S = _scores(Q, K, allowed)
    m = S.max(-1, keepdims=True)
    if allowed is not None:
        some = allowed.any(-1, keepdims=True)
        m = np.where(some, m, 0)
    S -= m
    E = np.exp(S, out=S)
    z = E.sum(-1, keepdims=True)
    if allowed is not None:
        z = np.where(some, z, 1)
    np.divide(E @ V, z, out=O)
    kept = E if keep else None

    def pullback(dO: Array) -> tuple[Array, Array, Array]:
        E = _exponentials(Q, K, allowed, m) if kept is None else kept
        dOz = dO / z
        dS = dOz @ V.mT
        dS -= np.einsum("...qk,...qk->...q", dS, E)[..., None] / z
        dS *= E
        return dS @ K, _over_group(dS.mT @ Q), _over_group(E.mT @ dOz)

    return pullback


def _scores(Q: Array, K: Array, allowed: Array | None) -> Array:
    S = Q @ K.mT
    return S if allowed is None else np.where(allowed, S, -np.inf)


def _exponentials(Q: Array, K: Array, allowed: Array | None, m: Array) -> Array:
    S = _scores(Q, K, allowed)
    S -= m
    return np.exp(S, out=S)


def _over_group(A: Array) -> Array:
    """The sum over the heads of queries that share keys."""
    return A if A.shape[-3] == 1 else A.sum(-3, keepdims=True)


def _blocks(batch: int, kv: int, group: int, n: int, cells: int) -> list[Block]:
    """The scores in blocks of sequences, of heads that share keys, of queries; all in one if that is within `cells`."""
    if batch * kv * group * n * n <= cells:
        return [(..., ..., True)]
    queries = max(1, min(n, cells // (group * n)))
    heads = max(1, min(kv, cells // (group * n * n)))
    batches = max(1, cells // (kv * group * n * n))
    keys = [(slice(b, b + batches), slice(h, h + heads)) for b in range(0, batch, batches) for h in range(0, kv, heads)]
    return [((*of, slice(None), slice(t, t + queries)), of, t == 0) for of in keys for t in range(0, n, queries)]
