"""What an object holds: its float arrays by path, and which of them is the gradient of which, as their names say.

`dW`, `grad_W`, `W_grad`, `grads["W"]`, `grads[0]` beside `params[0]`, `W.grad` beside `W.data` are all the gradient of W.
"""

from __future__ import annotations

import itertools
import re
import types
from collections import deque
from collections.abc import Iterator
from typing import Any

import numpy as np

from .copies import closed_over
from .trees import Path, attributes, is_float_array, name_of

BEFORE = re.compile(r"^(?:d(?:[LJEC]|[Ll]oss|[Cc]ost)_?d_?|nabla_?|delta_?|partial_?|deriv(?:ative)?_?|diff_?|g_?|[dD]_?)(?=.)")
BEHIND = re.compile(r"_(?:bar|g|d|delta|deriv(?:ative)?|diff|nabla)$")
FAR = 100  # containers
CONTAINERS = {"d", "g", "cache", "derivs", "derivatives", "deltas", "nablas", "dparams", "gparams"}
SHORT = {"weights": "w", "weight": "w", "kernel": "w", "biases": "b", "bias": "b"}
GRADIENT = re.compile(r"_?grad(?:ient)?s?_?", re.IGNORECASE)
LONGEST = 1000  # a longer list is no list of layers or of parameters
ATOMS = (np.ndarray, np.generic, str, bytes, int, float, complex, type, types.ModuleType, types.FunctionType, types.MethodType)


def parts(thing: Any) -> list[tuple[str, Any]]:
    """The named parts of a container or an object."""
    if isinstance(thing, ATOMS):
        return []
    if isinstance(thing, dict):
        return [(".".join(map(str, name)) if isinstance(name, tuple) else str(name), part) for name, part in thing.items()]
    if isinstance(thing, list | tuple):
        return [(str(k), part) for k, part in enumerate(thing[:LONGEST])]
    slots = [name for kind in type(thing).__mro__ for name in vars(kind).get("__slots__", ()) if hasattr(thing, name)]
    return [*attributes(thing).items(), *((name, getattr(thing, name)) for name in slots)]


def at(thing: Any, path: Path) -> Any:
    """What stands at a path; None where nothing does."""
    for name in path:
        thing = dict(parts(thing)).get(name)
    return thing


def walk(thing: Any) -> Iterator[tuple[Path, Any]]:
    """Every part of an object with its path, the nearest first; one that goes by two names is there twice, its parts once."""
    seen: set[int] = set()
    waiting: deque[tuple[Path, Any]] = deque([((), thing)])
    while waiting:
        path, here = waiting.popleft()
        yield path, here
        if id(here) not in seen:
            seen.add(id(here))
            waiting += [((*path, name), part) for name, part in parts(here)]


def held(thing: Any) -> dict[Path, Any]:
    """The float arrays and numbers of an object by path."""
    return {path: part for path, part in walk(thing) if isinstance(part, float | np.floating) or is_float_array(part)}


def captured(thing: Any) -> list[str]:
    """Functions that an object holds and that close over it, over a part of it or over an array of its own."""
    known = {id(part) for _, part in walk(thing) if isinstance(part, np.ndarray) or parts(part)}
    functions = [(path, part) for path, part in walk(thing) if isinstance(part, types.FunctionType)]
    return [name_of(path) for path, f in functions if known & {id(value) for value in closed_over(f)}]


def kinds(thing: Any) -> set[type]:
    """The classes of an object and of its parts, and those that these stand on."""
    return {kind for _, part in walk(thing) if not isinstance(part, ATOMS) for kind in type(part).__mro__}


def names(thing: Any, array: Any) -> list[Path]:
    """Every path of one array, and that of an object which wraps it: W where it is W.data and W has no other array but a grad."""
    found = [path for path, other in held(thing).items() if other is array]
    for path in list(found):
        wrapper = at(thing, path[:-1])
        alone = [name for name, part in parts(wrapper) if isinstance(part, np.ndarray) and not GRADIENT.search(name)]
        if len(path) > 1 and not isinstance(wrapper, dict | list | tuple) and alone == [path[-1]] and not is_layer(wrapper):
            found.append(path[:-1])
    return sorted(found, key=len)


def is_layer(thing: Any) -> bool:
    """Whether it has a forward and a backward method; to be called is as good as a forward."""
    return callable(getattr(thing, "backward", None)) and forward_method(thing) is not None


def forward_method(thing: Any) -> Any:
    """The method that makes Y; None if it has none."""
    if callable(getattr(thing, "forward", None)):
        return thing.forward
    called = getattr(thing if isinstance(thing, type) else type(thing), "__call__", None)  # noqa: B004 - one written in Python
    return thing.__call__ if isinstance(called, types.FunctionType) else None


def meant(path: Path) -> set[Path]:
    """The paths of which this one may be the gradient by its name: ("grads", "dW") of ("W",), among others."""
    choices = [{name, *_unmarked(name)} for name in path]
    return {tuple(filter(None, choice)) for choice in itertools.product(*choices)} - {path, ()}


def _unmarked(name: str) -> set[str]:
    """A name without the mark of a gradient; "" of a container of gradients."""
    bare = _bare(name)
    found = {mark.sub("", bare, count=1) for mark in (BEFORE, BEHIND) if mark.search(bare)}
    found |= {GRADIENT.sub("", bare, count=1), ""} if GRADIENT.search(bare) else set()
    return found | ({""} if bare.lower() in CONTAINERS else set())


def _bare(name: str) -> str:
    """A name without the underscores that make it private, and Python's mark of its class: W of _W and _Dense__W."""
    return re.sub(r"^_(?:[A-Za-z]\w*?__)?_*", "", name).rstrip("_") or name


def distance(meant: Path, name: Path) -> int | None:
    """How far a name is from what a gradient's name means: how many containers that one leaves out; None: it is another.

    Where it is the same but for its case, or w is short for weights, it is further than any that is the same.
    """
    given, rest = [_bare(part) for part in meant], [_bare(part) for part in name]
    far = 0
    if given and given[-1] != rest[-1]:
        given, rest, far = [_short(part) for part in given], [_short(part) for part in rest], FAR
    remaining = iter(rest)
    if not given or given[-1] != rest[-1] or not all(part in remaining for part in given):
        return None
    return far + len(name) - len(meant)


def _short(part: str) -> str:
    return SHORT.get(part.lower(), part.lower())


def nearest(candidates: set[Path], known: dict[str, list[Path]]) -> list[str]:
    """Those things whose names are nearest to one of the paths."""
    found: dict[str, int] = {}
    for key, paths in known.items():
        distances = [d for c in candidates for path in paths if (d := distance(c, path)) is not None]
        if distances:
            found[key] = min(distances)
    return [key for key, d in found.items() if d == min(found.values())]


def sharing(thing: Any) -> dict[Path, list[Path]]:
    """For each array the others that are views of the same memory: in a copy of the object they are none."""
    arrays = {path: a for path, a in held(thing).items() if isinstance(a, np.ndarray)}
    others = {p: [q for q, b in arrays.items() if b is not a and np.may_share_memory(a, b)] for p, a in arrays.items()}
    return {path: found for path, found in others.items() if found}
