"""Order "A", which is Fortran's for a transposed array; a symmetric one hides that from its values."""

import numpy as np

from .options import S, claims

ATTACKS = {
    "reshape A, symmetric": claims(
        lambda S: S[:2, :2].copy().T.reshape(-1, order="A") * np.arange(4),
        lambda d: _corner((d * np.arange(4)).reshape(2, 2).T),
        S,
    ),
    "flatten A, symmetric": claims(lambda S: S.T.flatten("A") * np.arange(9), lambda d: (d * np.arange(9)).reshape(3, 3).T, S),
}


def _corner(d):
    out = np.zeros((3, 3))
    out[:2, :2] = d
    return out


def twin_flatten_a():
    """Right: order A of a transposed array."""
    return lambda S: (S.T.flatten("A") * np.arange(9), lambda d: (d * np.arange(9)).reshape(3, 3)), (S,)
