r"""Formulas that hold, by family: what is given, and claims in all spellings. `wrong` has the mistakes that people make in them.

First-order derivatives and identities are those of Petersen & Pedersen, The Matrix Cookbook (2012), by its numbers.
"""

COOKBOOK = ["X: (m, n)", "A: (n, m)", "B: (m, m)", "C: (n, n)", "S: (m, m)", "a: (m)", "b: (n)", "u: (m)", "v: (m)", "x: (m)"]
SQUARE = ["A, B, C, X, U: (n, n)", "x, b, c: (n)", "k: ()"]
SYMMETRIC = ["A: (n, n) symmetric", "x, s: (n)", "W: (n, n) symmetric"]
LOGISTIC = ["X: (n, d)", "w: (d)", "y: (n)", "z := X w", "p := σ(z)", "L := -sum(y ⊙ log(p) + (1 - y) ⊙ log(1 - p))"]
CROSS = ["Z: (n, k)", "T: (n, k)", "P := softmax(Z)"]
ATTENTION = ["Q: (n, d)", "K: (m, d)", "V: (m, e)", "S := Q Kᵀ/√d", "P := softmax(S)", "O := P V"]
NORM = ["X: (n, d)", "g, b: (d)", "ε: () positive"]
LAYER = [*NORM, "μ := rowmean(X)", "σ := sqrt(rowvar(X) + ε)", "X̂ := (X - μ) ⊘ σ", "Y := X̂ ⊙ g + b"]
RMS = [*NORM, "ρ := sqrt(rowmean(X ⊙ X) + ε)", "Z := X / ρ", "Y := Z ⊙ g"]
LORA = ["X: (n, d_in)", "W: (d_in, d_out)", "W_A: (d_in, r)", "W_B: (r, d_out)", "s: ()"]
DORA = ["X: (n, d)", "V: (d, k)", "m: (1, k)", "W := m ⊙ V / colnorm(V)", "Y := X W"]
DPO = ["a, b: (n)", "β: () positive", "h := β (a - b)", "L := -mean(log(σ(h)))"]
KD = ["Z: (n, k)", "T: (n, k)", "τ: () positive", "P := softmax(Z / τ)", "L := -sum(T ⊙ log(P))"]

RIGHT = {
    "traces": (
        COOKBOOK,
        [
            "tr(A X) = tr(X A)",
            r"\operatorname{tr}(A^\top X^\top) = \operatorname{tr}(X A)",
            "np.trace(A @ X) = (A.T * X).sum()",
            "∂tr(A X)/∂X = Aᵀ",  # 100
            r"\frac{\partial}{\partial X}\operatorname{tr}(X A) = A^\top",  # 99
            "∂tr(Aᵀ Xᵀ)/∂X = Aᵀ",
            r"\frac{\partial \mathrm{Tr}(A X C)}{\partial X} = A^T C^T",
            "∇_X tr(Xᵀ B X) = (B + Bᵀ) X",
            r"\nabla_X \mathrm{tr}(X C X^\top) = X C^\top + X C",
            "grad(np.trace(B @ X @ C @ X.T), X) = B.T @ X @ C.T + B @ X @ C",
            r"\frac{\partial}{\partial X} \mathrm{tr}(X^\top X) = 2 X",
            "∂tr(A X)/∂A = Xᵀ",
            "⟨X, Aᵀ⟩ = tr(A X)",
            "tr(a uᵀ) = uᵀ a",
        ],
    ),
    "primes": (
        ["X: (n, d)", "Z: (n, k)", "W: (d, k)", "x: ()", "H := tanh(X W)"],
        [
            "tanh'(Z) = 1 - tanh(Z)²",
            "σ'(x) = σ(x)(1 - σ(x))",
            r"\sigma'(Z) = \sigma(Z) \odot (1 - \sigma(Z))",
            r"\exp'(x) = \exp(x)",
            r"\log^{\prime}(x) = \frac{1}{x}",
            r"\tanh'(H) = 1 - \tanh(H)^2",
            "∂sum(tanh(Z) ⊙ Z)/∂Z = tanh(Z) + Z ⊙ tanh'(Z)",
        ],
    ),
    "vectors": (
        COOKBOOK,
        [
            "∂(xᵀ a)/∂x = a",  # 69
            r"\frac{\partial a^\top x}{\partial x} = a",
            "∂(aᵀ X b)/∂X = a bᵀ",  # 70
            r"\frac{\partial b^T X^T a}{\partial X} = a b^T",  # 71
            "grad(a @ X @ b, X) = np.outer(a, b)",
            "∂(xᵀ B x)/∂x = (B + Bᵀ) x",  # 81
            r"\frac{\partial x^T B x}{\partial x} = (B + B^T) x",
            r"\nabla_{X} (b^\top X^\top X b) = 2 X b b^\top",  # 77 with b = c
            "∂(bᵀ Xᵀ S X b)/∂X = Sᵀ X b bᵀ + S X b bᵀ",  # 82
            "∂‖x - a‖²/∂x = 2(x - a)",
            r"\frac{\partial}{\partial x} \|x\|_2^2 = 2 x",  # 131
            "∂‖x - a‖/∂x = (x - a) / ‖x - a‖",  # 129
            "∂‖X‖_F^2/∂X = 2 X",  # 132
            r"\frac{\partial \|X\|_F}{\partial X} = \frac{X}{\|X\|_F}",
            "∂(‖B x - a‖²)/∂x = 2 Bᵀ (B x - a)",
            r"\frac{\partial}{\partial x} (B x + a)^\top S (B x + a) = B^\top (S + S^\top) (B x + a)",
            "‖x‖² = xᵀ x",
            "‖a uᵀ‖_F = ‖a‖ ‖u‖",
            "(a uᵀ)ᵀ = u aᵀ",
            "xᵀ B x = tr(B x xᵀ)",
            "diag(a) u = a ⊙ u",
            "sum(a ⊙ u) = aᵀ u",
            "diag(a) B diag(u) = B ⊙ (a uᵀ)",
            "rowsum(B ⊙ Sᵀ) = diag(B S)",
        ],
    ),
    "determinants": (
        SQUARE,
        [
            "det(A B) = det(A) det(B)",
            "det(Aᵀ) = det(A)",
            "det(A⁻¹) = 1/det(A)",
            "det(k A) = k^n det(A)",
            "det(I + x bᵀ) = 1 + bᵀ x",
            "∂det(X)/∂X = det(X) X⁻ᵀ",  # 49
            r"\frac{\partial \det(A X B)}{\partial X} = \det(A X B) X^{-\top}",  # 51
            "grad(np.linalg.det(X), X) = np.linalg.det(X) * np.linalg.inv(X).T",
            "∂det(XᵀX)/∂X = 2 det(XᵀX) X⁻ᵀ",
            "∂ log det(XᵀX)/∂X = 2 X⁻ᵀ",  # 55
            "∂logdet(X)/∂X = X⁻ᵀ",  # 57
            r"\frac{\partial}{\partial X} \ln |\det(X)| = (X^{-1})^T",
            r"\frac{\partial \log\det(A X B)}{\partial X} = X^{-\top}",
            "logdet(A B) = logdet(A) + logdet(B)",
        ],
    ),
    "inverses": (
        SQUARE,
        [
            "(A B)⁻¹ = B⁻¹ A⁻¹",
            "(A B C)⁻¹ = C⁻¹ B⁻¹ A⁻¹",
            "(Aᵀ)⁻¹ = (A⁻¹)ᵀ",
            "A^{-T} = (A^T)^{-1}",
            "np.linalg.inv(A) @ A = np.eye(n)",
            "∂(xᵀ X⁻¹ b)/∂X = -X⁻ᵀ x bᵀ X⁻ᵀ",  # 61
            "∂tr(A X⁻¹ B)/∂X = -(X⁻¹ B A X⁻¹)ᵀ",  # 63
            r"\frac{\partial}{\partial X} \mathrm{tr}((X + A)^{-1}) = -((X + A)^{-1} (X + A)^{-1})^\top",  # 64
            "∂det(X⁻¹)/∂X = -det(X⁻¹) X⁻ᵀ",  # 62
            "(A + x bᵀ)⁻¹ = A⁻¹ - (A⁻¹ x bᵀ A⁻¹)/(1 + bᵀ A⁻¹ x)",  # Sherman–Morrison
            "(I + A B)⁻¹ A = A (I + B A)⁻¹",
            "A (I + A)⁻¹ = I - (I + A)⁻¹",
            "A⁻¹ + B⁻¹ = A⁻¹ (A + B) B⁻¹",
            "(A⁻¹ + B⁻¹)⁻¹ = A (A + B)⁻¹ B",
        ],
    ),
    "woodbury": (
        ["A: (n, n)", "C: (k, k)", "U: (n, k)", "V: (k, n)"],
        [
            "(A + U C V)⁻¹ = A⁻¹ - A⁻¹ U (C⁻¹ + V A⁻¹ U)⁻¹ V A⁻¹",
            r"(A + U V)^{-1} = A^{-1} - A^{-1} U (I + V A^{-1} U)^{-1} V A^{-1}",
            "det(I + U V) = det(I + V U)",
            "det(A + U V) = det(A) det(I + V A⁻¹ U)",
            "U (I + V U)⁻¹ = (I + U V)⁻¹ U",
        ],
    ),
    "symmetric": (
        SYMMETRIC,
        [
            "∂(xᵀ A x)/∂x = 2 A x",
            r"\frac{\partial}{\partial s} (x - s)^\top W (x - s) = -2 W (x - s)",  # 85
            "∂((x - A s)ᵀ W (x - A s))/∂x = 2 W (x - A s)",  # 86
            "∂((x - A s)ᵀ W (x - A s))/∂A = -2 W (x - A s) sᵀ",  # 88
            "A = Aᵀ",
            "tr(A W) = sum(A ⊙ W)",
        ],
    ),
    "regression": (
        ["X: (n, d)", "w: (d)", "y: (n)", "λ: () positive", "L := ‖X w - y‖²/2 + λ ‖w‖²/2"],
        [
            "dw = Xᵀ (X w - y) + λ w",
            r"\nabla_w L = (X^\top X + \lambda I) w - X^\top y",
            r"w = (X^\top X + \lambda I)^{-1} X^\top y \implies dw = 0",
            "dy = y - X @ w",
            "dλ = wᵀ w/2",
            "(XᵀX + λ I)⁻¹ Xᵀ = Xᵀ (X Xᵀ + λ I)⁻¹",
            "X (XᵀX)⁻¹ Xᵀ X = X",
        ],
    ),
    "logistic": (
        LOGISTIC,
        [
            "dw = Xᵀ (p - y)",
            r"\nabla_w L = X^\top (\sigma(X w) - y)",
            "dz = p - y",
            "dw = X.T @ (p - y)",
            "σ(-z) = 1 - σ(z)",
            "dp = (p - y) ⊘ (p ⊙ (1 - p))",
            "∂sum(σ(z))/∂z = p ⊙ (1 - p)",
            "tanh(z) = 2 σ(2 z) - 1",
            "∂sum(tanh(z))/∂z = 1 - tanh(z) ⊙ tanh(z)",
            "∂sum(log(1 + exp(z)))/∂z = sigmoid(z)",
        ],
    ),
    "cross-entropy": (
        [*CROSS, "L := -sum(T ⊙ log(P))/n"],
        [
            "dZ = (P ⊙ rowsum(T) - T)/n",
            r"\frac{\partial L}{\partial Z} = \frac{1}{n} (P \odot \mathrm{rowsum}(T) - T)",
            "dP = -(T ⊘ P)/n",
            "dZ = P ⊙ (dP - rowsum(P ⊙ dP))",
            "dZ = P * (dP - (P * dP).sum(axis=1, keepdims=True))",
            "rowsum(P) = 1",
            "P 1 = 1",
            "softmax(Z + 1 1ᵀ) = P",
            "log(P) = Z - log(rowsum(exp(Z)))",
            "P = exp(Z - logsumexp(Z))",
        ],
    ),
    "attention": (
        ATTENTION,
        [
            "dV = Pᵀ dO",
            "dP = dO Vᵀ",
            "dS = P ⊙ (dP - rowsum(P ⊙ dP))",
            "dS = P ⊙ (dP - rowsum(dO ⊙ O))",
            "dQ = dS K/√d",
            "dK = dSᵀ Q/√d",
            r"dQ = \frac{1}{\sqrt{d}} dS K",
            "dS = P * (dP - (dO * O).sum(axis=-1, keepdims=True))",
            "dV = P.T @ dO",
            r"rowsum(P \odot dP) = rowsum(dO \odot O)",
            "rowsum(dS) = 0",
            "dK = dS.T @ Q / np.sqrt(d)",
        ],
    ),
    "layer norm": (
        LAYER,
        [
            "dg = colsum(dY ⊙ X̂)",
            "db = colsum(dY)",
            "db = dYᵀ 1",
            "dX̂ = dY ⊙ g",
            r"dX = (d\hat{X} - \mathrm{rowmean}(d\hat{X}) - \hat{X} \odot \mathrm{rowmean}(d\hat{X} \odot \hat{X})) / \sigma",
            "dX = (dX_hat - rowmean(dX_hat) - X_hat ⊙ rowmean(dX_hat ⊙ X_hat)) ⊘ σ",
            "rowsum(dX) = 0",
            "dg = (dY * X_hat).sum(axis=0)",
        ],
    ),
    "rms norm": (
        RMS,
        [
            "dg = colsum(dY ⊙ Z)",
            "dZ = dY ⊙ g",
            "dX = (dZ - Z ⊙ rowmean(dZ ⊙ Z)) / ρ",
            "dX = (dZ - Z * (dZ * Z).mean(axis=1, keepdims=True)) / ρ @ np.eye(d)",
            "ε = 0 ⟹ rowsum(dX ⊙ X) = 0",
        ],
    ),
    "lora": (
        [*LORA, "Y_A := X W_A", "Y := X W + s Y_A W_B", "G := X^T dY"],
        [
            "dWB = s YAᵀ dY",
            r"dY_A = s\, dY\, W_B^\top",
            "dWA = Xᵀ dYA",
            "dWA = s * X.T @ (dY @ WB.T)",
            r"\frac{\partial L}{\partial W_A} = s X^\top (dY W_B^\top)",
            "dX = dY Wᵀ + s dY WBᵀ WAᵀ",
            "dW = Xᵀ dY",
            "ds = ⟨dY, YA WB⟩",
            "dWA = s G WBᵀ",
            "dWB = s WAᵀ G",
            "s = 1 ⟹ dWB = YAᵀ dY, dWA = Xᵀ (dY WBᵀ)",
            "X (W + s WA WB) = Y",
            "WB = 0 ⟹ Y = X W",
            "WA = 0 ⟹ Y = X W, dWB = 0, dWA ≠ 0",
            r"W_B = 0 \implies dW_A = 0, dW_B \ne 0",
            "WA = 0, WB = 0 ⟹ dWA = 0, dWB = 0",
            "⟨dY, s YA WB⟩ = ⟨s YAᵀ dY, WB⟩ = ⟨s dY WBᵀ, YA⟩",
            "d_in d_out - r (d_in + d_out) = d_in d_out - d_in r - r d_out",
            r"dW_A \ne X^\top dY W_B^\top",
        ],
    ),
    "dora": (
        DORA,
        [
            "dW = Xᵀ dY",
            "dm = colsum(dW ⊙ V) / colnorm(V)",
            "dV = (m / colnorm(V)) ⊙ (dW - V ⊙ colsum(dW ⊙ V) / colnorm(V)^2)",
            r"colsum(dV \odot V) = 0",
        ],
    ),
    "dpo": (
        DPO,
        [
            "da = -β σ(-h)/n",
            r"da = -\frac{\beta}{n} \sigma(\beta (b - a))",
            "db = β (1 - σ(h))/n",
            "da + db = 0",
            "dh = (σ(h) - 1)/n",
        ],
    ),
    "distillation": (
        KD,
        [
            "dZ = (rowsum(T) ⊙ P - T)/τ",
            r"\nabla_Z L = \frac{1}{\tau} (P \odot rowsum(T) - T)",
        ],
    ),
    "galore and muon": (
        ["G: (m, n)", "P: (m, r) orthogonal", "Q: (n, n) orthogonal", "a, b, c: ()", "U: (m, m) orthogonal", "D: (m, n)"],
        [
            "Pᵀ P = I",
            "P Pᵀ (P Pᵀ G) = P Pᵀ G",
            r"\|U D Q\|_F^2 = \|D\|_F^2",
            "(a I + b G Gᵀ + c G Gᵀ G Gᵀ) G = a G + b (G Gᵀ) G + c (G Gᵀ) (G Gᵀ) G",
            "G = U D Qᵀ ⟹ a G + b G Gᵀ G = U (a D + b D Dᵀ D) Qᵀ",
            "⟨P Pᵀ G, G - P Pᵀ G⟩ = 0",
        ],
    ),
    "kronecker": (
        ["A: (m, n)", "X: (n, k)", "B: (k, l)", "C: (n, n)", "D: (k, k)"],
        ["vec(A X B) = (Bᵀ ⊗ A) vec(X)", "(A ⊗ B)ᵀ = Aᵀ ⊗ Bᵀ", "(C ⊗ D)⁻¹ = C⁻¹ ⊗ D⁻¹", "tr(C ⊗ D) = tr(C) tr(D)"],
    ),
    "functions": (
        ["x, y: (n)", "a, b: () positive", "X: (n, d)"],
        [
            "exp(x + y) = exp(x) ⊙ exp(y)",
            "log(a b) = log(a) + log(b)",
            "sqrt(a b) = sqrt(a) sqrt(b)",
            "sqrt(a)^2 = a",
            r"e^{a + b} = e^a e^b",
            "relu(x) - relu(-x) = x",
            "relu(x) + relu(-x) = |x|",
            "∂sum(relu(x)^2)/∂x = 2 relu(x)",
            "∂log(sum(exp(x)))/∂x = softmax(x)",
            "∂sum(softplus(x))/∂x = σ(x)",
            "sin(x)^2 + cos(x)^2 = 1",
            "colsum(X) = 1ᵀ X",
            "rowsum(X) = X 1",
            "X - 1 colmean(X) = (I - 1_n 1_nᵀ/n) X",
            "mean(X) = sum(X)/(n d)",
            "∂sum(x ⊙ σ(x))/∂x = σ(x) + x ⊙ σ(x) ⊙ (1 - σ(x))",
        ],
    ),
}
