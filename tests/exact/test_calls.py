"""The methods of ufuncs over exact numbers, with every argument that NumPy's take: right, or refused."""

import numpy as np
import pytest

from numpy_lora.exact import Exact, NotExact, Run
from tests.exact.points import assert_holds, of, outcome
from tests.exact.twins import assert_twins, outcome_of_twins

A = [[3, -1, 2], [5, 7, -4]]
V = [4, -1, 3, 2]
C = [7, -3, 4]
MASK = [True, False, True]
UFUNCS = [np.add, np.multiply, np.maximum, np.minimum, np.subtract, np.divide, np.fmax, np.fmin, np.hypot]
FOLDED = [np.add, np.multiply, np.maximum, np.minimum]


def after(f):
    """What an array holds after something was done to it."""

    def call(m):
        a = m(A)
        f(m, a)
        return a

    return call


def windows(a):
    """All pairs of neighbours in a row, to be written to."""
    return np.lib.stride_tricks.sliding_window_view(a, 2, axis=1, writeable=True)


RIGHT_FOR_ALL = {
    "out": lambda u: lambda m: u(m(A), m(C), out=m(A)),
    "out, broadcast": lambda u: lambda m: u(m(C), 2.5, out=m(A)),
    "out into a view": lambda u: after(lambda m, a: u(a[0], m(C), out=a[1])),
    "out, overlapping": lambda u: after(lambda m, a: u(a[:, 1:], 2.5, out=a[:, :-1])),
    "out, itself": lambda u: after(lambda m, a: u(a, a[0], out=a)),
    "out and where": lambda u: lambda m: u(m(A), m(C), out=m(A), where=MASK),
    "out and where, two axes": lambda u: lambda m: u(m(A), 2.5, out=m(A), where=np.array(A) > 2),
    "dtype": lambda u: lambda m: u(m(A), m(C), dtype=float),
    "casting": lambda u: lambda m: u(m(A), m(C), casting="no"),
    "order, subok": lambda u: lambda m: u(m(A), m(C), order="F", subok=False),
    "outer": lambda u: lambda m: u.outer(m(A), m([6, 4])),
    "outer, out": lambda u: lambda m: u.outer(m(C), m([2, 3]), out=m([[0, 0]] * 3)),
    "at": lambda u: after(lambda m, a: u.at(a, [0, 1, 0], m(C))),
    "at, two indices": lambda u: after(lambda m, a: u.at(a, ([0, 0, 1], [1, 1, 2]), m([2, 3, 1]))),
    "at, a slice": lambda u: after(lambda m, a: u.at(a, slice(0, 1), 2.5)),
    "at, a mask": lambda u: after(lambda m, a: u.at(a, np.array(A) > 2, m(2))),
    "at, dots": lambda u: after(lambda m, a: u.at(a, (..., 0), m([1, 2]))),
    "at, from the end": lambda u: after(lambda m, a: u.at(a, ([-1, 1], [0, -1]), m([2, 1]))),
    "at, in a row": lambda u: after(lambda m, a: u.at(a[1], [0, 0], m([2, 3]))),
    "at, in columns": lambda u: after(lambda m, a: u.at(a.T[1:], [0, 0], m([2, 3]))),
    "at, in windows that overlap": lambda u: after(lambda m, a: u.at(windows(a), (..., [0, 1]), m([[[2, 4]], [[6, 8]]]))),
}  # fmt: skip
RIGHT_FOR_FOLDED = {
    "reduce": lambda u: lambda m: u.reduce(m(A)),
    "reduce, axes": lambda u: lambda m: u.reduce(m([A, [[1, 9, 0], [4, -8, 8]]]), axis=(0, 2)),
    "reduce, all": lambda u: lambda m: u.reduce(m(A), axis=None, keepdims=True),
    "reduce, no axis": lambda u: lambda m: u.reduce(m(A), axis=()),
    "reduce, out": lambda u: lambda m: u.reduce(m(A), out=m(C)),
    "reduce, initial": lambda u: lambda m: u.reduce(m(A), axis=1, initial=2.5),
    "reduce, initial exact": lambda u: lambda m: u.reduce(m(A), initial=m(3)),
    "reduce, where": lambda u: lambda m: u.reduce(m(A), axis=1, initial=2.5, where=MASK),
    "reduce, where none is": lambda u: lambda m: u.reduce(m(A), initial=2.5, where=[False, True, False]),
    "reduce, initial None": lambda u: lambda m: u.reduce(m(A), initial=None),
    "accumulate": lambda u: lambda m: u.accumulate(m(A), axis=1),
    "accumulate, out": lambda u: lambda m: u.accumulate(m(A), out=m(A)),
    "reduceat": lambda u: lambda m: u.reduceat(m(V), [0, 2, 1]),
    "reduceat, axis and out": lambda u: lambda m: u.reduceat(m(A), [0, 2], axis=1, out=m([[0, 0], [0, 0]])),
}  # fmt: skip
PERHAPS = {
    "dtype float32": lambda u: lambda m: u(m(A), m(C), dtype=np.float32),
    "dtype int": lambda u: lambda m: u(m(A), m(C), dtype=int, casting="unsafe"),
    "dtype complex": lambda u: lambda m: u(m(A), m(C), dtype=complex),
    "signature": lambda u: lambda m: u(m(A), m(C), signature="dd->d"),
    "sig": lambda u: lambda m: u(m(A), m(C), sig="ff->f", casting="unsafe"),
    "axis of a call": lambda u: lambda m: u(m(A), m(C), axis=0),
    "reduce, dtype": lambda u: lambda m: u.reduce(m(A), dtype=np.float32),
    "reduce, an axis there is not": lambda u: lambda m: u.reduce(m(A), axis=2),
    "reduce of all but one": lambda u: lambda m: u.reduce(m(A)),
    "accumulate, dtype": lambda u: lambda m: u.accumulate(m(A), dtype=np.float32),
    "accumulate of all": lambda u: lambda m: u.accumulate(m(A)),
    "accumulate, an axis there is not": lambda u: lambda m: u.accumulate(m(A), axis=-3),
    "reduceat of all": lambda u: lambda m: u.reduceat(m(A), [0, 1], axis=1),
    "reduceat, dtype": lambda u: lambda m: u.reduceat(m(A), [0, 1], axis=1, dtype=np.float32),
    "outer, where": lambda u: lambda m: u.outer(m(C), m([2, 3]), out=m([[1, 1]] * 3), where=[True, False]),
}  # fmt: skip


def rational(u, f):
    """The call, its result squared where the function is a root of something rational."""
    return (lambda m: np.square(f(m))) if u is np.hypot else f


@pytest.mark.parametrize("name", RIGHT_FOR_ALL)
@pytest.mark.parametrize("u", UFUNCS[:8], ids=lambda u: u.__name__)
def test_a_method_does_to_records_what_it_does_to_floats(u, name):
    assert_twins(RIGHT_FOR_ALL[name](u))


@pytest.mark.parametrize("name", RIGHT_FOR_FOLDED)
@pytest.mark.parametrize("u", FOLDED, ids=lambda u: u.__name__)
def test_folding_does_to_records_what_it_does_to_floats(u, name):
    assert_twins(RIGHT_FOR_FOLDED[name](u))


@pytest.mark.parametrize("name", PERHAPS)
@pytest.mark.parametrize("u", UFUNCS, ids=lambda u: u.__name__)
def test_other_options_are_right_or_refused(u, name):
    outcome_of_twins(rational(u, PERHAPS[name](u)))


@pytest.mark.filterwarnings("ignore:'where' used without 'out'")
def test_a_condition_that_holds_everywhere_needs_no_out():
    assert_twins(lambda m: np.multiply(m(A), m(C), where=np.array(A) < 8))


OTHERS = {
    "negative.at": after(lambda m, a: np.negative.at(a, ([0, 0, 1], [1, 1, 2]))),
    "square.at": after(lambda m, a: np.square.at(a, [0, 0])),
    "subtract.at": after(lambda m, a: np.subtract.at(a, ([0, 0], [1, 1]), m([1, 2]))),
    "matmul out": lambda m: np.matmul(m(A), m(A).T, out=m([[0, 0], [0, 0]])),
    "frompyfunc": lambda m: np.frompyfunc(lambda x, y: x * y + 1, 2, 1)(m(A), m(C)).astype(float),
    "frompyfunc of a number": lambda m: np.frompyfunc(lambda x: x * x, 1, 1)(m(3)),
    "frompyfunc with a plain one": lambda m: np.frompyfunc(lambda x, y: x - y, 2, 1)(np.eye(3), m(C)).astype(float),
    "greater, out": lambda m: np.greater(m(A), 2, out=np.zeros((2, 3), bool)),
    "floor, out exact": lambda m: np.floor(m(A) / 1.8, out=m(A)),
    "logical_and.reduce": lambda m: np.logical_and.reduce(m(A), axis=1, keepdims=True),
    "divmod": lambda m: divmod(m(A), 2.25),
    "divmod by exact ones": lambda m: np.divmod(10.0, m(C)),
    "modf": lambda m: np.modf(m(A) / 4.5),
    "ldexp": lambda m: np.ldexp(m(A), np.array([1, -2, 0])),
    "vecdot": lambda m: np.vecdot(m(A), m(C)),
    "vecdot, one plain": lambda m: np.vecdot(np.array(A, float), m(A)),
    "matvec and vecmat": lambda m: np.vecmat(np.matvec(m(A), m(C)), m(A)) if hasattr(np, "matvec") else m(A),
    "logaddexp.accumulate": lambda m: np.exp(np.logaddexp.accumulate(np.log(m([2, 5, 1])))),
    "logaddexp.reduce": lambda m: np.exp(np.logaddexp.reduce(np.log(m([[2, 5, 1], [3, 4, 7]])), axis=1, keepdims=True)),
    "logaddexp of nothing": lambda m: np.exp(np.logaddexp.reduce(m(A)[:0])),
    "less.outer": lambda m: np.less.outer(m(V), m(C)),
    "out, in its place": lambda m: np.multiply(m(A), m(C), m(A)),
    "a Python number in its place": lambda m: np.add(2, m(A)),
}


@pytest.mark.parametrize("name", OTHERS)
def test_other_ufuncs_have_the_same_methods(name):
    assert_twins(OTHERS[name])


NOT_UNDERSTOOD = {
    "a plain out of float32": lambda x: np.add(x, 1, out=np.zeros((2, 3), np.float32)),
    "reduce into every other entry of integers": lambda x: np.add.reduce(x, out=np.zeros(6, int)[::2]),
    "at integers": lambda x: np.add.at(np.zeros(6, int), [0], x[0, 0]),
    "where without out": lambda x: np.add(x, 1, where=MASK),
    "where of more rows": lambda x: np.add(x[:1], 1, where=np.ones((2, 3), bool)),
    "axes of matmul": lambda x: np.matmul(x, x, axes=[(1, 0), (0, 1), (0, 1)]),
    "axis of matmul": lambda x: np.matmul(x, x.T, axis=0),
    "where of a comparison": lambda x: np.greater(x, 1, out=np.zeros((2, 3), bool), where=MASK),
    "out of all": lambda x: np.logical_and.reduce(x, out=np.zeros(3, bool)),
    "where of any": lambda x: np.logical_or.reduce(x, where=[[True], [False]]),
    "frompyfunc, two results": lambda x: np.frompyfunc(lambda a: (a, a), 1, 2)(x),
    "frompyfunc, where": lambda x: np.frompyfunc(lambda a: a, 1, 1)(x, where=MASK),
    "frompyfunc, out": lambda x: np.frompyfunc(lambda a: a, 1, 1)(x, out=x),
    "frompyfunc.reduce": lambda x: np.frompyfunc(lambda a, b: a + b, 2, 1).reduce(x),
    "divmod, out": lambda x: np.divmod(x, 2, out=(x, x)),
    "a ufunc in no table": lambda x: np.spacing(x),
    "subtract.reduce": lambda x: np.subtract.reduce(x),
    "hypot.reduce": lambda x: np.hypot.reduce(x),
    "where of a reduction": lambda x: np.logaddexp.reduce(x, where=MASK),
}


@pytest.mark.parametrize("name", NOT_UNDERSTOOD)
def test_what_is_not_understood_is_refused(name):
    with Run(0) as run:
        x = of(run, A)
        assert outcome(NOT_UNDERSTOOD[name], x) is NotExact
        assert run.broken is not None
        assert_holds(run, x, A)


def test_python_functions_meet_exact_entries():
    """What a function made by frompyfunc is called with keeps its records; its own use of NumPy is watched."""
    with Run(0) as run:
        seen = []
        np.frompyfunc(lambda a: seen.append((type(a), np.shape(a), run.inside)) or a, 1, 1)(of(run, C))
        assert seen == [(Exact, (), False)] * 3
        assert not run.inside


def test_what_is_called_is_logged_and_so_is_where_it_goes():
    def trace(f):
        with Run(0) as run:
            f(of(run, A))
            return run.trace

    for f, g in (
        (lambda x: np.add(x, x), lambda x: np.multiply(x, x)),
        (lambda x: np.add.reduce(x, axis=0), lambda x: np.add.reduce(x, axis=1)),
        (lambda x: np.add.at(x, [0], 1.0), lambda x: np.add.at(x, [1], 1.0)),
        (lambda x: np.add(x, 1, out=x, where=MASK), lambda x: np.add(x, 1, out=x, where=[True] * 3)),
        (lambda x: np.add.reduceat(x, [0, 1]), lambda x: np.add.reduceat(x, [0])),
        (lambda x: x * 2, lambda x: x * 3),
        (lambda x: x * np.ones(3), lambda x: x * np.arange(3)),
    ):
        assert trace(f) != trace(g)
