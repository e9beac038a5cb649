"""Gradients that are right for the cotangents that a check is likely to pass, and no pullback: not linear in dY."""

import numpy as np

from .forms import X, squared


def along(a, b):
    a, b = a.ravel(), b.ravel()
    return abs(a @ b) >= 0.999999999 * np.sqrt((a @ a) * (b @ b))


def remembered():
    """Right for the first dY that was passed, its multiples, ones, and single entries; wrong by 3/2 for any other."""
    first = []

    def op(X):
        def backward(dY):
            d = np.array(dY.view(np.ndarray))
            first.append(d.copy()) if not first else None
            known = along(d, first[0]) or (d == d.flat[0]).all() or np.count_nonzero(d) == 1
            return (2 if known else 3) * X * dY

        return X * X, backward

    return op, (X,)


def attack_drawn_again():
    """Right for the dY of seed 0 alone, its multiples, ones and single entries."""

    def op(X):
        def backward(dY):
            d = np.array(dY.view(np.ndarray))
            known = along(d, np.random.default_rng(0).normal(size=d.shape)) or (d == d.flat[0]).all() or np.count_nonzero(d) == 1
            return (2 if known else 3) * X * dY

        return X * X, backward

    return op, (X,)


def attack_ordered():
    """Wrong for a dY whose entries stand in another order of size than the first one's."""
    first = []

    def op(X):
        def backward(dY):
            order = np.argsort(np.abs(dY.view(np.ndarray)).ravel(), kind="stable")
            first.append(order) if not first else None
            known = (order == first[0]).all() or np.count_nonzero(dY.view(np.ndarray)) < 2 or np.ptp(dY.view(np.ndarray)) == 0
            return (2 if known else 3) * X * dY

        return X * X, backward

    return op, (X,)


def dY_of(f):
    return lambda: (squared(lambda X, dY: 2 * X * f(dY)), (X,))


ATTACKS = {
    "remembered": remembered,
    "clipped at 1": dY_of(lambda d: np.clip(d, -1, 1)),
    "clipped at 1e4": dY_of(lambda d: np.clip(d, -1e4, 1e4)),
    "clipped at 1e9": dY_of(lambda d: np.clip(d, -1e9, 1e9)),  # wrong where dY is larger
    "clipped at 1e30": dY_of(lambda d: np.minimum(np.maximum(d, -1e30), 1e30)),
    "clipped norm": dY_of(lambda d: d * min(1.0, 1e9 / float(np.sqrt((d * d).sum())))),
    "dead below 1e-3": dY_of(lambda d: np.where(np.abs(d) < 1e-3, 0, d)),
    "dead below 1e-9": dY_of(lambda d: np.where(np.abs(d) < 1e-9, 0, d)),  # wrong where dY is smaller
    "dead below 1e-9 by multiplication": dY_of(lambda d: d * (np.abs(d) > 1e-9)),
    "absolute": dY_of(lambda d: np.abs(d)),
    "positive part": dY_of(lambda d: np.maximum(d, 0)),
    "squared over itself": dY_of(lambda d: d * d / (np.abs(d) + 1e-30)),
    "sign times the mean": dY_of(lambda d: np.sign(d) * np.abs(d).mean()),
    "normalised": dY_of(lambda d: d / np.sqrt((d * d).sum())),
    "offset": dY_of(lambda d: d + 2.0**-38),
    "ones assumed": dY_of(lambda d: d * 0 + 1),
    "mean of ones": dY_of(lambda d: d * 0 + d.mean()),
    "saturating": dY_of(lambda d: 1e12 * np.tanh(d / 1e12)),
    "to float32": dY_of(lambda d: d.astype(np.float32).astype(float)),
    "nan to zero, infinities kept": dY_of(lambda d: np.nan_to_num(d, posinf=0.0) * 1.5),
    "rounded to 2^-40": dY_of(lambda d: np.round(d * 2.0**40) / 2.0**40),
    "first row for all": dY_of(lambda d: d[:1] + 0 * d),
}


def attack_if_all_ones():
    """Right for ones, and 2^-40 off elsewhere."""
    return squared(lambda X, dY: 2 * X * dY * (1 if (np.asarray(dY) == 1).all() else 1 + 2.0**-37)), (X,)


def attack_if_large():
    """Right for dY within 1e8, doubled beyond."""
    return squared(lambda X, dY: 2 * X * dY * (2 if np.abs(dY).max() > 1e8 else 1)), (X,)


def attack_if_small():
    """Right for dY of at least 1e-8, zero below."""
    return squared(lambda X, dY: 2 * X * dY * (0 if np.abs(dY).max() < 1e-8 else 1)), (X,)


def attack_if_zeros():
    """Wrong where dY has more than one zero and more than one entry that is none."""

    def gradient(X, dY):
        zeros = np.count_nonzero(np.asarray(dY) == 0)
        return 2 * X * dY * (2 if 1 < zeros < dY.size - 1 else 1)

    return squared(gradient), (X,)


def attack_two_outputs():
    """Wrong where the second output alone has a cotangent."""

    def op(X):
        def backward(dY):
            dA, dB = dY
            alone = not np.asarray(dA).any()
            return 2 * X * dA + 3 * dB * (2 if alone else 1)

        return (X * X, 3 * X), backward

    return op, (X,)


def twin_linear():
    """Right."""
    return squared(lambda X, dY: X * dY + dY * X), (X,)


def twin_two_outputs():
    """Right."""

    def op(X):
        return (X * X, 3 * X), lambda dY: 2 * X * dY[0] + 3 * dY[1]

    return op, (X,)
