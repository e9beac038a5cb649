"""Iterations that end at a value up to rounding, whose gradient is that of the value: right, though no identity of the steps."""

import numpy as np

A = np.array([[1.0, 2.0], [3.0, 5.0]])
P = np.array([0.4, 2.0, 3.5])


def newton(steps):
    """The root of X by Newton's steps, with the gradient of a root."""

    def op(X):
        Y = X * 0 + 1
        for _ in range(steps):
            Y = (Y + X / Y) / 2
        return Y, lambda dY: dY / (2 * Y)

    return lambda: (op, (P,))


def attack_newton_not_at_its_end():
    """Wrong by 1e-9: steps too few."""
    return newton(4)()


def attack_series_too_short():
    """Wrong by the last term, 1e-11."""
    return series(13)


def series(terms):
    """exp X by its series, with itself for its slope."""

    def op(X):
        Y = term = X * 0 + 1
        for k in range(1, terms):
            term = term * X / k
            Y = Y + term
        return Y, lambda dY: dY * Y

    return op, (np.array([0.4, 0.5, -0.6]),)


def twin_series():
    """Right: no term is missing that floats would show."""
    return series(25)


twin_newton = newton(12)


def twin_newton_inverse():
    """Right: an inverse by Newton and Schulz."""

    def op(A):
        Z = A.T / (A * A).sum()
        for _ in range(40):
            Z = 2 * Z - Z @ A @ Z
        return Z, lambda dY: -Z.T @ dY @ Z.T

    return op, (A,)


def twin_fixed_point():
    """Right: the gradient of a fixed point by the implicit function theorem."""

    def op(X):
        Y = X * 0
        for _ in range(60):
            Y = X + Y * Y / 8
        return Y, lambda dY: dY / (1 - Y / 4)

    return op, (P / 4,)


def twin_geometric_series():
    """Right: the sum of all powers of a small matrix."""

    def op(A):
        S = power = np.eye(2)
        for _ in range(80):
            power = power @ A
            S = S + power
        return S, lambda dY: S.T @ dY @ S.T

    return op, (A / 16,)
