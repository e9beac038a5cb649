"""The README's sessions, replayed: files are written as shown, commands run as typed, and the answers compared."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

README = Path(__file__).parents[1] / "README.md"
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", README.read_text(), re.M | re.S)


def untimed(text: str) -> str:
    """Milliseconds are of the day, primes, and so a bound's last digit, of the process."""
    timeless = re.sub(r" +(\d+\.\d|ms)$", " <ms>", text.rstrip(), flags=re.M)
    timeless = re.sub(r"below 1e-2\d", "below <bound>", timeless)
    return re.sub(r"p = \d+(, \d{9,})*( and \d+ more)?", "p = <primes>", timeless)


def sessions() -> list[tuple[str, str]]:
    """(command, answer) of every console block, in order."""
    found = []
    for kind, body in BLOCKS:
        if kind == "console":
            for part in re.split(r"^\$ ", body, flags=re.M)[1:]:
                command, _, answer = part.partition("\n")
                found.append((command, answer))
    return found


def test_sessions_answer_as_shown(tmp_path: Path) -> None:
    for kind, body in BLOCKS:
        if kind == "python" and (name := re.match(r"# (\w+\.py)\n", body)):
            (tmp_path / name[1]).write_text(body.partition("\n")[2])
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    assert sessions()
    for command, answer in sessions():
        done = subprocess.run(command, shell=True, cwd=tmp_path, capture_output=True, text=True, env={**os.environ, "PATH": path})
        assert untimed(done.stdout) == untimed(answer), command


def test_the_engine_takes_ten_lines(tmp_path: Path) -> None:
    import doctest

    result = doctest.testfile(str(README), module_relative=False)
    assert result.attempted > 10
    assert result.failed == 0


@pytest.mark.parametrize("extra", ["test", "dev"])
def test_extras_named_exist(extra: str) -> None:
    assert f"\n{extra} =\n" in (README.parent / "setup.cfg").read_text()
