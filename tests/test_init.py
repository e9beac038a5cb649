import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numpy_lora import init

SIZES = st.integers(1, 9)


@given(SIZES, SIZES, SIZES, st.sampled_from(["kaiming", "gaussian"]))
def test_a_scheme_is_named_for_the_factors_that_are_zero(d_in, d_out, r, draw):
    for scheme, zero in [("b-zero", (False, True)), ("a-zero", (True, False)), ("zero-zero", (True, True))]:
        WA, WB = init.lora(np.random.default_rng(0), d_in, d_out, r, scheme, draw)
        assert (WA.shape, WB.shape) == ((d_in, r), (r, d_out))
        assert (not WA.any(), not WB.any()) == zero
        assert WA.all() != zero[0]  # a random factor has no zero entry
        assert WB.all() != zero[1]


@pytest.mark.parametrize(("d_in", "r", "d_out"), [(4, 16, 1000), (100, 4, 1000), (64, 1000, 2)])
def test_kaiming_is_uniform_up_to_the_root_of_the_fan_in(d_in, r, d_out):
    WA = init.lora(np.random.default_rng(0), d_in, d_out, r, "b-zero")[0]
    WB = init.lora(np.random.default_rng(0), d_in, d_out, r, "a-zero")[1]
    for factor, bound in ((WA, d_in**-0.5), (WB, r**-0.5)):
        assert bound * 0.9 < np.abs(factor).max() <= bound  # of 64 entries or more all but never below nine tenths
        assert np.abs(factor.mean()) < 4 * bound / np.sqrt(3 * factor.size)  # four deviations of a mean


@pytest.mark.parametrize("scheme", ["b-zero", "a-zero"])
@pytest.mark.parametrize("r", [2, 8])
def test_gaussian_has_deviation_one_over_r(scheme, r):
    factors = init.lora(np.random.default_rng(0), 5000, 5000, r, scheme, "gaussian")
    assert sum(factor.std() for factor in factors) == pytest.approx(1 / r, rel=4 / np.sqrt(2 * 5000 * r))  # four deviations


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("scheme", ["b-zero", "a-zero", "zero-zero"])
def test_factors_have_the_dtype_asked_for(dtype, scheme):
    WA, WB = init.lora(np.random.default_rng(0), 3, 4, 2, scheme, dtype=dtype)
    assert WA.dtype == WB.dtype == dtype


def test_the_generator_alone_decides():
    first, second, other = (init.lora(np.random.default_rng(seed), 3, 4, 2)[0] for seed in (5, 5, 6))
    assert np.array_equal(first, second)
    assert not np.array_equal(first, other)


@given(st.integers(1, 64), st.integers(1, 64))
def test_scale_rules(alpha, r):
    assert init.scale(alpha, r) == init.scale(alpha, r, "lora") == alpha / r
    assert init.scale(alpha, r * r, "rslora") == alpha / r
    assert init.scale(alpha, r, "plain") == alpha


@pytest.mark.parametrize("rule", ["lora", "rslora", "plain"])
@pytest.mark.parametrize("alpha", [16, 16.0, np.float64(16), np.float32(16), np.int64(16)])
def test_scale_is_a_python_float_so_that_float32_stays(rule, alpha):
    assert type(init.scale(alpha, np.int64(4), rule)) is float


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda rng: init.lora(rng, 3, 4, 0), "r: expected an integer from 1, got 0"),
        (lambda rng: init.lora(rng, 3.0, 4, 1), "d_in: expected an integer from 1, got 3.0"),
        (lambda rng: init.lora(rng, 0, 4, 1), "d_in: expected an integer from 1, got 0"),
        (lambda rng: init.lora(rng, 3, -4, 1), "d_out: expected an integer from 1, got -4"),
        (lambda rng: init.lora(rng, 3, 4, 2, "c-zero"), "scheme: expected one of zero-zero, a-zero, b-zero, got 'c-zero'"),
        (lambda rng: init.lora(rng, 3, 4, 2, draw="he"), "draw: expected one of kaiming, gaussian, got 'he'"),
        (lambda rng: init.lora(None, 3, 4, 2), "rng: expected a numpy.random.Generator to draw from, got NoneType"),
        (lambda rng: init.scale(16, 0), "r: expected an integer from 1, got 0"),
        (lambda rng: init.scale(16, 4, "α/r"), "rule: expected one of lora, rslora, plain, got 'α/r'"),
    ],
)
def test_what_cannot_be_is_named(call, message):
    with pytest.raises(ValueError) as error:  # noqa: PT011 - the whole message is compared
        call(np.random.default_rng(0))
    assert str(error.value) == message
