"""Rows to JSON and back; what comes from a process that ran someone's code is read strictly."""

from __future__ import annotations

import json
from dataclasses import asdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from numpy_lora.check.report import Failure, Report
from numpy_lora.cli.checks.rows import Row, plain, read, row, summary

FAILURE = Failure("dX", (0, 1), 2.0, float("nan"), None, "sign", {"X": [[1.0]]}, "negated")
REPORT = Report("op", ("dX",), "refuted", "exact", None, 3, None, {"X": (1, 2)}, "", (FAILURE,), (7, 11))


def test_a_report_survives_json():
    sent = row(REPORT, op="layer.py:f", ms=1.5)
    received = read(json.loads(json.dumps(asdict(sent), allow_nan=False)))
    assert received == sent
    assert (received.op, received.shapes, received.failures[0]["got"]) == ("layer.py:f", {"X": [1, 2]}, "nan")


def test_an_infinite_error_is_none():
    assert row(Report("op", (), "holds", "difference", error=float("inf"))).error is None


def test_a_summary_counts():
    rows = [Row("a", "holds"), Row("b", "error"), Row("c", "holds")]
    counted = summary(rows)
    assert (counted["holds"], counted["refuted"], counted["errors"], len(counted["checks"])) == (2, 0, 1, 3)


WRONG = [
    {"verdict": "proved"},
    {"grade": "certain"},
    {"gradients": None},
    {"points": "3"},
    {"shapes": {"X": "ab"}},
    {"failures": [{}]},
    {"failures": [], "verdict": "refuted"},
    {"failures": [{"kind": "sign", "gradient": 3}]},
    {"failures": [{"kind": "odd", "gradient": "dX"}]},
    {"error": "small"},
    {"more": 1},
]


@pytest.mark.parametrize("change", WRONG)
def test_what_is_no_row_is_refused(change):
    with pytest.raises(ValueError, match="not a row"):
        read(json.loads(json.dumps(asdict(row(REPORT)))) | change)


JSON = st.recursive(st.none() | st.booleans() | st.floats() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x))


@settings(max_examples=30)
@given(JSON | st.fixed_dictionaries({name: JSON for name in Row.__dataclass_fields__}))
def test_any_json_is_a_row_or_refused(data):
    try:
        found = read(data)
    except ValueError:
        return
    assert isinstance(found, Row)


def test_control_characters_do_not_come_through():
    sent = asdict(row(REPORT, why="a\x1b[2J\r\nb"))
    assert read(sent).why == "a\ufffd[2J\ufffd\ufffdb"


def test_plain_values_are_strict_json():
    value = {1: (np.float64(0.5), np.int64(3), np.array([[1.0, np.inf]]), None, True, 1j)}
    assert plain(value) == {"1": [0.5, 3, [[1.0, "inf"]], None, True, "1j"]}
