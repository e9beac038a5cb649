"""A copy of a function with state of its own: closure, defaults, globals it can change, the object it is a method of.

Made before the first call, it tells whether what an op gives depends on the calls that came before: a cache that the first
call fills would else be consistent with itself ever after. Code is shared; nothing here runs it.
"""

from __future__ import annotations

import contextlib
import copy
import functools
import types
from typing import Any

Memo = dict[int, Any]


def untouched(f: Any) -> Any:
    """A copy of f, a function or several, as it stands, sharing no mutable state with it; None where it cannot be copied."""
    called = getattr(f, "__call__", None)  # noqa: B004 - of an object the method, which has globals too
    try:
        return _copied(called if isinstance(called, types.MethodType) and not isinstance(f, types.MethodType) else f, {})
    except Exception:
        return None


def _copied(value: Any, memo: Memo) -> Any:
    """A copy of what a function can reach; of modules, classes and builtins, the thing itself."""
    if id(value) in memo:
        return memo[id(value)]
    if isinstance(value, types.FunctionType):
        return _function(value, memo)
    if isinstance(value, types.MethodType):
        return types.MethodType(_copied(value.__func__, memo), _copied(value.__self__, memo))
    if isinstance(value, functools.partial):
        arguments = [_copied(a, memo) for a in value.args]
        return functools.partial(_copied(value.func, memo), *arguments, **_copied(value.keywords, memo))
    if hasattr(value, "cache_parameters"):
        return functools.lru_cache(**value.cache_parameters())(_copied(value.__wrapped__, memo))
    if isinstance(value, dict) and type(value) is dict:
        memo[id(value)] = result = {}
        result.update({k: _copied(v, memo) for k, v in value.items()})
        return result
    if type(value) in (list, tuple, set):
        return type(value)(_copied(v, memo) for v in value)
    if isinstance(value, types.ModuleType | type | types.BuiltinFunctionType):
        return value
    return copy.deepcopy(value, memo)


def _function(f: types.FunctionType, memo: Memo) -> types.FunctionType:
    cells = tuple(types.CellType() for _ in f.__closure__ or ())
    new = types.FunctionType(f.__code__, _globals(f, memo), f.__name__, None, cells)
    memo[id(f)] = new
    for cell, old in zip(cells, f.__closure__ or (), strict=True):
        if id(old) in memo:
            continue
        memo[id(old)] = cell
        cell.cell_contents = _copied(old.cell_contents, memo)
    new.__defaults__ = None if f.__defaults__ is None else tuple(_copied(d, memo) for d in f.__defaults__)
    new.__kwdefaults__ = _copied(f.__kwdefaults__, memo)
    new.__dict__.update(_copied(f.__dict__, memo))  # itself: the id of a copy would be another's next
    return new


@functools.lru_cache(maxsize=4096)
def outer_names(code: types.CodeType) -> frozenset[str]:
    """The names that code and the code nested in it look up outside."""
    nested = [c for c in code.co_consts if isinstance(c, types.CodeType)]
    return frozenset(code.co_names).union(*(outer_names(c) for c in nested))


def closed_over(f: types.FunctionType) -> list[Any]:
    """What a function closes over, as far as it is there."""
    found = []
    for cell in f.__closure__ or ():
        with contextlib.suppress(ValueError):
            found.append(cell.cell_contents)
    return found


def _globals(f: types.FunctionType, memo: Memo) -> dict[str, Any]:
    """The function's globals; those that it names and could change, copied."""
    key = id(f.__globals__)
    found: dict[str, Any] = memo.setdefault(key, dict(f.__globals__))
    for name in outer_names(f.__code__) & found.keys():
        value = found[name]
        if value is f.__globals__[name] and not isinstance(value, types.ModuleType | type):
            found[name] = value if isinstance(value, types.FunctionType) and _foreign(value, f) else _copied(value, memo)
    return found


def _foreign(g: types.FunctionType, f: types.FunctionType) -> bool:
    """Whether a function belongs to another module, whose state is not followed."""
    return g.__module__ != f.__module__
