"""The program as a whole: what it imports for --help, its exit codes, and how it ends."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

import numpy_lora
from numpy_lora.__main__ import main
from numpy_lora.cli import commands

HELP = """
import sys
from numpy_lora.__main__ import main
code = main({argv!r})
heavy = [name for name in ("numpy", "scipy", "hypothesis") if name in sys.modules]
sys.exit(f"{{code}} {{heavy}}")
"""


def python(*arguments, **options):
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, timeout=60, **options)


def test_help_and_version_import_nothing_heavy():
    for argv in (["--help"], ["--version"], ["check", "--help"], ["verify", "--help"]):
        assert python("-c", HELP.format(argv=argv)).stderr.strip() == "0 []"


def test_the_version_is_the_package_s(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"numpy-lora {numpy_lora.__version__}\n"


def test_help_names_every_command(capsys):
    assert main(["--help"]) == 0
    shown = capsys.readouterr().out
    assert "check" in commands()
    assert all(f"\n    {name}" in shown for name in commands())


def test_a_command_line_that_cannot_be_read_is_2(capsys):
    for argv in ([], ["prove"], ["check", "--colour"], ["check", "--points", "0"], ["check", "--memory", "much"]):
        assert main(argv) == 2
        assert "Traceback" not in capsys.readouterr().err


def test_words_may_follow_an_option(capsys):
    assert main(["check", "gone.py:f", "--seed", "1", "X[n]"]) == 2
    assert "gone.py: no such file" in capsys.readouterr().err


def test_ctrl_c_is_130(monkeypatch):
    def interrupted(args):
        raise KeyboardInterrupt

    monkeypatch.setattr(commands()["check"], "run", interrupted)
    assert main(["check"]) == 130


def test_a_mistake_of_its_own_is_one_line_and_2(monkeypatch, capsys):
    def mistaken(args):
        raise RuntimeError("of this package")

    monkeypatch.setattr(commands()["check"], "run", mistaken)
    assert main(["check"]) == 2
    shown = capsys.readouterr().err
    assert shown.startswith("numpy-lora: a mistake of its own: RuntimeError: of this package (test_main.py, line ")
    assert shown.count("\n") == 1


def test_a_closed_pipe_ends_quietly():
    reader, writer = os.pipe()
    os.close(reader)
    try:
        command = [sys.executable, "-m", "numpy_lora", "check", "gone.py:f", "--json"]
        ended = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, timeout=60)
    finally:
        os.close(writer)
    assert (ended.returncode, ended.stderr) == (141, b"")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="writes to a disk that is full")
def test_a_full_disk_is_one_line_and_2():
    command = [sys.executable, "-m", "numpy_lora", "check", "gone.py:f", "--json"]
    with open("/dev/full", "w") as full:
        ended = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, timeout=60, text=True)
    assert (ended.returncode, ended.stderr) == (2, "numpy-lora: standard output: No space left on device\n")
