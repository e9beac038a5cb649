"""Layers that are objects and have manners: they update, accumulate, count, queue, make parameters late, cannot be copied."""

import threading
from typing import ClassVar

import numpy as np

from tests.check.objects import Linear, Tanh, W, X

CACHE = {}


class Updating(Linear):
    """Takes a step in its backward pass, with what dX needs at hand before."""

    def backward(self, dY):
        dX = super().backward(dY)
        self.W -= 0.1 * self.dW
        self.b = self.b - 0.1 * self.db
        return dX


class UpdatingAndTelling(Linear):
    """Takes a step and does not keep the gradient."""

    def backward(self, dY):
        dX = dY @ self.W.T
        self.W = self.W - 0.1 * (self.X.T @ dY)
        return dX


class Counting(Linear):
    calls = 0

    def forward(self, X):
        self.calls += 1
        return self.calls * super().forward(X)

    def backward(self, dY):
        return super().backward(self.calls * dY)


class Once(Linear):
    def backward(self, dY):
        dX = super().backward(dY)
        del self.X
        return dX


class Accumulating(Linear):
    def __init__(self):
        super().__init__()
        self.dW, self.db = np.zeros((3, 4)), np.zeros(4)

    def backward(self, dY):
        self.dW += self.X.T @ dY
        self.db += dY.sum(0)
        return dY @ self.W.T


class Spoiling(Linear):
    """Spoils dY and what it returned."""

    def backward(self, dY):
        dX = super().backward(dY)
        dY *= 0
        return dX


class SpoilingItsOutput(Tanh):
    def backward(self, grad):
        np.multiply(self.y, self.y, out=self.y)
        return grad * (1 - self.y)


class Nameless(Linear):
    """Its gradients have names that do not say whose they are."""

    def backward(self, dY):
        self.delta, self.tau = self.X.T @ dY, dY.sum(0)
        return dY @ self.W.T


class Frozen(Linear):
    def backward(self, dY):
        self.db = dY.sum(0)
        return dY @ self.W.T


class Running(Linear):
    """Keeps a mean that its output does not depend on."""

    def __init__(self):
        super().__init__()
        self.mean = np.zeros(3)

    def forward(self, X):
        self.mean = 0.9 * self.mean + 0.1 * X.mean(0)
        return super().forward(X)


class Numbered(Linear):
    """A parameter that is a plain number, and no array that could be replaced."""

    def __init__(self):
        super().__init__()
        self.slope = 0.5

    def forward(self, X):
        return self.slope * super().forward(X)

    def backward(self, dY):
        self.dslope = float((dY * (self.X @ self.W + self.b)).sum())
        return super().backward(self.slope * dY)


class Viewed(Linear):
    """All parameters in one flat array, of which W and b are views."""

    def __init__(self):
        super().__init__()
        self.theta = np.concatenate([self.W.ravel(), self.b])
        self.W, self.b = self.theta[:12].reshape(3, 4), self.theta[12:]


class Transposed(Linear):
    """Keeps a view of W besides, and uses both: in a copy the view is an array of its own."""

    def __init__(self):
        super().__init__()
        self.WT = self.W.T

    def backward(self, dY):
        super().backward(dY)
        return dY @ self.WT

    def forward(self, X):
        return super().forward(X) / 2 + (X @ self.WT.T + self.b) / 2


class Velocities(Linear):
    """Lists of parameters, gradients and velocities: only of the first does the output depend."""

    def __init__(self):
        self.params, self.grads = [W.copy(), np.ones(4)], [np.zeros((3, 4)), np.zeros(4)]
        self.v = [np.zeros((3, 4)), np.zeros(4)]

    def forward(self, X):
        self.X = X
        return X @ self.params[0] + self.params[1]

    def backward(self, dY):
        self.grads[:] = self.X.T @ dY, dY.sum(0)
        return dY @ self.params[0].T


class Stale(Tanh):
    """Has been used; forward writes into what is left, whose gradient has the name of one."""

    def __init__(self):
        self.x = X.copy()

    def forward(self, x):
        self.x[...] = x
        return np.tanh(self.x)

    def backward(self, grad):
        self.dx = grad * (1 - np.tanh(self.x) ** 2)
        return self.dx


class StaleByAnotherName(Stale):
    """What is left has been written into, and has the gradient of a parameter; nothing of it counts any more."""

    def __init__(self):
        self.kept = X.copy()

    def forward(self, x):
        self.kept[...] = x
        return np.tanh(self.kept)

    def backward(self, grad):
        self.dkept = grad * (1 - np.tanh(self.kept) ** 2)
        return self.dkept


class UsedAndReturning(Linear):
    """Keeps an array of the shape of b, which is no parameter, from a call before."""

    def __init__(self):
        super().__init__()
        self.forward(X)

    def forward(self, X):
        Y = super().forward(X)
        self.mean = Y.mean(0)
        return Y

    def backward(self, dY):
        return dY @ self.W.T, self.X.T @ dY, dY.sum(0)


class Twofold(Linear):
    """Two gradients of W that differ, with names that say the same."""

    def backward(self, dY):
        dX = super().backward(dY)
        self.grads = {"W": 0.9 * self.dW}
        return dX


class Lazy(Linear):
    """Makes its parameters when it sees its input."""

    def __init__(self):
        super().__init__()
        self.W = self.b = None

    def initial(self, shape):
        return np.full(shape, 0.5) + np.arange(shape[-1])

    def forward(self, X):
        if self.W is None:
            self.W, self.b = self.initial((X.shape[1], 4)), self.initial((4,))
        return super().forward(X)


class LazyAndRandom(Lazy):
    def initial(self, shape):
        return np.random.default_rng().normal(size=shape)


class Queueing(Linear):
    """Adds its input to a list, and goes back over the list from its start."""

    def __init__(self):
        super().__init__()
        self.Xs = []

    def forward(self, X):
        self.Xs.append(X)
        return super().forward(X)

    def backward(self, dY):
        super().backward(dY)
        self.dW = self.Xs[0].T @ dY
        return dY @ self.W.T


class LazyAndQueueing(Lazy, Queueing):
    pass


class Ahead(Linear):
    """dX with the weights that the step has changed."""

    def backward(self, dY):
        super().backward(dY)
        self.W = self.W - 0.1 * self.dW
        return dY @ self.W.T


class Zero(Linear):
    def backward(self, dY):
        dX = super().backward(dY)
        self.dW = 0 * self.W
        return dX


class Doubling(Accumulating):
    """Adds to what a layer before it would have left: its own gradient is twice there."""

    def backward(self, dY):
        super().backward(dY)
        return super().backward(dY)


class Remembering(Linear):
    """Its forward pass remembers the first X that it saw, outside of the object."""

    def forward(self, X):
        CACHE.setdefault("X", X.copy())
        return CACHE["X"] * X

    def backward(self, dY):
        return dY * CACHE["X"]


class RememberingInItsClass(Remembering):
    cache: ClassVar[dict] = {}

    def forward(self, X):
        self.cache.setdefault("X", X.copy())
        return self.cache["X"] * X

    def backward(self, dY):
        return dY * self.cache["X"]


class RememberingAndHandingOn:
    """An object that is called, with an array that is no parameter; it is judged as a function."""

    def __init__(self):
        self.K = np.ones(3)

    def __call__(self, X):
        kept = CACHE.setdefault("handed on", X.copy())
        return kept * X * self.K, lambda dY: dY * kept * self.K


class Square(Linear):
    """Two parameters of one shape, returned in an order that nothing tells."""

    def __init__(self):
        self.W, self.V = np.eye(3), 2 * np.eye(3)

    def forward(self, X):
        self.X = X
        return X @ self.W + X**2 @ self.V

    def backward(self, dY):
        dX = dY @ self.W.T + 2 * self.X * (dY @ self.V.T)
        return dX, (self.X**2).T @ dY, self.X.T @ dY


class Wanting(Linear):
    def backward(self, dY, rate):
        return super().backward(dY)


class Idle(Linear):
    def backward(self, dY):
        return None


class Making(Linear):
    def __init__(self, n, m=2):
        super().__init__()


class Capturing(Linear):
    def __init__(self):
        super().__init__()
        self.product = lambda X: X @ self.W

    def forward(self, X):
        self.X = X
        return self.product(X) + self.b


class Single(Linear):
    def __deepcopy__(self, memo):
        return self


class Locked(Linear):
    def __init__(self):
        super().__init__()
        self.lock = threading.Lock()


def pending():
    layer = Queueing()
    layer.forward(X)
    return layer


class LazyAndWrong(Lazy):
    def backward(self, dY):
        dX = super().backward(dY)
        self.dW = self.dW * 2
        return dX
