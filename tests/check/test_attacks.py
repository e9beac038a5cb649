"""Wrong gradients that try to be proved all the same: none may hold exactly, and none of their right twins may be refuted."""

import contextlib
import copy
import functools
import importlib
from pathlib import Path

import numpy as np
import pytest

from numpy_lora.check import check_gradients

FAMILIES = [path.stem for path in sorted((Path(__file__).parent / "attacks").glob("*.py")) if path.stem != "forms"]


def collected(prefix, table):
    found = {}
    for family in FAMILIES:
        module = importlib.import_module(f"tests.check.attacks.{family}")
        found |= {f"{family}: {name}": make for name, make in getattr(module, table, {}).items()}
        named = {name: make for name, make in vars(module).items() if name.startswith(prefix)}
        found |= {f"{family}: {name.removeprefix(prefix)}": make for name, make in named.items()}
    return found


ATTACKS = collected("attack_", "ATTACKS")
TWINS = collected("twin_", "TWINS")


@contextlib.contextmanager
def numpy_as_it_was():
    """NumPy's own names, put back if an attack has changed them."""
    before = [(module, dict(vars(module))) for module in (np, np.random, np.linalg)]
    try:
        yield
    finally:
        for module, names in before:
            for name, value in names.items():
                if vars(module).get(name) is not value:
                    setattr(module, name, value)


def judged(make):
    op, args, *options = make()
    with numpy_as_it_was():
        return check_gradients(op, *copy.deepcopy(args), **(options[0] if options else {}))


@functools.cache
def attacked(name):
    return judged(ATTACKS[name])


@pytest.mark.parametrize("name", ATTACKS)
def test_attack_is_not_proved(name):
    report = attacked(name)
    assert (report.verdict, report.grade) != ("holds", "exact"), report.why


@pytest.mark.parametrize("name", TWINS)
def test_twin_is_not_refuted(name):
    report = judged(TWINS[name])
    assert report.verdict == "holds", (report.why, report.failures)
