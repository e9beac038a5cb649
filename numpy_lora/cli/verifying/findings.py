"""What was found about formulas, in the terms of the shell: a file and a line for each, and the JSON of it all."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field
from typing import Any

VERDICTS = ("holds", "refuted", "error")
GRADES = ("every-shape", "exact", "complex-step", "difference")


@dataclass(frozen=True)
class Finding:
    """One claim, judged.

    Attributes
    ----------
    claim, verdict, grade, bound, error, given, counterexample, message, points : as `formula.Verdict` has them.
    file, line, column : where it stands, or what cannot be read stands, from 1; None for what was typed.
    expected : "refuted" after <!-- refuted -->: such a claim holds where it is refuted.
    shown : what `message` points into, and the column in it from 1; "" where it does not point.
    """

    claim: str
    verdict: str
    grade: str | None = None
    bound: float | None = None
    error: float | None = None
    given: tuple[str, ...] = ()
    counterexample: dict[str, Any] | None = None
    message: str = ""
    points: int = 0
    file: str | None = None
    line: int | None = None
    column: int | None = None
    expected: str = "holds"
    shown: tuple[str, int] = ("", 0)


@dataclass(frozen=True)
class Source:
    """Where claims come from, and what was found.

    Attributes
    ----------
    kind : "typed", "page", "ops".
    name : of a page, its path; of ops, the op's.
    brief : whether one line tells what holds.
    assumed : the forward pass that nobody gave.
    skipped : blocks passed over.
    """

    kind: str
    name: str
    findings: tuple[Finding, ...]
    brief: bool = False
    assumed: tuple[str, ...] = ()
    skipped: int = 0


@dataclass
class Counts:
    """How many claims have which verdict and grade."""

    verdicts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(VERDICTS, 0))
    grades: dict[str, int] = field(default_factory=lambda: dict.fromkeys(GRADES, 0))
    skipped: int = 0

    def __str__(self) -> str:
        """`4 hold (3 exact, 1 complex-step), 1 refuted, 2 errors, 1 skipped`."""
        held, errors = self.verdicts["holds"], self.verdicts["error"]
        grades = ", ".join(f"{n} {grade}" for grade, n in self.grades.items() if n)
        parts = [f"{held} hold{'s' * (held == 1)}" + (f" ({grades})" if grades else "")]
        parts += [f"{self.verdicts['refuted']} refuted"] * bool(self.verdicts["refuted"])
        parts += [f"{errors} error{'s' * (errors > 1)}"] * bool(errors)
        parts += [f"{self.skipped} skipped"] * bool(self.skipped)
        return ", ".join(parts)


def count(sources: list[Source]) -> Counts:
    """Verdicts of all claims, grades of those that hold."""
    counts = Counts(skipped=sum(source.skipped for source in sources))
    for finding in (finding for source in sources for finding in source.findings):
        counts.verdicts[finding.verdict] += 1
        if finding.verdict == "holds" and finding.grade:
            counts.grades[finding.grade] += 1
    return counts


def summary(sources: list[Source]) -> dict[str, Any]:
    """What `--json` prints."""
    counts = count(sources)
    claims = [asdict(finding) for source in sources for finding in source.findings]
    for claim in claims:
        del claim["shown"]
        claim["error"] = claim["error"] if math.isfinite(claim["error"] or 0.0) else None
    held, refuted, errors = (counts.verdicts[verdict] for verdict in VERDICTS)
    return {"claims": claims, "holds": held, "refuted": refuted, "errors": errors, "skipped": counts.skipped}
