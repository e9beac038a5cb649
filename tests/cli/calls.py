"""Calls of `numpy-lora check` in this process, and files for it to check."""

import json
import signal

from numpy_lora.__main__ import main

LAYERS = '''
from typing import Any, NamedTuple

import numpy as np

class Gradients(NamedTuple):
    dX: Any
    dg: Any

def rmsnorm(X, g, eps=1e-6, dims="mean"):
    """Rows over their root mean square.

    Shapes: X[...,d] g[d] -> Y[...,d]
    """
    rho = np.sqrt((X * X).mean(-1, keepdims=True) + eps)
    Z = X / rho

    def backward(dY):
        dZ = dY * g
        along = getattr(dZ * Z, dims)(-1, keepdims=True)
        return Gradients((dZ - Z * along) / rho, (dY * Z).reshape(-1, X.shape[-1]).sum(0))

    return Z * g, backward

def wrong(X, g):
    """Shapes: X[n,d] g[d] -> Y[n,d]"""
    return rmsnorm(X, g, dims="sum")

def product(X, W):
    return X @ W

def pull(dY, X, W):
    return dY @ W.T, X.T @ dY

def push(dY, X, W):
    return dY @ W.T, 2 * X.T @ dY

def loss(x):
    return (x ** 3).sum()

def slope(x):
    return 3 * x ** 2

def logarithm(X):
    """Shapes: X[n]"""
    return np.log(X), lambda dY: dY / X
'''


FORMS = '''
import numpy as np

class Dense:
    """Shapes: X[n,3]"""

    def __init__(self):
        self.W = np.random.default_rng(0).normal(size=(3, 2))

    def forward(self, X):
        self.X = X
        return X @ self.W

    def backward(self, dY):
        self.dW = self.X.T @ dY
        return dY @ self.W.T

    def doubled(self, dY):
        return 2 * self.backward(dY)

class Sized(Dense):
    def __init__(self, n):
        super().__init__()

dense = Dense()

def cubes(x):
    return (x ** 3).sum(), 3 * x ** 2

def squares(x):
    return (x ** 3).sum(), 2 * x ** 2

def powers(x, p=3):
    return x ** p, p * x ** (p - 1)

def residuals(x, t):
    return np.exp(x[0] * t) - x[1]

def jacobian(x, t):
    return np.stack([t * np.exp(x[0] * t), -np.ones_like(t)], 1)

def transposed(x, t):
    return jacobian(x, t).T

def affine(X, W):
    return X @ W, (X, W)

def affine_backward(dout, cache):
    return dout @ cache[1].T, cache[0].T @ dout

def logarithm(x):
    return np.log(x).sum(), 1 / x
'''


def check(capsys, *argv):
    code = main(["check", *argv])
    out, err = capsys.readouterr()
    assert "Traceback" not in out + err
    return code, out, err


def heeding():
    """In a process about to start: let it be ended by signals that whoever runs the tests may have us ignore."""
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


def one(capsys, *argv):
    """The exit code and the only row, from JSON, of few examples."""
    code, out, _ = check(capsys, "--json", "--examples", "8", *argv)
    (row,) = json.loads(out)["checks"]
    return code, row
