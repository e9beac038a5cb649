"""How names are read: letters, accents, subscripts and primes to one form, whatever the spelling."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal, NoReturn

from .alphabet import ACCENTS, FONTS, GREEK, SAME, SUBSCRIPTS, SUPERSCRIPTS
from .errors import FormulaError

SUBSCRIPT = re.compile(r"_(?:([0-9]+|[^\W_]+)|\{([^{}]*(?:\{[^{}]*\})?[^{}]*)\}|(\\[A-Za-z]+)(\{\w+\})?)")
GRADIENT = re.compile(r"d(?:L|loss|J)_?d(.+)|grad_([^\W\d_a-z].*|[a-z](?:_.*)?)")  # dL_dW, dLdW and grad_W are dW
ONES = {"𝟏", "𝟙"}
ENDINGS = {"hat", "bar", "tilde", "dot"}
Kind = Literal["number", "name", "string", "op", "end"]


@dataclass(frozen=True)
class Token:
    """One token. at, end: columns from 0; spaced: whether a space stands before it."""

    kind: Kind
    text: str
    at: int
    end: int
    spaced: bool = False


class Names:
    """A text, read from `at` on; what else but names stands in it is the lexer's."""

    def __init__(self, text: str) -> None:
        self.text = "".join(map(plain, text))
        self.original, self.at, self.found, self.spaced = text, 0, list[Token](), False

    def fail(self, message: str, at: int | None = None) -> NoReturn:
        """Point at the place where it stands, or at another."""
        raise FormulaError(message, self.original, (self.at if at is None else at) + 1)

    def emit(self, kind: Kind, text: str, start: int) -> None:
        """Add a token that ends here."""
        self.found.append(Token(kind, text, start, self.at, self.spaced))
        self.spaced = False

    def base(self) -> str:
        """The letters and digits of a name; a Greek letter is a name of its own, but for dα and ΔW."""
        found = re.compile(r"[^\W\d_](?:[^\W_]|[\u0300-\u036f])*").match(self.text, self.at)
        run = found[0] if found else self.text[self.at]
        run = re.split(f"[{''.join(SUPERSCRIPTS)}{''.join(SUBSCRIPTS)}]", run)[0]
        cut = next((k for k, c in enumerate(run) if k and _greek(c) and run[:k] not in ("d", "Δ")), len(run))
        if _greek(run[0]) and run[0] != "Δ":
            found = re.compile(r"[^\W\d_][0-9\u0300-\u036f]*").match(run)
            cut = found.end() if found else 1
        run = run[:cut]
        self.at += len(run)
        return run

    def named(self, base: str, start: int) -> None:
        """Read subscripts and primes, and emit the name in its one form."""
        name = _greek_words(unicodedata.normalize("NFC", base))
        if name == "Δ" and (found := re.compile(r"\s*(?=[A-Za-z])").match(self.text, self.at)):
            self.at = found.end()
            name += self.base()
        subscripts, primes = [], ""
        while self.at < len(self.text):
            c = self.text[self.at]
            if c in "'′" and not re.compile(r"'\w{0,8}'").match(self.text, self.at):
                self.at, primes = self.at + 1, primes + "'"
            elif found := re.compile(r"\^\s*(?:\\prime\b|\{\s*\\prime\s*\})").match(self.text, self.at):
                self.at, primes = found.end(), primes + "'"
            elif c in SUBSCRIPTS:
                found = re.compile(f"[{''.join(SUBSCRIPTS)}]+").match(self.text, self.at)
                assert found
                self.at = found.end()
                subscripts.append("".join(SUBSCRIPTS[s] for s in found[0]))
            elif c == "_" and (subscript := self.subscript()):
                subscripts.append(subscript)
            else:
                break
        if found := GRADIENT.fullmatch("_".join([name, *subscripts])):
            name, *subscripts = f"d{found[1] or found[2]}".split("_")
        if subscripts and subscripts[0] in ENDINGS and len(name.removeprefix("d")) == 1:
            name = unicodedata.normalize("NFC", name + ACCENTS[subscripts.pop(0)])
        self.emit("name", "_".join([name, *subscripts]) + primes, start)

    def subscript(self) -> str:
        """The subscript after `_`, "" where none belongs to a name."""
        found = SUBSCRIPT.match(self.text, self.at)
        if not found:
            return ""
        inner = found[1] or found[2] or (found[3] or "") + (found[4] or "")
        if found[1] and (stop := re.search(f"[{''.join(SUPERSCRIPTS)}{''.join(SUBSCRIPTS)}]", found[1])):
            inner = inner[: stop.start()]
            end = found.start(1) + stop.start()
        else:
            end = found.end()
        inner = re.sub(rf"\\(?:{'|'.join(FONTS)})\s*\{{(\w+)\}}", r"\1", inner)
        inner = re.sub(r"\\([A-Za-z]+)", lambda m: GREEK.get(m[1], m[0]), inner)
        inner = re.sub(r"[\s,]|\\,", "", inner)
        if not re.fullmatch(r"\w+", inner):
            self.fail(f"a subscript of letters and digits, not {inner!r}")
        self.at = end
        return _greek_words(inner)


def plain(c: str) -> str:
    """Bold and script letters as plain ones, variants of Greek letters as one; every character stays one."""
    if "\U0001d400" <= c <= "\U0001d7ff" and c not in ONES:
        c = unicodedata.normalize("NFKC", c)
    return SAME.get(c, c)


def letter(c: str) -> bool:
    return c.isalpha() and c not in SUPERSCRIPTS and c not in SUBSCRIPTS


def _greek(c: str) -> bool:
    return "Ͱ" <= c <= "Ͽ"


def _greek_words(name: str) -> str:
    """`alpha` as α, `dgamma` as dγ, `beta1` as β1."""
    found = re.fullmatch(r"(d?)([A-Za-z]+?)([0-9]*)", name)
    if not found:
        return name
    if found[1] + found[2] in GREEK:
        return GREEK[found[1] + found[2]] + found[3]
    return found[1] + GREEK[found[2]] + found[3] if found[2] in GREEK else name
