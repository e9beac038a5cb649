"""Cells unrolled in time: states in lists, in buffers, in dicts."""

import numpy as np
from scipy.special import expit

from tests.check.layers.values import normal


def rnn(x, h0, Wx, Wh, b):
    """tanh, states in a list."""
    hs = [h0]
    for t in range(x.shape[0]):
        hs.append(np.tanh(x[t] @ Wx + hs[-1] @ Wh + b))

    def backward(dh):
        dx, dWx, dWh, db = np.zeros_like(x), np.zeros_like(Wx), np.zeros_like(Wh), np.zeros_like(b)
        dnext = np.zeros_like(h0)
        for t in reversed(range(x.shape[0])):
            da = (dh[t] + dnext) * (1 - hs[t + 1] ** 2)
            db += da.sum(axis=0)
            dWx += x[t].T @ da
            dWh += hs[t].T @ da
            dx[t] = da @ Wx.T
            dnext = da @ Wh.T
        return dx, dnext, dWx, dWh, db

    return np.stack(hs[1:]), backward


def rnn_characters(Wxh, Whh, Why, bh, by, inputs, targets):
    """The hundred-line character model: columns, dicts of states, loss summed in a loop."""
    xs, hs, ps, loss = {}, {-1: np.zeros((Whh.shape[0], 1))}, {}, 0
    for t in range(len(inputs)):
        xs[t] = np.zeros((Wxh.shape[1], 1))
        xs[t][inputs[t]] = 1
        hs[t] = np.tanh(np.dot(Wxh, xs[t]) + np.dot(Whh, hs[t - 1]) + bh)
        y = np.dot(Why, hs[t]) + by
        ps[t] = np.exp(y) / np.sum(np.exp(y))
        loss += -np.log(ps[t][targets[t], 0])

    def backward(g):
        dWxh, dWhh, dWhy = np.zeros_like(Wxh), np.zeros_like(Whh), np.zeros_like(Why)
        dbh, dby = np.zeros_like(bh), np.zeros_like(by)
        dhnext = np.zeros_like(hs[0])
        for t in reversed(range(len(inputs))):
            dy = np.copy(ps[t])
            dy[targets[t]] -= 1
            dWhy += np.dot(dy, hs[t].T)
            dby += dy
            dh = np.dot(Why.T, dy) + dhnext
            dhraw = (1 - hs[t] * hs[t]) * dh
            dbh += dhraw
            dWxh += np.dot(dhraw, xs[t].T)
            dWhh += np.dot(dhraw, hs[t - 1].T)
            dhnext = np.dot(Whh.T, dhraw)
        return [g * d for d in (dWxh, dWhh, dWhy, dbh, dby)]

    return loss, backward


def lstm(x, W, U, b):
    """Gates in one product, states in buffers, zero at the start."""
    T, N, _ = x.shape
    H = U.shape[0]
    h, c = np.zeros((T + 1, N, H)), np.zeros((T + 1, N, H))
    gates = np.zeros((T, N, 4 * H))
    for t in range(T):
        z = x[t] @ W + h[t] @ U + b
        z[:, : 3 * H] = 1 / (1 + np.exp(-z[:, : 3 * H]))
        z[:, 3 * H :] = np.tanh(z[:, 3 * H :])
        i, f, o, g = np.split(z, 4, axis=1)
        c[t + 1] = f * c[t] + i * g
        h[t + 1] = o * np.tanh(c[t + 1])
        gates[t] = z

    def backward(dout):
        dx, dW, dU, db = np.zeros(x.shape), np.zeros(W.shape), np.zeros(U.shape), np.zeros(b.shape)
        dh, dc = np.zeros((N, H)), np.zeros((N, H))
        for t in range(T - 1, -1, -1):
            i, f, o, g = (gates[t][:, k * H : (k + 1) * H] for k in range(4))
            tc = np.tanh(c[t + 1])
            dh = dh + dout[t]
            dc = dc + dh * o * (1 - tc**2)
            di, df, do, dg = dc * g, dc * c[t], dh * tc, dc * i
            dz = np.hstack([di * i * (1 - i), df * f * (1 - f), do * o * (1 - o), dg * (1 - g**2)])
            dx[t], dh, dc = dz @ W.T, dz @ U.T, dc * f
            dW += x[t].T @ dz
            dU += h[t].T @ dz
            db += dz.sum(0)
        return dx, dW, dU, db

    return h[1:], backward


def lstm_cell(x, state, p):
    """One step; state is a pair, parameters are a dict of named matrices."""
    h, c = state
    v = np.concatenate([x, h], axis=1)
    f, i, o = (expit(v @ p["W" + n] + p["b" + n]) for n in "fio")
    g = np.tanh(v @ p["Wg"] + p["bg"])
    c2 = f * c + i * g
    h2 = o * np.tanh(c2)

    def backward(d):
        dh, dc = d
        dc = dc + dh * o * (1 - np.tanh(c2) ** 2)
        pre = {
            "f": dc * c * f * (1 - f),
            "i": dc * g * i * (1 - i),
            "o": dh * np.tanh(c2) * o * (1 - o),
            "g": dc * i * (1 - g**2),
        }
        dv = sum(pre[n] @ p["W" + n].T for n in pre)
        grads = {"W" + n: v.T @ a for n, a in pre.items()} | {"b" + n: a.sum(0) for n, a in pre.items()}
        return dv[:, : x.shape[1]], (dv[:, x.shape[1] :], dc * f), {k: grads[k] for k in p}

    return (h2, c2), backward


def gru(x, h, Wz, Wr, Wn, Uz, Ur, Un):
    z, r = expit(x @ Wz + h @ Uz), expit(x @ Wr + h @ Ur)
    n = np.tanh(x @ Wn + r * (h @ Un))
    y = (1 - z) * n + z * h

    def backward(dy):
        dn = dy * (1 - z) * (1 - n**2)
        dz = dy * (h - n) * z * (1 - z)
        dr = dn * (h @ Un) * r * (1 - r)
        dx = dn @ Wn.T + dz @ Wz.T + dr @ Wr.T
        dh = dy * z + (dn * r) @ Un.T + dz @ Uz.T + dr @ Ur.T
        return dx, dh, x.T @ dz, x.T @ dr, x.T @ dn, h.T @ dz, h.T @ dr, h.T @ (dn * r)

    return y, backward


def ssm_scan(x, log_a, B, C):
    """A diagonal state-space layer."""
    a = np.exp(-np.exp(log_a))
    s, ys, states = np.zeros(len(a)), [], []
    for xt in x:
        states.append(s)
        s = a * s + B @ xt
        ys.append(C @ s)

    def backward(dy):
        da, dB, dC = np.zeros_like(a), np.zeros_like(B), np.zeros_like(C)
        ds, dx = np.zeros_like(a), []
        for t in range(len(x))[::-1]:
            s_t = a * states[t] + B @ x[t]
            dC += np.outer(dy[t], s_t)
            ds = ds + C.T @ dy[t]
            da += ds * states[t]
            dB += np.outer(ds, x[t])
            dx.insert(0, B.T @ ds)
            ds = a * ds
        return np.array(dx), da * a * -np.exp(log_a), dB, dC

    return np.array(ys), backward


def moving_average(x, logit):
    """Exponential smoothing with a learned rate."""
    k = 1 / (1 + np.exp(-logit))
    out = [x[0]]
    for v in x[1:]:
        out.append(k * out[-1] + (1 - k) * v)

    def backward(g):
        carry, dk, dx = 0.0, 0.0, [None] * len(x)
        for t in range(len(x) - 1, 0, -1):
            carry = carry + g[t]
            dk += np.sum(carry * (out[t - 1] - x[t]))
            dx[t] = carry * (1 - k)
            carry = carry * k
        dx[0] = carry + g[0]
        return np.stack(dx), dk * k * (1 - k)

    return np.stack(out), backward


def case_rnn():
    return rnn, normal((3, 2, 3), (2, 4), (3, 4), (4, 4), (4,))


def case_rnn_characters():
    return rnn_characters, [*normal((3, 5), (3, 3), (5, 3), (3, 1), (5, 1)), [0, 3, 3, 1], [3, 3, 1, 4]]


def case_lstm():
    return lstm, normal((3, 2, 3), (3, 8), (2, 8), (8,))


def case_lstm_cell():
    x, h, c, *rest = normal((2, 3), (2, 2), (2, 2), *[(5, 2)] * 4, *[(2,)] * 4)
    names = ["Wf", "Wi", "Wo", "Wg", "bf", "bi", "bo", "bg"]
    return lstm_cell, [x, (h, c), dict(zip(names, rest, strict=True))]


def case_gru():
    return gru, normal((2, 3), (2, 4), *[(3, 4)] * 3, *[(4, 4)] * 3)


def case_ssm_scan():
    return ssm_scan, normal((4, 2), (3,), (3, 2), (2, 3))


def case_moving_average():
    return moving_average, [normal((5, 2)), np.array(0.3)]


MISTAKES = [
    ("rnn", "dnext = da @ Wh.T", "dnext = da @ Wh", "dx"),
    ("rnn_characters", "dbh += dhraw", "dbh += dh", "dbh"),
    ("lstm", "dz @ U.T, dc * f", "dz @ U.T, dc * i", "dx"),
    ("lstm_cell", "dc * i * (1 - g**2)", "dc * i * (1 - g)", "dp.Wg"),
    ("gru", "h.T @ (dn * r)", "h.T @ dn", "dUn"),
    ("ssm_scan", "ds = a * ds", "ds = ds", "dx"),
    ("moving_average", "dk * k * (1 - k)", "dk", "dlogit"),
]
