"""Shape lines and concrete shapes: which shapes the sizes give, and which sizes the shapes give.

The grammar is in `shape_line`, whose `parse` is had from here too. Drawing arrays is the work of `check.strategies`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from numpy_lora.shape_line import ELLIPSIS, Constant, Dim, ShapeLine, ShapeLineError, Spec, parse, written

__all__ = ["Constant", "Shape", "ShapeLine", "ShapeLineError", "ShapeMismatch", "Sizes", "Spec", "concrete", "match", "parse"]
__all__ += ["shape_of", "shapes_line", "size_of"]

Shape = tuple[int, ...]
Sizes = Mapping[str, "int | Shape"]


class ShapeMismatch(ValueError):
    """Concrete shapes that a shape line does not allow."""


def concrete(line: ShapeLine, sizes: Sizes) -> dict[str, Shape]:
    """The shapes that the sizes give, by path; `...` is a tuple among the sizes, () where it is missing.

    Raises
    ------
    ShapeMismatch : a name has no size.

    Examples
    --------
    >>> concrete(parse("X[...,d] W[d,h*dh] h=2"), {"...": (5,), "d": 3, "dh": 4})
    {'X': (5, 3), 'W': (3, 8)}
    """
    known = {**sizes, **line.fixed}
    return {spec.name: shape_of(spec.dims, known) for spec in line.arrays}


def shape_of(dims: tuple[Dim, ...], sizes: Sizes) -> Shape:
    """The shape of one array."""
    shape: list[int] = []
    for dim in dims:
        shape.extend(_lead(sizes) if dim == ELLIPSIS else (size_of(dim, sizes),))
    return tuple(shape)


def size_of(dim: Dim, sizes: Sizes) -> int:
    """The size of one dimension: the product of its factors."""
    product = 1
    for factor in dim:
        size = factor if isinstance(factor, int) else sizes.get(factor)
        if not isinstance(size, int):
            raise ShapeMismatch(f"{written(dim)}: the size of {factor} is not known")
        product *= size
    return product


def match(line: ShapeLine, shapes: Mapping[str, Shape]) -> dict[str, int | Shape]:
    """The sizes that concrete shapes give to the names of a line; a name that they do not settle is left out.

    Raises
    ------
    ShapeMismatch : they contradict the line or each other, or an argument that is not optional is missing.

    Examples
    --------
    >>> match(parse("X[...,n,d] W[d,h*dh] h=2"), {"X": (7, 5, 3), "W": (3, 8)})
    {'h': 2, '...': (7,), 'n': 5, 'd': 3, 'dh': 4}
    >>> match(parse("WA[d,r] WB[r,k]"), {"WA": (6, 4), "WB": (3, 8)})
    Traceback (most recent call last):
    numpy_lora.shapes.ShapeMismatch: WB: expected shape (r=4, k), got (3, 8)
    """
    sizes: dict[str, int | Shape] = dict(line.fixed)
    for spec in line.arrays:
        if spec.name not in shapes and not spec.optional:
            raise ShapeMismatch(f"{spec.name}: missing, expected shape {_expected(spec, {})}")
    present = [(spec, tuple(shapes[spec.name])) for spec in line.arrays if spec.name in shapes]
    settled = -1
    while settled < len(sizes):  # a product is settled once all its factors but one are
        settled = len(sizes)
        for spec, shape in present:
            _unify(spec, shape, sizes)
    return sizes


def shapes_line(docstring: str | None) -> str | None:
    r"""The text after `Shapes:` in a docstring, up to the next blank line; None where there is none.

    Examples
    --------
    >>> shapes_line("Y = X W.\n\n    Shapes: X[n,d]\n        W[d,k] -> Y[n,k]\n\n    More.")
    'X[n,d] W[d,k] -> Y[n,k]'
    """
    found = re.search(r"^[ \t]*Shapes:[ \t]*(\S.*(?:\n[ \t]*\S.*)*)", docstring or "", re.MULTILINE)
    return " ".join(found[1].split()) if found else None


def _unify(spec: Spec, shape: Shape, sizes: dict[str, int | Shape]) -> None:
    """Learn what one array's shape says, or raise."""
    expected = _expected(spec, sizes)
    mismatch = ShapeMismatch(f"{spec.name}: expected shape {expected}, got {shape}")
    dims, axes = list(spec.dims), list(shape)
    if ELLIPSIS in dims:
        at, extra = dims.index(ELLIPSIS), len(axes) - len(dims) + 1
        lead = tuple(axes[at : at + extra]) if extra >= 0 else None
        if lead is None or sizes.setdefault("...", lead) != lead:
            raise mismatch
        del dims[at], axes[at : at + extra]
    if len(dims) != len(axes):
        raise mismatch
    for dim, size in zip(dims, axes, strict=True):
        unknown = [f for f in dim if isinstance(f, str) and f not in sizes]
        if len(unknown) > 1:
            continue
        rest = size_of(tuple(f for f in dim if f not in unknown), sizes)
        open_factor = bool(unknown) and rest != 0
        if size % rest if open_factor else size != rest:
            raise mismatch
        if open_factor:
            sizes[unknown[0]] = size // rest


def _expected(spec: Spec, sizes: Sizes) -> str:
    """A shape as a message says it: (r=4, d_out)."""
    axes = [f"{written(d)}={size_of(d, sizes)}" if _named(d) and _known(d, sizes) else written(d) for d in spec.dims]
    return f"({', '.join(axes)}{',' * (len(axes) == 1)})"


def _named(dim: Dim) -> bool:
    return dim != ELLIPSIS and any(isinstance(factor, str) for factor in dim)


def _known(dim: Dim, sizes: Sizes) -> bool:
    return all(isinstance(factor, int) or factor in sizes for factor in dim)


def _lead(sizes: Sizes) -> Shape:
    lead = sizes.get("...", ())
    return lead if isinstance(lead, tuple) else (lead,)
