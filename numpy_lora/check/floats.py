"""The floating grades: one slot at a time, the gradient against differences and, where the code is analytic, a complex step."""

from __future__ import annotations

import itertools
import time
from dataclasses import dataclass, replace

import numpy as np

from .plain import COMPLEX_TOLERANCE, SMALL, STEPS, TOLERANCE, Floats, Plain, paired, relative

EPS = float(np.finfo(float).eps)
CLEAN = 1e-8  # of differences: h⁴ and eps/h stay below it on functions of moderate curvature
PART, MOST_PARTS = 128, 8  # entries that one complex step moves alone, and into how many parts a gradient is divided
BENT = 1e-7  # of a step: a kink in a small part of the outputs bends their sum by little, and rounding by less
SHORT = 2.0**-13  # of a step: long enough for rounding to show, and a kink comes to a thousandth of the slope at most
DRAWS = 3
MOST_NOISE = 1e-2  # in more of it nothing is judged
BENDS = (2.0**-30, 2.0**-31, 2.0**-32, 2.0**-33)
CONFIRMING = (*STEPS[1:], 2.0**-24)  # steps of differences that need agree but coarsely: short ones for steep functions
ALIKE = 2.0**-10  # of gradients' sizes: of so different ones, one step along all arguments would not see the smallest
SECONDS, PLAIN = 2.0, 1e-2  # after so long, so large an error of a confirmed complex step needs no second look either
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


def against_forward(plain: Plain, c: list[list[Floats]], g: list[list[Floats]]) -> list[Measured]:
    """Every slot's gradients g for the cotangents c, against derivatives of the forward pass; the largest error counts.

    Where the code is analytic one complex step along all arguments at once, checked by a difference, settles it. Where that
    clears not all of them, each has a step of its own, and one that this does not clear differences of its own.
    """
    slots = range(len(g[0]))
    v = [plain.direction(k) for k in slots]
    if (all_at_once := _at_once(plain, c, g, v)) is not None:
        return [all_at_once] * len(slots)
    D = [plain.complex_step(k, v[k]) for k in slots] if _analytic(plain, v[0], 0) else None
    if D is None or any(d is None for d in D) or not _together(plain, v, [d for d in D if d is not None]):
        return [by_differences(plain, k, c, [gi[k] for gi in g]) for k in slots]
    Y = plain.run(None, None).Y
    measured, end = [], time.perf_counter() + SECONDS
    for k, d in enumerate(D):
        assert d is not None
        errors = [relative(ci, d, gi[k], v[k]) for ci, gi in zip(c, g, strict=True)]
        floors = [rounding(ci, Y, d, gi[k], v[k]) for ci, gi in zip(c, g, strict=True)]
        worst = int(np.argmax([e / (CLEAR + f) for e, f in zip(errors, floors, strict=True)]))
        found = Measured(errors[worst], floors[worst])
        if errors[worst] > CLEAR + floors[worst]:
            other = plain.other_step(_alone(plain, k, v[k]))
            errors[worst] = min(errors[worst], np.inf if other is None else relative(c[worst], other, g[worst][k], v[k]))
            found = Measured(errors[worst], floors[worst])
        doubtful = errors[worst] < PLAIN or time.perf_counter() < end
        if errors[worst] > CLEAR + floors[worst] and doubtful:
            found = by_differences(plain, k, c, [gi[k] for gi in g])
            noise = max(4 * floors[worst], 64 * _noise(plain, k, c[worst], d, g[worst][k], v[k]))
            if errors[worst] <= noise:
                found = Measured(errors[worst], noise)
            elif not found.wrong:
                agreed = errors[worst] < 3 * found.error and found.noise < errors[worst] / 4
                found = Measured(errors[worst], noise, CLEAR if agreed else np.inf)
        size = paired(c[worst], d)[1] + paired([g[worst][k]], [v[k]])[1]
        faint = errors[worst] * size <= last_digits(plain, k, c[worst])
        measured.append(replace(found, worst=worst, faint=found.faint or faint))
    return measured


def _alone(plain: Plain, k: int, v: Floats) -> list[Floats]:
    """A direction in which one argument moves."""
    return [v if j == k else np.zeros(np.shape(x)) for j, x in enumerate(plain.values)]


def _at_once(plain: Plain, c: list[list[Floats]], g: list[list[Floats]], v: list[Floats]) -> Measured | None:
    """One complex step along all directions, weighted so that all gradients count alike; None unless it clears each of them."""
    sizes = [paired([gk], [vk])[1] for gk, vk in zip(g[0], v, strict=True)]
    least = min((size for size in sizes if size), default=1.0)
    if least < ALIKE * max(sizes, default=0.0):
        return None
    v = [vk * (least / (size or least)) for vk, size in zip(v, sizes, strict=True)]
    D = plain.complex_step_along(v)
    if D is None or not all(np.isfinite(d).all() for d in D):
        return None
    Y, V = plain.run(None, None).Y, _joined(v)
    G = [_joined(gi) for gi in g]
    measured = [Measured(relative(ci, D, gi, V), rounding(ci, Y, D, gi, V)) for ci, gi in zip(c, G, strict=True)]
    if any(m.error > (CLEAR + m.noise) / len(v) for m in measured) or not _together(plain, v, [D]):
        return None
    return max(measured, key=lambda m: m.error)


def _joined(parts: list[Floats]) -> Floats:
    return np.concatenate([np.reshape(part, -1) for part in parts])


def last_digits(plain: Plain, k: int, c: list[Floats]) -> float:
    """What the last digits of an argument come to, paired with a cotangent."""
    largest = float(np.max(np.abs(np.asarray(plain.values[k], float)), initial=0.0)) or 1.0
    return 64 * EPS * largest * sum(float(np.abs(ci).sum()) for ci in c)


def rounding(c: list[Floats], Y: list[Floats], D: list[Floats], g: Floats, v: Floats) -> float:
    """What rounding the outputs alone does to ⟨c, D⟩, relative to its terms: where Y hardly moves, slopes drown in it."""
    return 64 * EPS * paired(c, Y)[1] / max(paired(c, D)[1] + paired([g], [v])[1], SMALL)


def _analytic(plain: Plain, v: Floats, k: int) -> bool:
    D = plain.complex_step(k, v)
    return D is not None and all(bool(np.isfinite(d).all()) for d in D)


def _together(plain: Plain, v: list[Floats], D: list[list[Floats]]) -> bool:
    """Whether a central difference along all directions agrees with the sum of the complex steps.

    Coarsely: what it is to find is an imaginary part that was dropped, which is an error of order one.
    """
    for h in CONFIRMING:
        up, down = (plain.run([np.asarray(x) + s * d for x, d in zip(plain.values, v, strict=True)], None).Y for s in (h, -h))
        apart, size = 0.0, 0.0
        for n, (a, b) in enumerate(zip(up, down, strict=True)):
            apart += float(np.abs((a - b) / (2 * h) - sum(d[n] for d in D)).sum())
            size += float(np.sum([np.abs(d[n]).sum() for d in D]))
        if apart <= 1e-5 * size:
            return True
    return False


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
    if not tried:
        return Measured(np.inf, np.inf)
    found = [_by_best(tried, ci, gi, v, Y, plain) for ci, gi in zip(c, g, strict=True)]
    worst = int(np.argmax([error / (noise + TOLERANCE) for error, noise, _, _ in found]))
    error, noise, h, size = found[worst]
    if error > max(TOLERANCE, 4 * noise):
        rounded = paired(c[worst], bent(plain, Y, h * SHORT))[1] / h + _shaken(plain, k, c[worst], g[worst], v)
        noise += 8 * rounded / size
    faint = error * size <= last_digits(plain, k, c[worst]) / h
    return Measured(error, noise, worst=worst, faint=bool(faint))


def _by_best(
    tried: list[tuple[float, list[Floats]]], c: list[Floats], g: Floats, v: Floats, Y: list[Floats], plain: Plain
) -> tuple[float, float, float, float]:
    """(error, noise, step, size of the terms) for one cotangent, at the step whose slope comes nearest to ⟨g, v⟩."""
    slopes = [paired(c, D)[0] for _, D in tried]
    best = int(np.argmin([abs(slope - paired([g], [v])[0]) for slope in slopes]))
    h, _ = tried[best]
    size = max(max(paired(c, other)[1] for _, other in tried) + paired([g], [v])[1], SMALL)
    eps = max([EPS, *(float(np.finfo(kind).eps) for kind in plain.problem.narrow.values())])
    noise = 8 * eps * paired(c, Y)[1] / h / size
    if len(slopes) > 1:
        noise += (
            min(abs(slope - slopes[best]) for slope in slopes[max(best - 1, 0) : best + 2] if slope is not slopes[best]) / size
        )
    return abs(slopes[best] - paired([g], [v])[0]) / size, noise, h, size


def _short_enough(c: list[Floats], Y: list[Floats], g: Floats, v: Floats) -> list[float]:
    """A step by which Y would change but little if the gradient were right, where all others are far longer."""
    h = STEPS[0] * paired(c, Y)[1] / max(paired([g], [v])[1], SMALL)
    return [h] if EPS * STEPS[0] < h < STEPS[-1] / 16 else []


def bent(plain: Plain, Y: list[Floats], h: float) -> list[Floats]:
    """How far every output is from straight over steps so short that only its rounding bends it: terms that cancel, say."""
    most = [np.zeros(np.shape(y)) for y in Y]
    for _ in range(DRAWS):
        signs = [plain.rng.choice([-1.0, 1.0], np.shape(v)) for v in plain.values]
        near = ([np.asarray(v, float) * (1 + way * s) for v, s in zip(plain.values, signs, strict=True)] for way in (h, -h))
        up, down = (plain.run(values, None).Y for values in near)
        most = [np.maximum(m, np.abs(u - y + (d - y)) / 2) for m, u, d, y in zip(most, up, down, Y, strict=True)]
    return [np.minimum(m, 2.0**-20 * np.max(np.abs(y), initial=0.0)) for m, y in zip(most, Y, strict=True)]


def _shaken(plain: Plain, k: int, c: list[Floats], g: Floats, v: Floats) -> float:
    """What ⟨g, v⟩ changes by when every value moves by its last digit, and dY threefold."""
    most = 0.0
    for _ in range(DRAWS):
        near = [np.asarray(x, float) * (1 + EPS * plain.rng.choice([-1.0, 1.0], np.shape(x))) for x in plain.values]
        thrice = plain.run(near, [3 * ci for ci in c]).gradients[k]
        most = max(most, abs(paired([thrice / 3 - g], [v])[0]))
    return min(most, 2.0**-20 * paired([g], [v])[1])


def kinked(plain: Plain, slots: list[int]) -> bool:
    """Whether the op has a kink at these values, or jumps: differences to the two sides do not come together.

    slots : those that move, all at once.
    """
    if plain.problem.narrow or not slots:
        return False  # in steps so short it would be rounding that bends it
    here = plain.run(None, None).Y
    return any(_kinked_along(plain, {k: plain.direction(k) for k in slots}, here) for _ in range(4))


def _kinked_along(plain: Plain, v: dict[int, Floats], here: list[Floats]) -> bool:
    bends, steps = [], []
    size = sum(float(np.abs(y).sum()) for y in here)
    for h in (2.0**-14, 2.0**-20, 2.0**-26):
        moved = ([plain.moved(k, s * v.get(k, 0.0))[k] for k in range(len(plain.values))] for s in (h, -h))
        up, down = (plain.run(values, None).Y for values in moved)
        bend = sum(float(np.abs((a - y) + (b - y)).sum()) for a, b, y in zip(up, down, here, strict=True))
        step = sum(float(np.abs(a - b).sum()) for a, b in zip(up, down, strict=True))
        bends.append(bend / max(bend + step, np.finfo(float).tiny) if bend > 32 * EPS * size else 0.0)
        steps.append(step)
    # a bend that shrinks with the step is smooth, one that grows is rounding's, and between the two it does neither
    bent = any(short > BENT and long / 8 < short < 8 * long for long, short in itertools.pairwise(bends))
    return bool(bent or (steps[1] > size and steps[1] > steps[0] / 8))


def by_complex_steps(plain: Plain, c: list[Floats], g: list[Floats], directions: int) -> list[Measured | None]:
    """Every gradient against complex steps: along all arguments at once, and each by its own where that does not clear them."""
    at_once = _all_by_complex_step(plain, c, g, directions)
    if at_once is not None:
        return [at_once] * len(g)
    return [by_complex_step(plain, k, c, gk, directions) for k, gk in enumerate(g)]


def _all_by_complex_step(plain: Plain, c: list[Floats], g: list[Floats], directions: int) -> Measured | None:
    """The largest error over random directions and over parts of all gradients together; None unless it is mere rounding."""
    G, sizes = _joined(g), [int(np.size(gk)) for gk in g]
    alike = _joined([_alike(gk) for gk in g])
    largest = float(np.max(np.abs(_joined(plain.values)), initial=0.0)) or 1.0
    v = alike * (largest / float(np.max(alike, initial=0.0) or 1.0))
    parts = [np.ones(v.shape)] * directions + _parts(plain, v.size, MOST_PARTS * len(g))
    errors = []
    for n, part in enumerate(parts):
        V = v * part * plain.rng.choice([-1.0, 1.0], v.shape)
        split = np.split(V, np.cumsum(sizes)[:-1])
        moves = [vk.reshape(np.shape(gk)) for vk, gk in zip(split, g, strict=True)]
        D = plain.complex_step_along(moves)
        if D is None or (n == 0 and not _together(plain, moves, [D])):
            return None
        if n == 0:
            D = plain.other_step(moves) or D
        errors.append(relative(c, D, G, V))
        if not errors[-1] <= COMPLEX_TOLERANCE:
            return None
    return Measured(max(errors), 0.0)


def _alike(g: Floats) -> Floats:
    """How far entries move for all of them that are not small to count alike in ⟨gradient, v⟩."""
    size = np.abs(np.asarray(g, float))
    alike: Floats = 1.0 / np.maximum(size, float(np.max(size, initial=0.0)) / 16 or 1.0)
    return alike


def _parts(plain: Plain, n: int, most: int) -> list[Floats]:
    """Few of n entries at a time, marked by ones."""
    parts = np.array_split(plain.rng.permutation(n), min(most, -(-n // PART)) or 1)
    return [np.isin(np.arange(n), part).astype(float) for part in parts]


def by_complex_step(plain: Plain, k: int, c: list[Floats], g: Floats, directions: int) -> Measured | None:
    """The largest relative error over random directions, and over parts of the gradient; None where the code is not analytic.

    A complex step counts only where differences agree with it: NumPy's abs, var and norm drop the imaginary part silently.
    The noise is how far both sides move when the values move by their last digit.
    """
    found = []
    for n, v in enumerate([*(plain.direction(k) for _ in range(directions)), *_in_parts(plain, k, g)]):
        D = plain.complex_step(k, v)
        if D is None or not all(np.isfinite(d).all() for d in D):
            return None
        if n < directions and not _confirmed(plain, k, v, D):
            return None
        other = plain.other_step(_alone(plain, k, v)) if n == 0 or relative(c, D, g, v) > COMPLEX_TOLERANCE else None
        error = relative(c, other or D, g, v)
        noise = _noise(plain, k, c, other or D, g, v, other is not None) if error > COMPLEX_TOLERANCE else 0.0
        found.append(Measured(error, noise))
    return max(found, key=lambda m: m.error / (COMPLEX_TOLERANCE + 16 * m.noise))


def _in_parts(plain: Plain, k: int, g: Floats) -> list[Floats]:
    """Directions in which few entries move at a time, those that are not small counting alike, so that an error in one shows."""
    alike = _alike(g)
    largest = float(np.max(np.abs(plain.values[k]), initial=0.0)) or 1.0
    v = plain.rng.choice([-1.0, 1.0], alike.shape) * alike * (largest / float(np.max(alike, initial=0.0) or 1.0))
    return [v * part.reshape(v.shape) for part in _parts(plain, v.size, MOST_PARTS)]


def _confirmed(plain: Plain, k: int, v: Floats, D: list[Floats]) -> bool:
    """Whether differences agree with a complex step: what is to be found is an imaginary part dropped on the way."""
    for h in STEPS:
        E = plain.difference(k, v, h)
        if sum(float(np.abs(d - e).sum()) for d, e in zip(D, E, strict=True)) <= 1e-4 * sum(float(np.abs(d).sum()) for d in D):
            return True
    return False


def _noise(plain: Plain, k: int, c: list[Floats], D: list[Floats], g: Floats, v: Floats, ordered: bool = False) -> float:
    """The relative change of ⟨gradient, v⟩ and of ⟨c, D⟩ when every value moves by a relative eps, and dY threefold.

    And how far ⟨gradient, v⟩ bends over steps so short that it would be straight but for its rounding: where tanh is all but
    −1 a last digit of the value moves nothing, and 1 + tanh has lost most of its own.
    """
    size = paired(c, D)[1] + paired([g], [v])[1]
    thrice = plain.run(None, [3 * ci for ci in c]).gradients[k]  # 3 is no power of two: the backward pass rounds anew
    change = abs(paired([thrice / 3 - g], [v])[0])
    for _ in range(3):
        near = [np.asarray(x, float) * (1 + EPS * plain.rng.choice([-1.0, 1.0], np.shape(x))) for x in plain.values]
        other = Plain(plain.problem, near, plain.rng, reseed=plain.reseed)
        moved = other.run(None, c).gradients[k]
        D2 = other.complex_step(k, v, ordered=ordered) or D
        change = max(change, abs(paired([moved - g], [v])[0]), abs(paired(c, [a - b for a, b in zip(D2, D, strict=True)])[0]))
    for h in BENDS:
        signs = [plain.rng.choice([-1.0, 1.0], np.shape(x)) for x in plain.values]
        sides = []
        for way in (h, -h):
            near = [np.asarray(x, float) * (1 + way * s) for x, s in zip(plain.values, signs, strict=True)]
            sides.append(Plain(plain.problem, near, plain.rng, reseed=plain.reseed).run(None, c).gradients[k])
        change = max(change, abs(paired([sides[0] + sides[1] - 2 * g], [v])[0]) / 2)
    most = 2.0**-30 * paired(c, plain.run(None, None).Y)[1]  # rounding is no more than that; what is, is no rounding
    return 8 * min(change, most) / max(size, SMALL)


def stands_out(measured: Measured, least: float = COMPLEX_TOLERANCE) -> bool:
    """Whether a complex step's error is more than rounding, and than what SciPy's functions lose of complex numbers."""
    return bool(measured.error > max(least, 16 * measured.noise))


def derivative(plain: Plain, k: int, c: list[Floats], entries: list[int], shorter: float = 1.0) -> tuple[Floats, bool]:
    """∂⟨c, Y⟩ by each of the entries named, and whether a complex step gave it, of one kind or the other."""
    how = _way(plain, k)
    found = np.empty(len(entries))
    v = np.asarray(plain.values[k], float)
    largest = float(np.max(np.abs(v), initial=0.0)) or 1.0
    for n, j in enumerate(entries):
        unit = np.zeros(v.shape)
        unit.reshape(-1)[j] = 1.0
        D = None if how is None else plain.complex_step(k, unit, ordered=how)
        if D is None:
            narrow = bool(plain.problem.narrow)
            h = 2.0**-5 * largest if narrow else STEPS[0] * (abs(float(v.reshape(-1)[j])) or largest)
            D = plain.difference(k, unit, shorter * h)
        found[n] = paired(c, D)[0]
    return found, how is not None


def _way(plain: Plain, k: int) -> bool | None:
    """Which complex step differences agree with: that of ordered numbers, of NumPy's own, or none."""
    v = plain.direction(k)
    for ordered in (True, False):
        D = plain.complex_step(k, v, ordered=ordered)
        if D is not None and _confirmed(plain, k, v, D):
            return ordered
    return None
