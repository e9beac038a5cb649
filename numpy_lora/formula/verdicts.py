"""Verdicts on claims: what is given is read, each claim judged, and what was found put in plain data."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from .claims import problems
from .counterexample import counterexample
from .dims import Dimension, Unknown
from .errors import FormulaError
from .hints import mended
from .identifiers import Token
from .judge import CLEAR, Judgement, judged
from .lexer import tokens
from .literals import Undecided, Undefined
from .messages import factor_of, relation
from .parser import parse
from .points import Problem
from .printer import unparse
from .scope import SCALES, Scope, names, with_table
from .terms import Term, walk
from .tree import Declaration, Definition, Implication, Name, Statement
from .words import introduced, single

BY_RANK = re.compile(rf"(?<!\S)(?:(?:{'|'.join(SCALES)}) / r|frac {{ (?:{'|'.join(SCALES)}) }} {{ r }})(?!\S)")  # α/r
GRADES = ("exact", "complex-step", "difference")


@dataclass(frozen=True)
class Verdict:
    """What was found about one claim.

    Attributes
    ----------
    claim : the text.
    verdict : "holds", "refuted" or "error".
    grade : "exact", "complex-step", "difference", or None where nothing was judged.
    bound : of a polynomial claim by the exact grade: the probability with which a wrong one passes, else None.
    error : the largest relative difference of the sides, of the floating grades, else None.
    given : what was assumed: definitions, the loss, shapes.
    counterexample : of a refuted claim: shapes, values, left, right, factor; also of a ≠ that holds.
    message : what is wrong, in words; "" where there is nothing to say.
    column : of what cannot be read, from 1.
    points : sets of sizes it was judged at.
    """

    claim: str
    verdict: Literal["holds", "refuted", "error"]
    grade: str | None = None
    bound: float | None = None
    error: float | None = None
    given: tuple[str, ...] = ()
    counterexample: dict[str, Any] | None = None
    message: str = ""
    column: int | None = None
    points: int = 0


def verify(claims: Sequence[str], given: Sequence[str] = (), points: int = 3, seed: int = 0) -> list[Verdict]:
    """Judge claims, each with what is given and with the definitions before it.

    Parameters
    ----------
    claims : formulas; those with `:=` define, and have no verdict.
    given : declarations, `A: (n, n) symmetric`, and definitions, `Y := X W`. With none, and claims about WA or WB, the
        forward pass is YA := X WA, Y := X W + YA WB, times the scale if a claim names one, or α/r if one has that.
    points : sets of sizes to judge at.
    seed : of sizes, values and primes.

    Raises
    ------
    FormulaError : what is given cannot be read. A claim that cannot has the verdict "error".

    Examples
    --------
    >>> [v.verdict for v in verify(["dWA = Xᵀ(dY·WBᵀ)", "dWB = YAᵀ dY", "dWB = Yᵀ dY"])]
    ['holds', 'holds', 'error']
    """
    return [verdict for verdict in verdicts_on(claims, given, points, seed) if verdict is not None]


def verdicts_on(claims: Sequence[str], given: Sequence[str] = (), points: int = 3, seed: int = 0) -> list[Verdict | None]:
    """As `verify`, with None for definitions and declarations among the claims, so that each text has its place."""
    found, before = ([read(text) for text in texts] for texts in (claims, given))
    scope, known = Scope(), {name for each in (*before, *found) for name in introduced(each)}
    letters = {letter for each in (*before, *found) for letter in single(each)}
    by_rank = any(BY_RANK.search(" ".join(t.text for t in each)) for each in found)
    scope = with_table(scope, {t.text for each in found for t in each if t.kind == "name"}, known, by_rank)
    for text in given:
        give(scope, parse(text, known | scope.known, letters=letters), text)
    reading = Reading(scope, known | scope.known, points, seed, not known and not scope.assumed, letters)
    parsed = [reading.parsed(text) for text in claims]
    reading.spoken |= {name for p in parsed if not isinstance(p, FormulaError) for name in names(p)}
    return [reading.verdict(text, p) for text, p in zip(claims, parsed, strict=True)]


@dataclass
class Reading:
    """Claims read one after another.

    Attributes
    ----------
    known : names that words are taken apart by.
    free : whether words of unknown capitals are products of letters.
    letters : that stand alone in any text.
    spoken : names that stand in any claim.
    """

    scope: Scope
    known: set[str]
    points: int
    seed: int
    free: bool
    letters: set[str]
    spoken: set[str] = field(default_factory=set)

    def parsed(self, text: str) -> Statement | FormulaError:
        """The tree of a claim, or what is wrong with it."""
        try:
            return parse(text, self.known, self.free, self.letters)
        except FormulaError as error:
            return error

    def verdict(self, text: str, statement: Statement | FormulaError) -> Verdict | None:
        """Judge a claim; add a definition or declaration to the scope."""
        if isinstance(statement, FormulaError):
            return Verdict(text, "error", message=statement.message, column=statement.column)
        if not isinstance(statement, Implication) or not statement.claims:
            give(self.scope, statement, text)
            return None
        try:
            found = [(p, judged(p, self.points, self.seed)) for p in problems(statement, self.scope, text, self.spoken)]
        except FormulaError as error:
            hint = mended(statement, error, self.scope, text, self.spoken)
            message = f"{error.message}; {hint}" if hint else error.message
            column = error.column if error.text == text else None
            return Verdict(text, "error", message=message if column else f"{message}, in {error.text}", column=column)
        except Undecided as reason:
            return Verdict(text, "error", message=str(reason))
        except Undefined as reason:
            return Verdict(text, "error", message=f"no values were found at which every part is defined: {reason}")
        return _joined(text, self.scope, found)


def give(scope: Scope, statement: Statement, text: str) -> None:
    """Add what is given to a scope.

    Raises
    ------
    FormulaError : it is a claim.
    """
    items = statement.conditions if isinstance(statement, Implication) and not statement.claims else [statement]
    for item in items:
        if not isinstance(item, Declaration | Definition):
            raise FormulaError("what is given is a declaration, A: (n, n), or a definition, Y := X W", text)
        scope.add(item, text)


def _joined(text: str, scope: Scope, found: list[tuple[Problem, Judgement]]) -> Verdict:
    """One verdict for all claims of a statement: the first that fails, else the weakest grade."""
    failed = next(((p, j) for p, j in found if not all(j.right)), None)
    if failed is not None:
        return _refuted(text, scope, *failed)
    j = max((j for _, j in found), key=lambda j: GRADES.index(j.grade))
    bounds = [b.bound for _, b in found]
    bound = None if any(b is None for b in bounds) else sum(b for b in bounds if b is not None)
    witness = None
    for other, _ in found:
        if "≠" in other.relations and witness is None:
            witness = counterexample(other, other.relations.index("≠"), None)
    return Verdict(text, "holds", j.grade, bound, j.error, assumed(scope, [p for p, _ in found]), witness, j.why, None, j.sets)


def _refuted(text: str, scope: Scope, problem: Problem, j: Judgement) -> Verdict:
    """The verdict on a claim of which a step fails."""
    step = j.right.index(False)
    given = assumed(scope, [problem])
    if problem.relations[step] == "≠":
        return Verdict(text, "refuted", j.grade, j.bound, j.error, given, None, "the sides are equal", None, j.sets)
    said = [relation(problem, j.points, step), j.why, _undefined(problem, scope, step), _entrywise(problem)]
    if len(problem.relations) > 1:
        said.insert(0, f"{unparse(problem.expressions[step])} = {unparse(problem.expressions[step + 1])} fails")
    worst = max(j.points, key=lambda p: p.distances[step])
    known = worst.values if worst.distances[step] > CLEAR else None
    example = counterexample(problem, step, factor_of(j.points, step), known)
    return Verdict(text, "refuted", j.grade, None, j.error, given, example, "; ".join(filter(None, said)), None, j.sets)


def _entrywise(problem: Problem) -> str:
    """What is said of a function that is another one of square matrices, as a series."""
    terms = [t for t in walk(*problem.sides) if t.op in ("exp", "log", "sqrt", "sin", "cos") and t.kind == "matrix"]
    named = [t.op for t in terms if size_of(t.rows) == size_of(t.cols)]
    return f"{named[0]} of a square matrix goes entry by entry here" if named else ""


def _undefined(problem: Problem, scope: Scope, step: int) -> str:
    """What is said of a name that a claim seems to define."""
    left, right = problem.expressions[step : step + 2]
    free = isinstance(left, Name) and scope.find(left.name) is None and any(s.data == left.name for s in problem.symbols)
    return f"{unparse(left)} is any array here: to define it write {unparse(left)} := {unparse(right)}" if free else ""


def assumed(scope: Scope, found: Sequence[Problem]) -> tuple[str, ...]:
    """What claims rest on: definitions, the loss, the shapes of symbols."""
    terms = [t for p in found for t in walk(*p.sides, *p.set_to.values())]
    used = {t.data for t in terms if t.op == "defined"}
    lines = [text for name, (_, text) in scope.definitions.items() if name in used]
    for p in found:
        if p.pairs:
            lines.append(f"L := {' + '.join(f'⟨d{name}, {name}⟩' for name in p.pairs)}")
    symbols = {s.data: _declared(s, p.marks.get(s.data, ())) for p in found for s in p.symbols}
    return tuple(dict.fromkeys([*lines, *symbols.values()]))


def _declared(symbol: Term, marks: Sequence[str]) -> str:
    """A symbol with its shape."""
    rows, cols = size_of(symbol.rows), size_of(symbol.cols)
    shown = {"scalar": "", "vector": str(rows), "matrix": f"{rows}, {cols}"}[symbol.kind]
    return " ".join([f"{symbol.data}: ({shown})", *marks])


def size_of(d: Dimension) -> Dimension | None:
    """A dimension that was found."""
    while isinstance(d, Unknown):
        assert d.is_ is not None
        d = d.is_
    return d


def read(text: str) -> list[Token]:
    """The tokens of a text, none where it cannot be read."""
    try:
        return tokens(text)
    except FormulaError:
        return []
