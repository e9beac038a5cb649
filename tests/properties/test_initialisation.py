"""What an adapter's start decides, over exact integers: which gradients vanish, when, and who moves."""

import math

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from numpy_lora.ops import lora_linear
from tests.draws import integers

LINE = "X[n,d_in] W[d_in,d_out] WA[d_in,r] WB[r,d_out] -> Y[n,d_out]"
PROBLEMS = integers(LINE)
SCALES = st.sampled_from([1, -2, 3])
SCHEMES = ("zero-zero", "a-zero", "b-zero")
BLOCKED = {  # X WA and dY are not zero, nor is XᵀdY, and still (X WA)ᵀ dY = 0: the two rows cancel in that direction
    "X": np.array([[1, 0], [1, 2]]),
    "W": np.array([[1, 0], [0, 1]]),
    "WA": np.array([[1], [0]]),
    "WB": np.array([[0, 1]]),
    "dY": np.array([[1, 0], [-1, 0]]),
}


def start(init, scheme, p):
    """p, its factors zeroed where the scheme has zeros."""
    (d_in, r), d_out = p["WA"].shape, p["WB"].shape[1]
    WA, WB = init.lora(np.random.default_rng(0), d_in, d_out, r, scheme)
    return p | {"WA": p["WA"] * (WA != 0), "WB": p["WB"] * (WB != 0)}


def run(p, s):
    """Y and the gradients at the cotangent dY."""
    Y, backward = lora_linear(p["X"], p["W"], p["WA"], p["WB"], s)
    return Y, backward(p["dY"])


@given(p=PROBLEMS, s=SCALES)
def test_the_branch_starts_at_zero(init, p, s):
    for scheme in SCHEMES:
        Y, _ = run(start(init, scheme, p), s)
        assert np.array_equal(Y, p["X"] @ p["W"])


@given(p=PROBLEMS, s=SCALES)
def test_zero_zero_has_no_gradient_at_all(init, p, s):
    _, gradients = run(start(init, "zero-zero", p), s)
    assert not gradients.dWA.any()
    assert not gradients.dWB.any()


@given(p=PROBLEMS, s=SCALES)
@example(p=BLOCKED, s=1)
def test_from_b_zero_only_WB_learns_unless_WA_is_orthogonal_to_the_full_gradient(init, p, s):
    G = p["X"].T @ p["dY"]  # what the gradient of W would be
    p = start(init, "b-zero", p)
    _, gradients = run(p, s)
    assert not gradients.dWA.any()
    assert gradients.dWB.any() == (p["WA"].T @ G).any()
    assert np.array_equal(gradients.dWB, s * p["WA"].T @ G)


@given(p=PROBLEMS, s=SCALES)
@example(p=BLOCKED, s=1)
def test_from_a_zero_only_WA_learns_unless_WB_is_orthogonal_to_the_full_gradient(init, p, s):
    G = p["X"].T @ p["dY"]
    p = start(init, "a-zero", p)
    _, gradients = run(p, s)
    assert not gradients.dWB.any()
    assert gradients.dWA.any() == (G @ p["WB"].T).any()
    assert np.array_equal(gradients.dWA, s * G @ p["WB"].T)


def test_both_conditions_can_hold_where_nothing_else_is_zero(init):
    assert (BLOCKED["X"] @ BLOCKED["WA"]).any()
    assert (BLOCKED["X"].T @ BLOCKED["dY"]).any()
    for scheme in SCHEMES:
        _, (_, dWA, dWB) = run(start(init, scheme, BLOCKED), 1)
        assert not dWA.any()
        assert not dWB.any()


def test_neither_condition_holds_as_a_rule(init):
    p = BLOCKED | {"dY": np.array([[0, 1], [0, 1]])}
    assert run(start(init, "b-zero", p), 1)[1].dWB.any()
    assert run(start(init, "a-zero", p), 1)[1].dWA.any()


@given(p=PROBLEMS, s=SCALES)
def test_one_step_moves_one_factor_and_the_weight_along_a_projection(init, p, s):
    """With η = 1: ΔW = −s² WA WAᵀ G from b-zero, −s² G WBᵀ WB from a-zero, 0 from zero-zero."""
    G = p["X"].T @ p["dY"]
    for scheme in SCHEMES:
        before = start(init, scheme, p)
        _, gradients = run(before, s)
        WA, WB = before["WA"] - gradients.dWA, before["WB"] - gradients.dWB
        assert scheme == "a-zero" or np.array_equal(WA, before["WA"])
        assert scheme == "b-zero" or np.array_equal(WB, before["WB"])
        moved = {"zero-zero": 0 * G, "a-zero": G @ before["WB"].T @ before["WB"], "b-zero": before["WA"] @ before["WA"].T @ G}
        assert np.array_equal(s * WA @ WB, -s * s * moved[scheme])


@given(p=PROBLEMS, s=SCALES, batches=st.lists(st.integers(-3, 3), min_size=2, max_size=4))
def test_zero_zero_is_a_fixed_point_of_gradient_descent(init, p, s, batches):
    """Whatever the batches: at every step the loss ‖Y − T‖²/2 has the cotangent Y − T."""
    p = start(init, "zero-zero", p)
    for batch in batches:
        Y, backward = lora_linear(p["X"] + batch, p["W"], p["WA"], p["WB"], s)
        gradients = backward(Y - p["dY"])
        p = p | {"WA": p["WA"] - gradients.dWA, "WB": p["WB"] - gradients.dWB}
        assert not p["WA"].any()
        assert not p["WB"].any()


@given(p=PROBLEMS, s=SCALES)
def test_after_one_step_the_other_factor_learns_too(init, p, s):
    """From b-zero a second step has dWA = −s² G WBᵀ with WB = −s WAᵀ G: it vanishes only where G (WAᵀG)ᵀ does."""
    p = start(init, "b-zero", p)
    G = p["X"].T @ p["dY"]
    _, first = run(p, s)
    _, second = run(p | {"WB": -first.dWB}, s)
    assert second.dWA.any() == (G @ G.T @ p["WA"]).any()


@given(fan_in=st.integers(1, 40), r=st.integers(1, 40))
def test_the_kaiming_bound_comes_from_the_fan_in(init, fan_in, r):
    WA, _ = init.lora(np.random.default_rng(0), fan_in, 1, r, "b-zero")
    _, WB = init.lora(np.random.default_rng(0), 1, 2000, fan_in, "a-zero")
    assert np.abs(WA).max() <= 1 / math.sqrt(fan_in)
    assert 0.9 / math.sqrt(fan_in) < np.abs(WB).max() <= 1 / math.sqrt(fan_in)
    WA, _ = init.lora(np.random.default_rng(0), fan_in, 1, 2000, "b-zero")
    assert np.abs(WA).max() > 0.9 / math.sqrt(fan_in)


@given(r=st.integers(1, 40))
def test_the_gaussian_deviation_is_one_over_r(init, r):
    WA, _ = init.lora(np.random.default_rng(0), 4000, 1, r, "b-zero", "gaussian")
    _, WB = init.lora(np.random.default_rng(0), 1, 4000, r, "a-zero", "gaussian")
    for factor in (WA, WB):  # five deviations of a deviation of 4000 draws are 0.056
        assert abs(factor.std() * r - 1) < 0.056


@given(alpha=st.integers(1, 64), r=st.integers(1, 8))
def test_the_scale_is_alpha_over_r_over_its_root_or_alpha(init, alpha, r):
    assert init.scale(alpha, r) == alpha / r
    assert init.scale(alpha, r * r, "rslora") == alpha / r
    assert init.scale(alpha, r, "plain") == alpha


@given(alpha=st.sampled_from([16, np.float64(16), np.float32(16)]), rule=st.sampled_from(["lora", "rslora", "plain"]))
def test_the_scale_keeps_a_float32_model(init, alpha, rule):
    scale = init.scale(alpha, 2, rule)
    assert type(scale) is float
    WA, WB = init.lora(np.random.default_rng(0), 2, 3, 2, dtype=np.float32)
    assert lora_linear(np.ones((1, 2), np.float32), np.ones((2, 3), np.float32), WA, WB, scale)[0].dtype == np.float32
