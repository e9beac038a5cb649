"""Text to tokens, whatever the spelling: Unicode, LaTeX and NumPy come out the same. What the tokens mean is the parser's."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace

from .alphabet import (
    ACCENTS,
    COMMANDS,
    FONTS,
    FUNCTIONS,
    GREEK,
    LONGER,
    OPERATORS,
    SPACES,
    SUBSCRIPTS,
    SUPERSCRIPTS,
    UNKNOWN,
    UNKNOWN_COMMANDS,
)
from .errors import FormulaError
from .identifiers import ONES, Names, Token, letter

LONGEST = 4000
VULGAR = {"½": "0.5", "¼": "0.25", "¾": "0.75"}
DIGITS = set("0123456789")
NUMBER = re.compile(r"[0-9]+(?:\.(?:[0-9]+|(?![A-Za-z_.])))?(?:[eE][+-]?[0-9]{1,2}(?![0-9A-Za-z]))?|\.[0-9]+")
TIMES_E = re.compile(r"[eE][+-]?[0-9]")  # behind a number of which it is no part
NUMPY = re.compile(r"@|\*\*|\b(?:np|numpy|jnp|torch|scipy)\.|\.(?:T|mT)\b|\.(?:sum|mean|max|dot|trace|transpose|var)\(")
UNITS = re.compile("⁻[ᵀ¹](?![⁰¹²³⁴⁵⁶⁷⁸⁹])|ᵀ|⁻?[⁰¹²³⁴⁵⁶⁷⁸⁹]+|⁻?[ⁿᵏᵐᵖ]")
ENCLOSED = re.compile(r"\s*(?:\{\s*([^{}]*?)\s*\}|(\\[A-Za-z]+|\S))")
SCRIPTS = re.compile(r"(\^(?:\{[^{}]*\}|\\top(?![A-Za-z])|[T0-9]))(_(?:\{[^{}]+\}|\w))")  # W^\top_A is W_A^\top
COMMENT = re.compile(r"(?<=\s)#.*")  # of Python
ENDING = re.compile(r"\\q?quad\s*\(\s*\d+[a-z]?\s*\)\s*$|(?<=[\w)}\]])\s*[.,;]\s*$")  # an equation's number, a full stop
WORDS = {"and": ",", "then": "⟹", **dict.fromkeys(("if", "for", "with", "where", "when"), "⟸")}
MODULES = ("np", "numpy", "jnp", "torch", "scipy")
INNER = "of matrices is X @ Y.T: write that, or np.vdot(X, Y) for the sum of products"
ANOTHER = {  # functions that are others there than by the same name here
    **{f"{module}.inner": INNER for module in MODULES},
    "scipy.softmax": "goes over all entries, and softmax(X) by row: write that",
    "scipy.logsumexp": "goes over all entries, and logsumexp(X) by row: write that",
    "torch.var": "divides by n − 1, and var(X) by n: write that",
}


def tokens(text: str) -> list[Token]:
    r"""The tokens of a text, the last of kind "end".

    Examples
    --------
    >>> [t.text for t in tokens(r"dWA = \alpha X^{\top} dY·W_{B}ᵀ")]
    ['dWA', '=', 'α', 'X', '^', '{', '⊤', '}', 'dY', '·', 'W_B', '^', '{', 'T', '}', '']
    """
    return Lexer(text).run()


def is_numpy(text: str) -> bool:
    """Whether a text is in the NumPy spelling, where `*` goes entry by entry."""
    return NUMPY.search(text) is not None


class Lexer(Names):
    """`at` is where it stands."""

    def __init__(self, text: str) -> None:
        if len(text) > LONGEST:
            raise FormulaError(f"a formula of {len(text)} characters: at most {LONGEST}", text, LONGEST)
        super().__init__(text)
        self.text = SCRIPTS.sub(lambda found: found[2] + found[1], self.text)
        self.text = COMMENT.sub(lambda found: " " * len(found[0]), self.text)
        self.text = ENDING.sub(lambda found: " " * len(found[0]), self.text)

    def run(self) -> list[Token]:
        """All tokens."""
        while self.at < len(self.text):
            self.step()
        self.emit("end", "", self.at)
        return self.found

    def step(self) -> None:
        """Read one token, or skip what is none."""
        c, start = self.text[self.at], self.at
        if c.isspace() or c in "&~$\u200b":
            self.at, self.spaced = self.at + 1, True
        elif c == "\\":
            self.command()
        elif c in SUPERSCRIPTS:
            self.superscript()
        elif found := NUMBER.match(self.text, self.at):
            self.at = found.end()
            if TIMES_E.match(self.text, self.at):
                self.fail(f"{found[0]} times e, or a power of ten? Write a space after the number", start)
            self.emit("number", found[0], start)
        elif c in ONES or c in VULGAR:
            self.at += 1
            self.emit("name" if c in ONES else "number", VULGAR.get(c, "𝟏"), start)
        elif letter(c):
            self.word()
        elif c in "'\"" and (quoted := re.compile(r"(['\"])(\w{0,8})\1").match(self.text, self.at)):
            self.at = quoted.end()
            self.emit("string", quoted[2], start)
        else:
            self.operator()

    def operator(self) -> None:
        start = self.at
        for sign in (self.text[start : start + 3], self.text[start : start + 2]):
            if LONGER.get(sign):
                self.at += len(sign)
                return self.emit("op", LONGER[sign], start)
        sign = self.text[start]
        if sign in UNKNOWN:
            self.fail(f"{sign} is not in the language: {UNKNOWN[sign]}")
        if sign in "'′":
            self.fail("a prime belongs to a name; a transpose is written Aᵀ, A^T, A.T or A^\\top")
        if sign not in OPERATORS and sign not in SUBSCRIPTS:
            self.fail(f"unexpected character {sign!r}")
        self.at += 1
        self.emit("op", OPERATORS.get(sign, "_"), start)
        if sign in SUBSCRIPTS:  # a subscript on what is no name: ‖x‖₂
            self.emit("number" if SUBSCRIPTS[sign].isdigit() else "name", SUBSCRIPTS[sign], start)
        elif sign == "^" and self.text[self.at : self.at + 1] == "T":  # x^TAx is xᵀ A x
            self.at += 1
            self.emit("name", "T", start + 1)
        elif sign == "_" and self.text[self.at : self.at + 1].isalpha():
            self.subscript_of_a_sign()

    def subscript_of_a_sign(self) -> None:
        """The name after ∇_, ‖x‖_ or 1_: of a norm one letter."""
        if self.found[-2:-1] and self.found[-2].text in "‖⟩":
            self.at += 1
            self.emit("name", self.text[self.at - 1], self.at - 1)

    def superscript(self) -> None:
        """A unit of superscript signs as `^{…}`: ᵀ, ⁻¹, ⁻ᵀ, ² are four."""
        start = self.at
        found = UNITS.match(self.text, start)
        if not found:
            self.fail(f"unexpected superscript {self.text[start]!r}")
        self.at = found.end()
        for kind, text in (("op", "^"), ("op", "{")):
            self.found.append(Token("op", text, start, self.at, self.spaced and kind == "^"))
        plain = "".join(SUPERSCRIPTS[c] for c in found[0])
        if plain.startswith("-"):
            self.emit("op", "-", start)
        body = plain.lstrip("-")
        self.emit("number" if body.isdigit() else "name", body, start)
        self.emit("op", "}", start)

    # --- LaTeX commands

    def command(self) -> None:
        start = self.at
        found = re.compile(r"\\(?:[A-Za-z]+|.)?", re.DOTALL).match(self.text, start)
        assert found
        name, self.at = found[0][1:], found.end()
        if name in SPACES or name in ",;!: >" or name == "\\":
            self.spaced = True
        elif name in UNKNOWN_COMMANDS:
            sign = UNKNOWN_COMMANDS[name]
            self.fail(f"\\{name} is not in the language: {UNKNOWN[sign]}", start)
        elif name in FONTS:
            self.font(start)
        elif name in ACCENTS:
            self.accent(name, start)
        elif name == "not" and re.compile(r"\s*=").match(self.text, self.at):
            self.at = self.text.index("=", self.at) + 1
            self.emit("op", "≠", start)
        elif name in GREEK or name == "ell":
            self.named(GREEK.get(name, "ℓ"), start)
        elif name in COMMANDS:
            self.emit("op", COMMANDS[name], start)
        elif name in "{}|%#_":
            self.at = start + 2
            self.emit("op", {"{": "(", "}": ")", "|": "‖", "_": "_"}.get(name) or self.fail(f"unexpected \\{name}", start), start)
        elif name in ("frac", "dfrac", "tfrac", "sqrt", "norm", "abs"):
            self.emit("op", {"dfrac": "frac", "tfrac": "frac"}.get(name, name), start)
            while self.text[self.at : self.at + 1] in DIGITS:  # \\frac12 takes a digit each
                self.at += 1
                self.emit("number", self.text[self.at - 1], self.at - 1)
        elif name in ("prime", "dagger"):
            self.emit("op", name, start)
        elif name in FUNCTIONS:
            base = re.compile(r"_(2|\{\s*(?:2|10)\s*\})").match(self.text, self.at) if name == "log" else None
            name, self.at = (name + base[1].strip("{ }"), base.end()) if base else (name, self.at)
            prime = re.compile(r"'|\^\s*(?:\\prime\b|\{\s*\\prime\s*\})").match(self.text, self.at)
            self.at = prime.end() if prime else self.at
            self.emit("name", name + "'" * bool(prime), start)
        else:
            self.fail(f"unknown command \\{name}", start)

    def font(self, start: int) -> None:
        """What a font command encloses: a name, 1 or 0; else the braces are a group like any other."""
        found = ENCLOSED.match(self.text, self.at)
        if not found:
            return
        inner, before = (found[1] if found[1] is not None else found[2]), self.at
        self.at = found.end()
        if inner == "1":
            self.emit("name", "𝟏", start)
        elif (word := inner.strip(" .,")) in WORDS:
            self.emit("op", WORDS[word], start)
        elif inner == "d":
            self.differential(start)
        elif name := enclosed(inner):
            self.named(name, start)
        else:
            self.at = before

    def differential(self, start: int) -> None:
        r"""The name that follows d at once, one with it: dW, d\gamma, d\hat{X}, d\mathbf{W}; else d alone."""
        found = re.compile(r"\\([A-Za-z]+)").match(self.text, self.at)
        inner = ENCLOSED.match(self.text, found.end()) if found and found[1] in FONTS else None
        name = "" if inner is None else enclosed(inner[1] or inner[2] or "")
        if inner and name:
            self.at = inner.end()
            self.named("d" + name, start)
        elif found and found[1] in GREEK:
            self.at = found.end()
            self.named("d" + GREEK[found[1]], start)
        elif found and found[1] in ACCENTS:
            self.at = found.end()
            self.accent(found[1], start, "d")
        else:
            self.named("d" + (self.base() if letter(self.text[self.at : self.at + 1]) else ""), start)

    def accent(self, name: str, start: int, before: str = "") -> None:
        r"""A name under an accent: \hat{y}, \bar{W_A}."""
        found = re.compile(r"\s*\{\s*").match(self.text, self.at)
        self.at = found.end() if found else re.compile(r"\s*").match(self.text, self.at).end()  # type: ignore[union-attr]
        if re.compile(rf"\\(?:{'|'.join(ACCENTS)})\b").match(self.text, self.at):
            self.fail("an accent over an accent")
        inner = self.inside()
        if found:
            closing = re.compile(r"\s*\}").match(self.text, self.at)
            self.at = closing.end() if closing else self.fail(f"\\{name} goes over one name")
        base, rest = inner[0], inner[1:]
        self.named(unicodedata.normalize("NFC", before + base + ACCENTS[name]) + rest, start)

    def inside(self) -> str:
        """A name where one must stand."""
        sub = Lexer("")
        sub.text, sub.original, sub.at = self.text, self.original, self.at
        if sub.at < len(sub.text):
            sub.step()
        if len(sub.found) != 1 or sub.found[0].kind != "name":
            self.fail("expected a name")
        self.at = sub.at
        return sub.found[0].text

    # --- names

    def word(self) -> None:
        start = self.at
        base = self.base()
        if base in MODULES and self.text[self.at : self.at + 1] == ".":
            found = re.compile(r"\.(?:linalg\.|special\.|nn\.functional\.)?(?=(\w*))").match(self.text, self.at)
            assert found
            self.at = found.end()
            if found[1] not in FUNCTIONS and found[1] != "pi":
                self.fail(f"{base}{found[0]}{found[1]} is not in the language", start)
            if told := ANOTHER.get(f"{base}.{found[1]}"):
                self.fail(f"{base}{found[0]}{found[1]} {told}", start)
            if found[1] in ("max", "min"):  # whose second argument is an axis
                self.at += len(found[1])
                self.emit("name", f"a{found[1]}", start)
        elif base == "and" and self.spaced:
            self.emit("op", ",", start)
        elif base == "d":
            self.differential(start)
        else:
            self.named(base, start)


def enclosed(inner: str) -> str:
    """The name that a font command encloses, "" if it is something else."""
    if re.fullmatch(r"[^\W\d_]\w*", inner) and all(map(letter, inner.strip("_0123456789")[:1])):
        return inner.replace("_", "")
    return GREEK.get(inner[1:], "") if inner[:1] == "\\" else ""


def split(token: Token, pieces: list[str]) -> list[Token]:
    """One token as several, the pieces of its text."""
    cut, at = [], token.at
    for k, piece in enumerate(pieces):
        end = token.end if k == len(pieces) - 1 else min(at + len(piece), token.end)
        cut.append(replace(token, text=piece, at=at, end=end, spaced=token.spaced and k == 0))
        at = end
    return cut
