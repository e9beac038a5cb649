import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from numpy_lora.check.strategies import problems
from numpy_lora.ops import ShapeError, softmax
from numpy_lora.shapes import shapes_line
from tests.draws import integers
from tests.oracles import assert_close, assert_proved, complex_step_gradient, generic

PROBLEMS = integers("S[...,n] -> P[...,n]")


@st.composite
def masked(draw):
    p = draw(PROBLEMS)
    return p | {"mask": draw(arrays(bool, p["S"].shape))}


@given(PROBLEMS)
def test_a_row_is_a_distribution_in_proportion_to_exp(p):
    P, _ = softmax(p["S"])
    assert_close(P.sum(-1), np.ones(P.shape[:-1]), roundings=8)
    assert_close(P * np.exp(p["S"]).sum(-1, keepdims=True), np.exp(p["S"]), roundings=8)


@given(PROBLEMS, st.integers(-1000, 1000))
def test_a_shift_of_a_row_changes_no_bit(p, shift):
    assert np.array_equal(softmax(p["S"] + shift)[0], softmax(p["S"])[0])


@given(masked())
def test_a_mask_is_softmax_over_what_it_allows(p):
    P, _ = softmax(p["S"], p["mask"])
    for i in np.ndindex(*P.shape[:-1]):
        allowed = p["mask"][i]
        assert not P[i][~allowed].any()
        if allowed.any():
            assert np.array_equal(P[i][allowed], softmax(p["S"][i][allowed])[0])


@given(masked())
def test_backward_is_the_pullback(p):
    for mask in (None, p["mask"]):
        dS = softmax(p["S"], mask)[1](p["dP"]).dS
        assert_close(dS, complex_step_gradient(lambda S, m=mask: softmax(S, m)[0], p["S"], p["dP"]))


@given(problems(shapes_line(softmax.__doc__)))
def test_backward_is_proved(problem):
    assert_proved(softmax, *generic(problem))


@given(masked())
def test_a_row_that_the_mask_empties_is_zero_both_ways(p):
    mask = p["mask"] & False
    P, backward = softmax(p["S"], mask)
    assert not P.any()
    assert not backward(p["dP"]).dS.any()


def test_extreme_scores_neither_overflow_nor_empty_a_row():
    S = np.array([[1e300, -1e300, 1.0], [-1e300, 1e300, 2.0]])
    assert np.array_equal(softmax(S)[0], [[1, 0, 0], [0, 1, 0]])
    assert np.array_equal(softmax(S, np.array([False, True, True]))[0], [[0, 0, 1], [0, 1, 0]])
    assert np.array_equal(softmax(S, np.array([[False, False, True], [True, False, False]]))[0], [[0, 0, 1], [1, 0, 0]])


def test_arguments_stay_and_backward_repeats():
    S, mask, dP = np.arange(6.0).reshape(2, 3), np.array([True, False, True]), np.ones((2, 3))
    before = S.copy(), mask.copy(), dP.copy()
    _, backward = softmax(S, mask)
    assert np.array_equal(backward(dP).dS, backward(dP).dS)
    assert all(np.array_equal(now, then) for now, then in zip((S, mask, dP), before, strict=True))


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.complex128])
@pytest.mark.parametrize("mask", [None, np.array([True, False, True]), np.array(False)])
def test_dtype_is_kept(dtype, mask):
    P, backward = softmax(np.ones((2, 3), dtype), mask)
    assert P.dtype == backward(P).dS.dtype == dtype


@pytest.mark.parametrize(
    ("S", "mask", "message"),
    [
        (np.ones(()), None, "S: expected shape (..., n), got ()"),
        (np.ones((2, 0)), None, "S: expected at least one entry along the last axis, got (2, 0)"),
        (np.ones((2, 3)), np.ones(3), "mask: expected an array of booleans, True where allowed, got float64"),
        (np.ones((2, 3)), np.ones((3, 2), bool), "mask: expected a shape that broadcasts to (2, 3), got (3, 2)"),
    ],
)
def test_what_does_not_fit_is_named(S, mask, message):
    with pytest.raises(ShapeError) as error:
        softmax(S, mask)
    assert str(error.value) == message
