"""Losses of scores and numbers: binary, squared, margins, quantiles, likelihoods, policies."""

import numpy as np
from scipy.special import expit

from tests.check.layers.values import normal

LABELS = np.array([2, 0, 1, 1, 3])


def bce_with_logits(z, t):
    loss = np.maximum(z, 0) - z * t + np.log1p(np.exp(-np.abs(z)))
    return loss.mean(), lambda g: g * (expit(z) - t) / z.size


def bce_from_probabilities(z, t):
    p = 1 / (1 + np.exp(-z))
    loss = -np.sum(t * np.log(p) + (1 - t) * np.log(1 - p))
    return loss, lambda g: g * (p - t)


def mse(a, b):
    return ((a - b) ** 2).mean(), lambda g: (2 * g * (a - b) / a.size, -2 * g * (a - b) / a.size)


def huber(pred, target, delta=1.0):
    r = pred - target
    small = np.abs(r) <= delta
    loss = np.where(small, 0.5 * r**2, delta * (np.abs(r) - 0.5 * delta)).sum()
    return loss, lambda g: (g * np.where(small, r, delta * np.sign(r)), -g * np.clip(r, -delta, delta))


def hinge_multiclass(scores, y):
    """With loops, as in the first week of the course."""
    n, k = scores.shape
    loss, d = 0.0, np.zeros_like(scores)
    for i in range(n):
        for j in range(k):
            if j == y[i]:
                continue
            margin = scores[i, j] - scores[i, y[i]] + 1
            if margin > 0:
                loss += margin
                d[i, j] += 1
                d[i, y[i]] -= 1
    return loss / n, lambda g: g * d / n


def hinge_squared(w, X, t):
    m = np.maximum(0, 1 - t * (X @ w))
    return 0.5 * w @ w + np.sum(m**2), lambda g: g * (w - 2 * X.T @ (m * t))


def kl_gaussian(mu, logvar):
    kl = -0.5 * np.sum(1 + logvar - mu**2 - np.exp(logvar), axis=1)
    return kl, lambda g: (g[:, None] * mu, 0.5 * g[:, None] * (np.exp(logvar) - 1))


def triplet(a, p, n, margin=1.0):
    dp, dn = np.sqrt(((a - p) ** 2).sum(1)), np.sqrt(((a - n) ** 2).sum(1))
    viol = np.maximum(dp - dn + margin, 0)

    def backward(g):
        on = (viol > 0)[:, None] * g / len(a)
        gp, gn = on * (a - p) / dp[:, None], on * (a - n) / dn[:, None]
        return gp - gn, -gp, gn

    return viol.mean(), backward


def quantile(q, y, tau=0.9):
    e = y - q
    return np.maximum(tau * e, (tau - 1) * e).sum(), lambda g: g * np.where(e > 0, -tau, 1 - tau)


def log_cosh(a, b):
    return np.log(np.cosh(a - b)).sum(), lambda g: (g * np.tanh(a - b), -g * np.tanh(a - b))


def poisson_nll(eta, y):
    return np.mean(np.exp(eta) - y * eta), lambda g: g * (np.exp(eta) - y) / eta.size


def gaussian_nll(mu, log_s, y):
    r = (y - mu) * np.exp(-log_s)
    loss = (0.5 * r**2 + log_s + 0.5 * np.log(2 * np.pi)).sum()
    return loss, lambda g: (-g * r * np.exp(-log_s), g * (1 - r**2), g * r * np.exp(-log_s))


def dice(z, t):
    p = expit(z)
    inter, union = (p * t).sum(), p.sum() + t.sum()
    return 1 - 2 * inter / union, lambda g: -2 * g * (t * union - inter) / union**2 * p * (1 - p)


def ppo_clip(logp, old, adv, eps=0.2):
    r = np.exp(logp - old)
    a, b = r * adv, np.clip(r, 1 - eps, 1 + eps) * adv
    inside = (r > 1 - eps) & (r < 1 + eps)
    use = (a <= b) | inside
    return -np.minimum(a, b).mean(), lambda g: -g * np.where(use, r * adv, 0) / r.size


def case_huber():
    return huber, [*(2 * x for x in normal((6,), (6,)))]


def case_hinge_squared():
    return hinge_squared, [*normal((3,), (6, 3)), np.array([1, -1, 1, 1, -1, -1])], {"wrt": ["w"]}


def case_kl_gaussian():
    return kl_gaussian, normal((3, 4), (3, 4))


def case_triplet():
    return triplet, normal((4, 3), (4, 3), (4, 3))


def case_quantile():
    return quantile, normal((6,), (6,)), {"wrt": ["q"]}


def case_log_cosh():
    return log_cosh, normal((6,), (6,))


def case_mse():
    return mse, normal((3, 2), (3, 2))


def case_poisson_nll():
    return poisson_nll, [normal((6,)), np.array([0, 1, 3, 2, 0, 5])]


def case_gaussian_nll():
    return gaussian_nll, normal((6,), (6,), (6,))


def case_ppo_clip():
    return ppo_clip, [*(0.3 * x for x in normal((6,), (6,))), normal((6,), seed=2)], {"wrt": ["logp"]}


def _with_bits(op):
    return lambda: (op, [normal((5,)), np.array([1, 0, 1, 1, 0])])


globals().update({f"case_{op.__name__}": _with_bits(op) for op in (bce_with_logits, bce_from_probabilities, dice)})


def case_hinge_multiclass():
    return hinge_multiclass, [normal((5, 4)), LABELS]


MISTAKES = [
    ("bce_with_logits", "/ z.size", "/ len(np.shape(z))", "dz"),
    ("bce_from_probabilities", "g * (p - t)", "g * (p - t) * p", "dz"),
    ("mse", "-2 * g", "2 * g", "db"),
    ("huber", "delta * np.sign(r))", "delta)", "dpred"),
    ("hinge_multiclass", "d[i, y[i]] -= 1", "d[i, y[i]] = -1", "dscores"),
    ("hinge_squared", "2 * X.T", "X.T", "dw"),
    ("kl_gaussian", "(np.exp(logvar) - 1)", "np.exp(logvar)", "dlogvar"),
    ("triplet", "return gp - gn, -gp, gn", "return gp + gn, -gp, gn", "da"),
    ("quantile", "-tau, 1 - tau", "-tau, tau", "dq"),
    ("log_cosh", "-g * np.tanh", "g * np.tanh", "db"),
    ("poisson_nll", "(np.exp(eta) - y) / eta.size", "(np.exp(eta) - 1) / eta.size", "deta"),
    ("gaussian_nll", "g * (1 - r**2)", "g * (1 - r)", "dlog_s"),
    ("dice", "t * union - inter", "t * union - 2 * inter", "dz"),
    ("ppo_clip", "np.where(use, r * adv, 0)", "r * adv", "dlogp"),
]
