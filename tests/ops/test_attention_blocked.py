import copy
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numpy_lora import tree
from numpy_lora.check.strategies import attention_problems
from numpy_lora.ops import ShapeError, attention, attention_blocked
from tests.ops.test_attention import problems
from tests.oracles import assert_close, assert_proved, complex_step_gradient, generic

BLOCKS = st.fixed_dictionaries(
    {
        "cells": st.sampled_from([1, 2, 5, 1000]),  # a query at a time, a few heads or queries, all at once
        "keep": st.sampled_from([None, 0, 5]),
    }
)


@given(problems(), BLOCKS)
def test_results_are_those_of_the_clear_form(problem, blocks):
    X, params, keywords, dY = problem
    Y, backward = attention_blocked(X, params, **keywords, **blocks)
    clear_Y, clear_backward = attention(X, params, **keywords)
    assert_close(Y, clear_Y)
    got, expected = dict(tree.leaves(backward(dY))), dict(tree.leaves(clear_backward(dY)))
    assert got.keys() == expected.keys()
    for path in got:
        assert_close(got[path], expected[path])


@given(problems(), BLOCKS)
def test_backward_is_the_pullback_of_every_argument(problem, blocks):
    X, params, keywords, dY = problem
    dX, dparams = attention_blocked(X, params, **keywords, **blocks)[1](dY)
    assert_close(dX, complex_step_gradient(lambda A: attention_blocked(A, params, **keywords, **blocks)[0], X, dY))
    for path, gradient in tree.leaves(dparams):

        def forward(A, path=path):
            changed = tree.map(lambda other, leaf: A if other == path else leaf, params)
            return attention_blocked(X, changed, **keywords, **blocks)[0]

        assert_close(gradient, complex_step_gradient(forward, dict(tree.leaves(params))[path], dY))


@given(attention_problems(), BLOCKS)
def test_backward_is_proved(problem, blocks):
    assert_proved(attention_blocked, *generic(problem), **blocks)


@given(problems(), BLOCKS)
def test_arguments_stay_and_backward_repeats(problem, blocks):
    before = copy.deepcopy(problem)
    X, params, keywords, dY = problem
    _, backward = attention_blocked(X, params, **keywords, **blocks)
    first, second = tree.leaves(backward(dY)), tree.leaves(backward(dY))
    assert all(np.array_equal(a, b) for (_, a), (_, b) in zip(first, second, strict=True))
    for (path, now), (_, then) in zip(tree.leaves(problem), tree.leaves(before), strict=True):
        assert np.array_equal(now, then), path


@given(problems(), BLOCKS)
def test_a_query_that_may_attend_to_nothing_gets_the_bias_alone(problem, blocks):
    X, params, keywords, dY = problem
    keywords["mask"] = np.zeros((X.shape[-2], X.shape[-2]), dtype=bool)
    Y, backward = attention_blocked(X, params, **keywords, **blocks)
    assert np.array_equal(Y, np.broadcast_to(params["o"].get("bias", 0), Y.shape))
    assert not any(gradient.any() for _, gradient in tree.leaves(backward(dY)))


def nodes(rng, d, dtype=float):
    shapes = {"W": (d, d), "WA": (d, 1), "WB": (1, d)}
    return {name: {leaf: rng.normal(size=shape).astype(dtype) for leaf, shape in shapes.items()} for name in "qkvo"}


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.complex128])
@pytest.mark.parametrize("cells", [1, 1000])
def test_dtype_is_kept(dtype, cells):
    X, params = np.eye(3, 2, dtype=dtype), nodes(np.random.default_rng(0), 2, dtype)
    Y, backward = attention_blocked(X, params, n_heads=2, causal=True, mask=np.eye(3, dtype=bool)[::-1], cells=cells)
    assert {Y.dtype, *(leaf.dtype for _, leaf in tree.leaves(backward(Y)))} == {np.dtype(dtype)}


@pytest.mark.parametrize(("cells", "blocks"), [(256 * 256, 8), (64 * 256, 32)])
def test_no_pass_holds_the_scores_of_all_heads(cells, blocks):
    rng = np.random.default_rng(0)
    X, params = rng.normal(size=(256, 16)), nodes(rng, 16)
    params["k"]["bias"] = None
    tracemalloc.start()
    try:
        Y, backward = attention_blocked(X, params, n_heads=8, cells=cells)
        backward(Y)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    all_scores = 8 * 256 * 256 * X.itemsize
    tokens = 30 * X.nbytes  # Q, K, V, O, their cotangents and what is on the way
    assert peak < 3 * all_scores / blocks + tokens < all_scores


@pytest.mark.parametrize(
    "changed",
    [
        {"X": np.ones(4)},
        {"X": np.ones((0, 4))},
        {"X": [[1.0]]},
        {"q": {"W": np.ones((3, 4))}},
        {"q": {"W": np.ones((4, 3))}},
        {"k": {"W": np.ones((4, 1))}},
        {"v": {}},
        {"o": {"W": np.ones(4)}},
        {"o": {"W": np.ones((4, 4)), "WA": np.ones((1, 2)), "WB": np.ones((2, 4))}},
        {"k": {"W": np.ones((4, 4)), "WA": np.ones((4, 2))}},
        {"v": {"W": np.ones((4, 4)), "bias": np.ones(1)}},
        {"n_heads": 0},
        {"n_heads": -1},
        {"n_heads": 3},
        {"n_kv_heads": 0},
        {"mask": np.ones((5, 5))},
        {"mask": np.ones((3, 5, 5), bool)},
    ],
)
def test_what_does_not_fit_is_named_as_the_clear_form_names_it(changed):
    call = {"X": np.ones((5, 4)), "n_heads": 2} | changed
    params = {name: call.pop(name, {"W": np.ones((4, 4))}) for name in "qkvo"}
    with pytest.raises(ShapeError) as clear:
        attention(params=params, **call)
    with pytest.raises(ShapeError) as blocked:
        attention_blocked(params=params, **call)
    assert str(blocked.value) == str(clear.value)
