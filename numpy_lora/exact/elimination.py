"""A⁻¹ B and det A in F_p(i): by Gauss and Jordan and, of more rows than a few, by halves, with products that BLAS makes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .records import refuse
from .residues import Element, Field, Words

FEW = 32
ALL = slice(None)


def solved(field: Field, a: Element, b: Element) -> tuple[Element, Element]:
    """A⁻¹ B and det A for a stack of matrices."""
    stack = a.re.shape[:-2]
    found = [_solved(field, _at(a, k), _at(b, k)) for k in np.ndindex(*stack)]
    solutions, determinants = zip(*found, strict=True) if found else ([], [])
    return (
        _joined(solutions, lambda parts: np.array(parts, np.uint64).reshape(b.re.shape)),
        _joined(determinants, lambda parts: np.array(parts, np.uint64).reshape(stack)),
    )


def _solved(field: Field, a: Element, b: Element) -> tuple[Element, Element]:
    """The same for one matrix."""
    found = _by_halves(field, a, b) or _eliminated(field, a, b)
    return found or refuse("a matrix that is singular in the field")


def _by_halves(field: Field, a: Element, b: Element) -> tuple[Element, Element] | None:
    """Of A = [P Q; R S] the half P first, then S − R P⁻¹ Q; None where one of them is singular."""
    n = len(a.re)
    if n <= FEW:
        return _eliminated(field, a, b)
    above, below = slice(None, n // 2), slice(n // 2, None)
    first = _by_halves(field, _at(a, (above, above)), _joined([_at(a, (above, below)), _at(b, above)], np.hstack))
    if first is None:
        return None
    Q, B = _at(first[0], (ALL, slice(None, n - n // 2))), _at(first[0], (ALL, slice(n - n // 2, None)))
    R = _at(a, (below, above))
    S = field.sub(_at(a, (below, below)), field.matmul(R, Q))
    second = _by_halves(field, S, field.sub(_at(b, below), field.matmul(R, B)))
    if second is None:
        return None
    top = field.sub(B, field.matmul(Q, second[0]))
    return _joined([top, second[0]], np.vstack), field.mul(first[1], second[1])


def _eliminated(field: Field, a: Element, b: Element) -> tuple[Element, Element] | None:
    """Gauss and Jordan on the rows of [A | B]; None where A is singular."""
    n, rows = len(a.re), _joined([a, b], np.hstack)
    det = Element(np.ones((1, 1), np.uint64))
    for k in range(n):
        column = _at(rows, (slice(k, None), k))
        candidates = np.flatnonzero(column.re if column.im is None else column.re | column.im)
        if not len(candidates):
            return None
        if candidates[0]:
            order = np.arange(n)
            order[[k, k + candidates[0]]] = order[[k + candidates[0], k]]
            rows, det = _at(rows, order), field.neg(det)
        pivot = _at(rows, (slice(k, k + 1), slice(k, k + 1)))
        det = field.mul(det, pivot)
        scaled = field.mul(_at(rows, slice(k, k + 1)), field.inv(pivot))
        rows = field.sub(rows, field.mul(_at(rows, (ALL, slice(k, k + 1))), scaled))
        for part, new in zip(rows, scaled, strict=True):
            if part is not None and new is not None:
                part[k] = new
    return _at(rows, (ALL, slice(n, None))), _at(det, (0, 0))


def _at(v: Element, key: Any) -> Element:
    return Element(v.re[key], None if v.im is None else v.im[key])


def _joined(parts: Any, join: Callable[[Any], Words]) -> Element:
    """Elements joined, those without an imaginary part among others having one of zeros."""
    re = join([v.re for v in parts])
    if all(v.im is None for v in parts):
        return Element(re)
    im = join([np.zeros_like(v.re) if v.im is None else v.im for v in parts])
    return Element(re, im if im.any() else None)
