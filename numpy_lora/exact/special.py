"""SciPy's special functions as rules: composed of one another where they are, else uninterpreted, with the known derivative.

To add one: an entry in `RULES`, an example in its test.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import scipy.special as sp

from . import arithmetic as ar
from . import transcendental as tr
from .arithmetic import ZERO, Value, plus, times
from .array import Exact, stored
from .powers import constants_of, moves
from .records import EXPONENTIAL, Number, Run, load, refuse
from .residues import Element

Rule = Callable[..., Value]
ROOT_PI, ROOT_2 = math.sqrt(math.pi), math.sqrt(2)
MOST_STEPS = 32  # of a recurrence


def composed(formula: Callable[..., Any]) -> Rule:
    """The rule of a function that a formula makes of others."""

    def rule(run: Run, *numbers: Number) -> Value:
        n = load(run, formula(*(stored(run, a) for a in numbers)))
        if not np.isfinite(n.x).all() and all(np.isfinite(a.x).all() for a in numbers):
            refuse("a special function where its formula overflows")
        return n.v, n.e, n.t

    return rule


def known(ufunc: Any, *slopes: Callable[..., Any] | None, is_odd: bool = False) -> Rule:
    """The rule of an uninterpreted function with these derivatives by its arguments, of the arguments and the value.

    None is a derivative that is not known: that argument may not move.
    """

    def rule(run: Run, *numbers: Number) -> Value:
        wide = np.broadcast_arrays(*(part for a in numbers for part in (a.v.re, ZERO if a.v.im is None else a.v.im)))
        elements = [Element(wide[2 * k], wide[2 * k + 1]) for k in range(len(numbers))]
        v, e = ar.odd(run, ufunc.__name__, numbers[0].v) if is_odd else run.hashed(ufunc.__name__, *elements)
        moving = [k for k, a in enumerate(numbers) if moves(a)]
        t: Element | None = None
        if moving:
            args = [stored(run, tr.still(a)) for a in numbers]
            y = stored(run, Number(np.asarray(ufunc(*(a.x for a in numbers))), v, e, None))
            for k in moving:
                slope = slopes[k]
                if slope is None:
                    refuse(f"the derivative of {ufunc.__name__} by its argument {k + 1} is not known")
                t = plus(run, t, times(run, load(run, slope(*args, y)).v, numbers[k].t))
        return v, e, t

    return rule


def floats_of_constants(ufunc: Any, rule: Rule) -> Rule:
    """The same rule, but that of constants the value is the float that it is: so code that is handed no number has it too."""

    def either(run: Run, *numbers: Number) -> Value:
        v, e, t = rule(run, *numbers)
        if all(constants_of(run, a) is not None for a in numbers):
            _, v, e, _ = run.constant(np.asarray(ufunc(*(a.x for a in numbers))))
        return v, e, t

    return either


def xlogy(run: Run, a: Number, b: Number) -> Value:
    """A log b, zero where a is zero and log b is none; there it has no derivative by a."""
    none = (a.x == 0) & (b.x <= 0)
    if none.any():
        for part in (a.v.re, a.v.im, None if a.t is None else a.t.re, None if a.t is None else a.t.im):
            if part is not None and (none & (part != 0)).any():
                refuse("xlogy of zero and what has no logarithm")
    safe = Element(np.where(none, np.uint64(1), b.v.re), None if b.v.im is None else np.where(none, ZERO, b.v.im))
    return ar.multiply(run, a, Number(b.x, *ar.log(run, Number(b.x, safe, b.e, b.t))))


def gammaln(run: Run, a: Number) -> Value:
    """log Γ(a), uninterpreted, but that its exponential is Γ(a); ψ(a) t."""
    v, e, t = known(sp.gammaln, lambda x, _: sp.psi(x))(run, a)
    if e is not None:
        run.logs = True
        e = np.where(a.x > 0, EXPONENTIAL + RULES[sp.gamma](run, tr.still(a))[0].re, e)
    return v, e, t


def expn(run: Run, n: Number, x: Number) -> Value:
    """The exponential integral E_n of a constant whole order; −E_(n−1)(x) t, E_0 being exp(−x)/x."""
    order = constant_order(run, n)
    if order.denominator != 1 or order < 1:
        refuse("an exponential integral of that order")

    def slope(_: Any, x: Exact, y: Any) -> Any:
        return -(np.exp(-x) / x) if order == 1 else -sp.expn(float(order - 1), x)

    return known(sp.expn, None, slope)(run, n, x)


def constant_order(run: Run, n: Number) -> Fraction:
    """The one constant of which an argument consists."""
    constants = constants_of(run, n)
    if constants is None or len(constants) > 1 or abs(float(next(iter(constants.values())))) > MOST_STEPS:
        refuse("a special function whose order is not one small constant")
    return next(iter(constants.values()))


def bessel(kind: str, rise: int, turn: int, slope: int, order: int | None = None) -> Rule:
    """The rule of C_v, with C_(v+1) = rise (2v/x) C_v + turn C_(v−1) and C_v' = slope C_(v−1) − (v/x) C_v.

    Two of the orders that differ by whole numbers are uninterpreted, the others follow by recurrence.
    """

    def value(run: Run, v: Fraction, x: Element) -> Element:
        f = run.field
        start = v - math.floor(v)
        twice = f.inv(x)
        twice = f.add(twice, twice)

        def step(sign: int, at: Fraction, c: Element) -> Element:
            return f.mul(ar.integer(run, sign * at, x.re), f.mul(twice, c))

        low, high = (run.hashed(f"{kind} {start + k}", x)[0] for k in range(2))
        while start < v:
            low, high = high, f.add(step(rise, start + 1, high), low if turn > 0 else f.neg(low))
            start += 1
        while start > v:
            below = f.sub(high, step(rise, start, low))
            low, high = below if turn > 0 else f.neg(below), low
            start -= 1
        return low

    def rule(run: Run, *numbers: Number) -> Value:
        v = Fraction(order) if order is not None else constant_order(run, numbers[0])
        x = numbers[-1]
        if (run.field.norm(x.v) == 0).any():
            refuse("a Bessel function of zero")
        y = value(run, v, x.v)
        if x.t is None:
            return y, run.exponent_of(y), None
        f = run.field
        below = value(run, v - 1, x.v)
        tilted = f.mul(ar.integer(run, v, x.v.re), f.mul(f.inv(x.v), y))
        return y, run.exponent_of(y), f.mul(f.sub(below if slope > 0 else f.neg(below), tilted), x.t)

    return rule


def of_whole_order(rule: Rule) -> Rule:
    """The same rule where the order is whole: a fraction SciPy would take for the whole number below it."""

    def checked(run: Run, n: Number, x: Number) -> Value:
        if constant_order(run, n).denominator != 1:
            refuse("a special function of whole orders, at another")
        return rule(run, n, x)

    return checked


def binomial(k: Any, n: Any, p: Any) -> Any:
    """The chance of k successes among n."""
    return sp.binom(n, k) * p**k * (1 - p) ** (n - k)


def negative_binomial(k: Any, n: Any, p: Any) -> Any:
    """The chance of k failures before the n-th success."""
    return sp.gamma(n + k) / (sp.gamma(k + 1) * sp.gamma(n)) * p**n * (1 - p) ** k


J, Y, I, K = ("J", 1, -1, 1), ("Y", 1, -1, 1), ("I", -1, 1, 1), ("K", 1, 1, -1)


FORMULAS: dict[Any, Rule] = {
    sp.expit: tr.expit,
    sp.logit: composed(lambda p: np.log(p / (1 - p))),
    sp.log_expit: composed(lambda x: -np.logaddexp(0, -x)),
    sp.expm1: composed(np.expm1),
    sp.log1p: composed(np.log1p),
    sp.exp2: composed(np.exp2),
    sp.exp10: composed(lambda x: np.power(10, x)),
    sp.cbrt: composed(np.cbrt),
    sp.cosm1: composed(lambda x: np.cos(x) - 1),
    sp.exprel: composed(lambda x: np.expm1(x) / x),
    sp.xlogy: xlogy,
    sp.xlog1py: composed(lambda a, b: sp.xlogy(a, 1 + b)),
    sp.entr: composed(lambda x: -sp.xlogy(x, x)),
    sp.rel_entr: composed(lambda x, y: sp.xlogy(x, x / y)),
    sp.kl_div: composed(lambda x, y: sp.xlogy(x, x / y) - x + y),
    # losses and transformations
    sp.huber: composed(lambda d, r: np.where(np.abs(r) <= d, r * r / 2, d * (np.abs(r) - d / 2))),
    sp.pseudo_huber: composed(lambda d, r: d * d * (np.sqrt(1 + (r / d) ** 2) - 1)),
    sp.boxcox: composed(lambda x, k: (x**k - 1) / k),
    sp.inv_boxcox: composed(lambda x, k: (1 + k * x) ** (1 / k)),
}
FUNCTIONS: dict[Any, Rule] = {
    # the error function
    sp.erf: ar.erf,
    sp.erfc: composed(lambda x: 1 - sp.erf(x)),
    sp.erfcx: composed(lambda x: np.exp(x * x) * sp.erfc(x)),
    sp.erfi: known(sp.erfi, lambda x, _: 2 / ROOT_PI * np.exp(x * x), is_odd=True),
    sp.erfinv: known(sp.erfinv, lambda _, y: ROOT_PI / 2 * np.exp(y * y), is_odd=True),
    sp.erfcinv: composed(lambda x: sp.erfinv(1 - x)),
    sp.dawsn: known(sp.dawsn, lambda x, y: 1 - 2 * x * y, is_odd=True),
    sp.ndtr: composed(lambda x: (1 + sp.erf(x / ROOT_2)) / 2),
    sp.log_ndtr: composed(lambda x: np.log(sp.ndtr(x))),
    sp.ndtri: composed(lambda p: ROOT_2 * sp.erfinv(2 * p - 1)),
    # the gamma function
    sp.gamma: known(sp.gamma, lambda x, y: y * sp.psi(x)),
    sp.gammaln: gammaln,
    sp.rgamma: composed(lambda x: 1 / sp.gamma(x)),
    sp.psi: known(sp.psi, lambda x, _: sp.zeta(2.0, x)),
    sp._ufuncs._zeta: known(sp._ufuncs._zeta, None, lambda s, a, _: -s * sp.zeta(s + 1, a)),
    sp.beta: composed(lambda a, b: sp.gamma(a) * sp.gamma(b) / sp.gamma(a + b)),
    sp.betaln: composed(lambda a, b: sp.gammaln(a) + sp.gammaln(b) - sp.gammaln(a + b)),
    sp.poch: composed(lambda a, n: sp.gamma(a + n) / sp.gamma(a)),
    sp.binom: composed(lambda n, k: sp.gamma(n + 1) / (sp.gamma(k + 1) * sp.gamma(n - k + 1))),
    sp.gammainc: known(sp.gammainc, None, lambda a, x, _: x**a / x * np.exp(-x) / sp.gamma(a)),
    sp.gammaincc: composed(lambda a, x: 1 - sp.gammainc(a, x)),
    sp.betainc: known(sp.betainc, None, None, lambda a, b, x, _: x**a * (1 - x) ** b / (x * (1 - x)) / sp.beta(a, b)),
    sp.betaincc: composed(lambda a, b, x: 1 - sp.betainc(a, b, x)),
    sp.chdtr: composed(lambda v, x: sp.gammainc(v / 2, x / 2)),
    sp.chdtrc: composed(lambda v, x: sp.gammaincc(v / 2, x / 2)),
    sp.pdtr: composed(lambda k, m: sp.gammaincc(np.floor(k) + 1, m)),
    sp._ufuncs._beta_pdf: composed(lambda x, a, b: x**a * (1 - x) ** b / (x * (1 - x)) / sp.beta(a, b)),
    sp._ufuncs._binom_pmf: composed(lambda k, n, p: binomial(np.floor(k), n, p)),
    sp._ufuncs._nbinom_pmf: composed(lambda k, n, p: negative_binomial(np.floor(k), n, p)),
    sp._ufuncs._cauchy_ppf: composed(lambda q, loc, scale: loc + scale * np.tan(np.pi * (q - 0.5))),
    sp.stdtr: known(
        sp.stdtr,
        None,
        lambda n, t, _: sp.gamma((n + 1) / 2) / (np.sqrt(n * np.pi) * sp.gamma(n / 2)) * (1 + t * t / n) ** (-(n + 1) / 2),
    ),
    # integrals
    sp.expn: of_whole_order(expn),
    sp.exp1: composed(lambda x: sp.expn(1, x)),
    sp.expi: known(sp.expi, lambda x, _: np.exp(x) / x),
    sp.ellipk: known(sp.ellipk, lambda m, y: (sp.ellipe(m) / (1 - m) - y) / (2 * m)),
    sp.ellipe: known(sp.ellipe, lambda m, y: (y - sp.ellipk(m)) / (2 * m)),
    # Bessel functions
    sp.jv: bessel(*J),
    sp.j0: bessel(*J, 0),
    sp.j1: bessel(*J, 1),
    sp.yv: bessel(*Y),
    sp.yn: of_whole_order(bessel(*Y)),
    sp.y0: bessel(*Y, 0),
    sp.y1: bessel(*Y, 1),
    sp.iv: bessel(*I),
    sp.i0: bessel(*I, 0),
    sp.i1: bessel(*I, 1),
    sp.kv: bessel(*K),
    sp.kn: of_whole_order(bessel(*K)),
    sp.k0: bessel(*K, 0),
    sp.k1: bessel(*K, 1),
}
RULES = FORMULAS | {ufunc: floats_of_constants(ufunc, rule) for ufunc, rule in FUNCTIONS.items()}
