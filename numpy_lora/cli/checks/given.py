"""Values given on the command line, `--at x0=[1.0, 2.0]` or `--at x0=start.npy`. They are read, never executed."""

from __future__ import annotations

import ast
from typing import Any

import numpy as np

from numpy_lora.shapes import Constant, ShapeLine


class GivenError(ValueError):
    """A value that cannot be read."""


def given(word: str) -> Constant:
    """One value by its name; lists of numbers become arrays, and what ends in .npy is the array in that file.

    Raises
    ------
    GivenError : one line that says why not.

    Examples
    --------
    >>> given("params.W=[[1.0, 2.0]]").path, given("n=3").value
    (('params', 'W'), 3)
    """
    name, equals, text = word.partition("=")
    path = tuple(name.strip().split("."))
    if not equals or not all(part.isidentifier() or part.isdigit() for part in path):
        raise GivenError(f"--at {word}: expected NAME=VALUE")
    try:
        value = _loaded(text) if text.endswith(".npy") else _arrays(ast.literal_eval(text.strip()))
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        raise GivenError(f"--at {name}: expected a number, a list of lists of one length, or a file .npy, got {text}") from None
    except OSError as error:
        raise GivenError(f"--at {name}: {text}: {error.strerror}") from None
    return Constant(path, value)


def added(line: ShapeLine, constants: list[Constant]) -> ShapeLine:
    """A shape line with the values as constants of it.

    Raises
    ------
    GivenError : a value is given twice, or has a shape too.
    """
    names = [item.name for item in line.inputs]
    for constant in constants:
        if constant.name in names:
            raise GivenError(f"--at {constant.name}: it is given already")
        names.append(constant.name)
    return ShapeLine((*line.inputs, *constants), line.outputs)


def left(line: ShapeLine, constants: list[Constant]) -> ShapeLine:
    """What a shape line lists besides the values given."""
    paths = [constant.path for constant in constants]
    return ShapeLine(
        tuple(item for item in line.inputs if not any(item.path[: len(path)] == path for path in paths)), line.outputs
    )


def written(item: object) -> str:
    """An item of a shape line in short: of a value that is an array, its shape."""
    if isinstance(item, Constant) and isinstance(item.value, np.ndarray):
        return f"{item.name}=[{','.join(map(str, item.value.shape))}]"
    return str(item)


def _loaded(text: str) -> Any:
    with open(text, "rb") as file:
        return np.lib.format.read_array(file, allow_pickle=False)


def _arrays(value: Any) -> Any:
    """The value with arrays in the place of its lists of numbers."""
    if isinstance(value, dict):
        return {name: _arrays(part) for name, part in value.items()}
    if isinstance(value, tuple):
        return tuple(_arrays(part) for part in value)
    if not isinstance(value, list):
        return value
    array = np.array(value)
    return array if array.dtype.kind in "fiub" else value
