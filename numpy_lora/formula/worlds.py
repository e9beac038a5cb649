"""A problem's symbols, conditions and gradients put into a world, in the order in which they can be computed."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .evaluate import World
from .literals import Array, Undefined
from .points import Problem
from .terms import Term, walk

SQUARE = {"symmetric", "antisymmetric", "diagonal", "definite"}
TOGETHER = ({"symmetric", "definite"}, {"symmetric", "diagonal"})  # marks that one matrix may have
Derive = Callable[[World, Term], Array]


def settled(problem: Problem, world: World, base: dict[str, Array], flip: bool, derive: Derive) -> World:
    """The world, with a value for every symbol and gradient.

    Parameters
    ----------
    base : free numbers, of which symbols with marks are made.
    flip : whether orthogonal matrices have determinant −1.
    derive : the gradient that a term stands for, in a world where what it is of has a value.

    Raises
    ------
    Undefined : a declaration cannot be met at these sizes.
    """
    for symbol in problem.symbols:
        name, marks, shape = symbol.data, problem.marks.get(symbol.data, ()), world.shape(symbol)
        if "orthogonal" in marks and shape[0] < shape[1]:
            raise Undefined("more orthonormal columns than rows")
        if {*marks} & SQUARE and shape[0] != shape[1]:
            raise Undefined(f"{name} is {' '.join(marks)}, and not square")
        if len({*marks} - {"positive"}) > 1 and {*marks} - {"positive"} not in TOGETHER:
            raise Undefined(f"{name} is {' '.join(marks)}: such matrices are not drawn")
        world.values[name] = marked(base[name], marks, shape, flip, world.numbers.inverse)
    late = {name for name, term in problem.set_to.items() if any(t.op == "gradient" for t in walk(term))}
    _set(problem, world, [name for name in problem.set_to if name not in late])
    for gradient in problem.gradients:
        world.gradients[id(gradient)] = derive(world, gradient)
    _set(problem, world, [name for name in problem.set_to if name in late])
    return world


def _set(problem: Problem, world: World, names: list[str]) -> None:
    for name in names:
        shape = next(world.shape(s) for s in problem.symbols if s.data == name)
        world.values[name] = np.zeros(shape) + world.value(problem.set_to[name])
        world.memo.clear()


def marked(base: Array, marks: tuple[str, ...], shape: tuple[int, int], flip: bool, inverse: Callable[[Array], Array]) -> Array:
    """A symbol as its marks have it, made of free numbers.

    Parameters
    ----------
    flip : whether an orthogonal matrix has determinant −1; one is as good as the other.
    """
    turned = np.swapaxes(base, -1, -2)
    if "orthogonal" in marks:  # Cayley's transform, a column turned
        skew, eye = base - turned, np.eye(base.shape[-1])
        q = (eye - skew) @ inverse(eye + skew)
        q = q * np.where((np.arange(base.shape[-1]) == 0) & flip, -1.0, 1.0)
        return q[..., : shape[0], : shape[1]]
    if "definite" in marks:
        return base @ turned + np.eye(base.shape[-1])
    if "diagonal" in marks:
        return base * np.eye(base.shape[-1])
    if "antisymmetric" in marks:
        return base - turned
    return base + turned if "symmetric" in marks else base
