"""The shapes of products, sums, powers and inverses."""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction
from typing import NoReturn

from .dims import ONE, Dimension, Dimensions
from .errors import Ambiguous, FormulaError
from .printer import unparse
from .terms import Row, Term, like, scalar
from .tree import Binary, Call, Expr, Name, Negative, Number, Power

ENTRYWISE = {"+": "add", "-": "subtract", "hadamard": "multiply", "divide": "divide", "over": "divide", "star": "multiply"}
SHOWN = {"+": "+", "-": "−", "hadamard": "⊙", "divide": "⊘", "over": "/", "star": "*"}


def factor(shown: str) -> str:
    """A formula as it stands in a product: a sum in parentheses."""
    return f"({shown})" if any(f" {sign} " in shown for sign in "+-−") else shown


class Products:
    """What two operands make; names and calls are in `infer`."""

    text: str
    dims: Dimensions
    rows: set[str]

    def term(self, x: Expr) -> Term:
        """Any expression."""
        raise NotImplementedError

    def fail(self, message: str, at: int, *parts: Expr) -> NoReturn:
        """Raise a FormulaError."""
        raise NotImplementedError

    def check(self, rule: Callable[[], str | None], at: int, *parts: Expr) -> None:
        """Ask again once all shapes are known."""
        raise NotImplementedError

    def named(self, x: Expr, term: Term) -> str:
        """A part and its shape."""
        raise NotImplementedError

    def ones(self, length: str | None, at: int) -> Term:
        """A column of ones."""
        raise NotImplementedError

    def is_declared(self, name: str) -> bool:
        """Whether somebody said what a symbol is."""
        raise NotImplementedError

    # --- products

    def binary(self, x: Binary) -> Term:
        """Two operands and what stands between them."""
        if x.op == "product":
            return self.product(x)
        if x.op == "loose":
            return self.loose(x)
        left, right = self.term(x.left), self.term(x.right)
        if x.op == "kronecker":
            return self.kronecker(left, right, x)
        if x.op == "star" and "scalar" not in (left.kind, right.kind):
            a, b = factor(unparse(x.left)), factor(unparse(x.right))
            self.fail(f"* between two matrices: write {a} ⊙ {b} for each entry, or {a} · {b} for the product", x.at)
        return self.entrywise(x, left, right)

    def product(self, x: Binary) -> Term:
        """A B: by a scalar, or of matrices and vectors, a vector on the side that fits; 1 beside a name is a column of ones."""
        left, right = self.term(x.left), self.term(x.right)
        if _is_one(x.right) and left.kind == "matrix":
            right = self.ones(None, x.right.at)
        elif _is_one(x.left) and right.kind == "matrix" and self.dims.is_one(right.rows):
            left = self.ones(None, x.left.at)
        if not x.sign and self.are_columns(left, right):
            a, b = factor(unparse(x.left)), factor(unparse(x.right))
            readings = f"{a} ⊙ {b} for each entry, ⟨{a}, {b}⟩ for the sum of these, {a} {b}ᵀ for all pairs"
            raise Ambiguous(f"{a} {b}, two columns: write {readings}", self.text, x.at)
        found = self.multiplied(left, right, x.at)
        if found is None:
            why = f"{self.named(x.left, left)}, {self.named(x.right, right)}: the inner dimensions differ"
            self.fail(why, x.at, x.right, x.left)
        return found

    def are_columns(self, left: Term, right: Term) -> bool:
        """Whether two factors are columns of one length, the first not made by a matrix, as in a X b."""
        made = left.op in ("matmul", "transpose")
        return left.kind == right.kind == "vector" and not made and self.dims.unify(left.rows, right.rows)

    def multiplied(self, left: Term, right: Term, at: int) -> Term | None:
        """The product, None where the shapes do not fit."""
        unify, is_one = self.dims.unify, self.dims.is_one
        if left.kind == "scalar" or right.kind == "scalar":
            x = right if left.kind == "scalar" else left
            return Term("multiply", (left, right), x.rows, x.cols, x.kind, None, x.row, at)
        if left.kind == "vector" and right.kind == "vector":
            return scalar("matmul", self.transpose(left), right, at=at) if unify(left.rows, right.rows) else None
        if left.kind == "vector":
            if is_one(right.rows):
                return self.matmul(left, right, at)
            if not unify(left.rows, right.rows):
                return None
            self.used_as_row(left)
            return self.transpose(self.matmul(self.transpose(left), right, at), frozenset())
        if right.kind == "vector" and not unify(left.cols, right.rows):
            if not is_one(left.cols):
                return None
            self.used_as_row(right)
            return self.matmul(left, self.transpose(right), at)
        return self.matmul(left, right, at) if right.kind == "vector" or unify(left.cols, right.rows) else None

    def matmul(self, left: Term, right: Term, at: int) -> Term:
        """The product of two that fit; of one entry it is a scalar."""
        rows, cols = left.rows, right.cols
        if self.dims.is_one(rows) and self.dims.is_one(cols):
            return scalar("matmul", left, right, at=at)
        kind = "vector" if right.kind == "vector" else "matrix"
        return Term("matmul", (left, right), rows, cols, kind, at=at)  # type: ignore[arg-type]

    def transpose(self, x: Term, row: Row = None) -> Term:
        """xᵀ: of a vector a row; of a row that is known to be one and to come from a vector, that vector."""
        if x.kind == "scalar":
            return x
        if x.op == "transpose" and x.args[0].kind == "vector":
            return x.args[0]
        vector = x.kind == "matrix" and self.dims.is_one(x.rows)
        return Term("transpose", (x,), x.cols, x.rows, "vector" if vector else "matrix", None, row if vector else None, x.at)

    def used_as_row(self, x: Term) -> None:
        """Remember that the names of a vector stand for rows."""
        self.rows |= x.row or set()

    def kronecker(self, left: Term, right: Term, x: Binary) -> Term:
        """A ⊗ B."""
        rows, cols = self.dims.times(left.rows, right.rows), self.dims.times(left.cols, right.cols)
        if rows is None or cols is None:
            self.fail("the shapes of both sides of ⊗ must be declared", x.at)
        if left.kind == "scalar" or right.kind == "scalar":
            return self.entrywise(Binary("hadamard", x.left, x.right, at=x.at), left, right)
        kind = "vector" if left.kind == right.kind == "vector" else "matrix"
        return Term("kronecker", (left, right), rows, cols, kind, at=x.at)  # type: ignore[arg-type]

    def loose(self, x: Binary) -> Term:
        """a/b c: of (a/b) c and a/(b c) the one whose shapes fit; of a scalar a the first, unless c begins with a scalar."""
        first, rest = _first_factor(x.right)
        near = _replaced(x.right, Binary("over", x.left, first, at=x.at))
        far = Binary("over", x.left, x.right, at=x.at)
        readings = [reading for reading in (near, far) if self.fits(reading)] or [far]
        if len(readings) > 1:
            second = _first_factor(rest)[0]
            if self.goes_on(x, first, second) or self.term(x.left).kind != "scalar":
                a, b, c = unparse(x.left), unparse(first), unparse(rest)
                message = f"{a}/{b} {c} can be read as ({a}/{b}) {c} and as {a}/({b} {c}): write parentheses"
                raise Ambiguous(message, self.text, x.at)
        return self.term(readings[0])

    def goes_on(self, x: Binary, first: Expr, second: Expr) -> bool:
        """Whether a second factor may stand below the line too: a scalar by its name, or one norm after another."""
        if isinstance(x.left, Number) and isinstance(first, Number) and isinstance(second, Name):
            return re.match(r"/\s*[0-9.]+(?=\w)", self.text[x.at - 1 :]) is not None  # 1/2a, not 1/2 a
        named = second.x if isinstance(second, Power) else second
        bars = all(isinstance(y, Call) and y.function in ("bars", "norm", "normF", "norm2") for y in (first, second))
        return (isinstance(named, Name | Number) or bars) and self.term(second).kind == "scalar"

    def fits(self, x: Expr) -> bool:
        """Whether the shapes of an expression fit; nothing is kept of the trial."""
        mark = len(self.dims.trail)
        try:
            self.term(x)
        except FormulaError:
            return False
        finally:
            self.dims.undo(mark)
        return True

    # --- entry by entry

    def entrywise(self, x: Binary, left: Term, right: Term) -> Term:
        """Sums, ⊙, ⊘ and /, broadcast."""
        op = ENTRYWISE[x.op]
        if left.kind == "scalar" or right.kind == "scalar":
            shape = right if left.kind == "scalar" else left
            return Term(op, (left, right), shape.rows, shape.cols, shape.kind, None, shape.row, x.at)
        if left.kind == right.kind == "vector":
            if not self.dims.unify(left.rows, right.rows):
                self.mismatch(x, left, right)
            row = None if left.row is None or right.row is None else left.row | right.row
            return Term(op, (left, right), left.rows, ONE, "vector", None, row, x.at)
        if left.kind == "vector":
            return self.beside(x, op, left, right, False)
        if right.kind == "vector":
            return self.beside(x, op, right, left, True)
        rows, cols = self.broadcast(left.rows, right.rows), self.broadcast(left.cols, right.cols)
        if rows is None or cols is None:
            self.mismatch(x, left, right)
        return Term(op, (left, right), rows, cols, "matrix", None, None, x.at)

    def beside(self, x: Binary, op: str, vector: Term, matrix: Term, swapped: bool) -> Term:
        """A vector beside a matrix: along the last axis; beside a column, a column."""
        if self.dims.is_one(matrix.cols) and self.dims.unify(matrix.rows, vector.rows):
            args = (matrix, vector) if swapped else (vector, matrix)
            return Term(op, args, vector.rows, ONE, "vector", None, None, x.at)
        cols = self.broadcast(matrix.cols, vector.rows)
        if cols is None or vector.row is None:
            v, m = (x.right, x.left) if swapped else (x.left, x.right)
            shown = unparse(v)
            why = "a vector goes along the last axis" if cols is None else f"a column: write ({shown}) 1ᵀ or 1 ({shown})ᵀ"
            self.fail(f"{self.named(m, matrix)}, {self.named(v, vector)}: {why}", x.at)
        self.used_as_row(vector)
        turned = self.transpose(vector)
        return Term(op, (matrix, turned) if swapped else (turned, matrix), matrix.rows, cols, "matrix", None, None, x.at)

    def broadcast(self, a: Dimension, b: Dimension) -> Dimension | None:
        """The dimension of an entrywise result, None where there is none."""
        if self.dims.is_one(a) or self.dims.is_one(b):
            return b if self.dims.is_one(a) else a
        return a if self.dims.unify(a, b) else None

    def mismatch(self, x: Binary, left: Term, right: Term) -> NoReturn:
        """Two operands that do not fit entry by entry."""
        sign = SHOWN[x.op]
        self.fail(f"{self.named(x.left, left)}, {self.named(x.right, right)}: {sign} wants one shape", x.at)

    # --- powers

    def power(self, x: Power) -> Term:
        """x^k for each entry; on a square matrix an error."""
        base, k = self.term(x.x), self.term(x.k)
        if k.op == "symbol" and not self.is_declared(k.data):
            self.fail(
                f"{k.data} is not declared: is it a dimension? Declare what it is one of, as in A: ({k.data}, {k.data})", x.at
            )
        if k.kind != "scalar":
            self.fail(f"the exponent {self.named(x.k, k)}: expected a scalar", x.at)
        if base.kind == "matrix":
            shown, exponent = unparse(x.x), unparse(x.k)
            self.check(lambda: self.not_square(base, shown, exponent), x.at)
        number = _as_number(x.k)
        if number is not None and number.denominator == 1 and abs(number) <= 64:
            return like("power", base, data=int(number))
        if number is not None and number == Fraction(1, 2):
            return like("sqrt", base)
        if number is not None and number == Fraction(-1, 2):
            return like("reciprocal", like("sqrt", base))
        return Term("raise", (base, k), base.rows, base.cols, base.kind, None, base.row, x.at)

    def not_square(self, base: Term, shown: str, k: str) -> str | None:
        """A message where a power of a square matrix is asked for."""
        if not self.dims.same(base.rows, base.cols):
            return None
        if k != "2":
            return f"{shown}^({k}) of a square matrix: write out the product, or ⊙ for each entry"
        shown = factor(shown)
        return f"{shown}^2 of a square matrix: write {shown} {shown} for the product, or {shown} ⊙ {shown} for each entry"

    def inverse(self, term: Term, x: Expr, at: int) -> Term:
        """Of a square matrix its inverse, else one over each entry."""
        if term.kind != "matrix":
            return like("reciprocal", term)
        if not self.dims.unify(term.rows, term.cols):
            self.fail(f"{self.named(x, term)}: only a square matrix has an inverse", at)
        return like("inverse", term)


def _is_one(x: Expr) -> bool:
    return isinstance(x, Number) and x.value == 1


def _as_number(x: Expr) -> Fraction | None:
    """The value of an exponent written in numbers."""
    match x:
        case Number(value=value):
            return value
        case Negative(x=y):
            inner = _as_number(y)
            return None if inner is None else -inner
        case Binary(op="over" | "divide", left=left, right=right):
            a, b = _as_number(left), _as_number(right)
            return None if a is None or not b else a / b
    return None


def _first_factor(x: Expr) -> tuple[Expr, Expr]:
    """The first factor of a product of adjacent ones, and the others."""
    if isinstance(x, Binary) and x.op == "product":
        if isinstance(x.left, Binary) and x.left.op == "product" and not x.left.grouped:
            first, rest = _first_factor(x.left)
            return first, Binary("product", rest, x.right, at=x.at)
        return x.left, x.right
    return x, x


def _replaced(x: Expr, first: Expr) -> Expr:
    """A product of adjacent factors with another first one."""
    if isinstance(x, Binary) and x.op == "product" and not x.grouped:
        return Binary("product", _replaced(x.left, first), x.right, at=x.at)
    return first
