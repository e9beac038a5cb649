"""Every right formula holds exactly, in each spelling; every mistake in it is caught."""

import pytest

from numpy_lora.formula import parse, unparse, verify
from numpy_lora.formula.lexer import tokens
from numpy_lora.formula.words import introduced
from tests.formula.right import RIGHT
from tests.formula.wrong import MISFITS, REFUTED, SPECIAL


def pairs(table):
    return [pytest.param(family, claim, id=f"{family}: {claim}") for family, claims in table.items() for claim in claims]


def verdict(claim, given, points=3):
    (found,) = verify([claim], given, points)
    return found


@pytest.mark.parametrize(("family", "claim"), pairs({family: claims for family, (_, claims) in RIGHT.items()}))
def test_it_holds_exactly_in_every_spelling(family, claim):
    given = RIGHT[family][0]
    known = {name for text in given for name in introduced(tokens(text))}
    tree = parse(claim, known)
    others = {unparse(tree, spelling) for spelling in ("unicode", "latex", "numpy")} - {claim}
    for text, points in ((claim, 3), *((text, 1) for text in others)):
        found = verdict(text, given, points)
        assert (found.verdict, found.grade) == ("holds", "exact"), (text, found)


@pytest.mark.parametrize(("family", "claim"), pairs(REFUTED))
def test_planted_in_a_formula_it_is_refuted(family, claim):
    found = verdict(claim, RIGHT[family][0])
    assert found.verdict == "refuted", found
    if "≠" not in claim:
        assert found.counterexample["left"] != found.counterexample["right"]


@pytest.mark.parametrize(("family", "claim"), pairs(MISFITS))
def test_planted_in_a_formula_its_shapes_do_not_fit(family, claim):
    found = verdict(claim, RIGHT[family][0])
    assert found.verdict == "error"
    assert found.column is not None


@pytest.mark.parametrize(("given", "claim", "condition"), SPECIAL, ids=lambda part: part if isinstance(part, str) else "")
def test_planted_in_a_formula_that_holds_at_one_shape_it_is_refuted(given, claim, condition):
    assert verdict(claim, given).verdict == "refuted"
    found = verdict(f"{condition} ⟹ {claim}", given)
    assert (found.verdict, found.grade) == ("holds", "exact"), found
