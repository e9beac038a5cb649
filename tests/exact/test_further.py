"""Every entry of the further table: right at examples, and every argument that NumPy takes right or refused."""

from fractions import Fraction

import numpy as np
import pytest

from numpy_lora.exact import NotExact, Run, equal
from numpy_lora.exact.further import TABLE
from tests.exact.points import assert_holds, of, outcome, same, shadow, tangent_of
from tests.exact.test_functions import OPTIONS, A, B, S, T, V, example, just
from tests.exact.twins import assert_twins, outcome_of_twins, variants

windows = np.lib.stride_tricks.sliding_window_view
POSITIVE = np.array(V) > 0
UNTIED = [[9, -7, 8], [10, 11, -9]]  # nor is an entry one of A

# function: what it is called with
EXAMPLES = {
    windows: [
        example(V, 2), example(S, (2, 2)), example(S, 2, 1), example(lambda m: m(A).T, 2, 0), example(V, (2, 2), (0, 0)),
        example(lambda m: m(V)[::-1], 3),
    ],
    np.putmask: [
        example(V, POSITIVE, 7.0), example(V, POSITIVE, [1, 2]), example(V, POSITIVE, [5, 6, 7, 8, 9]),
        example(A, np.array(A) > 0, [1, 2, 3, 4, 5, 6]), example(V, POSITIVE, np.zeros(0)),
    ],
    np.piecewise: [
        example(V, lambda m: [m(V) < 0, m(V) > 2.5], lambda m: [lambda v: -v, lambda v: v * v, 5.0]),
        example(V, lambda m: [m(V) < 9, m(V) > 2.5], lambda m: [lambda v: v + 1, lambda v: v * m(3)]),
        example(V, lambda m: [m(V) < 0], lambda m: [lambda v, k: v * k, lambda v, k: v + k], 3),
        example(V, lambda m: m(V) < 0, lambda m: [1.0, 2.0]),
        example(V, lambda m: [np.array([1, 0, 0, 1])], lambda m: [lambda v: v * v, 2.0]),
    ],
    np.place: [
        example(V, POSITIVE, 7.0), example(V, POSITIVE, [1, 2]), example(V, POSITIVE, [1, 2, 3, 5, 6]),
        example(A, np.array(A) > 0, [1, 2]), example(V, np.zeros(4, bool), [1]),
    ],
    np.polyval: [example([1, -2, 3], A), example([1, -2, 3], np.array(A, float)), example(np.array([2.0, 1]), V)],
    np.polyder: [example([1, -2, 3, 5]), example(V, 2), example(V, 0), example(V, 3)],
    np.cross: [
        example(S, [1, 2, 3]), example(S, S[::-1]), example(np.array([1.0, 2, 3]), S), example(B, B, 0, 0, 0),
        example(T, T),
    ],
    np.interp: [
        example([2.5, -1, 6, 2], np.array([1.0, 3, 5]), [2, -1, 4]), example([2, 0, 6], [1, 3, 5], [2, -1, 4]),
        example(np.array([2.5, 4]), np.array([1.0, 3, 5]), [2, -1, 4]), example(1.5, [1, 3, 5], [2, -1, 4]),
    ],
    np.quantile: [
        example(V, 0.5), example(A, 0.25, 1), example(A, np.array([0.25, 1, 0]), 0), example(V, np.array([0.5])),
        example([3], 0.5),
    ],
    np.partition: [example(V, 2), example(A, 1, 0), example(S, np.array([0, 1]))],
    np.nanmedian: [example(A), example(V)], np.nanquantile: [example(A, 0.25)], np.nanpercentile: [example(V, 50)],
    np.nanvar: [example(A)], np.nanstd: [example([3, 3, -1, -1])],
    np.insert: [
        example(V, 1, 7.0), example(V, np.array([0, 2]), [5, 6]), example(A, 1, [7, 8], 1),
        example(A, np.array([2, 2]), [[7, 8], [9, 5]], 1), example(A, slice(0, 3, 2), 6), example(np.array([1.0, 2]), 0, V),
    ],
    np.put: [
        example(V, np.array([0, -1]), [5, 6]), example(A, np.array([1, 4, 2]), 7.0), example(V, 2, 9),
        example(A, np.array([[0, 5]]), [7, 8, 9]),
    ],
    np.percentile: [example(V, 50), example(A, 25.0, 1), example(A, np.array([[25, 100]]), 0)],
    np.nansum: [example(A)], np.nanprod: [example(A)], np.nanmax: [example(A)], np.nanmin: [example(A)],
    np.nanmean: [example(A)], np.nancumsum: [example(A)], np.nancumprod: [example(V)],
    np.polyfit: [example([0, 1, 2, 4], V, 1), example(np.arange(4.0), V, 2)],
    np.choose: [
        example(np.array([1, 0, 1, 2]), lambda m: [m(V), m([5, 6, 7, 8]), 9]),
        example(np.array([0, 1]), lambda m: [m([1, 2]), 3.0]),
    ],
    np.sinc: [example([0, 0])],
    np.cov: [example(A), example(V)],
    np.corrcoef: [example([[1, 2, 4], [3, 6, 12], [2, 4, 8]]), example(V)],
    np.unique: [example([3, -1, 2]), example(A)],
    np.ediff1d: [example(V), example(A)],
    np.bincount: [example(np.array([0, 2, 2, 1]), V), example(np.array([4, 4, 0, 1]), V)],
    np.meshgrid: [example(V, [1, 2]), example(V), example(V, 1.5, [[1], [2]])],
    np.vander: [example(V), example(V, 2)],
    np.fill_diagonal: [example(S, 7.0), example(S, [1, 2, 3]), example(A, [8, 9]), example(B, 1), example(lambda m: m(A).T, 3)],
    np.convolve: [example(V, [1, 2, 3]), example([1, 2], V), example(np.array([1.0, 2]), V), example(V, [5])],
    np.correlate: [example(V, [1, 2, 3]), example(V, [1, -2]), example(V, V)],
}  # fmt: skip
INTO = {np.putmask, np.place, np.put, np.fill_diagonal}
VALUES = OPTIONS | {
    "writeable": just(True), "minlength": just(6, 0), "weights": [lambda m, r: m([1, 2, 3, 4])], "indexing": just("ij"),
    "return_index": just(True), "return_inverse": just(True), "return_counts": just(True), "sorted": just(False),
    "m": just(0, 2), "left": just(7.0), "right": just(8.0), "period": [*just(7.25), lambda m, r: m(7)],
    "method": just("lower", "higher", "nearest", "midpoint", "median_unbiased"),
    "axisa": just(0), "axisb": just(0), "axisc": just(0), "discont": just(4.0), "to_end": just(1.0, [2, 3]),
    "to_begin": just(4.0),
    "rowvar": just(False), "bias": just(True), "y": [lambda m, r: m(A)], "fweights": just(np.array([1, 2, 1])),
    "aweights": just([1.0, 2, 1]),
    "sparse": just(True), "N": just(2, 6), "increasing": just(True), "wrap": just(True),
    "mode": just("full", "same", "valid", "wrap", "clip", 1), "deg": just(0), "full": just(True), "w": just([1, 2, 1, 1]),
    "cov": just(True),
}  # fmt: skip
CASES = [(func, args) for func, many_args in EXAMPLES.items() for args in many_args]
NAMES = [f"{func.__name__}{n}" for func, many_args in EXAMPLES.items() for n in range(len(many_args))]


def called(func):
    def call(*args, **kwargs):
        result = func(*args, **kwargs)
        result = (args[0] if args else kwargs[next(iter(kwargs))]) if func in INTO else result
        return result * result if func is np.nanstd else result  # which is rational

    return call


def test_every_entry_has_an_example():
    assert set(EXAMPLES) == set(TABLE)


@pytest.mark.parametrize(("func", "args"), CASES, ids=NAMES)
def test_a_function_does_to_records_what_numpy_does_to_floats(func, args):
    assert_twins(lambda m: called(func)(*args(m)))


@pytest.mark.parametrize(("func", "args"), CASES, ids=NAMES)
def test_every_argument_is_right_or_refused(func, args):
    if func is np.piecewise:
        return  # its options are those of the functions that it calls
    for name, variant in variants(func, args, VALUES, call=called(func)):
        try:
            outcome_of_twins(lambda m, variant=variant: variant(m, called(func)(*args(m))))
        except AssertionError as error:
            raise AssertionError(f"{func.__name__}({name})") from error


OPTIONAL = {
    "unique, all told": lambda m: np.unique(m([3, -1, 7]), return_index=True, return_inverse=True, return_counts=True),
    "quantiles, kept": lambda m: np.quantile(m(A), 0.25, axis=1, keepdims=True),
    "quantiles over several axes": lambda m: np.quantile(m([A, UNTIED]), [0.25, 0.5], axis=(0, 2), keepdims=True),
    "a quantile of all, kept": lambda m: np.percentile(m(A), 30.0, keepdims=True),
    "quantiles that are entries": lambda m: (
        np.quantile(m(V), [0.4, 0.6], method="lower") + np.quantile(m(A), 0.4, method="higher")
    ),
    "quantiles between two": lambda m: np.quantile(m(V), 0.4, method="midpoint") + np.quantile(m(V), 0.4, method="nearest"),
    "partition flat": lambda m: np.partition(m(A), [1, 4], axis=None)[[1, 4]],
    "correlate by a longer one": lambda m: np.correlate(m([1, 2]), m(V), "full") * np.correlate(m([1, -2]), m(V), "full"),
    "the same of one length": lambda m: np.correlate(m([1, 2]), m(V), "same") + np.correlate(m([1, 2, 5]), m(V), "same"),
    "the same where all meet": lambda m: np.correlate(m([1, 2]), m(V)),
    "interp, filled": lambda m: np.interp(m([0, 9]), m([1, 3]), m([2, 5]), left=m(7), right=8.0),
    "interp, periodic": lambda m: np.interp(m([2, Fraction(27, 2), -3]), m([1, 5, 4]), m([2, 7, 9]), period=6.5),
    "choose, round and round": lambda m: np.choose([[0, 3], [-1, 2]], [m([1, 2]), m([5, 7])], mode="wrap"),
    "cross along an axis": lambda m: np.cross(m(S), m(S)[::-1], axis=0),
    "cov of columns": lambda m: np.cov(m(A), rowvar=False, bias=True),
    "ediff1d with ends": lambda m: np.ediff1d(m(V), to_end=m([1, 2]), to_begin=5.0),
    "minlength": lambda m: np.bincount([0, 2, 2, 1], m(V), minlength=6),
    "increasing": lambda m: np.vander(m(V), 3, increasing=True),
    "no powers": lambda m: np.vander(m(V), 1),
    "ij": lambda m: np.meshgrid(m(V), m([1, 2]), indexing="ij", sparse=True),
    "same": lambda m: np.convolve(m(V), m([1, 2]), "same"),
    "valid": lambda m: np.convolve(m(V), m([1, 2, 3]), "valid"),
    "correlate": lambda m: np.correlate(m(V), m([1, 2]), "full"),
    "keywords of piecewise": lambda m: np.piecewise(m(V), [m(V) < 0], [lambda v, k=0: v * k, lambda v, k=0: v + k], k=3),
}


@pytest.mark.parametrize("name", OPTIONAL)
def test_what_layers_pass_is_understood(name):
    assert_twins(OPTIONAL[name])


def test_sinc_is_what_it_is_called():
    with Run(0, dual=True) as run:
        x = of(run, [Fraction(1, 3), Fraction(-5, 2), 2], [1, 2, 3])
        y, expected = np.sinc(x), np.sin(np.pi * x) / (np.pi * x)
        assert equal(y, expected).all()
        assert same(tangent_of(run, y), tangent_of(run, expected))
        assert np.allclose(shadow(y), np.sinc([1 / 3, -2.5, 2]))


def test_windows_are_views():
    with Run(0) as run:
        x = of(run, V)
        view = windows(x, 2, writeable=True)
        view[0, 1] = 9
        assert_holds(run, x, [4, 9, 3, 2])
        assert_holds(run, view, [[4, 9], [9, 3], [3, 2]])
        assert not windows(x, 2).flags.writeable
        assert outcome(windows(x, 2).__setitem__, (0, 0), 1) is NotExact


def test_a_mask_or_a_bin_that_depends_on_numbers_is_logged():
    traces = []
    for last in (2, -2):
        with Run(0) as run:
            x = of(run, [*V[:3], last])
            np.piecewise(x, [x < 0], [1.0, 2.0])
            traces.append(run.trace)
    assert traces[0] != traces[1]
