"""Whether an op has a kink, or jumps, at the values given."""

from __future__ import annotations

import itertools

import numpy as np

from .plain import EPS, Floats, Plain

LINES = 4  # along which a kink is looked for
WAYS = 8  # directions, of which the slopes of each two are added up
APART = 1e-2  # of slopes, over steps in which no curve bends so far
BENT = 1e-7  # of a step: a kink in a small part of the outputs bends their sum by little, and rounding by less


def kinked(plain: Plain, slots: list[int]) -> bool:
    """Whether the op has a kink at these values, or jumps: differences to the two sides do not come together.

    slots : those that move, all at once.
    """
    if plain.problem.narrow or not slots:
        return False  # in steps so short it would be rounding that bends it
    here = plain.run(None, None).Y
    bends = any(_kinked_along(plain, {k: plain.direction(k) for k in slots}, here) for _ in range(1 if plain.slow else LINES))
    values = np.concatenate([np.reshape(plain.values[k], -1) for k in slots])
    tied = len(np.unique(values)) < len(values) and not plain.slow
    return bends or (tied and all(_turned_at(plain, slots, here, h) for h in (2.0**-16, 2.0**-22)))


def _turned_at(plain: Plain, slots: list[int], here: list[Floats], h: float) -> bool:
    """Whether slopes do not add up over a step: where equal numbers meet a median is odd in every direction, and yet no plane."""

    def slope(v: dict[int, Floats]) -> list[Floats]:
        moved = ([plain.moved(k, s * v.get(k, 0.0))[k] for k in range(len(plain.values))] for s in (h, -h))
        up, down = (plain.run(values, None).Y for values in moved)
        return [(a - b) / (2 * h) for a, b in zip(up, down, strict=True)]

    ways = [{k: plain.direction(k) for k in slots} for _ in range(WAYS)]
    for (u, of_u), (v, of_v) in itertools.combinations([(way, slope(way)) for way in ways], 2):
        three = [of_u, of_v, slope({k: u[k] + v[k] for k in slots})]
        apart = sum(float(np.abs(a + b - c).sum()) for a, b, c in zip(*three, strict=True))
        size = sum(float(np.abs(part).sum()) for parts in three for part in parts)
        if apart > APART * size + 32 * EPS * sum(float(np.abs(y).sum()) for y in here) / h:
            return True
    return False


def _kinked_along(plain: Plain, v: dict[int, Floats], here: list[Floats]) -> bool:
    bends, steps = [], []
    size = sum(float(np.abs(y).sum()) for y in here)
    for h in (2.0**-14, 2.0**-17, 2.0**-20, 2.0**-23, 2.0**-26):
        moved = ([plain.moved(k, s * v.get(k, 0.0))[k] for k in range(len(plain.values))] for s in (h, -h))
        up, down = (plain.run(values, None).Y for values in moved)
        bend = sum(float(np.abs((a - y) + (b - y)).sum()) for a, b, y in zip(up, down, here, strict=True))
        step = sum(float(np.abs(a - b).sum()) for a, b in zip(up, down, strict=True))
        bends.append(bend / max(bend + step, np.finfo(float).tiny) if bend > 32 * EPS * size else 0.0)
        steps.append(step)
    # a bend that shrinks with the step is smooth, one that grows is rounding's: where they meet two steps may agree, not three
    three = zip(bends, bends[1:], bends[2:], strict=False)
    bent = any(min(some) > BENT and max(some) < 4 * min(some) for some in three)
    return bool(bent or (steps[2] > size and steps[2] > steps[0] / 8))
