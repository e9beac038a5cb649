"""A claim to a problem: conditions applied, kinds of undeclared names tried, shapes inferred, free symbols collected."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

from .alphabet import LOSSES
from .dims import Size
from .errors import Ambiguous, FormulaError
from .infer import Inference
from .points import Problem, name_dimensions
from .scope import Scope, has_gradient, is_gradient, names
from .terms import Kind, walk
from .tree import Binary, Call, Claim, Declaration, Expr, Implication, Name, Negative, Number, Transpose, children
from .words import known_as, meant

MOST_TRIALS = 48
COLUMNS = set("xyzhuvwq")


def problems(statement: Implication, scope: Scope, text: str, spoken: set[str]) -> Iterator[Problem]:
    """The claims of a statement, each as a problem of its own.

    Raises
    ------
    FormulaError : its shapes do not fit, or a condition is none.
    """
    scope = scope.copy()
    scope.mentioned |= set(names(statement))
    conditions = Conditions(statement.conditions, scope, text)
    for claim in statement.claims:
        yield _typed(claim, conditions, scope, text, spoken)


class Conditions:
    """What stands before ⟹: declarations are added to the scope, sizes and values set."""

    def __init__(self, items: tuple[Claim | Declaration, ...], scope: Scope, text: str) -> None:
        self.values: dict[str, Expr] = {}
        self.sizes: dict[str, int] = {}
        self.equal: dict[str, Size] = {}
        self.scope, self.text = scope, text
        for item in items:
            if isinstance(item, Declaration):
                scope.add(item, text)
        for item in items:
            if isinstance(item, Claim):
                self.add(item)

    def add(self, item: Claim) -> None:
        """One condition: NAME = expr, dim = integer, dim = dim, Aᵀ = A, QᵀQ = I."""
        if len(item.sides) != 2 or item.relations[0] != "=":
            raise FormulaError("a condition is NAME = expr, a dimension = an integer, or a declaration", self.text, item.at)
        left, right = item.sides
        mark = self.mark(left, right) or self.mark(right, left)
        if mark:
            name = self.scope.find(mark[0]) or mark[0]
            self.scope.marks[name] = (*self.scope.marks.get(name, ()), mark[1])
            return
        if not isinstance(left, Name):
            raise FormulaError("a condition sets a symbol: expected a name on its left", self.text, item.at)
        dim = known_as(left.name, self.scope.dims) if self.scope.find(left.name) is None else None
        if dim is not None:
            return self.size(dim, right, item.at)
        name = self.scope.find(left.name) or left.name
        if name in self.scope.definitions:
            raise FormulaError(f"{name} is defined: a condition sets a symbol", self.text, item.at)
        if name in self.values:
            raise FormulaError(f"a condition that sets {name} a second time", self.text, item.at)
        if name in names(right):
            raise FormulaError(f"a condition that sets {name} by itself", self.text, item.at)
        self.values[name] = right

    def mark(self, left: Expr, right: Expr) -> tuple[str, str] | None:
        """Aᵀ = A, Aᵀ = −A and QᵀQ = I as marks."""
        match left, right:
            case Transpose(x=Name(name=a)), Name(name=b) if a == b:
                return a, "symmetric"
            case Transpose(x=Name(name=a)), Negative(x=Name(name=b)) if a == b:
                return a, "antisymmetric"
            case Binary(op="product", left=Transpose(x=Name(name=a)), right=Name(name=b)), Name(name=eye):
                if a == b and eye.split("_")[0] == "I" and self.scope.find(eye) is None:
                    return a, "orthogonal"
        return None

    def ordered(self) -> list[tuple[str, Expr]]:
        """The symbols that are set, each after those that it is set by."""
        found: list[tuple[str, Expr]] = []
        left = dict(self.values)
        while left:
            ready = [name for name, x in left.items() if not {self.scope.find(n) or n for n in names(x)} & set(left)]
            if not ready:
                raise FormulaError(f"{', '.join(left)} are set by each other", self.text)
            found.extend((name, left.pop(name)) for name in ready)
        return found

    def size(self, dim: str, right: Expr, at: int) -> None:
        """A dimension set to an integer or to another dimension."""
        if isinstance(right, Number) and right.value.denominator == 1 and 0 < right.value <= 40:
            self.sizes[dim] = int(right.value)
            self.equal[dim] = Size(int(right.value))
        elif isinstance(right, Name) and (other := known_as(right.name, self.scope.dims)) is not None and other != dim:
            self.equal[dim] = Size(1, (other,))
        else:
            raise FormulaError(f"the dimension {dim} is set to an integer from 1 to 40 or to a dimension", self.text, at)


def _typed(claim: Claim, conditions: Conditions, scope: Scope, text: str, spoken: set[str]) -> Problem:
    """Shapes inferred, with the first kinds of undeclared names that fit."""
    first: FormulaError | None = None
    for kinds in _kinds(claim, conditions, scope, text):
        try:
            return _inferred(claim, conditions, scope, kinds, text, spoken)
        except Ambiguous:
            raise
        except FormulaError as error:
            first = first or error
    assert first is not None
    raise first


def _inferred(claim: Claim, conditions: Conditions, scope: Scope, kinds: dict[str, Kind], text: str, spoken: set[str]) -> Problem:
    inference = Inference(scope, kinds, text, conditions.equal, spoken)
    sides = [inference.term(side) for side in claim.sides]
    for k, (a, b) in enumerate(itertools.pairwise(sides)):
        inference.same(a, b, claim.sides[k], claim.sides[k + 1], claim.sides[k + 1].at)
    set_to = {}
    for name, value in conditions.ordered():
        term = inference.term(value)
        inference.same(inference.symbol(name, value.at), term, Name(name), value, value.at)
        set_to[name] = term
    inference.finish()
    if any(side.kind == "vector" for side in sides):
        sides = [inference.transpose(s) if s.kind == "matrix" and inference.dims.is_one(s.rows) else s for s in sides]
    terms = [*sides, *set_to.values()]
    used = {t.data for t in walk(*terms) if t.op == "symbol"}
    set_to = {name: term for name, term in set_to.items() if name in used}
    symbols = {t.data: t for t in walk(*sides, *set_to.values()) if t.op == "symbol"}
    gradients = [t for t in walk(*sides, *set_to.values()) if t.op == "gradient"]
    for t in gradients:
        if any(inner.op == "gradient" for inner in walk(*t.args)):
            raise FormulaError("a gradient of a gradient is not in the language", text, t.at)
    late = {name for name, term in set_to.items() if any(t.op == "gradient" for t in walk(term))}
    for t in gradients:
        if any(inner.op == "symbol" and inner.data in late for inner in walk(*t.args)):
            raise FormulaError("a condition that sets by a gradient what the gradient depends on", text, t.at)
    held = [t for t in inference.cotangents.values() if t.op == "defined"]
    return Problem(
        sides=sides,
        relations=list(claim.relations),
        symbols=list(symbols.values()),
        marks={name: scope.marks[name] for name in symbols if scope.marks.get(name)},
        set_to=set_to,
        fixed=conditions.sizes,
        gradients=gradients,
        implied=inference.defined.get(""),
        held=held,
        pairs=list(inference.cotangents),
        expressions=list(claim.sides),
        dims=name_dimensions(terms, conditions.sizes, scope.known),
    )


# --- names that nobody declared


def _kinds(claim: Claim, conditions: Conditions, scope: Scope, text: str) -> Iterator[dict[str, Kind]]:
    """What undeclared names may be, the likeliest first."""
    expressions = _reachable([*claim.sides, *conditions.values.values()], scope)
    used: dict[str, None] = dict.fromkeys(name for x in expressions for name in names(x))
    free = [name for name in used if not _has_meaning(name, scope)]
    unset = [name for name in free if name not in conditions.values]
    columns = {name for x in expressions for name in _vectors(x)}
    after = {name for x in expressions for name in _after_matrices(x)}
    for name in unset:
        if message := _suspicious(name, scope, set(used)):
            at = next((x.at for side in expressions for x in _named(side, name)), 1)
            if scope.assumed and len(name) == 2 and name[0] == "d":
                message = f", and {', '.join(scope.assumed)} was assumed: another forward pass is given by --given"
            raise FormulaError(f"{name} is not declared{message}", text, at)
    arrays: list[Kind] = ["vector", "matrix"]
    choices = [arrays if name in after else _candidates(name, name in columns) for name in free]
    trials = sorted(itertools.product(*(range(len(c)) for c in choices)), key=sum) if len(free) < 6 else [(0,) * len(free)]
    for trial in trials[:MOST_TRIALS]:
        yield {name: c[k] for name, c, k in zip(free, choices, trial, strict=True)}


def _suspicious(name: str, scope: Scope, spoken: set[str]) -> str:
    """What is said of a name that nobody declared and that hardly is a symbol."""
    base, _, subscript = name.partition("_")
    if base == "Σ":
        return ": for a sum write sum(X), rowsum(X) or colsum(X); of an SVD declare U, Σ and V"
    if name.endswith("'") and (name[:-1] in spoken or scope.find(name[:-1])):
        return f": for a transpose write {name[:-1]}ᵀ, for a derivative d{name[:-1]}/dx"
    if re.fullmatch("[ijkl0-9]{1,2}", subscript) and scope.find(base):
        return f": entries of {base} are not in the language"
    other = meant(name, scope.known)
    return f", did you mean {other}?" if other else ""


def _has_meaning(name: str, scope: Scope) -> bool:
    if scope.find(name) is not None or known_as(name, scope.dims) is not None:
        return True
    sizes = name[0] == "d" and {"d", name[1:]} <= scope.dims
    return sizes or name.split("_")[0] == "I" or name == "π" or scope.differential(name) is not None


def _candidates(name: str, column: bool) -> list[Kind]:
    name = name[1:] if name[0] == "d" and name[1:2].isupper() else name
    if column and not name[0].isupper():
        return ["vector", "matrix", "scalar"]
    if name[0].isupper():
        return ["matrix"]
    return ["scalar", "vector", "matrix"]


def _reachable(expressions: list[Expr], scope: Scope) -> list[Expr]:
    """The expressions, and the definitions that they stand on: where a gradient is spoken of all, as they may be of the loss."""
    values = {name: definition.value for name, (definition, _) in scope.definitions.items()}
    reached: set[str] = set()
    ahead = list(expressions)
    while ahead:
        x = ahead.pop()
        if has_gradient(x) or any(name in LOSSES or is_gradient(scope, name) for name in names(x)):
            return [*expressions, *values.values()]
        new = {found for name in names(x) if (found := known_as(name, values)) is not None} - reached
        reached |= new
        ahead += [values[name] for name in new]
    return [*expressions, *(value for name, value in values.items() if name in reached)]


def _vectors(x: Expr) -> Iterator[str]:
    """Names that are transposed, paired, or under a norm: vectors if small letters."""
    match x:
        case Transpose(x=Name(name=name)):
            yield name
        case Call(function="norm" | "norm2" | "norm1" | "norminf" | "inner" | "diag" | "softmax" | "outer", args=args):
            yield from (a.name for a in args if isinstance(a, Name))
    for child in children(x):
        yield from _vectors(child)


def _after_matrices(x: Expr) -> Iterator[str]:
    """Names that are hardly numbers: x and its like, to the right of a matrix."""
    match x:
        case Binary(op="product", left=left, right=Name(name=name)) if name[0] in COLUMNS and name.partition("_")[0] == name[0]:
            while isinstance(left, Binary) and left.op == "product":
                left = left.right
            left = left.x if isinstance(left, Transpose) else left
            if isinstance(left, Name) and left.name[0].isupper():
                yield name
    for child in children(x):
        yield from _after_matrices(child)


def _named(x: Expr, name: str) -> Iterator[Name]:
    """Where a name stands in a tree."""
    if isinstance(x, Name) and x.name == name:
        yield x
    for child in children(x):
        yield from _named(child, name)
