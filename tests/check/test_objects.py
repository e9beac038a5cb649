"""Layers that are objects: every way of keeping parameters and gradients, proved right, and wrong where a mistake is planted."""

import numpy as np
import pytest

from numpy_lora.check import check_gradients

rng = np.random.default_rng(6)
X, IDS = rng.normal(size=(5, 3)), np.array([0, 2, 2])
W, B = rng.normal(size=(3, 4)), rng.normal(size=4)


class Linear:
    """Gradients in attributes; `off` is the mistake: what dW is multiplied by."""

    def __init__(self, off=1.0):
        self.W, self.b, self.off = W.copy(), B.copy(), off
        self.dW = None

    def forward(self, X):
        self.X = X
        return X @ self.W + self.b

    def backward(self, dY):
        self.dW = self.off * (self.X.T @ dY)
        self.db = dY.sum(0)
        return dY @ self.W.T


class Accumulating(Linear):
    """Gradients in a dict of buffers, added to."""

    def __init__(self, off=1.0):
        super().__init__(off)
        self.params = {"W": self.W, "b": self.b}
        self.grads = {"W": np.ones((3, 4)), "b": np.full(4, 7.0)}
        del self.dW

    def backward(self, dY):
        self.grads["W"] += self.off * (self.X.T @ dY)
        self.grads["b"] += dY.sum(0)
        return dY @ self.W.T


class Listed(Linear):
    """Lists of parameters and gradients, the gradients written in place."""

    def __init__(self, off=1.0):
        super().__init__(off)
        self.params, self.grads = [self.W, self.b], [np.zeros((3, 4)), np.zeros(4)]

    def backward(self, dY):
        self.grads[0][...] = self.off * (self.X.T @ dY)
        self.grads[1][...] = dY.sum(0)
        return dY @ self.params[0].T


class Returning(Linear):
    def backward(self, dY):
        return dY @ self.W.T, self.off * (self.X.T @ dY), dY.sum(0)


class ReturningADict(Linear):
    def backward(self, dY):
        return dY @ self.W.T, {"dW": self.off * (self.X.T @ dY), "b": dY.sum(0)}


class ReturningAllByName(Linear):
    def backward(self, dY):
        return {"dX": dY @ self.W.T, "dW": self.off * (self.X.T @ dY), "db": dY.sum(0)}


class Unnamed:
    """Parameters without names of their own, and buffers of gradients that have some."""

    def __init__(self, off=1.0):
        self.params, self.off = [W.copy(), B.copy()], off
        self.grads = {"W_grad": np.zeros((3, 4)), "b_grad": np.zeros(4)}

    def forward(self, X):
        self.X = X
        return X @ self.params[0] + self.params[1]

    def backward(self, dY):
        self.grads["W_grad"][...] = self.X.T @ dY
        self.grads["b_grad"][...] = dY.sum(0)
        return {"X_grad": self.off * dY @ self.params[0].T, **self.grads}


class Parameter:
    def __init__(self, data):
        self.data, self.grad = data, np.zeros_like(data)


class Wrapped:
    """Parameters that are objects with their gradients in them."""

    def __init__(self, off=1.0):
        self.W, self.b, self.off = Parameter(W.copy()), Parameter(B.copy()), off

    def forward(self, X):
        self.X = X
        return X @ self.W.data + self.b.data

    def backward(self, dY):
        self.W.grad += self.off * (self.X.T @ dY)
        self.b.grad += dY.sum(0)
        return dY @ self.W.data.T


class Silent(Linear):
    """Returns nothing: neither its output nor the gradient of its input."""

    def forward(self, X, training=False):
        self.X, self.output = X, X @ self.W + self.b

    def backward(self, dY):
        self.dW, self.db, self.dX = self.off * (self.X.T @ dY), dY.sum(0), dY @ self.W.T


class Asking(Linear):
    """Its backward wants what forward had, and a keyword of its own."""

    def forward(self, X):
        return X @ self.W + self.b

    def backward(self, dY, X, rate):
        self.dW, self.db = self.off * (X.T @ dY), dY.sum(0)
        return dY @ self.W.T


class Caching(Linear):
    """Writes the gradient of dt before the backward pass does anything: dA is no gradient of A."""

    def __init__(self, off=1.0):
        self.A, self.dt, self.off = np.ones(3), np.array([0.5]), off

    def forward(self, X):
        self.dA = np.exp(self.A * self.dt)
        return X * self.dA

    def backward(self, dY):
        return self.off * (dY * self.dA)


class Tanh:
    def forward(self, x):
        self.y = np.tanh(x)
        return self.y

    def backward(self, grad):
        return grad * (1 - self.y**2)


class Network:
    def __init__(self, off=1.0):
        self.layers = [Linear(), Tanh(), Tanh()]
        self.layers[0].off = off

    def forward(self, X):
        for layer in self.layers:
            X = layer.forward(X)
        return X

    def backward(self, grad):
        for layer in reversed(self.layers):
            grad = layer.backward(grad)
        return grad


class Two(Network):
    def __init__(self, off=1.0):
        super().__init__(off)
        self.layers[2] = Linear()
        self.layers[2].W = np.ones((4, 2))
        self.layers[2].b = np.zeros(2)


class Embedding:
    def __init__(self, off=1.0):
        self.E, self.off = W.copy(), off

    def forward(self, ids):
        self.ids = ids
        return self.E[ids]

    def backward(self, dY):
        self.dE = np.zeros_like(self.E)
        np.add.at(self.dE, self.ids, self.off * dY)


class Loss:
    """Its backward takes nothing."""

    def __init__(self, off=1.0):
        self.off = off

    def forward(self, X, y):
        self.r = X - y
        return (self.r**2).mean()

    def backward(self):
        return self.off * 2 * self.r / self.r.size


class LossOfArguments(Loss):
    """Its backward takes what forward takes."""

    def forward(self, X, y):
        return ((X - y) ** 2).mean()

    def backward(self, X, y):
        return self.off * 2 * (X - y) / X.size


class LossWithADefault(Loss):
    """Its backward takes dY, and leaves it out of account where it is 1."""

    def backward(self, dY=1):
        return super().backward()


class Private(Linear):
    """Attributes that are nobody else's business."""

    def __init__(self, off=1.0):
        self.__W, self._b, self.off = W.copy(), B.copy(), off

    def forward(self, X):
        self._X = X
        return X @ self.__W + self._b

    def backward(self, dY):
        self.__dW, self._b_grad = self.off * (self._X.T @ dY), dY.sum(0)
        return dY @ self.__W.T


class Objective:
    """A loss of parameters in a dict, and a dict of gradients."""

    def __init__(self, off=1.0):
        self.params, self.off = {"W": W.copy()}, off

    def loss(self, X, Y):
        return ((X @ self.params["W"] - Y) ** 2).sum()

    def gradient(self, X, Y):
        return {"W": self.off * (2 * X.T @ (X @ self.params["W"] - Y))}


class HandingOn(Linear):
    """Its method returns Y and a backward pass, which leaves the gradients of the parameters in the object."""

    def __init__(self, off=1.0):
        super().__init__(off)
        self.grads = {"W": np.zeros((3, 4)), "b": np.zeros(4)}
        del self.dW

    def begin(self, X, training=True):
        def backward(dY):
            self.grads["W"] += self.off * (X.T @ dY)
            self.grads["b"] += dY.sum(0)
            return dY @ self.W.T

        return X @ self.W + self.b, backward

    __call__ = begin


class Uncalled:
    """The same without methods of other names."""

    def __init__(self, off=1.0):
        self.layer = HandingOn(off)
        self.W, self.b, self.grads = self.layer.W, self.layer.b, self.layer.grads

    def __call__(self, X):
        return self.layer.begin(X)


class Both:
    """A method that returns a loss and the gradients of the parameters."""

    def __init__(self, off=1.0):
        self.params, self.off = {"W1": W.copy(), "b1": B.copy()}, off

    def loss(self, X, Y, scale=1.0):
        r = X @ self.params["W1"] + self.params["b1"] - Y
        return scale * (r**2).sum(), {"W1": self.off * scale * 2 * X.T @ r, "b1": scale * 2 * r.sum(0)}


class Kernel:
    """An object with an array that is no parameter: its function alone is judged."""

    def __init__(self, off=1.0):
        self.K, self.off = W.copy(), off

    def __call__(self, X):
        return X @ self.K, lambda dY: self.off * (dY @ self.K.T)


class Oddly:
    """Methods by other names."""

    def __init__(self, off=1.0):
        self.W, self.off = W.copy(), off

    def fprop(self, X):
        self.X = X
        return X @ self.W

    def bprop(self, dY):
        self.W_grad = self.off * (self.X.T @ dY)
        return dY @ self.W.T


class Static:
    off = 1.0

    @staticmethod
    def forward(X):
        return X * X

    @classmethod
    def backward(cls, dY, X):
        return cls.off * (2 * X * dY)


def used(off=1.0):
    """A layer that has been trained on other arrays, and keeps what it left."""
    layer = Linear(off)
    layer.forward(np.ones((2, 3)))
    layer.backward(np.ones((2, 4)))
    return layer


def of(make, *args, **options):
    return lambda off: (make(off), args, options)


def methods(make, first, second, keyword, *args):
    def call(off):
        thing = make(off)
        return getattr(thing, first), args, {keyword: getattr(thing, second)}

    return call


LINEAR = ("dX", "dW", "db")
Y = rng.normal(size=(5, 4))
LAYERS = {  # how it is called, given its mistake: the gradients that are judged, the one that is wrong where one is planted
    "attributes": (of(Linear, X), LINEAR, "dW"),
    "used before": (of(used, X), LINEAR, "dW"),
    "accumulated in a dict": (of(Accumulating, X), LINEAR, "dW"),
    "in lists, in place": (of(Listed, X), LINEAR, "dW"),
    "returned": (of(Returning, X), LINEAR, "dW"),
    "returned, one in a dict": (of(ReturningADict, X), LINEAR, "dW"),
    "returned by name": (of(ReturningAllByName, X), LINEAR, "dW"),
    "in objects": (of(Wrapped, X), LINEAR, "dW"),
    "nothing returned": (of(Silent, X, True), LINEAR, "dW"),
    "more arguments of backward": (of(Asking, X, kwargs={"rate": 0.1}), LINEAR, "dW"),
    "a cache by the name of a gradient": (of(Caching, X), ("dX",), "dX"),
    "layers in a layer": (of(Network, X), LINEAR, "dW"),
    "integers alone": (of(Embedding, IDS), ("dE",), "dE"),
    "a loss": (of(Loss, X, X + 1), ("dX",), "dX"),
    "a loss whose dY has a default": (of(LossWithADefault, X, X + 1), ("dX",), "dX"),
    "private": (of(Private, X), ("dX", "d_Private__W", "d_b"), "d_Private__W"),
    "a loss of its arguments": (of(LossOfArguments, X, X + 1), ("dX",), "dX"),
    "a loss and a gradient": (methods(Objective, "loss", "gradient", "gradient", X, Y), ("dW",), "dW"),
    "a method that returns backward": (lambda off: (HandingOn(off).begin, (X,), {}), LINEAR, "dW"),
    "an object that is called": (lambda off: (Uncalled(off), (X,), {}), LINEAR, "dW"),
    "a method that returns gradients": (
        lambda off: (Both(off).loss, (X, Y), {"kwargs": {"scale": 2.0}}),
        ("dW1", "db1"),
        "dW1",
    ),
    "an object whose arrays are no parameters": (of(Kernel, X), ("dX",), "dX"),
    "other methods": (methods(Oddly, "fprop", "bprop", "backward", X), ("dX", "dW"), "dW"),
    "two layers of a kind": (of(Two, X), ("dX", "dlayers.0.W", "dlayers.0.b", "dlayers.2.W", "dlayers.2.b"), "dlayers.0.W"),
    "picked by a path": (of(Two, X, wrt="layers.0.W"), ("dlayers.0.W",), "dlayers.0.W"),
    "picked by name": (of(Linear, X, wrt=["W"]), ("dW",), "dW"),
    "picked by the end of a path": (of(Network, X, wrt="W"), ("dW",), "dW"),
    "named in order": (of(Returning, X, wrt=["X", "W", "b"]), LINEAR, "dW"),
}


@pytest.mark.parametrize("name", LAYERS)
def test_a_right_layer_is_proved(name):
    call, gradients, _ = LAYERS[name]
    op, args, options = call(1.0)
    report = check_gradients(op, *args, **options)
    assert (report.verdict, report.grade, report.gradients) == ("holds", "exact", gradients), report


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("off", [2.0, 1 + 2.0**-40])
def test_a_mistake_is_refuted_where_it_is(name, off):
    call, _, wrong = LAYERS[name]
    op, args, options = call(off)
    report = check_gradients(op, *args, **options)
    assert (report.verdict, report.grade) == ("refuted", "exact"), report
    assert [f.gradient for f in report.failures] == [wrong]
    assert off != 2 or report.failures[0].factor == 2.0


def test_a_class_is_made_where_it_needs_nothing():
    assert check_gradients(Linear, X).gradients == LINEAR
    assert check_gradients(Static, X).gradients == ("dX",)


def test_the_object_is_left_as_it_was():
    layer = Accumulating()
    kept = layer.grads["W"], layer.W
    check_gradients(layer, X)
    assert (layer.grads["W"] is kept[0], layer.W is kept[1], (layer.grads["W"] == 1).all()) == (True, True, True)
    assert np.array_equal(layer.W, W)
    assert not hasattr(layer, "X")


def test_parameters_in_float32_are_judged_in_their_own_precision():
    layer = Listed()
    layer.params[:] = layer.W, layer.b = W.astype(np.float32), B.astype(np.float32)
    layer.grads = [np.zeros_like(layer.W), np.zeros_like(layer.b)]
    report = check_gradients(layer, X.astype(np.float32))
    assert (report.verdict, report.grade, report.rounded) == ("holds", "exact", "float32")


@pytest.mark.parametrize(("off", "wrong"), [(1.0, []), (2.0, ["dX"])])
def test_a_buffer_of_a_gradient_is_no_parameter_though_nothing_goes_by_its_name(off, wrong):
    report = check_gradients(Unnamed(off), X)
    assert (report.gradients, [f.gradient for f in report.failures]) == (("dX",), wrong), report
    assert "no gradient came for params.0, params.1" in report.why


class Model:
    """Two methods of an object that cannot be copied, for a generator is in it."""

    def __init__(self, a):
        self.a, self.log = a, (n for n in range(3))

    def loss(self, x):
        return (self.a * x**2).sum()

    def slope(self, x):
        return 2 * self.a * x

    def wrong(self, x):
        return self.a * x


def test_methods_of_an_object_that_cannot_be_copied_are_judged_as_functions():
    model, x = Model(np.array([2.0, -0.5])), np.array([0.3, 1.7])
    assert check_gradients(model.loss, x, gradient=model.slope).grade == "exact"
    (failure,) = check_gradients(model.loss, x, gradient=model.wrong).failures
    assert failure.factor == 0.5
