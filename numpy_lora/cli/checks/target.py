"""The user's op: FILE.py:NAME or PACKAGE.MODULE:NAME, and its row by way of a child process that runs the file."""

from __future__ import annotations

import json
import os
import secrets
import signal
import sys
import tempfile
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal

import numpy_lora
from numpy_lora.cli.checks import sandbox
from numpy_lora.cli.checks.rows import Row, read
from numpy_lora.cli.checks.screen import printable

BOOT = """
import sys
root, descriptor = sys.argv[1:]
sys.path[:0] = [] if root in sys.path else [root]
from numpy_lora.cli.checks.child import main
main(int(descriptor))
"""


class TargetError(ValueError):
    """A target that cannot be understood, or is not there."""


@dataclass(frozen=True)
class Target:
    """What is to be judged, and how.

    Attributes
    ----------
    op : as it was given, "layer.py:rmsnorm".
    file, names : its two halves; a file, or the dotted name of a module.
    form : "" for an op that returns (Y, backward); else what the second function is to the first, or what it returns beside Y.
    line : its shape line, "" for that of its docstring.
    at : values given, "x0=[1.0, 2.0]".
    wrt : whose gradients these are, none where it shows.
    seed, points, examples, memory : of the check; bytes, 0 for no limit.
    """

    op: str
    file: str
    names: list[str]
    form: Literal["", "backward", "gradient", "jacobian"]
    line: str
    at: list[str]
    wrt: list[str]
    seed: int
    points: int
    examples: int
    memory: int


def split(word: str, form: str) -> tuple[str, list[str]]:
    """A file or a module, and the names in it.

    Raises
    ------
    TargetError : one line that says what is wrong.
    """
    file, colon, rest = word.rpartition(":")
    names = rest.split(",")
    wanted = "FILE.py:f,grad" if form else "FILE.py:NAME"
    if not colon or not file or not all(name.replace(".", "_").isidentifier() for name in names):
        raise TargetError(f"{word}: expected {wanted}")
    if len(names) not in {"": (1,), "backward": (2,)}.get(form, (1, 2)):
        hint = "" if form else " (two functions go with --pair, --gradient or --jacobian)"
        raise TargetError(f"{word}: expected {wanted}, got {len(names)} name{'s' if len(names) > 1 else ''}{hint}")
    if not Path(file).is_file() and not is_module(file):
        raise TargetError(f"{file}: {'is a folder' if Path(file).is_dir() else 'no such file'}, expected {wanted}")
    return file, names


def is_module(file: str) -> bool:
    """Whether a word is the dotted name of a module, and not a file."""
    return not file.endswith(".py") and not Path(file).exists() and all(part.isidentifier() for part in file.split("."))


def judge(target: Target, timeout: float) -> Row:
    """The row of a target, whatever its file does."""
    if os.name != "posix":
        return Row(target.op, "error", why="a file can be checked on POSIX systems alone; call check_gradients instead")
    key = secrets.token_hex(16)
    root = str(Path(numpy_lora.__file__).parents[1])
    with tempfile.TemporaryDirectory() as temporary:
        request = json.dumps({**asdict(target), "key": key, "parent": os.getpid()}).encode()
        ended = sandbox.run([sys.executable, "-P", "-c", BOOT, root], request, timeout, temporary)
    _relay(ended.output, target.file)
    why = _without_verdict(ended, timeout)
    if not why:
        try:
            line = ended.verdict.decode()
            if not line.startswith(f"{key} "):
                raise ValueError("not the verdict")
            return replace(read(json.loads(line.removeprefix(key))), op=target.op)
        except (ValueError, RecursionError):
            why = "what came back is no verdict: it wrote on the descriptor of another"
    return Row(target.op, "error", why=why)


def _without_verdict(ended: sandbox.Ended, timeout: float) -> str:
    """Why there is no verdict; "" where there is one."""
    if ended.stopped == "late":
        return f"still running after {timeout:g} s, stopped"
    if ended.stopped == "crowded":
        return f"it started more than {sandbox.PROCESSES} processes, stopped"
    if ended.verdict.endswith(b"\n") or ended.code is None:
        return ""
    if ended.code < 0:
        return f"ended by {signal.Signals(-ended.code).name} before there was a verdict"
    return f"ended with exit code {ended.code} before there was a verdict (os._exit, or it closed the verdict's descriptor)"


def _relay(output: bytes, file: str) -> None:
    """What the file printed, on standard error, the first kilobytes of it."""
    if output:
        text = printable(output[: sandbox.OUTPUT_BYTES].decode(errors="replace").rstrip(), keep="\n\t")
        cut = "\n(what it printed after this is left out)" if len(output) > sandbox.OUTPUT_BYTES else ""
        print(f"printed by {file}:\n{text}{cut}", file=sys.stderr)
