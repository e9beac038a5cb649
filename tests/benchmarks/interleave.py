"""Time contenders in turn, round after round, so that whatever slows the machine slows all of them.

A figure is the median over the rounds of a *paired* ratio: two contenders timed within the same round. Rounds in which other
processes used the processor are thrown away and made again: two threads that wait for each other, one of them for a core,
measure the neighbour.
"""

from __future__ import annotations

import gc
import math
import os
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

Run = Callable[[], object]
Times = dict[str, list[float]]

SAMPLE = 2e-3  # seconds that one sample of the fastest contender lasts, or more
WATCH = 0.5  # seconds of rounds between two looks at the neighbours (their time is counted in hundredths)
NEIGHBOURS = 0.05  # cores that others may use


def interleave(contenders: dict[str, Run], rounds: int, patience: float = 600.0) -> tuple[Times, bool]:
    """Seconds a call, for each contender and round, and whether the machine was quiet in all of these rounds.

    Every round begins with the next contender, and each has one call untimed before those timed: the caches are then its own,
    and a thread pool of its predecessor, still spinning, has gone to sleep or been pushed aside. After `patience` seconds
    without enough quiet rounds, those made since are taken as they come.
    """
    calls = max(1, math.ceil(SAMPLE / min(_once(run) for run in contenders.values())))
    names = list(contenders)
    times: Times = {name: [] for name in names}
    deadline, quiet = time.perf_counter() + patience, True
    gc.collect()
    gc.disable()
    try:
        while (done := len(times[names[0]])) < rounds:
            late = time.perf_counter() > deadline
            watch, batch = Watch(), []
            while done + len(batch) < rounds and (not batch or watch.seconds < WATCH):
                first = (done + len(batch)) % len(names)
                batch.append({name: _sample(contenders[name], calls) for name in names[first:] + names[:first]})
            alone = watch.others < NEIGHBOURS
            if alone or late:
                quiet = quiet and alone
                for name in names:
                    times[name] += [sample[name] for sample in batch]
            else:
                _wait(deadline)
    finally:
        gc.enable()
    return times, quiet


def ratio(times: Times, ours: str, theirs: str) -> float:
    """The median of the paired ratios: below 1, ours is the faster."""
    return median(a / b for a, b in zip(times[ours], times[theirs], strict=True))


def cores(run: Run, seconds: float = 0.1) -> float:
    """Cores kept busy by `run`: that a contender has the threads it was given, and no more."""
    wall, busy = time.perf_counter(), time.process_time()
    while time.perf_counter() - wall < seconds:
        run()
    return (time.process_time() - busy) / (time.perf_counter() - wall)


class Watch:
    """What has gone by since it was made: seconds, and the cores that others kept busy (0 where the system does not say)."""

    def __init__(self) -> None:
        self._wall, self._ours, self._all = time.perf_counter(), time.process_time(), _busy()

    @property
    def seconds(self) -> float:
        return time.perf_counter() - self._wall

    @property
    def others(self) -> float:
        busy = _busy()
        return (
            0.0 if busy is None or self._all is None else (busy - self._all - (time.process_time() - self._ours)) / self.seconds
        )


def _busy() -> float | None:
    """Seconds that all processors together have been busy, or taken away by a hypervisor."""
    stat = Path("/proc/stat")
    if not stat.exists():
        return None
    user, nice, system, _idle, _wait, irq, soft, steal = map(int, stat.read_text().split(maxsplit=9)[1:9])
    return (user + nice + system + irq + soft + steal) / os.sysconf("SC_CLK_TCK")


def _wait(deadline: float) -> None:
    """Until a second goes by that others do not use."""
    while time.perf_counter() < deadline:
        watch = Watch()
        time.sleep(1)
        if watch.others < NEIGHBOURS:
            return


def _sample(run: Run, calls: int) -> float:
    run()
    start = time.perf_counter()
    for _ in range(calls):
        run()
    return (time.perf_counter() - start) / calls


def _once(run: Run) -> float:
    run()
    return min(_sample(run, 1) for _ in range(3))
