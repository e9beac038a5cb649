"""SciPy and NumPy's polynomials: functions beside the ones that document or implement their derivatives."""

import numpy as np
import scipy.interpolate as interpolate
import scipy.optimize as optimize
import scipy.special as special
from numpy import polynomial

from .values import between, case, normal


def pair(f, derivative, x):
    return case(f, x, backward=lambda dY, x: dY * derivative(x))


z, p, k = normal(4), between(0.3, 0.9, 4), np.arange(8.0)
CURVES = {
    "CubicSpline": interpolate.CubicSpline(k, normal(8)),
    "PchipInterpolator": interpolate.PchipInterpolator(k, normal(8)),
    "Akima1DInterpolator": interpolate.Akima1DInterpolator(k, normal(8)),
    "BSpline": interpolate.make_interp_spline(k, normal(8)),
}
SERIES = ["Polynomial", "Chebyshev", "Legendre", "Laguerre", "Hermite", "HermiteE"]
bary = interpolate.BarycentricInterpolator(k[:5], normal(5))

CASES = {
    "rosen": case(optimize.rosen, normal(5), gradient=optimize.rosen_der),
    "rosen_der": case(optimize.rosen_der, normal(5), backward=lambda dY, x: optimize.rosen_hess_prod(x, dY)),
    "gammaln": pair(special.gammaln, special.psi, p),
    "psi": pair(special.psi, lambda x: special.polygamma(1, x), p),
    "erf": pair(special.erf, lambda x: 2 / np.sqrt(np.pi) * np.exp(-x * x), z),
    "erfcx": pair(special.erfcx, lambda x: 2 * x * special.erfcx(x) - 2 / np.sqrt(np.pi), z),
    "ndtr": pair(special.ndtr, lambda x: np.exp(-x * x / 2) / np.sqrt(2 * np.pi), z),
    "ndtri": pair(special.ndtri, lambda p: np.sqrt(2 * np.pi) * np.exp(special.ndtri(p) ** 2 / 2), p),
    "log_ndtr": pair(special.log_ndtr, lambda x: np.exp(-x * x / 2 - special.log_ndtr(x)) / np.sqrt(2 * np.pi), z),
    "jv": pair(lambda x: special.jv(1.5, x), lambda x: special.jvp(1.5, x), p + 1),
    "yv": pair(lambda x: special.yv(1, x), lambda x: special.yvp(1, x), p + 1),
    "iv": pair(lambda x: special.iv(1, x), lambda x: special.ivp(1, x), p),
    "kv": pair(lambda x: special.kv(1, x), lambda x: special.kvp(1, x), p + 1),
    "ellipk": pair(special.ellipk, lambda m: (special.ellipe(m) / (1 - m) - special.ellipk(m)) / (2 * m), p / 2),
    "expit": pair(special.expit, lambda x: special.expit(x) * special.expit(-x), z),
    "logit": pair(special.logit, lambda p: 1 / (p * (1 - p)), p),
    "lambertw": pair(
        lambda x: special.lambertw(x).real, lambda x: (special.lambertw(x) / (x * (1 + special.lambertw(x)))).real, p
    ),
    "huber": pair(lambda x: special.huber(1.0, x), lambda x: np.clip(x, -1, 1), 2 * z),
    "pseudo_huber": pair(lambda x: special.pseudo_huber(1.0, x), lambda x: x / np.sqrt(1 + x * x), z),
    "logsumexp": pair(special.logsumexp, special.softmax, z),
    "entr": pair(special.entr, lambda x: -np.log(x) - 1, p),
    "xlogy": pair(lambda x: special.xlogy(2.0, x), lambda x: 2 / x, p),
    "rel_entr": pair(lambda x: special.rel_entr(x, 0.5), lambda x: np.log(x / 0.5) + 1, p),
    "expn": pair(lambda x: special.expn(2, x), lambda x: -special.expn(1, x), p),
    "sici": pair(lambda x: special.sici(x)[0], lambda x: np.sin(x) / x, p),
    "fresnel": pair(lambda x: special.fresnel(x)[0], lambda x: np.sin(np.pi * x * x / 2), p),
    "gammainc": pair(lambda x: special.gammainc(2.0, x), lambda x: x * np.exp(-x), p),
    "airy": pair(lambda x: special.airy(x)[0], lambda x: special.airy(x)[1], z),
    "dawsn": pair(special.dawsn, lambda x: 1 - 2 * x * special.dawsn(x), z),
    "eval_legendre": pair(lambda x: special.eval_legendre(3, x), lambda x: (15 * x * x - 3) / 2, z),
    **{name: pair(curve, curve.derivative(), 5 * p) for name, curve in CURVES.items()},
    "BarycentricInterpolator": pair(bary, bary.derivative, 3 * p),
    **{name: pair(s := getattr(polynomial, name)(normal(5)), s.deriv(), z) for name in SERIES},
    "poly1d": pair(s := np.poly1d(normal(4)), s.deriv(), z),
}

BELOW = {
    "lambertw", "sici", "fresnel", "airy", "eval_legendre", "CubicSpline", "PchipInterpolator", "Akima1DInterpolator",
    "BSpline", "BarycentricInterpolator", "Polynomial", "Chebyshev", "Legendre", "Laguerre", "Hermite", "HermiteE",
    "poly1d",
}  # fmt: skip
