"""Rounding to a narrower float that nothing shows, such as in compiled code: the values move in steps, as on a staircase."""

from __future__ import annotations

import numpy as np

from .plain import Floats, Plain

FAR, NEAR, NEARER = 2.0**-13, 2.0**-34, 2.0**-36  # more and less than the 2^-24 by which float32 rounds
DRAWS = 3


def climbs_in_steps(plain: Plain, R: list[Floats]) -> bool:
    """Whether an output or a gradient goes up a staircase: straight over short ways, with another slope than over long ones.

    The ways are those of the arguments, or those of dY. Lost digits are no staircase: they make the slopes over two short ways
    differ.
    """
    return any(all(_climbs(plain, R, of_dY) for _ in range(DRAWS)) for of_dY in (False, True))


def _climbs(plain: Plain, R: list[Floats], of_dY: bool) -> bool:
    moving = [np.asarray(v, float) for v in (R if of_dY else plain.values)]
    signs = [plain.rng.choice([-1.0, 1.0], v.shape) for v in moving]

    def at(h: float) -> list[Floats]:
        near = [v * (1 + h * s) for v, s in zip(moving, signs, strict=True)]
        outcome = plain.run(None, near) if of_dY else plain.run(near, R)
        return [np.asarray(a, float) for a in (*outcome.Y, *outcome.gradients)]

    here = at(0.0)
    far, near, nearer = ([(a - b) / h for a, b in zip(at(h), here, strict=True)] for h in (FAR, NEAR, NEARER))
    return any(_flat(f, n, m, np.abs(a)) for f, n, m, a in zip(far, near, nearer, here, strict=True))


def _flat(far: Floats, near: Floats, nearer: Floats, size: Floats) -> bool:
    """Whether most of the entries that move do so in steps."""
    moving = np.abs(far) > size / 64
    steps = (np.abs(near - far) > np.abs(far) / 4) & (np.abs(near - nearer) < np.abs(far) / 64)
    return bool(moving.any() and np.mean(steps[moving]) > 0.5)
