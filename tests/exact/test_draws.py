"""Random exact numbers: free in value, exponent and tangent, bound to their shadows alone."""

import numpy as np
import pytest

from numpy_lora.exact import Run, agree, draw, equal, pairing
from numpy_lora.exact.draws import taken_apart
from numpy_lora.exact.records import load
from numpy_lora.exact.residues import Element
from tests.exact.points import of, shadow, tangent_of

X = np.array([[1.5, 0.0, -2.25], [1e-300, 1e300, -0.0]])


def rng(seed=0):
    return np.random.default_rng(seed)


def test_shadows_are_as_given_and_residues_are_free():
    with Run(0, dual=True) as run:
        a, b = draw(run, rng(), X, zeros=False), draw(run, rng(1), X, zeros=False)
        assert np.array_equal(shadow(a), X)
        for n, m in ((load(run, a), load(run, b)),):
            for left, right, modulus in ((n.v.re, m.v.re, run.field.p), (n.e, m.e, run.field.q), (n.t.re, m.t.re, run.field.p)):
                assert not (left == right).any()
                assert (left < modulus).all()
                assert len(np.unique(left)) == X.size
        assert n.v.im is None
        assert not (n.v.re == n.t.re).any()


def test_zeros_stay_the_number_zero_unless_they_move():
    with Run(0, dual=True) as run:
        zero = np.where(X == 0)
        n = load(run, draw(run, rng(), X))
        assert not n.v.re[zero].any()
        assert not n.e[zero].any()
        assert n.t.re[zero].all()
        assert load(run, draw(run, rng(), X, zeros=False)).v.re[zero].all()


def test_signs_of_values_are_those_of_shadows():
    x = np.random.default_rng(0).normal(size=40)
    with Run(0) as run:
        a, b = draw(run, rng(), x, signed=True), draw(run, rng(1), x + 1, signed=True)
        assert equal(np.sqrt(a * a), np.abs(a)).all()
        assert equal(np.sqrt(np.abs(a)) * np.sqrt(np.abs(b)), np.sqrt(np.abs(a * b))).all()
        assert not equal(np.sqrt(a * a), a)[x < 0].any()
        assert (load(run, np.sqrt(a)).v.re == 0).tolist() == (x < 0).tolist()
        assert not equal(np.sqrt(a * a + b * b), np.abs(a) + np.abs(b)).any()
        free = draw(run, rng(), x)
        assert not equal(np.sqrt(free * free), np.abs(free)).all()


def test_which_entries_have_tangents_changes_no_other_draw():
    with Run(0, dual=True) as run:
        every, none, some = (draw(run, rng(), X, tangent=t) for t in (True, False, slice(1, 3)))
        assert equal(every, none).all()
        assert equal(every, some).all()
        full = tangent_of(run, every).re
        assert full.all()
        assert not tangent_of(run, none).re.any()
        expected = np.zeros(6, np.uint64)
        expected[1:3] = full.reshape(-1)[1:3]
        assert np.array_equal(tangent_of(run, some).re.reshape(-1), expected)


def test_a_plain_run_has_no_tangents_and_one_without_exponents_none():
    with Run(0, exponents=False) as run:
        a = draw(run, rng(), X)
        assert load(run, a).t is None
        assert load(run, a).e is None
    with Run(0, dual=True) as run:
        assert equal(draw(run, rng(), X), draw(run, rng(), X)).all()


@pytest.mark.parametrize("shape", [(), (0,), (2, 0, 3), (4,)])
def test_any_shape_can_be_drawn(shape):
    with Run(0, dual=True) as run:
        a = draw(run, rng(), np.ones(shape))
        assert a.shape == shape
        assert equal(a, a).shape == shape


def test_what_is_equal():
    with Run(0) as run:
        a = of(run, [1, 2, 3])
        assert equal(a, [1, 5, 3]).tolist() == [True, False, True]
        assert equal(a, np.array([1.0, 2.0, 4.0])).tolist() == [True, True, False]
        assert equal(a, a[::-1]).tolist() == [False, True, False]
        assert equal(a[0], 1)
        root = np.sqrt(draw(run, rng(), np.ones(8)))
        n = load(run, root)
        assert n.v.im.any()
        assert (agree(n, n._replace(v=Element(n.v.re))) == (n.v.im == 0)).all()


def test_a_pairing_is_the_sum_of_products():
    with Run(0, dual=True) as run:
        a, b = draw(run, rng(), X), np.sqrt(draw(run, rng(1), np.ones(X.shape)))
        n, m = load(run, a), load(run, b)
        expected = load(run, (a * b).sum()).v
        got = pairing(run, n.v, m.v)
        assert (int(got.re), int(got.im)) == (int(expected.re), int(expected.im))
        real = Element(n.v.re)
        plain = pairing(run, real, real)
        assert plain.im is None
        assert plain.re == sum(int(v) ** 2 for v in n.v.re.reshape(-1)) % run.field.p
        nothing = pairing(run, Element(n.v.re[:0]), Element(n.v.re[:0]))
        assert int(nothing.re) == 0


def test_what_is_taken_apart_stays_as_it_was():
    with Run(0, dual=True) as run:
        a = draw(run, rng(), X)
        n, before = taken_apart(run, a), [np.array(f) for f in (load(run, a).x, load(run, a).v.re, load(run, a).t.re)]
        a[...] = 7
        for kept, old in zip((n.x, n.v.re, n.t.re), before, strict=True):
            assert np.array_equal(kept, old)
