"""Outputs and gradients that are no plain arrays, and show another face to each who looks."""

import numpy as np

from .forms import X


def attack_custom_array_class():
    """Wrong by a factor 2: an array class of the op's own says that all are equal."""

    class Pleased(np.ndarray):
        def __sub__(self, other):
            return np.zeros(self.shape)

        def __array_finalize__(self, other):
            pass

    def op(X):
        return (X * X).view(Pleased), lambda dY: (4 * X * dY).view(Pleased)

    return op, (X,)


def attack_gradient_that_converts_as_it_likes():
    """Wrong by a factor 2 in every reading but the first."""

    class Shy:
        def __init__(self, dX):
            self.dX, self.n = dX, 0

        def __array__(self, dtype=None, copy=None):
            self.n += 1
            return np.array(self.dX * (1 if self.n == 1 else 2))

    return lambda X: (X * X, lambda dY: Shy(4 * X * dY)), (X,)


def attack_masked_gradient():
    """Wrong: a masked array whose mask hides what is wrong."""

    def op(X):
        return X * X, lambda dY: np.ma.masked_array(4 * X * dY, mask=np.ones(X.shape, bool))

    return op, (X,)


def attack_none_at_times():
    """Wrong by a factor 2 in dB, which is None at times."""
    calls = [0]

    def op(A, B):
        def backward(dY):
            calls[0] += 1
            return B * dY, (2 * A * dY if calls[0] % 2 else None)

        return A * B, backward

    return op, (X, X + 1)
