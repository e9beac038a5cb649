"""Walks over a model, a nested dict (or list, tuple) of arrays: adapt, count, merge, pick out what is trained.

Nothing here mutates an argument; what does not change is shared with the old tree, never copied.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from numpy_lora import init
from numpy_lora.ops.arguments import Array

Tree = Any
Node = dict[str, Any]
ADAPTER = ("WA", "WB")


class Count(NamedTuple):
    total: int
    trainable: int


def leaves(params: Tree) -> list[tuple[str, Array]]:
    """Every array with its path, in the tree's order; numbers (a node's `scale`) are no leaves.

    Examples
    --------
    >>> [path for path, leaf in leaves({"blocks": [{"q": {"W": np.eye(2), "scale": 2.0}}]})]
    ['blocks.0.q.W']
    """
    return [(path, leaf) for path, leaf in _walk(params) if isinstance(leaf, np.ndarray)]


def map(function: Callable[[str, Array], Any], params: Tree) -> Tree:
    """The same tree with function(path, leaf) in place of every array.

    Examples
    --------
    >>> map(lambda path, leaf: leaf.shape, {"q": {"W": np.eye(2), "scale": 2.0}})
    {'q': {'W': (2, 2), 'scale': 2.0}}
    """
    return _rebuilt(params, lambda path, part: function(path, part) if isinstance(part, np.ndarray) else part)


def apply_lora(
    params: Tree,
    rng: np.random.Generator,
    rank: int,
    alpha: float,
    targets: str | Sequence[str] = "all-linear",
    scheme: init.Scheme = "b-zero",
    rule: init.Rule = "lora",
    draw: init.Draw = "kaiming",
    dtype: npt.DTypeLike | None = None,
) -> Tree:
    """The tree with an adapter (WA, WB, scale) on the linear nodes that are targeted, at every depth.

    Parameters
    ----------
    params : a linear node is a dict whose "W" is a matrix.
    rng : where adapters are drawn from, in the tree's order.
    rank, alpha, rule : of every adapter; see `init.scale`.
    targets : "all-linear", which is every linear node, an output layer too (PEFT leaves that out); or names and globs, of
        which one matches a node if it matches the end of its path, from a dot on: "q", "attn.q", "blocks.0.*".
    scheme, draw : see `init.lora`.
    dtype : of the adapters; None takes each W's own (float64 where W holds integers).

    Raises
    ------
    ValueError : a target matches no linear node, or a node is adapted already; rank is no integer from 1, rng no Generator.

    Examples
    --------
    >>> tree = apply_lora({"q": {"W": np.eye(2)}}, np.random.default_rng(0), rank=1, alpha=8)
    >>> sorted(tree["q"]), tree["q"]["scale"]
    (['W', 'WA', 'WB', 'scale'], 8.0)
    """
    init.size("rank", rank)
    targeted = _targeted([path for path, part in _walk(params) if _is_linear(part)], targets)

    def adapt(path: str, part: Any) -> Any:
        if path not in targeted or not _is_linear(part):
            return part
        if _is_adapted(part):
            raise ValueError(f"{path or 'params'}: adapted already; merge it first, or leave it out of targets")
        W = part["W"]
        own = W.dtype if np.issubdtype(W.dtype, np.inexact) else float
        d_in, d_out = W.shape
        WA, WB = init.lora(rng, d_in, d_out, rank, scheme, draw, own if dtype is None else dtype)
        return {**part, "WA": WA, "WB": WB, "scale": init.scale(alpha, rank, rule)}

    return _rebuilt(params, adapt)


def trainable(params: Tree) -> Tree:
    """The adapter leaves alone, at the paths they have in `params`; what is left empty is left out.

    An entry of a list or tuple keeps its place, so that paths stay: {} stands where there is nothing to train.

    Examples
    --------
    >>> trainable({"q": {"W": np.eye(1), "WA": np.eye(1), "WB": np.eye(1), "scale": 2.0}, "k": {"W": np.eye(1)}})
    {'q': {'WA': array([[1.]]), 'WB': array([[1.]])}}
    """
    return _trainable(params, "")


def _trainable(part: Tree, path: str) -> Tree:
    if isinstance(part, dict):
        if _is_adapted(part):
            _expect_factors(path, part)
        own = {name: part[name] for name in ADAPTER if _is_adapted(part)}
        below = {name: _trainable(child, _joined(path, name)) for name, child in part.items() if name not in own}
        return own | {name: child for name, child in below.items() if child}
    if isinstance(part, (list, tuple)):
        parts = [_trainable(child, _joined(path, i)) for i, child in enumerate(part)]
        return _like(part, parts) if any(parts) else {}
    return {}


def merge(params: Tree) -> Tree:
    """A new tree without branches: W + scale WA WB in place of each adapted W. Derived in derivations/04-merge.md.

    It is computed in float64 at least and rounded once, to W's dtype; of a W of integers it is a W of floats. The old tree is the
    unmerged one, and stays as it was.

    Raises
    ------
    ValueError : a node has one factor alone, or factors that do not fit W.

    Examples
    --------
    >>> merge({"W": np.eye(1), "WA": np.ones((1, 1)), "WB": np.ones((1, 1)), "scale": 2.0})
    {'W': array([[3.]])}
    """

    def merged(path: str, part: Any) -> Any:
        if not _is_adapted(part):
            return part
        _expect_factors(path, part)
        own = part["W"].dtype
        wide = np.result_type(own, np.float64)
        W = part["W"].astype(wide) + part.get("scale", 1.0) * (part["WA"].astype(wide) @ part["WB"].astype(wide))
        kept = W.astype(own, copy=False) if np.issubdtype(own, np.inexact) else W
        return {name: kept if name == "W" else value for name, value in part.items() if name not in (*ADAPTER, "scale")}

    return _rebuilt(params, merged)


def _expect_factors(path: str, node: dict[str, Any]) -> None:
    """Raise a ValueError where a node's factors are not both there, or do not fit its W."""
    for name in ADAPTER:
        if not isinstance(node.get(name), np.ndarray):
            found = type(node.get(name)).__name__
            raise ValueError(f"{_joined(path, name)}: expected a matrix beside {_joined(path, 'W')}, got {found}")
    (d_in, d_out), r = node["W"].shape, node["WA"].shape[-1:]
    for name, shape in (("WA", (d_in, *r)), ("WB", (*r, d_out))):
        if node[name].shape != shape:
            wanted = f"expected shape {shape} beside W of {(d_in, d_out)}"
            raise ValueError(f"{_joined(path, name)}: {wanted}, got {node[name].shape}")


def count(params: Tree) -> Count:
    """How many parameters there are: Count(total, trainable); adapters are in both.

    Examples
    --------
    >>> count({"W": np.eye(3), "WA": np.ones((3, 1)), "WB": np.ones((1, 3)), "scale": 2.0})
    Count(total=15, trainable=6)
    """
    total, adapters = (sum(leaf.size for _, leaf in leaves(tree)) for tree in (params, trainable(params)))
    return Count(total, adapters)


def _walk(part: Tree, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every part of the tree with its path, each before what it holds."""
    yield path, part
    named = part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, (list, tuple)) else ()
    for name, child in named:
        yield from _walk(child, _joined(path, name))


def _rebuilt(part: Tree, change: Callable[[str, Any], Any], path: str = "") -> Tree:
    """The tree with change(path, part) in place of every part, from the leaves up."""
    if isinstance(part, dict):
        part = {name: _rebuilt(child, change, _joined(path, name)) for name, child in part.items()}
    elif isinstance(part, (list, tuple)):
        part = _like(part, [_rebuilt(child, change, _joined(path, i)) for i, child in enumerate(part)])
    return change(path, part)


def _joined(path: str, name: Any) -> str:
    """The path of what a part holds by a name."""
    return f"{path}.{name}" if path else str(name)


def _like(old: Any, parts: list[Any]) -> Any:
    """`parts` as a list, tuple or named tuple, as `old` is."""
    return type(old)(*parts) if hasattr(old, "_fields") else type(old)(parts)


def _is_linear(part: Any) -> bool:
    return isinstance(part, dict) and isinstance(part.get("W"), np.ndarray) and part["W"].ndim == 2


def _is_adapted(part: Any) -> bool:
    return _is_linear(part) and ("WA" in part or "WB" in part)


def _targeted(paths: list[str], targets: str | Sequence[str]) -> set[str]:
    """The paths that the targets match; each target must match one."""
    if not targets:
        raise ValueError("targets: expected at least one name or glob, got none")
    chosen: set[str] = set()
    for target in [targets] if isinstance(targets, str) else targets:
        glob = "*" if targets == "all-linear" else target
        matched = {path for path in paths if fnmatchcase(path, glob) or fnmatchcase(path, f"*.{glob}")}
        if not matched:
            there_is = ", ".join(path or "(the root)" for path in paths) or "none"
            raise ValueError(f"targets: {target!r} matches no linear node; there are: {there_is}")
        chosen |= matched
    return chosen
