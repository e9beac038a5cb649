"""The catalogue names every op, and every way to call it that the first row of a reader's questions asks for."""

from __future__ import annotations

import numpy as np
import pytest

from numpy_lora import ops
from numpy_lora.check import catalogue
from numpy_lora.check.catalogue import Variant, cases, found_ops

CASES = {case.name: case for case in cases(seed=0)}


def test_every_op_has_a_row():
    public = {name for name in ops.__all__ if callable(getattr(ops, name)) and not isinstance(getattr(ops, name), type)}
    assert public <= set(found_ops())
    assert {case.op for case in CASES.values()} == set(found_ops().values())


def test_no_row_is_listed_for_an_op_that_is_gone():
    assert set(catalogue.VARIANTS) <= set(found_ops())


@pytest.mark.parametrize("name", CASES)
def test_a_row_can_be_called(name):
    case = CASES[name]
    Y, backward = case.op(*case.arguments, **case.arguments.kwargs)
    backward(np.ones_like(Y))


@pytest.mark.parametrize("name", CASES)
def test_a_cotangent_of_another_shape_is_named(name):
    case = CASES[name]
    Y, backward = case.op(*case.arguments, **case.arguments.kwargs)
    for wrong in (np.ones((*Y.shape, 1)), np.ones(Y.shape)[..., :-1], np.ones(Y.shape)[:-1], np.ones(Y.shape[1:]), 1.0):
        with pytest.raises(ops.ShapeError, match=r"^d[YP]: expected (shape \([^)]*\), got \(.*\)|an array, got float)$"):
            backward(wrong)


def test_the_same_seed_gives_the_same_values():
    first, second = ([case.arguments[0] for case in cases(seed)] for seed in (3, 3))
    assert all((a == b).all() for a, b in zip(first, second, strict=True))


@pytest.mark.parametrize("op", ["softmax", "attention"])
def test_a_mask_empties_a_row_and_not_all(op):
    mask = CASES[f"{op}, mask that empties a row"].arguments[-1]
    assert mask.any()
    assert not mask.any(1).all()


def test_an_op_without_rows_is_judged_by_its_own_line(monkeypatch):
    def scaled(X, s=None):
        """Shapes: X[n] s[]? -> Y[n]"""

    monkeypatch.setattr(catalogue, "found_ops", lambda: {"scaled": scaled})
    assert [(case.name, len(case.arguments)) for case in cases()] == [("scaled, plain", 1), ("scaled, all options", 2)]


def test_a_faster_form_is_judged_at_the_rows_of_its_op(monkeypatch):
    def softmax_blocked(S, mask=None, block=64): ...

    monkeypatch.setattr(catalogue, "found_ops", lambda: {"softmax_blocked": softmax_blocked})
    monkeypatch.setitem(catalogue.VARIANTS, "softmax", [Variant("plain", "S[n,d]")])
    assert [case.name for case in cases()] == ["softmax_blocked, plain"]
