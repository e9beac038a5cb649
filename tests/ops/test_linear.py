import copy
import weakref

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numpy_lora.check.strategies import problems
from numpy_lora.ops import ShapeError, linear
from numpy_lora.shapes import shapes_line
from tests.draws import integers
from tests.oracles import affine_gradient, assert_proved

PROBLEMS = integers(shapes_line(linear.__doc__))


@given(PROBLEMS)
def test_forward_is_the_sum_over_the_inner_axis(p):
    Y, _ = linear(p["X"], p["W"], p["bias"])
    for i in np.ndindex(*Y.shape):
        *row, j = i
        assert Y[i] == sum(p["X"][(*row, k)] * p["W"][k, j] for k in range(len(p["W"]))) + p["bias"][j]


@given(PROBLEMS)
def test_backward_is_the_pullback_of_every_argument(p):
    _, backward = linear(p["X"], p["W"], p["bias"], frozen=False)
    gradients = backward(p["dY"])
    for name in ("X", "W", "bias"):
        moved = {key: p[key] for key in ("X", "W", "bias") if key != name}
        expected = affine_gradient(lambda A, n=name, m=moved: linear(**m, **{n: A})[0], p[name], p["dY"])
        assert np.array_equal(getattr(gradients, f"d{name}"), expected)


@given(problems(shapes_line(linear.__doc__), "float"), st.booleans())
def test_backward_is_proved(problem, frozen):
    assert_proved(linear, *problem, frozen=frozen)


@given(PROBLEMS)
def test_arguments_stay_and_backward_repeats(p):
    before = copy.deepcopy(p)
    _, backward = linear(p["X"], p["W"], p["bias"], frozen=False)
    first, second = backward(p["dY"]), backward(p["dY"])
    assert all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))
    assert all(np.array_equal(p[name], before[name]) for name in p)


def test_a_gradient_for_each_trained_argument_and_nothing_else():
    X, W, bias = np.ones((2, 3)), np.ones((3, 4)), np.ones(4)

    def names(*args, **kwargs):
        Y, backward = linear(*args, **kwargs)
        return backward(Y)._fields

    assert names(X, W) == names(X, W, bias) == ("dX",)
    assert names(X, W, frozen=False) == ("dX", "dW")
    assert names(X, W, bias, frozen=False) == ("dX", "dW", "dbias")


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.complex128, np.int64, object])
def test_dtype_is_kept(dtype):
    X, W, bias = np.ones((2, 3), dtype), np.ones((3, 4), dtype), np.ones(4, dtype)
    Y, backward = linear(X, W, bias, frozen=False)
    assert {Y.dtype, *(g.dtype for g in backward(Y))} == {np.dtype(dtype)}


@pytest.mark.parametrize(
    ("X", "W", "bias", "message"),
    [
        ((), (3, 4), None, "X: expected shape (..., d_in), got ()"),
        ((2, 3), (4, 3), None, "W: expected shape (d_in=3, d_out), got (4, 3)"),
        ((2, 3), (3, 4), (3,), "bias: expected shape (d_out=4,), got (3,)"),
        ((2, 3), (3, 4), (2, 4), "bias: expected shape (d_out=4,), got (2, 4)"),
    ],
)
def test_a_shape_that_does_not_fit_is_named(X, W, bias, message):
    with pytest.raises(ShapeError) as error:
        linear(np.ones(X), np.ones(W), None if bias is None else np.ones(bias))
    assert str(error.value) == message


def test_a_frozen_layer_does_not_keep_its_input():
    X = np.ones((4, 3))
    alive = weakref.ref(X)
    _, backward = linear(X, np.ones((3, 2)))
    del X
    assert alive() is None
    assert backward(np.ones((4, 2))).dX.shape == (4, 3)
