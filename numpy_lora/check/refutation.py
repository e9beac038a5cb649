"""From "it differs" to a report of what is wrong: confirmed in floats where need be, entry by entry, with a counterexample."""

from __future__ import annotations

import copy
import time
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from .diagnosis import CLOSE, Circumstances, close, factor_of, failure, lengths_of
from .floats import by_differences
from .guesses import guess
from .place import MOST, Clock, Place
from .plain import SMALL, TOLERANCE_FLOAT32, Floats
from .proof import Prover
from .report import Failure
from .slopes import Slopes, derivative
from .trees import is_float_array, leaves, name_of

PLAINLY = 1e-4  # by how much a factor differs from one
DIGITS_FLOAT32 = 2.0**-22
DIGITS_LEFT, LEADING = 2.0**-26, 2.0**-10  # off by what a float32 leaves: of the largest entry so much, of most entries less
CLOSE_FLOAT32 = 1e-3  # how closely gradients agree where values were rounded to float32
COTANGENTS = 4  # at which a gradient is looked at before floats are said not to confirm that it is wrong
SECONDS = 1.0  # what telling may take
LONGEST = 4.0  # what looking for the one wrong entry of many may take
LOOKED_AT = 4  # entries that are not finite


def confirmed(place: Place, prover: Prover, slots: list[int]) -> tuple[Place, list[int]]:
    """The slots whose gradients differ in floats too, and where: as given, or moved, where zeros hide and nothing cancels."""
    there, found = somewhere(place, prover, slots)
    if found:
        return there, found
    moved = Place.at(place.plain, *prover.points.shadows(1))
    return (moved, found) if (found := differing(moved, prover, slots)) else (place, _one_by_one(place, prover, slots))


def _one_by_one(place: Place, prover: Prover, slots: list[int]) -> list[int]:
    """The slots of which the entry that exact numbers name differs, of gradients too large to look at every one."""
    found, end = [], time.perf_counter() + LONGEST
    for k in slots:
        size = int(np.size(place.g[k]))
        ready = time.perf_counter() + prover.points.seconds * size.bit_length() < end
        if size > MOST and ready and (j := prover.locate(k)) is not None and place.differs_at(k, j, prover):
            found.append(k)
    return found


def somewhere(place: Place, prover: Prover | None, slots: list[int]) -> tuple[Place, list[int]]:
    """The slots whose gradients differ in floats, and where: as given, or at other cotangents."""
    for there in _turned(place) if slots else ():
        if found := differing(there, prover, slots):
            return there, found
    return place, []


def _turned(place: Place) -> Iterator[Place]:
    """A place, and the same values with other cotangents, one of which may hide what others show."""
    yield place
    for _ in range(COTANGENTS):
        R = [place.plain.rng.normal(size=np.shape(r)) for r in place.R]
        yield Place(place.plain, R, place.Y, place.plain.run(None, R).gradients)


def differing(place: Place, prover: Prover | None, slots: list[int]) -> list[int]:
    """The slots whose gradients differ in floats too, at one place."""
    clock = Clock(place.plain, len(slots))
    return [k for k in slots if place.differs(k, prover, clock)]


def to_float32(place: Place, slots: list[int]) -> bool:
    """Whether gradients agree with derivatives of the forward pass to the last digits of a float32."""
    return all(close(slopes.found, got, DIGITS_FLOAT32) for slopes, got in _looked_at(place, slots))


def coarse(place: Place, slots: list[int], least: float = DIGITS_LEFT) -> bool:
    """Whether gradients are off by as much as the digits of a float32 leave open: by little, but plainly."""
    for there in _turned(place):
        furthest = 0.0
        for slopes, got in _looked_at(there, slots):
            off = np.abs(slopes.found - got)
            furthest = max(furthest, np.max(off) / max(np.max(slopes.sizes), SMALL))
            if np.mean(off <= LEADING * slopes.sizes) < 0.5:
                return False
        if furthest >= least:
            return furthest <= TOLERANCE_FLOAT32
    return False


def furthest(place: Place, slots: list[int]) -> float:
    """How far gradients are off, relative to the largest entry of each."""
    found = [np.max(np.abs(slopes.found - got)) / max(np.max(slopes.sizes), SMALL) for slopes, got in _looked_at(place, slots)]
    return float(max(found))


def _looked_at(place: Place, slots: list[int]) -> Iterator[tuple[Slopes, Floats]]:
    """(derivatives of the forward pass, gradient) of each slot, by the entries that there is time for."""
    clock = Clock(place.plain, len(slots))
    for k in slots:
        entries = place.entries(k, None, clock)
        yield derivative(place.plain, k, place.R, entries), np.asarray(place.g[k], float).reshape(-1)[entries]


def failures(place: Place, wrong: list[int], prover: Prover | None, rounded: bool) -> list[Failure]:
    """One for each wrong gradient: the entry furthest off, the factor, the kind, and values at which it fails."""
    labels = place.plain.problem.labels
    clock = Clock(place.plain, len(wrong))
    looked = {k: place.entries(k, prover, clock) for k in wrong}
    expected = {k: derivative(place.plain, k, place.R, entries).found for k, entries in looked.items()}
    whole = {k: e.reshape(np.shape(place.g[k])) for k, e in expected.items() if e.size == np.size(place.g[k])}
    right = {labels[k]: g for k, g in enumerate(place.g) if k not in wrong}
    right |= _unjudged(place, {np.shape(e) for e in whole.values()})
    counterexample = _counterexample(place, wrong)
    given = [leaf for _, leaf in leaves(place.plain.problem.arguments) if isinstance(leaf, np.ndarray)]
    lengths = lengths_of([*place.Y, *place.g, *given])
    found = []
    for k in wrong:
        others = right | {labels[j]: e for j, e in whole.items() if j != k}
        around = Circumstances(others, place.R, lengths, CLOSE_FLOAT32 if rounded else CLOSE)
        got = np.asarray(place.g[k], float)
        if k in whole:
            told = failure(labels[k], whole[k], got, around)
            cancels = told.factor is not None and [abs(told.factor * r - 1) < CLOSE for r in place.R if np.size(r) == 1] == [True]
            if told.factor is not None and (cancels or not _everywhere(place, k, told.factor, around.tolerance)):
                told = replace(told, kind="other", factor=None)
            if told.kind in ("other", "wrong-branch") and not close(whole[k], got, around.tolerance):
                kind, message = guess(place.plain, k, place.R, place.Y, whole[k], got, around, told.kind)
                told = replace(told, kind=kind, message=message)
        else:
            told = failure(labels[k], expected[k], got.reshape(-1)[looked[k]], around)
            place_of = np.unravel_index(looked[k][told.index[0]], got.shape)
            told = replace(told, index=tuple(int(n) for n in place_of))
        found.append(replace(told, counterexample=counterexample))
    return found


def _everywhere(place: Place, k: int, factor: float, tolerance: float) -> bool:
    """Whether a factor is the same elsewhere, where it need not be: that of one number to another, or one of almost one."""
    near, size = abs(factor - 1) < PLAINLY, int(np.size(place.g[k]))
    if np.count_nonzero(place.g[k]) > 1 and not near:
        return True
    if near and size == 1:
        return False
    values = [np.asarray(v, float) * (1 + 2.0**-6 * (n + 1)) for n, v in enumerate(place.plain.values)]
    try:
        there = Place.at(place.plain, values, [place.plain.rng.normal(size=np.shape(r)) for r in place.R])
        expected, got = derivative(there.plain, k, there.R, list(range(size))).found, np.asarray(there.g[k], float).reshape(-1)
        found = factor_of(expected, got, CLOSE if near else tolerance)
    except Exception:
        return True
    return found is not None and abs(found - factor) <= (abs(factor - 1) / 8 if near else tolerance * abs(factor))


def _unjudged(place: Place, shapes: set[tuple[int, ...]]) -> dict[str, Floats]:
    """The right gradients of arguments for which backward gave none: it may have given one of them for another."""
    problem, found = place.plain.problem, {}
    for path, leaf in leaves(problem.arguments):
        if path not in problem.slots and is_float_array(leaf) and np.shape(leaf) in shapes and np.size(leaf) <= MOST:
            beside = copy.copy(problem)
            beside.slots = [*problem.slots, path]
            plain = replace(place.plain, problem=beside, values=[*place.plain.values, leaf])
            entries = list(range(np.size(leaf)))
            found[f"d{name_of(path)}"] = derivative(plain, len(problem.slots), place.R, entries).found.reshape(np.shape(leaf))
    return found


def shape_failures(place: Place) -> list[Failure]:
    """Gradients of another shape than their argument."""
    found = []
    for k, (g, v) in enumerate(zip(place.g, place.plain.values, strict=True)):
        if np.shape(g) != np.shape(v) and not (np.size(v) == 1 and np.size(g) == 1 and not isinstance(v, np.ndarray)):
            entries = list(range(min(int(np.size(v)), MOST)))
            expected = np.zeros(np.shape(v))
            expected.reshape(-1)[entries] = derivative(place.plain, k, place.R, entries).found
            found.append(failure(place.plain.problem.labels[k], expected, np.asarray(g), Circumstances({}, place.R, set())))
    return found


def not_finite(place: Place) -> Failure | None:
    """The gradient that is infinite or no number, where the forward pass has a finite derivative."""
    for k, g in enumerate(place.g):
        for j in np.flatnonzero(~np.isfinite(np.reshape(g, -1)))[:LOOKED_AT].tolist():
            expected = float(derivative(place.plain, k, place.R, [j]).found[0])
            if np.isfinite(expected):
                index = tuple(int(n) for n in np.unravel_index(j, np.shape(g)))
                told = "it is not finite for some dY of usual size, as one that is zero in places"
                return Failure(
                    place.plain.problem.labels[k], index, expected, str(np.reshape(g, -1)[j]), None, "other", None, told
                )
    return None


def _counterexample(place: Place, wrong: list[int]) -> dict[str, object] | None:
    """The values, rounded to small integers as far as the failure persists."""
    values = list(place.plain.values)
    if place.plain.slow or sum(int(np.size(v)) for v in values) > MOST:
        return None
    end = time.perf_counter() + SECONDS
    for k in range(len(values)):
        if time.perf_counter() > end:
            return None
        trial = [*values[:k], np.clip(np.rint(values[k]), -3, 3), *values[k + 1 :]]
        if _fails_at(place, trial, wrong):
            values = trial
    problem = place.plain.problem
    given = {path: leaf for path, leaf in leaves(problem.arguments) if isinstance(leaf, np.ndarray)}
    found = given | dict(zip(problem.slots, values, strict=True))
    return {name_of(path): np.asarray(v).tolist() for path, v in found.items()}


def _fails_at(place: Place, values: list[Floats], wrong: list[int]) -> bool:
    try:
        there = Place.at(place.plain, values, [np.rint(2 * r) for r in place.R])
        return by_differences(there.plain, wrong[0], [there.R], [there.g[wrong[0]]]).wrong
    except Exception:
        return False
