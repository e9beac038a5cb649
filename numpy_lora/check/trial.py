"""One trial of a layer: which of its arrays have gradients, and where its backward pass returns or leaves them.

An array that the forward pass writes is none of its parameters; a gradient is what the backward pass returns, or writes, under
a name that says whose it is. What cannot be matched is named, and not judged.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from .forms import required
from .held import at, distance, held, meant, names, nearest
from .objects import Layer, Where, answered, arity, called, copied
from .trees import Path, is_float_array, leaves, mapped, name_of
from .trouble import Trouble

Fresh = Callable[[], tuple[tuple[Any, ...], dict[str, Any]]]
Snapshot = dict[Path, tuple[Any, bytes]]


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
    forward, backward = required(layer.forward)[1:], required(layer.backward)[1:]
    given = layer.cotangent and arity(layer.backward) > 1 and not (len(forward) > 1 and forward == backward)
    trial = _Trial(replace(layer, cotangent=given), arguments, fresh)
    wanted = None if wrt is None else trial.resolved([wrt] if isinstance(wrt, str | int) else list(wrt))
    found = trial.matched(wanted)
    parameters = {name: trial.path(name) for name in trial.arrays if name in found}
    return replace(trial.layer, parameters=parameters, gradients=found), trial.notes(found, wanted)


class _Trial:
    """A forward and a backward pass of a copy, and what they changed in it."""

    def __init__(self, layer: Layer, arguments: dict[str, Any], fresh: Fresh) -> None:
        self.layer, self.arguments, self.fresh = layer, arguments, fresh
        self.state = np.random.get_state()
        self.thing = copied(layer.thing)
        args, kwargs = fresh()
        before = _snapshot(self.thing)
        Y = called(layer, self.thing, args, kwargs)
        self.Y, middle = _bits(Y), _snapshot(self.thing)
        self.returned = answered(layer, self.thing, mapped(_cotangent, Y), args, kwargs)
        self.after = _snapshot(self.thing)
        self.written, self.touched = _changed(before, middle), _changed(middle, self.after)
        self.arrays, self.known = self._parameters()
        self.viewed: dict[str, list[str]] = {}
        self.floats = [name for name, tree in arguments.items() if any(is_float_array(leaf) for _, leaf in leaves(tree))]

    def _parameters(self) -> tuple[dict[str, Any], dict[str, list[Path]]]:
        """The arrays that may be parameters, by name, and all names by which they and the arguments go."""
        thing = self.layer.thing
        arrays: dict[str, Any] = {}
        known: dict[str, list[Path]] = {name: [(name,)] for name in self.arguments}
        for array in {id(a): a for a in held(thing).values() if isinstance(a, np.ndarray)}.values():
            paths = names(thing, array)
            if not self.written & set(paths):
                name = name_of(paths[0])
                name = f"self.{name}" if name in self.arguments else name
                arrays[name], known[name] = array, paths
        for name in list(
            arrays
        ):  # a buffer that backward writes, and that by its name is the gradient of another, is no parameter
            others = {other: paths for other, paths in known.items() if other != name}
            if any(path in self.touched and nearest(meant(path), others) for path in known[name]):
                del arrays[name], known[name]
        return arrays, known

    def _whose(self, candidates: set[Path]) -> str | None:
        """The one thing whose name is meant; of several the one on which the output depends."""
        best = nearest(candidates, self.known)
        best = [name for name in best if name in self.arguments or self._matters(name)] if len(best) > 1 else best
        return best[0] if len(best) == 1 else None

    def path(self, name: str) -> Path:
        """Where an array is; the first of its names may be that of an object around it."""
        return next(path for path in self.known[name] if at(self.layer.thing, path) is self.arrays[name])

    def resolved(self, wrt: list[str | int]) -> list[str]:
        """The names that wrt= means: of arguments by position, of parameters by the end of their path."""
        found = []
        for word in wrt:
            given = list(self.arguments)
            at_place = [given[word]] if isinstance(word, int) and -len(given) <= word < len(given) else []
            exact = [name for name in self.known if name == word]
            by_end = [name for name in self.known if name.endswith(f".{word}")]
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
        returned, floats = self.returned, self.floats
        if returned is None:
            return {}
        if isinstance(returned, dict) or hasattr(returned, "_fields"):
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
            told = f"backward gave {len(self.returned)} gradients, one of shape {np.shape(part)}"
            raise Trouble(f"{self.layer.name}: {told}; say whose they are, in their order, by wrt=")
        return alike[0]

    def _left(self) -> dict[str, Path]:
        """The gradients that backward left in the object; none where two could be meant and differ, or forward overwrites it."""
        options: dict[str, dict[Path, int]] = {}
        for path in self.touched:
            name = self._whose(meant(path))
            if name is not None:
                near = [d for m in meant(path) for other in self.known[name] if (d := distance(m, other)) is not None]
                options.setdefault(name, {})[path] = min(near)
        found = {}
        for name, distances in options.items():
            best = [path for path, d in distances.items() if d == min(distances.values())]
            if len({self.after[path][1] for path in best}) == 1 and not self._overwritten(name):
                found[name] = best[0]
        return found

    # --- what moving an array does

    def _moved(self, name: str) -> tuple[Any, Any, bytes | None]:
        """A copy in which one array has other entries, that array, and what forward gives; None where it fails."""
        other = self.arrays[name] * (1 + 2.0**-7) + 2.0**-7
        thing = copied(self.layer.thing, {id(self.arrays[name]): other.copy()})
        np.random.set_state(self.state)
        args, kwargs = self.fresh()
        try:
            return thing, other, _bits(called(self.layer, thing, args, kwargs))
        except Exception:
            return thing, other, None

    def _overwritten(self, name: str) -> bool:
        """Whether forward puts something else in the place of an array before it uses it."""
        if name not in self.arrays:
            return False
        thing, other, Y = self._moved(name)
        return Y is not None and not np.array_equal(at(thing, self.path(name)), other)

    def _matters(self, name: str) -> bool:
        """Whether the output depends on an array."""
        return self._moved(name)[2] not in (None, self.Y)

    def _views(self, name: str) -> list[str]:
        """The views of an array on which the output depends too: they do not move with it in a copy."""
        views = self.layer.views.get(self.path(name), []) if name in self.arrays else []
        return [other for other in self.arrays if self.path(other) in views and self._matters(other)]

    def notes(self, found: dict[str, Where], wanted: list[str] | None) -> list[str]:
        """What is to be said of the object's manners."""
        updated = [name for name in self.arrays if self.touched & set(self.known[name]) and self._matters(name)]
        notes = [f"backward updates {', '.join(updated)}: judged on fresh copies"] if updated else []
        if not updated and self._goes_on():
            notes.append("keeps state between calls: judged on fresh copies")
        notes += [f"{name} is used as {', '.join(views)} too, a view of it: not judged" for name, views in self.viewed.items()]
        if wanted is None:
            missing = [name for name in self.floats if name not in found]
            told = {*found, *self.viewed, *(view for views in self.viewed.values() for view in views)}
            missing += [name for name in self.arrays if name not in told and self._matters(name)]
            notes += [f"no gradient came for {', '.join(missing)}"] if missing else []
        return notes

    def _goes_on(self) -> bool:
        """Whether a second forward pass of the same object gives something else."""
        np.random.set_state(self.state)
        args, kwargs = self.fresh()
        try:
            return _bits(called(self.layer, self.thing, args, kwargs)) != self.Y
        except Exception:
            return True


def _snapshot(thing: Any) -> Snapshot:
    return {path: (value, np.asarray(value).tobytes()) for path, value in held(thing).items()}


def _changed(before: Snapshot, after: Snapshot) -> set[Path]:
    """The paths at which something new stands: another array, or other entries."""
    found = set()
    for path, (value, entries) in after.items():
        old, old_entries = before.get(path, (None, b""))
        if entries != old_entries or (isinstance(value, np.ndarray) and value is not old):
            found.add(path)
    return found


def _bits(Y: Any) -> bytes:
    return b"".join(np.asarray(leaf).tobytes() for _, leaf in leaves(Y) if isinstance(leaf, float | np.ndarray | np.floating))


def _cotangent(_: Path, y: Any) -> Any:
    kind = np.asarray(y).dtype
    return (np.random.default_rng(1).normal(size=np.shape(y)).astype(kind)) if kind.kind == "f" else y
