"""Exact arrays: float64 arrays whose entries are numbers of a field. NumPy's operators, indexing and methods, on records."""

from __future__ import annotations

import functools
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np

from .beside import found
from .records import FLOAT, Number, Run, check_seals, each_field, fill, has_block, load, new_block, planes_of, refuse, running

Hook = Callable[..., Any]
HOOKS: dict[str, Hook] = {}  # what NumPy's hooks do, "function" and the methods of ufuncs: `functions` and `calls` put it here


def hook(f: Hook) -> Hook:
    """Nothing but NotExact leaves: any error inside becomes one, so that no handler of the code under test can hide it.

    Outside of any run an exact array is what its shadows are: an op may have left it in an object of the user's.
    """

    @functools.wraps(f)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        if Run.current is None:
            return outside(guarded.__name__, *args, **kwargs)
        run = Run.current
        outer, run.inside = run.inside, True
        try:
            return f(*args, **kwargs)
        except Exception as error:
            refuse(f"{f.__name__}: {type(error).__name__}: {error}")
        finally:
            run.inside = outer

    return guarded


def outside(name: str, self: Any, *args: Any, **kwargs: Any) -> Any:
    """What NumPy does with the shadows."""
    if name == "__array_ufunc__":
        ufunc, method, *inputs = args
        return getattr(ufunc, method)(*map(bare, inputs), **{key: bare(value) for key, value in kwargs.items()})
    if name == "__array_function__":
        function, _, inputs, options = args
        return function(*bare(inputs), **bare(options))
    return getattr(bare(self), name)(*bare(args), **bare(kwargs))


def bare(tree: Any) -> Any:
    """A tree with the shadows in the place of exact arrays."""
    if isinstance(tree, Exact):
        return np.ndarray.view(tree, np.ndarray)
    if isinstance(tree, dict):
        return {name: bare(part) for name, part in tree.items()}
    return type(tree)(map(bare, tree)) if type(tree) in (list, tuple) else tree


class Exact(np.ndarray[Any, np.dtype[np.float64]]):
    """A float64 array whose memory is the plane of shadows of a block of records.

    Made by `lift`, never by its constructor: a view of anything else has no records and is refused where it is read.
    """

    __array_priority__ = 1000.0

    @hook
    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, out: Any = None, **kwargs: Any) -> Any:
        """NumPy's hook for ufuncs."""
        if kwargs:
            for name in ("casting", "order", "subok"):
                kwargs.pop(name, None)
            if kwargs.get("dtype") in (None, float, FLOAT):
                kwargs.pop("dtype", None)
        return HOOKS[method](running(), ufunc, inputs, out[0] if isinstance(out, tuple) else out, kwargs)

    @hook
    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        """NumPy's hook for functions."""
        return HOOKS["function"](func, types, args, kwargs)

    # --- indexing

    @hook
    def __getitem__(self, index: Any) -> Any:
        """A view where NumPy gives one; a copy without axes where it would give a scalar; a copy for index arrays."""
        run = running()
        key, basic = plain_index(run, index)
        if basic:
            whole = any(k is Ellipsis for k in key)
            view: Any = super().__getitem__(key if whole else (*key, ...))
            return view if view.ndim or whole else scalar(copied(view))
        planes = planes_of(self)
        check_seals(run, planes)
        return gathered(run, lambda plane: plane[key], planes)

    @hook
    def __setitem__(self, index: Any, value: Any) -> None:
        """Assignment to the records."""
        run = running()
        key, _ = plain_index(run, index)
        if not self.flags.writeable:
            raise ValueError("assignment destination is read-only")
        n = number(run, value)
        planes = planes_of(self)
        shape = planes[0, ...][key].shape
        part = np.empty((len(planes), *shape), np.uint64)
        fill(run, part, each_field(n, lambda f: _fitted(f, shape)))
        for k in range(len(planes)):
            planes[k, ...][key] = part[k]

    def __iter__(self) -> Any:
        """Rows; NumPy's own iterator ends by an IndexError, which may not leave `__getitem__`."""
        return iter([self[k] for k in range(len(self))])

    # --- what NumPy's own methods would do behind the records

    @hook
    def reshape(self, *shape: Any, order: Any = "C", copy: Any = None) -> Any:
        """A view where one can be had, else a copy."""
        shape = shape[0] if len(shape) == 1 and not isinstance(shape[0], int | np.integer) else shape
        if copy:
            return copied(self).reshape(shape, order=order)
        if order == "F" or (order in ("A", "K") and not self.flags.c_contiguous):
            if order != "F":
                refuse(f"order={order!r} of an array that is not C-contiguous")
            sizes = np.empty(self.shape, bool).reshape(shape).shape
            return self.T.reshape(sizes[::-1]).T
        view = super().reshape(shape)
        return view if has_block(view) else copied(self).reshape(shape)

    @hook
    def ravel(self, order: Any = "C") -> Any:
        """One axis."""
        return self.reshape(-1, order=order)

    @hook
    def flatten(self, order: Any = "C") -> Any:
        """One axis, copied."""
        return copied(self.reshape(-1, order=order))

    @hook
    def copy(self, order: Any = "C") -> Any:
        """A copy of the records."""
        return copied(self)

    @hook
    def __copy__(self) -> Any:
        """A copy of the records."""
        return copied(self)

    @hook
    def __deepcopy__(self, memo: Any) -> Any:
        """A copy of the records."""
        return copied(self)

    @hook
    def __reduce_ex__(self, protocol: Any) -> Any:
        """Records are not pickled."""
        refuse("an exact array was pickled")

    @hook
    def astype(self, dtype: Any, order: Any = "K", casting: Any = "unsafe", subok: Any = True, copy: Any = True) -> Any:
        """float64 keeps the records, a narrower float too and marks the run as rounded; integers and booleans select."""
        if not np.can_cast(float, dtype, casting):
            refuse(f"astype(casting={casting!r})")
        return cast(running(), self, np.dtype(dtype), bool(copy))

    @hook
    def fill(self, value: Any) -> None:
        """The same number everywhere."""
        self[...] = value

    @hook
    def sort(self, axis: Any = -1, kind: Any = None, order: Any = None, *, stable: Any = None) -> None:
        """In place, by the shadows."""
        self[...] = np.sort(self, axis=axis, order=order)

    @hook
    def dot(self, b: Any, out: Any = None) -> Any:
        """np.dot."""
        return np.dot(self, b, out=out)

    @hook
    def put(self, indices: Any, values: Any, mode: Any = "raise") -> None:
        """Assignment by flat position."""
        if not self.flags.c_contiguous or mode != "raise":
            refuse("put into an array that is not contiguous, or by another mode")
        self.reshape(-1)[np.asarray(indices)] = values

    def compress(self, condition: Any, axis: Any = None, out: Any = None) -> Any:
        """np.compress, which takes the condition first."""
        return np.compress(condition, self, axis=axis, **({} if out is None else {"out": out}))

    @property
    def flat(self) -> Any:
        """One axis, written through where the array is contiguous."""
        return self.reshape(-1) if self.flags.c_contiguous else refuse(".flat of an array that is not contiguous")

    @flat.setter
    def flat(self, value: Any) -> None:
        self.flat[...] = value


def _method(name: str, function: str | None = None) -> Hook:
    """A method that NumPy has in compiled code, by the function of that name."""

    @hook
    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        return getattr(np, function or name)(self, *args, **kwargs)

    method.__name__ = name
    return method


METHODS = "take repeat cumsum cumprod trace nonzero argsort argpartition argmax argmin searchsorted"
for _name in METHODS.split():
    setattr(Exact, _name, _method(_name))


def _refused(name: str) -> Hook:
    """A method by which numbers leave for plain Python, where no record follows them."""

    @hook
    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        refuse(f"an exact array was read by {name}")

    method.__name__ = name
    return method


def _selected(name: str) -> Hook:
    """A method that reads the shadow as a truth or an index: logged, as any selection is."""

    @hook
    def method(self: Any) -> Any:
        result = getattr(np.ndarray, name)(self)
        running().log(name, result)
        return result

    method.__name__ = name
    return method


for _name in ("__float__", "__complex__", "item", "tolist", "tobytes", "dump", "dumps", "tofile", "byteswap", "getfield"):
    setattr(Exact, _name, _refused(_name))
for _name in ("__bool__", "__int__", "__index__"):
    setattr(Exact, _name, _selected(_name))


# --- making exact arrays


def new(run: Run, shape: tuple[int, ...]) -> Exact:
    """An exact array that must be written before it is read."""
    a: Exact = np.ndarray.__new__(Exact, shape, FLOAT, new_block(run, shape))
    return a


def stored(run: Run, n: Number, shape: tuple[int, ...] | None = None) -> Exact:
    """Numbers as an exact array."""
    shape = n.x.shape if shape is None else shape
    block = new_block(run, shape)
    fill(run, block.reshape(len(block), *shape), n, zeros=True)
    a: Exact = np.ndarray.__new__(Exact, shape, FLOAT, block)
    return a


def scalar(a: Exact) -> Exact:
    """An array; one without axes stands for a number as NumPy would give it, which no `+=` changes."""
    if not a.ndim:
        a.flags.writeable = False
    return a


def gathered(run: Run, f: Callable[[Any], Any], planes: Any) -> Exact:
    """A structural function of checked planes, as a new array."""
    first = f(planes[0, ...])
    block = new_block(run, first.shape)
    parts = block.reshape(len(block), *first.shape)
    parts[0, ...] = first
    for k in range(1, len(block)):
        parts[k, ...] = f(planes[k, ...])
    a: Exact = np.ndarray.__new__(Exact, first.shape, np.float64, block)
    return a


def copied(a: Exact) -> Exact:
    """A C-contiguous copy; of an array not yet written, an array not yet written."""
    run = running()
    planes = planes_of(a)
    if len(planes) != run.planes:
        refuse("an exact array is another run's")
    return gathered(run, lambda plane: plane, planes)


def cast(run: Run, a: Exact, dtype: np.dtype[Any], copy: bool) -> Any:
    """An exact array as another type: kept, kept and marked as rounded, or read off the shadows."""
    if dtype.kind == "f" and dtype.itemsize >= 8:
        return copied(a) if copy else a
    n = load(run, a)
    if dtype.kind == "f":
        run.seen.add("rounded")
        return copied(a)
    if dtype.kind in "bui":
        run.log("cast", dtype.char)
        return n.x.astype(dtype)
    refuse(f"a cast to {dtype}")


# --- reading arguments


def number(run: Run, a: Any) -> Number:
    """Any argument of a hook, taken apart."""
    if isinstance(a, Exact):
        return load(run, a)
    if isinstance(a, np.ndarray):
        if a.dtype == object:
            return number(run, gathered_list(a.tolist()))
        exact = found(run, a)
        return run.constant(a) if exact is None else load(run, exact)
    if isinstance(a, bool | int | np.integer | np.bool_ | Fraction):
        run.log("scalar", a)
        return run.scalar(a if isinstance(a, Fraction) else int(a))
    if isinstance(a, float | np.floating):
        run.log("scalar", float(a).hex())
        run.seen.add("narrow") if isinstance(a, np.floating) and a.itemsize < 8 else None
        return run.scalar(float(a))
    if isinstance(a, list | tuple):
        return number(run, gathered_list(a))
    if isinstance(a, np.flatiter):
        return number(run, np.array(a))
    refuse(f"an argument of type {type(a).__name__}")


def gathered_list(a: Any) -> Any:
    """A nested list or object array of numbers, some of them exact, as one array."""
    if not isinstance(a, list | tuple):
        return a if isinstance(a, np.ndarray) else stored(running(), number(running(), a))
    if not holds_exact(a):
        return np.array(a)
    return np.stack([gathered_list(entry) for entry in a])


def holds_exact(a: Any) -> bool:
    """Whether a nested list holds an exact array or a Fraction."""
    return isinstance(a, Exact | Fraction) or (isinstance(a, list | tuple) and any(holds_exact(entry) for entry in a))


def plain_index(run: Run, index: Any) -> tuple[tuple[Any, ...], bool]:
    """An index as a tuple, logged, and whether it is basic (a view)."""
    key = index if isinstance(index, tuple) else (index,)
    plain = []
    basic = True
    for k in key:
        if isinstance(k, Exact):
            refuse("an exact array as an index")
        if k is None or k is Ellipsis or (isinstance(k, int | np.integer) and not isinstance(k, bool)):
            run.log("index", k)
        elif isinstance(k, slice):
            run.log("index", k.start, k.stop, k.step)
        else:
            k = np.asarray(k)
            basic = False
            run.log("index", k.shape, hash(k.tobytes()))
        plain.append(k)
    return tuple(plain), basic


def _fitted(part: Any, shape: tuple[int, ...]) -> Any:
    """Leading axes of length one dropped, as assignment does."""
    while part.ndim > len(shape) and part.shape[0] == 1:
        part = part[0]
    return np.broadcast_to(part, shape)
