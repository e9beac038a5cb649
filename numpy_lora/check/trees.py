"""Nested dicts, lists, tuples and named tuples of arrays: their leaves, by path, and trees of the same form."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

Path = tuple[str, ...]


def is_named_tuple(tree: Any) -> bool:
    """Whether it is a named tuple; other things may answer to any name."""
    return isinstance(tree, tuple) and hasattr(tree, "_fields")


def children(tree: Any) -> list[tuple[str, Any]] | None:
    """The named parts of a node, None of a leaf."""
    if isinstance(tree, dict):
        return [(str(k), v) for k, v in tree.items()]
    if is_named_tuple(tree):
        return list(zip(tree._fields, tree, strict=True))
    if isinstance(tree, list | tuple):
        return [(str(k), v) for k, v in enumerate(tree)]
    return None


def leaves(tree: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every leaf with its path, in order."""
    parts = children(tree)
    if parts is None:
        yield path, tree
        return
    for name, part in parts:
        yield from leaves(part, (*path, name))


def mapped(f: Callable[[Path, Any], Any], tree: Any, path: Path = ()) -> Any:
    """A tree of the same form with f(path, leaf) in the place of every leaf."""
    parts = children(tree)
    if parts is None:
        return f(path, tree)
    values = [mapped(f, part, (*path, name)) for name, part in parts]
    if isinstance(tree, dict):
        same = dict(zip(tree, values, strict=True))
        return same if type(tree) is dict else _as_its_kind(tree, same)
    if is_named_tuple(tree):
        return type(tree)(*values)
    return type(tree)(values)


def _as_its_kind(tree: Any, values: dict[Any, Any]) -> Any:
    """A dict of a class of its own, with other values; a plain one where it cannot be copied."""
    try:
        new = copy.copy(tree)
        new.update(values)
    except Exception:
        return values
    return new


def is_float_array(leaf: Any) -> bool:
    """Whether a leaf can have a gradient: a float array of any shape."""
    return isinstance(leaf, np.ndarray) and leaf.dtype.kind == "f"


def attributes(thing: Any) -> dict[str, Any]:
    """What an object holds by name, if it is an object that tells: some answer to any name."""
    found = getattr(thing, "__dict__", None)
    return found if isinstance(found, dict) else {}


def name_of(path: Path) -> str:
    """A path as it is printed: params.q.WA."""
    return ".".join(path)
