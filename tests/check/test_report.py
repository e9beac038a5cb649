"""A report as text: a headline, what made it step down, and a line for each wrong gradient."""

import pytest

from numpy_lora.check import Failure, Report, text

RIGHT = Report("op", ("dX", "dW"), "holds", "exact", points=3, p=(7, 11))
WRONG = Failure("dWA", (1, 2), 0.5, 1.0, 2.0, "factor", None, "a constant factor is off")
TEXTS = {
    "proved": (RIGHT, "op: dX, dW holds (exact, 3 points, p = 7, 11)"),
    "rounded": (
        Report("op", ("dX",), "holds", "exact", "float32", 3, p=(7,)),
        "op: dX holds (exact, 3 points, values rounded to float32, p = 7)",
    ),
    "stepped down": (
        Report("op", ("dX",), "holds", "difference", None, 1, 3.21e-11, why="not analytic"),
        "op: dX holds (difference, 1 points, error 3.2e-11)\n  not analytic",
    ),
    "refuted": (
        Report("op", ("dX", "dWA"), "refuted", "exact", points=3, p=(7,), failures=(WRONG,)),
        "op: dWA refuted (exact, 3 points, p = 7)\n"
        "  dWA[1, 2]: expected 0.5, got 1, 2 times what it should be (factor: a constant factor is off)",
    ),
    "of another shape": (
        Report("op", ("db",), "refuted", "exact", points=3, failures=(
            Failure("db", (), "shape (2,)", "shape (3, 2)", None, "broadcast-not-summed", None, "an axis"),
        )),
        "op: db refuted (exact, 3 points)\n  db: expected shape (2,), got shape (3, 2) (broadcast-not-summed: an axis)",
    ),
    "not judged": (Report("op", (), "error", None, why="cannot be run"), "op: could not be judged\n  cannot be run"),
    "nothing": (Report("op", (), "holds", "exact", points=1), "op: no gradient holds (exact, 1 points)"),
}  # fmt: skip


@pytest.mark.parametrize("name", TEXTS)
def test_a_report_reads(name):
    report, expected = TEXTS[name]
    assert text(report) == expected
    assert report.ok == (report.verdict == "holds")


def test_entries_that_differ_only_far_behind_are_told_apart():
    near = Failure("dX", (0,), 1.2345678901234, 1.2345678901235, None, "other", None, "it differs")
    shown = text(Report("op", ("dX",), "refuted", "exact", points=1, failures=(near,)))
    left, _, right = shown.partition("expected ")[2].partition(" (other")[0].partition(", got ")
    assert left != right


def test_a_report_is_frozen():
    with pytest.raises(AttributeError):
        RIGHT.verdict = "refuted"
    with pytest.raises(AttributeError):
        WRONG.kind = "sign"
