"""Types that keep exact numbers, in the place of Python's float and NumPy's float64 and ndarray, and a NumPy that has them.

Each is that type in every other way: to `isinstance`, as a dtype, in a comparison.
"""

from __future__ import annotations

import types
from typing import Any

import numpy as np

from .array import Exact, new
from .records import Run


class _Kept(type):
    """A stand-in for a type: what it makes of exact numbers is its own."""

    original: Any

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        run = Run.current
        made = None if run is None or run.inside else cls.made(run, *args, **kwargs)
        return cls.original(*args, **kwargs) if made is None else made

    def made(cls, run: Run, *args: Any, **kwargs: Any) -> Any:
        """What stands for an exact number given to the type; None where it is given another thing."""
        return args[0].reshape(-1)[0] if len(args) == 1 and isinstance(args[0], Exact) and args[0].size == 1 else None

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, cls.original)

    def __subclasscheck__(cls, subclass: Any) -> bool:
        return issubclass(subclass, cls.original)

    def __getattribute__(cls, name: str) -> Any:
        own = name in ("original", "made", "dtype", "__class__")
        return type.__getattribute__(cls, name) if own else getattr(cls.original, name)

    def __eq__(cls, other: object) -> bool:
        return other is cls or other is cls.original

    def __hash__(cls) -> int:
        return hash(cls.original)


class Float(metaclass=_Kept):
    """Python's float."""

    original = float
    dtype = np.dtype(float)


class Float64(metaclass=_Kept):
    """NumPy's float64."""

    original = np.float64
    dtype = np.dtype(float)


class _Buffers(_Kept):
    def made(cls, run: Run, *args: Any, **kwargs: Any) -> Any:
        """An exact array that is to be written, where a new one is asked for."""
        given = dict(zip(("shape", "dtype"), args, strict=False)) | kwargs
        if (
            len(args) > 2
            or not {"shape"} <= set(given) <= {"shape", "dtype"}
            or np.dtype(given.get("dtype", float)) != np.float64
        ):
            return None
        shape = given["shape"]
        return new(run, tuple(int(n) for n in shape) if isinstance(shape, tuple | list) else (int(shape),))


class NDArray(metaclass=_Buffers):
    """NumPy's ndarray, which makes new arrays."""

    original = np.ndarray
    dtype = np.ndarray.dtype


def numpy_with_them() -> types.ModuleType:
    """NumPy as it is at present, but for ndarray."""
    module = types.ModuleType("numpy")
    module.__dict__.update(vars(np))
    module.__dict__["ndarray"] = NDArray
    return module
