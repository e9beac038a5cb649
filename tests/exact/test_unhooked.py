"""Functions of SciPy that reach no hook: over exact arrays what they are over floats, and every argument right or refused."""

import inspect

import numpy as np
import pytest
import scipy.linalg
import scipy.spatial.distance
import scipy.special

from numpy_lora.exact import Exact, NotExact, Run, draw, equal
from numpy_lora.exact.constructors import replaced
from numpy_lora.exact.unhooked import REPLACED
from tests.exact.points import assert_near, of, outcome, shadow

X = np.random.default_rng(0).normal(size=(4, 4))
P = X @ X.T + np.eye(4)
V = np.array([1.5, -0.3, 0.8, 2.0])
L = np.tril(X) + 3 * np.eye(4)
distance, linalg, special = scipy.spatial.distance, scipy.linalg, scipy.special


def joined(parts):
    """Singular values or eigenvalues, and products of vectors that no sign changes."""
    if len(parts) == 3:
        return parts[0] * parts[1] @ parts[2] + (parts[0] @ parts[2])
    return parts[1] * parts[0] @ parts[1].T


CALLS = {
    "softmax": lambda m: special.softmax(m(X), axis=1),
    "log_softmax": lambda m: special.log_softmax(m(X), axis=0),
    "logsumexp": lambda m: special.logsumexp(m(X), axis=(0, 1), keepdims=True),
    "logsumexp, weighted": lambda m: special.logsumexp(m(X), axis=1, b=np.abs(V)),
    "solve_triangular": lambda m: linalg.solve_triangular(m(L), m(V), lower=True),
    "solve_triangular, the other half": lambda m: linalg.solve_triangular(m(L.T + np.tril(X, -1)), m(X)),
    "solve_triangular, turned": lambda m: linalg.solve_triangular(m(L), m(V), trans="T", lower=True),
    "solve_triangular, turned by number": lambda m: linalg.solve_triangular(m(L), m(V), trans=1, lower=True),
    "solve_triangular, unit": lambda m: linalg.solve_triangular(m(L), m(V), lower=True, unit_diagonal=True),
    "solve_triangular, plain matrix": lambda m: linalg.solve_triangular(L, m(V), lower=True, check_finite=False),
    "cholesky": lambda m: linalg.cholesky(m(P)),
    "cholesky, lower": lambda m: linalg.cholesky(m(P), lower=True),
    "cho_factor": lambda m: np.triu(linalg.cho_factor(m(P))[0]),
    "cho_solve": lambda m: linalg.cho_solve((m(L), True), m(V)),
    "cho_solve, junk in the other half": lambda m: linalg.cho_solve((m(L + np.triu(X, 1)), True), m(V)),
    "cho_solve, upper": lambda m: linalg.cho_solve((m(L.T), False), m(X)),
    "cho_solve, plain factor": lambda m: linalg.cho_solve((L, True), m(V)),
    "cho_solve of cho_factor": lambda m: linalg.cho_solve(linalg.cho_factor(m(P)), m(V)),
    "lu_factor": lambda m: linalg.lu_solve(linalg.lu_factor(m(L + X)), m(V)),
    "lu_solve": lambda m: linalg.lu_solve(linalg.lu_factor(L + X), m(X)),
    "lu_solve, transposed": lambda m: linalg.lu_solve(linalg.lu_factor(m(L + X)), V, trans=1),
    "solve": lambda m: linalg.solve(m(L), m(X)),
    "solve, positive": lambda m: linalg.solve(m(P), m(V), assume_a="pos"),
    "solve, transposed": lambda m: linalg.solve(m(L), m(V), transposed=True),
    "inv": lambda m: linalg.inv(m(L)),
    "det": lambda m: linalg.det(m(L)),
    "pinv": lambda m: linalg.pinv(m(X)[:, :2], check_finite=False),
    "norm": lambda m: linalg.norm(m(X), axis=0),
    "norm, nuclear": lambda m: linalg.norm(m(X), "nuc"),
    "svd": lambda m: joined(linalg.svd(m(X)[:3], full_matrices=False)),
    "svd, values": lambda m: linalg.svd(m(X), compute_uv=False),
    "svdvals": lambda m: linalg.svdvals(m(X)[:, :2]),
    "eigh": lambda m: joined(linalg.eigh(m(X))),
    "eigh, the other half": lambda m: joined(linalg.eigh(m(X), lower=False)),
    "eigh, values": lambda m: linalg.eigh(m(X), eigvals_only=True),
    "eigvalsh": lambda m: linalg.eigvalsh(m(X), lower=False),
    "cdist": lambda m: distance.cdist(m(X), X[:3] + 1),
    "cdist, the other plain": lambda m: distance.cdist(X[:3] + 1, m(X), "sqeuclidean"),
    "cdist, both": lambda m: distance.cdist(m(X), m(X[:2] - 1), metric="cityblock"),
    "pdist": lambda m: distance.pdist(m(X)),
    "pdist, largest": lambda m: distance.pdist(m(X), "chebyshev"),
    "squareform": lambda m: distance.squareform(m(np.arange(1.0, 7))),
    "squareform of distances": lambda m: distance.squareform(distance.pdist(m(X), "sqeuclidean")),
    "squareform, back": lambda m: distance.squareform(m(distance.squareform(np.arange(1.0, 7)))),
}


def exactly(call, point=0):
    with Run(point, dual=True) as run, replaced():
        return run, call(lambda x: draw(run, np.random.default_rng(1), np.array(x)))


@pytest.mark.parametrize("name", CALLS)
def test_the_shadows_are_scipys(name):
    _, got = exactly(CALLS[name])
    assert type(got) is Exact
    assert_near(shadow(got), CALLS[name](np.array), 2**14)


def test_every_function_has_a_call():
    assert {name.partition(",")[0].partition(" ")[0] for name in CALLS} == {name for _, name, _ in REPLACED}


@pytest.mark.parametrize("entry", REPLACED, ids=lambda entry: entry[1])
def test_its_arguments_are_scipys_or_fewer(entry):
    place, name, ours = entry
    theirs = list(inspect.signature(getattr(place, name)).parameters)
    for at, parameter in enumerate(inspect.signature(ours).parameters):
        assert at == 0 or parameter in theirs, f"{name}({parameter}=)"
        first = ("c_and_lower", "lu_and_piv")
        by_name = inspect.signature(ours).parameters[parameter].kind is inspect.Parameter.KEYWORD_ONLY
        assert parameter not in theirs or parameter in first or theirs.index(parameter) == at or at > 1 or by_name


IDENTITIES = {
    "a triangle solves": lambda L, X: (np.tril(L) @ linalg.solve_triangular(L, X, lower=True), X),
    "turned": lambda L, X: (np.tril(L).T @ linalg.solve_triangular(L, X, lower=True, trans=1), X),
    "a factor": lambda L, X: (linalg.cholesky(L @ L.T).T @ linalg.cholesky(L @ L.T), L @ L.T),
    "a factor solves": lambda L, X: (L @ L.T @ linalg.cho_solve(linalg.cho_factor(L @ L.T), X), X),
    "factors solve": lambda L, X: (L @ linalg.lu_solve(linalg.lu_factor(L), X), X),
    "factors solve, transposed": lambda L, X: (L.T @ linalg.lu_solve(linalg.lu_factor(L), X, trans=1), X),
    "an inverse": lambda L, X: (linalg.inv(L) @ X, linalg.solve(L, X)),
    "distances": lambda L, X: (distance.cdist(L, X, "sqeuclidean"), ((L[:, None] - X) ** 2).sum(-1)),
    "a square of pairs": lambda L, X: (distance.squareform(distance.pdist(X)), distance.cdist(X, X)),
    "singular values": lambda L, X: (linalg.svd(X)[1], np.linalg.svd(X).S),
    "vectors": lambda L, X: (linalg.eigh(X, lower=False)[1].T @ np.linalg.eigh(X, "U")[1], np.eye(4)),
    "a sum of exponentials": lambda L, X: (np.exp(special.logsumexp(X, axis=0)), np.exp(X).sum(0)),
}


@pytest.mark.parametrize("name", IDENTITIES)
def test_identities(name):
    with Run(0, dual=True) as run, replaced():
        left, right = IDENTITIES[name](*(draw(run, np.random.default_rng(k), x) for k, x in enumerate((L, X))))
        assert equal(left, right).all()
        assert run.broken is None


REFUSED = {
    "another metric": lambda x: distance.cdist(x, x, "cosine"),
    "a metric's own argument": lambda x: distance.cdist(x, x, "minkowski", p=3),
    "solve by half a matrix": lambda x: linalg.solve(x, x, assume_a="sym"),
    "softmax of an unknown argument": lambda x: special.softmax(x, axis=0, keepdims=True),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_understood_is_refused(name):
    with Run(0) as run, replaced():
        assert outcome(REFUSED[name], of(run, [[3, 1], [2, 5]])) is NotExact
        assert run.broken is not None


def test_plain_arrays_go_to_scipy():
    with Run(0), replaced():
        for call in (lambda m: distance.cdist(X, X, "cosine"), CALLS["cho_solve"], CALLS["softmax"]):
            assert type(call(np.copy)) is np.ndarray
