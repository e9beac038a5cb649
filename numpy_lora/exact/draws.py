"""Random exact arrays, and what is asked of them at the end of a run: are they equal, do they pair to the same number?"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from .array import Exact, number, stored
from .records import Number, Run, load, running
from .residues import Element, Words


def draw(
    run: Run,
    rng: np.random.Generator,
    x: npt.ArrayLike,
    *,
    zeros: bool = True,
    signed: bool = False,
    tangent: bool | slice = True,
) -> Exact:
    """Exact numbers of the shadows x, with random values, exponents and (in a dual run) tangents.

    Within a relative 2^-57 of any float lies a dyadic number of any residues asked for, so value and exponent are free.

    Parameters
    ----------
    x : shadows, finite.
    zeros : whether a zero stays the number zero.
    signed : whether a value is a square where the shadow is positive and the negative of one where it is negative. Then roots
        of products behave as they do over the reals; an identity of degree D is one of degree 2D in what is squared.
    tangent : whether, in a dual run, it gets a tangent, or the flat entries that do; the draws are the same either way.
    """
    shadows = np.asarray(x, float)

    def residues(m: int) -> Words:
        return rng.integers(0, m, shadows.shape, np.uint64)

    p, q = run.field.p, run.field.q
    v, e, t = residues(p), residues(q), residues(p)
    if signed:
        v = np.asarray(v * v % p)
        v[shadows < 0] = (p - v[shadows < 0]) % p
    if zeros:
        v, e = np.where(shadows == 0, np.uint64(0), v), np.where(shadows == 0, np.uint64(0), e)
    if isinstance(tangent, slice):
        within = np.zeros(shadows.size, bool)
        within[tangent] = True
        t = np.where(within.reshape(shadows.shape), t, np.uint64(0))
    moves = run.dual and tangent is not False
    return stored(run, Number(shadows, Element(v), e if run.exponents else None, Element(t) if moves else None))


def agree(a: Number, b: Number) -> npt.NDArray[np.bool_]:
    """Where two values are equal in the field."""
    zero = np.uint64(0)
    same: npt.NDArray[np.bool_] = np.equal(a.v.re, b.v.re)
    return same & np.equal(zero if a.v.im is None else a.v.im, zero if b.v.im is None else b.v.im)


def equal(a: Any, b: Any) -> npt.NDArray[np.bool_]:
    """Where two arrays, exact or plain, are the same numbers."""
    run = running()
    return agree(number(run, a), number(run, b))


def pairing(run: Run, a: Element, b: Element) -> Element:
    """Σ a b over all entries, in the field."""
    product = run.field.mul(a, b)
    p = run.field.p

    def total(part: Words) -> Words:
        return np.asarray(part.sum(dtype=np.uint64) % p)

    return Element(total(product.re), None if product.im is None else total(product.im))


def taken_apart(run: Run, a: Any) -> Number:
    """An exact array's numbers, copied out of its block."""
    n = load(run, a)
    copy = np.array
    im = None if n.v.im is None else copy(n.v.im)
    t = None if n.t is None else Element(copy(n.t.re), None if n.t.im is None else copy(n.t.im))
    return Number(copy(n.x), Element(copy(n.v.re), im), None, t)
