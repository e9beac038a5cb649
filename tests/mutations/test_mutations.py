"""Every planted mistake is caught, by name; what is shipped passes the same call."""

import importlib

import numpy as np
import pytest

from numpy_lora import ops
from numpy_lora.check import check_gradients
from tests.mutations import planted, problems
from tests.mutations.mutant import mutant
from tests.properties import test_initialisation, test_trees


def checked(op, name):
    args, kwargs = getattr(problems, name)()
    return check_gradients(op, *args, kwargs=kwargs)


@pytest.mark.parametrize("name", sorted({name for name, *_ in planted.OPS}))
def test_what_is_shipped_is_proved_at_the_problem_of_the_table(name):
    report = checked(getattr(ops, name), name)
    assert (report.verdict, report.grade) == ("holds", "exact"), report


@pytest.mark.parametrize(("name", "text", "replacement", "gradient"), planted.OPS, ids=lambda part: part)
def test_planted_in_an_operation_it_is_refuted_exactly(name, text, replacement, gradient):
    module = getattr(ops, name).__module__
    report = checked(getattr(mutant(module, text, replacement), name), name)
    assert (report.verdict, report.grade) == ("refuted", "exact"), report
    assert gradient in [failure.gradient for failure in report.failures]


def test_gradients_that_accumulate_from_one_backward_to_the_next_are_said_to():
    begun = "former = []\n\n    def backward(dY):\n        dY = sum(former.append(dY) or former)"
    report = checked(mutant("numpy_lora.ops.lora", "def backward(dY: Array) -> Gradients:", begun).lora_linear, "lora_linear")
    assert "accumulates" in report.why


@pytest.mark.parametrize(("room", "text", "replacement", "broken"), planted.ROOMS, ids=lambda part: part)
def test_planted_in_a_room_it_breaks_the_property(room, text, replacement, broken):
    holds = getattr({"init": test_initialisation, "tree": test_trees}[room], f"test_{broken}")
    mutated = mutant(f"numpy_lora.{room}", text, replacement)
    with pytest.raises((AssertionError, pytest.fail.Exception)):  # the latter where a test misses an error it expects
        holds(mutated)


def test_a_text_that_is_gone_is_a_stale_line_of_the_table():
    with pytest.raises(AssertionError, match=r"^numpy_lora.init: expected once, found 0 times: no such text"):
        mutant("numpy_lora.init", "no such text", "")


def test_a_mutant_leaves_what_is_shipped_alone():
    assert mutant("numpy_lora.init", "float(alpha) / divisor", "float(alpha)").scale(16, 4) == 16.0
    assert importlib.import_module("numpy_lora.init").scale(16, 4) == 4.0
    assert np.array_equal(ops.softmax(np.zeros(2))[0], [0.5, 0.5])
