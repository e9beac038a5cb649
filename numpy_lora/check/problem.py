"""One form for every way in which code offers a gradient: a closure, a pair, a value and its derivative, apart or in one call.

Each run is made on copies of the arguments, so that what an op does to them cannot reach the next run. Nothing is judged
here; what an op *cannot* do (be called, be matched) is a `Trouble`.
"""

from __future__ import annotations

import copy
import inspect
import types
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal

import numpy as np

from .classes import ClassState, named
from .copies import untouched
from .forms import (
    Derivative,
    begins_with_dY,
    dY_first,
    gathered,
    hands_on,
    is_value_and_derivative,
    known,
    may_hand_on,
    required,
    takes,
    takes_a_cotangent,
    takes_each_apart,
)
from .held import at, kinds
from .objects import as_op, copied, layer_of
from .owners import Owners
from .reached import arrays_of, modules_of
from .trees import Path, is_float_array, leaves, mapped
from .trial import settled
from .trouble import Trouble

Array = Any


@dataclass(frozen=True)
class Outcome:
    """One run: the outputs, the gradients in the order of the slots, and whether an argument was changed on the way."""

    Y: list[Array]
    gradients: list[Array]


@dataclass
class Problem:
    """An op, its arguments and which of their leaves have gradients (`slots`, found by the first run)."""

    op: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    backward: Callable[..., Any] | None = None
    gradient: Callable[..., Any] | Literal[True] | None = None
    jacobian: Callable[..., Any] | Literal[True] | None = None
    wrt: Sequence[str | int] | None = None
    classes: ClassState | None = None  # what the classes that they use kept before the first call
    names: list[str] = field(init=False)
    slots: list[Path] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    form: Any = None  # of the gradients as they came the first time, if all of them belong to slots
    unjudged: list[str] = field(default_factory=list)  # float arrays without a gradient, if gradients came in order, or None
    may_hand_on: bool = False  # whether what forward returns may be (Y, cache), or two outputs: it does not show
    as_cache: bool = False  # whether it is taken for the former
    read_as: str = ""  # what backward was taken for, where its signature leaves a choice
    narrow: dict[Path, Any] = field(default_factory=dict)  # the types that compiled code insists on

    def __post_init__(self) -> None:
        self.names = _argument_names(self.op, len(self.args))

    def opened(self, untouched_op: Problem | None) -> tuple[list[str], Problem | None]:
        """Put a function in the place of a layer that is an object, its arrays among the arguments.

        What was noticed of it, and the same problem with copies that no call has touched.
        """
        of_a_number = self.gradient if callable(self.gradient) else None
        layer = None if self.jacobian or self.gradient is True else layer_of(self.op, self.backward or of_a_number)
        if layer is None:
            return [], untouched_op
        layer.given = "dY" if of_a_number is None else "arguments"
        before = untouched((layer.forward, layer.backward))
        classes = ClassState([*kinds(layer.thing), *named(layer.forward), *named(layer.backward)])
        names = _argument_names(as_op(layer), len(self.args))
        bare = layer.backward is None or of_a_number  # its arguments' gradients alone are judged as those of any function
        try:
            layer, notes = settled(layer, dict(zip(names, self.args, strict=True)) | self.kwargs, self.fresh, self.wrt)
        except Exception:
            if bare:
                return [], untouched_op
            raise
        if bare and not layer.parameters:
            return [], untouched_op
        self.names, self.op, self.backward, self.gradient, self.wrt = names, as_op(layer), None, None, None
        self.kwargs = self.kwargs | {name: at(layer.thing, path) for name, path in layer.parameters.items()}
        if before is None:
            return notes, None
        apart = replace(layer, thing=copied(layer.thing), forward=before[0], backward=before[1])
        return notes, Problem(as_op(apart), self.args, self.kwargs, classes=classes)

    # --- arguments

    @property
    def arguments(self) -> dict[str, Any]:
        """Every argument by name."""
        return dict(zip(self.names, self.args, strict=True)) | self.kwargs

    def values(self) -> list[Array]:
        """The leaves that have gradients."""
        found = dict(leaves(self.arguments))
        return [found[slot] for slot in self.slots]

    def fresh(self, values: Sequence[Array] | None = None) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Copies of all arguments, with other values in the slots."""
        at = {} if values is None else dict(zip(self.slots, values, strict=True))
        tree = mapped(lambda path, leaf: self._typed(path, at[path] if path in at else _copied(leaf)), self.arguments)
        return tuple(tree[name] for name in self.names), {name: tree[name] for name in self.kwargs}

    def _typed(self, path: Path, leaf: Any) -> Any:
        return leaf.astype(self.narrow[path]) if path in self.narrow and _is_plain_float(leaf) else leaf

    def modules(self) -> list[dict[str, Any]]:
        """The names of the modules that the functions are made of."""
        return modules_of(self.op, self.backward, self.gradient, self.jacobian)

    def untouched(self) -> Problem | None:
        """The same problem with copies of its functions that no call has touched; None where they cannot be copied."""
        given: tuple[Any, ...] = (self.op, self.backward, self.gradient, self.jacobian)
        if (copies := untouched(given)) is None:  # together, for what one keeps another may read
            return None
        op, backward, gradient, jacobian = copies
        classes = ClassState([*kinds(given), *(kind for f in given for kind in named(f))])
        return Problem(op, self.args, self.kwargs, backward, gradient, jacobian, self.wrt, classes)

    def arrays(self) -> list[Array]:
        """The float64 arrays that have no gradient: among the arguments, and in what the functions hold."""
        without = (leaf for path, leaf in leaves(self.arguments) if path not in self.slots)
        return arrays_of(self.op, self.backward, self.gradient, self.jacobian, *without)

    def lifted(self, lift: Callable[[Array], Array]) -> Problem:
        """The same problem with others in the place of those arrays, its functions copies, if they can be copied."""
        other, instead = copy.copy(self), {id(a): lift(a) for a in self.arrays()}
        tree = mapped(lambda _, leaf: instead.get(id(leaf), leaf), self.arguments)
        other.args = tuple(tree[name] for name in self.names)
        other.kwargs = {name: tree[name] for name in self.kwargs}
        return other._with_copies(instead)

    @cached_property
    def apart(self) -> Problem:
        """The same problem with copies of its functions, for runs of which nothing is to be left in what these keep."""
        return copy.copy(self)._with_copies({})

    def _with_copies(self, instead: dict[int, Any]) -> Problem:
        """It itself, its functions copied, if they can be."""
        functions = untouched((self.op, self.backward, self.gradient, self.jacobian), instead)
        if functions is not None:
            self.op, self.backward, self.gradient, self.jacobian = functions
        return self

    # --- runs

    def forward(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, Callable[[Any], Any]]:
        """The output tree, and a pullback that takes a tree of its form."""
        Y, pullback = self._forward(args, kwargs)
        if not self.narrow:
            return Y, pullback
        kind = next(iter(self.narrow.values()))
        return Y, lambda dY: pullback(mapped(lambda _, d: d.astype(kind) if _is_plain_float(d) else d, dY))

    def _forward(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, Callable[[Any], Any]]:
        derivative, whole = self.jacobian or self.gradient, self.jacobian is not None
        if callable(derivative):
            given, only = derivative, known(derivative, kwargs)
            return self.op(*args, **kwargs), lambda dY: self._derivative(given(*args, **only), dY, whole)
        result = self.op(*args, **kwargs)
        if self.backward is not None:
            pullback, only = dY_first(self.backward, self.names), known(self.backward, kwargs)
            named = dict(zip(self.names, args, strict=True)) | kwargs
            handed_on = hands_on(pullback, result, named)
            self.may_hand_on = not handed_on and may_hand_on(pullback, result, named)
            if handed_on or (self.may_hand_on and self.as_cache):
                Y, cache = result
                return Y, lambda dY: pullback(dY, cache, **only)
            if takes_a_cotangent(pullback, self.names):
                return result, lambda dY: pullback(dY, **only)
            if takes_each_apart(pullback, result, self.names):
                more = args if len(required(pullback)) > len(result) else ()
                return result, lambda dY: pullback(*dY, *more, **only)
            room = takes(pullback, (None, *args), only) or begins_with_dY(pullback, self.names)
            if takes(pullback, args, only) and not room:
                self.read_as = "backward has no room for dY beside the arguments: read as the gradient itself"
                return result, lambda dY: self._derivative(pullback(*args, **only), dY, False)
            return result, lambda dY: pullback(dY, *args, **only)
        if not (isinstance(result, tuple) and len(result) == 2):
            wanted = "(Y, backward)" if derivative is None else "a value and its derivative"
            raise Trouble(f"{self.name}: expected it to return {wanted}, got {_kind(result)}")
        Y, backward = result
        if derivative or is_value_and_derivative(result):
            return Y, lambda dY: self._derivative(backward, dY, whole)
        if not callable(backward):
            advice = " (a value and its derivative: gradient=True or jacobian=True)" if isinstance(backward, np.ndarray) else ""
            raise Trouble(f"{self.name}: expected it to return (Y, backward), got {_kind(result)}{advice}")
        if _takes_nothing(backward):
            return Y, lambda dY: self._derivative(backward(), dY, False)
        if isinstance(Y, tuple) and len(Y) > 1 and len(required(backward)) == len(Y):
            return Y, lambda dY: backward(*dY)
        return Y, backward

    def _derivative(self, tree: Any, dY: Any, jacobian: bool) -> Derivative:
        """A derivative to be paired with dY; lists of numbers are arrays, unless the arguments are numbers too."""
        if isinstance(dY, dict | list | tuple):
            raise Trouble(f"{self.name}: expected one value to go with its derivative, got {_kind(dY)}")
        arrays = any(np.ndim(leaf) for _, leaf in leaves(self.arguments) if is_float_array(leaf))
        return Derivative(gathered(tree, rows=jacobian) if arrays else tree, dY, jacobian)

    @property
    def name(self) -> str:
        """The op's name."""
        return str(getattr(self.op, "__name__", type(self.op).__name__))

    def matched(self, gradients: Any) -> list[Array]:
        """The gradients of the slots, in their order; the first time, find the slots."""
        parts = list(leaves(gradients))
        form = type(gradients), [(path, leaf is None) for path, leaf in parts]
        if form == self.form:
            return [leaf for _, leaf in parts if leaf is not None]
        owners = Owners(self.name, self.arguments, self.names, self.wrt)
        found = owners.of(gradients)
        self.unjudged = owners.unjudged
        if not self.slots:
            self.slots = [slot for slot, _, _ in found]
            self.labels = [label for _, label, _ in found]
            in_order = all(a is b for (_, _, a), (_, b) in zip(found, (x for x in parts if x[1] is not None), strict=False))
            self.form = form if in_order and len(found) == sum(leaf is not None for _, leaf in parts) else None
        elif [slot for slot, _, _ in found] != self.slots:
            raise Trouble(f"{self.name}: gives other gradients from one call to the next")
        return [value for _, _, value in found]


def _is_plain_float(leaf: Any) -> bool:
    return type(leaf) is np.ndarray and leaf.dtype.kind == "f"


def _argument_names(op: Callable[..., Any], n: int) -> list[str]:
    """The names of n positional arguments."""
    try:
        parameters = list(inspect.signature(op).parameters.values())
    except (TypeError, ValueError):
        parameters = []
    names = []
    for parameter in parameters:
        if parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD):
            names.append(parameter.name)
        elif parameter.kind is parameter.VAR_POSITIONAL:
            names += [f"{parameter.name}{k}" for k in range(n - len(names))]
    return (names + [f"arg{k}" for k in range(len(names), n)])[:n]


def _takes_nothing(f: Callable[..., Any]) -> bool:
    if isinstance(f, types.FunctionType):
        return f.__code__.co_argcount == 0 and not f.__code__.co_flags & (inspect.CO_VARARGS | inspect.CO_VARKEYWORDS)
    try:
        return not inspect.signature(f).parameters
    except (TypeError, ValueError):
        return False


def _copied(leaf: Any) -> Any:
    if isinstance(leaf, np.ndarray):
        return leaf.copy(order="K")
    if isinstance(leaf, np.random.Generator | np.random.RandomState):
        return copy.deepcopy(leaf)
    if hasattr(leaf, "__dict__") and not isinstance(leaf, type) and not callable(leaf):
        return _copied_object(leaf)
    return leaf


def _copied_object(leaf: Any) -> Any:
    """A copy, so that what one run keeps in it does not reach the next; the thing itself where it cannot be copied."""
    try:
        return copy.deepcopy(leaf)
    except Exception:
        return leaf


def _kind(value: Any) -> str:
    if isinstance(value, tuple):
        return f"a tuple of {len(value)}"
    return f"{type(value).__name__} of shape {value.shape}" if isinstance(value, np.ndarray) else type(value).__name__
