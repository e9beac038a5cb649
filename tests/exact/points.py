"""Exact arrays of given rational numbers, with given rational tangents, and what is to be compared with them."""

from fractions import Fraction

import numpy as np

from numpy_lora.exact import NotExact
from numpy_lora.exact.array import number, stored
from numpy_lora.exact.reading import mod
from numpy_lora.exact.records import Number, load
from numpy_lora.exact.residues import Element

residues = np.vectorize(lambda f, m: mod(Fraction(f), m), otypes=[np.uint64])


def of(run, x, tangent=None):
    """The numbers x (rational, nested lists or an object array); in a dual run with those tangents, or none."""
    x = np.asarray(x, object)
    p, q = run.field.p, run.field.q
    t = None if tangent is None or not run.dual else Element(residues(np.asarray(tangent, object), p))
    return stored(run, Number(x.astype(float), Element(residues(x, p)), residues(x, q) if run.exponents else None, t))


def shadow(a):
    """The floats of an exact array."""
    return np.array(a.view(np.ndarray))


def same(a, b):
    """Whether two arrays of elements are equal in the field."""
    zero = np.uint64(0)
    im = (zero if a.im is None else a.im) == (zero if b.im is None else b.im)
    return np.shape(a.re) == np.shape(b.re) and bool(np.all((a.re == b.re) & im))


def zero_like(element):
    return Element(np.zeros_like(element.re))


def tangent_of(run, a):
    """The tangent of an exact array, zero where there is none."""
    n = load(run, a)
    return zero_like(n.v) if n.t is None else n.t


def assert_holds(run, a, expected, exponents=True):
    """An exact array holds these rational numbers: value, exponent and shadow."""
    n = load(run, a)
    expected = np.asarray(expected, object)
    assert n.x.shape == expected.shape
    assert same(n.v, Element(residues(expected, run.field.p)))
    if exponents:
        assert np.array_equal(n.e, residues(expected, run.field.q))
    assert_near(n.x, expected.astype(float))


def assert_in_step(run, a, roundings=64):
    """The value of every entry is the simple rational that its shadow stands for."""
    n = load(run, a)
    assert np.isfinite(n.x).all()
    expected = np.vectorize(lambda x: Fraction(x).limit_denominator(10_000), otypes=[object])(n.x)
    assert_near(n.x, expected.astype(float), roundings)
    assert same(n.v, Element(residues(expected, run.field.p)))


def assert_near(got, expected, roundings=64):
    """Equal up to so many units in the last place of the largest entry."""
    got, expected = np.asarray(got), np.asarray(expected)
    assert got.shape == expected.shape
    finite = np.isfinite(expected)
    assert np.array_equal(got[~finite], expected[~finite], equal_nan=True)
    size = max(1.0, float(np.max(np.abs(expected[finite]), initial=0.0)))
    assert np.max(np.abs(got[finite] - expected[finite]), initial=0.0) <= roundings * 2.0**-53 * size


def outcome(f, *args, **kwargs):
    """What a call gives, or NotExact (the class) if it is refused."""
    try:
        return f(*args, **kwargs)
    except NotExact:
        return NotExact


def values_of(run, a):
    """The value of an argument, exact or plain, as an element."""
    return number(run, a).v
