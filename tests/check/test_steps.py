"""Complex steps of ordered numbers: what NumPy's own complex numbers take another way moves as real numbers do."""

import numpy as np
import pytest
import scipy.special as sp

from numpy_lora.check import check_gradients
from numpy_lora.check.steps import Step, buffers

X, T = np.random.default_rng(0).uniform(0.1, 0.9, (2, 3, 4))
FUNCTIONS = {
    "the largest of some": lambda A: np.max(A, axis=1, where=X < 0.8, initial=0.2),
    "the smallest of some": lambda A: A.min(axis=0, where=X > 0.3, initial=0.6, keepdims=True),
    "one that is given": lambda A: np.maximum.reduce(A, axis=None, initial=2.0) * A,
    "an angle": lambda A: np.arctan2(A - 0.5, 0.5 - A[::-1]),
    "a sign": lambda A: np.copysign(A, A - 0.5) + A * np.heaviside(A - 0.5, 0.5),
    "remainders": lambda A: np.remainder(A - 0.5, 0.3) + np.fmod(A - 0.5, A[0]) + A * np.floor_divide(A, 0.3),
    "log-sums": lambda A: np.logaddexp2(A, A[::-1]) + np.logaddexp(A, 2 * A[0]),
    "quantiles": lambda A: np.percentile(A, [30, 80], axis=1) + np.median(A) + np.quantile(A, 0.3, method="lower"),
    "norms of other orders": lambda A: np.linalg.norm(A - 0.5, np.inf, axis=1) + np.linalg.norm(A - 0.5, -np.inf),
    "a norm of columns": lambda A: np.linalg.norm(A - 0.5, 1) + np.linalg.norm(A[0], 3),
    "a triangular factor": lambda A: np.linalg.cholesky(A @ A.T),
    "a pseudoinverse": lambda A: np.linalg.pinv(A) + np.linalg.pinv(A.T).T,
    "what NumPy conjugates": lambda A: np.vdot(A, A) + np.vecdot(A, A[0]) * np.cov(A)[0],
    "quotient and remainder": lambda A: sum(np.divmod(A, 0.27)),
    "special functions of two": lambda A: sp.rel_entr(A, A[0]) + sp.kl_div(A[0], A) + sp.beta(A, 2 * A[0]) + sp.betaln(0.7, A),
    "further special functions": lambda A: sp.entr(A) + sp.log_expit(A) + sp.boxcox(A, 0.3),
    "special functions": lambda A: sp.gammaln(A) + sp.logit(A) + sp.ndtri(A),
}


def stepped(f, X, T):
    with buffers():
        return f((X + 1e-20j * T).view(Step))


def assert_stepped(f, X, T, h=2.0**-18):
    """A complex step is the derivative that differences show."""
    found = stepped(f, X, T)
    assert np.allclose(np.real(found), f(X), rtol=1e-13)
    assert np.allclose(np.imag(found) * 1e20, (f(X + h * T) - f(X - h * T)) / (2 * h), atol=1e-7)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_complex_step_is_the_derivative(name):
    assert_stepped(FUNCTIONS[name], X, T)


@pytest.mark.parametrize(
    "f", [lambda A: np.max(A, out=np.empty(())), lambda A: A.var(out=np.empty(())), lambda A: np.min(A, 0, 7)]
)
def test_what_is_written_elsewhere_is_no_step(f):
    with pytest.raises(TypeError):
        stepped(f, X, T)


def test_the_largest_of_some_is_not_refuted():
    def op(A):
        Y = np.max(A, axis=1, where=A < 0.8, initial=0.2)
        return Y, lambda dY: np.where(Y[:, None] == A, dY[:, None], 0)

    assert (X > 0.8).any()
    assert check_gradients(op, X).verdict == "holds"
