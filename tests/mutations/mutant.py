"""A module of the package, compiled anew with one text of its source replaced. Nothing shipped is touched."""

import importlib
import inspect
from types import ModuleType


def mutant(name, text, replacement):
    """The module `name` with the mistake in it.

    The text must occur exactly once: if the source has moved on, the mistake is not planted and the table is stale.
    """
    shipped = importlib.import_module(name)
    source = inspect.getsource(shipped)
    assert source.count(text) == 1, f"{name}: expected once, found {source.count(text)} times: {text}"
    module = ModuleType(name)
    module.__dict__.update(__package__=shipped.__package__, __file__=shipped.__file__)
    exec(compile(source.replace(text, replacement), f"{shipped.__file__} with {replacement!r}", "exec"), module.__dict__)
    return module
