"""What differs from one kind of numbers to another: literals, roots of them, determinants and inverses."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Protocol

import numpy as np
import scipy.special

Array = Any
SINGULAR = 1e8


class Undefined(Exception):
    """A formula has no value here: a singular matrix, a logarithm of zero. Another point is drawn."""


class Undecided(Undefined):
    """A claim has values here, but they do not decide it."""


class Numbers(Protocol):
    """What differs from one kind of numbers to another: literals, and what is not made of sums and products alone."""

    exact: bool
    step: float  # of differences

    def finite(self, x: Array) -> bool:
        """Whether all entries are."""

    def power(self, x: Array, k: Fraction) -> Array:
        """x^k for each entry, of any rational k."""

    def erf(self, x: Array) -> Array:
        """The error function of each entry."""

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
    """float64 and complex128, which NumPy mixes itself."""

    exact = False
    step = 2.0**-9

    def finite(self, x: Array) -> bool:
        """Neither infinite nor NaN."""
        return bool(np.isfinite(x).all())

    def power(self, x: Array, k: Fraction) -> Array:
        """NumPy's."""
        return np.power(x, float(k))

    def erf(self, x: Array) -> Array:
        """SciPy's."""
        return scipy.special.erf(x)

    def number(self, value: Fraction) -> Array:
        """A rational number."""
        return np.full((1, 1), float(value))

    def constant(self, value: float) -> Array:
        """Any number."""
        return np.full((1, 1), value)

    def root(self, value: Fraction) -> Array:
        """The root of a rational number."""
        return np.sqrt(self.number(value))

    def det(self, x: Array) -> Array:
        """By LAPACK."""
        return np.linalg.det(x)[..., None, None]

    def inverse(self, x: Array) -> Array:
        """By LAPACK; a matrix close to a singular one has none."""
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
        last = np.diagonal(product, axis1=-2, axis2=-1).sum(-1, keepdims=True)[..., None] / -k
        if k < x.shape[-1]:
            matrix = product + last * eye
    return matrix, last
