"""What a page of the derivations quotes, claims and computes is what the package has and does."""

import ast
import doctest
import importlib
import inspect
import re
import textwrap
from pathlib import Path

import numpy as np
import pytest

from numpy_lora.check.catalogue import found_ops
from numpy_lora.exact import Run, draw, equal
from numpy_lora.formula import documents, parse
from numpy_lora.formula.claims import problems
from numpy_lora.formula.evaluate import World
from numpy_lora.formula.exactly import ExactNumbers
from numpy_lora.formula.scope import Scope
from numpy_lora.formula.tree import Claim, Declaration, Definition, Implication, Name
from numpy_lora.ops import attention, linear, lora_linear, softmax

ROOT = Path(__file__).parent.parent
PAGES = sorted((ROOT / "derivations").glob("*.md"))


def proved(page):
    """The functions that a page is about."""
    found = re.search(r"^Proves: (.+)$", page.read_text(), re.MULTILINE)
    for name in found[1].split(", ") if found else []:
        module, _, function = name.rpartition(".")
        yield getattr(importlib.import_module(f"numpy_lora.{module}"), function)


OPS = [(page, op) for page in PAGES for op in proved(page)]
NAMES = [f"{page.stem}-{op.__name__}" for page, op in OPS]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_lines_of_a_display_are_lines_where_it_is_drawn(page):
    """To TeX a line's end is a space."""
    for display in re.findall(r"^```math\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL):
        first, *others = display.strip().splitlines()
        assert not others or (first, others[-1]) == (r"\begin{gathered}", r"\end{gathered}"), display
        assert all(line.endswith(r"\\") for line in others[:-2]), display


def test_there_are_pages():
    assert PAGES


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_source_is_quoted_to_the_letter(page):
    sources = [inspect.getsource(inspect.getmodule(op)) for op in proved(page)]
    quotations = re.findall(r"^```python\n(.*?)^```$", page.read_text(), re.MULTILINE | re.DOTALL)
    assert bool(quotations) == bool(sources)
    assert all(any(quotation in source for source in sources) for quotation in quotations)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_its_sessions_print_what_they_show(page):
    failed, _ = doctest.testfile(str(page), module_relative=False, encoding="utf-8")
    assert not failed


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_it_skips_nothing_and_shows_a_wrong_turn(page):
    document = documents.read(page.read_text())
    assert not document.skipped
    assert not any(equation.refuted or equation.fault for equation in document.equations)
    assert any("\\ne" in equation.text for equation in document.equations)


# --- every op, and every line of its backward pass


@pytest.mark.parametrize("op", found_ops().values(), ids=lambda op: op.__name__)
def test_every_op_has_a_page(op):
    """It proves the op, or the module says from which page the op, a faster form, is derived."""
    named = re.findall(r"derivations/[\w-]+\.md", inspect.getmodule(op).__doc__)
    assert any(op is other for _, other in OPS) or (named and all((ROOT / name).exists() for name in named))


def claims(text):
    """The displayed claims without conditions, as trees."""
    document = documents.read(text)
    for equation in document.equations:
        statement = parse(equation.text, document.known)
        if isinstance(statement, Implication) and not statement.conditions:
            yield from statement.claims


def derived(text):
    """The gradients that a page claims: name to the last right-hand side."""
    found = {}
    for claim in claims(text):
        left, *_, right = claim.sides
        if isinstance(left, Name) and left.name.startswith("d") and "≠" not in claim.relations:
            found[left.name] = right
    return found


def assigned(op):
    """The names that a backward pass assigns."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(op)))
    (backward,) = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name == "backward"]
    stored = [node.id for node in ast.walk(backward) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)]
    return [name for name in stored if name.startswith("d") and len(name) > 1]


SAME = {"dbias": ["db"], "dparams": []} | {f"d{name}": [f"dA{name}", f"dB{name}"] for name in "qkvo"}
"""What a name of the source is called on the page; trees of gradients are their leaves."""


@pytest.mark.parametrize(("page", "op"), OPS, ids=NAMES)
def test_every_line_of_a_backward_pass_is_claimed(page, op):
    if op not in found_ops().values() or op.__name__ == "projection":
        pytest.skip("has no formula of its own in a backward pass")
    assert assigned(op)
    assert not unclaimed(page.read_text(), op)


def unclaimed(text, op):
    """The names that a backward pass assigns and a page does not claim."""
    displayed = {re.sub(r"_[12]$", "", name).replace("_", "") for name in derived(text)}
    return {page_name for name in assigned(op) for page_name in SAME.get(name, [name])} - displayed


def test_a_line_that_is_not_claimed_is_missed():
    text = page("01-lora-linear")
    assert unclaimed(text.replace("dX_A = dY_A W_A^\\top \\\\\n", ""), lora_linear) == {"dXA"}


# --- a page's results are the op's


def evaluated(text, name, values, sizes, run):
    """The page's own lines, one after another, each gradient by its claimed formula: no derivative is taken."""
    document = documents.read(text)
    scope = Scope()
    for line in (*document.declarations, *(equation.text for equation in document.equations)):
        statement = parse(line, document.known)
        if isinstance(statement, Declaration) or (isinstance(statement, Definition) and statement.name != "L"):
            scope.add(statement, line)
    for gradient, right in derived(text).items():
        if gradient not in scope.declared:
            scope.add(Definition(gradient, right, at=1), "")
    same = Claim((Name(name, at=1), Name(name, at=1)), ("=",), at=1)
    (problem,) = problems(Implication((), (same,)), scope, name, set())
    assert not problem.gradients
    return World(ExactNumbers(run), sizes, values).value(problem.sides[0])


def drawn(run, shapes):
    rng = np.random.default_rng(0)
    return {name: draw(run, rng, rng.uniform(-1, 1, shape)) for name, shape in shapes.items()}


def page(stem):
    return (ROOT / "derivations" / f"{stem}.md").read_text()


LORA = {"X": (3, 4), "W": (4, 5), "W_A": (4, 2), "W_B": (2, 5), "dY": (3, 5), "b": (5, 1), "M": (3, 4)}


@pytest.mark.parametrize("dropout", [0.0, 0.25])
def test_the_results_of_page_1_are_those_of_lora_linear(dropout):
    with Run(point=1) as run:
        v = drawn(run, LORA)
        rng = np.random.default_rng(1)
        v["M"] = (rng.random((3, 4)) >= dropout) / (1 - dropout)
        v["s"] = np.full((1, 1), 0.5)
        rng = np.random.default_rng(1)
        Y, backward = lora_linear(v["X"], v["W"], v["W_A"], v["W_B"], 0.5, v["b"][:, 0], dropout, rng)
        found = {"Y": Y, **backward(v["dY"])._asdict()}
        for name, value in found.items():
            of_page = evaluated(
                page("01-lora-linear"), name.replace("dW", "dW_"), v, {"n": 3, "d_in": 4, "d_out": 5, "r": 2}, run
            )
            assert equal(of_page, value).all(), name


def test_the_results_of_page_1_are_those_of_linear():
    with Run(point=1) as run:
        v = drawn(run, {name: LORA[name] for name in ("X", "W", "dY")})
        gradients = linear(v["X"], v["W"], v["W"][0], frozen=False)[1](v["dY"])
        sizes = {"n": 3, "d_in": 4, "d_out": 5, "r": 2}
        assert equal(evaluated(page("01-lora-linear"), "dW", v, sizes, run), gradients.dW).all()
        assert equal(evaluated(page("01-lora-linear"), "db", v, sizes, run)[:, 0], gradients.dbias).all()


def test_the_results_of_page_3_are_those_of_softmax():
    with Run(point=1) as run:
        v = drawn(run, {"S": (3, 3), "dP": (3, 3)}) | {"M": np.tri(3)}
        P, backward = softmax(v["S"], np.tri(3, dtype=bool))
        assert equal(evaluated(page("03-attention"), "P", v, {"n": 3}, run), P).all()
        assert equal(evaluated(page("03-attention"), "dS", v, {"n": 3}, run), backward(v["dP"]).dS).all()


def test_the_results_of_page_3_are_those_of_attention():
    n, d, r, dh, out = 3, 2, 2, 4, 3
    w = 2 * dh
    sizes = {"n": n, "d": d, "r": r, "d_h": dh, "w": w, "d_out": out}
    widths = {"q": (d, w), "k": (d, dh), "v": (d, dh), "o": (w, out)}
    shapes = {"X": (n, d), "dY": (n, out)}
    for name, (i, o) in widths.items():
        shapes |= {f"W_{name}": (i, o), f"A_{name}": (i, r), f"B_{name}": (r, o)}
    with Run(point=1) as run:
        v = drawn(run, shapes) | {"M": np.tri(n), "H_1": np.eye(w)[:, :dh], "H_2": np.eye(w)[:, dh:], "c": np.full((1, 1), 0.5)}
        v |= {f"s_{name}": np.full((1, 1), scale) for name, scale in zip("qkvo", (2.0, 0.5, 3.0, 0.25), strict=True)}
        params = {
            name: {"W": v[f"W_{name}"], "WA": v[f"A_{name}"], "WB": v[f"B_{name}"], "scale": float(v[f"s_{name}"][0, 0])}
            for name in "qkvo"
        }
        Y, backward = attention(v["X"], params, n_heads=2, n_kv_heads=1, causal=True)
        dX, dparams = backward(v["dY"])
        found = {"Y": Y, "dX": dX}
        found |= {
            f"d{page_name}_{name}": dparams[name][leaf] for name in "qkvo" for page_name, leaf in (("A", "WA"), ("B", "WB"))
        }
        for name, value in found.items():
            assert equal(evaluated(page("03-attention"), name, v, sizes, run), value).all(), name


MISTAKES = [
    ("dX = dY W^\\top + M \\odot dX_A", "dX = dY W^\\top + dX_A"),
    ("dX_A = dY_A W_A^\\top \\\\\n", "dX_A = s dY_A W_A^\\top \\\\\n"),
    ("Y_A := X_A W_A", "Y_A := X W_A"),
]


@pytest.mark.parametrize(("right", "wrong"), MISTAKES)
def test_a_page_that_differs_from_the_op_is_caught(right, wrong, monkeypatch):
    text = page("01-lora-linear")
    assert text.count(right) == 1
    monkeypatch.setitem(globals(), "page", lambda stem: text.replace(right, wrong))
    with pytest.raises(AssertionError, match=r"dX|dWB|Y"):
        test_the_results_of_page_1_are_those_of_lora_linear(0.25)
