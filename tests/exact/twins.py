"""One call written once, made of exact numbers and of floats: the same shadows, the values and tangents that these stand for."""

import inspect
from fractions import Fraction
from itertools import pairwise

import numpy as np

from numpy_lora.exact import Exact, NotExact, Run
from numpy_lora.exact.records import load
from numpy_lora.exact.residues import Element
from tests.exact.differentials import tangents_for
from tests.exact.points import assert_in_step, assert_near, of, outcome, residues, same, shadow, tangent_of

RIGHT, REFUSED, UNDEFINED = "right", "refused", "undefined"


def plain(x, step=0.0):
    """Floats for rational numbers, moved along their tangents."""
    return np.asarray(np.array(x, object).astype(float) + step * tangents_for(x).astype(float))


def parts(result):
    """The arrays of a result, one after the other."""
    if isinstance(result, tuple | list):
        return [part for entry in result for part in parts(entry)]
    return [result]


def outcome_of_twins(f):
    """Assert that f(m), m making the numbers, is the same over exact numbers as over floats, or refused.

    Returns
    -------
    RIGHT, REFUSED, or UNDEFINED where NumPy raises.
    """
    with np.errstate(all="ignore"):
        try:
            expected = parts(f(plain))
        except Exception:
            expected = None
    with Run(0, dual=True) as run:
        result = outcome(f, lambda x: of(run, x, tangents_for(x))) if expected is not None else outcome_or_error(f, run)
        if result is NotExact or run.broken is not None:
            return REFUSED
        if expected is None:
            return UNDEFINED
        got = parts(result)
        assert len(got) == len(expected)
        slopes = _slopes(f) if any(isinstance(a, Exact) for a in got) else [None] * len(got)
        for a, b, slope in zip(got, expected, slopes, strict=True):
            if not isinstance(a, Exact):
                assert np.array_equal(a, b) if isinstance(a, np.ndarray) else a == b
                continue
            assert a.shape == np.shape(b)
            assert_near(shadow(a), b, 256)
            assert_in_step(run, a, 256)
            assert_tangent(run, a, slope)
        return RIGHT


def outcome_or_error(f, run):
    """Where NumPy itself refuses, whatever happens but a number."""
    try:
        return outcome(f, lambda x: of(run, x, tangents_for(x)))
    except Exception:
        return None


def assert_twins(f):
    """The same over exact numbers as over floats, and not refused."""
    assert outcome_of_twins(f) == RIGHT


def assert_tangent(run, a, slope):
    """The tangent of every entry is the simple rational near the derivative of the floats."""
    rational = np.vectorize(lambda x: Fraction(x).limit_denominator(10_000), otypes=[object])(slope)
    assert np.max(np.abs(rational.astype(float) - slope), initial=0.0) <= 1e-8 * max(1.0, np.max(np.abs(slope), initial=0.0))
    assert same(tangent_of(run, a), Element(residues(rational, run.field.p) if rational.size else load(run, a).v.re))


def _slopes(f):
    """Derivatives along the tangents, by central differences extrapolated three times."""
    table = []
    for k in range(4):
        h = 2.0 ** -(7 + k)
        ahead, behind = (parts(f(lambda x, s=s, h=h: plain(x, s * h))) for s in (1, -1))
        pairs = zip(ahead, behind, strict=True)
        table.append([None if np.asarray(a).dtype.kind != "f" else (a - b) / (2 * h) for a, b in pairs])
    for order in (4, 16, 64):
        table = [[_better(order, a, b) for a, b in zip(*two, strict=True)] for two in pairwise(table)]
    return table[0]


def _better(order, coarse, fine):
    return None if coarse is None else (order * fine - coarse) / (order - 1)


# --- every way to pass every argument


def variants(func, args, values, extra=(), call=None):
    """Calls of a function: every argument by name, each optional one by name and in its place, at all values given.

    Parameters
    ----------
    args : what is passed, made by m, in the order of the signature.
    values : for the name of each optional argument, functions of m and of the result that give a value.
    extra : the same for names that the signature does not tell.
    call : what is called in the place of func.

    Yields
    ------
    name, call : the call as a function of m and of the result without that option.
    """
    parameters = list(inspect.signature(func).parameters.values())
    call = call or func
    named = [p for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]
    if len(named) == len([p for p in parameters if p.kind is not p.KEYWORD_ONLY and p.kind is not p.VAR_KEYWORD]):
        names = [p.name for p in parameters]
        yield "all by name", lambda m, _: call(**dict(zip(names, args(m), strict=False)))
    for place, p in enumerate(parameters):
        if p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD) or p.default is p.empty:
            continue
        between = [q.default for q in parameters[len(args(plain)) : place]]
        given = place < len(args(plain)) and p.kind is not p.KEYWORD_ONLY
        for n, value in enumerate(values[p.name] if not given else ()):
            if p.kind is not p.POSITIONAL_ONLY:
                yield f"{p.name}= {n}", lambda m, r, p=p, value=value: call(*args(m), **{p.name: value(m, r)})
            if p.kind is not p.KEYWORD_ONLY:
                yield f"{p.name} {n}", lambda m, r, value=value, between=between: call(*args(m), *between, value(m, r))
    for name in extra:
        for n, value in enumerate(values[name]):
            yield f"{name}= {n}", lambda m, r, name=name, value=value: call(*args(m), **{name: value(m, r)})
