r"""The spellings of a gradient: ∂L/∂W, \frac{dL}{dW}, ∇_W L, d/dx f, grad(W)."""

from __future__ import annotations

from .alphabet import FUNCTIONS, LOSSES
from .cursor import STARTS, Cursor
from .errors import FormulaError
from .tree import Binary, Expr, Gradient, Name


class Derivatives(Cursor):
    """Gradients, and the fractions that may be some."""

    def fraction(self, start: int) -> Expr:
        r"""\frac{a}{b}, which may be a derivative."""
        if self.is_op("{") and (self.peek(1).text in ("∂", "d") or self.is_variation(1) or self.is_differential(1)):
            found = self.fraction_of_partials(start)
            if found:
                return found
        return Binary("over", self.argument(), self.argument(), at=start)

    def fraction_of_partials(self, start: int) -> Expr | None:
        r"""\frac{\partial f}{\partial x}, \frac{dL}{dW}, \frac{\partial}{\partial x} f."""
        before = self.at
        self.need("{")
        of: Expr | None = None
        if (sign := self.take("∂")) or self.next.text == "d" or self.is_variation(0):
            self.at += not sign
            if self.is_op("^"):
                self.fail("second derivatives are not in the language")
            if not self.is_op("}"):
                with self.nested():
                    of = self.tight()
        else:
            of = Name(self.name()[1:], at=start)
        if not self.take("}") or not self.take("{"):
            self.at = before
            return None
        name = self.of_what()
        if not name or not self.take("}"):
            self.at = before
            return None
        if of is None and self.tokens[before + 2].text == "}":
            return self.operator(name, start)
        return Gradient(name, _loss(of), at=start)

    def of_what(self) -> str:
        """The name under a fraction of differentials: ∂W, dW, d W; "" where there is none."""
        if self.take("∂"):
            if self.next.kind != "name":
                self.fail(f"a gradient is taken by a name, got {self.shown()}")
            return self.name()
        if self.next.text == "d" or self.is_variation(0):
            braces = self.peek(1).text == "{"
            if self.peek(1 + braces).kind == "name" and self.peek(2 + braces).text == "}":
                self.at += 1
                return self.braced_name()
        return self.name()[1:] if self.next.kind == "name" and self.is_differential(0) else ""

    # --- gradients

    def is_variation(self, ahead: int) -> bool:
        """Whether a δ that is no symbol stands further on."""
        return self.peek(ahead).text == "δ" and not self.is_known("δ")

    def is_differential(self, ahead: int, declared: bool = False) -> bool:
        """Whether a name further on is d and another name, and no symbol that is declared itself, if that matters."""
        token = self.peek(ahead)
        text = token.text
        of_name = token.kind == "name" and len(text) > 1 and text[0] == "d" and text[1] not in "_'"
        return of_name and (declared or not self.is_known(text))

    def is_derivative(self) -> bool:
        """Whether dL/dW, or d/dW before an operand, comes next."""
        slash = self.peek(1)
        if slash.kind != "op" or slash.text != "/" or not self.is_differential(2, declared=True):
            return False
        if self.next.text == "d":
            return self.is_differential(2) and (self.peek(3).kind in ("number", "name") or self.peek(3).text in (*STARTS, "‖"))
        return self.is_differential(0)

    def derivative(self, start: int) -> Expr:
        """dL/dW or d/dW f."""
        of = self.name()[1:]
        self.need("/")
        name = self.name()[1:]
        return Gradient(name, _loss(Name(of, at=start)), at=start) if of else self.operator(name, start)

    def of_differentials(self, start: int) -> Expr | None:
        """D tr(A X)/dX; None where no such thing comes next."""
        if self.guessing or (self.peek(1).kind == "op" and self.peek(1).text not in ("(", "[")):
            return None
        before, self.guessing = self.at, True
        try:
            self.at += 1
            of = self.tight()
        except FormulaError:
            of = None
        finally:
            self.guessing = False
        if of is None or not self.is_op("/") or not self.is_differential(1):
            self.at = before
            return None
        self.at += 1
        return Gradient(self.name()[1:], _loss(of), at=start)

    def operator(self, name: str, start: int) -> Expr:
        """The derivative of the product that follows."""
        begun = self.at
        with self.nested():
            of = self.tight()
        clear = self.at == begun + 1 or self.is_one_group(begun) or self.peek(1).text in ("d", "∂", "∇", "frac")
        if self.is_op("+", "-") and not clear:
            self.fail(f"d/d{name} of the product alone, or of the sum? Write parentheses", start)
        return Gradient(name, _loss(of), at=start)

    def partial(self, start: int) -> Expr:
        """∂L/∂W, ∂(xᵀAx)/∂x, ∂/∂x f."""
        if self.is_op("^"):
            self.fail("second derivatives are not in the language")
        if self.is_op("_"):
            return self.nabla(start)
        of: Expr | None = None
        operator = self.is_op("/")
        if not operator:
            with self.nested():
                of = self.tight()
        if not self.is_op("/") or self.peek(1).text != "∂":
            self.fail(f"expected /∂ and a name, as in ∂L/∂W, got {self.shown()}")
        self.at += 2
        if self.next.kind != "name":
            self.fail(f"a gradient is taken by a name, got {self.shown()}")
        name = self.name()
        return self.operator(name, start) if operator else Gradient(name, _loss(of), at=start)

    def nabla(self, start: int) -> Expr:
        """∇_W L, ∇_W, ∇_x (xᵀAx)."""
        if not self.take("_"):
            self.fail(f"expected the name of what the gradient is by, as in ∇_W L, got {self.shown()}")
        name = self.braced_name()
        if self.next.kind == "name" and self.is_loss(self.next.text):
            self.at += 1
            self.at += self.names_in_parentheses()
            return Gradient(name, at=start)
        if not self.starts_operand():
            return Gradient(name, at=start)
        if self.next.kind == "name" and self.next.text not in FUNCTIONS and not self.peek(1).text.startswith(("^", ".", "**")):
            of = self.name()
            self.arguments_of(of)
            return Gradient(name, _loss(Name(of, at=start)), at=start)
        return self.operator(name, start)

    def grad(self, start: int) -> Expr:
        """grad(W), grad(f, W)."""
        self.need("(")
        args, options = self.arguments(")")
        if options or not args or len(args) > 2 or not isinstance(args[-1], Name):
            self.fail("grad takes a name, or a formula and a name: grad(W), grad(tr(A W), W)", start)
        return Gradient(args[-1].name, _loss(args[0]) if len(args) == 2 else None, at=start)


def _loss(of: Expr | None) -> Expr | None:
    return None if isinstance(of, Name) and of.name in LOSSES else of
