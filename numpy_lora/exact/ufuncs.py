"""NumPy's ufuncs over records: a table of rules, one entry a function, and how call, reduce, accumulate and at use it.

To add a function: one entry in `RULES`, one example in its test. What stands in no table raises `NotExact`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from operator import itemgetter
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.special
from numpy._core import umath
from numpy.lib.array_utils import normalize_axis_tuple

from . import arithmetic as ar
from . import special
from . import transcendental as tr
from .records import FLOAT, Floats, Number, Run, each_field, finite, refuse
from .residues import Element

Rule = Callable[..., ar.Value]
NOISE = 2.0**-44


class Sides:
    """On which side of zero entries lie, but for those that are zero up to rounding: another point may find them beyond."""

    def __init__(self, mask: Any, x: Floats) -> None:
        size = float(np.max(np.abs(x), initial=0.0, where=np.isfinite(x)))
        self.mask, self.near = mask, np.abs(x) <= NOISE * size

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sides) or np.shape(self.mask) != np.shape(other.mask):
            return False
        return bool(((self.mask == other.mask) | (self.near & other.near)).all())

    __hash__ = None  # type: ignore[assignment]


def absolute(run: Run, a: Number) -> ar.Value:
    """−a where the shadow is negative."""
    mask = a.x < 0
    run.log("absolute", Sides(mask, a.x))
    v, e, t = ar.negative(run, a)
    return ar.choose(mask, Number(a.x, v, e, t), a)


def copysign(run: Run, a: Number, b: Number) -> ar.Value:
    """−a where the shadows differ in sign."""
    mask = np.signbit(a.x) != np.signbit(b.x)
    run.log("copysign", hash(mask.tobytes()))
    v, e, t = ar.negative(run, a)
    return ar.choose(mask, Number(a.x, v, e, t), Number(np.broadcast_to(a.x, mask.shape), a.v, a.e, a.t))


def picked_by(order: Callable[[Floats, Floats], Any]) -> Rule:
    """The first argument where the shadows say so, else the second."""

    def rule(run: Run, a: Number, b: Number) -> ar.Value:
        mask = np.asarray(order(a.x, b.x))
        run.log("picked", Sides(mask, a.x - b.x))
        return ar.choose(mask, a, b)

    return rule


maximum = picked_by(lambda a, b: (a >= b) | np.isnan(a))
minimum = picked_by(lambda a, b: (a <= b) | np.isnan(a))


def clip(run: Run, a: Number, low: Number, high: Number) -> ar.Value:
    """min(max(a, low), high)."""
    raised = Number(np.maximum(a.x, low.x), *maximum(run, a, low))
    return minimum(run, raised, high)


def hypot(run: Run, a: Number, b: Number) -> ar.Value:
    """√(a² + b²)."""
    sums = ar.add(run, Number(a.x, *ar.square(run, a)), Number(b.x, *ar.square(run, b)))
    return ar.sqrt(run, Number(np.hypot(a.x, b.x), *sums))


def remainder(whole: Callable[[Floats], Any]) -> Rule:
    """a − b ⌊a/b⌋, the whole part read off the shadows."""

    def rule(run: Run, a: Number, b: Number) -> ar.Value:
        n = run.constant(np.asarray(whole(a.x / b.x)))
        return ar.subtract(run, a, Number(n.x * b.x, *ar.multiply(run, n, b)))

    return rule


def arctan2(run: Run, a: Number, b: Number) -> ar.Value:
    """Uninterpreted; (b t_a − a t_b)/(a² + b²)."""
    f = run.field
    v, e = run.hashed("arctan2", a.v, b.v)
    turned = ar.plus(run, ar.times(run, b.v, a.t), None if b.t is None else f.neg(f.mul(a.v, b.t)))
    return v, e, ar.times(run, f.inv(f.add(f.mul(a.v, a.v), f.mul(b.v, b.v))), turned)


RULES: dict[Any, Rule] = {
    np.add: ar.add,
    np.subtract: ar.subtract,
    np.multiply: ar.multiply,
    np.divide: ar.divide,
    np.negative: ar.negative,
    np.positive: lambda run, a: (a.v, a.e, a.t),
    np.conjugate: lambda run, a: (a.v, a.e, a.t),
    np.reciprocal: ar.reciprocal,
    np.square: ar.square,
    np.sqrt: ar.sqrt,
    np.cbrt: tr.cbrt,
    np.power: tr.power,
    np.float_power: tr.power,
    np.matmul: ar.matmul,
    np.exp: tr.exp_or_zero,
    np.exp2: tr.exp_to_base(2),
    np.expm1: tr.expm1,
    np.log: ar.log,
    np.log2: tr.log_to_base(2),
    np.log10: tr.log_to_base(10),
    np.log1p: tr.log1p,
    np.logaddexp: tr.logaddexp,
    np.logaddexp2: tr.logaddexp2,
    np.degrees: tr.scaled(180 / math.pi),
    np.rad2deg: tr.scaled(180 / math.pi),
    np.radians: tr.scaled(math.pi / 180),
    np.deg2rad: tr.scaled(math.pi / 180),
    np.sin: ar.sin,
    np.cos: ar.cos,
    np.tan: tr.tan,
    np.sinh: tr.sinh,
    np.cosh: tr.cosh,
    np.tanh: tr.tanh,
    np.arcsin: tr.uninterpreted("arcsin", tr.one_over(1, (1, -1), root=True)),
    np.arccos: tr.uninterpreted("arccos", tr.one_over(-1, (1, -1), root=True), is_odd=False),
    np.arctan: tr.uninterpreted("arctan", tr.one_over(1, (1, 1), root=False)),
    np.arcsinh: tr.uninterpreted("arcsinh", tr.one_over(1, (1, 1), root=True)),
    np.arccosh: tr.uninterpreted("arccosh", tr.one_over(1, (-1, 1), root=True), is_odd=False),
    np.arctanh: tr.uninterpreted("arctanh", tr.one_over(1, (1, -1), root=False)),
    np.arctan2: arctan2,
    np.hypot: hypot,
    np.absolute: absolute,
    np.fabs: absolute,
    np.copysign: copysign,
    np.maximum: maximum,
    np.minimum: minimum,
    np.fmax: picked_by(lambda a, b: (a >= b) | np.isnan(b)),
    np.fmin: picked_by(lambda a, b: (a <= b) | np.isnan(b)),
    np.remainder: remainder(np.floor),
    np.fmod: remainder(np.trunc),
    **special.RULES,
}
CLIP: Any = vars(umath)["clip"]
RULES[CLIP] = clip

SELECTIONS = {
    np.less, np.less_equal, np.greater, np.greater_equal, np.equal, np.not_equal, np.isnan, np.isfinite, np.isinf,
    np.logical_and, np.logical_or, np.logical_not, np.logical_xor, np.sign, np.signbit, np.heaviside,
    np.floor, np.ceil, np.trunc, np.rint, np.floor_divide,
}  # fmt: skip
FOLDED = {np.multiply, np.logaddexp, np.logaddexp2}  # whose reductions go from one entry to the next
PICKED = {np.maximum, np.minimum, np.fmax, np.fmin, CLIP, np.exp, np.logaddexp}  # they meet ±∞ on their own terms
ABSORBS = {np.divide, np.reciprocal, np.power, np.tanh, np.expm1, np.exp2, scipy.special.expit, scipy.special.erf}


def finish(run: Run, ufunc: Any, inputs: list[Number], x: Floats, value: ar.Value) -> Number:
    """Join the shadow to what the rule gave, and settle what is not finite.

    A result that is not finite carries no value, and no such thing may come out of the run. A finite result of an input
    that is not is taken only where the function has that limit: exp(−∞) = 0, 1/∞ = 0, tanh ∞ = 1.
    """
    n = Number(x, *value)
    if not run.nonfinite and finite(x):
        return n
    run.nonfinite = True
    lost = ~np.isfinite(x)
    if ufunc not in PICKED:
        met = np.zeros(np.shape(x), bool)
        for a in inputs:
            met = met | ~np.isfinite(a.x)
        met &= ~lost
        if met.any():
            limit = np.where(met, x, 0.0)
            if ufunc not in ABSORBS or (limit != np.rint(limit)).any():
                refuse(f"{ufunc.__name__} of a number that is not finite")
            n = Number(x, *ar.choose(met, run.constant(limit), n))
    if lost.any():
        n = Number(x, *ar.choose(lost, run.scalar(0), n))
    return n


def call(run: Run, ufunc: Any, inputs: list[Number]) -> Number:
    """One ufunc, applied."""
    rule = RULES.get(ufunc)
    if rule is None:
        refuse(f"{ufunc.__name__} has no exact meaning")
    run.log(ufunc.__name__)
    x = np.asarray(ufunc(*(n.x for n in inputs)))
    if x.dtype != FLOAT:
        refuse(f"{ufunc.__name__} gave {x.dtype}")
    if ufunc is np.matmul:
        return _matmul(run, inputs, x)
    return finish(run, ufunc, inputs, x, rule(run, *inputs))


def _matmul(run: Run, inputs: list[Number], x: Floats) -> Number:
    a, b = inputs
    if a.x.ndim > 1 and b.x.ndim > 1:
        return finish(run, np.matmul, [], x, ar.matmul(run, a, b))
    if a.x.ndim == 1:
        a = each_field(a, lambda part: part[None, :])
    if b.x.ndim == 1:
        b = each_field(b, lambda part: part[:, None])
    shape = (*np.broadcast_shapes(a.x.shape[:-2], b.x.shape[:-2]), a.x.shape[-2], b.x.shape[-1])
    n = finish(run, np.matmul, [], x.reshape(shape), ar.matmul(run, a, b))
    return each_field(n, lambda part: part.reshape(x.shape))


# --- methods of ufuncs


def axes_of(axis: Any, ndim: int) -> tuple[int, ...]:
    """Axes as a tuple of non-negative integers; None is all."""
    if axis is None:
        return tuple(range(ndim))
    return tuple(int(k) for k in normalize_axis_tuple(axis, ndim))


def flattened_last(n: Number, axes: tuple[int, ...]) -> Number:
    """The axes named, moved to the end and made one."""
    kept = [k for k in range(n.x.ndim) if k not in axes]
    shape = [n.x.shape[k] for k in kept]
    size = int(np.prod([n.x.shape[k] for k in axes], dtype=int))
    return each_field(n, lambda part: part.transpose(*kept, *axes).reshape(*shape, size))


class Pick:
    """Which entry of each line was picked, and which others were equal to it: where they tie, another point may pick another."""

    def __init__(self, index: npt.NDArray[np.intp], tied: npt.NDArray[np.bool_]) -> None:
        self.index, self.tied = index, tied

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Pick) or self.tied.shape != other.tied.shape:
            return False
        mine = np.take_along_axis(self.tied, other.index, -1)
        return bool((mine | np.take_along_axis(other.tied, self.index, -1)).all())

    __hash__ = None  # type: ignore[assignment]


def reduce(run: Run, ufunc: Any, n: Number, axis: Any, keepdims: bool) -> Number:
    """ufunc.reduce: sums, products, the largest and the smallest."""
    axes = axes_of(axis, n.x.ndim)
    run.log(ufunc.__name__, "reduce", axes, keepdims)
    x = np.asarray(ufunc.reduce(n.x, axis=axes, keepdims=keepdims))
    if ufunc is np.add:
        return finish(run, ufunc, [], x, ar.total(run, n, axes, keepdims))
    flat = flattened_last(n, axes)
    if ufunc in FOLDED:
        value = _folded(run, flat, ufunc)
    elif ufunc in (np.maximum, np.minimum, np.fmax, np.fmin):
        largest = ufunc in (np.maximum, np.fmax)
        passed_over = np.isnan(flat.x) & (ufunc in (np.fmax, np.fmin))
        shadows = np.where(passed_over, -np.inf if largest else np.inf, flat.x)
        index = (np.argmax if largest else np.argmin)(shadows, axis=-1)[..., None]
        run.log("index", Pick(index, flat.x == np.take_along_axis(flat.x, index, -1)))
        value = each_field(flat, lambda part: np.take_along_axis(part, index, -1)[..., 0])
    else:
        refuse(f"{ufunc.__name__}.reduce has no exact meaning")
    return each_field(value, lambda part: part.reshape(x.shape))._replace(x=x)


def _folded(run: Run, flat: Number, ufunc: Any) -> Number:
    if flat.x.shape[-1] == 0:
        return run.constant(np.full(flat.x.shape[:-1], float(ufunc.identity)))
    result = each_field(flat, lambda part: part[..., 0])
    for k in range(1, flat.x.shape[-1]):
        result = call(run, ufunc, [result, each_field(flat, itemgetter((..., k)))])
    return result


def accumulate(run: Run, ufunc: Any, n: Number, axis: int) -> Number:
    """ufunc.accumulate: running sums, largest, smallest (running products are made of products, by the array)."""
    (axis,) = axes_of(axis, n.x.ndim)
    run.log(ufunc.__name__, "accumulate", axis)
    x = ufunc.accumulate(n.x, axis)
    if ufunc is np.add:
        p, q = run.field.p, run.field.q

        def element(v: Element) -> Element:
            return Element(v.re.cumsum(axis) % p, None if v.im is None else v.im.cumsum(axis) % p)

        e = ar.exponent(run, n).cumsum(axis) % q if run.exponents else None
        return finish(run, ufunc, [], x, (element(n.v), e, None if n.t is None else element(n.t)))
    if ufunc in (np.maximum, np.minimum) and not np.isnan(n.x).any():
        moved = np.moveaxis(n.x, axis, -1)
        new = np.moveaxis(x, axis, -1) == moved
        index = np.maximum.accumulate(np.where(new, np.arange(moved.shape[-1]), 0), axis=-1)
        run.log("index", hash(index.tobytes()))
        index = np.moveaxis(index, -1, axis)
        return each_field(n, lambda part: np.take_along_axis(part, index, axis))
    refuse(f"{ufunc.__name__}.accumulate has no exact meaning")
