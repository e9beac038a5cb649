"""Numbers of a hundred digits, for what float64 cannot tell apart: slow, and asked only where floats have said "equal".

NumPy goes through an array of them entry by entry, by Python's operators and by methods of the names of its functions.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Context, Decimal
from fractions import Fraction
from typing import Any

import numpy as np

from ..exact.reading import read
from .literals import Array, Undefined, characteristic

DIGITS = 100
WRITTEN_OUT = 15  # digits, or more, of a literal: a number that has no end, rounded
HALVINGS = 12
FLAT = 17  # beyond it erf is ±1 to all digits
CONTEXT = Context(prec=DIGITS + 25)  # those that series and doublings lose
TINY = Decimal(10) ** -(DIGITS + 25)


def series(first: Decimal, z: Decimal, ratio: Callable[[int], tuple[int, int]]) -> Decimal:
    """The sum of terms, the k-th being the one before it times z and a ratio of integers, until they are too small to count."""
    total, term, k = first, first, 0
    while abs(term) > TINY * abs(total):
        k += 1
        numerator, denominator = ratio(k)
        term = CONTEXT.divide(CONTEXT.multiply(CONTEXT.multiply(term, z), numerator), denominator)
        total = CONTEXT.add(total, term)
    return total


class Long:
    """A real number of a hundred digits and more."""

    def __init__(self, value: Decimal | float | Fraction) -> None:
        if isinstance(value, Fraction):
            value = CONTEXT.divide(Decimal(value.numerator), Decimal(value.denominator))
        self.value = Decimal(value)

    def __repr__(self) -> str:
        return f"Long({self.value})"

    def __float__(self) -> float:
        return float(self.value)

    # --- arithmetic and order

    def __neg__(self) -> Long:
        return Long(CONTEXT.minus(self.value))

    def __abs__(self) -> Long:
        return Long(CONTEXT.abs(self.value))

    def __add__(self, other: Any) -> Long:
        return Long(CONTEXT.add(self.value, _decimal(other)))

    def __sub__(self, other: Any) -> Long:
        return Long(CONTEXT.subtract(self.value, _decimal(other)))

    def __mul__(self, other: Any) -> Long:
        return Long(CONTEXT.multiply(self.value, _decimal(other)))

    def __truediv__(self, other: Any) -> Long:
        return Long(CONTEXT.divide(self.value, _decimal(other)))

    def __pow__(self, other: Any) -> Long:
        return Long(CONTEXT.power(self.value, _decimal(other)))

    __radd__, __rmul__ = __add__, __mul__

    def __rsub__(self, other: Any) -> Long:
        return Long(other) - self

    def __rtruediv__(self, other: Any) -> Long:
        return Long(other) / self

    def __eq__(self, other: object) -> bool:
        return self.value == _decimal(other)

    def __lt__(self, other: Any) -> bool:
        return self.value < _decimal(other)

    def __le__(self, other: Any) -> bool:
        return self.value <= _decimal(other)

    def __gt__(self, other: Any) -> bool:
        return self.value > _decimal(other)

    def __ge__(self, other: Any) -> bool:
        return self.value >= _decimal(other)

    __hash__ = None  # type: ignore[assignment]

    # --- NumPy's functions

    def sqrt(self) -> Long:
        """√x."""
        return Long(CONTEXT.sqrt(self.value))

    def exp(self) -> Long:
        """e^x."""
        return Long(CONTEXT.exp(self.value))

    def log(self) -> Long:
        """ln x."""
        return Long(CONTEXT.ln(self.value))

    def log1p(self) -> Long:
        """ln (1 + x)."""
        return (self + 1).log()

    def expm1(self) -> Long:
        """e^x − 1."""
        return self.exp() - 1

    def sinh(self) -> Long:
        """(e^x − e^−x)/2."""
        return (self.exp() - (-self).exp()) / 2

    def cosh(self) -> Long:
        """(e^x + e^−x)/2."""
        return (self.exp() + (-self).exp()) / 2

    def tanh(self) -> Long:
        """sinh x/cosh x."""
        return self.sinh() / self.cosh()

    def cos(self) -> Long:
        """Of the angle less whole turns, halved again and again: 1 − cos 2a = 4 (1 − cos a) − 2 (1 − cos a)²."""
        x = (self - 2 * PI * round(float(self / (2 * PI)))) / (1 << HALVINGS)
        square = x * x
        versine = Long(series((square / 2).value, (-square).value, lambda k: (1, (2 * k + 1) * (2 * k + 2))))
        for _ in range(HALVINGS):
            versine = 4 * versine - 2 * versine * versine
        return 1 - versine

    def sin(self) -> Long:
        """cos (x − π/2)."""
        return (self - PI / 2).cos()

    def tan(self) -> Long:
        """sin x/cos x."""
        return self.sin() / self.cos()

    def arctan(self) -> Long:
        """2 arctan (x/(1 + √(1 + x²))), and so on, then its series."""
        x: Long = self
        for _ in range(HALVINGS):
            x = x / (1 + (1 + x * x).sqrt())
        found = Long(series(x.value, (-x * x).value, lambda k: (2 * k - 1, 2 * k + 1)))
        return found * (1 << HALVINGS)

    def erf(self) -> Long:
        """2/√π e^(−x²) (x + 2x³/3 + 4x⁵/15 + …), of terms of one sign."""
        if abs(self) > FLAT:
            return Long(1) if self > 0 else Long(-1)
        total = Long(series(self.value, (2 * self * self).value, lambda k: (1, 2 * k + 1)))
        return 2 / PI.sqrt() * (-self * self).exp() * total


def _decimal(other: Any) -> Decimal:
    return other.value if isinstance(other, Long) else Decimal(other)


def long(x: Array) -> Array:
    """Floats as the numbers that they are."""
    return np.frompyfunc(Long, 1, 1)(x)


PI = 4 * Long(1).arctan()


class Decimals:
    """Literals of a hundred digits."""

    exact = False
    step = 1e-20

    def finite(self, x: Array) -> bool:
        """What is not finite has raised an ArithmeticError."""
        return True

    def number(self, value: Fraction) -> Array:
        """A rational number; one that is written out to the digits of a float64 is what that means."""
        meant = _meant(float(value)) if WRITTEN_OUT <= digits(value) < DIGITS else None
        return _one(Long(value) if meant is None else meant)

    def constant(self, value: float) -> Array:
        """π and its like; what is not read as one of these is not known to so many digits."""
        if (meant := _meant(value)) is None:
            raise Undefined(f"the constant {value}")
        return _one(meant)

    def root(self, value: Fraction) -> Array:
        """The root of a rational number."""
        return _one(Long(value).sqrt())

    def power(self, x: Array, k: Fraction) -> Array:
        """x^k for each entry."""
        return x ** _one(Long(k))

    def erf(self, x: Array) -> Array:
        """erf of each entry."""
        return np.frompyfunc(Long.erf, 1, 1)(x)

    def det(self, x: Array) -> Array:
        """By sums and products."""
        return characteristic(x)[1] * (-1) ** x.shape[-1]

    def inverse(self, x: Array) -> Array:
        """Cayley and Hamilton's."""
        matrix, last = characteristic(x)
        return -matrix / last


def digits(value: Fraction) -> int:
    """How many significant ones a number takes."""
    return len(Long(value).value.normalize(CONTEXT).as_tuple().digits)


def _meant(value: float) -> Long | None:
    """The number that a float stands for, None where it is not seen to be any but the float."""
    factor, radicand, halves, dyadic, logs = read(value)
    if factor == dyadic and radicand == 1 and halves == logs == 0 and dyadic.denominator != 1:
        return None
    root = Long(radicand).sqrt() * PI.sqrt() ** halves
    return Long(factor) * (root.log() ** logs if logs else root)


def _one(value: Long) -> Array:
    one = np.empty((1, 1), object)
    one[0, 0] = value
    return one
