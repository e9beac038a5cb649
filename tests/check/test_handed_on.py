"""Layers that hand something on: a cache beside Y, gradients in lists, cotangents of several outputs, arrays to layers inside."""

import numpy as np
import pytest

from numpy_lora.check import check_gradients

rng = np.random.default_rng(0)
X, W, b, S = rng.normal(size=(4, 3)), rng.normal(size=(3, 2)), rng.normal(size=2), rng.normal(size=(2, 3, 4))


class Caching:
    def forward(self, x, w):
        return x @ w, (x, w)

    def backward(self, dout, cache):
        x, w = cache
        return dout @ w.T, self.off * x.T @ dout

    off = 1.0


class Listing:
    off = 1.0

    def __init__(self):
        self.W, self.b = W.copy(), b.copy()

    def forward(self, X):
        self.X = X
        return X @ self.W + self.b

    def backward(self, dout):
        return dout @ self.W.T, [self.off * self.X.T @ dout, dout.sum(0)]


class Ramp:
    off = 1.0

    def forward(self, X):
        self.X = X
        return np.maximum(X, 0)

    def backward(self, dout):
        return self.off * dout * (self.X > 0), []


class Cell:
    """A step of two outputs."""

    off = 1.0

    def forward(self, x, h):
        self.a, self.h = np.tanh(x + h), h
        return self.a * h, self.a

    def backward(self, dh_next, da_next):
        ds = (dh_next * self.h + self.off * da_next) * (1 - self.a**2)
        return ds, ds + dh_next * self.a


class Step:
    def __init__(self, W):
        self.params, self.grads = [W], [np.zeros_like(W)]

    def forward(self, x, h):
        self.before, self.h = h, np.tanh(x + h @ self.params[0])
        return self.h

    def backward(self, dh):
        dt = dh * (1 - self.h**2)
        self.grads[0][...] = self.before.T @ dt
        return dt, dt @ self.params[0].T


class Unrolled:
    """Steps made in forward, which share its parameters and have gradients of their own."""

    off = 1.0

    def __init__(self):
        self.params, self.grads, self.layers = [rng.normal(size=(4, 4))], [np.zeros((4, 4))], None

    def forward(self, xs):
        self.layers, h, hs = [], np.zeros(xs[:, 0].shape), np.zeros(xs.shape)
        for t in range(xs.shape[1]):
            self.layers.append(Step(*self.params))
            h = hs[:, t] = self.layers[-1].forward(xs[:, t], h)
        return hs

    def backward(self, dhs):
        dxs, dh, total = np.zeros(dhs.shape), 0, 0
        for t in reversed(range(dhs.shape[1])):
            dxs[:, t], dh = self.layers[t].backward(dhs[:, t] + dh)
            total = total + self.layers[t].grads[0]
        self.grads[0][...] = self.off * total
        return dxs


LAYERS = {
    Caching: ((X, W), ("dx", "dw")),
    Listing: ((X,), ("dX", "dW", "db")),
    Ramp: ((X,), ("dX",)),
    Cell: ((X, X + 1), ("dx", "dh")),
    Unrolled: ((S,), ("dxs", "dparams.0")),
}


@pytest.mark.parametrize("kind", LAYERS)
def test_a_right_layer_holds(kind):
    args, gradients = LAYERS[kind]
    report = check_gradients(kind(), *args)
    assert (report.verdict, report.gradients, report.why) == ("holds", gradients, "")


@pytest.mark.parametrize("kind", LAYERS)
def test_a_mistake_in_it_is_refuted(kind, monkeypatch):
    monkeypatch.setattr(kind, "off", 17.0)
    assert check_gradients(kind(), *LAYERS[kind][0]).verdict == "refuted"


def test_a_gradient_of_nothing_known_is_said_to_be():
    class Shared:
        W = rng.normal(size=(3, 5))

        def forward(self, x):
            self.x = x
            return x @ self.W

        def backward(self, d):
            self.dW = self.x.T @ d
            return d @ self.W.T

    assert check_gradients(Shared(), X).why == "not judged, for it is seen to be the gradient of nothing: dW"
