"""What is zero in a field of some thirty bits, or for real numbers, and is not for floats.

The primes are hard-coded: those of the list as it stood, and the largest of their kind, whatever the list.
"""

import numpy as np

from .forms import FAINT, X, squared

Q = [2147426399, 2147186159, 2147144159, 2147079479, 2147066039, 2147024039, 2146738439, 2146719119,
     2146465439, 2146303319, 2146192439, 2146184039, 2145711959, 2145615359, 2145463319, 2145310439]  # fmt: skip
P = [2 * q + 1 for q in Q]
TINY = float(2.0 ** -(32 * len(P)))


def product(numbers):
    n = 1
    for k in numbers:
        n *= k
    return n


def vanishing(A):
    """A array that is about A, and zero modulo each of the primes."""
    A = A * TINY
    for p in P:
        A = A * float(p)
    return A


def split(A):
    """The same, each prime as a difference."""
    A = A * TINY
    for p in P:
        A = A * 2.0**32 - A * (2.0**32 - p)
    return A


def plus_one(A, p):
    return A * float(p + 1)


VANISHING = {
    "primes, one by one": vanishing,
    "primes, as differences": split,
    "primes, in one integer": lambda A: A * product(P) * TINY,
    "primes, in one float": lambda A: A * float(product(P[:16])) * 2.0**-512,
    "primes, from an array": lambda A: A * TINY * np.array(P, float)[0] * np.multiply.reduce(np.array(P[1:], float)),
    "primes, integers in arrays": lambda A: np.prod(np.stack([A * TINY] + [A * 0 + np.array(p) for p in P]), axis=0),
    "primes, by division": lambda A: A - A / (1 + sum_of_primes(A)),
    "primes of both kinds": lambda A: vanishing(A) * float(Q[0]) / float(Q[0]),
    "absorbed": lambda A: ((A + 2.0**60) - 2.0**60) - A,
    "absorbed by a sum": lambda A: np.stack([A, A * 0 + 2.0**60, A * 0 - 2.0**60]).cumsum(0)[-1] - A,
    "absorbed in a product": lambda A: (A * (1 + 2.0**60) - A * 2.0**60) - A,
    "absorbed at 2^30": lambda A: (((A + 2.0**30) - 2.0**30) - A) * 2.0**20,
    "underflow": lambda A: (A * 2.0**-600 * 2.0**-500) * 2.0**550 * 2.0**550 - A,
    "cancelled squares": lambda A: (A + 1e9) * (A + 1e9) - A * A - 2e9 * A - 1e18,
    "cancelled variance": lambda A: ((A + 1e9) ** 2).mean() - (A + 1e9).mean() ** 2 - A.var() + 0 * A,
    "exp of primes": lambda A: np.exp(vanishing_exponent(A)) - 1,
    "sine of primes": lambda A: np.sin(vanishing_exponent(A)),
    "tanh of primes": lambda A: np.tanh(vanishing_exponent(A)),
}  # each is zero in the field (or nearly all are), and of the size of A, or at least far from rounding, in floats


def sum_of_primes(A):
    return vanishing(A * 0 + 1)


def vanishing_exponent(A):
    A = A * TINY
    for q in Q:
        A = A * float(q)
    return A * 2.0 ** len(Q)


ATTACKS = {
    f"{name}, {size}": lambda f=f, k=k: (squared(lambda X, dY: 2 * X * dY + k * f(X) * dY), (X,))  # wrong by k f(X) dY
    for name, f in VANISHING.items()
    for size, k in (("loud", 1.0), ("faint", FAINT))
}
ATTACKS |= {
    f"{name}, in the forward pass": lambda f=f: (lambda X: (3 * X + f(X), lambda dY: 3 * dY), (X,))  # wrong by f's slope
    for name, f in VANISHING.items()
}


def attack_imaginary_angle():
    """Wrong: arctan2 of two roots that have no part in F_p is not the same angle."""

    def op(X):
        def backward(dY):
            Z = 1 + X * X
            off = sum(np.arctan2(np.sqrt(a) * X, Z) - np.arctan2(np.sqrt(b) * X, Z) for a, b in [(23.0, 47.0), (47.0, 127.0)])
            return 2 * X * dY + dY * off

        return X * X, backward

    return op, (X,)


def attack_nan_beside_the_values():
    """Wrong by a factor 2: the forward pass is NaN a step away, so that no difference can tell, and rounded away here."""
    here = X.copy()

    def op(X):
        far = np.abs(np.asarray(X) - here).max() > 1e-7
        Y = 3 * X + ((X + 2.0**60) - 2.0**60)
        return Y * (np.nan if far else 1.0), lambda dY: 4 * dY

    return op, (X,)
