"""What rounding does to a slope: how far it can be trusted. Nothing is judged here."""

from __future__ import annotations

import numpy as np

from .plain import EPS, SMALL, Floats, Plain, paired

DRAWS = 3
BENDS = (2.0**-30, 2.0**-31, 2.0**-32, 2.0**-33)


def last_digits(plain: Plain, k: int, c: list[Floats]) -> float:
    """What the last digits of an argument come to, paired with a cotangent."""
    largest = float(np.max(np.abs(np.asarray(plain.values[k], float)), initial=0.0)) or 1.0
    return 64 * EPS * largest * sum(float(np.abs(ci).sum()) for ci in c)


def rounding(c: list[Floats], Y: list[Floats], D: list[Floats], g: Floats, v: Floats) -> float:
    """What rounding the outputs alone does to ⟨c, D⟩, relative to its terms: where Y hardly moves, slopes drown in it."""
    return 64 * EPS * paired(c, Y)[1] / max(paired(c, D)[1] + paired([g], [v])[1], SMALL)


def bent(plain: Plain, Y: list[Floats], h: float) -> list[Floats]:
    """How far every output is from straight over steps so short that only its rounding bends it: terms that cancel, say."""
    most = [np.zeros(np.shape(y)) for y in Y]
    for _ in range(DRAWS):
        signs = plain.signs()
        up, down = (plain.run(plain.beside(signs, way), None).Y for way in (h, -h))
        most = [np.maximum(m, np.abs(u - y + (d - y)) / 2) for m, u, d, y in zip(most, up, down, Y, strict=True)]
    return [np.minimum(m, 2.0**-20 * np.max(np.abs(y), initial=0.0)) for m, y in zip(most, Y, strict=True)]


def shaken(plain: Plain, k: int, c: list[Floats], g: Floats, v: Floats) -> float:
    """What ⟨g, v⟩ changes by when every value moves by its last digit, and dY threefold."""
    most = 0.0
    for _ in range(DRAWS):
        thrice = plain.run(plain.beside(plain.signs(), EPS), [3 * ci for ci in c]).gradients[k]
        most = max(most, abs(paired([thrice / 3 - g], [v])[0]))
    return min(most, 2.0**-20 * paired([g], [v])[1])


def noise_of(plain: Plain, k: int, c: list[Floats], D: list[Floats], g: Floats, v: Floats, ordered: bool = False) -> float:
    """The relative change of ⟨gradient, v⟩ and of ⟨c, D⟩ when every value moves by a relative eps, and dY threefold.

    And how far ⟨gradient, v⟩ bends over steps so short that it would be straight but for its rounding: where tanh is all but
    −1 a last digit of the value moves nothing, and 1 + tanh has lost most of its own.
    """
    size = paired(c, D)[1] + paired([g], [v])[1]
    thrice = plain.run(None, [3 * ci for ci in c]).gradients[k]  # 3 is no power of two: the backward pass rounds anew
    change = abs(paired([thrice / 3 - g], [v])[0])
    for _ in range(3):
        other = plain.at(plain.beside(plain.signs(), EPS))
        moved = other.run(None, c).gradients[k]
        D2 = other.complex_step(k, v, ordered=ordered) or D
        change = max(change, abs(paired([moved - g], [v])[0]), abs(paired(c, [a - b for a, b in zip(D2, D, strict=True)])[0]))
    for h in BENDS:
        signs = plain.signs()
        sides = [plain.run(plain.beside(signs, way), c).gradients[k] for way in (h, -h)]
        change = max(change, abs(paired([sides[0] + sides[1] - 2 * g], [v])[0]) / 2)
    most = 2.0**-30 * paired(c, plain.run(None, None).Y)[1]  # rounding is no more than that; what is, is no rounding
    return 8 * min(change, most) / max(size, SMALL)
