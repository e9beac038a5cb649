"""check_gradients and assert_gradients: what is called, and how what is given is taken. The check itself is in `ladder`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

from .ladder import Check
from .problem import Problem
from .report import Grade, Report, text

CACHE = "the second thing that it returns is taken for what backward needs, not for an output"


def check_gradients(
    op: Callable[..., Any],
    *args: Any,
    backward: Callable[..., Any] | None = None,
    gradient: Callable[..., Any] | Literal[True] | None = None,
    jacobian: Callable[..., Any] | Literal[True] | None = None,
    wrt: Sequence[str | int] | None = None,
    kwargs: dict[str, Any] | None = None,
    points: int = 3,
    seed: int = 0,
    grade: Grade | None = None,
    allow_float32: bool = False,
) -> Report:
    """Is `backward` the pullback of its own forward pass? Climbs to the strongest grade that applies, and names it.

    Parameters
    ----------
    op : `op(*args, **kwargs)` returns `(Y, backward)`, or a number and its gradient. Or a layer: an object with the methods
        `forward(*args)` and `backward(dY)`, whose arrays count as arguments, and whose gradients are returned or left in it.
    backward : `op(*args)` returns Y, and `backward(dY, *args)` the gradients; or `(Y, cache)`, and `backward(dY, cache)`; or
        `backward(dY)`, by a name like dY, dout or grad, where the op has kept the rest. Two methods of one object are a layer's.
    gradient : `op(*args)` returns a number, and `gradient(*args)` its gradient; of an op that goes row by row, of each row.
        True: the op returns both.
    jacobian : `jacobian(*args)` has the shape `(*Y.shape, *x.shape)`, of more arguments a tuple of such. True: the op returns
        both.
    args : arrays, or nested dicts, lists and tuples of them; integers, strings, None and Generators pass through.
    wrt : names or positions of the arguments that the gradients belong to, where it does not show.
    kwargs : keyword arguments of the op, arrays among them too.
    points : points of the field, two at least, or directions of a floating grade.
    seed : of the points, directions and cotangents drawn.
    grade : judge by this grade alone.
    allow_float32 : whether gradients right to the digits of a float32 are right: values were rounded on the way, say.

    Returns
    -------
    Report : verdict "holds", "refuted" (with `failures`, each of a kind of `report.KINDS`) or "error" (with `why`).

    Raises
    ------
    ValueError : two ways in which derivatives come, points below one, a grade that there is not. Whatever the op does wrong
        is in the report.

    Examples
    --------
    >>> import numpy as np
    >>> check_gradients(lambda x: (np.tanh(x), lambda dy: dy * (1 - np.tanh(x) ** 2)), np.linspace(-1, 1, 5)).grade
    'exact'
    """
    ways = {"backward": backward, "gradient": gradient, "jacobian": jacobian}
    if len(given := [name for name, way in ways.items() if way is not None]) > 1:
        raise ValueError(f"expected one of backward, gradient and jacobian, got {' and '.join(given)}")
    if kwargs is not None and not isinstance(kwargs, Mapping):
        raise ValueError(f"kwargs: expected a dict, got {type(kwargs).__name__}")
    problem = Problem(op, args, dict(kwargs or {}), backward, gradient, jacobian, wrt)
    report = Check(problem, points, seed, grade, allow_float32).made()
    if report.ok or not problem.may_hand_on:
        return report
    problem = Problem(op, args, dict(kwargs or {}), backward, gradient, jacobian, wrt, as_cache=True)
    other = Check(problem, points, seed, grade, allow_float32).made()
    return replace(other, why="; ".join(filter(None, [CACHE, other.why]))) if other.ok else report


def assert_gradients(op: Callable[..., Any], *args: Any, **options: Any) -> None:
    """Raise an AssertionError with the report's text unless the gradients hold. Takes what `check_gradients` takes."""
    report = check_gradients(op, *args, **options)
    if not report.ok:
        raise AssertionError(text(report))
