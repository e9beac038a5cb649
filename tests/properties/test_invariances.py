"""What a change of the adapter or of the input must not change."""

import itertools
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numpy_lora import tree
from numpy_lora.ops import attention, lora_linear
from tests.draws import integers
from tests.oracles import assert_close

LINE = "X[n,d_in] W[d_in,d_out] WA[d_in,r] WB[r,d_out] -> Y[n,d_out]"


def run(p, s=3, **changed):
    """Y and the gradients at the cotangent dY."""
    Y, backward = lora_linear(*(changed.get(name, p[name]) for name in ("X", "W", "WA", "WB")), s)
    return Y, backward(p["dY"])


@st.composite
def gauges(draw):
    """A problem, an invertible R of Fractions and its inverse: unimodular, diagonal, unimodular."""
    p = draw(integers(LINE))
    r = p["WA"].shape[1]
    nonzero = st.fractions(-3, 3, max_denominator=4).filter(bool)
    D = [draw(nonzero) for _ in range(r)]
    (L, L_inverse), (U, U_inverse) = draw(unimodular(r)), draw(unimodular(r))
    return p, L @ np.diag(D) @ U, U_inverse @ np.diag([1 / d for d in D]) @ L_inverse


@st.composite
def unimodular(draw, r):
    """An integer matrix of determinant one, and its inverse: a few multiples of one row added to another."""
    R, inverse = np.eye(r, dtype=int).astype(object), np.eye(r, dtype=int).astype(object)
    pairs = [(i, j) for i in range(r) for j in range(r) if i != j]
    for i, j in draw(st.lists(st.sampled_from(pairs), max_size=4)) if pairs else []:
        times = draw(st.integers(-2, 2))
        R[i] = R[i] + times * R[j]
        inverse[:, j] = inverse[:, j] - times * inverse[:, i]
    return R, inverse


@given(gauges())
def test_the_gauge_WA_R_and_R_inverse_WB_is_not_seen_and_gradients_turn_with_it(gauge):
    p, R, inverse = gauge
    assert np.array_equal(R @ inverse, np.eye(len(R)))
    Y, (dX, dWA, dWB) = run(p)
    turned_Y, turned = run(p, WA=p["WA"] @ R, WB=inverse @ p["WB"])
    assert np.array_equal(turned_Y, Y)
    assert np.array_equal(turned.dX, dX)
    assert np.array_equal(turned.dWA, dWA @ inverse.T)
    assert np.array_equal(turned.dWB, R.T @ dWB)


@given(integers(LINE), st.randoms())
def test_the_order_of_the_r_axis_is_not_seen_and_gradients_go_along(p, random):
    order = random.sample(range(p["WA"].shape[1]), p["WA"].shape[1])
    Y, (dX, dWA, dWB) = run(p)
    other_Y, other = run(p, WA=p["WA"][:, order], WB=p["WB"][order])
    assert np.array_equal(other_Y, Y)
    assert np.array_equal(other.dX, dX)
    assert np.array_equal(other.dWA, dWA[:, order])
    assert np.array_equal(other.dWB, dWB[order])


@given(integers(LINE), st.sampled_from([1, -2, 3]))
def test_a_merged_weight_is_the_branch_forward_and_backward(p, s):
    merged = tree.merge({"W": p["W"], "WA": p["WA"], "WB": p["WB"], "scale": s})
    Y, gradients = run(p, s)
    assert np.array_equal(p["X"] @ merged["W"], Y)
    assert np.array_equal(p["dY"] @ merged["W"].T, gradients.dX)


def rank(M):
    """By elimination over Fractions."""
    rows, found = [[Fraction(int(entry)) for entry in row] for row in M], 0
    for column in range(M.shape[1]):
        pivot = next((row for row in rows if row[column]), None)
        if pivot is not None:
            found += 1
            rows = [without(row, pivot, row[column] / pivot[column]) for row in rows if row is not pivot]
    return found


def without(row, pivot, times):
    return [a - times * b for a, b in zip(row, pivot, strict=True)]


def test_the_rank_is_counted_exactly():
    assert rank(np.eye(3, dtype=int)) == 3
    assert rank(np.array([[1, 2], [2, 4], [3, 6]])) == 1
    assert rank(np.array([[0, 1, 1], [1, 0, 1], [1, 1, 2]])) == 2
    assert rank(np.zeros((2, 3), dtype=int)) == 0


@given(integers("W[d_in,d_out] WA[d_in,r] WB[r,d_out]", r=2), st.sampled_from([1, -2, 3]))
def test_the_change_of_the_weight_has_at_most_rank_r(p, s):
    change = tree.merge(p | {"scale": s})["W"] - p["W"]
    assert rank(change) <= min(rank(p["WA"]), rank(p["WB"])) <= 2


def test_rank_r_is_reached():
    eye = np.eye(4, dtype=int)
    assert rank(tree.merge({"W": eye, "WA": eye[:, :2], "WB": eye[:2], "scale": 3})["W"] - eye) == 2


class Scripted(np.random.Generator):
    """A Generator that drops what it is told to: 0 is below every probability but zero, 1 is above all."""

    def __init__(self, keep):
        super().__init__(np.random.PCG64(0))
        self.keep = keep

    def random(self, shape):
        return np.where(self.keep.reshape(shape), 1.0, 0.0)


@given(integers("X[n,d_in] W[d_in,d_out] WA[d_in,r] WB[r,d_out] -> Y[n,d_out]", n=2, d_in=2), st.sampled_from([1, 2, 3]))
def test_dropout_is_no_dropout_on_average(p, quarters):
    """Over all sixteen ways to drop entries of a 2 by 2 input, each with its probability, in Fractions."""
    dropout = Fraction(quarters, 4)
    arguments = [p[name].astype(object) for name in ("X", "W", "WA", "WB")]
    average = [0, 0, 0, 0]
    for keep in itertools.product([False, True], repeat=4):
        probability = dropout ** keep.count(False) * (1 - dropout) ** keep.count(True)
        Y, backward = lora_linear(*arguments, 3, dropout=dropout, rng=Scripted(np.array(keep)))
        average = [mean + probability * value for mean, value in zip(average, (Y, *backward(p["dY"])), strict=True)]
    Y, gradients = run(p)
    assert all(np.array_equal(mean, value) for mean, value in zip(average, (Y, *gradients), strict=True))


HEADS = st.sampled_from([(1, 1), (2, 1), (2, 2), (4, 2)])


def attention_problem(seed, n_heads, n_kv_heads, n=5, d=6, dh=3):
    """X, params adapted on all four, and dY, of ordinary floats."""
    rng = np.random.default_rng(seed)
    widths = {"q": (d, n_heads * dh), "k": (d, n_kv_heads * dh), "v": (d, n_kv_heads * dh), "o": (n_heads * dh, d)}
    params = tree.apply_lora({name: {"W": rng.normal(size=size)} for name, size in widths.items()}, rng, rank=2, alpha=3)
    params = tree.map(lambda path, leaf: leaf + rng.normal(size=leaf.shape) if path.endswith("WB") else leaf, params)
    return rng.normal(size=(2, n, d)), params, rng.normal(size=(2, n, d))


@given(st.integers(0, 99), HEADS, st.integers(1, 4))
def test_causal_rows_do_not_see_later_tokens(seed, heads, t):
    """To the bit, forward and backward: what comes at t or later changes nothing before t."""
    X, params, dY = attention_problem(seed, *heads)
    later = np.where(np.arange(5)[:, None] >= t, 7.0, 0.0)
    Y, backward = attention(X, params, *heads, causal=True)
    other, _ = attention(X + later, params, *heads, causal=True)
    assert np.array_equal(other[:, :t], Y[:, :t])
    assert not np.array_equal(other[:, t:], Y[:, t:])
    dX = backward(np.where(np.arange(5)[:, None] >= t, 0.0, dY)).dX
    assert not dX[:, t:].any()
    assert dX[:, :t].any()


@given(st.integers(0, 99), st.sampled_from([1, 2, 4]), st.booleans())
def test_grouped_heads_as_many_as_heads_are_plain_ones(seed, n_heads, causal):
    X, params, dY = attention_problem(seed, n_heads, n_heads)
    Y, backward = attention(X, params, n_heads, causal=causal)
    grouped_Y, grouped_backward = attention(X, params, n_heads, n_heads, causal=causal)
    assert np.array_equal(grouped_Y, Y)
    for (path, plain), (_, grouped) in zip(tree.leaves(backward(dY)), tree.leaves(grouped_backward(dY)), strict=True):
        assert np.array_equal(grouped, plain), path


@given(st.integers(0, 99), st.sampled_from([(2, 1), (4, 2), (3, 1)]), st.booleans())
def test_grouped_heads_are_plain_ones_whose_keys_and_values_are_repeated(seed, heads, causal):
    n_heads, n_kv_heads = heads
    X, params, dY = attention_problem(seed, n_heads, n_kv_heads)

    def repeated(A):
        return np.repeat(A.reshape(len(A), n_kv_heads, -1), n_heads // n_kv_heads, axis=1).reshape(len(A), -1)

    wide = {name: {"W": repeated(node["W"]) if name in "kv" else node["W"]} for name, node in tree.merge(params).items()}
    Y, backward = attention(X, params, n_heads, n_kv_heads, causal=causal)
    wide_Y, wide_backward = attention(X, wide, n_heads, causal=causal)
    assert_close(wide_Y, Y)
    assert_close(wide_backward(dY).dX, backward(dY).dX)


@pytest.mark.parametrize("heads", [(2, 2), (4, 2)])
def test_merged_attention_is_the_adapted_one(heads):
    X, params, dY = attention_problem(0, *heads)
    (Y, backward), (merged_Y, merged_backward) = attention(X, params, *heads), attention(X, tree.merge(params), *heads)
    assert_close(merged_Y, Y)
    assert_close(merged_backward(dY).dX, backward(dY).dX)
    assert merged_backward(dY).dparams == {}
