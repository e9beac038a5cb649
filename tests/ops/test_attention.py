import copy

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from numpy_lora import tree
from numpy_lora.check.strategies import attention_problems
from numpy_lora.ops import ShapeError, attention
from tests.oracles import assert_close, assert_proved, complex_step_gradient, generic

LEADING = st.sampled_from([(), (2,), (1, 2)])
ENTRIES = st.integers(-8, 8).map(lambda n: n / 8)


@st.composite
def problems(draw):
    """X, params, the keywords of a call, and dY: adapters and biases on any of q, k, v, o, heads grouped or not."""
    leading, n, d, dh, kv, group = draw(LEADING), *(draw(st.integers(1, 3)) for _ in range(5))
    heads = kv * group
    sizes = {"q": (d, heads * dh), "k": (d, kv * dh), "v": (d, kv * dh), "o": (heads * dh, 3)}
    params = {name: draw(nodes(*size)) for name, size in sizes.items()}
    mask = draw(st.none() | arrays(bool, draw(st.sampled_from([(n, n), (1, n, n), (heads, 1, n), (*leading, heads, n, n)]))))
    keywords = {"n_heads": heads, "n_kv_heads": kv, "causal": draw(st.booleans()), "mask": mask}
    return draw(floats((*leading, n, d))), params, keywords, draw(floats((*leading, n, 3)))


@st.composite
def nodes(draw, d_in, d_out):
    node = {"W": draw(floats((d_in, d_out)))}
    if draw(st.booleans()):
        node["bias"] = draw(floats((d_out,)))
    if draw(st.booleans()):
        r = draw(st.integers(1, 2))
        node |= {"WA": draw(floats((d_in, r))), "WB": draw(floats((r, d_out))), "scale": draw(st.sampled_from([0.5, 2.0]))}
    return node


def floats(shape):
    return arrays(float, shape, elements=ENTRIES)


def one_query_at_a_time(X, params, n_heads, n_kv_heads, causal, mask):
    """Attention as its definition says it, a token, a head and a key at a time."""
    *leading, n, _ = X.shape
    merged = tree.merge(params)
    Q, K, V = (X @ merged[name]["W"] + merged[name].get("bias", 0) for name in "qkv")
    dh = Q.shape[-1] // n_heads
    allowed = np.broadcast_to(True if mask is None else mask, (*leading, n_heads, n, n))
    heads = np.zeros_like(Q)
    for *lead, h, i in np.ndindex(*leading, n_heads, n):
        mine, shared = slice(h * dh, h * dh + dh), h // (n_heads // n_kv_heads)
        theirs = slice(shared * dh, shared * dh + dh)
        keys = [j for j in range(n) if allowed[(*lead, h, i, j)] and (j <= i or not causal)]
        weights = {j: np.exp(Q[(*lead, i, mine)] @ K[(*lead, j, theirs)] / np.sqrt(dh)) for j in keys}
        for j in keys:
            heads[(*lead, i, mine)] += weights[j] / sum(weights.values()) * V[(*lead, j, theirs)]
    return heads @ merged["o"]["W"] + merged["o"].get("bias", 0)


@given(problems())
def test_forward_is_the_definition(problem):
    X, params, keywords, _ = problem
    assert_close(attention(X, params, **keywords)[0], one_query_at_a_time(X, params, **keywords))


@given(problems())
def test_backward_is_the_pullback_of_every_argument(problem):
    X, params, keywords, dY = problem
    dX, dparams = attention(X, params, **keywords)[1](dY)
    assert_close(dX, complex_step_gradient(lambda A: attention(A, params, **keywords)[0], X, dY))
    adapters = dict(tree.leaves(tree.trainable(params)))
    assert [path for path, _ in tree.leaves(dparams)] == list(adapters)
    for path, gradient in tree.leaves(dparams):

        def forward(A, path=path):
            return attention(X, tree.map(lambda other, leaf: A if other == path else leaf, params), **keywords)[0]

        assert_close(gradient, complex_step_gradient(forward, adapters[path], dY))


@given(attention_problems())
def test_backward_is_proved(problem):
    assert_proved(attention, *generic(problem))


@given(problems())
def test_arguments_stay_and_backward_repeats(problem):
    before = copy.deepcopy(problem)
    X, params, keywords, dY = problem
    _, backward = attention(X, params, **keywords)
    first, second = tree.leaves(backward(dY)), tree.leaves(backward(dY))
    assert all(np.array_equal(a, b) for (_, a), (_, b) in zip(first, second, strict=True))
    for (path, now), (_, then) in zip(tree.leaves(problem), tree.leaves(before), strict=True):
        assert np.array_equal(now, then), path


@given(problems())
def test_a_query_that_may_attend_to_nothing_gets_the_bias_alone(problem):
    X, params, keywords, dY = problem
    keywords["mask"] = np.zeros((X.shape[-2], X.shape[-2]), dtype=bool)
    Y, backward = attention(X, params, **keywords)
    assert np.array_equal(Y, np.broadcast_to(params["o"].get("bias", 0), Y.shape))
    assert not any(gradient.any() for _, gradient in tree.leaves(backward(dY)))


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.complex128])
def test_dtype_is_kept(dtype):
    node = {"W": np.ones((2, 2), dtype), "bias": np.ones(2, dtype), "WA": np.ones((2, 1), dtype), "WB": np.ones((1, 2), dtype)}
    params = {name: node | {"scale": 0.5} for name in "qkvo"}
    Y, backward = attention(np.ones((3, 2), dtype), params, n_heads=2, causal=True, mask=np.eye(3, dtype=bool)[::-1])
    assert {Y.dtype, *(leaf.dtype for _, leaf in tree.leaves(backward(Y)))} == {np.dtype(dtype)}


def call(**changed):
    """A call with two heads of width 3 on tokens of width 4, some shapes changed by path."""
    shapes = {"X": (5, 4), "q.W": (4, 6), "k.W": (4, 6), "v.W": (4, 6), "o.W": (6, 4)} | changed
    params = {}
    for path, shape in shapes.items():
        name, _, entry = path.partition(".")
        if entry and shape:
            params.setdefault(name, {})[entry] = np.ones(shape)
    return attention(np.ones(shapes["X"]), params, shapes.get("n_heads", 2), shapes.get("n_kv_heads"), mask=shapes.get("mask"))


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"X": (4,)}, "X: expected shape (..., n, d), got (4,)"),
        ({"X": (0, 4)}, "X: expected at least one token, got (0, 4)"),
        ({"k.W": None, "o.W": None}, "params: expected nodes q, k, v, o, but k, o missing"),
        ({"v.W": None, "v.bias": (6,)}, "params.v: expected a node with 'W', got ['bias']"),
        ({"q.W": (3, 6)}, "params.q.W: expected shape (d=4, n_heads*dh), got (3, 6)"),
        ({"q.W": (6,)}, "params.q.W: expected shape (d=4, n_heads*dh), got (6,)"),
        ({"q.W": (4, 5)}, "params.q.W: expected a width that n_heads=2 divides, got 5"),
        ({"k.W": (4, 3)}, "params.k.W: expected shape (d, n_kv_heads*dh=6), got (4, 3)"),
        ({"v.W": (4, 6), "n_kv_heads": 1}, "params.k.W: expected shape (d, n_kv_heads*dh=3), got (4, 6)"),
        ({"o.W": (4, 4)}, "params.o.W: expected shape (n_heads*dh=6, d_out), got (4, 4)"),
        ({"q.WA": (4, 2), "q.WB": (3, 6)}, "params.q.WB: expected shape (r=2, d_out), got (3, 6)"),
        ({"n_kv_heads": 3}, "n_kv_heads: expected a divisor of n_heads=2, got 3"),
        ({"n_heads": 2.0}, "n_heads: expected an integer from 1, got 2.0"),
        ({"n_heads": 0}, "n_heads: expected an integer from 1, got 0"),
        ({"mask": np.ones((5, 5))}, "mask: expected an array of booleans, True where allowed, got float64"),
        ({"mask": np.ones((3, 5, 5), bool)}, "mask: expected a shape that broadcasts to (2, 5, 5), got (3, 5, 5)"),
    ],
)
def test_what_does_not_fit_is_named(changed, message):
    with pytest.raises(ShapeError) as error:
        call(**changed)
    assert str(error.value) == message
