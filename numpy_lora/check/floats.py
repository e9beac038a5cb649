"""The floating grades: one slot at a time, the gradient against differences and, where the code is analytic, a complex step."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import numpy as np

from .noise import bent, last_digits, noise_of, rounding, shaken
from .plain import EPS, LONG_STEP, SMALL, STEPS, TOLERANCE, Floats, Plain, paired, relative
from .slopes import alone, analytic_at, joined, together

CLEAN = 1e-8  # of differences: h⁴ and eps/h stay below it on functions of moderate curvature
SHORT = 2.0**-13  # of a step: long enough for rounding to show, and a kink comes to a thousandth of the slope at most
MOST_NOISE = 1e-4  # in more of it nothing is judged
ALIKE = 2.0**-10  # of gradients' sizes: of so different ones, one step along all arguments would not see the smallest
SECONDS, PLAIN = 1.0, 1e-2  # after so long, so large an error of a confirmed complex step needs no second look either
CLEAR = 1e-10  # a complex step's error below it needs no second look


@dataclass(frozen=True)
class Measured:
    """How far a gradient is from a derivative of the forward pass, and how far that can be trusted."""

    error: float
    noise: float
    tolerance: float = TOLERANCE
    worst: int = 0  # the cotangent at which it is furthest off
    faint: bool = False  # whether the error is no more than last digits of the arguments, where a sum cancels

    @property
    def wrong(self) -> bool:
        """Whether the error stands out of the noise."""
        return bool(np.isfinite(self.error)) and self.error > self.tolerance and self.error > 4 * self.noise

    def settled(self, tolerance: float) -> bool:
        """Whether no error is seen, in a noise that is not all there is, unless last digits are."""
        return self.error <= max(tolerance, self.noise if self.faint else min(self.noise, MOST_NOISE))

    @property
    def clean(self) -> bool:
        """Whether the floats agree as closely as differences can tell: what a proof asks of them."""
        return self.error <= max(CLEAN, 16 * self.noise)


def against_forward(plain: Plain, Y: list[Floats], c: list[list[Floats]], g: list[list[Floats]]) -> list[Measured]:
    """Every slot's gradients g for the cotangents c of Y, against derivatives of the forward pass; the largest error counts.

    Where the code is analytic one complex step along all arguments at once, checked by a difference, settles it. Where that
    clears not all of them, each has a step of its own, and one that this does not clear differences of its own.
    """
    slots = range(len(g[0]))
    v = [plain.direction(k) for k in slots]
    if (all_at_once := _at_once(plain, Y, c, g, v)) is not None:
        return [all_at_once] * len(slots)
    D = [plain.complex_step(k, v[k]) for k in slots] if analytic_at(plain, v[0], 0) else None
    if D is None or any(d is None for d in D) or not together(plain, v, [d for d in D if d is not None]):
        return [by_differences(plain, k, c, [gi[k] for gi in g]) for k in slots]
    measured, end = [], time.perf_counter() + SECONDS
    for k, d in enumerate(D):
        assert d is not None
        errors = [relative(ci, d, gi[k], v[k]) for ci, gi in zip(c, g, strict=True)]
        floors = [rounding(ci, Y, d, gi[k], v[k]) for ci, gi in zip(c, g, strict=True)]
        worst = int(np.argmax([e / (CLEAR + f) for e, f in zip(errors, floors, strict=True)]))
        found = Measured(errors[worst], floors[worst])
        if errors[worst] > CLEAR + floors[worst]:
            other = plain.other_step(alone(plain, k, v[k]))
            errors[worst] = min(errors[worst], np.inf if other is None else relative(c[worst], other, g[worst][k], v[k]))
            found = Measured(errors[worst], floors[worst])
        doubtful = errors[worst] < PLAIN or time.perf_counter() < end
        if errors[worst] > CLEAR + floors[worst] and doubtful:
            found = by_differences(plain, k, c, [gi[k] for gi in g])
            noise = max(4 * floors[worst], 64 * noise_of(plain, k, c[worst], d, g[worst][k], v[k]))
            if errors[worst] <= noise:
                found = Measured(errors[worst], noise)
            elif not found.wrong:
                agreed = errors[worst] < 3 * found.error and found.noise < errors[worst] / 4
                found = Measured(errors[worst], noise, CLEAR if agreed else np.inf)
        size = paired(c[worst], d)[1] + paired([g[worst][k]], [v[k]])[1]
        faint = errors[worst] * size <= last_digits(plain, k, c[worst])
        measured.append(replace(found, worst=worst, faint=found.faint or faint))
    return measured


def _at_once(plain: Plain, Y: list[Floats], c: list[list[Floats]], g: list[list[Floats]], v: list[Floats]) -> Measured | None:
    """One complex step along all directions, weighted so that all gradients count alike; None unless it clears each of them."""
    sizes = [paired([gk], [vk])[1] for gk, vk in zip(g[0], v, strict=True)]
    least = min((size for size in sizes if size), default=1.0)
    if least < ALIKE * max(sizes, default=0.0):
        return None
    v = [vk * (least / (size or least)) for vk, size in zip(v, sizes, strict=True)]
    D = plain.complex_step_along(v)
    if D is None or not all(np.isfinite(d).all() for d in D):
        return None
    V = joined(v)
    G = [joined(gi) for gi in g]
    measured = [Measured(relative(ci, D, gi, V), rounding(ci, Y, D, gi, V)) for ci, gi in zip(c, G, strict=True)]
    if any(m.error > (CLEAR + m.noise) / len(v) for m in measured) or not together(plain, v, [D]):
        return None
    return max(measured, key=lambda m: m.error)


def by_differences(plain: Plain, k: int, c: list[list[Floats]], g: list[Floats]) -> Measured:
    """The relative error for the worst of the cotangents c, whose gradients are g, each at the best of several steps.

    The noise is what the step changes, and the rounding of the outputs over the step.
    """
    v = plain.direction(k)
    Y = plain.run(None, None).Y
    tried: list[tuple[float, list[Floats]]] = []
    for h in (*STEPS, *_short_enough(c[0], Y, g[0], v)):
        D = plain.difference(k, v, h)
        if all(np.isfinite(d).all() for d in D):
            tried.append((h, D))
        if tried and max(min(relative(ci, D, gi, v) for _, D in tried) for ci, gi in zip(c, g, strict=True)) <= CLEAN:
            return Measured(max(min(relative(ci, D, gi, v) for _, D in tried) for ci, gi in zip(c, g, strict=True)), 0.0)
    D = plain.difference(k, v, LONG_STEP)
    if all(np.isfinite(d).all() for d in D):
        tried.insert(0, (LONG_STEP, D))
    if not tried:
        return Measured(np.inf, np.inf)
    found = [_by_best(tried, ci, gi, v, Y, plain) for ci, gi in zip(c, g, strict=True)]
    worst = int(np.argmax([error / (noise + TOLERANCE) for error, noise, _, _ in found]))
    error, noise, h, size = found[worst]
    if error > max(TOLERANCE, 4 * noise):
        rounded = paired(c[worst], bent(plain, Y, h * SHORT))[1] / h + shaken(plain, k, c[worst], g[worst], v)
        noise += 8 * rounded / size
    faint = error * size <= last_digits(plain, k, c[worst]) / h
    return Measured(error, noise, worst=worst, faint=bool(faint))


def drowned(plain: Plain, k: int, c: list[Floats], g: Floats) -> bool:
    """Whether what a gradient comes to over the longest step is no more than the rounding of the outputs, or of the arguments."""
    v = plain.direction(k)
    size = paired(c, plain.difference(k, v, LONG_STEP))[1] + paired([g], [v])[1]
    return bool(size * LONG_STEP <= 64 * EPS * paired(c, plain.run(None, None).Y)[1] + last_digits(plain, k, c))


def _by_best(
    tried: list[tuple[float, list[Floats]]], c: list[Floats], g: Floats, v: Floats, Y: list[Floats], plain: Plain
) -> tuple[float, float, float, float]:
    """(error, noise, step, size of the terms) for one cotangent, at the step whose slope comes nearest to ⟨g, v⟩."""
    slopes = [paired(c, D)[0] for _, D in tried]
    best = int(np.argmin([abs(slope - paired([g], [v])[0]) for slope in slopes]))
    h, _ = tried[best]
    size = max(min(paired(c, other)[1] for _, other in tried) + paired([g], [v])[1], SMALL)  # noise adds to it at short steps
    eps = max([EPS, *(float(np.finfo(kind).eps) for kind in plain.problem.narrow.values())])
    noise = 8 * eps * paired(c, Y)[1] / h / size
    beside = [abs(slope - slopes[best]) for slope in slopes[max(best - 1, 0) : best + 2] if slope is not slopes[best]]
    noise += min(beside, default=np.inf) / size  # one step alone says nothing
    return abs(slopes[best] - paired([g], [v])[0]) / size, noise, h, size


def _short_enough(c: list[Floats], Y: list[Floats], g: Floats, v: Floats) -> list[float]:
    """Steps by which Y would change but little if the gradient were right, where all others are far longer."""
    h = STEPS[0] * paired(c, Y)[1] / max(paired([g], [v])[1], SMALL)
    return [h, h / 4, h / 16] if EPS * STEPS[0] < h < STEPS[-1] / 16 else []
