"""Typed terms: what the tree means once shapes are known. Every value is a matrix: a vector a column, a scalar one entry."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from .dims import ONE, Dimension

Kind = Literal["scalar", "vector", "matrix"]
Row = frozenset[str] | None


@dataclass(eq=False)
class Term:
    """One operation on matrices.

    Attributes
    ----------
    op : its name in `evaluate.OPERATIONS`, or symbol, defined, number, size, ones, eye, gradient.
    args : what it is applied to.
    rows, cols : its shape; of a vector (n, 1), of a scalar (1, 1).
    kind : what it is to the reader.
    data : a symbol's name, a number, an exponent, a gradient's name.
    row : of a vector, the names that must be vectors used as rows for it to pass for a row; None where it is a column.
    at : its column in the formula.
    """

    op: str
    args: tuple[Term, ...]
    rows: Dimension
    cols: Dimension
    kind: Kind
    data: Any = None
    row: Row = None
    at: int = 1


def scalar(op: str, *args: Term, data: Any = None, at: int = 1) -> Term:
    """A term of one entry."""
    return Term(op, args, ONE, ONE, "scalar", data, at=at)


def like(op: str, x: Term, *more: Term, data: Any = None) -> Term:
    """A term of the shape of its first argument."""
    return Term(op, (x, *more), x.rows, x.cols, x.kind, data, x.row, x.at)


def walk(*terms: Term) -> Iterator[Term]:
    """Every term that these are made of, once; what a gradient is of is not part of it."""
    seen: set[int] = set()
    stack = list(reversed(terms))
    while stack:
        term = stack.pop()
        if id(term) not in seen:
            seen.add(id(term))
            yield term
            stack.extend(reversed(term.args))


def is_literal(term: Term) -> bool:
    """Whether it is a number written out: 0, 1, −2, 1/3; it stands for any shape."""
    return term.op in ("number", "negative", "divide", "multiply") and all(map(is_literal, term.args))
