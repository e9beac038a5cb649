"""Files that do their worst: each is one clear line, nothing is forged, and nothing is left running."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.calls import check, heeding, one


def f(body):
    """The source of a function, import os above it."""
    return f"import os, sys\ndef f(X):\n    {body}\n"


IDENTITY = f("return X * 1.0, lambda dY: dY")
RIGHT = '{"op": "f", "verdict": "holds", "gradients": ["dX"], "grade": "exact"}'
FORGED = f"for n in range(3, 99):\n    try: os.write(n, b'{RIGHT}' + bytes([10]))\n    except OSError: pass\n"
BAD_IMPORTS = {
    "def f(X:": "SyntaxError: '(' was never closed (worst.py, line 1)",
    "x = 1\nx.y": "AttributeError: 'int' object has no attribute 'y' (worst.py, line 2)",
    "import nowhere": "ModuleNotFoundError: No module named 'nowhere' (worst.py, line 1)",
    "import sys\nsys.exit(0)": "it called sys.exit(0) (worst.py, line 2)",
    "\0": "SyntaxError: source code string cannot contain null bytes",
}
BAD_FILES = {
    "a missing name": ("def g(X): ...\ndef ff(X): ...", "has no 'f', did you mean 'ff'?"),
    "no function": ("f = 3", "'f' is no function but a int"),
    "wrong arity": ("def f(X, W, b): ...", "takes (X, W, b), the shapes give (X): missing a required argument: 'W'"),
    "NaN": (f("return X * float('nan'), lambda dY: dY"), "Y is not finite at any of the 25 problems drawn; "),
    "no backward": (f("return X"), "f: expected it to return (Y, backward), got "),
    "an error": (f("return X / 0 // None, None"), "cannot be run: TypeError: "),
    "sys.exit": (f("sys.exit('bye')"), "it called sys.exit('bye') (worst.py, line 3)"),
    "an interrupt": (f("raise KeyboardInterrupt"), "KeyboardInterrupt (worst.py, line 3)"),
    "os._exit": (f("os._exit(0)"), "ended with exit code 0 before there was a verdict "),
    "a signal": (f("os.kill(os.getpid(), 11)"), "ended by SIGSEGV before there was a verdict"),
    "an endless loop": (f("while True: pass"), "still running after 1 s, stopped"),
    "a fork bomb": (f("while True: os.fork()"), "it started more than 64 processes, stopped"),
    "closed descriptors": (f"{IDENTITY}os.closerange(3, 256)", "ended with exit code 0 before there was a verdict "),
    "memory": (f("return bytearray(1 << 33), None"), "MemoryError"),
    "a line where the verdict goes": (IDENTITY + FORGED, "what came back is no verdict"),
} | {f"on import: {source!r}": (source, f"cannot be imported: {why}") for source, why in BAD_IMPORTS.items()}


@pytest.mark.parametrize("case", BAD_FILES)
def test_whatever_a_file_does_is_one_clear_line(case, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    source, why = BAD_FILES[case]
    (tmp_path / "worst.py").write_text(source)
    code, out, err = check(capsys, "worst.py:f", "X[n]", "--timeout", "1" if case == "an endless loop" else "30")
    assert (code, out) == (2, "")
    assert f"numpy-lora check: worst.py:f: {why}" in err
    assert err.splitlines()[0] == "numpy-lora check runs worst.py"
    assert os.listdir(tmp_path) == ["worst.py"]


def test_an_error_at_some_shapes_says_which(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "worst.py").write_text(f("return X * [2.0, 2.0][X.ndim if X.shape[1] == 4 else 0], lambda dY: 2 * dY"))
    code, row = one(capsys, "worst.py:f", "X[n,4]", "--examples", "1")
    assert (code, row["why"]) == (2, "cannot be run: IndexError: list index out of range")
    code, row = one(capsys, "worst.py:f", "X[n,d]", "--examples", "25")
    assert code == 2
    assert re.fullmatch(r"cannot be run: IndexError: list index out of range, at X\[\d,4\] and not everywhere", row["why"])


def test_what_a_file_prints_cannot_be_taken_for_the_verdict(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    prints = f"print('''{RIGHT}''', flush=True)\nprint('\\x1b[2J' + 'a' * 9999)\n"
    (tmp_path / "loud.py").write_text(prints + f("return X * 1.0, lambda dY: -dY"))
    code, out, err = check(capsys, "loud.py:f", "X[n]")
    assert (code, "refuted" in out) == (1, True)
    assert f"printed by loud.py:\n{RIGHT}\n\ufffd[2Jaaa" in err
    assert len(err) < 5000
    assert "(what it printed after this is left out)" in err


def test_a_file_that_closed_the_verdict_s_descriptor_does_not_get_it_in_its_own(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "worst.py").write_text(f"{IDENTITY}os.closerange(3, 256)\nkept = [open('mine', 'w') for _ in range(99)]\n")
    assert one(capsys, "worst.py:f", "X[n]")[0] == 2
    assert (tmp_path / "mine").read_text() == ""


def running(pid):
    """Whether a process is still there a while after it was killed: the kernel takes its time."""
    return all(_alive(pid) and not time.sleep(0.05) for _ in range(100))


def _alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks into /proc")
def test_the_whole_group_is_ended(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    start = "import subprocess, threading, time, atexit\nchild = subprocess.Popen(['sleep', '1000'])\n"
    start += "open('pid', 'w').write(str(child.pid))\n"
    linger = "threading.Thread(target=time.sleep, args=(1000,)).start()\natexit.register(time.sleep, 1000)\n"
    (tmp_path / "left.py").write_text(start + linger + IDENTITY)
    assert one(capsys, "left.py:f", "X[n]")[0] == 0
    assert not running((tmp_path / "pid").read_text())


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks into /proc")
@pytest.mark.parametrize(("name", "code"), [("SIGINT", 130), ("SIGTERM", 143), ("SIGHUP", 129), ("SIGKILL", -9)])
def test_what_ends_the_check_ends_the_file_too(name, code, tmp_path):
    (tmp_path / "slow.py").write_text(f("open('pid', 'w').write(str(os.getpid()))\n    while True: pass"))
    command = [sys.executable, "-m", "numpy_lora", "check", "slow.py:f", "X[n]"]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[3])}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    checking = subprocess.Popen(command, cwd=tmp_path, env=environment, preexec_fn=heeding, **pipes)
    while not (tmp_path / "pid").exists() or not (pid := (tmp_path / "pid").read_text()):
        assert checking.poll() is None
    checking.send_signal(getattr(signal, name))
    out, err = checking.communicate(timeout=60)
    assert (checking.returncode, out, err) == (code, "", "numpy-lora check runs slow.py\n")
    assert not running(pid)
