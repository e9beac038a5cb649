"""Values, and the two sizes of mistake an attack hides: loud ones are for exact numbers to see, quiet ones slip by tolerances."""

import numpy as np

X = np.array([[0.7, -1.3, 1.9], [-0.4, 1.1, 0.6]])
ONES = np.array([[1.0, -1.0, 1.0], [1.0, 1.0, -1.0]])
WHOLE = np.array([1.0, 2.0, 3.0, 5.0])
LOUD, QUIET = 2.0, 1 + 2.0**-35
FAINT = 2.0**-28


def squared(gradient):
    """Y = X X, whose gradient is 2 X dY, with the gradient(X, dY) given."""

    def op(X):
        return X * X, lambda dY: gradient(X, dY)

    return op


def spoilt(spoil, factor):
    """Y = X X with 2 X dY after `spoil` has written `factor` times its first entry into it, or gives another array."""

    def op(X):
        def backward(dY):
            dX = 2 * X * dY
            other = spoil(dX, factor)
            return dX if other is None else other

        return X * X, backward

    return op


def held_constant(leak, faint):
    """Y = X leak(X) or X leak(1 + 2^-28 X), whose gradient forgets that what was leaked depends on X."""

    def op(X):
        c = leak(1 + FAINT * X if faint else X)
        return X * c, lambda dY: dY * c

    return op


def by_path(watched, factor):
    """Y = X X with 2 X dY where `watched(X, dY)`, and `factor` times that elsewhere, that is where nobody watches."""

    def op(X):
        return X * X, lambda dY: 2 * X * dY if watched(X, dY) else 2 * X * dY * factor

    return op
