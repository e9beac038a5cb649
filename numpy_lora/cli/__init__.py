"""The shell: one file a command, each with `add(parser)` and `run(args) -> int`. `__main__` and the pytest plugin import it.

A command is found by its file: every module directly in this folder is one. What a command stands on is in a folder of
its own. It does no mathematics. Everything heavy is imported by `run`, so that `--help` answers at once.
"""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType


def commands() -> dict[str, ModuleType]:
    """The commands by name."""
    found = sorted(module.name for module in pkgutil.iter_modules(__path__) if not module.ispkg)
    return {name: importlib.import_module(f"{__name__}.{name}") for name in found}
