"""The primes of the fields: p = 2q + 1, q prime too, of which small numbers are squares; and roots modulo a prime."""

from __future__ import annotations

from functools import cache, lru_cache

import numpy as np

# q = −1 mod 840 makes 2, 3, 5 and 7 squares mod q and mod p = 2q + 1: the roots that layers write down (1/√8, √(2/π)) then
# have an exponent, and need no i. 11 and 13 are asked for as well.
STEP = 840
ROOTS = (2, 3, 5, 7, 11, 13)


def is_prime(n: int) -> bool:
    """Whether n < 3 215 031 751 is prime (Miller and Rabin; these bases suffice: Jaeschke 1993)."""
    if n < 2 or any(n % d == 0 for d in ROOTS):
        return n in ROOTS
    odd, twos = n - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    for base in (2, 3, 5, 7):
        x = pow(base, odd, n)
        if x not in (1, n - 1) and not any((x := x * x % n) == n - 1 for _ in range(twos - 1)):
            return False
    return True


def is_safe_prime(p: int) -> bool:
    """Whether p = 2q + 1 is prime, q > √p being prime: 2^(p−1) = 1 and 2² − 1 is invertible (Pocklington's criterion)."""
    return p % 3 != 0 and pow(2, p - 1, p) == 1


def sophie_germain(draw: np.random.Generator, n: int) -> list[int]:
    """n primes q in [2^29, 2^30) with p = 2q + 1 prime and 2, 3, 5, 7, 11, 13 squares mod both, from random places."""
    found: list[int] = []
    small = [d for d in range(11, 400) if all(d % e for e in range(2, int(d**0.5) + 1))]
    while len(found) < n:
        k = np.arange(4096) + int(draw.integers(2**29 // STEP + 1, 2**30 // STEP - 4096))
        q = k * STEP - 1
        for d in small:
            q = q[(q % d != 0) & ((2 * q + 1) % d != 0)]
        good = [int(c) for c in q if is_prime(int(c)) and is_safe_prime(2 * int(c) + 1)]
        found += [c for c in good if all(pow(r, (m - 1) // 2, m) == 1 for r in (11, 13) for m in (c, 2 * c + 1))][:4]
    return found[:n]


@cache
def own_prime(choice: int) -> int:
    """A prime q of this process's own: no code can know it beforehand."""
    return sophie_germain(np.random.default_rng(), 1)[0]


@lru_cache(maxsize=1024)
def square_root(a: int, m: int) -> int | None:
    """A root of a mod the prime m by Tonelli and Shanks, None where there is none; the one below m/2."""
    a %= m
    if a == 0:
        return 0
    if pow(a, (m - 1) // 2, m) != 1:
        return None
    odd, twos = m - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    non_square = next(z for z in range(2, m) if pow(z, (m - 1) // 2, m) == m - 1)
    c, r, t = pow(non_square, odd, m), pow(a, (odd + 1) // 2, m), pow(a, odd, m)
    while t != 1:
        i, s = 0, t
        while s != 1:
            s, i = s * s % m, i + 1
        b = pow(c, 1 << (twos - i - 1), m)
        twos, c = i, b * b % m
        r, t = r * b % m, t * c % m
    return min(r, m - r)
