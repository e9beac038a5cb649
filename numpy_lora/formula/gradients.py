"""Gradients over floats: the forward pass differentiated by complex steps or by differences, at every entry at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .evaluate import World
from .literals import Array, Undefined
from .terms import Term

TINY = 1e-20
REAL = 1e-8


def moved(world: World, gradient: Term, value: Array, held: Sequence[Term]) -> Array:
    """The differentiated scalar with another value, or a stack of them, for what it is differentiated by.

    Parameters
    ----------
    held : terms that keep their value meanwhile: cotangents that are defined.
    """
    values = {**world.values, **{term.data: world.value(term) for term in held}, gradient.data: value}
    return World(world.numbers, world.sizes, values).value(gradient.args[0])


def units(shape: tuple[int, ...]) -> Array:
    """One matrix for each entry, with a 1 in its place."""
    size = int(np.prod(shape))
    return np.eye(size).reshape(size, *shape)


def by_complex_step(world: World, gradient: Term, held: Sequence[Term]) -> Array:
    """Im f(x + ih e)/h for every entry e."""
    x = world.value(gradient.args[1])
    found = moved(world, gradient, x + 1j * TINY * units(x.shape), held)
    if not np.all(np.isfinite(found)) or np.any(np.abs(np.imag(found)) > REAL):  # the logarithm of a negative number is not real
        raise Undefined("a value that is not real")
    return np.broadcast_to(np.imag(found) / TINY, (x.size, 1, 1)).reshape(x.shape)


def by_differences(world: World, gradient: Term, held: Sequence[Term]) -> Array:
    """Central differences for every entry, two steps extrapolated."""
    x = world.value(gradient.args[1])
    slopes = []
    for h in (world.numbers.step, world.numbers.step / 2):
        up, down = (moved(world, gradient, x + sign * h * units(x.shape), held) for sign in (1, -1))
        slopes.append(np.broadcast_to((up - down) / (2 * h), (x.size, 1, 1)).reshape(x.shape))
    return (4 * slopes[1] - slopes[0]) / 3
