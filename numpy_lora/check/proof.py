"""The exact grade: the op run over exact numbers at random points, and ⟨dY, Y'⟩ = Σ ⟨gradient, tangent⟩ asked of the field.

A point costs a forward pass that carries tangents on all arguments at once and a backward pass that does not. The tangents
are random, so the one equation holds for a wrong gradient with probability 1/p, whatever the number of entries.
"""

from __future__ import annotations

import contextlib
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..exact import Exact, NotExact, Run, agree, draw, pairing
from ..exact.array import number, stored
from ..exact.beside import found
from ..exact.constructors import replaced
from ..exact.draws import taken_apart
from ..exact.records import Number
from ..exact.residues import Element
from .plain import GLOBAL_SEED, Floats, Plain, cotangent, is_output
from .trees import leaves

EPS = float(np.finfo(float).eps)
AGREEMENT = 2.0**-40  # of plain floats and shadows: the same operations on the same memory, up to regrouped sums
AGREEMENT_FLOAT32 = 2e-3
SECONDS = 1.0  # for telling which gradients differ, once one is known to
ROOTS, SECONDS_FOR_ROOTS = 9, 0.25  # further points where roots were taken, beyond as many again while there is time
NO_MEANING = "has no exact meaning"
BRANCH = "another branch nearby"

Only = int | tuple[int, int, int] | None  # tangents on all slots, on one, or on a range of one's entries


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


@dataclass
class Pass:
    """The op once over exact numbers: cotangents, tangents of the outputs and of the arguments, gradients, what was logged."""

    run: Run
    Y: list[Number]
    dY: list[Number]
    tangents: list[Element]
    gradients: list[Number]

    def holds(self, gradients: list[Number]) -> bool:
        """Whether ⟨dY, Y'⟩ = Σ ⟨gradient, tangent⟩."""
        f = self.run.field
        left = right = Element(np.zeros((), np.uint64))
        for d, y in zip(self.dY, self.Y, strict=True):
            assert y.t is not None
            left = f.add(left, pairing(self.run, d.v, y.t))
        for g, t in zip(gradients, self.tangents, strict=True):
            right = f.add(right, pairing(self.run, g.v, t))
        zero = np.uint64(0)
        return all((zero if a is None else a) == (zero if b is None else b) for a, b in zip(left, right, strict=True))


class Prover:
    """One op at one set of values, run over exact numbers.

    Parameters
    ----------
    plain : the op as it runs plainly, with its values.
    R : cotangents for the outputs.
    Y, gradients : what the plain run gave for them.
    """

    def __init__(self, plain: Plain, R: list[Floats], Y: list[Floats], gradients: list[Floats], seed: int) -> None:
        self.plain, self.R, self.Y, self.gradients, self.seed = plain, R, Y, gradients, seed
        self.values = [np.asarray(v, float) for v in plain.values]
        self.backward_exponents = False  # until something in the backward pass asks for them
        self.points = 3
        self.replace = False
        self.turn = True  # whether dY changes from point to point
        self.steps = (2.0**-8, 2.0**-12)  # of a zero, in its array's largest entry, and of the others, in themselves
        self.trace: list[object] | None = None
        self.entropy = int(np.random.SeedSequence().generate_state(1, np.uint64)[0])  # residues that no code can foresee
        self.seconds = 0.0  # that the last run took
        self.exponent_salt = 0
        self.constants: dict[int, dict[bytes, Number]] = {}

    def prove(self, points: int) -> Proof:
        """Judge at all points, two at least, so that one is moved and leaks show.

        Code that leaked runs once more with constructors replaced; where moving the values changed the branch, they are moved
        less. A backward pass that branches on dY is no pullback, but it may be refuted: at one dY alone.
        """
        points = self.points = max(points, 2)
        first = proof = self._judged(points)
        for change in (self._move_less, self._replace, self._move_less):
            if proof.status == "not exact" and change(proof.why):
                proof = self._judged(points)
        if proof.status != "not exact":
            return proof
        if any(tried.why.startswith(BRANCH) for tried in (first, proof)):
            self.turn = False
            for self.replace in (False, True):
                held = self._judged(points)
                if held.status == "differs":
                    return held
        return first if "read by" not in first.why else proof

    def _move_less(self, why: str) -> bool:
        if not why.startswith(BRANCH) or self.steps[1] == 2.0**-30:
            return False
        self.steps = (2.0**-30, 2.0**-30)
        return True

    def _replace(self, why: str) -> bool:
        self.replace = True
        return True

    def _judged(self, points: int) -> Proof:
        proof = Proof("proved")
        self.trace = None
        try:
            apart = [(k, done) for k in range(points) if (done := self._point(k, proof)) is not None]
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
            if n >= self.points and time.perf_counter() > end:
                return
            k = 2 * (self.points + n)  # even, and so moved but little
            if (done := self._point(k, proof)) is not None:
                yield k, done
                return

    # --- one point

    def _point(self, k: int, proof: Proof) -> Pass | None:
        """The run at one point, where its gradients differ."""
        done = self._run(k, proof.seen)
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
        for s in range(len(self.values)):
            if not (wrong and time.perf_counter() > end) and not self._run(k, proof.seen, s).holds(done.gradients):
                wrong.append(s)
        return wrong or list(range(len(self.values)))

    def shadows(self, k: int) -> tuple[list[Floats], list[Floats]]:
        """The values and cotangents at a point: as given at the first, moved at the others, by turns more and less.

        The longer step shows what a leaked number loses in its last digits; the shorter meets other branches less often.
        """
        if k == 0:
            return self.values, self.R
        rng = np.random.default_rng([self.seed, k, 7])
        zero_step, step = self.steps if k % 2 else (self.steps[0], 2.0**-30)
        moved = []
        for v in self.values:
            largest = float(np.max(np.abs(v), initial=0.0)) or 1.0
            part = rng.uniform(-1.0, 1.0, v.shape)
            part = (part + np.copysign(1.0, part)) / 2  # between a half and one, of either sign
            moved.append(v + np.where(v == 0, largest * zero_step, v * step) * part)
        if k == 1 or not self.turn:
            return moved, [r * -(2.0**10) if self.turn else r for r in self.R]
        return moved, [rng.normal(size=r.shape) for r in self.R]

    def _run(self, k: int, seen: set[str], only: Only = None) -> Pass:
        """Forward and, with tangents on all slots, backward; once more, with exponents, if something asked for them."""
        start = time.perf_counter()
        try:
            return self._once(k, seen, only)
        except _WantsExponents:
            self.backward_exponents = True
            return self._run(k, seen, only)
        finally:
            self.seconds = time.perf_counter() - start

    def _once(self, k: int, seen: set[str], only: Only) -> Pass:
        constants = self.constants.setdefault(k, {})
        salt = self.exponent_salt
        run = Run(self.entropy + k, primes=self.seed * 31 + k % self.points, dual=True, constants=constants, exponent_salt=salt)
        values, shadows = self.shadows(k)
        try:
            with self._running(run):
                rng = np.random.default_rng([self.entropy, k])
                exact = [draw(run, rng, v, zeros=k == 0, signed=True, tangent=_moves(only, s)) for s, v in enumerate(values)]
                dY = [draw(run, rng, d, zeros=False, tangent=False) for d in shadows]
                kept = [taken_apart(run, a).t for a in exact]
                cotangents = [taken_apart(run, d) for d in dY]
                args, kwargs = self.plain.problem.fresh(exact)
                Y, pullback = self.plain.problem.forward(args, kwargs)
                plain = [leaf for _, leaf in leaves(Y) if is_output(leaf)]
                if not any(isinstance(y, Exact) or (isinstance(y, np.ndarray) and found(run, y) is not None) for y in plain):
                    raise NotExact("the output is plain: exact numbers were lost on the way")
                done = Pass(
                    run, [taken_apart(run, _kept(run, y)) for y in plain], cotangents, [t for t in kept if t is not None], []
                )
                if only is None:
                    run.dual, run.exponents = False, self.backward_exponents
                    raw = pullback(cotangent(Y, dY))
                    done.gradients = [_number_of(run, g) for g in self.plain.problem.matched(raw)]
        except NotExact:
            if run.wants_exponents and not self.backward_exponents:
                raise _WantsExponents from None
            raise
        seen |= run.seen
        for g, v in zip(done.gradients, self.values, strict=False):
            if g.x.shape != v.shape:
                raise NotExact(f"a gradient of shape {g.x.shape} for an argument of shape {v.shape}")
        return done

    @contextlib.contextmanager
    def _running(self, run: Run) -> Iterator[None]:
        """The run, its warnings silenced, its constructors replaced if need be; what broke it is a NotExact at the end."""
        modules = self.plain.problem.modules() if self.replace else []
        state = np.random.get_state() if self.plain.reseed else None
        with run, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if state is not None:
                np.random.seed(GLOBAL_SEED)
            try:
                with replaced(*modules) if self.replace else contextlib.nullcontext():
                    yield
            except Exception as error:
                run.broken = run.broken or f"{type(error).__name__} on exact numbers: {str(error)[:120]}"
            finally:
                if state is not None:
                    np.random.set_state(state)
        if run.broken is not None:
            raise NotExact(run.broken)

    def certain(self, seen: set[str]) -> bool:
        """Whether a difference is one of the true functions: no root, rounded constant or uninterpreted value had a part in it.

        An exponent that was given by a hash had none if another hash changes nothing.
        """
        if seen & {"roots", "uninterpreted", "constants"}:
            return False
        if "exponents" not in seen:
            return True
        try:
            first = self._run(0, set())
            self.exponent_salt = 1
            other = self._run(0, set())
        except NotExact:
            return False
        finally:
            self.exponent_salt = 0
        return all(agree(a, b).all() for a, b in zip(first.gradients, other.gradients, strict=True)) and all(
            agree(a._replace(v=a.t or a.v), b._replace(v=b.t or b.v)).all() for a, b in zip(first.Y, other.Y, strict=True)
        )

    def locate(self, slot: int) -> int | None:
        """One entry at which a gradient is wrong, by halving: log2 N passes with tangents on half of what is left."""
        try:
            gradients = self._run(0, set()).gradients
            low, high = 0, int(self.values[slot].size)
            while high - low > 1:
                middle = (low + high) // 2
                holds = self._run(0, set(), (slot, low, middle)).holds(gradients)
                low, high = (middle, high) if holds else (low, middle)
        except NotExact:
            return None
        return low


def _moves(only: Only, slot: int) -> bool | slice:
    """Whether a slot has tangents, or the part of it that has."""
    if only is None or only == slot:
        return True
    return slice(only[1], only[2]) if isinstance(only, tuple) and only[0] == slot else False


class _WantsExponents(Exception):
    """The backward pass calls exp or one of its kin."""


def _kept(run: Run, leaf: Any) -> Any:
    """An output, or the exact array beside it, or the constant that it is: which must be the same at every point."""
    return leaf if isinstance(leaf, Exact) else stored(run, number(run, leaf))


def _number_of(run: Run, g: Any) -> Number:
    """A gradient taken apart; a plain one is a constant, which must be the same at every point."""
    return taken_apart(run, g) if isinstance(g, Exact) else number(run, np.asarray(g))


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
