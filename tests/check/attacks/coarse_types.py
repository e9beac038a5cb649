"""Roundings that leave no trace in exact numbers: a dtype= not heeded, a cast, a large number added and taken off."""

import numpy as np

from .rounding import of_whole, straight_through

WHOLES = {
    "cumsum, int": lambda X: np.diff(np.cumsum(X, dtype=int), prepend=0),
    "cumprod, int": lambda X: np.cumprod(X.reshape(-1, 1), axis=1, dtype=int).reshape(-1),
    "cumsum method, int": lambda X: X.reshape(-1, 1).cumsum(axis=1, dtype=int).reshape(-1),
    "magic number": lambda X: (X + 3 * 2.0**51) - 3 * 2.0**51,
}
ROUNDED = {
    "float16": lambda X: X.astype(np.float16).astype(float),
    "magic number": lambda X: (X + 3 * 2.0**30) - 3 * 2.0**30,
}
ATTACKS = {f"{name}, straight through": straight_through(f) for name, f in ROUNDED.items()}
ATTACKS |= {f"{name}, whole": of_whole(f) for name, f in WHOLES.items()}
