"""A forward and a backward pass of a layer that is an object, what they changed in it, and what moving its arrays changes.

Nothing is matched here: whose gradient is where is the work of `trial`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from .held import at, held
from .objects import Layer, copied, passed
from .trees import Path, is_float_array, leaves, mapped, name_of

Fresh = Callable[[], tuple[tuple[Any, ...], dict[str, Any]]]
Snapshot = dict[Path, tuple[Any, bytes]]


@dataclass(frozen=True)
class Pass:
    """One forward and one backward pass: entries of Y, what backward returned, and the arrays that were there in the end.

    Attributes
    ----------
    new, written : paths at which forward put an array that was not there before, or another in the place of one.
    touched : those at which backward put one, or other entries.
    """

    Y: bytes
    returned: Any
    after: Snapshot
    new: set[Path]
    written: set[Path]
    touched: set[Path]

    def same(self, other: Pass) -> bool:
        """Whether another pass gives the same, and leaves the same gradients."""
        left = all(path in other.after and self.after[path][1] == other.after[path][1] for path in self.touched)
        return left and self.Y == other.Y and entries(self.returned) == entries(other.returned)


class Passes:
    """Passes of copies of a layer, all from one state of NumPy's random numbers."""

    def __init__(self, layer: Layer, fresh: Fresh) -> None:
        self.layer, self.fresh, self.state = layer, fresh, np.random.get_state()
        self.used = copied(layer.thing)
        self.first = self.run(self.used)

    def run(self, thing: Any, *, moved: bool = False) -> Pass:
        """Both passes of an object, at the arguments given or at others."""
        args, kwargs = self._arguments(moved)
        before = _snapshot(thing)
        Y, answer = passed(self.layer, thing, args, kwargs)
        shown, middle = entries(Y), _snapshot(thing)
        returned = answer(mapped(_cotangent, Y))
        after = _snapshot(thing)
        return Pass(shown, returned, after, set(middle) - set(before), _changed(before, middle), _changed(middle, after))

    def forward(self, thing: Any) -> bytes | None:
        """The entries of Y; None where it fails."""
        args, kwargs = self._arguments(False)
        try:
            return entries(passed(self.layer, thing, args, kwargs)[0])
        except Exception:
            return None

    def _arguments(self, moved: bool) -> Any:
        np.random.set_state(self.state)
        args, kwargs = self.fresh()
        return (mapped(_moved, args), mapped(_moved, kwargs)) if moved else (args, kwargs)

    # --- what the object keeps

    def keeps(self) -> bool:
        """Whether a pass of an object depends on a pass before it: at other arguments it gives what a fresh one does not."""
        try:
            fresh, other, again = (self.run(copied(t), moved=True) for t in (self.layer.thing, self.layer.thing, self.used))
        except Exception:
            return False
        return fresh.same(other) and (fresh.Y != again.Y or entries(fresh.returned) != entries(again.returned))

    def late(self) -> set[Path]:
        """Where forward puts arrays the first time and no more: parameters that an object makes when it sees its input."""
        try:
            again = self.run(copied(self.used), moved=True)
        except Exception:
            return set()
        known = {id(value) for path, (value, _) in self.first.after.items() if path not in self.first.new}
        late = {path: self.first.after[path][0] for path in self.first.new - again.written}
        return {path for path, array in late.items() if isinstance(array, np.ndarray) and id(array) not in known}

    def pending(self) -> list[str]:
        """Lists to which forward adds, and in which an earlier call left arrays that backward uses: a pass is pending."""
        lists = {path[:-1] for path in self.first.new if isinstance(at(self.used, path[:-1]), list)}
        found = []
        for path, array in held(self.layer.thing).items():
            if path[:-1] in lists and isinstance(array, np.ndarray):
                thing = copied(self.layer.thing, {id(array): array * (1 + 2.0**-7) + 2.0**-7})
                found += [] if self.run(thing).same(self.first) else [name_of(path[:-1])]
        return list(dict.fromkeys(found))

    def warmed(self) -> Layer | None:
        """The layer after one forward pass, if that leaves nothing but its parameters in it; else None.

        At other arguments it must then give what a fresh one gives; where every fresh one draws other parameters, what it
        gives after one more pass.
        """
        thing = copied(self.layer.thing)
        self.forward(thing)
        warm = replace(self.layer, thing=thing)
        try:
            fresh, other, again = (self.run(copied(t), moved=True) for t in (self.layer.thing, self.layer.thing, thing))
            np.random.set_state(self.state)
            passes = Passes(warm, self.fresh)
            other = other if fresh.same(other) else passes.run(passes.used, moved=True)
            return warm if again.same(other) and not passes.pending() else None
        except Exception:
            return None

    # --- what moving one of its arrays does

    def _with(self, array: Any) -> tuple[Any, Any, bytes | None]:
        """A copy in which one array has other entries, these, and what forward gives."""
        other = array * (1 + 2.0**-7) + 2.0**-7
        thing = copied(self.layer.thing, {id(array): other.copy()})
        return thing, other, self.forward(thing)

    def matters(self, array: Any) -> bool:
        """Whether the output depends on an array."""
        return self._with(array)[2] not in (None, self.first.Y)

    def overwrites(self, path: Path) -> bool:
        """Whether forward puts something else in the place of an array before it uses it."""
        thing, other, Y = self._with(at(self.layer.thing, path))
        return Y is not None and not np.array_equal(at(thing, path), other)


def entries(Y: Any) -> bytes:
    """The floats of a tree."""
    return b"".join(np.asarray(leaf).tobytes() for _, leaf in leaves(Y) if isinstance(leaf, float | np.ndarray | np.floating))


def _snapshot(thing: Any) -> Snapshot:
    return {path: (value, np.asarray(value).tobytes()) for path, value in held(thing).items()}


def _changed(before: Snapshot, after: Snapshot) -> set[Path]:
    """The paths at which something new stands: another array, or other entries."""
    found = set()
    for path, (value, now) in after.items():
        old, then = before.get(path, (None, b""))
        if now != then or (isinstance(value, np.ndarray) and value is not old):
            found.add(path)
    return found


def _moved(_: Path, leaf: Any) -> Any:
    return (leaf * (1 + 2.0**-7) + 2.0**-7).astype(leaf.dtype) if is_float_array(leaf) else leaf


def _cotangent(_: Path, y: Any) -> Any:
    kind = np.asarray(y).dtype
    return (np.random.default_rng(1).normal(size=np.shape(y)).astype(kind)) if kind.kind == "f" else y
