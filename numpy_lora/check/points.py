"""One op at one set of values over exact numbers: forward with tangents and backward, at points nearby.

A point costs a forward pass that carries tangents on all arguments at once and a backward pass that does not. The tangents
are random, so the one equation holds for a wrong gradient with probability 1/p, whatever the number of entries.
"""

from __future__ import annotations

import contextlib
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..exact import Exact, NotExact, Run, draw, pairing
from ..exact.array import number, stored
from ..exact.beside import found
from ..exact.constructors import replaced
from ..exact.draws import taken_apart
from ..exact.records import Number
from ..exact.residues import Element
from .plain import Floats, Plain, cotangent, is_output
from .trees import leaves

LONG, SHORT = 2.0**-12, 2.0**-30  # by how much of itself a value is moved
OF_ZERO = 2.0**-8  # by how much of its array's largest entry a zero is

Only = int | tuple[int, int, int] | None  # tangents on all slots, on one, or on a range of one's entries


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


class Points:
    """The op at points near its values, the first being its values.

    Parameters
    ----------
    plain : the op as it runs plainly, with its values.
    R : cotangents for the outputs.
    cycle : after so many points the primes come round again.
    """

    def __init__(self, plain: Plain, R: list[Floats], seed: int, cycle: int) -> None:
        self.plain, self.R, self.seed, self.cycle = plain, R, seed, cycle
        self.values = [np.asarray(v, float) for v in plain.values]
        self.backward_exponents = False  # until something in the backward pass asks for them
        self.replace = False  # whether constructors are
        self.ndarray = True  # np.ndarray among them
        self.lift = False  # whether the op's own arrays are made exact: no hook sees `plain.dot(exact)`
        self.turn = True  # whether dY changes from point to point
        self.near = False  # whether all moves are short
        self.entropy = int(np.random.SeedSequence().generate_state(1, np.uint64)[0])  # residues that no code can foresee
        self.seconds = 0.0  # that the last run took
        self.exponent_salt = 0
        self.constants: dict[int, dict[bytes, Number]] = {}

    def shadows(self, k: int) -> tuple[list[Floats], list[Floats]]:
        """The values and cotangents at a point: as given at the first, moved at the others, by turns more and less.

        The longer step shows what a leaked number loses in its last digits; the shorter meets other branches less often.
        """
        if k == 0:
            return self.values, self.R
        rng = np.random.default_rng([self.seed, k, 7])
        zero_step, step = SHORT if self.near else OF_ZERO, LONG if k % 2 and not self.near else SHORT
        moved = []
        for v in self.values:
            largest = float(np.max(np.abs(v), initial=0.0)) or 1.0
            part = rng.uniform(-1.0, 1.0, v.shape)
            part = (part + np.copysign(1.0, part)) / 2  # between a half and one, of either sign
            moved.append(v + np.where(v == 0, largest * zero_step, v * step) * part)
        if k == 1 or not self.turn:
            return moved, [r * -(2.0**10) if self.turn else r for r in self.R]
        return moved, [rng.normal(size=r.shape) for r in self.R]

    def constructors(self) -> contextlib.AbstractContextManager[None]:
        """For all the runs inside: constructors are replaced, if need be. It takes as long as a run or two."""
        return replaced(*self.plain.problem.modules(), ndarray=self.ndarray) if self.replace else contextlib.nullcontext()

    def run(self, k: int, seen: set[str], only: Only = None) -> Pass:
        """Forward and, with tangents on all slots, backward; once more, with exponents, if something asked for them."""
        start = time.perf_counter()
        try:
            return self._once(k, seen, only)
        except _WantsExponents:
            self.backward_exponents = True
            return self.run(k, seen, only)
        finally:
            self.seconds = time.perf_counter() - start

    def _once(self, k: int, seen: set[str], only: Only) -> Pass:
        constants = self.constants.setdefault(k, {})
        salt = self.exponent_salt
        run = Run(self.entropy + k, primes=self.seed * 31 + k % self.cycle, dual=True, constants=constants, exponent_salt=salt)
        values, shadows = self.shadows(k)
        try:
            with self._running(run):
                rng = np.random.default_rng([self.entropy, k])
                exact = [draw(run, rng, v, zeros=k == 0, signed=True, tangent=_moves(only, s)) for s, v in enumerate(values)]
                dY = [draw(run, rng, d, zeros=False, tangent=False) for d in shadows]
                kept = [taken_apart(run, a).t for a in exact]
                cotangents = [taken_apart(run, d) for d in dY]
                problem = self.plain.problem
                problem = problem.lifted(lambda a: stored(run, run.constant(a))) if self.lift else problem
                args, kwargs = problem.fresh(exact)
                Y, pullback = problem.forward(args, kwargs)
                plain = [leaf for _, leaf in leaves(Y) if is_output(leaf)]
                if not any(isinstance(y, Exact) or (isinstance(y, np.ndarray) and found(run, y) is not None) for y in plain):
                    raise NotExact("the output is plain: exact numbers were lost on the way")
                done = Pass(
                    run, [taken_apart(run, _kept(run, y)) for y in plain], cotangents, [t for t in kept if t is not None], []
                )
                if only is None:
                    run.dual, run.exponents = False, self.backward_exponents
                    raw = pullback(cotangent(Y, dY))
                    done.gradients = [_number_of(run, g) for g in problem.matched(raw)]
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
        """The run, its warnings silenced; what broke it is a NotExact at the end."""
        with run, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                with self.plain.seeded():
                    yield
            except Exception as error:
                run.broken = run.broken or f"{type(error).__name__} on exact numbers: {str(error)[:120]}"
        if run.broken is not None:
            raise NotExact(run.broken)


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
