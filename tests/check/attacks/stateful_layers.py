"""Layers that are objects, values that come with derivatives, and writes through views: each wrong in one thing alone."""

import numpy as np

rng = np.random.default_rng(0)
X, W, S, V = rng.normal(size=(3, 4)), rng.normal(size=(4, 2)), rng.normal(size=(3, 3)), rng.normal(size=4)
HIDDEN = 2.0**-38
ATTACKS = {}


class Linear:
    def __init__(self):
        self.W, self.b, self.WT = W.copy(), np.zeros(2), W.T.copy()
        self.dW, self.db = np.zeros((4, 2)), np.zeros(2)

    def forward(self, X):
        self.X = X
        return X @ self.W + self.b

    def backward(self, dY):
        self.dW, self.db = self.X.T @ dY, dY.sum(0)
        return dY @ self.W.T


def layer(kind):
    ATTACKS[kind.__name__] = lambda: (kind(), (X,))
    return kind


KEPT = {}


@layer
class FirstInputKept(Linear):
    def forward(self, X):
        KEPT.setdefault("X", np.array(X))
        return super().forward(X)

    def backward(self, dY):
        dX = super().backward(dY)
        self.dW = KEPT["X"].T @ dY
        return dX


@layer
class WeightsOfOld(Linear):
    def backward(self, dY):
        super().backward(dY)
        return dY @ self.WT


@layer
class MeanOfBias(Linear):
    def backward(self, dY):
        dX = super().backward(dY)
        self.db = dY.mean(0)
        return dX


@layer
class HalfAccumulated(Linear):
    def backward(self, dY):
        self.dW += self.X.T @ dY / 2
        self.db += dY.sum(0)
        return dY @ self.W.T


@layer
class OneEntryOff(Linear):
    def backward(self, dY):
        dX = super().backward(dY)
        self.dW[1, 1] *= 1 + 1e-9
        return dX


@layer
class RunningMean:
    def __init__(self):
        self.m, self.g, self.dg = np.zeros(4), np.ones(4), None

    def forward(self, X):
        self.m = 0.9 * self.m + 0.1 * X.mean(0)
        self.Z = X - self.m
        return self.Z * self.g

    def backward(self, dY):
        self.dg = (dY * self.Z).sum(0)
        return dY * self.g


@layer
class InPlaceAndOff:
    def forward(self, X):
        self.mask = X > 0
        X *= self.mask
        return X

    def backward(self, dY):
        dY *= self.mask
        dY[0] *= 1 + 1e-8
        return dY


def form(name, op, x, **options):
    ATTACKS[name] = lambda: (op, (x,), options)


form("value of another function", lambda x: (float((x**2).sum()), 3 * x**2), V, gradient=True)
form("Hessian taken for symmetric", lambda x: (x @ S @ x, 2 * S @ x), V[:3], gradient=True)
form("one entry off", lambda x: ((x**2).sum(), 2 * x * np.array([1, 1, 1, 1 + 1e-9])), V, gradient=True)
form("slope of each for all", lambda x: np.cumsum(x**2), V, gradient=lambda x: 2 * x)
form("rows that mix", lambda x: (x**2).sum(1) * x[0, 0], X, gradient=lambda x: 2 * x * x[0, 0])
form("Jacobian transposed", lambda x: S @ x, V[:3], jacobian=lambda x: S.T)
form("nearly symmetric", lambda x: (S + S.T) @ x + 1e-9 * S @ x, V[:3], jacobian=lambda x: S + S.T + 1e-9 * S.T)
form("axes swapped", lambda x: x.T @ S, S, jacobian=lambda x: np.einsum("jk,il->ijkl", np.eye(3), S.T))
form("one entry of a Jacobian", lambda x: S @ x, V[:3], jacobian=lambda x: S + 1e-9 * np.diag([0, 0, 1.0]))


def written(write):
    """Y = X X with 2 X dY, of which `write` changes or makes another array."""

    def op(X):
        def backward(dY):
            d = 2 * X * dY
            other = write(X, d)
            return d if other is None else other

        return X * X, backward

    return lambda: (op, (X,))


def through_the_transpose(X, d):
    d.T[0] *= 1 + HIDDEN


def an_entry_through_the_transpose(X, d):
    other = np.zeros_like(X)
    other.T[...] = d.T
    other.T[1:2, 1:2] += HIDDEN
    return other


def beside_a_plain_buffer(X, d):
    buffer = np.zeros(X.shape)
    view = buffer.T
    view += d.T
    return buffer + np.array(buffer) * HIDDEN


def off_by_bits(X, d):
    buffer = np.zeros(X.shape)
    buffer += d
    buffer.ravel()[:1] *= 1 + HIDDEN
    return buffer


ATTACKS |= {
    f.__name__: written(f) for f in (through_the_transpose, an_entry_through_the_transpose, beside_a_plain_buffer, off_by_bits)
}
TWINS = {"linear": lambda: (Linear(), (X,))}
