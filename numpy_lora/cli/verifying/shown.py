"""Findings as text: what was assumed, a line a claim with what there is to say about it, and a line that counts."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterator
from typing import Any

from numpy_lora.cli.checks.screen import painted, printable
from numpy_lora.cli.verifying.findings import Finding, Source, count
from numpy_lora.formula import FormulaError

WIDTH = 160
"""Longer lines of values are cut; JSON has them whole."""


def show(sources: list[Source]) -> None:
    """Print them; what could not be opened or read at all goes to standard error."""
    for source in sources:
        for line in lines(source):
            print(line)
        for finding in source.findings:
            if _is_fault(finding):
                print(f"numpy-lora verify: {printable(_fault(finding), keep=chr(10))}", file=sys.stderr)
    print(closing(sources))


def lines(source: Source) -> Iterator[str]:
    """The lines of one source."""
    if source.kind == "page" and source.name != "-" and not source.brief and any(not _is_fault(f) for f in source.findings):
        yield printable(source.name)
    yield from _given(source)
    if source.brief:
        yield f"{printable(source.name):<36}  {count([source])}"
    for finding in source.findings:
        if not _is_fault(finding) and not (source.brief and finding.verdict == "holds" and finding.grade == "exact"):
            yield from told(finding)
    forward = any(line.startswith("Y :=") for line in source.assumed)
    if forward and any(finding.verdict == "refuted" for finding in source.findings):
        yield "the forward pass was assumed; another is given so: --given 'Y := X W + (α/r) X WA WB'"


def _given(source: Source) -> Iterator[str]:
    """What was assumed; for typed claims also what was given, and the shapes that were found."""
    given = dict.fromkeys(line for finding in source.findings for line in finding.given) if source.kind == "typed" else {}
    formulas = dict.fromkeys([*(line for line in given if ":=" in line), *source.assumed])
    shapes = [line for line in given if ":=" not in line]
    for n, line in enumerate([*formulas, *([", ".join(shapes)] if shapes else [])]):
        yield ("given  " if n == 0 else "       ") + printable(line)


def told(finding: Finding) -> Iterator[str]:
    """One claim: its verdict, what is wrong, where, and by which values."""
    place = f"{finding.file}:{finding.line}: " if finding.line and finding.verdict != "holds" else ""
    place = f"{finding.line:>4}  " if finding.line and finding.verdict == "holds" else printable(place)
    if finding.verdict == "error":
        column = f"{finding.file}:{finding.line}:{finding.column}: " if finding.line and finding.column else place
        yield f"{printable(column)}{painted('error', 'error')}  {printable(finding.message)}"
        text, at = finding.shown
        pointed = FormulaError("", text, at).pointed() if at else f"  {finding.claim}"
        yield from (printable(line) for line in pointed.split("\n") if line.strip())
        return
    word = finding.grade or "" if finding.verdict == "holds" else finding.verdict
    error = f" {finding.error:.0e}" if finding.verdict == "holds" and finding.error is not None else ""
    claim = printable(" ".join(finding.claim.split()))
    refuted = "  (refuted, as it must be)" if finding.expected == "refuted" else ""
    if finding.verdict == "holds":
        yield f"{place}{painted(f'holds  {word}{error}', word)}  {claim}{refuted}"
    else:
        yield f"{place}{painted('refuted', 'refuted')}  {claim}"
    if finding.message:
        yield f"    {printable(finding.message)}"
    if finding.counterexample:
        yield from _example(finding.counterexample)


def closing(sources: list[Source]) -> str:
    """The last line: what was counted, and the chance of a wrong claim to pass where it is known of all."""
    held = [finding for source in sources for finding in source.findings if finding.verdict == "holds"]
    worst = max((finding.bound or 1.0 for finding in held if finding.expected == "holds"), default=1.0)
    return f"{count(sources)}" + (f"; a wrong one would pass with probability below {_above(worst)}" if worst < 1 else "")


def _above(x: float) -> str:
    """A power of ten that is no smaller."""
    return f"1e{math.ceil(math.log10(x))}"


def _example(example: dict[str, Any]) -> Iterator[str]:
    """`at X = [[1]], W = [[2]]` and the two sides there."""
    values = ", ".join(f"{name} = {json.dumps(value)}" for name, value in example["values"].items())
    yield from (_cut(f"    at {printable(values)}"),) if values else ()
    yield _cut(f"    the left side is {json.dumps(example['left'])}, the right one {json.dumps(example['right'])}")


def _cut(line: str) -> str:
    return line if len(line) <= WIDTH else line[: WIDTH - 2] + " …"


def _is_fault(finding: Finding) -> bool:
    """Whether no claim is meant, but a file that cannot be read, or what is given."""
    return finding.verdict == "error" and (not finding.claim or finding.message.startswith("--given"))


def _fault(finding: Finding) -> str:
    text, column = finding.shown
    pointed = f"\n{FormulaError('', text, column).pointed()}" if text else ""
    return f"{finding.file}: {finding.message}" if finding.file else f"{finding.message}{pointed}"
