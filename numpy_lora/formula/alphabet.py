"""The words and signs of the three spellings, as tables. To add a function: one entry here, one rule in `functions`."""

from __future__ import annotations

GREEK = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "eps": "ε", "varepsilon": "ε", "zeta": "ζ",
    "eta": "η", "theta": "θ", "vartheta": "θ", "iota": "ι", "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ",
    "pi": "π", "rho": "ρ", "varrho": "ρ", "sigma": "σ", "tau": "τ", "upsilon": "υ", "phi": "φ", "varphi": "φ", "chi": "χ",
    "psi": "ψ", "omega": "ω", "Gamma": "Γ", "Delta": "Δ", "Theta": "Θ", "Lambda": "Λ", "Xi": "Ξ", "Pi": "Π", "Sigma": "Σ",
    "Upsilon": "Υ", "Phi": "Φ", "Psi": "Ψ", "Omega": "Ω",
}  # fmt: skip
SIGNS = {letter: name for name, letter in reversed(GREEK.items()) if name not in ("eps",)}  # α -> alpha
SAME = {"ϵ": "ε", "ϕ": "φ", "ϑ": "θ", "ϱ": "ρ", "ς": "σ", "µ": "μ", "∆": "Δ", "ℒ": "L", "Ω": "Ω"}

SUPERSCRIPTS = {
    "⁰": "0", "¹": "1", "²": "2", "³": "3", "⁴": "4", "⁵": "5", "⁶": "6", "⁷": "7", "⁸": "8", "⁹": "9",
    "⁻": "-", "ᵀ": "T", "ⁿ": "n", "ᵏ": "k", "ᵐ": "m", "ᵖ": "p",
}  # fmt: skip
SUBSCRIPTS = {
    "₀": "0", "₁": "1", "₂": "2", "₃": "3", "₄": "4", "₅": "5", "₆": "6", "₇": "7", "₈": "8", "₉": "9",
    "ₐ": "a", "ₑ": "e", "ₕ": "h", "ᵢ": "i", "ⱼ": "j", "ₖ": "k", "ₗ": "l", "ₘ": "m", "ₙ": "n", "ₒ": "o", "ₚ": "p",
    "ᵣ": "r", "ₛ": "s", "ₜ": "t", "ᵤ": "u", "ᵥ": "v", "ₓ": "x",
}  # fmt: skip
ACCENTS = {
    "hat": "\u0302", "widehat": "\u0302", "bar": "\u0304", "overline": "\u0304", "tilde": "\u0303",
    "widetilde": "\u0303", "dot": "\u0307", "check": "\u030c",
}  # fmt: skip
BAR = ACCENTS["bar"]
FONTS = {
    "mathbf", "boldsymbol", "bm", "pmb", "mathrm", "mathit", "mathsf", "mathcal", "mathscr", "mathfrak", "mathbb", "mathtt",
    "operatorname", "text", "textbf", "textit", "textrm", "texttt", "textsf", "vec", "underline", "rm", "bf",
}  # fmt: skip
SPACES = {
    "quad", "qquad", "left", "right", "big", "Big", "bigg", "Bigg", "bigl", "bigr", "Bigl", "Bigr", "biggl", "biggr",
    "displaystyle", "limits", "nolimits", "middle", "mathstrut", "space", "thinspace",
}  # fmt: skip
COMMANDS = {
    "cdot": "·", "times": "·", "bullet": "·", "odot": "⊙", "circ": "⊙", "oslash": "⊘", "otimes": "⊗", "ast": "∗",
    "top": "⊤", "intercal": "⊤", "langle": "⟨", "rangle": "⟩", "lVert": "‖", "rVert": "‖", "Vert": "‖", "lvert": "|",
    "rvert": "|", "vert": "|", "mid": "|", "partial": "∂", "nabla": "∇", "ne": "≠", "neq": "≠", "implies": "⟹",
    "Rightarrow": "⟹", "Longrightarrow": "⟹", "coloneqq": ":=", "coloneq": ":=", "triangleq": ":=", "equiv": "=",
    "lbrace": "(", "rbrace": ")", "lbrack": "[", "rbrack": "]", "lparen": "(", "rparen": ")", "infty": "∞", "in": "∈",
    "div": "/", "land": ",", "wedge": ",", "colon": ":", "to": "→", "land ": ",",
}  # fmt: skip
OPERATORS = {
    "·": "·", "⋅": "·", "∙": "·", "×": "·", "⊙": "⊙", "∘": "⊙", "⊘": "⊘", "⊗": "⊗", "∗": "∗", "⊤": "⊤", "⟙": "⊤",
    "⟨": "⟨", "〈": "⟨", "⟩": "⟩", "〉": "⟩", "‖": "‖", "∥": "‖", "∂": "∂", "∇": "∇", "√": "√", "≠": "≠", "⟹": "⟹", "⇒": "⟹",
    "≔": ":=", "≜": ":=", "≡": "=", "÷": "/", "−": "-", "–": "-", "∞": "∞", "∈": "∈", "∧": ",", ";": ",", "＝": "=",
    "+": "+", "-": "-", "*": "*", "@": "@", "/": "/", "^": "^", "_": "_", "=": "=", ",": ",", "(": "(", ")": ")",
    "[": "[", "]": "]", "{": "{", "}": "}", "|": "|", ":": ":", ".": ".",
}  # fmt: skip
LONGER = {":=": ":=", "==": "=", "!=": "≠", "<=>": "", "=>": "⟹", "**": "**", "||": "‖", "->": "→"}
UNKNOWN = {
    "≈": "the language has = and ≠", "∝": "the language has = and ≠", "<": "the language has = and ≠; ⟨A, B⟩ pairs",
    ">": "the language has = and ≠; ⟨A, B⟩ pairs", "≤": "the language has = and ≠", "≥": "the language has = and ≠",
    "∑": "write sum(X), rowsum(X) or colsum(X)", "∏": "products over an index are not in the language",
    "∫": "integrals are not in the language",
}  # fmt: skip
UNKNOWN_COMMANDS = {
    "sum": "∑", "prod": "∏", "int": "∫", "approx": "≈", "propto": "∝", "le": "≤", "leq": "≤", "ge": "≥", "geq": "≥",
    "lt": "<", "gt": ">", "simeq": "≈", "sim": "≈", "cong": "≈",
}  # fmt: skip

FUNCTIONS = {
    "sum": "sum", "mean": "mean", "rowsum": "rowsum", "row_sum": "rowsum", "colsum": "colsum", "col_sum": "colsum",
    "rowmean": "rowmean", "row_mean": "rowmean", "colmean": "colmean", "col_mean": "colmean", "tr": "tr", "Tr": "tr",
    "trace": "tr", "det": "det", "logdet": "logdet", "diag": "diag", "Diag": "diag", "exp": "exp", "log": "log", "ln": "log",
    "sqrt": "sqrt", "tanh": "tanh", "sigmoid": "sigmoid", "expit": "sigmoid", "logistic": "sigmoid", "relu": "relu",
    "ReLU": "relu", "softmax": "softmax", "logsoftmax": "logsoftmax", "log_softmax": "logsoftmax", "logsumexp": "logsumexp",
    "lse": "logsumexp", "inv": "inv", "norm": "norm", "norm1": "norm1", "norm2": "norm2", "normF": "normF",
    "norminf": "norminf", "rownorm": "rownorm", "colnorm": "colnorm", "transpose": "transpose", "inner": "inner",
    "vdot": "inner", "dot": "dot", "matmul": "dot", "outer": "outer", "abs": "abs", "sign": "sign", "sgn": "sign",
    "sin": "sin", "cos": "cos", "tan": "tan", "sinh": "sinh", "cosh": "cosh", "softplus": "softplus", "silu": "silu",
    "SiLU": "silu", "swish": "silu", "gelu": "gelu", "GELU": "gelu", "erf": "erf", "max": "max", "min": "min",
    "maximum": "max", "minimum": "min", "amax": "amax", "amin": "amin", "rowmax": "rowmax", "colmax": "colmax",
    "rowmin": "rowmin", "colmin": "colmin", "square": "square", "multiply": "multiply",
    "divide": "divide", "kron": "kron", "vec": "vec", "var": "var", "rowvar": "rowvar", "rowstd": "rowstd",
    "logsigmoid": "logsigmoid", "log1p": "log1p", "expm1": "expm1", "arctan": "arctan", "eye": "eye", "ones": "ones",
    "grad": "grad", "gradient": "grad", "fabs": "abs", "absolute": "abs", "power": "power", "reciprocal": "reciprocal",
    "negative": "negative", "add": "add", "subtract": "subtract", "adj": "adj", "adjugate": "adj",
    "log2": "log2", "log_2": "log2", "log10": "log10", "log_10": "log10", "Softmax": "softmax", "Sigmoid": "sigmoid",
    "Swish": "silu", "Softplus": "softplus", "Tanh": "tanh",
}  # fmt: skip
ENTRYWISE = {
    "exp", "log", "sqrt", "tanh", "sigmoid", "relu", "abs", "sign", "sin", "cos", "tan", "sinh", "cosh", "softplus", "silu",
    "gelu", "erf", "square", "logsigmoid", "log1p", "expm1", "arctan", "log2", "log10",
}  # fmt: skip
REDUCTIONS = {
    "sum": ("rowsum", "colsum"),
    "mean": ("rowmean", "colmean"),
    "max": ("rowmax", "colmax"),
    "min": ("rowmin", "colmin"),
}
METHODS = {"sum", "mean", "max", "min", "trace", "dot", "transpose", "diagonal", "var"}
LOSSES = {"L", "ℒ", "loss", "Loss"}
