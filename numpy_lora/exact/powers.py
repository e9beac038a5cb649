"""a^b in F_p for an exponent b of Z_q: as the squares of F_p are a group of order q, it takes sums in b to products.

So a^(b − 1) = a^b/a, (a c)^b = a^b c^b among squares, and a rational b gives the root that it names. Of a and −a one is a
square; (−1)^b is a power of i, told by the fraction that b is, or else by the whole number nearest to its shadow.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import numpy.typing as npt

from .reading import FEW, read
from .records import Number, Run
from .residues import Element, Words, power

LARGEST = 4096.0  # of a constant exponent, beyond which it may be the order of the field


def raised(a: Words, e: Words, m: int) -> Words:
    """a^e mod m, entry by entry."""
    shape = np.broadcast_shapes(a.shape, e.shape)
    if e.size == 1:
        return np.broadcast_to(power(a, int(e.reshape(())), m), shape)
    result = np.ones(shape, np.uint64)
    for k in range(int(e.max(initial=0)).bit_length()):
        result = np.where((e >> np.uint64(k)) & np.uint64(1), result * a % m, result)
        a = a * a % m
    return result


def exponent_of_float(x: float) -> Fraction:
    """What a float means as an exponent: of that no more counts than 2^-52, for a^b has no more digits, but its slope has."""
    near = round(x, 12)
    close = abs(near - x) <= min(2.0**-52 * max(1.0, abs(x)), 2.0**-44 * abs(x))
    return Fraction(repr(near)) if near != x and close else plain(x)


def plain(x: float) -> Fraction:
    """The rational number that a float is read as; of a root, the dyadic number it is."""
    r = read(x)
    return r.factor if r.radicand == 1 and r.halves == 0 and r.logs == 0 else r.dyadic


def quarters(b: Fraction) -> int:
    """k of (−1)^b = i^k: a root of odd order is −1, a square root i, and of others the nearest whole number alone tells."""
    odd, halves = b.denominator, 0
    while odd % 2 == 0:
        odd, halves = odd // 2, halves + 1
    if halves > 1:
        return 2 * int(np.floor(float(b) + 0.5)) % 4
    return b.numerator * odd * (2 - halves) % 4  # odd² = 1 mod 8


def constants_of(run: Run, b: Number) -> dict[float, Fraction] | None:
    """What the entries of an array mean if its values are what its shadows say, and few different ones."""
    if not b.x.size or (b.v.im is not None and b.v.im.any()):
        return None
    first = float(b.x.flat[0])
    if abs(first) > LARGEST or run.reader.number(first)[0] != b.v.re.flat[0]:
        return None  # as most are that are no constants
    found = np.unique(b.x)
    if len(found) > FEW or not (np.abs(found) <= LARGEST).all():
        return None
    for x in found:
        re, im, _ = run.reader.number(float(x))
        if im or (b.v.re[b.x == x] != re).any():
            return None
    return {float(x): exponent_of_float(float(x)) for x in found}


def moves(b: Number) -> bool:
    """Whether a number has a tangent."""
    return b.t is not None and bool(b.t.re.any() or (b.t.im is not None and b.t.im.any()))


def turns_of(run: Run, b: Number) -> npt.NDArray[np.int64]:
    """k of (−1)^b = i^k for every entry."""
    constants = constants_of(run, b)
    if constants is None:
        return (2 * (np.floor(np.where(np.isfinite(b.x), b.x, 0.0) + 0.5) % 2)).astype(np.int64)
    k = np.zeros(b.x.shape, np.int64)
    for x, fraction in constants.items():
        k[b.x == x] = quarters(fraction)
    return k


def to_the(run: Run, a: Words, e: Words, k: npt.NDArray[np.int64]) -> Element:
    """a^b for a in F_p, e being b mod q and i^k = (−1)^b."""
    p = run.field.p
    sign = power(a, run.field.q, p)
    v = raised(np.where(sign == p - 1, p - a, a).astype(np.uint64), e, p)
    turned = np.where(sign == p - 1, k, 0)
    v = np.where(turned >= 2, (p - v) % p, v)
    if not (turned % 2).any():
        return Element(v)
    return Element(np.where(turned % 2, np.uint64(0), v), np.where(turned % 2, v, np.uint64(0)))
