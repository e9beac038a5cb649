"""A pytest plugin: every displayed equation of Markdown pages is a test, and its verdict is the message.

    pytest --formulas docs/ --formulas README.md

or `formulas = docs README.md` in the configuration, where it counts if no other test is asked for. A page is judged once, when
the first of its equations is run. Until the option is set this module imports nothing of the package.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from numpy_lora.cli.verifying.findings import Finding
    from numpy_lora.formula.documents import Document, Equation

SUFFIXES = (".md", ".markdown")
ROOTS = pytest.StashKey[list[Path]]()
LONGEST = 60


def pytest_addoption(parser: pytest.Parser) -> None:
    """The option and its twin in the configuration."""
    about = "judge the displayed equations of this Markdown page, or of those in this folder; may be repeated"
    parser.getgroup("formulas").addoption("--formulas", action="append", default=[], metavar="PATH", help=about)
    parser.addini("formulas", "Markdown pages, or folders of them, of which every displayed equation is a test", type="args")


def pytest_configure(config: pytest.Config) -> None:
    """Add the pages to what is collected."""
    asked = [_normal(config.invocation_params.dir / path) for path in config.getoption("formulas")]
    configured = [_normal(config.rootpath / path) for path in config.getini("formulas")]
    config.stash[ROOTS] = [*asked, *configured]
    for root in asked:
        if root.is_file() and root.suffix not in SUFFIXES:
            raise pytest.UsageError(f"--formulas: expected a page ({', '.join(SUFFIXES)}) or a folder, got {root}")
    if config.args_source is not pytest.Config.ArgsSource.ARGS:
        asked += configured
    config.args += [str(path) for path in asked if str(path) not in config.args]


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> Page | None:
    """A page under one of the paths; where the option is set, also one that is named beside it."""
    roots = parent.config.stash[ROOTS]
    if not roots or file_path.suffix not in SUFFIXES:
        return None
    named = parent.config.getoption("formulas") and parent.session.isinitpath(file_path)
    inside = any(root == file_path or root in file_path.parents for root in roots)
    return Page.from_parent(parent, path=file_path) if named or inside else None


def pytest_collection_finish(session: pytest.Session) -> None:
    """A folder that was asked for and in which nothing is displayed is a slip."""
    pages = {item.path for item in session.items if isinstance(item, Claim)}
    for root in map(_normal, session.config.getoption("formulas")):
        if root.is_dir() and not any(root in page.parents for page in pages) and not session.config.option.keyword:
            raise pytest.UsageError(f"--formulas: nothing is displayed in the pages of {root}: no ```math fence and no $$")


def _normal(path: Path | str) -> Path:
    """A path without . and .., links left as they are."""
    return Path(os.path.abspath(path))


class Page(pytest.File):
    """A page and its verdicts, by equation."""

    document: Document
    verdicts: dict[int, Finding] | None = None

    def collect(self) -> Iterable[pytest.Item]:
        """The equations that claim something, and the blocks that are passed over."""
        from numpy_lora.cli.verifying.findings import Finding
        from numpy_lora.cli.verifying.pages import decoded
        from numpy_lora.formula import documents

        text = decoded(self.path.read_bytes())
        if isinstance(text, Finding):
            raise self.CollectError(text.message)
        self.document = documents.read(text)
        items = [*self._named(self.document.claims()), *self._skipped()]
        if not items and self.path in self.config.stash[ROOTS]:
            raise self.CollectError("nothing is displayed in this page: no ```math fence and no $$")
        return sorted(items, key=lambda item: item.reportinfo()[1] or 0)

    def _named(self, equations: list[Equation]) -> Iterator[pytest.Item]:
        seen: dict[str, int] = {}
        for equation in equations:
            text = " ".join(equation.text.split()).replace("::", ": :")
            name = f"line {equation.line}: {text if len(text) <= LONGEST else text[:LONGEST] + '…'}"
            seen[name] = seen.get(name, 0) + 1
            name += f" ({seen[name]})" if seen[name] > 1 else ""
            yield Claim.from_parent(self, name=name, equation=equation)

    def _skipped(self) -> Iterator[pytest.Item]:
        for line, reason in self.document.skipped:
            item = Claim.from_parent(self, name=f"line {line}: skipped", equation=None, line=line)
            item.add_marker(pytest.mark.skip(reason=reason))
            yield item

    def verdict(self, equation: Equation) -> Finding | None:
        """What was found about an equation; None of one that only defines."""
        from numpy_lora.cli.verifying.pages import finding
        from numpy_lora.formula import documents

        if self.verdicts is None:
            judged = documents.judge(self.document)
            name = (
                str(self.path.relative_to(self.config.rootpath))
                if self.path.is_relative_to(self.config.rootpath)
                else self.path.name
            )
            self.verdicts = {id(j.equation): finding(j, name, self.document.lines) for j in judged}
        return self.verdicts.get(id(equation))


class Claim(pytest.Item):
    """One equation."""

    def __init__(self, *, equation: Equation | None, line: int = 0, **others: Any) -> None:
        super().__init__(**others)
        self.equation, self.line = equation, equation.line if equation else line

    def runtest(self) -> None:
        """Fail unless it holds."""
        from numpy_lora.cli.verifying.shown import told

        assert isinstance(self.parent, Page)
        assert self.equation is not None
        found = self.parent.verdict(self.equation)
        if found is None:
            return
        self.user_properties += [("verdict", found.verdict), ("grade", found.grade)]
        if found.verdict != "holds":
            raise NotHeld("\n".join(told(found)))
        self.add_report_section("call", "verdict", "\n".join(told(found)))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """The verdict, without a trace."""
        return str(excinfo.value) if isinstance(excinfo.value, NotHeld) else super().repr_failure(excinfo)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Where it stands."""
        return self.path, self.line - 1, self.name


class NotHeld(Exception):
    """A claim that was refuted or could not be judged."""
