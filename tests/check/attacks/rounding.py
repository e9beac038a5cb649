"""Casts, roundings and quantisers, whose slope is zero almost everywhere or whose value is not the one that is differentiated."""

import numpy as np

from .forms import WHOLE, X, squared


def straight_through(rounded):
    """Y = X q(X) with the gradient of X X: wrong by a factor 2, q being locally constant."""
    return lambda: (lambda X: (X * rounded(X), lambda dY: 2 * X * dY), (X,))


def of_whole(rounded):
    """Y = q(X) with the gradient dY at whole numbers: wrong, q being constant but for its jumps."""
    return lambda: (lambda X: (rounded(X) * 1.0, lambda dY: dY), (WHOLE,))


def stepped(rounded):
    """Y = X q(X) with q(X) dY: wrong by a factor 2 of what the floats do at any distance that is not tiny."""
    return lambda: (lambda X: (X * rounded(X), lambda dY: rounded(X) * dY), (X,))


ROUNDED = {
    "float32": lambda X: X.astype(np.float32).astype(float),
    "float32 behind": lambda X: X.view(np.ndarray).astype(np.float32).astype(float),
    "float32 of each": lambda X: np.array([[float(np.float32(x)) for x in row] for row in X]),
    "round to 6": lambda X: np.round(X, 6),
    "round method": lambda X: X.round(6),
    "round behind": lambda X: np.round(X.view(np.ndarray), 6),
    "rint": lambda X: np.rint(X * 1e6) / 1e6,
    "floor": lambda X: np.floor(X * 1e7) / 1e7,
    "trunc": lambda X: np.trunc(X * 2**24) / 2**24,
    "int": lambda X: (X * 1e6).astype(int) / 1e6,
    "python int": lambda X: np.array([[int(x * 1e6) / 1e6 for x in row] for row in X]),
    "floor_divide": lambda X: (X // 2.0**-22) * 2.0**-22,
    "remainder": lambda X: X - np.remainder(X, 2.0**-22),
    "fmod": lambda X: X - np.fmod(X, 2.0**-22),
    "digitize": lambda X: np.digitize(X, np.arange(-3, 3, 2.0**-12)) * 2.0**-12 - 3,
    "searchsorted": lambda X: np.searchsorted(np.arange(-3, 3, 2.0**-12), X.ravel()).reshape(X.shape) * 2.0**-12 - 3,
    "format": lambda X: np.array([[float(f"{float(x):.6f}") for x in row] for row in X]),
}
WHOLES = {
    "vectorize, int": np.vectorize(lambda x: x, otypes=[int]),
    "vectorize, first is int": lambda X: np.vectorize(lambda x: x if x > 1 else 1)(X),
    "sum, int": lambda X: np.sum(X.reshape(-1, 1), axis=1, dtype=int),
    "prod, int": lambda X: np.prod(X.reshape(-1, 1), axis=1, dtype=int),
    "astype int": lambda X: X.astype(int),
    "rint": lambda X: np.rint(X),
    "array of ints": lambda X: np.array(X, dtype=int),
    "int buffer": lambda X: _into(np.zeros(4, int), X),
    "int64 of each": lambda X: np.array([np.int64(x) for x in X]),
    "full like int": lambda X: _into(np.full(4, 0), X),
    "zeros_like int": lambda X: _into(np.zeros_like(X, dtype=int), X),
    "add to int": lambda X: np.add(X, 0, dtype=int, casting="unsafe"),
    "floor": lambda X: np.floor(X),
    "trunc": lambda X: np.fix(X),
    "nonzero steps": lambda X: (X[:, None] >= np.arange(1, 9)).sum(1),
    "float32 cumsum": lambda X: np.cumsum(X.reshape(-1, 1) + 2.0**24, axis=1, dtype=np.float32).reshape(-1) - 2.0**24,
}


def _into(buffer, X):
    buffer[...] = X
    return buffer


ATTACKS = {f"{name}, straight through": straight_through(f) for name, f in ROUNDED.items()}
ATTACKS |= {f"{name}, whole": of_whole(f) for name, f in WHOLES.items()}


def attack_float32_gradient():
    """Wrong by float32's rounding: the gradient alone is rounded."""
    return squared(lambda X, dY: (2 * X * dY).astype(np.float32).astype(float)), (X,)


def attack_float32_gradient_behind():
    """Wrong by float32's rounding, behind."""
    return squared(lambda X, dY: 2 * dY * X.view(np.ndarray).astype(np.float32)), (X,)


def attack_float32_cumsum():
    """Wrong by float32's rounding, which a cumulative sum is asked for."""
    return squared(
        lambda X, dY: (
            2 * X * dY
            + 0 * np.cumsum(dY, axis=0, dtype=np.float32)
            + np.cumsum(dY[None] * X, axis=0, dtype=np.float32)[0]
            - X * dY
        )
    ), (X,)


def attack_fixed_point_gradient():
    """Wrong by 2^-40: the gradient is kept to forty bits."""
    return squared(lambda X, dY: np.rint(2 * X * dY * 2**40) / 2**40), (X,)


def attack_ties_split():
    """Wrong: rounding half to even of a number that lies half way."""
    return lambda X: (X * np.rint(X), lambda dY: (np.rint(X) + X) * dY), (WHOLE,)


def twin_step():
    """Right: the sign of X is constant."""
    return lambda X: (X * np.sign(X), lambda dY: np.sign(X) * dY), (X,)


def twin_detached_integer():
    """Right: a whole part is constant."""
    return lambda X: (X * np.floor(X), lambda dY: np.floor(X) * dY), (X,)


def twin_fraction():
    """Right: the fraction of X."""
    return lambda X: ((X - np.floor(X)) ** 2, lambda dY: 2 * (X - np.floor(X)) * dY), (X,)


def twin_cumsum():
    """Right, at whole numbers."""
    return lambda X: (np.cumsum(X), lambda dY: np.cumsum(dY[::-1])[::-1]), (WHOLE,)
