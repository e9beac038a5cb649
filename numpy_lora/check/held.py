"""What an object holds: its float arrays by path, and which of them is the gradient of which, as their names say.

`dW`, `grad_W`, `W_grad`, `grads["W"]`, `grads[0]` beside `params[0]`, `W.grad` beside `W.data` are all the gradient of W.
"""

from __future__ import annotations

import itertools
import re
import types
from collections import deque
from typing import Any

import numpy as np

from .trees import Path

GRADIENT = re.compile(r"_?grad(?:ient)?s?_?", re.IGNORECASE)
LONGEST = 1000  # a longer list is no list of layers or of parameters
ATOMS = (np.ndarray, np.generic, str, bytes, int, float, complex, type, types.ModuleType, types.FunctionType, types.MethodType)


def parts(thing: Any) -> list[tuple[str, Any]]:
    """The named parts of a container or an object."""
    if isinstance(thing, ATOMS):
        return []
    if isinstance(thing, dict):
        return [(str(name), part) for name, part in thing.items()]
    if isinstance(thing, list | tuple):
        return [(str(k), part) for k, part in enumerate(thing[:LONGEST])]
    return list(getattr(thing, "__dict__", {}).items())


def at(thing: Any, path: Path) -> Any:
    """What stands at a path; None where nothing does."""
    for name in path:
        thing = dict(parts(thing)).get(name)
    return thing


def held(thing: Any) -> dict[Path, Any]:
    """The float arrays and numbers of an object by path, the shortest first; one that has two names is there twice."""
    found: dict[Path, Any] = {}
    seen: set[int] = set()
    waiting: deque[tuple[Path, Any]] = deque([((), thing)])
    while waiting:
        path, here = waiting.popleft()
        if isinstance(here, float | np.floating) or (isinstance(here, np.ndarray) and here.dtype.kind == "f"):
            found[path] = here
        elif id(here) not in seen:
            seen.add(id(here))
            waiting += [((*path, name), part) for name, part in parts(here)]
    return found


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
    """Whether it has a forward and a backward method."""
    return callable(getattr(thing, "forward", None)) and callable(getattr(thing, "backward", None))


def meant(path: Path) -> set[Path]:
    """The paths of which this one may be the gradient by its name: ("grads", "dW") of ("W",), among others."""
    choices = [{name, *_unmarked(name)} for name in path]
    return {tuple(filter(None, choice)) for choice in itertools.product(*choices)} - {path, ()}


def _unmarked(name: str) -> set[str]:
    """A name without the mark of a gradient; "" of a container of gradients."""
    found = {re.sub(r"^d_?", "", name)} if re.match(r"d_?.", name) else set()
    return found | ({GRADIENT.sub("", name, count=1), ""} if GRADIENT.search(name) else set())


def distance(meant: Path, name: Path) -> int | None:
    """How far a name is from what a gradient's name means: how many containers that one leaves out; None: it is another."""
    rest = iter(name)
    if not meant or meant[-1] != name[-1] or not all(part in rest for part in meant):
        return None
    return len(name) - len(meant)


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
