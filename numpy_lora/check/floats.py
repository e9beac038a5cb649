"""The floating grades: one slot at a time, the gradient against differences and, where the code is analytic, a complex step."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .plain import COMPLEX_TOLERANCE, STEPS, TOLERANCE, Floats, Plain, paired, relative

EPS = float(np.finfo(float).eps)


@dataclass(frozen=True)
class Measured:
    """How far a gradient is from a derivative of the forward pass, and how far that can be trusted."""

    error: float
    noise: float

    @property
    def wrong(self) -> bool:
        """Whether the error stands out of the noise."""
        return self.error > TOLERANCE and self.error > 4 * self.noise


def by_differences(plain: Plain, k: int, c: list[list[Floats]], g: list[Floats], tolerance: float) -> Measured:
    """The largest relative error over the cotangents c, whose gradients are g; the best of several steps.

    The noise is the difference that the step makes.
    """
    v = plain.direction(k)
    best, former, noise = np.inf, None, np.inf
    for h in STEPS:
        D = plain.difference(k, v, h)
        if not all(np.isfinite(d).all() for d in D):
            continue
        error = max(relative(ci, D, gi, v) for ci, gi in zip(c, g, strict=True))
        if former is not None:
            noise = min(noise, max(relative(ci, D, np.asarray(paired(ci, former)[0]), np.asarray(1.0)) for ci in c))
        best, former = min(best, error), D
        if best <= tolerance:
            return Measured(best, 0.0)
    return Measured(best, noise)


def kinked(plain: Plain, k: int) -> bool:
    """Whether the op has a kink at these values: differences to the two sides do not come together."""
    v = plain.direction(k)
    here = plain.run(None, None).Y
    apart = []
    for h in (2.0**-14, 2.0**-20):
        up, down = (plain.run(plain.moved(k, s * v), None).Y for s in (h, -h))
        bend = sum(float(np.abs((a - y) + (b - y)).sum()) for a, b, y in zip(up, down, here, strict=True))
        slope = sum(float(np.abs(a - b).sum()) for a, b in zip(up, down, strict=True))
        apart.append(bend / max(bend + slope, np.finfo(float).tiny))
    return apart[1] > 1e-3 and apart[1] > apart[0] / 8


def by_complex_step(plain: Plain, k: int, c: list[Floats], g: Floats, directions: int) -> Measured | None:
    """The largest relative error over random directions; None where the code is not analytic.

    A complex step counts only where differences agree with it: NumPy's abs, var and norm drop the imaginary part silently.
    The noise is how far both sides move when the values move by their last digit.
    """
    worst, noise = 0.0, 0.0
    for _ in range(directions):
        v = plain.direction(k)
        D = plain.complex_step(k, v)
        if D is None or not all(np.isfinite(d).all() for d in D):
            return None
        check = plain.difference(k, v, STEPS[0])
        if max(relative([d], [np.sign(d)], np.asarray(e), np.sign(d)) for d, e in zip(D, check, strict=True)) > TOLERANCE:
            return None
        error = relative(c, D, g, v)
        if error > COMPLEX_TOLERANCE:
            noise = max(noise, _noise(plain, k, c, D, g, v))
        worst = max(worst, error)
    return Measured(worst, noise)


def _noise(plain: Plain, k: int, c: list[Floats], D: list[Floats], g: Floats, v: Floats) -> float:
    """The relative change of ⟨gradient, v⟩ and of ⟨c, D⟩ when every value moves by a relative eps."""
    size = paired(c, D)[1] + paired([g], [v])[1]
    change = 0.0
    for _ in range(3):
        near = [np.asarray(x, float) * (1 + EPS * plain.rng.choice([-1.0, 1.0], np.shape(x))) for x in plain.values]
        other = Plain(plain.problem, near, plain.rng, reseed=plain.reseed)
        moved = other.run(None, c).gradients[k]
        D2 = other.complex_step(k, v) or D
        change = max(change, abs(paired([moved - g], [v])[0]), abs(paired(c, [a - b for a, b in zip(D2, D, strict=True)])[0]))
    return 8 * change / max(size, float(np.finfo(float).tiny))


def stands_out(measured: Measured) -> bool:
    """Whether a complex step's error is more than rounding."""
    return measured.error > COMPLEX_TOLERANCE and measured.error > 16 * measured.noise


def derivative(plain: Plain, k: int, c: list[Floats], entries: list[int]) -> tuple[Floats, bool]:
    """∂⟨c, Y⟩ by each of the entries named, and whether a complex step gave it."""
    v = np.asarray(plain.values[k], float)
    found = np.empty(len(entries))
    analytic = True
    for n, j in enumerate(entries):
        unit = np.zeros(v.shape)
        unit.reshape(-1)[j] = 1.0
        D = plain.complex_step(k, unit) if analytic else None
        if D is not None and n == 0:
            h = STEPS[0] * (abs(float(v.reshape(-1)[j])) or 1.0)
            check = plain.difference(k, unit, h)
            if abs(paired(c, D)[0] - paired(c, check)[0]) > 1e-5 * (paired(c, D)[1] + paired(c, check)[1]):
                D = None
        if D is None:
            analytic = False
            size = abs(float(v.reshape(-1)[j])) or float(np.max(np.abs(v), initial=0.0)) or 1.0
            D = plain.difference(k, unit, STEPS[0] * size)
        found[n] = paired(c, D)[0]
    return found, analytic
