"""The first runs of an op: what it gives, and its manners. Does it change its arguments, is it random, does it keep state?"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .diagnosis import close
from .plain import SLOW, TOLERANCE_FLOAT32, Floats, Plain, cotangent, outputs
from .problem import Outcome, Problem
from .report import WORDS, Failure
from .trees import leaves, mapped, name_of
from .trouble import Trouble


@dataclass
class Manners:
    """What was noticed: notes for the report's `why`, failures, and whether float32 is about."""

    notes: list[str] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    float32: bool = False
    float32_arguments: bool = False


def first_run(problem: Problem, rng: np.random.Generator) -> tuple[Plain, list[Floats], list[Floats], list[Floats], Manners]:
    """Run the op, find its slots, and run it again: (plain, cotangents, outputs, gradients, manners)."""
    manners = Manners()
    narrow = _widened(problem)
    state = _global_state()
    if narrow and not _runs(problem):
        problem.narrow = {path: leaf.dtype for path, leaf in narrow.items()}
        manners.notes.append("cannot be run in float64: judged in the precision given")
    args, kwargs = problem.fresh()
    before = {path: leaf.tobytes() for path, leaf in leaves(_by_name(problem, args, kwargs)) if isinstance(leaf, np.ndarray)}
    Y, pullback = problem.forward(args, kwargs)
    found = [y.copy() for y in outputs(Y)]
    R = [rng.normal(size=y.shape) for y in found]
    dY = [r.copy() for r in R]
    raw = pullback(cotangent(Y, dY))
    gradients = [_array(g, label) for g, label in zip(problem.matched(raw), problem.labels, strict=True)]
    gradients = [g.copy() for g in gradients]
    plain = Plain(problem, problem.values(), np.random.default_rng())  # directions that nobody can foresee
    _finite(problem, found, gradients)
    _types(problem, gradients, manners)
    after = dict(leaves(_by_name(problem, args, kwargs)))
    changed = [name_of(path) for path, data in before.items() if after[path].tobytes() != data]
    if changed:
        manners.notes.append(f"changes its argument {', '.join(changed)} in place: judged on copies")
    if any(not np.array_equal(r, d) for r, d in zip(R, dY, strict=True)):
        manners.notes.append("changes dY in place: judged on copies")
    now = _global_state()
    plain.reseed = state != now
    if plain.reseed:
        manners.notes.append("draws from NumPy's global random numbers: seeded anew before every run")
        again = plain.run(None, R)
        found, gradients = again.Y, again.gradients
    start = time.perf_counter()
    _same_again(plain, R, found, gradients, manners)
    plain.slow = time.perf_counter() - start > SLOW  # not the first run, which may import what it needs
    if narrow:
        manners.float32 = manners.float32_arguments = True
    if narrow and not problem.narrow:
        _in_float32(plain, narrow, R, gradients, manners)
    return plain, R, found, gradients, manners


def _by_name(problem: Problem, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    return dict(zip(problem.names, args, strict=True)) | kwargs


def _runs(problem: Problem) -> bool:
    try:
        Y, pullback = problem.forward(*problem.fresh())
        pullback(cotangent(Y, [np.ones(y.shape) for y in outputs(Y)]))
    except Exception:
        return False
    return True


def _global_state() -> tuple[bytes, int]:
    """Where NumPy's global random numbers stand."""
    state: Any = np.random.get_state()
    return state[1].tobytes(), state[2]


def _widened(problem: Problem) -> dict[tuple[str, ...], Any]:
    """Put float64 in the place of narrower arguments; the narrow ones by path."""
    narrow: dict[tuple[str, ...], Any] = {}

    def wide(path: tuple[str, ...], leaf: Any) -> Any:
        if isinstance(leaf, np.ndarray) and leaf.dtype.kind == "f" and leaf.dtype.itemsize < 8:
            narrow[path] = leaf
            return leaf.astype(float)
        return leaf

    tree = mapped(wide, problem.arguments)
    problem.args = tuple(tree[name] for name in problem.names)
    problem.kwargs = {name: tree[name] for name in problem.kwargs}
    return narrow


def _array(g: Any, label: str) -> Floats:
    array = np.asarray(g)
    if array.dtype.kind not in "fciub":
        raise Trouble(f"{label}: expected an array of floats, got {type(g).__name__}")
    return array


def _finite(problem: Problem, Y: list[Floats], gradients: list[Floats]) -> None:
    if not all(np.isfinite(y).all() for y in Y):
        raise Trouble("Y: not finite at the values given (NaN or infinity)")
    for g, label in zip(gradients, problem.labels, strict=True):
        if not np.isfinite(g).all():
            raise Trouble(f"{label}: not finite at the values given (NaN or infinity)")


def _types(problem: Problem, gradients: list[Floats], manners: Manners) -> None:
    for g, label in zip(gradients, problem.labels, strict=True):
        if g.dtype.kind == "c":
            manners.failures.append(Failure(label, (), "float64", str(g.dtype), None, "dtype", None, WORDS["dtype"]))
        if g.dtype.kind == "f" and g.dtype.itemsize < 8:
            manners.float32 = True


def _same_again(plain: Plain, R: list[Floats], Y: list[Floats], gradients: list[Floats], manners: Manners) -> None:
    """A fresh forward and backward pass on equal arguments gives equal values; the same backward, called again, may not."""
    with plain.seeded():
        tree, pullback = plain.forward(None)
        again = Outcome([y.copy() for y in outputs(tree)], plain.pulled(pullback, tree, R))
        if not (_equal(Y, again.Y) and _equal(gradients, again.gradients)):
            manners.failures += _accumulated(plain, R, Y, gradients, again)
        elif not plain.reseed:
            manners.notes += _called_again(lambda: plain.pulled(pullback, tree, R), gradients)


def _accumulated(plain: Plain, R: list[Floats], Y: list[Floats], gradients: list[Floats], again: Outcome) -> list[Failure]:
    """The gradients that grow by themselves from one run to the next.

    Raises
    ------
    Trouble : none does; the op is random, or keeps another state.
    """
    if not _equal(Y, again.Y):
        raise Trouble("gives other values on equal arguments: it is random on each call, or keeps state between calls")
    third = plain.run(None, R).gradients
    found = []
    for label, a, b, c in zip(plain.problem.labels, gradients, again.gradients, third, strict=True):
        if not np.array_equal(a, b) and close(b - a, a) and close(c - b, a):
            index = tuple(int(k) for k in np.unravel_index(int(np.abs(b - a).argmax()), a.shape))
            found.append(Failure(label, index, float(a[index]), float(b[index]), 2.0, "accumulated", None, WORDS["accumulated"]))
    if not found:
        raise Trouble("gives other values on equal arguments: it keeps state between calls")
    return found


def _called_again(pulled: Callable[[], list[Floats]], gradients: list[Floats]) -> list[str]:
    """What a second call of the same backward is like, where it is not like the first."""
    try:
        second = pulled()
    except Exception:
        return ["backward may be called only once: judged on fresh forward passes"]
    if _equal(gradients, second):
        return []
    grown = all(np.array_equal(a, b) or close(b, 2 * a) for a, b in zip(gradients, second, strict=True))
    told = "accumulates" if grown else "gives other gradients"
    return [f"a second call of backward {told}: judged on fresh forward passes"]


def _equal(a: list[Floats], b: list[Floats]) -> bool:
    return all(np.array_equal(x, y) for x, y in zip(a, b, strict=True))


def _in_float32(plain: Plain, narrow: dict[Any, Any], R: list[Floats], gradients: list[Floats], manners: Manners) -> None:
    """The op on the narrow arguments that were given: the same gradients, in their precision."""
    problem = plain.problem
    args, kwargs = problem.fresh()
    tree = mapped(lambda path, leaf: narrow[path].copy() if path in narrow else leaf, _by_name(problem, args, kwargs))
    args = tuple(tree[name] for name in problem.names)
    kwargs = {name: tree[name] for name in kwargs}
    Y, pullback = problem.forward(args, kwargs)
    typed = [r.astype(np.asarray(y).dtype) for r, y in zip(R, outputs(Y), strict=True)]
    found = [np.asarray(g) for g in problem.matched(pullback(cotangent(Y, typed)))]
    kinds = sorted({str(a.dtype) for a in narrow.values()})
    coarsest = max(float(np.finfo(kind).eps) for kind in kinds)
    for label, slot, wide, g in zip(problem.labels, problem.slots, gradients, found, strict=True):
        wanted = narrow[slot].dtype if slot in narrow else np.dtype(float)
        promoted = any(np.asarray(y).dtype.itemsize > wanted.itemsize for y in outputs(Y))  # then so may the gradient be
        if g.dtype.kind in "fc" and slot in narrow and g.dtype != wanted and not promoted:
            manners.failures.append(Failure(label, (), str(wanted), str(g.dtype), None, "dtype", None, WORDS["dtype"]))
        elif not close(g.astype(float), wide, max(TOLERANCE_FLOAT32, 64 * coarsest)):
            told = ("as in float64", f"another value in {', '.join(kinds)}")
            manners.failures.append(Failure(label, (), *told, None, "other", None, WORDS["other"]))


def same_once_more(plain: Plain, R: list[Floats], Y: list[Floats], g: list[Floats]) -> None:
    """Before an op is refuted: does it give the same again, and again? Few entries may agree by chance.

    Raises
    ------
    Trouble : it does not.
    """
    for _ in range(8):
        again = plain.run(None, R)
        if not (_equal(Y, again.Y) and _equal(g, again.gradients)):
            raise Trouble("gives other values on equal arguments: it is random on each call, or keeps state between calls")


def same_at_the_end(untouched: Problem | None, plain: Plain, R: list[Floats], Y: list[Floats], g: list[Floats]) -> None:
    """After all the calls the op gives what it gave at first, and elsewhere what an untouched copy of it gives there.

    Raises
    ------
    Trouble : it does not; it keeps state between calls.
    """
    last = plain.run(None, R)
    pairs = [(last.Y, Y), (last.gradients, g)]
    if untouched is not None:
        untouched.slots, untouched.labels = plain.problem.slots, plain.problem.labels
        untouched.args, untouched.kwargs, untouched.narrow = plain.problem.args, plain.problem.kwargs, plain.problem.narrow
        moved: list[Any] = [np.asarray(v) * (1 + 2.0**-7) + 2.0**-7 for v in plain.values]
        try:
            used = plain.run(moved, R)
            with untouched.classes.put_back() if untouched.classes else contextlib.nullcontext():
                apart = Plain(untouched, moved, plain.rng, reseed=plain.reseed).run(None, R)
            pairs += [(apart.Y, used.Y), (apart.gradients, used.gradients)]
        except Exception:
            pairs = pairs[:2]
    if not all(np.array_equal(a, b, equal_nan=True) for x, y in pairs for a, b in zip(x, y, strict=True)):
        raise Trouble("keeps state between calls: what it gives depends on the calls before")
