"""Passes that hand something on: a cache beside Y, gradients in lists, cotangents of several outputs, arrays to layers inside."""

import numpy as np
import pytest

from numpy_lora.check import check_gradients

rng = np.random.default_rng(0)
X, W, b, S = rng.normal(size=(4, 3)), rng.normal(size=(3, 2)), rng.normal(size=2), rng.normal(size=(2, 3, 4))
x = rng.normal(size=3)


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


def softmax_and_copy(x):
    P = np.exp(x) / np.exp(x).sum(-1, keepdims=True)
    return P, P.copy()


CACHED = {
    "a mask": (lambda x: (np.maximum(x, 0), x > 0), lambda dout, mask: dout * mask),
    "called cache": (lambda x: (x * x, 2 * x), lambda dY, cache: dY * cache),
    "a slope": (lambda x: (x * x, 2 * x), lambda dY, slope: dY * slope),
    "a copy of the output": (softmax_and_copy, lambda dY, P: P * (dY - (dY * P).sum(-1, keepdims=True))),
}


@pytest.mark.parametrize("name", CACHED)
def test_what_is_returned_beside_the_output_may_be_an_array(name):
    forward, backward = CACHED[name]
    assert check_gradients(forward, x, backward=backward).grade == "exact"
    assert check_gradients(forward, x, backward=lambda dY, cache: 2 * backward(dY, cache)).verdict == "refuted"


def two(x, w):
    return (x * w, np.tanh(x)), lambda dY, dZ: (dY * w + dZ * (1 - np.tanh(x) ** 2), dY * x)


def test_each_output_may_have_a_cotangent_of_its_own():
    kept, w = {}, rng.normal(size=x.shape)

    def forward(x, w):
        Y, kept["back"] = two(x, w)
        return Y

    def backward(dY, dZ):
        return kept["back"](dY, dZ)

    assert check_gradients(two, x, w).grade == "exact"
    assert check_gradients(forward, x, w, backward=backward).grade == "exact"
    assert check_gradients(forward, x, w, backward=lambda dY, dZ: backward(dY, 2 * dZ)).verdict == "refuted"


def test_what_is_plainly_a_cache_is_checked_as_one_and_not_again():
    runs = {"a cache": 0, "a closure": 0}

    def handing_on(X, W):
        runs["a cache"] += 1
        return X @ W, (X, W)

    def closing_over(X, W):
        runs["a closure"] += 1
        return X @ W, lambda dY: doubled(dY, (X, W))

    def doubled(dY, cache):
        X, W = cache
        return dY @ W.T, 2 * X.T @ dY

    assert check_gradients(handing_on, X, W, backward=doubled).verdict == "refuted"
    assert check_gradients(closing_over, X, W).verdict == "refuted"
    assert runs["a cache"] < 1.5 * runs["a closure"]  # how many entries are looked at hangs on the time
