"""What NumPy gives as a number of its own, not as a view: written to, it leaves where it came from as it was.

Every one is wrong by 2^-38, which floats do not notice, where an entry or a sum is taken for a view that changes later.
"""

import numpy as np

HIDDEN = 2.0**-38
EQUAL = np.array([0.7, 0.7])


def beside(late, slope):
    """Y = X X + 2^-38 late(X), whose gradient has 2^-38 slope(dY) for it."""
    return lambda: (lambda X: (X * X + HIDDEN * late(X), lambda dY: 2 * X * dY + HIDDEN * slope(dY)), (EQUAL,))


def swapped(X):
    Y = X.copy()
    Y[0], Y[1] = Y[1], Y[0]
    return Y


def kept_entry(X):
    Y = X.copy()
    first = Y[0]
    Y[0] = Y[1]
    return np.stack([first, first])


def entry_added_to(X):
    Y = X.copy()
    first = Y[0]
    first += 3 * Y[1]
    return Y


def sum_added_to(X):
    total = other = X.sum()
    other += X[0]
    return total * np.ones(2)


def product_added_to(X):
    total = other = np.einsum("i,i->", X, np.array([1, 1]))
    other += X[0]
    return total * np.ones(2)


def taken_added_to(X):
    first = other = np.take(X, 0)
    other += X[1]
    return first * np.ones(2)


def number_kept(X):
    Y = X.copy()
    first = float(Y[0])
    Y *= 2
    return np.array([first, first])


def item_kept(X):
    Y = X.copy()
    first = Y.item(0)
    Y *= 2
    return np.array([first, first])


def list_kept(X):
    Y = X.copy()
    entries = Y.tolist()
    Y *= 2
    return np.array(entries)


ATTACKS = {
    "entries swapped": beside(swapped, lambda d: np.stack([0 * d[0], d[0] + d[1]])),
    "an entry kept": beside(kept_entry, lambda d: np.stack([0 * d[0], d[0] + d[1]])),
    "an entry added to": beside(entry_added_to, lambda d: np.stack([d[0], 3 * d[0] + d[1]])),
    "a sum added to": beside(sum_added_to, lambda d: np.stack([2 * d.sum(), d.sum()])),
    "a product added to": beside(product_added_to, lambda d: np.stack([2 * d.sum(), d.sum()])),
    "an entry taken, added to": beside(taken_added_to, lambda d: np.stack([d.sum(), d.sum()])),
    "a number kept": beside(number_kept, lambda d: np.stack([2 * d.sum(), 0 * d[0]])),
    "an item kept": beside(item_kept, lambda d: np.stack([2 * d.sum(), 0 * d[0]])),
    "a list kept": beside(list_kept, lambda d: 2 * d),
}
TWINS = {
    "entries swapped": beside(swapped, lambda d: d[::-1]),
    "an entry kept": beside(kept_entry, lambda d: np.stack([d[0] + d[1], 0 * d[0]])),
    "an entry added to": beside(entry_added_to, lambda d: d),
    "a sum added to": beside(sum_added_to, lambda d: np.stack([d.sum(), d.sum()])),
    "a product added to": beside(product_added_to, lambda d: np.stack([d.sum(), d.sum()])),
    "an entry taken, added to": beside(taken_added_to, lambda d: np.stack([d.sum(), 0 * d[0]])),
    "a number kept": beside(number_kept, lambda d: np.stack([d.sum(), 0 * d[0]])),
    "an item kept": beside(item_kept, lambda d: np.stack([d.sum(), 0 * d[0]])),
    "a list kept": beside(list_kept, lambda d: d),
}
