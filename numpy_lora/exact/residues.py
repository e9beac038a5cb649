"""Vectorised arithmetic in Z_m and in F_p(i): arrays of residues in uint64. It knows nothing of floats or arrays' views.

A residue is below 2^31, so that a sum of two products fits a uint64 and is reduced once. An element of F_p(i), i² = −1
(p ≡ 3 mod 4, so that −1 has no root in F_p), is a pair (re, im); im is None where it is zero everywhere, which is the usual
case and costs nothing.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from .primes import own_prime

Words = npt.NDArray[np.uint64]
RESIDUE_BITS = 31
FLOAT_BITS = 53
FEW = 16  # numbers that Python inverts sooner than a tree of their products is made
LONGEST = 2**18  # inner length of a product, so that parts have four bits at least


class Element(NamedTuple):
    """An array of elements re + i im of F_p(i)."""

    re: Words
    im: Words | None = None


def inverse(a: Words, m: int) -> Words:
    """1/a mod m for every entry, 0 for a zero entry: few inversions, of products of all (Montgomery's trick).

    Products are taken pairwise up a tree, until they are few, and divided out again on the way down: 3 multiplications an entry.
    """
    flat = a.reshape(-1)
    levels = [np.where(flat == 0, np.uint64(1), flat)]
    while len(levels[-1]) > FEW:
        low = levels[-1]
        half = low[0 : len(low) // 2 * 2 : 2] * low[1::2] % m
        levels.append(np.append(half, low[-1:]) if len(low) % 2 else half)
    inverses = np.array([pow(product, -1, m) for product in levels[-1].tolist()], np.uint64)
    for low in reversed(levels[:-1]):
        even = len(low) // 2 * 2
        below = np.empty_like(low)
        below[0:even:2] = inverses[: even // 2] * low[1::2] % m
        below[1:even:2] = inverses[: even // 2] * low[0:even:2] % m
        below[even:] = inverses[even // 2 :]
        inverses = below
    inverses[flat == 0] = 0
    return inverses.reshape(a.shape)


def power(a: Words, k: int, m: int) -> Words:
    """a^k mod m for k ≥ 0, by squaring."""
    result = np.ones_like(a)
    square = a
    while k:
        if k & 1:
            result = result * square % m
        k >>= 1
        if k:
            square = square * square % m
    return result


def product(a: Words, b: Words, m: int | Words) -> Words:
    """A @ B mod m, exactly, for matrices and stacks of them: float64 products of one with the other's parts, by Horner's rule.

    A part has so few bits that a sum of products stays below 2^53. The smaller of the two is the one that is split.

    Parameters
    ----------
    m : one modulus below 2^31, or an array of them that broadcasts to the product.

    Raises
    ------
    ValueError : the inner length exceeds 2^18.
    """
    inner = a.shape[-1]
    if inner > LONGEST:
        raise ValueError(f"inner length: expected at most {LONGEST}, got {inner}")
    bits = FLOAT_BITS - RESIDUE_BITS - (inner - 1).bit_length()
    axes = max(a.ndim, b.ndim)
    parts = _floats(a) @ _split(b, bits, axes) if b.size <= a.size else _split(a, bits, axes) @ _floats(b)
    *lower, highest = _integers(parts)
    result: Words = highest % m
    for part in reversed(lower):
        result = ((result << bits) + part) % m
    return result


def _split(a: Words, bits: int, axes: int) -> npt.NDArray[np.float64]:
    """Parts of so many bits, the lowest first, on a new axis before as many as there are."""
    return _floats((a >> _shifts(bits, axes)) & np.uint64((1 << bits) - 1))


@lru_cache(maxsize=256)
def _shifts(bits: int, axes: int) -> Words:
    return np.arange(0, RESIDUE_BITS, bits).astype(np.uint64).reshape(-1, *(1,) * axes)


def _floats(a: Words) -> npt.NDArray[np.float64]:
    """Words below 2^63 as floats: the conversion of signed integers is a machine instruction, that of unsigned ones is not."""
    return a.view(np.int64).astype(np.float64)


def _integers(a: npt.NDArray[np.float64]) -> Words:
    return a.astype(np.int64).view(np.uint64)


def mixed(*words: Words | np.uint64) -> Words:
    """A 64-bit hash of the entries of its arguments, taken together (splitmix64's finaliser after each)."""
    state: Words | np.uint64 = np.uint64(0x9E3779B97F4A7C15)
    with np.errstate(over="ignore"):
        for word in words:
            state = state ^ word
            state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
            state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
            state = state ^ (state >> np.uint64(31))
    return np.asarray(state, np.uint64)


class Field:
    """F_p(i) and, for exponents, Z_q, with p = 2q + 1 a safe prime; g has order q in F_p*.

    The map x ↦ g^(x mod q) takes sums to products, as exp does (pairing two primes: Mirage, arXiv 2405.05751).
    """

    def __init__(self, q: int) -> None:
        self.q = q
        self.p = 2 * q + 1
        self.half = (self.p + 1) // 2

    @property
    def generator(self) -> int:
        """4, a square other than 1, so of order q."""
        return 4

    def moduli(self, n: int, exponents: bool, axes: int) -> Words:
        """p n times, and q, for a stack of arrays of so many axes."""
        return _column((*[self.p] * n, *[self.q] * exponents), axes)

    # --- F_p(i)

    def add(self, a: Element, b: Element) -> Element:
        """a + b."""
        re = (a.re + b.re) % self.p
        if a.im is None or b.im is None:
            im = b.im if a.im is None else a.im
            return Element(re, None if im is None else np.broadcast_to(im, re.shape))
        return Element(re, (a.im + b.im) % self.p)

    def neg(self, a: Element) -> Element:
        """−a."""
        return Element((self.p - a.re) % self.p, None if a.im is None else (self.p - a.im) % self.p)

    def sub(self, a: Element, b: Element) -> Element:
        """a − b."""
        if a.im is None and b.im is None:
            return Element((a.re + (self.p - b.re)) % self.p)
        return self.add(a, self.neg(b))

    def mul(self, a: Element, b: Element) -> Element:
        """a b."""
        if a.im is None and b.im is None:
            return Element(a.re * b.re % self.p)
        if b.im is None:
            a, b = b, a
        assert b.im is not None
        if a.im is None:
            return Element(a.re * b.re % self.p, a.re * b.im % self.p)
        re = (a.re * b.re + (self.p - a.im) * b.im) % self.p
        return Element(re, (a.re * b.im + a.im * b.re) % self.p)

    def sum_of_products(self, a: Element, b: Element, c: Element, d: Element) -> Element:
        """a b + c d."""
        if a.im is None and b.im is None and c.im is None and d.im is None:
            return Element((a.re * b.re + c.re * d.re) % self.p)
        return self.add(self.mul(a, b), self.mul(c, d))

    def norm(self, a: Element) -> Words:
        """a times its conjugate: re² + im², in F_p."""
        square: Words = a.re * a.re if a.im is None else a.re * a.re + a.im * a.im
        return square % self.p

    def inv(self, a: Element) -> Element:
        """1/a, and 0 for 0."""
        if a.im is None:
            return Element(inverse(a.re, self.p))
        one_over = inverse(self.norm(a), self.p)
        return Element(a.re * one_over % self.p, (self.p - a.im) % self.p * one_over % self.p)

    def pow(self, a: Element, k: int) -> Element:
        """a^k for any integer k."""
        if k < 0:
            return self.pow(self.inv(a), -k)
        if a.im is None:
            return Element(power(a.re, k, self.p))
        result, square = Element(np.ones_like(a.re)), a
        while k:
            if k & 1:
                result = self.mul(result, square)
            square = self.mul(square, square)
            k >>= 1
        return result

    def matmul(self, a: Element, b: Element) -> Element:
        """A @ B."""
        p = self.p
        re = product(a.re, b.re, p)
        if a.im is None and b.im is None:
            return Element(re)
        if b.im is None:
            return Element(re, product(a.im, b.re, p))  # type: ignore[arg-type]
        im = product(a.re, b.im, p)
        if a.im is None:
            return Element(re, im)
        return Element((re + product((p - a.im) % p, b.im, p)) % p, (im + product(a.im, b.re, p)) % p)

    def sqrt(self, a: Element) -> tuple[Element, npt.NDArray[np.bool_]]:
        """A root of every entry, and where there is one: always in F_p, else where the norm is a square.

        In F_p the root is the one that is itself a square, so √a√b = √(ab) holds among squares; of a non-square it is
        i times the root of −a. Since a^q = ±1, r = a^((p+1)/4) has r² = ±a: one power serves both.
        """
        p = self.p
        if a.im is not None and a.im.any():
            return self._sqrt_complex(a)
        r = power(a.re, (p + 1) // 4, p)
        is_square = r * r % p == a.re
        ok = np.ones(np.shape(r), bool)
        if is_square.all():
            return Element(r), ok
        other = r if (self.q + 1) // 2 % 2 == 0 else (p - r) % p
        zero = np.uint64(0)
        return Element(np.where(is_square, r, zero), np.where(is_square, zero, other)), ok

    def _sqrt_complex(self, a: Element) -> tuple[Element, npt.NDArray[np.bool_]]:
        """(re + √norm)/2 = x² or −y² of the root x + iy, whence the other from 2xy = im."""
        assert a.im is not None
        p = self.p
        real, _ = self.sqrt(Element(a.re))  # of an entry without an imaginary part, so that it has the same root alone
        length, _ = self.sqrt(Element(self.norm(a)))
        x_squared = (a.re + length.re) % p * self.half % p
        root, _ = self.sqrt(Element(x_squared))
        twice = self.inv(self.add(root, root))
        other = self.mul(Element(a.im), twice)
        result = self.add(root, self.mul(Element(np.zeros_like(a.re), np.ones_like(a.re)), other))
        zero = np.zeros_like(a.re)
        parts = ((a.im == 0, x, y) for x, y in zip(real, result, strict=True))
        result = Element(*(np.where(mask, zero if x is None else x, zero if y is None else y) for mask, x, y in parts))
        square = self.mul(result, result)
        ok = (square.re == a.re) & ((zero if square.im is None else square.im) == a.im)
        return result, ok

    # --- exponents

    def exp(self, e: Words) -> Words:
        """g^e mod p, from three tables of 2048 powers."""
        low, middle, high = _powers(self.generator, self.p)
        mask = np.uint64(2047)
        part: Words = low[e & mask] * middle[(e >> np.uint64(11)) & mask] % self.p
        result: Words = part * high[e >> np.uint64(22)] % self.p
        return result


@lru_cache(maxsize=256)
def _column(moduli: tuple[int, ...], axes: int) -> Words:
    return np.array(moduli, np.uint64).reshape(-1, *(1,) * axes)


@lru_cache(maxsize=32)
def _powers(g: int, p: int) -> tuple[Words, Words, Words]:
    tables = []
    for shift in (0, 11, 22):
        table = np.array([1, pow(g, 1 << shift, p)], np.uint64)
        while len(table) < 2048:
            step = pow(g, len(table) << shift, p)
            table = np.concatenate([table, table * np.uint64(step) % p])
        tables.append(table)
    low, middle, high = tables
    return low, middle, high


def field_of(choice: int) -> Field:
    """One of this process's sixteen fields."""
    return Field(own_prime(choice % 16))
