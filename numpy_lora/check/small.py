"""Entries far smaller than others of their gradient: along a direction of all of them no difference would show their error."""

from __future__ import annotations

import numpy as np

from .plain import EPS, Floats, Plain, paired

SMALL = 2.0**-10  # of the largest entry: what is larger is seen along with it
LOOKED_AT = 12
STEP = 2.0**-10  # of the value moved
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
    return any(_differs(plain, k, c, Y, int(j), float(x[j]), float(got[j])) for j in some)


def _differs(plain: Plain, k: int, c: list[Floats], Y: list[Floats], j: int, x: float, got: float) -> bool:
    slopes, noises = [], []
    for h in (STEP * abs(x), STEP * abs(x) / 4):
        unit = np.zeros(np.shape(plain.values[k]))
        unit.reshape(-1)[j] = h
        up, down = (_moved_by(plain, k, c, Y, s * unit) / h for s in (1.0, -1.0))
        slopes.append((up - down) / 2)
        noises.append(abs(up + down) + 16 * EPS * paired(c, Y)[1] / h)
    noise = min(noises) + abs(slopes[0] - slopes[1])
    error = min(abs(slope - got) for slope in slopes)
    return bool(np.isfinite([error, noise]).all()) and error > ERROR * max(abs(got), *map(abs, slopes)) + 8 * noise


def _moved_by(plain: Plain, k: int, c: list[Floats], Y: list[Floats], step: Floats) -> float:
    """What ⟨c, Y⟩ changes by."""
    there = plain.run(plain.moved(k, step), None).Y
    return paired(c, [a - b for a, b in zip(there, Y, strict=True)])[0]
