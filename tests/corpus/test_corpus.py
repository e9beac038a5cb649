"""Gradients of public packages, checked as they stand: each right one holds, each wrong one is refuted and its kind named.

A file calls one package and has CASES; of those, BELOW need not be exact, and WRONG has the wrong gradients and their kinds.
"""

import importlib
import warnings
from pathlib import Path

import pytest

from numpy_lora.check import check_gradients

FILES = sorted(path.stem for path in Path(__file__).parent.glob("*_*.py") if path.stem != "test_corpus")


def family(file):
    """The module of cases, or the name of the package that is not installed."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return importlib.import_module(f"tests.corpus.{file}")
    except ModuleNotFoundError as missing:
        if missing.name is None or "." in missing.name or missing.name == "tests":
            raise
        return missing.name


FAMILIES = {file: family(file) for file in FILES}


def chosen(wrong):
    """Every case that is wrong or right, as a parameter; of a package that is not installed one, skipped."""
    for file, found in FAMILIES.items():
        if isinstance(found, str):
            yield pytest.param(found, "", id=file, marks=pytest.mark.skip(f"{found} is not installed"))
        else:
            names = [name for name in found.CASES if (name in getattr(found, "WRONG", {})) == wrong]
            yield from (pytest.param(found, name, id=f"{file}: {name}") for name in names)


def checked(case):
    return check_gradients(case.op, *case.args, **case.options)


@pytest.mark.parametrize(("family", "name"), [*chosen(wrong=False)])
def test_a_right_gradient_holds(family, name):
    report = checked(family.CASES[name])
    assert report.verdict == "holds", report
    assert report.grade == "exact" or name in family.BELOW, report.why


@pytest.mark.parametrize(("family", "name"), [*chosen(wrong=True)])
def test_a_wrong_gradient_is_refuted_and_named(family, name):
    report = checked(family.CASES[name])
    assert report.verdict == "refuted", report
    assert {failure.gradient: failure.kind for failure in report.failures} == family.WRONG[name]


@pytest.mark.parametrize("family", [found for found in FAMILIES.values() if not isinstance(found, str)])
def test_what_is_said_of_cases_is_said_of_cases(family):
    assert set(family.BELOW) | set(getattr(family, "WRONG", {})) <= set(family.CASES)
