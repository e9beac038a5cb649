"""Whether two sides are of one shape, and how shapes are named in messages."""

from __future__ import annotations

from .dims import ONE, Unknown
from .printer import unparse
from .products import Products
from .terms import Term, is_literal
from .tree import Expr, Name


class Agreement(Products):
    """What may stand on two sides of a sign."""

    def same(self, left: Term, right: Term, x: Expr, y: Expr, at: int) -> None:
        """Two sides of one shape; numbers have any."""
        if is_literal(left) or is_literal(right):
            return
        if left.kind == right.kind == "vector" or "scalar" in (left.kind, right.kind) or left.kind == right.kind:
            fits = self.dims.unify(left.rows, right.rows) and self.dims.unify(left.cols, right.cols)
        else:
            vector, matrix = (left, right) if left.kind == "vector" else (right, left)
            fits = self.dims.is_one(matrix.cols) or not self.dims.is_one(matrix.rows)
            if fits:
                fits = self.dims.unify(matrix.cols, ONE) and self.dims.unify(matrix.rows, vector.rows)
            elif vector.row is not None and self.dims.unify(matrix.cols, vector.rows):
                self.check(lambda: self.not_a_row(vector, x, y), at, y, x)
                return
        if not fits:
            free = isinstance(x, Name) and left.op == "symbol" and not self.is_declared(x.name)
            advice = f"; to define {unparse(x)} write :=" if free else ""
            self.fail(f"the sides have different shapes: {self.named(x, left)}, {self.named(y, right)}{advice}", at, y, x)

    def not_a_row(self, vector: Term, x: Expr, y: Expr) -> str | None:
        """What is wrong where a column is compared with a row."""
        if vector.row is not None and vector.row <= self.rows:
            return None
        column, row = (x, y) if vector.at == x.at else (y, x)
        return f"the sides have different shapes: {unparse(column)} is a column, {unparse(row)} a row"

    def named(self, x: Expr, term: Term) -> str:
        """A part and its shape."""
        return f"{unparse(x)} is {self.shape(term)}"

    def shape(self, term: Term) -> str:
        """A shape as a message says it."""
        if term.kind == "scalar":
            return "()"
        found = [self.dims.find(d) for d in (term.rows, term.cols)]
        shown = ["?" if isinstance(d, Unknown) else str(d) for d in found]
        return f"({shown[0]})" if term.kind == "vector" else f"({', '.join(shown)})"
