"""Right gradients in odd styles, I: loops over entries, lists, vectorize, lines, scalars, generators, functools."""

import functools
import itertools
import math
import operator
from fractions import Fraction

import numpy as np

from tests.check.layers.values import normal


def matmul_three_loops(A, B):
    n, m, k = A.shape[0], A.shape[1], B.shape[1]
    C = np.zeros((n, k))
    for i in range(n):
        for j in range(k):
            for l in range(m):
                C[i, j] += A[i, l] * B[l, j]

    def backward(G):
        dA, dB = np.zeros(A.shape), np.zeros(B.shape)
        for i in range(n):
            for j in range(k):
                for l in range(m):
                    dA[i, l] += G[i, j] * B[l, j]
                    dB[l, j] += A[i, l] * G[i, j]
        return dA, dB

    return C, backward


def entries_with_math(x):
    """math.* on each entry, lists of floats."""
    y = np.array([[math.exp(v) * math.sin(v) for v in row] for row in x])

    def backward(g):
        out = np.empty(x.shape)
        for i in range(x.shape[0]):
            for j in range(x.shape[1]):
                out[i, j] = g[i, j] * math.exp(x[i, j]) * (math.sin(x[i, j]) + math.cos(x[i, j]))
        return out

    return y, backward


def tanh_by_math(x):
    y = np.array([math.tanh(v) for v in x])
    return y, lambda g: np.array([gi * (1 - yi**2) for gi, yi in zip(g, y, strict=True)])


def norm_by_math(x):
    n = math.sqrt(sum(v * v for v in x))
    return n, lambda g: np.array([g * v / n for v in x])


def ndenumerate(x):
    y = np.zeros_like(x)
    for index, v in np.ndenumerate(x):
        y[index] = v**3 + 2 * v

    def backward(g):
        d = np.zeros_like(x)
        for index, v in np.ndenumerate(x):
            d[index] = g[index] * (3 * v**2 + 2)
        return d

    return y, backward


def ndindex(x):
    y = np.empty(x.shape)
    for k in np.ndindex(*x.shape):
        y[k] = x[k] ** 2 if x[k] > 0 else -x[k]

    def backward(g):
        d = np.empty(x.shape)
        for k in np.ndindex(*x.shape):
            d[k] = 2 * x[k] * g[k] if x[k] > 0 else -g[k]
        return d

    return y, backward


def nditer(x):
    y = np.zeros(x.shape)
    it = np.nditer(x, flags=["multi_index"])
    while not it.finished:
        i = it.multi_index
        y[i] = np.log(1 + x[i] ** 2)
        it.iternext()
    return y, lambda g: g * 2 * x / (1 + x**2)


def vectorized(x):
    f = np.vectorize(lambda v: v * v if v > 0 else 0.1 * v)
    df = np.vectorize(lambda v: 2 * v if v > 0 else 0.1)
    return f(x), lambda g: g * df(x)


def vectorized_types(x):
    act = np.vectorize(lambda v: math.log(1 + math.exp(v)), otypes=[float])
    return act(x), lambda g: g * np.vectorize(lambda v: 1 / (1 + math.exp(-v)), otypes=[float])(x)


def frompyfunc(x):
    f = np.frompyfunc(lambda v: v**2 + 1, 1, 1)
    return f(x).astype(float), lambda g: 2 * g * x


def lines(x):
    """apply_along_axis both ways."""

    def soft(v):
        e = np.exp(v - v.max())
        return e / e.sum()

    y = np.apply_along_axis(soft, 1, x)

    def backward(g):
        both = np.concatenate([y, g], axis=1)
        k = x.shape[1]
        return np.apply_along_axis(lambda v: v[:k] * (v[k:] - v[:k] @ v[k:]), 1, both)

    return y, backward


def comprehension_rows(X, w):
    y = np.array([np.dot(row, w) ** 2 for row in X])

    def backward(g):
        dX = np.array([2 * gi * np.dot(row, w) * w for gi, row in zip(g, X, strict=True)])
        dw = sum(2 * gi * np.dot(row, w) * row for gi, row in zip(g, X, strict=True))
        return dX, dw

    return y, backward


def nested_lists(a, b):
    C = np.array([[a[i] * b[j] + a[i] for j in range(len(b))] for i in range(len(a))])

    def backward(g):
        da = np.array([sum(g[i, j] * (b[j] + 1) for j in range(len(b))) for i in range(len(a))])
        db = np.array([sum(g[i][j] * a[i] for i in range(len(a))) for j in range(len(b))])
        return da, db

    return C, backward


def map_filter_reduce(x):
    product = functools.reduce(operator.mul, x)

    def backward(g):
        others = [functools.reduce(operator.mul, [x[j] for j in range(len(x)) if j != i]) for i in range(len(x))]
        return np.array(list(map(lambda o: g * o, others)))

    return product, backward


def generator_sum(x, y):
    total = sum(a * b for a, b in itertools.product(x, y))
    return total, lambda g: (np.full(x.shape, g * sum(y)), np.full(y.shape, g * sum(x)))


def accumulate_list(x):
    y = np.array(list(itertools.accumulate(x)))
    return y, lambda g: np.array(list(itertools.accumulate(g[::-1])))[::-1]


def horner(x, c):
    y = 0 * x
    for k in range(len(c) - 1, -1, -1):
        y = y * x + c[k]

    def backward(g):
        dx = sum(k * c[k] * x ** (k - 1) for k in range(1, len(c)))
        return g * dx, np.array([(g * x**k).sum() for k in range(len(c))])

    return y, backward


def newton_root(a):
    """The root itself: five steps of a recursion, differentiated step by step."""
    xs = [a * 0 + 1.0]
    for _ in range(5):
        xs.append(0.5 * (xs[-1] + a / xs[-1]))

    def backward(g):
        da = 0.0
        for prev in xs[-2::-1]:
            da = da + 0.5 * g / prev
            g = 0.5 * g * (1 - a / prev**2)
        return da

    return xs[-1], backward


def power_by_squaring(x):
    def power(v, n):
        if n == 0:
            return np.ones_like(v)
        half = power(v, n // 2)
        return half * half * v if n % 2 else half * half

    return power(x, 7), lambda g: 7 * g * power(x, 6)


def fractions(x):
    third = Fraction(1, 3)
    return x**3 * float(third), lambda g: g * x**2


def scalar_arguments(a, b):
    """Python floats and np.float64 on the way."""
    y = np.float64(a) * np.exp(-float(b) if False else -b)
    return y, lambda g: (g * np.exp(-b), -g * y)


def while_loop(x):
    y, n = x, 0
    while np.max(np.abs(y)) > 0.5:
        y = y / 2
        n += 1
    return y, lambda g: g / 2**n


def recursion_tree(x):
    """Pairwise products and sums down a tree."""

    def fold(v):
        if len(v) == 1:
            return v[0]
        a, b = fold(v[: len(v) // 2]), fold(v[len(v) // 2 :])
        return a + a * b

    def unfold(v, g):
        if len(v) == 1:
            return [g]
        left, right = v[: len(v) // 2], v[len(v) // 2 :]
        a, b = fold(left), fold(right)
        return unfold(left, g * (1 + b)) + unfold(right, g * a)

    return fold(x), lambda g: np.array(unfold(x, g))


SHAPES = {
    matmul_three_loops: [(2, 3), (3, 2)], entries_with_math: [(2, 3)], tanh_by_math: [(4,)], norm_by_math: [(4,)],
    ndenumerate: [(2, 3)], ndindex: [(2, 3)], nditer: [(2, 3)], vectorized: [(2, 3)], vectorized_types: [(2, 3)],
    frompyfunc: [(4,)], lines: [(2, 3)], comprehension_rows: [(3, 2), (2,)], nested_lists: [(2,), (3,)],
    map_filter_reduce: [(4,)], generator_sum: [(2,), (3,)], accumulate_list: [(4,)], horner: [(3,), (4,)],
    power_by_squaring: [(3,)], fractions: [(3,)], scalar_arguments: [(), ()], while_loop: [(3,)], recursion_tree: [(5,)],
}  # fmt: skip


def _case(op, shapes):
    return lambda: (op, normal(*shapes) if len(shapes) > 1 else [normal(*shapes)])


globals().update({f"case_{op.__name__}": _case(op, shapes) for op, shapes in SHAPES.items()})


def case_newton_root():
    return newton_root, [np.array([0.7, 2.0, 3.5])]


MISTAKES = [
    ("matmul_three_loops", "dB[l, j] += A[i, l] * G[i, j]", "dB[l, j] = A[i, l] * G[i, j]", "dB"),
    ("entries_with_math", "+ math.cos", "- math.cos", "dx"),
    ("tanh_by_math", "1 - yi**2", "1 - yi", "dx"),
    ("norm_by_math", "g * v / n", "g * v", "dx"),
    ("ndenumerate", "3 * v**2 + 2", "3 * v**2", "dx"),
    ("ndindex", "else -g[k]", "else g[k]", "dx"),
    ("nditer", "g * 2 * x / ", "g * x / ", "dx"),
    ("vectorized", "2 * v if", "v if", "dx"),
    ("vectorized_types", "1 / (1 + math.exp(-v))", "1 / (1 + math.exp(v))", "dx"),
    ("frompyfunc", "2 * g * x", "2 * g", "dx"),
    ("lines", "v[k:] - v[:k] @ v[k:]", "v[k:] - v[:k]", "dx"),
    ("comprehension_rows", "2 * gi * np.dot(row, w) * row", "gi * np.dot(row, w) * row", "dw"),
    ("nested_lists", "(b[j] + 1)", "b[j]", "da"),
    ("map_filter_reduce", "lambda o: g * o", "lambda o: 2 * g * o", "dx"),
    ("generator_sum", "g * sum(x)", "g * sum(y)", "dy"),
    ("accumulate_list", "(g[::-1])))[::-1]", "(g)))", "dx"),
    ("horner", "sum(k * c[k]", "sum(c[k]", "dx"),
    ("newton_root", "g = 0.5 * g * (1 - a / prev**2)", "g = 0.5 * g", "da"),
    ("power_by_squaring", "power(x, 6)", "power(x, 7)", "dx"),
    ("fractions", "g * x**2", "g * x", "dx"),
    ("scalar_arguments", "-g * y", "g * y", "db"),
    ("while_loop", "2**n", "2 ** (n + 1)", "dx"),
    ("recursion_tree", "unfold(right, g * a)", "unfold(right, g)", "dx"),
]
LOWER = {}
