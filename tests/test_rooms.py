"""Where things are: found by folder, so that adding an operation adds nothing here."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "numpy_lora"
FLOORS = [  # a module imports from its own room and from the floors below; rooms of one floor do not see each other
    {"exact", "ops", "shape_line"},
    {"shapes", "init"},
    {"tree"},
    {"check"},
    {"formula", "drill", "analysis", "optim", "quant"},
    {"cli"},
    {"__main__", "pytest_formulas"},
]
FLOOR = {room: height for height, rooms in enumerate(FLOORS) for room in rooms}


def imported(text, package):
    """The dotted names of this package that a module imports, wherever in it the statement stands."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            start = package.split(".")[: len(package.split(".")) + 1 - node.level] if node.level else []
            name = ".".join([*start, *filter(None, [node.module])])
            yield from (f"numpy_lora.{alias.name}" for alias in node.names) if name == "numpy_lora" else (name,)


def upward(text, module):
    """What a module imports from its own floor or from above, other than its own room."""
    room = [*module.split("."), ""][1]
    for name in imported(text, module.rpartition(".")[0]):
        package, _, rest = name.partition(".")
        other = rest.partition(".")[0]
        if package == "numpy_lora" and other not in (room, "", "__version__") and not FLOOR[other] < FLOOR.get(room, 0):
            yield name


def name_of(path):
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=name_of)
def test_nothing_imports_upwards(path):
    assert list(upward(path.read_text(), name_of(path))) == []


@pytest.mark.parametrize(
    ("module", "text"),
    [
        ("numpy_lora.ops.lora", "from numpy_lora.exact import Exact"),
        ("numpy_lora.ops.lora", "def f():\n    import numpy_lora.check.report"),
        ("numpy_lora.exact.array", "from ..ops import linear"),
        ("numpy_lora.init", "from numpy_lora import tree"),
        ("numpy_lora.formula.claims", "from numpy_lora.drill import exercises"),
        ("numpy_lora.check.ladder", "from ..cli.check import run"),
        ("numpy_lora.__init__", "from numpy_lora import ops"),
    ],
)
def test_an_import_upwards_is_seen(module, text):
    assert len(list(upward(text, module))) == 1


@pytest.mark.parametrize("path", sorted((PACKAGE / "ops").glob("[!_]*.py")), ids=name_of)
def test_an_operation_has_its_test_file(path):
    assert (ROOT / "tests" / "ops" / f"test_{path.name}").exists()


@pytest.mark.parametrize("path", sorted((ROOT / "tests" / "ops").glob("test_*.py")), ids=name_of)
def test_a_test_file_has_its_operation(path):
    assert (PACKAGE / "ops" / path.name.removeprefix("test_")).exists()
