"""Plain arrays that exact numbers are written into: their records are kept beside them, and nothing behind them is believed."""

import numpy as np
import pytest

from numpy_lora.exact import NotExact, Run
from numpy_lora.exact.array import number, stored
from numpy_lora.exact.beside import found
from tests.exact.points import assert_holds, of, outcome, same, shadow, tangent_of

A = [[3, -1, 2], [5, 7, -4]]
T = [[1, 2, -3], [4, 1, 2]]
MASK = np.array([[True, False, True], [False, True, True]])


def into(make):
    """What stands in a plain array of ones, and in an exact one, after the same has been done to both."""

    def of_both(run, x):
        plain, exact = np.ones((2, 3)), stored(run, run.constant(np.ones((2, 3))))
        make(plain, x)
        make(exact, x)
        return plain, exact

    return of_both


def added(a, x):
    a += x


def scaled_twice(a, x):
    a *= x
    a -= 2 * x[::-1]


WRITES = {
    "+=": into(added),
    "*= and -=": into(scaled_twice),
    "out=": into(lambda a, x: np.multiply(x, 2, out=a)),
    "out= and where=": into(lambda a, x: np.multiply(x, 2, out=a, where=MASK)),
    "a row": into(lambda a, x: np.add(x[0], x[1], out=a[1])),
    "a column": into(lambda a, x: np.sum(x, axis=1, out=a[:, 2])),
    "a transpose": into(lambda a, x: np.add(x.T, 1, out=a.T)),
    "turned about": into(lambda a, x: np.add(x, 1, out=a[::-1, ::-1])),
    "add.at": into(lambda a, x: np.add.at(a, ([0, 0, 1], [1, 1, 2]), x[0])),
    "multiply.at": into(lambda a, x: np.multiply.at(a, ([0, 0, 1], [1, 1, 2]), x[0])),
    "einsum": into(lambda a, x: np.einsum("ij,ij->ij", x, x, out=a)),
    "cumsum": into(lambda a, x: np.cumsum(x, axis=1, out=a)),
    "copyto": into(lambda a, x: np.copyto(a, x, where=MASK)),
    "putmask": into(lambda a, x: np.putmask(a, MASK, x)),
    "place": into(lambda a, x: np.place(a, MASK, x)),
    "put_along_axis": into(lambda a, x: np.put_along_axis(a, np.array([[1], [2]]), x[:, :1], 1)),
    "several": into(lambda a, x: (np.add(x, 1, out=a), np.multiply(x[0], a[1], out=a[0]))),
}


@pytest.mark.parametrize("name", WRITES)
def test_a_plain_array_holds_what_an_exact_one_would(name):
    with Run(0, dual=True) as run:
        x = of(run, A, T)
        plain, exact = WRITES[name](run, x)
        assert type(plain) is np.ndarray
        assert np.array_equal(plain, shadow(exact))
        got, expected = number(run, plain), number(run, exact)
        assert same(got.v, expected.v)
        assert same(tangent_of(run, plain + 0 * x), tangent_of(run, exact + 0 * x))
        part = number(run, plain[1, ::-1])
        assert same(part.v, number(run, exact[1, ::-1]).v)
        assert run.broken is None


def test_the_array_stays_what_it_was():
    with Run(0) as run:
        a = b = np.zeros(3)
        a += of(run, A[0])
        a *= of(run, A[1])
        assert a is b
        assert type(a) is np.ndarray
        assert a.tolist() == [15, -7, -8]
        assert_holds(run, found(run, b), [15, -7, -8])


BEHIND = {
    "a number": lambda a: a.__setitem__(0, 7.0),
    "all": lambda a: np.multiply(a, 2, out=a),
    "the sign of a zero": lambda a: a.__setitem__(1, -0.0),
    "sorted": lambda a: a.sort(),
}


@pytest.mark.parametrize("name", BEHIND)
def test_what_is_written_behind_the_records_is_noticed(name):
    with Run(0) as run:
        a = np.zeros(3)
        np.add(of(run, [3, 0, 2]), 0, out=a)
        BEHIND[name](a)
        assert outcome(number, run, a) is NotExact
        assert "behind" in run.broken


def test_what_is_copied_is_a_constant():
    with Run(0) as run:
        a = np.zeros(3)
        np.add(of(run, A[0]), 0, out=a)
        assert found(run, a.copy()) is None
        assert found(run, a) is not None
        before = len(run.trace)
        number(run, a.copy())
        assert run.trace[before][0] == "constant"


REFUSED = {
    "float32": lambda x: np.add(x, 1, out=np.zeros((2, 3), np.float32), casting="unsafe"),
    "a view of integers": lambda x: np.add(x, 1, out=np.zeros((2, 3), int).view(float)),
    "read-only": lambda x: np.add(x, 1, out=np.broadcast_to(np.zeros(3), (2, 3))),
}


@pytest.mark.parametrize("name", REFUSED)
def test_other_arrays_are_refused(name):
    with Run(0) as run:
        assert outcome(REFUSED[name], of(run, A)) is NotExact
        assert run.broken is not None
