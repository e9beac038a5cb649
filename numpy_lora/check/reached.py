"""Which modules the code under test consists of, and what arrays it holds: found by walking from its functions."""

from __future__ import annotations

import functools
import itertools
import sys
import types
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from .copies import closed_over, outer_names
from .trees import attributes

MOST = 512  # things looked at, so that a large model does not make a check slow
NOBODYS = {"builtins", "numpy", "scipy", *sys.stdlib_module_names}


def modules_of(*functions: Any) -> list[dict[str, Any]]:
    """The names of the modules of functions, of what they close over, wrap or are methods of, and of their packages."""
    found: dict[int, dict[str, Any]] = {}
    packages: set[str] = set()
    for thing in _walked(functions):
        if isinstance(thing, types.FunctionType) and _package(thing.__globals__.get("__name__")) not in NOBODYS:
            found[id(thing.__globals__)] = thing.__globals__
        packages |= _packages(thing)
    for names in _of_packages(frozenset(packages), len(sys.modules)):
        found[id(names)] = names
    return list(found.values())


def arrays_of(*functions: Any) -> list[npt.NDArray[np.float64]]:
    """The plain float64 arrays that functions hold, name, or reach in what they hold; none if some share their memory."""
    found = [a for a in _walked(functions) if type(a) is np.ndarray and a.dtype == np.float64]
    apart = not any(np.may_share_memory(a, b) for a, b in itertools.combinations(found, 2))
    return found if apart else []


def _walked(functions: Iterable[Any]) -> Iterator[Any]:
    """Functions, and what can be reached from them."""
    waiting = list(functions)
    seen: set[int] = set()
    while waiting and len(seen) < MOST:
        thing = waiting.pop(0)
        if id(thing) in seen or isinstance(thing, str | int | float | types.ModuleType | None):
            continue
        seen.add(id(thing))
        yield thing
        waiting += _held_by(thing)


def _packages(thing: Any) -> set[str]:
    """The packages in which a function or the classes of an object were defined."""
    places = [thing] if isinstance(thing, types.FunctionType | type) else type(thing).__mro__
    return {_package(getattr(place, "__module__", None)) for place in places} - NOBODYS - {"numpy_lora"}


def _package(module: Any) -> str:
    return str(module).partition(".")[0]


def _held_by(thing: Any) -> list[Any]:
    if isinstance(thing, types.FunctionType):
        named = [thing.__globals__.get(name) for name in outer_names(thing.__code__)]
        defaults = [*(thing.__defaults__ or ()), *(thing.__kwdefaults__ or {}).values()]
        named = [f for f in named if callable(f) or hasattr(f, "__dict__") or isinstance(f, np.ndarray)]
        return [getattr(thing, "__wrapped__", None), *closed_over(thing), *defaults, *named]
    if isinstance(thing, types.MethodType):
        return [thing.__self__, thing.__func__]
    if isinstance(thing, functools.partial):
        return [thing.func, *thing.args, *thing.keywords.values()]
    if isinstance(thing, list | tuple):
        return list(thing[:16])
    if isinstance(thing, dict):
        return list(thing.values())[:16]
    return [] if isinstance(thing, type) else list(attributes(thing).values())


@functools.lru_cache(maxsize=64)
def _of_packages(packages: frozenset[str], loaded: int) -> list[dict[str, Any]]:
    names = [name for name in list(sys.modules) if name.partition(".")[0] in packages]
    return [vars(sys.modules[name]) for name in names if isinstance(sys.modules.get(name), types.ModuleType)]
