"""Linear algebra for a complex step: its imaginary parts are the derivatives that differences show."""

import numpy as np
import pytest

from tests.check.test_steps import assert_stepped, stepped

eigh, norm, svd = np.linalg.eigh, np.linalg.norm, np.linalg.svd
X, T = np.random.default_rng(0).normal(size=(2, 4, 3))
FUNCTIONS = {
    "eigenvalues": lambda A: eigh(A[:3])[0],
    "eigenvectors": lambda A: eigh(A[1:]).eigenvectors,
    "by the upper half": lambda A: eigh(A[:3], "U")[1],
    "eigenvalues alone": lambda A: np.linalg.eigvalsh(A[:3]),
    "left vectors": lambda A: svd(A, full_matrices=False)[0],
    "left vectors of a wide matrix": lambda A: svd(A.T).U,
    "right vectors": lambda A: svd(A).Vh,
    "columns of a full matrix": lambda A: svd(A)[0][:, :3],
    "singular values of a stack": lambda A: svd(A.reshape(2, 2, 3), compute_uv=False),
    "singular values alone": lambda A: np.linalg.svdvals(A),
    "norms of singular values": lambda A: norm(A, 2) + 2 * norm(A, -2) + 3 * norm(A, "nuc"),
    "the same along two axes": lambda A: norm(A.reshape(2, 2, 3), "nuc", (2, 0), True),
    "norms of vectors": lambda A: norm(A, 2, axis=0) + norm(A[0], 2) + norm(A) + norm(A, axis=(1, 0)),
    "a logarithm of a determinant": lambda A: np.linalg.slogdet(A[:3]).logabsdet,
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_complex_step_is_the_derivative(name):
    assert_stepped(FUNCTIONS[name], X, T)


def test_what_is_not_told_is_no_number():
    assert np.isnan(np.imag(stepped(lambda A: svd(A)[0][:, 3], X, T))).all()
    for f in (lambda A: norm(A, 0), lambda A: svd(A, hermitian=True)):
        with pytest.raises(TypeError):
            stepped(f, X, T)
