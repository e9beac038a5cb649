"""Cases, and arguments for them: the same numbers whenever they are asked for."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np


class Case(NamedTuple):
    """What `check_gradients` is called with."""

    op: Callable[..., Any]
    args: tuple[Any, ...]
    options: dict[str, Any]


def case(op, *args, **options):
    return Case(op, args, options)


def normal(*shape, seed=0):
    return np.random.default_rng([seed, *shape]).normal(size=shape)


def between(low, high, *shape, seed=0):
    return np.random.default_rng([seed, *shape]).uniform(low, high, size=shape)


def spd(n):
    """A symmetric positive definite matrix."""
    A = normal(n, n)
    return A @ A.T + n * np.eye(n)
