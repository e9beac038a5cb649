"""Functions of eigenvalues, singular values and their vectors."""

import numpy as np

from tests.check.layers.values import normal, spd


def svd(A):
    """All three outputs, with the pullback as autograd writes it."""
    U, s, Vt = np.linalg.svd(A, full_matrices=False)
    V, k = Vt.T, len(s)

    def backward(g):
        gU, gs, gV = g[0], g[1], g[2].T
        f = 1 / (s[None, :] ** 2 - s[:, None] ** 2 + np.eye(k))
        utgu, vtgv = U.T @ gU, V.T @ gV
        t = (f * (utgu - utgu.T)) * s[None, :] + np.eye(k) * gs[:, None] + s[:, None] * (f * (vtgv - vtgv.T))
        t = U @ t @ V.T
        if A.shape[0] < A.shape[1]:
            return t + (U / s[None, :]) @ gV.T @ (np.eye(A.shape[1]) - V @ V.T)
        return t + (np.eye(A.shape[0]) - U @ U.T) @ (gU / s[None, :]) @ V.T

    return (U, s, Vt), backward


def of_half(t):
    """The gradient of the lower half of a symmetric matrix, which alone is read."""
    return np.tril(t) + np.triu(t, 1).T


def eigh(A):
    w, V = np.linalg.eigh(A)

    def backward(g):
        gw, gV = g
        f = 1 / (w[None, :] - w[:, None] + np.eye(len(w))) - np.eye(len(w))
        return of_half(V @ (np.diag(gw) + f * (V.T @ gV)) @ V.T)

    return (w, V), backward


def eigenvalues(A):
    w = np.linalg.eigvalsh((A + A.T) / 2)

    def backward(dw):
        V = np.linalg.eigh((A + A.T) / 2)[1]
        return V @ np.diag(dw) @ V.T

    return w, backward


def logdet_of_eigenvalues(A):
    w, V = np.linalg.eigh((A + A.mT) / 2)
    return np.log(w).sum(-1), lambda g: g[:, None, None] * (V / w[:, None, :]) @ V.mT


def nuclear_norm(A):
    U, _, Vt = np.linalg.svd(A)
    k = min(A.shape)
    return np.linalg.norm(A, "nuc"), lambda g: g * U[:, :k] @ Vt[:k]


def spectral_norm(A):
    U, _, Vt = np.linalg.svd(A, full_matrices=False)
    return np.linalg.norm(A, 2), lambda g: g * np.outer(U[:, 0], Vt[0])


def polar(A):
    """The nearest matrix of orthonormal columns."""
    U, s, Vt = np.linalg.svd(A, full_matrices=False)

    def backward(G):
        M = U.T @ G @ Vt.T
        inside = (M - M.T) / (s[:, None] + s[None, :])
        return U @ inside @ Vt + (G - U @ (U.T @ G)) @ (Vt.T / s) @ Vt

    return U @ Vt, backward


def inverse_root(A):
    w, V = np.linalg.eigh(A)
    r = 1 / np.sqrt(w)

    def backward(G):
        f = -np.outer(r, r) / (1 / r[:, None] + 1 / r[None, :])
        return of_half(V @ (f * (V.T @ G @ V)) @ V.T)

    return (V * r) @ V.T, backward


def case_svd():
    return svd, [normal((3, 5))]


def case_svd_tall():
    return svd, [normal((5, 3))]


def case_eigh():
    return eigh, [normal((4, 4))]


def case_eigenvalues():
    return eigenvalues, [normal((4, 4))]


def case_logdet_of_eigenvalues():
    return logdet_of_eigenvalues, [np.stack([spd(3), spd(3, 1)])]


def case_nuclear_norm():
    return nuclear_norm, [normal((4, 3))]


def case_spectral_norm():
    return spectral_norm, [normal((3, 4))]


def case_polar():
    return polar, [normal((4, 3))]


def case_inverse_root():
    return inverse_root, [spd(3)]


MISTAKES = [
    ("svd", "s[:, None] * (f * (vtgv", "s[None, :] * (f * (vtgv", "dA"),
    ("svd_tall", " - U @ U.T", "", "dA"),
    ("eigh", " - np.eye(len(w))", "", "dA"),
    ("eigenvalues", "V @ np.diag(dw) @ V.T", "V.T @ np.diag(dw) @ V", "dA"),
    ("logdet_of_eigenvalues", "(V / w[:, None, :])", "(V / w[:, :, None])", "dA"),
    ("nuclear_norm", "U[:, :k] @ Vt[:k]", "(U[:, :k] @ Vt[:k]) * (1 + 2.0**-40)", "dA"),
    ("spectral_norm", "U[:, 0], Vt[0]", "U[:, 0], Vt[1]", "dA"),
    ("polar", "(M - M.T)", "(M + M.T)", "dA"),
    ("inverse_root", "1 / r[None, :]", "r[None, :]", "dA"),
]
