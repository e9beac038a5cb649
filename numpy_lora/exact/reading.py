"""Which number a float constant means, and its residues. It reads values alone, never where they came from.

A float stands for every real that rounds to it. Read is the one its author meant: an integer, the decimal it prints as if
that is short (0.044715, 1e-5), a simple fraction (1/3), a simpler one of either but for a rounding or two (1.35 · 1.35), a
root of one or such a root times a power of √π (1/√8, √(2/π)), the logarithm of one of these or a simple multiple of ln 2 or
ln 10 or of their reciprocals (ln √(2π), 10/ln 10), else the dyadic number it is. So 3 * 0.044715 is three times 0.044715,
which among dyadic numbers it is not.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Context, Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from .primes import square_root
from .residues import Element, Field, Words

EXPONENTIAL = 1 << 32  # e at or above it: not an exponent but, less this, the number's exponential in F_p
DECIMAL_DIGITS = 12
FRACTION_BITS = 36
RADICAND_BITS = 24
MULTIPLE_BITS = 12
ROUNDED_DIGITS = 9
NEAR = 2.0**-44  # relative: wider than the errors of floats and those that fractions may have
HALVES = (0, -1, 1, -2, 2, -4, 4)  # powers of √π
LARGEST_LOG = 9  # beyond, its argument takes more bits
FEW = 32


class Reading(NamedTuple):
    """The number `factor · √radicand · √π^halves` and the dyadic number nearest to it; or its logarithm.

    With logs = ±1 it is `factor · log(√radicand · √π^halves)^logs`.
    """

    factor: Fraction
    radicand: Fraction
    halves: int
    dyadic: Fraction
    logs: int = 0


def _simplest(x: Fraction, error: Fraction, bits: int) -> Fraction | None:
    """The first convergent of x > 0 within the relative error given, or None if it takes more than so many bits."""
    n, d = x.numerator, x.denominator
    h, k, h_old, k_old = 1, 0, 0, 1
    rest, last = n, d
    while True:
        whole, below = divmod(rest, last)
        h, h_old, k, k_old = whole * h + h_old, h, whole * k + k_old, k
        if h.bit_length() + k.bit_length() > bits:
            return None
        if abs(h * d - k * n) * error.denominator <= error.numerator * k * n:
            return Fraction(h, k)
        rest, last = last, below


def _looks_simple(x: float, bits: int) -> bool:
    """Whether `_simplest` may find a fraction near x: the same in floats, which takes a tenth of the time."""
    h, k, h_old, k_old = 1, 0, 0, 1
    rest = x
    while True:
        whole = int(rest)
        h, h_old, k, k_old = whole * h + h_old, h, whole * k + k_old, k
        if h.bit_length() + k.bit_length() > bits:
            return False
        if abs(h - k * x) <= NEAR * k * x:
            return True
        if rest == whole:
            return False
        rest = 1 / (rest - whole)


def _powers(square: float) -> list[int]:
    """The powers of π by which a square may be divided to give a simple fraction."""
    return [power for power in HALVES if _looks_simple(square / math.pi**power, RADICAND_BITS)]


def _is_square(f: Fraction) -> bool:
    return all(math.isqrt(n) ** 2 == n for n in f.as_integer_ratio())


def _nearest(size: Fraction) -> Fraction | None:
    """The short decimal or the very simple fraction, no integer, that is off by a rounding or two, as 1.35 · 1.35 is."""
    decimal = Fraction(f"{float(size):.{ROUNDED_DIGITS - 1}e}")
    if abs(decimal - size) * 2**51 <= size:
        return None if decimal.denominator == 1 else decimal
    fraction = _simplest(size, Fraction(1, 2**51), RADICAND_BITS)
    return None if fraction is None or fraction.denominator == 1 else fraction


PI = Fraction(314159265358979323846264338327950288419716939937510, 10**50)


@lru_cache(maxsize=65536)
def read(x: float) -> Reading:
    """The number that a finite float was meant to be."""
    dyadic = Fraction(x)
    sign, size = (-1 if x < 0 else 1), abs(dyadic)

    def rational(f: Fraction) -> Reading:
        return Reading(f, Fraction(1), 0, dyadic)

    if dyadic.denominator == 1 and size < 2**53:
        return rational(dyadic)
    text = repr(x)
    digits = text.lower().partition("e")[0].replace(".", "").strip("-0")
    if len(digits) <= DECIMAL_DIGITS:
        return rational(Fraction(text))
    fraction = _simplest(size, Fraction(1, 2**52), FRACTION_BITS)
    if fraction is not None and fraction.numerator / fraction.denominator == abs(x):
        return rational(sign * fraction)
    nearest = _nearest(size)
    if nearest is not None:
        return rational(sign * nearest)
    if 1e-8 < abs(x) < 1e8:
        for power in _powers(x * x):
            radicand = _simplest(size * size / PI**power, Fraction(1, 2**50), RADICAND_BITS)
            if radicand is not None and not (power == 0 and _is_square(radicand)):
                return Reading(Fraction(sign), radicand, power, dyadic)
        return _logarithm(dyadic) or rational(dyadic)
    return rational(dyadic)


EXACTLY = Context(prec=40)
LN = {base: Fraction(EXACTLY.ln(Decimal(base))) for base in (2, 10)}


def _logarithm(x: Fraction) -> Reading | None:
    """A reading as a logarithm, if there is a simple one: of a root times a power of √π, or a multiple of ln 2 or ln 10."""
    for base, ln in LN.items():
        for logs, ratio in ((1, 1 / ln), (-1, ln)):
            likely = _looks_simple(abs(float(x)) * float(ratio), MULTIPLE_BITS)
            factor = _simplest(abs(x) * ratio, Fraction(1, 2**52), MULTIPLE_BITS) if likely else None
            if factor is not None:
                return Reading(factor if x > 0 else -factor, Fraction(base**2), 0, x, logs)
    powers = _powers(math.exp(2 * float(x))) if abs(x) <= LARGEST_LOG else []
    if not powers:
        return None
    squared = Fraction(EXACTLY.exp(EXACTLY.divide(Decimal(2 * x.numerator), Decimal(x.denominator))))
    for power in powers:
        radicand = _simplest(squared / PI**power, 2 * abs(x) / 2**52, RADICAND_BITS)
        if radicand is not None and (radicand != 1 or power):
            return Reading(Fraction(1), radicand, power, x, 1)
    return None


def mod(f: Fraction, m: int) -> int:
    """A fraction mod m (its denominator is below m or a power of 2 or 10, so invertible)."""
    return f.numerator % m * pow(f.denominator % m, -1, m) % m


def _primes_of(n: int) -> list[int]:
    factors, d = [], 2
    while d * d <= n:
        while n % d == 0:
            factors.append(d)
            n //= d
        d += 1
    return [*factors, n] if n > 1 else factors


Log = Callable[[Element], tuple[int, int]]


class Reader:
    """Readings as residues of one field, with a secret residue for √π in each of the two rings.

    Parameters
    ----------
    log : the residues of the logarithm of a number, in the two rings.
    """

    def __init__(self, field: Field, root_pi: tuple[int, int], log: Log) -> None:
        self.field = field
        self.root_pi = root_pi
        self.log = log
        self._numbers: dict[Any, tuple[int, int, int]] = {}

    def fraction(self, f: Fraction) -> tuple[int, int, int]:
        """(re, im, exponent) of a rational number."""
        return mod(f, self.field.p), 0, mod(f, self.field.q)

    def number(self, x: float) -> tuple[int, int, int]:
        """(re, im, exponent) of a finite float."""
        found = self._numbers.get(x)
        if found is None:
            found = self._numbers[x] = self._residues(read(x))
        return found

    def _residues(self, r: Reading) -> tuple[int, int, int]:
        if r.logs:
            return self._logarithm(r)
        re, im, e = self.fraction(r.factor)
        if r.radicand == 1 and r.halves == 0:
            return re, im, e
        p, q = self.field.p, self.field.q
        re_root, im_root, e_root = self._root(r.radicand)
        re, im = re * re_root % p, re * im_root % p
        scale_p, scale_q = pow(self.root_pi[0], r.halves, p), pow(self.root_pi[1], r.halves, q)
        exponent = mod(r.dyadic, q) if e_root is None else e * e_root % q * scale_q % q
        return re * scale_p % p, im * scale_p % p, exponent

    def _logarithm(self, r: Reading) -> tuple[int, int, int]:
        """The logarithm that the run gives to that number; its exponent remembers the number, where that is in F_p."""
        p, q = self.field.p, self.field.q
        re, im, _ = self._residues(r._replace(factor=Fraction(1), logs=0))
        log, e = self.log(Element(np.asarray(re, np.uint64), np.asarray(im, np.uint64)))
        factor_p, factor_q = mod(r.factor, p), mod(r.factor, q)
        if r.logs < 0:
            return factor_p * pow(log, -1, p) % p, 0, factor_q * pow(e, -1, q) % q
        if im == 0:
            return factor_p * log % p, 0, EXPONENTIAL + pow(re, factor_q, p)
        return factor_p * log % p, 0, factor_q * e % q

    def _root(self, radicand: Fraction) -> tuple[int, int, int | None]:
        """√ of a positive fraction as the product of the roots of its primes, so that √a √b = √(ab) among constants."""
        p, q = self.field.p, self.field.q
        re, im = 1, 0
        exponent: int | None = 1
        up, down = _primes_of(radicand.numerator), _primes_of(radicand.denominator)
        for prime, direction in [(f, 1) for f in up] + [(f, -1) for f in down]:
            a, b = self._prime_root(prime)
            if direction < 0:
                one_over = pow(a * a + b * b, -1, p)
                a, b = a * one_over % p, -b * one_over % p
            re, im = (re * a - im * b) % p, (re * b + im * a) % p
            root = square_root(prime, q)
            exponent = None if root is None or exponent is None else exponent * pow(root, direction, q) % q
        return re, im, exponent

    def _prime_root(self, prime: int) -> tuple[int, int]:
        p = self.field.p
        root = pow(prime, (p + 1) // 4, p)
        if root * root % p == prime % p:
            return root, 0
        return 0, pow(p - prime, (p + 1) // 4, p)

    # --- arrays

    def array(self, x: npt.NDArray[np.float64]) -> tuple[Element, Words]:
        """The residues of a float array: entry by entry if it holds few different values, else as dyadic numbers."""
        values = self._few_values(x)
        if values is None:
            v, e = dyadic(x, self.field.p, self.field.q)
            return Element(v), e
        numbers = [self.number(float(u)) if math.isfinite(u) else (0, 0, 0) for u in values]
        table = np.array(numbers, np.uint64).reshape(-1, 3)
        place = np.searchsorted(values, np.where(np.isnan(x), np.inf, x))
        re, im, e = (table[:, k][place] for k in range(3))
        return Element(re, im if im.any() else None), e

    @staticmethod
    def _few_values(x: npt.NDArray[np.float64]) -> npt.NDArray[np.float64] | None:
        if len(set(x.reshape(-1)[:128].tolist())) > FEW:
            return None
        values = np.unique(np.where(np.isnan(x), np.inf, x))
        return values if len(values) <= FEW else None


@lru_cache(maxsize=64)
def _powers_of_two(m: int) -> Words:
    """2^k mod m for k = −1200 … 1199."""
    half = pow(2, -1, m)
    powers = [pow(half, 1200, m)]
    for _ in range(2399):
        powers.append(2 * powers[-1] % m)
    return np.array(powers, np.uint64)


def dyadic(x: npt.NDArray[np.float64], *moduli: int) -> list[Words]:
    """The residues, for each modulus, of floats as the dyadic numbers n 2^k that they are; 0 where not finite."""
    fraction, k = np.frexp(np.where(np.isfinite(x), x, 0.0))
    n = (fraction * 2.0**53).astype(np.int64)
    size, power, minus = np.abs(n).view(np.uint64), k + (1200 - 53), n < 0
    found = [size % m * _powers_of_two(m)[power] % m for m in moduli]
    return [np.where(minus, (m - residue) % m, residue) for m, residue in zip(moduli, found, strict=True)]
