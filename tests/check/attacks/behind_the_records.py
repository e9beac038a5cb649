"""Gradients that are right until something that knows only floats writes into their memory.

Every one is wrong in its first entry at the values given: by a factor 2 (loud) and by 1 + 2^-35 (quiet).
"""

import ctypes

import numpy as np
import scipy.linalg

from .forms import LOUD, QUIET, X, spoilt


def by_view(dX, f):
    dX.view(np.ndarray)[0, 0] *= f


def by_asarray(dX, f):
    np.asarray(dX)[0, 0] *= f


def by_flat(dX, f):
    dX.flat[0] = float(dX.flat[0]) * f


def by_flat_slice(dX, f):
    dX.flat = [float(dX.flat[0]) * f, *[float(v) for v in dX.flat][1:]]


def by_put(dX, f):
    np.put(dX, [0], float(dX[0, 0]) * f)


def by_itemset(dX, f):
    dX.view(np.ndarray).reshape(-1)[:1] *= f


def by_memoryview(dX, f):
    view = memoryview(dX)
    view[0, 0] = view[0, 0] * f


def by_ctypes(dX, f):
    at = ctypes.cast(dX.ctypes.data, ctypes.POINTER(ctypes.c_double))
    at[0] = at[0] * f


def by_buffer(dX, f):
    np.ndarray(dX.shape, float, buffer=dX)[0, 0] *= f


def by_frombuffer(dX, f):
    np.frombuffer(memoryview(dX).cast("B"), float)[:1] *= f


def by_strides(dX, f):
    np.lib.stride_tricks.as_strided(dX, (1,), (8,))[...] *= f


def by_strides_kept(dX, f):
    np.lib.stride_tricks.as_strided(dX, (1,), (8,), subok=True)[...] *= f


def by_windows(dX, f):
    np.lib.stride_tricks.sliding_window_view(dX, 1, axis=0, writeable=True)[0, 0, 0] *= f


def by_nditer(dX, f):
    with np.nditer(dX, op_flags=[["readwrite"]]) as steps:
        for n, entry in enumerate(steps):
            entry[...] = entry * (f if n == 0 else 1)


def by_copyto(dX, f):
    changed = np.array(dX.view(np.ndarray))
    changed[0, 0] *= f
    np.copyto(dX, changed)


def by_copyto_view(dX, f):
    np.copyto(dX.view(np.ndarray)[:1, :1], float(dX[0, 0]) * f)


def by_out(dX, f):
    plain = dX.view(np.ndarray)[:1, :1]
    np.multiply(plain, f, out=plain)


def by_bits(dX, f):
    dX.view(np.int64)[0, 0] += 1 << (52 if f == LOUD else 20)


def by_bytes(dX, f):
    changed = np.float64(float(dX[0, 0]) * f).tobytes()
    memoryview(dX).cast("B")[:8] = changed


def by_setfield(dX, f):
    dX[:1, :1].setfield(float(dX[0, 0]) * f, float)


def by_byteswap(dX, f):
    dX.byteswap(inplace=True)
    dX.view(np.ndarray)[...] = dX.view(np.ndarray).byteswap()
    dX.view(np.ndarray)[0, 0] *= f


def by_lapack(dX, f):
    scipy.linalg.blas.dscal(f, dX.view(np.ndarray).reshape(-1), n=1)


def by_lapack_itself(dX, f):
    scipy.linalg.blas.dscal(f, dX.reshape(-1), n=1)


def by_partition(dX, f):
    dX[:1, :1].view(np.ndarray).partition(0)
    dX.view(np.ndarray)[:, :1].sort(axis=0)
    dX.view(np.ndarray)[0, 0] *= f


def by_base(dX, f):
    array = dX
    while isinstance(array.base, np.ndarray) and array.base.dtype == np.float64:
        array = array.base
    array.view(np.ndarray).reshape(-1)[:1] *= f


def by_swapped_rows(dX, f):
    plain = dX.view(np.ndarray)
    plain[:, 0] = plain[::-1, 0] if f == LOUD else plain[:, 0] * f


def by_ufunc_at(dX, f):
    np.multiply.at(dX.view(np.ndarray).reshape(-1), [0], f)


def by_apply_over(dX, f):
    np.place(dX.view(np.ndarray), np.arange(6).reshape(2, 3) == 0, float(dX[0, 0]) * f)


def by_putmask(dX, f):
    np.putmask(dX, np.arange(6).reshape(2, 3) == 0, float(dX[0, 0]) * f)


def by_fill_diagonal(dX, f):
    np.fill_diagonal(dX, [float(dX[0, 0]) * f, float(dX[1, 1])])


def by_shuffle(dX, f):
    plain = dX.view(np.ndarray)
    np.random.default_rng(0).shuffle(plain, axis=1)
    plain[0, 0] *= f


def by_dlpack(dX, f):
    np.from_dlpack(dX)[0, 0] *= f


SPOILERS = {name.removeprefix("by_"): f for name, f in list(globals().items()) if name.startswith("by_")}
ATTACKS = {
    f"{name}, {size}": lambda f=f, k=k: (spoilt(f, k), (X,))
    for name, f in SPOILERS.items()
    for size, k in (("loud", LOUD), ("quiet", QUIET))
}


def attack_argument_changed_behind_in_forward():
    """Wrong everywhere: Y = (2X)², its gradient that of X²; a plain write makes the record of X lag behind."""

    def op(X):
        X.view(np.ndarray)[...] *= 2
        return X * X, lambda dY: X * dY

    return op, (X,)


def attack_output_changed_behind():
    """Wrong by a factor 3: the output is tripled behind its records."""

    def op(X):
        Y = X * X
        Y.view(np.ndarray)[...] *= 3
        return Y, lambda dY: 2 * X * dY

    return op, (X,)


def attack_cotangent_changed_behind():
    """Wrong by 1 + 2^-35 in the row of which dY was scaled behind its records."""

    def op(X):
        def backward(dY):
            dY.view(np.ndarray)[0] *= QUIET
            return 2 * X * dY

        return X * X, backward

    return op, (X,)


def attack_sorted_behind():
    """Wrong: the gradient of the sum of the two largest goes to where they stood before the plain sort."""

    def op(X):
        def backward(dY):
            dX = 2 * X * dY
            dX.view(np.ndarray).sort(axis=0)
            return dX

        return X * X, backward

    return op, (X,)


def twin_written_through_its_own_door():
    """Right: written by assignment."""

    def op(X):
        def backward(dY):
            dX = 2 * X * dY
            dX[0, 0] = dX[0, 0] * 1.0
            return dX

        return X * X, backward

    return op, (X,)
