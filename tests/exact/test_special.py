"""Every entry of the table of special functions: its tangent is the derivative, and its value the formula or a function."""

from fractions import Fraction

import numpy as np
import pytest
import scipy.special as sp

from numpy_lora.exact import NotExact, Run, draw, equal
from numpy_lora.exact.array import stored
from numpy_lora.exact.linalg import tangent_of as moving_of
from numpy_lora.exact.records import load
from numpy_lora.exact.special import RULES
from tests.exact.differentials import differences, tangents_for
from tests.exact.points import assert_near, of, outcome, same, shadow, tangent_of, values_of

F = Fraction
ANY = [F(3, 2), F(-5, 3), 2, F(-1, 4)]
ALSO = [F(2, 3), F(-7, 4), -3, F(5, 2)]
POSITIVE = [F(3, 2), F(1, 3), 2, F(7, 5)]
MORE = [F(4, 3), F(5, 2), F(2, 3), 3]
UNIT = [F(1, 2), F(1, 3), F(3, 4), F(1, 5)]


def bell(x):
    return np.exp(-x * x / 2) / np.sqrt(2 * np.pi)


def at(f, *orders):
    """A function at constant first arguments."""
    return lambda *x: f(*orders, *x)


def lower(x, a):
    """The derivative of the incomplete gamma function."""
    return x**a / x * np.exp(-x) / sp.gamma(a)


def middle(x, a, b):
    """The derivative of the incomplete beta function."""
    return x**a * (1 - x) ** b / (x * (1 - x)) / sp.beta(a, b)


def student(x, n):
    return sp.gamma((n + 1) / 2) / (np.sqrt(n * np.pi) * sp.gamma(n / 2)) * (1 + x * x / n) ** (-(n + 1) / 2)


def psi_of_beta(a, b, s, t):
    return s * sp.psi(a) + t * sp.psi(b) - (s + t) * sp.psi(a + b)


# ufunc: (function, differential, arguments…), or a list of such
EXAMPLES = {
    sp.expit: (sp.expit, lambda a, t: t / (1 + np.exp(-a)) * (1 - 1 / (1 + np.exp(-a))), ANY),
    sp.logit: (sp.logit, lambda a, t: t / (a * (1 - a)), UNIT),
    sp.log_expit: (sp.log_expit, lambda a, t: t * sp.expit(-a), ANY),
    sp.expm1: (sp.expm1, lambda a, t: t * np.exp(a), ANY),
    sp.log1p: (sp.log1p, lambda a, t: t / (1 + a), POSITIVE),
    sp.exp2: (sp.exp2, lambda a, t: t * np.log(2) * np.exp2(a), ANY),
    sp.exp10: (sp.exp10, lambda a, t: t * np.log(10) * np.power(10.0, a), ANY),
    sp.cbrt: (sp.cbrt, lambda a, t: t / (3 * np.cbrt(a) ** 2), POSITIVE),
    sp.cosm1: (sp.cosm1, lambda a, t: -t * np.sin(a), ANY),
    sp.exprel: (sp.exprel, lambda a, t: t * (np.exp(a) * a - np.expm1(a)) / a**2, ANY),
    sp.erf: (sp.erf, lambda a, t: t * np.exp(-a * a) * (2 / np.sqrt(np.pi)), ANY),
    sp.erfc: (sp.erfc, lambda a, t: -t * np.exp(-a * a) * (2 / np.sqrt(np.pi)), ANY),
    sp.erfcx: (sp.erfcx, lambda a, t: t * (2 * a * sp.erfcx(a) - 2 / np.sqrt(np.pi)), ANY),
    sp.erfi: (sp.erfi, lambda a, t: t * np.exp(a * a) * (2 / np.sqrt(np.pi)), ANY),
    sp.erfinv: (sp.erfinv, lambda a, t: t * np.sqrt(np.pi) / 2 * np.exp(sp.erfinv(a) ** 2), UNIT),
    sp.erfcinv: (sp.erfcinv, lambda a, t: -t * np.sqrt(np.pi) / 2 * np.exp(sp.erfcinv(a) ** 2), UNIT),
    sp.dawsn: (sp.dawsn, lambda a, t: t * (1 - 2 * a * sp.dawsn(a)), ANY),
    sp.ndtr: (sp.ndtr, lambda a, t: t * bell(a), ANY),
    sp.log_ndtr: (sp.log_ndtr, lambda a, t: t * bell(a) / sp.ndtr(a), ANY),
    sp.ndtri: (sp.ndtri, lambda a, t: t / bell(sp.ndtri(a)), UNIT),
    sp.gamma: (sp.gamma, lambda a, t: t * sp.gamma(a) * sp.psi(a), POSITIVE),
    sp.gammaln: (sp.gammaln, lambda a, t: t * sp.psi(a), POSITIVE),
    sp.rgamma: (sp.rgamma, lambda a, t: -t * sp.psi(a) / sp.gamma(a), POSITIVE),
    sp.psi: (sp.psi, lambda a, t: t * sp.zeta(2.0, a), POSITIVE),
    sp._ufuncs._zeta: (at(sp._ufuncs._zeta, 3.0), lambda a, t: -3 * t * sp.zeta(4.0, a), POSITIVE),
    sp.beta: (sp.beta, lambda a, b, s, t: sp.beta(a, b) * psi_of_beta(a, b, s, t), POSITIVE, MORE),
    sp.betaln: (sp.betaln, psi_of_beta, POSITIVE, MORE),
    sp.poch: (sp.poch, lambda a, n, s, t: sp.poch(a, n) * ((s + t) * sp.psi(a + n) - s * sp.psi(a)), POSITIVE, MORE),
    sp.binom: (
        sp.binom,
        lambda n, k, s, t: sp.binom(n, k) * (s * (sp.psi(n + 1) - sp.psi(n - k + 1)) - t * (sp.psi(k + 1) - sp.psi(n - k + 1))),
        MORE, UNIT,
    ),
    sp.gammainc: (at(sp.gammainc, 2.5), lambda a, t: t * lower(a, 2.5), POSITIVE),
    sp.gammaincc: (at(sp.gammaincc, 0.7), lambda a, t: -t * lower(a, 0.7), POSITIVE),
    sp.betainc: (at(sp.betainc, 2.5, 0.7), lambda a, t: t * middle(a, 2.5, 0.7), UNIT),
    sp.betaincc: (at(sp.betaincc, 2, 3), lambda a, t: -t * middle(a, 2.0, 3.0), UNIT),
    sp.chdtr: (at(sp.chdtr, 3), lambda a, t: t / 2 * lower(a / 2, 1.5), POSITIVE),
    sp.chdtrc: (at(sp.chdtrc, 4), lambda a, t: -t / 2 * lower(a / 2, 2.0), POSITIVE),
    sp.pdtr: (at(sp.pdtr, 2), lambda a, t: -t * lower(a, 3.0), POSITIVE),
    sp._ufuncs._beta_pdf: (
        lambda x: sp._ufuncs._beta_pdf(x, 2.5, 0.7),
        lambda x, t: t * middle(x, 2.5, 0.7) * (1.5 / x + 0.3 / (1 - x)),
        UNIT,
    ),
    sp._ufuncs._binom_pmf: (at(sp._ufuncs._binom_pmf, 2, 3), lambda p, t: t * 3 * (2 * p - 3 * p * p), UNIT),
    sp._ufuncs._nbinom_pmf: (at(sp._ufuncs._nbinom_pmf, 1, 3), lambda p, t: t * 3 * (3 * p * p - 4 * p**3), UNIT),
    sp._ufuncs._cauchy_ppf: (
        lambda q: sp._ufuncs._cauchy_ppf(q, 1.0, 2.0), lambda q, t: t * 2 * np.pi / np.cos(np.pi * (q - 0.5)) ** 2,
        [F(1, 2), F(2, 5), F(3, 5), F(9, 20)],
    ),
    sp.stdtr: (at(sp.stdtr, 3.0), lambda a, t: t * student(a, 3.0), ANY),
    sp.xlogy: (sp.xlogy, lambda a, b, s, t: s * np.log(b) + t * a / b, [*ANY, 0], [*POSITIVE, 3]),
    sp.xlog1py: (sp.xlog1py, lambda a, b, s, t: s * np.log1p(b) + t * a / (1 + b), ANY, POSITIVE),
    sp.entr: (sp.entr, lambda a, t: -t * (np.log(a) + 1), POSITIVE),
    sp.rel_entr: (sp.rel_entr, lambda a, b, s, t: s * (np.log(a / b) + 1) - t * a / b, POSITIVE, MORE),
    sp.kl_div: (sp.kl_div, lambda a, b, s, t: s * np.log(a / b) + t * (1 - a / b), POSITIVE, MORE),
    sp.huber: (at(sp.huber, 1.0), lambda a, t: t * np.clip(a, -1, 1), ANY),
    sp.pseudo_huber: (at(sp.pseudo_huber, 2.0), lambda a, t: t * a / np.sqrt(1 + (a / 2) ** 2), ANY),
    sp.boxcox: (sp.boxcox, lambda x, k, s, t: s * x**k / x + t * (x**k * np.log(x) * k - x**k + 1) / k**2, POSITIVE, ALSO),
    sp.inv_boxcox: (at(lambda k, x: sp.inv_boxcox(x, k), 0.5), lambda a, t: t * (1 + a / 2), POSITIVE),
    sp.expn: [
        (at(sp.expn, 1), lambda a, t: -t * np.exp(-a) / a, POSITIVE),
        (at(sp.expn, 3), lambda a, t: -t * sp.expn(2, a), POSITIVE),
    ],
    sp.exp1: (sp.exp1, lambda a, t: -t * np.exp(-a) / a, POSITIVE),
    sp.expi: (sp.expi, lambda a, t: t * np.exp(a) / a, POSITIVE),
    sp.ellipk: (sp.ellipk, lambda m, t: t * (sp.ellipe(m) / (1 - m) - sp.ellipk(m)) / (2 * m), UNIT),
    sp.ellipe: (sp.ellipe, lambda m, t: t * (sp.ellipe(m) - sp.ellipk(m)) / (2 * m), UNIT),
    sp.jv: [
        (at(sp.jv, 1.5), lambda a, t: t * (sp.jv(0.5, a) - sp.jv(2.5, a)) / 2, POSITIVE),
        (at(sp.jv, -2), lambda a, t: t * (sp.jv(-3, a) - sp.jv(-1, a)) / 2, POSITIVE),
        (at(sp.jv, 3), lambda a, t: t * (3 / a * sp.jv(3, a) - sp.jv(4, a)), POSITIVE),
    ],
    sp.j0: (sp.j0, lambda a, t: -t * sp.j1(a), ANY),
    sp.j1: (sp.j1, lambda a, t: t * (sp.j0(a) - sp.jv(2, a)) / 2, ANY),
    sp.yv: (at(sp.yv, 0.3), lambda a, t: t * (sp.yv(-0.7, a) - sp.yv(1.3, a)) / 2, POSITIVE),
    sp.yn: (at(sp.yn, 2), lambda a, t: t * (sp.y1(a) - 2 / a * sp.yn(2, a)), POSITIVE),
    sp.y0: (sp.y0, lambda a, t: -t * sp.y1(a), POSITIVE),
    sp.y1: (sp.y1, lambda a, t: t * (sp.y0(a) - sp.y1(a) / a), POSITIVE),
    sp.iv: (at(sp.iv, 1.5), lambda a, t: t * (sp.iv(0.5, a) + sp.iv(2.5, a)) / 2, POSITIVE),
    sp.i0: (sp.i0, lambda a, t: t * sp.i1(a), ANY),
    sp.i1: (sp.i1, lambda a, t: t * (sp.i0(a) + sp.iv(2, a)) / 2, ANY),
    sp.kv: (at(sp.kv, 1.5), lambda a, t: -t * (sp.kv(0.5, a) + sp.kv(2.5, a)) / 2, POSITIVE),
    sp.kn: (at(sp.kn, 2), lambda a, t: -t * (sp.k1(a) + 2 / a * sp.kn(2, a)), POSITIVE),
    sp.k0: (sp.k0, lambda a, t: -t * sp.k1(a), POSITIVE),
    sp.k1: (sp.k1, lambda a, t: -t * (sp.k0(a) + sp.kn(2, a)) / 2, POSITIVE),
}  # fmt: skip
CASES = [(ufunc, *case) for ufunc, cases in EXAMPLES.items() for case in (cases if isinstance(cases, list) else [cases])]


def test_every_rule_has_an_example():
    assert set(EXAMPLES) == set(RULES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0].__name__)
def test_a_tangent_is_the_derivative(case):
    _, function, differential, *x = case
    floats = [np.array(a, float) for a in x]
    with Run(0, dual=True) as run:
        args = [draw(run, np.random.default_rng(k), a) for k, a in enumerate(floats)]
        moving = [moving_of(run, a) for a in args]
        still = [stored(run, load(run, a)._replace(t=None)) for a in args]
        y = function(*args)
        assert same(tangent_of(run, y), values_of(run, differential(*still, *moving)))
        assert same(values_of(run, y), values_of(run, function(*still)))
        assert run.broken is None
        assert_near(shadow(y), function(*floats), 4)
    directions = [tangents_for(a).astype(float) for a in x]
    assert_near(differences(function, floats, directions), differential(*floats, *directions), 2**24)


IDENTITIES = {
    "odd functions": lambda x: (sp.erf(-x) + sp.dawsn(x - 9), -sp.erf(x) - sp.dawsn(9 - x)),
    "the other tail by erfc": lambda x: (sp.erfc(-x), 2 - sp.erfc(x)),
    "log_ndtr by erfcx": lambda x: (np.exp(-x * x / 2 - sp.log_ndtr(x)) / 2, 1 / sp.erfcx(-x / np.sqrt(2))),
    "ndtri of both tails": lambda x: (sp.ndtri(1 / (1 + x)), -sp.ndtri(x / (1 + x))),
    "logit undoes expit": lambda x: (np.exp(sp.logit(sp.expit(x))), np.exp(x)),
    "exp of log_expit": lambda x: (np.exp(sp.log_expit(x)), sp.expit(x)),
    "exp of log_ndtr": lambda x: (np.exp(sp.log_ndtr(x)), sp.ndtr(x)),
    "ndtr by erf": lambda x: (sp.ndtr(x), 0.5 * (1 + sp.erf(x / np.sqrt(2)))),
    "exp of gammaln": lambda x: (np.exp(sp.gammaln(x)), sp.gamma(x)),
    "exp of betaln": lambda x: (np.exp(sp.betaln(x, 2 * x)), sp.beta(x, 2 * x)),
    "psi at one place": lambda x: (sp.psi(x * 0 + 0.5), sp.psi(0.5) + 0 * x),
    "the root of π": lambda x: (np.sqrt(x * np.pi), np.sqrt(x) * np.sqrt(np.pi)),
    "exp of xlogy": lambda x: (np.exp(sp.xlogy(x - 1, x)), x**x / x),
    "kl_div": lambda x: (sp.kl_div(x, 3 * x), sp.rel_entr(x, 3 * x) + 2 * x),
    "j1": lambda x: (sp.j1(x), sp.jv(1, x)),
    "negative orders": lambda x: (sp.jv(-3, x), -sp.jv(3, x)),
    "negative orders of I": lambda x: (sp.iv(-2, x), sp.iv(2, x)),
    "recurrence": lambda x: (sp.kv(2.5, x) - sp.kv(0.5, x), 3 / x * sp.kv(1.5, x)),
    "exp10": lambda x: (sp.exp10(x), np.exp(x * np.log(10))),
    "boxcox": lambda x: (sp.boxcox(x, 0.5), 2 * (np.sqrt(x) - 1)),
    "jvp": lambda x: (sp.jvp(1, x), (sp.j0(x) - sp.jv(2, x)) / 2),
}


@pytest.mark.parametrize("name", IDENTITIES)
@pytest.mark.parametrize("point", range(2))
def test_an_identity_holds_in_the_field_and_in_floats(name, point):
    roots = np.array([1.5, 0.3, 2.25, 0.4])
    with Run(point, primes=point) as run:
        x = np.square(draw(run, np.random.default_rng(0), roots))  # of a number that is no square, a root has two signs
        left, right = IDENTITIES[name](x)
        assert equal(left, right).all()
    left, right = IDENTITIES[name](np.square(roots))
    assert_near(left, right, 512)


def test_uninterpreted_functions_are_told_apart():
    one = [f for f in RULES if f.nin == 1 and f not in (sp.expm1, sp.log1p, sp.exp2, sp.cbrt)]
    with Run(0) as run:
        values = {int(load(run, f(of(run, F(1, 3)))).v.re) for f in one}
        assert len(values) == len(one)
        assert "uninterpreted" in run.seen
        x, y = of(run, POSITIVE), of(run, MORE)
        assert not equal(sp.jv(0.5, x), sp.jv(0.25, x)).any()
        assert not equal(sp.jv(0.5, x), sp.iv(0.5, x)).any()
        assert not equal(sp.gammainc(x, y), sp.gammainc(y, x)).any()


REFUSED = {
    "an order that moves": lambda x: sp.jv(x, 2.0),
    "orders that differ": lambda x: sp.jv(np.arange(4), x),
    "a parameter that moves": lambda x: sp.gammainc(x, 2.0),
    "E_0": lambda x: sp.expn(0, x),
    "a Bessel function of zero": lambda x: sp.j0(x * 0),
    "where the formula overflows": lambda x: sp.log_ndtr(-60 * x),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_known_is_refused(name):
    with Run(0, dual=True) as run:
        assert outcome(REFUSED[name], of(run, POSITIVE, [1, 2, 3, 4])) is NotExact
        assert run.broken is not None


def test_xlogy_of_zeros_is_zero_unless_it_moves():
    with Run(0, dual=True) as run:
        zero, moving, y = of(run, [0]), of(run, [0], [1]), of(run, [0], [1])
        assert equal(sp.xlogy(zero, zero), 0).all()
        assert same(tangent_of(run, sp.xlogy(zero, y)), load(run, zero).v)
        assert outcome(sp.xlogy, moving, zero) is NotExact
        assert "xlogy" in run.broken
