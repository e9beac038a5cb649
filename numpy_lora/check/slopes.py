"""Derivatives of the forward pass, entry by entry, and whether complex steps are what they seem."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .plain import EPS, LONG_STEP, STEPS, Floats, Plain, paired

AGREED, APART = 1e-7, 1e-4  # how closely differences and complex steps agree, and where rounding sets them apart
ROUNDED = 16 * EPS  # of a value over the step
FAINT, DROWNED = 2.0**-10, 1e-3  # of an array's largest value; of a slope: what steps of so small a value leave to rounding
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
    """Whether central differences along all directions agree with the sum of the complex steps, in each output.

    What they are to find is an imaginary part that was dropped on the way: in one output of several, or in a small part of one.
    """
    left = set(range(len(D[0])))
    for h in CONFIRMING:
        up, down = (plain.run([np.asarray(x) + s * d for x, d in zip(plain.values, v, strict=True)], None).Y for s in (h, -h))
        for n, (a, b) in enumerate(zip(up, down, strict=True)):
            apart = float(np.abs((a - b) / (2 * h) - sum(d[n] for d in D)).sum())
            if _agree(apart, float(np.sum([np.abs(d[n]).sum() for d in D])), a, h):
                left.discard(n)
        if not left:
            return True
    return False


def _agree(apart: float, size: float, y: Floats, h: float) -> bool:
    """Whether slopes of an output are as good as equal; rounding over the step may set them apart, but not drown them."""
    return apart <= AGREED * size + min(ROUNDED * float(np.abs(y).sum()) / h, APART * size)


def confirmed(plain: Plain, k: int, v: Floats, D: list[Floats]) -> bool:
    """Whether differences agree with a complex step: what is to be found is an imaginary part dropped on the way."""
    left, Y = set(range(len(D))), plain.run(None, None).Y
    for h in STEPS:
        for n, (d, e, y) in enumerate(zip(D, plain.difference(k, v, h), Y, strict=True)):
            if _agree(float(np.abs(d - e).sum()), float(np.abs(d).sum()), y, h):
                left.discard(n)
        if not left:
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
            own = abs(float(v.reshape(-1)[j]))
            h = LONG_STEP * largest if narrow else STEPS[0] * (own or largest)
            D = plain.difference(k, unit, shorter * h)
            if not narrow and 0 < own < FAINT * largest:
                wide = plain.difference(k, unit, shorter * STEPS[0] * FAINT * largest)
                drowns = ROUNDED * paired(c, plain.run(None, None).Y)[1] / h > DROWNED * abs(paired(c, wide)[0])
                D = wide if drowns else D
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
