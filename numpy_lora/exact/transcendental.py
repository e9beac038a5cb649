"""More rules, composed of those in `arithmetic`: the hyperbolic, logarithmic and inverse functions, and SciPy's."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import numpy as np

from .arithmetic import (
    ZERO,
    Value,
    add,
    cos,
    divide,
    exponential_of,
    integer,
    log,
    multiply,
    sin,
    square,
    times,
)
from .records import Number, Run, refuse
from .residues import Element, inverse


def still(a: Number) -> Number:
    """The number without its tangent."""
    return Number(a.x, a.v, a.e, None)


def exp_or_zero(run: Run, a: Number) -> Value:
    """exp a, zero where floats give zero, as at −∞ and under masks of −1e9; exp(a) t."""
    zero = np.exp(a.x) == 0
    run.log("underflow", hash(zero.tobytes()))
    v = Element(np.where(zero, ZERO, exponential_of(run, a)))
    return v, run.exponent_of(v), times(run, v, a.t)


def expm1(run: Run, a: Number) -> Value:
    """exp a − 1; exp(a) t."""
    e, _, t = exp_or_zero(run, a)
    v = run.field.sub(e, integer(run, 1, e.re))
    return v, run.exponent_of(v), t


def log1p(run: Run, a: Number) -> Value:
    """log(1 + a)."""
    v, e, t = add(run, a, run.scalar(1))
    return log(run, Number(a.x + 1, v, e, t))


def logaddexp(run: Run, a: Number, b: Number) -> Value:
    """log(exp a + exp b)."""
    f = run.field
    (va, _, ta), (vb, _, tb) = exp_or_zero(run, a), exp_or_zero(run, b)
    v = f.add(va, vb)
    t = ta if tb is None else tb if ta is None else f.add(ta, tb)
    return log(run, Number(np.logaddexp(a.x, b.x), v, None, t))


def _log_of(run: Run, base: int) -> Number:
    v, e, _ = log(run, run.scalar(base))
    return Number(np.asarray(np.log(base)), v, run.exponent_of(v) if run.exponents else e, None)


def exp_to_base(base: int) -> Callable[[Run, Number], Value]:
    """base^a = exp(a log base)."""

    def rule(run: Run, a: Number) -> Value:
        v, e, t = multiply(run, a, _log_of(run, base))
        return exp_or_zero(run, Number(a.x * np.log(base), v, e, t))

    return rule


def log_to_base(base: int) -> Callable[[Run, Number], Value]:
    """log a / log base."""

    def rule(run: Run, a: Number) -> Value:
        v, e, t = log(run, a)
        return divide(run, Number(a.x, v, e, t), _log_of(run, base))

    return rule


def tanh(run: Run, a: Number) -> Value:
    """(exp 2a − 1)/(exp 2a + 1); (1 − tanh²) t."""
    f = run.field
    g = Element(exponential_of(run, a))
    g2 = f.mul(g, g)
    one = integer(run, 1, g.re)
    v = f.mul(f.sub(g2, one), f.inv(f.add(g2, one)))
    return v, run.exponent_of(v), times(run, f.sub(one, f.mul(v, v)), a.t)


def expit(run: Run, a: Number) -> Value:
    """exp a/(1 + exp a); σ(1 − σ) t."""
    f = run.field
    g = Element(exponential_of(run, a))
    one = integer(run, 1, g.re)
    v = f.mul(g, f.inv(f.add(g, one)))
    return v, run.exponent_of(v), times(run, f.mul(v, f.sub(one, v)), a.t)


def _halves(run: Run, a: Number) -> tuple[Element, Element]:
    """cosh a and sinh a: (exp a ± exp −a)/2."""
    f = run.field
    g = exponential_of(run, a)
    one_over = inverse(g, f.p)
    return Element((g + one_over) % f.p * f.half % f.p), Element((g + (f.p - one_over)) % f.p * f.half % f.p)


def sinh(run: Run, a: Number) -> Value:
    """sinh a; cosh(a) t."""
    c, s = _halves(run, a)
    return s, run.exponent_of(s), times(run, c, a.t)


def cosh(run: Run, a: Number) -> Value:
    """cosh a; sinh(a) t."""
    c, s = _halves(run, a)
    return c, run.exponent_of(c), times(run, s, a.t)


def tan(run: Run, a: Number) -> Value:
    """sin a/cos a."""
    (vs, es, ts), (vc, ec, tc) = sin(run, a), cos(run, a)
    return divide(run, Number(np.sin(a.x), vs, es, ts), Number(np.cos(a.x), vc, ec, tc))


Slope = Callable[[Run, Number, Element], Element]


def uninterpreted(name: str, slope: Slope) -> Callable[[Run, Number], Value]:
    """A hash of the value; its derivative, slope(run, a, value), times t."""

    def rule(run: Run, a: Number) -> Value:
        v, e = run.hashed(name, a.v)
        return v, e, None if a.t is None else times(run, slope(run, still(a), v), a.t)

    return rule


def one_over(sign: int, polynomial: tuple[int, int], root: bool) -> Slope:
    """Slope ±1/(c₀ + c₂ a²), or ±1 over its root: of the inverse trigonometric and hyperbolic functions."""
    from .arithmetic import sqrt

    def slope(run: Run, a: Number, _: Element) -> Element:
        f = run.field
        c0, c2 = (integer(run, c, a.v.re) for c in polynomial)
        v = f.add(c0, f.mul(c2, square(run, a)[0]))
        if root:
            v = sqrt(run, Number(a.x, v, None, None))[0]
        v = f.inv(v)
        return v if sign > 0 else f.neg(v)

    return slope


def psi_of(run: Run, a: Number, _: Element) -> Element:
    """The digamma function, uninterpreted: the slope of gammaln."""
    return run.hashed("digamma", a.v)[0]


def trigamma_of(run: Run, a: Number, _: Element) -> Element:
    """The trigamma function, uninterpreted: the slope of digamma."""
    return run.hashed("trigamma", a.v)[0]


def xlogy(run: Run, a: Number, b: Number) -> Value:
    """A log b, zero where a is zero and log b is none; there it has no derivative by a."""
    none = (a.x == 0) & (b.x <= 0)
    if none.any():
        for part in (a.v.re, a.v.im, None if a.t is None else a.t.re, None if a.t is None else a.t.im):
            if part is not None and (none & (part != 0)).any():
                refuse("xlogy of zero and what has no logarithm")
    safe = Element(np.where(none, np.uint64(1), b.v.re), None if b.v.im is None else np.where(none, ZERO, b.v.im))
    v, e, t = log(run, Number(b.x, safe, b.e, b.t))
    return multiply(run, a, Number(b.x, v, run.exponent_of(v) if run.exponents else e, t))


THIRD = Fraction(1, 3)
