"""What differs from one kind of numbers to another: literals, roots of them, determinants and inverses."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Protocol

import numpy as np

Array = Any
SINGULAR = 1e8


class Undefined(Exception):
    """A formula has no value here: a singular matrix, a logarithm of zero. Another point is drawn."""


class Numbers(Protocol):
    """What differs from one kind of numbers to another: literals, and what is not made of sums and products alone."""

    exact: bool

    def number(self, value: Fraction) -> Array:
        """A rational number, (1, 1)."""

    def constant(self, value: float) -> Array:
        """A number that is none, (1, 1): π, √(2π)."""

    def root(self, value: Fraction) -> Array:
        """The root of a rational number, (1, 1)."""

    def det(self, x: Array) -> Array:
        """Determinants of a stack of matrices, as a stack of (1, 1)."""

    def inverse(self, x: Array) -> Array:
        """Inverses of a stack of matrices."""


class Floats:
    """float64 and complex128, which NumPy mixes itself; or longer ones, to see what rounding does."""

    exact = False

    def __init__(self, long: bool = False) -> None:
        self.long = long

    def number(self, value: Fraction) -> Array:
        """A rational number."""
        if not self.long:
            return np.full((1, 1), float(value))
        return np.full((1, 1), np.longdouble(value.numerator) / np.longdouble(value.denominator))

    def constant(self, value: float) -> Array:
        """Any number."""
        return np.full((1, 1), value)

    def root(self, value: Fraction) -> Array:
        """The root of a rational number."""
        return np.sqrt(self.number(value))

    def det(self, x: Array) -> Array:
        """By LAPACK, which has no long floats."""
        return np.linalg.det(x)[..., None, None] if not self.long else characteristic(x)[1] * (-1) ** x.shape[-1]

    def inverse(self, x: Array) -> Array:
        """By LAPACK; a matrix close to a singular one has none."""
        if self.long:
            matrix, last = characteristic(x)
            return -matrix / last
        try:
            y = np.linalg.inv(x)
        except np.linalg.LinAlgError as error:
            raise Undefined("a singular matrix") from error
        if not np.abs(x).max() * np.abs(y).max() < SINGULAR:
            raise Undefined("a matrix close to a singular one")
        return y


def characteristic(x: Array) -> tuple[Array, Array]:
    """Faddeev and LeVerrier's recursion, of sums and products alone: M and c with x M = −c I, c = ± det x."""
    eye = np.eye(x.shape[-1])
    matrix = eye
    for k in range(1, x.shape[-1] + 1):
        product = x @ matrix if k > 1 else x
        last = np.diagonal(product, axis1=-2, axis2=-1).sum(-1)[..., None, None] / -k
        if k < x.shape[-1]:
            matrix = product + last * eye
    return matrix, last
