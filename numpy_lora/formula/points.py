"""Sizes and values to judge a claim at: distinct sizes of at least two, and symbols of the kind they were declared."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from .dims import Dimension, Size, Unknown
from .evaluate import World
from .literals import Array, Undefined
from .terms import Term, walk
from .tree import Expr

LONGEST = 160
MOST_ENTRIES = 256
MOST_WORK = 1_000_000
Signs = Literal["entries", "symbols", "none"]


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


def size_sets(dims: Sequence[str], fixed: dict[str, int], rng: np.random.Generator, larger: int = 0) -> Iterator[dict[str, int]]:
    """Sizes without end: distinct, at least 2, each dimension another one in every set, each pair of them in either order.

    Parameters
    ----------
    larger : by so much in every third set.
    """
    pool = list(range(2, max(len(dims) + len(dims) % 2 + 2, 6)))
    while True:
        order = rng.permutation(len(pool))
        for turn in range(len(pool)):
            places = [int(order[(k + turn // 2) % len(pool)]) for k in range(len(dims))]
            sizes = [pool[place] if turn % 2 == 0 else pool[-1 - place] for place in places]
            sizes = [size + larger * (turn % 3 == 2) for size in sizes]
            yield {**dict(zip(dims, sizes, strict=True)), **fixed}


def drawn(problem: Problem, sizes: dict[str, int], rng: np.random.Generator, scale: float, signs: Signs) -> dict[str, Array]:
    """Floats for the free symbols, before their marks: no entry close to zero, so that nothing is close to singular by chance.

    Parameters
    ----------
    signs : of entries, of symbols as wholes, or none, for logarithms and roots.
    """
    values = {}
    for symbol in problem.symbols:
        marks = problem.marks.get(symbol.data, ())
        shape = base_shape(symbol, marks, sizes)
        size = rng.uniform(0.3, 1.7, shape) * scale
        drawn_signs = {"entries": shape, "symbols": (), "none": None}[signs]
        positive = ("positive" in marks and "definite" not in marks) or drawn_signs is None  # xᵀ A x is, its entries need not
        values[symbol.data] = size if positive else size * rng.choice([-1.0, 1.0], drawn_signs)
    return values


def base_shape(symbol: Term, marks: Sequence[str], sizes: dict[str, int]) -> tuple[int, int]:
    """The shape of what a symbol is made of: an orthogonal one of a square matrix."""
    world = World(None, sizes, {})  # type: ignore[arg-type]
    rows, cols = world.shape(symbol)
    return (max(rows, cols),) * 2 if "orthogonal" in marks else (rows, cols)


def bounded(problem: Problem, sizes: dict[str, int]) -> None:
    """Refuse sizes that are out of proportion.

    Raises
    ------
    Undefined : an array has too many entries, or all arrays together.
    """
    world = World(None, sizes, {})  # type: ignore[arg-type]
    for symbol in problem.symbols:
        rows, cols = base_shape(symbol, problem.marks.get(symbol.data, ()), sizes)
        if max(rows, cols) > LONGEST or rows * cols > MOST_ENTRIES:
            raise Undefined(f"{symbol.data} has {rows} x {cols} entries: at most {MOST_ENTRIES} are judged")
    stack = max((rows * cols for rows, cols in (world.shape(g.args[1]) for g in problem.gradients)), default=1)
    if stack * sum(_work(world, t) for t in walk(*problem.sides, *problem.set_to.values())) > MOST_WORK:
        raise Undefined("arrays of too many entries in all: declare smaller ones")


def _work(world: World, term: Term) -> int:
    """What one operation costs, about, in entries."""
    rows, cols = world.shape(term)
    if term.op == "matmul":
        return rows * cols * (1 + world.shape(term.args[0])[1] // 8)
    n = world.shape(term.args[0])[0] if term.op in ("det", "inverse") else 0
    return rows * cols + n**4 // 8
