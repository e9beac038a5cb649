"""Activations: smooth, kinked, gated, with the float constants that people type."""

import numpy as np
from scipy.special import erf, expit

from tests.check.layers.values import normal


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))


def gelu_tanh(x):
    u = np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)
    t = np.tanh(u)

    def backward(g):
        return g * (0.5 * (1 + t) + 0.5 * x * (1 - t * t) * np.sqrt(2 / np.pi) * (1 + 3 * 0.044715 * x * x))

    return 0.5 * x * (1 + t), backward


def gelu_typed(x):
    """The constants as they are copied about."""
    inner = 0.7978845608028654 * (x + 0.044715 * np.power(x, 3))
    th = np.tanh(inner)
    y = 0.5 * x * (1.0 + th)

    def backward(dy):
        sech2 = 1.0 / np.cosh(inner) ** 2
        return dy * (0.5 * (1.0 + th) + 0.5 * x * sech2 * 0.7978845608028654 * (1.0 + 0.134145 * np.power(x, 2)))

    return y, backward


def gelu_erf(x):
    cdf = 0.5 * (1 + erf(x / np.sqrt(2)))

    def backward(g):
        return g * (cdf + x * np.exp(-0.5 * x**2) / np.sqrt(2 * np.pi))

    return x * cdf, backward


def gelu_quick(x):
    s = sigmoid(1.702 * x)
    return x * s, lambda g: g * s * (1 + 1.702 * x * (1 - s))


def silu(x):
    s = expit(x)
    return x * s, lambda g: g * (s + x * s * (1 - s))


def swiglu(x, W, V, W2):
    a, b = x @ W, x @ V
    s = sigmoid(a)
    h = a * s * b

    def backward(g):
        dh = g @ W2.T
        db = dh * a * s
        da = dh * b * s * (1 + a * (1 - s))
        return da @ W.T + db @ V.T, x.T @ da, x.T @ db, h.T @ g

    return h @ W2, backward


def glu(x):
    a, b = np.split(x, 2, axis=-1)
    s = sigmoid(b)
    return a * s, lambda g: np.concatenate([g * s, g * a * s * (1 - s)], axis=-1)


def mish(x):
    sp = np.log1p(np.exp(x))
    t = np.tanh(sp)
    return x * t, lambda g: g * (t + x * (1 - t**2) * sigmoid(x))


def mish_rational(x):
    """Without a logarithm: tanh(softplus) is rational in exp."""
    e = np.exp(x)
    n = e * (e + 2)
    omega = 4 * (x + 1) + 4 * e**2 + e**3 + e * (4 * x + 6)
    delta = 2 * e + e**2 + 2
    return x * n / (n + 2), lambda g: g * e * omega / delta**2


def softplus(x, beta=1.0):
    return np.logaddexp(0, beta * x) / beta, lambda g: g * sigmoid(beta * x)


def softplus_stable(x):
    y = np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))
    return y, lambda g: g / (1 + np.exp(-x))


def softplus_threshold(x):
    y = np.where(x > 2.0, x, np.log(1 + np.exp(x)))
    return y, lambda g: np.where(x > 2.0, g, g * np.exp(x) / (1 + np.exp(x)))


def sigmoid_stable(x):
    """Two formulas, each on its own entries."""
    y = np.empty_like(x)
    pos = x >= 0
    y[pos] = 1 / (1 + np.exp(-x[pos]))
    ex = np.exp(x[~pos])
    y[~pos] = ex / (1 + ex)
    return y, lambda g: g * y * (1 - y)


def elu(x, alpha=1.0):
    y = np.where(x > 0, x, alpha * np.expm1(x))
    return y, lambda g: g * np.where(x > 0, 1.0, y + alpha)


def selu(x):
    a, lam = 1.6732632423543772848170429916717, 1.0507009873554804934193349852946
    y = lam * np.where(x > 0, x, a * (np.exp(x) - 1))
    return y, lambda g: g * np.where(x > 0, lam, lam * a * np.exp(x))


def leaky_relu(x, slope=0.01):
    return np.maximum(x, slope * x), lambda g: g * np.where(x > 0, 1, slope)


def relu_mask(x):
    mask = (x > 0).astype(float)
    return x * mask, lambda g: g * mask


def relu_copy(x):
    out = x.copy()
    out[out < 0] = 0

    def backward(g):
        d = g.copy()
        d[x <= 0] = 0
        return d

    return out, backward


def prelu(x, a):
    y = np.where(x >= 0, x, a * x)
    return y, lambda g: (g * np.where(x >= 0, 1.0, a), np.sum(g * np.minimum(x, 0), axis=0))


def hardswish(x):
    y = x * np.clip(x + 3, 0, 6) / 6
    return y, lambda g: g * np.where(x <= -3, 0, np.where(x >= 3, 1, (2 * x + 3) / 6))


def softsign(x):
    d = 1 + np.abs(x)
    return x / d, lambda g: g / d**2


def tanh_shrink(x):
    t = np.tanh(x)
    return x - t, lambda g: g * t**2


def logsigmoid(x):
    return -np.logaddexp(0.0, -x), lambda g: g * (1.0 - expit(x))


def snake(x, a):
    return x + np.sin(a * x) ** 2 / a, lambda g: (
        g * (1 + np.sin(2 * a * x)),
        (g * (x * np.sin(2 * a * x) / a - np.sin(a * x) ** 2 / a**2)).sum(0),
    )


def maxout(x, W):
    z = np.einsum("ni,ijk->njk", x, W)
    k = z.argmax(-1)
    y = np.take_along_axis(z, k[..., None], -1)[..., 0]

    def backward(g):
        dz = np.zeros_like(z)
        np.put_along_axis(dz, k[..., None], g[..., None], axis=-1)
        return np.einsum("njk,ijk->ni", dz, W), np.einsum("ni,njk->ijk", x, dz)

    return y, backward


def softmax_jacobian(z):
    """The Jacobian built row by row."""
    e = np.exp(z - np.max(z))
    s = e / np.sum(e)

    def backward(g):
        J = np.diag(s) - np.outer(s, s)
        return J @ g

    return s, backward


ELEMENTWISE = (
    gelu_tanh, gelu_typed, gelu_erf, gelu_quick, silu, glu, mish, mish_rational, softplus, softplus_stable, softplus_threshold,
    sigmoid_stable, elu, selu, leaky_relu, relu_mask, relu_copy, hardswish, softsign, tanh_shrink, logsigmoid,
)  # fmt: skip


def _case(op):
    return lambda: (op, [2 * normal((3, 4))])


globals().update({f"case_{op.__name__}": _case(op) for op in ELEMENTWISE})


def case_swiglu():
    return swiglu, normal((3, 4), (4, 5), (4, 5), (5, 4))


def case_prelu():
    return prelu, normal((4, 3), (3,))


def case_snake():
    return snake, normal((4, 3), (3,))


def case_maxout():
    return maxout, normal((4, 3), (3, 2, 3))


def case_softmax_jacobian():
    return softmax_jacobian, [normal((5,))]


LOWER = {
    "selu": ("complex-step", "lam * a is rounded by Python before it meets an array"),
}
MISTAKES = [
    ("gelu_tanh", "3 * 0.044715", "2 * 0.044715", "dx"),
    ("gelu_typed", "0.134145", "0.134144", "dx"),
    ("gelu_erf", "np.sqrt(2 * np.pi)", "np.sqrt(np.pi)", "dx"),
    ("gelu_quick", "(1 + 1.702 * x", "(1 + x", "dx"),
    ("silu", "s * (1 - s)", "s * (1 + s)", "dx"),
    ("swiglu", "s * (1 + a * (1 - s))", "s * (1 + (1 - s))", "dW"),
    ("glu", "g * a * s * (1 - s)", "g * a * s", "dx"),
    ("mish", "(1 - t**2) * sigmoid(x)", "(1 - t**2)", "dx"),
    ("mish_rational", "4 * e**2 + e**3", "4 * e**2 + 2 * e**3", "dx"),
    ("softplus", "g * sigmoid(beta * x)", "g * sigmoid(-beta * x)", "dx"),
    ("softplus_stable", "g / (1 + np.exp(-x))", "g / (1 + np.exp(-np.abs(x)))", "dx"),
    ("softplus_threshold", "x > 2.0, g, g", "x > 2.0, 0 * g, g", "dx"),
    ("tanh_shrink", "g * t**2", "g * t", "dx"),
    ("logsigmoid", "1.0 - expit(x)", "expit(x)", "dx"),
    ("sigmoid_stable", "g * y * (1 - y)", "g * (1 - y)", "dx"),
    ("elu", "y + alpha", "y", "dx"),
    ("selu", "lam * a * np.exp(x)", "lam * np.exp(x)", "dx"),
    ("leaky_relu", "1, slope", "1, slope**2", "dx"),
    ("relu_mask", "lambda g: g * mask", "lambda g: g", "dx"),
    ("relu_copy", "d[x <= 0] = 0", "d[x >= 0] = 0", "dx"),
    ("prelu", "np.minimum(x, 0), axis=0", "np.maximum(x, 0), axis=0", "da"),
    ("hardswish", "(2 * x + 3) / 6", "(x + 3) / 6", "dx"),
    ("softsign", "g / d**2", "g / d", "dx"),
    ("snake", "1 + np.sin(2 * a * x)", "1 + np.cos(2 * a * x)", "dx"),
    ("maxout", "k[..., None], g[..., None]", "k[..., None] * 0, g[..., None]", "dx"),
    ("softmax_jacobian", "- np.outer(s, s)", "", "dz"),
]
