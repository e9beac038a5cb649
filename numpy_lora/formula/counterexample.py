"""The smallest counterexample: sizes upward from 1, entries in −2…2, then every entry towards 0, as long as the sides differ."""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from .floating import Values, values
from .literals import Array, Undefined
from .points import Problem, base_shape

ENTRIES = (0.0, 1.0, -1.0, 2.0, -2.0)
CLEAR = 1e-7
DRAWS = 6
PASSES = 3
LARGEST = 5


class Walk:
    """A search for the smallest values at which one step of a claim has different sides.

    Parameters
    ----------
    step : which two neighbours of the chain are compared.
    budget : seconds.
    """

    def __init__(self, problem: Problem, step: int, budget: float) -> None:
        self.problem, self.step = problem, step
        self.flip = False
        self.until = time.perf_counter() + budget
        self.turns = any("orthogonal" in marks for marks in problem.marks.values())
        self.rng = np.random.default_rng(0)

    def found(self) -> tuple[dict[str, int], Values] | None:
        """The smallest sizes and simplest values, None if none were found in time."""
        for sizes in _upward(self.problem.dims, self.problem.fixed):
            for flip in (False, True)[: 1 + self.turns]:
                self.flip = flip
                base = self.differing(sizes)
                if base is not None:
                    differs = self.differs(sizes, self.shrunk(sizes, base))
                    return None if differs is None else (sizes, differs)
            if time.perf_counter() > self.until:
                return None
        return None

    def differs(self, sizes: dict[str, int], base: dict[str, Array]) -> Values | None:
        """The values, if the sides differ clearly there."""
        try:
            found = values(self.problem, sizes, base, self.flip)
        except Undefined:
            return None
        left, right = found.sides[self.step : self.step + 2]
        apart = float(np.max(np.abs(left - right), initial=0.0))
        size = max(float(np.max(np.abs(left), initial=0.0)), float(np.max(np.abs(right), initial=0.0)))
        return found if apart > CLEAR * max(size, 1e-3) else None

    def differing(self, sizes: dict[str, int]) -> dict[str, Array] | None:
        """Integers at which the sides differ, among a few draws."""
        for _ in range(DRAWS):
            base = {}
            for symbol in self.problem.symbols:
                marks = self.problem.marks.get(symbol.data, ())
                entries = self.rng.choice([1.0, 2.0] if "positive" in marks else ENTRIES[1:], base_shape(symbol, marks, sizes))
                base[symbol.data] = entries
            if self.differs(sizes, base) is not None:
                return base
        return None

    def shrunk(self, sizes: dict[str, int], base: dict[str, Array]) -> dict[str, Array]:
        """Every entry as simple as it can be, one after another."""
        for _ in range(PASSES):
            changed = False
            for name, place in [(n, k) for n, x in base.items() for k in np.ndindex(x.shape)]:
                for entry in ENTRIES[: ENTRIES.index(float(base[name][place]))]:
                    positive = "positive" in self.problem.marks.get(name, ())
                    if time.perf_counter() > self.until or (positive and entry <= 0):
                        continue
                    tried = {**base, name: base[name].copy()}
                    tried[name][place] = entry
                    if self.differs(sizes, tried) is not None:
                        base, changed = tried, True
                        break
            if not changed:
                break
        return base


def _upward(dims: Sequence[str], fixed: dict[str, int]) -> Iterator[dict[str, int]]:
    """Sizes from 1 on, the smallest sum first."""
    for total in range(len(dims), LARGEST * len(dims) + 1):
        for extra in _parts(total - len(dims), len(dims)):
            if max(extra, default=0) < LARGEST:
                yield {**{name: 1 + e for name, e in zip(dims, extra, strict=True)}, **fixed}


def _parts(total: int, count: int) -> Iterator[tuple[int, ...]]:
    """Tuples of so many integers from 0 on, of that sum, the evenest first."""
    if count == 0:
        if total == 0:
            yield ()
        return
    found = []
    for bars in itertools.islice(itertools.combinations(range(total + count - 1), count - 1), 5000):
        edges = (-1, *bars, total + count - 1)
        found.append(tuple(b - a - 1 for a, b in itertools.pairwise(edges)))
    yield from sorted(found, key=lambda parts: (max(parts), parts))


def counterexample(
    problem: Problem, step: int, factor: float | None, known: Values | None = None, budget: float = 0.3
) -> dict[str, Any] | None:
    """The smallest counterexample as plain data: shapes, values, left, right, factor.

    Parameters
    ----------
    factor : left over right, where that is one number everywhere.
    known : values at which the sides differ, for want of smaller ones.
    """
    found = Walk(problem, step, budget).found()
    at = known if found is None else found[1]
    if at is None:
        return None
    used = {symbol.data: symbol for symbol in problem.symbols}
    shown = {name: plain(at.world.values[name], symbol.kind) for name, symbol in used.items()}
    left, right = (plain(side, problem.sides[self_or_next].kind) for self_or_next, side in _two(at, problem, step))
    shapes = {name: list(np.shape(np.asarray(value))) for name, value in shown.items()}
    return {"shapes": shapes, "values": shown, "left": left, "right": right, "factor": None if factor is None else number(factor)}


def _two(at: Values, problem: Problem, step: int) -> Iterator[tuple[int, Array]]:
    """Both sides of a step, and which side is more than a number."""
    kinds = [problem.sides[step].kind, problem.sides[step + 1].kind]
    for k in (0, 1):
        yield step + (k if kinds[k] != "scalar" else 1 - k), at.sides[step + k]


def plain(x: Array, kind: str) -> Any:
    """A matrix, vector or scalar as nested lists of plain numbers."""
    if kind == "scalar" and x.size == 1:
        return number(float(np.real(x.reshape(-1)[0])))
    if kind == "vector":
        return [number(float(v)) for v in np.real(x).reshape(-1)]
    return [[number(float(v)) for v in row] for row in np.real(x)]


def number(x: float) -> int | float:
    """An integer where it is one up to rounding, else a short decimal."""
    if abs(x - round(x)) <= 1e-9 * max(1.0, abs(x)):
        return round(x)
    return float(f"{x:.6g}") if math.isfinite(x) else 0.0
