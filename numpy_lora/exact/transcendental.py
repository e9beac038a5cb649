"""More rules, composed of those in `arithmetic`: the hyperbolic, logarithmic and inverse functions, and SciPy's."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction

import numpy as np

from . import powers
from .arithmetic import (
    ZERO,
    Value,
    add,
    cos,
    divide,
    exponent,
    exponential_of,
    integer,
    log,
    multiply,
    odd,
    plus,
    sin,
    sqrt,
    square,
    times,
    whole_power,
)
from .reading import mod
from .records import Number, Run, each_field, refuse
from .residues import Element, Words, inverse


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


def logaddexp2(run: Run, a: Number, b: Number) -> Value:
    """log2(2^a + 2^b)."""
    powers_of = [Number(np.exp2(n.x), *exp_to_base(2)(run, n)) for n in (a, b)]
    return log_to_base(2)(run, Number(np.exp2(a.x) + np.exp2(b.x), *add(run, *powers_of)))


def scaled(factor: float) -> Callable[[Run, Number], Value]:
    """That constant times a."""
    return lambda run, a: multiply(run, a, run.scalar(factor))


def _log_of(run: Run, base: int) -> Number:
    return Number(np.asarray(np.log(base)), *log(run, run.scalar(base)))


def exp_to_base(base: int) -> Callable[[Run, Number], Value]:
    """base^a, zero where floats give zero; base^a log(base) t."""

    def rule(run: Run, a: Number) -> Value:
        zero = float(base) ** a.x == 0
        run.log("underflow", hash(zero.tobytes()))
        power_of = powers.to_the(run, run.scalar(base).v.re, _own_exponent(run, a), powers.turns_of(run, a))
        v = Element(np.where(zero, ZERO, power_of.re))
        return v, run.exponent_of(v), times(run, run.field.mul(v, _log_of(run, base).v), a.t)

    return rule


def _own_exponent(run: Run, a: Number) -> Words:
    if a.e is None:
        run.wants_exponents = True
        refuse("exponents are needed")
    return exponent(run, a)


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


# --- powers


def power(run: Run, a: Number, b: Number) -> Value:
    """a^b; a^b (t_b log a + b t_a/a)."""
    constants = None if powers.moves(b) else powers.constants_of(run, b)
    shape = np.broadcast_shapes(a.x.shape, b.x.shape)
    only = next(iter(constants.values())) if constants is not None and len(constants) == 1 else None
    if ((run.field.norm(a.v) == 0) & (a.x != 0)).any() and (only is None or only < 1):
        refuse("a power of a number that is zero in the field")
    if only is not None and only.denominator <= 2:
        return _half_integer_power(run, each_field(a, lambda part: np.broadcast_to(part, shape)), only)
    run.seen.add("roots")
    if (np.abs(b.x) > powers.LARGEST).any() or (a.v.im is not None and a.v.im.any()):
        parts = (Element(*np.broadcast_arrays(n.v.re, ZERO if n.v.im is None else n.v.im)) for n in (a, b))
        v = run.hashed("power", *parts)[0]
    else:
        v = powers.to_the(run, a.v.re, _exponents(run, b, constants), powers.turns_of(run, b))
    return v, run.exponent_of(v), _motion_of_power(run, a, b, v)


def _half_integer_power(run: Run, a: Number, c: Fraction) -> Value:
    whole = math.floor(c)
    if c == whole:
        return whole_power(run, a, whole)
    f = run.field
    v = f.mul(sqrt(run, a)[0], whole_power(run, still(a), whole)[0])
    slope = f.mul(integer(run, c, a.v.re), f.mul(v, f.inv(a.v)))
    return v, run.exponent_of(v), times(run, slope, a.t)


def _exponents(run: Run, b: Number, constants: dict[float, Fraction] | None) -> Words:
    """B mod q."""
    if constants is None:
        return _own_exponent(run, b)
    e = np.empty(b.x.shape, np.uint64)
    for x, fraction in constants.items():
        e[b.x == x] = mod(fraction, run.field.q)
    return e


def _motion_of_power(run: Run, a: Number, b: Number, v: Element) -> Element | None:
    f = run.field
    t = None if b.t is None else times(run, f.mul(v, run.hashed("log", a.v)[0]), b.t)
    if a.t is None:
        return t
    zero = f.norm(a.v) == 0
    slope = f.mul(f.mul(b.v, v), f.inv(a.v))
    if zero.any():
        moves = zero & (f.norm(a.t) != 0)
        if (moves & (b.x < 1) & (b.x != 0)).any():
            refuse("a root of a zero that moves")
        one = zero & (b.x == 1) & (b.v.re == 1)
        slope = Element(np.where(one, np.uint64(1), slope.re), slope.im)
    return plus(run, t, times(run, slope, a.t))


def cbrt(run: Run, a: Number) -> Value:
    """The cube root: every number of F_p has one."""
    return power(run, a, run.scalar(Fraction(1, 3)))


Slope = Callable[[Run, Number, Element], Element]


def uninterpreted(name: str, slope: Slope, is_odd: bool = True) -> Callable[[Run, Number], Value]:
    """A hash of the value, odd if so asked; its derivative, slope(run, a, value), times t."""

    def rule(run: Run, a: Number) -> Value:
        v, e = odd(run, name, a.v) if is_odd else run.hashed(name, a.v)
        return v, e, None if a.t is None else times(run, slope(run, still(a), v), a.t)

    return rule


def one_over(sign: int, polynomial: tuple[int, int], root: bool) -> Slope:
    """Slope ±1/(c₀ + c₂ a²), or ±1 over its root: of the inverse trigonometric and hyperbolic functions."""

    def slope(run: Run, a: Number, _: Element) -> Element:
        f = run.field
        c0, c2 = (integer(run, c, a.v.re) for c in polynomial)
        v = f.add(c0, f.mul(c2, square(run, a)[0]))
        if root:
            v = sqrt(run, Number(a.x, v, None, None))[0]
        v = f.inv(v)
        return v if sign > 0 else f.neg(v)

    return slope
