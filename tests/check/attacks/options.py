"""Keyword arguments and layouts that a half-made imitation of NumPy forgets. Each is wrong at the values given, as it says."""

import numpy as np

from .forms import WHOLE, X

S = np.array([[1.3, 0.7, -0.4], [0.7, 2.1, 0.9], [-0.4, 0.9, 0.6]])
HALF = np.array([[True, False, True], [False, True, True]])


def claims(f, slope, values=X):
    """Y = f(X), with the gradient that it has if an option is not heeded."""
    return lambda: (lambda X: (f(X), lambda dY: slope(dY)), (values,))


def whole(d):
    """The gradient of a sum over all."""
    return d + np.zeros((2, 3))


ATTACKS = {
    "sum where": claims(lambda X: np.sum(X, where=HALF), whole),
    "sum method where": claims(lambda X: X.sum(where=HALF), whole),
    "mean where": claims(lambda X: np.mean(X, where=HALF), lambda d: whole(d) / 6),
    "add.reduce where": claims(lambda X: np.add.reduce(X, axis=None, where=HALF), whole),
    "prod where": claims(lambda X: np.prod(X * 0 + X, where=HALF, axis=0), lambda d: d + np.zeros((2, 3))),
    "max where": claims(lambda X: np.max(X, where=~HALF, initial=-9.0), lambda d: d * (X.max() == X)),
    "max initial": claims(lambda X: np.max(X, initial=9.0), lambda d: d * (X.max() == X)),
    "min initial": claims(lambda X: np.min(X, initial=-9.0), lambda d: d * (X.min() == X)),
    "prod initial": claims(lambda X: np.prod(X, initial=3.0), lambda d: d * np.prod(X) / X),
    "var where": claims(lambda X: np.var(X, where=HALF), lambda d: d * 2 * (X - X.mean()) / 6),
    "var ddof": claims(lambda X: np.var(X, ddof=1), lambda d: d * 2 * (X - X.mean()) / 6),
    "var correction": claims(lambda X: np.var(X, correction=1), lambda d: d * 2 * (X - X.mean()) / 6),
    "std ddof": claims(lambda X: np.std(X, ddof=2), lambda d: d * (X - X.mean()) / X.std() / 6),
    "var mean": claims(lambda X: np.var(X, mean=np.array(0.3)), lambda d: d * 2 * (X - X.mean()) / 6),
    "sum over axes and keepdims": claims(lambda X: np.sum(X, axis=0, keepdims=True), lambda d: (d.T + np.zeros((3, 2))).T * 2),
    "clip by name": claims(lambda X: np.clip(X, min=0), lambda d: d),
    "add where": claims(lambda X: np.add(X, X, where=HALF, out=X * 1), lambda d: 2 * d),
    "exp where": claims(lambda X: np.exp(X, where=HALF, out=X * 1), lambda d: np.exp(X) * d),
    "divide where": claims(lambda X: np.divide(1.0, X, where=HALF, out=X * 0), lambda d: -d / X**2),
    "maximum where": claims(lambda X: np.maximum(X, 0.1, where=HALF, out=X * 3), lambda d: d * (X > 0.1)),
    "add dtype": claims(lambda X: np.add(X, 2.0**24, dtype=np.float32) - 2.0**24, lambda d: d),
    "multiply dtype": claims(lambda X: np.multiply(X, 1.0, dtype=np.float32) * 1.0, lambda d: d),
    "sum dtype": claims(lambda X: np.sum(X, dtype=np.float32), lambda d: whole(d)),
    "mean dtype": claims(lambda X: np.mean(X, dtype=np.float16), lambda d: whole(d) / 6),
    "cumsum dtype": claims(lambda X: np.cumsum(X, dtype=np.float32) * 1.0, lambda d: d[::-1].cumsum()[::-1].reshape(2, 3)),
    "cumprod dtype": claims(lambda X: np.cumprod(X[:1], axis=0, dtype=np.float32) * 1.0, lambda d: d * [[1.0], [0.0]]),
    "trace offset": claims(lambda S: np.trace(S, offset=1), lambda d: d * np.eye(3), S),
    "trace dtype": claims(lambda S: np.trace(S, dtype=int) * 1.0, lambda d: d * np.eye(3), S),
    "diag k": claims(lambda S: np.diag(S, 1), lambda d: np.diag(np.append(d, 0)), S),
    "tril k": claims(lambda S: np.tril(S, -1), lambda d: np.tril(d), S),
    "triu k": claims(lambda S: np.triu(S, k=1), lambda d: np.triu(d), S),
    "take mode": claims(lambda X: np.take(X, [7, 8], mode="wrap"), lambda d: np.r_[d, 0, 0, 0, 0].reshape(2, 3)),
    "take mode clip": claims(lambda X: np.take(X, [7, 8], mode="clip"), lambda d: np.r_[0, 0, 0, 0, d].reshape(2, 3)),
    "pad reflect": claims(lambda X: np.pad(X, 1, mode="reflect"), lambda d: d[1:-1, 1:-1]),
    "pad reflect odd": claims(lambda X: np.pad(X, 1, mode="reflect", reflect_type="odd"), lambda d: d[1:-1, 1:-1]),
    "pad mean": claims(lambda X: np.pad(X, 1, mode="mean"), lambda d: d[1:-1, 1:-1]),
    "pad edge": claims(lambda X: np.pad(X, 1, mode="edge"), lambda d: d[1:-1, 1:-1]),
    "pad edge by place": claims(lambda X: np.pad(X, 1, "edge"), lambda d: d[1:-1, 1:-1]),
    "roll of both axes": claims(lambda X: np.roll(X, 1), lambda d: np.roll(d, -1, axis=1)),
    "repeat axis": claims(lambda X: np.repeat(X, 2, axis=1), lambda d: d[:, :3] + d[:, 3:]),
    "tile": claims(lambda X: np.tile(X, (1, 2)), lambda d: d.reshape(2, 3, 2).sum(-1)),
    "flatten F": claims(lambda X: X.flatten("F"), lambda d: d.reshape(2, 3)),
    "ravel F": claims(lambda X: X.ravel("F"), lambda d: d.reshape(2, 3)),
    "reshape F": claims(lambda X: X.reshape(3, 2, order="F"), lambda d: d.reshape(2, 3)),
    "np.reshape F": claims(lambda X: np.reshape(X, (3, 2), order="F"), lambda d: d.reshape(2, 3)),
    "ravel A": claims(lambda X: X.T.ravel("A"), lambda d: d.reshape(3, 2).T),
    "ravel K": claims(lambda X: X.T.ravel("K"), lambda d: d.reshape(3, 2).T),
    "reshape A": claims(lambda X: X.T.reshape(2, 3, order="A"), lambda d: d.reshape(3, 2).T),
    "sort descending": claims(lambda X: np.sort(X, axis=0)[::-1], lambda d: d),
    "sort axis": claims(lambda X: np.sort(X, axis=None), lambda d: np.take_along_axis(d.reshape(2, 3), X.argsort().argsort(), 1)),
    "argsort kept": claims(lambda X: X[:, np.argsort(X[0] * [3, 1, 1])], lambda d: d[:, np.argsort(X[0] * [3, 1, 1])]),
    "median": claims(lambda X: np.median(X), lambda d: d * (X == 0.6)),
    "average weights": claims(lambda X: np.average(X, weights=HALF + 1.0), lambda d: whole(d) / 6),
    "nan_to_num copy": claims(lambda X: np.nan_to_num(X, copy=False) * X, lambda d: d * X),
    "put_along_axis": claims(lambda X: _put_along(X), lambda d: d),
    "compress": claims(lambda X: X.compress([True, False, True], axis=1), lambda d: np.c_[d, d[:, :1]]),
    "choose": claims(lambda X: np.choose([0, 1, 0], [X[0], X[1]]), lambda d: np.stack([d, 0 * d])),
    "insert": claims(lambda X: np.insert(X, 1, 0.0, axis=1), lambda d: d[:, :3]),
    "delete": claims(lambda X: np.delete(X, 1, axis=1), lambda d: np.c_[d, [[0.0], [0.0]]]),
    "einsum diagonal": claims(lambda S: np.einsum("ii->i", S), lambda d: d[:, None] + np.zeros((3, 3)), S),
    "einsum repeated": claims(lambda S: np.einsum("ij,ij->", S, S), lambda d: d * S, S),
    "einsum implicit order": claims(lambda X: np.einsum("ba", X), lambda d: d.reshape(2, 3)),
    "einsum broadcast": claims(lambda X: np.einsum("ij,ij->ij", X, np.ones((1, 3))), lambda d: 2 * d),
    "matmul axes": claims(
        lambda S: np.matmul(S, np.triu(np.ones((3, 3))), axes=[(1, 0), (0, 1), (0, 1)]), lambda d: d @ np.tril(np.ones((3, 3))), S
    ),
    "norm ord": claims(lambda X: np.linalg.norm(X, 1), lambda d: d * np.sign(X)),
    "norm ord inf": claims(lambda X: np.linalg.norm(X, np.inf), lambda d: d * np.sign(X)),
    "norm nuclear": claims(lambda S: np.linalg.norm(S, "nuc"), lambda d: d * np.eye(3) * 1.5, S),
    "subtract.outer": claims(lambda X: np.subtract.outer(X[0], X[1]), lambda d: np.stack([d.sum(1), d.sum(0)])),
    "subtract.at": claims(lambda X: _at(np.subtract, X), lambda d: d),
    "add.at twice": claims(lambda X: _at(np.add, X), lambda d: d),
    "add.reduceat": claims(lambda X: np.add.reduceat(X, [0, 1], axis=1), lambda d: np.c_[d, d[:, 1:] * 0]),
    "accumulate axis": claims(lambda X: np.add.accumulate(X, axis=1), lambda d: d[::-1].cumsum(0)[::-1]),
    "ptp": claims(lambda X: np.ptp(X), lambda d: d * (X.max() == X)),
    "diff n": claims(lambda X: np.diff(X, n=2), lambda d: np.c_[d, -d, 0 * d]),
    "gradient": claims(lambda X: np.gradient(X, axis=1), lambda d: d),
    "flip axis": claims(lambda X: np.flip(X, 0), lambda d: d[::-1, ::-1]),
    "rot90 k": claims(lambda S: np.rot90(S, 2), lambda d: np.rot90(d, 1), S),
    "where with nan": claims(lambda X: np.where(HALF, X, np.nan * 0 + 1), lambda d: d),
    "astype by casting": claims(lambda X: X.astype("f4", casting="same_kind") * 1.0, lambda d: d),
    "full_like dtype": claims(lambda X: np.full_like(X, 2, dtype=int) * X, lambda d: d),
    "select default": claims(lambda X: np.select([HALF], [X], X * 3), lambda d: d),
    "piecewise": claims(lambda X: np.piecewise(X, [X < 0], [lambda x: -x, lambda x: x]), lambda d: d),
    "float_power": claims(lambda X: np.float_power(np.abs(X), 3), lambda d: 2 * X * d),
    "heaviside": claims(lambda X: X * np.heaviside(X, 0.5), lambda d: d),
    "ldexp": claims(lambda X: np.ldexp(X, 3), lambda d: d * 4),
    "modf": claims(lambda X: np.modf(X)[1] + np.modf(X)[0] * 2, lambda d: d),
    "nextafter": claims(lambda X: np.nextafter(X, 9) * 1.0 + X, lambda d: d),
    "deg2rad": claims(lambda X: np.deg2rad(X), lambda d: d * 0.0174532925199),
    "sinc": claims(lambda X: np.sinc(X), lambda d: d * 0.1),
    "count": claims(lambda X: X * np.count_nonzero(X > 0), lambda d: d * 3),
}


def _put_along(X):
    Y = X * 1
    np.put_along_axis(Y, np.array([[1]]), 0.5, axis=1)
    return Y


def _at(ufunc, X):
    Y = X * 1
    ufunc.at(Y, (np.array([0, 0]), np.array([1, 1])), X[1, :2])
    return Y


def twin_compress():
    """Right: the method, whose condition comes first."""
    return lambda X: (X.compress([True, False, True], axis=1), lambda d: np.stack([d[:, 0], 0 * d[:, 0], d[:, 1]], 1)), (X,)


def twin_put_along():
    """Right: one index for all rows."""
    return lambda X: (_put_along(X), lambda d: d * np.array([1.0, 0.0, 1.0])), (X,)


def twin_vectorize():
    """Right at whole numbers that it gives back as floats."""
    f = np.vectorize(lambda x: x if x > 2 else 0.0)
    return lambda X: (f(X), lambda dY: dY * (X > 2)), (WHOLE + 0.5,)


def twin_sum_where():
    """Right."""
    return lambda X: (np.sum(X, where=HALF), lambda d: d * HALF), (X,)
