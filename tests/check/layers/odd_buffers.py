"""Right gradients in odd styles, II: buffers, out=, masks, fancy assignment, sorting, running sums."""

import numpy as np

from tests.check.layers.values import normal


def out_everywhere(x, w):
    buf = np.empty((len(x), w.shape[1]))
    np.matmul(x, w, out=buf)
    np.negative(buf, out=buf)
    np.exp(buf, out=buf)
    np.add(buf, 1, out=buf)
    np.divide(1, buf, out=buf)

    def backward(g):
        d = np.empty_like(buf)
        np.subtract(1, buf, out=d)
        np.multiply(d, buf, out=d)
        np.multiply(d, g, out=d)
        return np.dot(d, w.T), np.dot(x.T, d)

    return buf, backward


def in_place_operators(x):
    y = x.copy()
    y *= 2
    y += 1
    y **= 2
    y /= 4

    def backward(g):
        d = g.copy()
        d *= 2 * x + 1
        return d

    return y, backward


def sorted_weights(x, w):
    order = np.argsort(x)
    y = np.sort(x) @ w

    def backward(g):
        dx = np.empty_like(x)
        dx[order] = g * w
        return dx, g * x[order]

    return y, backward


def sort_in_place(x):
    y = x.copy()
    y.sort()
    rank = np.argsort(np.argsort(x))
    return y**2, lambda g: 2 * (g * y)[rank]


def top_k(x, k=2):
    idx = np.argpartition(-x, k, axis=1)[:, :k]
    rows = np.arange(len(x))[:, None]

    def backward(g):
        dx = np.zeros(x.shape)
        dx[rows, idx] = g[:, None]
        return dx

    return x[rows, idx].sum(1), backward


def running_sums(x):
    y = np.cumsum(np.exp(x), axis=0)
    return y, lambda g: np.flip(np.cumsum(np.flip(g, 0), axis=0), 0) * np.exp(x)


def running_products(x):
    y = np.cumprod(x)
    return y, lambda g: np.cumsum((g * y)[::-1])[::-1] / x


def running_maximum(x):
    y = np.maximum.accumulate(x)
    where = np.searchsorted(np.flatnonzero(np.r_[True, x[1:] > y[:-1]]), np.arange(len(x)), side="right") - 1
    starts = np.flatnonzero(np.r_[True, x[1:] > y[:-1]])

    def backward(g):
        d = np.zeros(len(x))
        np.add.at(d, starts[where], g)
        return d

    return y, backward


def masked_assignment(x):
    y = x.copy()
    m = x < 0
    y[m] = np.exp(y[m])
    y[~m] = y[~m] ** 2

    def backward(g):
        d = np.zeros_like(g)
        d[m] = g[m] * np.exp(x[m])
        d[~m] += 2 * g[~m] * x[~m]
        return d

    return y, backward


def putmask(x):
    y = x * 1.0
    np.putmask(y, x > 0.5, 0.5)
    return y, lambda g: np.where(x > 0.5, 0.0, g)


def ufunc_where(x):
    y = np.zeros_like(x)
    np.log(x, out=y, where=x > 0)

    def backward(g):
        d = np.zeros_like(x)
        np.divide(g, x, out=d, where=x > 0)
        return d

    return y, backward


def selected(x):
    y = np.select([x < -0.5, x > 0.5], [x + 1, x**2], default=2 * x)
    return y, lambda g: g * np.select([x < -0.5, x > 0.5], [np.ones_like(x), 2 * x], 2.0)


def where_nest(x):
    y = np.where(x < -1, -x, np.where(x < 0, x**2, np.where(x < 1, x**3, 3 * x)))
    return y, lambda g: g * np.where(x < -1, -1, np.where(x < 0, 2 * x, np.where(x < 1, 3 * x**2, 3)))


def piecewise(x):
    y = np.piecewise(x, [x < 0, x >= 0], [lambda v: -v, lambda v: v**2])
    return y, lambda g: g * np.where(x < 0, -1.0, 2 * x)


def clipped(x):
    return np.clip(x, -0.5, 0.5), lambda g: np.where((x > -0.5) & (x < 0.5), g, 0)


SHAPES = {
    out_everywhere: [(3, 2), (2, 4)],
    in_place_operators: [(3,)],
    sorted_weights: [(5,), (5,)],
    sort_in_place: [(5,)],
    top_k: [(3, 5)],
    running_sums: [(4, 2)],
    running_products: [(4,)],
    running_maximum: [(7,)],
    masked_assignment: [(3, 4)],
    putmask: [(3, 4)],
    ufunc_where: [(3, 4)],
    selected: [(3, 4)],
    where_nest: [(3, 4)],
    piecewise: [(5,)],
    clipped: [(3, 4)],
}


def _case(op, shapes):
    return lambda: (op, normal(*shapes) if len(shapes) > 1 else [normal(*shapes)])


globals().update({f"case_{op.__name__}": _case(op, shapes) for op, shapes in SHAPES.items()})

MISTAKES = [
    ("out_everywhere", "np.subtract(1, buf, out=d)", "np.add(1, buf, out=d)", "dx"),
    ("in_place_operators", "d *= 2 * x + 1", "d *= 2 * x", "dx"),
    ("sorted_weights", "dx[order] = g * w", "dx[:] = (g * w)[order]", "dx"),
    ("sort_in_place", "2 * (g * y)[rank]", "2 * g * y", "dx"),
    ("top_k", "g[:, None]\n", "1.0\n", "dx"),
    ("running_sums", "np.flip(np.cumsum(np.flip(g, 0), axis=0), 0)", "np.cumsum(g, axis=0)", "dx"),
    ("running_products", "/ x", "/ y", "dx"),
    ("running_maximum", "np.add.at(d, starts[where], g)", "d[starts[where]] = g", "dx"),
    ("masked_assignment", "d[~m] += 2 * g[~m]", "d[~m] += g[~m]", "dx"),
    ("putmask", "x > 0.5, 0.0, g", "x > 0.5, g, g", "dx"),
    ("ufunc_where", "np.divide(g, x", "np.multiply(g, x", "dx"),
    ("selected", "np.ones_like(x), 2 * x], 2.0", "np.ones_like(x), 2 * x], 1.0", "dx"),
    ("where_nest", "3 * x**2, 3)", "3 * x**2, 1)", "dx"),
    ("piecewise", "-1.0, 2 * x", "-1.0, x", "dx"),
    ("clipped", "(x > -0.5) & (x < 0.5)", "(x < 0.5)", "dx"),
]
