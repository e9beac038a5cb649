"""What a search draws, stops at and shrinks; the judge here is a stand-in, so that nothing but the search is tested."""

from __future__ import annotations

import numpy as np
import pytest

from numpy_lora.check.arguments import Arguments
from numpy_lora.check.report import Report
from numpy_lora.check.search import Escaped, defined, search
from numpy_lora.shapes import parse

LINE = parse("X[n,d] g[d]")


def judge(wrong=lambda X, g: False, grade=lambda X, g: "exact", broken=lambda X, g: False):
    """A judge that finds an op wrong, broken or weakly proved where it is told to."""

    def report(problem):
        verdict = "refuted" if wrong(*problem) else "error" if broken(*problem) else "holds"
        shapes = {"X": problem[0].shape, "g": problem[1].shape}
        return Report("op", ("dX",), verdict, None if verdict == "error" else grade(*problem), shapes=shapes)

    return report


def op(X, g):
    return X * g, None


def test_all_problems_are_judged_where_all_hold():
    found = search(op, LINE, judge(), examples=12)
    assert (found.drawn, len(found.held), found.report.verdict, found.smallest) == (12, 12, "holds", None)


def test_the_weakest_grade_counts_and_then_the_largest_shapes():
    found = search(op, LINE, judge(grade=lambda X, g: "difference" if len(g) == 2 else "exact"))
    assert found.report.grade == "difference"
    assert found.report.shapes["X"][0] == max(r.shapes["X"][0] for r in found.held if r.grade == "difference")


def test_a_refuted_problem_shrinks_and_outranks_an_error():
    found = search(op, LINE, judge(wrong=lambda X, g: X.shape[0] > 1 and X.shape[1] > 2, broken=lambda X, g: len(X) == 1))
    assert found.report.verdict == "refuted"
    assert found.smallest[0].shape == (2, 3)
    assert (found.smallest[0] == found.smallest[0].round()).all()


def test_an_error_at_some_problems_is_an_error():
    assert search(op, LINE, judge(broken=lambda X, g: len(X) == 3)).report.verdict == "error"


def test_an_op_that_cannot_be_run_at_all_is_not_tried_to_the_end():
    assert search(op, LINE, judge(broken=lambda X, g: True)).drawn == 3


def test_the_same_seed_draws_the_same_problems():
    seen = {}
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        problems = seen[name] = []
        search(op, LINE, judge(wrong=lambda X, g, kept=problems: kept.append(X.tolist())), seed=seed)
    assert seen["a"] == seen["b"] != seen["c"]


def test_no_problem_is_drawn_when_the_time_is_over_but_one_always_is():
    assert search(op, LINE, judge(), seconds=0).drawn == 1


def test_where_the_value_is_not_finite_it_is_passed_over():
    found = search(lambda X, g: (X / (len(g) > 2), None), LINE, judge())
    assert 0 < found.undefined < found.drawn == found.undefined + len(found.held)
    nowhere = search(lambda X, g: (X * np.nan, None), LINE, judge())
    assert (nowhere.report, nowhere.undefined) == (None, nowhere.drawn)


@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt(), GeneratorExit()])
def test_what_no_code_is_meant_to_catch_escapes_at_once(error):
    calls = []

    def leaving(X, g):
        calls.append(1)
        raise error

    with pytest.raises(Escaped) as caught:
        search(leaving, LINE, judge())
    assert (caught.value.__cause__, len(calls)) == (error, 1)


def test_defined_is_whether_the_value_is_finite():
    def divided(X):
        return {"Y": 1 / X, "n": 3}, lambda dY: dY

    def stopped(error):
        def op(X):
            raise error

        return op

    assert defined(divided, Arguments((np.ones(2),)))
    assert not defined(divided, Arguments((np.zeros(2),)))
    assert not defined(stopped(np.linalg.LinAlgError("singular")), Arguments((1,)))
    assert not defined(stopped(ZeroDivisionError()), Arguments((1,)))
    assert defined(stopped(ValueError("to be reported")), Arguments((1,)))


class Logarithm:
    """A layer that is not defined everywhere; it counts its calls."""

    def __init__(self):
        self.calls, self.scale = np.zeros(1), np.ones(2)

    def forward(self, X):
        self.calls += 1
        self.X = X
        return np.log(X * self.scale)

    def backward(self, dY):
        return dY / self.X

    def both(self, X):
        return self.forward(X), self.backward


@pytest.mark.parametrize("method", ["", "forward", "both"])
def test_a_layer_is_defined_where_its_forward_pass_is_and_stays_as_it_was(method):
    layer = Logarithm()
    op = getattr(layer, method) if method else layer
    assert defined(op, Arguments((np.array([1.0, 2.0]),)))
    assert not defined(op, Arguments((np.array([1.0, -2.0]),)))
    assert layer.calls == 0
