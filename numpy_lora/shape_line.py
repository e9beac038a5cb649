r"""Shape lines: `X[...,d] W[d,k] n_heads=2 -> Y[...,k]` and `A: (n, n) symmetric`. Text is parsed, never executed.

    line  = { item [","] } [ "->" { item [","] } ]
    item  = path "[" [dims] "]" { mark }          a function's argument
          | path ":" "(" [dims] ")" { mark }      a symbol
          | path "=" literal                      a constant, read by ast.literal_eval
    path  = name { "." name }                     a leaf of a tree: params.q.W
    dims  = dim { "," dim }
    dim   = "..." | factor { "*" factor }         `...`: any leading axes, the same all along the line
    factor = name | integer
    mark  = "?" | [":"] word                      "?" optional; the colon may go in the second spelling
    word  = "int" [ "<" dim ] | "bool" | "positive" | "symmetric"

What the lines mean for concrete arrays is in `shapes`.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, replace
from typing import Literal, NoReturn

Dim = tuple["str | int", ...]
"""The factors of one dimension: ("h", "dh"), (3,), or ELLIPSIS."""

ELLIPSIS: Dim = ("...",)
MARKS = ("int", "bool", "positive", "symmetric")


def written(dim: Dim | None) -> str:
    """A dimension as a shape line has it: "h*dh"."""
    return "*".join(map(str, dim or ()))


class ShapeLineError(ValueError):
    """A shape line that cannot be read; `column` counts from 1."""

    def __init__(self, message: str, line: str, column: int) -> None:
        shown = line if len(line) <= 200 else line[:200] + "…"
        super().__init__(f"{shown!r}, column {column}: {message}")
        self.line, self.column = line, column


@dataclass(frozen=True)
class Spec:
    """An array of a shape line: its path, its dimensions and its marks.

    Attributes
    ----------
    path : ("params", "q", "W"), or one name.
    dims : a tuple of factors for each axis.
    kind : what the entries are.
    bound : of integers, the k of `:int<k`.
    positive, symmetric, optional : the other marks.
    """

    path: tuple[str, ...]
    dims: tuple[Dim, ...]
    kind: Literal["float", "int", "bool"] = "float"
    bound: Dim | None = None
    positive: bool = False
    symmetric: bool = False
    optional: bool = False

    @property
    def name(self) -> str:
        """The path as it is written: "params.q.W"."""
        return ".".join(self.path)

    def __str__(self) -> str:
        """The argument in the first spelling."""
        marks = "?" if self.optional else ""
        if self.kind != "float":
            marks += f":{self.kind}" + (f"<{written(self.bound)}" if self.bound else "")
        marks += ":positive" * self.positive + ":symmetric" * self.symmetric
        return f"{self.name}[{','.join(map(written, self.dims))}]{marks}"


@dataclass(frozen=True)
class Constant:
    """A constant of a shape line: `n_heads=2`, `params.q.scale=0.5`."""

    path: tuple[str, ...]
    value: object

    @property
    def name(self) -> str:
        """The path as it is written."""
        return ".".join(self.path)

    def __str__(self) -> str:
        """The constant as it is written."""
        return f"{self.name}={self.value!r}"


@dataclass(frozen=True)
class ShapeLine:
    """A shape line as data: what goes in, in order, and what comes out."""

    inputs: tuple[Spec | Constant, ...]
    outputs: tuple[Spec, ...] = ()

    @property
    def arrays(self) -> tuple[Spec, ...]:
        """The inputs that are arrays."""
        return tuple(item for item in self.inputs if isinstance(item, Spec))

    @property
    def roots(self) -> tuple[str, ...]:
        """The arguments: the first names of the paths, each once, in order."""
        return tuple(dict.fromkeys(item.path[0] for item in self.inputs))

    @property
    def fixed(self) -> dict[str, int]:
        """Dimensions that a constant of the same name gives: `n_heads=2`."""
        items = (item for item in self.inputs if isinstance(item, Constant))
        return {item.name: item.value for item in items if type(item.value) is int}

    @property
    def dimensions(self) -> tuple[str, ...]:
        """The names that need a size, in order, `...` included, those of `fixed` left out."""
        factors = [factor for spec in self.arrays for dim in (*spec.dims, spec.bound or ()) for factor in dim]
        return tuple(dict.fromkeys(f for f in factors if isinstance(f, str) and f not in self.fixed))

    def __str__(self) -> str:
        """The line in the first spelling; parsing it gives the same line again."""
        arrow = f" -> {' '.join(map(str, self.outputs))}" if self.outputs else ""
        return " ".join(map(str, self.inputs)) + arrow


def parse(text: str) -> ShapeLine:
    """A shape line, in either spelling, as data.

    Raises
    ------
    ShapeLineError : it cannot be read; the message names the column.

    Examples
    --------
    >>> line = parse("X[...,d] W[d,h*dh] ids[n]?:int<k n_heads=2 -> Y[...,h*dh]")
    >>> line.arrays[1].dims, line.arrays[2].optional, line.dimensions
    ((('d',), ('h', 'dh')), True, ('...', 'd', 'h', 'dh', 'n', 'k'))
    >>> str(parse("A: (n, n) symmetric, b: (n)"))
    'A[n,n]:symmetric b[n]'
    >>> parse("X[n,d W[d]")
    Traceback (most recent call last):
    numpy_lora.shape_line.ShapeLineError: 'X[n,d W[d]', column 7: expected "," or "]", got "W"
    """
    return _Parser(text).line()


class _Parser:
    """Recursive descent over the text itself; `at` is where it stands."""

    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0

    def line(self) -> ShapeLine:
        inputs: list[Spec | Constant] = []
        while not self.done() and not self.take(r"->|→"):
            inputs.append(self.item(inputs))
        outputs: list[Spec] = []
        while not self.done():
            start, item = self.at, self.item(())
            if isinstance(item, Constant):
                self.fail("a result cannot be a constant", start)
            outputs.append(item)
        return ShapeLine(tuple(inputs), tuple(outputs))

    def item(self, before: list[Spec | Constant] | tuple[()]) -> Spec | Constant:
        start = self.at
        path = tuple(self.path())
        for other in before:
            if path[: len(other.path)] == other.path or other.path[: len(path)] == path:
                self.fail(f"{'.'.join(path)} and {other.name} cannot both be given", start)
        if self.take("="):
            item: Spec | Constant = Constant(path, self.literal())
        elif self.take(r"\["):
            item = self.marked(Spec(path, self.dims("]")), start, declared=False)
        elif self.take(r":\s*\("):
            item = self.marked(Spec(path, self.dims(")")), start, declared=True)
        else:
            self.fail(f'expected "[", ": (" or "=" after {".".join(path)}, got {self.next()}')
        self.take(",")
        return item

    def path(self) -> list[str]:
        names = [self.need(r"[^\W\d]\w*", "a name")]
        while self.take(r"\.(?!\.)"):
            names.append(self.need(r"\w+", "a name or a position"))
        return names

    def dims(self, closing: str) -> tuple[Dim, ...]:
        dims: list[Dim] = []
        if self.take(re.escape(closing)):
            return ()
        while True:
            if self.take(r"\.\.\.|…"):
                if ELLIPSIS in dims:
                    self.fail("a second ... in one shape", self.at - 1)
                dims.append(ELLIPSIS)
            else:
                dims.append(self.dim())
            if not self.take(","):
                break
            if self.take(re.escape(closing)):  # a trailing comma, as in (n,)
                return tuple(dims)
        self.need(re.escape(closing), f'"," or "{closing}"')
        return tuple(dims)

    def dim(self) -> Dim:
        factors: list[str | int] = []
        while True:
            word = self.need(r"[^\W\d]\w*|[0-9]{1,9}(?!\w)", "a dimension (a name, an integer, a product h*dh or ...)")
            factors.append(int(word) if word.isdecimal() else word)
            if not self.take(r"[*·]"):
                return tuple(factors)

    def marked(self, spec: Spec, start: int, declared: bool) -> Spec:
        bare = rf"(?:{'|'.join(MARKS)})(?!\w|\s*[:\[.=(])"
        while True:
            if self.take(r"\?"):
                spec = replace(spec, optional=True)
            elif self.take(":"):
                spec = self.mark(spec, self.need(r"\w+", f"one of {', '.join(MARKS)}"))
            elif declared and (word := self.take(bare)):
                spec = self.mark(spec, word)
            else:
                break
        if spec.symmetric and (len(spec.dims) < 2 or spec.dims[-1] != spec.dims[-2]):
            self.fail(f"{spec.name} is symmetric, so its last two dimensions must be the same", start)
        return spec

    def mark(self, spec: Spec, word: str) -> Spec:
        if word == "int":
            return replace(spec, kind="int", bound=self.dim() if self.take("<") else None)
        if word == "bool":
            return replace(spec, kind="bool")
        if word in MARKS:
            return replace(spec, positive=spec.positive or word == "positive", symmetric=spec.symmetric or word == "symmetric")
        self.fail(f"unknown mark {word!r}, expected one of {', '.join(MARKS)}", self.at - len(word))

    def literal(self) -> object:
        start, depth, quote = self.at, 0, ""
        while self.at < len(self.text):
            char = self.text[self.at]
            if quote:
                self.at += char == "\\"
                quote = "" if char == quote else quote
            elif char in "'\"":
                quote = char
            elif depth == 0 and (char.isspace() or char == ","):
                break
            else:
                depth += (char in "([{") - (char in ")]}")
            self.at += 1
        try:
            return ast.literal_eval(self.text[start : self.at])
        except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
            self.fail(f"not a Python literal: {self.text[start : self.at]} (text goes in quotes)", start)

    def skip(self) -> None:
        while self.at < len(self.text) and (self.text[self.at].isspace() or self.text[self.at] == ";"):
            self.at += 1

    def done(self) -> bool:
        self.skip()
        return self.at >= len(self.text)

    def take(self, pattern: str) -> str:
        self.skip()
        found = re.compile(pattern).match(self.text, self.at)
        self.at = found.end() if found else self.at
        return found[0] if found else ""

    def need(self, pattern: str, what: str) -> str:
        return self.take(pattern) or self.fail(f"expected {what}, got {self.next()}")

    def next(self) -> str:
        found = re.compile(r"\w+|\S").match(self.text, self.at)
        return f'"{found[0]}"' if found else "the end"

    def fail(self, message: str, at: int | None = None) -> NoReturn:
        raise ShapeLineError(message, self.text, (self.at if at is None else at) + 1)
