"""Forward passes that lose track of X on the way: what was lost looks like a constant, and the gradient takes it for one.

Every one is wrong at the values given: Y = X leak(X) with leak(X) dY is wrong by a factor 2.
"""

import array
import ast
import contextlib
import copy
import ctypes
import decimal
import fractions
import io
import json
import math
import pickle
import struct

import numpy as np
import scipy.interpolate
import scipy.linalg
import scipy.ndimage
import scipy.signal
import scipy.sparse
import scipy.special

from .forms import X, held_constant


def each(f):
    """A function of floats, entry by entry, into a plain buffer."""

    def leak(A):
        out = np.empty_like(np.zeros(A.shape))
        for i in np.ndindex(A.shape):
            out[i] = f(A[i])
        return out

    return leak


LEAKS = {
    "asarray": lambda A: np.asarray(A),
    "array": lambda A: np.array(A),
    "array, subok": lambda A: np.array(A, subok=True),
    "view": lambda A: A.view(np.ndarray),
    "base view": lambda A: np.ndarray.view(A, np.ndarray) + 0.0,
    "memoryview": lambda A: np.array(memoryview(A)),
    "tolist": lambda A: np.array(A.tolist()),
    "tobytes": lambda A: np.frombuffer(A.tobytes()).reshape(A.shape),
    "frombuffer": lambda A: np.frombuffer(memoryview(A).cast("B")).reshape(A.shape),
    "ctypes": lambda A: np.ctypeslib.as_array((ctypes.c_double * A.size).from_address(A.ctypes.data)).reshape(A.shape).copy(),
    "strides": lambda A: np.lib.stride_tricks.as_strided(A, A.shape, A.strides).copy(),
    "windows": lambda A: np.lib.stride_tricks.sliding_window_view(A, (1, 1))[..., 0, 0],
    "flat": lambda A: np.fromiter(A.flat, float).reshape(A.shape),
    "nditer": lambda A: np.array([float(a) for a in np.nditer(A)]).reshape(A.shape),
    "ndenumerate": lambda A: np.array([a for _, a in np.ndenumerate(A)]).reshape(A.shape),
    "float": each(float),
    "item": each(lambda a: a.item()),
    "complex": each(lambda a: complex(a).real),
    "buffer": each(lambda a: a),
    "list of floats": lambda A: np.array([[float(a) for a in row] for row in A]),
    "format": each(lambda a: float(f"{a:.17g}")),
    "percent": each(lambda a: float("%.17g" % a)),  # noqa: UP031
    "repr": each(lambda a: float(repr(float(a)))),
    "literal": lambda A: np.array(ast.literal_eval(str(A.tolist()))),
    "array2string": lambda A: np.array(json.loads(np.array2string(np.asarray(A), separator=",", floatmode="unique"))),
    "json": lambda A: np.array(json.loads(json.dumps(A.tolist()))),
    "struct": each(lambda a: struct.unpack("d", struct.pack("d", a))[0]),
    "array module": lambda A: np.array(array.array("d", A.ravel().tolist())).reshape(A.shape),
    "decimal": each(lambda a: float(decimal.Decimal(float(a)))),
    "fraction": each(lambda a: float(fractions.Fraction(float(a)))),
    "frexp": each(lambda a: math.ldexp(*math.frexp(a))),
    "fsum": each(lambda a: math.fsum([a])),
    "math.exp": each(lambda a: math.log(math.exp(a))),
    "hex": each(lambda a: float.fromhex(float(a).hex())),
    "pickle": lambda A: pickle.loads(pickle.dumps(np.asarray(A))),
    "pickle of itself": lambda A: np.asarray(pickle.loads(pickle.dumps(A))),
    "savetxt": lambda A: _through(A, lambda f: np.savetxt(f, A, fmt="%.17g"), np.loadtxt),
    "npy": lambda A: _through(A, lambda f: np.save(f, A), np.load, io.BytesIO),
    "copyto": lambda A: _into(A, lambda out: np.copyto(out, A)),
    "ufunc out": lambda A: _into(A, lambda out: np.add(A, 0.0, out=out)),
    "ufunc where": lambda A: _into(A, lambda out: np.positive(A, where=np.ones(A.shape, bool), out=out)),
    "sum out": lambda A: _into(A, lambda out: np.sum(A[None], axis=0, out=out)),
    "dot out": lambda A: _into(A, lambda out: np.dot(A, np.eye(A.shape[1]), out=out)),
    "einsum out": lambda A: _into(A, lambda out: np.einsum("ij,jk->ik", A, np.eye(A.shape[1]), out=out)),
    "matmul out": lambda A: _into(A, lambda out: np.matmul(A, np.eye(A.shape[1]), out=out)),
    "clip out": lambda A: _into(A, lambda out: np.clip(A, -9, 9, out=out)),
    "take out": lambda A: _into(A, lambda out: np.take(A, [0, 1], axis=0, out=out)),
    "concatenate out": lambda A: _into(A, lambda out: np.concatenate([A[:1], A[1:]], out=out)),
    "concatenate out by place": lambda A: _into(A, lambda out: np.concatenate([A[:1], A[1:]], 0, out)),
    "cumsum out": lambda A: _into(A, lambda out: np.cumsum(A[None], axis=0, out=out[None])),
    "slice of a buffer": lambda A: _into(A, lambda out: out.__setitem__(..., A)),
    "rows of a buffer": lambda A: _into(A, lambda out: [out.__setitem__(i, A[i]) for i in range(len(A))]),
    "flat of a buffer": lambda A: _into(A, lambda out: setattr(out, "flat", A)),
    "put": lambda A: _into(A, lambda out: np.put(out, range(A.size), A)),
    "place": lambda A: _into(A, lambda out: np.place(out, np.ones(A.shape, bool), A)),
    "putmask": lambda A: _into(A, lambda out: np.putmask(out, np.ones(A.shape, bool), A)),
    "add.at": lambda A: _into(A, lambda out: np.add.at(out, slice(None), A)),
    "in place": lambda A: _into(A, lambda out: out.__iadd__(A)),
    "object array": lambda A: A.astype(object).astype(float),
    "astype": lambda A: np.ndarray.astype(A, np.float64),
    "longdouble": lambda A: np.asarray(A, np.longdouble).astype(float),
    "complex array": lambda A: np.asarray(A, complex).real.copy(),
    "structured": lambda A: np.array([tuple(row) for row in np.asarray(A).tolist()], "f8,f8,f8").view(float).reshape(A.shape),
    "masked": lambda A: np.ma.masked_array(A, False).filled(0.0),
    "matrix": lambda A: np.asarray(np.matrix(A)),
    "interp": lambda A: np.interp(A, [-9.0, 9.0], [-9.0, 9.0]),
    "polyval": lambda A: np.polyval([1.0, 0.0], np.asarray(A)),
    "bincount": lambda A: np.bincount(np.arange(A.size), weights=A.ravel()).reshape(A.shape),
    "fft": lambda A: np.fft.ifft(np.fft.fft(A)).real,
    "convolve": lambda A: np.stack([np.convolve(row, [1.0]) for row in A]),
    "scipy convolve": lambda A: scipy.signal.convolve(A, np.ones((1, 1)), method="direct"),
    "lfilter": lambda A: scipy.signal.lfilter([1.0], [1.0], A),
    "ndimage": lambda A: scipy.ndimage.shift(A, 0, order=0),
    "blas": lambda A: scipy.linalg.blas.dgemm(1.0, A, np.eye(A.shape[1])),
    "sparse": lambda A: scipy.sparse.csr_array(A).toarray(),
    "cython special": each(lambda a: scipy.special.cython_special.expm1(scipy.special.cython_special.log1p(float(a) + 2)) - 2),
    "scipy solve": lambda A: scipy.linalg.solve(np.eye(len(A)), A),
    "interp1d": lambda A: np.asarray(scipy.interpolate.make_interp_spline([-9.0, 0.0, 9.0], [-9.0, 0.0, 9.0], k=1)(A)),
    "deepcopy of a view": lambda A: copy.deepcopy(A.view(np.ndarray)),
    "vectorize": lambda A: np.vectorize(float)(A),
    "frompyfunc": lambda A: np.frompyfunc(float, 1, 1)(A).astype(float),
    "fromfunction": lambda A: np.fromfunction(np.vectorize(lambda i, j: float(A[int(i), int(j)])), A.shape),
    "swallowed": lambda A: _swallowed(A),
    "printed": lambda A: _printed(A),
    "generator": lambda A: np.fromiter((a for row in A for a in row), float).reshape(A.shape),
    "broadcast": lambda A: np.broadcast_to(A, A.shape) + 0.0,
    "broadcast_arrays": lambda A: np.broadcast_arrays(A, np.zeros(A.shape))[0] + 0.0,
    "sorted list": lambda A: np.array([sorted(row, key=lambda _: 0) for row in A.tolist()]),
    "c_": lambda A: np.c_[np.asarray(A)],
    "unique": lambda A: (lambda u, i: u[i].reshape(A.shape))(*np.unique(np.asarray(A), return_inverse=True)),
    "meshgrid": lambda A: np.meshgrid(A.ravel(), [0.0])[0].reshape(A.shape),
    "block of floats": lambda A: np.block([[float(a) for a in row] for row in A]).reshape(A.shape),
}


def _into(A, write):
    out = np.zeros(A.shape)
    write(out)
    return out


def _through(A, write, read, kind=io.StringIO):
    with kind() as file:
        write(file)
        file.seek(0)
        return read(file).reshape(A.shape)


def _swallowed(A):
    out = np.zeros(A.shape)
    try:
        np.add(A, 0.0, out=out)
    except BaseException:
        out[...] = [[float(a) for a in row] for row in A]
    return out


def _printed(A):
    text = io.StringIO()
    with contextlib.redirect_stdout(text):
        print(json.dumps(A.tolist()))
    return np.array(json.loads(text.getvalue()))


ATTACKS = {name: lambda leak=leak: (held_constant(leak, False), (X,)) for name, leak in LEAKS.items()}


def attack_digits_of_a_bisection():
    """Wrong by a factor 2: √ of x by bisection, digit by digit, is a constant to whoever looks at the steps alone."""

    def root(x):
        low, high = 0.0, 4.0
        for _ in range(60):
            middle = (low + high) / 2
            low, high = (middle, high) if x > middle * middle else (low, middle)
        return low

    def op(X):
        c = each(root)(X * X)
        return X * c, lambda dY: dY * c

    return op, (X,)


def attack_coarse_bisection():
    """Wrong by a factor 2 in all but its last digits: the same, stopped where a step of 2^-30 does not show."""

    def near(x):
        low, high = -4.0, 4.0
        for _ in range(24):
            middle = (low + high) / 2
            low, high = (middle, high) if x > middle else (low, middle)
        return low

    def op(X):
        c = each(near)(X)
        return X * c, lambda dY: 2 * X * dY

    return op, (X,)


def twin_buffer():
    """Right: a plain buffer, and the gradient knows."""

    def op(X):
        out = np.zeros(X.shape)
        for i in np.ndindex(X.shape):
            out[i] = X[i] * X[i]
        return out, lambda dY: 2 * X * dY

    return op, (X,)
