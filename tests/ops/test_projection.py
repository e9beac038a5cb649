import numpy as np
import pytest
from hypothesis import given

from numpy_lora.check.strategies import problems
from numpy_lora.ops import ShapeError, linear, lora_linear
from numpy_lora.ops.projection import projection
from numpy_lora.shapes import shapes_line
from tests.draws import integers
from tests.oracles import assert_proved

PROBLEMS = integers("X[...,d_in] W[d_in,d_out] WA[d_in,r] WB[r,d_out] bias[d_out] -> Y[...,d_out]")


@given(PROBLEMS)
def test_a_node_with_adapter_is_lora_linear(p):
    node = {"W": p["W"], "bias": p["bias"], "WA": p["WA"], "WB": p["WB"], "scale": 3}
    Y, backward = projection(p["X"], node)
    expected, pullback = lora_linear(p["X"], p["W"], p["WA"], p["WB"], 3, p["bias"])
    dX, dparams = backward(p["dY"])
    assert np.array_equal(Y, expected)
    assert list(dparams) == ["WA", "WB"]
    assert all(np.array_equal(a, b) for a, b in zip((dX, dparams["WA"], dparams["WB"]), pullback(p["dY"]), strict=True))


@given(PROBLEMS)
def test_a_node_without_adapter_is_a_frozen_linear(p):
    Y, backward = projection(p["X"], {"W": p["W"], "bias": p["bias"]})
    expected, pullback = linear(p["X"], p["W"], p["bias"])
    dX, dparams = backward(p["dY"])
    assert np.array_equal(Y, expected)
    assert np.array_equal(dX, pullback(p["dY"]).dX)
    assert dparams == {}


@given(problems(shapes_line(projection.__doc__), "float"))
def test_backward_is_proved(problem):
    assert_proved(projection, *problem)


@pytest.mark.parametrize(
    ("node", "message"),
    [
        ({"bias": (4,)}, "blocks.q: expected a node with 'W', got ['bias']"),
        ({"W": (3, 4), "WA": (3, 2)}, "blocks.q: expected a node with 'WB', got ['W', 'WA']"),
        ({"W": (3, 4), "WB": (2, 4)}, "blocks.q: expected a node with 'WA', got ['W', 'WB']"),
        ({"W": (2, 4)}, "blocks.q.W: expected shape (d_in=3, d_out), got (2, 4)"),
        ({"W": (3, 4), "WA": (3, 2), "WB": (3, 4)}, "blocks.q.WB: expected shape (r=2, d_out), got (3, 4)"),
    ],
)
def test_errors_name_the_entry_by_its_path(node, message):
    with pytest.raises(ShapeError) as error:
        projection(np.ones((5, 3)), {name: np.ones(shape) for name, shape in node.items()}, "blocks.q")
    assert str(error.value) == message
