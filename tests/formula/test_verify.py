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


@pytest.mark.parametrize(
    ("claim", "given"),
    [
        ("(XᵀX)⁻¹ XᵀX = I", ["X: (n, k)"]),
        ("QᵀQ = I", ["Q: (n, k) orthogonal"]),
        ("∂sum(log(x))/∂x = x⁻¹", ["x: (n)"]),
        ("∂ log det A/∂A = A⁻¹", ["A: (n, n) definite"]),
        ("xᵀ S x = 0", ["S: (n, n) antisymmetric", "x: (n)"]),
        ("A = B, B = 0 ⟹ A x = 0", ["A, B: (n, n)", "x: (n)"]),
        ("Aᵀ = A ⟹ ∂(xᵀAx)/∂x = 2 A x", ["A: (n, n)", "x: (n)"]),
        ("QᵀQ = I ⟹ ‖Q x‖ = ‖x‖", ["Q: (m, n)", "x: (n)"]),
        ("A: (n, n) symmetric ⟹ ∂(xᵀAx)/∂x = 2 A x", ["x: (n)"]),
        ("V = -η dWB ⟹ s WA V = -η s WA WAᵀ Xᵀ dY s", ["η: ()"]),
        ("A + adj(A) = tr(A) I", ["A: (2, 2)"]),
        ("dJ/dθ = Xᵀ (X θ - y)/n", ["X: (n, d)", "θ: (d)", "y: (n)", r"J(\theta) := \frac{1}{2n} \|X\theta - y\|^2"]),
        ("dQ = dS K", ["Q, K, V: (n, d)", "P := softmax(Q Kᵀ)", "O := P V", "dP := dO Vᵀ", "dS := P ⊙ (dP - rowsum(dO ⊙ O))"]),
        ("relu(x - 10) = max(x, 10) - 10", ["x: (n)"]),
    ],
)
def test_claims_are_judged_where_every_part_is_defined(claim, given):
    found = verdict(claim, *given)
    assert (found.verdict, found.grade) == ("holds", "exact"), found


@pytest.mark.parametrize(
    ("claim", "given"),
    [
        ("relu(x - 10) = 0", ["x: (n)"]),
        ("max(x, 100) = 100", ["x: ()"]),
        ("|x| = x", ["x: ()"]),
        ("sqrt(x ⊙ x) = x", ["x: (n)"]),
        ("Q Qᵀ = I", ["Q: (n, k) orthogonal"]),
        ("x = 1.000000000000001 x", ["x: (n)"]),
        ("det(A) = 0", ["A: (n, n) antisymmetric"]),
    ],
)
def test_what_holds_on_a_branch_or_nearly_is_refuted(claim, given):
    assert verdict(claim, *given).verdict == "refuted"


def test_a_symbol_that_nobody_declared_is_not_taken_for_a_column_to_make_shapes_fit():
    assert verdict("sum(A, axis=0) = A").verdict == "error"


@pytest.mark.parametrize("claim", ["dY = Y - T", "dW = Xᵀ (Y - T)", "dT = T - Y", "∂L/∂Y = Y - T"])
def test_a_loss_of_ones_own(claim):
    given = ["X: (n, d)", "W: (d, k)", "T: (n, k)", "Y := X W", "L := sum((Y - T)^2)/2"]
    assert verdict(claim, *given).verdict == "holds"


@pytest.mark.parametrize("claim", ["det(A ⊗ A) = 1", "∂det(A)/∂A = A", "B = B"])
def test_the_size_of_the_work_is_bounded(claim):
    found = verdict(claim, "A: (16, 16)", "B: (600, 600)")
    assert found.verdict == "error"
    assert "entries" in found.message


def test_a_dimension_called_d_makes_no_product_of_a_gradient():
    given = ["L := sum((X W - T)^2)/2", "X: (n, d)"]
    assert [v.verdict for v in verify(["dW = X^T (X W - T)", "dW = d W"], given)] == ["holds", "refuted"]


def test_a_suggestion_keeps_its_parentheses():
    (told,) = verify(["(A + B)^2 = A"], ["A: (n, n)", "B: (n, n)"])
    assert "write (A + B) (A + B) for the product, or (A + B) ⊙ (A + B) for each entry" in told.message
