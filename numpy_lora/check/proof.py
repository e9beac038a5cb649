"""The exact grade: the op over exact numbers at random points, and ⟨dY, Y'⟩ = Σ ⟨gradient, tangent⟩ asked of the field."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from ..exact import NotExact, agree
from ..exact.records import Number
from .plain import EPS, Floats, Plain
from .points import Pass, Points

AGREEMENT = 2.0**-40  # of plain floats and shadows: the same operations on the same memory, up to regrouped sums
AGREEMENT_FLOAT32 = 2e-3
SECONDS = 1.0  # for telling which gradients differ, once one is known to
LEAST = 2  # points, so that one is moved and leaks show
ROOTS, SECONDS_FOR_ROOTS = 9, 0.25  # further points where roots were taken, beyond as many again while there is time
NO_MEANING = "has no exact meaning"
BRANCH = "another branch nearby"


@dataclass
class Proof:
    """What exact numbers said: "proved", "differs" or "not exact", and why."""

    status: str
    why: str = ""
    seen: set[str] = field(default_factory=set)
    primes: list[int] = field(default_factory=list)
    wrong: list[int] = field(default_factory=list)  # slots whose gradient differs

    @property
    def special(self) -> bool:
        """Whether a ufunc beside NumPy's own has no exact meaning: SciPy's may have eleven right digits of complex numbers."""
        name, _, rest = self.why.partition(" ")
        return rest == NO_MEANING and "." not in name and not hasattr(np, name)


class Prover:
    """One op at one set of values, run over exact numbers.

    Parameters
    ----------
    plain : the op as it runs plainly, with its values.
    R : cotangents for the outputs.
    Y, gradients : what the plain run gave for them.
    points : how many to judge at, LEAST of them or more.
    """

    def __init__(
        self, plain: Plain, R: list[Floats], Y: list[Floats], gradients: list[Floats], seed: int, points: int = 3
    ) -> None:
        self.Y, self.gradients, self.count = Y, gradients, max(points, LEAST)
        self.points = Points(plain, R, seed, self.count)
        self.trace: list[object] | None = None

    def prove(self) -> Proof:
        """Judge at all points.

        Code that leaked runs once more with constructors replaced, and once more with the arrays that it holds made exact;
        where moving the values changed the branch, they are moved less. A backward pass that branches on dY is no pullback,
        but it may be refuted: at one dY alone.
        """
        first = proof = self._judged()
        for change in (self._move_less, self._replace, self._leave_ndarray, self._lift, self._move_less):
            if proof.status == "not exact" and change(proof.why):
                proof = self._judged()
        if proof.status != "not exact":
            return proof
        if any(tried.why.startswith(BRANCH) for tried in (first, proof)):
            self.points.turn = False
            for self.points.replace in (False, True):
                held = self._judged()
                if held.status == "differs":
                    return held
        return first if "read by" not in first.why else proof

    def prove_with_its_arrays(self) -> Proof:
        """Judge once more, with the arrays exact that the op holds: what it makes of them alone was rounded before."""
        was = self.points.lift
        proof = self._judged() if not was and self._lift("") else Proof("not exact")
        self.points.lift = was or proof.status == "proved"
        return proof

    def _move_less(self, why: str) -> bool:
        if not why.startswith(BRANCH) or self.points.near:
            return False
        self.points.near = True
        return True

    def _replace(self, why: str) -> bool:
        self.points.replace = True
        return True

    def _lift(self, why: str) -> bool:
        self.points.lift = bool(self.points.plain.problem.arrays())
        return self.points.lift

    def _leave_ndarray(self, why: str) -> bool:
        self.points.ndarray = "TypeError" not in why  # it may have been asked for a view as one
        return not self.points.ndarray

    def _judged(self) -> Proof:
        proof = Proof("proved")
        self.trace = None
        try:
            with self.points.constructors():
                apart = [(k, done) for k in range(self.count) if (done := self._point(k, proof)) is not None]
                apart = apart or list(self._where_roots_differ(proof))
                if apart:
                    proof.status, proof.wrong = "differs", self._wrong(*apart[0], proof)
        except NotExact as reason:
            return Proof("not exact", str(reason), proof.seen)
        return proof

    def _where_roots_differ(self, proof: Proof) -> Iterator[tuple[int, Pass]]:
        """The first of some further points, if roots were taken, at which gradients differ.

        √z² is z at one point of the field in two, and −z at the other: a gradient that takes it for −z is right there.
        """
        end = time.perf_counter() + SECONDS_FOR_ROOTS
        for n in range(ROOTS if "roots" in proof.seen else 0):
            if n >= self.count and time.perf_counter() > end:
                return
            k = 2 * (self.count + n)  # even, and so moved but little
            if (done := self._point(k, proof)) is not None:
                yield k, done
                return

    # --- one point

    def _point(self, k: int, proof: Proof) -> Pass | None:
        """The run at one point, where its gradients differ."""
        done = self.points.run(k, proof.seen)
        if self.trace is not None and self.trace != done.run.trace:
            raise NotExact(_first_difference(self.trace, done.run.trace))
        self.trace = done.run.trace
        proof.primes.append(done.run.field.p)
        if not all(np.isfinite(n.x).all() for n in (*done.Y, *done.gradients)):
            raise NotExact("an output or a gradient that is not finite")
        if k == 0:
            tolerance = AGREEMENT_FLOAT32 if "rounded" in proof.seen else AGREEMENT
            _agree_with_plain(self.Y, done.Y, "output", tolerance)
            _agree_with_plain(self.gradients, done.gradients, "gradient", tolerance)
        return None if done.holds(done.gradients) else done

    def _wrong(self, k: int, done: Pass, proof: Proof) -> list[int]:
        """The slots whose gradient is wrong at one point; the first of them, where there are many and a run for each is long."""
        wrong: list[int] = []
        end = time.perf_counter() + SECONDS
        for s in range(len(self.points.values)):
            if not (wrong and time.perf_counter() > end) and not self.points.run(k, proof.seen, s).holds(done.gradients):
                wrong.append(s)
        return wrong or list(range(len(self.points.values)))

    def certain(self, seen: set[str]) -> bool:
        """Whether a difference is one of the true functions: no root, rounded constant or uninterpreted value had a part in it.

        An exponent that was given by a hash had none if another hash changes nothing.
        """
        if seen & {"roots", "uninterpreted", "constants"}:
            return False
        if "exponents" not in seen:
            return True
        try:
            with self.points.constructors():
                first = self.points.run(0, set())
                self.points.exponent_salt = 1
                other = self.points.run(0, set())
        except NotExact:
            return False
        finally:
            self.points.exponent_salt = 0
        return all(agree(a, b).all() for a, b in zip(first.gradients, other.gradients, strict=True)) and all(
            agree(a._replace(v=a.t or a.v), b._replace(v=b.t or b.v)).all() for a, b in zip(first.Y, other.Y, strict=True)
        )

    def locate(self, slot: int) -> int | None:
        """One entry at which a gradient is wrong, by halving: log2 N passes with tangents on half of what is left."""
        try:
            with self.points.constructors():
                gradients = self.points.run(0, set()).gradients
                low, high = 0, int(self.points.values[slot].size)
                while high - low > 1:
                    middle = (low + high) // 2
                    holds = self.points.run(0, set(), (slot, low, middle)).holds(gradients)
                    low, high = (middle, high) if holds else (low, middle)
        except NotExact:
            return None
        return low


def _agree_with_plain(plain: list[Floats], exact: list[Number], what: str, tolerance: float) -> None:
    """The shadows are the floats that run without us."""
    for a, b in zip(plain, exact, strict=True):
        if np.shape(a) != b.x.shape:
            raise NotExact(f"{what}s of another shape when the code is watched")
        rounding = 64 * EPS * float(np.max(np.abs(a), initial=0.0))
        if (np.abs(a - b.x) > tolerance * np.abs(a) + rounding).any():
            raise NotExact(f"{what}s that are others when the code is watched")


def _first_difference(a: list[object], b: list[object]) -> str:
    """What two runs did differently, in words."""
    for x, y in zip(a, b, strict=False):
        if x != y:
            name = x[0] if isinstance(x, tuple) else x
            if name in ("constant", "scalar"):
                return "a plain number that depends on the arguments met exact ones: exact numbers leaked"
            return f"{BRANCH}, or a selection that depends on the last digits ({name})"
    return "other operations from one point to the next"
