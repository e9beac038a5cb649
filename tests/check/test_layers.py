"""Layers as strangers write them: each right gradient is proved as it stands, each planted mistake is refuted by name."""

import functools
import importlib
import inspect
import itertools
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from numpy_lora.check import check_gradients
from numpy_lora.check.trees import mapped

FAMILIES = [
    importlib.import_module(f"tests.check.layers.{path.stem}")
    for path in sorted((Path(__file__).parent / "layers").glob("*.py"))
    if path.stem != "values"
]
CASES = {
    name.removeprefix("case_"): (family, case)
    for family in FAMILIES
    for name, case in vars(family).items()
    if name.startswith("case_")
}
MISTAKES = [mistake for family in FAMILIES for mistake in family.MISTAKES]
LOWER = {name: row for family in FAMILIES for name, row in getattr(family, "LOWER", {}).items()}  # name -> (grade, reason)


def checked(op, args, options=None):
    return check_gradients(op, *args, **(options or {}))


def grade_of(name):
    return LOWER[name][0] if name in LOWER else "exact"


def mutant(family, op, text, replacement):
    """The family with a mistake in the source of one op, or of what stands elsewhere in it."""
    source, own = inspect.getsource(family), inspect.getsource(op)
    place = own if text in own else source
    assert place.count(text) == 1, f"expected once, found {place.count(text)} times: {text}"
    module = ModuleType(family.__name__)
    exec(compile(source.replace(place, place.replace(text, replacement)), family.__file__, "exec"), module.__dict__)
    return module


@pytest.mark.parametrize("name", CASES)
def test_a_right_gradient_is_proved(name):
    report = checked(*CASES[name][1]())
    assert (report.verdict, report.grade) == ("holds", grade_of(name)), report.why


@pytest.mark.parametrize(("name", "text", "replacement", "gradient"), MISTAKES, ids=[f"{m[0]}: {m[2]}"[:60] for m in MISTAKES])
def test_planted_in_a_layer_it_is_refuted(name, text, replacement, gradient):
    family, case = CASES[name]
    mutated = mutant(family, case()[0], text, replacement)
    report = checked(*getattr(mutated, f"case_{name}")())
    assert report.verdict == "refuted", report
    assert report.grade == "exact" or name in LOWER, report
    assert gradient in [failure.gradient for failure in report.failures]


def test_every_layer_has_a_planted_mistake():
    assert {mistake[0] for mistake in MISTAKES} == set(CASES)


def nudged(op, which):
    """The op, with the largest entry of one gradient off by 2^-40 of itself."""

    @functools.wraps(op)
    def wrong(*args, **kwargs):
        Y, backward = op(*args, **kwargs)

        def off(dY):
            slot = itertools.count()
            return mapped(lambda _, g: g if g is None or next(slot) != which else _off(g), backward(dY))

        return Y, off

    return wrong


def _off(g):
    if np.ndim(g) == 0:
        return g + g / 2**40
    g = np.copy(g)
    at = np.unravel_index(int(np.argmax(np.abs(g))), np.shape(g))
    g[at] = g[at] + g[at] / 2**40
    return g


@pytest.mark.parametrize("name", [name for name in CASES if name not in LOWER and name != "block_large"])  # it has a planted one
def test_an_entry_off_by_its_fortieth_bit_is_refuted(name):
    op, args, *options = CASES[name][1]()
    right = checked(op, args, *options).gradients
    for which in {0, len(right) - 1}:
        report = checked(nudged(op, which), CASES[name][1]()[1], *options)
        assert (report.verdict, report.grade) == ("refuted", "exact"), report
        assert [failure.gradient for failure in report.failures] == [right[which]]
