"""The atoms of the grammar: numbers, names, calls, groups, norms and gradients. The grammar stands in `parser`."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

from .alphabet import ENTRYWISE, FUNCTIONS, LOSSES, REDUCTIONS
from .cursor import DEEPEST
from .derivatives import Derivatives
from .tree import Binary, Call, Expr, Gradient, Inverse, Name, Negative, Number, Ones, Power, Transpose

OPENING = {"(": ")", "[": "]", "{": "}"}
NORMS = {"F": "normF", "2": "norm2", "1": "norm1", "∞": "norminf"}
LONGEST_NUMBER = 24
LETTERS = {"f", "g", "h", "φ", "ψ", "Φ", "Ψ"}  # that stand for functions before parentheses
UNSAID = {*LOSSES, "J", "H", "E", "P", "F", "N", "LN", "BN", "KL", "CE"}  # that do unless they are declared
AS_BINARY = {"multiply": "hadamard", "divide": "over", "add": "+", "subtract": "-", "kron": "kronecker", "dot": "product"}


def is_word(text: str) -> bool:
    """Whether a name is spelled as a function's before parentheses: Softmax, layer_norm, log2, but not WA or dYA."""
    base = text.partition("_")[0].rstrip("0123456789'")
    if base in FUNCTIONS:
        return True
    return len(base) > 2 and base.isalpha() and not base.isupper() and not (base[0] == "d" and base[1:].isupper())


class Atoms(Derivatives):
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
        return x

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

    # --- names and calls

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
        asked = text.partition("_")[0] in LETTERS or (not self.is_known(text) and text in UNSAID)
        if asked and opens and not after.spaced and not self.is_function(text) and not self.is_inside(text):
            self.fail(f"{text} of something, or times it? Define {text}(x) := …, or write {text}·(…)", start)
        self.arguments_of(text)
        return Name(text, at=start)

    def is_euler(self) -> bool:
        """Whether e is taken for the base of exp somewhere in the text: e^x, log(e)."""
        texts = [token.text for token in self.tokens]
        powers = any(a == "e" and b in ("^", "**") for a, b in pairwise(texts))
        return powers or any(a in ("log", "ln") and "e" in (b, c) for a, b, c in zip(texts, texts[1:], texts[2:], strict=False))

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
        import difflib

        close = difflib.get_close_matches(text, FUNCTIONS, 1)
        return f", did you mean {close[0]}?" if close else ""

    def call(self, function: str, start: int) -> Expr:
        """A function and its arguments; without parentheses the next factor."""
        if function == "grad":
            return self.grad(start)
        if self.is_op("^"):
            self.fail("write the power after the argument: (log x)^2")
        opening = self.take("(", "[")
        if not opening:
            if not self.starts_operand() or function in ("eye", "ones"):
                self.fail(f"expected ( after {function}, got {self.shown()}")
            self.depth += 1
            if self.depth > DEEPEST:
                self.fail(f"nested more than {DEEPEST} deep")
            x = self.prefix()
            self.depth -= 1
            return self.made(function, [x], {}, start)
        args, options = self.arguments(OPENING[opening])
        return self.made(function, args, options, start)

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
            return Binary(AS_BINARY[function], args[0], args[1], at=start)  # type: ignore[arg-type]
        if function == "power" and len(args) == 2:
            return Power(args[0], args[1], at=start)
        if len(args) == 1 and function in ("inv", "reciprocal", "transpose", "negative"):
            if function == "transpose":
                return Transpose(args[0], at=start)
            return Negative(args[0], at=start) if function == "negative" else Inverse(args[0], at=start)
        if function in REDUCTIONS and ((len(args) == 2 and function != "max") or "axis" in options):
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
