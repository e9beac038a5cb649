"""Elimination in F_p(i), of few rows and of many, against products."""

import numpy as np
import pytest

from numpy_lora.exact import NotExact
from numpy_lora.exact.elimination import FEW, _eliminated, solved
from numpy_lora.exact.residues import Element, field_of
from tests.exact.points import same

FIELD = field_of(0)


def drawn(*shape, imaginary=False, seed=0):
    rng = np.random.default_rng([seed, *shape])
    parts = [rng.integers(0, FIELD.p, shape, np.uint64) for _ in range(2)]
    return Element(parts[0], parts[1] if imaginary else None)


def turned(n):
    """The rows of a unit matrix, from below: neither of its halves is there."""
    return Element(np.eye(n, dtype=np.uint64)[::-1].copy())


@pytest.mark.parametrize("n", [1, 5, FEW, 2 * FEW + 3, 3 * FEW])
@pytest.mark.parametrize(("left", "right"), [(False, False), (True, False), (False, True), (True, True)])
def test_a_solution_solves_and_halves_are_the_whole(n, left, right):
    a, b = drawn(n, n, imaginary=left), drawn(n, 3, imaginary=right)
    x, det = solved(FIELD, a, b)
    assert same(FIELD.matmul(a, x), b)
    whole = _eliminated(FIELD, a, b)
    assert same(x, whole[0])
    assert same(det, whole[1])


@pytest.mark.parametrize("n", [4, 2 * FEW])
def test_a_half_may_be_singular_where_the_whole_is_not(n):
    b = drawn(n, 2)
    x, det = solved(FIELD, turned(n), b)
    assert same(x, Element(b.re[::-1]))
    assert det.re == (1 if n // 2 % 2 == 0 else FIELD.p - 1)


@pytest.mark.parametrize("n", [3, 2 * FEW])
def test_a_singular_matrix_is_refused(n):
    a = drawn(n, n)
    a.re[-1] = (a.re[0] + a.re[1]) % FIELD.p
    with pytest.raises(NotExact, match="singular in the field"):
        solved(FIELD, a, drawn(n, 1))


def test_a_stack_is_solved_one_by_one():
    a, b = drawn(2, 3, 4, 4), drawn(2, 3, 4, 2)
    x, det = solved(FIELD, a, b)
    assert same(FIELD.matmul(a, x), b)
    assert det.re.shape == (2, 3)
    assert same(Element(x.re[1, 2]), solved(FIELD, Element(a.re[1, 2]), Element(b.re[1, 2]))[0])
    nothing, none = solved(FIELD, drawn(0, 4, 4), drawn(0, 4, 2))
    assert (nothing.re.shape, none.re.shape) == ((0, 4, 2), (0,))
