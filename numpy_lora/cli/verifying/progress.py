"""What is under way, on a terminal alone: one line that is written over, and gone when all is done."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator

from numpy_lora.cli.checks.screen import printable, terminal
from numpy_lora.cli.verifying.findings import Source

WIDTH = 78
CLEAR = "\r\x1b[K"


def shown(steps: Iterable[tuple[str, Source | None]]) -> Iterator[Source]:
    """The sources among the steps; the names of what is begun go to standard error, if that is a terminal too."""
    wanted = terminal() and sys.stderr is not None and sys.stderr.isatty()
    try:
        for name, source in steps:
            if source is not None:
                yield source
            elif wanted:
                print(f"{CLEAR}{printable(name)[-WIDTH:]} …", end="", file=sys.stderr, flush=True)
    finally:
        if wanted:
            print(CLEAR, end="", file=sys.stderr, flush=True)
