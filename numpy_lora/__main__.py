"""`numpy-lora` and `python -m numpy_lora`: finds the command and ends quietly, whatever happens to the terminal."""

from __future__ import annotations

import argparse
import io
import os
import sys
import traceback
from collections.abc import Sequence

from numpy_lora import __version__
from numpy_lora.cli import commands

INTERRUPTED, CLOSED_PIPE = 130, 141


def parser() -> argparse.ArgumentParser:
    """The parser of the whole command line."""
    top = argparse.ArgumentParser(
        prog="numpy-lora",
        description="LoRA by hand in NumPy, every gradient proved by running it; and the same check for your own.",
        epilog="Exit: 0 all hold, 1 one is refuted, 2 something could not be read or run.",
        allow_abbrev=False,
    )
    top.add_argument("--version", action="version", version=f"numpy-lora {__version__}")
    names = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name, module in commands().items():
        summary = (module.__doc__ or "").split("\n")[0]
        command = names.add_parser(name, help=summary, description=module.__doc__, allow_abbrev=False)
        command.formatter_class = argparse.RawDescriptionHelpFormatter
        module.add(command)
        command.set_defaults(run=module.run)
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line; the exit code of contracts: 0, 1, 2, 130 after Ctrl-C, 141 where the reader closed the pipe."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that knows ASCII alone
    try:
        args = _read(parser(), argv)
        code: int = args.run(args)
        print(end="", flush=True)
    except SystemExit as done:  # argparse: --help, --version or a message already printed
        code = done.code if isinstance(done.code, int) else 2
    except KeyboardInterrupt:
        code = INTERRUPTED
    except BrokenPipeError:
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115 - it stays open, for the flush at the interpreter's end
        code = CLOSED_PIPE
    except OSError as error:  # a full disk, say
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115
        print(f"numpy-lora: {error.filename or 'standard output'}: {error.strerror}", file=sys.stderr)
        code = 2
    except Exception as error:
        *_, where = traceback.extract_tb(error.__traceback__)
        place = f"{os.path.basename(where.filename)}, line {where.lineno}"
        print(f"numpy-lora: a mistake of its own: {type(error).__name__}: {error} ({place})", file=sys.stderr)
        code = 2
    return code


def _read(top: argparse.ArgumentParser, argv: Sequence[str] | None) -> argparse.Namespace:
    """The arguments; words that come after an option join those before it, which argparse alone would refuse."""
    args, extra = top.parse_known_args(argv)
    options = [word for word in extra if word.startswith("-") and word != "-" and " " not in word]
    if extra and (options or not hasattr(args, "words")):
        top.error(f"unrecognized arguments: {' '.join(extra)}")
    if extra:
        args.words += extra
    return args


if __name__ == "__main__":
    sys.exit(main())
