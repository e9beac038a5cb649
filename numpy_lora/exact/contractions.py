"""einsum and its kin, made of transposes and matrix products of exact arrays."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from .array import Exact, gathered_list, scalar
from .beside import written
from .records import refuse, running


def _plain_form(operands: tuple[Any, ...]) -> tuple[str, list[Any]]:
    """Both call forms as a text and operands: einsum("ij,jk", A, B) and einsum(A, [0, 1], B, [1, 2], [0, 2])."""
    if isinstance(operands[0], str):
        return operands[0].replace(" ", ""), list(operands[1:])
    pairs = len(operands) // 2
    letters = [_letters(operands[2 * k + 1]) for k in range(pairs)]
    out = "->" + _letters(operands[-1]) if len(operands) % 2 else ""
    return ",".join(letters) + out, [operands[2 * k] for k in range(pairs)]


def _letters(sublist: Any) -> str:
    return "".join("..." if k is Ellipsis else chr(ord("A") + k if k < 26 else ord("a") + k - 26) for k in sublist)


def _subscripts(text: str, operands: list[Any]) -> tuple[list[str], str]:
    """The subscripts of each operand and of the result, the dots spelt out in letters of their own."""
    left, arrow, out = text.partition("->")
    terms = left.split(",")
    if len(terms) != len(operands):
        raise ValueError(f"einsum: expected {len(terms)} operands, got {len(operands)}")
    widths = [np.ndim(a) - len(term.replace("...", "")) for term, a in zip(terms, operands, strict=True)]
    most = max([w for w, term in zip(widths, terms, strict=True) if "..." in term], default=0)
    dots = "".join(chr(0x100 + k) for k in range(most))
    spelt = [term.replace("...", dots[len(dots) - w :]) for term, w in zip(terms, widths, strict=True)]
    if not arrow:
        letters = "".join(terms).replace(".", "")
        out = dots + "".join(sorted(c for c in set(letters) if letters.count(c) == 1))
    return spelt, out.replace("...", dots)


def einsum(*operands: Any, out: Any = None, optimize: Any = False, **kwargs: Any) -> Any:
    """np.einsum, two operands at a time from the left."""
    if kwargs:
        refuse(f"einsum({min(kwargs)}=) is not understood")
    text, arrays = _plain_form(operands)
    arrays = [a if isinstance(a, np.ndarray) else gathered_list(a) for a in arrays]
    terms, result = _subscripts(text, arrays)
    pairs = [_diagonals(a, term) for a, term in zip(arrays, terms, strict=True)]
    a, term = pairs[0]
    for k, (b, other) in enumerate(pairs[1:]):
        later = set(result).union(*(t for _, t in pairs[k + 2 :]))
        a, term = _contract(a, term, b, other, later)
    a, term = _summed(a, term, set(result))
    value = a.transpose([term.index(c) for c in result]) if result else a
    return into(out, value)


def einsum_path(*operands: Any, optimize: Any = "greedy") -> Any:
    """np.einsum_path, which asks for shapes alone."""
    plain: list[Any] = [np.empty(np.shape(a)) if isinstance(a, Exact) else a for a in operands]
    return np.einsum_path(*plain, optimize=optimize)


def into(out: Any, value: Any) -> Any:
    """A result, or `out=` filled with it."""
    if out is None:
        return scalar(value)
    if not isinstance(out, type(value)):
        return written(running(), out, lambda exact: into(exact, value))
    out[...] = value
    return out


def _diagonals(a: Any, term: str) -> tuple[Any, str]:
    """A subscript that stands twice in one term takes the diagonal, which may be written to as NumPy's may."""
    writeable = a.flags.writeable
    for c in dict.fromkeys(term):
        while term.count(c) > 1:
            i, j = term.index(c), term.rindex(c)
            a = np.diagonal(a, axis1=i, axis2=j)
            a.flags.writeable = writeable
            term = "".join(x for k, x in enumerate(term) if k not in (i, j)) + c
    return a, term


def _summed(a: Any, term: str, wanted: set[str]) -> tuple[Any, str]:
    axes = tuple(k for k, c in enumerate(term) if c not in wanted)
    return (a.sum(axes), "".join(c for c in term if c in wanted)) if axes else (a, term)


def _contract(a: Any, s: str, b: Any, t: str, later: set[str]) -> tuple[Any, str]:
    """One product: batch subscripts, free ones of A, free ones of B; what both have and nobody wants is summed."""
    a, s = _summed(a, s, later | set(t))
    b, t = _summed(b, t, later | set(s))
    batch = [c for c in s if c in t and c in later]
    inner = [c for c in s if c in t and c not in later]
    free_a, free_b = [c for c in s if c not in t], [c for c in t if c not in s]
    sizes = dict(zip(s, np.shape(a), strict=True))
    for c, n in zip(t, np.shape(b), strict=True):
        if c in inner and n != sizes[c]:
            size = max(n, sizes[c])
            return _contract(*_widened(a, s, c, size), *_widened(b, t, c, size), later)
        sizes[c] = n if sizes.get(c, 1) == 1 else sizes[c]
    left = _arranged(a, s, batch, free_a, inner)
    right = _arranged(b, t, batch, inner, free_b)
    product = left @ right if inner else left * right
    shape = [sizes[c] for c in (*batch, *free_a, *free_b)]
    return product.reshape(shape), "".join((*batch, *free_a, *free_b))


def _widened(a: Any, term: str, c: str, size: int) -> tuple[Any, str]:
    """An axis of length one, broadcast: it is summed with one that is longer."""
    shape = list(np.shape(a))
    shape[term.index(c)] = size
    return np.broadcast_to(a, shape), term


def _arranged(a: Any, term: str, batch: list[str], rows: list[str], columns: list[str]) -> Any:
    """A stack of matrices: batch axes as they are, the rows in one axis, the columns in one."""
    a = a.transpose([term.index(c) for c in (*batch, *rows, *columns)])
    n = len(batch)
    height = int(np.prod(a.shape[n : n + len(rows)], dtype=int))
    width = int(np.prod(a.shape[n + len(rows) :], dtype=int))
    return a.reshape((*a.shape[:n], height, width))


def dot(a: Any, b: Any, out: Any = None) -> Any:
    """np.dot: the last axis of a with the last but one of b."""
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        value = np.multiply(a, b)
    elif np.ndim(b) <= 2:
        value = np.matmul(a, b)
    else:
        value = tensordot(a, b, ([-1], [-2]))
    return into(out, value)


def inner(a: Any, b: Any) -> Any:
    """np.inner: the last axes."""
    return tensordot(a, b, ([-1], [-1])) if np.ndim(a) and np.ndim(b) else np.multiply(a, b)


def outer(a: Any, b: Any, out: Any = None) -> Any:
    """np.outer."""
    return np.multiply(np.ravel(a)[:, None], np.ravel(b)[None, :], **({} if out is None else {"out": out}))


def vdot(a: Any, b: Any) -> Any:
    """np.vdot."""
    return np.matmul(np.ravel(a), np.ravel(b))


def tensordot(a: Any, b: Any, axes: Any = 2) -> Any:
    """np.tensordot."""
    if isinstance(axes, int | np.integer):
        pairs = [list(range(-int(axes), 0)), list(range(int(axes)))]
    else:
        pairs = [[x] if np.ndim(x) == 0 else list(x) for x in axes]
    s = [chr(0x100 + k) for k in range(np.ndim(a))]
    t = [chr(0x200 + k) for k in range(np.ndim(b))]
    for i, j in zip(*pairs, strict=True):
        t[j] = s[i]
    out = [c for c in s if c not in t] + [c for c in t if c not in s]
    return einsum(f"{''.join(s)},{''.join(t)}->{''.join(out)}", a, b)


def trace(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1, dtype: Any = None, out: Any = None) -> Any:
    """The sum of a diagonal."""
    if dtype is not None or out is not None:
        refuse("trace(dtype=, out=) is not understood")
    return np.diagonal(a, offset, axis1, axis2).sum(-1)


def kron(a: Any, b: Any) -> Any:
    """np.kron."""
    n = max(np.ndim(a), np.ndim(b))
    a, b = (np.reshape(x, (1,) * (n - np.ndim(x)) + np.shape(x)) for x in (a, b))
    left = np.reshape(a, [m for size in np.shape(a) for m in (size, 1)])
    right = np.reshape(b, [m for size in np.shape(b) for m in (1, size)])
    return (left * right).reshape([np.shape(a)[k] * np.shape(b)[k] for k in range(n)])


def multi_dot(arrays: Any, *, out: Any = None) -> Any:
    """A product of several matrices."""
    if out is not None:
        refuse("multi_dot(out=) is not understood")
    return functools.reduce(np.matmul, arrays)
