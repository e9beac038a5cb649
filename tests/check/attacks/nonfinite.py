"""Infinities, NaN and huge values. Each is wrong at the values given, as its comment says."""

import numpy as np

from .forms import FAINT, X, squared

NAN, INF = np.nan, np.inf
HIDING = {
    "nan_to_num": lambda A: np.nan_to_num(A * NAN, nan=0.5),
    "nan_to_num of inf": lambda A: np.nan_to_num(A * INF, posinf=0.5, neginf=-0.5),
    "where": lambda A: np.where(np.isnan(A * NAN), A, 0 * A),
    "fmax": lambda A: np.fmax(A * NAN, A),
    "fmin": lambda A: np.fmin(A, A * NAN),
    "fmax.reduce": lambda A: np.fmax.reduce(np.stack([A, A * NAN])),
    "fmax.reduce, NaN first": lambda A: np.fmax.reduce(np.stack([A * NAN, A])),
    "fmin.reduce, NaN first": lambda A: np.fmin.reduce(np.stack([A * NAN, A])),
    "fmax.accumulate": lambda A: np.fmax.accumulate(np.stack([A * NAN, A]))[-1],
    "nanmax": lambda A: np.nanmax(np.stack([A * NAN, A]), axis=0),
    "nansum": lambda A: np.nansum(np.stack([A * NAN, A]), axis=0),
    "nanmean": lambda A: np.nanmean(np.stack([A * NAN, A]), axis=0),
    "minimum with inf": lambda A: np.minimum(A * 0 + INF, A),
    "1/(1/A)": lambda A: 1 / (1 / A + 1 / (A * INF)),
    "over inf": lambda A: A + A / INF,
    "exp(-inf)": lambda A: A * (1 + np.exp(-np.abs(A) * INF)),
    "tanh of inf": lambda A: A * np.tanh(np.abs(A) * INF),
    "power of inf": lambda A: A * (np.abs(A) * INF) ** 0.0,
    "logaddexp with -inf": lambda A: np.logaddexp(A, A * 0 - INF),
    "clip by inf": lambda A: np.clip(A, -INF, INF),
    "copysign": lambda A: np.copysign(A, A * INF),
    "hypot with inf": lambda A: A * (1 / np.hypot(INF, A) + 1),
    "arctan of inf": lambda A: A * np.arctan(np.abs(A) * INF),
    "reciprocal of 0": lambda A: A * (1 + np.reciprocal(np.reciprocal(A * 0))),
    "sum with inf, divided": lambda A: A * (1 + 1 / (A.sum() + INF)),
    "overflow and back": lambda A: A * (1 + 1 / (np.abs(A) * 1e300 * 1e300)),
    "overflowing exp": lambda A: A * (1 + 1 / np.exp(np.abs(A) + 2000)),
    "heaviside": lambda A: A * np.heaviside(A * 0, 1.0),
    "heaviside of itself": lambda A: np.heaviside(A * 0, A),
    "isinf": lambda A: A * np.isinf(A * INF),
    "max with -inf": lambda A: np.max(np.stack([A, A * 0 - INF]), axis=0),
    "initial": lambda A: np.max(A[None], axis=0, initial=-INF),
}  # each is A, or near it, in floats
ATTACKS = {
    f"{name}, {size}": lambda f=f, k=k: (squared(lambda X, dY: 2 * X * dY + k * f(X) * dY), (X,))  # wrong by k f(X) dY
    for name, f in HIDING.items()
    for size, k in (("loud", 1.0), ("faint", FAINT))
}
ATTACKS |= {
    f"{name}, in the forward pass": lambda f=f: (lambda X: (3 * X + f(X), lambda dY: 3 * dY), (X,))  # wrong by f's slope
    for name, f in HIDING.items()
    if not name.startswith(("isinf", "nan_to_num", "heaviside"))
}


def attack_masked_softmax():
    """Wrong: the row sum forgets the entries that -inf hides, which here are none of them zero."""

    def op(X):
        S = np.where(np.eye(2, 3, dtype=bool), -INF, X)
        e = np.exp(S - S.max(-1, keepdims=True))
        P = e / e.sum(-1, keepdims=True)
        return P, lambda dY: P * (dY - (dY * P).sum(-1, keepdims=True)) + FAINT * P * P

    return op, (X,)


def attack_huge_only():
    """Wrong by a factor 2 beyond 1e100, where one of the values lies."""

    def op(X):
        return X * 2, lambda dY: 2 * dY * np.where(np.abs(X) > 1e100, 2, 1)

    return op, (np.array([1.0, 1e120, -3.0]),)


def attack_tiny_only():
    """Wrong by a factor 2 below 1e-100, where one of the values lies."""

    def op(X):
        return X * 2, lambda dY: 2 * dY * np.where(np.abs(X) < 1e-100, 2, 1)

    return op, (np.array([1.0, 1e-120, -3.0]),)


def attack_subnormal():
    """Wrong by a factor 2 in a subnormal entry."""

    def op(X):
        return X * 2, lambda dY: 2 * dY * np.where(np.abs(X) < 1e-307, 2, 1)

    return op, (np.array([1.0, 5e-320, -3.0]),)


def twin_masked_softmax():
    """Right."""

    def op(X):
        S = np.where(np.eye(2, 3, dtype=bool), -INF, X)
        e = np.exp(S - S.max(-1, keepdims=True))
        P = e / e.sum(-1, keepdims=True)
        return P, lambda dY: P * (dY - (dY * P).sum(-1, keepdims=True))

    return op, (X,)


def twin_huge():
    """Right at huge values."""
    return lambda X: (X * 2, lambda dY: 2 * dY), (np.array([1.0, 1e306, -3.0]),)


def twin_overflow():
    """Right, and overflows where dY is scaled."""
    return lambda X: (X * 1e306, lambda dY: 1e306 * dY), (np.array([1.0, -2.0, 5.0]),)


def twin_nan_to_num():
    """Right: NaN where X < 0, and its slope put to zero."""

    def op(X):
        return np.nan_to_num(np.sqrt(X)), lambda dY: np.where(X > 0, dY / (2 * np.sqrt(np.abs(X))), 0)

    return op, (X,)
