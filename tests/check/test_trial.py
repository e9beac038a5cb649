"""What is noticed of an object's manners, and what cannot be matched: said in one line, never misjudged."""

import pytest

from numpy_lora.check import check_gradients
from tests.check.objects import Linear, X
from tests.check.odd_objects import (
    Accumulating,
    Ahead,
    Capturing,
    Counting,
    Doubling,
    Frozen,
    Idle,
    Lazy,
    LazyAndQueueing,
    LazyAndRandom,
    LazyAndWrong,
    Locked,
    Making,
    Nameless,
    Numbered,
    Once,
    Queueing,
    Remembering,
    RememberingAndHandingOn,
    RememberingInItsClass,
    Running,
    Single,
    Spoiling,
    SpoilingItsOutput,
    Square,
    Stale,
    StaleByAnotherName,
    Transposed,
    Twofold,
    Updating,
    UpdatingAndTelling,
    UsedAndReturning,
    Velocities,
    Viewed,
    Wanting,
    Zero,
    pending,
)

ONCE = "backward may be called only once: judged on fresh forward passes"
AGAIN = "a second call of backward accumulates: judged on fresh forward passes"
OTHER = "a second call of backward gives other gradients: judged on fresh forward passes"
HOLDS = {  # the gradients that are judged, and what is said
    Linear: (("dX", "dW", "db"), ""),
    Updating: (("dX", "dW", "db"), f"backward updates W, b: judged on fresh copies; {OTHER}"),
    UpdatingAndTelling: (
        ("dX",), f"backward updates W: judged on fresh copies; no gradient came for W, b; {OTHER}"
    ),
    Counting: (("dX", "dW", "db"), "keeps state between calls: judged on fresh copies"),
    Once: (("dX", "dW", "db"), ONCE),
    Accumulating: (("dX", "dW", "db"), AGAIN),
    Spoiling: (("dX", "dW", "db"), "changes dY in place: judged on copies"),
    SpoilingItsOutput: (("dx",), OTHER),
    Nameless: (("dX",), "no gradient came for W, b"),
    Frozen: (("dX", "db"), "no gradient came for W"),
    Running: (("dX", "dW", "db"), ""),
    Numbered: (("dX", "dW", "db"), "not judged, for it is no array: slope"),
    Viewed: (("dX", "dW", "db"), ""),
    Transposed: (("dX", "db"), "W is used as WT too, a view of it: not judged"),
    Velocities: (("dX", "dparams.0", "dparams.1"), ""),
    Stale: (
        ("dx",),
        "",
    ),
    StaleByAnotherName: (
        ("dx",),
        "",
    ),
    UsedAndReturning: (("dX", "dW", "db"), ""),
    Twofold: (("dX", "db"), "no gradient came for W"),
    Lazy: (("dX", "dW", "db"), ""),
    LazyAndRandom: (("dX", "dW", "db"), ""),
    Queueing: (("dX", "dW", "db"), ""),
    LazyAndQueueing: (("dX",), "made in the first forward pass, and not judged: W, b; give an object that has them"),
}  # fmt: skip


@pytest.mark.parametrize("kind", HOLDS)
def test_manners_are_said_and_what_they_leave_is_judged(kind):
    gradients, why = HOLDS[kind]
    report = check_gradients(kind(), X)
    assert (report.verdict, report.gradients) == ("holds", gradients), report
    assert report.why.removesuffix("; out= is a plain array") == why


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        (Ahead, [("dX", "other")]),
        (Zero, [("dW", "zero")]),
        (Doubling, [("dW", "factor"), ("db", "factor")]),
    ],
)
def test_a_mistake_behind_such_manners_is_refuted(kind, told):
    report = check_gradients(kind(), X)
    assert report.verdict == "refuted", report
    assert [(f.gradient, f.kind) for f in report.failures] == told


@pytest.mark.parametrize("kind", [Remembering, RememberingInItsClass, RememberingAndHandingOn])
def test_state_outside_of_the_object_is_noticed(kind):
    report = check_gradients(kind(), X)
    assert (report.verdict, report.why) == ("error", "keeps state between calls: what it gives depends on the calls before")


def test_parameters_made_in_the_first_forward_pass_are_judged():
    report = check_gradients(LazyAndWrong(), X)
    assert [(f.gradient, f.factor) for f in report.failures] == [("dW", 2.0)]


ERRORS = {
    "a pass that is pending": (
        pending(), {}, "Queueing: an earlier forward pass left something in Xs; give a fresh object"
    ),
    "an order that nothing tells": (
        Square(), {}, "Square: backward gave 3 gradients, one of shape (3, 3); say whose they are, in their order, by wrt="
    ),
    "a keyword of backward": (Wanting(), {}, "Wanting: its backward wants rate; give it in kwargs="),
    "nothing": (Idle(), {}, "Idle: no gradient came for X, W, b"),
    "none of those picked": (Frozen(), {"wrt": ["W"]}, "Frozen: no gradient came for W"),
    "picked and not there": (Linear(), {"wrt": ["Q"]}, "wrt: no argument 'Q' among X, W, b"),
    "a class that takes something": (Making, {}, "Making: it takes n; pass an object of it, not the class"),
    "what cannot be copied": (Locked(), {}, "Locked: cannot be copied, and each run needs a fresh one (TypeError)"),
    "what is not copied": (Single(), {}, "Single: cannot be copied, for W stays what it is in a copy"),
    "a function that is not copied": (
        Capturing(), {}, "Capturing: cannot be copied, for product closes over it; make it a method"
    ),
    "an unknown keyword": (
        Linear(), {"kwargs": {"q": 1}}, "cannot be run: TypeError: Linear.forward() got an unexpected keyword argument 'q'"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ERRORS)
def test_what_cannot_be_matched_is_one_clear_line(name):
    op, options, why = ERRORS[name]
    report = check_gradients(op, X, **options)
    assert (report.verdict, report.why) == ("error", why)


def test_an_order_that_nothing_tells_is_told_by_wrt():
    assert check_gradients(Square(), X, wrt=["X", "V", "W"]).gradients == ("dX", "dV", "dW")
    wrong = check_gradients(Square(), X, wrt=["X", "W", "V"])
    assert [(f.gradient, f.kind) for f in wrong.failures] == [("dW", "wrong-argument"), ("dV", "wrong-argument")]
