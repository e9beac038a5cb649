"""What the command line of `check` takes."""

from __future__ import annotations

import argparse
import re
import shlex
from pathlib import Path


def add(parser: argparse.ArgumentParser) -> None:
    """Add them to a parser."""
    parser.add_argument(
        "words", nargs="*", metavar="WORD", help="FILE.py:NAME or PACKAGE.MODULE:NAME, then the shapes of its arguments"
    )
    form = parser.add_mutually_exclusive_group()
    pair = "of FILE.py:f,b: Y = f(*args), gradients b(dY, *args), or b(*args) if that is all it takes"
    form.add_argument("--pair", dest="form", action="store_const", const="backward", default="", help=pair)
    scalar = "of FILE.py:f,g: f(*args) is a number, g(*args) its gradient; of FILE.py:f: f returns both"
    form.add_argument("--gradient", dest="form", action="store_const", const="gradient", help=scalar)
    whole = "of FILE.py:f,J: J(*args) has the shape of f(*args), then that of x; of FILE.py:f: f returns both"
    form.add_argument("--jacobian", dest="form", action="store_const", const="jacobian", help=whole)
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--seed", type=natural, default=0, metavar="N", help="what is drawn (default 0)")
    parser.add_argument("--points", type=positive, default=3, metavar="N", help="points of each proof (default 3)")
    parser.add_argument("--require-exact", action="store_true", help="exit 1 also where one holds by a grade below exact")
    files = parser.add_argument_group("of a file")
    given = "a value instead of a shape: x0=[1.0, 2.0] (not 1, for what has a gradient), n=3 or x0=start.npy"
    files.add_argument("--at", action="append", default=[], metavar="NAME=VALUE", help=given)
    whose = "whose gradients these are, in their order, where it does not show: X,W"
    files.add_argument("--wrt", type=names, default=[], metavar="NAMES", help=whose)
    files.add_argument("--examples", type=positive, default=25, metavar="N", help="problems drawn (default 25)")
    files.add_argument("--timeout", type=seconds, default=60.0, metavar="S", help="seconds that it may take (default 60)")
    files.add_argument("--memory", type=size, default="2G", metavar="SIZE", help="memory that it may take (default 2G; 0: any)")
    files.add_argument("--write-test", type=Path, metavar="PATH", help="write the pytest file that keeps the gradients right")


def replay(args: argparse.Namespace) -> str:
    """The command that gives the same again."""
    form = {"backward": ["--pair"], "gradient": ["--gradient"], "jacobian": ["--jacobian"]}.get(args.form, [])
    given = [part for word in args.at for part in ("--at", word)]
    given += ["--wrt", ",".join(args.wrt)] if args.wrt else []
    numbers = ["--seed", str(args.seed), "--points", str(args.points), "--examples", str(args.examples)]
    return shlex.join(["numpy-lora", "check", *form, *args.words, *given, *numbers])


def names(text: str) -> list[str]:
    """Names of arguments, or paths into them, between commas."""
    found = text.split(",")
    if not all(part.isidentifier() or part.isdigit() for name in found for part in name.split(".")):
        raise argparse.ArgumentTypeError(f"expected names like X,W, got {text}")
    return found


def natural(text: str) -> int:
    """A number from 0."""
    number = int(text)
    if number < 0:
        raise argparse.ArgumentTypeError(f"expected a number from 0, got {text}")
    return number


def positive(text: str) -> int:
    """A number from 1."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"expected a number from 1, got {text}")
    return number


def seconds(text: str) -> float:
    """A time above zero."""
    number = float(text)
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError(f"expected seconds, got {text}")
    return number


def size(text: str) -> int:
    """Bytes, from "2G", "512M" or a plain number."""
    found = re.fullmatch(r"(\d+)([KMGT]?)B?", text.upper())
    if not found:
        raise argparse.ArgumentTypeError(f"expected a size like 2G or 512M, got {text}")
    return int(found[1]) << 10 * " KMGT".index(found[2] or " ")
