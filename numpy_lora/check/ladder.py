"""One check under way: the ladder of grades, from the plain check to exact numbers, and what stands at its end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from .analytic import by_complex_step, by_complex_steps, contradicted, stands_out
from .diagnosis import close
from .floats import CLEAN, CLEAR, Measured, against_forward, by_differences, drowned
from .kinks import kinked
from .manners import first_run, same_at_the_end, same_once_more
from .place import Place
from .plain import COMPLEX_TOLERANCE, TOLERANCE, TOLERANCE_FLOAT32, Floats, cotangents, guarded, is_usual
from .problem import Problem
from .proof import LEAST, Proof, Prover
from .refutation import (
    DIGITS_LEFT,
    coarse,
    confirmed,
    differing,
    failures,
    furthest,
    not_finite,
    shape_failures,
    somewhere,
    to_float32,
)
from .report import WORDS, Failure, Grade, Report
from .small import faint_entries_differ, small_entry_differs
from .staircase import climbs_in_steps
from .trees import leaves, name_of
from .trouble import Trouble

COARSE = 2.0**-8  # what is rounded to any float is off by less
MOVES = 3  # off kinks, of which one may hide another
AGAIN = 3  # more directions for what one direction left open
MISSING = "no gradient came for"
DIGITS = "it is right to the digits of a float32 alone: rounded, or approximate, on the way"
FAINT = "exact numbers agree with it, floats do not, where values are far smaller than others of their array"
OWN = 0x5EED  # beside the seed: whoever draws arguments by default_rng(seed) is not to draw our dY


def _least(proof: Proof) -> float:
    """The error that a complex step must show: next to a proof, and for SciPy's functions, its own digits are in doubt."""
    return CLEAN if proof.status == "proved" else CLEAR if proof.special else COMPLEX_TOLERANCE


class Check:
    """One check under way."""

    def __init__(self, problem: Problem, points: int, seed: int, grade: Grade | None, allow_float32: bool) -> None:
        for name, number, least in (("points", points, 1), ("seed", seed, 0)):
            if not isinstance(number, int | np.integer) or isinstance(number, bool):
                raise ValueError(f"{name}: expected an integer, got {number!r}")
            if number < least:
                raise ValueError(f"{name}: expected at least {least}, got {number}")
        if grade not in (None, "exact", "complex-step", "difference"):
            raise ValueError(f"grade: expected exact, complex-step or difference, got {grade!r}")
        self.problem, self.points, self.seed, self.wanted = problem, points, seed, grade
        self.allow_float32, self.narrow = allow_float32, False  # whether arguments, or gradients, come in float32
        self.rounded: str | None = None
        self.notes: list[str] = []
        self.moved = False  # off a kink
        self.lost: tuple[list[Floats], list[Floats]] | None = None  # a cotangent for which a gradient is not finite, and it
        self.primes: tuple[int, ...] = ()
        self.error: float | None = None
        self.prover: Prover | None = None

    def made(self) -> Report:
        """The report, whatever the op does."""
        state = np.random.get_state()
        try:
            return guarded(self.report)  # type: ignore[no-any-return]
        except Trouble as trouble:
            return self.verdict("error", None, str(trouble))
        finally:
            np.random.set_state(state)

    def verdict(self, verdict: Any, grade: Grade | None, why: str = "", failures: Sequence[Failure] = ()) -> Report:
        """The report as it stands."""
        shapes = {name_of(p): np.shape(leaf) for p, leaf in leaves(self.problem.arguments) if isinstance(leaf, np.ndarray)}
        notes = "; ".join(dict.fromkeys(note for note in (*self.notes, why) if note))
        points = 0 if grade is None else max(self.points, LEAST) if grade == "exact" else self.points
        error = self.error if grade in ("complex-step", "difference") else None
        primes = self.primes if grade == "exact" else ()
        labels = tuple(self.problem.labels)
        name, found = self.problem.name, tuple(failures)
        return Report(name, labels, verdict, grade, self.rounded, points, error, shapes, notes, found, primes)

    def report(self) -> Report:
        """Manners and shapes, and what is wrong with these; else the verdict of the grades."""
        noticed, untouched = self.problem.opened(self.problem.untouched())
        self.notes += noticed
        plain, R, Y, g, manners = first_run(self.problem, np.random.default_rng([self.seed, OWN]))
        self.place = Place(plain, R, Y, g)
        self.notes += [*manners.notes, *([self.problem.read_as] if self.problem.read_as else [])]
        if not any(y.size for y in Y):
            self.notes.append("Y has no entries: there was nothing to compare")
        if self.problem.unjudged:
            self.notes.append(f"{MISSING} {', '.join(self.problem.unjudged)}")
        self.allowed = self.allow_float32 or manners.float32_arguments
        self.narrow = manners.float32
        self.rounded = "float32" if self.narrow else None
        wider = [f for f in manners.failures if self.allow_float32 and (f.kind, f.got) == ("dtype", "float64")]
        self.notes += [f"{f.gradient} comes in {f.got} for an argument in {f.expected}" for f in wider]
        shown = [*shape_failures(self.place), *(f for f in manners.failures if f not in wider)]
        if shown:
            return self.verdict("refuted", "exact", "", shown)
        return self._judged(untouched)

    def _judged(self, untouched: Problem | None) -> Report:
        """The plain check, exact numbers, the complex step: what the strongest grade that applies says."""
        plain, R = self.place.plain, self.place.R
        measured = self._plainly()
        if self.lost is not None and (lost := not_finite(Place(plain, self.lost[0], self.place.Y, self.lost[1]))):
            return self.verdict("refuted", "difference", "", [lost])
        proof = self._exactly()
        hidden = proof.status == "not exact" and any(m.error > CLEAR for m in measured) and climbs_in_steps(plain, R)
        if proof.status == "differs" and "narrow" in proof.seen and self._to_float32(proof.wrong):
            proof.status, proof.why = "not exact", "a constant of float32"
            hidden = True
        if "rounded" in proof.seen or self.narrow or hidden:
            self.rounded, plain.rounded = "float32", True
        measured = [replace(m, noise=np.inf) if m.faint and (proof.status == "proved" or m.error < 0.1) else m for m in measured]
        wrong = [k for k, m in enumerate(measured) if m.wrong and not (self.rounded and m.error <= TOLERANCE_FLOAT32)]
        if wrong or proof.status == "differs":
            same_once_more(plain, R, self.place.Y, self.place.g)
        if wrong:
            return self._refuted_by_floats(measured, wrong, proof)
        slots = range(0 if self.rounded else len(self.place.g))
        if faint := [k for k in slots if faint_entries_differ(plain, k, self.place.R, self.place.g[k])]:
            return self._refuted(faint, "difference", FAINT if proof.status == "proved" else proof.why)
        if proof.status == "differs":
            weighed = self._weighed(proof)
            if isinstance(weighed, Report):
                return weighed
            proof = weighed
        if self.rounded and not self.allowed:
            return self.verdict("refuted", "exact" if proof.status == "proved" else "difference", "", [self._rounding()])
        same_at_the_end(untouched, plain, R, self.place.Y, self.place.g)
        unclean = [self.problem.labels[k] for k, m in enumerate(measured) if not m.clean]
        if proof.status == "proved" and (self.rounded or not unclean):
            return self.verdict("holds", "exact")
        if proof.status == "proved":
            proof.why = f"exact numbers agree, differences of the floats do so only roughly ({', '.join(unclean)})"
        if self.wanted == "exact":
            raise Trouble(f"not exact: {proof.why}")
        return self._floating(measured, proof.why, _least(proof), proof.status == "proved")

    # --- the grades

    def _plainly(self) -> list[Measured]:
        """Every slot against the forward pass, at several cotangents, a fresh forward for each."""
        for may_move in (*[True] * MOVES, False):
            plain = self.place.plain
            first, *others = cotangents(self.place.Y, self.place.R)
            tried = [(first, self.place.g), *((c, plain.run(None, c).gradients) for c in others)]
            finite = [all(np.isfinite(gi).all() for gi in found) for _, found in tried]
            self.tried = [pair for pair, kept in zip(tried, finite, strict=True) if kept]
            self.lost = next((pair for pair, kept in zip(tried, finite, strict=True) if not kept and is_usual(pair[0])), None)
            c, g = zip(*self.tried, strict=True)
            measured = against_forward(plain, self.place.Y, list(c), list(g))
            off = [k for k, m in enumerate(measured) if m.error > TOLERANCE]
            if not (may_move and kinked(plain, off) and self._moved_off(off)):
                break
        self.error = max((m.error for m in measured), default=0.0)
        return measured

    def _moved_off(self, off: list[int]) -> bool:
        """Move the values a little that have a kink, of those where a gradient is off; whether the op can be run there."""
        rng, moved, plain = np.random.default_rng(self.seed), [], self.place.plain
        at_kinks = [k for k in off if kinked(plain, [k])] or off
        for k, v in enumerate(plain.values):
            largest = float(np.max(np.abs(v), initial=0.0)) or 1.0
            step = rng.uniform(2.0**-7, 2.0**-6, np.shape(v)) * rng.choice([-1.0, 1.0], np.shape(v))
            moved.append(np.asarray(v) + step * largest if k in at_kinks else v)
        outcome = plain.run(list(moved), self.place.R)
        finite = all(np.isfinite(a).all() for a in (*outcome.Y, *outcome.gradients))
        self.moved = True
        if finite:
            self.notes.append("not differentiable at the values given: judged beside them")
            plain.values, self.place.Y, self.place.g = moved, outcome.Y, outcome.gradients
        return finite

    def _exactly(self) -> Proof:
        if self.wanted in ("complex-step", "difference"):
            return Proof("not exact")
        self.prover = Prover(self.place.plain, self.place.R, self.place.Y, self.place.g, self.seed, self.points)
        return self._noted(self.prover.prove())

    def _noted(self, proof: Proof) -> Proof:
        self.primes = tuple(dict.fromkeys(proof.primes))
        return proof

    def _floating(self, measured: list[Measured], why: str, least: float = COMPLEX_TOLERANCE, proved: bool = False) -> Report:
        """A complex step where the code is analytic, else the differences that it has passed already."""
        if self.wanted != "difference":
            plain, R, g = self.place.plain, self.place.R, self.place.g
            found = by_complex_steps(plain, R, g, self.points)
            steps = [m for m in found if m is not None]
            if len(steps) == len(found):
                wrong = [k for k, m in enumerate(steps) if stands_out(m, least) and not contradicted(plain, k, R, m.error)]
                if wrong and not self.moved and kinked(plain, wrong) and self._moved_off(wrong):
                    plain, R, g = self.place.plain, self.place.R, self.place.g
                    return self._floating([by_differences(plain, k, [R], [g[k]]) for k in range(len(g))], why, least, proved)
                if wrong and not self.rounded:
                    self.error = max(m.error for m in steps)
                    return self._refuted(wrong, "complex-step", why)
                if all(m.error <= max(1e-10, 16 * m.noise) for m in steps) and not self.rounded:
                    self.error = max(m.error for m in steps)
                    return self._unless_zeros_hide("complex-step", why)
            else:
                why = "; ".join(filter(None, [why, "not analytic in code: judged by differences, which are weaker"]))
            if self.wanted == "complex-step":
                raise Trouble("no complex step: the code is not analytic, or loses the imaginary part")
        return self._by_differences(measured, why, least, proved)

    def _by_differences(self, measured: list[Measured], why: str, least: float, proved: bool) -> Report:
        """What differences say: once more, in other directions, of what they left open, and of entries that hide."""
        tolerance = TOLERANCE_FLOAT32 if self.rounded else TOLERANCE
        noisy = {k: [m, *self._once_more(k)] for k, m in enumerate(measured) if m.error > tolerance}
        wrong = [k for k, found in noisy.items() if sum(m.wrong and m.error > tolerance for m in found[1:]) > AGAIN / 2]
        if wrong:
            return self._refuted(wrong, "difference", why)
        unsettled = not all(sum(m.settled(tolerance) for m in found) > len(found) / 2 for found in noisy.values())
        if unsettled and not self.moved and self._moved_off(list(noisy)):
            R, g = self.place.R, self.place.g
            return self._floating([by_differences(self.place.plain, k, [R], [g[k]]) for k in range(len(g))], why, least, proved)
        if unsettled:
            raise Trouble("cannot be judged: differences of the forward pass do not settle at these values")
        if proved:
            return self.verdict("holds", "difference", why)
        place = self.place
        if lost := [self.problem.labels[k] for k in noisy if drowned(place.plain, k, place.R, place.g[k])]:
            raise Trouble(f"cannot be judged: {', '.join(lost)} drowns in rounding")
        small = [k for k, g in enumerate(place.g) if not self.rounded and small_entry_differs(place.plain, k, place.R, g)]
        if small:
            return self._refuted(small, "difference", why)
        doubtful = [k for k, m in enumerate(measured) if not self.rounded and m.error > max(CLEAN, m.noise)]
        there, off = somewhere(place, None, doubtful)
        if off and (coarse(there, off) or furthest(there, off) > TOLERANCE_FLOAT32):
            self.place = there
            return self._refuted(off, "difference", why)
        return self._unless_zeros_hide("difference", why)

    def _unless_zeros_hide(self, grade: Grade, why: str) -> Report:
        """It holds, unless it does not where zeros are moved: a factor that starts at zero hides what it multiplies."""
        tolerance, moved = TOLERANCE_FLOAT32 if self.rounded else TOLERANCE, self.place.off_zero()
        for k in range(len(moved.g) if moved else 0):
            assert moved is not None
            found = [by_differences(moved.plain, k, [moved.R], [moved.g[k]]) for _ in range(AGAIN)]
            if all(m.wrong and m.error > tolerance for m in found) and not kinked(moved.plain, [k]):
                self.place = moved
                return self._refuted([k], self._floating_grade([k]), why)
        return self.verdict("holds", grade, why)

    def _to_float32(self, wrong: list[int]) -> bool:
        """Whether gradients that exact numbers deny are right to the digits of a float32, where zeros are moved too."""
        assert self.prover is not None
        moved = Place.at(self.place.plain, *self.prover.points.shadows(1))
        return to_float32(self.place, wrong) and to_float32(moved, wrong)

    def _once_more(self, k: int) -> list[Measured]:
        """Differences along other directions, in which an entry that lost its digits hardly moves, or much."""
        c, g = zip(*self.tried, strict=True)
        return [by_differences(self.place.plain, k, list(c), [gi[k] for gi in g]) for _ in range(AGAIN)]

    # --- refutations

    def _refuted_by_floats(self, measured: list[Measured], wrong: list[int], proof: Proof) -> Report:
        if proof.status == "differs":
            assert self.prover is not None
            beside = [k for k in proof.wrong if k not in wrong]
            if beside and not self.prover.certain(proof.seen):
                beside = differing(self.place, self.prover, beside)
            return self._refuted(sorted({*wrong, *beside}), "exact", "")
        R, g = self.tried[measured[wrong[0]].worst]
        if sum(np.count_nonzero(r) for r in R) == 1 and not self.place.plain.slow:  # of one entry a gradient shows but a row
            dense = by_differences(self.place.plain, wrong[0], [self.place.R], [self.place.g[wrong[0]]])
            R, g = (self.place.R, self.place.g) if dense.wrong else (R, g)
        self.place = Place(self.place.plain, R, self.place.Y, g)
        if proof.status == "proved" and self.rounded and max(measured[k].error for k in wrong) < COARSE:
            return self.verdict("refuted", "exact", "", [self._rounding("a float narrower than float32")])
        told = "exact numbers agree with it, floats do not: it behaves differently when it is watched, or its floats cancel"
        if not all(self._scales(k) for k in wrong):
            self.notes.append("backward is not linear in dY: it clips, or has a dead zone")
        return self._refuted(wrong, self._floating_grade(wrong), told if proof.status == "proved" else proof.why)

    def _weighed(self, proof: Proof) -> Report | Proof:
        """What exact numbers refute, and floats at several cotangents do not: the report, or the proof that it is right."""
        assert self.prover is not None
        place, found = confirmed(self.place, self.prover, proof.wrong)
        if found:
            self.place = place
            return self._refuted(found, "exact", "")
        other = self.prover.prove_with_its_arrays()
        if other.status == "proved":
            self.rounded = "float32" if "rounded" in other.seen else self.rounded
            return self._noted(other)
        converged = place.settled.issuperset(proof.wrong)  # an iteration's end, or a series', is no error of floats
        if not converged and self.prover.certain(proof.seen):
            return self._refuted(proof.wrong, "exact", "")
        if self.rounded and not self.allowed:
            return self.verdict("refuted", "difference", "", [self._rounding()])
        why = "exact numbers disagreed (a root's sign, a rounded constant, an iteration's end), floats do not confirm it"
        if self.wanted == "exact":
            raise Trouble(why)
        plain, R, g = self.place.plain, self.place.R, self.place.g
        if lost := [self.problem.labels[k] for k in proof.wrong if drowned(plain, k, R, g[k])]:
            raise Trouble(
                f"cannot be judged: exact numbers disagree, and floats cannot tell: {', '.join(lost)} drowns in rounding"
            )
        return self._floating([by_differences(plain, k, [R], [g[k]]) for k in range(len(g))], why)

    def _scales(self, k: int) -> bool:
        """Whether a gradient is in proportion to dY."""
        small = self.place.plain.run(None, [r * 2.0**-20 for r in self.place.R]).gradients[k]
        return close(small * 2.0**20, self.place.g[k])

    def _floating_grade(self, wrong: list[int]) -> Grade:
        plain, R, g = self.place.plain, self.place.R, self.place.g
        found = [by_complex_step(plain, k, R, g[k], 1) for k in wrong]
        return "complex-step" if all(m is not None and stands_out(m) for m in found) else "difference"

    def _refuted(self, wrong: list[int], grade: Grade, why: str) -> Report:
        found = failures(self.place, wrong, self.prover, self.rounded is not None)
        least = 0.0 if self.allowed or self.rounded else DIGITS_LEFT
        if all(f.kind == "other" for f in found) and coarse(self.place, wrong, least):
            self.rounded = "float32"
            if self.allowed and self.wanted != "exact":
                return self.verdict("holds", "difference", f"{DIGITS}: {', '.join(f.gradient for f in found)}")
            found = [replace(f, kind="dtype", message=DIGITS) for f in found]
        return self.verdict("refuted", grade, why, found)

    def _rounding(self, narrow: str = "float32") -> Failure:
        expected, got = "float64 throughout", f"rounded to {narrow} on the way"
        return Failure(self.problem.labels[0], (), expected, got, None, "dtype", None, WORDS["dtype"])
