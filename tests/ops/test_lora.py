import copy
import weakref
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numpy_lora.check.strategies import lora_problems
from numpy_lora.ops import ShapeError, linear, lora_linear
from numpy_lora.shapes import shapes_line
from tests.draws import integers
from tests.oracles import affine_gradient, assert_proved

PROBLEMS = integers(shapes_line(lora_linear.__doc__))
SCALES = st.sampled_from([1, -2, 3])
ARGUMENTS = ("X", "W", "WA", "WB")


def forward(p, scale, **changed):
    return lora_linear(*(changed.get(name, p[name]) for name in ARGUMENTS), scale=scale, bias=p["bias"])


@given(PROBLEMS, SCALES)
def test_forward_is_the_base_plus_the_scaled_branch(p, scale):
    Y, _ = forward(p, scale)
    assert np.array_equal(Y, linear(p["X"], p["W"] + scale * (p["WA"] @ p["WB"]), p["bias"])[0])


@given(PROBLEMS, SCALES)
def test_backward_is_the_pullback_of_every_argument(p, scale):
    gradients = forward(p, scale)[1](p["dY"])
    for name in ("X", "WA", "WB"):
        expected = affine_gradient(lambda A, n=name: forward(p, scale, **{n: A})[0], p[name], p["dY"])
        assert np.array_equal(getattr(gradients, f"d{name}"), expected)


@given(PROBLEMS, SCALES, st.integers(0, 9))
def test_backward_is_the_pullback_under_dropout(p, scale, seed):
    p = {name: array.astype(float) for name, array in p.items()}  # dropout of a half: kept entries are doubled, exactly

    def dropped(**changed):
        arguments = (changed.get(name, p[name]) for name in ARGUMENTS)
        return lora_linear(*arguments, scale=scale, dropout=0.5, rng=np.random.default_rng(seed))

    gradients = dropped()[1](p["dY"])
    for name in ("X", "WA", "WB"):
        expected = affine_gradient(lambda A, n=name: dropped(**{n: A})[0], p[name], p["dY"])
        assert np.array_equal(getattr(gradients, f"d{name}"), expected)


@given(lora_problems("float"), st.sampled_from([0.0, 0.25]))
def test_backward_is_proved(problem, dropout):
    assert_proved(lora_linear, *problem, dropout=dropout, rng=np.random.default_rng(0))


@given(PROBLEMS)
def test_complex_arguments_are_pulled_back_without_conjugation(p):
    rotated = {name: 1j * p[name] for name in ("X", "WA")}
    _, dWA, dWB = forward(p, 2, **rotated)[1](1j * p["dY"])
    _, real_dWA, real_dWB = forward(p, 2)[1](p["dY"])
    assert np.array_equal(dWA, -real_dWA)
    assert np.array_equal(dWB, -1j * real_dWB)


@given(PROBLEMS, SCALES)
def test_arguments_stay_and_backward_repeats(p, scale):
    before = copy.deepcopy(p)
    _, backward = forward(p, scale)
    first, second = backward(p["dY"]), backward(p["dY"])
    assert all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))
    assert all(np.array_equal(p[name], before[name]) for name in p)


def test_dropout_touches_the_branch_alone():
    X, W, WA = np.ones((3, 4)), np.eye(4), np.ones((4, 2))
    Y, backward = lora_linear(X, W, WA, np.zeros((2, 4)), dropout=0.5, rng=np.random.default_rng(0))
    assert np.array_equal(Y, X)
    assert np.array_equal(backward(Y).dX, Y)


def test_no_dropout_draws_nothing():
    rng = np.random.default_rng(0)
    state = rng.bit_generator.state
    lora_linear(np.ones((3, 4)), np.eye(4), np.ones((4, 2)), np.ones((2, 4)), dropout=0.0, rng=rng)
    assert rng.bit_generator.state == state


@pytest.mark.parametrize("dropout", [-0.1, 1.0, 1.5, float("nan")])
def test_dropout_is_a_probability_below_one(dropout):
    with pytest.raises(ValueError, match=rf"^dropout: expected 0 <= dropout < 1, got {dropout}$"):
        lora_linear(np.ones((1, 1)), np.eye(1), np.eye(1), np.eye(1), dropout=dropout, rng=np.random.default_rng(0))


@pytest.mark.parametrize(("rng", "got"), [(None, "NoneType"), (np.random, "module")])
def test_dropout_wants_a_generator(rng, got):
    with pytest.raises(ValueError, match=rf"^rng: expected a numpy.random.Generator to draw dropout=0.5 from, got {got}$"):
        lora_linear(np.ones((1, 1)), np.eye(1), np.eye(1), np.eye(1), dropout=0.5, rng=rng)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.complex128])
def test_dtype_is_kept(dtype):
    X, W, WA, WB, bias = (np.ones(shape, dtype) for shape in ((2, 3), (3, 4), (3, 2), (2, 4), (4,)))
    Y, backward = lora_linear(X, W, WA, WB, 0.5, bias, dropout=0.5, rng=np.random.default_rng(0))
    assert {Y.dtype, *(g.dtype for g in backward(Y))} == {np.dtype(dtype)}


def test_it_runs_over_fractions():
    third = np.full((1, 1), Fraction(1, 3))
    Y, backward = lora_linear(third, third, third, third, scale=Fraction(9, 2))
    assert Y[0, 0] == Fraction(1, 9) + Fraction(9, 2) / 27
    assert backward(third).dWA[0, 0] == Fraction(9, 2) / 27


@pytest.mark.parametrize(
    ("name", "shape", "message"),
    [
        ("W", (2, 4), "W: expected shape (d_in=3, d_out), got (2, 4)"),
        ("WA", (4, 2), "WA: expected shape (d_in=3, r), got (4, 2)"),
        ("WB", (3, 4), "WB: expected shape (r=2, d_out), got (3, 4)"),
        ("WB", (4, 2), "WB: expected shape (r=2, d_out=4), got (4, 2)"),
        ("bias", (1,), "bias: expected shape (d_out=4,), got (1,)"),
    ],
)
def test_a_shape_that_does_not_fit_is_named(name, shape, message):
    shapes = {"X": (5, 3), "W": (3, 4), "WA": (3, 2), "WB": (2, 4), "bias": (4,)} | {name: shape}
    with pytest.raises(ShapeError) as error:
        lora_linear(**{key: np.ones(value) for key, value in shapes.items()})
    assert str(error.value) == message


def test_with_dropout_what_is_kept_is_what_dropout_left():
    X = np.ones((4, 3))
    alive = weakref.ref(X)
    _, backward = lora_linear(X, np.ones((3, 2)), np.ones((3, 1)), np.ones((1, 2)), dropout=0.5, rng=np.random.default_rng(0))
    del X
    assert alive() is None
    assert backward(np.ones((4, 2))).dX.shape == (4, 3)
