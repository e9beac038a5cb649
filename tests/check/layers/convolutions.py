"""Convolutions and pooling: loops, im2col, strides; max pools by masks and by positions."""

import numpy as np
from numpy.lib.stride_tricks import as_strided, sliding_window_view

from tests.check.layers.values import normal


def conv1d_loops(x, w, b):
    """(N, C, L) with (F, C, K), loops over positions."""
    N, C, L = x.shape
    F, _, K = w.shape
    out = np.zeros((N, F, L - K + 1))
    for t in range(L - K + 1):
        out[:, :, t] = np.tensordot(x[:, :, t : t + K], w, axes=([1, 2], [1, 2])) + b

    def backward(dout):
        dx, dw = np.zeros_like(x), np.zeros_like(w)
        for t in range(L - K + 1):
            dx[:, :, t : t + K] += np.tensordot(dout[:, :, t], w, axes=1)
            dw += np.tensordot(dout[:, :, t].T, x[:, :, t : t + K], axes=1)
        return dx, dw, dout.sum(axis=(0, 2))

    return out, backward


def conv1d_windows(x, w):
    """One channel, sliding windows."""
    win = sliding_window_view(x, len(w))

    def backward(g):
        gx = np.zeros(len(x))
        for i, gi in enumerate(g):
            gx[i : i + len(w)] += gi * w
        return gx, win.T @ g

    return win @ w, backward


def conv1d_convolve(x, w):
    """np.convolve both ways."""
    y = np.convolve(x, w, mode="valid")
    return y, lambda g: (np.convolve(g, w[::-1], mode="full"), np.convolve(x[::-1], g, mode="valid"))


def causal_depthwise(x, w):
    """(T, C) with (K, C), padded on the left."""
    K = w.shape[0]
    xp = np.pad(x, ((K - 1, 0), (0, 0)))
    y = sum(w[k] * xp[k : k + len(x)] for k in range(K))

    def backward(g):
        gp = np.zeros_like(xp)
        gw = np.zeros_like(w)
        for k in range(K):
            gp[k : k + len(x)] += g * w[k]
            gw[k] = (g * xp[k : k + len(x)]).sum(axis=0)
        return gp[K - 1 :], gw

    return y, backward


def conv2d_loops(x, w, b, stride=2, pad=1):
    """Four loops, with padding and stride."""
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    Ho, Wo = 1 + (H + 2 * pad - HH) // stride, 1 + (W + 2 * pad - WW) // stride
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)), mode="constant")
    out = np.zeros((N, F, Ho, Wo))
    for n in range(N):
        for f in range(F):
            for i in range(Ho):
                for j in range(Wo):
                    patch = xp[n, :, i * stride : i * stride + HH, j * stride : j * stride + WW]
                    out[n, f, i, j] = np.sum(patch * w[f]) + b[f]

    def backward(dout):
        dxp, dw, db = np.zeros_like(xp), np.zeros_like(w), np.zeros_like(b)
        for n in range(N):
            for f in range(F):
                for i in range(Ho):
                    for j in range(Wo):
                        rows, cols = slice(i * stride, i * stride + HH), slice(j * stride, j * stride + WW)
                        dw[f] += xp[n, :, rows, cols] * dout[n, f, i, j]
                        dxp[n, :, rows, cols] += w[f] * dout[n, f, i, j]
                        db[f] += dout[n, f, i, j]
        return dxp[:, :, pad:-pad, pad:-pad], dw, db

    return out, backward


def conv2d_im2col(x, w, b):
    """By an index array, put back with np.add.at."""
    N, C, H, W = x.shape
    F, _, k, _ = w.shape
    Ho, Wo = H - k + 1, W - k + 1
    i0, i1 = np.repeat(np.arange(k), k), np.repeat(np.arange(Ho), Wo)
    j0, j1 = np.tile(np.arange(k), k), np.tile(np.arange(Wo), Ho)
    ii, jj = i0[:, None] + i1[None, :], j0[:, None] + j1[None, :]
    cols = x[:, :, ii, jj].transpose(1, 2, 3, 0).reshape(C * k * k, -1)
    out = (w.reshape(F, -1) @ cols + b.reshape(-1, 1)).reshape(F, Ho, Wo, N).transpose(3, 0, 1, 2)

    def backward(dout):
        flat = dout.transpose(1, 2, 3, 0).reshape(F, -1)
        dw = (flat @ cols.T).reshape(w.shape)
        dcols = (w.reshape(F, -1).T @ flat).reshape(C, k * k, Ho * Wo, N).transpose(3, 0, 1, 2)
        dx = np.zeros((N, C, H, W), dtype=dcols.dtype)
        np.add.at(dx, (slice(None), slice(None), ii, jj), dcols)
        return dx, dw, flat.sum(axis=1)

    return out, backward


def conv2d_strides(x, w):
    """A strided view and two einsums; the gradient of x by a full correlation with the flipped kernel."""
    H, W, C = x.shape
    k = w.shape[0]
    sh, sw, sc = x.strides
    view = as_strided(x, (H - k + 1, W - k + 1, k, k, C), (sh, sw, sh, sw, sc))
    y = np.einsum("hwijc,ijcf->hwf", view, w)

    def backward(g):
        dw = np.einsum("hwijc,hwf->ijcf", view, g)
        gp = np.pad(g, ((k - 1, k - 1), (k - 1, k - 1), (0, 0)))
        gv = sliding_window_view(gp, (k, k), axis=(0, 1))
        return np.einsum("hwfij,ijcf->hwc", gv, w[::-1, ::-1]), dw

    return y, backward


def conv_transpose(x, w, stride=2):
    """(L, C) with (K, C, F)."""
    L, K = x.shape[0], w.shape[0]
    out = np.zeros(((L - 1) * stride + K, w.shape[2]))
    for i in range(L):
        out[i * stride : i * stride + K] += np.einsum("c,kcf->kf", x[i], w)

    def backward(g):
        patches = np.stack([g[i * stride : i * stride + K] for i in range(L)])
        return np.einsum("lkf,kcf->lc", patches, w), np.einsum("lc,lkf->kcf", x, patches)

    return out, backward


def maxpool_reshape(x, size=2):
    N, C, H, W = x.shape
    xr = x.reshape(N, C, H // size, size, W // size, size)
    out = xr.max(axis=3).max(axis=4)
    mask = xr == out[:, :, :, None, :, None]

    def backward(dout):
        dxr = np.zeros_like(xr)
        wide, _ = np.broadcast_arrays(dout[:, :, :, None, :, None], dxr)
        dxr[mask] = wide[mask]
        dxr /= np.sum(mask, axis=(3, 5), keepdims=True)
        return dxr.reshape(x.shape)

    return out, backward


def maxpool_loops(x, k=2):
    H, W = x.shape
    y, where = np.zeros((H // k, W // k)), {}
    for i in range(H // k):
        for j in range(W // k):
            patch = x[i * k : (i + 1) * k, j * k : (j + 1) * k]
            a, b = np.unravel_index(np.argmax(patch), patch.shape)
            where[i, j] = (i * k + a, j * k + b)
            y[i, j] = patch[a, b]

    def backward(g):
        dx = np.zeros(x.shape)
        for (i, j), at in where.items():
            dx[at] += g[i, j]
        return dx

    return y, backward


def avgpool_global(x):
    return x.mean(axis=(2, 3)), lambda g: np.broadcast_to(g[:, :, None, None], x.shape) / (x.shape[2] * x.shape[3])


def avgpool_repeat(x, k=2):
    y = x.reshape(x.shape[0] // k, k, x.shape[1] // k, k).mean((1, 3))
    return y, lambda g: np.repeat(np.repeat(g, k, axis=0), k, axis=1) / k**2


def upsample_kron(x):
    return np.kron(x, np.ones((2, 2))), lambda g: g.reshape(x.shape[0], 2, x.shape[1], 2).sum(axis=(1, 3))


SHAPES = {
    conv1d_loops: [(2, 2, 6), (3, 2, 3), (3,)], conv1d_windows: [(7,), (3,)], conv1d_convolve: [(7,), (3,)],
    causal_depthwise: [(5, 2), (3, 2)], conv2d_loops: [(2, 2, 4, 4), (2, 2, 3, 3), (2,)],
    conv2d_im2col: [(2, 2, 4, 4), (3, 2, 2, 2), (3,)], conv2d_strides: [(4, 5, 2), (2, 2, 2, 3)],
    conv_transpose: [(3, 2), (3, 2, 2)], maxpool_reshape: [(2, 2, 4, 4)], maxpool_loops: [(4, 6)],
    avgpool_global: [(2, 3, 2, 2)], avgpool_repeat: [(4, 6)], upsample_kron: [(2, 3)],
}  # fmt: skip


def _case(op, shapes):
    return lambda: (op, normal(*shapes) if len(shapes) > 1 else [normal(*shapes)])


globals().update({f"case_{op.__name__}": _case(op, shapes) for op, shapes in SHAPES.items()})

MISTAKES = [
    ("conv1d_loops", "dw += np", "dw = np", "dw"),
    ("conv1d_windows", "] += gi * w", "] = gi * w", "dx"),
    ("conv1d_convolve", "w[::-1], mode", "w, mode", "dx"),
    ("causal_depthwise", "gp[K - 1 :]", "gp[: len(x)]", "dx"),
    ("conv2d_loops", "dxp[n, :, rows, cols] += w[f]", "dxp[n, :, rows, cols] += w[0]", "dx"),
    ("conv2d_im2col", "np.add.at(dx, (slice(None), slice(None), ii, jj), dcols)", "dx[:, :, ii, jj] += dcols", "dx"),
    ("conv2d_strides", "w[::-1, ::-1]", "w", "dx"),
    ("conv_transpose", 'lkf,kcf->lc", patches, w', 'lkf,kcf->lc", patches, w[::-1]', "dx"),
    ("maxpool_reshape", "wide[mask]\n", "wide[mask] * 2\n", "dx"),
    ("maxpool_loops", "g[i, j]\n", "g[i, 0]\n", "dx"),
    ("avgpool_global", "(x.shape[2] * x.shape[3])", "x.shape[2]", "dx"),
    ("avgpool_repeat", "/ k**2", "/ k", "dx"),
    ("upsample_kron", "sum(axis=(1, 3))", "mean(axis=(1, 3))", "dx"),
]
