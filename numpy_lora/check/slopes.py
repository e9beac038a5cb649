"""Derivatives of the forward pass, entry by entry, and whether complex steps are what they seem."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .plain import LONG_STEP, STEPS, Floats, Plain, paired

CONFIRMING = (*STEPS[1:], 2.0**-24)  # steps of differences that need agree but coarsely: short ones for steep functions


class Slopes(NamedTuple):
    """Derivatives of a paired output by some entries, the sizes of what was summed for each, whether a complex step gave them."""

    found: Floats
    sizes: Floats
    analytic: bool


def analytic_at(plain: Plain, v: Floats, k: int) -> bool:
    D = plain.complex_step(k, v)
    return D is not None and all(bool(np.isfinite(d).all()) for d in D)


def together(plain: Plain, v: list[Floats], D: list[list[Floats]]) -> bool:
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


def confirmed(plain: Plain, k: int, v: Floats, D: list[Floats]) -> bool:
    """Whether differences agree with a complex step: what is to be found is an imaginary part dropped on the way."""
    for h in STEPS:
        E = plain.difference(k, v, h)
        if sum(float(np.abs(d - e).sum()) for d, e in zip(D, E, strict=True)) <= 1e-4 * sum(float(np.abs(d).sum()) for d in D):
            return True
    return False


def derivative(plain: Plain, k: int, c: list[Floats], entries: list[int], shorter: float = 1.0) -> Slopes:
    """∂⟨c, Y⟩ by each of the entries named, by a complex step of one kind or the other, or else by differences."""
    how = _way(plain, k)
    found, sizes = np.empty(len(entries)), np.empty(len(entries))
    narrow = plain.rounded or bool(plain.problem.narrow)
    v = np.asarray(plain.values[k], float)
    largest = float(np.max(np.abs(v), initial=0.0)) or 1.0
    for n, j in enumerate(entries):
        unit = np.zeros(v.shape)
        unit.reshape(-1)[j] = 1.0
        D = None if how is None else plain.complex_step(k, unit, ordered=how)
        if D is None:
            h = LONG_STEP * largest if narrow else STEPS[0] * (abs(float(v.reshape(-1)[j])) or largest)
            D = plain.difference(k, unit, shorter * h)
        found[n], sizes[n] = paired(c, D)
    return Slopes(found, sizes, how is not None)


def _way(plain: Plain, k: int) -> bool | None:
    """Which complex step differences agree with: that of ordered numbers, of NumPy's own, or none."""
    v = plain.direction(k)
    for ordered in (True, False):
        D = plain.complex_step(k, v, ordered=ordered)
        if D is not None and confirmed(plain, k, v, D):
            return ordered
    return None


def alone(plain: Plain, k: int, v: Floats) -> list[Floats]:
    """A direction in which one argument moves."""
    return [v if j == k else np.zeros(np.shape(x)) for j, x in enumerate(plain.values)]


def joined(parts: list[Floats]) -> Floats:
    return np.concatenate([np.reshape(part, -1) for part in parts])
