"""Types that keep exact numbers: what they make of them, that they are the types they stand for, and who sees them."""

import types

import numpy as np
import pytest

from numpy_lora.exact import Exact, NotExact, Run, equal
from numpy_lora.exact.constructors import replaced
from numpy_lora.exact.standins import Float, Float64, NDArray, numpy_with_them
from tests.exact.points import assert_holds, of, outcome

SOURCE = """
from numpy import float64
import numpy
import numpy as np
def lower(x): return float(x) + 1
def wide(x): return float64(x), np.float64(x)
def buffer(*args, **kwargs): return numpy.ndarray(*args, **kwargs)
def asked(x): return isinstance(x, numpy.ndarray), isinstance(1.5, float), isinstance(np.float64(2), np.floating)
def typed(): return np.zeros(2, dtype=float).dtype, np.empty(2, np.float64).dtype, np.arange(3).astype(float64).dtype
"""


def module():
    made = types.ModuleType("calls_float")
    exec(SOURCE, made.__dict__)
    return made


@pytest.fixture
def code():
    made = module()
    before = dict(vars(made))
    yield made
    assert all(vars(made)[key] is value for key, value in before.items())
    assert "float" not in vars(made)


def within(code, f, dual=False):
    with Run(0, dual=dual) as run, replaced(vars(code)):
        return f(run)


def test_float_and_float64_keep_what_is_one_number(code):
    def check(run):
        x = of(run, [3, 5])
        assert_holds(run, code.lower(x[0]), 4)
        assert_holds(run, code.lower(x[1:]), 6)
        for got in code.wide(x[0]):
            assert_holds(run, got, 3)
        assert outcome(code.lower, x) is NotExact

    within(code, check)


@pytest.mark.parametrize("given", ["2.5", 7, np.float32(0.5), np.array(3.0)])
def test_of_all_else_they_make_what_they_did(code, given):
    expected = float(given) + 1
    got = within(code, lambda run: code.lower(given))
    assert type(got) is float
    assert got == expected


def test_a_new_array_is_a_buffer_and_a_view_of_memory_is_not(code):
    def check(run):
        for buffer in (code.buffer((2, 3)), code.buffer((2, 3), float), code.buffer(shape=[2, 3], dtype=np.float64)):
            assert isinstance(buffer, Exact)
            assert outcome(lambda b=buffer: b + 1) is NotExact
            run.broken = None
            buffer[...] = of(run, [1, 2, 3])
            assert_holds(run, buffer, [[1, 2, 3]] * 2)
        assert isinstance(code.buffer(4), Exact)
        for plain in (code.buffer(2, int), code.buffer((2,), float, np.zeros(2)), code.buffer((2,), dtype=np.float32)):
            assert type(plain) is np.ndarray

    within(code, check)


def test_they_are_those_types(code):
    assert within(code, lambda run: code.asked(np.zeros(2))) == (True, True, True)
    assert within(code, lambda run: code.asked(of(run, [1]))) == (True, True, True)
    assert within(code, lambda run: code.typed()) == (np.dtype(float),) * 3
    for stand_in, real in ((Float, float), (Float64, np.float64), (NDArray, np.ndarray)):
        assert stand_in == real
        assert real == stand_in
        assert hash(stand_in) == hash(real)
        assert issubclass(real, stand_in)
        assert not issubclass(int, stand_in)
    assert np.dtype(Float) == np.dtype(Float64) == np.dtype(float)
    for name in ("sum", "__gt__", "__new__", "__array_function__", "dtype", "__name__", "__init_subclass__"):
        assert getattr(NDArray, name) == getattr(np.ndarray, name)
    assert Float.__repr__(0.5) == "0.5"
    assert Float.fromhex("0x1p-3") == 0.125


def test_code_that_is_not_named_sees_numpy_as_it_is():
    other = module()

    def check(run):
        assert other.np is np
        assert type(other.buffer((2, 3))) is np.ndarray
        assert outcome(other.lower, of(run, 3)) is NotExact

    within(module(), check)


def test_numpy_with_them_is_numpy():
    stand_in = numpy_with_them()
    assert stand_in.ndarray is NDArray
    assert all(getattr(stand_in, name) is value for name, value in vars(np).items() if name not in ("ndarray", "__spec__"))
    with Run(0) as run:
        assert equal(stand_in.exp(of(run, [1])), np.exp(of(run, [1]))).all()
