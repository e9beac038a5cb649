"""Rows as text, asserted line by line."""

from __future__ import annotations

import pytest

from numpy_lora.cli.checks import screen, table
from numpy_lora.cli.checks.rows import Row

PROVED = Row("softmax, mask", "holds", ["dS"], "exact", points=3, p=[7, 11], ms=1.25, sizes="n=4 d=5")
WEAKER = Row("abs", "holds", ["dX"], "complex-step", error=2e-15, points=3, ms=10.0, sizes="n=4", why="it strips the array")
ROUNDED = Row("half", "holds", ["dX"], "difference", error=2e-7, rounded="float32", points=3, sizes="n=4")
FAILURES = [
    {"gradient": "dW", "index": [0, 1], "expected": 4.0, "got": 2.0, "factor": 0.5, "kind": "factor"}
    | {"counterexample": {"X": [[1.0, 2.0]], "W": [[0.5]]}, "message": "a scale is left out"},
    {"gradient": "db", "index": [], "expected": "(3,)", "got": "(2, 3)", "factor": None, "kind": "shape"}
    | {"counterexample": None, "message": ""},
]
REFUTED = Row("f", "refuted", ["dW", "db"], "exact", 0, ms=3.0, failures=FAILURES, replay="numpy-lora check f.py:f")
BROKEN = Row("g", "error", why="it cannot be run")


def test_the_table_has_aligned_columns():
    assert list(table.table([PROVED, WEAKER, ROUNDED])) == [
        "op             gradients  grade                       shapes     ms",
        "softmax, mask  dS         exact                       n=4 d=5   1.2",
        "abs            dX         complex-step 2e-15          n=4      10.0",
        "half           dX         difference 2e-07 (float32)  n=4       0.0",
    ]


def test_what_holds_exactly_needs_no_words():
    assert list(table.details(PROVED)) == []
    assert list(table.details(WEAKER)) == ["abs: holds by the grade complex-step: it strips the array"]


def test_a_refutation_names_entry_factor_kind_and_the_command():
    assert list(table.details(REFUTED)) == [
        "f: refuted",
        "  dW[0, 1]: expected 4, got 2, everywhere 0.5 times what it should be (factor)",
        "    a scale is left out",
        "  db: expected (3,), got (2, 3) (shape)",
        "  smallest that fails:",
        "    X = [[1, 2]]",
        "    W = [[0.5]]",
        "  again: numpy-lora check f.py:f",
    ]


def test_a_long_value_is_cut():
    failures = [FAILURES[0] | {"counterexample": {"X": [1.0] * 99}}]
    (line,) = [line for line in table.details(Row("f", "refuted", failures=failures)) if "X = " in line]
    assert len(line) <= table.WIDTH
    assert line.endswith(" …")


def test_the_closing_line_counts():
    assert table.closing([PROVED]) == "1 holds (1 exact), p = 7, 11, 3 points"
    assert table.closing([PROVED, WEAKER, REFUTED, BROKEN]) == "2 hold (1 exact), 1 refuted, 1 error, p = 7, 11, 3 points"
    assert table.closing([BROKEN, BROKEN]) == "0 hold (0 exact), 2 errors"


FOLDED = [
    (["dX", "dW"], "dX dW"),
    (["dX", "dp.q.WA", "dp.q.WB", "dp.k.WA", "dp.k.WB"], "dX dp.{q,k}.{WA,WB}"),
    (["dp.q.WA", "dp.k.WB"], "dp.{q.WA,k.WB}"),
    ([], ""),
]


@pytest.mark.parametrize(("names", "short"), FOLDED)
def test_paths_are_folded(names, short):
    assert table.folded(names) == short


def test_colours_come_on_a_terminal_alone_and_not_where_they_are_not_wanted(monkeypatch):
    assert "\x1b" not in "".join(table.table([PROVED]))
    monkeypatch.setattr(screen, "terminal", lambda: True)
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert "\x1b[32mexact\x1b[0m" in "".join(table.table([PROVED]))
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in "".join(table.table([PROVED]))


def test_a_narrow_terminal_cuts_the_shapes(monkeypatch):
    monkeypatch.setattr(screen, "terminal", lambda: True)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "45")
    wide = Row("softmax", "holds", ["dS"], "exact", ms=1.25, sizes="n=4 d=5 dh=2 r=1,2,3,2 d_out=3")
    lines = list(table.table([wide]))
    assert "  n=4 d=5 dh…  1.2" in lines[1]
    assert max(map(len, lines)) <= 45
