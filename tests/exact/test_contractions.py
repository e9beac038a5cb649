"""einsum and its kin over the field, against sums written out in Python's integers."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numpy_lora.exact import NotExact, Run
from tests.exact.points import assert_holds, of, outcome, residues, tangent_of
from tests.exact.twins import REFUSED, assert_twins, outcome_of_twins


def written_out(inputs, output, *arrays):
    """The sum of the products, subscript by subscript; no dots."""
    sizes = {}
    for term, a in zip(inputs, arrays, strict=True):
        for c, n in zip(term, a.shape, strict=True):
            sizes[c] = max(n, sizes.get(c, 1))
    result = np.zeros([sizes[c] for c in output], object)
    names = sorted(sizes)
    for values in itertools.product(*(range(sizes[c]) for c in names)):
        at = dict(zip(names, values, strict=True))
        product = 1
        for term, a in zip(inputs, arrays, strict=True):
            product *= a[tuple(at[c] for c in term)]
        result[tuple(at[c] for c in output)] += product
    return result


def numbers(seed, *shape):
    return np.random.default_rng(seed).integers(-(2**40), 2**40, shape).astype(object)


def assert_contraction(text, *arrays, call=None):
    """einsum over the field is the sum written out; its tangent is that of the product rule."""
    inputs, _, output = text.partition("->")
    inputs = inputs.split(",")
    tangents = [numbers(7 + k, *a.shape) for k, a in enumerate(arrays)]
    with Run(0, dual=True) as run:
        exact = [of(run, a, t) for a, t in zip(arrays, tangents, strict=True)]
        got = np.einsum(text, *exact) if call is None else call(*exact)
        expected = written_out(inputs, output, *arrays)
        assert got.shape == expected.shape
        slope = sum(
            written_out(inputs, output, *[t if j == k else a for j, a in enumerate(arrays)]) for k, t in enumerate(tangents)
        )
        assert_values(run, got, expected, slope)


def assert_values(run, got, expected, slope):
    from numpy_lora.exact.records import load

    n = load(run, got)
    assert np.array_equal(n.v.re, residues(expected, run.field.p))
    assert np.array_equal(n.e, residues(expected, run.field.q))
    assert np.array_equal(tangent_of(run, got).re, residues(np.asarray(slope, object), run.field.p))
    assert np.allclose(n.x, expected.astype(float), rtol=1e-9, atol=2.0**60)


SIZES = {"i": 2, "j": 3, "k": 4, "l": 2, "b": 2, "c": 3}
TEXTS = [
    "ij,jk->ik", "ij,kj->ki", "ij,ij->", "ij,ij->ij", "ij,ij->j", "ij->ji", "ij->", "ij->i", "i,j->ij", "i,i->", "ij,j->i",
    "bij,bjk->bik", "bij,jk->bik", "bij,bij->b", "bij,ckj->bcik", "ii->", "ii->i", "iij->j", "iij,jk->ik", "iji->j", "iii->i",
    "ij,jk,kl->il", "ij,ik,il->jkl", "ij,jk,ki->", "i,j,k->kji", "ij,ij,ij->ij", "bij,bjk,bkl->bil", "ij,kl->", "ij,j,->i",
    ",ij->ji", "i,ij,j->", "bic,bjc,bj->bi",
]  # fmt: skip


@pytest.mark.parametrize("text", TEXTS)
def test_einsum_is_the_sum_written_out(text):
    terms = text.partition("->")[0].split(",")
    assert_contraction(text, *(numbers(k, *(SIZES[c] for c in term)) for k, term in enumerate(terms)))


@given(st.lists(st.text("ijkl", max_size=3), min_size=1, max_size=3), st.data())
def test_einsum_of_any_subscripts(terms, data):
    letters = sorted(set("".join(terms)))
    output = "".join(data.draw(st.permutations(letters))[: data.draw(st.integers(0, len(letters)))])
    assert_contraction(f"{','.join(terms)}->{output}", *(numbers(k, *(SIZES[c] for c in t)) for k, t in enumerate(terms)))


A, B, S = [[3, -1, 2], [5, 7, -4]], [[2, -5], [1, 3], [4, -2]], [[3, 1, 2], [0, 4, -1], [5, 2, 6]]
T = [A, [[1, 0, 2], [-3, 1, 1]]]
FORMS = {
    "implicit": lambda m: np.einsum("ij,jk", m(A), m(B)),
    "implicit, sorted": lambda m: np.einsum("ba,c", m(A), m([1, 2])),
    "implicit trace": lambda m: np.einsum("ii", m(S)),
    "capitals": lambda m: np.einsum("aB,Bc", m(A), m(B)),
    "spaces": lambda m: np.einsum("i j , j k -> i k", m(A), m(B)),
    "lists": lambda m: np.einsum(m(A), [0, 1], m(B), [1, 2], [2, 0]),
    "lists, implicit": lambda m: np.einsum(m(A), [0, 1], m(B), [1, 2]),
    "lists, dots": lambda m: np.einsum(m(T), [Ellipsis, 0, 1], m(B), [1, 2], [Ellipsis, 0, 2]),
    "lists, high": lambda m: np.einsum(m(A), [30, 51], m(B), [51, 2], [30, 2]),
    "dots": lambda m: np.einsum("...ij,...jk->...ik", m(T), m(B)),
    "dots, implicit": lambda m: np.einsum("...i,...i", m(A), m(T)),
    "dots, moved": lambda m: np.einsum("i...->...i", m(T)),
    "dots, broadcast": lambda m: np.einsum("...i,...i->...", m(T), m(A)[:1]),
    "dots of nothing": lambda m: np.einsum("...ij,...j->...i", m(A), m([1, 2, 3])),
    "dots in the middle": lambda m: np.einsum("i...j,j->i...", m(T), m([1, 2, 3])),
    "three operands, dots": lambda m: np.einsum("...i,ij,...j->...", m(T), m(S), m(T)),
    "a plain operand": lambda m: np.einsum("ij,jk->ik", np.array(A, float), m(B)),
    "a list for an operand": lambda m: np.einsum("ij,j->i", m(A), [1.0, 2.0, 3.0]),
    "a number for an operand": lambda m: np.einsum(",ij->ij", 2.5, m(A)),
    "optimize": lambda m: np.einsum("ij,jk,kl", m(A), m(B), m(A), optimize="greedy"),
    "a path": lambda m: np.einsum("ij,jk,kl", m(A), m(B), m(A), optimize=["einsum_path", (1, 2), (0, 1)]),
    "out": lambda m: np.einsum("ij,jk->ik", m(A), m(B), out=m([[0, 0], [0, 0]])),
    "free axes that are broadcast": lambda m: np.einsum("ij,ij->ij", m(A), m(A)[:1]),
    "transposed operands": lambda m: np.einsum("ji,kj->ik", m(A).T.T, m(B)[:, ::-1]),
    "tensordot": lambda m: np.tensordot(m(T), m(B), 1),
    "tensordot of none": lambda m: np.tensordot(m(A), m(B), 0),
    "tensordot of all": lambda m: np.tensordot(m(A), m(B).T),
    "tensordot, pairs": lambda m: np.tensordot(m(T), m(B), ([2, 0], [0, 1])),
    "tensordot, from the end": lambda m: np.tensordot(m(T), m(B), axes=(-1, 0)),
    "tensordot, an array of axes": lambda m: np.tensordot(m(T), m(B), np.array([[2], [0]])),
    "dot": lambda m: np.dot(m(A), m(B)),
    "dot, out": lambda m: np.dot(m(A), m(B), out=m([[0, 0], [0, 0]])),
    "dot of vectors": lambda m: np.dot(m(A[0]), m(A[1])),
    "dot with a number": lambda m: np.dot(m(A), 2.5),
    "dot with a vector": lambda m: np.dot(m(T), m([1, 2, 3])),
    "dot of a vector": lambda m: np.dot(m([1, 2]), m(T)),
    "dot of stacks": lambda m: np.dot(m(T), m([B, B])),
    "inner": lambda m: np.inner(m(T), m(S)),
    "inner of vectors": lambda m: np.inner(m(A[0]), [1.0, 2.0, 3.0]),
    "inner with a number": lambda m: np.inner(m(A), 2.5),
    "outer": lambda m: np.outer(m(A), m([1, 2])),
    "outer, out": lambda m: np.outer([1.0, 2.0], m([1, 2]), out=m([[0, 0], [0, 0]])),
    "vdot": lambda m: np.vdot(m(A), m(B)),
    "trace": lambda m: np.trace(m(S), offset=-1),
    "trace of stacks": lambda m: np.trace(m(T), 1, 1, 2),
    "kron": lambda m: np.kron(m(A), m(B)),
    "kron with a plain one": lambda m: np.kron(np.eye(2), m(A)),
    "kron of vectors": lambda m: np.kron(m([1, 2]), m([3, 4, 5])),
    "summed over a broadcast axis": lambda m: np.einsum("ij,jk->ik", m(A)[:, :1], m(B)),
    "two that are broadcast, of the same length": lambda m: np.einsum("ijk,jkl->il", m([A])[:, :1], m([A])[:, :1].T),
    "kron of different dimensions": lambda m: np.kron(m([1, 2]), m(B)),
    "kron, the second of more":  lambda m: np.kron(m(A), m([4, 5])),
    "summed over both axes broadcast": lambda m: np.einsum("ij,jk->", m(A)[:, :1], m(B)),
    "crosswise": lambda m: np.einsum("ijk,jkl->il", m([[[1, 2, 3]]]), m([[[4]], [[5]], [[6]]])),
    "kron of stacks": lambda m: np.kron(m(T), m([B])),
    "multi_dot": lambda m: np.linalg.multi_dot([m(A), m(B), m([1, 2])]),
    "multi_dot of two": lambda m: np.linalg.multi_dot([m([1, 2]), m(A)]),
    "matmul of vectors": lambda m: m(A[0]) @ m(B),
    "matmul of stacks": lambda m: m([T, T]) @ m([[B], [B]])[0],
}  # fmt: skip


@pytest.mark.parametrize("name", FORMS)
def test_every_form_of_call_is_numpys(name):
    assert_twins(FORMS[name])


PERHAPS = {
    "dtype": lambda m: np.einsum("ij,jk->ik", m(A), m(B), dtype=np.float32),
    "order": lambda m: np.einsum("ij,jk->ik", m(A), m(B), order="F"),
    "casting": lambda m: np.einsum("ij,jk->ik", m(A), m(B), casting="no"),
    "a plain out of integers": lambda m: np.einsum("ij,jk->ik", m(A), m(B), out=np.zeros((2, 2), int)),
    "trace, dtype": lambda m: np.trace(m(S), dtype=np.float32),
    "trace, out": lambda m: np.trace(m(S), out=m(0)),
    "multi_dot, out": lambda m: np.linalg.multi_dot([m(A), m(B)], out=m([[0, 0], [0, 0]])),
}


@pytest.mark.parametrize("name", PERHAPS)
def test_what_is_not_understood_is_refused(name):
    assert outcome_of_twins(PERHAPS[name]) == REFUSED


def test_einsum_gives_a_view_where_numpy_does():
    with Run(0) as run:
        x = of(run, S)
        np.einsum("ji", x)[0, 1] = 9
        assert_holds(run, x, [[3, 1, 2], [9, 4, -1], [5, 2, 6]])
        diagonal = np.einsum("ii->i", x)
        x[0, 0] = 8
        assert_holds(run, diagonal, [8, 4, 6])
        assert outcome(lambda: np.einsum("ij,jk", x)) is NotExact
        assert outcome(lambda: np.einsum("ij,jk", x, np.ones((2, 2)))) is NotExact
