"""What a check found, as plain data and as text. It judges nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Verdict = Literal["holds", "refuted", "error"]
Grade = Literal["exact", "complex-step", "difference"]

WORDS = {  # of each kind of mistake
    "shape": "the gradient has another shape than its argument",
    "dtype": "the gradient has another precision than its argument, or was rounded on the way",
    "sign": "the sign is turned",
    "factor": "a constant factor is off: a scale left out, or counted twice",
    "transposed": "it is the transpose of the right one",
    "broadcast-not-summed": "an axis over which the argument was broadcast is not summed",
    "mean-for-sum": "a mean stands for a sum or a sum for a mean, or a scale of that size is left out",
    "wrong-argument": "it is the gradient of another argument",
    "zero": "it is zero, and should not be",
    "wrong-branch": "right where some entries are chosen and wrong elsewhere: a mask or a branch is left out",
    "fused": "it is the cotangent itself, as if this op were fused with a loss",
    "accumulated": "it grows from call to call: a former gradient is added",
    "other": "it differs from the derivative of the forward pass",
}
KINDS = tuple(WORDS)


@dataclass(frozen=True)
class Failure:
    """One gradient that is not the pullback of its own forward pass.

    Attributes
    ----------
    gradient : the gradient's name, "dWA"; of a tree, the path as well, "dparams.q.WA".
    index : the entry shown, the one furthest off; () of a scalar or where the whole array is meant.
    expected, got : the entry as the forward pass has it and as `backward` returned it (text where it is no number).
    factor : got / expected where that is one number over the whole array, else None.
    kind : one of `KINDS`: shape, dtype, sign, factor, transposed, broadcast-not-summed, mean-for-sum, wrong-argument,
        zero, wrong-branch, fused, accumulated, other.
    counterexample : argument values (nested lists) at which it fails, entries rounded to small integers where that still
        fails; None where it was not sought.
    message : the likely mistake in words.
    """

    gradient: str
    index: tuple[int, ...]
    expected: float | str
    got: float | str
    factor: float | None
    kind: str
    counterexample: dict[str, object] | None = None
    message: str = ""


@dataclass(frozen=True)
class Report:
    """The outcome of one check.

    Attributes
    ----------
    op : name of what was checked.
    gradients : names of the gradients that were judged.
    verdict : "holds", "refuted" or "error".
    grade : "exact", "complex-step", "difference", or None where nothing was judged.
    rounded : "float32" where the values went through that precision, else None.
    points : points of the field (exact) or directions (floating grades) at which it was judged.
    error : largest relative error of a floating grade, else None.
    shapes : of the arguments, by name.
    why : what made the check step down, or what is wrong with the op; "" where there is nothing to say.
    failures : one for each wrong gradient.
    p : the primes over which it was decided.
    """

    op: str
    gradients: tuple[str, ...]
    verdict: Verdict
    grade: Grade | None
    rounded: str | None = None
    points: int = 0
    error: float | None = None
    shapes: dict[str, tuple[int, ...]] = field(default_factory=dict)
    why: str = ""
    failures: tuple[Failure, ...] = ()
    p: tuple[int, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether the gradients hold, at whatever grade."""
        return self.verdict == "holds"


def text(report: Report) -> str:
    """The report in lines: the verdict, what made it step down, and for each wrong gradient the entry, the factor, the kind."""
    lines = [_headline(report)]
    if report.why:
        lines.append(f"  {report.why}")
    for f in report.failures:
        at = f"[{', '.join(map(str, f.index))}]" if f.index else ""
        factor = f", {f.factor:g} times what it should be" if f.factor is not None else ""
        expected, got = shown(f.expected, f.got)
        lines.append(f"  {f.gradient}{at}: expected {expected}, got {got}{factor} ({f.kind}: {f.message})")
    return "\n".join(lines)


def _headline(report: Report) -> str:
    wrong = dict.fromkeys(f.gradient for f in report.failures)
    names = ", ".join(wrong or report.gradients) or "no gradient"
    if report.verdict == "error":
        return f"{report.op}: could not be judged"
    how = f"{report.grade}, {report.points} points" + (f", error {report.error:.1e}" if report.error is not None else "")
    rounded = f", values rounded to {report.rounded}" if report.rounded else ""
    primes = f", p = {', '.join(map(str, report.p))}" if report.p and report.grade == "exact" else ""
    return f"{report.op}: {names} {report.verdict} ({how}{rounded}{primes})"


def shown(expected: float | str, got: float | str) -> tuple[str, str]:
    """Two values to six digits, or to all where six do not tell them apart."""
    left, right = (value if isinstance(value, str) else f"{value:.6g}" for value in (expected, got))
    return (left, right) if left != right else (str(expected), str(got))
