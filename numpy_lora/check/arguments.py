"""The arguments of one call, as a shape line lists them. Which values they hold is the work of `strategies`.

A problem is a plain tuple, so that a test can say `op(*problem)`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from numpy_lora.shapes import Constant, ShapeLine, Spec


class Arguments(tuple[Any, ...]):
    """Positional arguments, with the keyword arguments as `kwargs`.

    Everything up to the last array of the line is positional, in the line's order; constants after it go by keyword.

    Examples
    --------
    >>> problem = Arguments(("X", 2), {"causal": True})
    >>> (lambda X, n, causal: (X, n, causal))(*problem, **problem.kwargs)
    ('X', 2, True)
    """

    kwargs: dict[str, Any]

    def __new__(cls, args: tuple[Any, ...], kwargs: Mapping[str, Any] | None = None) -> Arguments:
        """A problem of positional and keyword arguments."""
        problem = super().__new__(cls, args)
        problem.kwargs = dict(kwargs or {})
        return problem

    def __repr__(self) -> str:
        """The arguments as a call has them."""
        named = [f"{name}={value!r}" for name, value in self.kwargs.items()]
        return f"Arguments({', '.join([*map(repr, self), *named])})"


def assemble(line: ShapeLine, values: Mapping[str, Any]) -> Arguments:
    """A problem from the values of a line's arrays, by path; an optional array that has none is left out.

    Leaves of a tree become nested dicts, and lists where the names are positions; an optional argument that stands
    before one that is given becomes None.

    Examples
    --------
    >>> from numpy_lora.shapes import parse
    >>> assemble(parse("X[n] params.q.W[n,k] params.q.scale=0.5 b[k]? eps=1e-6"), {"X": 1, "params.q.W": 2})
    Arguments(1, {'q': {'W': 2, 'scale': 0.5}}, eps=1e-06)
    """
    given: dict[str, Any] = {}
    for item in line.inputs:
        if isinstance(item, Constant) or item.name in values:
            _put(given, item.path, item.value if isinstance(item, Constant) else values[item.name])
    given = {name: _listed(tree) for name, tree in given.items()}
    arrays = {item.path[0] for item in line.arrays}
    last = max((i for i, root in enumerate(line.roots) if root in arrays and root in given), default=-1)
    positional = tuple(given.get(root) for root in line.roots[: last + 1])
    return Arguments(positional, {root: given[root] for root in line.roots[last + 1 :] if root in given})


def arrange(line: ShapeLine, op: Callable[..., Any]) -> ShapeLine:
    """The line in the order of the op's own parameters, where it names them all; else as it is.

    A parameter that the line passes over, but that stands before one of its arrays, gets its default.

    Examples
    --------
    >>> from numpy_lora.shapes import parse
    >>> str(arrange(parse("b[k] X[n,d]"), lambda X, scale=1.0, b=None, eps=1e-6: None))
    'X[n,d] scale=1.0 b[k]'
    """
    try:
        parameters = inspect.signature(op).parameters
    except (TypeError, ValueError):
        return line
    if not set(line.roots) <= {p.name for p in parameters.values() if p.kind is p.POSITIONAL_OR_KEYWORD}:
        return line
    items: list[Spec | Constant] = []
    wanted = set(line.roots)
    for p in parameters.values():
        if not wanted:
            break
        if p.name not in wanted and p.default is p.empty:
            return line
        items += [item for item in line.inputs if item.path[0] == p.name] or [Constant((p.name,), p.default)]
        wanted.discard(p.name)
    return ShapeLine(tuple(items), line.outputs)


def _put(tree: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    for name in path[:-1]:
        tree = tree.setdefault(name, {})
    tree[path[-1]] = value


def _listed(tree: Any) -> Any:
    """A tree whose dicts with the keys "0", "1", … are lists."""
    if not isinstance(tree, dict):
        return tree
    items = {name: _listed(child) for name, child in tree.items()}
    return [items[str(i)] for i in range(len(items))] if set(items) == {str(i) for i in range(len(items))} else items
