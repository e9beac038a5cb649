"""Remedies for claims that cannot be judged or were refuted: a transpose that would mend it."""

from __future__ import annotations

from dataclasses import replace

from .claims import problems
from .errors import FormulaError
from .judge import judged
from .literals import Undefined
from .printer import unparse
from .scope import Scope, has_gradient
from .tree import Binary, Call, Claim, Expr, Gradient, Implication, Inverse, Negative, Power, Transpose


def mended(statement: Implication, error: FormulaError, scope: Scope, text: str, spoken: set[str]) -> str:
    """What transpose would make a claim hold whose shapes do not fit; "" where none does."""
    for part in error.parts:
        if not isinstance(part, Expr):
            continue
        other = part.x if isinstance(part, Transpose) else Transpose(part)
        changed = replace(statement, claims=tuple(_with(claim, part, other) for claim in statement.claims))
        if changed != statement and _holds(changed, scope, text, spoken):
            whole = any(part is side for claim in statement.claims for side in claim.sides)
            if whole and any(has_gradient(side) or _is_gradient(side) for claim in statement.claims for side in claim.sides):
                return "right in numerator layout: here a gradient has the shape of what it is taken by"
            return f"with {unparse(other)} it holds"
    return ""


def _holds(statement: Implication, scope: Scope, text: str, spoken: set[str]) -> bool:
    try:
        return all(all(judged(p, 2, 0).right) for p in problems(statement, scope, text, spoken))
    except (FormulaError, Undefined):
        return False


def _is_gradient(x: Expr) -> bool:
    return unparse(x).startswith("d")


def _with(claim: Claim, part: Expr, other: Expr) -> Claim:
    return replace(claim, sides=tuple(_replaced(side, part, other) for side in claim.sides))


def _replaced(x: Expr, part: Expr, other: Expr) -> Expr:
    """A tree with another part in the place of one of its own, which is found by identity."""
    if x is part:
        return other
    match x:
        case Binary(left=left, right=right):
            return replace(x, left=_replaced(left, part, other), right=_replaced(right, part, other))
        case Negative(x=y) | Transpose(x=y) | Inverse(x=y):
            return replace(x, x=_replaced(y, part, other))
        case Power(x=y, k=k):
            return replace(x, x=_replaced(y, part, other), k=_replaced(k, part, other))
        case Call(args=args):
            return replace(x, args=tuple(_replaced(a, part, other) for a in args))
        case Gradient(of=of) if of is not None:
            return replace(x, of=_replaced(of, part, other))
    return x
