"""Where formulas come from: typed words, files, folders, standard input, and this package itself; each judged as it is read."""

from __future__ import annotations

import contextlib
import os
import re
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from numpy_lora.cli.verifying import pages, progress
from numpy_lora.cli.verifying.findings import Finding, Source
from numpy_lora.formula import FormulaError, Verdict, documents, verdicts_on

Given = tuple[str, ...]
SUFFIXES = (".md", ".markdown")
DEFAULT = ("YA := X WA", "Y := X W + YA WB")


def judged(words: list[str], given: Given, points: int, seed: int) -> list[Source]:
    """Everything that the words of a command line name, judged."""
    if not words:
        from numpy_lora.cli.verifying import package

        return list(progress.shown(package.judged(given, points, seed)))
    return list(progress.shown(_named(words, given, points, seed)))


def _named(words: list[str], given: Given, points: int, seed: int) -> Iterator[tuple[str, Source | None]]:
    """The sources in order, each after a word on what is under way; typed claims are one call."""
    typed = [word for word in words if word != "-" and not is_path(word)]
    first = True
    for word in words:
        if word == "-":
            yield "standard input", None
            yield "", _input(given, points, seed)
        elif is_path(word):
            yield from pages.judged(Path(word), given, points, seed)
        elif first:
            first = False
            yield "formulas", None
            yield "", _typed(typed, given, points, seed)


def is_path(word: str) -> bool:
    """Whether a word is a file or a folder, or is meant as one."""
    if word.endswith(SUFFIXES) and "=" not in word:
        return True
    with contextlib.suppress(OSError, ValueError):
        return os.path.lexists(word)
    return False


def _typed(claims: list[str], given: Given, points: int, seed: int) -> Source:
    """Claims that were typed, one after another, or in lines of which each is one."""
    claims = [line for claim in claims for line in _lines(claim)]
    try:
        verdicts = verdicts_on(claims, given, points, seed)
    except FormulaError as error:
        return Source("typed", "", (unreadable(error),))
    found = tuple(_named_file(_finding(v)) for v in verdicts if v is not None)
    if not found:
        found = (Finding(claims[-1], "error", message="nothing to judge: a claim has =, as in Y = X W"),)
    return Source("typed", "", found, assumed=assumed([v for v in verdicts if v], [*given, *claims]))


def _lines(claim: str) -> list[str]:
    """The lines of a text, if each of them says something; else it is one claim, written over several."""
    lines = [line for line in claim.splitlines() if line.strip()]
    return lines if len(lines) > 1 and all(set("=≠:") & set(line) for line in lines) else [claim]


def _named_file(finding: Finding) -> Finding:
    """A word that is no formula was perhaps meant as a file."""
    if finding.verdict == "error" and re.fullmatch(r"[\w./~-]+", finding.claim):
        return replace(finding, message=f"{finding.message}; nor is there a file of that name")
    return finding


def _input(given: Given, points: int, seed: int) -> Source:
    """Standard input: a page where something is displayed in it, else a formula a line."""
    raw = getattr(sys.stdin, "buffer", None)
    data = (raw.read(pages.MOST_BYTES + 1) if raw else sys.stdin.read().encode()) if sys.stdin else b""
    text = pages.decoded(data)
    if isinstance(text, Finding):
        return Source("page", "-", (replace(text, file="-"),))
    if pages.is_page(text):
        return pages.page(text, "-", given, points, seed)
    lines = {n: line.strip() for n, line in enumerate(text.splitlines(), 1) if line.strip() and line.strip()[0] != "#"}
    if not lines:
        return Source("page", "-", (Finding("", "error", message="standard input is empty", file="-"),))
    try:
        verdicts = verdicts_on(list(lines.values()), given, points, seed)
    except FormulaError as error:
        return Source("typed", "-", (unreadable(error),))
    found = [_finding(v, "-", n) for n, v in zip(lines, verdicts, strict=True) if v is not None]
    if not found:
        found = [Finding("", "error", message="nothing to judge: a claim has =, as in Y = X W", file="-")]
    return Source("typed", "-", tuple(found), assumed=assumed([v for v in verdicts if v], [*given, *lines.values()]))


def _finding(v: Verdict, file: str | None = None, line: int | None = None) -> Finding:
    return Finding(
        v.claim, v.verdict, v.grade, v.bound, v.error, v.given, v.counterexample, v.message, v.points, file, line, v.column,
        shown=(v.claim, v.column or 0),
    )  # fmt: skip


def unreadable(error: FormulaError) -> Finding:
    """What is given cannot be read."""
    return Finding(error.text, "error", message=f"--given: {error.message}", shown=(error.text, error.column))


def assumed(verdicts: list[Verdict], texts: list[str]) -> tuple[str, ...]:
    """The forward pass that was assumed because no text gave one, and what a scale would do."""
    own = documents.names(texts)
    lines = dict.fromkeys(line for v in verdicts for line in v.given if ":=" in line and line.split(" :=")[0] not in own)
    if DEFAULT[1] in lines:
        return (*lines, "with a scale, named s, α or scale in a claim: Y := X W + s YA WB, and s multiplies both gradients")
    return tuple(lines)
