"""Trees of arrays: leaves by path, and maps that keep the form."""

from typing import NamedTuple

import numpy as np
import pytest

from numpy_lora.check.trees import children, is_float_array, leaves, mapped, name_of


class Pair(NamedTuple):
    a: object
    b: object


TREE = {"x": 1, "deep": [Pair(2, (3, {})), []], 4: None}


def test_leaves_come_in_order_with_their_paths():
    expected = [("x", 1), ("deep.0.a", 2), ("deep.0.b.0", 3), ("4", None)]
    assert [(name_of(path), leaf) for path, leaf in leaves(TREE)] == expected
    assert list(leaves(7)) == [((), 7)]
    assert list(leaves([], ("p",))) == []


def test_a_map_keeps_the_form_and_the_kinds_of_its_nodes():
    seen = []
    result = mapped(lambda path, leaf: seen.append(name_of(path)) or (leaf, "new"), TREE)
    assert result == {"x": (1, "new"), "deep": [Pair((2, "new"), ((3, "new"), {})), []], 4: (None, "new")}
    assert seen == ["x", "deep.0.a", "deep.0.b.0", "4"]
    assert type(result["deep"][0]) is Pair
    assert mapped(lambda _, leaf: leaf, TREE) == TREE


@pytest.mark.parametrize("leaf", [1, "text", None, np.ones(2), {1, 2}, np.random.default_rng(0)])
def test_what_is_no_dict_list_or_tuple_is_a_leaf(leaf):
    assert children(leaf) is None


def test_a_gradient_is_of_an_array_of_floats():
    assert [is_float_array(a) for a in (np.ones(2), np.array(1.0), np.ones(2, np.float32))] == [True] * 3
    assert [is_float_array(a) for a in (np.ones(2, int), np.ones(2, complex), 1.0, np.float64(1), [1.0], None)] == [False] * 6
