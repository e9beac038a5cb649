"""Indexing, assignment and methods: the value of every entry moves as its integer label does under NumPy."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, basic_indices, integer_array_indices

from numpy_lora.exact import Exact, NotExact, Run, draw
from numpy_lora.exact.array import gathered_list
from numpy_lora.exact.records import load
from tests.exact.points import assert_holds, of, outcome, shadow, tangent_of

SHAPES = array_shapes(min_dims=1, max_dims=3, min_side=1, max_side=4)


def labels(run, shape):
    """Integers, and exact numbers whose tangents are their negatives."""
    plain = np.arange(1, 1 + np.prod(shape, dtype=int)).reshape(shape)
    return plain, of(run, plain, -plain)


def assert_labelled(run, a, plain):
    """Shadow, value, exponent and tangent are those of the labels."""
    assert_holds(run, a, plain)
    assert np.array_equal(tangent_of(run, a).re, (-plain.astype(object)) % run.field.p)


@st.composite
def indexed(draw):
    shape = draw(SHAPES)
    mask = st.lists(st.booleans(), min_size=shape[0], max_size=shape[0]).map(np.array)
    return shape, draw(basic_indices(shape, allow_newaxis=True, allow_ellipsis=True) | integer_array_indices(shape) | mask)


@given(indexed())
def test_reading_moves_records_as_it_moves_labels(case):
    shape, index = case
    with Run(0, dual=True) as run:
        plain, x = labels(run, shape)
        got = x[index]
        assert isinstance(got, Exact)
        assert_labelled(run, got, plain[index])
        assert np.shares_memory(got, x) == np.shares_memory(plain[index], plain) or not np.ndim(plain[index])


@given(indexed(), st.data())
def test_assignment_writes_records_as_it_writes_labels(case, data):
    shape, index = case
    with Run(0, dual=True) as run:
        plain, x = labels(run, shape)
        target = np.shape(plain[index])
        value_shape = data.draw(st.sampled_from([(), target, target[1:], (1, *target)]))
        value = 100 + np.arange(np.prod(value_shape, dtype=int)).reshape(value_shape)
        x[index] = of(run, value, -value)
        plain[index] = value
        assert_labelled(run, x, plain)


@given(indexed())
def test_what_is_written_through_a_view_is_in_its_base(case):
    shape, index = case
    with Run(0, dual=True) as run:
        plain, x = labels(run, shape)
        view, plain_view = x[index], plain[index]
        if isinstance(plain_view, np.ndarray):
            view[...] = view * 2
            plain_view[...] = plain_view * 2
            assert_labelled(run, x, plain)


def test_assignment_within_an_array_reads_before_it_writes():
    with Run(0, dual=True) as run:
        plain, x = labels(run, (6,))
        x[1:], plain[1:] = x[:-1], plain[:-1].copy()
        x[[0, 1]], plain[[0, 1]] = x[[1, 0]], plain[[1, 0]]
        x[::-1], plain[::-1] = x, plain.copy()
        assert_labelled(run, x, plain)


def test_of_an_index_met_twice_the_last_value_stays():
    with Run(0) as run:
        x = of(run, [0, 0, 0])
        x[[1, 1, 2]] = of(run, [4, 5, 6])
        x[x > 5] = 7
        assert_holds(run, x, [0, 5, 7])


def test_a_constant_that_is_written_has_no_tangent():
    with Run(0, dual=True) as run:
        _, x = labels(run, (2, 2))
        x[0] = 5
        x[1, :] = [0.5, 2]
        assert not tangent_of(run, x).re.any()
        assert_holds(run, x * 2, [[10, 10], [1, 4]])


METHODS = {
    "T": lambda x: x.T, "mT": lambda x: x.mT, "transpose": lambda x: x.transpose(2, 0, 1), "swapaxes": lambda x: x.swapaxes(0, 1),
    "squeeze": lambda x: x[:1].squeeze(), "diagonal": lambda x: x.diagonal(0, 1, 2), "reshape": lambda x: x.reshape(4, -1),
    "reshape by columns": lambda x: x.reshape((3, 8), order="F"), "reshape of a transpose": lambda x: x.T.reshape(6, 4),
    "reshape, copied": lambda x: x.reshape(24, copy=True), "ravel": lambda x: x.ravel(), "ravel F": lambda x: x.ravel("F"),
    "ravel of a part": lambda x: x[:, 1:, ::2].ravel(), "flatten": lambda x: x.flatten(), "flatten F": lambda x: x.flatten("F"),
    "flat": lambda x: x.flat[5:7], "copy": lambda x: x.copy(), "take": lambda x: x.take([1, -1], axis=1),
    "repeat": lambda x: x.repeat(2, axis=0), "compress": lambda x: x.compress([True, False, True], axis=1),
    "astype": lambda x: x.astype(float), "astype, not copied": lambda x: x.astype(float, copy=False), "conj": lambda x: x.conj(),
    "real": lambda x: x.real, "sort": lambda x: sorted_in_place(-x, 1) * -1, "view": lambda x: x.view(),
    "clip": lambda x: x.clip(1, 24), "max": lambda x: x.max(axis=1), "min": lambda x: x.min(axis=(0, 2), keepdims=True),
    "sum": lambda x: x.sum(axis=1), "cumsum": lambda x: x.cumsum(axis=-1), "trace": lambda x: x.trace(0, 1, 2),
    "dot": lambda x: x.dot(np.arange(4)), "mean": lambda x: x.mean(axis=1) * 3, "rows": lambda x: np.stack(list(x)),
}  # fmt: skip
PLAIN = {
    "argmax": lambda x: x.argmax(axis=1), "argmin": lambda x: x.argmin(), "argsort": lambda x: (-x).argsort(axis=1),
    "argpartition": lambda x: x.argpartition(1), "nonzero": lambda x: (x - 5).nonzero(), "any": lambda x: (x > 23).any(),
    "all": lambda x: x.all(axis=0), "searchsorted": lambda x: x[0, 0].searchsorted([2.5, 4]), "len": lambda x: len(x),
    "as integers": lambda x: x.astype(int), "as booleans": lambda x: x.astype(bool), "in": lambda x: 7 in x,
    "truth": lambda x: bool(x[0, 0, 0]), "int": lambda x: int(x[0, 0, 0]), "shape": lambda x: x.shape,
    "round": lambda x: x.round(),
}  # fmt: skip


def sorted_in_place(a, axis):
    a.sort(axis=axis)
    return a


@pytest.mark.parametrize("name", METHODS)
def test_a_method_moves_records_as_it_moves_labels(name):
    with Run(0, dual=True) as run:
        plain, x = labels(run, (2, 3, 4))
        assert_labelled(run, METHODS[name](x), np.asarray(METHODS[name](plain)).astype(int))
        assert_labelled(run, x, plain)
        assert run.broken is None


@pytest.mark.parametrize("name", PLAIN)
def test_a_method_that_selects_gives_what_numpy_gives_and_is_logged(name):
    with Run(0) as run:
        plain, x = labels(run, (2, 3, 4))
        before = len(run.trace)
        got = PLAIN[name](x)
        assert type(got) is not Exact
        assert np.array_equal(got, PLAIN[name](plain))
        assert len(run.trace) > before or name in ("len", "shape")


WRITTEN = {
    "fill": lambda x: x.fill(7),
    "sort": lambda x: x.sort(axis=0),
    "put": lambda x: x.put([0, -1], [50, 60]),
    "flat": lambda x: x.flat.__setitem__(slice(2, 4), 9),
    "flat, all": lambda x: setattr(x, "flat", 3),
    "+=": lambda x: x.__iadd__(1),
    "a column": lambda x: x[:, 0].__iadd__(x[:, 1]),
    "shape": lambda x: setattr(x, "shape", (6, 4)),
    "a diagonal": lambda x: x[:, range(3), range(3)].__iadd__(0) * 0,
}


@pytest.mark.parametrize("name", WRITTEN)
def test_a_method_that_writes_writes_records(name):
    with Run(0) as run:
        plain, x = labels(run, (2, 3, 4))
        WRITTEN[name](x)
        WRITTEN[name](plain)
        assert_holds(run, x, plain)


def test_memory_that_is_not_contiguous_is_not_flattened_silently():
    with Run(0) as run:
        x = of(run, [[1, 2], [3, 4]]).T
        for f in (lambda: x.flat, lambda: x.put([0], [1]), lambda: x.ravel("K"), lambda: x.reshape(4, order="A")):
            assert outcome(f) is NotExact


def test_a_narrower_float_keeps_the_records_and_marks_the_run():
    with Run(0) as run:
        _, x = labels(run, (3,))
        assert_holds(run, x.astype(np.float32), [1, 2, 3])
        assert "rounded" in run.seen
        for dtype in (complex, object, "U3", "M8[s]"):
            assert outcome(x.astype, dtype) is NotExact
        assert outcome(lambda: x.astype(int, casting="safe")) is NotExact


def test_lists_and_object_arrays_of_exact_numbers_are_gathered():
    with Run(0, dual=True) as run:
        plain, x = labels(run, (3,))
        box = np.empty(3, object)
        box[:] = [x[0], x[1], x[2]]
        assert_labelled(run, gathered_list([x[0], x[1], x[2]]), plain)
        assert_labelled(run, x * 0 + [x[0], x[1], x[2]], plain)
        assert_holds(run, x * box, [1, 4, 9])
        assert_holds(run, np.add(x, [[x[0], 2, 0.5]]), [[2, 4, 3.5]])


def test_entries_are_arrays_so_that_they_keep_their_records():
    with Run(0) as run:
        x = draw(run, np.random.default_rng(0), [1.0, 2.0])
        first, second = x
        assert [type(v) for v in (x[0], x[0, ...], first, x.sum(), x.max(), abs(x[0]))] == [Exact] * 6
        assert load(run, first + second).v.re == load(run, x.sum()).v.re
        assert shadow(x[1]) == 2.0
