"""Verdicts on claims: what holds, what is refuted, what cannot be judged."""

import pytest

from numpy_lora.formula import verify


def verdict(claim, *given):
    (found,) = verify([claim], given)
    return found


@pytest.mark.parametrize(
    "claim",
    [
        "dWA = Xᵀ(dY·WBᵀ)",
        "dWB = YAᵀdY",
        "dWA = α Xᵀ(dY WBᵀ)",
        "dX = dY Wᵀ + scale dY WBᵀ WAᵀ",
        r"\frac{\partial L}{\partial W_A} = \alpha X^\top (dY\, W_B^\top)",
        "dWA = alpha * X.T @ (dY @ WB.T)",
        "WA = 0, WB = 0 ⟹ dWA = 0, dWB = 0",
        r"W_B = 0 \implies dW_A = 0, dW_B \ne 0",
    ],
)
def test_the_default_forward_pass_is_assumed(claim):
    found = verdict(claim)
    assert (found.verdict, found.grade) == ("holds", "exact"), found


@pytest.mark.parametrize("claim", ["dWB = α YA^T dY + WB", "dWA = 2 Xᵀ(dY WBᵀ)", "dWA = -Xᵀ dY WBᵀ", "WB = 0 ⟹ dWA ≠ 0"])
def test_wrong_ones_are_refuted(claim):
    assert verdict(claim).verdict == "refuted"


def test_an_error_of_shapes_names_both():
    found = verdict("dWA = Xᵀ dY WB")
    assert (found.verdict, found.column) == ("error", 13)
    assert found.message == "Xᵀ dY is (d_in, d_out), WB is (r, d_out): the inner dimensions differ; with WBᵀ it holds"
