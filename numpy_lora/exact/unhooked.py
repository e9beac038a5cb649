"""Functions of SciPy that reach no hook of NumPy's, for exact arrays; `constructors` puts them in their place.

Each is given with NumPy's own functions, so that its derivative comes of itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.linalg
import scipy.spatial.distance
import scipy.special

from .array import Exact
from .records import refuse

Function = Callable[..., Any]


# --- scipy.special


def softmax(x: Any, axis: Any = None) -> Any:
    """scipy.special.softmax."""
    e = np.exp(x - x.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def log_softmax(x: Any, axis: Any = None) -> Any:
    """scipy.special.log_softmax."""
    z = x - x.max(axis=axis, keepdims=True)
    return z - np.log(np.exp(z).sum(axis=axis, keepdims=True))


def logsumexp(a: Any, axis: Any = None, b: Any = None, keepdims: bool = False) -> Any:
    """scipy.special.logsumexp."""
    largest = a.max(axis=axis, keepdims=True)
    e = np.exp(a - largest)
    total = np.log((e if b is None else b * e).sum(axis=axis, keepdims=True)) + largest
    return total if keepdims else np.squeeze(total, axis=axis)


# --- scipy.linalg; what only says how to compute is taken and has no effect


def _triangle(a: Any, lower: bool, unit: bool = False) -> Any:
    part = (np.tril if lower else np.triu)(a, (-1 if lower else 1) if unit else 0)
    return part + np.eye(a.shape[-1]) if unit else part


def solve_triangular(a: Any, b: Any, trans: Any = 0, lower: bool = False, unit_diagonal: bool = False,
                     overwrite_b: bool = False, check_finite: bool = True) -> Any:  # fmt: skip
    """scipy.linalg.solve_triangular."""
    matrix = _triangle(a, lower, unit_diagonal)
    return np.linalg.solve(matrix if trans in (0, "N") else matrix.T, b)


def cholesky(a: Any, lower: bool = False, overwrite_a: bool = False, check_finite: bool = True) -> Any:
    """scipy.linalg.cholesky."""
    return np.linalg.cholesky(a, upper=not lower)


def cho_factor(a: Any, lower: bool = False, overwrite_a: bool = False, check_finite: bool = True) -> Any:
    """scipy.linalg.cho_factor, zeros where it leaves what it found."""
    return cholesky(a, lower), lower


def cho_solve(c_and_lower: Any, b: Any, overwrite_b: bool = False, check_finite: bool = True) -> Any:
    """scipy.linalg.cho_solve."""
    c, lower = c_and_lower
    factor = _triangle(c, lower)
    factor = factor if lower else factor.T
    return np.linalg.solve(factor @ factor.T, b)


def solve(a: Any, b: Any, lower: bool = False, overwrite_a: bool = False, overwrite_b: bool = False,
          check_finite: bool = True, assume_a: Any = None, transposed: bool = False) -> Any:  # fmt: skip
    """scipy.linalg.solve of a general matrix; of a symmetric one only if both its halves are given."""
    if assume_a not in (None, "gen", "general") and not np.array_equal(a, a.T):
        refuse(f"solve(assume_a={assume_a!r}) of a matrix that is not symmetric")
    return np.linalg.solve(a.T if transposed else a, b)


class Factored:
    """A matrix in the place of its factors."""

    def __init__(self, matrix: Exact) -> None:
        self.matrix = matrix


def lu_factor(a: Any, overwrite_a: bool = False, check_finite: bool = True) -> Any:
    """scipy.linalg.lu_factor, for lu_solve alone: what stands for the factors cannot be read."""
    return Factored(a), np.arange(len(a))


def lu_solve(lu_and_piv: Any, b: Any, trans: int = 0, overwrite_b: bool = False, check_finite: bool = True) -> Any:
    """scipy.linalg.lu_solve by what `lu_factor` gave, or by factors that are plain."""
    lu, piv = lu_and_piv
    if isinstance(lu, Factored):
        lu = lu.matrix
    elif not isinstance(lu, Exact):
        a = (np.tril(lu, -1) + np.eye(len(lu))) @ np.triu(lu)
        for k in range(len(piv))[::-1]:
            a[[k, piv[k]]] = a[[piv[k], k]]
        lu = a
    return np.linalg.solve(lu.T if trans else lu, b)


def inv(a: Any, overwrite_a: bool = False, check_finite: bool = True) -> Any:
    """scipy.linalg.inv."""
    return np.linalg.inv(a)


def det(a: Any, overwrite_a: bool = False, check_finite: bool = True) -> Any:
    """scipy.linalg.det."""
    return np.linalg.det(a)


def pinv(a: Any, *, check_finite: bool = True) -> Any:
    """scipy.linalg.pinv of a matrix of full rank."""
    return np.linalg.pinv(a)


def norm(a: Any, ord: Any = None, axis: Any = None, keepdims: bool = False, check_finite: bool = True) -> Any:
    """scipy.linalg.norm."""
    return np.linalg.norm(a, ord, axis, keepdims)


def svd(a: Any, full_matrices: bool = True, compute_uv: bool = True, overwrite_a: bool = False,
        check_finite: bool = True, lapack_driver: str = "gesdd") -> Any:  # fmt: skip
    """scipy.linalg.svd."""
    if not compute_uv:
        return svdvals(a)
    return tuple(np.linalg.svd(a, full_matrices=full_matrices))


def svdvals(a: Any, overwrite_a: bool = False, check_finite: bool = True) -> Any:
    """scipy.linalg.svdvals."""
    return np.linalg.svd(a, compute_uv=False)


def eigh(a: Any, *, lower: bool = True, eigvals_only: bool = False, overwrite_a: bool = False, check_finite: bool = True,
         driver: Any = None) -> Any:  # fmt: skip
    """scipy.linalg.eigh of one matrix."""
    w, V = np.linalg.eigh(a, "L" if lower else "U")
    return w if eigvals_only else (w, V)


def eigvalsh(a: Any, *, lower: bool = True, overwrite_a: bool = False, check_finite: bool = True, driver: Any = None) -> Any:
    """scipy.linalg.eigvalsh of one matrix."""
    return eigh(a, lower=lower, eigvals_only=True)


# --- scipy.spatial.distance

METRICS: dict[str, Function] = {
    "euclidean": lambda d: np.sqrt((d * d).sum(-1)),
    "sqeuclidean": lambda d: (d * d).sum(-1),
    "cityblock": lambda d: np.abs(d).sum(-1),
    "chebyshev": lambda d: np.abs(d).max(-1),
}


def _metric(name: Any) -> Function:
    if name not in METRICS:
        refuse(f"distances by the metric {name!r}")
    return METRICS[name]


def cdist(XA: Any, XB: Any, metric: Any = "euclidean") -> Any:
    """scipy.spatial.distance.cdist."""
    return _metric(metric)(np.asarray(XA)[:, None] - np.asarray(XB)[None])


def pdist(X: Any, metric: Any = "euclidean") -> Any:
    """scipy.spatial.distance.pdist."""
    i, j = np.triu_indices(len(X), 1)
    return _metric(metric)(X[i] - X[j])


def squareform(X: Any, force: str = "no", checks: bool = True) -> Any:
    """scipy.spatial.distance.squareform."""
    if X.ndim == 2:
        return X[np.triu_indices(len(X), 1)]
    n = round((1 + (1 + 8 * len(X)) ** 0.5) / 2)
    i, j = np.triu_indices(n, 1)
    square = np.zeros_like(X, shape=(n, n))
    square[i, j] = square[j, i] = X
    return square


FACTORS: list[Function] = [
    solve_triangular, cholesky, cho_factor, cho_solve, lu_factor, lu_solve, solve, inv, det, pinv, norm,
    svd, svdvals, eigh, eigvalsh,
]  # fmt: skip
REPLACED: list[tuple[Any, str, Function]] = [
    *((scipy.special, f.__name__, f) for f in (softmax, log_softmax, logsumexp)),
    *((scipy.linalg, f.__name__, f) for f in FACTORS),
    *((scipy.spatial.distance, f.__name__, f) for f in (cdist, pdist, squareform)),
]


def holds_an_exact_one(args: Any) -> bool:
    """Whether an argument, or a pair as `cho_solve` takes, is exact."""
    return any(isinstance(b, Exact | Factored) for a in args for b in (a if isinstance(a, tuple) else (a,)))
