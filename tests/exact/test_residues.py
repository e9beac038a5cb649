"""Rings and fields of residues against Python's integers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from numpy_lora.exact.residues import (
    Element,
    field_of,
    inverse,
    mixed,
    power,
    product,
)

FIELDS = [field_of(choice) for choice in range(0, 16, 5)]
F = FIELDS[0]


def words(m, shape):
    edges = st.sampled_from([0, 1, 2, m - 1, m - 2, m // 2, 2**16, 2**30])
    return arrays(np.uint64, shape, elements=edges | st.integers(0, m - 1))


@st.composite
def elements(draw, n=1, p=F.p, shape=None):
    """So many arrays of elements of one shape; the imaginary part may be missing."""
    shape = draw(array_shapes(min_side=0, max_side=4, max_dims=2)) if shape is None else shape
    return [Element(draw(words(p, shape)), draw(st.none() | words(p, shape))) for _ in range(n)]


def pairs(a):
    """Python's integers (re, im), entry by entry."""
    im = np.zeros_like(a.re) if a.im is None else np.broadcast_to(a.im, a.re.shape)
    return [(int(x), int(y)) for x, y in zip(a.re.reshape(-1), im.reshape(-1), strict=True)]


def times(a, b, p):
    return ((a[0] * b[0] - a[1] * b[1]) % p, (a[0] * b[1] + a[1] * b[0]) % p)


# --- residues


@given(st.sampled_from([F.p, F.q]).flatmap(lambda m: st.tuples(st.just(m), words(m, array_shapes(min_side=0, max_side=9)))))
def test_inverse_is_pythons_and_zero_for_zero(case):
    m, a = case
    assert inverse(a, m).tolist() == np.vectorize(lambda x: pow(int(x), -1, m) if x else 0, otypes=[np.uint64])(a).tolist()


@given(words(F.q, 3), st.integers(0, 10**12))
def test_power_is_pythons(a, k):
    assert power(a, k, F.q).tolist() == [pow(x, k, F.q) for x in a.tolist()]


@given(st.tuples(st.integers(1, 4), st.integers(0, 5), st.integers(1, 4), st.sampled_from([(), (2,)])), st.data())
def test_product_is_that_of_pythons_integers(sizes, data):
    n, k, m, stack = sizes
    a, b = data.draw(words(F.p, (*stack, n, k))), data.draw(words(F.p, (*stack, k, m)))
    assert np.array_equal(product(a, b, F.p), (a.astype(object) @ b.astype(object)) % F.p if k else np.zeros((*stack, n, m)))


@given(st.integers(1, 3), st.integers(1, 3), st.data())
def test_products_of_stacks_have_a_modulus_each(n, k, data):
    a, b = data.draw(words(F.q, (2, n, k))), data.draw(words(F.q, (2, k, 2)))
    moduli = np.array([F.p, F.q], np.uint64).reshape(2, 1, 1)
    assert np.array_equal(product(a, b, moduli), [product(a[0], b[0], F.p), product(a[1], b[1], F.q)])


@given(st.integers(1, 3), st.data())
def test_a_matrix_meets_every_matrix_of_a_stack(n, data):
    a, b = data.draw(words(F.p, (3, 2, n))), data.draw(words(F.p, (n, 4)))
    assert np.array_equal(product(a, b, F.p), [product(part, b, F.p) for part in a])
    assert np.array_equal(product(b.T, a.swapaxes(1, 2), F.p), [product(b.T, part.T, F.p) for part in a])


@pytest.mark.parametrize("k", [1, 63, 64, 65, 2**10, 2**18])
def test_product_does_not_round_however_long_the_sum(k):
    largest = F.p - 1
    low = 0x3FFDFFFF  # every bit set in its low parts
    a = np.full((1, k), low, np.uint64)
    b = np.full((k, 2), largest, np.uint64)
    b[:, 1] = np.arange(k) % low
    expected = [k * low * largest % F.p, low * (k * (k - 1) // 2) % F.p]
    assert product(a, b, F.p).tolist() == [expected]
    assert product(b.T.copy(), a.T.copy(), F.p).T.tolist() == [expected]


def test_product_refuses_sums_that_could_round():
    long = np.zeros((2, 2**18 + 1), np.uint64)
    with pytest.raises(ValueError, match=r"inner length: expected at most 262144, got 262145"):
        product(long, long.T, F.p)


@given(st.lists(words(2**63, 4), min_size=2, max_size=4), st.data())
def test_a_hash_depends_on_every_word_and_on_nothing_else(many, data):
    k = data.draw(st.integers(0, len(many) - 1))
    bit = np.uint64(1) << np.uint64(data.draw(st.integers(0, 63)))
    other = [word ^ bit if j == k else word for j, word in enumerate(many)]
    assert np.array_equal(mixed(*many), mixed(*(word.copy() for word in many)))
    assert (mixed(*many) != mixed(*other)).all()


# --- the field


@given(st.sampled_from(FIELDS), st.data())
def test_sums_products_and_opposites_are_those_of_integers(f, data):
    a, b = data.draw(elements(2, f.p))
    p = f.p
    x, y = pairs(a), pairs(b)
    assert pairs(f.add(a, b)) == [((s[0] + t[0]) % p, (s[1] + t[1]) % p) for s, t in zip(x, y, strict=True)]
    assert pairs(f.sub(a, b)) == [((s[0] - t[0]) % p, (s[1] - t[1]) % p) for s, t in zip(x, y, strict=True)]
    assert pairs(f.mul(a, b)) == [times(s, t, p) for s, t in zip(x, y, strict=True)]
    assert pairs(f.neg(a)) == [(-s[0] % p, -s[1] % p) for s in x]
    assert f.norm(a).reshape(-1).tolist() == [(s[0] ** 2 + s[1] ** 2) % p for s in x]


@given(elements(3))
def test_the_laws_of_a_ring(abc):
    a, b, c = abc
    assert pairs(F.mul(a, F.add(b, c))) == pairs(F.add(F.mul(a, b), F.mul(a, c)))
    assert pairs(F.mul(F.mul(a, b), c)) == pairs(F.mul(a, F.mul(b, c)))
    assert pairs(F.add(F.add(a, b), c)) == pairs(F.add(a, F.add(b, c)))
    assert pairs(F.mul(a, b)) == pairs(F.mul(b, a))
    assert pairs(F.add(F.sub(a, b), b)) == pairs(F.add(a, Element(np.zeros_like(a.re))))


@given(elements())
def test_a_number_times_its_inverse_is_one(drawn):
    (a,) = drawn
    expected = [(1, 0) if pair != (0, 0) else (0, 0) for pair in pairs(a)]
    assert pairs(F.mul(a, F.inv(a))) == expected


@given(elements(shape=(2,)), st.integers(-6, 40))
def test_powers_are_repeated_products(drawn, k):
    (a,) = drawn
    base = pairs(a if k >= 0 else F.inv(a))
    expected = [(1, 0)] * 2
    for _ in range(abs(k)):
        expected = [times(x, y, F.p) for x, y in zip(expected, base, strict=True)]
    assert pairs(F.pow(a, k)) == expected


@given(st.data())
def test_matrix_products_are_those_of_gaussian_integers(data):
    n, k, m = (data.draw(st.integers(1, 3)) for _ in range(3))
    (a,), (b,) = data.draw(elements(shape=(n, k))), data.draw(elements(shape=(k, m)))
    re, im = (np.array([pair[part] for pair in pairs(a)], object).reshape(n, k) for part in (0, 1))
    bre, bim = (np.array([pair[part] for pair in pairs(b)], object).reshape(k, m) for part in (0, 1))
    expected = Element((re @ bre - im @ bim) % F.p, (re @ bim + im @ bre) % F.p)
    assert pairs(F.matmul(a, b)) == pairs(expected)


# --- roots


@given(st.sampled_from(FIELDS), st.data())
def test_every_number_of_the_prime_field_has_a_root(f, data):
    a = Element(data.draw(words(f.p, 5)))
    root, ok = f.sqrt(a)
    assert ok.all()
    assert pairs(f.mul(root, root)) == pairs(a)


@given(words(F.p, 4), words(F.p, 4))
def test_roots_of_squares_multiply(a, b):
    squares = [Element(x * x % F.p) for x in (a, b)]
    ra, rb, rab = (F.sqrt(x)[0] for x in (*squares, F.mul(*squares)))
    assert pairs(F.mul(ra, rb)) == pairs(rab)


@given(st.sampled_from(FIELDS), st.integers(1, 2**31))
def test_the_root_of_the_opposite_of_a_square_is_i_times_its_root(f, x):
    square = Element(np.array([x * x % f.p], np.uint64))
    assert pairs(f.sqrt(f.neg(square))[0]) == [(0, re) for re, _ in pairs(f.sqrt(square)[0])]


@given(elements(shape=(4,)), st.integers(0, 3))
def test_a_root_is_one_where_it_says_so_and_the_same_alone(drawn, k):
    (a,) = drawn
    root, ok = F.sqrt(a)
    has_root = [pow(re * re + im * im, F.q, F.p) in (0, 1) for re, im in pairs(a)]
    assert ok.tolist() == has_root
    assert [x for x, fine in zip(pairs(F.mul(root, root)), ok, strict=True) if fine] == [
        x for x, fine in zip(pairs(a), ok, strict=True) if fine
    ]
    alone, fine = F.sqrt(Element(a.re[k : k + 1], None if a.im is None else a.im[k : k + 1]))
    assert fine[0] == ok[k]
    assert not fine[0] or pairs(alone) == pairs(root)[k : k + 1]


# --- exponentials


@given(st.sampled_from(FIELDS), st.data())
def test_exp_takes_sums_to_products(f, data):
    a, b = data.draw(words(f.q, 3)), data.draw(words(f.q, 3))
    assert f.exp(a).tolist() == [pow(4, x, f.p) for x in a.tolist()]
    assert np.array_equal(f.exp((a + b) % f.q), f.exp(a) * f.exp(b) % f.p)


@pytest.mark.parametrize("f", FIELDS, ids=range(len(FIELDS)))
def test_the_generator_has_order_q(f):
    assert f.generator % f.p != 1
    assert pow(f.generator, f.q, f.p) == 1


def test_a_process_keeps_its_fields():
    assert len({field_of(choice).q for choice in range(16)}) >= 12  # drawn independently
    assert [field_of(choice).q for choice in range(16)] == [field_of(choice + 16).q for choice in range(16)]
