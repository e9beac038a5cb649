"""What a float constant is read as, and that its residues keep the relations that its author meant."""

import math
from decimal import Context, Decimal, getcontext
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numpy_lora.exact import Run, equal
from numpy_lora.exact.array import stored
from numpy_lora.exact.reading import PI, Reading, dyadic, mod, read
from tests.exact.points import residues, same

getcontext().prec = 40
NORMAL = st.floats(allow_nan=False, allow_infinity=False, allow_subnormal=False)
SIMPLE = st.fractions(min_value=Fraction(1, 500), max_value=500, max_denominator=500)


def rational(*args):
    """A reading as a plain fraction, of the float that it prints as."""
    f = Fraction(*args)
    return Reading(f, Fraction(1), 0, Fraction(float(f)))


def square_of(reading):
    """The square of the number that a reading means, up to one part in 10^35."""
    square = reading.radicand * PI**reading.halves
    if reading.logs:
        half = Decimal(square.numerator) / Decimal(square.denominator)
        square = (Fraction(half.ln(Context(prec=40))) / 2) ** (2 * reading.logs)
    return reading.factor**2 * square


@given(NORMAL)
def test_a_reading_is_within_2_to_the_51_of_the_float(x):
    reading = read(x)
    assert reading.dyadic == Fraction(x)
    assert (reading.factor < 0) == (x < 0)
    # (1 + 2⁻⁵¹)² and (1 − 2⁻⁵¹)², of the squares
    assert (
        (1 - Fraction(1, 2**51)) ** 2 * Fraction(x) ** 2 <= square_of(reading) <= (1 + Fraction(1, 2**51)) ** 2 * Fraction(x) ** 2
    )


@given(SIMPLE, st.integers(-40, 40), st.sampled_from([0, 0, -1, 1, -2, 2]))
def test_a_reading_is_near_also_a_few_roundings_beside_a_root(radicand, roundings, halves):
    x = math.sqrt(radicand) * math.pi ** (halves / 2) * (1 + roundings * 2.0**-53)
    test_a_reading_is_within_2_to_the_51_of_the_float.hypothesis.inner_test(x)


@given(st.integers(-(2**53) + 1, 2**53 - 1))
def test_integers_are_themselves(n):
    assert read(float(n)) == rational(n)


@given(st.integers(1, 10**12 - 1), st.integers(-30, 10), st.sampled_from([-1, 1]))
def test_short_decimals_are_what_they_print_as(digits, power, sign):
    text = f"{'-' if sign < 0 else ''}{digits}e{power}"
    assert read(float(text)) == rational(text)


@given(st.integers(1, 2**16), st.integers(1, 2**16), st.sampled_from([-1, 1]))
def test_simple_fractions_are_read_from_their_quotient(a, b, sign):
    assert read(sign * a / b) == rational(sign * a, b)


@given(st.fractions(min_value=Fraction(1, 60), max_value=60, max_denominator=60))
def test_roots_of_simple_fractions(f):
    expected = Fraction(math.isqrt(f.numerator), math.isqrt(f.denominator))
    reading = read(math.sqrt(f))
    assert reading[:3] == ((expected, 1, 0) if expected**2 == f else (1, f, 0))
    assert read(-math.sqrt(f)).factor == -reading.factor


CONSTANTS = {
    "0.044715": (0.044715, rational(44715, 10**6)),
    "1e-5": (1e-5, rational(1, 10**5)),
    "1e-300": (1e-300, rational(1, 10**300)),
    "1/3": (1 / 3, rational(1, 3)),
    "2/3": (2 / 3, rational(2, 3)),
    "-1/7": (-1 / 7, rational(-1, 7)),
    "-0.0": (-0.0, rational(0)),
    "1e22": (1e22, rational(10**22)),
}


@pytest.mark.parametrize("name", CONSTANTS)
def test_constants_of_layers(name):
    x, expected = CONSTANTS[name]
    assert read(x) == expected


ROOTS = {
    "1/√8": (1 / np.sqrt(8), (1, Fraction(1, 8), 0)),
    "√(2/π)": (np.sqrt(2 / np.pi), (1, 2, -1)),
    "0.7978845608": (0.7978845608028654, (1, 2, -1)),
    "2/√π": (2 / np.sqrt(np.pi), (1, 4, -1)),
    "π": (np.pi, (1, 1, 2)),
    "2π": (2 * np.pi, (1, 4, 2)),
    "1/√(2π)": (1 / np.sqrt(2 * np.pi), (1, Fraction(1, 2), -1)),
    "−π/2": (-np.pi / 2, (-1, Fraction(1, 4), 2)),
    "π²": (np.pi**2, (1, 1, 4)),
    "π²/3": (np.pi**2 / 3, (1, Fraction(1, 9), 4)),
    "6/π²": (6 / np.pi**2, (1, 36, -4)),
    "8^-0.5": (8**-0.5, (1, Fraction(1, 8), 0)),
}


LOGARITHMS = {
    "ln 2": (np.log(2), (1, 4, 0, 1)),
    "ln 10": (np.log(10.0), (1, 100, 0, 1)),
    "1/ln 2": (1 / np.log(2), (1, 4, 0, -1)),
    "log10 e": (np.log10(np.e), (1, 100, 0, -1)),
    "10/ln 10": (10 / np.log(10), (10, 100, 0, -1)),
    "−ln 2/2": (-np.log(2) / 2, (Fraction(-1, 2), 4, 0, 1)),
    "ln 8": (np.log(8), (3, 4, 0, 1)),
    "ln 3": (np.log(3), (1, 9, 0, 1)),
    "ln 2/7": (np.log(2 / 7), (1, Fraction(4, 49), 0, 1)),
    "ln √(2π)": (np.log(np.sqrt(2 * np.pi)), (1, 2, 1, 1)),
    "ln π": (np.log(np.pi), (1, 1, 2, 1)),
}


@pytest.mark.parametrize("name", LOGARITHMS)
def test_logarithms_of_simple_numbers(name):
    x, (factor, radicand, halves, logs) = LOGARITHMS[name]
    for y, sign in ((x, 1), (-x, -1)):
        reading = read(float(y))
        if sign < 0 and (radicand, halves) not in ((4, 0), (100, 0)):
            assert (reading.radicand, reading.halves) == (1 / Fraction(radicand), -halves)
        else:
            assert (reading.factor * sign, reading.radicand, reading.halves, reading.logs) == (factor, radicand, halves, logs)
        for beside in (y * (1 + 2.0**-50), y * (1 - 2.0**-49)):
            assert read(float(beside)).logs == 0


@given(st.floats(-20, 20).filter(lambda x: len(repr(x)) > 16))
def test_no_other_float_is_a_logarithm(x):
    assert read(x).logs == 0 or read(x).halves == 0


@given(st.integers(0, 3), st.sampled_from([2, 3, 10, 6, 0.3, 1.75, np.pi, np.sqrt(2 * np.pi), np.sqrt(11)]))
def test_the_logarithm_of_a_constant_is_what_log_gives(point, x):
    with Run(point, primes=point) as run:
        a = np.log(stored(run, run.scalar(float(x))))
        assert equal(a, float(np.log(x)))
        assert equal(1 / a, float(1 / np.log(x))) or x not in (2, 10)
        assert equal(np.exp(3 * a - 2), np.exp(3 * (0 * a + float(np.log(x))) - 2))
        assert equal(np.exp(0 * a + float(np.log(x))), float(x))
        assert not equal(a, float(np.log(x)) * (1 + 2.0**-49))


@pytest.mark.parametrize("name", ROOTS)
def test_roots_and_powers_of_pi(name):
    x, expected = ROOTS[name]
    assert read(float(x))[:3] == expected


@pytest.mark.parametrize(
    "x", [1 + 2.0**-50, 1 + 2.0**-52, 2.0**-60, 3 + 2.0**-40, 0.1 + 2.0**-49, 1e8 / 3 + 2.0**-20, 2 / 3 - 2.0**-51]
)
def test_a_number_just_beside_a_simple_one_is_not_that_one(x):
    assert read(x) == Reading(Fraction(x), Fraction(1), 0, Fraction(x))


ROUNDED = {
    "1.35²": (1.35**2, (18225, 10**4)),
    "5 · 1.35²": (5 * 1.35**2, (91125, 10**4)),
    "0.1 + 0.2": (0.1 + 0.2, (3, 10)),
    "2 − 1.9, six roundings off": (2 - 1.9, None),
    "1/(2 · 1.3²)": (1 / (2 * 1.3 * 1.3), (50, 169)),
    "a rounding below 2/3": (2 / 3 - 2.0**-53, (2, 3)),
    "a rounding above 1": (1 + 2.0**-52, None),
    "a rounding above 0.12345678": (0.12345678 + 2.0**-56, (12345678, 10**8)),
    "a rounding above ten digits": (0.1234567891 + 2.0**-56, None),
}


@pytest.mark.parametrize("name", ROUNDED)
def test_simple_numbers_are_read_though_a_product_of_them_was_rounded(name):
    x, expected = ROUNDED[name]
    for sign in (1, -1):
        reading = read(sign * x)
        assert reading.factor == sign * (Fraction(x) if expected is None else Fraction(*expected))
        assert (reading.radicand, reading.halves, reading.logs) == (1, 0, 0)


@given(st.floats(5e-324, 2.3e-308))
def test_a_subnormal_is_some_number_that_rounds_to_it(x):
    assert float(read(x).factor) == x


# --- residues


def exact(run, f):
    p, q = run.field.p, run.field.q
    return mod(f, p), 0, mod(f, q)


@given(st.integers(0, 3), SIMPLE, st.sampled_from([-1, 1]))
def test_rationals_get_their_residues(point, f, sign):
    run = Run(point)
    assert run.reader.number(sign * f.numerator / f.denominator) == exact(run, sign * f)


def times(run, a, b):
    p, q = run.field.p, run.field.q
    return (a[0] * b[0] - a[1] * b[1]) % p, (a[0] * b[1] + a[1] * b[0]) % p, a[2] * b[2] % q


@given(st.integers(0, 3), st.integers(1, 400), st.integers(1, 400))
def test_roots_multiply_among_constants(point, a, b):
    run = Run(point, primes=point)
    root = [run.reader.number(math.sqrt(n)) for n in (a, b, a * b)]
    assert times(run, root[0], root[1])[:2] == root[2][:2]
    assert times(run, root[0], root[0])[:2] == (a, 0)
    assert times(run, root[0], run.reader.number(1 / math.sqrt(a)))[:2] == (1, 0)


@pytest.mark.parametrize("primes", range(16))
def test_a_root_times_its_reciprocal_is_one_exponents_and_all(primes):
    run = Run(0, primes=primes)
    number = run.reader.number
    for n in (2, 3, 5, 7, 8, 11, 13, 64, 128, 130):
        assert times(run, number(math.sqrt(n)), number(1 / math.sqrt(n))) == (1, 0, 1), n
        assert times(run, number(math.sqrt(n)), number(math.sqrt(n))) == (n, 0, n), n
        assert number(math.sqrt(n))[1] == 0, n
    two_over_pi = number(math.sqrt(2 / math.pi))
    assert times(run, times(run, two_over_pi, two_over_pi), number(math.pi)) == (2, 0, 2)
    assert times(run, number(2 / math.sqrt(math.pi)), number(math.sqrt(math.pi))) == (2, 0, 2)
    assert times(run, number(-math.sqrt(math.pi)), number(1 / math.sqrt(math.pi))) == exact(run, Fraction(-1))


def test_the_residues_of_pi_are_secret():
    assert len({Run(point).reader.number(math.pi)[0] for point in range(8)}) == 8


@given(st.lists(NORMAL | st.floats(5e-324, 2.3e-308) | st.sampled_from([0.0, -0.0, 5e-324, 2.0**1023])))
def test_dyadic_residues_are_those_of_the_fraction(xs):
    m = Run(0).field.p
    assert dyadic(np.array(xs), m)[0].tolist() == residues(np.array([Fraction(x) for x in xs], object), m).tolist()


@given(st.lists(st.sampled_from([0.1, -0.1, 1 / 3, 2.0, -0.0, math.sqrt(2), 1e-300, math.pi]), min_size=1, max_size=40))
def test_an_array_of_few_values_is_read_entry_by_entry(xs):
    run = Run(0)
    v, e = run.reader.array(np.array(xs))
    expected = [run.reader.number(x) for x in xs]
    assert v.re.tolist() == [re for re, _, _ in expected]
    assert ([0] * len(xs) if v.im is None else v.im.tolist()) == [im for _, im, _ in expected]
    assert e.tolist() == [exponent for _, _, exponent in expected]


@pytest.mark.parametrize("size", [33, 5000])
def test_an_array_of_many_values_is_dyadic(size):
    run = Run(0)
    x = np.arange(size) / 10
    v, e = run.reader.array(x)
    assert np.array_equal(v.re, dyadic(x, run.field.p)[0])
    assert np.array_equal(e, dyadic(x, run.field.q)[0])
    assert v.im is None


def test_what_is_not_finite_has_no_residues():
    run = Run(0)
    for lost in (np.inf, -np.inf, np.nan):
        v, e = run.reader.array(np.array([lost, 3.0, 4.0, lost]))
        assert v.re.tolist() == e.tolist() == [0, 3, 4, 0]


@pytest.mark.parametrize("dtype", ["bool", "int8", "uint8", "int64", "uint64", "float16", "float32", "float64"])
def test_plain_arrays_of_every_type_are_read_alike(dtype):
    limit = {"b": 1, "i": np.iinfo(dtype).max if dtype.startswith("int") else 0, "u": 255, "f": 2}[np.dtype(dtype).kind]
    values = [0, 1, limit, *([-1, -3] if np.dtype(dtype).kind in "if" else []), *([2**64 - 1] if dtype == "uint64" else [])]
    with Run(0) as run:
        n = run.constant(np.array(values, dtype))
        assert n.v.re.tolist() == [v % run.field.p for v in values]
        assert n.e.tolist() == [v % run.field.q for v in values]
        assert n.x.tolist() == [float(v) for v in values]


@given(SIMPLE, st.integers(-(2**70), 2**70))
def test_scalars_are_the_numbers_they_are(f, k):
    with Run(0) as run:
        assert same(run.scalar(f).v, run.scalar(k * f).v) == (k == 1)
        for x in (f, k, -f):
            n = run.scalar(x)
            assert (int(n.v.re), int(n.e)) == exact(run, Fraction(x))[::2]
            assert n.x == float(x)
