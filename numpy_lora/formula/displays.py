r"""A displayed block to statements: lines, `\\` and what goes on in the next line; environments, tags and comments left out.

What is left out becomes spaces, so that a column in a statement is a column in the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

ENVIRONMENTS = "equation|align|aligned|alignat|alignedat|gather|gathered|split|multline|multlined|eqnarray|flalign|dmath"
LEFT_OUT = re.compile(
    rf"\\(?:begin|end)\{{(?:{ENVIRONMENTS})\*?\}}(?:\[[tcb]\])?(?:\{{\d+\}})?"
    r"|\\(?:tag\*?|label|eqref)\{[^{}]*\}|\\(?:nonumber|notag|allowdisplaybreaks)(?![A-Za-z])|(?<!\\)%[^\n]*|(?<!\\)&"
)
BREAK = re.compile(r"\\\\(?:\[[^\]\n]*\])?|\\newline(?![A-Za-z])")
GOES_ON = re.compile(
    r"\s*(?:[=≠,⟹⇒⊙⊘⊗·*/@^)\]]|:=|!=|\\(?:neq?|implies|Rightarrow|odot|oslash|otimes|cdot|times|equiv)(?![A-Za-z]))"
)
UNFINISHED = re.compile(
    r"(?:[=≠+−,⟹⇒⊙⊘⊗·*/@^(\[{-]|\\(?:neq?|implies|Rightarrow|odot|oslash|otimes|cdot|times|equiv|left|quad|qquad))\s*$"
)
RELATION = re.compile(r"=|:|∈|≠|⟹|⇒|≔|≜|\\(?:neq?|implies|Rightarrow|equiv|coloneqq?|triangleq|in)(?![A-Za-z])")
OPEN, CLOSE = "([{", ")]}"


def statements(text: str) -> Iterator[tuple[int, str]]:
    r"""The statements of a block, each with the place in it where it begins.

    Examples
    --------
    >>> list(statements("A = B\n  = C\nD := E"))
    [(0, 'A = B\n  = C'), (12, 'D := E')]
    >>> [s.split() for _, s in statements(r"\begin{aligned} A &= B \\ &= C \tag{1} \end{aligned}")]
    [['A', '=', 'B', '=', 'C']]
    """
    plain = LEFT_OUT.sub(lambda found: " " * len(found[0]), text)
    breaks = [found.span() for found in BREAK.finditer(plain)]
    lines = [(k, k + 1) for k, c in enumerate(plain) if c == "\n"]
    ends = _outside(plain, breaks or lines)
    plain = BREAK.sub(lambda found: " " * len(found[0]), plain)
    edges = [0, *(edge for end in ends for edge in end), len(plain)]
    for start, end in _joined(plain, list(zip(edges[::2], edges[1::2], strict=True))):
        statement = plain[start:end]
        begin = start + len(statement) - len(statement.lstrip())
        statement = re.sub(r"[\s.,;]+$", "", statement)[begin - start :]
        if statement:
            yield begin, statement


def _outside(text: str, ends: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The ends that stand outside brackets; all of them where brackets do not match."""
    depth, at, outside = 0, 0, []
    for start, end in ends:
        piece = text[at:start]
        depth += sum(map(piece.count, OPEN)) - sum(map(piece.count, CLOSE))
        if depth == 0:
            outside.append((start, end))
        at = start
    piece = text[at:]
    return outside if depth + sum(map(piece.count, OPEN)) == sum(map(piece.count, CLOSE)) else ends


def _joined(text: str, pieces: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Pieces put together with what goes on in the next one: an equation may be broken before or after a sign.

    A line without a relation is no statement of its own, as a line break is but a space to TeX; an empty line ends one.
    """
    begin = last = -1
    related = False
    for start, end in pieces:
        piece = text[start:end]
        relates = RELATION.search(piece) is not None
        empty = not piece.strip()
        goes_on = last >= 0 and (not relates or not related or GOES_ON.match(piece) or UNFINISHED.search(text[last - 20 : last]))
        if empty or not goes_on:
            if last >= 0:
                yield begin, last
            begin, related = start, False
        last, related = (-1 if empty else end), related or relates
    if last >= 0:
        yield begin, last
