"""Sizes and values to judge a claim at: distinct sizes of at least two, and symbols of the kind they were declared."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .dims import Dimension, Size, Unknown
from .evaluate import Array, World
from .terms import Term, walk
from .tree import Expr

LARGEST = 40
MOST_ENTRIES = 600


@dataclass
class Problem:
    """One claim, typed: what is compared, and what its symbols are.

    Attributes
    ----------
    sides : terms; each step of a chain compares two that stand next to each other.
    relations : between them.
    symbols : the free symbols that they are made of.
    marks : of symbols.
    set_to : values that conditions give to symbols.
    fixed : sizes that conditions give to dimensions.
    gradients : terms that are gradients.
    implied : the loss made of given cotangents, if that is what gradients are of.
    held : given cotangents that are defined.
    pairs : the outputs that cotangents are given for.
    dims : names of all dimensions to choose.
    """

    sides: list[Term]
    relations: list[str]
    symbols: list[Term]
    marks: dict[str, tuple[str, ...]]
    set_to: dict[str, Term]
    fixed: dict[str, int]
    gradients: list[Term]
    implied: Term | None
    held: list[Term]
    pairs: list[str]
    expressions: list[Expr] = field(default_factory=list)
    dims: list[str] = field(default_factory=list)

    def kept(self, gradient: Term) -> Sequence[Term]:
        """What keeps its value while this gradient is taken."""
        return self.held if gradient.args[0] is self.implied else ()


def name_dimensions(terms: Sequence[Term], fixed: dict[str, int], taken: Collection[str]) -> list[str]:
    """Name the dimensions that were never determined, and list all that a size must be chosen for."""
    names: dict[str, None] = {}
    fresh = (letter for letter in (*"mnpqkltuvw", *(f"m{k}" for k in range(100000))) if letter not in taken)
    for term in walk(*terms):
        found: list[Dimension] = [term.rows, term.cols]
        found.extend(term.data if term.op == "count" else [term.data] if term.op == "size" else [])
        for d in found:
            while isinstance(d, Unknown) and d.is_ is not None:
                d = d.is_
            if isinstance(d, Unknown):
                d.is_ = Size(1, (next(fresh),))
                d = d.is_
            names.update(dict.fromkeys(d.names))
    return [name for name in names if name not in fixed]


def size_sets(dims: Sequence[str], fixed: dict[str, int], rng: np.random.Generator) -> Iterator[dict[str, int]]:
    """Sizes without end: distinct, at least 2, and each dimension another one from one set to the next."""
    pool = list(range(2, max(len(dims) + 2, 5)))
    while True:
        order = rng.permutation(len(pool))
        for turn in range(len(pool)):
            chosen = {name: pool[int(order[(k + turn) % len(pool)])] for k, name in enumerate(dims)}
            yield {**chosen, **fixed}


def drawn(problem: Problem, sizes: dict[str, int], rng: np.random.Generator, scale: float = 1.0) -> dict[str, Array]:
    """Floats for the free symbols, before their marks: no entry close to zero, so that nothing is close to singular by chance."""
    values = {}
    for symbol in problem.symbols:
        shape = base_shape(symbol, problem.marks.get(symbol.data, ()), sizes)
        size = rng.uniform(0.3, 1.7, shape) * scale
        positive = "positive" in problem.marks.get(symbol.data, ())
        values[symbol.data] = size if positive else size * rng.choice([-1.0, 1.0], shape)
    return values


def base_shape(symbol: Term, marks: Sequence[str], sizes: dict[str, int]) -> tuple[int, int]:
    """The shape of what a symbol is made of: an orthogonal one of a square matrix."""
    world = World(None, sizes, {})  # type: ignore[arg-type]
    rows, cols = world.shape(symbol)
    return (max(rows, cols),) * 2 if "orthogonal" in marks else (rows, cols)


def marked(base: Any, marks: Sequence[str], shape: tuple[int, int], flip: bool) -> Any:
    """A symbol as its marks have it, made of free numbers.

    Parameters
    ----------
    flip : whether an orthogonal matrix has determinant −1; one is as good as the other.
    """
    turned = np.swapaxes(base, -1, -2)
    if "orthogonal" in marks:  # Cayley's transform, a column turned
        skew, eye = base - turned, np.eye(base.shape[-1])
        q = (eye - skew) @ np.linalg.inv(eye + skew)
        q = q * np.where((np.arange(base.shape[-1]) == 0) & flip, -1.0, 1.0)
        return q[..., : shape[0], : shape[1]]
    if "definite" in marks:
        return base @ turned + np.eye(base.shape[-1])
    if "diagonal" in marks:
        return base * np.eye(base.shape[-1])
    if "antisymmetric" in marks:
        return base - turned
    return base + turned if "symmetric" in marks else base
