"""What `verify` alone proves: the derivations that were installed with the package, and every op by the catalogue of `check`."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import resources

from numpy_lora.cli.verifying import pages
from numpy_lora.cli.verifying.findings import Finding, Source

PAGES = "numpy_lora.derivations"


def judged(given: tuple[str, ...], points: int, seed: int) -> Iterator[tuple[str, Source | None]]:
    """Pages, then ops, each after a word on what is under way."""
    for name, text in shipped():
        yield f"derivations/{name}", None
        yield "", pages.page(text, f"derivations/{name}", given, points, seed, brief=True)
    yield "ops", None
    for source in ops(points, seed):
        yield "", source


def shipped() -> list[tuple[str, str]]:
    """The installed pages: file name and text."""
    files = [file for file in resources.files(PAGES).iterdir() if file.name.endswith(".md")]
    return [(file.name, file.read_text(encoding="utf-8")) for file in sorted(files, key=lambda file: file.name)]


def ops(points: int, seed: int) -> Iterator[Source]:
    """The ops, every case of one a finding."""
    from numpy_lora.check import check_gradients
    from numpy_lora.check.catalogue import cases
    from numpy_lora.check.report import Report
    from numpy_lora.cli.checks.rows import plain

    def finding(name: str, report: Report, sizes: str, file: str) -> Finding:
        said = [report.why] if report.why else []
        said += [f"{f.gradient} is wrong ({f.kind})" for f in report.failures]
        return Finding(
            f"{name}: {' '.join(report.gradients)}", report.verdict, report.grade, error=plain(report.error), given=(sizes,),
            message="; ".join(said), points=report.points, file=file,
        )  # fmt: skip

    found: dict[str, list[Finding]] = {}
    for case in cases(seed):
        report = check_gradients(case.op, *case.arguments, kwargs=case.arguments.kwargs, points=points, seed=seed)
        file = f"{case.op.__module__.replace('.', '/')}.py"
        found.setdefault(f"ops.{case.op.__name__}", []).append(finding(case.name, report, case.sizes, file))
    for name, findings in found.items():
        yield Source("ops", name, tuple(findings), brief=True)
