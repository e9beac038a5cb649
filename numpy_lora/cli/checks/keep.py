"""A pytest file that keeps what a check found: the same function, the same shapes, drawn anew in each run of the tests."""

from __future__ import annotations

import json
import os
import re
import tempfile
from pathlib import Path

from numpy_lora.cli.checks.rows import Row
from numpy_lora.cli.checks.target import Target, is_module
from numpy_lora.shapes import ShapeLineError, parse

TEMPLATE = '''\
"""Keeps gradients right. Written by numpy-lora check; yours to edit."""

{used}

from hypothesis import {imports}

from numpy_lora.check import assert_gradients{defined}
from numpy_lora.check.strategies import problems

{load}


@settings(deadline=None, max_examples={examples}{filtered})
@given(problems({line}, "float"))
def test_{name}(problem):{assume}
    assert_gradients(module.{op}, *problem, kwargs=problem.kwargs{other})
'''
OF_A_FILE = '''\
FILE = Path(__file__).parent / {file}


def load(path):
    """The module in a file, which finds its siblings."""
    sys.path.insert(0, str(path.resolve().parent))
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = sys.modules[path.stem] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


module = load(FILE)'''
PARTIAL = {
    "imports": "HealthCheck, assume, given, settings",
    "defined": "\nfrom numpy_lora.check.search import defined",
    "assume": "\n    assume(defined(module.{op}, problem))",
    "filtered": ", suppress_health_check=[HealthCheck.filter_too_much]",
}
"""What is added where the op's value is not finite everywhere."""
TOTAL = {"imports": "given, settings", "defined": "", "assume": "", "filtered": ""}


class KeepError(ValueError):
    """A test file that cannot be written."""


def absent(path: Path, given: list[str]) -> None:
    """Raise KeepError if there is something at `path`, or no folder to write it in, or values are given and none drawn."""
    if given:
        raise KeepError(f"{path}: not written, for a test draws its values; give shapes instead of --at")
    if path.exists() or path.is_symlink():
        raise KeepError(f"{path}: exists already, and is never overwritten")
    if not path.parent.is_dir():
        raise KeepError(f"{path.parent}: no such folder")


def keep(target: Target, row: Row, path: Path) -> None:
    """Write the test, whole or not at all, and never over another file.

    Raises
    ------
    KeepError : one line that says why not.
    """
    absent(path, target.at)
    try:
        line = str(parse(row.sizes))
    except ShapeLineError as error:  # an argument's default stands in the line that is no literal
        raise KeepError(f"{path}: not written, for the shapes cannot be: {error}") from None
    folder = path.parent.resolve()
    op, *others = target.names
    parts = {name: part.format(op=op) for name, part in (PARTIAL if row.undefined else TOTAL).items()}
    used, load = f"import {target.file} as module", ""
    if not is_module(target.file):
        used = "import importlib.util\nimport sys\nfrom pathlib import Path"
        load = OF_A_FILE.format(file=json.dumps(os.path.relpath(Path(target.file).resolve(), folder), ensure_ascii=False))
    options: dict[str, object] = {target.form: f"module.{others[0]}" if others else True} if target.form else {}
    options |= {"wrt": json.dumps(row.wrt)} if row.wrt else {}
    text = TEMPLATE.format(
        used=used,
        load=load,
        line=json.dumps(line, ensure_ascii=False),
        examples=target.examples,
        name=re.sub(r"\W+", "_", op) + "_backward_is_the_pullback",
        op=op,
        other="".join(f", {name}={value}" for name, value in options.items()),
        **parts,
    )
    try:
        with tempfile.NamedTemporaryFile("w", dir=folder, suffix=".tmp", encoding="utf-8") as whole:
            whole.write(text)
            whole.flush()
            os.chmod(whole.name, 0o644)
            os.link(whole.name, path)  # fails where there is a file by now
    except OSError as error:
        raise KeepError(f"{path}: not written: {error.strerror}") from None
