"""Records behind the shadows: whatever writes or reads memory without them ends in NotExact, and in the run's flag."""

import copy
import ctypes
import pickle
import threading

import numpy as np
import pytest
import scipy.linalg

from numpy_lora.exact import Exact, NotExact, Run
from numpy_lora.exact.array import new
from numpy_lora.exact.records import IM, RE, SEAL, TIM, TRE, E, X, block_of, load, planes_of
from tests.exact.points import assert_holds, of, outcome, shadow

A = [[3, -1, 2], [5, 7, -4], [1, 0, 6]]


def refused(run, f):
    """Whether f ends in NotExact, and the run says so too."""
    run.broken = None
    return outcome(f) is NotExact and run.broken is not None


# --- planes


@pytest.mark.parametrize("dual", [False, True])
def test_an_array_is_the_first_of_its_planes(dual):
    with Run(0, dual=dual) as run:
        x = of(run, A, A)
        planes = planes_of(x)
        assert planes.shape == (7 if dual else 5, 3, 3)
        assert np.shares_memory(planes, x)
        assert np.array_equal(planes[X].view(float), shadow(x))
        assert ((planes[X] ^ planes[SEAL]) == run.key).all()
        n = load(run, x)
        assert np.array_equal(n.v.re, planes[RE])
        assert np.array_equal(n.e, planes[E])
        assert not planes[IM].any()
        if dual:
            assert np.array_equal(n.t.re, planes[TRE])
            assert not planes[TIM].any()


VIEWS = {
    "slice": lambda x: x[1:, ::2],
    "backwards": lambda x: x[::-1, ::-1],
    "transpose": lambda x: x.T,
    "entry": lambda x: x[1, 2, ...],
    "row": lambda x: x[1],
    "column": lambda x: x[:, 1],
    "nothing": lambda x: x[3:],
    "new axis": lambda x: x[:, None],
    "reshape": lambda x: x.reshape(9, 1),
    "diagonal": lambda x: x.diagonal(1),
    "broadcast": lambda x: np.broadcast_to(x[0], (4, 3)),
    "view of a view": lambda x: x.T[1:][:, ::-1].T,
    "windows": lambda x: np.lib.stride_tricks.sliding_window_view(x, 2, 0),
}


def test_an_entry_and_a_sum_are_numbers_of_their_own():
    with Run(0) as run:
        x = of(run, A)
        for number in (x[1, 2], x.sum(), x[0, 0] * 2):
            before = other = number
            other += 1
            x[...] = of(run, A) * 2
            assert float(before.view(np.ndarray)) == float(other.view(np.ndarray)) - 1
            x[...] = of(run, A)
        assert x[1, 2].view(np.ndarray) == A[1][2]


@pytest.mark.parametrize("name", VIEWS)
def test_a_view_finds_its_records(name):
    with Run(0) as run:
        x = of(run, A)
        view = VIEWS[name](x)
        assert np.shares_memory(view, x) or not view.size
        assert block_of(view) is block_of(x)
        assert_holds(run, view, VIEWS[name](np.array(A, object)) if name != "windows" else VIEWS[name](np.array(A)))
        x[...] = of(run, A) * 2
        assert_holds(run, view, VIEWS[name](np.array(A) * 2))


# --- seals


def through(function):
    return lambda x: function(x.view(np.ndarray))


def by_address(x):
    ctypes.cast(x.__array_interface__["data"][0], ctypes.POINTER(ctypes.c_double))[4] = 9.0


WRITES = {
    "a plain view": through(lambda a: a.__setitem__((1, 1), 9.0)),
    "a plain view, in place": through(lambda a: np.multiply(a, 2, out=a)),
    "view(ndarray).flat": through(lambda a: a.flat.__setitem__(4, 9.0)),
    "view(ndarray).sort": through(lambda a: a.sort(axis=0)),
    "view(ndarray).fill": through(lambda a: a.fill(9.0)),
    "ndarray.sort": lambda x: np.ndarray.sort(x),
    "ndarray.fill": lambda x: np.ndarray.fill(x, 9.0),
    "ndarray.partition": lambda x: x.partition(1),
    "ndarray.__setitem__": lambda x: np.ndarray.__setitem__(x, (1, 1), 9.0),
    "ndarray.flat": lambda x: np.ndarray.flat.__get__(x).__setitem__(4, 9.0),
    "a memoryview": lambda x: memoryview(x.reshape(-1).view(np.ndarray)).__setitem__(4, 9.0),
    "a memoryview of itself": lambda x: memoryview(x).cast("B").cast("d").__setitem__(4, 9.0),
    "ctypes": by_address,
    "frombuffer": lambda x: np.frombuffer(x.view(np.ndarray), float).__setitem__(4, 9.0),
    "asarray": lambda x: np.asarray(x).__setitem__((1, 1), 9.0),
    "dlpack": lambda x: np.from_dlpack(x.view(np.ndarray)).__setitem__((1, 1), 9.0),
    "as_strided": lambda x: np.lib.stride_tricks.as_strided(x.view(np.ndarray), (9,), (8,)).__setitem__(4, 9.0),
    "a view of bits": lambda x: x.view(np.ndarray).view(np.uint64).__setitem__((1, 1), 0),
    "shuffle": lambda x: np.random.default_rng(0).shuffle(x.view(np.ndarray)),
    "setfield": lambda x: x.setfield(9.0, float),
    "LAPACK": lambda x: scipy.linalg.lu_factor(x.T.view(np.ndarray), overwrite_a=True, check_finite=False),
    "out= of plain code": lambda x: np.cumsum(np.ones(9), out=x.reshape(-1).view(np.ndarray)),
}
ROUTES = {
    "sum": lambda x: x.sum(),
    "product": lambda x: x @ x,
    "copy": lambda x: x.copy() + 0,
    "entry": lambda x: x[1, 1] + 0,
    "selection": lambda x: x > 2,
    "concatenate": lambda x: np.concatenate([x, x]),
    "fancy": lambda x: x[[1]],
    "argmax": lambda x: x.argmax(),
}


@pytest.mark.parametrize("name", WRITES)
def test_a_write_behind_the_records_is_noticed_when_they_are_read(name):
    with Run(0) as run:
        x = of(run, A)
        outcome(WRITES[name], x)
        if run.broken is None:
            assert not np.array_equal(shadow(x), A)
        assert refused(run, lambda: x + 0)


@pytest.mark.parametrize("name", ROUTES)
def test_no_way_of_reading_passes_over_a_seal(name):
    with Run(0) as run:
        x = of(run, A)
        x.view(np.ndarray)[1, 1] += 1
        assert refused(run, lambda: ROUTES[name](x))


def test_what_is_written_through_the_records_is_sealed_anew():
    with Run(0) as run:
        x = of(run, A)
        x.view(np.ndarray)[1, 1] = 9.0
        x[1, 1] = 5
        assert_holds(run, x, [[3, -1, 2], [5, 5, -4], [1, 0, 6]])


# --- runs


def test_arrays_of_another_run_are_refused_in_every_way():
    with Run(0) as run:
        cached = of(run, A)
    for name, read in ROUTES.items():
        with Run(0) as run:
            assert refused(run, lambda read=read: read(cached)), name
    with Run(0) as run:
        mine = of(run, A)
        assert refused(run, lambda: mine + cached)
        mine[...] = 1
        assert refused(run, lambda: mine.__setitem__(0, cached[0]))
    with Run(0, dual=True) as run:
        assert refused(run, lambda: cached.copy())


OUTSIDE = {
    "ufunc": lambda x: x + 1,
    "reduction": lambda x: np.add.reduce(x, axis=1),
    "into it": lambda x: np.add(x, x, out=x),
    "row": lambda x: x[0],
    "number": lambda x: float(x[0, 0]),
    "truth": lambda x: x[0, 0] != 1.0 and bool(x[0, 0]),
    "function": lambda x: np.stack([x, x]),
    "method": lambda x: x.argsort(),
    "copy": lambda x: x.copy(),
    "assignment": lambda x: (x.__setitem__(0, 2.0), x.sum())[1],
    "list": lambda x: x.tolist(),
}


@pytest.mark.parametrize("case", OUTSIDE)
def test_outside_a_run_an_exact_array_is_what_its_shadows_are(case):
    with Run(0) as run:
        x = of(run, A)
    found = OUTSIDE[case](x)
    assert type(found) is not type(x)
    assert np.array_equal(found, OUTSIDE[case](np.array(A)))
    with Run(1) as run:
        assert refused(run, lambda: x + 1)


def test_a_run_within_a_run_is_an_error_and_the_next_one_waits():
    with Run(0), pytest.raises(RuntimeError, match="under way"), Run(1):
        pass
    order = []

    def other():
        with Run(1):
            order.append("other")

    with Run(0):
        thread = threading.Thread(target=other)
        thread.start()
        order.append("first")
    thread.join()
    assert order == ["first", "other"]
    assert Run.current is None


def test_a_run_that_fails_is_over():
    with pytest.raises(ZeroDivisionError), Run(0):
        raise ZeroDivisionError
    with np.errstate(all="raise"), Run(0) as run:
        np.exp(of(run, [800, 1]))  # warnings are off meanwhile
    assert np.geterr()["over"] != "ignore"


# --- buffers and copies


def test_a_buffer_must_be_written_before_it_is_read():
    with Run(0) as run:
        buffer = np.empty_like(of(run, A))
        assert refused(run, lambda: buffer + 0)
        buffer[0] = of(run, A)[0]
        assert_holds(run, buffer[0], A[0])
        assert refused(run, lambda: buffer[1] * 1)
        copied = buffer.copy()
        assert refused(run, lambda: copied[1] * 1)
        buffer[1:] = 2
        assert_holds(run, buffer, [A[0], [2] * 3, [2] * 3])
        assert refused(run, lambda: new(run, (2,)) + 0)


def test_copies_are_apart_and_keep_their_records():
    with Run(0) as run:
        x = of(run, A)
        copies = [x.copy(), copy.copy(x), copy.deepcopy({"x": [x]})["x"][0], np.copy(x), x.astype(float)]
        x[...] = 0
        for a in copies:
            assert_holds(run, a, A)
            assert not np.shares_memory(a, x)


def test_bytes_of_records_do_not_leave():
    with Run(0) as run:
        x = of(run, A)
        assert refused(run, lambda: pickle.dumps(x))
        for name in ("tolist", "tobytes", "dumps", "item"):
            assert refused(run, lambda name=name: getattr(x, name)()), name
        for convert in (float, complex):
            assert refused(run, lambda convert=convert: convert(x[0, 0])), convert


STRANGERS = {
    "a view of no block": lambda x: np.zeros((3, 3)).view(Exact),
    "made by its constructor": lambda x: Exact((3, 3)),
    "copied by NumPy": lambda x: np.ndarray.copy(x),
    "reshaped by NumPy": lambda x: np.ndarray.reshape(x.T, 9),
    "taken by NumPy": lambda x: np.ndarray.take(x, [0, 1]),
    "other bits": lambda x: x.view(np.int64),
    "the imaginary part": lambda x: x.imag,
    "a wrapped result": lambda x: x.__array_wrap__(np.ones((3, 3))),
}


@pytest.mark.parametrize("name", STRANGERS)
def test_an_array_without_records_is_refused(name):
    with Run(0) as run:
        x = of(run, A)
        assert refused(run, lambda: STRANGERS[name](x) + 0)


# --- nothing but NotExact leaves the hooks

ERRORS = {
    "an index out of range": lambda x: x[7],
    "an assignment out of range": lambda x: x.__setitem__((0, 9), 1),
    "too many indices": lambda x: x[0, 0, 0],
    "a float as an index": lambda x: x[1.5],
    "an exact number as an index": lambda x: x[x[0, 0]],
    "shapes that do not fit": lambda x: x + np.ones(4),
    "a product that does not fit": lambda x: x @ np.ones((4, 4)),
    "a value that does not fit": lambda x: x.__setitem__(0, np.ones(5)),
    "a read-only array": lambda x: np.broadcast_to(x, (2, 3, 3)).__setitem__(0, 1),
    "a string": lambda x: x + "text",
    "a complex number": lambda x: x * 1j,
    "None": lambda x: x * None,
    "an object": lambda x: x * object(),
    "an axis there is not": lambda x: x.sum(5),
    "a shape that does not fit": lambda x: x.reshape(4, 4),
    "a plain out=": lambda x: np.add(x, x, out=np.zeros((3, 3), int)),
    "a wrong call": lambda x: np.einsum("ij,jk", x),
    "division by zero in the field": lambda x: 1 / (x - x + 0 * x),
    "a singular matrix": lambda x: np.linalg.inv(x * 0 + 1),
}


@pytest.mark.parametrize("name", ERRORS)
def test_nothing_but_not_exact_leaves_the_hooks(name):
    """Not even where code under test catches Exception: the flag decides."""
    with Run(0) as run:
        x = of(run, A)
        try:
            y = ERRORS[name](x)
        except Exception as error:  # what NumPy itself raises before any hook
            pytest.fail(f"{type(error).__name__} left: {error}")
        except NotExact:
            assert run.broken is not None
        else:
            assert name == "division by zero in the field"
            assert not np.isfinite(shadow(y)).any()
