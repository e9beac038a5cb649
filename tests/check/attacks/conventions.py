"""Right gradients that may not be called wrong: either slope at a kink is right, and a buffer may be used again."""

import numpy as np

from .caches import shared_output
from .forms import WHOLE


def twin_ties():
    """Right by any convention: relu(X - 1) where X is 1 in places."""
    return lambda X: (np.maximum(X - 1, 0), lambda dY: dY * (X > 1)), (np.array([1.0, 2.0, 3.0, 0.5]),)


def twin_tied_maximum():
    """Right by the convention of argmax, at a tie."""
    return lambda X: (X.max(), lambda dY: dY * (np.arange(4) == X.argmax())), (np.array([1.0, 2.0, 2.0, 0.5]),)


def twin_clip():
    """Right by the convention that an end is outside, at an end."""
    return lambda X: (np.clip(X, 1, 3), lambda dY: dY * (X > 1) * (X < 3)), (WHOLE,)


def twin_shared_output():
    """Right: the output stands in one buffer for all calls."""
    return shared_output(1.0)()


def twin_sign_of_a_tie():
    """Right by the convention that the sign of zero is zero: |X - Y| where two whole numbers are equal."""
    A, B = np.array([[-1.0, -3.0, -1.0], [2.0, -2.0, -3.0]]), np.array([[1.0, -1.0, 1.0], [2.0, 2.0, -1.0]])
    return lambda X, Y: (np.abs(X - Y), lambda dY: (dY * np.sign(X - Y), -dY * np.sign(X - Y))), (A, B), {"seed": 37}


def twin_corner_inside():
    """Right by the convention that relu has slope 0 at 0, which whole weights hit inside."""

    def op(X, W, V):
        H = X @ W
        A = np.maximum(H, 0)

        def backward(dY):
            dH = dY @ V.T * (H > 0)
            return dH @ W.T, X.T @ dH, A.T @ dY

        return A @ V, backward

    X = np.array([[-1.0, 0.0, 2.0], [3.0, -3.0, 1.0]])
    W = np.array([[0.0, -1.0, 2.0], [1.0, -1.0, 3.0], [0.0, 2.0, -3.0]])
    return op, (X, W, np.array([[3.0, 2.0], [0.0, 0.0], [-1.0, -2.0]])), {"seed": 13}


def twin_quotient_at_huge_values():
    """Right where a square of 1e111 stands below: Y is 1e-306, its gradients vanish."""
    A = np.array([[-2.771595451911333e-84, 1.0329104792170478e-85, 3.367222576542867e-84]])
    B = np.array([[2.537992349717776e111, -6.129411133432043e111, 2.423040753810007e111]])
    return lambda X, Y: (X / (Y * Y + 1), lambda d: (d / (Y * Y + 1), -2 * Y * X * d / (Y * Y + 1) ** 2)), (A, B), {"seed": 29}


def twin_no_quotient_by_zero():
    """Right where no zero is met: 1/X, or else zero, which jumps there."""
    return lambda X: (np.where(X != 0, 1 / X, 0), lambda dY: np.where(X != 0, -dY / X**2, 0)), (np.array([-1.0, 2.0, 0.0]),)
