"""A gradient at one place, against the derivative of the forward pass there: by how much do they differ, and what is rounding?"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from .plain import EPS, STEPS, Floats, Plain, paired
from .points import OF_ZERO
from .proof import Prover
from .slopes import derivative

MOST = 2048  # entries of one gradient that are looked at
LEAST, FEWEST = 8, 2  # of them, and where there is no time
SHORTEST = 0.3  # of a step, and the shortest that others of it are compared with
SETTLED = 2.0**-42  # of each entry: far below what exact numbers are to find, far above what an iteration leaves
LOST, LAST = 8, 64  # last digits of the terms of a slope, and of the largest entry: a saturated unit's input moves nothing
SHAKES, DIGITS = 10, (-4.0, -2.0, -1.0, 1.0, 2.0, 4.0)  # by so many last digits: one alone may move nothing
BENDING = (2.0**-22, 2.0**-23, 2.0**-24)  # long enough for an inner difference to round to another multiple
FOURTH = {-2: 1, -1: -4, 1: -4, 2: 1}  # a fourth difference, but for its middle; its rounding is eight times that of a value
FAR_BENT = 2.0**-40  # of a gradient's largest entry: far more than rounding
SIDE = 2.0**-26  # of a value: what curves has bent by less than COARSE over it
COARSE = 2.0**-23  # to which a difference is known, where there is no complex step and its other steps do not show less
SECONDS = 1.0  # what looking may take, of all gradients


def off_zero(plain: Plain, v: Floats) -> Floats:
    """A value whose zeros are moved, or itself."""
    if (np.asarray(v) != 0).all():
        return v
    largest = float(np.max(np.abs(v), initial=0.0)) or 1.0
    new = np.where(np.asarray(v) == 0, OF_ZERO * largest * plain.rng.uniform(0.5, 1.0, np.shape(v)), v)
    return new.astype(np.asarray(v).dtype) if isinstance(v, np.ndarray) else new[()]


class Clock:
    """Shares what time there is among the gradients that are still to be looked at."""

    def __init__(self, plain: Plain, slots: int) -> None:
        self.end, self.left = time.perf_counter() + SECONDS, slots
        start = time.perf_counter()
        plain.complex_step(0, plain.direction(0))
        self.step = time.perf_counter() - start

    def share(self) -> float:
        """Seconds that the next gradient may cost."""
        share = max(0.0, self.end - time.perf_counter()) / max(1, self.left)
        self.left -= 1
        return share


@dataclass
class Place:
    """Values and cotangents at which a gradient is looked at, and what the plain op gives there."""

    plain: Plain
    R: list[Floats]
    Y: list[Floats]
    g: list[Floats]
    settled: set[int] = field(default_factory=set)  # gradients that agree with complex steps in every entry, to the last digits

    @classmethod
    def at(cls, plain: Plain, values: list[Floats], R: list[Floats]) -> Place:
        """The op, run plainly at other values."""
        there = plain.at(values)
        outcome = there.run(None, R)
        return cls(there, R, outcome.Y, outcome.gradients)

    def off_zero(self) -> Place | None:
        """The same, every zero moved by a part of its array's largest entry; None without zeros, or where it cannot be run."""
        values = [off_zero(self.plain, v) for v in self.plain.values]
        if all(new is old for new, old in zip(values, self.plain.values, strict=True)):
            return None
        try:
            there = Place.at(self.plain, values, self.R)
        except Exception:
            return None
        return there if all(np.isfinite(a).all() for a in (*there.Y, *there.g)) else None

    def entries(self, k: int, prover: Prover | None, clock: Clock) -> list[int]:
        """The entries to look at: all if there is time, else some at random and one that exact numbers name."""
        size, share = int(np.size(self.g[k])), clock.share()
        steps = int(share / (2 * clock.step + 1e-9))
        least = max(FEWEST, min(LEAST, steps))
        if size <= max(least, min(MOST, steps)):
            return list(range(size))
        named = prover.locate(k) if prover is not None and share > prover.points.seconds * size.bit_length() else None
        some = self.plain.rng.choice(size, max(least, min(64, steps // 2)), replace=False).tolist()
        return sorted({*some, *([] if named is None else [named])})

    def differs(self, k: int, prover: Prover | None, clock: Clock) -> bool:
        """Whether some entry differs from a complex step by more than rounding: 64 eps, and what the last digits move."""
        return self._differs(k, self.entries(k, prover, clock), prover)

    def differs_at(self, k: int, j: int, prover: Prover) -> bool:
        """Whether one entry does."""
        return self._differs(k, [j], prover)

    def _differs(self, k: int, entries: list[int], prover: Prover | None) -> bool:
        expected, terms, analytic = derivative(self.plain, k, self.R, entries)
        got = np.asarray(self.g[k], float).reshape(-1)[entries]
        off, size = np.abs(expected - got), np.maximum(np.abs(expected), np.abs(got))
        largest = float(np.max(np.abs(self.g[k]), initial=0.0))
        most = COARSE * max(largest, float(np.max(terms, initial=0.0)))
        noise = EPS * (64 * size + LOST * terms + LAST * largest) + np.minimum(4 * self.shaken[k].reshape(-1)[entries], most)
        if not analytic:
            others = [derivative(self.plain, k, self.R, entries, shorter=s).found for s in (1.4, 0.7, 0.5, SHORTEST)]
            noise = most + 4 * np.max([np.abs(other - expected) for other in others], axis=0) + self.rounding(k, entries)
        beyond = np.flatnonzero(off > noise)[:LEAST]
        if analytic and len(entries) == np.size(self.g[k]) and (off <= SETTLED * size).all():
            self.settled.add(k)
        excess, far = (off - noise)[beyond], [entries[j] for j in beyond]
        if not analytic or prover is None:  # exact numbers would have met a kink
            return bool((excess > self.sides(k, far)).any())
        if not beyond.size or (excess > most).any():
            return bool(beyond.size)
        return bool((excess > np.minimum(self.bends(k, far, expected[beyond]), most)).any())

    def rounding(self, k: int, entries: list[int]) -> Floats:
        """What last digits of the outputs come to over the shortest step of a difference by each entry."""
        v = np.abs(np.asarray(self.plain.values[k], float))
        own = np.where(v == 0, float(np.max(v, initial=0.0)) or 1.0, v).reshape(-1)[entries]
        return np.asarray(16 * EPS * paired(self.R, self.Y)[1] / (SHORTEST * STEPS[0] * own))

    @cached_property
    def shaken(self) -> list[Floats]:
        """How far the gradients move when the values move by last digits: those of an inner difference by 1e-8."""
        most = [np.zeros(np.shape(g)) for g in self.g]
        for _ in range(SHAKES):
            near = self.plain.run(self.plain.beside(self.plain.signs(DIGITS), EPS), self.R).gradients
            most = [np.maximum(m, np.abs(a - g)) for m, a, g in zip(most, near, self.g, strict=True)]
        return most

    def sides(self, k: int, entries: list[int]) -> Floats:
        """How far the slopes to the two sides of each entry's value are apart over a short step: at a kink, either is right."""
        v, found = np.asarray(self.plain.values[k], float), np.empty(len(entries))
        largest = float(np.max(np.abs(v), initial=0.0)) or 1.0
        for n, j in enumerate(entries):
            h, step = SIDE * (abs(float(v.reshape(-1)[j])) or largest), np.zeros(v.shape)
            step.reshape(-1)[j] = h
            up, down = (self.plain.run(self.plain.moved(k, s * step), None).Y for s in (1, -1))
            found[n] = abs(paired(self.R, [a + b - 2 * y for a, b, y in zip(up, down, self.Y, strict=True)])[0]) / h
        return found

    def bends(self, k: int, entries: list[int], expected: Floats) -> Floats:
        """What rounding both sides may have, by their fourth differences over steps so short that only rounding is left in them.

        Where an entry bends by far more than by rounding, differences are taken inside, and they are known as differences are.
        """
        g, bent, both = np.asarray(self.g[k], float).reshape(-1), 0.0, np.zeros(len(entries))
        for h in BENDING:
            signs = self.plain.signs()
            got, slope = 6 * g, 6 * expected
            for steps, weight in FOURTH.items():
                there = Place.at(self.plain, self.plain.beside(signs, steps * h), self.R)
                got = got + weight * there.g[k].reshape(-1)
                slope = slope + weight * derivative(there.plain, k, self.R, entries).found
            bent = np.fmax(bent, np.max(np.abs(got)) / 8)
            both = np.fmax(both, np.maximum(np.abs(got[entries]), np.abs(slope)) / 8)
        largest = np.max(np.abs(g))
        return np.maximum(16 * both, COARSE * largest if bent > FAR_BENT * largest else 0.0)
