"""Markdown pages, from files and folders, judged; whatever bytes a file holds there is a finding and no exception."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from numpy_lora.cli.verifying import sources
from numpy_lora.cli.verifying.findings import Finding, Source
from numpy_lora.formula import FormulaError, documents

Given = tuple[str, ...]
MOST_BYTES = 1 << 22


def judged(path: Path, given: Given, points: int, seed: int) -> Iterator[tuple[str, Source | None]]:
    """A page, or every page in a folder, each after a word on what is under way."""
    files = found(path) if path.is_dir() else [path]
    if not files:
        yield "", _fault(str(path), "no pages (*.md) in this folder")
    equations = 0
    for file in files:
        yield str(file), None
        source = _file(file, given, points, seed, lenient=path.is_dir())
        equations += len(source.findings) + source.skipped
        yield "", source
    if files and not equations:
        yield "", _fault(str(path), "nothing is displayed in these pages: no ```math fence and no $$")


def found(folder: Path) -> list[Path]:
    """The pages in a folder and in those in it, but for hidden ones."""
    pages = []
    for here, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        pages += [Path(here, name) for name in files if name.endswith(sources.SUFFIXES) and not name.startswith(".")]
    return sorted(pages)


def _file(path: Path, given: Given, points: int, seed: int, lenient: bool) -> Source:
    try:
        with path.open("rb") as file:
            text = decoded(file.read(MOST_BYTES + 1))
    except (OSError, ValueError) as error:
        return _fault(str(path), said(error))
    if isinstance(text, Finding):
        return _fault(str(path), text.message)
    return page(text, str(path), given, points, seed, lenient)


def said(error: OSError | ValueError) -> str:
    """An error of the file system in a few words."""
    text = getattr(error, "strerror", None) or str(error)
    return "no such file" if isinstance(error, FileNotFoundError) else f"{text[:1].lower()}{text[1:]}"


def decoded(data: bytes) -> str | Finding:
    """The text of a page, or what is wrong with it."""
    if len(data) > MOST_BYTES:
        return Finding("", "error", message=f"more than {MOST_BYTES >> 20} MiB: no page is that long")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return Finding("", "error", message=f"not UTF-8: byte {data[error.start]:#04x} in line {line}")
    if "\0" in text:
        return Finding("", "error", message=f"no text: a NUL in line {text.count(chr(10), 0, text.index(chr(0))) + 1}")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def is_page(text: str) -> bool:
    """Whether anything is displayed in a text."""
    document = documents.read(text)
    return bool(document.equations or document.declarations or document.skipped)


def page(text: str, name: str, given: Given, points: int, seed: int, lenient: bool = False, brief: bool = False) -> Source:
    """A page, judged.

    Parameters
    ----------
    lenient : whether it may be one that displays nothing.
    """
    document = documents.read(text)
    try:
        judged = documents.judge(document, given, points, seed)
    except FormulaError as error:
        return Source("page", name, (sources.unreadable(error),))
    if not judged and not document.skipped and not lenient:
        what = "only definitions are displayed" if document.equations else "no ```math fence and no $$"
        return _fault(name, f"nothing to judge: {what}")
    texts = [*given, *document.declarations, *(equation.text for equation in document.equations)]
    assumed = sources.assumed([j.verdict for j in judged], texts)
    findings = tuple(finding(j, name, document.lines) for j in judged)
    return Source("page", name, findings, brief, assumed, len(document.skipped))


def finding(j: documents.Judged, name: str, lines: list[str]) -> Finding:
    """What was found about an equation of the page `name`."""
    v = j.verdict
    return Finding(
        " ".join(v.claim.split()), v.verdict, v.grade, v.bound, v.error, v.given, v.counterexample, v.message, v.points, name,
        j.line, j.column, "refuted" if j.equation.refuted else "holds", (lines[j.line - 1], j.column or 0),
    )  # fmt: skip


def _fault(name: str, message: str) -> Source:
    return Source("page", name, (Finding("", "error", message=message, file=name),))
