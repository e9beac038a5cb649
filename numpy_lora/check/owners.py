"""Whose gradient each one is: by name, by `wrt=`, or by position among the float arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .forms import Derivative
from .held import meant, nearest
from .trees import Path, is_float_array, is_named_tuple, leaves, name_of
from .trouble import Trouble

Array = Any


@dataclass
class Owners:
    """The arguments of one call, to which gradients belong.

    Attributes
    ----------
    op : the op's name.
    arguments : every argument by name; `names`, those that are positional, in their order.
    wrt : whose gradients they are, None where it shows.
    unjudged : float arrays without a gradient, if gradients came in order, or None.
    """

    op: str
    arguments: dict[str, Any]
    names: list[str]
    wrt: Sequence[str | int] | None
    unjudged: list[str] = field(default_factory=list)

    def of(self, gradients: Any) -> list[tuple[Path, str, Array]]:
        """(path, label, gradient) for each gradient, in the order in which they came; a `Trouble` where one has no owner."""
        derivative = gradients if isinstance(gradients, Derivative) else None
        alike = derivative is None or (not derivative.jacobian and np.size(derivative.dY) == 1)
        named = self._named(derivative.tree if derivative else gradients, alike)
        found: list[tuple[Path, str, Array]] = []
        for name, tree in named:
            whole = self.arguments.get(name)
            argument = dict(leaves(whole, (name,)))
            if is_named_tuple(whole) and type(tree) in (tuple, list) and len(tree) == len(whole):  # type: ignore[arg-type]
                tree = type(whole)(*tree)  # type: ignore[misc]
            for path, leaf in leaves(tree, (name,)):
                if leaf is None:
                    self.unjudged += [name_of(path)] if is_float_array(argument.get(path)) else []
                    continue
                if path not in argument:
                    raise Trouble(f"d{name_of(path)}: no argument {name_of(path)} to be the gradient of")
                leaf = derivative.pulled(leaf, argument[path]) if derivative else leaf
                found.append((path, f"d{name_of(path)}", leaf))
        if not found:
            raise Trouble(f"{self.op}: backward gave no gradient")
        return found

    def _named(self, gradients: Any, alike: bool) -> list[tuple[str, Any]]:
        """(argument, gradient) for each gradient: by name, by `wrt`, or by position among the float arrays.

        alike : whether gradients have the shapes of their arguments; derivatives still to be paired with dY need not.
        """
        if self.wrt is not None:
            given = [self.wrt] if isinstance(self.wrt, str | int) else self.wrt
            places = range(-len(self.names), len(self.names))
            wanted = [self.names[w] if isinstance(w, int) and w in places else str(w) for w in given]
            for name in wanted:
                if wanted.count(name) > 1:
                    raise Trouble(f"wrt: names {name} more than once")
                if name.partition(".")[0] not in self.arguments:
                    raise Trouble(f"wrt: no argument {name!r} among {', '.join(self.arguments)}")
            if not (isinstance(gradients, dict) or is_named_tuple(gradients)):
                parts = list(gradients) if isinstance(gradients, list | tuple) else [gradients]
                if len(parts) != len(wanted):
                    raise Trouble(f"wrt: names {len(wanted)} arguments, but backward gave {len(parts)} gradients")
                return list(zip(wanted, parts, strict=True))
            return [(name, part) for name, part in self._by_name(gradients) if name in wanted]
        if isinstance(gradients, dict) or is_named_tuple(gradients):
            return self._by_name(gradients)
        floats = self._floats()
        parts = list(gradients) if isinstance(gradients, list | tuple) else [gradients]
        scalars = [name for name, value in self.arguments.items() if isinstance(value, float)]
        if len(parts) > len(floats) and len(parts) == len(floats) + len(scalars):
            floats = [name for name in self.arguments if name in floats or name in scalars]
        if len(floats) == 1 and len(parts) != 1 and isinstance(self.arguments[floats[0]], list | tuple):
            parts = [gradients]
        if len(parts) > len(floats) and (found := self._beside_none(parts, floats)):
            return found
        if len(parts) > len(floats):
            given, others = f"{len(floats)} float array{'' if len(floats) == 1 else 's'}", self._others()
            advice = f" ({others}: those of floats have gradients)" if others else "; name them by wrt="
            raise Trouble(f"{self.op}: backward gave {len(parts)} gradient{'s'[: len(parts) > 1]} for {given}{advice}")
        floats = self._alike(floats, parts) if alike else floats[: len(parts)]
        self.unjudged = [name for name in self._floats() if name not in floats]
        return list(zip(floats, parts, strict=True))

    def _beside_none(self, parts: list[Any], floats: list[str]) -> list[tuple[str, Any]]:
        """Gradients in the order of all arguments, where those that can have none, such as integers, have None."""
        pairs = list(zip(self.arguments, parts, strict=False))
        fits = len(parts) <= len(self.arguments) and all(part is None or name in floats for name, part in pairs)
        return [(name, part) for name, part in pairs if name in floats] if fits else []

    def _alike(self, names: list[str], parts: list[Any]) -> list[str]:
        """Whose gradients these are, where there are fewer: those of the first arguments, or of the only ones of their shapes.

        One of a shape to which the argument in its place is broadcast lacks a sum, and is that argument's all the same.
        """
        first = names[: len(parts)]
        if all(_fits(self.arguments[name], part) for name, part in zip(first, parts, strict=True)):
            return first
        found, backwards = (_in_order(self.arguments, *way) for way in ((names, parts), (names[::-1], parts[::-1])))
        return found if found and found == backwards[::-1] else first

    def _floats(self) -> list[str]:
        """The arguments that are float arrays, or trees with such."""
        return [name for name, tree in self.arguments.items() if any(is_float_array(leaf) for _, leaf in leaves(tree))]

    def _others(self) -> str:
        """The arguments that are arrays of other than floats."""
        arrays = [(path, leaf) for path, leaf in leaves(self.arguments) if isinstance(leaf, np.ndarray)]
        return ", ".join(f"{name_of(path)} is {leaf.dtype}" for path, leaf in arrays if not is_float_array(leaf))

    def _by_name(self, gradients: Any) -> list[tuple[str, Any]]:
        parts = gradients.items() if isinstance(gradients, dict) else zip(gradients._fields, gradients, strict=True)
        arguments, found = self.arguments, []
        for key, part in ((str(key), part) for key, part in parts):
            name = key[1:] if key.startswith("d") and key[1:] in arguments else key
            near = nearest(meant((key,)), {argument: [(argument,)] for argument in arguments})
            name = near[0] if name not in arguments and len(near) == 1 else name
            if name not in arguments:
                only = [n for n, tree in arguments.items() if isinstance(tree, dict)]
                if isinstance(self.wrt, list | tuple) and len(self.wrt) == 1 and self.wrt[0] in (*only, *range(len(self.names))):
                    only = [self.names[self.wrt[0]] if isinstance(self.wrt[0], int) else self.wrt[0]]
                if isinstance(gradients, dict) and len(only) == 1 and set(gradients) <= set(arguments[only[0]]):
                    return [(only[0], gradients)]
                raise Trouble(f"{key}: no argument of {self.op} has that name ({', '.join(arguments)})")
            found.append((name, part))
        return found


def _shapes(tree: Any) -> list[tuple[Path, tuple[int, ...]]]:
    return [(path, np.shape(leaf)) for path, leaf in leaves(tree)]


def _fits(argument: Any, gradient: Any) -> bool:
    """Whether a gradient has the shape of an argument, or is none, or one over whose axes a sum is missing."""
    if gradient is None or _shapes(argument) == _shapes(gradient):
        return True
    try:
        return bool(np.broadcast_shapes(np.shape(argument), np.shape(gradient)) == np.shape(gradient))
    except (ValueError, TypeError):
        return False


def _in_order(arguments: dict[str, Any], names: list[str], gradients: list[Any]) -> list[str]:
    """The first arguments, in their order, that have the shapes of the gradients; none if there are not so many."""
    found: list[str] = []
    for name in names:
        if len(found) < len(gradients) and _shapes(arguments[name]) == _shapes(gradients[len(found)]):
            found.append(name)
    return found if len(found) == len(gradients) else []
