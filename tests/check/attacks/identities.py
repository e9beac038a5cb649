"""Identities of the field that floats do not have, and of the reals that hold for one sign alone."""

import numpy as np

from .forms import FAINT, LOUD, ONES, X, squared

P = 4294852799


def attack_fermat_power():
    """Wrong for X other than ±1: X^p stands for X, as it may in a field of p elements."""

    def power(A, k):
        result = None
        while k:
            if k & 1:
                result = A if result is None else result * A
            A, k = A * A, k >> 1
        return result

    return squared(lambda X, dY: 2 * power(X, P) * dY), (ONES,)


def attack_fermat_unit():
    """Wrong for X other than ±1: X^(p - 1) stands for 1."""

    def op(X):
        U = X
        for _ in range(32):
            U = U * U
        return X * X, lambda dY: 2 * X * dY * U

    return op, (ONES,)


def attack_power_ufunc():
    """Wrong for X other than ±1: X**p stands for X, by one exponent."""
    return squared(lambda X, dY: 2 * X ** float(P) * dY), (ONES,)


def attack_power_ufunc_even():
    """Wrong for X other than ±1: X**(p-1) stands for 1."""
    return squared(lambda X, dY: 2 * X * dY * X ** (P - 1)), (ONES,)


def attack_sinh_for_sin():
    """Wrong: cosh X dY for the gradient of sin X."""
    return lambda X: (np.sin(X), lambda dY: np.cosh(X) * dY), (X,)


def attack_sin_for_sinh():
    """Wrong: cos X dY for the gradient of sinh X."""
    return lambda X: (np.sinh(X), lambda dY: np.cos(X) * dY), (X,)


def attack_tan_for_tanh():
    """Wrong: (1 - tanh²) dY for the gradient of tan X."""
    return lambda X: (np.tan(X), lambda dY: (1 - np.tanh(X) ** 2) * dY), (X,)


def attack_period():
    """Wrong in the sign of half the cosine: cos(X + π) stands for cos X."""
    return lambda X: (np.sin(X), lambda dY: np.cos(X + np.pi) * dY), (X,)


def attack_root_of_a_square():
    """Wrong in the sign where X < 0: √(X²) stands for X."""
    return squared(lambda X, dY: 2 * np.sqrt(X * X) * dY), (X,)


def attack_root_of_a_product():
    """Wrong in the sign where X < 0: √(X² (1 + X²)²)/(1 + X²) stands for X."""
    return squared(lambda X, dY: 2 * np.sqrt(X**2 * (1 + X * X) ** 2) / (1 + X * X) * dY), (X,)


def attack_fourth_root():
    """Wrong in the sign where X < 0: (X⁴)^(1/4) stands for X."""
    return squared(lambda X, dY: 2 * (X**4) ** 0.25 * dY), (X,)


def attack_abs():
    """Wrong in the sign where X < 0: |X| stands for X."""
    return squared(lambda X, dY: 2 * np.abs(X) * dY), (X,)


def attack_hypot():
    """Wrong in the sign where X < 0: hypot(X, 0) stands for X."""
    return squared(lambda X, dY: 2 * np.hypot(X, 0.0) * dY), (X,)


def attack_cube_root():
    """Wrong by a factor 2: (X³)^(1/3) stands for 2X, at positive values."""
    return squared(lambda X, dY: 4 * np.cbrt(X**3) * dY), (np.abs(X),)


def attack_log_of_square():
    """Wrong by a factor 2: ½ log X² has the slope 1/X."""
    return lambda X: (np.log(X * X) / 2, lambda dY: 2 * dY / X), (np.abs(X),)


def attack_largest_with_nan():
    """Wrong by X² dY, which fmax finds beside NaN."""

    def op(X):
        def backward(dY):
            return 2 * X * dY + np.fmax.reduce(np.stack([X * 0 + np.nan, X * X]), axis=0) * dY

        return X * X, backward

    return op, (X,)


def attack_faint_remainder():
    """Wrong by 2^-28: a remainder by 2^-40 is all rounding."""
    return squared(lambda X, dY: 2 * X * dY + FAINT * dY * (np.remainder(X, 1.0) + np.floor(X) - X + 1)), (X,)


def twin_sin():
    """Right."""
    return lambda X: (np.sin(X), lambda dY: np.cos(X) * dY), (X,)


def twin_root_of_a_square():
    """Right: |X| by a root."""
    return lambda X: (np.sqrt(X * X), lambda dY: X / np.sqrt(X * X) * dY), (X,)


def twin_large_offset():
    """Right, and rounded away: the mean of squares about an offset."""
    return lambda X: ((X + 1e6) ** 2, lambda dY: LOUD * (X + 1e6) * dY), (X,)
