"""Eigenvalues, singular values and their vectors: functions of a matrix of which no more is known than what they are to it.

Their values are random, the same wherever all entries of the matrix are; the vectors are orthonormal, their derivatives known.
What holds for any orthonormal vectors and any values holds for those that the matrix has. That A = U diag(σ) Vᵀ does not hold
here, as its roots are not in the field: a gradient that rests on it is not proved.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from .array import Exact, new, stored
from .elimination import solved
from .linalg import still, tangent_of, with_tangent
from .records import Floats, Number, Run, refuse, running
from .residues import Element, Words, mixed, product

EIGH, SVD = type(np.linalg.eigh(np.eye(1))), type(np.linalg.svd(np.eye(1)))
NOISE = 2.0**-44  # of the largest value, within which another one is zero, or two are the same


def eigh(a: Any, UPLO: Literal["L", "U"] = "L") -> Any:
    """Eigenvalues λ and vectors V by one half of A."""
    run = running()
    if UPLO not in ("L", "U"):
        refuse(f"eigh(UPLO={UPLO!r}) is not understood")
    A = symmetric(a, UPLO)
    n = still(run, A)
    run.log("eigh", n.x.shape)
    x, vectors = np.linalg.eigh(n.x, UPLO)
    key = _key(run, n.v)
    w, V = _values(run, "eigenvalues", key, x), _frame(run, "eigenvectors", key, vectors)
    T = tangent_of(run, A)
    if T is not None:
        _refuse_repeated(x)
        w, V = _moving(run, (w, V), eigen_slopes(w, V, T))
    return EIGH(w, V)


def eigvalsh(a: Any, UPLO: Literal["L", "U"] = "L") -> Any:
    """The eigenvalues alone."""
    return eigh(a, UPLO)[0]


def svd(a: Any, full_matrices: bool = True, compute_uv: bool = True, hermitian: bool = False) -> Any:
    """U, σ and Vᵀ; columns of U and V beyond the singular values, of which A tells only the span, cannot be read."""
    run = running()
    if hermitian:
        refuse("svd(hermitian=True) is not understood")
    n = still(run, a)
    run.log("svd", n.x.shape)
    left, x, right = np.linalg.svd(n.x, full_matrices=full_matrices and compute_uv)
    key, k = _key(run, n.v), x.shape[-1]
    s = _values(run, "singular values", key, x)
    U, V = _frame(run, "left vectors", key, left[..., :k]), _frame(run, "right vectors", key, right[..., :k, :].mT)
    T = tangent_of(run, a)
    if T is not None:
        _refuse_repeated(np.concatenate([x, 0 * x[..., :1]], axis=-1))  # nor may one of them be zero
        U, s, V = _moving(run, (U, s, V), singular_slopes(U, s, V, T))
    if not compute_uv:
        return s
    return SVD(_beside(run, U, left), s, _beside(run, V, right.mT).mT)


def svdvals(x: Any, /) -> Any:
    """The singular values alone."""
    return svd(x, compute_uv=False)


def _moving(run: Run, parts: tuple[Exact, ...], slopes: tuple[Any, ...]) -> list[Exact]:
    return [with_tangent(run, part, slope) for part, slope in zip(parts, slopes, strict=True)]


def _refuse_repeated(x: Floats) -> None:
    """Refuse the derivative of values, in order, two of which are the same."""
    if (np.abs(np.diff(x)) <= NOISE * np.abs(x).max(-1, keepdims=True, initial=0.0)).any():
        refuse("the derivative of a singular value of zero, or of values that are the same")


def _beside(run: Run, U: Exact, x: Floats) -> Exact:
    """A matrix that begins with U, the rest of it shadows that cannot be read."""
    if U.shape == x.shape:
        return U
    square = new(run, x.shape)
    np.ndarray.view(square, np.ndarray)[...] = x
    square[..., : U.shape[-1]] = U
    return square


# --- derivatives along T, in words of NumPy's for numbers of any kind


def symmetric(a: Any, UPLO: str) -> Any:
    """The matrix of which one half is given."""
    return np.tril(a) + np.tril(a, -1).mT if UPLO == "L" else np.triu(a) + np.triu(a, 1).mT


def eigen_slopes(w: Any, V: Any, T: Any) -> tuple[Any, Any]:
    """With P = VᵀTV: λ' = diag P and V' = V (P/(λⱼ − λᵢ))."""
    P = V.mT @ T @ V
    return _diagonal(P), V @ (P * _apart(w))


def singular_slopes(U: Any, s: Any, V: Any, T: Any) -> tuple[Any, Any, Any]:
    """With P = UᵀTV: σ' = diag P, U' = U ((Pσⱼ + σᵢPᵀ)/(σⱼ² − σᵢ²)) + (TV − UP)/σⱼ, and V' likewise of Tᵀ.

    The last term, (I − UUᵀ)TV/σⱼ, leaves the span of U.
    """
    P, F = U.mT @ T @ V, _apart(s * s)
    rows, columns = s[..., :, None], s[..., None, :]
    left = U @ (F * (P * columns + rows * P.mT)) + (T @ V - U @ P) / columns
    right = V @ (F * (P.mT * columns + rows * P)) + (T.mT @ U - V @ P.mT) / columns
    return left, _diagonal(P), right


def _diagonal(P: Any) -> Any:
    return np.diagonal(P, axis1=-2, axis2=-1)


def _apart(values: Any) -> Any:
    """1/(λⱼ − λᵢ), and 0 on the diagonal."""
    one = np.eye(values.shape[-1])
    return (1 - one) / (values[..., None, :] - values[..., :, None] + one)


# --- random numbers for a matrix


def _key(run: Run, v: Element) -> Words:
    """A word for each matrix of a stack, told by all its entries, where they stand, and the number of its columns."""
    m, n = v.re.shape[-2:]
    place = np.arange(m * n, dtype=np.uint64).reshape(m, n)
    words = mixed(run.salt, np.uint64(n), place, v.re, np.uint64(0) if v.im is None else v.im)
    return np.asarray(words.sum((-2, -1), dtype=np.uint64))


def _hashed(run: Run, name: str, key: Words, shape: tuple[int, ...]) -> Words:
    """Residues for each matrix of a stack, in an array of that shape."""
    place = np.arange(int(np.prod(shape)), dtype=np.uint64).reshape(shape)
    return run.hashed(name, Element(key.reshape(*key.shape, *(1,) * len(shape)), place))[0].re


def _values(run: Run, name: str, key: Words, x: Floats) -> Exact:
    """Random numbers: squares where the shadow is positive, and negatives of squares where it is negative, as arguments are."""
    noise = NOISE * np.abs(x).max(-1, keepdims=True, initial=0.0)
    positive, negative = x > noise, x < -noise
    run.log(name, hash(positive.tobytes()), hash(negative.tobytes()))
    root, p = _hashed(run, name, key, x.shape[-1:]), run.field.p
    square = root * root % p
    v = Element(np.where(positive, square, np.where(negative, (p - square) % p, root)))
    return stored(run, Number(x, v, run.exponent_of(v), None))


def _frame(run: Run, name: str, key: Words, x: Floats) -> Exact:
    """Orthonormal columns Q = 2 W (WᵀW + K)⁻¹ − E, K skew and W, below E = I, free: of K and W, which are random.

    QᵀQ = I follows, and all but few frames are such a Q (Cayley); of square ones those of determinant 1, until signs are given.
    """
    m, n = x.shape[-2:]
    p, free = run.field.p, _hashed(run, name, key, (m, n))
    E, below = np.eye(m, n, dtype=np.uint64), np.tril(free[..., :n, :], -1)
    W = np.concatenate([np.broadcast_to(E[:n], below.shape), free[..., n:, :]], axis=-2)
    inverse, _ = solved(run.field, Element((product(W.mT, W, p) + below + (p - below.mT)) % p), Element(W[..., :n, :]))
    Q = (2 * product(W, inverse.re, p) + (p - E)) % p
    v = Element(np.where(_signs(run, x)[..., None, :] < 0, (p - Q) % p, Q))
    return stored(run, Number(x, v, run.exponent_of(v), None))


def _signs(run: Run, x: Floats) -> Floats:
    """Signs for columns that turn about with the shadows', and give a square matrix the determinant of its shadow.

    LAPACK may turn a vector about for the last bit of a matrix, which in the field is the same one.
    """
    direction = np.random.default_rng(int(run.salt)).normal(size=x.shape[-2])
    signs = np.sign(direction @ x)
    if x.shape[-2] == x.shape[-1] > 0:
        determinant = np.sign(np.linalg.det(x))
        run.log("determinant", hash(determinant.tobytes()))
        signs[..., 0] = determinant * signs[..., 1:].prod(-1)
    return np.asarray(signs, float)
