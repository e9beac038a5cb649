"""The grade complex-step: every gradient against complex steps along random directions and over parts of its entries."""

from __future__ import annotations

import itertools

import numpy as np

from .floats import CLEAN, Measured
from .noise import noise_of
from .plain import COMPLEX_TOLERANCE, STEPS, Floats, Plain, paired, relative
from .slopes import alone, confirmed, joined, together

PART, MOST_PARTS = 128, 8  # entries that one complex step moves alone, and into how many parts a gradient is divided


def by_complex_steps(plain: Plain, c: list[Floats], g: list[Floats], directions: int) -> list[Measured | None]:
    """Every gradient against complex steps: along all arguments at once, and each by its own where that does not clear them."""
    at_once = _all_by_complex_step(plain, c, g, directions)
    if at_once is not None:
        return [at_once] * len(g)
    return [by_complex_step(plain, k, c, gk, directions) for k, gk in enumerate(g)]


def _all_by_complex_step(plain: Plain, c: list[Floats], g: list[Floats], directions: int) -> Measured | None:
    """The largest error along all entries together, over parts of them and as many directions as were asked for at least.

    None unless it is mere rounding.
    """
    G, sizes = joined(g), [int(np.size(gk)) for gk in g]
    alike = joined([_alike(gk) for gk in g])
    largest = float(np.max(np.abs(joined(plain.values)), initial=0.0)) or 1.0
    v = alike * (largest / float(np.max(alike, initial=0.0) or 1.0))
    whole, parts = [np.ones(v.shape)], _parts(plain, v.size, MOST_PARTS * len(g))
    errors = []
    for n, part in enumerate(whole + parts + whole * (directions - 1 - len(parts))):
        V = v * part * _random(plain, v.shape)
        split = np.split(V, np.cumsum(sizes)[:-1])
        moves = [vk.reshape(np.shape(gk)) for vk, gk in zip(split, g, strict=True)]
        D = plain.complex_step_along(moves)
        if D is None or (n == 0 and not together(plain, moves, [D])):
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


def _random(plain: Plain, shape: tuple[int, ...]) -> Floats:
    """Numbers of either sign around one, no two alike: of signs alone every second choice would hide two errors of one size."""
    return plain.rng.choice([-1.0, 1.0], shape) * plain.rng.uniform(0.5, 1.5, shape)


def _parts(plain: Plain, n: int, most: int) -> list[Floats]:
    """Few of n entries at a time, marked by ones."""
    parts = np.array_split(plain.rng.permutation(n), min(most, -(-n // PART)) or 1)
    return [np.isin(np.arange(n), part).astype(float) for part in parts]


def by_complex_step(plain: Plain, k: int, c: list[Floats], g: Floats, directions: int) -> Measured | None:
    """The largest relative error over random directions, and over parts of the gradient; None where the code is not analytic.

    A complex step counts only where differences agree with it: NumPy's abs, var and norm drop the imaginary part silently.
    The noise is how far both sides move when the values move by their last digit.
    """
    found, ordered = [], False
    for n, v in enumerate([*(plain.direction(k) for _ in range(directions)), *_in_parts(plain, k, g)]):
        D = plain.other_step(alone(plain, k, v)) if ordered else plain.complex_step(k, v)
        if n < directions and not ordered and D is not None and not confirmed(plain, k, v, D):
            ordered, D = True, plain.other_step(alone(plain, k, v))
        if D is None or not all(np.isfinite(d).all() for d in D) or (n < directions and not confirmed(plain, k, v, D)):
            return None
        ask = not ordered and (n == 0 or relative(c, D, g, v) > COMPLEX_TOLERANCE)
        other = plain.other_step(alone(plain, k, v)) if ask else None
        other = other if other and confirmed(plain, k, v, other) else None
        error = relative(c, other or D, g, v)
        noise = noise_of(plain, k, c, other or D, g, v, other is not None) if error > COMPLEX_TOLERANCE else 0.0
        found.append(Measured(error, noise))
    return max(found, key=lambda m: m.error / (COMPLEX_TOLERANCE + 16 * m.noise))


def _in_parts(plain: Plain, k: int, g: Floats) -> list[Floats]:
    """Directions in which few entries move at a time, those that are not small counting alike, so that an error in one shows."""
    alike = _alike(g)
    largest = float(np.max(np.abs(plain.values[k]), initial=0.0)) or 1.0
    v = _random(plain, alike.shape) * alike * (largest / float(np.max(alike, initial=0.0) or 1.0))
    return [v * part.reshape(v.shape) for part in _parts(plain, v.size, MOST_PARTS)]


def stands_out(measured: Measured, least: float = COMPLEX_TOLERANCE) -> bool:
    """Whether a complex step's error is more than rounding, and than what SciPy's functions lose of complex numbers."""
    return bool(measured.error > max(least, 16 * measured.noise))


def contradicted(plain: Plain, k: int, c: list[Floats], error: float) -> bool:
    """Whether differences that agree among themselves show that a complex step is itself off by so much as it complains of.

    SciPy's Bessel functions of complex numbers have fewer right digits than those of real ones.
    """
    if error <= CLEAN:
        return False
    return any(_apart_from_differences(plain, k, c, error) for _ in range(3))


def _apart_from_differences(plain: Plain, k: int, c: list[Floats], error: float) -> bool:
    v = plain.direction(k)
    D = plain.other_step(alone(plain, k, v)) or plain.complex_step(k, v)
    if D is None:
        return False
    slope, size = paired(c, D)
    slopes = [paired(c, plain.difference(k, v, h))[0] for h in STEPS]
    apart = min(abs(other - slope) for other in slopes)
    spread = min(abs(a - b) for a, b in itertools.pairwise(slopes))
    return apart > size * error / 4 and spread < apart / 8
