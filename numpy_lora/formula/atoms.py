"""The atoms of the grammar: numbers, groups, norms, and what begins a gradient. The grammar stands in `parser`."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from .calls import OPENING, Calls
from .tree import Binary, Call, Expr, Negative, Number, Ones

NORMS = {"F": "normF", "2": "norm2", "1": "norm1", "∞": "norminf"}
LONGEST_NUMBER = 24


class Atoms(Calls):
    """What stands between operators."""

    def atom(self) -> Expr:
        """A number, a name, a call, a group, a norm, a fraction, a gradient."""
        token, start = self.next, self.column()
        if token.kind == "number":
            return self.number()
        if token.kind == "name":
            return self.word()
        if token.kind == "op" and token.text in OPENING:
            self.at += 1
            return self.group(OPENING[token.text])
        if token.kind == "op" and self.starts_operand():
            self.at += 1
            match token.text:
                case "⟨":
                    return self.pairing(start)
                case "‖" | "|" as bar:
                    return self.between_bars(bar, start)
                case "∂":
                    return self.partial(start)
                case "∇":
                    return self.nabla(start)
                case "frac":
                    return self.fraction(start)
                case sign:
                    return Call({"√": "sqrt", "sqrt": "sqrt", "norm": "norm", "abs": "abs"}[sign], (self.argument(),), at=start)
        return self.fail(f"expected a formula, got {self.shown()}")

    def group(self, closing: str) -> Expr:
        """What stands between parentheses, brackets or braces."""
        with self.nested():
            x = self.expr()
        self.need(closing)
        return replace(x, grouped=True) if isinstance(x, Binary) else x

    def argument(self) -> Expr:
        """What a LaTeX command goes over: a group, or one atom."""
        if self.take("{"):
            return self.group("}")
        with self.nested():
            return self.atom()

    def number(self) -> Expr:
        """A literal; 1_n is a column of ones."""
        token, start = self.next, self.column()
        if len(token.text) > LONGEST_NUMBER:
            self.fail(f"a number of {len(token.text)} characters: at most {LONGEST_NUMBER}")
        self.at += 1
        if token.text == "1" and self.is_op("_") and not self.next.spaced:
            self.at += 1
            return Ones(self.braced_name(), at=start)
        return Number(Fraction(token.text), at=start)

    def braced_name(self) -> str:
        """A name, in braces or not."""
        braces = self.take("{")
        name = self.name()
        if braces:
            self.need("}")
        return name

    # --- groups with signs of their own

    def pairing(self, start: int) -> Expr:
        """⟨A, B⟩."""
        with self.nested():
            left = self.expr()
            if not self.take(",", "|"):
                self.fail(f"expected the comma of ⟨A, B⟩, got {self.shown()}")
            right = self.expr()
        self.need("⟩")
        if self.is_op("_"):
            self.at += 1
            self.braced_name()
        return Call("inner", (left, right), at=start)

    def between_bars(self, bar: str, start: int) -> Expr:
        """‖x‖, ‖x‖_2, |x|."""
        with self.nested():
            self.bars[-1] = [*self.bars[-2], bar]
            x = self.expr()
        self.need(bar)
        if bar == "|":
            return Call("bars", (x,), at=start)
        if not self.take("_"):
            return Call("norm", (x,), at=start)
        braces = self.take("{")
        which = self.next.text
        if which not in NORMS:
            self.fail(f"the norms are ‖x‖, ‖A‖_F, ‖x‖_2, ‖x‖_1 and ‖x‖_∞, got {self.shown()}")
        self.at += 1
        if braces:
            self.need("}")
        return Call(NORMS[which], (x,), at=start)

    # --- exponents

    def is_transpose(self, ahead: int) -> bool:
        """Whether T or ⊤ stands as an exponent, in braces or not."""
        if self.peek(ahead).text == "{":
            return self.is_transpose(ahead + 1) and self.peek(ahead + 2).text == "}"
        return self.peek(ahead).text in ("T", "⊤")

    def exponent_value(self) -> Expr:
        """What stands after ^ as a formula."""
        if self.take("{"):
            index = self.peek(1).kind == "number" or (self.peek(1).kind == "name" and self.peek(1).text != "T")
            if self.peek(0).text in ("(", "[") and index and self.peek(3).text == "}":
                self.fail(f"a superscript that is an index, ({self.peek(1).text}): write it below, as in W_{self.peek(1).text}")
            return self.group("}")
        with self.nested():
            if self.is_op("-"):
                start = self.column()
                self.at += 1
                return Negative(self.atom(), at=start)
            return self.atom()
