"""Inverses, solutions, determinants, powers and norms: identities over the field, and tangents of dual arithmetic."""

from fractions import Fraction

import numpy as np
import pytest

from numpy_lora.exact import NotExact, Run, draw, equal
from numpy_lora.exact.records import load
from tests.exact.points import of, outcome, same, shadow, tangent_of, values_of
from tests.exact.twins import assert_tangent, assert_twins, outcome_of_twins, plain

inv, solve, det = np.linalg.inv, np.linalg.solve, np.linalg.det
S = [[3, 1, 2], [0, 4, -1], [5, 2, 6]]
R = [[0, 1, 4], [2, 0, -1], [1, 3, 0]]
V = [4, -1, 3]
B = [[1, 2], [0, -3], [5, 1]]
P = [[4, 2, -6], [2, 10, 0], [-6, 0, 14]]  # of (2), (1, 3), (−3, 1, 2) times its transpose
C = [[1, 2], [4, -3], [5, 1]]
D = [[2, -7], [1, 3], [-4, 9]]
SHAPES = [(1, 1), (2, 2), (5, 5), (2, 3, 3), (2, 1, 2, 2), (0, 2, 2)]


def drawn(run, shape, seed=0, root=False):
    """Random exact matrices, away from singular ones; with a root in them they are in F_p(i)."""
    n = shape[-1]
    x = np.random.default_rng(seed).uniform(0.5, 1.0, shape) + 2 * n * np.eye(shape[-2], n)
    a = draw(run, np.random.default_rng(seed + 1), x)
    return np.sqrt(a) + 3 * np.eye(n) if root else a


def still(run, a):
    """The same numbers without tangents."""
    n = load(run, a)
    from numpy_lora.exact.array import stored

    return stored(run, n._replace(t=None))


def moving(run, a):
    """The tangent, as numbers."""
    from numpy_lora.exact.linalg import tangent_of

    return tangent_of(run, a)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("root", [False, True])
def test_a_matrix_times_its_inverse_is_one(shape, root):
    with Run(0, dual=True) as run:
        a = drawn(run, shape, root=root)
        b = inv(a)
        one = np.broadcast_to(np.eye(shape[-1]), shape)
        assert equal(a @ b, one).all()
        assert equal(b @ a, one).all()
        assert not tangent_of(run, a @ b).re.any()
        expected = -(still(run, b) @ moving(run, a) @ still(run, b))
        assert same(tangent_of(run, b), values_of(run, expected))
        assert np.allclose(shadow(b), np.linalg.inv(shadow(a)))


@pytest.mark.parametrize("shape", SHAPES)
def test_a_solution_solves(shape):
    with Run(1, dual=True) as run:
        a, b = drawn(run, shape), drawn(run, (*shape[:-1], 2), 5)
        x = solve(a, b)
        assert equal(a @ x, b).all()
        assert same(tangent_of(run, a @ x), tangent_of(run, b))
        assert equal(x, inv(a) @ b).all()
        vector = drawn(run, (shape[-1], 1), 9)[:, 0]
        assert equal(a @ solve(a, vector)[..., None], vector[:, None]).all()
        assert equal(solve(shadow(a), b), inv(np.array(shadow(a)) + 0 * a) @ b).all()


@pytest.mark.parametrize("n", [1, 2, 3, 4])
@pytest.mark.parametrize("root", [False, True])
def test_a_determinant_is_the_sum_over_permutations(n, root):
    def laplace(a):
        if a.shape[-1] == 1:
            return a[..., 0, 0]
        minors = [np.delete(np.delete(a, 0, -2), k, -1) for k in range(a.shape[-1])]
        return sum((-1) ** k * a[..., 0, k] * laplace(minor) for k, minor in enumerate(minors))

    with Run(2, dual=True) as run:
        a = drawn(run, (2, n, n), root=root)
        expected = laplace(a)
        assert equal(det(a), expected).all()
        assert same(tangent_of(run, det(a)), tangent_of(run, expected))
        sign, logarithm = np.linalg.slogdet(a)
        assert np.array_equal(sign, np.sign(shadow(det(a))))
        assert equal(np.exp(logarithm) * sign, det(a)).all() or root
        assert same(tangent_of(run, logarithm * det(a)), tangent_of(run, logarithm * expected))


def test_determinants_multiply():
    with Run(0, dual=True) as run:
        a, b = drawn(run, (4, 4)), drawn(run, (4, 4), 3)
        assert equal(det(a @ b), det(a) * det(b))
        assert same(tangent_of(run, det(a @ b)), tangent_of(run, det(a) * det(b)))
        assert equal(det(inv(a)) * det(a), 1)
        assert equal(det(a[::-1]), det(a))  # four rows turned about are two exchanges
        assert equal(det(a[[1, 0, 2, 3]]), -det(a))
        assert equal(det(a[:0, :0]), 1)


def test_powers_are_products():
    with Run(0, dual=True) as run:
        a = drawn(run, (2, 3, 3))
        for n, expected in (
            (1, a),
            (3, a @ a @ a),
            (-1, inv(a)),
            (-2, inv(a) @ inv(a)),
            (0, np.broadcast_to(np.eye(3), (2, 3, 3))),
        ):
            power = np.linalg.matrix_power(a, n)
            assert equal(power, expected).all()
            if n:
                assert same(tangent_of(run, power), tangent_of(run, expected))


RATIONAL = {
    "inv": lambda m: inv(m(S)),
    "inv, a zero for a pivot": lambda m: inv(m(R)),
    "inv of a stack": lambda m: inv(m([[S, R]])),
    "inv of a transpose": lambda m: inv(m(S).T),
    "solve": lambda m: solve(m(S), m(V)),
    "solve matrices": lambda m: solve(m(S), m(B)),
    "solve a stack": lambda m: solve(m([S, R]), m([B, B])),
    "solve a stack for one": lambda m: solve(m([S, R]), m(B)),
    "solve a stack for a vector": lambda m: solve(m([S, R]), m(V)),
    "solve, plain and exact": lambda m: solve(np.array(S, float), m(V)),
    "solve, exact and plain": lambda m: solve(m(S), np.array(V, float)),
    "det": lambda m: det(m(S)),
    "det, a zero for a pivot": lambda m: det(m(R)),
    "det of a stack": lambda m: det(m([[S, R]])),
    "matrix_power": lambda m: np.linalg.matrix_power(m(S), 3),
    "matrix_power, negative": lambda m: np.linalg.matrix_power(m([[1, 1], [0, 1]]), -2),
    "norm": lambda m: np.linalg.norm(m(V)) ** 2,
    "norm of a matrix": lambda m: np.linalg.norm(m(B)) ** 2,
    "norm of a stack": lambda m: np.linalg.norm(m([B, B])) ** 2,
    "norm along an axis": lambda m: np.linalg.norm(m(B), axis=-1, keepdims=True) ** 2,
    "norm, axis in a tuple": lambda m: np.linalg.norm(m(B), axis=(0,)) ** 2,
    "norm along two axes": lambda m: np.linalg.norm(m([B, B]), axis=(-2, -1)) ** 2,
    "norm, kept": lambda m: np.linalg.norm(m(B), keepdims=True) ** 2,
    "norm 2 of a vector": lambda m: np.linalg.norm(m(V), 2) ** 2,
    "norm 2 along an axis": lambda m: np.linalg.norm(m(B), 2, 1) ** 2,
    "norm fro": lambda m: np.linalg.norm(m(B), "fro") ** 2,
    "norm 1 of a vector": lambda m: np.linalg.norm(m(V), 1),
    "norm 1 along an axis": lambda m: np.linalg.norm(m(C), ord=1, axis=1, keepdims=True),
    "norm 3 along an axis": lambda m: np.linalg.norm(m(C), 3, axis=1) ** 3,
    "norm −2": lambda m: np.linalg.norm(m(V), -2) ** -2,
    "norm 1 of a matrix": lambda m: np.linalg.norm(m(C), 1),
    "norm inf of a matrix": lambda m: np.linalg.norm(m(C), np.inf),
    "norm inf of a stack, kept": lambda m: np.linalg.norm(m([C, B]), np.inf, (-2, -1), True),
    "norm −1 along two axes": lambda m: np.linalg.norm(m([C, D]), -1, (2, 0)),
    "cholesky": lambda m: np.linalg.cholesky(m(P)),
    "cholesky of a stack": lambda m: np.linalg.cholesky(m([P, [[9, 3, 0], [3, 5, 2], [0, 2, 2]]])),
    "cholesky, upper": lambda m: np.linalg.cholesky(m(P), upper=True),
    "cholesky reads one half": lambda m: np.linalg.cholesky(np.tril(m(P))),
    "cholesky reads the other half": lambda m: np.linalg.cholesky(np.triu(m(P)), upper=True),
    "pinv, tall": lambda m: np.linalg.pinv(m([[1, 0], [0, 1], [1, 1]])),
    "pinv, wide": lambda m: np.linalg.pinv(m([[1, 0], [0, 1], [1, 1]]).T),
    "pinv, square": lambda m: np.linalg.pinv(m(S)),
    "qr": lambda m: np.linalg.qr(m([[3, 1], [4, 2]])),
    "qr, tall": lambda m: np.linalg.qr(m([[3, 1], [4, 2], [0, 2]]))[0][:, :1],
    "qr of a wide matrix": lambda m: np.linalg.qr(m([[3, 1, 7], [4, 2, 5]])).R,
    "qr of a stack": lambda m: np.linalg.qr(m([[[3, 1], [4, 2]], [[5, 1], [-12, 3]]]), "r"),
    "lstsq": lambda m: np.linalg.lstsq(m(B), m(V))[:3],
    "lstsq, many": lambda m: np.linalg.lstsq(m([[1, 0], [0, 1], [1, 1]]), m(B), rcond=None)[:2],
    "lstsq, wide": lambda m: np.linalg.lstsq(m(B).T, m([4, 7]))[0],
    "lstsq, a plain matrix": lambda m: np.linalg.lstsq(np.array(B, float), m(V))[0],
    "lstsq, a plain right side": lambda m: np.linalg.lstsq(m(S), np.array(V, float))[0],
    "the smallest entry": lambda m: np.linalg.norm(m(V), -np.inf),
    "the largest entry": lambda m: np.linalg.norm(m(V), np.inf),
    "the largest along an axis": lambda m: np.linalg.norm(m(B), np.inf, axis=0),
}


@pytest.mark.parametrize("name", RATIONAL)
def test_of_rational_matrices_the_result_is_rational(name):
    assert_twins(RATIONAL[name])


PERHAPS = {
    f"norm {ord} {axis}": lambda m, ord=ord, axis=axis: np.linalg.norm(m([C, D]), ord, axis)
    for ord in (None, 1, 2, 0, -1, np.inf, -np.inf, "fro", "nuc", "f")
    for axis in (None, 1, (0, 1), (0, 1, 2), (1, 1), 3)
    if not (ord in (2, "nuc") and axis == (0, 1))  # which are no rational numbers: see test_spectra
}


@pytest.mark.parametrize("name", PERHAPS)
def test_every_order_of_norm_is_right_or_refused(name):
    """Its square is rational, or the norm is."""
    order = name.split()[1]
    squared = order in ("None", "2", "fro", "f")
    outcome_of_twins((lambda m: PERHAPS[name](m) ** 2) if squared else PERHAPS[name])


def test_a_norm_moves_as_a_root_does():
    with Run(0, dual=True) as run:
        x = of(run, [3, 4], [1, 2])
        assert_tangent(run, np.linalg.norm(x) ** 2, np.array(2 * (3 + 8.0)))
        assert equal(np.linalg.norm(x), np.sqrt(of(run, 25)))


REFUSED = {
    "inv of a singular matrix": lambda m: inv(m([[1, 2], [2, 4]])),
    "solve of a singular matrix": lambda m: solve(m([[1, 2], [2, 4]]), m([1, 2])),
    "inv, not square": lambda m: inv(m(B)),
    "matrix_power, not an integer": lambda m: np.linalg.matrix_power(m(S), 0.5),
    "cholesky of an indefinite matrix": lambda m: np.linalg.cholesky(m([[1, 2], [2, 1]])),
    "pinv of a matrix of rank one": lambda m: np.linalg.pinv(m([[1, 2], [2, 4], [3, 6]])),
    "pinv with a cut-off": lambda m: np.linalg.pinv(m(B), 0.1),
    "norm 0": lambda m: np.linalg.norm(m(V), 0),
    "lstsq of a matrix of rank one": lambda m: np.linalg.lstsq(m([[1, 2], [2, 4], [3, 6]]), m(V)),
    "lstsq with a cut-off": lambda m: np.linalg.lstsq(m([[5, 0], [0, 1], [0, 0]]), m(V), 0.5),
    "qr of a matrix of rank one": lambda m: np.linalg.qr(m([[1, 2], [2, 4], [3, 6]])),
    "qr, complete": lambda m: np.linalg.qr(m(B), "complete"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_has_no_exact_meaning_is_refused(name):
    with Run(0) as run:
        assert outcome(REFUSED[name], lambda x: of(run, x)) is NotExact
        assert run.broken is not None


def test_a_matrix_singular_in_floats_alone_or_in_the_field_alone_is_not_inverted():
    with Run(0) as run:
        p = run.field.p
        assert outcome(inv, of(run, [[1, 0], [0, p]])) is NotExact  # zero in the field
        tiny = of(run, [[1, 0], [0, Fraction(1, 10**30)]])
        assert equal(inv(tiny) @ tiny, np.eye(2)).all()
        assert outcome(inv, of(run, [[1, 1], [1, 1 + Fraction(1, 2**60)]])) is NotExact  # NumPy finds it singular
    assert plain(S).shape == (3, 3)


def test_a_cholesky_factor_is_one():
    with Run(0, dual=True) as run:
        half = drawn(run, (2, 4, 4))
        a = half @ half.mT
        factor = np.linalg.cholesky(a)
        assert equal(factor @ factor.mT, a).all()
        assert same(tangent_of(run, factor @ factor.mT), tangent_of(run, a))
        assert equal(factor, np.tril(factor)).all()
        assert np.allclose(shadow(factor), np.linalg.cholesky(shadow(a)))


def test_orthonormal_and_triangular_factors_are():
    with Run(0, dual=True) as run:
        for a in (drawn(run, (2, 4, 3)), drawn(run, (3, 5))):
            Q, R = np.linalg.qr(a)
            assert equal(Q @ R, a).all()
            assert same(tangent_of(run, Q @ R), tangent_of(run, a))
            assert equal(Q.mT @ Q, np.broadcast_to(np.eye(3), (*a.shape[:-2], 3, 3))).all()
            assert not tangent_of(run, Q.mT @ Q).re.any()
            assert equal(R, np.triu(R)).all()
            assert np.array_equal(shadow(R), np.linalg.qr(shadow(a)).R)


def test_a_pseudoinverse_undoes():
    with Run(0, dual=True) as run:
        a = drawn(run, (2, 4, 3))
        assert equal(np.linalg.pinv(a) @ a, np.broadcast_to(np.eye(3), (2, 3, 3))).all()
        assert equal(np.linalg.pinv(a.mT), np.linalg.pinv(a).mT).all()
        assert same(tangent_of(run, a @ np.linalg.pinv(a) @ a), tangent_of(run, a))
