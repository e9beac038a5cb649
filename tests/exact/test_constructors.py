"""NumPy's constructors replaced for a while: exact on one thread, put back whatever happens, other code untouched."""

import math
import sys
import threading
import types

import numpy as np
import pytest
import scipy.special

from numpy_lora.exact import Exact, NotExact, Run, equal
from numpy_lora.exact.constructors import _replacements, replaced
from tests.exact.points import assert_holds, of, outcome, same, tangent_of
from tests.exact.twins import assert_near, plain

A = [[3, -1, 2], [5, 7, -4]]
BEFORE = [(place, name, getattr(place, name)) for place, name, _ in _replacements()]


def untouched():
    return all(getattr(place, name) is original for place, name, original in BEFORE)


@pytest.fixture(autouse=True)
def restored():
    assert untouched()
    yield
    assert untouched()


def replacing(f, dual=False, modules=()):
    """What f(run, x) gives over exact numbers while constructors are replaced."""
    with Run(0, dual=dual) as run:
        x = of(run, A, A)
        with replaced(*modules):
            return f(run, x)


# --- what they give

BUFFERS = {
    "zeros": (lambda: np.zeros((2, 3)), np.zeros((2, 3), int)),
    "zeros of a length": (lambda: np.zeros(3), np.zeros(3, int)),
    "zeros by name": (lambda: np.zeros(shape=[2], dtype=float, order="F"), np.zeros(2, int)),
    "zeros of float64": (lambda: np.zeros(2, "f8"), np.zeros(2, int)),
    "ones": (lambda: np.ones((2, 1)), np.ones((2, 1), int)),
    "zeros like": (lambda: np.zeros_like(np.ones((2, 3))), np.zeros((2, 3), int)),
    "zeros like integers": (lambda: np.zeros_like(np.arange(2), dtype=float), np.zeros(2, int)),
    "ones like": (lambda: np.ones_like(np.zeros(2)), np.ones(2, int)),
    "full like": (lambda: np.full_like(np.zeros(2), 3), np.full(2, 3)),
    "full like booleans": (lambda: np.full_like(np.ones(2) > [True], dtype=np.float64, fill_value=2.0), np.full(2, 2)),
    "full": (lambda: np.full((2,), 3.0), np.full(2, 3)),
    "full of a dtype": (lambda: np.full(2, 3, dtype=float), np.full(2, 3)),
    "eye": (lambda: np.eye(2, 3, 1), np.eye(2, 3, 1, int)),
    "identity": (lambda: np.identity(2), np.eye(2, dtype=int)),
}


@pytest.mark.parametrize("name", BUFFERS)
def test_a_buffer_is_exact(name):
    make, expected = BUFFERS[name]

    def check(run, x):
        buffer = make()
        assert isinstance(buffer, Exact)
        assert_holds(run, buffer, expected)
        buffer[...] = x[0, 0]
        assert_holds(run, buffer, np.full(np.shape(expected), 3))

    replacing(check)


def test_an_empty_buffer_must_be_written_first():
    def check(run, x):
        buffer = np.empty((2, 3))
        assert outcome(lambda: buffer + 0) is NotExact
        run.broken = None
        buffer[:] = x
        assert_holds(run, buffer, A)

    replacing(check)


PLAIN = {
    "zeros of integers": lambda: np.zeros(3, int), "zeros of booleans": lambda: np.zeros(3, dtype=bool),
    "zeros of float32": lambda: np.zeros(3, np.float32), "ones of complex": lambda: np.ones(3, complex),
    "empty of objects": lambda: np.empty(3, object), "full of integers": lambda: np.full(3, 7),
    "zeros like, of integers": lambda: np.zeros_like(np.ones(3), dtype=int),
    "empty like integers": lambda: np.zeros_like(np.arange(3)), "full like integers": lambda: np.full_like(np.arange(3), 2.5),
    "full like float32": lambda: np.full_like(np.ones(3, np.float32), 2.5),
    "eye of integers": lambda: np.eye(2, dtype=int),
    "full of booleans": lambda: np.full(3, True), "array": lambda: np.array([1.0, 2.0]), "asarray": lambda: np.asarray([1, 2]),
    "array of a kind": lambda: np.array([[1, 2]], dtype=np.int8), "array, copied": lambda: np.array((1, 2), copy=True, ndmin=3),
    "sqrt": lambda: math.sqrt(2.0), "pow": lambda: math.pow(2, 3),
    "ndenumerate": lambda: [k for k, _ in np.ndenumerate(np.arange(2))],
    "vectorize": lambda: np.vectorize(abs)(np.arange(-2, 2)),
    "fromiter": lambda: np.fromiter((k * k for k in range(9)), int, 4), "fromiter of all": lambda: np.fromiter([1, 2], float),
    "as_strided": lambda: np.lib.stride_tricks.as_strided(np.arange(4), (2, 2), (8, 8)),
}  # fmt: skip


@pytest.mark.parametrize("name", PLAIN)
def test_what_holds_no_exact_number_is_made_as_ever(name):
    expected = PLAIN[name]()
    got = replacing(lambda run, x: PLAIN[name]())
    assert type(got) is type(expected)
    assert np.array_equal(got, expected)
    assert np.asarray(got).dtype == np.asarray(expected).dtype


CONVERTED = {
    "asarray": (np.asarray, False), "asanyarray": (np.asanyarray, False), "array": (np.array, True),
    "ascontiguousarray": (np.ascontiguousarray, False), "asfortranarray": (np.asfortranarray, False),
    "asarray_chkfinite": (np.asarray_chkfinite, False),
}  # fmt: skip


@pytest.mark.parametrize("name", CONVERTED)
def test_a_conversion_keeps_the_records_and_copies_where_numpy_does(name):
    def check(run, x):
        convert, copies = getattr(np, name), CONVERTED[name][1]
        for got in (convert(x), convert(x, float), convert(x, dtype=np.float64)):
            assert_holds(run, got, A)
            assert same(tangent_of(run, got), tangent_of(run, x))
            assert np.shares_memory(got, x) != copies
        assert_holds(run, convert([x[0], [1, 2, 3.5]]), [A[0], [1, 2, 3.5]])

    replacing(check, dual=True)


def test_conversions_understand_copy_and_ndmin_and_kinds():
    def check(run, x):
        for got, shares in (
            (np.array(x, copy=False), True),
            (np.array(x, copy=None), True),
            (np.asarray(x, copy=True), False),
            (np.asarray(x, copy=False), True),
            (np.asarray(x, float, copy=True), False),
        ):
            assert_holds(run, got, A)
            assert np.shares_memory(got, x) == shares
        assert np.array(x, ndmin=4).shape == (1, 1, 2, 3)
        assert np.array(x, int).dtype == int
        assert "rounded" not in run.seen
        assert_holds(run, np.asarray(x, np.float32), A)
        assert "rounded" in run.seen
        for dtype in (complex, object):
            assert outcome(np.array, x, dtype) is NotExact

    replacing(check)


def test_lists_and_items_of_exact_numbers_are_exact():
    def check(run, x):
        assert_holds(run, np.array(x.tolist()), A)
        assert_holds(run, np.array([x[0].tolist(), [1, 2, 3.5]]), [A[0], [1, 2, 3.5]])
        for got, expected in ((x[0, 0].item(), 3), (x[:1, :1].item(), 3), (x.item(4), 7), (x.item(1, 2), -4), (x[1].item(0), 5)):
            assert_holds(run, got, expected)
        for f in (np.sum, np.mean, np.max, np.prod, np.cumsum):
            assert equal(f([x[0, 0], x[1, 1], 2.0]), f(x[[0, 1, 0], [0, 1, 2]])).all()
        assert equal(np.sum([x, x], axis=0), 2 * x).all()
        assert outcome(x.item) is NotExact

    replacing(check)


FUNCTIONS = {
    "softmax": lambda x: scipy.special.softmax(x, axis=-1),
    "softmax of all": lambda x: scipy.special.softmax(x),
    "log_softmax": lambda x: scipy.special.log_softmax(x, axis=0),
    "logsumexp": lambda x: scipy.special.logsumexp(x, axis=1),
    "logsumexp of all": lambda x: scipy.special.logsumexp(x),
    "logsumexp, two axes": lambda x: scipy.special.logsumexp(x, axis=(0, 1), keepdims=True),
    "logsumexp with weights": lambda x: scipy.special.logsumexp(x, axis=1, b=np.array([1.0, 2.0, 0.5])),
    "vectorize": lambda x: np.vectorize(lambda v, w: v * w)(x, np.array([1.0, 2.0, 3.0])),
    "ndenumerate": lambda x: sum(v * (k[0] + 2 * k[1]) for k, v in np.ndenumerate(x)),
    "math": lambda x: math.exp(x[0, 1]) + math.tanh(x[0, 0]) + math.sqrt(x[1, 1]) + math.pow(x[0, 2], 3) + math.fabs(x[1, 2]),
    "fromiter": lambda x: np.fromiter((v * v for v in x[0]), float),
    "fromiter, two of them": lambda x: np.fromiter(iter(x[1]), dtype=np.float64, count=2),
    "as_strided": lambda x: np.lib.stride_tricks.as_strided(x, (2, 2, 2), (24, 8, 8)),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_of_compiled_code_is_composed_anew(name):
    got = replacing(lambda run, x: (type(FUNCTIONS[name](x)), np.array(FUNCTIONS[name](x).view(np.ndarray))))
    assert got[0] is Exact
    assert_near(got[1], FUNCTIONS[name](plain(A)), 256)


def test_softmax_sums_to_one_and_its_logarithm_is_log_softmax():
    def check(run, x):
        p = scipy.special.softmax(x, axis=1)
        assert equal(p.sum(axis=1), 1).all()
        assert equal(np.exp(scipy.special.log_softmax(x, axis=1)), p).all()
        assert equal(np.exp(x - scipy.special.logsumexp(x, axis=1, keepdims=True)), p).all()

    replacing(check)


# --- where they reach

SOURCE = "def make(n):\n    return zeros(n), arr([1.0]), root(4.0)\n"


def module_with_names_of_its_own():
    module = types.ModuleType("names_of_its_own")
    module.__dict__.update(zeros=np.zeros, arr=np.array, root=math.sqrt)
    exec(SOURCE, module.__dict__)
    return module


def test_a_module_s_own_names_are_reached_where_it_is_named_and_put_back():
    module = module_with_names_of_its_own()
    names = dict(vars(module))
    assert type(replacing(lambda run, x: module.make(2))[0]) is np.ndarray
    made = replacing(lambda run, x: (module.make(2), dict(vars(module))), modules=[vars(module)])
    assert isinstance(made[0][0], Exact)
    assert made[0][2] == 2.0
    assert made[1] != names
    assert dict(vars(module)) == names


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, NotExact, SystemExit])
def test_whatever_happens_all_is_put_back(error):
    module = module_with_names_of_its_own()
    names = dict(vars(module))

    def fail(run, x):
        raise error

    with pytest.raises(error):
        replacing(fail, modules=[vars(module)])
    assert dict(vars(module)) == names
    assert untouched()


def test_other_threads_get_what_they_always_got():
    found = []

    def check(run, x):
        thread = threading.Thread(target=lambda: found.append((np.zeros(2), np.array([1.0]), math.sqrt(4.0))))
        thread.start()
        thread.join()
        assert isinstance(np.zeros(2), Exact)

    replacing(check)
    assert [type(a) for a in found[0]] == [np.ndarray, np.ndarray, float]


def test_numpys_own_code_does_not_notice():
    """What runs inside a hook, and modules that have names of their own, make plain arrays."""

    def check(run, x):
        run.inside = True
        assert type(np.zeros(2)) is np.ndarray
        run.inside = False
        for rng in (np.random.default_rng(0), np.random.RandomState(0), np.random):
            for drawn in (rng.normal(size=2), rng.uniform(0, 1, 2), rng.binomial(1, 0.5, 2), rng.gamma(1, 1, 2)):
                assert type(drawn) is np.ndarray
        assert type(np.linspace(0, 1, 3)) is np.ndarray
        assert type(np.arange(3.0)) is np.ndarray

    replacing(check)
    with replaced():
        assert type(np.zeros(2)) is np.ndarray  # outside a run


def test_one_inside_the_other_is_undone_in_turn():
    with Run(0), replaced():
        once = np.zeros
        with replaced():
            assert isinstance(np.zeros(2), Exact)
        assert np.zeros is once
    assert "numpy_lora.exact.constructors" in sys.modules
