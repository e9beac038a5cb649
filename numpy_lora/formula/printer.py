r"""Trees to text, in each of the three spellings; parsing what is printed gives the same tree.

>>> from numpy_lora.formula.parser import parse
>>> tree = parse(r"\frac{\partial L}{\partial W_A} = \alpha X^\top (dY W_B^\top)")
>>> unparse(tree, "unicode")
'∂L/∂W_A = α Xᵀ·(dY W_Bᵀ)'
>>> unparse(tree, "numpy")
'grad(W_A) = alpha @ X.T @ (dY @ W_B.T)'
"""

from __future__ import annotations

import re
import unicodedata
from fractions import Fraction
from typing import Literal

from .alphabet import ACCENTS, SIGNS
from .lexer import is_numpy
from .tree import (
    Binary,
    Call,
    Claim,
    Declaration,
    Definition,
    Expr,
    Gradient,
    Implication,
    Inverse,
    Name,
    Negative,
    Number,
    Ones,
    Power,
    Statement,
    Transpose,
)

Spelling = Literal["unicode", "latex", "numpy"]
SUM, TERM, TIGHT, POSTFIX, ATOM = range(5)
LOOSE = {"unicode": {"hadamard": " ⊙ ", "divide": " ⊘ ", "kronecker": " ⊗ ", "star": " * ", "over": "/", "loose": "/"}}
LOOSE["latex"] = {"hadamard": r" \odot ", "divide": r" \oslash ", "kronecker": r" \otimes ", "star": " * ", "loose": " / "}
LOOSE["numpy"] = {"hadamard": " * ", "divide": " ⊘ ", "kronecker": " ⊗ ", "star": r" \ast ", "over": " / ", "loose": " / "}
LOOSE["numpy"]["product"] = " @ "
RELATIONS = {"unicode": {"=": " = ", "≠": " ≠ "}, "latex": {"=": " = ", "≠": r" \ne "}, "numpy": {"=": " = ", "≠": " != "}}
ARROWS = {"unicode": " ⟹ ", "latex": r" \implies ", "numpy": " => "}
NORMS = {"norm": "", "normF": "_F", "norm2": "_2", "norm1": "_1", "norminf": "_∞"}
PLAIN_NUMPY = {"sigmoid", "relu", "softmax", "logsoftmax", "logsumexp", "logdet", "rownorm", "colnorm", "normF", "norm2"}
PLAIN_NUMPY |= {"norm1", "norminf", "softplus", "silu", "gelu", "rowvar", "rowstd", "logsigmoid", "vec", "adj", "erf", "sign"}
KEPT = {"rowsum": "sum(axis=1, keepdims=True)", "colsum": "sum(axis=0, keepdims=True)"}
KEPT |= {"rowmean": "mean(axis=1, keepdims=True)", "colmean": "mean(axis=0, keepdims=True)"}
KEPT |= {"rowmax": "max(axis=1, keepdims=True)", "colmax": "max(axis=0, keepdims=True)"}
LATEX_OWN = {"exp", "log", "det", "tanh", "sin", "cos", "tan", "sinh", "cosh", "max", "min"}


def unparse(tree: Statement | Claim | Expr, spelling: Spelling = "unicode") -> str:
    """A tree in one spelling.

    Parameters
    ----------
    tree : a statement, a claim or an expression.
    spelling : "unicode", "latex" or "numpy".
    """
    printer = Printer(spelling)
    text = printer.any(tree)
    if spelling == "numpy" and printer.stars and not is_numpy(text):  # alone, `*` would be read as in the other spellings
        printer.multiply = True
        text = printer.any(tree)
    return text


class Printer:
    """One spelling; multiply: whether entrywise products are np.multiply; stars: whether `*` was printed for one."""

    def __init__(self, spelling: Spelling) -> None:
        self.spelling, self.multiply, self.stars = spelling, False, False
        self.loose = LOOSE[spelling]

    def any(self, tree: Statement | Claim | Expr) -> str:
        """Any tree."""
        match tree:
            case Implication(conditions=conditions, claims=claims):
                arrow = ARROWS[self.spelling] if conditions and claims else ""
                return ", ".join(map(self.any, conditions)) + arrow + ", ".join(map(self.any, claims))
            case Claim(sides=sides, relations=relations):
                signs = [RELATIONS[self.spelling][r] for r in relations]
                return self.at(sides[0], SUM) + "".join(s + self.at(x, SUM) for s, x in zip(signs, sides[1:], strict=True))
            case Definition(name=name, value=value):
                return f"{self.name(name)} := {self.at(value, SUM)}"
            case Declaration(names=names, dims=dims, marks=marks):
                written = ", ".join("*".join(self.name(f) if isinstance(f, str) else str(f) for f in dim) for dim in dims)
                return " ".join([f"{', '.join(map(self.name, names))}: ({written})", *marks])
            case _:
                return self.at(tree, SUM)

    def at(self, x: Expr, level: int) -> str:
        """An expression where one of a level may stand, in parentheses if it is looser."""
        text, own = self.text(x)
        return text if own >= level else f"({text})"

    def text(self, x: Expr) -> tuple[str, int]:
        """An expression and its level."""
        match x:
            case Number(value=value):
                return _decimal(value), ATOM
            case Name(name=name):
                return self.name(name), ATOM
            case Ones(length=length):
                return self.ones(length), ATOM
            case Gradient():
                return self.gradient(x), ATOM
            case Negative(x=y):
                return f"-{self.at(y, TERM)}", SUM
            case Transpose(x=Inverse(x=y)) if self.spelling != "numpy":
                return self.base(y) + ("⁻ᵀ" if self.spelling == "unicode" else r"^{-\top}"), POSTFIX
            case Transpose(x=y):
                return self.at(y, POSTFIX) + {"unicode": "ᵀ", "latex": r"^\top", "numpy": ".T"}[self.spelling], POSTFIX
            case Inverse(x=y) if self.spelling == "numpy":
                return f"np.linalg.inv({self.at(y, SUM)})", ATOM
            case Inverse(x=y):
                return self.base(y) + ("⁻¹" if self.spelling == "unicode" else "^{-1}"), POSTFIX
            case Power():
                return self.power(x), POSTFIX
            case Binary():
                return self.binary(x)
            case Call():
                return self.call(x)

    def name(self, name: str) -> str:
        r"""A name in its spelling: α, \alpha, alpha; W_A, W_{A}."""
        if self.spelling == "unicode":
            return name
        base, *subscripts = name.rstrip("'").split("_")
        primes = name[len(name.rstrip("'")) :]
        d, letter, mark = _taken_apart(base)
        accent = next((a for a, sign in ACCENTS.items() if mark == sign), "")
        numpy = self.spelling == "numpy"
        spelt = [SIGNS.get(s, s) if numpy else re.sub("[Ͱ-Ͽ]", lambda m: f"\\{SIGNS.get(m[0], m[0])}", s) for s in subscripts]
        if accent:
            core = f"{d}{SIGNS.get(letter, letter)}_{accent}" if numpy else f"{d}\\{accent}{{{self.letters(letter)}}}"
        else:
            core = base if numpy else self.letters(base)
            core = re.sub("[Ͱ-Ͽ]", lambda m: SIGNS.get(m[0], m[0]), base) if numpy and _spelt_out(base) else core
        if numpy:
            return "_".join([core, *spelt]) + primes
        return core + "".join(f"_{{{s}}}" for s in spelt) + primes

    def letters(self, base: str) -> str:
        """A name without subscripts in LaTeX."""
        if base == "𝟏":
            return r"\mathbf{1}"
        return re.sub("[Ͱ-Ͽ]", lambda m: f"\\{SIGNS[m[0]]} " if m[0] in SIGNS else m[0], base).strip()

    def ones(self, length: str | None) -> str:
        """A column of ones."""
        if length is None:
            return "𝟏" if self.spelling != "latex" else r"\mathbf{1}"
        return f"1_{self.name(length)}" if self.spelling != "latex" else f"1_{{{self.name(length)}}}"

    def gradient(self, x: Gradient) -> str:
        """A gradient; of a formula in parentheses."""
        of = None if x.of is None else self.at(x.of, POSTFIX)
        if of is not None and isinstance(x.of, Name) and x.of.name == "d":
            of = f"({of})"
        name = self.name(x.name)
        if self.spelling == "numpy":
            return f"grad({name})" if of is None else f"grad({of}, {name})"
        if self.spelling == "latex":
            return f"\\frac{{\\partial {of or 'L'}}}{{\\partial {name}}}"
        return f"∂{of or 'L'}/∂{name}"

    def power(self, x: Power) -> str:
        """x^k."""
        base = self.base(x.x, ATOM if isinstance(x.x, Power | Transpose | Inverse) else POSTFIX)
        small = isinstance(x.k, Number) and x.k.value in range(10)
        k = self.at(x.k, SUM)
        if self.spelling == "unicode" and small:
            return base + "⁰¹²³⁴⁵⁶⁷⁸⁹"[int(k)]
        if self.spelling == "numpy":
            return f"{base}**{k if small else f'({k})'}"
        if self.spelling == "latex":
            return f"{base}^{{({k})}}" if k.lstrip("-") == "T" else f"{base}^{{{k}}}"  # x^{T} would be a transpose
        return f"{base}^({k})"

    def base(self, x: Expr, level: int = POSTFIX) -> str:
        """What a power is of; e, which else would be the number, in parentheses."""
        return f"({self.at(x, SUM)})" if isinstance(x, Name) and x.name == "e" else self.at(x, level)

    def binary(self, x: Binary) -> tuple[str, int]:
        """Two operands and the sign between them."""
        op, left, right = x.op, x.left, x.right
        if op in ("+", "-"):
            return f"{self.at(left, SUM)} {op} {self.at(right, TERM)}", SUM
        if op == "product" and self.spelling != "numpy":
            return self.adjacent(self.grouped(left), self.at(right, POSTFIX), x.sign), TIGHT
        if op == "over" and self.spelling == "latex":
            numerator = self.at(left, SUM)
            return f"\\frac{{{f'({numerator})' if _is_d(left) else numerator}}}{{{self.at(right, SUM)}}}", ATOM
        if op == "hadamard" and self.multiply:
            return f"np.multiply({self.at(left, SUM)}, {self.at(right, SUM)})", ATOM
        self.stars = self.stars or (op == "hadamard" and self.spelling == "numpy")
        spelt_left, spelt_right = self.at(left, TERM), self.at(right, TIGHT)
        if op == "loose" and isinstance(right, Binary):
            spelt_right = self.adjacent_anyway(right)
        if op in ("over", "loose") and _is_d(left):
            spelt_left = f"({spelt_left})"
        if op == "over" and isinstance(right, Binary) and right.op == "product":
            spelt_right = f"({self.at(right, SUM)})"
        return spelt_left + self.loose[op] + spelt_right, TERM

    def adjacent_anyway(self, x: Binary) -> str:
        """A product of adjacent factors, in the NumPy spelling too."""
        inner = isinstance(x.left, Binary) and x.left.op == "product"
        left = self.adjacent_anyway(x.left) if inner and isinstance(x.left, Binary) else self.at(x.left, POSTFIX)
        left = f"({left})" if isinstance(x.left, Binary) and x.left.grouped and inner else left
        return self.adjacent(left, self.at(x.right, POSTFIX), x.sign)

    def grouped(self, x: Expr) -> str:
        """The first factor of a product, in parentheses if it had them: after a quotient they matter."""
        return f"({self.at(x, SUM)})" if isinstance(x, Binary) and x.grouped else self.at(x, TIGHT)

    def adjacent(self, left: str, right: str, sign: str) -> str:
        """Two factors side by side, with a dot where there was one or where they would be read as something else."""
        plain = sign != "·" and re.match(r"[^\W\d]|√|⟨|∂|\\(?!\||mathbf|frac|operatorname)", right) is not None
        if self.spelling == "latex":
            return f"{left} {right}" if plain or right.startswith("\\") else f"{left} \\cdot {right}"
        return f"{left} {right}" if plain else f"{left}·{right}"

    def call(self, x: Call) -> tuple[str, int]:
        """A function and its arguments."""
        function, args = x.function, [self.at(a, SUM) for a in x.args]
        inside = ", ".join(args)
        numpy, latex = self.spelling == "numpy", self.spelling == "latex"
        if x.axis is not None:
            return f"{function}({inside}, axis={x.axis})" if not numpy else f"np.{function}({inside}, axis={x.axis})", ATOM
        if numpy and function != "bars":
            if function in KEPT and len(x.args) == 1:
                return f"{self.at(x.args[0], POSTFIX)}.{KEPT[function]}", POSTFIX
            own = {"inner": "vdot", "tr": "trace", "det": "linalg.det", "norm": "linalg.norm"}.get(function, function)
            own = f"{own}imum" if own in ("max", "min") and len(args) == 2 else own
            return f"{'' if function in PLAIN_NUMPY or function == 'sum' else 'np.'}{own}({inside})", ATOM
        if function == "inner" and len(args) == 2:
            return (rf"\langle {args[0]}, {args[1]} \rangle" if latex else f"⟨{args[0]}, {args[1]}⟩"), ATOM
        if function in NORMS and len(args) == 1 and "‖" not in args[0] and r"\|" not in args[0]:
            subscript = NORMS[function].replace("∞", r"\infty " if latex else "∞")
            return (rf"\|{args[0]}\|{subscript}" if latex else f"‖{args[0]}‖{subscript}"), ATOM
        if function == "bars":
            return (f"|{inside}|" if "|" not in inside else f"|({inside})|"), ATOM
        if function == "sqrt" and latex and len(args) == 1:
            return rf"\sqrt{{{inside}}}", ATOM
        if latex:
            return f"\\{function}({inside})" if function in LATEX_OWN else rf"\operatorname{{{function}}}({inside})", ATOM
        return f"{'√' if function == 'sqrt' and len(args) == 1 else function}({inside})", ATOM


def _spelt_out(base: str) -> bool:
    """Whether a Greek name may be spelt in ASCII: α, dα, β1, not ΔW."""
    return re.fullmatch(r"d?[Ͱ-Ͽ][0-9]*", base) is not None and all(c in SIGNS or c.isascii() for c in base)


def _taken_apart(base: str) -> tuple[str, str, str]:
    """A name as d or nothing, a letter, and the accent over it; no accent where it is no such name."""
    found = re.fullmatch("(d?)(.)([\u0300-\u036f])", unicodedata.normalize("NFD", base))
    return (found[1], found[2], found[3]) if found else ("", base, "")


def _is_d(x: Expr) -> bool:
    return isinstance(x, Name) and x.name.startswith("d")


def _decimal(value: Fraction) -> str:
    """An exact decimal; literals have no other form."""
    if value.denominator == 1:
        return str(value.numerator)
    places = 0
    while value.denominator > 1 and places < 400:
        value, places = value * 10, places + 1
    digits = str(value.numerator).rjust(places + 1, "0")
    return f"{digits[:-places]}.{digits[-places:]}"
