"""Entries far smaller than others of their gradient: along a direction of all of them no difference would show their error."""

from __future__ import annotations

import numpy as np

from .plain import EPS, Floats, Plain, paired

SMALL = 2.0**-10  # of the largest entry: what is larger is seen along with it
LOOKED_AT = 12
STEP = 2.0**-10  # of the value moved
FAINT = 2.0**-14  # of an array's largest value: what is larger is seen along with it
FAINT_STEPS = (2.0**-10, 2.0**-15, 2.0**-20, 2.0**-25, 2.0**-30)  # of the largest value of an array
STRAIGHT = 1e-2  # how closely slopes over all of these agree: what is far smaller than others may have a scale of its own
TWICE = 2
ERROR = 1e-3  # of the entry itself


def small_entry_differs(plain: Plain, k: int, c: list[Floats], g: Floats) -> bool:
    """Whether some small entry of a gradient is plainly not the slope of ⟨c, Y⟩ by the value that it belongs to.

    Slopes by two steps must agree, and so must those to the two sides: a kink is no error, nor what drowns in rounding.
    """
    x, got = (np.asarray(a, float).reshape(-1) for a in (plain.values[k], g))
    small = np.flatnonzero((np.abs(got) <= SMALL * float(np.max(np.abs(got), initial=0.0))) & (x != 0))
    if not small.size:
        return False
    Y = plain.run(None, None).Y
    some = plain.rng.permutation(small)[:LOOKED_AT]
    return any(_differs(plain, k, c, Y, g, _unit(x, int(j)), (STEP, STEP / 4)) for j in some)


def faint_entries_differ(plain: Plain, k: int, c: list[Floats], g: Floats) -> bool:
    """Whether the gradient by values far smaller than others of their array is plainly another than their slope.

    In steps in proportion to each value they would not be seen. The same slope must show over steps from the size of the array
    down to what rounding leaves.
    """
    x = np.asarray(plain.values[k], float)
    faint = (np.abs(x) <= FAINT * float(np.max(np.abs(x), initial=0.0))) & (x != 0)
    if not faint.any():
        return False
    Y = plain.run(None, None).Y
    largest = float(np.max(np.abs(x)))
    ways = (np.where(faint, largest * plain.rng.normal(size=x.shape), 0.0) for _ in range(TWICE))
    return all(_differs(plain, k, c, Y, g, way, FAINT_STEPS) for way in ways)


def _unit(x: Floats, j: int) -> Floats:
    """A direction in which one entry moves by its own size."""
    unit = np.zeros(x.shape)
    unit[j] = abs(x[j])
    return unit


def _differs(plain: Plain, k: int, c: list[Floats], Y: list[Floats], g: Floats, v: Floats, steps: tuple[float, ...]) -> bool:
    """Whether ⟨g, v⟩ is not the slope along v by steps of several sizes, which must agree if they are many."""
    v = v.reshape(np.shape(plain.values[k]))
    got, slopes, noises = paired([g], [v])[0], [], []
    for h in steps:
        up, down = (_moved_by(plain, k, c, Y, s * h * v) / h for s in (1.0, -1.0))
        slopes.append((up - down) / 2)
        noises.append(abs(up + down) + 16 * EPS * paired(c, Y)[1] / h)
    spread, largest = max(slopes) - min(slopes), max(map(abs, slopes))
    error, noise = min(abs(slope - got) for slope in slopes), min(noises) + spread
    if not np.isfinite([error, noise]).all() or (len(steps) > 2 and spread > STRAIGHT * largest):
        return False
    return error > ERROR * max(abs(got), largest) + 8 * noise


def _moved_by(plain: Plain, k: int, c: list[Floats], Y: list[Floats], step: Floats) -> float:
    """What ⟨c, Y⟩ changes by."""
    there = plain.run(plain.moved(k, step), None).Y
    return paired(c, [a - b for a, b in zip(there, Y, strict=True)])[0]
