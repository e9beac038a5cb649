"""Which arrays of a layer that is an object have gradients, and where its backward pass returns or leaves them.

An array that the forward pass writes is none of its parameters; a gradient is what the backward pass returns, or writes, under
a name that says whose it is. What cannot be matched is named, and not judged.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from .forms import required
from .held import FAR, GRADIENT, at, distance, held, meant, names, nearest
from .objects import Layer, Where, arity, copied, hands_gradients_on, passed
from .passes import Fresh, Passes
from .trees import Path, is_float_array, is_named_tuple, leaves, name_of
from .trouble import Trouble


def settled(
    layer: Layer, arguments: dict[str, Any], fresh: Fresh, wrt: Sequence[str | int] | str | int | None
) -> tuple[Layer, list[str]]:
    """The layer with its parameters, and where each gradient is found; and what was noticed of its manners.

    Parameters
    ----------
    arguments : those of forward by name.
    fresh : gives copies of them, as they are passed.
    wrt : the gradients to judge; None: all.
    """
    layer, notes = _with_what_backward_takes(layer, fresh)
    passes = Passes(layer, fresh)
    if pending := passes.pending():
        raise Trouble(f"{layer.name}: an earlier forward pass left something in {', '.join(pending)}; give a fresh object")
    late = _late(passes)
    warmed = passes.warmed() if late else None
    trial = _Trial(Passes(warmed, fresh) if warmed else passes, arguments, late)
    wanted = None if wrt is None else trial.resolved([wrt] if isinstance(wrt, str | int) else list(wrt))
    found = trial.matched(wanted)
    parameters = {name: trial.path(name) for name in trial.arrays if name in found}
    notes += trial.notes(found, wanted)
    if late and not warmed:
        notes.append(f"made in the first forward pass, and not judged: {', '.join(late)}; give an object that has them")
    return replace(trial.layer, parameters=parameters, gradients=found), notes


def _with_what_backward_takes(layer: Layer, fresh: Fresh) -> tuple[Layer, list[str]]:
    """Whether backward is given dY: not where it takes nothing, or what forward takes, or has a default and Y is a number."""
    args, kwargs = fresh()
    if layer.backward is None:
        result = layer.forward(copied(layer.thing), *args, **kwargs)
        takes = hands_gradients_on(result) and callable(result[1]) and arity(result[1]) > 0
        return replace(layer, given="dY" if takes else "nothing"), []
    forward, backward = required(layer.forward)[1:], required(layer.backward)[1:]
    if layer.given != "dY" or (len(forward) > 1 and forward == backward):
        return replace(layer, given="arguments"), []
    if arity(layer.backward) == 1:
        return replace(layer, given="nothing"), []
    if not backward and np.size(passed(layer, copied(layer.thing), args, kwargs)[0]) == 1:
        return replace(layer, given="nothing"), ["backward is called without dY, which has a default"]
    return layer, []


def _late(passes: Passes) -> list[str]:
    """The arrays that the first forward pass makes and that have a gradient by its name."""
    late = sorted(passes.late())
    known = {name_of(path): [path] for path in late if not nearest(meant(path), {name_of(p): [p] for p in late if p != path})}
    named = [name for path in passes.first.touched for name in nearest(meant(path), known)]
    return [name for name in known if name in named]


class _Trial:
    """Names of gradients, and names of what they may be gradients of."""

    def __init__(self, passes: Passes, arguments: dict[str, Any], late: list[str]) -> None:
        self.late = {name: [tuple(name.split("."))] for name in late}
        self.passes, self.first, self.layer, self.arguments = passes, passes.first, passes.layer, arguments
        self.floats = [name for name, tree in arguments.items() if any(is_float_array(leaf) for _, leaf in leaves(tree))]
        self.arrays: dict[str, Any] = {}
        self.known: dict[str, list[Path]] = {name: [(name,)] for name in arguments}
        self.viewed: dict[str, list[str]] = {}
        self._find()

    def _find(self) -> None:
        """The arrays that may be parameters, by name, and all names by which they go."""
        thing = self.layer.thing
        for array in {id(a): a for a in held(thing).values() if isinstance(a, np.ndarray)}.values():
            paths = names(thing, array)
            if not self.first.written & set(paths):
                name = name_of(paths[0])
                name = f"self.{name}" if name in self.arguments else name
                self.arrays[name], self.known[name] = array, paths
        for name in [name for name in self.arrays if self._is_gradient(name)]:
            del self.arrays[name], self.known[name]
        self._shorten()

    def _shorten(self) -> None:
        """Call what has a last name of its own by that alone: W of params.W."""
        last = {name: name.rpartition(".")[2] for name in self.arrays}
        taken = [*self.arguments, *last.values()]
        short = {name: word if word.isidentifier() and taken.count(word) == 1 else name for name, word in last.items()}
        self.known |= {short[name]: self.known.pop(name) for name in self.arrays}
        self.arrays = {short[name]: array for name, array in self.arrays.items()}

    def _is_gradient(self, name: str) -> bool:
        """Whether backward writes an array that by its name is the gradient of another, or of what goes by no name here."""
        others = {other: paths for other, paths in self.known.items() if other != name}
        written = [path for path in self.known[name] if path in self.first.touched]
        marked = any(GRADIENT.search(part) for path in written for part in path)
        return any(nearest(meant(path), others) for path in written) or (marked and not self.passes.matters(self.arrays[name]))

    def path(self, name: str) -> Path:
        """Where an array is; the first of its names may be that of an object around it."""
        return next(path for path in self.known[name] if at(self.layer.thing, path) is self.arrays[name])

    def resolved(self, wrt: list[str | int]) -> list[str]:
        """The names that wrt= means: of arguments by position, of parameters by the end of their path."""
        found, given = [], list(self.arguments)
        for word in wrt:
            at_place = [given[word]] if isinstance(word, int) and -len(given) <= word < len(given) else []
            exact = [name for name in self.known if name == word]
            by_end = [name for name, paths in self.known.items() if any(f".{name_of(p)}".endswith(f".{word}") for p in paths)]
            close = at_place or exact or by_end
            if len(close) != 1:
                raise Trouble(f"wrt: no argument {str(word)!r} among {', '.join(self.known)}")
            found += close
        return found

    # --- whose gradient is where

    def matched(self, wanted: list[str] | None) -> dict[str, Where]:
        """Where each gradient is found; of those wanted each must be."""
        found = self._returned(wanted)
        found |= {name: ("held", path) for name, path in self._left().items() if name not in found}
        self.viewed = {name: views for name in found if (views := self._views(name))}
        found = {name: where for name, where in found.items() if name not in self.viewed}
        if missing := [name for name in wanted or [] if name not in found]:
            raise Trouble(f"{self.layer.name}: no gradient came for {', '.join(missing)}")
        if not found:
            raise Trouble(f"{self.layer.name}: no gradient came for {', '.join(self.known)}")
        return {name: found[name] for name in wanted or [*self.known] if name in found}

    def _returned(self, wanted: list[str] | None) -> dict[str, Where]:
        """By name where it returned a dict or a named tuple, else the arguments' in order, then the parameters'."""
        returned, floats = self.first.returned, self.floats
        if returned is None:
            return {}
        if isinstance(returned, dict) or is_named_tuple(returned):
            return self._by_name(returned, ())
        if not isinstance(returned, list | tuple):
            first = [name for name in wanted or floats if name in self.arguments] or floats or wanted or []
            return {name: ("returned", ()) for name in first[:1]}
        if wanted is not None and len(wanted) == len(returned):
            return {name: ("returned", (str(k),)) for k, name in enumerate(wanted)}
        if len(floats) == 1 and isinstance(self.arguments[floats[0]], list | tuple):
            return {floats[0]: ("returned", ())}
        found: dict[str, Where] = {}
        for k, part in enumerate(returned):
            if k < len(floats):
                found |= {floats[k]: ("returned", (str(k),))} if part is not None else {}
            elif isinstance(part, dict):
                found |= self._by_name(part, (str(k),))
            elif isinstance(part, list | tuple):
                for j, inner in enumerate(part):
                    found |= {self._by_shape(inner, found): ("returned", (str(k), str(j)))} if inner is not None else {}
            elif part is not None:
                found |= {self._by_shape(part, found): ("returned", (str(k),))}
        return found

    def _by_name(self, tree: Any, above: Path) -> dict[str, Where]:
        found: dict[str, Where] = {}
        for path, leaf in leaves(tree):
            name = self._whose({path} | meant(path))
            if name is not None and leaf is not None:
                found[name] = ("returned", (*above, *(path[:1] if name in self.arguments else path)))
        return found

    def _by_shape(self, part: Any, found: dict[str, Where]) -> str:
        alike = [name for name, array in self.arrays.items() if name not in found and np.shape(part) == array.shape]
        if len(alike) != 1:
            told = f"backward gave {len(self.first.returned)} gradients, one of shape {np.shape(part)}"
            raise Trouble(f"{self.layer.name}: {told}; say whose they are, in their order, by wrt=")
        return alike[0]

    def _left(self) -> dict[str, Path]:
        """The gradients that backward left in the object; none where two could be meant and differ, or forward overwrites it."""
        options: dict[str, dict[Path, int]] = {}
        for path in self.first.touched:
            name = self._whose(meant(path)) or self._alone(path)
            updated = name in self.arrays and self.path(name) in self.first.touched  # and delta then is by how much
            if name is not None and not (updated and "delta" in path[-1]):
                near = [d for m in meant(path) for other in self.known[name] if (d := distance(m, other)) is not None]
                options.setdefault(name, {})[path] = min(near, default=FAR)
        found = {}
        for name, distances in options.items():
            best = [path for path, d in distances.items() if d == min(distances.values())]
            overwritten = name in self.arrays and self.passes.overwrites(self.path(name))
            if len({self.first.after[path][1] for path in best}) == 1 and not overwritten:
                found[name] = best[0]
        return found

    def _alone(self, path: Path) -> str | None:
        """The only parameter there is, where backward leaves but `grad`."""
        needed = [name for name, array in self.arrays.items() if self.passes.matters(array)]
        alike = [name for name in needed if self.arrays[name].shape == np.shape(self.first.after[path][0])]
        return needed[0] if GRADIENT.fullmatch(path[-1]) and len(needed) == len(alike) == 1 else None

    def _whose(self, candidates: set[Path]) -> str | None:
        """The one thing whose name is meant; of several the one on which the output depends."""
        best = nearest(candidates, self.known)
        if len(best) > 1:
            best = [name for name in best if name in self.arguments or self.passes.matters(self.arrays[name])]
        return best[0] if len(best) == 1 else None

    def _views(self, name: str) -> list[str]:
        """The views of an array on which the output depends too: they do not move with it in a copy."""
        views = self.layer.views.get(self.path(name), []) if name in self.arrays else []
        return [other for other, array in self.arrays.items() if self.path(other) in views and self.passes.matters(array)]

    # --- what is said

    def notes(self, found: dict[str, Where], wanted: list[str] | None) -> list[str]:
        """What is to be said of the object's manners."""
        needed = [name for name, array in self.arrays.items() if self.passes.matters(array)]
        updated = [name for name in needed if self.first.touched & set(self.known[name])]
        notes = [f"backward updates {', '.join(updated)}: judged on fresh copies"] if updated else []
        if not updated and self.passes.keeps():
            notes.append("keeps state between calls: judged on fresh copies")
        notes += [f"{name} is used as {', '.join(views)} too, a view of it: not judged" for name, views in self.viewed.items()]
        if wanted is None:
            told = {*found, *self.viewed, *(view for views in self.viewed.values() for view in views)}
            missing = [name for name in [*self.floats, *needed] if name not in told]
            notes += [f"no gradient came for {', '.join(missing)}"] if missing else []
        if nobodys := self._nobodys():
            notes.append(f"not judged, for it is seen to be the gradient of nothing: {', '.join(nobodys)}")
        if numbers := self._numbers():
            notes.append(f"not judged, for it is no array: {', '.join(numbers)}")
        return notes

    def _nobodys(self) -> list[str]:
        """The arrays that backward leaves by the name of a gradient, dW or grad_W, of what is not known."""
        arrays = [path for path in self.first.touched if isinstance(self.first.after[path][0], np.ndarray)]
        marked = [path for path in arrays if re.fullmatch(r"d[A-Z]\w*|grad_\w+|\w+_grad", path[-1])]
        return sorted(name_of(path) for path in marked if not nearest(meant(path), self.known | self.late))

    def _numbers(self) -> list[str]:
        """The plain numbers that have a gradient by its name."""
        numbers = {path for path, part in held(self.layer.thing).items() if not isinstance(part, np.ndarray)}
        known = {name_of(path): [path] for path in numbers - self.first.written - self.first.touched}
        return sorted({name for path in self.first.touched for name in nearest(meant(path), known)})
