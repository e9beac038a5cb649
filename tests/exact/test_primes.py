"""The primes of the fields against a sieve and Miller and Rabin with more bases."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numpy_lora.exact import primes
from numpy_lora.exact.primes import is_safe_prime, own_prime, sophie_germain, square_root

SQUARES = (2, 3, 5, 7, 11, 13)


def is_prime(n):
    """Miller and Rabin with the first twelve primes for bases: certain below 3·10^24."""
    small = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37)
    if n < 2 or any(n % s == 0 for s in small):
        return n in small
    odd, twos = n - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    for base in small:
        x = pow(base, odd, n)
        if x not in (1, n - 1) and not any((x := x * x % n) == n - 1 for _ in range(twos - 1)):
            return False
    return True


def test_miller_and_rabin_agree_with_the_sieve():
    composite = {k * n for k in range(2, 64) for n in range(2, 2100)}
    assert [n for n in range(2, 4096) if primes.is_prime(n)] == [n for n in range(2, 4096) if n not in composite]


STRONG_PSEUDOPRIMES = [2047, 1373653, 25326001]  # to the bases 2; 2 and 3; 2, 3 and 5


@given(st.integers(0, 2**31) | st.sampled_from(STRONG_PSEUDOPRIMES))
def test_few_bases_suffice_below_2_to_the_31(n):
    assert primes.is_prime(n) == is_prime(n)


@given(st.integers(2**28, 2**29).map(lambda k: 2 * k + 1).filter(is_prime))
def test_a_safe_prime_is_one(q):
    assert is_safe_prime(2 * q + 1) == is_prime(2 * q + 1)


@pytest.mark.parametrize("seed", range(5))
def test_the_primes_drawn_are_of_their_kind(seed):
    drawn = sophie_germain(np.random.default_rng(seed), 6)
    assert len(drawn) == 6
    for q in drawn:
        p = 2 * q + 1
        assert 2**29 < q < 2**30
        assert p % 4 == 3
        assert is_prime(q)
        assert is_prime(p)
        assert all(pow(s, (m - 1) // 2, m) == 1 for s in SQUARES for m in (q, p))


@given(st.sampled_from([3, 5, 13, 17, 97, 193, own_prime(0), 2 * own_prime(0) + 1]), st.integers(0, 10**12))
def test_square_root_is_a_root_or_there_is_none(m, a):
    root = square_root(a, m)
    assert (root is None) == (a % m != 0 and pow(a, (m - 1) // 2, m) == m - 1)
    assert root is None or (root * root % m == a % m and root <= m // 2)
