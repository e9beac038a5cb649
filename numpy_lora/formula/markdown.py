"""As much of Markdown as is needed to find displayed equations and tables of symbols, in one pass over the lines."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from dataclasses import dataclass, replace

FENCE = re.compile(r"(?P<quote>[ \t>]*(?:[-*+] +|\d+[.)] +)?)(?P<fence>`{3,}|~{3,})(?P<info>[^`\n]*)$")
ORDER = re.compile(r"<!--\s*(?:(refuted)|skip(?:\s*:\s*(.*?))?)\s*-->", re.DOTALL)
ENVIRONMENT = r"\\begin\{(?P<name>(?:equation|align|alignat|gather|multline|eqnarray|flalign)\*?)\}"
SIGN = re.compile(
    r"(`+)(?!`).{0,2000}?(?<!`)\1(?!`)|`+|\\\$|(?P<dollars>\$\$)|(?P<comment><!--)"
    rf"|^[ \t>]*(?:(?P<bracket>\\\[)|{ENVIRONMENT})",
    re.MULTILINE,
)
LISTED = re.compile(r"\s*(?:[-*+]|\d+[.)])\s")
QUOTED = re.compile(r"^[ \t]*(?:>[ \t]?)+", re.MULTILINE)
ROW = re.compile(r"(?<!\\)\|")
MATH = ("math", "{math}")
UNCLOSED = "the file ends before this block is closed"


@dataclass(frozen=True)
class Block:
    """A displayed block.

    Attributes
    ----------
    at : where `text` begins in the document.
    refuted, skip : what a comment before it says; the reason if it is to be passed over.
    fault : what is wrong with it.
    """

    at: int
    text: str
    refuted: bool = False
    skip: str = ""
    fault: str = ""


Part = tuple[int, Block | re.Match[str]]


def blocks(text: str) -> Iterator[Block]:
    """The displayed blocks of a document in order, with the orders that comments give."""
    order: tuple[int, Block] | None = None
    for at, found in _parts(text):
        if isinstance(found, Block):
            yield replace(found, refuted=order[1].refuted, skip=order[1].skip) if order and not found.fault else found
            order = None
        else:
            if order:
                yield replace(order[1], fault="no displayed block follows this comment", skip="")
            skip = "" if found[1] else (found[2] or "").strip() or "no reason given"
            order = at, Block(at, found[0], bool(found[1]), skip)
    if order:
        yield replace(order[1], fault="no displayed block follows this comment", skip="")


def _parts(text: str) -> Iterator[Part]:
    """Blocks and comments that give orders."""
    at, code = 0, Indented()
    while at < len(text):
        end = text.find("\n", at)
        end = len(text) if end < 0 else end
        line = text[at:end]
        if fence := FENCE.match(line):
            body, after = _fenced(text, end + 1, fence["fence"])
            if fence["info"].strip().lower() in MATH:
                inner = text[end + 1 : body]
                if ">" in fence["quote"]:
                    inner = QUOTED.sub(lambda found: " " * len(found[0]), inner)
                yield at, Block(end + 1, inner) if after else Block(at, line, fault=UNCLOSED)
            at = after or len(text)
        elif code.takes(line):
            at = end + 1
        else:
            at = yield from _line(text, at, end)


def _fenced(text: str, at: int, fence: str) -> tuple[int, int | None]:
    """Where what a fence encloses ends, and where the text after it begins."""
    closing = re.compile(rf"^[ \t>]*{fence[0]}{{{len(fence)},}}[ \t]*$", re.MULTILINE).search(text, at)
    return (closing.start(), closing.end() + 1) if closing else (len(text), None)


def _line(text: str, at: int, end: int) -> Generator[Part, None, int]:
    r"""Blocks between $$, \[ and \], \begin{align} and its like, and comments, that begin in a line; gives where to go on."""
    while found := SIGN.search(text, at, end):
        at = found.end()
        if found["comment"]:
            if order := ORDER.match(text, found.start()):
                yield found.start(), order
            close = text.find("-->", at)
            if close < 0:
                return len(text)
            at, end = close + 3, max(end, _end(text, close))
        elif closing := _closing(found):
            close = text.find(closing, at)
            if close < 0:
                yield found.start(), Block(found.start(), text[found.start() : end], fault=UNCLOSED)
                return end + 1
            yield found.start(), Block(at, text[at:close])
            at, end = close + len(closing), max(end, _end(text, close))
    return end + 1


def _closing(found: re.Match[str]) -> str:
    """What ends a block that begins so; "" where none begins."""
    if found["name"]:
        return rf"\end{{{found['name']}}}"
    return "$$" if found["dollars"] else r"\]" if found["bracket"] else ""


def _end(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end


class Indented:
    """Code that is indented by four: after an empty line, and not in a list."""

    def __init__(self) -> None:
        self.empty, self.listed, self.inside = True, False, False

    def takes(self, line: str) -> bool:
        """Whether a line is such code."""
        if not line.strip():
            self.empty = True
            return self.inside
        indented = line.startswith(("    ", "\t"))
        if not indented:
            self.listed = LISTED.match(line) is not None or (self.listed and line.startswith(" "))
        self.inside = indented and not self.listed and (self.empty or self.inside)
        self.empty = False
        return self.inside


# --- tables


def tables(lines: list[str]) -> Iterator[tuple[int, str]]:
    """The declarations in tables that have a column `symbol` and a column `shape`, each with its line."""
    columns: tuple[int, int] | None = None
    fence = ""
    for number, line in enumerate(lines, 1):
        if found := FENCE.match(line):
            closes = fence and found["fence"].startswith(fence) and not found["info"].strip()
            fence = "" if closes else fence or found["fence"]
        if fence or "|" not in line:
            columns = None
            continue
        cells = [cell.strip().replace("\\|", "|") for cell in ROW.split(line.strip().removeprefix("|"))]
        if columns is None:
            columns = _columns(cells)
        elif max(columns) < len(cells) and not set(line) <= set("|:- \t"):
            yield from ((number, text) for text in _declaration(cells[columns[0]], cells[columns[1]]))


def _columns(head: list[str]) -> tuple[int, int] | None:
    """Which column has the symbols and which the shapes."""
    names = [re.sub(r"[*_`]", "", cell).lower() for cell in head]
    symbol = next((names.index(name) for name in ("symbol", "symbols", "name", "matrix") if name in names), None)
    shape = next((names.index(name) for name in ("shape", "shapes", "size", "dimensions") if name in names), None)
    return None if symbol is None or shape is None else (symbol, shape)


def _declaration(symbols: str, shape: str) -> Iterator[str]:
    """`A, B: (n, m) symmetric` of two cells, in whatever way the shape is written; nothing where one is empty."""
    symbols, shape = (cell.replace("`", "").replace("$", "").strip() for cell in (symbols, shape))
    if not symbols or not shape:
        return
    if re.search(r"ℝ|\\mathbb|∈|\\in(?![A-Za-z])", shape):
        shape = re.sub(r"^(∈|\\in(?![A-Za-z]))", "", shape)
        yield f"{symbols} ∈ {shape.strip()}"
        return
    shape = re.sub(r"^(scalar|number)\b", "()", shape)
    shape = re.sub(r"\s*(×|\\times(?![A-Za-z]))\s*", ", ", shape)
    shape = re.sub(r"(?<=[\w)])\s+x\s+(?=[\w(])", ", ", shape)  # n x d
    shape = re.sub(r"^\[([^\]]*)\]", r"(\1)", shape)
    shape = re.sub(r"(?<=\))\s*,", "", shape)  # (n, n), symmetric
    yield f"{symbols}: {shape}" if shape.startswith("(") else f"{symbols}: ({shape})"
