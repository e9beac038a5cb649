"""A child process that is not to be trusted: a group of its own, a time limit, one line of verdict, bounded output.

The verdict comes back on a pipe of its own, so nothing that the child prints can be taken for it. At the end the whole group
is killed. A process that leaves the group on purpose gets away; limits of memory are the child's to set (`child`).
"""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

VERDICT_BYTES, OUTPUT_BYTES = 1 << 24, 1 << 12
PROCESSES = 64
"""A group that grows beyond this is ended; it is counted a few times a second."""
TICK = 0.1
ENDING = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
"""What ends this process ends the child too, unless it is ignored, as by nohup."""


@dataclass
class Ended:
    """How a child ended.

    Attributes
    ----------
    verdict : what it wrote on the pipe of its own; whole only if it closes with a newline.
    output : the first kilobytes of what it printed, on either stream.
    code : its exit code, minus the signal's number where a signal ended it; None where it was stopped.
    stopped : why it had to be stopped.
    """

    verdict: bytes = b""
    output: bytes = b""
    code: int | None = None
    stopped: Literal["", "late", "crowded"] = ""


def run(command: list[str], request: bytes, timeout: float, temporary: str) -> Ended:
    """Run a command with `request` on its standard input; its last argument is the descriptor to write the verdict on.

    `temporary` is a folder for what libraries keep, so that nothing is left behind.
    """
    verdict, writer = os.pipe()
    kept = {"PYTHONDONTWRITEBYTECODE": "1", "HYPOTHESIS_STORAGE_DIRECTORY": temporary, "OPENBLAS_NUM_THREADS": "1"}
    try:
        child = subprocess.Popen(
            [*command, str(writer)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=os.environ | kept,
            pass_fds=[writer],
            start_new_session=True,
        )
    finally:
        os.close(writer)
    before = {number: signal.signal(number, _leave) for number in ENDING if signal.getsignal(number) is not signal.SIG_IGN}
    try:
        assert child.stdin is not None
        with contextlib.suppress(BrokenPipeError), child.stdin as stdin:
            stdin.write(request)
        return _watch(child, verdict, time.monotonic() + timeout)
    finally:
        _end(child)
        os.close(verdict)
        for number, handler in before.items():
            signal.signal(number, handler)


def _leave(number: int, frame: object) -> None:
    """End this process in order, and so the child before it."""
    raise SystemExit(128 + number)


def _watch(child: subprocess.Popen[bytes], verdict: int, end: float) -> Ended:
    """Collect what the child writes until its verdict is whole, it has ended, or it has to be stopped."""
    ended, next_count = Ended(), 0.0
    assert child.stdout is not None
    output = child.stdout.fileno()
    with selectors.DefaultSelector() as ready:
        ready.register(verdict, selectors.EVENT_READ)
        ready.register(output, selectors.EVENT_READ)
        while not ended.stopped:
            ended.code = child.poll()  # before reading, so that what it wrote last is still read
            for key, _ in ready.select(TICK if ended.code is None else 0):
                chunk = os.read(key.fd, 1 << 16)
                if not chunk:
                    ready.unregister(key.fd)
                elif key.fd == verdict:
                    ended.verdict += chunk
                else:
                    ended.output = (ended.output + chunk)[: OUTPUT_BYTES + 1]
            over = ended.code is not None or ended.verdict.endswith(b"\n") or len(ended.verdict) > VERDICT_BYTES
            now = time.monotonic()
            if over:
                break
            if now > end:
                ended.stopped = "late"
            elif now > next_count:
                next_count = now + TICK
                ended.stopped = "crowded" if _members(child.pid) > PROCESSES else ""
    return ended


def _members(group: int) -> int:
    """How many processes a group has; 0 where the system has no /proc to tell."""
    found = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, IndexError):
            found += int(stat.read_text(errors="replace").rpartition(")")[2].split()[2]) == group
    return found


def _end(child: subprocess.Popen[bytes]) -> None:
    """Kill the whole group, then wait for its leader."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()
    if child.stdout:
        child.stdout.close()
