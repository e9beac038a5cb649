"""Losses: cross entropies in the ways people write them, preferences, divergences, contrasts."""

import numpy as np
from scipy.special import expit, log_softmax, logsumexp, softmax, xlogy

from tests.check.layers.values import normal

LABELS = np.array([2, 0, 1, 1, 3])


def _one_hot(y, k):
    return np.eye(k)[y]


def _soft(*shape):
    t = np.random.default_rng(5).random(shape)
    return t / t.sum(-1, keepdims=True)


def lse_one_hot(z, T):
    """Mean of logsumexp(z) − z·t; targets one-hot, not differentiated."""
    m = z.max(1, keepdims=True)
    lse = m[:, 0] + np.log(np.exp(z - m).sum(1))
    loss = np.mean(lse - (z * T).sum(1))
    return loss, lambda g: g * (np.exp(z - lse[:, None]) - T) / len(z)


def lse_soft_targets(z, t):
    """Both the logits and the targets get a gradient."""
    lp = z - np.log(np.sum(np.exp(z), axis=-1, keepdims=True))
    loss = -(t * lp).sum()

    def backward(g):
        return g * (np.exp(lp) * t.sum(-1, keepdims=True) - t), -g * lp

    return loss, backward


def cross_entropy(logits, y):
    """Integer targets, the probabilities changed in place."""
    N = logits.shape[0]
    shifted = logits - np.max(logits, axis=1, keepdims=True)
    Z = np.sum(np.exp(shifted), axis=1, keepdims=True)
    log_probs = shifted - np.log(Z)
    probs = np.exp(log_probs)
    loss = -np.sum(log_probs[np.arange(N), y]) / N

    def backward(dout=1.0):
        dx = probs.copy()
        dx[np.arange(N), y] -= 1
        dx /= N
        return dout * dx

    return loss, backward


def cross_entropy_clipped(logits, y):
    """Through the probabilities, clipped away from zero."""
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    q = np.clip(p, 1e-12, 1.0)
    loss = -np.log(q[range(len(y)), y]).mean()

    def backward(g):
        dp = np.zeros_like(p)
        dp[range(len(y)), y] = -1.0 / q[range(len(y)), y] / len(y)
        return g * p * (dp - np.sum(dp * p, axis=1, keepdims=True))

    return loss, backward


def label_smoothing(z, y, eps=0.1):
    K = z.shape[1]
    t = (1 - eps) * _one_hot(y, K) + eps / K
    lp = log_softmax(z, axis=1)
    return -np.mean(np.sum(t * lp, axis=1)), lambda g: g * (softmax(z, axis=1) - t) / z.shape[0]


def focal(z, y, gamma=2.0):
    p = softmax(z, axis=-1)
    rows = np.arange(len(y))
    pt = p[rows, y]
    loss = -((1 - pt) ** gamma * np.log(pt)).sum()

    def backward(g):
        dpt = gamma * (1 - pt) ** (gamma - 1) * np.log(pt) - (1 - pt) ** gamma / pt
        return g * (dpt * pt)[:, None] * (_one_hot(y, z.shape[1]) - p)

    return loss, backward


def dpo(policy_w, policy_l, ref_w, ref_l, beta=0.1):
    """Direct preference optimisation, by log-sigmoid."""
    h = beta * ((policy_w - ref_w) - (policy_l - ref_l))
    loss = np.mean(np.logaddexp(0, -h))

    def backward(g):
        d = -g * beta * expit(-h) / h.size
        return d, -d, -d, d

    return loss, backward


def dpo_from_logits(z, zr, chosen, rejected):
    """From the policy's logits; the reference is frozen."""
    lp, lr = (s - logsumexp(s, axis=-1, keepdims=True) for s in (z, zr))
    pos = np.arange(len(chosen))
    diff = (lp[pos, chosen] - lr[pos, chosen]).sum() - (lp[pos, rejected] - lr[pos, rejected]).sum()
    loss = np.log(1 + np.exp(-0.5 * diff))

    def backward(g):
        d = -0.5 * g / (1 + np.exp(0.5 * diff))
        dlp = np.zeros(z.shape)
        np.add.at(dlp, (pos, chosen), d)
        np.add.at(dlp, (pos, rejected), -d)
        return (dlp - np.exp(lp) * dlp.sum(axis=-1, keepdims=True),)

    return loss, backward


def kl_divergence(zp, zq):
    """Of two softmaxes; both get a gradient."""
    lp, lq = log_softmax(zp, -1), log_softmax(zq, -1)
    p, q = np.exp(lp), np.exp(lq)
    kl = (p * (lp - lq)).sum(-1)

    def backward(g):
        return g[:, None] * p * (lp - lq - kl[:, None]), g[:, None] * (q - p)

    return kl, backward


def entropy(p):
    return -xlogy(p, p).sum(), lambda g: -g * (np.log(p) + 1)


def info_nce(a, b, tau=0.07):
    """Symmetric, of normalised embeddings."""
    na, nb = np.linalg.norm(a, axis=1, keepdims=True), np.linalg.norm(b, axis=1, keepdims=True)
    u, v = a / na, b / nb
    S = u @ v.T / tau
    n = len(a)
    P = np.exp(S) / np.exp(S).sum(1, keepdims=True)
    Q = np.exp(S) / np.exp(S).sum(0, keepdims=True)
    d = np.arange(n)
    loss = -(np.log(P[d, d]) + np.log(Q[d, d])).sum() / (2 * n)

    def backward(g):
        dS = g * (P + Q - 2 * np.eye(n)) / (2 * n)
        du, dv = dS @ v / tau, dS.T @ u / tau
        return (du - u * (du * u).sum(1, keepdims=True)) / na, (dv - v * (dv * v).sum(1, keepdims=True)) / nb

    return loss, backward


def case_lse_one_hot():
    return lse_one_hot, [normal((5, 4)), _one_hot(LABELS, 4)], {"wrt": ["z"]}


def case_lse_soft_targets():
    return lse_soft_targets, [normal((5, 4)), _soft(5, 4)]


def case_dpo():
    return dpo, normal((4,), (4,), (4,), (4,))


def case_dpo_from_logits():
    return dpo_from_logits, [*normal((5, 4), (5, 4)), LABELS, LABELS[::-1].copy()]


def case_kl_divergence():
    return kl_divergence, normal((3, 4), (3, 4))


def case_entropy():
    return entropy, [_soft(6)]


def case_info_nce():
    return info_nce, normal((4, 3), (4, 3))


def _labelled(op):
    return lambda: (op, [normal((5, 4)), LABELS])


globals().update({f"case_{op.__name__}": _labelled(op) for op in (cross_entropy, cross_entropy_clipped, label_smoothing, focal)})
MISTAKES = [
    ("lse_one_hot", "- T) / len(z)", "- T)", "dz"),
    ("lse_soft_targets", " * t.sum(-1, keepdims=True) - t", " - t", "dz"),
    ("cross_entropy", "-= 1\n", "-= N\n", "dlogits"),
    ("cross_entropy_clipped", "np.sum(dp * p, axis=1", "np.sum(dp * p, axis=0", "dlogits"),
    ("label_smoothing", "softmax(z, axis=1) - t", "softmax(z, axis=1) - _one_hot(y, K)", "dz"),
    ("focal", "(gamma - 1) * np.log(pt)", "(gamma - 1)", "dz"),
    ("dpo", "expit(-h)", "expit(h)", "dpolicy_w"),
    ("dpo_from_logits", "np.exp(lp) * dlp.sum(axis=-1, keepdims=True)", "np.exp(lp) * dlp", "dz"),
    ("kl_divergence", "- kl[:, None]", "", "dzp"),
    ("entropy", "np.log(p) + 1", "np.log(p)", "dp"),
    ("info_nce", "P + Q - 2", "P + Q - 1", "da"),
]
