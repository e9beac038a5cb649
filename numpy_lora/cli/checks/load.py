"""Functions and layers out of a file or a module by their names. It runs them, so it belongs in a process of its own."""

from __future__ import annotations

import difflib
import importlib.machinery
import importlib.util
import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any, cast

from numpy_lora.check.held import is_layer
from numpy_lora.cli.checks.target import is_module


class LoadError(Exception):
    """A file that cannot be run, or that does not have what was asked for."""


def load(file: str, names: list[str]) -> list[Callable[..., Any]]:
    """Run a file, or import a module by its dotted name, and take functions from it.

    Raises
    ------
    LoadError : one line that says why not.
    """
    try:
        module = _imported(file) if is_module(file) else _run(Path(file).resolve())
    except BaseException as error:
        raise LoadError(f"cannot be imported: {said(error, place(file))}") from None
    return [_function(module, wanted) for wanted in names]


def place(file: str) -> Path:
    """The file itself, of a module the one it was imported from."""
    return Path(getattr(sys.modules.get(file), "__file__", None) or file).resolve()


def _imported(name: str) -> ModuleType:
    """A module that is installed, or found from the current folder on."""
    sys.path.insert(0, os.getcwd())
    return importlib.import_module(name)


def _run(path: Path) -> ModuleType:
    """The module that a file is, with its folder at the head of the path so that it finds its siblings."""
    sys.path.insert(0, str(path.parent))
    sys.argv = [str(path)]
    taken = path.stem in sys.modules or path.stem in sys.stdlib_module_names
    name = f"checked_{path.stem}" if taken else path.stem
    loader = importlib.machinery.SourceFileLoader(name, str(path))
    module = ModuleType(name)
    module.__file__, module.__loader__, module.__spec__ = str(path), loader, importlib.util.spec_from_loader(name, loader)
    sys.modules[name] = module
    loader.exec_module(module)
    return module


def said(error: BaseException, path: Path) -> str:
    """An exception in one line, with the line of the file that it came from."""
    if isinstance(error, SystemExit):
        text = f"it called sys.exit({error.code!r})"
    elif isinstance(error, SyntaxError):
        where = f" ({Path(error.filename or path).name}, line {error.lineno})" if error.lineno else ""
        return f"{type(error).__name__}: {error.msg}{where}"
    elif isinstance(error, MemoryError):
        text = "MemoryError: it needs more memory than --memory allows"
    else:
        text = f"{type(error).__name__}: {error}".split("\n")[0].removesuffix(": ")
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename) == path]
    return text + (f" ({path.name}, line {lines[-1]})" if lines else "")


def _function(module: ModuleType, name: str) -> Callable[..., Any]:
    missing = object()
    found: Any = module
    for part in name.split("."):
        found = getattr(found, part, missing)
    if found is missing:
        callables = [known for known, value in vars(module).items() if _can_be_checked(value) and not known.startswith("_")]
        close = difflib.get_close_matches(name, callables, 1)
        raise LoadError(f"has no {name!r}" + (f", did you mean {close[0]!r}?" if close else ""))
    if not _can_be_checked(found):
        raise LoadError(f"{name!r} is no function but a {type(found).__name__}")
    return cast("Callable[..., Any]", found)


def _can_be_checked(thing: Any) -> bool:
    return callable(thing) or is_layer(thing)
