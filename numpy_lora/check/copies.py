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

import numpy as np

Memo = dict[int, Any]
LONG = 64
STATELESS = (
    types.NoneType, str, bytes, int, float, complex, np.ufunc, type(np.sum), type,
    types.ModuleType, types.BuiltinFunctionType, types.CodeType,
)  # fmt: skip


def untouched(f: Any, instead: Memo | None = None) -> Any:
    """A copy of f, a function or several, as it stands, sharing no mutable state with it; None where it cannot be copied.

    Parameters
    ----------
    instead : other things to stand in the place of those whose ids are named; what is copied is added.
    """
    given = tuple(map(_as_function, f)) if type(f) is tuple else _as_function(f)
    try:
        return _copied(given, {} if instead is None else instead)
    except Exception:
        return None


def _as_function(f: Any) -> Any:
    """Of an object that is called the method, which has globals too."""
    called = getattr(f, "__call__", None)  # noqa: B004
    return called if isinstance(called, types.MethodType) and not isinstance(f, types.MethodType) else f


def _copied(value: Any, memo: Memo) -> Any:
    """A copy of what a function can reach; of what has no state, the thing itself."""
    if id(value) in memo:
        return memo[id(value)]
    if isinstance(value, STATELESS):
        return value
    if isinstance(value, types.FunctionType):
        return _function(value, memo)
    if isinstance(value, types.MethodType):
        return types.MethodType(_copied(value.__func__, memo), _copied(value.__self__, memo))
    if isinstance(value, functools.partial):
        arguments = [_copied(a, memo) for a in value.args]
        return functools.partial(_copied(value.func, memo), *arguments, **_copied(value.keywords, memo))
    if hasattr(value, "cache_parameters"):
        return functools.lru_cache(**value.cache_parameters())(_copied(value.__wrapped__, memo))
    if type(value) is dict:
        memo[id(value)] = table = {}
        table.update(value if _is_long_table(value) else {k: _copied(v, memo) for k, v in value.items()})
        return table
    if type(value) is list:
        memo[id(value)] = entries = []
        entries += [_copied(v, memo) for v in value]
        return entries
    if type(value) is set:
        memo[id(value)] = members = set()
        members |= {_copied(v, memo) for v in value}
        return members
    if type(value) is tuple:
        return tuple(_copied(v, memo) for v in value)
    return copy.deepcopy(value, memo)


def _is_long_table(names: dict[Any, Any]) -> bool:
    """Whether a dict is a long table of functions, as of a package's rules: to copy each takes longer than a check."""
    return len(names) > LONG and all(isinstance(value, types.FunctionType) for value in names.values())


def _function(f: types.FunctionType, memo: Memo) -> types.FunctionType:
    if id(f.__globals__) not in memo:
        memo[id(f.__globals__)] = dict(f.__globals__)
    found: dict[str, Any] = memo[id(f.__globals__)]
    fresh = [cell for cell in f.__closure__ or () if id(cell) not in memo]
    memo.update({id(cell): types.CellType() for cell in fresh})
    cells = tuple(memo[id(cell)] for cell in f.__closure__ or ())
    memo[id(f)] = new = types.FunctionType(f.__code__, found, f.__name__, None, cells)
    _copy_globals(f, found, memo)
    for cell in fresh:
        memo[id(cell)].cell_contents = _copied(cell.cell_contents, memo)
    new.__defaults__ = None if f.__defaults__ is None else tuple(_copied(d, memo) for d in f.__defaults__)
    new.__kwdefaults__ = _copied(f.__kwdefaults__, memo)
    if f.__dict__:
        new.__dict__.update(_copied(f.__dict__, memo))  # itself: the id of a copy would be another's next
    return new


@functools.lru_cache(maxsize=4096)
def outer_names(code: types.CodeType) -> tuple[str, ...]:
    """The names that code and the code nested in it look up outside, attributes among them."""
    nested = (name for c in code.co_consts if isinstance(c, types.CodeType) for name in outer_names(c))
    return tuple(dict.fromkeys([*code.co_names, *nested]))


def closed_over(f: types.FunctionType) -> list[Any]:
    """What a function closes over, as far as it is there."""
    found = []
    for cell in f.__closure__ or ():
        with contextlib.suppress(ValueError):
            found.append(cell.cell_contents)
    return found


def _copy_globals(f: types.FunctionType, found: dict[str, Any], memo: Memo) -> None:
    """Put copies of the globals that a function names and could change in the place of them."""
    for name in (name for name in outer_names(f.__code__) if name in found):
        value = found[name]
        if value is f.__globals__[name] and not isinstance(value, types.ModuleType | type):
            found[name] = value if isinstance(value, types.FunctionType) and _foreign(value, f) else _copied(value, memo)


def _foreign(g: types.FunctionType, f: types.FunctionType) -> bool:
    """Whether a function belongs to another module, whose state is not followed."""
    return g.__module__ != f.__module__
