r"""The tree of a formula: small frozen dataclasses, equal whatever the columns they were read at.

Names are in one form whatever their spelling: `W_{A}` is W_A, `\alpha` and `alpha` are α, `\hat{y}` and `y_hat` are ŷ.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

Dim = tuple["str | int", ...]
"""A dimension as it is declared: its factors, ("h", "dh") or (3,)."""


@dataclass(frozen=True)
class Node:
    """Any expression; `at` is the column of its operator or first character, from 1."""

    at: int = field(default=1, compare=False, kw_only=True)


@dataclass(frozen=True)
class Number(Node):
    """A literal, exactly; never negative."""

    value: Fraction


@dataclass(frozen=True)
class Name(Node):
    """A symbol, a definition, a dimension, or the gradient of one: what it is, the judge finds out."""

    name: str


@dataclass(frozen=True)
class Ones(Node):
    """A column of ones, 1_n or 𝟏; its length is found where it has no subscript."""

    length: str | None


@dataclass(frozen=True)
class Gradient(Node):
    """∂ of/∂ name; `of` is None for the loss."""

    name: str
    of: Expr | None = None


@dataclass(frozen=True)
class Negative(Node):
    """−x."""

    x: Expr


@dataclass(frozen=True)
class Transpose(Node):
    """xᵀ."""

    x: Expr


@dataclass(frozen=True)
class Inverse(Node):
    """x⁻¹: of a matrix its inverse, else one over it."""

    x: Expr


@dataclass(frozen=True)
class Power(Node):
    """x^k, for each entry."""

    x: Expr
    k: Expr


@dataclass(frozen=True)
class Binary(Node):
    r"""Two operands and what stands between them.

    sign: of a product: "·", "@", "" where its factors are adjacent. grouped: whether parentheses of its own enclose it.

    product: adjacent, `·` or `@`. hadamard: ⊙, and `*` in the NumPy spelling. star: `*` elsewhere, where one side must be a
    scalar. over: `/` and \frac. loose: `/` before adjacent factors without parentheses, a/b c. kronecker: ⊗.
    """

    op: Literal["+", "-", "product", "hadamard", "star", "over", "loose", "divide", "kronecker"]
    left: Expr
    right: Expr
    sign: str = field(default="", compare=False)
    grouped: bool = field(default=False, compare=False)


@dataclass(frozen=True)
class Call(Node):
    """A function by its name in `alphabet.FUNCTIONS`; axis where NumPy's `axis=` stood without keepdims."""

    function: str
    args: tuple[Expr, ...]
    axis: int | None = None


Expr = Number | Name | Ones | Gradient | Negative | Transpose | Inverse | Power | Binary | Call


@dataclass(frozen=True)
class Declaration:
    """`A, B: (n, n) symmetric`."""

    names: tuple[str, ...]
    dims: tuple[Dim, ...]
    marks: tuple[str, ...] = ()
    at: int = field(default=1, compare=False)


@dataclass(frozen=True)
class Definition:
    """`name := value`."""

    name: str
    value: Expr
    at: int = field(default=1, compare=False)


@dataclass(frozen=True)
class Claim:
    """`a = b ≠ c`: sides and what stands between them."""

    sides: tuple[Expr, ...]
    relations: tuple[Literal["=", "≠"], ...]
    at: int = field(default=1, compare=False)


@dataclass(frozen=True)
class Implication:
    """`conditions ⟹ claims`; without conditions just claims, without claims several declarations."""

    conditions: tuple[Claim | Declaration, ...]
    claims: tuple[Claim, ...]


Statement = Declaration | Definition | Implication


def children(x: Expr) -> tuple[Expr, ...]:
    """The parts of an expression."""
    match x:
        case Binary(left=left, right=right):
            return (left, right)
        case Negative(x=y) | Transpose(x=y) | Inverse(x=y):
            return (y,)
        case Power(x=y, k=k):
            return (y, k)
        case Call(args=args):
            return args
        case Gradient(of=of) if of is not None:
            return (of,)
        case _:
            return ()


def roots(x: Statement) -> list[Expr]:
    """The expressions that a statement is made of."""
    match x:
        case Definition(value=value):
            return [value]
        case Implication(conditions=conditions, claims=claims):
            return [side for item in (*conditions, *claims) if isinstance(item, Claim) for side in item.sides]
        case _:
            return []
