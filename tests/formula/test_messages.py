"""What is said: the smallest counterexample, how the sides are related, what was assumed, what would mend a claim."""

import pytest

from numpy_lora.formula import FormulaError, verify


def verdict(claim, *given):
    (found,) = verify([claim], given)
    return found


def test_the_counterexample_is_the_smallest():
    found = verdict("dWB = α YA^T dY + WB").counterexample
    assert found["values"] == {"dY": [[0]], "X": [[0]], "W": [[0]], "α": 0, "WA": [[0]], "WB": [[1]]}
    assert (found["left"], found["right"], found["factor"]) == ([[0]], [[1]], None)


def test_sizes_go_up_only_as_far_as_they_must():
    found = verdict("A B = B A", "A, B: (n, n)").counterexample
    assert found["shapes"] == {"A": [2, 2], "B": [2, 2]}
    assert found["values"]["A"] == [[0, 0], [0, 1]]
    assert found["left"] != found["right"]


def test_a_counterexample_without_integers_has_short_decimals():
    found = verdict("log(a + b) = log(a) + log(b)", "a, b: () positive").counterexample
    assert found == {"shapes": {"a": [], "b": []}, "values": {"a": 1, "b": 1}, "left": 0.693147, "right": 0, "factor": None}


def test_an_orthogonal_matrix_may_turn_space_inside_out():
    assert verdict("det(Q) = 1", "Q: (n, n) orthogonal").counterexample["left"] == -1


def test_a_generic_difference_has_a_witness():
    found = verdict("A B ≠ B A", "A, B: (n, n)")
    assert found.verdict == "holds"
    assert found.counterexample["left"] != found.counterexample["right"]


@pytest.mark.parametrize(
    ("claim", "given", "message"),
    [
        ("dWA = 2 Xᵀ dY WBᵀ", [], "the right side is twice the left one"),
        ("3 dWA = Xᵀ dY WBᵀ", [], "the left side is three times the right one"),
        ("dWA = -Xᵀ dY WBᵀ", [], "the sides differ in sign"),
        ("dWA = 2.5 Xᵀ dY WBᵀ", [], "the left side is 2/5 times the right one"),
        ("s dWA = Xᵀ dY WBᵀ", [], "the left side is s² times the right one"),
        ("colmean(X) = colsum(X)", ["X: (n, d)"], "the left side is 1/n times the right one"),
        ("∂det(X)/∂X = det(X) X⁻¹", ["X: (n, n)"], "right in numerator layout: the left side is the transpose of the right one"),
        ("WB = 0 ⟹ dWA ≠ 0", [], "the sides are equal"),
        ("A + B = B + A = A B", ["A, B: (n, n)"], "B + A = A B fails"),
    ],
)
def test_a_refuted_claim_is_told_how_its_sides_are_related(claim, given, message):
    found = verdict(claim, *given)
    assert (found.verdict, found.message) == ("refuted", message)


@pytest.mark.parametrize(
    ("claim", "given", "column", "message"),
    [
        ("dWA = Xᵀ(dY WC)", [], 13, "WC is not declared, did you mean WB?"),
        ("dWa = 0", [], 1, "dWa is not declared, did you mean dWA?"),
        ("rowsun(X) = 1", [], 1, "unknown function rowsun, did you mean rowsum?"),
        ("A * B = A", ["A, B: (n, n)"], 3, "* between two matrices: write A ⊙ B for each entry, or A · B for the product"),
        ("A² = A", ["A: (n, n)"], 2, "A^2 of a square matrix: write A A for the product, or A ⊙ A for each entry"),
        ("|A| = 1", ["A: (n, n)"], 1, "|A| of a square matrix: write det(A) or abs(A)"),
        ("a/b c = c", ["a, b, c: ()"], 2, "a/b c can be read as (a/b) c and as a/(b c): write parentheses"),
        (r"\sum_i x_i = 1", [], 1, r"\sum is not in the language: write sum(X), rowsum(X) or colsum(X)"),
        (
            "Σ x = 1",
            ["x: (n)"],
            1,
            "Σ is not declared: for a sum write sum(X), rowsum(X) or colsum(X); of an SVD declare U, Σ and V",
        ),
        ("tr A B = 1", ["A, B: (n, n)"], 1, "write tr(… B …) or tr(…) B: without parentheses both can be meant"),
        (
            "∂L/∂y · ∂y/∂W = 0",
            ["y := W x", "L := sum(y^2)"],
            9,
            "y is (?), so ∂y/∂W is a Jacobian, which is not in the language",
        ),
        ("dV = Pᵀ", ["V: (n, n)"], 1, "dV is the gradient of V, but nothing says of what: define Y := … or L := …"),
        ("X + x = X", ["X: (n, d)", "x: (n)"], 3, "X is (n, d), x is (n): a vector goes along the last axis"),
        ("∂(xᵀx)/∂x ∂x/∂x = 0", ["x: (n)"], 11, "x is (n), so ∂x/∂x is a Jacobian, which is not in the language"),
        ("relu'(X + 1) = 1", [], 1, "relu' takes a name: define Z := … and write relu'(Z)"),
        ("softmax'(X) = 1", [], 1, "softmax': softmax is no function of each entry; write its derivative as ∂…/∂…"),
        ("a ≈ b", [], 3, "≈ is not in the language: the language has = and ≠"),
        ("X W", [], 4, 'a claim has two sides: expected "=", got the end'),
    ],
)
def test_what_cannot_be_judged_is_told_why_and_where(claim, given, column, message):
    found = verdict(claim, *given)
    assert (found.verdict, found.column, found.message) == ("error", column, message)


@pytest.mark.parametrize(
    ("claim", "given", "hint"),
    [
        ("dWA = Xᵀ dY WB", [], "with WBᵀ it holds"),
        ("dV = P dO", ["P: (n, m)", "V: (m, e)", "O := P V"], "with Pᵀ it holds"),
        ("∂(xᵀ A x)/∂x = xᵀ (A + Aᵀ)", [], "right in numerator layout: here a gradient has the shape of what it is taken by"),
        (
            "∂(aᵀ X b)/∂X = b aᵀ",
            ["a: (m)", "b: (n)"],
            "right in numerator layout: here a gradient has the shape of what it is taken by",
        ),
    ],
)
def test_a_transpose_that_would_mend_it_is_named(claim, given, hint):
    found = verdict(claim, *given)
    assert found.verdict in ("error", "refuted")
    assert found.message.endswith(hint), found.message


def test_the_forward_pass_is_said():
    assert verdict("dWB = YAᵀ dY").given[:3] == ("YA := X WA", "Y := X W + YA WB", "L := ⟨dY, Y⟩")
    assert verdict("dWB = scale YAᵀ dY").given[1] == "Y := X W + scale YA WB"


def test_one_claim_that_names_the_scale_scales_them_all():
    found = verify(["dWB = YAᵀ dY", "dWA = α Xᵀ (dY WBᵀ)"])
    assert [v.verdict for v in found] == ["refuted", "holds"]
    assert found[0].message == "the left side is α times the right one"


def test_a_given_forward_pass_replaces_the_table():
    found = verdict("dA = (a/r) Xᵀ dY Bᵀ", "Y := X W + (a/r) X A B", "A: (d, r)")
    assert (found.verdict, found.grade) == ("holds", "exact")
    assert found.given[:2] == ("Y := X W + (a/r) X A B", "L := ⟨dY, Y⟩")
    assert "A: (d, r)" in found.given


def test_undeclared_names_are_said_with_the_shapes_they_were_taken_for():
    assert verdict("∂(xᵀ A x)/∂x = (A + Aᵀ) x").given == ("x: (m)", "A: (m, m)")


def test_what_is_given_must_be_readable():
    with pytest.raises(FormulaError, match="expected a formula, got the end") as raised:
        verify(["A = A"], ["Y := X ("])
    assert str(raised.value).splitlines()[1:] == ["  Y := X (", "          ^"]


def test_claims_do_not_disturb_each_other():
    found = verify(["dWA = (", "dWB = YAᵀ dY", "dWB = WB YAᵀ", "G := Xᵀ dY", "dWB = WAᵀ G"])
    assert [v.verdict for v in found] == ["error", "holds", "error", "holds"]


def test_a_bound_is_given_where_a_claim_is_polynomial():
    assert 0 < verdict("tr(A B) = tr(B A)").bound < 1e-25
    assert verdict("exp(a + b) = exp(a) exp(b)").bound is None
