"""Constants that are not the ones they look like. Wrong by the relative difference of the two that are named."""

import math

import numpy as np

from .forms import X


def scaled(right, wrong):
    return lambda: (lambda X: (X * right, lambda dY: dY * wrong), (X,))


def up(x, n=1):
    for _ in range(n):
        x = math.nextafter(x, math.inf)
    return x


ATTACKS = {
    "0.1 + 1e-12": scaled(0.1, 0.1 + 1e-12),
    "0.3, thirteen digits": scaled(0.3, 0.3000000000001),
    "1/3, twelve digits": scaled(1 / 3, 0.333333333333),
    "1/3, fifteen digits": scaled(1 / 3, 0.333333333333333),
    "1 + 2^-40": scaled(1.0, 1 + 2.0**-40),
    "1 - 2^-41": scaled(1.0, 1 - 2.0**-41),
    "1 + 2^-44": scaled(1.0, 1 + 2.0**-44),
    "π to fourteen digits": scaled(math.pi, 3.14159265358979 - 4e-14),
    "π to twelve digits": scaled(math.pi, 3.14159265359),
    "√2 to twelve digits": scaled(math.sqrt(2), 1.41421356237),
    "√2 + 2^-42": scaled(math.sqrt(2), math.sqrt(2) * (1 + 2.0**-42)),
    "√(2/π), short": scaled(math.sqrt(2 / math.pi), 0.7978845608),
    "√(2/π) + 2^-42": scaled(math.sqrt(2 / math.pi), math.sqrt(2 / math.pi) * (1 + 2.0**-42)),
    "e, ten digits": scaled(math.e, 2.718281828),
    "log 2, ten digits": scaled(math.log(2), 0.6931471806),
    "1/√8 and 0.35355339": scaled(1 / math.sqrt(8), 0.35355339),
    "golden": scaled((1 + math.sqrt(5)) / 2, 1.618033988749),
    "22/7": scaled(math.pi, 22 / 7),
    "355/113": scaled(math.pi, 355 / 113),
    "2^-1074": scaled(2.0**-1000, 2.0**-1000 * (1 + 2.0**-40)),
    "integer beyond 2^53": scaled(2**60, 2**60 + 2**22),
    "integer as a float": scaled(10**17, float(10**17 + 10**6)),
    "65537/65536": scaled(1.0, 65537 / 65536),
    "1e-5 and 2^-17": scaled(1e-5, 2.0**-17),
    "float32 of 0.1": scaled(0.1, np.float32(0.1)),
    "float32 of π": scaled(math.pi, float(np.float32(math.pi))),
    "array of π and π": scaled(np.full((2, 3), math.pi), np.full((2, 3), math.pi * (1 + 2.0**-42))),
    "array of 1/3": scaled(np.full((2, 3), 1 / 3), np.full((2, 3), 0.333333333333)),
    "one entry of an array": scaled(np.ones((2, 3)), np.array([[1, 1, 1], [1, 1, 1 + 2.0**-40]])),
    "one entry of random weights": lambda: _weights(),
    "one entry of many weights": lambda: _many(),
    "large array of decimals": lambda: _decimals(),
    "eps": lambda: _epsilon(1e-5, 1.0001e-5),
    "eps outside": lambda: _epsilon(1e-12, 0.0),
}


def _weights():
    W = np.random.default_rng(1).normal(size=(2, 3))
    V = W.copy()
    V[1, 2] *= 1 + 2.0**-40
    return scaled(W, V)()


def _many():
    """Wrong by 2^-20 in one of 5000 weights."""
    W = np.random.default_rng(1).normal(size=5000)
    V = W.copy()
    V[77] *= 1 + 2.0**-20
    return lambda X: (X * W, lambda dY: dY * V), (np.random.default_rng(2).normal(size=5000),)


def _decimals():
    """Wrong by 1e-10 in one of 5000 decimals."""
    W = np.arange(5000) / 1000
    V = W.copy()
    V[4321] += 1e-10
    return lambda X: (X * W, lambda dY: dY * V), (np.random.default_rng(2).normal(size=5000),)


def attack_byte_order():
    """Wrong by 2^-41: the same bytes, read from their other end, are another number."""
    c = np.frombuffer(bytes.fromhex("3FF000010000F03F"), "<f8")
    d = np.frombuffer(c.tobytes(), ">f8")
    return lambda X: (X * X + X * c * 2.0**-22, lambda dY: 2 * X * dY + dY * d * 2.0**-22), (X,)


def _epsilon(eps, other):
    """Wrong by eps' difference: a norm whose backward pass has another ε."""

    def op(X):
        r = np.sqrt((X * X).mean(-1, keepdims=True) + eps)
        s = np.sqrt((X * X).mean(-1, keepdims=True) + other)
        Z = X / s
        return X / r, lambda dY: (dY - Z * (dY * Z).mean(-1, keepdims=True)) / s

    return op, (X,)


def right(c, d):
    """The same number, written in two ways."""
    return lambda: (lambda X: (X * c, lambda dY: dY * d), (X,))


TWINS = {
    "0.1 + 0.2": right(0.1 + 0.2, 0.3),
    "√8": right(1 / math.sqrt(8), math.sqrt(2) / 4),
    "√(2/π)": right(math.sqrt(2 / math.pi), math.sqrt(2) / math.sqrt(math.pi)),
    "3 · 0.044715": right(3 * 0.044715, 0.134145),
    "ulp": right(0.1, up(0.1)),
    "π in two halves": right(math.pi, 2 * math.atan2(1, 0)),
    "array and scalar": right(np.full((2, 3), 0.1), 0.1),
    "weights as they are": right(np.arange(6).reshape(2, 3) / 7, np.arange(6).reshape(2, 3) * (1 / 7)),
    "large array and scalar": lambda: (lambda X: (X * np.full(5000, 0.1), lambda dY: dY * 0.1), (np.linspace(1, 2, 5000),)),
    "e^1": right(math.e, math.exp(1)),
    "ln 2 twice": right(math.log(4), 2 * math.log(2)),
}
