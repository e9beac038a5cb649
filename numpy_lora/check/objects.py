"""A layer that is an object, with forward and backward methods, as one function whose arguments are its arrays too.

Every run is made on a copy of the object as it was given, its arrays replaced by the values of the run and the buffers of its
gradients by zeros: what it keeps, accumulates or updates cannot reach the next run. Which array is whose gradient is found by a
trial; what it tells of the object's manners is said.
"""

from __future__ import annotations

import copy
import functools
import inspect
import types
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from .forms import DIFFERENTIAL, is_value_and_derivative, known, required, takes_each_apart
from .held import at, captured, forward_method, held, is_layer, sharing
from .trees import Path, name_of
from .trouble import Trouble

Method = Callable[..., Any]
Where = tuple[str, Path]  # "returned" or "held", and the path there


@dataclass
class Layer:
    """An object, its two methods as functions of it, and where its arrays and their gradients are.

    It has no backward where forward hands that on, or the gradients themselves, beside Y.
    """

    thing: Any
    forward: Method
    backward: Method | None
    given: Literal["dY", "arguments", "nothing"] = "dY"  # to backward; where it is not dY, that is the gradient of a number
    parameters: dict[str, Path] = field(default_factory=dict)
    gradients: dict[str, Where] = field(default_factory=dict)
    views: dict[Path, list[Path]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The name of its class."""
        return type(self.thing).__name__


def layer_of(op: Any, other: Any) -> Layer | None:
    """The layer that an op is, or whose methods two functions are; None where it is none."""
    own, others = getattr(op, "__self__", None), getattr(other, "__self__", None)
    if others is op and is_layer(op):
        return Layer(_apart(op), _function(forward_method(op)), other.__func__, views=sharing(op))
    if isinstance(op, types.MethodType) and own is others and not isinstance(own, type):
        try:
            return Layer(_apart(own), op.__func__, other.__func__, views=sharing(own))
        except Trouble:
            return None  # two functions then, of which no state is expected
    if other is not None or isinstance(op, types.FunctionType | types.ModuleType):
        return None
    if not is_layer(op):
        return _handing_on(op)
    given = _made(op) if isinstance(op, type) else op
    thing = _apart(given)
    return Layer(thing, _function(forward_method(thing)), _function(thing.backward), views=sharing(given))


def _handing_on(op: Any) -> Layer | None:
    """The layer of one method, or of an object that is called, if there are arrays in it."""
    method = op if isinstance(op, types.MethodType) else getattr(op, "__call__", None)  # noqa: B004 - the method is wanted
    if not isinstance(method, types.MethodType) or isinstance(method.__self__, type) or not held(method.__self__):
        return None
    try:
        return Layer(_apart(method.__self__), method.__func__, None, views=sharing(method.__self__))
    except Trouble:
        return None  # a function then, of which no state is expected


def _made(kind: type) -> Any:
    if required(kind):
        raise Trouble(f"{kind.__name__}: it takes {', '.join(required(kind))}; pass an object of it, not the class")
    return kind()


def _function(method: Method) -> Method:
    """A method as a function of the object; what is static takes the object and leaves it."""
    if isinstance(method, types.MethodType):
        return method.__func__

    def static(thing: Any, /, *args: Any, **kwargs: Any) -> Any:
        return method(*args, **kwargs)

    own = inspect.Parameter("thing", inspect.Parameter.POSITIONAL_ONLY)
    static.__signature__ = inspect.Signature([own, *inspect.signature(method).parameters.values()])  # type: ignore[attr-defined]
    return static


def _apart(thing: Any) -> Any:
    """A copy that has nothing in common with the object."""
    if functions := captured(thing):
        raise Trouble(f"{type(thing).__name__}: cannot be copied, for {', '.join(functions)} closes over it; make it a method")
    arrays = {path: part for path, part in held(thing).items() if isinstance(part, np.ndarray)}
    instead = {id(array): array.copy() for array in arrays.values()}
    fresh = copied(thing, dict(instead))
    for path, array in arrays.items():
        if at(fresh, path) is not instead[id(array)]:
            raise Trouble(f"{type(thing).__name__}: cannot be copied, for {name_of(path)} stays what it is in a copy")
    return fresh


def copied(thing: Any, instead: dict[int, Any] | None = None) -> Any:
    """A copy of the object, with other things in the place of those whose ids are named.

    Raises
    ------
    Trouble : it cannot be copied.
    """
    try:
        return copy.deepcopy(thing, instead)
    except Exception as error:
        told = f"cannot be copied, and each run needs a fresh one ({type(error).__name__})"
        raise Trouble(f"{type(thing).__name__}: {told}") from None


def forward_of(op: Any) -> Method:
    """What gives Y, or what comes with it, and changes nothing: of a layer the forward pass of a copy, else the op itself."""
    layer = layer_of(op, None)
    if layer is None:
        return op  # type: ignore[no-any-return]

    def forward(*args: Any, **kwargs: Any) -> Any:
        thing = copied(layer.thing)
        return layer.forward(thing, *args, **kwargs) if layer.backward is None else passed(layer, thing, args, kwargs)[0]

    forward.__doc__ = inspect.getdoc(layer.forward) or inspect.getdoc(type(layer.thing))
    forward.__signature__ = _signature(layer.forward)  # type: ignore[attr-defined]
    return forward


def as_op(layer: Layer) -> Method:
    """The function: its arguments are those of forward and, by keyword, the parameters; it returns (Y, backward)."""
    thing, forward, backward = layer.thing, layer.forward, layer.backward  # in cells of its own, as `copies` looks for them
    parameters, gradients, given = layer.parameters, layer.gradients, layer.given

    def run(*args: Any, **kwargs: Any) -> tuple[Any, Method]:
        values = {name: kwargs.pop(name) for name in parameters if name in kwargs}
        instead = {id(at(thing, parameters[name])): value.copy() for name, value in values.items()}
        for name, (source, path) in gradients.items():
            buffer = at(thing, path) if source == "held" else None
            if isinstance(buffer, np.ndarray):
                instead[id(buffer)] = zeros(buffer, values.get(name))
        fresh = copied(thing, instead)
        own = Layer(fresh, forward, backward, given)
        Y, answer = passed(own, fresh, args, kwargs)

        def collected(dY: Any = None) -> dict[str, Any]:
            found = {"returned": answer(dY), "held": fresh}
            return {f"d{name}": at(found[source], path) for name, (source, path) in gradients.items()}

        return Y, collected if given == "dY" else lambda: collected()

    run.__name__ = layer.name
    run.__signature__ = _signature(forward)  # type: ignore[attr-defined]
    return run


def _signature(method: Method) -> inspect.Signature:
    """What a method takes besides its object."""
    return inspect.Signature(list(inspect.signature(method).parameters.values())[1:])


def zeros(buffer: Any, like: Any) -> Any:
    """Zeros in the place of a buffer, of the kind of numbers that the run is made with."""
    return like * 0.0 + 0.0 if np.shape(like) == np.shape(buffer) else np.zeros(np.shape(buffer))


def passed(layer: Layer, thing: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, Method]:
    """Y, which forward returns or else leaves as `output`, and what gives the gradients for dY."""
    backward = layer.backward
    if backward is None:
        result = layer.forward(thing, *args, **kwargs)
        if not hands_gradients_on(result):
            raise Trouble(f"{layer.name}: expected it to return (Y, backward), or a number and its gradient")
        Y, pullback = result
        return Y, _pulling(pullback)
    mine, other = known(layer.forward, kwargs), known(backward, kwargs)
    Y = layer.forward(thing, *args, **{name: value for name, value in kwargs.items() if name in mine or name not in other})
    names = list(inspect.signature(layer.forward).parameters)[1:]
    if layer.given == "dY" and takes_each_apart(functools.partial(backward, thing), Y, names):
        return Y, lambda dY: backward(thing, *dY, **other)
    wanted = [name for name in required(backward)[2:] if name not in (*other, *names)]
    if isinstance(Y, tuple) and len(Y) == 2 and len(wanted) == 1 and not DIFFERENTIAL.fullmatch(wanted[0]):
        Y, cache = Y
        return Y, lambda dY: backward(thing, dY, cache, **other)
    return at(thing, ("output",)) if Y is None else Y, lambda dY: answered(layer, backward, thing, dY, args, kwargs)


def hands_gradients_on(result: Any) -> bool:
    """Whether a forward pass returned (Y, backward), or a number and its gradient."""
    pair = isinstance(result, tuple) and len(result) == 2
    return is_value_and_derivative(result) or (pair and callable(result[1]))


def _pulling(backward: Any) -> Method:
    """What takes dY, of a backward pass that may take nothing, or of gradients that are there."""
    if not callable(backward):
        return lambda dY: backward
    return backward if arity(backward) else lambda dY: backward()


def answered(layer: Layer, backward: Method, thing: Any, dY: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """What backward returns for dY; where it wants more, arguments of forward by their names."""
    given = known(backward, kwargs)
    if layer.given != "dY":
        return backward(thing, *(args[: arity(backward) - 1] if layer.given == "arguments" else ()), **given)
    more = [name for name in required(backward)[2:] if name not in given]
    named = dict(zip(list(inspect.signature(layer.forward).parameters)[1:], args, strict=False))
    if missing := [name for name in more if name not in named]:
        raise Trouble(f"{layer.name}: its backward wants {', '.join(missing)}; give it in kwargs=")
    return backward(thing, dY, *(named[name] for name in more), **given)


def arity(f: Method) -> int:
    """How many positional arguments a function takes, itself or by the name *args."""
    kinds = [p.kind for p in inspect.signature(f).parameters.values()]
    if inspect.Parameter.VAR_POSITIONAL in kinds:
        return 99
    return sum(kind in (kind.POSITIONAL_ONLY, kind.POSITIONAL_OR_KEYWORD) for kind in kinds)
