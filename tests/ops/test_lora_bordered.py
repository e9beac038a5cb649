import copy

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numpy_lora.check.strategies import lora_problems
from numpy_lora.ops import ShapeError, lora_bordered, lora_linear
from numpy_lora.ops.lora_bordered import side_by_side
from numpy_lora.ops.projection import projection
from numpy_lora.shapes import shapes_line
from tests.draws import integers
from tests.oracles import assert_proved

PROBLEMS = integers(shapes_line(lora_bordered.__doc__))
SCALES = st.sampled_from([1, -2, 3])


def arguments(p):
    return [p[name] for name in ("X", "W", "WA", "WB")]


@given(PROBLEMS, SCALES)
def test_results_are_those_of_the_clear_form(p, scale):
    Y, backward = lora_bordered(*arguments(p), scale, p["bias"])
    clear_Y, clear_backward = lora_linear(*arguments(p), scale, p["bias"])
    for got, expected in zip((Y, *backward(p["dY"])), (clear_Y, *clear_backward(p["dY"])), strict=True):
        assert got.dtype == expected.dtype
        assert np.array_equal(got, expected)


@given(lora_problems("float"))
def test_backward_is_proved(problem):
    assert_proved(lora_bordered, *problem)


@given(PROBLEMS, SCALES)
def test_arguments_stay_and_backward_repeats(p, scale):
    before = copy.deepcopy(p)
    _, backward = lora_bordered(*arguments(p), scale, p["bias"])
    assert all(np.array_equal(a, b) for a, b in zip(backward(p["dY"]), backward(p["dY"]), strict=True))
    assert all(np.array_equal(p[name], before[name]) for name in p if p[name] is not None)


@given(PROBLEMS)
def test_complex_arguments_are_pulled_back_without_conjugation(p):
    X, W, WA, WB = arguments(p)
    for got, expected in zip(
        lora_bordered(X, W, 1j * WA, WB)[1](1j * p["dY"]), lora_linear(X, W, 1j * WA, WB)[1](1j * p["dY"]), strict=True
    ):
        assert np.array_equal(got, expected)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.complex128])
def test_dtype_is_kept(dtype):
    Y, backward = lora_bordered(*(np.ones(shape, dtype) for shape in [(3, 2), (2, 4), (2, 1), (1, 4)]), 0.5, np.ones(4, dtype))
    assert {Y.dtype, *(gradient.dtype for gradient in backward(Y))} == {np.dtype(dtype)}


@given(PROBLEMS, st.permutations(["adapted", "frozen", "biased"]))
def test_nodes_side_by_side_are_their_projections(p, order):
    X = p["X"].reshape(-1, p["X"].shape[-1])
    nodes = {
        "adapted": {"W": p["W"], "WA": p["WA"], "WB": p["WB"], "scale": 3},
        "frozen": {"W": np.concatenate([p["W"], -p["W"]], 1)},
        "biased": {"W": p["W"][:, :1], "bias": p["W"][0, :1], "WA": p["WA"][:, ::-1], "WB": p["WB"][:, :1], "scale": -1},
    }
    params = [nodes[name] for name in order]
    Y, backward = side_by_side(X, params)
    alone = [projection(X, node) for node in params]
    assert np.array_equal(Y, np.concatenate([of for of, _ in alone], 1))
    dY = Y * Y - 1
    dX, dparams = backward(dY)
    ends = np.cumsum([node["W"].shape[1] for node in params])
    gradients = [pullback(part) for (_, pullback), part in zip(alone, np.split(dY, ends[:-1], axis=1), strict=True)]
    assert np.array_equal(dX, sum(gradient.dX for gradient in gradients))
    for got, gradient in zip(dparams, gradients, strict=True):
        assert got.keys() == gradient.dparams.keys()
        assert all(np.array_equal(got[name], gradient.dparams[name]) for name in got)


@pytest.mark.parametrize("changed", [{"X": (3, 1)}, {"W": (4,)}, {"WA": (1, 2)}, {"WB": (1, 5)}, {"WB": (2, 1)}, {"bias": (1,)}])
def test_what_does_not_fit_is_named_as_the_clear_form_names_it(changed):
    shapes = {"X": (3, 4), "W": (4, 5), "WA": (4, 2), "WB": (2, 5), "bias": (5,)} | changed
    call = {name: np.ones(shape) for name, shape in shapes.items()}
    with pytest.raises(ShapeError) as clear:
        lora_linear(**call)
    with pytest.raises(ShapeError) as bordered:
        lora_bordered(**call)
    assert str(bordered.value) == str(clear.value)
