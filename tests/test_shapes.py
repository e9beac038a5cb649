"""Shape lines: both spellings, every error with its column, sizes to shapes and back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from numpy_lora.shapes import Constant, ShapeLine, ShapeLineError, ShapeMismatch, Spec, concrete, match, parse, shapes_line

NAMES = st.sampled_from(["n", "d", "d_in", "h", "dh", "α"])
DIMS = st.lists(st.one_of(NAMES, st.integers(0, 9)), min_size=1, max_size=2).map(tuple)
SIZES = st.fixed_dictionaries({name: st.integers(1, 7) for name in ["n", "d", "d_in", "h", "dh", "α"]})


@st.composite
def lines(draw):
    """A shape line as data, with every mark and a tree."""
    paths = draw(st.lists(st.sampled_from(["X", "W", "ids", "params.q.W", "params.q.WA", "Ws.0"]), unique=True, max_size=6))
    inputs = []
    for path in paths:
        dims = tuple(draw(st.lists(DIMS, max_size=2)))
        dims = (("...",), *dims) if draw(st.booleans()) else dims
        kind = draw(st.sampled_from(["float", "int", "bool"]))
        bound = draw(st.none() | DIMS) if kind == "int" else None
        square = len(dims) >= 2 and dims[-1] == dims[-2]
        positive, optional = draw(st.booleans()), draw(st.booleans())
        inputs.append(Spec(tuple(path.split(".")), dims, kind, bound, positive, square and draw(st.booleans()), optional))
    values = st.one_of(st.integers(), st.none(), st.text(max_size=3), st.tuples(st.floats(-9, 9), st.booleans()))
    inputs += [Constant(("eps",), draw(values))] if draw(st.booleans()) else []
    outputs = [Spec(("Y",), (("n",),))] if draw(st.booleans()) else []
    return ShapeLine(tuple(inputs), tuple(outputs))


@given(lines())
def test_a_printed_line_parses_to_itself(line):
    assert parse(str(line)) == line


@given(st.text(alphabet="X[n,d] .:()=?*<->int'\"\\…→;3\n", max_size=40) | st.text(max_size=40))
def test_any_text_is_a_line_or_an_error_with_a_column(text):
    error = None
    try:
        parse(text)
    except ShapeLineError as caught:
        error = caught
    if error is not None:
        assert 1 <= error.column <= len(text) + 1
        assert f"column {error.column}: " in str(error)
        assert "\n" not in str(error)


@given(lines(), SIZES, st.lists(st.integers(1, 4), max_size=2).map(tuple))
def test_matching_gives_the_sizes_back(line, sizes, lead):
    sizes = {**sizes, "...": lead}
    shapes = concrete(line, sizes)
    settled = match(line, shapes)
    assert all(sizes[name] == size for name, size in settled.items() if name not in line.fixed)
    assert concrete(line, {**sizes, **settled}) == shapes


def test_both_spellings_mean_the_same():
    brackets = parse("X[...,d] A[n,n]:symmetric ids[n]?:int<k s[] mask[n,n]:bool m[1,k]:positive")
    declared = parse("X: (..., d)\nA: (n, n) symmetric, ids: (n)? int<k; s: () mask: (n, n) :bool m: (1, k) positive")
    assert brackets == declared


def test_trees_products_and_constants():
    line = parse("X[...,n_heads*dh] params.q.W[d,n_heads*dh] params.q.scale=0.5 n_heads=2 axes=(0, 1), how='a b' -> Y[...,d]")
    assert line.roots == ("X", "params", "n_heads", "axes", "how")
    assert line.inputs[1] == Spec(("params", "q", "W"), (("d",), ("n_heads", "dh")))
    assert [item.value for item in line.inputs[2:]] == [0.5, 2, (0, 1), "a b"]
    assert line.fixed == {"n_heads": 2}
    assert line.dimensions == ("...", "dh", "d")
    assert line.outputs == (Spec(("Y",), (("...",), ("d",))),)


def test_a_symbol_may_bear_the_name_of_a_mark():
    assert [spec.name for spec in parse("A: (n, n) symmetric positive: (n)").arrays] == ["A", "positive"]


BAD = {
    "X[n,d W[d]": (7, 'expected "," or "]", got "W"'),
    "X": (2, 'expected "[", ": (" or "=" after X, got the end'),
    "X n": (3, 'expected "[", ": (" or "=" after X, got "n"'),
    "X[n,]W": (7, 'expected "[", ": (" or "=" after W, got the end'),
    "[n]": (1, 'expected a name, got "["'),
    "X[,n]": (3, 'expected a dimension (a name, an integer, a product h*dh or ...), got ","'),
    "X[h*]": (5, 'expected a dimension (a name, an integer, a product h*dh or ...), got "]"'),
    "X[2k]": (3, 'expected a dimension (a name, an integer, a product h*dh or ...), got "2k"'),
    "X[9999999999]": (3, 'expected a dimension (a name, an integer, a product h*dh or ...), got "9999999999"'),
    "X[...,n,...]": (11, "a second ... in one shape"),
    "X[n]:even": (6, "unknown mark 'even', expected one of int, bool, positive, symmetric"),
    "X[n]:": (6, "expected one of int, bool, positive, symmetric, got the end"),
    "A[n,d]:symmetric": (1, "A is symmetric, so its last two dimensions must be the same"),
    "X[n] X[d]": (6, "X and X cannot both be given"),
    "p[n] p.W[d]": (6, "p.W and p cannot both be given"),
    "eps=__import__('os')": (5, "not a Python literal: __import__('os') (text goes in quotes)"),
    "how=full": (5, "not a Python literal: full (text goes in quotes)"),
    "X[n] -> eps=1": (9, "a result cannot be a constant"),
}


@pytest.mark.parametrize("text", BAD)
def test_an_error_is_one_line_that_points_at_the_column(text):
    with pytest.raises(ShapeLineError) as caught:
        parse(text)
    column, message = BAD[text]
    assert str(caught.value) == f"{text!r}, column {column}: {message}"


def test_deep_nesting_in_a_literal_is_an_error():
    with pytest.raises(ShapeLineError, match="not a Python literal"):
        parse("x=" + "(" * 100_000)


def test_a_product_is_settled_by_what_stands_elsewhere():
    line = parse("W[d,h*dh] B[h] X[...,d]")
    assert match(line, {"W": (4, 6), "B": (3,), "X": (5, 2, 4)}) == {"d": 4, "h": 3, "dh": 2, "...": (5, 2)}
    assert match(parse("W[h*dh]"), {"W": (6,)}) == {}


MISMATCHES = [
    ("X[n,d] W[d,k]", {"X": (2, 3)}, "W: missing, expected shape (d, k)"),
    ("WA[d,r] WB[r,k]", {"WA": (6, 4), "WB": (3, 8)}, "WB: expected shape (r=4, k), got (3, 8)"),
    ("X[n,d]", {"X": (2, 3, 4)}, "X: expected shape (n, d), got (2, 3, 4)"),
    ("X[...,n,d]", {"X": (3,)}, "X: expected shape (..., n, d), got (3,)"),
    ("X[...,d] Y[...,k]", {"X": (5, 3), "Y": (6, 3)}, "Y: expected shape (..., k), got (6, 3)"),
    ("b[3]", {"b": (4,)}, "b: expected shape (3,), got (4,)"),
    ("W[h*dh] h=2", {"W": (5,)}, "W: expected shape (h*dh,), got (5,)"),
    ("A[h] B[k] W[h*k]", {"A": (2,), "B": (3,), "W": (7,)}, "W: expected shape (h*k=6,), got (7,)"),
]


@pytest.mark.parametrize(("line", "shapes", "message"), MISMATCHES)
def test_a_mismatch_names_the_argument(line, shapes, message):
    with pytest.raises(ShapeMismatch) as caught:
        match(parse(line), shapes)
    assert str(caught.value) == message


def test_an_optional_argument_may_be_missing():
    assert match(parse("X[n] b[k]?"), {"X": (2,)}) == {"n": 2}


def test_a_size_that_is_not_known_is_an_error():
    with pytest.raises(ShapeMismatch, match="h\\*dh: the size of dh is not known"):
        concrete(parse("W[h*dh]"), {"h": 2})


def test_the_shapes_line_of_a_docstring():
    assert shapes_line("One.\n\n    Shapes: X[n,d]\n        W[d,k] -> Y[n,k]\n\n    Two: three") == "X[n,d] W[d,k] -> Y[n,k]"
    assert shapes_line("Shapes are not said.") is None
    assert shapes_line(None) is None
