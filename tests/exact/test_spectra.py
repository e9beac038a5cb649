"""Eigenvalues, singular values and vectors: the same for the same matrix, orthonormal, and moving as the true ones do."""

import numpy as np
import pytest

from numpy_lora.exact import NotExact, Run, draw, equal, spectra
from numpy_lora.exact.array import stored
from numpy_lora.exact.linalg import tangent_of as moving
from numpy_lora.exact.records import load
from numpy_lora.exact.residues import power
from tests.exact.points import assert_near, of, outcome, same, shadow, tangent_of, values_of

eigh, svd, norm = np.linalg.eigh, np.linalg.svd, np.linalg.norm
SHAPES = [(3, 3), (5, 3), (2, 4), (1, 1), (1, 3), (2, 3, 3), (2, 1, 4, 2)]


def drawn(run, shape, seed=0):
    return draw(run, np.random.default_rng(seed + 1), np.random.default_rng(seed).normal(size=shape))


def still(run, a):
    """The same numbers without tangents."""
    return stored(run, load(run, a)._replace(t=None))


def diagonal(P):
    return np.diagonal(P, axis1=-2, axis2=-1)


def apart(w):
    one = np.eye(w.shape[-1])
    return (1 - one) / (w[..., None, :] - w[..., :, None] + one)


def moved_eigen(w, V, t):
    """The derivatives of eigenvalues and eigenvectors along a symmetric T, in NumPy's words."""
    P = V.mT @ t @ V
    return diagonal(P), V @ (P * apart(w))


def moved_singular(U, s, Vt, t):
    """The derivatives of U, σ and Vᵀ along T: those of the eigenvectors of AAᵀ and AᵀA, and what leaves their span."""
    V, F = Vt.mT, apart(s * s)
    P, S = U.mT @ t @ V, np.eye(s.shape[-1]) * s[..., None, :]
    U_moved = U @ (F * (P @ S + S @ P.mT)) + (t - U @ (U.mT @ t)) @ V / s[..., None, :]
    V_moved = V @ (F * (S @ P + P.mT @ S)) + (t.mT - V @ (V.mT @ t.mT)) @ U / s[..., None, :]
    return U_moved, diagonal(P), V_moved.mT


def assert_slopes(f, x, t, expected):
    """The differences of floats are these."""
    ahead, behind = f(x + 2.0**-18 * t), f(x - 2.0**-18 * t)
    for a, b, slope in zip(ahead, behind, expected, strict=True):
        assert np.allclose((a - b) * 2.0**17, slope, atol=1e-7)


@pytest.mark.parametrize("shape", SHAPES)
def test_singular_values_and_vectors_move_as_they_do(shape):
    with Run(0, dual=True) as run:
        a = drawn(run, shape)
        parts = svd(a, full_matrices=False)
        expected = moved_singular(*(still(run, part) for part in parts), moving(run, a))
        for part, slope in zip(parts, expected, strict=True):
            assert same(tangent_of(run, part), values_of(run, slope))
        x, t = shadow(a), np.random.default_rng(7).normal(size=shape)
        for part, floats in zip(parts, svd(x, full_matrices=False), strict=True):
            assert_near(shadow(part), floats, 0)
        assert_slopes(lambda x: svd(x, full_matrices=False), x, t, moved_singular(*svd(x, full_matrices=False), t))
        full, k = svd(a), min(shape[-2:])
        for part, floats in zip(full, svd(x), strict=True):
            assert_near(shadow(part), floats, 0)
        for part, other in zip(parts, (full.U[..., :k], full.S, full.Vh[..., :k, :]), strict=True):
            assert equal(part, other).all()
            assert same(tangent_of(run, part), tangent_of(run, other))
        for values in (svd(a, compute_uv=False), np.linalg.svdvals(a)):
            assert equal(values, parts.S).all()
            assert same(tangent_of(run, values), tangent_of(run, parts.S))
        assert "uninterpreted" in run.seen


@pytest.mark.parametrize("UPLO", ["L", "U"])
@pytest.mark.parametrize("shape", [(1, 1), (4, 4), (2, 3, 3)])
def test_eigenvalues_and_eigenvectors_move_as_they_do(UPLO, shape):
    with Run(0, dual=True) as run:
        a = drawn(run, shape)
        half, other = (np.tril, np.triu) if UPLO == "L" else (np.triu, np.tril)
        symmetric = half(a) + half(a, -1 if UPLO == "L" else 1).mT
        w, V = eigh(a, UPLO)
        expected = moved_eigen(still(run, w), still(run, V), moving(run, symmetric))
        assert same(tangent_of(run, w), values_of(run, expected[0]))
        assert same(tangent_of(run, V), values_of(run, expected[1]))
        again = eigh(half(a) + 7 * other(a, 1 if UPLO == "L" else -1), UPLO)
        assert equal(again[0], w).all()
        assert equal(again[1], V).all()
        assert equal(np.linalg.eigvalsh(a, UPLO), w).all()
        x, t = shadow(symmetric), np.random.default_rng(3).normal(size=shape)
        assert_near(shadow(w), eigh(shadow(a), UPLO)[0], 0)
        assert_near(shadow(V), eigh(shadow(a), UPLO)[1], 0)
        assert_slopes(lambda x: eigh(x, UPLO), x, t + t.mT, moved_eigen(*eigh(x, UPLO), t + t.mT))


@pytest.mark.parametrize("shape", SHAPES)
def test_vectors_are_orthonormal_and_of_their_shadows_determinant(shape):
    with Run(1, dual=True) as run:
        a = drawn(run, shape)
        U, _, Vt = svd(a, full_matrices=False)
        frames = [U, Vt.mT, *([eigh(a)[1]] if shape[-1] == shape[-2] else [])]
        for Q in frames:
            one = np.broadcast_to(np.eye(Q.shape[-1]), (*shape[:-2], Q.shape[-1], Q.shape[-1]))
            assert equal(Q.mT @ Q, one).all()
            assert not tangent_of(run, Q.mT @ Q).re.any()
            if Q.shape[-1] == Q.shape[-2]:
                assert equal(np.linalg.det(Q), np.sign(np.linalg.det(shadow(Q)))).all()
        words = [word for Q in frames for word in load(run, Q).v.re.reshape(-1).tolist()]
        assert len(set(words)) == len(words) or min(shape[-2:]) < 3  # no entry is a constant, or another one


def test_values_have_the_sign_of_their_shadows():
    with Run(2) as run:
        w, s = eigh(drawn(run, (6, 6)))[0], svd(drawn(run, (6, 6))).S
        for values in (w, s):
            squares = power(load(run, values).v.re, run.field.q, run.field.p) == 1
            assert np.array_equal(squares, shadow(values) > 0)
        assert (shadow(w) < 0).any()


def test_they_are_functions_of_every_entry_and_of_the_shape():
    with Run(0) as run:
        a = drawn(run, (3, 4))
        s, e = svd(a).S, eigh(a[:, :3]).eigenvalues
        others = [2 * a, a.T, a[::-1], a.reshape(4, 3), a + np.diag([0, 0, 0, 1])[1:] * 1e-9, a * np.sqrt(drawn(run, ()))]
        assert not any(equal(svd(other).S, s).any() for other in others)
        run.complex = True  # from here on imaginary parts are written down, though they are zero
        assert equal(svd(np.stack([a, 2 * a])).S[0], s).all()
        assert not equal(eigh(a[:, :3] * np.where(np.eye(3), 2, 1)).eigenvalues, e).any()


def test_vectors_that_lapack_turns_about_are_turned_about(monkeypatch):
    with Run(3) as run:
        a, ours = drawn(run, (4, 4)), spectra.eigh
        V, floats = ours(a).eigenvectors, eigh(shadow(a))
        for signs in ([1, -1, -1, 1], [-1, -1, -1, 1]):
            monkeypatch.setattr(np.linalg, "eigh", lambda x, UPLO, signs=signs: (floats[0], floats[1] * signs))
            assert equal(ours(a).eigenvectors, V * np.array(signs)).all()


def test_signs_of_values_and_of_determinants_are_a_branch():
    def trace(x):
        with Run(0) as run:
            eigh(draw(run, np.random.default_rng(0), x))
            return run.trace[-2:]

    x = np.diag([1.0, 2, 3])
    assert trace(x) == trace(2 * x)
    assert trace(x) != trace(x * [-1, 1, 1])  # an eigenvalue of another sign
    assert trace(x) != trace(x[[1, 0, 2]][:, [1, 0, 2]])  # vectors with two of them exchanged


@pytest.mark.parametrize("axis", [None, (-2, -1), (1, 0), (0, 2)])
@pytest.mark.parametrize("keepdims", [False, True])
def test_norms_are_made_of_singular_values(axis, keepdims):
    with Run(0, dual=True) as run:
        a = drawn(run, (3, 2) if axis is None else (2, 3, 4))
        s = svd(np.moveaxis(a, axis or (0, 1), (-2, -1)), compute_uv=False)
        for order, expected in (("nuc", s.sum(-1)), (2, s[..., 0]), (-2, s[..., -1])):
            got = norm(a, order, axis, keepdims)
            assert_near(shadow(got), norm(shadow(a), order, axis, keepdims))
            assert equal(got.reshape(expected.shape), expected).all()
            assert same(tangent_of(run, got.reshape(expected.shape)), tangent_of(run, expected))


def test_condition_numbers_are_made_of_singular_values():
    with Run(0, dual=True) as run:
        a = drawn(run, (2, 3, 3))
        s = svd(a).S
        for p, expected in ((None, s[:, 0] / s[:, 2]), (2, s[:, 0] / s[:, 2]), (-2, s[:, 2] / s[:, 0])):
            assert equal(np.linalg.cond(a, p), expected).all()
            assert_near(shadow(np.linalg.cond(a, p)), np.linalg.cond(shadow(a), p), 1024)


REFUSED = {
    "a hermitian matrix's": lambda a: svd(a, hermitian=True),
    "another half": lambda a: eigh(a, "X"),
    "vectors beyond the singular values": lambda a: svd(a[:, :2]).U + 0,
    "the same, transposed": lambda a: svd(a[:2]).Vh * 1,
    "the derivative of a zero": lambda a: svd(a[:, :1] * a[:1]),
    "of a zero among few": lambda a: svd(np.concatenate([a[:2], a[:1] + a[1:2]])),
    "the derivative of two that are the same": lambda a: svd(a[0, 0] * np.eye(3)),
    "of two eigenvalues": lambda a: eigh(a[0, 0] * np.eye(3)),
    "of two of many": lambda a: eigh(np.stack([a, a[0, 0] * np.eye(3)])),
    "an infinite matrix": lambda a: svd(a / 0),
    "not square": lambda a: eigh(a[:2]),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_has_no_exact_meaning_is_refused(name):
    with Run(0, dual=True) as run:
        assert outcome(REFUSED[name], drawn(run, (3, 3))) is NotExact
        assert run.broken is not None


def test_without_tangents_values_that_are_the_same_are_no_harm():
    with Run(0) as run:
        assert svd(of(run, np.eye(3, dtype=int))).S.shape == (3,)
