"""Layers that are objects: every way of keeping parameters and gradients. `off` is the mistake: a factor of some gradient."""

import numpy as np

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
