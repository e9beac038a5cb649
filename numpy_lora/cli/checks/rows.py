"""One row of `check`: a report with its time, to JSON and back. It prints nothing."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from numpy_lora.check.report import KINDS, Report
from numpy_lora.cli.checks.screen import printable

VERDICTS = ("holds", "refuted", "error")
GRADES = ("exact", "complex-step", "difference", None)


@dataclass(frozen=True)
class Row:
    """One op, judged.

    Attributes
    ----------
    op, gradients, verdict, grade, rounded, points, error, shapes, why, failures, p : as the report has them, in plain
        JSON types; `failures` are dicts.
    ms : milliseconds that it took.
    sizes : the shapes in short: "n=3 d=4" of one problem, a shape line of problems that were drawn.
    drawn, undefined : of a file, how many problems were drawn, and at how many of them Y was not finite.
    wrt : whose gradients they are, where that was said, or found out by their shapes.
    replay : the command that gives this row again.
    """

    op: str
    verdict: str
    gradients: list[str] = field(default_factory=list)
    grade: str | None = None
    rounded: str | None = None
    points: int = 0
    error: float | None = None
    shapes: dict[str, list[int]] = field(default_factory=dict)
    ms: float = 0.0
    why: str = ""
    failures: list[dict[str, Any]] = field(default_factory=list)
    p: list[int] = field(default_factory=list)
    sizes: str = ""
    drawn: int = 0
    undefined: int = 0
    wrt: list[str] = field(default_factory=list)
    replay: str = ""


def row(report: Report, **others: Any) -> Row:
    """A report as a row; `others` are the fields that a report does not have, or has otherwise."""
    fields = plain(asdict(report))
    fields["error"] = fields["error"] if isinstance(fields["error"], int | float) else None  # an infinite one is text
    return replace(Row(**fields), **others)


def summary(rows: list[Row]) -> dict[str, Any]:
    """What `--json` prints."""
    count = {verdict: sum(row.verdict == verdict for row in rows) for verdict in VERDICTS}
    return {
        "checks": [asdict(row) for row in rows],
        "holds": count["holds"],
        "refuted": count["refuted"],
        "errors": count["error"],
    }


def read(data: Any) -> Row:
    """A row from JSON that is not to be trusted.

    Raises
    ------
    ValueError : it is no row.
    """
    try:
        row = Row(**_printable(data))
        right = _is_row(row)
    except (TypeError, AttributeError, KeyError):
        right = False
    if not right:
        raise ValueError("not a row")
    return row


def _is_row(row: Row) -> bool:
    return (
        all(isinstance(text, str) for text in (row.op, row.why, row.sizes, row.replay, *row.gradients))
        and row.verdict in VERDICTS
        and row.grade in GRADES
        and row.rounded in (None, "float32")
        and all(isinstance(number, int) for number in (row.points, row.drawn, row.undefined, *row.p))
        and isinstance(row.ms, int | float)
        and isinstance(row.error, int | float | None)
        and all(isinstance(size, int) for shape in row.shapes.values() for size in shape)
        and all(failure["kind"] in KINDS and isinstance(failure["gradient"], str) for failure in row.failures)
        and bool(row.failures) == (row.verdict == "refuted")
    )


def _printable(value: Any) -> Any:
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, dict):
        return {_printable(name): _printable(child) for name, child in value.items()}
    return [_printable(child) for child in value] if isinstance(value, list) else value


def plain(value: Any) -> Any:
    """A value in the types of strict JSON: arrays become nested lists, what is no finite number becomes text."""
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, dict):
        return {str(name): plain(child) for name, child in value.items()}
    if isinstance(value, list | tuple):
        return [plain(child) for child in value]
    return plain(value.tolist()) if hasattr(value, "tolist") else str(value)
