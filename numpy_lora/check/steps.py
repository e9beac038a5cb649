"""Arrays for a complex step: complex128, but ordered by their real parts, with |x| = ±x, and kept where NumPy would drop i.

NumPy's abs, var, norm, max and SciPy's expit take complex numbers another way, or not at all; these take them as the real
numbers that they stand for, moved a little.
"""

from __future__ import annotations

import contextlib
import functools
import math
import threading
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import scipy.special

from ..exact import NotExact, contractions, further, linalg, orders
from ..exact.constructors import LOCK
from ..exact.ufuncs import CLIP
from . import spectra

Function = Callable[..., Any]
LN2 = math.log(2)
_ASARRAY = np.asarray  # NumPy's own, whatever stands there meanwhile


def _slope(f: Function, slope: Function) -> Function:
    return lambda z: f(z.real) + 1j * z.imag * slope(z.real)


def _sigmoid(x: Any) -> Any:
    return scipy.special.expit(x)


_gammaln = _slope(scipy.special.gammaln, scipy.special.psi)
RULES: dict[Any, Function] = {
    np.absolute: lambda z: np.where(z.real < 0, -z, z),
    np.fabs: lambda z: np.where(z.real < 0, -z, z),
    np.conjugate: lambda z: z,
    np.maximum: lambda a, b: np.where(np.real(a) >= np.real(b), a, b),
    np.minimum: lambda a, b: np.where(np.real(a) <= np.real(b), a, b),
    np.fmax: lambda a, b: np.where(np.real(a) >= np.real(b), a, b),
    np.fmin: lambda a, b: np.where(np.real(a) <= np.real(b), a, b),
    np.hypot: lambda a, b: np.sqrt(a * a + b * b),
    np.logaddexp: lambda a, b: _logaddexp(a, b),
    np.logaddexp2: lambda a, b: _logaddexp(a * LN2, b * LN2) / LN2,
    np.arctan2: lambda a, b: _arctan2(a, b),
    np.copysign: lambda a, b: np.where(np.signbit(np.real(a)) == np.signbit(np.real(b)), a, -a),
    np.remainder: lambda a, b: a - np.floor(np.real(a) / np.real(b)) * b,
    np.fmod: lambda a, b: a - np.trunc(np.real(a) / np.real(b)) * b,
    np.cbrt: _slope(np.cbrt, lambda x: np.cbrt(x) / (3 * x)),
    scipy.special.expit: _slope(_sigmoid, lambda x: _sigmoid(x) * _sigmoid(-x)),
    np.vecdot: lambda a, b: (a * b).sum(-1),  # NumPy's conjugates
    np.divmod: lambda a, b: (np.floor(np.real(a) / np.real(b)), RULES[np.remainder](a, b)),
    scipy.special.log_expit: _slope(scipy.special.log_expit, lambda x: _sigmoid(-x)),
    scipy.special.entr: lambda z: -z * np.log(z),
    scipy.special.rel_entr: lambda a, b: a * np.log(a / b),
    scipy.special.kl_div: lambda a, b: a * np.log(a / b) - a + b,
    scipy.special.boxcox: lambda z, k: (z**k - 1) / k,
    scipy.special.betaln: lambda a, b: _gammaln(a) + _gammaln(b) - _gammaln(a + b),
    scipy.special.beta: lambda a, b: np.exp(_gammaln(a) + _gammaln(b) - _gammaln(a + b)),
    scipy.special.gammaln: _gammaln,
    scipy.special.logit: _slope(scipy.special.logit, lambda p: 1 / (p * (1 - p))),
    scipy.special.ndtri: _slope(scipy.special.ndtri, lambda p: math.sqrt(2 * math.pi) * np.exp(scipy.special.ndtri(p) ** 2 / 2)),
    scipy.special.erf: _slope(scipy.special.erf, lambda x: 2 / math.sqrt(math.pi) * np.exp(-x * x)),
    CLIP: lambda a, low, high: RULES[np.minimum](RULES[np.maximum](a, low), high),
}
ORDER = {
    np.less, np.less_equal, np.greater, np.greater_equal, np.equal, np.not_equal, np.sign, np.signbit, np.floor, np.ceil,
    np.rint, np.trunc, np.isnan, np.isfinite, np.isinf, np.floor_divide, np.heaviside,
}  # fmt: skip
PICKED = {np.argmax, np.argmin, np.argsort, np.searchsorted, np.argpartition, np.nonzero, np.allclose, np.isclose, np.round}


def _logaddexp(a: Any, b: Any) -> Any:
    x, y = np.real(a), np.real(b)
    w = _sigmoid(x - y)
    return np.logaddexp(x, y) + 1j * (w * np.imag(a) + (1 - w) * np.imag(b))


def _arctan2(a: Any, b: Any) -> Any:
    x, y = np.real(a), np.real(b)
    return np.arctan2(x, y) + 1j * (y * np.imag(a) - x * np.imag(b)) / (x * x + y * y)


def _bare(a: Any) -> Any:
    if isinstance(a, list | tuple):
        return type(a)(_bare(entry) for entry in a)
    if isinstance(a, dict):
        return {name: _bare(value) for name, value in a.items()}
    return a.view(np.ndarray) if isinstance(a, Step) else a


def _real(a: Any) -> Any:
    if isinstance(a, list | tuple):
        return type(a)(_real(entry) for entry in a)
    return np.real(_bare(a)) if isinstance(a, np.ndarray) else a


def _wrapped(a: Any) -> Any:
    if isinstance(a, list | tuple):
        entries = [_wrapped(entry) for entry in a]
        return type(a)(*entries) if hasattr(a, "_fields") else type(a)(entries)
    return _ASARRAY(a).view(Step) if isinstance(a, np.ndarray | np.complexfloating) and a.dtype.kind == "c" else a


class Step(np.ndarray[Any, np.dtype[np.complex128]]):
    """A complex array in the place of a float64 one."""

    differs: bool = False  # whether something was called since `buffers` began that NumPy's complex numbers take another way

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, out: Any = None, **kwargs: Any) -> Any:
        """NumPy's hook for ufuncs."""
        if ufunc in ORDER:
            return getattr(ufunc, method)(*_real(inputs), **({} if out is None else {"out": out}), **kwargs)
        if method == "reduce" and ufunc in (np.maximum, np.minimum):
            Step.differs = True
            return _wrapped(_extreme(ufunc, _bare(inputs[0]), out=out, **_bare(kwargs)))
        bare = _bare(inputs)
        rule = RULES.get(ufunc) if method == "__call__" else None
        if rule is None:
            if out is not None:
                kwargs["out"] = _bare(out)
            result = getattr(ufunc, method)(*bare, **kwargs)
            return out[0] if out is not None else _wrapped(result)
        Step.differs = True
        result = rule(*(_ASARRAY(a) for a in bare))
        if out is not None:
            np.copyto(_bare(out[0]), result, where=kwargs.get("where", True))
            return out[0]
        return _wrapped(result)

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        """NumPy's hook for functions."""
        if func in PICKED:
            return func(*_real(args), **{k: _real(v) for k, v in kwargs.items()})
        if func in FUNCTIONS:
            Step.differs = True
            return FUNCTIONS[func](*args, **kwargs)
        if func in spectra.FUNCTIONS:
            Step.differs = True
            return _wrapped(spectra.FUNCTIONS[func](*_bare(args), **kwargs))
        return _wrapped(super().__array_function__(func, types, args, kwargs))

    def __getitem__(self, index: Any) -> Any:
        """Entries are arrays without axes, so that they are ordered too."""
        return _wrapped(super().__getitem__(index))

    def __iter__(self) -> Any:
        """Rows, or entries as arrays without axes."""
        return iter([self[k] for k in range(len(self))])

    def astype(self, dtype: Any, *args: Any, **kwargs: Any) -> Any:
        """To float64 it is a copy."""
        return self.copy() if np.dtype(dtype).kind == "f" else _real(self).astype(dtype)

    def var(self, axis: Any = None, dtype: Any = None, out: Any = None, ddof: int = 0, keepdims: bool = False) -> Any:  # type: ignore[override]
        """The mean square of what is centred."""
        if out is not None:
            raise TypeError("a variance written elsewhere")
        Step.differs = True
        d = self - self.mean(axis, keepdims=True)
        n = self.size / max(np.size(d.sum(axis)), 1)
        return (d * d).sum(axis, keepdims=keepdims) / (n - ddof)

    def std(self, *args: Any, **kwargs: Any) -> Any:
        """√var."""
        return np.sqrt(self.var(*args, **kwargs))

    def argmax(self, *args: Any, **kwargs: Any) -> Any:
        """By the real parts."""
        return _real(self).argmax(*args, **kwargs)

    def argmin(self, *args: Any, **kwargs: Any) -> Any:
        """By the real parts."""
        return _real(self).argmin(*args, **kwargs)

    def argsort(self, *args: Any, **kwargs: Any) -> Any:
        """By the real parts."""
        return _real(self).argsort(*args, **kwargs)

    def max(self, axis: Any = None, out: Any = None, keepdims: bool = False, **kwargs: Any) -> Any:  # type: ignore[override]
        """By the real parts."""
        Step.differs = True
        return _wrapped(_extreme(np.maximum, _bare(self), axis, out, keepdims, **_bare(kwargs)))

    def min(self, axis: Any = None, out: Any = None, keepdims: bool = False, **kwargs: Any) -> Any:  # type: ignore[override]
        """By the real parts."""
        Step.differs = True
        return _wrapped(_extreme(np.minimum, _bare(self), axis, out, keepdims, **_bare(kwargs)))


def _extreme(ufunc: Any, z: Any, axis: Any = 0, out: Any = None, keepdims: bool = False, initial: Any = None,
             where: Any = True, dtype: Any = None) -> Any:  # fmt: skip
    if out is not None or dtype is not None:
        raise TypeError("a maximum written elsewhere, or of another type")
    z = z if where is True else np.where(where, z, -np.inf if ufunc is np.maximum else np.inf)
    axes = tuple(range(z.ndim)) if axis is None else tuple(k % z.ndim for k in np.atleast_1d(axis))
    kept = [z.shape[k] for k in range(z.ndim) if k not in axes]
    moved = np.moveaxis(z, axes, range(z.ndim - len(axes), z.ndim)).reshape(*kept, -1)
    index = (np.argmax if ufunc is np.maximum else np.argmin)(moved.real, axis=-1)[..., None]
    picked = np.take_along_axis(moved, index, -1)[..., 0]
    picked = picked if initial in (None, np._NoValue) else RULES[ufunc](picked, initial)
    return np.expand_dims(picked, axes) if keepdims else picked


def _in_words(f: Function) -> Function:
    """A function of exact numbers that is said in NumPy's words, so for numbers of any kind."""

    def function(*args: Any, **kwargs: Any) -> Any:
        try:
            return f(*args, **kwargs)
        except NotExact as reason:
            raise TypeError(reason) from None

    return function


FUNCTIONS: dict[Any, Function] = {
    np.vdot: _in_words(contractions.vdot),
    np.cov: _in_words(further.covariance),
    np.linalg.norm: _in_words(linalg.norm),
    np.linalg.cholesky: _in_words(linalg.cholesky),
    np.linalg.pinv: _in_words(linalg.pinv),
    np.quantile: _in_words(orders.quantile),
    np.percentile: _in_words(orders.percentile),
    np.median: _in_words(orders.median),
    np.var: lambda a, *args, **kwargs: a.var(*args, **kwargs),
    np.std: lambda a, *args, **kwargs: a.std(*args, **kwargs),
    np.max: lambda a, axis=None, out=None, keepdims=False, **rest: a.max(axis, out, keepdims is True, **rest),
    np.min: lambda a, axis=None, out=None, keepdims=False, **rest: a.min(axis, out, keepdims is True, **rest),
    np.sort: lambda a, axis=-1, **_: np.take_along_axis(a, a.argsort(axis), axis),
    np.real: lambda val: val,
}


def _is_float(dtype: Any) -> bool:
    return dtype is None or np.dtype(dtype) == np.float64


@contextlib.contextmanager
def buffers() -> Iterator[None]:
    """NumPy's new buffers of floats hold complex numbers meanwhile, on this thread."""
    owner = threading.get_ident()
    undo: list[tuple[Any, str, Any]] = []

    def swapped(original: Function) -> Function:
        @functools.wraps(original)
        def make(shape: Any, dtype: Any = None, *args: Any, **kwargs: Any) -> Any:
            if threading.get_ident() != owner or not _is_float(dtype):
                return original(shape, *(() if dtype is None else (dtype,)), *args, **kwargs)
            return original(shape, complex, *args, **kwargs).view(Step)

        return make

    def converted(original: Function) -> Function:
        @functools.wraps(original)
        def make(a: Any, dtype: Any = None, *args: Any, **kwargs: Any) -> Any:
            result = original(a, *(() if dtype is None or isinstance(a, Step) else (dtype,)), *args, **kwargs)
            return _wrapped(result) if threading.get_ident() == owner else result

        return make

    def scalar(original: Function, ufunc: Function) -> Function:
        return lambda x, *rest: ufunc(x) if isinstance(x, np.ndarray | complex) and not rest else original(x, *rest)

    def vectorized(original: Function) -> Function:
        def call(self: Any, *args: Any, **kwargs: Any) -> Any:
            if not any(isinstance(a, Step) for a in args) or kwargs or self.signature is not None:
                return original(self, *args, **kwargs)
            wide = np.broadcast_arrays(*args, subok=True)
            entries = [self.pyfunc(*(w[k] for w in wide)) for k in np.ndindex(wide[0].shape)]
            return _wrapped(np.reshape(np.array(entries), wide[0].shape))

        return call

    LOCK.acquire()
    Step.differs = False
    try:
        undo.append((np.vectorize, "__call__", np.vectorize.__call__))
        setattr(np.vectorize, "__call__", vectorized(np.vectorize.__call__))  # noqa: B010
        makers = [(name, swapped) for name in ("zeros", "empty", "ones")]
        for name, wrap in [*makers, *((name, converted) for name in ("array", "asarray", "ascontiguousarray"))]:
            original = getattr(np, name)
            undo.append((np, name, original))
            setattr(np, name, wrap(original))
        for name in ["sqrt", "exp", "expm1", "log", "log1p", "sin", "cos", "tan", "sinh", "cosh", "tanh", "fabs"]:
            original = getattr(math, name)
            undo.append((math, name, original))
            setattr(math, name, scalar(original, getattr(np, name)))
        yield
    finally:
        for place, name, original in undo:
            setattr(place, name, original)
        LOCK.release()
