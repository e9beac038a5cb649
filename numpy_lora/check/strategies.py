"""Hypothesis strategies for problems that a gradient check can judge: shapes, arrays, whole argument lists.

For your own tests as well as for this package's:

    from hypothesis import given
    from numpy_lora.check import assert_gradients
    from numpy_lora.check.strategies import problems

    @given(problems("X[n,d] g[d]"))
    def test_backward_is_the_pullback(problem):
        assert_gradients(rmsnorm, *problem)

`problem` is a tuple of the arguments in the line's order; constants that follow the last array (`eps=1e-6`) are its
`kwargs`: `assert_gradients(rmsnorm, *problem, kwargs=problem.kwargs)`. What fails shrinks to the smallest shapes first and
then to small integers. Distinct dimension names mostly get distinct sizes, so that a transpose shows;
now and then all are equal, which is where a transpose passes unseen.

Elements: "integer" are floats in −3…3; "float" have full mantissas, and none is zero or equal to another, so that they meet
the kink of no maximum or abs; "nasty" are zeros of both signs, ones, huge, tiny and subnormal numbers.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from hypothesis import strategies as st

from numpy_lora.check.arguments import Arguments, assemble
from numpy_lora.check.entries import POOL, Array, Bytes, Elements, fill, floats, places
from numpy_lora.shapes import Shape, ShapeLine, concrete, parse


@st.composite
def sizes(draw: st.DrawFn, line: str | ShapeLine, max_side: int = 5, max_leading: int = 2) -> dict[str, int | Shape]:
    """Sizes for the names of a shape line, from 1 to `max_side`; `...` is a tuple.

    In half of the draws distinct names have distinct sizes, as far as there are enough of them; in a quarter all are equal.
    """
    names = [name for name in _read(line).dimensions if name != "..."]
    kind = draw(st.sampled_from(["free", "distinct", "distinct", "equal"]))
    distinct = kind == "distinct" and len(names) <= max_side
    drawn = draw(st.lists(st.integers(1, max_side), min_size=len(names), max_size=len(names), unique=distinct))
    drawn = drawn[:1] * len(names) if kind == "equal" else drawn
    lead = draw(st.lists(st.integers(1, 3), max_size=max_leading)) if "..." in _read(line).dimensions else []
    return {"...": tuple(lead), **dict(zip(names, drawn, strict=True))}


@st.composite
def shapes(draw: st.DrawFn, line: str | ShapeLine, max_side: int = 5, max_leading: int = 2) -> dict[str, Shape]:
    """Concrete shapes for the arrays of a shape line, by path: {"X": (3, 2), "g": (2,)}.

    Examples
    --------
    >>> from hypothesis import find
    >>> find(shapes("X[n,d] W[d,k]"), lambda s: s["X"][0] > 1)
    {'X': (2, 1), 'W': (1, 1)}
    """
    line = _read(line)
    return concrete(line, draw(sizes(line, max_side, max_leading)))


@st.composite
def arrays(
    draw: st.DrawFn, shape: Shape, elements: Elements = "integer", dtype: npt.DTypeLike = np.float64, positive: bool = False
) -> Array:
    """An array of a shape, of a floating dtype; `positive` takes the absolute values, and ones for zeros.

    Examples
    --------
    >>> from hypothesis import find
    >>> find(arrays((2, 2)), lambda A: A[0, 1] < 0)
    array([[ 0., -1.],
           [ 0.,  0.]])
    """
    return floats(_pool(draw), places(shape), elements, np.dtype(dtype), positive)


@st.composite
def problems(
    draw: st.DrawFn,
    line: str | ShapeLine,
    elements: Elements = "integer",
    dtype: npt.DTypeLike = np.float64,
    max_side: int = 5,
    max_leading: int = 2,
) -> Arguments:
    """The arguments that a shape line lists, as a tuple, constants after the last array as its `kwargs`.

    Parameters
    ----------
    line : "X[...,d] W[d,k] ids[n]?:int<k n_heads=2"; trees go by path, "params.q.W[d,h*dh]".
    elements : "integer", "float" or "nasty" entries of the arrays.
    dtype : of the arrays that are not `:int` or `:bool`.
    max_side, max_leading : the largest size of a named dimension, and how many axes `...` may stand for.

    Notes
    -----
    An optional array is given in half of the draws; those that share a dimension which no other array has (a rank) come
    and go together.

    Examples
    --------
    >>> from hypothesis import find
    >>> find(problems("X[n,d] g[d]"), lambda problem: problem[0].sum() > 1)
    Arguments(array([[2.]]), array([0.]))
    """
    line = _read(line)
    drawn = draw(sizes(line, max_side, max_leading)) | line.fixed
    absent = {own for own in _optional(line).values() if not draw(st.booleans())}
    present = [spec for spec in line.arrays if _optional(line).get(spec.name) not in absent]
    return assemble(line, fill(present, drawn, _pool(draw), elements, np.dtype(dtype)))


@st.composite
def lora_problems(draw: st.DrawFn, elements: Elements = "integer", dtype: npt.DTypeLike = np.float64) -> Arguments:
    """Arguments (X, W, WA, WB, scale, bias) of `ops.lora_linear`: any leading axes, with a bias and without.

    In some draws WA, WB or both are zero, as at the start of training.

    Examples
    --------
    >>> from hypothesis import find
    >>> find(lora_problems(), lambda problem: problem[0].ndim > 1)
    Arguments(array([[0.]]), array([[0.]]), array([[0.]]), array([[0.]]), 1.0, None)
    """
    scale = draw(st.sampled_from([1.0, 2.0, 0.5, -1.0]))
    line = "X[...,d_in] W[d_in,d_out] WA[d_in,r] WB[r,d_out]" + f" scale={scale} bias[d_out]?"
    X, W, WA, WB, *rest = draw(problems(line, elements, dtype))
    zero_A, zero_B = draw(st.sampled_from([(False, False), (False, True), (True, False), (True, True)]))
    bias = rest[1] if rest else None
    return Arguments((X, W, WA * 0 if zero_A else WA, WB * 0 if zero_B else WB, scale, bias))


@st.composite
def attention_problems(draw: st.DrawFn, elements: Elements = "integer", dtype: npt.DTypeLike = np.float64) -> Arguments:
    """Arguments (X, params, n_heads, n_kv_heads, causal, mask) of `ops.attention`, all by position.

    Adapters and biases stand on any subset of q, k, v and o, each adapter with a rank and a scale of its own; heads are
    grouped or not; the mask is None or boolean, and may forbid a row everything.

    Examples
    --------
    >>> from hypothesis import find
    >>> X, params, *rest = find(attention_problems(), lambda problem: "WA" in problem[1]["k"])
    >>> X, sorted(params["k"]), rest
    (array([[0.]]), ['W', 'WA', 'WB', 'scale'], [1, 1, False, None])
    """
    kv, group = draw(st.integers(1, 2)), draw(st.integers(1, 2))
    widths = {"q": "d,h*dh", "k": "d,kv*dh", "v": "d,kv*dh", "o": "h*dh,d_out"}
    parts = ["X[...,n,d]"]
    for name, width in widths.items():
        d, k = width.split(",")
        parts += [f"params.{name}.W[{width}]", f"params.{name}.bias[{k}]?"]
        if draw(st.booleans()):
            scale = draw(st.sampled_from([1.0, 2.0, 0.5]))
            parts += [f"params.{name}.WA[{d},r_{name}] params.{name}.WB[r_{name},{k}] params.{name}.scale={scale}"]
    line = " ".join([*parts, f"h={kv * group} kv={kv} causal={draw(st.booleans())} mask[n,n]?:bool"])
    X, params, n_heads, n_kv_heads, *rest = _positional(draw(problems(line, elements, dtype, max_side=3, max_leading=1)))
    causal, mask = (*rest, None)[:2]
    return Arguments((X, params, n_heads, n_kv_heads, causal, mask))


def _positional(problem: Arguments) -> tuple[Any, ...]:
    return (*problem, *problem.kwargs.values())


def _read(line: str | ShapeLine) -> ShapeLine:
    return parse(line) if isinstance(line, str) else line


def _optional(line: ShapeLine) -> dict[str, tuple[str, ...]]:
    """What ties each optional array to others: the dimensions that no required array has, else its own name."""
    shared = {factor for spec in line.arrays if not spec.optional for dim in spec.dims for factor in dim}
    ties = {}
    for spec in line.arrays:
        if spec.optional:
            own = {factor for dim in spec.dims for factor in dim if isinstance(factor, str)} - shared
            ties[spec.name] = tuple(sorted(own)) or (spec.name,)
    return ties


def _pool(draw: st.DrawFn) -> Bytes:
    return np.frombuffer(draw(st.binary(min_size=POOL, max_size=POOL)), np.uint8)
