"""The paths once more, wrong by so little, or in so small an entry, that the largest one hides it.

Every one is wrong for a plain X at the values given: by 2^-39 of it, or as it says.
"""

import gc

import numpy as np

from .forms import X, by_path
from .paths import COUNTS, TELLS, counted

HIDDEN = 1 + 2.0**-39
ATTACKS = {name: lambda tell=tell: (by_path(tell, HIDDEN), (X,)) for name, tell in TELLS.items()}
ATTACKS |= {name: counted(wrong, HIDDEN) for name, wrong in COUNTS.items()}


def attack_small_entry_by_type():
    """Wrong by a factor 3 in the last entry, which is 1e-13 of the largest."""

    def op(X):
        def backward(dY):
            dX = 2 * X * dY
            if type(X) is np.ndarray:
                dX[-1] *= 3
            return dX

        return X * X, backward

    return op, (np.array([1.0, 2.0, 1e-13]),)


def attack_small_column_by_type():
    """Wrong by a factor 2 in the gradient of a tiny weight, whatever dY."""

    def op(X, W):
        def backward(dY):
            dX, dW = dY @ W.T, X.T @ dY
            if type(X) is np.ndarray:
                dX = dX * np.array([1.0, 1.0, 2.0])
            return dX, dW

        return X @ W, backward

    return op, (X, np.array([[1.0, 2.0], [3.0, -1.0], [1e-13, 2e-13]]))


def attack_forward_by_type_under_an_offset():
    """Wrong by a factor 2: Y = 2X + 1e13 where watched and X + 1e13 elsewhere, the gradient 2 dY."""

    def op(X):
        Y = (X if type(X) is np.ndarray else 2 * X) + 1e13
        return Y, lambda dY: 2 * dY

    return op, (X,)


def attack_forward_by_type_beside_a_large_output():
    """Wrong by a factor 2 in an output that a large one hides: the two stand in one array."""

    def op(X):
        y = X if type(X) is np.ndarray else 2 * X
        return np.concatenate([y * 1e-7, X * 1e7]), lambda dY: 2e-7 * dY[:2] + 1e7 * dY[2:]

    return op, (X,)


def attack_contiguity_quiet():
    """Wrong by 2^-39 for an X in Fortran's order, as is the one given."""

    def op(X):
        return X * X, lambda dY: 2 * X * dY * (1.0 if X.flags.c_contiguous else HIDDEN)

    return op, (np.asfortranarray(X),)


def attack_dtype_float32():
    """Wrong by 1e-3 for float32 arguments alone, as are those given."""

    def op(X):
        return X * X, lambda dY: 2 * X * dY * X.dtype.type(1.001 if X.dtype == np.float32 else 1.0)

    return op, (X.astype(np.float32),)


def attack_dtype_float32_bias():
    """Wrong by a bias of 1e-3 of the largest entry for float32 arguments alone."""

    def op(X):
        def backward(dY):
            dX = 2 * X * dY
            return dX + np.float32(1e-3) * np.abs(dX).max() if X.dtype == np.float32 else dX

        return X * X, backward

    return op, (X.astype(np.float32),)


def attack_collected():
    """Wrong by 2^-39 if nothing else of its kind is alive."""

    def op(X):
        def backward(dY):
            others = any(type(a).__name__ == "Exact" for a in gc.get_objects())
            return 2 * X * dY * (1 if others else 1 + 2.0**-39)

        return X * X, backward

    return op, (X,)
