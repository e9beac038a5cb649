"""Derivatives that come as arrays, not as a pullback: of a number, row by row, or a Jacobian. They are paired with dY here.

Which argument each belongs to is found first (`problem`), for its shape says how to pair it.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .trees import is_named_tuple, leaves
from .trouble import Trouble

Array = Any
MANY = 99  # arguments, as only *args take
CACHES = ("cache", "ctx", "context", "saved", "tape")
COTANGENT = re.compile(  # names of one
    r"d|d_?[a-z]|d_?(out|output|top|next|values?|pred)|dl_?\w+|g|gy|gout|\w*grad\w*|delta\w*|upstream\w*|err(or)?s?|"
    r"cotangents?|ct|\w+bar",
    re.IGNORECASE,
)
DIFFERENTIAL = re.compile(rf"d\w*|{COTANGENT.pattern}", re.IGNORECASE)  # of several: dh_next, dc2


@dataclass(frozen=True)
class Derivative:
    """What a gradient or a Jacobian gave, and the cotangent that it is still to be paired with."""

    tree: Any
    dY: Array
    jacobian: bool

    def pulled(self, D: Array, x: Array) -> Array:
        """The gradient of ⟨dY, Y⟩ by one argument x, out of the derivative D of Y by it.

        A Jacobian of another shape is given back as it is, but not in the shape of x: the shape is what is wrong with it.
        """
        dY = self.dY
        D = D.toarray() if hasattr(D, "toarray") else D
        if self.jacobian:
            if np.shape(D) == (*np.shape(dY), *np.shape(x)):
                return np.tensordot(dY, D, np.ndim(dY))
            return D[None] if np.shape(D) == np.shape(x) else D
        if np.size(dY) == 1:
            return D * (dY.reshape(()) if np.ndim(dY) else dY)
        rows = np.shape(dY) + (1,) * (np.ndim(D) - np.ndim(dY))
        if np.ndim(D) < np.ndim(dY) or any(m not in (n, 1) for m, n in zip(rows, np.shape(D), strict=True)):
            told = f"a gradient of shape {np.shape(D)} does not go with a value of shape {np.shape(dY)}, not row by row either"
            raise Trouble(f"{told}; a Jacobian is jacobian=")
        return D * dY.reshape(rows)


def is_value_and_derivative(result: Any) -> bool:
    """Whether an op returned a number and arrays: its value and its gradient in one call."""
    if not (isinstance(result, tuple) and len(result) == 2):
        return False
    value, tree = result
    parts = [leaf for _, leaf in leaves(tree) if leaf is not None]
    numbers = all(isinstance(leaf, float | complex | np.number | np.ndarray) or hasattr(leaf, "toarray") for leaf in parts)
    return isinstance(value, float | complex | np.number | np.ndarray) and np.size(value) == 1 and bool(parts) and numbers


def gathered(tree: Any, *, rows: bool) -> Any:
    """A list of numbers, or of lists of them, as the array that it stands for; a list of arrays too, where they are rows."""
    if type(tree) is tuple:
        return tuple(gathered(part, rows=rows) for part in tree)
    numbers = isinstance(tree, list) and tree and (rows or all(np.ndim(leaf) == 0 for _, leaf in leaves(tree)))
    return np.stack([gathered(part, rows=rows) for part in tree]) if numbers else tree


def hands_on(backward: Callable[..., Any], result: Any, arguments: dict[str, Any]) -> bool:
    """Whether a forward pass returned (Y, cache), with `backward(dY, cache)` to take it, and not `backward(dY, *args)`.

    Of one argument both take two; then it is a cache if it is no output of its own, or is called one.
    """
    if not may_hand_on(backward, result, arguments):
        return False
    (Y, cache), (_, called) = result, required(backward)
    kept = cache is next(iter(arguments.values()), None) or cache is Y or called in CACHES
    floats = isinstance(cache, float | complex | np.number | np.ndarray) and np.asarray(cache).dtype.kind in "fc"
    return len(arguments) != 1 or kept or not floats


def may_hand_on(backward: Callable[..., Any], result: Any, arguments: dict[str, Any]) -> bool:
    """Whether (Y, cache) may have been returned, for a backward pass of two that is not seen to take the one argument."""
    if not (isinstance(result, tuple) and len(result) == 2 and not is_named_tuple(result)):
        return False
    wanted = required(backward)
    if len(wanted) != 2 or DIFFERENTIAL.fullmatch(wanted[1]):
        return False
    return len(arguments) != 1 or wanted[1].casefold() != next(iter(arguments), "").casefold()


def takes_each_apart(backward: Callable[..., Any], Y: Any, names: Sequence[str]) -> bool:
    """Whether a backward pass takes a cotangent for each of several outputs, and perhaps the arguments: backward(dh, dc)."""
    wanted = required(backward)
    several = isinstance(Y, tuple) and 1 < len(Y) <= len(wanted) and wanted[len(Y) :] in ([], list(names))
    return several and all(DIFFERENTIAL.fullmatch(name) and name not in names for name in wanted[: len(Y)])


def required(f: Callable[..., Any]) -> list[str]:
    """The names of the positional parameters that a function cannot do without; [] where it does not say."""
    try:
        parameters = inspect.signature(f).parameters.values()
    except (TypeError, ValueError):
        return []
    return [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD) and p.default is p.empty]


def known(f: Callable[..., Any], kwargs: dict[str, Any]) -> dict[str, Any]:
    """Those of the op's keyword arguments that a function beside it takes too."""
    if not kwargs:
        return {}
    try:
        parameters = inspect.signature(f).parameters
    except (TypeError, ValueError):
        return kwargs
    if any(p.kind is p.VAR_KEYWORD for p in parameters.values()):
        return kwargs
    return {name: value for name, value in kwargs.items() if name in parameters}


def takes(f: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    """Whether a function can be called like this, as far as it says."""
    try:
        signature = inspect.signature(f)
    except (TypeError, ValueError):
        return True
    try:
        signature.bind(*args, **kwargs)
    except TypeError:
        return False
    return True


def dY_first(f: Callable[..., Any], names: Sequence[str]) -> Callable[..., Any]:
    """A backward pass that takes dY last, by its name, as one that takes it first; before it the op's arguments, or a cache."""
    wanted = required(f)
    before = len(wanted) > 1 and wanted[0] in (*names, *CACHES)
    if not before or wanted[-1] in names or not COTANGENT.fullmatch(wanted[-1]):
        return f
    signature = inspect.signature(f)
    own = list(signature.parameters.values())
    k = [p.name for p in own].index(wanted[-1])

    def turned(dY: Any, *args: Any, **kwargs: Any) -> Any:
        return f(*args[:k], dY, *args[k:], **kwargs)

    order = [own[k].replace(kind=own[0].kind), *own[:k], *own[k + 1 :]]
    turned.__signature__ = signature.replace(parameters=order)  # type: ignore[attr-defined]
    return turned


def begins_with_dY(f: Callable[..., Any], names: Sequence[str]) -> bool:
    """Whether what a function takes first is a cotangent, by its name, and no argument."""
    return any(COTANGENT.fullmatch(name) and name not in names for name in required(f)[:1])


def takes_a_cotangent(f: Callable[..., Any], names: Sequence[str]) -> bool:
    """Whether a function takes one thing, no argument of the op, by a cotangent's name: its forward pass has kept the rest."""
    wanted = required(f)
    alone = len(wanted) == 1 and not takes(f, (None,) * MANY, {})  # *args take the arguments
    return alone and wanted[0] not in names and bool(COTANGENT.fullmatch(wanted[0]))
