"""The plain check: the op on plain arrays, with nothing replaced, against differences of its own forward pass.

Nothing is exact until the shipped floats agree: code can behave differently when it is watched, and only this ties a proof
to the floats that run. Alone, it is the grade *difference*; with a complex step in the place of differences, *complex-step*.
"""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from .problem import Outcome, Problem
from .steps import Step, buffers
from .trees import leaves, mapped
from .trouble import Trouble

Floats = npt.NDArray[Any]
STEPS = (2.0**-9, 2.0**-13, 2.0**-18)
LONG_STEP = 2.0**-5  # of a noisy function, such as one in float32: noise falls as steps grow
TOLERANCE = 1e-6
TOLERANCE_FLOAT32 = 1e-4
COMPLEX_STEP = 1e-20
EPS = float(np.finfo(float).eps)
COMPLEX_TOLERANCE = 1000 * EPS
GLOBAL_SEED = 20201
SLOW = 0.05  # seconds that forward and backward may take before they count as slow: a check has some hundred and fifty runs
SMALL = float(np.finfo(float).tiny)


def outputs(Y: Any) -> list[Floats]:
    """The float leaves of an output."""
    found = [np.asarray(leaf) for _, leaf in leaves(Y) if is_output(leaf)]
    if not found:
        got = f"an array of {Y.dtype}" if isinstance(Y, np.ndarray) else type(Y).__name__
        raise Trouble(f"Y: expected a float array or a tree of them, got {got}")
    return found


def is_output(leaf: Any) -> bool:
    """Whether a leaf of the output is differentiated: floats of any shape, complex ones under a complex step."""
    numeric = isinstance(leaf, float | complex | np.ndarray | np.floating | np.complexfloating)
    return numeric and np.asarray(leaf).dtype.kind in "fc"


def cotangent(Y: Any, parts: list[Any]) -> Any:
    """A tree of the form of Y with the parts in the place of its float leaves."""
    rest = iter(parts)

    def leaf_for(_: Any, leaf: Any) -> Any:
        if not is_output(leaf):
            return leaf
        part = next(rest)
        return part if isinstance(leaf, np.ndarray) or not isinstance(part, np.ndarray) else part[()]

    return mapped(leaf_for, Y)


def guarded(f: Callable[[], Any]) -> Any:
    """Run code of others: any failure is a Trouble in one line."""
    try:
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return f()
    except Trouble:
        raise
    except (KeyboardInterrupt, MemoryError):
        raise
    except BaseException as error:
        text = str(error).strip().split("\n")[0]
        raise Trouble(f"cannot be run: {type(error).__name__}{': ' if text else ''}{text}") from None


@dataclass
class Plain:
    """The op, run plainly at some values."""

    problem: Problem
    values: list[Floats]
    rng: np.random.Generator
    reseed: bool = False
    rounded: bool = False  # whether values are known to go through float32 on the way
    slow: bool = False  # whether a run takes so long that only what is needed for the verdict is run

    def at(self, values: list[Floats]) -> Plain:
        """The same op at other values."""
        return replace(self, values=values)

    def run(self, values: list[Any] | None, parts: list[Any] | None) -> Outcome:
        """One forward and, where cotangents are given, one backward pass on fresh copies."""
        with self.seeded():
            Y, pullback = self.forward(values)
            found = [y.copy() for y in outputs(Y)]  # before backward, which may write into it
            return Outcome(found, [] if parts is None else self.pulled(pullback, Y, parts))

    @contextlib.contextmanager
    def seeded(self) -> Iterator[None]:
        """NumPy's global random numbers from their start, if the op draws from them, and as they were at the end."""
        state = np.random.get_state() if self.reseed else None
        try:
            if state is not None:
                np.random.seed(GLOBAL_SEED)
            yield
        finally:
            if state is not None:
                np.random.set_state(state)

    def forward(self, values: list[Any] | None) -> tuple[Any, Callable[[Any], Any]]:
        """The output tree on fresh copies, and its pullback."""
        args, kwargs = self.problem.fresh(self.values_or(values))
        return self.problem.forward(args, kwargs)

    def pulled(self, pullback: Callable[[Any], Any], Y: Any, parts: list[Any]) -> list[Floats]:
        """What a pullback gives for copies of cotangents."""
        raw = pullback(cotangent(Y, [np.array(part) for part in parts]))
        return [np.array(g) for g in self.problem.matched(raw)]

    def values_or(self, values: list[Any] | None) -> list[Any]:
        """Copies of values, or of those given."""
        return [copied(v) for v in (self.values if values is None else values)]

    # --- derivatives of the forward pass

    def direction(self, k: int) -> Floats:
        """A random direction, entry by entry in proportion to the value; a zero moves with its array's largest entry."""
        v = np.asarray(self.values[k], float)
        largest = float(np.max(np.abs(v), initial=0.0)) or 1.0
        return self.rng.normal(size=v.shape) * np.where(v == 0, largest, np.abs(v))

    def signs(self, among: tuple[float, ...] = (-1.0, 1.0)) -> list[Floats]:
        """A random sign, or one of the numbers given, for every entry of every value."""
        return [self.rng.choice(among, np.shape(v)) for v in self.values]

    def beside(self, moves: list[Floats], h: float) -> list[Any]:
        """The values, each moved by h times so much of itself."""
        return [np.asarray(v, float) * (1 + h * m) for v, m in zip(self.values, moves, strict=True)]

    def moved(self, k: int, step: Any) -> list[Any]:
        """The values with one of them moved."""
        v = self.values[k]
        new = np.asarray(v) + step
        return [*self.values[:k], new if isinstance(v, np.ndarray) else new[()], *self.values[k + 1 :]]

    def difference(self, k: int, v: Floats, h: float) -> list[Floats]:
        """Extrapolated central differences of every output along v, of order h⁴."""

        def central(h: float) -> list[Floats]:
            up, down = (self.run(self.moved(k, s * v), None).Y for s in (h, -h))
            return [(a - b) / (2 * h) for a, b in zip(up, down, strict=True)]

        return [(4 * fine - coarse) / 3 for coarse, fine in zip(central(h), central(h / 2), strict=True)]

    def complex_step(self, k: int, v: Floats, *, ordered: bool = False) -> list[Floats] | None:
        """Im f(x + ihv)/h of every output, v moving one value; None where the code is not analytic, or not all the way.

        ordered : by complex numbers with an order and an absolute value of their own, and with constructors replaced.
        """
        return self._imaginary(self.moved(k, 1j * COMPLEX_STEP * v), ordered)

    def complex_step_along(self, v: list[Floats], *, ordered: bool = False) -> list[Floats] | None:
        """The same with all values moved at once."""
        return self._imaginary([self.moved(k, 1j * COMPLEX_STEP * vk)[k] for k, vk in enumerate(v)], ordered)

    def other_step(self, v: list[Floats]) -> list[Floats] | None:
        """That by ordered numbers, if something was called that NumPy's own complex numbers take another way.

        Its abs, var and norm drop an imaginary part, of which differences do not see a little.
        """
        D = self.complex_step_along(v, ordered=True)
        return D if D is not None and Step.differs and all(np.isfinite(d).all() for d in D) else None

    def _imaginary(self, moved: list[Any], ordered: bool) -> list[Floats] | None:
        values = self.values_or(moved)
        replaced = buffers() if ordered else contextlib.nullcontext()
        with self.seeded(), warnings.catch_warnings(), np.errstate(all="ignore"), replaced:
            warnings.simplefilter("error", np.exceptions.ComplexWarning)
            try:
                if ordered:
                    values = [np.asarray(x, complex).view(Step) if isinstance(x, np.ndarray) else x for x in values]
                args, kwargs = self.problem.fresh(values)
                Y, _ = self.problem.apart.forward(args, kwargs)
                found = [y.view(np.ndarray) for y in outputs(Y)]
            except Exception:
                return None
        if not any(np.iscomplexobj(y) for y in found):
            return None
        return [np.imag(y) / COMPLEX_STEP for y in found]


def copied(v: Any) -> Any:
    """A copy of an array that keeps its layout; of a number, the number."""
    return v.copy(order="K") if isinstance(v, np.ndarray) else v


def paired(a: list[Floats], b: list[Floats]) -> tuple[float, float]:
    """Σ a b over all entries of all arrays, and Σ |a b|, the size against which its rounding is measured."""
    products = [np.asarray(x, float) * np.asarray(y, float) for x, y in zip(a, b, strict=True)]
    return float(sum(p.sum() for p in products)), float(sum(np.abs(p).sum() for p in products))


def relative(c: list[Floats], D: list[Floats], g: Floats, v: Floats) -> float:
    """|⟨c, D⟩ − ⟨g, v⟩| relative to the sizes of the terms, summed."""
    left, left_size = paired(c, D)
    right, right_size = paired([g], [v])
    error = abs(left - right)
    return 0.0 if error == 0 else error / max(left_size + right_size, SMALL)


def _evened(y: Floats) -> Floats:
    """The sizes of entries, none taken for less than a thousandth of the largest: the last digits of sums hide below."""
    return np.maximum(np.abs(y), 1e-3 * (float(np.max(np.abs(y), initial=0.0)) or 1.0))


def cotangents(Y: list[Floats], R: list[Floats]) -> list[list[Floats]]:
    """R, all ones, one entry of each, R turned and scaled by 2^20, by 2^-20, and one nobody can foresee that evens out Y."""
    ones = []
    for k, y in enumerate(Y):
        if y.size:
            one = [np.zeros(other.shape) for other in Y]
            one[k].reshape(-1)[-1] = 1.0
            ones.append(one)
    other = np.random.default_rng()
    return [
        R,
        [np.ones(y.shape) for y in Y],
        *ones,
        [r * -(2.0**20) for r in R],
        [r * 2.0**-20 for r in R],
        [other.normal(size=y.shape) / _evened(y) for y in Y],
    ]


def is_usual(c: list[Floats]) -> bool:
    """Whether a cotangent is no very large and no very small one, for which a gradient may well overflow."""
    return 2.0**-10 < max((float(np.max(np.abs(part), initial=0.0)) for part in c), default=0.0) < 2.0**10
