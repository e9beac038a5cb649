"""Eigenvalues, singular values and vectors whose gradients are off, many by less than floats show."""

import numpy as np

eigh, svd, norm = np.linalg.eigh, np.linalg.svd, np.linalg.norm
X = np.array([[0.4, -1.7, 2.3], [0.9, 0.2, -0.6], [1.1, 0.8, 1.5], [-0.3, 2.1, 0.7]])
S = X.T @ X - 2 * np.eye(3)
TURNED = S[[2, 0, 1]][:, [2, 0, 1]]  # its eigenvectors have another determinant


def scalar(f, slope, x=X):
    """Y = f(X) with slope(X) dY for the gradient."""
    return lambda: (lambda X: (f(X), lambda dY: dY * slope(X)), (x,))


def faint(f, slope, x=X):
    """Y = ΣX² + 2^-38 f(X), with that slope for f's: what floats do not notice."""
    return scalar(lambda X: (X * X).sum() + 2.0**-38 * f(X), lambda X: 2 * X + 2.0**-38 * slope(X), x)


def half(t):
    return np.tril(t) + np.triu(t, 1).T


def polar(X):
    U, _, Vt = svd(X, full_matrices=False)
    return U @ Vt


def determinant(S):
    return np.linalg.det(eigh(S)[1])


def traced(S):
    return determinant(S) * np.trace(S)


def nuclear(X):
    return norm(X, "nuc")


def eigen_sum(S):
    return half(eigh(S)[1] @ np.diag(np.sign(eigh(S)[0])) @ eigh(S)[1].T)


def whole(S):
    w, V = eigh(S)
    return (V * w**2) @ V.T


def beyond(X):
    """A number of the vectors beyond the singular values, read behind the records."""
    return float(np.ndarray.view(svd(X)[0], np.ndarray)[0, 3] ** 2)


ATTACKS = {
    "vectors beyond the singular values": faint(beyond, lambda X: 0 * X),
    "another shape's singular values": faint(lambda X: nuclear(X.reshape(3, 4)), polar),
    "another shape's, turned back": faint(lambda X: nuclear(X.reshape(3, 4)), lambda X: polar(X.reshape(3, 4).T)),
    "a row taken for another": faint(nuclear, lambda X: polar(X[::-1])),
    "the smallest for the largest": faint(lambda X: norm(X, 2), lambda X: np.outer(svd(X)[0][:, 2], svd(X)[2][2])),
    "a norm of entries": faint(lambda X: norm(X, 2), lambda X: X / norm(X)),
    "half of a nuclear norm": faint(nuclear, lambda X: polar(X) / 2),
    "a determinant taken for one": faint(traced, lambda S: np.eye(3) * determinant(S) ** 2, TURNED),
    "a determinant taken for minus one": faint(traced, lambda S: -np.eye(3) * determinant(S) ** 2, S),
    "the sign of a root of a square": faint(lambda S: np.sqrt(eigh(S)[0] ** 2).sum(), lambda S: np.eye(3), S),
    "both halves": faint(lambda S: (eigh(S)[0] ** 3).sum() / 3, whole, S),
    "the other half": faint(lambda S: (eigh(S, "U")[0] ** 3).sum() / 3, lambda S: half(whole(S)) + np.tril(whole(S), -1), S),
    "an eigenvalue for a singular value": faint(lambda S: nuclear((S + S.T) / 2), lambda S: np.eye(3), S),
    "rows of vectors for columns": faint(
        lambda S: np.linalg.eigvalsh((S + S.T) / 2)[2], lambda S: np.outer(eigh(S)[1][2], eigh(S)[1][2]), S
    ),
    "no term outside the span": scalar(
        lambda X: svd(X, full_matrices=False)[0][0, 0] + (X * X).sum() * 2.0**38,
        lambda X: X * 2.0**39,
    ),
}
TWINS = {
    "a nuclear norm": faint(nuclear, polar),
    "a spectral norm": faint(lambda X: norm(X, 2), lambda X: np.outer(svd(X)[0][:, 0], svd(X)[2][0])),
    "a nuclear norm of eigenvalues": faint(lambda S: np.sqrt(eigh(S)[0] ** 2).sum(), eigen_sum, S),
    "singular values that are the same": scalar(nuclear, polar, 2 * np.eye(3)),
    "a determinant": faint(traced, lambda S: np.eye(3) * determinant(S), TURNED),
    "a determinant that is one": faint(traced, lambda S: np.eye(3) * determinant(S) ** 2, S),
    "a log-determinant by the inverse": scalar(
        lambda S: np.log(np.abs(np.linalg.eigvalsh((S + S.T) / 2))).sum(), lambda S: np.linalg.inv((S + S.T) / 2), S
    ),
}
