"""Quadratic and bilinear forms, inverses, determinants, kernels, distances."""

import numpy as np
import scipy.linalg

from tests.check.layers.values import normal, spd


def bilinear(x, W, y):
    return np.einsum("ni,kij,nj->nk", x, W, y), lambda g: (
        np.einsum("nk,kij,nj->ni", g, W, y),
        np.einsum("nk,ni,nj->kij", g, x, y),
        np.einsum("nk,kij,ni->nj", g, W, x),
    )


def quadratic(x, A):
    return x @ A @ x, lambda g: (g * (A + A.T) @ x, g * np.outer(x, x))


def quadratic_rows(X, A, b, c):
    y = 0.5 * np.sum((X @ A) * X, axis=1) + X @ b + c
    return y, lambda g: (g[:, None] * (0.5 * X @ (A + A.T) + b), 0.5 * X.T @ (g[:, None] * X), X.T @ g, g.sum(keepdims=True))


def mahalanobis_solve(x, mu, S):
    d = x - mu
    u = np.linalg.solve(S, d)
    m = np.sqrt(d @ u)

    def backward(g):
        ut = np.linalg.solve(S.T, d)
        gx = g * (u + ut) / (2 * m)
        return gx, -gx, -g * np.outer(ut, u) / (2 * m)

    return m, backward


def mahalanobis_inv(X, S):
    P = np.linalg.inv(S)
    y = np.einsum("ni,ij,nj->n", X, P, X)

    def backward(g):
        dP = np.einsum("n,ni,nj->ij", g, X, X)
        return g[:, None] * (X @ (P + P.T)), -P.T @ dP @ P.T

    return y, backward


def logdet(A):
    return np.log(np.linalg.det(A)), lambda g: g * np.linalg.inv(A).T


def logdet_slogdet(A):
    _, value = np.linalg.slogdet(A)
    return value, lambda g: g * np.linalg.inv(A).T


def gaussian_likelihood(X, mu, S):
    """Of rows of X, up to sign, with constants."""
    n, d = X.shape
    P = np.linalg.inv(S)
    D = X - mu
    nll = 0.5 * np.trace(D @ P @ D.T) + 0.5 * n * np.log(np.linalg.det(S)) + 0.5 * n * d * np.log(2 * np.pi)

    def backward(g):
        dD = 0.5 * D @ (P + P.T)
        return g * dD, -g * dD.sum(axis=0), g * (-0.5 * P.T @ D.T @ D @ P.T + 0.5 * n * P.T)

    return nll, backward


def ridge(X, y, lam):
    """The weights of a ridge regression."""
    A = X.T @ X + lam * np.eye(X.shape[1])
    w = np.linalg.solve(A, X.T @ y)

    def backward(g):
        u = np.linalg.solve(A, g)
        dX = np.outer(y - X @ w, u) - np.outer(X @ u, w)
        return dX, X @ u, -(u @ w)

    return w, backward


def cholesky_solve(A, b):
    """b·A⁻¹b through a factor."""
    L = np.linalg.cholesky(A)
    z = np.linalg.solve(L, b)

    def backward(g):
        return 2 * g * np.linalg.solve(L.T, z)

    return z @ z, backward


def triangular(L, b):
    x = scipy.linalg.solve_triangular(L, b, lower=True)

    def backward(g):
        u = scipy.linalg.solve_triangular(L, g, lower=True, trans="T")
        return -np.tril(np.outer(u, x)), u

    return x, backward


def rbf_kernel(X, Y, log_ell):
    d2 = ((X[:, None, :] - Y[None, :, :]) ** 2).sum(-1)
    ell2 = np.exp(2 * log_ell)
    K = np.exp(-0.5 * d2 / ell2)

    def backward(g):
        w = g * K / ell2
        dX = -(w.sum(1)[:, None] * X - w @ Y)
        dY = -(w.sum(0)[:, None] * Y - w.T @ X)
        return dX, dY, (w * d2).sum()

    return K, backward


def pairwise_distances(X, Y):
    """By the expansion of the square."""
    d2 = (X**2).sum(1)[:, None] + (Y**2).sum(1) - 2 * X @ Y.T
    D = np.sqrt(d2)

    def backward(g):
        w = g / D
        return w.sum(1)[:, None] * X - w @ Y, w.sum(0)[:, None] * Y - w.T @ X

    return D, backward


def matrix_cube(A):
    A2 = A @ A
    return np.linalg.matrix_power(A, 3), lambda g: g @ A2.T + A.T @ g @ A.T + A2.T @ g


def trace_product(A, B):
    return np.trace(A @ B), lambda g: (g * B.T, g * A.T)


def frobenius(A):
    n = np.linalg.norm(A)
    return n, lambda g: g * A / n


def whiten(X):
    """Centred by a projection matrix."""
    C = np.eye(len(X)) - np.ones((len(X), len(X))) / len(X)
    return C @ X, lambda g: C.T @ g


def factorization_machine(X, w, V):
    XV = X @ V
    y = X @ w + 0.5 * (XV**2 - X**2 @ V**2).sum(1)

    def backward(g):
        dX = g[:, None] * (w + XV @ V.T - X * (V**2).sum(1))
        return dX, X.T @ g, X.T @ (g[:, None] * XV) - V * ((X**2).T @ g)[:, None]

    return y, backward


def polynomial_features(x, c):
    V = np.vander(x, len(c), increasing=True)
    return V @ c, lambda g: (g * (V[:, :-1] @ (np.arange(1, len(c)) * c[1:])), V.T @ g)


def case_mahalanobis_solve():
    return mahalanobis_solve, [*normal((3,), (3,)), spd(3)]


def case_mahalanobis_inv():
    return mahalanobis_inv, [normal((4, 3)), spd(3)]


def case_logdet():
    return logdet, [spd(4)]


def case_logdet_slogdet():
    return logdet_slogdet, [spd(4)]


def case_gaussian_likelihood():
    return gaussian_likelihood, [*normal((4, 3), (3,)), spd(3)]


def case_ridge():
    return ridge, [*normal((5, 3), (5,)), np.array(0.7)]


def case_cholesky_solve():
    return cholesky_solve, [spd(3), normal((3,))], {"wrt": ["b"]}


def case_triangular():
    return triangular, [np.tril(spd(3)), normal((3,))]


def case_rbf_kernel():
    return rbf_kernel, normal((4, 2), (3, 2), ())


SHAPES = {
    bilinear: [(2, 3), (2, 3, 4), (2, 4)], quadratic: [(4,), (4, 4)], quadratic_rows: [(3, 4), (4, 4), (4,), (1,)],
    pairwise_distances: [(4, 2), (3, 2)], matrix_cube: [(3, 3)], trace_product: [(2, 3), (3, 2)], frobenius: [(3, 4)],
    whiten: [(4, 2)], factorization_machine: [(3, 4), (4,), (4, 2)], polynomial_features: [(5,), (4,)],
}  # fmt: skip


def _case(op, shapes):
    return lambda: (op, normal(*shapes) if len(shapes) > 1 else [normal(*shapes)])


globals().update({f"case_{op.__name__}": _case(op, shapes) for op, shapes in SHAPES.items()})

LOWER = {}
MISTAKES = [
    ("bilinear", 'nk,ni,nj->kij", g, x, y', 'nk,ni,nj->kij", g, x, 2 * y', "dW"),
    ("quadratic", "(A + A.T) @ x", "2 * A @ x", "dx"),
    ("quadratic_rows", "0.5 * X.T", "X.T", "dA"),
    ("mahalanobis_solve", "np.outer(ut, u)", "np.outer(u, ut)", "dS"),
    ("mahalanobis_inv", "-P.T @ dP @ P.T", "-P @ dP @ P * 2", "dS"),
    ("logdet", "np.linalg.inv(A).T", "np.linalg.inv(A) / 2", "dA"),
    ("logdet_slogdet", "np.linalg.inv(A).T", "-np.linalg.inv(A).T", "dA"),
    ("gaussian_likelihood", "0.5 * n * P.T)", "0.5 * P.T)", "dS"),
    ("ridge", "- np.outer(X @ u, w)", "", "dX"),
    ("cholesky_solve", "2 * g", "g", "db"),
    ("triangular", "-np.tril(np.outer(u, x))", "-np.tril(np.outer(x, u))", "dL"),
    ("rbf_kernel", "(w * d2).sum()", "0.5 * (w * d2).sum()", "dlog_ell"),
    ("pairwise_distances", "w.sum(0)[:, None] * Y", "w.sum(0)[:, None]", "dY"),
    ("matrix_cube", "A.T @ g @ A.T", "A.T @ g @ A", "dA"),
    ("trace_product", "(g * B.T, g * A.T)", "(g * B.T, g * A.T + g * A.T / 2**40)", "dB"),
    ("frobenius", "g * A / n", "g * A / n**2", "dA"),
    ("whiten", "C.T @ g", "g", "dX"),
    ("factorization_machine", "- V * ((X", "+ V * ((X", "dV"),
    ("polynomial_features", "np.arange(1, len(c))", "np.arange(len(c) - 1)", "dx"),
]
