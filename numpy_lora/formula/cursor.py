"""Where a parser stands among its tokens: what comes next, what must come, and what is said where it does not."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import NoReturn

from .alphabet import LOSSES
from .errors import FormulaError
from .identifiers import Token
from .lexer import is_numpy, tokens
from .tree import Expr
from .words import introduced, key, separated

DEEPEST = 40
STARTS = {"(", "[", "{", "⟨", "√", "∂", "∇", "frac", "sqrt", "norm", "abs"}


class Cursor:
    """Tokens and a place among them; the parser's two halves stand on it.

    Attributes
    ----------
    numpy : whether the text is in the NumPy spelling.
    bars : for each open parenthesis, the signs | and ‖ that are open in it.
    """

    def __init__(self, text: str, known: Collection[str] = (), free: bool = False, letters: Collection[str] = ()) -> None:
        self.text, self.at, self.depth = text, 0, 0
        self.known = {key(name) for name in known}
        self.tokens = separated(tokens(text), known, free, letters)
        self.known |= {key(name) for name in introduced(self.tokens)}
        self.numpy = is_numpy(text)
        self.guessing = False
        self.bars: list[list[str]] = [[]]

    @property
    def next(self) -> Token:
        """The token that comes next."""
        return self.tokens[self.at]

    def peek(self, ahead: int) -> Token:
        """A token further on, the end where there is none."""
        return self.tokens[min(self.at + ahead, len(self.tokens) - 1)]

    def column(self) -> int:
        """Of the next token, from 1."""
        return self.next.at + 1

    def is_op(self, *signs: str) -> bool:
        """Whether one of these signs comes next."""
        return self.next.kind == "op" and self.next.text in signs

    def take(self, *signs: str) -> str:
        """The sign that comes next, if it is one of these; else ""."""
        if not self.is_op(*signs):
            return ""
        self.at += 1
        return self.tokens[self.at - 1].text

    def need(self, sign: str) -> None:
        """A sign that must come next."""
        if not self.take(sign):
            self.fail(f'expected "{sign}", got {self.shown()}')

    def closes(self) -> bool:
        """Whether | or ‖ comes next and closes one that is open; `||` may be two of |."""
        token, open_bars = self.next, self.bars[-1]
        if token.text == "‖" and token.end - token.at == 2 and open_bars[-1:] == ["|"]:
            half = token.at + 1
            self.tokens[self.at : self.at + 1] = [replace(token, text="|", end=half), replace(token, text="|", at=half)]
            return True
        return token.text in open_bars

    def starts_operand(self) -> bool:
        """Whether a factor comes next."""
        token = self.next
        if token.kind in ("number", "name"):
            return True
        if token.kind == "op" and token.text in ("|", "‖"):
            return not self.closes()
        return token.kind == "op" and token.text in STARTS

    def is_one_group(self, start: int) -> bool:
        """Whether the tokens from a place up to here are one pair of parentheses."""
        depth = 0
        for k in range(start, self.at):
            text = self.tokens[k].text if self.tokens[k].kind == "op" else ""
            depth += (text in "([{" and text != "") - (text in ")]}" and text != "")
            if depth == 0:
                return k == self.at - 1
        return False

    def name(self, what: str = "a name") -> str:
        """A name that must come next."""
        if self.next.kind != "name":
            self.fail(f"expected {what}, got {self.shown()}")
        self.at += 1
        return self.tokens[self.at - 1].text

    def is_known(self, name: str) -> bool:
        """Whether a name is declared or defined."""
        return key(name) in self.known

    def is_defined(self, name: str) -> bool:
        """Whether a name was defined without arguments: y := …"""
        return f"{key(name)}()" in self.known

    def is_loss(self, name: str) -> bool:
        """Whether a name is the loss: L(w) is L."""
        return name in LOSSES and (self.is_defined(name) or not self.is_known(name))

    def is_function(self, name: str) -> bool:
        """Whether a name was defined with arguments: f(x) := …"""
        return any(other.startswith(f"{key(name)}(") and other[-2:] != "()" for other in self.known)

    def names_in_parentheses(self) -> int:
        """How many tokens (x, y) takes, of names alone and at once after what it follows; 0 where no such thing comes next."""
        if not self.is_op("(") or self.next.spaced:
            return 0
        ahead = 1
        while self.peek(ahead).kind == "name" and self.peek(ahead + 1).text == ",":
            ahead += 2
        return ahead + 2 if self.peek(ahead).kind == "name" and self.peek(ahead + 1).text == ")" else 0

    def arguments_of(self, name: str) -> str:
        """Skip the arguments that a definition was given, as text: f(x) is f; of one that has none they are asked about."""
        if self.is_defined(name) and not self.is_function(name) and self.names_in_parentheses():
            self.fail(f"{name} of something, or times it? {name} is defined: write {name} alone, or {name}·(…)")
        if not self.is_function(name) or not self.is_op("("):
            return ""
        ahead = 1
        while self.peek(ahead).kind == "name" and self.peek(ahead + 1).text == ",":
            ahead += 2
        arguments = "".join(self.peek(k).text for k in range(ahead + 2))
        if key(name + arguments) not in self.known:
            own = ", ".join(other.replace(",", ", ") for other in sorted(self.known) if other.startswith(f"{key(name)}("))
            self.fail(f"defined is {own} alone: define another, or substitute by hand")
        self.at += ahead + 2
        return arguments[1:-1]

    def shown(self) -> str:
        """What comes next, for a message."""
        return "the end" if self.next.kind == "end" else f'"{self.next.text}"'

    def fail(self, message: str, column: int | None = None) -> NoReturn:
        """Point at the next token, or at a column."""
        raise FormulaError(message, self.text, self.column() if column is None else column)

    @contextlib.contextmanager
    def deeper(self) -> Iterator[None]:
        """One level further in."""
        if self.depth == DEEPEST:
            self.fail(f"nested more than {DEEPEST} deep")
        self.depth += 1
        try:
            yield
        finally:
            self.depth -= 1

    @contextlib.contextmanager
    def nested(self) -> Iterator[None]:
        """One level further in, with bars of its own."""
        with self.deeper():
            self.bars.append([])
            try:
                yield
            finally:
                self.bars.pop()

    # --- the levels of the grammar, for those below that come back to them

    def expr(self) -> Expr:
        """Sums."""
        raise NotImplementedError

    def tight(self) -> Expr:
        """Products of adjacent factors."""
        raise NotImplementedError

    def prefix(self) -> Expr:
        """One factor."""
        raise NotImplementedError

    def no_tower(self) -> None:
        """Refuse a power of a power."""
        raise NotImplementedError

    def argument(self) -> Expr:
        """What a LaTeX command goes over."""
        raise NotImplementedError

    def braced_name(self) -> str:
        """A name, in braces or not."""
        raise NotImplementedError

    def arguments(self, closing: str) -> tuple[list[Expr], dict[str, Expr | str]]:
        """What stands in the parentheses of a call."""
        raise NotImplementedError

    def is_transpose(self, ahead: int) -> bool:
        """Whether a transpose stands as an exponent."""
        raise NotImplementedError

    def exponent_value(self) -> Expr:
        """What stands after ^."""
        raise NotImplementedError
