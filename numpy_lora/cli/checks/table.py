"""Rows as text: a table, what is wrong in each row, and a closing line. Colour only where a terminal asks for it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

from numpy_lora.check.report import shown
from numpy_lora.cli.checks import screen
from numpy_lora.cli.checks.rows import Row

HEAD = ("op", "gradients", "grade", "shapes", "ms")
WIDTH = 110
"""Nested lists longer than this are cut in text; JSON has them whole."""


def table(rows: list[Row]) -> Iterator[str]:
    """The lines of a table, columns as wide as they need; on a terminal the shapes have what room is left."""
    cells = [HEAD, *((row.op, folded(row.gradients), _grade(row), row.sizes, f"{row.ms:.1f}") for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(HEAD))]
    if screen.terminal():
        others = sum(widths) - widths[3] + 2 * len(widths)
        widths[3] = min(widths[3], max(len(HEAD[3]), shutil.get_terminal_size().columns - others))
    for op, gradients, grade, shapes, ms in cells:
        fitting = shapes if len(shapes) <= widths[3] else shapes[: widths[3] - 1] + "…"
        texts = [text.ljust(width) for text, width in zip((op, gradients, grade, fitting), widths, strict=False)]
        texts[2] = screen.painted(texts[2], grade)
        yield "  ".join([*texts, ms.rjust(widths[4])])


def folded(names: list[str]) -> str:
    """Paths in short: dX dparams.{q,k}.{WA,WB}."""
    tree: dict[str, Any] = {}
    for name in names:
        node = tree
        for part in name.split("."):
            node = node.setdefault(part, {})
    return " ".join(_branches(tree))


def _branches(tree: dict[str, Any]) -> list[str]:
    """What stands under a node, names that have the same under them drawn together."""
    same: dict[str, list[str]] = {}
    for name, child in tree.items():
        parts = _branches(child)
        below = "" if not parts else f".{parts[0]}" if len(parts) == 1 else f".{{{','.join(parts)}}}"
        same.setdefault(below, []).append(name)
    leaves = same.pop("", [])
    return leaves + [(f"{{{','.join(names)}}}" if len(names) > 1 else names[0]) + below for below, names in same.items()]


def details(row: Row) -> Iterator[str]:
    """What there is to say of a row that does not hold exactly: the gradients that are wrong, and why it stepped down."""
    if row.verdict == "holds" and row.grade == "exact" and not row.why:
        return
    verdict = f"holds by the grade {row.grade}" if row.verdict == "holds" else row.verdict
    yield f"{row.op}: {verdict}" + (f": {row.why}" if row.why else "")
    for failure in row.failures:
        yield "  " + _wrong(failure)
        if failure.get("message"):
            yield f"    {failure['message']}"
    smallest = next((failure["counterexample"] for failure in row.failures if failure.get("counterexample")), None)
    if isinstance(smallest, dict):
        yield "  smallest that fails:"
        yield from (_cut(f"    {name} = {_short(value)}") for name, value in smallest.items())
    if row.replay and row.verdict != "holds":
        yield f"  again: {row.replay}"


def closing(rows: list[Row]) -> str:
    """The last line: how many hold, at which primes and points."""
    held = [row for row in rows if row.verdict == "holds"]
    exact = sum(row.grade == "exact" for row in held)
    parts = [f"{len(held)} hold{'s' if len(held) == 1 else ''} ({exact} exact)"]
    parts += [f"{n} refuted" for n in [sum(row.verdict == "refuted" for row in rows)] if n]
    parts += [f"{n} error{'s' if n > 1 else ''}" for n in [sum(row.verdict == "error" for row in rows)] if n]
    parts += [f"{drawn} problems drawn" for drawn in [sum(row.drawn for row in rows)] if drawn]
    primes = sorted({p for row in held for p in row.p})
    points = sorted({row.points for row in held if row.grade == "exact"})
    if primes:
        shown = ", ".join(map(str, primes[:2])) + (f" and {len(primes) - 2} more" if len(primes) > 2 else "")
        parts.append(f"p = {shown}, {' or '.join(map(str, points))} point{'s' if points != [1] else ''}")
    return ", ".join(parts)


def _grade(row: Row) -> str:
    if row.verdict != "holds":
        return row.verdict
    return f"{row.grade}" + (f" {row.error:.0e}" if row.error is not None else "") + (f" ({row.rounded})" if row.rounded else "")


def _wrong(failure: dict[str, Any]) -> str:
    expected, got = shown(failure["expected"], failure["got"])
    entry = f"{failure['gradient']}{failure['index'] or ''}: expected {expected}, got {got}"
    everywhere = "" if failure.get("factor") is None else f", everywhere {_short(failure['factor'])} times what it should be"
    return f"{entry}{everywhere} ({failure['kind']})"


def _cut(line: str) -> str:
    return line if len(line) <= WIDTH else line[: WIDTH - 2] + " …"


def _short(value: Any) -> str:
    if isinstance(value, float):
        return f"{value + 0.0:.6g}"  # no -0
    if isinstance(value, list):
        return f"[{', '.join(map(_short, value))}]"
    return str(value)
