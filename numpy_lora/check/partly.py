"""A gradient that is right in some entries and wrong in others: do the values choose which, or does their place?"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .diagnosis import Circumstances, kind_of
from .plain import Floats, Plain
from .report import WORDS
from .slopes import derivative

PART = ", in a part of it"
SURE = 1e-2  # of what tells a wrong entry from a right one: in between neither is claimed
DRAWS, MOST = 2, 32  # other places to look at, and entries there


def partly(plain: Plain, k: int, R: list[Floats], expected: Floats, got: Floats, around: Circumstances) -> tuple[str, str] | None:
    """(kind, words) of a gradient that is right in entries other than zero, and wrong in others; else None.

    A branch or a mask is wrong in other entries where the values change places. What is wrong at the same place whatever
    the values is a part of its own: the bias, say, in a vector of all parameters.
    """
    wrong = None if plain.slow else _wrong(expected, got, around.tolerance)
    if wrong is None or not wrong.any() or not np.abs(expected[~wrong]).any():
        return None
    if not expected[wrong].any():
        return "wrong-branch", WORDS["wrong-branch"]
    kind, factor = kind_of(expected[wrong], got[wrong], around)
    for _ in range(DRAWS):
        there = _elsewhere(plain, k, R, wrong)
        if there is None:
            return None
        entries, e, g = there
        still = _wrong(e, g, around.tolerance)
        if still is None:
            return None
        if ((still != wrong.reshape(-1)[entries]) & ((e != 0) | (g != 0))).any():  # of a zero it does not show
            return "wrong-branch", WORDS["wrong-branch"]
        again, other = kind_of(e[still], g[still], around)
        if again != kind or (factor is not None and not np.isclose(factor, other or 0.0)):
            kind = "other"
    return kind, WORDS[kind] + PART


def _wrong(expected: Floats, got: Floats, tolerance: float) -> npt.NDArray[np.bool_] | None:
    """Which entries are wrong, or None where some might be either."""
    size = tolerance * max(float(np.max(np.abs(a), initial=0.0)) for a in (expected, got))
    distance = np.abs(expected - got)
    wrong = distance > size
    return wrong if (distance <= SURE * size)[~wrong].all() else None


def _elsewhere(plain: Plain, k: int, R: list[Floats], wrong: npt.NDArray[np.bool_]) -> tuple[list[int], Floats, Floats] | None:
    """Some entries, wrong and right ones, with both gradients there, at the argument's own values in another order."""
    x = np.asarray(plain.values[k], float)
    moved = np.empty_like(x)  # in the same layout
    moved[...] = plain.rng.permutation(x.reshape(-1)).reshape(x.shape) * plain.rng.uniform(7 / 8, 1, x.shape)
    there = plain.at([*plain.values[:k], moved, *plain.values[k + 1 :]])
    flat = wrong.reshape(-1)
    entries = [j for some in (flat, ~flat) for j in plain.rng.permutation(np.flatnonzero(some))[: MOST // 2].tolist()]
    try:
        got = np.asarray(there.run(None, R).gradients[k], float).reshape(-1)[entries]
        expected = derivative(there, k, R, entries).found
    except Exception:
        return None
    return (entries, expected, got) if np.isfinite([expected, got]).all() else None
