"""A whole block: three norms, two attentions and a SwiGLU, with seventeen gradients."""

import numpy as np

from tests.check.layers.values import normal


def _norm(x, g):
    r = np.sqrt((x * x).mean(-1, keepdims=True) + 1e-6)
    z = x / r

    def pull(dy):
        d = dy * g
        return (d - z * (d * z).mean(-1, keepdims=True)) / r, (dy * z).sum(0)

    return z * g, pull


def _attend(x, wq, wk, wv, wo, heads):
    n, d = x.shape
    e = d // heads

    def split(m):
        return m.reshape(n, heads, e).swapaxes(0, 1)

    def join(m):
        return m.swapaxes(0, 1).reshape(n, d)

    q, k, v = split(x @ wq), split(x @ wk), split(x @ wv)
    s = q @ k.swapaxes(1, 2) / np.sqrt(e)
    s = np.where(np.tri(n, dtype=bool), s, -np.inf)
    p = np.exp(s - s.max(-1, keepdims=True))
    p /= p.sum(-1, keepdims=True)
    o = join(p @ v)

    def pull(dy):
        do = split(dy @ wo.T)
        dp = do @ v.swapaxes(1, 2)
        ds = p * (dp - (p * dp).sum(-1, keepdims=True)) / np.sqrt(e)
        dq, dk, dv = join(ds @ k), join(ds.swapaxes(1, 2) @ q), join(p.swapaxes(1, 2) @ do)
        return dq @ wq.T + dk @ wk.T + dv @ wv.T, x.T @ dq, x.T @ dk, x.T @ dv, o.T @ dy

    return o @ wo, pull


def _swiglu(x, w1, w2, w3):
    a, b = x @ w1, x @ w3
    sig = 1 / (1 + np.exp(-a))
    h = a * sig * b

    def pull(dy):
        dh = dy @ w2.T
        da, db = dh * b * sig * (1 + a * (1 - sig)), dh * a * sig
        return da @ w1.T + db @ w3.T, x.T @ da, h.T @ dy, x.T @ db

    return h @ w2, pull


def block(x, g1, q1, k1, v1, o1, g2, w1, w2, w3, g3, q2, k2, v2, o2, s1, s2, heads=2):
    """Pre-norm residuals; the first two branches are scaled."""
    n1, pull_n1 = _norm(x, g1)
    a1, pull_a1 = _attend(n1, q1, k1, v1, o1, heads)
    h1 = x + s1 * a1
    n2, pull_n2 = _norm(h1, g2)
    f, pull_f = _swiglu(n2, w1, w2, w3)
    h2 = h1 + s2 * f
    n3, pull_n3 = _norm(h2, g3)
    a2, pull_a2 = _attend(n3, q2, k2, v2, o2, heads)

    def backward(dy):
        dn3, dq2, dk2, dv2, do2 = pull_a2(dy)
        dh2, dg3 = pull_n3(dn3)
        dh2 = dh2 + dy
        dn2, dw1, dw2, dw3 = pull_f(s2 * dh2)
        dh1, dg2 = pull_n2(dn2)
        dh1 += dh2
        dn1, dq1, dk1, dv1, do1 = pull_a1(s1 * dh1)
        dx, dg1 = pull_n1(dn1)
        ds1, ds2 = (dh1 * a1).sum(0), (dh2 * f).sum(0)
        return dx + dh1, dg1, dq1, dk1, dv1, do1, dg2, dw1, dw2, dw3, dg3, dq2, dk2, dv2, do2, ds1, ds2

    return h2 + a2, backward


def _at(n, d, m):
    scale = 1 / np.sqrt(d)
    square = (d, d)
    shapes = [(n, d), (d,), *[square] * 4, (d,), (d, m), (m, d), (d, m), (d,), *[square] * 4, (d,), (d,)]
    return block, [a * scale if a.shape in (square, (d, m), (m, d)) else a for a in normal(*shapes)]


def case_block_small():
    return _at(4, 8, 12)


def case_block_large():
    return _at(16, 32, 48)


MISTAKES = [
    ("block_small", "dh1 += dh2", "dh1 = dh1", "dx"),
    ("block_small", "pull_a1(s1 * dh1)", "pull_a1(dh1)", "dq1"),
    ("block_large", "dh2 = dh2 + dy", "dh2 = dh2 + dy - dy / 2**40", "dx"),
]
