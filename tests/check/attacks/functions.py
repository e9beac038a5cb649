"""Powers, logarithms and special functions whose gradient is off: by a sign, an order, a constant's last digits."""

import numpy as np
import scipy.linalg
import scipy.spatial.distance
import scipy.special as sp

P = np.array([0.4, 1.7, 2.3, 0.9])
U = np.array([0.2, 0.35, 0.8, 0.6])
B = np.array([1.5, -0.7, 2.2, 0.6])
SIGNED = np.array([0.4, -1.7, 2.3, -0.9])


def elementwise(f, slope, *args):
    """Y = f(X) with slope(X) dY for the gradient."""
    return lambda: (lambda X: (f(X), lambda dY: slope(X) * dY), (args[0] if args else P,))


def beside(f, slope):
    """Y = X² + 2^-38 f(X), with that slope for f's: what floats do not notice."""
    return elementwise(lambda X: X * X + 2.0**-38 * f(X), lambda X: 2 * X + 2.0**-38 * slope(X))


ATTACKS = {
    "a fraction of a count": beside(lambda X: sp.pdtr(2.5, X), lambda X: -(X**2.5) * np.exp(-X) / sp.gamma(3.5)),
    "a fraction of a whole order": beside(lambda X: sp.kn(1.5, X), lambda X: -sp.kv(0.5, X) - 1.5 / X * sp.kv(1.5, X)),
    "a fraction of a whole order, Y": beside(lambda X: sp.yn(1.5, X), lambda X: sp.yv(0.5, X) - 1.5 / X * sp.yv(1.5, X)),
    "a tiny exponent": elementwise(lambda X: 1e17 * X**1e-17, lambda X: 0 * X),
    "a tiny exponent, its last digits": elementwise(lambda X: 1e12 * X ** (1e-12 + 2e-16), lambda X: 1 / X),
    "ln 2 to twelve digits": elementwise(np.exp2, lambda X: 0.693147180560 * np.exp2(X)),
    "ln 2, one digit off": elementwise(np.exp2, lambda X: (np.log(2) * (1 + 2.0**-42)) * np.exp2(X)),
    "ln 10 for ln 2": elementwise(np.log2, lambda X: 1 / (X * np.log(10))),
    "log2 e for ln 2": elementwise(np.exp2, lambda X: np.log2(np.e) * np.exp2(X)),
    "an exponent not lowered": elementwise(lambda X: X**1.7, lambda X: 1.7 * X**1.7),
    "an exponent just beside": elementwise(lambda X: X**1.1, lambda X: 1.1 * X ** (0.1 + 1e-12)),
    "a cube root's square": elementwise(np.cbrt, lambda X: 1 / (3 * np.cbrt(X))),
    "the sign of a root of a square": elementwise(lambda X: X * np.abs(X), lambda X: 2 * X, SIGNED),
    "a root of a square without its sign": elementwise(lambda X: np.sqrt(X * X), lambda X: np.ones(4), SIGNED),
    "a power turned about": lambda: (lambda X, B: (X**B, lambda dY: (dY * B**X, dY * X**B * np.log(X))), (P, U)),
    "a power without its logarithm": lambda: (lambda X, B: (X**B, lambda dY: (dY * B * X ** (B - 1), dY * X**B)), (P, B)),
    "exp of log, another exponent": elementwise(lambda X: np.exp(0.3 * np.log(X)), lambda X: 0.3 * X**0.7),
    "psi beside": elementwise(sp.gammaln, lambda X: sp.psi(X + 1)),
    "gamma for its derivative": elementwise(sp.gamma, sp.gamma),
    "ndtr by a rounded constant": elementwise(sp.ndtr, lambda X: 0.39894228040 * np.exp(-X * X / 2)),
    "ndtr without the half": elementwise(sp.ndtr, lambda X: np.exp(-X * X) / np.sqrt(2 * np.pi)),
    "the other tail": elementwise(lambda X: sp.gammaincc(2.5, X), lambda X: X**1.5 * np.exp(-X) / sp.gamma(2.5)),
    "a beta function's order": elementwise(
        lambda X: sp.betainc(2.5, 0.7, X), lambda X: X**1.5 * (1 - X) ** 0.7 / sp.beta(2.5, 0.7), U
    ),
    "a Bessel function's sign": elementwise(sp.j0, sp.j1),
    "a Bessel function's kind": elementwise(sp.i0, sp.j1),
    "ndtri at the point, not the value": elementwise(sp.ndtri, lambda X: np.sqrt(2 * np.pi) * np.exp(X * X / 2), U),
    "logit without its second half": elementwise(sp.logit, lambda X: 1 / X, U),
    "xlogy by half": lambda: (lambda X, B: (sp.xlogy(X, B), lambda dY: (dY * np.log(B), dY * X)), (P, U)),
    "degrees for radians": elementwise(np.radians, lambda X: np.full(4, 180 / np.pi)),
}
ATTACKS |= {
    "a tiny constant, magnified": elementwise(lambda X: X * X + ((X + 2.0**-50) - X) * 2.0**40 * X, lambda X: 2 * X),
    "a tiny constant taken for lost": elementwise(lambda X: np.log(X * 1e-12 + 1e-20), lambda X: 1 / X),
    "half a factor": lambda: (lambda S: (np.linalg.cholesky(S), lambda dY: np.tril(dY)), (np.diag(P) + 0.1,)),
    "eigenvalues not turned back": lambda: (
        lambda S: (np.linalg.eigh(S)[0], lambda dY: np.diag(dY)),
        (np.diag(P) + np.diag([0.1, 0.2, 0.3], -1) + np.diag([0.1, 0.2, 0.3], 1),),
    ),
    "a pseudoinverse as an inverse": lambda: (
        lambda X: (np.linalg.pinv(X), lambda dY: -(np.linalg.pinv(X).T @ dY @ np.linalg.pinv(X).T)),
        (np.stack([P, U, B]).T,),
    ),
    "a solution of the other triangle": lambda: (
        lambda L, X: (
            scipy.linalg.solve_triangular(L, X, lower=True),
            lambda dY: scipy.linalg.solve_triangular(L, dY, lower=True),
        ),
        (np.diag(P) + np.tril(np.full((4, 4), 0.3), -1), B),
        {"wrt": ["X"]},
    ),
    "distances without their halves": lambda: (
        lambda X: (
            scipy.spatial.distance.pdist(X, "sqeuclidean"),
            lambda dY: 2 * (scipy.spatial.distance.squareform(dY)[..., None] * (X[:, None] - X)).sum(0),
        ),
        (np.stack([P, U]).T,),
    ),
    "the odd part alone": elementwise(
        lambda X: sp.erf(X) * sp.erf(-X), lambda X: 4 / np.sqrt(np.pi) * np.exp(-X * X) * sp.erf(X)
    ),
}
TWINS = {
    "a whole number of a count": elementwise(lambda X: sp.pdtr(2, X), lambda X: -(X**2) * np.exp(-X) / 2),
    "a whole order": elementwise(lambda X: sp.kn(1, X), lambda X: -sp.k0(X) - sp.k1(X) / X),
    "exp2": elementwise(np.exp2, lambda X: np.log(2) * np.exp2(X)),
    "log10": elementwise(np.log10, lambda X: 1 / np.log(10) / X),
    "a float power": elementwise(lambda X: X**1.1, lambda X: 1.1 * X ** (1.1 - 1)),
    "a cube root": elementwise(np.cbrt, lambda X: 1 / (3 * np.cbrt(X) ** 2)),
    "a root of a square": elementwise(lambda X: X * np.abs(X), lambda X: 2 * np.sqrt(X * X), SIGNED),
    "a power": lambda: (lambda X, B: (X**B, lambda dY: (dY * B * X ** (B - 1), dY * X**B * np.log(X))), (P, B)),
    "exp of log": elementwise(lambda X: np.exp(0.3 * np.log(X)), lambda X: 0.3 * X**-0.7),
    "gammaln": elementwise(sp.gammaln, sp.psi),
    "ndtr": elementwise(sp.ndtr, lambda X: np.exp(-X * X / 2) / np.sqrt(2 * np.pi)),
    "the upper tail": elementwise(lambda X: sp.gammaincc(2.5, X), lambda X: -(X**1.5) * np.exp(-X) / sp.gamma(2.5)),
    "betainc": elementwise(lambda X: sp.betainc(2.5, 0.7, X), lambda X: X**1.5 * (1 - X) ** -0.3 / sp.beta(2.5, 0.7), U),
    "a Bessel function": elementwise(sp.j0, lambda X: -sp.j1(X)),
    "ndtri": elementwise(sp.ndtri, lambda X: np.sqrt(2 * np.pi) * np.exp(sp.ndtri(X) ** 2 / 2), U),
    "xlogy": lambda: (lambda X, B: (sp.xlogy(X, B), lambda dY: (dY * np.log(B), dY * X / B)), (P, U)),
    "a tiny constant": elementwise(lambda X: np.log(X + 1e-20), lambda X: 1 / X),
    "distances": lambda: (
        lambda X: (
            scipy.spatial.distance.pdist(X, "sqeuclidean"),
            lambda dY: 2 * (scipy.spatial.distance.squareform(dY)[..., None] * (X[:, None] - X)).sum(1),
        ),
        (np.stack([P, U]).T,),
    ),
}
