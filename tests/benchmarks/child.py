"""A benchmark in a process of its own for each number of threads: what sets it is read at start-up."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

VARIABLES = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NPROC")  # the last is XLA's


def numbers_of_threads(wanted: int | None) -> list[int]:
    """The number asked for, or else one and all."""
    return [wanted] if wanted else sorted({1, len(os.sched_getaffinity(0))})


def rows(module: str, threads: int, *arguments: str) -> Iterator[dict[str, Any]]:
    """What `python -m module --child --threads=N …` prints, a JSON object a line, as it comes."""
    command = [sys.executable, "-m", module, "--child", f"--threads={threads}", *arguments]
    environment = {**os.environ, **dict.fromkeys(VARIABLES, str(threads))}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield from map(json.loads, process.stdout)
    if process.returncode:
        sys.exit(process.returncode)
