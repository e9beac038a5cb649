"""Every entry of the tables of functions: right at an example, and every argument that NumPy takes right or refused."""

import numpy as np
import pytest

from numpy_lora.exact import NotExact, Run, further
from numpy_lora.exact.functions import NATIVE, SELECTIONS, TABLE
from numpy_lora.exact.moves import JOINS, MOVES
from tests.exact.points import of, outcome
from tests.exact.twins import REFUSED, RIGHT, assert_twins, outcome_of_twins, parts, variants

A = [[3, -1, 2], [5, 7, -4]]
B = [[2, -5], [1, 3], [4, -2]]
S = [[3, 1, 2], [0, 4, -1], [5, 2, 6]]
T = [S, [[2, 0, 1], [1, 3, -2], [0, 1, 4]]]
V = [4, -1, 3, 2]
C = [7, -3, 4]
MASK = np.array([[True, False, True], [False, True, True]])


def example(*args):
    """What the function is called with, the nested lists made numbers by m."""
    return lambda m: tuple(a(m) if callable(a) else m(a) if isinstance(a, list) else a for a in args)


def many(*lists):
    return lambda m: [m(x) for x in lists]


# function: what it is called with
EXAMPLES = {
    # NumPy's own code
    np.sum: example(A), np.mean: example(A), np.var: example(A), np.std: example(A), np.prod: example(A),
    np.max: example(A), np.min: example(A), np.amax: example(A), np.amin: example(A), np.any: example(A), np.all: example(S),
    np.clip: example(A, -2, 4), np.ptp: example(A), np.transpose: example(T), np.swapaxes: example(T, 0, 2),
    np.moveaxis: example(T, 0, -1), np.rollaxis: example(T, 2), np.expand_dims: example(A, 1), np.squeeze: example([[[3], [1]]]),
    np.reshape: example(A, (3, 2)), np.ravel: example(A), np.matrix_transpose: example(T), np.split: example(V, 2),
    np.array_split: example(V, 3), np.hsplit: example(A, 3), np.vsplit: example(A, 2), np.dsplit: example(T, 3),
    np.flip: example(A), np.fliplr: example(A), np.flipud: example(A), np.rot90: example(A), np.diagonal: example(T),
    np.atleast_1d: example(V, A), np.atleast_2d: example(V, A), np.atleast_3d: example(V, A), np.diff: example(A),
    np.shape: example(A), np.ndim: example(A), np.size: example(A), np.iscomplexobj: example(A), np.isrealobj: example(A),
    np.result_type: example(A, np.dtype("f4")), np.common_type: example(A), np.can_cast: example(lambda m: m(A).dtype, "f4"),
    np.may_share_memory: example(A, A), np.shares_memory: example(A, A),
    np.gradient: example(S), np.trapezoid: example(A), np.diag_indices_from: example(S),
    np.linalg.cond: example(S, 1), np.linalg.matrix_rank: example(A),
    np.linalg.matrix_norm: example([[[3, 1], [5, 9]], [[2, -4], [1, 6]]]), np.linalg.vector_norm: example([[1, 2], [-3, 6]]),
    np.linalg.diagonal: example(T),
    np.linalg.trace: example(T), np.linalg.matrix_transpose: example(T), np.linalg.outer: example(C, V),
    np.linalg.cross: example(S, [1, 2, 3]), np.linalg.tensordot: example(A, A), np.linalg.matmul: example(A, B),
    # selections
    np.argmax: example(A), np.argmin: example(A), np.argsort: example(A), np.nonzero: example(A), np.flatnonzero: example(A),
    np.argwhere: example(A), np.count_nonzero: example(A), np.searchsorted: example([-1, 2, 3, 4], C), np.lexsort: example(S),
    np.argpartition: example(V, 2), np.array_equal: example(A, A), np.allclose: example(A, A), np.isclose: example(A, C),
    np.digitize: example(A, [0.5, 3.5]), np.round: example(A), np.around: example(A), np.array_equiv: example(A, A),
    np.iscomplex: example(A), np.isreal: example(A), np.fix: example(A),
    np.isposinf: example(A), np.isneginf: example(A),
    # what moves and joins
    np.tile: example(A, (2, 1)), np.repeat: example(A, 2), np.roll: example(A, 1), np.pad: example(A, ((1, 0), (2, 1))),
    np.take: example(A, np.array([1, -1])), np.take_along_axis: example(A, np.array([[2], [0]])), np.delete: example(A, 1),
    np.resize: example(V, (2, 3)), np.tril: example(S), np.triu: example(S), np.diag: example(S), np.diagflat: example(A),
    np.concatenate: example(many(A, S)), np.stack: example(many(A, A)), np.hstack: example(many(A, A)),
    np.vstack: example(many(V, V)), np.dstack: example(many(A, A)), np.column_stack: example(many(C, S)),
    np.block: example(lambda m: [[m(S), m(B)], [np.zeros((1, 3)), m([[1, 2]])]]),
    # our own
    np.where: example(MASK, A, C), np.select: example(lambda m: [MASK, m(A) < 0], many(A, C)), np.zeros_like: example(A),
    np.ones_like: example(A), np.full_like: example(A, C), np.copy: example(A), np.sort: example(A), np.cumsum: example(A),
    np.cumprod: example(A), np.nan_to_num: example(A), np.apply_along_axis: example(lambda m: lambda v: v[::2] * v[0], 1, A),
    np.median: example(A), np.average: example(A), np.append: example(A, [1, 2]), np.broadcast_to: example(V, (3, 4)),
    np.broadcast_arrays: example(V, [[1], [2]]), np.copyto: example(A, C), np.compress: example(MASK[0], A, 1),
    np.extract: example(MASK, A), np.put_along_axis: example(A, np.array([[2], [0]]), [[9], [8]], 1), np.real: example(A),
    np.imag: example(A), np.real_if_close: example(A), np.einsum: example("ij,jk->ik", A, B), np.dot: example(A, B),
    np.inner: example(A, S), np.outer: example(C, V), np.vdot: example(A, A), np.tensordot: example(A, A),
    np.trace: example(T), np.kron: example(A, B), np.linalg.multi_dot: example(many(A, B, A)), np.linalg.norm: example(A),
    np.linalg.inv: example(S), np.linalg.solve: example(S, C), np.linalg.det: example(T),
    np.linalg.matrix_power: example(S, 3), np.linalg.slogdet: example(S),
    np.linalg.qr: example([[3, 1], [4, 2]]), np.linalg.lstsq: example([[1, 0], [0, 1], [1, 1]], C),
    np.einsum_path: example("ij,jk->ik", A, B),
    np.linalg.cholesky: example([[4, 2, -6], [2, 10, 0], [-6, 0, 14]]), np.linalg.pinv: example([[1, 0], [0, 1], [1, 1]]),
}  # fmt: skip
EXAMPLES[np.empty_like] = example(A)
if hasattr(np, "unstack"):  # of NumPy 2.1
    EXAMPLES |= {np.unstack: example(A), np.astype: example(A, np.dtype("f8"))}
    EXAMPLES |= {np.cumulative_sum: example(V), np.cumulative_prod: example(V)}
SPECTRA = {np.linalg.eigh, np.linalg.eigvalsh, np.linalg.svd, np.linalg.svdvals}  # shown in test_spectra
INTO = {np.copyto, np.put_along_axis}  # they write into their first argument
SQUARED = {np.std, np.linalg.norm, np.linalg.matrix_norm, np.linalg.vector_norm}  # their squares are rational


def called(func):
    """The function, its result such that it can be compared."""

    def call(*args, **kwargs):
        result = func(*args, **kwargs)
        if func in INTO:
            return args[0] if args else kwargs[next(iter(kwargs))]
        if func is np.empty_like:
            result[...] = 3
        if func is np.linalg.lstsq:
            return result[:3]  # the singular values are no rational numbers
        if func is np.linalg.slogdet:
            return result[0] + 0, np.exp(result[1])
        return result * result if func in SQUARED else result

    return call


def zeros(m, result):
    """An array for out=, of the shape and kind of what the call gives without it."""
    (part,) = parts(result)
    part = np.asarray(part)
    return m(np.zeros(part.shape, int).tolist()) if part.dtype.kind == "f" else np.zeros(part.shape, part.dtype)


def just(*values):
    return [lambda m, r, value=value: value for value in values]


AXES = just(0, 1, -1, (0, 1), (), None)
OPTIONS = {
    "axis": AXES, "axis1": just(1, 2), "axis2": just(0, 2), "axes": just(1, 0, ([1], [1]), (1, 0), (2, 0, 1)),
    "out": [zeros], "dtype": just(float, np.float32, int, bool), "keepdims": just(True, False),
    "where": just(MASK, [True, False, True], False), "initial": [*just(2.0, None), lambda m, r: m(3)], "ddof": just(1),
    "correction": just(1), "mean": [lambda m, r: m(2), lambda m, r: m([1, 2, 3])],
    "a_min": just(0), "a_max": just(1), "min": just(0), "max": [lambda m, r: m([1, 2, 3])],
    "n": just(0, 2), "prepend": [lambda m, r: m([[1], [2]])], "append": just(0), "start": just(1), "max_work": just(1),
    "order": just("F", "A", "K", "C"), "copy": just(True, False), "offset": just(1, -1), "k": just(1, -1, 2),
    "equal_nan": just(True), "rtol": just(2.0), "atol": just(3.0), "right": just(True), "kind": just("stable", "heapsort"),
    "stable": just(True), "decimals": just(1, -1), "side": just("right"), "sorter": just([3, 0, 1, 2]),
    "x": [], "y": [], "default": [*just(2.5), lambda m, r: m(A)], "subok": just(True, False), "shape": just((2,), 3),
    "device": just("cpu"), "nan": just(1.0), "posinf": just(2.0), "neginf": just(3.0), "overwrite_input": just(True),
    "returned": just(True), "weights": [*just([1, 3]), lambda m, r: m(A), lambda m, r: m([1, 2])],
    "casting": just("no", "unsafe"), "tol": just(3), "optimize": just(True, "greedy"),
    "mode": just("wrap", "clip", "edge", "reflect", "mean", "symmetric"),
    "dx": [*just(2.0), lambda m, r: m(3)], "edge_order": just(2), "varargs": just(2.0),
    "ord": just(-1, np.inf, -np.inf, 0, "fro"), "upper": just(True), "rcond": just(0.1), "hermitian": just(True),
    "constant_values": just(0, 3, (0, 1)), "end_values": just(1),
    "stat_length": just(1), "include_initial": just(True),
    "p": just(-1, np.inf, "fro"), "einsum_call": just(True), "reflect_type": just("odd"),
}  # fmt: skip
UNTOLD = {
    np.clip: ["dtype", "casting", "where", "order", "subok"],
    np.einsum: ["dtype", "order", "casting"],
    np.pad: ["constant_values", "end_values", "stat_length", "reflect_type"],
}  # options that the signature hides in **kwargs
FUNCTIONS = sorted(EXAMPLES, key=lambda f: f.__name__)


def test_every_entry_has_an_example():
    assert set(EXAMPLES) == set(TABLE) - SPECTRA | NATIVE | MOVES | JOINS | SELECTIONS
    assert len(EXAMPLES) + len(SPECTRA) == sum(map(len, (TABLE, NATIVE, MOVES, JOINS, SELECTIONS)))


@pytest.mark.parametrize("func", FUNCTIONS, ids=lambda f: f.__name__)
def test_a_function_does_to_records_what_numpy_does_to_floats(func):
    assert_twins(lambda m: called(func)(*EXAMPLES[func](m)))


@pytest.mark.parametrize("func", FUNCTIONS, ids=lambda f: f.__name__)
def test_every_argument_is_right_or_refused(func):
    args, call = EXAMPLES[func], called(func)
    if func is np.apply_along_axis:
        return  # its options are those of the function that it calls
    for name, variant in variants(func, args, OPTIONS, UNTOLD.get(func, ()), call):
        try:
            outcome_of_twins(lambda m, variant=variant: variant(m, call(*args(m))))
        except AssertionError as error:
            raise AssertionError(f"{func.__name__}({name})") from error


ALSO = {
    "block of an array": lambda m: np.block(m(A)),
    "block in a row": lambda m: np.block([m(V), 1.0]),
    "concatenate rows": lambda m: np.concatenate(m(A)),
    "concatenate flat": lambda m: np.concatenate([m(A), m(V)], axis=None),
    "stack of lists": lambda m: np.stack([m(V), [1, 2, 3, 4]], axis=-1),
    "where by a number": lambda m: np.where(m(A), m(A) * 2, 7),
    "where without branches": lambda m: np.where(m(A) > 0),
    "select by numbers": lambda m: np.select([m(A) > 4, m(A) < 0], [1, m(A)]),
    "average over two axes": lambda m: np.average(m(T), axis=(0, 2)),
    "plain numbers, exact weights": lambda m: np.average(np.array(A, float), axis=1, weights=m([1, 3, 4])),
    "median of an even number": lambda m: np.median(m(V)),
    "average and its weights": lambda m: np.average(m(A), axis=1, weights=m([1, 3, 4]), returned=True),
    "average, returned": lambda m: np.average(m(A), axis=0, returned=True),
    "average, kept": lambda m: np.average(m(A), 1, m([1, 3, 4]), keepdims=True),
    "median over two axes": lambda m: np.median(m([A, [[9, -7, 8], [10, 11, -9]]]), axis=(0, -1)),
    "median, all axes kept": lambda m: np.median(m(A), keepdims=True),
    "apply_along_axis to matrices": lambda m: np.apply_along_axis(np.diag, -1, m(A)),
    "apply_along_axis with options": lambda m: np.apply_along_axis(lambda v, k, b=0: v * k + b, 0, m(A), 2, b=1),
    "repeat by counts": lambda m: np.repeat(m(A), [1, 2, 0], axis=1),
    "delete by a mask": lambda m: np.delete(m(V), np.array([True, False, False, True])),
    "resize by repetition": lambda m: np.resize(m(V), (3, 3)),
    "pad by a constant": lambda m: np.pad(m(A), ((1, 0), (2, 1)), constant_values=3.0),
    "pad by a constant in a tuple": lambda m: np.pad(m(A), 1, "constant", constant_values=(2,)),
    "pad by name": lambda m: np.pad(m(A), pad_width=1, mode="edge"),
    "diag of a vector": lambda m: np.diag(m(V), -1),
    "writing to the diagonal that einsum gives": lambda m: written(m(S), lambda a: np.einsum("ii->i", a).__setitem__(0, m(7))),
    "reshape of a transpose": lambda m: np.reshape(m(A).T, (2, 3)),
    "reshape by columns": lambda m: m(A).T.reshape(2, 3, order="F"),
    "put_along_axis, flat": lambda m: put_along(m(A), np.array([0, 4]), m([9, 8]), None),
    "put_along_axis, broadcast": lambda m: put_along(m(A), np.array([[1]]), 7.0, 1),
    "copyto by a list": lambda m: called(np.copyto)(m(A), 7.0, where=[True, False, True]),
    "a maximum over nothing": lambda m: np.max(m(A)[:0], axis=0, initial=2.0),
    "a sum over nothing": lambda m: np.sum(m(A)[:0], axis=0),
    "a product over nothing": lambda m: np.prod(m(A)[:0], axis=0),
}


def written(a, write):
    write(a)
    return a


def put_along(a, *args):
    np.put_along_axis(a, *args)
    return a


@pytest.mark.parametrize("name", ALSO)
def test_other_forms_do_the_same(name):
    if name == "a maximum over nothing":
        assert outcome_of_twins(ALSO[name]) == REFUSED
    else:
        assert_twins(ALSO[name])


UNDERSTOOD = {
    np.sum: ["axis", "out", "keepdims", "where", "initial"], np.mean: ["axis", "out", "keepdims", "where"],
    np.var: ["axis", "out", "keepdims", "where", "ddof", "correction"], np.max: ["axis", "out", "keepdims", "initial"],
    np.prod: ["axis", "out", "keepdims", "initial"], np.clip: ["out"], np.diff: ["n", "axis", "prepend", "append"],
    np.trace: ["offset", "axis1", "axis2"], np.einsum: ["out", "optimize"], np.dot: ["out"], np.tensordot: ["axes"],
    np.linalg.norm: ["axis", "keepdims"], np.median: ["axis", "keepdims"], np.average: ["axis", "weights"], np.roll: ["axis"],
    np.take: ["axis", "mode"], np.pad: ["mode"], np.cumsum: ["axis", "out"], np.sort: ["axis", "kind"], np.diagonal: ["offset"],
    np.zeros_like: ["dtype", "shape", "order"], np.tril: ["k"], np.stack: ["axis"], np.argmax: ["axis", "keepdims"],
    np.copyto: ["where"], np.select: ["default"], np.reshape: ["order"],
}  # fmt: skip


@pytest.mark.parametrize("func", UNDERSTOOD, ids=lambda f: f.__name__)
def test_what_layers_pass_is_understood(func):
    args, call = EXAMPLES[func], called(func)
    held = {
        name.partition("=")[0].partition(" ")[0]
        for name, variant in variants(func, args, OPTIONS, UNTOLD.get(func, ()), call)
        if outcome_of_twins(lambda m, variant=variant: variant(m, call(*args(m)))) == RIGHT
    }
    assert set(UNDERSTOOD[func]) <= held


NOT_STRUCTURAL = {
    np.sum, np.mean, np.var, np.std, np.prod, np.max, np.min, np.amax, np.amin, np.any, np.all, np.ptp, np.result_type,
    np.linalg.matrix_norm, np.linalg.vector_norm,
}  # fmt: skip
VIEWS = [f for f in FUNCTIONS if f in NATIVE - NOT_STRUCTURAL | MOVES or f in (np.diag, np.real, np.broadcast_to, np.einsum)]


@pytest.mark.parametrize("func", VIEWS, ids=lambda f: f.__name__)
def test_a_view_is_one_where_numpys_is(func):
    def shares(m):
        args = ("ii->i", m(S)) if func is np.einsum else EXAMPLES[func](m)
        results = [part for part in parts(func(*args)) if isinstance(part, np.ndarray)]
        return [[np.shares_memory(part, a) for a in args if isinstance(a, np.ndarray)] for part in results]

    expected = shares(lambda x: np.array(x, float))
    with Run(0) as run:
        assert shares(lambda x: of(run, x)) == expected


def test_a_function_in_no_table_is_refused_by_name():
    with Run(0) as run:
        for func in (np.linalg.eig, np.fft.fft, np.histogram):
            run.broken = None
            assert func not in EXAMPLES.keys() | further.TABLE.keys()
            assert outcome(func, of(run, S)) is NotExact
            assert func.__name__ in run.broken
