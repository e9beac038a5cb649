"""Declarations: `A, B: (n, m) symmetric` and `A ∈ ℝ^{n×m}`."""

from __future__ import annotations

from .atoms import Atoms
from .tree import Declaration, Dim

MARKS = ("symmetric", "antisymmetric", "orthogonal", "positive", "diagonal", "definite")
REALS = ("R", "ℝ")


class Declarations(Atoms):
    """What a symbol is."""

    def declaration(self) -> Declaration:
        """`A, B: (n, n) symmetric` or `A ∈ ℝ^{n×n}`."""
        start, names = self.column(), [self.name()]
        while self.take(","):
            names.append(self.name())
        dims: list[Dim] = []
        if self.take("∈"):
            if self.name("ℝ") not in REALS:
                self.fail("expected ℝ", self.tokens[self.at - 1].at + 1)
            dims = self.reals()
        else:
            self.need(":")
            self.need("(")
            while not self.is_op(")"):
                dims.append(self.dim())
                if not self.take(",", "·"):
                    break
            self.need(")")
        return Declaration(tuple(names), tuple(dims), self.marks(), at=start)

    def reals(self) -> list[Dim]:
        """The dimensions of ℝ, ℝⁿ, ℝ^{n×m}."""
        if not self.take("^"):
            return []
        braces = self.take("{", "(")
        dims = [self.dim("*")]
        while braces and self.take("·"):
            dims.append(self.dim("*"))
        if braces:
            self.need({"{": "}", "(": ")"}[braces])
        return dims

    def marks(self) -> tuple[str, ...]:
        """Words after a declaration."""
        marks: list[str] = []
        while self.next.kind == "name" or self.is_op(":"):
            self.take(":")
            word = self.name("a mark")
            if word not in MARKS:
                self.fail(f"unknown mark {word!r}, expected one of {', '.join(MARKS)}", self.tokens[self.at - 1].at + 1)
            marks.append(word)
        return tuple(marks)

    def dim(self, *signs: str) -> Dim:
        """A name, an integer, or a product of such."""
        factors: list[str | int] = []
        while True:
            if self.next.kind == "number" and self.next.text.isdecimal() and len(self.next.text) < 4 and int(self.next.text):
                factors.append(int(self.next.text))
                self.at += 1
            else:
                factors.append(self.name("a dimension: a name, a positive integer or a product h*dh"))
            times = self.is_op("·") and self.text.startswith(("×", "\\times"), self.next.at)
            if times or not self.take(*(signs or ("*", "·"))):
                return tuple(factors)
