"""The rules: what each function does to values, exponents and tangents. Shadows are the caller's business.

A rule takes the run and its arguments, taken apart, and gives (v, e, t). Tangents follow the product rule by hand:
t is the coefficient of ε in f(a + ε t_a, b + ε t_b), ε² = 0.
"""

from __future__ import annotations

import functools
import math
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from . import powers
from .records import EXPONENTIAL, Number, Run, refuse
from .residues import Element, Field, Words, inverse, power, product

Value = tuple[Element, Words | None, Element | None]
Mask = npt.NDArray[np.bool_]
ZERO = np.uint64(0)
FEW_PRODUCTS = 1024  # of logarithms, of which exp may be asked: beyond, only of one number times an array of them

# --- tangents and exponents: None is zero, and not computed


def plus(run: Run, a: Element | None, b: Element | None) -> Element | None:
    """a + b, where None is zero."""
    if a is None or b is None:
        return b if a is None else a
    return run.field.add(a, b)


def times(run: Run, a: Element, t: Element | None) -> Element | None:
    """a t, where None is zero."""
    return None if t is None else run.field.mul(a, t)


def exponent(run: Run, n: Number) -> Words:
    """The exponent of a number; of a logarithm (of which the exponential is remembered instead) a hash of its value."""
    assert n.e is not None
    if not run.logs or not (n.e >= EXPONENTIAL).any():
        return n.e
    own = run.exponent_of(n.v)
    assert own is not None
    return np.where(n.e >= EXPONENTIAL, own, n.e)


def integer(run: Run, k: int | Fraction, like: Words) -> Element:
    """The constant k, in the shape of an array of residues."""
    return Element(np.full(np.shape(like), run.reader.fraction(Fraction(k))[0], np.uint64))


# --- sums and products


def add(run: Run, a: Number, b: Number) -> Value:
    """a + b."""
    e = _sum_of_exponents(run, a, b) if run.exponents else None
    return run.field.add(a.v, b.v), e, plus(run, a.t, b.t)


def negative(run: Run, a: Number) -> Value:
    """−a."""
    e = None
    if a.e is not None:
        e = (run.field.q - a.e) % run.field.q
        tagged = a.e >= EXPONENTIAL
        if run.logs and tagged.any():
            e = np.where(tagged, EXPONENTIAL + inverse(a.e & (EXPONENTIAL - np.uint64(1)), run.field.p), e)
    return run.field.neg(a.v), e, None if a.t is None else run.field.neg(a.t)


def subtract(run: Run, a: Number, b: Number) -> Value:
    """a − b."""
    if run.logs and run.exponents:
        v, e, t = negative(run, b)
        return add(run, a, Number(b.x, v, e, t))
    e = None if a.e is None or b.e is None else (a.e + (run.field.q - b.e)) % run.field.q
    t = a.t if b.t is None else run.field.neg(b.t) if a.t is None else run.field.sub(a.t, b.t)
    return run.field.sub(a.v, b.v), e, t


def _sum_of_exponents(run: Run, a: Number, b: Number) -> Words:
    assert a.e is not None
    assert b.e is not None
    e: Words = (a.e + b.e) % run.field.q
    if not run.logs:
        return e
    tagged = (a.e >= EXPONENTIAL) | (b.e >= EXPONENTIAL)
    if not tagged.any():
        return e
    exponential = exponential_of(run, a) * exponential_of(run, b) % run.field.p
    return np.where(tagged, EXPONENTIAL + exponential, e)


def exponential_of(run: Run, a: Number) -> Words:
    """exp a = g^(base e), or the exponential that is remembered in its place."""
    if a.e is None:
        run.wants_exponents = True
        refuse("exponents are needed")
    if not run.logs:
        return run.field.exp(a.e * run.base % run.field.q)
    tagged = a.e >= EXPONENTIAL
    e = np.where(tagged, ZERO, a.e) * run.base % run.field.q
    return np.where(tagged, a.e & (EXPONENTIAL - np.uint64(1)), run.field.exp(e))


def multiply(run: Run, a: Number, b: Number) -> Value:
    """a b."""
    f = run.field
    if a.t is None or b.t is None:
        t = times(run, b.v, a.t) if b.t is None else times(run, a.v, b.t)
    else:
        t = f.sum_of_products(a.v, b.t, b.v, a.t)
    return f.mul(a.v, b.v), _product_of_exponents(run, a, b), t


def _product_of_exponents(run: Run, a: Number, b: Number) -> Words | None:
    if not run.exponents:
        return None
    e: Words = exponent(run, a) * exponent(run, b) % run.field.q
    if not run.logs:
        return e
    for log, k in ((a, b), (b, a)):
        assert log.e is not None
        assert k.e is not None
        tagged = log.e >= EXPONENTIAL
        if tagged.any() and (k.x.size == 1 or e.size <= FEW_PRODUCTS) and not (exponent(run, k) != k.e).any():
            run.seen.add("roots")
            v = powers.to_the(run, np.where(tagged, exponential_of(run, log), np.uint64(1)), k.e, powers.turns_of(run, k))
            return np.where(tagged if v.im is None else tagged & (v.im == 0), EXPONENTIAL + v.re, e)
    return e


def reciprocal(run: Run, a: Number) -> Value:
    """1/a; −t/a²."""
    f = run.field
    if ((f.norm(a.v) == 0) & (a.x != 0) & np.isfinite(a.x)).any():
        refuse("division by a number that is zero in the field")
    v = f.inv(a.v)
    e = inverse(exponent(run, a), f.q) if run.exponents else None
    t = None if a.t is None else f.neg(f.mul(a.t, f.mul(v, v)))
    return v, e, t


def divide(run: Run, a: Number, b: Number) -> Value:
    """a/b."""
    v, e, t = reciprocal(run, b)
    return multiply(run, a, Number(b.x, v, e, t))


def square(run: Run, a: Number) -> Value:
    """a²."""
    return multiply(run, a, a)


def matmul(run: Run, a: Number, b: Number) -> Value:
    """A B, for matrices and stacks of them; A t_B + t_A B. All that is real goes through BLAS in one stack."""
    f = run.field
    pairs = [(a.v, b.v)]
    if b.t is not None:
        pairs.append((a.v, b.t))
    if a.t is not None:
        pairs.append((a.t, b.v))
    e = (exponent(run, a), exponent(run, b)) if run.exponents else None
    if any(x.im is not None or y.im is not None for x, y in pairs):
        v, *tangents = (f.matmul(x, y) for x, y in pairs)
        es = product(*e, f.q) if e else None
    else:
        v, *tangents, es = _real_products(f, [(x.re, y.re) for x, y in pairs], e)
    return v, es, functools.reduce(f.add, tangents) if tangents else None


def _real_products(f: Field, pairs: list[tuple[Words, Words]], e: tuple[Words, Words] | None) -> list[Any]:
    """The products of the pairs mod p, and of the exponents mod q."""
    if e is None and len(pairs) == 1:
        return [Element(product(*pairs[0], f.p)), None]
    left, right = zip(*pairs, *([e] if e else []), strict=True)
    axes = max(left[0].ndim, right[0].ndim)
    found = product(_stacked(left, axes), _stacked(right, axes), f.moduli(len(pairs), e is not None, axes))
    products = [Element(part) for part in found[: len(pairs)]]
    return [*products, found[-1] if e else None]


def _stacked(parts: tuple[Words, ...], axes: int) -> Words:
    """Arrays of one shape on a new axis before as many as there are."""
    shape = parts[0].shape
    stack = np.empty((len(parts), *(1,) * (axes - len(shape)), *shape), np.uint64)
    for k, part in enumerate(parts):
        stack[k] = part
    return stack


def total(run: Run, a: Number, axis: tuple[int, ...], keepdims: bool) -> Value:
    """The sum over axes."""
    p, q = run.field.p, run.field.q

    def over(part: Words, m: int) -> Words:
        summed: Words = part.sum(axis, keepdims=keepdims, dtype=np.uint64) % m
        return summed

    def element(v: Element) -> Element:
        return Element(over(v.re, p), None if v.im is None else over(v.im, p))

    e = over(exponent(run, a), q) if run.exponents else None
    return element(a.v), e, None if a.t is None else element(a.t)


# --- powers and roots


def sqrt(run: Run, a: Number) -> Value:
    """√a; t/(2√a). Roots have two signs in the field, so √a√b = √(ab) can fail there."""
    f = run.field
    run.seen.add("roots")
    if a.t is not None and ((f.norm(a.v) == 0) & (f.norm(a.t) != 0)).any():
        refuse("a root of a zero that moves")
    v, ok = f.sqrt(a.v)
    if not ok.all():
        hashed, _ = run.hashed("sqrt", a.v)
        im = ZERO if v.im is None else v.im
        v = Element(np.where(ok, v.re, hashed.re), np.where(ok, im, ZERO))
    t = None if a.t is None else f.mul(a.t, f.inv(f.add(v, v)))
    return v, run.exponent_of(v), t


def whole_power(run: Run, a: Number, k: int) -> Value:
    """a^k for an integer k; k a^(k−1) t."""
    f = run.field
    if k < 0:
        v, e, t = reciprocal(run, a)
        return whole_power(run, Number(a.x, v, e, t), -k)
    v = f.pow(a.v, k)
    e = power(exponent(run, a), k, f.q) if run.exponents else None
    if a.t is None or k == 0:
        return v, e, None
    return v, e, f.mul(a.t, f.mul(integer(run, k, a.v.re), f.pow(a.v, k - 1)))


# --- exponentials


def log(run: Run, a: Number) -> Value:
    """log a, an uninterpreted function whose exponential is remembered: exp(x − log z) = exp(x)/z; t/a."""
    v, e = run.hashed("log", a.v)
    if run.exponents:
        assert e is not None
        run.logs = True
        real = np.ones(a.v.re.shape, bool) if a.v.im is None else a.v.im == 0
        e = np.where(real & (a.v.re != 0), EXPONENTIAL + a.v.re, e)
    return v, e, times(run, run.field.inv(a.v), a.t)


def turn(run: Run, a: Number) -> tuple[Element, Element]:
    """cos a and sin a from exp(ia) = g^(k e) = G, k secret: (G + 1/G)/2 and (G − 1/G)/2i."""
    f = run.field
    if a.e is None:
        run.wants_exponents = True
        refuse("exponents are needed")
    g = f.exp(exponent(run, a) * run.turn % f.q)
    one_over = inverse(g, f.p)
    half = np.uint64(f.half)
    cos = Element((g + one_over) % f.p * half % f.p)
    sin = Element(np.zeros_like(g), (one_over + (f.p - g)) % f.p * half % f.p)
    return cos, sin


def sin(run: Run, a: Number) -> Value:
    """sin a; cos(a) t."""
    c, s = turn(run, a)
    return s, run.exponent_of(s), times(run, c, a.t)


def cos(run: Run, a: Number) -> Value:
    """cos a; −sin(a) t."""
    c, s = turn(run, a)
    return c, run.exponent_of(c), times(run, run.field.neg(s), a.t)


def odd(run: Run, name: str, v: Element) -> tuple[Element, Words | None]:
    """An uninterpreted function that is odd: of a number and its negative it takes the smaller."""
    f = run.field
    turned = v.re > f.q
    if v.im is not None:
        turned = np.where(v.re == 0, v.im > f.q, turned)

    def signed(w: Element) -> Element:
        here = np.zeros(w.re.shape)
        return choose(turned, Number(here, f.neg(w), None, None), Number(here, w, None, None))[0]

    value, e = run.hashed(name, signed(v))
    return signed(value), None if e is None else np.where(turned, (f.q - e) % f.q, e)


def erf(run: Run, a: Number) -> Value:
    """erf a, uninterpreted but odd; 2/√π exp(−a²) t."""
    v, e = odd(run, "erf", a.v)
    if a.t is None:
        return v, e, None
    v2, e2, _ = square(run, Number(a.x, a.v, a.e, None))
    negated = negative(run, Number(a.x, v2, e2, None))
    bell = Element(exponential_of(run, Number(a.x, negated[0], negated[1], None)))
    two_over_root_pi = run.scalar(2 / math.sqrt(math.pi)).v
    return v, e, times(run, run.field.mul(two_over_root_pi, bell), a.t)


# --- selections


def choose(mask: Mask, a: Number, b: Number) -> Value:
    """a where the mask is set, b elsewhere."""

    def part(x: Words | None, y: Words | None) -> Words | None:
        if x is None and y is None:
            return None
        return np.where(mask, ZERO if x is None else x, ZERO if y is None else y)

    def element(x: Element, y: Element) -> Element:
        re = part(x.re, y.re)
        assert re is not None
        return Element(re, part(x.im, y.im))

    zero = Element(np.asarray(ZERO))
    t = None if a.t is None and b.t is None else element(a.t or zero, b.t or zero)
    return element(a.v, b.v), part(a.e, b.e), t
