"""Normalisations: by rows, batches, groups, columns of a weight; and what is built from lengths."""

import numpy as np

from tests.check.layers.values import normal


def rmsnorm(x, g, eps=1e-6):
    rms = np.sqrt(np.mean(x**2, axis=-1, keepdims=True) + eps)
    xhat = x / rms

    def backward(dy):
        dxhat = dy * g
        dx = (dxhat - xhat * np.mean(dxhat * xhat, axis=-1, keepdims=True)) / rms
        return dx, (dy * xhat).sum(axis=tuple(range(dy.ndim - 1)))

    return xhat * g, backward


def rmsnorm_power(x, w):
    """With a power of -1/2 and a cube."""
    n = x.shape[1]
    r = ((x * x).sum(1) / n + 1e-5) ** -0.5
    y = x * r[:, None] * w

    def backward(g):
        gw = g * w
        return gw * r[:, None] - x * (r**3 * (gw * x).sum(1) / n)[:, None], (g * x * r[:, None]).sum(0)

    return y, backward


def layernorm(x, gamma, beta, eps=1e-5):
    mu = x.mean(-1, keepdims=True)
    var = x.var(-1, keepdims=True)
    inv = 1.0 / np.sqrt(var + eps)
    xh = (x - mu) * inv

    def backward(dout):
        D = x.shape[-1]
        dxh = dout * gamma
        dx = (1.0 / D) * inv * (D * dxh - dxh.sum(-1, keepdims=True) - xh * (dxh * xh).sum(-1, keepdims=True))
        axes = tuple(range(x.ndim - 1))
        return dx, (dout * xh).sum(axes), dout.sum(axes)

    return gamma * xh + beta, backward


def layernorm_llmc(inp, weight, bias):
    """Loops over batch and time, one vector at a time."""
    B, T, C = inp.shape
    out, mean, rstd = np.zeros((B, T, C)), np.zeros((B, T)), np.zeros((B, T))
    for b in range(B):
        for t in range(T):
            m = inp[b, t].sum() / C
            v = ((inp[b, t] - m) ** 2).sum() / C
            s = 1.0 / np.sqrt(v + 1e-5)
            out[b, t] = s * (inp[b, t] - m) * weight + bias
            mean[b, t], rstd[b, t] = m, s

    def backward(dout):
        dinp, dweight, dbias = np.zeros_like(inp), np.zeros_like(weight), np.zeros_like(bias)
        for b in range(B):
            for t in range(T):
                norm = (inp[b, t] - mean[b, t]) * rstd[b, t]
                dnorm = weight * dout[b, t]
                dbias += dout[b, t]
                dweight += norm * dout[b, t]
                dinp[b, t] += (dnorm - dnorm.mean() - norm * (dnorm * norm).mean()) * rstd[b, t]
        return dinp, dweight, dbias

    return out, backward


def batchnorm_staged(x, gamma, beta, eps=1e-5):
    """Step by step along the graph, as in the well-known exercise."""
    N, D = x.shape
    mu = 1.0 / N * np.sum(x, axis=0)
    xmu = x - mu
    sq = xmu**2
    var = 1.0 / N * np.sum(sq, axis=0)
    sqrtvar = np.sqrt(var + eps)
    ivar = 1.0 / sqrtvar
    xhat = xmu * ivar
    out = gamma * xhat + beta

    def backward(dout):
        dbeta = np.sum(dout, axis=0)
        dgamma = np.sum(dout * xhat, axis=0)
        dxhat = dout * gamma
        divar = np.sum(dxhat * xmu, axis=0)
        dxmu1 = dxhat * ivar
        dsqrtvar = -1.0 / (sqrtvar**2) * divar
        dvar = 0.5 * 1.0 / np.sqrt(var + eps) * dsqrtvar
        dsq = 1.0 / N * np.ones((N, D)) * dvar
        dxmu2 = 2 * xmu * dsq
        dx1 = dxmu1 + dxmu2
        dmu = -1 * np.sum(dxmu1 + dxmu2, axis=0)
        dx2 = 1.0 / N * np.ones((N, D)) * dmu
        return dx1 + dx2, dgamma, dbeta

    return out, backward


def batchnorm_images(x, gamma, beta):
    """(N, C, H, W), over everything but channels."""
    m = x.size // x.shape[1]
    mean, std = x.mean((0, 2, 3), keepdims=True), x.std((0, 2, 3), keepdims=True)
    z = (x - mean) / std
    shape = (1, -1, 1, 1)

    def backward(g):
        dgamma, dbeta = (g * z).sum((0, 2, 3)), g.sum((0, 2, 3))
        dx = gamma.reshape(shape) / std * (g - dbeta.reshape(shape) / m - z * dgamma.reshape(shape) / m)
        return dx, dgamma, dbeta

    return z * gamma.reshape(shape) + beta.reshape(shape), backward


def groupnorm(x, gamma, beta, groups=2):
    N, C, L = x.shape
    xg = x.reshape(N, groups, -1)
    mu, s = xg.mean(-1, keepdims=True), np.sqrt(xg.var(-1, keepdims=True) + 1e-5)
    xn = ((xg - mu) / s).reshape(x.shape)

    def backward(dy):
        dg, db = np.einsum("ncl,ncl->c", dy, xn), np.einsum("ncl->c", dy)
        d = (dy * gamma[None, :, None]).reshape(N, groups, -1)
        z = xn.reshape(N, groups, -1)
        dx = (d - d.mean(-1, keepdims=True) - z * (d * z).mean(-1, keepdims=True)) / s
        return dx.reshape(x.shape), dg, db

    return xn * gamma[:, None] + beta[:, None], backward


def dora(X, W, A, B, m, s=0.5):
    """Weight-decomposed LoRA: columns scaled to learned lengths."""
    V = W + s * A @ B
    c = np.linalg.norm(V, axis=0)
    Wp = V * (m / c)
    Y = X @ Wp

    def backward(dY):
        dWp = X.T @ dY
        dm = (dWp * V).sum(0) / c
        dV = m / c * (dWp - V * (dWp * V).sum(0) / c**2)
        return {"dX": dY @ Wp.T, "dA": s * dV @ B.T, "dB": s * A.T @ dV, "dm": dm}

    return Y, backward


def dora_by_rows(x, W, A, B, m):
    """Rows as outputs, lengths by np.sqrt of np.square, everything trained."""
    V = W + B @ A
    norm = np.sqrt(np.square(V).sum(axis=1, keepdims=True))
    D = V / norm
    y = x @ (m[:, None] * D).T

    def backward(g):
        dW = g.T @ x
        dm = np.sum(dW * D, axis=1)
        dD = dW * m[:, None]
        dV = (dD - D * np.sum(dD * D, axis=1, keepdims=True)) / norm
        return g @ (m[:, None] * D), dV, B.T @ dV, dV @ A.T, dm

    return y, backward


def weight_norm(x, v, g):
    n = np.sqrt((v**2).sum())
    w = g * v / n

    def backward(dy):
        dw = dy @ x
        dg = dw @ v / n
        return dy[:, None] * w, g / n * dw - g * dg / n**2 * v, np.array([dg]).reshape(g.shape)

    return x @ w, backward


def l2_normalize(x):
    n = np.linalg.norm(x, axis=1, keepdims=True)
    y = x / n
    return y, lambda g: (g - y * np.sum(g * y, axis=1, keepdims=True)) / n


def cosine_similarity(a, b):
    na, nb = np.linalg.norm(a, axis=-1), np.linalg.norm(b, axis=-1)
    dot = (a * b).sum(-1)
    c = dot / (na * nb)

    def backward(g):
        da = g[..., None] * (b / (na * nb)[..., None] - (c / na**2)[..., None] * a)
        db = g[..., None] * (a / (na * nb)[..., None] - (c / nb**2)[..., None] * b)
        return da, db

    return c, backward


def layer_scale(x, lam, f):
    """x + λ tanh(x f)."""
    h = np.tanh(x @ f)

    def backward(g):
        gh = g * lam * (1 - h**2)
        return g + gh @ f.T, (g * h).sum((0, 1)), np.einsum("bti,btj->ij", x, gh)

    return x + lam * h, backward


def case_rmsnorm():
    return rmsnorm, normal((2, 3, 5), (5,))


def case_rmsnorm_power():
    return rmsnorm_power, normal((4, 6), (6,))


def case_layernorm():
    return layernorm, normal((2, 3, 5), (5,), (5,))


def case_layernorm_llmc():
    return layernorm_llmc, normal((2, 2, 4), (4,), (4,))


def case_batchnorm_staged():
    return batchnorm_staged, normal((6, 3), (3,), (3,))


def case_batchnorm_images():
    return batchnorm_images, normal((3, 2, 2, 4), (2,), (2,))


def case_groupnorm():
    return groupnorm, normal((2, 4, 3), (4,), (4,))


def case_dora():
    return dora, normal((4, 5), (5, 3), (5, 2), (2, 3), (3,))


def case_dora_by_rows():
    return dora_by_rows, normal((4, 5), (3, 5), (2, 5), (3, 2), (3,))


def case_weight_norm():
    return weight_norm, normal((6, 4), (4,), ())


def case_l2_normalize():
    return l2_normalize, [normal((3, 4))]


def case_cosine_similarity():
    return cosine_similarity, normal((3, 4), (3, 4))


def case_layer_scale():
    return layer_scale, normal((2, 3, 4), (4,), (4, 4))


MISTAKES = [
    ("rmsnorm", "np.mean(dxhat * xhat", "np.sum(dxhat * xhat", "dx"),
    ("rmsnorm_power", "r**3 *", "r**2 *", "dx"),
    ("layernorm", "(1.0 / D) * inv", "(1.0 / (D - 1)) * inv", "dx"),
    ("layernorm_llmc", "- dnorm.mean() ", "", "dinp"),
    ("batchnorm_staged", "return dx1 + dx2", "return dx1", "dx"),
    ("batchnorm_images", "m = x.size // x.shape[1]", "m = x.shape[0]", "dx"),
    ("groupnorm", "dy * gamma[None, :, None]", "dy * 1.0", "dx"),
    ("dora", "/ c**2)", "/ c)", "dA"),
    ("dora_by_rows", "B.T @ dV, dV @ A.T", "B.T @ dV, dW @ A.T", "dB"),
    ("weight_norm", "dg / n**2 * v", "dg / n * v", "dv"),
    ("l2_normalize", "y * np.sum(g * y", "y * np.sum(g * x", "dx"),
    ("cosine_similarity", "(c / nb**2)", "(c / na**2)", "db"),
    ("layer_scale", "return g + gh", "return gh", "dx"),
]
