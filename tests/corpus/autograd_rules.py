"""autograd: the vector-Jacobian products that it registers for NumPy's and SciPy's functions."""

import autograd.numpy as anp
import autograd.numpy.fft as fft
import autograd.numpy.linalg as linalg
import autograd.scipy.linalg
import autograd.scipy.signal
import autograd.scipy.special as special
import autograd.scipy.stats as stats
import numpy as np
from autograd import make_vjp
from autograd.core import primitive_vjps

from .values import between, case, normal, spd


def rule(primitive, *args, wrt=None, **kwargs):
    """The rule of a primitive, for those of its arguments that are arrays of floats."""
    wrt = wrt or tuple(k for k, a in enumerate(args) if isinstance(a, np.ndarray) and a.dtype == float)

    def op(*x):
        full = list(args)
        for k, xk in zip(wrt, x, strict=True):
            full[k] = xk
        Y = primitive(*full, **kwargs)
        return Y, lambda dY: tuple(primitive_vjps[primitive](wrt, Y, tuple(full), kwargs)(dY))

    return case(op, *(args[k] for k in wrt))


def traced(f, x):
    """The rules of all the primitives that f calls."""

    def op(x):
        backward, Y = make_vjp(f)(x)
        return Y, backward

    return case(op, x)


ELEMENTWISE = ["exp", "expm1", "sinh", "cosh", "tanh", "sin", "cos", "tan", "arctan", "arcsinh", "sinc", "exp2", "fabs", "abs"]
POSITIVE = [
    "log",
    "log2",
    "log10",
    "log1p",
    "sqrt",
    "square",
    "negative",
    "reciprocal",
    "degrees",
    "radians",
    "rad2deg",
    "deg2rad",
]
BINARY = ["add", "subtract", "multiply", "divide", "logaddexp", "logaddexp2", "maximum", "minimum", "arctan2", "fmin", "fmax"]
SPECIAL = ["gammaln", "psi", "gamma", "erf", "erfc", "erfinv", "logit", "expit", "j0", "j1", "y0", "y1", "i0", "i1"]
Z, P, Q = normal(3, 4), between(0.3, 1.5, 3, 4), between(0.3, 1.5, 4)
x, shape_, scale = normal(3), between(1.0, 3.0, 3), between(0.3, 1.5, 3)

CASES = {
    **{name: rule(getattr(anp, name), Z) for name in ELEMENTWISE},
    **{name: rule(getattr(anp, name), P) for name in POSITIVE},
    **{name: rule(getattr(anp, name), P, Q) for name in BINARY},
    "arcsin": rule(anp.arcsin, Q / 2),
    "arccos": rule(anp.arccos, Q / 2),
    "arctanh": rule(anp.arctanh, Q / 2),
    "arccosh": rule(anp.arccosh, Q + 1),
    "power": rule(anp.power, P, Q),
    "power by an integer": rule(anp.power, Z, 3),
    "mod": rule(anp.mod, 3 * P, Q),
    **{name: rule(getattr(anp, name), Z, axis=1) for name in ["sum", "prod", "max", "min", "cumsum"]},
    **{name: traced(lambda a, name=name: getattr(anp, name)(a, axis=1), Z) for name in ["mean", "var", "std"]},
    "norm": traced(linalg.norm, Z),
    "norm of order 3": traced(lambda a: linalg.norm(a, ord=3, axis=1), Z),
    "nuclear norm": traced(lambda a: linalg.norm(a, ord="nuc"), Z),
    "inv": rule(linalg.inv, spd(4)),
    "det": rule(linalg.det, spd(4)),
    "slogdet": rule(linalg.slogdet, spd(4)),
    "solve": rule(linalg.solve, spd(4), normal(4, 2)),
    "pinv": rule(linalg.pinv, normal(4, 3)),
    "svd": rule(linalg.svd, Z, full_matrices=False),
    "eigh": rule(linalg.eigh, spd(4)),
    "cholesky": rule(linalg.cholesky, spd(4)),
    "solve_triangular": rule(autograd.scipy.linalg.solve_triangular, np.tril(spd(4)), normal(4), lower=True),
    "sqrtm": rule(autograd.scipy.linalg.sqrtm, spd(4)),
    "einsum": rule(anp.einsum, "ij,jk->ik", Z, normal(4, 5)),
    "tensordot": rule(anp.tensordot, Z, normal(4, 5), axes=1),
    "dot": rule(anp.dot, Z, Q),
    "matmul": rule(anp.matmul, normal(2, 3, 4), normal(4, 5)),
    "inner": rule(anp.inner, Z, normal(2, 4)),
    "outer": rule(anp.outer, x, Q),
    "kron": rule(anp.kron, normal(2, 2), normal(3, 2)),
    "cross": rule(anp.cross, x, scale),
    "clip": rule(anp.clip, Z, -0.5, 0.5),
    "sort": rule(anp.sort, normal(5)),
    "pad": rule(anp.pad, Z, ((1, 1), (0, 2)), "constant"),
    "roll": rule(anp.roll, Q, 2),
    "trace": rule(anp.trace, spd(4), offset=1),
    "diff": rule(anp.diff, Z),
    "gradient": rule(anp.gradient, normal(6)),
    "repeat": rule(anp.repeat, Z, 2, axis=1),
    "tile": rule(anp.tile, x, (2, 2)),
    "swapaxes": rule(anp.swapaxes, normal(2, 3, 4), 0, 2),
    "rfft": rule(fft.rfft, normal(6)),
    "convolve": rule(autograd.scipy.signal.convolve, normal(6), normal(3), mode="valid"),
    **{f"special.{name}": rule(getattr(special, name), Q / 2) for name in SPECIAL},
    "special.beta": rule(special.beta, P, Q),
    "special.betaln": rule(special.betaln, P, Q),
    "special.logsumexp": rule(special.logsumexp, Z, axis=1),
    "special.multigammaln": rule(special.multigammaln, Q + 3, 2),
    **{
        f"norm.{name}": rule(getattr(stats.norm, name), x, normal(3, seed=1), scale)
        for name in ["pdf", "logpdf", "cdf", "logcdf"]
    },
    **{f"t.{name}": rule(getattr(stats.t, name), x, shape_ + 2, x / 2, scale) for name in ["pdf", "logpdf"]},
    **{f"gamma.{name}": rule(getattr(stats.gamma, name), scale, shape_) for name in ["pdf", "logpdf"]},
    **{f"beta.{name}": rule(getattr(stats.beta, name), scale / 2, shape_, scale) for name in ["pdf", "logpdf"]},
    "chi2.logpdf": rule(stats.chi2.logpdf, scale, 3.0),
    "poisson.logpmf": rule(stats.poisson.logpmf, np.array([1, 2, 3]), scale),
    "multivariate_normal.logpdf": rule(stats.multivariate_normal.logpdf, Q, normal(4), spd(4)),
}

BELOW = {
    "logaddexp2", "mean", "var", "std", "norm", "norm of order 3", "nuclear norm", "solve_triangular", "sqrtm",
    "rfft", "special.multigammaln",
}  # fmt: skip

# The gradients by symmetric arguments of which the forward pass reads one triangle, or assumes the symmetry.
WRONG = {
    "cholesky": {"dx0": "other"},
    "multivariate_normal.logpdf": {"dx2": "other"},
}
