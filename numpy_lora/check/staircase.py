"""Rounding to a narrower float that nothing shows, such as in compiled code: the values move in steps, as on a staircase."""

from __future__ import annotations

import numpy as np

from .plain import Floats, Plain

FAR, NEAR, NEARER = 2.0**-13, 2.0**-34, 2.0**-36  # more and less than the 2^-24 by which float32 rounds
DRAWS = 3


def climbs_in_steps(plain: Plain, R: list[Floats]) -> bool:
    """Whether an output or a gradient goes up a staircase: straight over short ways, with another slope than over long ones.

    Lost digits are no staircase: they make the slopes over two short ways differ.
    """
    return all(_climbs(plain, R) for _ in range(DRAWS))


def _climbs(plain: Plain, R: list[Floats]) -> bool:
    signs = [plain.rng.choice([-1.0, 1.0], np.shape(v)) for v in plain.values]
    here = _run(plain, R, signs, 0.0)
    far, near, nearer = ([(a - b) / h for a, b in zip(_run(plain, R, signs, h), here, strict=True)] for h in (FAR, NEAR, NEARER))
    return any(_flat(f, n, m, np.abs(a)) for f, n, m, a in zip(far, near, nearer, here, strict=True))


def _run(plain: Plain, R: list[Floats], signs: list[Floats], h: float) -> list[Floats]:
    outcome = plain.run([np.asarray(v, float) * (1 + h * s) for v, s in zip(plain.values, signs, strict=True)], R)
    return [np.asarray(a, float) for a in (*outcome.Y, *outcome.gradients)]


def _flat(far: Floats, near: Floats, nearer: Floats, size: Floats) -> bool:
    """Whether most of the entries that move do so in steps."""
    moving = np.abs(far) > size / 64
    steps = (np.abs(near - far) > np.abs(far) / 4) & (np.abs(near - nearer) < np.abs(far) / 64)
    return bool(moving.any() and np.mean(steps[moving]) > 0.5)
