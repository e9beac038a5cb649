"""What `verify` alone proves: the derivations that were installed with the package, and every op by the catalogue of `check`.

Pages and ops are shared out between two processes, as far as there are two processors.
"""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Callable, Iterator
from functools import partial
from importlib import resources
from multiprocessing import get_context
from multiprocessing.pool import IMapIterator, Pool
from pathlib import Path
from typing import Any

from numpy_lora.cli.verifying import pages
from numpy_lora.cli.verifying.findings import Finding, Source

PAGES = "numpy_lora.derivations"
PROCESSES = 2
LONGEST = 600.0
"""Seconds after which a process is taken for dead."""
Task = tuple[str, Callable[[], list[Source]]]


def judged(given: tuple[str, ...], points: int, seed: int) -> Iterator[tuple[str, Source | None]]:
    """Pages, then ops, each after a word on what is under way."""
    tasks: list[Task] = [
        (f"derivations/{name}", partial(page, text, f"derivations/{name}", given, points, seed)) for name, text in shipped()
    ]
    tasks.append(("ops", partial(ops, points, seed)))
    with _processes() as pool:
        done = pool.imap(_done, [task for _, task in tasks]) if pool else map(_done, [task for _, task in tasks])
        for name, _ in tasks:
            yield name, None
            yield from (("", source) for source in (done.next(LONGEST) if isinstance(done, IMapIterator) else next(done)))


def _done(task: Callable[[], list[Source]]) -> list[Source]:
    return task()


@contextlib.contextmanager
def _processes() -> Iterator[Pool | None]:
    """Processes that leave Ctrl-C to this one; None where there is one processor, or the platform has no such thing."""
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    pool = None
    if processors > 1:
        with contextlib.suppress(ImportError, OSError, NotImplementedError):
            pool = get_context("spawn").Pool(PROCESSES, signal.signal, (signal.SIGINT, signal.SIG_IGN))
    try:
        yield pool
    finally:
        if pool:
            pool.terminate()
            pool.join()


def shipped() -> list[tuple[str, str]]:
    """The installed pages, or those of the checkout that is run from its own folder: file name and text."""
    try:
        folder: Any = resources.files(PAGES)
    except ModuleNotFoundError:
        folder = Path(__file__).parents[3] / "derivations"
    files = [file for file in folder.iterdir() if file.name.endswith(".md")]
    return [(file.name, file.read_text(encoding="utf-8")) for file in sorted(files, key=lambda file: file.name)]


def page(text: str, name: str, given: tuple[str, ...], points: int, seed: int) -> list[Source]:
    """A page that was shipped."""
    return [pages.page(text, name, given, points, seed, brief=True)]


def ops(points: int, seed: int) -> list[Source]:
    """The ops, every case of one a finding."""
    from numpy_lora.check import check_gradients
    from numpy_lora.check.catalogue import cases
    from numpy_lora.check.report import Report
    from numpy_lora.cli.checks.rows import plain

    def finding(name: str, report: Report, sizes: str, file: str) -> Finding:
        said = [report.why] if report.why else []
        said += [f"{f.gradient} is wrong ({f.kind})" for f in report.failures]
        return Finding(
            f"{name}: {' '.join(report.gradients)}", report.verdict, report.grade, error=plain(report.error), given=(sizes,),
            message="; ".join(said), points=report.points, file=file,
        )  # fmt: skip

    found: dict[str, list[Finding]] = {}
    for case in cases(seed):
        report = check_gradients(case.op, *case.arguments, kwargs=case.arguments.kwargs, points=points, seed=seed)
        file = f"{case.op.__module__.replace('.', '/')}.py"
        found.setdefault(f"ops.{case.op.__name__}", []).append(finding(case.name, report, case.sizes, file))
    return [Source("ops", name, tuple(findings), brief=True) for name, findings in found.items()]
