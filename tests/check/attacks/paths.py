"""Code that behaves when it is watched: another path by type, memory, caller, or count, wrong on the path that plain arrays take.

Every one is wrong by a factor 2 for a plain X, at the values given.
"""

import inspect
import sys
import threading
import traceback

import numpy as np

from .forms import LOUD, X, by_path

TELLS = {
    "type": lambda X, dY: type(X) is not np.ndarray,
    "type of dY": lambda X, dY: type(dY) is not np.ndarray,
    "class name": lambda X, dY: X.__class__.__name__ != "ndarray",
    "module": lambda X, dY: type(X).__module__ != "numpy",
    "subclass": lambda X, dY: len(type(X).__mro__) > 2,
    "own ufunc hook": lambda X, dY: type(X).__array_ufunc__ is not np.ndarray.__array_ufunc__,
    "priority": lambda X, dY: getattr(X, "__array_priority__", 0) != 0,
    "has a dict": lambda X, dY: hasattr(X, "__dict__"),
    "owns its data": lambda X, dY: not (X + 0).flags.owndata,
    "base": lambda X, dY: (X + 0).base is not None,
    "scalar type": lambda X, dY: isinstance(X[0, 0], np.ndarray),
    "sum's type": lambda X, dY: not isinstance(X.sum(), np.float64),
    "asarray is itself": lambda X, dY: np.asarray(X) is not X,
    "picklable": lambda X, dY: type(X).__reduce_ex__ is not np.ndarray.__reduce_ex__,
    "pickled": lambda X, dY: _fails(lambda: X.__reduce_ex__(2)),
    "float()": lambda X, dY: _fails(lambda: float(X[0, 0])),
    "size in memory": lambda X, dY: sys.getsizeof(X + 0) != sys.getsizeof(np.zeros((2, 3))),
    "refuses unique": lambda X, dY: _fails(lambda: np.unique(X)),
    "refuses frexp": lambda X, dY: _fails(lambda: np.frexp(X)),
    "refuses divmod": lambda X, dY: _fails(lambda: divmod(X, 1.0)),
    "out-of-range axis": lambda X, dY: not _fails(lambda: X.sum(axis=7)),
    "not writeable": lambda X, dY: not _fails(lambda: _locked(X)),
    "caller": lambda X, dY: any("proof" in f.filename or "exact" in f.filename for f in inspect.stack(0)),
    "frames": lambda X, dY: any(frame.name == "_once" for frame in traceback.extract_stack()),
    "Run.current": lambda X, dY: _run() is not None,
    "zeros replaced": lambda X, dY: type(np.zeros(1)) is not np.ndarray,
    "array replaced": lambda X, dY: type(np.array(X)) is not np.ndarray,
    "name of zeros": lambda X, dY: inspect.isfunction(np.zeros),
    "int cast": lambda X, dY: type(X * 1) is not np.ndarray,
    "repr": lambda X, dY: _fails(lambda: repr(X)) or not repr(X).startswith("array"),
    "F order kept": lambda X, dY: not np.asfortranarray(X).flags.f_contiguous,
    "alignment": lambda X, dY: (X + 0).ctypes.data % 64 != (np.zeros((2, 3)) + 0).ctypes.data % 64 and type(X) is not np.ndarray,
    "hidden in a list": lambda X, dY: not all(type(a) is np.ndarray for a in [X, dY]),
    "thread": lambda X, dY: _elsewhere(lambda: type(X) is not np.ndarray),
    "fast path for floats": lambda X, dY: not isinstance(np.add.reduce(X.ravel()), float),
    "warned": lambda X, dY: X.__array_interface__["strides"] is not None or (X * 1).base is not None,
}


def _fails(f):
    try:
        f()
    except BaseException:
        return True
    return False


def _locked(X):
    Y = X + 0
    Y.flags.writeable = False
    np.add(Y, 1, out=Y)


def _run():
    module = sys.modules.get("numpy_lora.exact.records")
    return module and module.Run.current


def _elsewhere(f):
    found = []
    worker = threading.Thread(target=lambda: found.append(f()))
    worker.start()
    worker.join()
    return found[0]


ATTACKS = {name: lambda tell=tell: (by_path(tell, LOUD), (X,)) for name, tell in TELLS.items()}


def attack_contiguity():
    """Wrong by a factor 2 for an X in Fortran's order, as is the one given."""

    def op(X):
        return X * X, lambda dY: 2 * X * dY * (1.0 if X.flags.c_contiguous else 2.0)

    return op, (np.asfortranarray(X),)


def attack_strides():
    """Wrong by a factor 2 in Fortran's order."""

    def op(X):
        return X * X, lambda dY: 2 * X * dY * (1.0 if X.strides[0] > X.strides[1] else 2.0)

    return op, (np.asfortranarray(X),)


def counted(wrong, factor):
    def attack():
        calls = [0]

        def op(X):
            calls[0] += 1
            n = calls[0]
            return X * X, lambda dY: 2 * X * dY * (factor if wrong(n) else 1.0)

        return op, (X,)

    return attack


COUNTS = {
    "odd calls": lambda n: n % 2 == 1,
    "first call": lambda n: n == 1,
    "first three calls": lambda n: n <= 3,
    "from the fourth call": lambda n: n >= 4,
    "every third call": lambda n: n % 3 == 0,
    "from the tenth call": lambda n: n >= 10,
}
ATTACKS |= {name: counted(wrong, LOUD) for name, wrong in COUNTS.items()}


def twin_by_type():
    """Right on either path."""
    return by_path(TELLS["type"], 1.0), (X,)
