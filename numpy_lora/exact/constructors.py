"""NumPy's constructors and conversions, and Python's math, replaced while code that leaked is tried again.

`np.zeros(n)` reaches no hook, so what is written into it leaks. While `replaced` is in force, on the thread that asked for
it alone, it gives an exact array. NumPy's own modules hold names of their own and do not notice (those of random numbers,
compiled code that looks `np.empty` up at each draw, are given NumPy as it was); any other module that imported `zeros` for
itself is reached too. Whatever happens, all is put back.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import math
import sys
import threading
import types
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import scipy.special

from . import unhooked
from .array import Exact, cast, copied, gathered_list, holds_exact, new
from .beside import found
from .functions import constant
from .further import strided
from .records import Run, refuse, running
from .standins import Float, Float64, numpy_with_them

Function = Callable[..., Any]
LOCK = threading.RLock()
NUMPY = types.ModuleType("numpy")  # as it is when nothing is replaced
NUMPY.__dict__.update(vars(np))


def _is_float64(dtype: Any) -> bool:
    return dtype is None or np.dtype(dtype) == np.float64


def _shape(shape: Any) -> tuple[int, ...]:
    return tuple(int(n) for n in shape) if isinstance(shape, tuple | list) else (int(shape),)


def _filled(original: Function, value: float | None) -> Function:
    def make(shape: Any, dtype: Any = None, order: Any = "C", **kwargs: Any) -> Any:
        if not _is_float64(dtype) or any(value not in (None, "cpu") for value in kwargs.values()):
            return original(shape, *(() if dtype is None else (dtype,)), order=order, **kwargs)
        run = running()
        return new(run, _shape(shape)) if value is None else constant(run, value, _shape(shape))

    return make


def _full(original: Function) -> Function:
    def full(shape: Any, fill_value: Any, dtype: Any = None, order: Any = "C", **kwargs: Any) -> Any:
        exact = isinstance(fill_value, Exact | float) and dtype is None
        if kwargs or not (exact or (dtype is not None and _is_float64(dtype))):
            return original(shape, fill_value, dtype, order, **kwargs)
        return constant(running(), fill_value, _shape(shape))

    return full


def _square(original: Function) -> Function:
    def eye(*args: Any, **kwargs: Any) -> Any:
        matrix = original(*args, **kwargs)
        return constant(running(), matrix, matrix.shape) if matrix.dtype == np.float64 else matrix

    return eye


def _conversion(original: Function, copies: bool) -> Function:
    def convert(a: Any, dtype: Any = None, *args: Any, **kwargs: Any) -> Any:
        beside = found(running(), a) if isinstance(a, np.ndarray) and not isinstance(a, Exact) else None
        a = a if beside is None else beside
        if not isinstance(a, Exact) and not (isinstance(a, list | tuple) and holds_exact(a)):
            return original(a, *(() if dtype is None else (dtype,)), *args, **kwargs)
        exact = gathered_list(a) if isinstance(a, list | tuple) else a
        copying = kwargs.get("copy", copies) is True
        if dtype is not None:
            return cast(running(), exact, np.dtype(dtype), copying)
        exact = copied(exact) if copying else exact
        least = kwargs.get("ndmin", 0) - exact.ndim
        return exact.reshape((1,) * least + exact.shape) if least > 0 else exact

    return convert


def _of_iterable(original: Function) -> Function:
    def fromiter(iter: Any, dtype: Any, count: int = -1, **kwargs: Any) -> Any:
        entries = list(iter) if count < 0 else list(itertools.islice(iter, count))
        if kwargs or not holds_exact(entries):
            return original(entries, dtype, count, **kwargs)
        return cast(running(), gathered_list(entries), np.dtype(dtype), False)

    return fromiter


def _scalar_function(original: Function, ufunc: Any) -> Function:
    def function(*args: Any) -> Any:
        if not any(isinstance(a, Exact) for a in args):
            return original(*args)
        if len(args) != ufunc.nin:  # one more would be taken for out=
            refuse(f"math.{original.__name__} of {len(args)} arguments")
        return ufunc(*args)

    return function


def _of_exact(original: Function, ours: Function) -> Function:
    def function(*args: Any, **kwargs: Any) -> Any:
        if not unhooked.holds_an_exact_one((*args, *kwargs.values())):
            return _unwatched(original, args, kwargs)
        try:
            return ours(*args, **kwargs)
        except TypeError:
            refuse(f"{original.__name__}({', '.join(kwargs)}) is not understood")

    return function


def _unwatched(original: Function, args: Any, kwargs: Any) -> Any:
    """What SciPy makes of plain arrays, its own buffers plain."""
    run = running()
    run.inside = True
    try:
        return original(*args, **kwargs)
    finally:
        run.inside = False


def _of_list(original: Function) -> Function:
    """A reduction of a list that holds exact numbers, as of the array that it makes."""

    def function(a: Any, *args: Any, **kwargs: Any) -> Any:
        return original(gathered_list(a) if isinstance(a, list | tuple) and holds_exact(a) else a, *args, **kwargs)

    return function


def _item(original: Function) -> Function:
    """The one entry that an array has, or that stands at a place, as an array of no axes."""

    def item(a: Any, *place: Any) -> Any:
        if place:
            return a[place] if len(place) > 1 or a.ndim < 2 else a.reshape(-1)[place[0]]
        return a.reshape(-1)[0] if a.size == 1 else original(a)

    return item


def _alike(original: Function, make: Function) -> Function:
    """Zeros in the shape of a plain array of float64: a buffer as `zeros` gives one."""

    def like(a: Any, dtype: Any = None, *args: Any, **kwargs: Any) -> Any:
        plain = isinstance(a, np.ndarray) and not isinstance(a, Exact) and not args and not kwargs
        if plain and _is_float64(a.dtype if dtype is None else dtype):
            return make(a.shape)
        return original(a, *(() if dtype is None else (dtype,)), *args, **kwargs)

    return like


def _full_alike(original: Function, make: Function) -> Function:
    def full_like(a: Any, fill_value: Any, dtype: Any = None, *args: Any, **kwargs: Any) -> Any:
        plain = isinstance(a, np.ndarray) and not isinstance(a, Exact) and not args and not kwargs
        if plain and np.ndim(fill_value) == 0 and _is_float64(a.dtype if dtype is None else dtype):
            return make(a.shape, fill_value, float)
        return original(a, fill_value, *(() if dtype is None else (dtype,)), *args, **kwargs)

    return full_like


def _view(original: Function) -> Function:
    """A view as plain numbers of what is exact is exact."""

    def view(self: Any, *args: Any, **kwargs: Any) -> Any:
        return self[...] if args == (np.ndarray,) and not kwargs else original(self, *args, **kwargs)

    return view


def _vectorized(original: Function) -> Function:
    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        if not any(isinstance(a, Exact) for a in args) or kwargs or self.signature is not None:
            return original(self, *args, **kwargs)
        if not all(np.dtype(kind) == np.float64 for kind in self.otypes or ()):
            refuse(f"vectorize(otypes={self.otypes!r})")
        wide = np.broadcast_arrays(*args)
        entries = [self.pyfunc(*(w[k] for w in wide)) for k in np.ndindex(wide[0].shape)]
        return np.reshape(gathered_list(entries), wide[0].shape)

    return call


def _as_strided(original: Function) -> Function:
    def as_strided(x: Any, shape: Any = None, strides: Any = None, subok: bool = False, writeable: bool = True) -> Any:
        if not isinstance(x, Exact):
            return original(x, shape, strides, subok, writeable)
        return strided(x, x.shape if shape is None else shape, x.strides if strides is None else strides, writeable)

    return as_strided


def _replacements() -> list[tuple[Any, str, Function]]:
    """(where, name, what stands there meanwhile)."""
    found: list[tuple[Any, str, Function]] = [
        (np, "zeros", _filled(np.zeros, 0.0)),
        (np, "ones", _filled(np.ones, 1.0)),
        (np, "empty", _filled(np.empty, None)),
        (np, "full", _full(np.full)),
        (np, "eye", _square(np.eye)),
        (np, "identity", _square(np.identity)),
        (np, "array", _conversion(np.array, copies=True)),
        (np, "fromiter", _of_iterable(np.fromiter)),
        (np.lib.stride_tricks, "as_strided", _as_strided(np.lib.stride_tricks.as_strided)),
        (np, "ndenumerate", _of_exact(np.ndenumerate, lambda a: ((k, a[k]) for k in np.ndindex(a.shape)))),
        (np.vectorize, "__call__", _vectorized(np.vectorize.__call__)),
        (Exact, "view", _view(Exact.view)),
        (Exact, "tolist", lambda a: [row.tolist() for row in a] if a.ndim else a[()]),
        (Exact, "item", _item(Exact.item)),
        *((place, name, _of_exact(getattr(place, name), ours)) for place, name, ours in unhooked.REPLACED),
    ]
    for name in ("sum", "mean", "prod", "max", "min", "var", "std", "cumsum", "median"):
        found.append((np, name, _of_list(getattr(np, name))))
    for name, value in (("zeros", 0.0), ("ones", 1.0), ("empty", None)):
        found.append((np, f"{name}_like", _alike(getattr(np, f"{name}_like"), _filled(getattr(np, name), value))))
    found.append((np, "full_like", _full_alike(np.full_like, _full(np.full))))
    for name in ("asarray", "asanyarray", "ascontiguousarray", "asfortranarray", "asarray_chkfinite"):
        found.append((np, name, _conversion(getattr(np, name), copies=False)))
    names = "sqrt exp expm1 log log1p log2 log10 sin cos tan sinh cosh tanh hypot floor ceil fabs copysign isnan isfinite isinf"
    for name in names.split():
        found.append((math, name, _scalar_function(getattr(math, name), getattr(np, name))))
    found.append((math, "pow", _scalar_function(math.pow, np.power)))
    found.append((math, "erf", _scalar_function(math.erf, scipy.special.erf)))
    return found


def _guarded(original: Function, ours: Function, owner: int) -> Function:
    @functools.wraps(original)
    def function(*args: Any, **kwargs: Any) -> Any:
        run = Run.current
        if run is None or run.inside or threading.get_ident() != owner:
            return original(*args, **kwargs)
        return ours(*args, **kwargs)

    return function


Holder = tuple[dict[str, Any], str, Any]  # the names of a module, one of them, and what stands there
_HOLDERS: dict[int, tuple[set[int], list[Holder]]] = {}  # by how many modules are loaded: theirs, and those that were looked at


def _holders(originals: set[int], modules: tuple[dict[str, Any], ...]) -> list[Holder]:
    """Names of modules, other than NumPy's and ours, under which they hold one of those things (by id) for themselves."""

    def among(names: dict[str, Any]) -> list[Holder]:
        return [(names, key, value) for key, value in list(names.items()) if id(value) in originals]

    loaded = len(sys.modules)
    if loaded not in _HOLDERS:
        _HOLDERS.clear()
        found = [vars(m) for name, m in list(sys.modules.items()) if isinstance(m, types.ModuleType) and _watched(name)]
        _HOLDERS[loaded] = {id(names) for names in found}, [holder for names in found for holder in among(names)]
    known, holders = _HOLDERS[loaded]
    return [*holders, *(holder for names in modules if id(names) not in known for holder in among(names))]


def _watched(module: str) -> bool:
    """Whether what a module holds stays what it is once it is loaded, and is not NumPy's or ours."""
    return module.partition(".")[0] not in ("numpy", "numpy_lora", "__main__")


ABSENT: Any = object()


@contextlib.contextmanager
def replaced(*modules: dict[str, Any], ndarray: bool = True) -> Iterator[None]:
    """Put exact constructors in the place of NumPy's for the calling thread, and put all back at the end.

    Parameters
    ----------
    modules : names of modules that call `float`, or may have imported such names for themselves since they were loaded.
    ndarray : whether they are given a stand-in for `np.ndarray`, which makes arrays, but does not do for `a.view(np.ndarray)`.
    """
    owner = threading.get_ident()
    with LOCK:
        undo: list[Holder] = []

        def put(names: dict[str, Any], key: str, value: Any) -> None:
            undo.append((names, key, names.get(key, ABSENT)))
            names[key] = value

        held: list[tuple[Any, str, Any]] = []
        try:
            for name in ("_common", "_generator", "_bounded_integers", "mtrand"):
                put(vars(sys.modules[f"numpy.random.{name}"]), "np", NUMPY)
            guarded: dict[int, Any] = {id(np.float64): Float64}
            for place, name, ours in [(np, "float64", Float64), *_replacements()]:
                original = getattr(place, name)
                if ours is not Float64:
                    guarded[id(original)] = _guarded(original, ours, owner)
                held.append((place, name, original))
                setattr(place, name, guarded[id(original)])
            guarded[id(np)] = numpy_with_them() if ndarray else np
            reached = {id(names) for names in modules}
            for names, key, value in _holders(set(guarded), modules):
                if names.get(key) is value and (value is not np or id(names) in reached):
                    put(names, key, guarded[id(value)])
            for names in modules:
                if "float" not in names:
                    put(names, "float", Float)
            yield
        finally:
            for names, key, value in reversed(undo):
                if value is ABSENT:
                    names.pop(key, None)
                else:
                    names[key] = value
            for place, name, original in reversed(held):
                setattr(place, name, original)
