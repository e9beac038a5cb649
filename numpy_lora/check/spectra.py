"""Linear algebra for a complex step: NumPy's takes complex matrices for Hermitian ones, or has no complex numbers to give."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import numpy as np

from ..exact.spectra import EIGH, SVD, eigen_slopes, singular_slopes, symmetric

SLOGDET = type(np.linalg.slogdet(np.eye(1)))


def slogdet(a: Any) -> Any:
    """The sign of det A by its real part, and log |det A|."""
    d = np.linalg.det(a)
    sign = np.sign(np.real(d))
    return SLOGDET(sign, np.log(d * sign))


def eigh(a: Any, UPLO: Literal["L", "U"] = "L") -> Any:
    """Eigenvalues and vectors of the real part, moved along the other."""
    A = symmetric(a, UPLO)
    w, V = np.linalg.eigh(A.real, UPLO)
    dw, dV = eigen_slopes(w, V, A.imag)
    return EIGH(w + 1j * dw, V + 1j * dV)


def svd(a: Any, full_matrices: bool = True, compute_uv: bool = True, hermitian: bool = False) -> Any:
    """U, σ and Vᵀ of the real part, moved along the other; where columns move of which only the span is told is unknown."""
    if hermitian:
        raise TypeError("singular values of a Hermitian matrix")
    U, s, Vt = np.linalg.svd(a.real, full_matrices=full_matrices)
    k = s.shape[-1]
    slopes = singular_slopes(U[..., :k], s, Vt[..., :k, :].mT, a.imag)
    if not compute_uv:
        return s + 1j * slopes[1]
    U, Vt = U.astype(complex), Vt.astype(complex)
    U.imag, Vt.imag = np.nan, np.nan
    U[..., :k].imag, Vt[..., :k, :].imag = slopes[0], slopes[2].mT
    return SVD(U, s + 1j * slopes[1], Vt)


FUNCTIONS: dict[Any, Callable[..., Any]] = {
    np.linalg.slogdet: slogdet,
    np.linalg.eigh: eigh,
    np.linalg.eigvalsh: lambda a, UPLO="L": eigh(a, UPLO)[0],
    np.linalg.svd: svd,
}
