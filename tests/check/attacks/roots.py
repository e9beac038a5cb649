"""Roots with the sign that they do not have: √z² is z at one point of the field in two, and −z at the other.

Every one is wrong by 2^-38 of what it says, which floats do not notice, in one entry alone, which few points do not.
"""

import numpy as np

HIDDEN = 2.0**-38
P, Q = np.array([0.7]), np.array([0.4])


def beside(zero, *more):
    """Y = X X; to the gradient is added 2^-38 of what is zero for the other sign of a root."""

    def op(X, *others):
        return X * X, lambda dY: 2 * X * dY + HIDDEN * zero(X, *others) * dY

    return lambda: (op, (P, *more), {"wrt": [0]})


ATTACKS = {
    "of the square of a sum": beside(lambda X: np.sqrt((1 + X) ** 2) + 1 + X),
    "of the square of a difference": beside(lambda X, Y: np.sqrt((X - Y) ** 2) + (X - Y), Q),
    "hypot": beside(lambda X: np.hypot(1 + X, 0.0) + 1 + X),
    "a norm": beside(lambda X: np.linalg.norm(1 + X) + 1 + X),
    "a deviation": beside(lambda X: np.std(np.stack([1 + X, 3 + 3 * X])) + 1 + X),
    "a fourth root": beside(lambda X: ((1 + X) ** 4) ** 0.25 + 1 + X),
    "a fourth power": beside(lambda X: ((1 + X) ** 0.25) ** 4 + 1 + X),
    "a quarter and a quarter": beside(lambda X: (1 + X) ** 0.25 * (1 + X) ** 0.25 + (1 + X) ** 0.5),
    "by a logarithm": beside(lambda X: np.exp(0.5 * np.log((1 + X) ** 2)) + 1 + X),
    "by a logarithm to base 2": beside(lambda X: np.exp2(0.5 * np.log2((1 + X) ** 2)) + 1 + X),
    "of a sum of exponentials": beside(lambda X: np.exp(np.logaddexp(X, 2 * X) / 2) + np.sqrt(np.exp(X) + np.exp(2 * X))),
    "of a product": beside(lambda X: np.sqrt(1 + X) * np.sqrt(2 + X) + np.sqrt((1 + X) * (2 + X))),
    "of a quotient": beside(lambda X: np.sqrt((1 + X) / (2 + X)) + np.sqrt(1 + X) / np.sqrt(2 + X)),
    "of an inverse": beside(lambda X: np.sqrt(1 / (1 + X)) + 1 / np.sqrt(1 + X)),
    "two of squares": beside(lambda X: np.sqrt((1 + X) ** 2) * np.sqrt((2 + X) ** 2) + (1 + X) * (2 + X)),
    "by an exponent that moves": beside(lambda X, B: ((1 + X) ** 2) ** B + (1 + X) ** (2 * B), Q),
    "twice by an exponent that moves": beside(lambda X, B: (1 + X) ** B * (1 + X) ** B + (1 + X) ** (2 * B), Q),
    "under an arcsine": lambda: (
        lambda X: (
            X * X + HIDDEN * np.arcsin(X),
            lambda dY: (2 * X - HIDDEN * np.sqrt((1 + X) ** 2) / ((1 + X) * np.sqrt(1 - X * X))) * dY,
        ),
        (Q,),
    ),
}
TWINS = {
    "of a product": lambda: (
        lambda X, Y: (np.sqrt(X * Y), lambda d: (d * np.sqrt(Y) / np.sqrt(X) / 2, d * np.sqrt(X) / np.sqrt(Y) / 2)),
        (P, Q),
    ),
    "of the square of a sum": lambda: (lambda X: (np.sqrt((1 + X) ** 2), lambda dY: dY * (1 + X) / np.sqrt((1 + X) ** 2)), (P,)),
    "of the square of a sum, by its sign": lambda: (lambda X: (np.sqrt((1 + X) ** 2), lambda dY: dY * np.sign(1 + X)), (P,)),
}
