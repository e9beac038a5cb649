"""What is printed reads back as the same tree, and no text does anything but give a verdict or a FormulaError."""

import time
from fractions import Fraction

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from numpy_lora.formula import parse, unparse, verify
from numpy_lora.formula.tree import (
    Binary,
    Call,
    Claim,
    Declaration,
    Definition,
    Gradient,
    Implication,
    Inverse,
    Name,
    Negative,
    Number,
    Ones,
    Power,
    Transpose,
)
from tests.formula.right import RIGHT

SPELLINGS = ("unicode", "latex", "numpy")
NAMES = ["A", "B", "W_A", "WA", "x", "y_1", "x̂", "α", "λ_k", "dY", "dγ", "ΔW", "W̄_Q", "A'", "d", "w", "d_in", "T", "L", "σ", "I"]
FUNCTIONS = ["exp", "log", "tr", "det", "rowsum", "colmean", "softmax", "sqrt", "norm", "normF", "norm1", "abs", "bars", "diag"]
FUNCTIONS += ["sum", "logdet", "sigmoid", "rownorm", "max", "vec"]
OPS = ["+", "-", "product", "hadamard", "star", "over", "divide", "kronecker"]


def products(parts):
    return st.builds(lambda a, b: Binary("product", a, b), parts, parts)


def larger(parts):
    return st.one_of(
        st.builds(Negative, parts),
        st.builds(Transpose, parts),
        st.builds(Inverse, parts),
        st.builds(lambda x, k: Inverse(x) if k == Negative(Number(Fraction(1))) else Power(x, k), parts, parts),
        st.builds(Binary, st.sampled_from(OPS), parts, parts),
        st.builds(lambda a, b: Binary("loose", a, b), parts, products(parts)),
        st.builds(lambda f, a: Call(f, (a,)), st.sampled_from(FUNCTIONS), parts),
        st.builds(lambda a, b: Call("inner", (a, b)), parts, parts),
        st.builds(lambda a, b: Call("max", (a, b)), parts, parts),
        st.builds(lambda a, k: Call("sum", (a,), k), parts, st.sampled_from([0, 1])),
        st.builds(Gradient, st.sampled_from(NAMES), st.none() | parts.filter(lambda x: x != Name("L"))),
    )


numbers = st.builds(Number, st.fractions(0, 50, max_denominator=8).map(lambda f: Fraction(round(f * 8), 8)))
leaves = st.one_of(st.builds(Name, st.sampled_from(NAMES)), numbers, st.builds(Ones, st.sampled_from([None, "n", "d_in"])))
expressions = st.recursive(leaves, larger, max_leaves=8)
claims = st.builds(
    lambda sides, signs: Claim(tuple(sides), tuple(signs[: len(sides) - 1])),
    st.lists(expressions, min_size=2, max_size=3),
    st.lists(st.sampled_from("=≠"), min_size=2, max_size=2),
)
dims = st.lists(st.sampled_from([("n",), ("d_in",), (2,), ("h", "dh")]), max_size=2).map(tuple)
declarations = st.builds(
    Declaration, st.lists(st.sampled_from(NAMES), min_size=1, max_size=2).map(tuple), dims, st.sampled_from([(), ("symmetric",)])
)
statements = st.one_of(
    declarations,
    st.builds(Definition, st.sampled_from(NAMES), expressions),
    st.builds(
        lambda conditions, found: Implication(tuple(conditions), tuple(found)),
        st.lists(claims | declarations, max_size=2),
        st.lists(claims, min_size=1, max_size=2),
    ),
)


@given(statements, st.sampled_from(SPELLINGS))
@settings(max_examples=300)
def test_what_is_printed_reads_back_as_the_same_tree(tree, spelling):
    text = unparse(tree, spelling)
    assert parse(text) == tree, text


@given(claims)
@settings(max_examples=60)
def test_the_three_spellings_get_the_same_verdict(claim):
    found = [verify([unparse(claim, spelling)], points=2)[0] for spelling in SPELLINGS]
    assert len({(v.verdict, v.grade) for v in found}) == 1, found


PIECES = [
    "W", "WA", "dWA", "X", "x", "=", ":=", "≠", "⟹", "(", ")", "{", "}", "[", "]", "^", "_", "T", "ᵀ", "⁻¹", "²", "\\frac",
    "‖", "\\partial", "∂", "/", "∇", "|", ",", ":", "1", "0", "2.5", "e", "d", "sum", "tr", "@", ".T", "*", "**", "·", "⊙",
    "√", "⟨", "⟩", "\\hat", "\\mathbf", "\\left", "n", "α", "np.", ".sum(axis=0)", "+", "-", "'", "&", "\\\\", "∈",
    "softmax", "\\operatorname{", "L", "dL/dX", "grad(", "⊗", "𝟏", "1_n", "₂", "ε", " ",
]  # fmt: skip


def judged(text):
    start = time.process_time()  # of this process alone, whatever else the machine does
    for found in verify([text]):
        assert found.verdict in ("holds", "refuted", "error")
        assert found.verdict != "error" or found.message
    assert time.process_time() - start < 2


@given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join))
@settings(max_examples=300)
def test_pieces_of_formulas_in_any_order_give_a_verdict_or_an_error(text):
    judged(text)


@given(st.text(max_size=40) | st.text("dWAXᵀ=·()⊙^_{}\\ 12", max_size=30))
@example("(" * 3000)
@example("a+" * 1900 + "a = 0")
@example("A" + "ᵀ" * 3000 + " = 0")
@example("\\hat{" * 500 + "x")
@example("log " * 900 + "x = 0")
@example("x = " + "9" * 3000)
@example("2^" * 1000 + "2 = 0")
@example("A = " + " ".join("B" * 1500))
@settings(max_examples=300)
def test_any_text_gives_a_verdict_or_an_error(text):
    judged(text)


@given(st.data())
@settings(max_examples=250)
def test_a_right_formula_with_a_slip_gives_a_verdict_or_an_error(data):
    family = data.draw(st.sampled_from(sorted(RIGHT)))
    formulas, found = RIGHT[family]
    text = data.draw(st.sampled_from(found))
    k = data.draw(st.integers(0, len(text) - 1))
    slip = text[:k] + data.draw(st.sampled_from(["", text[k] * 2, *PIECES])) + text[k + 1 :]
    (found,) = verify([slip], formulas)
    assert found.verdict in ("holds", "refuted", "error")


@pytest.mark.parametrize("text", ["__import__('os').system('x') = 0", "().__class__ = 0", "exec(x) = 0", "lambda: 0 = 0"])
def test_nothing_is_executed(text):
    (found,) = verify([text])
    assert found.verdict == "error"


@pytest.mark.parametrize("gradient", [
    r"dW_A", r"d\mathbf{W}_A", r"d\mathbf{W}_{A}", r"\mathrm{d}\mathbf{W}_A", r"\mathrm{d}W_A",
    r"\operatorname{d}\bm{W}_\mathrm{A}",
])  # fmt: skip
def test_a_gradient_in_bold_is_one_name(gradient):
    (claim,) = parse(f"{gradient} = 0").claims
    assert claim.sides[0] == Name("dW_A")
