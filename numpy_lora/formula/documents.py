r"""Markdown documents: a table of symbols with their shapes, and every displayed equation in order; prose is left alone.

A displayed block is a fence of the language math, or stands between two $$, between \[ and \], or in \begin{align} or its like.
In it a statement is a line, or what `\\` ends; it may go on in the next line. Comments give orders for the block after them:
`<!-- refuted -->`, `<!-- skip: reason -->`.
"""

from __future__ import annotations

import bisect
import contextlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from .displays import statements
from .errors import FormulaError
from .lexer import tokens
from .markdown import Block, blocks, tables
from .parser import parse
from .tree import Implication
from .verdicts import Verdict, verdicts_on
from .words import introduced


@dataclass(frozen=True)
class Equation:
    """A statement of a document.

    Attributes
    ----------
    text : as it stands there.
    line, column : where it begins, from 1.
    refuted : whether it stands after <!-- refuted -->.
    fault : what is wrong with its block, "" if nothing is; it is then not judged.
    """

    text: str
    line: int
    column: int = 1
    refuted: bool = False
    fault: str = ""

    def place(self, column: int) -> tuple[int, int]:
        """Line and column in the document of a column, from 1, in the statement."""
        before = self.text[: column - 1]
        lines = before.count("\n")
        return self.line + lines, (len(before) - before.rfind("\n") if lines else self.column + column - 1)


@dataclass
class Document:
    """What there is to judge in a document.

    Attributes
    ----------
    declarations : texts like `A: (n, n)`, from its tables.
    equations : statements in order: claims, definitions, and what is no statement.
    skipped : of the blocks that are passed over, the line and the reason.
    lines : of its text, for messages.
    unread : names in rows of tables that cannot be read, with the line.
    """

    declarations: list[str] = field(default_factory=list)
    equations: list[Equation] = field(default_factory=list)
    skipped: list[tuple[int, str]] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    unread: dict[str, int] = field(default_factory=dict)

    @property
    def known(self) -> set[str]:
        """Names that it declares or defines."""
        return names([*self.declarations, *(e.text for e in self.equations)])

    def claims(self) -> list[Equation]:
        """The equations that get a verdict: all but definitions and declarations."""
        known = self.known
        return [equation for equation in self.equations if equation.fault or not _is_given(equation.text, known)]


def read(text: str) -> Document:
    r"""The tables and displayed equations of a Markdown text.

    Examples
    --------
    >>> document = read("| symbol | shape |\n|--|--|\n| A | (n, n) |\n\nSo:\n```math\nB := A A\nB = A A\n```\n")
    >>> document.declarations, [(e.line, e.text) for e in document.equations]
    (['A: (n, n)'], [(7, 'B := A A'), (8, 'B = A A')])
    """
    document = Document(lines=text.split("\n"))
    starts = [0]
    for line in document.lines:
        starts.append(starts[-1] + len(line) + 1)
    for block in blocks(text):
        if block.skip:
            document.skipped.append((bisect.bisect_right(starts, block.at), block.skip))
        else:
            document.equations.extend(_equations(block, starts))
    for number, declaration in tables(document.lines):
        try:
            parse(declaration)
        except FormulaError as error:
            document.equations.append(Equation(declaration, number, fault=f"in a table of symbols: {error.message}"))
            document.unread |= dict.fromkeys(mentioned(re.split("[:∈]", declaration)[0]), number)
        else:
            document.declarations.append(declaration)
    document.equations = [_unless_unread(e, document.unread) for e in document.equations]
    document.equations.sort(key=lambda equation: equation.line)
    return document


def _unless_unread(equation: Equation, unread: dict[str, int]) -> Equation:
    """An equation, at fault where it speaks of a symbol whose declaration cannot be read."""
    names = [] if equation.fault else [name for name in mentioned(equation.text) if name in unread]
    if not names:
        return equation
    return replace(equation, fault=f"the declaration of {names[0]} in line {unread[names[0]]} cannot be read")


def mentioned(text: str) -> list[str]:
    """The names in a text, none where it cannot be read."""
    with contextlib.suppress(FormulaError):
        return [token.text for token in tokens(text) if token.kind == "name"]
    return []


def _equations(block: Block, starts: list[int]) -> Iterator[Equation]:
    """The statements of a block."""
    if block.fault:
        yield Equation(block.text, bisect.bisect_right(starts, block.at), fault=block.fault)
        return
    for at, statement in statements(block.text):
        line = bisect.bisect_right(starts, block.at + at)
        yield Equation(statement, line, block.at + at - starts[line - 1] + 1, block.refuted)


@dataclass(frozen=True)
class Judged:
    """An equation with its verdict.

    Attributes
    ----------
    verdict : after <!-- refuted --> "holds" where the claim is refuted, "refuted" where it holds.
    line, column : of the equation, or of what cannot be read in it.
    """

    equation: Equation
    verdict: Verdict
    line: int
    column: int | None


def judge(document: Document, given: Sequence[str] = (), points: int = 3, seed: int = 0) -> list[Judged]:
    """The claims of a document with their verdicts, in order.

    Raises
    ------
    FormulaError : what is given cannot be read.
    """
    sound = [equation for equation in document.equations if not equation.fault]
    found = verdicts_on([e.text for e in sound], [*given, *document.declarations], points, seed)
    verdicts = dict(zip(map(id, sound), found, strict=True))
    judged = []
    for equation in document.equations:
        verdict = Verdict(equation.text, "error", message=equation.fault) if equation.fault else verdicts[id(equation)]
        if verdict is not None:
            judged.append(_judged(equation, verdict))
    return judged


def _judged(equation: Equation, verdict: Verdict) -> Judged:
    if equation.refuted and verdict.verdict != "error":
        verdict = _turned(verdict)
    line, column = equation.place(verdict.column) if verdict.column else (equation.line, None)
    return Judged(equation, verdict, line, column)


def _turned(verdict: Verdict) -> Verdict:
    """The verdict on a claim that must be refuted."""
    if verdict.verdict == "refuted":
        return replace(verdict, verdict="holds")
    return replace(verdict, verdict="refuted", message="marked as refuted, but it holds")


def names(texts: Iterable[str]) -> set[str]:
    """The names that texts declare or define."""
    found = set()
    for text in texts:
        with contextlib.suppress(FormulaError):
            found |= introduced(tokens(text))
    return found


def _is_given(text: str, known: set[str]) -> bool:
    """Whether a statement defines or declares."""
    try:
        return not isinstance(parse(text, known), Implication)
    except FormulaError:
        return False
