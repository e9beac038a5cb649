"""What the strategies draw, and what it shrinks to."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st

from numpy_lora.check.arguments import Arguments, arrange, assemble
from numpy_lora.check.strategies import arrays, attention_problems, lora_problems, problems, shapes, sizes
from numpy_lora.ops import attention, lora_linear
from numpy_lora.shapes import match, parse

EVERY = "X[...,d] W[d,h*dh] ids[n]:int<k A[n,n]:symmetric g[d]:positive mask[n,n]:bool s[] h=2"
ELEMENTS = st.sampled_from(["integer", "float", "nasty"])
quick = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@quick
@given(ELEMENTS.flatmap(lambda elements: problems(EVERY, elements)))
def test_a_problem_is_what_its_line_says(problem):
    X, W, ids, A, g, mask, s = problem
    line = parse(EVERY)
    sizes = match(line, dict(zip([spec.name for spec in line.arrays], map(np.shape, problem), strict=True)))
    assert problem.kwargs == {"h": 2}
    assert W.shape[1] % 2 == 0
    assert ids.dtype.kind == "i"
    assert (ids >= 0).all()
    assert (A == A.T).all()
    assert (g > 0).all()
    assert mask.dtype == bool
    assert s.shape == ()
    assert all(np.isfinite(array).all() for array in (X, W, A, g, s))
    assert all(1 <= size <= 5 for name, size in sizes.items() if name not in ("...", "h"))


@quick
@given(problems("ids[n]:int<k T[k]"))
def test_integers_stay_below_their_bound(problem):
    ids, T = problem
    assert (ids < len(T)).all()
    T[ids]


@quick
@given(problems("X[n,d] b[d]? W[d,r]? V[r,d]? eps=0.5"))
def test_optional_arrays_of_one_rank_come_together(problem):
    _, *rest = problem
    given = [array is not None for array in rest] + [False] * (3 - len(rest))
    assert given[1] == given[2]
    assert problem.kwargs == {"eps": 0.5}


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("elements", ["integer", "float", "nasty"])
def test_arrays_have_the_dtype_and_are_finite(elements, dtype):
    @settings(max_examples=10, deadline=None)
    @given(arrays((2, 3), elements, dtype))
    def drawn(A):
        assert (A.dtype, A.shape) == (dtype, (2, 3))
        assert np.isfinite(A).all()

    drawn()


def smallest(strategy, condition):
    return find(strategy, condition, random=random.Random(0), settings=settings(database=None))


def found(strategy, condition):
    return find(strategy, condition, random=random.Random(0), settings=settings(database=None, phases=[Phase.generate]))


SHRINKS = [
    (lambda p: True, "Arguments(array([[0.]]), array([0.]))"),
    (lambda p: p[0].sum() > 1, "Arguments(array([[2.]]), array([0.]))"),
    (lambda p: p[0].shape[0] != p[0].shape[1], "Arguments(array([[0., 0.]]), array([0., 0.]))"),
    (lambda p: (p[0] != 0).sum() >= 3 and p[1].min() < -1, "Arguments(array([[1., 1., 1.]]), array([-2.,  0.,  0.]))"),
]


@pytest.mark.parametrize(("condition", "expected"), SHRINKS)
def test_it_shrinks_to_the_smallest_shapes_and_small_integers(condition, expected):
    assert repr(smallest(problems("X[n,d] g[d]"), condition)) == expected


def test_floats_shrink_to_integers_too():
    smallest_two = "Arguments(array([[ 2.],\n       [-4.]]), array([2.]))"
    assert repr(smallest(problems("X[n,d] g[d]", "float"), lambda p: len(p[0]) > 1)) == smallest_two


@quick
@given(arrays((4, 5), "float"))
def test_floats_meet_no_kink(A):
    assert len(np.unique(np.abs(A))) == A.size
    assert (A != 0).all()


NASTY = {
    "subnormal": lambda A: (A != 0) & (np.abs(A) < np.finfo(float).tiny),
    "huge": lambda A: np.abs(A) > 1e300,
    "tiny": lambda A: np.abs(A) == np.finfo(float).tiny,
    "a negative zero": lambda A: (A == 0) & np.signbit(A),
}


@pytest.mark.parametrize("kind", NASTY)
def test_nasty_numbers_occur(kind):
    found(arrays((3,), "nasty"), lambda A: NASTY[kind](A).any())


def test_a_float_has_a_full_mantissa():
    found(arrays((3,), "float"), lambda A: ((A * 2.0**40) % 1 != 0).any())


def test_distinct_names_mostly_get_distinct_sizes_and_sometimes_all_the_same():
    seen = []

    @settings(max_examples=200, deadline=None, database=None, derandomize=True)
    @given(sizes("X[a,b] W[b,c]"))
    def draw(drawn):
        seen.append((len({drawn["a"], drawn["b"], drawn["c"]}), drawn["a"]))

    draw()
    assert sum(number == 3 for number, _ in seen) > len(seen) / 2
    assert sum(number == 1 and size > 1 for number, size in seen) > len(seen) / 10


@quick
@given(shapes("X[...,d] W[d,h*dh] h=3", max_side=4, max_leading=1))
def test_shapes_stay_within_their_bounds(drawn):
    assert match(parse("X[...,d] W[d,h*dh] h=3"), drawn)["h"] == 3
    assert len(drawn["X"]) <= 2
    assert drawn["W"][0] <= 4


@quick
@given(ELEMENTS.flatmap(lora_problems))
def test_lora_problems_are_arguments_of_lora_linear(problem):
    X, W, *_ = problem
    with np.errstate(all="ignore"):
        Y, backward = lora_linear(*problem)
        assert Y.shape == (*X.shape[:-1], W.shape[1])
        assert backward(Y).dX.shape == X.shape


@quick
@given(attention_problems())
def test_attention_problems_are_arguments_of_attention(problem):
    X, params, *_ = problem
    Y, backward = attention(*problem)
    assert Y.shape == (*X.shape[:-1], params["o"]["W"].shape[1])
    assert set(backward(Y).dparams) == {name for name, node in params.items() if "WA" in node}


ATTENTION = {
    "grouped heads": lambda X, params, h, kv, causal, mask: h > kv > 1,
    "a row that may attend to nothing": lambda X, params, h, kv, causal, mask: mask is not None and not mask.any(1).all(),
    "causal with a mask": lambda X, params, h, kv, causal, mask: causal and mask is not None,
    "two ranks": lambda X, params, h, kv, causal, mask: len({n["WA"].shape[1] for n in params.values() if "WA" in n}) == 2,
    "no adapter": lambda X, params, *_: not any("WA" in node for node in params.values()),
    "a bias on o alone": lambda X, params, *_: [name for name in "qkvo" if "bias" in params[name]] == ["o"],
    "leading axes": lambda X, *_: X.ndim == 3,
}


@pytest.mark.parametrize("kind", ATTENTION)
def test_attention_problems_cover(kind):
    found(attention_problems(), lambda problem: ATTENTION[kind](*problem))


def test_a_problem_assembles_trees_and_lists():
    line = parse("X[n] Ws.0[n] Ws.1[n] p.q.W[n] p.q.scale=2 b[n]? c[n]? eps=1")
    values = {"X": 1, "Ws.0": 2, "Ws.1": 3, "p.q.W": 4}
    assert assemble(line, values) == (1, [2, 3], {"q": {"W": 4, "scale": 2}})
    assert assemble(line, values | {"c": 6}) == (1, [2, 3], {"q": {"W": 4, "scale": 2}}, None, 6)
    assert assemble(line, values).kwargs == {"eps": 1}


def test_a_line_follows_the_signature_where_it_names_the_parameters():
    def op(X, W, scale=2.0, bias=None, eps=1e-6): ...

    assert str(arrange(parse("bias[k]? W[d,k] X[n,d]"), op)) == "X[n,d] W[d,k] scale=2.0 bias[k]?"
    assert str(arrange(parse("A[n,d] B[d,k]"), op)) == "A[n,d] B[d,k]"
    assert str(arrange(parse("X[n,d] eps=1"), op)) == "X[n,d] eps=1"
    assert str(arrange(parse("X[n]"), dict)) == "X[n]"


def test_a_problem_prints_as_a_call():
    assert repr(Arguments((1, "a"), {"eps": 2})) == "Arguments(1, 'a', eps=2)"


def test_a_kind_of_elements_that_there_is_not_is_named():
    with pytest.raises(ValueError, match=r"^elements: expected one of integer, float, nasty, got 'floats'"):
        found(problems("x[n,d]", "floats"), lambda problem: True)
