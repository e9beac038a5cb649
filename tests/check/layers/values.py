"""Arguments for the layers: normal numbers, the same whenever they are asked for."""

import numpy as np


def normal(*shapes, seed=0):
    """An array for each shape."""
    rng = np.random.default_rng([seed, len(shapes)])
    arrays = [rng.normal(size=shape) for shape in shapes]
    return arrays[0] if len(arrays) == 1 else arrays


def spd(n, seed=0):
    """A symmetric positive definite matrix."""
    A = np.random.default_rng([seed, n]).normal(size=(n, n))
    return A @ A.T + n * np.eye(n)
