"""Inverses, solutions, determinants and norms of exact arrays; elimination is mod p, its tangent by the matrix formulas."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from .array import Exact, number, stored
from .elimination import solved
from .records import Floats, Number, Run, load, refuse, running
from .residues import Element


def still(run: Run, a: Any) -> Number:
    """A finite matrix without its tangent."""
    n = number(run, a)
    if not np.isfinite(n.x).all():
        refuse("a matrix that is not finite")
    return n._replace(t=None)


def _inverse_value(run: Run, a: Any) -> Exact:
    n = still(run, a)
    if n.x.ndim < 2 or n.x.shape[-1] != n.x.shape[-2]:
        raise ValueError(f"a: expected square matrices, got {n.x.shape}")
    x: Floats = np.asarray(np.linalg.inv(n.x), float)
    eye = Element(np.broadcast_to(np.eye(n.x.shape[-1], dtype=np.uint64), n.x.shape).copy())
    v, _ = solved(run.field, n.v, eye)
    return stored(run, Number(x, v, run.exponent_of(v), None))


def tangent_of(run: Run, a: Any) -> Exact | None:
    """The tangent of an exact array as an exact array, of any shadow; None where nothing has tangents."""
    n = number(run, a)
    if n.t is None:
        return None
    return stored(run, Number(np.zeros(n.x.shape), n.t, None if n.e is None else np.zeros_like(n.e), None))


def with_tangent(run: Run, a: Exact, tangent: Any) -> Exact:
    """The same numbers with another tangent."""
    return stored(run, load(run, a)._replace(t=load(run, tangent).v))


def inv(a: Any) -> Any:
    """A⁻¹; −A⁻¹ T A⁻¹."""
    run = running()
    run.log("inv")
    value = _inverse_value(run, a)
    t = tangent_of(run, a)
    return value if t is None else with_tangent(run, value, -(value @ t @ value))


def solve(a: Any, b: Any) -> Any:
    """A⁻¹ B."""
    vector = np.ndim(b) == 1
    x = inv(a) @ (b[..., None] if vector else b) if isinstance(a, Exact) else inv(stored(running(), number(running(), a))) @ b
    return x[..., 0] if vector and isinstance(a, Exact) else x


def det(a: Any) -> Any:
    """det A; det A tr(A⁻¹ T)."""
    run = running()
    run.log("det")
    n = still(run, a)
    if n.x.shape[-1] == 0:
        return stored(run, run.scalar(1))
    eye = Element(np.broadcast_to(np.eye(n.x.shape[-1], dtype=np.uint64), n.x.shape).copy())
    inverse, v = solved(run.field, n.v, eye)
    value = stored(run, Number(np.asarray(np.linalg.det(n.x)), v, run.exponent_of(v), None))
    t = tangent_of(run, a)
    if t is None:
        return value
    turned = stored(run, Number(np.zeros(n.x.shape), inverse, run.exponent_of(inverse), None))
    slope = np.einsum("...ij,...ji->...", turned, t)
    return with_tangent(run, value, value * slope)


def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    """Norms of vectors and of matrices: for numbers of any order."""
    pair = (0, 1) if axis is None and np.ndim(x) == 2 else axis if isinstance(axis, tuple) and len(axis) == 2 else None
    if ord is None or (ord == "fro" and pair):
        return np.sqrt(np.sum(x * x, axis=axis, keepdims=keepdims))
    if pair:
        value = _norm_of_matrices(np.moveaxis(x, pair, (-2, -1)), ord)
        return np.expand_dims(value, pair) if keepdims else value
    if axis is None and np.ndim(x) != 1:
        refuse("a norm of that order of all of an array")
    if ord == 2:
        return np.sqrt(np.sum(x * x, axis=axis, keepdims=keepdims))
    if ord == 1:
        return np.sum(np.abs(x), axis=axis, keepdims=keepdims)
    if ord in (np.inf, -np.inf):
        return (np.max if ord > 0 else np.min)(np.abs(x), axis=axis, keepdims=keepdims)
    if isinstance(ord, int | float) and ord != 0:
        return np.sum(np.abs(x) ** ord, axis=axis, keepdims=keepdims) ** (1 / ord)
    refuse(f"norm(ord={ord!r}) is not understood")


def _norm_of_matrices(x: Any, ord: Any) -> Any:
    """Of the last two axes: the largest or smallest sum of columns or rows, or of the singular values one, or their sum."""
    if ord in (1, -1, np.inf, -np.inf):
        return (np.max if ord > 0 else np.min)(np.sum(np.abs(x), axis=-2 if abs(ord) == 1 else -1), axis=-1)
    if ord not in (2, -2, "nuc"):
        refuse(f"norm(ord={ord!r}) of a matrix is not understood")
    s = np.linalg.svd(x, compute_uv=False)
    return s.sum(-1) if ord == "nuc" else s[..., 0 if ord > 0 else -1]


def cond(x: Any, p: Any = None) -> Any:
    """‖A‖ ‖A⁻¹‖, by singular values where that is what the norm is made of."""
    if p not in (None, 2, -2):
        return norm(x, p, (-2, -1)) * norm(np.linalg.inv(x), p, (-2, -1))
    s = np.linalg.svd(x, compute_uv=False)
    return s[..., -1] / s[..., 0] if p == -2 else s[..., 0] / s[..., -1]


def cholesky(a: Any, *, upper: bool = False) -> Any:
    """L of A = L Lᵀ, a column at a time: of A that half alone is read."""
    rest = np.array(a.mT if upper else a, copy=True) if not isinstance(a, Exact) else (a.mT if upper else a).copy()
    if not (np.linalg.eigvalsh(np.array(np.ndarray.view(rest, np.ndarray))) > 0).all():
        raise np.linalg.LinAlgError("Matrix is not positive definite")
    n, columns = rest.shape[-1], []
    for k in range(n):
        column = rest[..., :, k] / np.sqrt(rest[..., k, k])[..., None]
        column = np.where(np.arange(n) >= k, column, 0)
        columns.append(column)
        rest = rest - column[..., :, None] * column[..., None, :]
    factor = np.stack(columns, axis=-1)
    return factor.mT if upper else factor


def pinv(a: Any, rcond: Any = None, hermitian: bool = False, *, rtol: Any = None) -> Any:
    """(AᵀA)⁻¹ Aᵀ or Aᵀ (A Aᵀ)⁻¹, for A of full rank."""
    rank = np.linalg.matrix_rank(np.array(np.ndarray.view(a, np.ndarray)))
    if rcond is not None or rtol is not None or hermitian or not (rank == min(a.shape[-2:])).all():
        refuse("pinv(rcond=, hermitian=, rtol=), or of a matrix that is not of full rank")
    return np.linalg.inv(a.mT @ a) @ a.mT if a.shape[-2] >= a.shape[-1] else a.mT @ np.linalg.inv(a @ a.mT)


def qr(a: Any, mode: str = "reduced") -> Any:
    """Q and R of A = QR, A or its first columns being of full rank: RᵀR = AᵀA, the signs of R's diagonal as LAPACK has them."""
    if mode not in ("reduced", "r"):
        refuse(f"qr(mode={mode!r}) is not understood")
    run = running()
    orthonormal, triangular = np.linalg.qr(np.array(load(run, a).x))
    k = min(a.shape[-2:])
    signs = np.sign(np.diagonal(triangular, axis1=-2, axis2=-1))
    run.log("qr", hash(signs.tobytes()))
    first = a[..., :k]
    corner = signs[..., :, None] * np.linalg.cholesky(first.mT @ first, upper=True)
    Q = first @ inv(corner)
    R = corner if k == a.shape[-1] else Q.mT @ a
    Q, R = (stored(run, load(run, part)._replace(x=x)) for part, x in ((Q, orthonormal), (R, triangular)))
    return R if mode == "r" else QR(Q, R)


QR = type(np.linalg.qr(np.eye(1)))


def lstsq(a: Any, b: Any, rcond: Any = None) -> Any:
    """The solution of least squares, A of full rank; the sums of squares that are left, the rank, the singular values."""
    run = running()
    A, y = (m if isinstance(m, Exact) else stored(run, number(run, m)) for m in (a, b))
    _, _, rank, _ = np.linalg.lstsq(np.array(load(run, A).x), np.array(load(run, y).x), rcond)
    if rank < min(A.shape):
        refuse("lstsq of a matrix that is not of full rank")
    x = pinv(A) @ y
    left = np.sum((y - A @ x) ** 2, axis=0, keepdims=y.ndim == 1) if A.shape[0] > A.shape[1] else np.zeros(0)
    return x, left, rank, np.linalg.svd(A, compute_uv=False)


def matrix_power(a: Any, n: int) -> Any:
    """Aⁿ by repeated products."""
    if n < 0:
        return matrix_power(inv(a), -n)
    result: npt.NDArray[Any] = np.broadcast_to(np.eye(a.shape[-1]), a.shape)
    for _ in range(n):
        result = result @ a
    return result


def slogdet(a: Any) -> Any:
    """The sign of det A, read off the shadows, and log |det A|."""
    d = det(a)
    sign = np.sign(d)
    return type(np.linalg.slogdet(np.eye(1)))(sign, np.log(np.abs(d)))
