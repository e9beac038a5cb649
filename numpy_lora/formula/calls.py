"""Names, and calls of functions: what a word in a formula is, and what stands in its parentheses."""

from __future__ import annotations

import difflib
from fractions import Fraction

from .alphabet import ENTRYWISE, FUNCTIONS, LOSSES, REDUCTIONS
from .derivatives import Derivatives
from .tree import Binary, Call, Expr, Gradient, Inverse, Name, Negative, Number, Ones, Power, Transpose

OPENING = {"(": ")", "[": "]", "{": "}"}
LETTERS = {"f", "g", "h", "φ", "ψ", "Φ", "Ψ"}  # that stand for functions before parentheses
UNSAID = {*LOSSES, "J", "H", "E", "P", "F", "N", "LN", "BN", "KL", "CE"}  # that do unless they are declared
AS_BINARY = {"multiply": "hadamard", "divide": "over", "add": "+", "subtract": "-", "kron": "kronecker", "dot": "product"}


def is_word(text: str) -> bool:
    """Whether a name is spelled as a function's before parentheses: Softmax, layer_norm, log2, but not WA or dYA."""
    base = text.partition("_")[0].rstrip("0123456789'")
    if base in FUNCTIONS:
        return True
    return len(base) > 2 and base.isalpha() and not base.isupper() and not (base[0] == "d" and base[1:].isupper())


class Calls(Derivatives):
    """Words, and the arguments that they take."""

    def word(self) -> Expr:
        """A name, a call, or what a name begins."""
        start, text = self.column(), self.next.text
        after = self.peek(1)
        opens = after.kind == "op" and after.text in ("(", "[")
        if (text == "d" or not self.is_known(text)) and self.is_derivative():
            return self.derivative(start)
        if not self.is_known(text):
            if text == "d" and (found := self.of_differentials(start)):
                return found
            if text == "σ" and opens and not after.spaced:
                self.at += 1
                return self.call("sigmoid", start)
            if text == "e" and after.kind == "op" and after.text in ("^", "**") and not self.is_transpose(2):
                self.at += 2
                k = self.exponent_value()
                self.no_tower()
                return Call("exp", (k,), at=start)
            if text == "e" and self.is_euler():
                self.at += 1
                return Call("exp", (Number(Fraction(1), at=start),), at=start)
            if text in FUNCTIONS:
                self.at += 1
                return self.call(FUNCTIONS[text], start)
            if text.endswith("'") and opens and not after.spaced and (text[:-1] in FUNCTIONS or text == "σ'"):
                return self.slope(FUNCTIONS.get(text[:-1], "sigmoid"), start)
            if text.endswith("'") and self.is_function(text[:-1]):
                return self.slope_of_defined(text[:-1], start)
            if text == "𝟏":
                self.at += 1
                return Ones(self.braced_name() if self.take("_") else None, at=start)
            if opens and not after.spaced and is_word(text):
                self.fail(f"unknown function {text}{self.nearest(text)}")
        self.at += 1
        if self.is_loss(text):
            self.at += self.names_in_parentheses()
            return Name(text, at=start)
        asked = text.partition("_")[0] in LETTERS or (not self.is_known(text) and text in UNSAID)
        if asked and opens and not after.spaced and not self.is_function(text) and not self.is_inside(text):
            self.fail(f"{text} of something, or times it? Define {text}(x) := …, or write {text}·(…)", start)
        self.arguments_of(text)
        return Name(text, at=start)

    def is_euler(self) -> bool:
        """Whether e is taken for the base of exp somewhere in the text: e^x, log(e)."""
        texts = [token.text for token in self.tokens if token.text != "{"]
        three = list(zip(texts, texts[1:], texts[2:], strict=False))
        logarithm = any(a in ("log", "ln") and "e" in (b, c) for a, b, c in three)
        powers = {c for a, b, c in three if a == "e" and b in ("^", "**")}
        return logarithm or bool(powers and not powers & {"T", "⊤"})

    def is_inside(self, name: str) -> bool:
        """Whether a name stands in the parentheses that come next, as in f(1 − f), which is a product."""
        depth = 0
        for token in self.tokens[self.at :]:
            depth += (token.text in OPENING) - (token.text in OPENING.values())
            if token.text == name or depth <= 0:
                return depth > 0
        return False

    def slope(self, function: str, start: int) -> Expr:
        """tanh'(Z), entry by entry: the gradient of the sum of tanh(Z)."""
        shown = self.name()
        closing = OPENING[self.take("(", "[")]
        args, _ = self.arguments(closing)
        if function not in ENTRYWISE:
            self.fail(f"{shown}: {function} is no function of each entry; write its derivative as ∂…/∂…", start)
        (x,) = args if len(args) == 1 else (None,)
        if not isinstance(x, Name):
            self.fail(f"{shown} takes a name: define Z := … and write {shown}(Z)", start)
        return Gradient(x.name, Call("sum", (Call(function, (x,), at=start),), at=start), at=start)

    def slope_of_defined(self, function: str, start: int) -> Expr:
        """f'(x) of a function f(x) := …"""
        self.at += 1
        of = self.arguments_of(function)
        if not of or "," in of:
            self.fail(f"write {function}'(…) with the argument that {function} was defined for", start)
        return Gradient(of, Name(function, at=start), at=start)

    def nearest(self, text: str) -> str:
        """A suggestion for a misspelt function."""
        close = difflib.get_close_matches(text, FUNCTIONS, 1)
        return f", did you mean {close[0]}?" if close else ""

    def call(self, function: str, start: int) -> Expr:
        """A function and its arguments; without parentheses the next factor."""
        if function == "grad":
            return self.grad(start)
        if self.is_op("^"):
            return self.powered(function, start)
        opening = self.take("(", "[")
        if not opening:
            if not self.starts_operand() or function in ("eye", "ones"):
                self.fail(f"expected ( after {function}, got {self.shown()}")
            with self.deeper():
                return self.made(function, [self.prefix()], {}, start)
        args, options = self.arguments(OPENING[opening])
        return self.made(function, args, options, start)

    def powered(self, function: str, start: int) -> Expr:
        """sin^2 x is (sin x)^2: of whole powers alone, as sin^-1 is another function."""
        self.at += 1
        k = self.exponent_value()
        if not isinstance(k, Number) or k.value.denominator != 1 or k.value < 1 or function not in ENTRYWISE or self.is_op("^"):
            self.fail(f"write the power after the argument: ({function} x)^2", start)
        return Power(self.call(function, start), k, at=start)

    def arguments(self, closing: str) -> tuple[list[Expr], dict[str, Expr | str]]:
        """What stands in the parentheses of a call, by place and by name."""
        args: list[Expr] = []
        options: dict[str, Expr | str] = {}
        with self.nested():
            while not self.is_op(closing):
                if self.next.kind == "name" and self.next.text in ("axis", "keepdims", "ord") and self.peek(1).text == "=":
                    option = self.name()
                    self.need("=")
                    options[option] = self.option()
                elif self.next.kind == "string":
                    options["ord"] = self.option()
                else:
                    args.append(self.expr())
                if not self.take(","):
                    break
        self.need(closing)
        return args, options

    def option(self) -> Expr | str:
        """A value given by name: True, False, "fro", or a number."""
        if self.next.kind == "string" or self.next.text in ("True", "False"):
            self.at += 1
            return self.tokens[self.at - 1].text
        return self.expr()

    def made(self, function: str, args: list[Expr], options: dict[str, Expr | str], start: int) -> Expr:
        """The node of a call; NumPy's reductions along an axis become rowsum, colsum and their like."""
        if function in AS_BINARY and len(args) == 2:
            return Binary(AS_BINARY[function], args[0], args[1], function, at=start)  # type: ignore[arg-type]
        if function == "power" and len(args) == 2:
            return Power(args[0], args[1], at=start)
        if len(args) == 1 and function in ("inv", "reciprocal", "transpose", "negative"):
            if function == "transpose":
                return Transpose(args[0], at=start)
            return Negative(args[0], at=start) if function == "negative" else Inverse(args[0], at=start)
        by_axis = function in ("amax", "amin")  # NumPy's own, where max(x, y) is of two
        function = function[1:] if by_axis else function
        if function in REDUCTIONS and ((len(args) == 2 and (function not in ("max", "min") or by_axis)) or "axis" in options):
            axis = options.pop("axis", None) or args.pop()
            keeps = options.pop("keepdims", "False") == "True"
            which = self.axis(axis, start)
            if keeps:
                return Call(REDUCTIONS[function][1 - which], tuple(args), at=start)
            return Call(function, tuple(args), which, at=start)
        if function == "norm" and options.get("ord") in ("fro", "F"):
            options, function = {}, "normF"
        if options:
            self.fail(f"{function}({min(options)}=) is not in the language", start)
        return Call(function, tuple(args), at=start)

    def axis(self, x: Expr | str, start: int) -> int:
        """0 or 1."""
        match x:
            case Number(value=value) if value in (0, 1):
                return int(value)
            case Negative(x=Number(value=value)) if value in (1, 2):
                return 2 - int(value)
        return self.fail("axis is 0, 1, -1 or -2", start)
