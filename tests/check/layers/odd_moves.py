"""Right gradients in odd styles, III: entries moved about, counted, converted, kept in odd places."""

import copy
from types import SimpleNamespace

import numpy as np

from tests.check.layers.values import normal


def padded(x):
    y = np.pad(x, [(1, 1), (0, 2)]) * np.arange(5)
    return y, lambda g: (g * np.arange(5))[1:-1, :-2]


def pad_reflect(x):
    y = np.pad(x, 1, mode="reflect")

    def backward(g):
        d = g[1:-1].copy()
        d[1] += g[0]
        d[-2] += g[-1]
        return d

    return y, backward


def rolled(x):
    """A periodic Laplacian, squared."""
    lap = np.roll(x, 1, axis=0) + np.roll(x, -1, axis=0) - 2 * x
    return lap**2, lambda g: np.roll(2 * g * lap, -1, axis=0) + np.roll(2 * g * lap, 1, axis=0) - 4 * g * lap


def tiled(x, w):
    y = np.tile(x, (3, 1)) * np.repeat(w, 2, axis=0)[:, None]

    def backward(g):
        gw = (g * np.tile(x, (3, 1))).sum(1).reshape(-1, 2).sum(1)
        return (g * np.repeat(w, 2)[:, None]).reshape(3, *x.shape).sum(0), gw

    return y, backward


def split_and_stack(x):
    a, b, c = np.split(x, 3, axis=1)
    y = np.stack([a * b, b * c, c + a], axis=0)

    def backward(g):
        return np.hstack([g[0] * b + g[2], g[0] * a + g[1] * c, g[1] * b + g[2]])

    return y, backward


def swapped_axes(x, w):
    y = np.swapaxes(np.moveaxis(x, 0, -1), 0, 1) * w
    return y, lambda g: (np.moveaxis(np.swapaxes(g * w, 0, 1), -1, 0), (g * x.transpose(2, 1, 0)).sum((0, 1)))


def takes(x):
    ids = np.array([[0, 1], [2, 0]])
    y = np.take(x, ids, axis=0)

    def backward(g):
        d = np.zeros_like(x)
        for row, slab in zip(ids.ravel(), g.reshape(-1, x.shape[1]), strict=True):
            d[row] += slab
        return d

    return y, backward


def one_hot_product(x):
    """Scatter written as a product with an identity matrix."""
    onehot = np.eye(4)[[1, 3, 1]]
    return onehot @ x, lambda g: onehot.T @ g


def bincounted(x):
    seg = np.array([0, 0, 1, 2, 1])
    y = np.bincount(seg, weights=x, minlength=3)
    return y, lambda g: g[seg]


def reduceat(x):
    y = np.add.reduceat(x, [0, 2, 3])
    return y, lambda g: np.repeat(g, [2, 1, 2])


def deep_copies(x, cfg):
    cfg = copy.deepcopy(cfg)
    cfg["w"] *= 2
    y = x * cfg["w"]
    return y, lambda g: {"x": g * cfg["w"], "cfg": {"w": (2 * g * x).sum(0)}}


def conversions(x):
    a = np.asarray(x, dtype=np.float64)
    b = np.array(a, copy=True)
    c = np.ascontiguousarray(b.T)
    d = np.asfortranarray(c).astype(float)
    return d**2, lambda g: (2 * np.asarray(g) * d).T.astype(np.float64)


def float64_of_sums(x):
    s = np.float64(np.sum(x))
    m = np.float64(x.mean())
    return s * m, lambda g: np.full(x.shape, g * (m + s / x.size))


def extremes(x):
    y = x.max(axis=1) - x.min(axis=1)

    def backward(g):
        d = np.zeros_like(x)
        r = np.arange(len(x))
        d[r, x.argmax(1)] += g
        d[r, x.argmin(1)] -= g
        return d

    return y, backward


def namespaces(x, w):
    ctx = SimpleNamespace(x=x, w=w)
    ctx.h = np.tanh(ctx.x * ctx.w)
    return ctx.h, lambda g: ((1 - ctx.h**2) * g * ctx.w, ((1 - ctx.h**2) * g * ctx.x).sum(axis=0, keepdims=True)[0])


def flat_assignment(x):
    y = np.zeros(x.shape)
    y.flat[:] = x.ravel() ** 2
    return y, lambda g: 2 * g * x


def diagonal_fill(x):
    M = np.zeros((3, 3))
    M[np.diag_indices(3)] = x
    np.fill_diagonal(M, M.diagonal() ** 2)
    return M, lambda g: 2 * np.diag(g) * x


def triangle_indices(v):
    L = np.zeros((3, 3))
    L[np.tril_indices(3)] = v
    S = L @ L.T
    return S, lambda g: ((g + g.T) @ L)[np.tril_indices(3)]


def meshgrid(a, b):
    A, B = np.meshgrid(a, b, indexing="ij")
    return A * B**2, lambda g: ((g * B**2).sum(1), (2 * g * A * B).sum(0))


def finite_differences(x):
    d = np.diff(x)
    return (d**2).sum(), lambda g: -2 * g * np.diff(np.concatenate(([0.0], d, [0.0])))


def case_deep_copies():
    return deep_copies, [normal((2, 3)), {"w": normal((3,)), "name": "scale"}]


SHAPES = {
    padded: [(2, 3)],
    pad_reflect: [(5,)],
    rolled: [(5, 2)],
    tiled: [(2, 3), (3,)],
    split_and_stack: [(2, 6)],
    swapped_axes: [(2, 3, 4), (2,)],
    takes: [(3, 2)],
    one_hot_product: [(4, 2)],
    bincounted: [(5,)],
    reduceat: [(5,)],
    conversions: [(2, 3)],
    float64_of_sums: [(2, 3)],
    extremes: [(3, 4)],
    namespaces: [(2, 3), (3,)],
    flat_assignment: [(2, 3)],
    diagonal_fill: [(3,)],
    triangle_indices: [(6,)],
    meshgrid: [(2,), (3,)],
    finite_differences: [(5,)],
}


def _case(op, shapes):
    return lambda: (op, normal(*shapes) if len(shapes) > 1 else [normal(*shapes)])


globals().update({f"case_{op.__name__}": _case(op, shapes) for op, shapes in SHAPES.items()})

MISTAKES = [
    ("padded", "[1:-1, :-2]", "[1:-1, 2:]", "dx"),
    ("pad_reflect", "d[1] += g[0]", "d[0] += g[0]", "dx"),
    ("rolled", "np.roll(2 * g * lap, 1, axis=0) - 4", "np.roll(2 * g * lap, 1, axis=0) - 2", "dx"),
    ("tiled", "sum(0), gw", "mean(0), gw", "dx"),
    ("split_and_stack", "g[1] * b + g[2]", "g[1] * b", "dx"),
    ("swapped_axes", "x.transpose(2, 1, 0)).sum", "x.transpose(2, 1, 0)).mean", "dw"),
    ("takes", "d[row] += slab", "d[row] = slab", "dx"),
    ("one_hot_product", "onehot.T @ g", "onehot.T @ -g", "dx"),
    ("bincounted", "g[seg]", "g[seg[::-1]]", "dx"),
    ("reduceat", "[2, 1, 2]", "[1, 2, 2]", "dx"),
    ("deep_copies", "2 * g * x", "g * x", "dcfg.w"),
    ("conversions", "2 * np.asarray(g)", "np.asarray(g)", "dx"),
    ("float64_of_sums", "m + s / x.size", "m", "dx"),
    ("extremes", "x.argmin(1)] -=", "x.argmin(1)] +=", "dx"),
    ("namespaces", "g * ctx.w", "g", "dx"),
    ("flat_assignment", "2 * g * x", "g * x", "dx"),
    ("diagonal_fill", "2 * np.diag(g)", "np.diag(g)", "dx"),
    ("triangle_indices", "(g + g.T)", "2 * g", "dv"),
    ("meshgrid", "(2 * g * A * B)", "(g * A * B)", "db"),
    ("finite_differences", "-2 * g", "2 * g", "dx"),
]
LOWER = {}
