"""Attention as strangers write it: reshape and transpose, einsum, loops over heads, grouped heads, rotary positions."""

import math

import numpy as np

from tests.check.layers.values import normal


def lora_attention_reshape(x, Wq, Aq, Bq, Wk, Wv, Av, Bv, Wo):
    """Causal, two heads; LoRA on q and v, written with reshape and transpose."""
    T, C = x.shape
    h, hd = 2, C // 2
    q = x @ Wq + 2.0 * (x @ Aq) @ Bq
    k = x @ Wk
    v = x @ Wv + 2.0 * (x @ Av) @ Bv
    qh = q.reshape(T, h, hd).transpose(1, 0, 2)
    kh = k.reshape(T, h, hd).transpose(1, 0, 2)
    vh = v.reshape(T, h, hd).transpose(1, 0, 2)
    att = qh @ kh.transpose(0, 2, 1) / np.sqrt(hd)
    mask = np.triu(np.ones((T, T), dtype=bool), 1)
    att = np.where(mask, -1e9, att)
    att = att - att.max(axis=-1, keepdims=True)
    p = np.exp(att)
    p = p / p.sum(axis=-1, keepdims=True)
    y = (p @ vh).transpose(1, 0, 2).reshape(T, C)
    out = y @ Wo

    def backward(dout):
        dWo = y.T @ dout
        dy = (dout @ Wo.T).reshape(T, h, hd).transpose(1, 0, 2)
        dp = dy @ vh.transpose(0, 2, 1)
        dvh = p.transpose(0, 2, 1) @ dy
        ds = p * (dp - (dp * p).sum(-1, keepdims=True)) / np.sqrt(hd)
        dq = (ds @ kh).transpose(1, 0, 2).reshape(T, C)
        dk = (ds.transpose(0, 2, 1) @ qh).transpose(1, 0, 2).reshape(T, C)
        dv = dvh.transpose(1, 0, 2).reshape(T, C)
        dWq, dBq, dAq = x.T @ dq, 2.0 * (x @ Aq).T @ dq, 2.0 * x.T @ (dq @ Bq.T)
        dWv, dBv, dAv = x.T @ dv, 2.0 * (x @ Av).T @ dv, 2.0 * x.T @ (dv @ Bv.T)
        dWk = x.T @ dk
        dx = dq @ Wq.T + 2.0 * dq @ Bq.T @ Aq.T + dk @ Wk.T + dv @ Wv.T + 2.0 * dv @ Bv.T @ Av.T
        return dx, dWq, dAq, dBq, dWk, dWv, dAv, dBv, dWo

    return out, backward


def lora_attention_einsum(X, Wq, Wk, Wv, A, B, Wo):
    """Batched; weights are (d, heads, dh); the causal mask is added as -inf; LoRA on q."""
    scale = 1 / math.sqrt(Wq.shape[-1])
    q = np.einsum("btd,dhe->bhte", X, Wq) + np.einsum("btd,dr,rhe->bhte", X, A, B)
    k = np.einsum("btd,dhe->bhte", X, Wk)
    v = np.einsum("btd,dhe->bhte", X, Wv)
    s = np.einsum("bhte,bhse->bhts", q, k) * scale
    T = X.shape[1]
    s = s + np.triu(np.full((T, T), -np.inf), k=1)
    e = np.exp(s - np.max(s, axis=-1, keepdims=True))
    P = e / np.sum(e, axis=-1, keepdims=True)
    z = np.einsum("bhts,bhse->bhte", P, v)
    Y = np.einsum("bhte,hed->btd", z, Wo)

    def backward(dY):
        dWo = np.einsum("bhte,btd->hed", z, dY)
        dz = np.einsum("btd,hed->bhte", dY, Wo)
        dP = np.einsum("bhte,bhse->bhts", dz, v)
        dv = np.einsum("bhts,bhte->bhse", P, dz)
        dS = P * (dP - np.einsum("bhts,bhts->bht", P, dP)[..., None]) * scale
        dq = np.einsum("bhts,bhse->bhte", dS, k)
        dk = np.einsum("bhts,bhte->bhse", dS, q)
        dWq = np.einsum("btd,bhte->dhe", X, dq)
        dWk = np.einsum("btd,bhte->dhe", X, dk)
        dWv = np.einsum("btd,bhte->dhe", X, dv)
        dA = np.einsum("btd,bhte,rhe->dr", X, dq, B)
        dB = np.einsum("btd,dr,bhte->rhe", X, A, dq)
        dX = np.einsum("bhte,dhe->btd", dq, Wq + np.einsum("dr,rhe->dhe", A, B))
        dX += np.einsum("bhte,dhe->btd", dk, Wk)
        dX += np.einsum("bhte,dhe->btd", dv, Wv)
        return dX, dWq, dWk, dWv, dA, dB, dWo

    return Y, backward


def _softmax(z):
    e = np.exp(z - z.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def lora_attention_loops(x, wq, wk, wv, a, b, wo, n_head):
    """A loop over heads, each written into its columns of a buffer; LoRA on v."""
    n, d = x.shape
    dh = d // n_head
    q, k, v = x @ wq, x @ wk, x @ (wv + a @ b)
    out = np.zeros((n, d))
    probs = []
    causal = np.tril(np.ones((n, n))) == 0
    for h in range(n_head):
        cols = slice(h * dh, (h + 1) * dh)
        scores = q[:, cols] @ k[:, cols].T / dh**0.5
        scores[causal] = -np.inf
        probs.append(_softmax(scores))
        out[:, cols] = probs[h] @ v[:, cols]

    def backward(g):
        dwo = out.T @ g
        dout = g @ wo.T
        dq, dk, dv = np.zeros((n, d)), np.zeros((n, d)), np.zeros((n, d))
        for h in range(n_head):
            cols = slice(h * dh, (h + 1) * dh)
            pr = probs[h]
            dpr = dout[:, cols] @ v[:, cols].T
            dv[:, cols] = pr.T @ dout[:, cols]
            dsc = pr * (dpr - np.sum(dpr * pr, axis=1, keepdims=True))
            dq[:, cols] += dsc @ k[:, cols] / dh**0.5
            dk[:, cols] += dsc.T @ q[:, cols] / dh**0.5
        dx = dq @ wq.T + dk @ wk.T + dv @ (wv + a @ b).T
        dw = x.T @ dv
        return dx, x.T @ dq, x.T @ dk, dw, dw @ b.T, a.T @ dw, dwo

    return out @ wo, backward


def grouped_query_attention(X, Wq, Wk, Wv, Wo, n_heads=4, n_kv=2):
    """Keys and values of a group are repeated; their gradients summed."""
    B, T, D = X.shape
    dh = D // n_heads
    rep = n_heads // n_kv
    q = (X @ Wq).reshape(B, T, n_heads, dh)
    k = np.repeat((X @ Wk).reshape(B, T, n_kv, dh), rep, axis=2)
    v = np.repeat((X @ Wv).reshape(B, T, n_kv, dh), rep, axis=2)
    S = np.einsum("bihd,bjhd->bhij", q, k) / np.sqrt(dh)
    S = np.where(np.tril(np.ones((T, T), bool)), S, -np.inf)
    P = _softmax(S)
    O = np.einsum("bhij,bjhd->bihd", P, v).reshape(B, T, D)
    Y = O @ Wo

    def backward(dY):
        dWo = np.tensordot(O, dY, axes=([0, 1], [0, 1]))
        dO = (dY @ Wo.T).reshape(B, T, n_heads, dh)
        dP = np.einsum("bihd,bjhd->bhij", dO, v)
        dv = np.einsum("bhij,bihd->bjhd", P, dO)
        dS = P * (dP - (P * dP).sum(axis=-1, keepdims=True)) / np.sqrt(dh)
        dq = np.einsum("bhij,bjhd->bihd", dS, k).reshape(B, T, D)
        dk = np.einsum("bhij,bihd->bjhd", dS, q)
        dk = dk.reshape(B, T, n_kv, rep, dh).sum(axis=3).reshape(B, T, -1)
        dv = dv.reshape(B, T, n_kv, rep, dh).sum(axis=3).reshape(B, T, -1)
        x2 = X.reshape(-1, D)
        dWq, dWk, dWv = (x2.T @ m.reshape(-1, m.shape[-1]) for m in (dq, dk, dv))
        return dq @ Wq.T + dk @ Wk.T + dv @ Wv.T, dWq, dWk, dWv, dWo

    return Y, backward


def cross_attention(q, k, v):
    """Queries against a memory, no projections."""
    w = _softmax(q @ np.swapaxes(k, -1, -2) * q.shape[-1] ** -0.5)

    def vjp(g):
        gw = g @ np.swapaxes(v, -1, -2)
        gs = w * gw
        gs -= w * gs.sum(-1, keepdims=True)
        gs *= q.shape[-1] ** -0.5
        return gs @ k, np.swapaxes(gs, -1, -2) @ q, np.swapaxes(w, -1, -2) @ g

    return w @ v, vjp


def rotary_half(x, base=10000.0):
    """Rotary embedding of fixed positions, the halves rotated."""
    n, d = x.shape
    inv = 1.0 / base ** (np.arange(0, d, 2) / d)
    ang = np.arange(n)[:, None] * inv[None, :]
    cos, sin = np.concatenate([np.cos(ang)] * 2, -1), np.concatenate([np.sin(ang)] * 2, -1)

    def rot(u):
        return np.concatenate([-u[:, d // 2 :], u[:, : d // 2]], axis=-1)

    def rot_t(u):
        return np.concatenate([u[:, d // 2 :], -u[:, : d // 2]], axis=-1)

    return x * cos + rot(x) * sin, lambda g: g * cos + rot_t(g * sin)


def rotary_learned(x, theta):
    """Interleaved pairs, angles learned."""
    c, s = np.cos(theta), np.sin(theta)
    x1, x2 = x[..., 0::2], x[..., 1::2]
    y = np.empty_like(x)
    y[..., 0::2] = x1 * c - x2 * s
    y[..., 1::2] = x1 * s + x2 * c

    def backward(dy):
        d1, d2 = dy[..., 0::2], dy[..., 1::2]
        dx = np.zeros_like(x)
        dx[..., 0::2] = d1 * c + d2 * s
        dx[..., 1::2] = -d1 * s + d2 * c
        dtheta = d1 * (-x1 * s - x2 * c) + d2 * (x1 * c - x2 * s)
        return dx, dtheta.reshape(-1, *theta.shape).sum(0)

    return y, backward


def linear_attention(q, k, v):
    """elu + 1 as feature map, normalised, causal by cumulative sums."""
    phi = lambda u: np.where(u > 0, u + 1, np.exp(np.minimum(u, 0)))  # noqa: E731
    dphi = lambda u: np.where(u > 0, 1.0, np.exp(np.minimum(u, 0)))  # noqa: E731
    fq, fk = phi(q), phi(k)
    S = np.cumsum(fk[:, :, None] * v[:, None, :], axis=0)
    z = np.cumsum(fk, axis=0)
    num = np.einsum("td,tde->te", fq, S)
    den = np.sum(fq * z, axis=1, keepdims=True)
    y = num / den

    def backward(g):
        gnum = g / den
        gden = -(g * num).sum(1, keepdims=True) / den**2
        gfq = np.einsum("te,tde->td", gnum, S) + gden * z
        gS = np.cumsum((fq[:, :, None] * gnum[:, None, :])[::-1], axis=0)[::-1]
        gz = np.cumsum((gden * fq)[::-1], axis=0)[::-1]
        gfk = np.einsum("tde,te->td", gS, v) + gz
        return gfq * dphi(q), gfk * dphi(k), np.einsum("tde,td->te", gS, fk)

    return y, backward


def case_lora_attention_reshape():
    return lora_attention_reshape, normal((5, 4), (4, 4), (4, 2), (2, 4), (4, 4), (4, 4), (4, 2), (2, 4), (4, 4))


def case_lora_attention_reshape_at_zero():
    args = normal((5, 4), (4, 4), (4, 2), (2, 4), (4, 4), (4, 4), (4, 2), (2, 4), (4, 4))
    args[3][:] = args[7][:] = 0
    return lora_attention_reshape, args


def case_lora_attention_einsum():
    return lora_attention_einsum, normal((2, 4, 6), (6, 2, 3), (6, 2, 3), (6, 2, 3), (6, 2), (2, 2, 3), (2, 3, 6))


def case_lora_attention_loops():
    return lora_attention_loops, [*normal((5, 6), (6, 6), (6, 6), (6, 6), (6, 2), (2, 6), (6, 6)), 3]


def case_grouped_query_attention():
    return grouped_query_attention, normal((2, 3, 8), (8, 8), (8, 4), (8, 4), (8, 8))


def case_cross_attention():
    return cross_attention, normal((2, 3, 4), (2, 5, 4), (2, 5, 3))


def case_rotary_half():
    return rotary_half, [normal((5, 6))]


def case_rotary_learned():
    return rotary_learned, normal((3, 4, 6), (4, 3))


def case_linear_attention():
    return linear_attention, normal((5, 3), (5, 3), (5, 2))


MISTAKES = [
    ("lora_attention_reshape", "2.0 * (x @ Aq).T @ dq", "(x @ Aq).T @ dq", "dBq"),
    ("lora_attention_reshape", "+ 2.0 * dq @ Bq.T @ Aq.T", "+ dq @ Bq.T @ Aq.T", "dx"),
    ("lora_attention_reshape_at_zero", "dp * p).sum(-1", "dp * p).sum(-2", "dWq"),
    ("lora_attention_einsum", "[..., None]) * scale", "[..., None])", "dWq"),
    ("lora_attention_einsum", 'bhts,bhte->bhse", P, dz', 'bhst,bhte->bhse", P, dz', "dWv"),
    ("lora_attention_loops", "dw @ b.T, a.T @ dw", "dw @ b.T, a.T @ dw * 2", "db"),
    ("grouped_query_attention", "dk.reshape(B, T, n_kv, rep, dh)", "dk.reshape(B, T, rep, n_kv, dh).swapaxes(2, 3)", "dWk"),
    ("cross_attention", "gs -= w * gs.sum(-1, keepdims=True)", "gs -= w * gw.sum(-1, keepdims=True)", "dq"),
    ("rotary_half", "g * cos + rot_t(g * sin)", "g * cos + rot(g * sin)", "dx"),
    ("rotary_learned", "d1 * c + d2 * s", "d1 * c - d2 * s", "dx"),
    ("linear_attention", "/ den**2", "/ den", "dq"),
]
