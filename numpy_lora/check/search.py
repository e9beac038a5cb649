"""One op judged at many problems that Hypothesis draws from a shape line, and the smallest at which it fails.

It judges nothing itself: the caller's `judge` does, one problem at a time.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

import hypothesis
import numpy as np

from numpy_lora.check.arguments import Arguments
from numpy_lora.check.objects import forward_of
from numpy_lora.check.report import Report
from numpy_lora.check.strategies import problems
from numpy_lora.check.trees import leaves
from numpy_lora.shapes import ShapeLine

Judge = Callable[[Arguments], Report]
GRADES = ("exact", "complex-step", "difference")


SILENT = hypothesis.settings(
    database=None,
    deadline=None,
    derandomize=False,
    report_multiple_bugs=False,
    suppress_health_check=list(hypothesis.HealthCheck),
    phases=[hypothesis.Phase.generate, hypothesis.Phase.shrink],
    verbosity=hypothesis.Verbosity.quiet,
)


class _Enough(BaseException):
    """The time is over; no Exception, so that Hypothesis lets it through."""


class _Refuted(Exception):
    pass


class Escaped(BaseException):
    """The op raised what no code is meant to catch, sys.exit or the like; that is the `__cause__`."""


@dataclass
class Search:
    """What a search found.

    Attributes
    ----------
    held, broken : reports of the problems that hold, and of those that could not be judged.
    first_broken : the first of these problems.
    undefined : problems at which Y is not finite, which were passed over.
    refuted, smallest : the report of the smallest problem that fails, and that problem.
    """

    held: list[Report] = field(default_factory=list)
    broken: list[Report] = field(default_factory=list)
    first_broken: Arguments | None = None
    undefined: int = 0
    refuted: Report | None = None
    smallest: Arguments | None = None

    @property
    def drawn(self) -> int:
        """How many problems were drawn, those of the shrinking left out."""
        return len(self.held) + len(self.broken) + self.undefined + (self.refuted is not None)

    @property
    def report(self) -> Report | None:
        """A refutation outranks an error; of those that hold the weakest counts, and the largest. None where none was judged."""
        if self.refuted or self.broken:
            return self.refuted or self.broken[0]
        return max(self.held, key=_telling, default=None)


def search(
    op: Callable[..., Any], line: ShapeLine, judge: Judge, seed: int = 0, examples: int = 25, seconds: float = 8.0
) -> Search:
    """Judge an op at problems drawn from a shape line, until one is refuted; then shrink that one.

    Parameters
    ----------
    op, line : what is called, and the arguments it takes.
    judge : gives the report for one problem.
    seed : the same seed draws the same problems.
    examples : the most that are drawn.
    seconds : after them no further problem is drawn, or shrunk.

    Raises
    ------
    Escaped : the op raised SystemExit or the like.
    """
    found, end = Search(), time.monotonic() + seconds

    def judged(problem: Arguments) -> None:
        try:
            consider(problem)
        except (_Enough, _Refuted):
            raise
        except BaseException as error:
            raise Escaped from error

    def consider(problem: Arguments) -> None:
        if found.drawn and time.monotonic() > end:
            raise _Enough
        shrinking = found.refuted is not None
        if not defined(op, problem):
            found.undefined += not shrinking
            return
        report = judge(problem)
        if report.verdict == "refuted":
            if found.refuted is not None and plain_to_see(found.refuted) > plain_to_see(report):
                return  # smaller, but lost in rounding: it would tell nothing
            if found.refuted is not None and kinds(found.refuted) != kinds(report):
                return  # smaller, but so small that another mistake would do the same
            if found.smallest is None or size(problem) <= size(found.smallest):
                found.refuted, found.smallest = report, problem
            raise _Refuted
        if not shrinking:
            (found.held if report.ok else found.broken).append(report)
            if not report.ok and found.first_broken is None:
                found.first_broken = problem
            if len(found.broken) > 2 and not found.held:
                raise _Enough

    test = hypothesis.given(problems(line, "float"))(judged)
    with suppress(_Enough, _Refuted, hypothesis.errors.Flaky):
        hypothesis.seed(seed)(hypothesis.settings(SILENT, max_examples=examples)(test))()
    return found


def defined(op: Callable[..., Any], problem: Arguments) -> bool:
    """Whether the op's value at a problem is finite; an op that fails in another way counts as defined, to be reported."""
    args, kwargs = deepcopy((tuple(problem), problem.kwargs))
    try:
        with np.errstate(all="ignore"):
            result = forward_of(op)(*args, **kwargs)
        return _finite(result)
    except (ArithmeticError, np.linalg.LinAlgError):
        return False
    except Exception:
        return True


def plain_to_see(report: Report) -> bool:
    """Whether some entry that is not tiny is off by more than a last digit."""
    for failure in report.failures:
        if isinstance(failure.expected, str) or isinstance(failure.got, str):
            return True
        largest = max(abs(failure.expected), abs(failure.got))
        if largest > 1e-6 and abs(failure.expected - failure.got) > 1e-6 * largest:
            return True
    return False


def kinds(report: Report) -> set[tuple[str, str]]:
    """Which gradients are wrong, and how."""
    return {(failure.gradient, failure.kind) for failure in report.failures}


def size(problem: Arguments) -> tuple[int, int, float]:
    """What makes one problem smaller than another: fewer entries, then fewer that are no integers, then smaller ones."""
    entries = [np.zeros(0), *(np.ravel(leaf) for _, leaf in leaves(tuple(problem)) if isinstance(leaf, np.ndarray))]
    row = np.concatenate(entries)
    return row.size, int((row % 1 != 0).sum()), float(np.abs(row).sum())


def _telling(report: Report) -> tuple[int, float, int]:
    """What makes one report of those that hold tell more than another: its weakness, then its size."""
    return GRADES.index(report.grade or "difference"), report.error or 0.0, sum(map(math.prod, report.shapes.values()))


def _finite(tree: Any) -> bool:
    return all(np.isfinite(leaf).all() for _, leaf in leaves(tree) if np.asarray(leaf).dtype.kind in "fc")
