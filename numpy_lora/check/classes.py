"""What classes keep: a cache in a class attribute outlives every copy of an object or of a function.

Taken before the first call, it can be put back for one run, which then tells whether the calls before it matter.
"""

from __future__ import annotations

import contextlib
import copy
import types
from abc import ABCMeta
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from .copies import closed_over, outer_names

KEEPING = (dict, list, set, np.ndarray, int, float, types.NoneType)


class ClassState:
    """The attributes of some classes that can change, as they stand now."""

    def __init__(self, classes: Iterable[type]) -> None:
        self.kept: list[tuple[type, str, Any]] = []
        own = [kind for kind in dict.fromkeys(classes) if kind.__module__ != "builtins" and type(kind) in (type, ABCMeta)]
        for kind in own:
            for name, value in vars(kind).items():
                if isinstance(value, KEEPING) and not name.startswith("__"):
                    with contextlib.suppress(Exception):
                        self.kept.append((kind, name, copy.deepcopy(value)))

    @contextlib.contextmanager
    def put_back(self) -> Iterator[None]:
        """The classes as they were; what they keep by now is theirs again afterwards."""
        now = [(kind, name, vars(kind)[name]) for kind, name, _ in self.kept if name in vars(kind)]
        for kind, name, value in self.kept:
            setattr(kind, name, copy.deepcopy(value))
        try:
            yield
        finally:
            for kind, name, value in now:
                setattr(kind, name, value)


def named(f: Any, seen: set[int] | None = None) -> Iterator[type]:
    """The classes of its own module that a function names, itself or through the functions of that module that it calls."""
    seen = set() if seen is None else seen
    if isinstance(f, types.MethodType):
        yield from type(f.__self__).__mro__
        f = f.__func__
    if not isinstance(f, types.FunctionType) or id(f) in seen:
        return
    seen.add(id(f))
    for value in [*closed_over(f), *(f.__globals__.get(name) for name in outer_names(f.__code__))]:
        if isinstance(value, type) and value.__module__ == f.__module__:
            yield value
        elif isinstance(value, types.FunctionType) and value.__module__ == f.__module__:
            yield from named(value, seen)
