"""What a terminal is shown: colour where one asks for it, and no character that moves its cursor."""

from __future__ import annotations

import os
import sys

COLOURS = {"exact": "32", "complex-step": "33", "difference": "33", "holds": "32", "refuted": "31", "error": "31"}


def terminal() -> bool:
    """Whether standard output is one."""
    return sys.stdout is not None and sys.stdout.isatty()


def painted(text: str, word: str) -> str:
    """The text in the colour of a grade or verdict, on a terminal that wants colours."""
    colour = COLOURS.get(word.split(" ")[0])
    wanted = terminal() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return f"\x1b[{colour}m{text}\x1b[0m" if wanted and colour else text


def printable(text: str, keep: str = "") -> str:
    """The text without the characters that move a cursor: others have a say in some texts."""
    return "".join(char if char.isprintable() or char in keep else "\ufffd" for char in text)
