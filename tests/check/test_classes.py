"""What classes keep: found where functions name them and objects are of them, and put back as it was."""

from enum import Enum
from typing import ClassVar

import numpy as np

from numpy_lora.check.classes import ClassState, named


class Keeps:
    cache: ClassVar[dict] = {}
    calls = 0
    array = np.zeros(2)
    method = print


class Colour(Enum):
    RED = 1


class Heir(Keeps):
    def method(self):
        return Colour.RED


def uses():
    return Keeps.calls


def uses_it_inside():
    return [lambda: uses() for _ in range(2)]


def test_state_is_put_back_for_a_while():
    state = ClassState([Keeps, Keeps, int, Colour])
    assert [name for _, name, _ in state.kept] == ["cache", "calls", "array"]
    Keeps.cache["x"], Keeps.calls = 1, 3
    Keeps.array[0] = 5
    array = Keeps.array
    with state.put_back():
        assert (Keeps.cache, Keeps.calls, Keeps.array[0]) == ({}, 0, 0)
        Keeps.cache["y"] = 2
    assert (Keeps.cache, Keeps.calls, Keeps.array is array) == ({"x": 1}, 3, True)
    with state.put_back():
        assert Keeps.cache == {}


def test_classes_are_found_where_a_function_names_them():
    local = Heir

    def closes_over():
        return local.cache

    assert list(named(uses)) == [Keeps]
    assert list(named(uses_it_inside)) == [Keeps]
    assert list(named(closes_over)) == [Heir]
    assert {Heir, Keeps, Colour} <= set(named(Heir().method))
    assert list(named(np.sin)) == []
