"""What a reader could take in another way than it stands: it is read as he means it, or he is asked."""

import pytest

from numpy_lora.formula import verify

M = ["x: (d)", "M: (k, d)", "y := M x"]
SQUARE = ["A, B: (n, n)", "x: ()", "u: (n)"]
TWO = ["X: (n, d)", "W: (d, k)", "U: (d, m)", "Y := X W", "H := tanh(X U)"]
NUMBERS = ["a, b, γ, T, η: ()", "z: (k, 1)"]

HOLD = [
    (M, "dx = Mᵀ dy"),
    ([*M, "dy: (k)"], "dx = Mᵀ dy"),
    ([], "dL/dWA = Xᵀ dL/dY WBᵀ"),
    (TWO, "dU = Xᵀ (dH ⊙ (1 - H²))"),
    (TWO, "dX = dY Wᵀ + (dH ⊙ (1 - H²)) Uᵀ"),
    (TWO, "dL_dW = X.T @ dL_dY"),
    (TWO, "grad_W = X.T @ dY"),
    (TWO, r"dW = X^\top dY \quad (3)"),
    (TWO, "X.T @ X = (X.T @ X).T."),
    ([], "dWA = (α/r) Xᵀ dY WBᵀ"),
    (["YA := X WA", "Y := X W + YA WB", "L := ⟨dY, Y⟩"], "dWB = YAᵀ dY"),
    ([], r"dW_B = \frac{\alpha}{r} Y_A^\top dY"),
    (["h := W x + B A x"], "dA = Bᵀ dh xᵀ"),
    (SQUARE, r"\frac{d}{d x} x^2 = 2x"),
    (SQUARE, r"\frac{\mathrm{d}}{\mathrm{d} x} x^2 = 2x"),
    (SQUARE, r"\frac{d x^2}{d x} = 2x"),
    (SQUARE, r"\frac{\delta x^2}{\delta x} = 2x"),
    (SQUARE, "d(uᵀAu)/du = (A + Aᵀ) u"),
    (SQUARE, "d/dx x² + d/dx x = 2x + 1"),
    (SQUARE, "d/dx (x² + x) = 2x + 1"),
    ([*SQUARE, "L := tr(A B)"], r"\frac{\mathrm{d} L}{\mathrm{d} \mathbf{B}} = A^\top"),
    ([*SQUARE, "f(x) := x^2"], "f'(x) = 2x"),
    ([*SQUARE, "f(x) := x^2"], "f(x) = x f'(x)/2"),
    (SQUARE, r"\|A\|^2_F = tr(Aᵀ A)"),
    (["W_A: (d, r)"], r"W^\top_A W_A = (W_A^\top W_A)^\top"),
    (["W_A: (d, r)"], r"2 \hat W_A = \hat W_A + \hat W_A"),
    (["x: () positive"], r"\log_2(x) = \log(x)/\log(2)"),
    ([], "log2(8) = 3"),
    ([], "e e^x = e^{x+1}"),
    ([], "log(e) = 1"),
    ([], "eᵀ e = ‖e‖²"),
    ([], r"e^\top e = sum(e ⊙ e)"),
    (["k: ()", "x: (d_k)", "s := k sum(x)"], "dk = ds sum(x)"),
    (["h: (d_h)", "W: (m, d_h)", "z := W h"], "dh = Wᵀ dz"),
    (["W: (d, k)", "A: (d, r)", "B: (r, k)"], "r(d+k)/(dk) = r/k + r/d"),
    (["x: (n)"], "relu(x - 200) = max(x, 200) - 200"),
    (["x: ()"], "√((x - 40)²) = |x - 40|"),
    ([], "1/2 a = a/2"),
    (["A: (n, n)", "B: (m, m)"], r"\det(A ⊗ B) = \det(A)^m \det(B)^n"),
    (["x: ()", "y := x^3"], r"\frac{d{y}}{d{x}} = 3 x^2"),
    (["W, A: (n, n)", "η: ()"], "W' = W - η Aᵀ ⟹ tr(A W') = tr(A W) - η ‖A‖_F²"),
    ([], "Swish(X) = X ⊙ σ(X)"),
]

REFUTED = [
    (M, "dx = 7 Mᵀ dy"),
    (M, "∂L/∂x = 3 Mᵀ dy"),
    (["x: (d)", "y := tanh(x)"], "dx = (1 + y²) ⊙ dy"),
    (["q, k, v: (d)", "ya := q ⊙ k", "h := ya ⊙ v"], "dv = 2 ya ⊙ dh"),
    (TWO, "dU = 5 Xᵀ dH"),
    (TWO, "dH = 3 dH"),
    ([], "dWA = (α/r)² Xᵀ dY WBᵀ"),
    (SQUARE, r"\frac{d}{d x} x^2 = x"),
    (SQUARE, r"\frac{\mathrm{d} x^2}{\mathrm{d} x} = x"),
    ([], "Softmax(2X) = 2 Softmax(X)"),
    ([], "np.log2(2 x) = 2 np.log2(x)"),
    (["x: ()"], "relu(1 - 0.01 x) = 1 - 0.01 x"),
    (["x: ()"], "max(σ(x), 0.01) = σ(x)"),
    (["x: ()"], "relu(x - 2^10) = 0"),
    (["x: ()"], "relu(tanh(x) - 0.99) = 0"),
    (["x, y: ()"], "max(x, -y² - 100) = x"),
    (["x: ()"], r"\sqrt{(x-10)^2} = 10 - x"),
    (["x: ()"], "|cos(0.1 x)| = cos(0.1 x)"),
    (["x: ()"], "arctan(tan(x/2)) = x/2"),
    (["A: (n, n)"], "(n-2)(n-3)(n-4)(n-5) tr(A) = 0"),
    (["h := W x + B A x"], "dB = dh Aᵀ x"),
]

ASKED = [
    (["X: (n, d)", "U: (d, m)", "L := sum(X)", "H := tanh(X U)"], "dU = 5 Xᵀ dH", "L does not depend on H"),
    (["X: (n, d)", "P: (d, m)", "Y := tanh(X)"], "dP = 3 dP", "Y does not depend on P"),
    ([*SQUARE, "f(x) := x^2"], "f(a) = x²", "defined is f(x) alone"),
    ([*SQUARE, "f := uᵀ A u"], "f(2u) = 2 f", "f of something, or times it?"),
    ([], "dA = Xᵀ dY Bᵀ", "YA := X WA, Y := X W + YA WB was assumed"),
    ([], "f(x + y) = f(x) + f(y)", "f of something, or times it?"),
    (["p: (n)"], "KL(2 p) = 2 KL(p)", "KL of something, or times it?"),
    ([], "E[2 x] = 2 E[x]", "E of something, or times it?"),
    ([], "σ(x) = φ(x)", "φ of something, or times it?"),
    ([], r"\mathrm{Var}(2 X) = 2 \mathrm{Var}(X)", "unknown function Var"),
    ([], "LayerNorm(2 X) = LayerNorm(X)", "unknown function LayerNorm"),
    ([], "np.linalg.matrix_rank(2 A) = 2", "np.linalg.matrix_rank is not in the language"),
    ([], "e^-x^2 = e^{-2x}", "a power of a power"),
    ([], "e**-x**2 = np.exp(-2*x)", "a power of a power"),
    (SQUARE, "d/dx x² + x = 2x + 1", "Write parentheses"),
    (["a, x, μ, σ: ()"], "(x-μ)²/2σ² = (x-μ)²/(2σ²)", "write parentheses"),
    ([], "a/bc = a/(b c)", "write parentheses"),
    ([], r"W^{(1)} = W", "a superscript that is an index"),
    (NUMBERS, "γ^T = γ", "to the power T it is γ^(T)"),
    (NUMBERS, "(1 - η)^T = 1 - η", "to the power T it is (1 - η)^(T)"),
    (NUMBERS, "softmax(z) = 1", "z is (k, 1), and softmax goes by row"),
    (NUMBERS, "a = 1, a = 2 ⟹ a = 2", "sets a a second time"),
    ([], "tr(A'B) = tr(B'A)", "for a transpose write Aᵀ"),
    (SQUARE, "∂ln|A|/∂A = A⁻ᵀ", "|A| of a square matrix: write det(A)"),
    (["x: ()", "y := x^3"], "y' = 3x^2", "for a derivative dy/dx"),
    ([], "A = U Σ Vᵀ ⟹ A Aᵀ = U Σ Σᵀ Uᵀ", "of an SVD declare"),
    ([], "π = 3.1415926535", "which rounding may explain"),
    (["x: ()"], "exp(x - 1000) = 0", "something underflows to 0"),
    (["x: ()"], "log(2 + exp(x - 1000)) = log(2)", "something underflows to 0"),
    (["x: ()"], "softplus(x - 800) = 0", "something underflows to 0"),
    (["x: ()"], "1/cosh(x + 1000) = 0", "cosh is not finite"),
]


def verdict(given, claim):
    (found,) = verify([claim], given)
    return found


@pytest.mark.parametrize(("given", "claim"), HOLD, ids=lambda part: part if isinstance(part, str) else "")
def test_it_is_read_as_it_is_meant(given, claim):
    assert verdict(given, claim).verdict == "holds", verdict(given, claim)


@pytest.mark.parametrize(("given", "claim"), REFUTED, ids=lambda part: part if isinstance(part, str) else "")
def test_a_wrong_one_does_not_hold_by_another_reading(given, claim):
    found = verdict(given, claim)
    assert found.verdict == "refuted", found
    assert found.counterexample["left"] != found.counterexample["right"]


@pytest.mark.parametrize(("given", "claim", "message"), ASKED, ids=lambda part: part if isinstance(part, str) else "")
def test_who_writes_it_is_asked(given, claim, message):
    found = verdict(given, claim)
    assert found.verdict != "holds"
    assert message in found.message, found


@pytest.mark.parametrize("seed", range(8))
def test_far_values_make_no_right_claim_wrong(seed):
    claims = ["softplus(x) - softplus(-x) = x", "√(x²) = |x|", "max(x, y) + min(x, y) = x + y", "|x| = max(x, -x)"]
    claims += ["log(1 + exp(x)) = max(x, 0) + log(1 + exp(-|x|))", "sign(x) |x| = x", "√(x² + y²) = √(y² + x²)"]
    assert [v.verdict for v in verify(claims, ["x, y: ()"], seed=seed)] == ["holds"] * len(claims)


def test_a_definition_that_nothing_speaks_of_changes_nothing():
    before = verify(["tr(p qᵀ) = qᵀ p"])[-1]
    assert verify(["P := α β γ δ ε ζ", "tr(p qᵀ) = qᵀ p"])[-1] == before
    assert before.verdict == "holds"


def test_what_values_do_not_decide_is_not_said_to_have_none():
    (found,) = verify(["√(2/π) = 0.7978845608"])
    assert found.message == "exact numbers disagreed: constants; and the sides are 3.6e-12 apart, which rounding may explain"


PLAIN = {  # right claims, as they are written
    "dw = 1/n Xᵀ(X w - y)": ["X: (n, d)", "w: (d)", "y: (n)", "L := 1/(2n) ‖X w - y‖^2"],
    "1/(xᵀ x) x xᵀ = x xᵀ/(xᵀ x)": ["x: (n)"],
    r"\nabla_W \mathcal{L}(W, X) = X^\top dY": ["X: (n, d)", "W: (d, d)", "Y := X W"],
    "∂L(w)/∂w = 2 w": ["w: ()", "L := w^2"],
    r"\|A x\| = \|x\| \quad \text{if } A^\top A = I": ["A: (d, d)", "x: (d)"],
    r"\text{if } A^\top A = I \text{ then } \|A x\| = \|x\|": ["A: (d, d)", "x: (d)"],
    r"\|A x\| = \|x\|, \quad \text{where } A^\top A = I": ["A: (d, d)", "x: (d)"],
    "dx = W_0^T dh + A^T B^T dh": ["h := W_0 x + BAx", "L := ⟨dh, h⟩"],
    r"\tanh^2(x) = 1 - 1/\cosh^2(x)": ["x: (n)"],
    "(1. / n) * x.sum() = np.mean(x)  # of all": ["x: (n)"],
    "np.max(X, 0) = np.max(X, axis=0)": ["X: (n, d)"],
    "X.min(axis=1, keepdims=True) = -rowmax(-X)": ["X: (n, d)"],
}
NEVER = {  # wrong ones, or such as have no one meaning
    "dw = n Xᵀ(X w - y)": ["X: (n, d)", "w: (d)", "y: (n)", "L := 1/(2n) ‖X w - y‖^2"],
    "L(w) = w^3": ["w: ()", "L := w^2"],
    "x[0] = 0": ["x: (n)"],
    "(1 - γ^T)/(1 - γ) = 1": ["γ: ()"],
    "abs(A) = A": ["A: (n, n) symmetric positive definite"],
    "relu(0.0001 a - 1) = 0": ["a: ()"],
    "np.max(X, 0) = np.maximum(X, 0)": ["X: (n, d)"],
    "1e-3x = x/1000": ["x: (n)"],
    "x y z = (xᵀ y) z": ["x, y, z: (n)"],
    "xᵀ y/‖x‖‖y‖ = (xᵀ y/‖x‖) ‖y‖": ["x, y: (n)"],
    "(I - 11ᵀ/d) x = x - mean(x)": ["x: (d)"],
    "np.inner(X, Y) = np.sum(X * Y)": ["X, Y: (n, d)"],
    "torch.inner(X, Y) = torch.sum(X * Y)": ["X, Y: (n, d)"],
    "jnp.inner(X, Y) = jnp.sum(X * Y)": ["X, Y: (n, d)"],
}


@pytest.mark.parametrize("claim", PLAIN)
def test_what_is_meant_is_plain(claim):
    found = verdict(PLAIN[claim], claim)
    assert (found.verdict, found.grade) == ("holds", "exact"), found


@pytest.mark.parametrize("claim", NEVER)
def test_what_is_not_meant_does_not_hold(claim):
    assert verdict(NEVER[claim], claim).verdict != "holds"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("A: (n, m) symmetric", "A is symmetric, and not square"),
        ("A: (n, n) symmetric orthogonal", "such matrices are not drawn"),
    ],
)
def test_marks_that_cannot_be_met_are_said(given, message):
    found = verdict([given], "A = A")
    assert (found.verdict, message in found.message) == ("error", True)


def test_what_a_refutation_rests_on_is_said():
    assert "exp of a square matrix goes entry by entry here" in verdict(["A: (n, n)"], "exp(A) exp(-A) = I").message
    assert verdict([], "h = W_0 x + s B A x").message.endswith("to define h write :=")
