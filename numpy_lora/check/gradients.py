"""check_gradients: the ladder of grades, from the plain check to exact numbers, and what stands at its end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from .diagnosis import WORDS, Circumstances, failure
from .floats import Measured, against_forward, by_complex_step, by_differences, derivative, kinked, stands_out
from .manners import first_run
from .plain import TOLERANCE, TOLERANCE_FLOAT32, Floats, Plain, cotangents, guarded, paired
from .problem import Problem, Trouble
from .proof import Proof, Prover
from .report import Failure, Grade, Report, text
from .trees import leaves, name_of

ENTRIES = 2048
EPS = float(np.finfo(float).eps)


def check_gradients(
    op: Callable[..., Any],
    *args: Any,
    backward: Callable[..., Any] | None = None,
    gradient: Callable[..., Any] | None = None,
    wrt: Sequence[str | int] | None = None,
    kwargs: dict[str, Any] | None = None,
    points: int = 3,
    seed: int = 0,
    grade: Grade | None = None,
    allow_float32: bool = False,
) -> Report:
    """Is `backward` the pullback of its own forward pass? Climbs to the strongest grade that applies, and names it.

    Parameters
    ----------
    op : `op(*args, **kwargs)` returns `(Y, backward)`; with `backward=` it returns Y and `backward(dY, *args)` the gradients;
        with `gradient=` it is a scalar function and `gradient(*args)` its gradient.
    args : arrays, or nested dicts, lists and tuples of them; integers, strings, None and Generators pass through.
    wrt : names or positions of the arguments that the gradients belong to, where it does not show.
    points : points of the field, or directions of a floating grade.
    grade : judge by this grade alone.
    allow_float32 : whether values rounded to float32 on the way are right.

    Returns
    -------
    Report : verdict "holds", "refuted" (with `failures`, each of a kind of `report.KINDS`) or "error" (with `why`).
    """
    problem = Problem(op, args, dict(kwargs or {}), backward, gradient, wrt)
    check = _Check(problem, points, seed, grade, allow_float32)
    try:
        return guarded(check.report)  # type: ignore[no-any-return]
    except Trouble as trouble:
        return check.verdict("error", None, str(trouble))


def assert_gradients(op: Callable[..., Any], *args: Any, **options: Any) -> None:
    """Raise an AssertionError with the report's text unless the gradients hold. Takes what `check_gradients` takes."""
    report = check_gradients(op, *args, **options)
    if not report.ok:
        raise AssertionError(text(report))


class _Check:
    """One check under way."""

    def __init__(self, problem: Problem, points: int, seed: int, grade: Grade | None, allow_float32: bool) -> None:
        if points < 1:
            raise ValueError(f"points: expected at least 1, got {points}")
        self.problem, self.points, self.seed, self.wanted = problem, points, seed, grade
        self.allow_float32 = allow_float32
        self.rounded: str | None = None
        self.notes: list[str] = []
        self.primes: tuple[int, ...] = ()
        self.error: float | None = None

    def verdict(self, verdict: Any, grade: Grade | None, why: str = "", failures: Sequence[Failure] = ()) -> Report:
        """The report as it stands."""
        shapes = {name_of(p): np.shape(leaf) for p, leaf in leaves(self.problem.arguments) if isinstance(leaf, np.ndarray)}
        notes = "; ".join(dict.fromkeys(note for note in (*self.notes, why) if note))
        points = 0 if grade is None else self.points
        error = self.error if grade in ("complex-step", "difference") else None
        labels = tuple(self.problem.labels)
        return Report(
            self.problem.name, labels, verdict, grade, self.rounded, points, error, shapes, notes, tuple(failures), self.primes
        )

    def report(self) -> Report:
        """Manners, shapes, the plain check, exact numbers, the complex step."""
        self.plain, self.R, self.Y, self.g, manners = first_run(self.problem, np.random.default_rng(self.seed))
        self.notes += manners.notes
        if manners.float32:
            self.rounded = "float32"
        failures = [*self._shape_failures(), *manners.failures]
        if failures:
            return self.verdict("refuted", "exact", "", failures)
        measured = self._plainly()
        proof = self._exactly()
        if "rounded" in proof.seen or manners.float32:
            self.rounded = "float32"
        wrong = [k for k, m in enumerate(measured) if m.wrong and not (self.rounded and m.error <= TOLERANCE_FLOAT32)]
        if wrong or proof.status == "differs":
            return self._refuted_or_not(wrong, proof)
        if self.rounded and not (self.allow_float32 or manners.float32_arguments):
            return self.verdict("refuted", "exact" if proof.status == "proved" else "difference", "", [self._rounding()])
        if proof.status == "proved":
            return self.verdict("holds", "exact")
        if self.wanted == "exact":
            raise Trouble(f"not exact: {proof.why}")
        return self._floating(measured, proof.why)

    # --- the grades

    def _tolerance(self) -> float:
        return TOLERANCE_FLOAT32 if self.rounded else TOLERANCE

    def _plainly(self) -> list[Measured]:
        """Every slot against differences, at several cotangents, a fresh forward for each."""
        for _ in range(2):
            tried = [(c, self.plain.run(None, c).gradients) for c in cotangents(self.Y, self.R)]
            c, g = zip(*[pair for pair in tried if all(np.isfinite(gi).all() for gi in pair[1])], strict=True)
            measured = against_forward(self.plain, list(c), list(g))
            if not any(m.wrong and kinked(self.plain, k) for k, m in enumerate(measured)) or not self._moved_off():
                break
        self.error = max((m.error for m in measured), default=0.0)
        return measured

    def _moved_off(self) -> bool:
        """Move zeros a little, away from a kink; whether there were any."""
        moved, any_zero = [], False
        for v in self.plain.values:
            zero = np.asarray(v) == 0
            any_zero = any_zero or bool(zero.any())
            largest = float(np.max(np.abs(v), initial=0.0)) or 1.0
            step = self.plain.rng.choice([-1.0, 1.0], np.shape(v)) * largest * 2.0**-6
            moved.append(np.where(zero, step, v))
        if any_zero:
            self.notes.append("not differentiable at the values given: judged beside them, zeros moved")
            self.plain.values = moved
            outcome = self.plain.run(None, self.R)
            self.Y, self.g = outcome.Y, outcome.gradients
        return any_zero

    def _exactly(self) -> Proof:
        if self.wanted in ("complex-step", "difference"):
            return Proof("not exact")
        self.prover = Prover(self.plain, self.R, self.Y, self.g, self.seed)
        proof = self.prover.prove(self.points)
        self.primes = tuple(dict.fromkeys(proof.primes))
        return proof

    def _floating(self, measured: list[Measured], why: str) -> Report:
        """A complex step where the code is analytic, else the differences that it has passed already."""
        self.primes = ()
        if self.wanted != "difference":
            found = [by_complex_step(self.plain, k, self.R, self.g[k], self.points) for k in range(len(self.g))]
            steps = [m for m in found if m is not None]
            if len(steps) == len(found):
                wrong = [k for k, m in enumerate(steps) if stands_out(m)]
                if wrong and not self.rounded:
                    self.error = max(m.error for m in steps)
                    return self._refuted(wrong, "complex-step", why)
                if all(m.error <= max(1e-10, 16 * m.noise) for m in steps) and not self.rounded:
                    self.error = max(m.error for m in steps)
                    return self.verdict("holds", "complex-step", why)
            else:
                why = "; ".join(filter(None, [why, "not analytic in code: judged by differences, which are weaker"]))
            if self.wanted == "complex-step":
                raise Trouble("no complex step: the code is not analytic, or loses the imaginary part")
        if any(m.error > self._tolerance() for m in measured):
            raise Trouble("cannot be judged: differences of the forward pass do not settle at these values")
        return self.verdict("holds", "difference", why)

    # --- refutations

    def _refuted_or_not(self, wrong: list[int], proof: Proof) -> Report:
        if wrong:
            if proof.status == "differs":
                return self._refuted(sorted({*wrong, *proof.wrong}), "exact", "")
            if proof.status != "proved":
                return self._refuted(wrong, self._floating_grade(wrong), proof.why)
            if self._proved_at_every_cotangent():
                return self.verdict("holds", "exact", "differences drown in rounding at these values")
            why = "exact numbers agree with it: the code behaves differently when it is watched"
            return self._refuted(wrong, self._floating_grade(wrong), why)
        if not proof.seen & {"roots", "uninterpreted", "constants"}:
            return self._refuted(proof.wrong, "exact", "")
        confirmed = [k for k in proof.wrong if self._confirmed(k)]
        if confirmed:
            return self._refuted(confirmed, "exact", "")
        if self.wanted == "exact":
            raise Trouble("exact numbers disagree, and floats do not confirm it")
        measured = [by_differences(self.plain, k, [self.R], [self.g[k]]) for k in range(len(self.g))]
        why = "exact numbers disagreed (a root's sign, or a rounded constant), floats do not confirm it"
        return self._floating(measured, why)

    def _proved_at_every_cotangent(self) -> bool:
        """Whether, at each cotangent of the plain check, exact numbers prove the op and its floats are their shadows."""
        for c in cotangents(self.Y, self.R):
            outcome = self.plain.run(None, c)
            if Prover(self.plain, c, outcome.Y, outcome.gradients, self.seed).prove(2).status != "proved":
                return False
        return True

    def _floating_grade(self, wrong: list[int]) -> Grade:
        found = [by_complex_step(self.plain, k, self.R, self.g[k], 1) for k in wrong]
        return "complex-step" if all(m is not None and stands_out(m) for m in found) else "difference"

    def _confirmed(self, k: int) -> bool:
        """Whether some entry differs from a complex step by more than rounding: by 64 eps and by what the last digits move."""
        entries = self._entries(k)
        expected, analytic = derivative(self.plain, k, self.R, entries)
        got = np.asarray(self.g[k], float).reshape(-1)[entries]
        near = [np.asarray(v, float) * (1 + EPS * self.plain.rng.choice([-1.0, 1.0], np.shape(v))) for v in self.plain.values]
        other = Plain(self.plain.problem, near, self.plain.rng, reseed=self.plain.reseed)
        moved = other.run(None, self.R).gradients[k].reshape(-1)[entries]
        rounding = 64 * EPS if analytic else TOLERANCE
        noise = rounding * np.maximum(np.abs(expected), np.abs(got)) + 16 * np.abs(moved - got)
        if not analytic:
            noise = noise + TOLERANCE * np.max(np.abs(got), initial=0.0)
        return bool((np.abs(expected - got) > noise).any())

    def _entries(self, k: int) -> list[int]:
        """The entries to look at: all, or, of a large array, some and one that exact numbers name."""
        size = int(np.size(self.g[k]))
        if size <= ENTRIES:
            return list(range(size))
        named = self.prover.locate(k) if hasattr(self, "prover") else None
        some = self.plain.rng.choice(size, 64, replace=False).tolist()
        return sorted({*some, *([] if named is None else [named])})

    def _refuted(self, wrong: list[int], grade: Grade, why: str) -> Report:
        right = {self.problem.labels[k]: self.g[k] for k in range(len(self.g)) if k not in wrong}
        expected: dict[int, Floats] = {}
        for k in wrong:
            entries = self._entries(k)
            expected[k] = np.array(self.g[k], float)
            expected[k].reshape(-1)[entries] = derivative(self.plain, k, self.R, entries)[0]
        truths = {k: e for k, e in expected.items() if e.size <= ENTRIES}
        failures = []
        for k in wrong:
            others = right | {self.problem.labels[j]: e for j, e in truths.items() if j != k}
            failures.append(failure(self.problem.labels[k], expected[k], np.asarray(self.g[k], float), self._around(others)))
        failures = [replace(f, counterexample=self._counterexample(wrong)) for f in failures]
        return self.verdict("refuted", grade, why, failures)

    def _around(self, others: dict[str, Floats]) -> Circumstances:
        lengths = {n for a in (*self.Y, *self.g) for n in (*np.shape(a), int(np.size(a)))}
        return Circumstances(others, self.R, lengths)

    def _shape_failures(self) -> list[Failure]:
        failures = []
        for k, (g, v) in enumerate(zip(self.g, self.plain.values, strict=True)):
            if np.shape(g) != np.shape(v) and not (np.size(v) == 1 and np.size(g) == 1 and not isinstance(v, np.ndarray)):
                entries = list(range(min(int(np.size(v)), ENTRIES)))
                expected = np.zeros(np.shape(v))
                expected.reshape(-1)[entries] = derivative(self.plain, k, self.R, entries)[0]
                failures.append(failure(self.problem.labels[k], expected, np.asarray(g), self._around({})))
        return failures

    def _rounding(self) -> Failure:
        expected, got = "float64 throughout", "rounded to float32 on the way"
        return Failure(self.problem.labels[0], (), expected, got, None, "dtype", None, WORDS["dtype"])

    def _counterexample(self, wrong: list[int]) -> dict[str, object] | None:
        """The values, rounded to small integers as far as the failure persists."""
        values = list(self.plain.values)
        if sum(int(np.size(v)) for v in values) > ENTRIES:
            return None
        for k in range(len(values)):
            small = np.clip(np.rint(values[k]), -3, 3)
            trial = [*values[:k], small, *values[k + 1 :]]
            if self._fails_at(trial, wrong):
                values = trial
        return {name_of(slot): np.asarray(v).tolist() for slot, v in zip(self.problem.slots, values, strict=True)}

    def _fails_at(self, values: list[Floats], wrong: list[int]) -> bool:
        plain = Plain(self.problem, values, np.random.default_rng(self.seed), reseed=self.plain.reseed)
        R = [np.rint(2 * r) for r in self.R]
        try:
            g = plain.run(None, R).gradients
            return any(by_differences(plain, k, [R], [g[k]]).wrong for k in wrong)
        except Exception:
            return False


__all__ = ["assert_gradients", "check_gradients", "paired"]
