"""Trees to typed terms: every name gets its meaning and every part its shape, by unification, or a FormulaError says why not.

A declared vector is a column; in a product it takes the side that fits, beside a matrix it goes along the last axis. A name
that is used as a row somewhere may be compared with a row. 0, 1 and other numbers stand for any shape.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import NoReturn

from . import functions
from .agreement import Agreement
from .alphabet import LOSSES
from .dims import ONE, Dimension, Dimensions, Size, Unknown
from .errors import FormulaError
from .printer import unparse
from .products import factor
from .scope import Scope, loss_name, outputs
from .terms import Kind, Term, like, scalar, walk
from .tree import Binary, Call, Dim, Expr, Gradient, Inverse, Name, Negative, Number, Ones, Power, Transpose
from .words import key, known_as


class Inference(Agreement):
    """The terms of one claim.

    Parameters
    ----------
    scope : what names mean.
    kinds : what names without a declaration are taken for.
    text : the claim, for messages.
    equal : dimensions that conditions set.
    spoken : every name in the claims and definitions.
    """

    def __init__(self, scope: Scope, kinds: dict[str, Kind], text: str, equal: dict[str, Size], spoken: set[str]) -> None:
        self.scope, self.kinds, self.text, self.spoken = scope, kinds, text, spoken
        self.dims = Dimensions(equal)
        self.symbols: dict[str, Term] = {}
        self.defined: dict[str, Term] = {}
        self.under_way: list[str] = []
        self.gradients: list[Term] = []
        self.cotangents: dict[str, Term] = {}
        self.rows: set[str] = set()
        self.later: list[tuple[Callable[[], str | None], str, int, tuple[Expr, ...]]] = []

    def is_declared(self, name: str) -> bool:
        """Whether somebody said what a symbol is."""
        return name in self.scope.declared

    # --- errors and checks

    def fail(self, message: str, at: int, *parts: Expr) -> NoReturn:
        raise FormulaError(message, self.text, at, parts)

    def check(self, rule: Callable[[], str | None], at: int, *parts: Expr) -> None:
        """Ask again once all shapes are known; the rule gives a message where it is broken."""
        self.later.append((rule, self.text, at, parts))

    def finish(self) -> None:
        """Run the checks that wait."""
        for rule, text, at, parts in self.later:
            message = rule()
            if message:
                raise FormulaError(message, text, at, parts)

    @contextlib.contextmanager
    def reading(self, text: str) -> Iterator[None]:
        """Point into another text."""
        outer, self.text = self.text, text
        try:
            yield
        finally:
            self.text = outer

    # --- expressions

    def term(self, x: Expr) -> Term:
        """Any expression."""
        match x:
            case Number(value=value):
                return scalar("number", data=value, at=x.at)
            case Name():
                return self.name(x)
            case Ones(length=length):
                return self.ones(length, x.at)
            case Gradient():
                return self.gradient(x)
            case Negative(x=y):
                return like("negative", self.term(y))
            case Transpose(x=y):
                return self.transposed(x, y)
            case Inverse(x=y):
                return self.inverse(self.term(y), y, x.at)
            case Power():
                return self.power(x)
            case Binary():
                return self.binary(x)
            case Call():
                return functions.applied(self, x)

    def transposed(self, x: Expr, y: Expr) -> Term:
        """xᵀ; 1ᵀ is a row of ones."""
        if isinstance(y, Number) and y.value == 1:
            return self.transpose(self.ones(None, x.at))
        if isinstance(y, Number):
            self.fail(f"{unparse(y)}ᵀ: a number has no transpose; ones beside ones are 1 1ᵀ", x.at)
        term = self.term(y)
        if term.kind == "scalar" and term.op == "symbol" and term.data not in self.scope.declared:
            self.fail(f"{term.data} was taken for a scalar: declare its shape", x.at)
        if term.kind == "scalar" and (
            self.scope.declared.get(term.data, (1,)) == () or {"T"} & {*self.scope.declared, *self.scope.dims}
        ):
            self.fail(f"{unparse(y)} is a number and has no transpose: to the power T it is {factor(unparse(y))}^(T)", x.at)
        return self.transpose(term)

    def ones(self, length: str | None, at: int) -> Term:
        """A column of ones."""
        if length is None:
            return Term("ones", (), Unknown(), ONE, "vector", at=at)
        return Term("ones", (), self.length(length, at), ONE, "vector", at=at)

    def length(self, name: str, at: int) -> Dimension:
        """A dimension by its name, or by an integer."""
        if name.isdecimal():
            return Size(int(name))
        found = known_as(name, self.scope.dims)
        if found is None:
            self.fail(f"{name} is not a dimension of anything declared", at)
        return self.dims.of(found)

    # --- names

    def name(self, x: Name) -> Term:
        """A symbol, a definition, a dimension, I, π, a gradient, or a symbol nobody declared."""
        name = self.scope.find(x.name)
        if name in self.scope.definitions:
            return self.definition(name, x.at)
        if name is not None:
            return self.symbol(name, x.at)
        dim = self.dimension(x.name)
        if dim is not None:
            size = self.dims.of(dim)
            return scalar("number", data=Fraction(size.factor), at=x.at) if not size.names else scalar("size", data=size, at=x.at)
        if x.name.split("_")[0] == "I" and x.name not in self.kinds:
            return self.identity(x.name.partition("_")[2] or None, x.at)
        if x.name == "π" and x.name not in self.kinds:
            return scalar("constant", data=math.pi, at=x.at)
        if x.name in LOSSES and self.has_loss():
            return self.loss(x.at)
        if x.name[0] == "d" and {"d", x.name[1:]} <= self.scope.dims and self.scope.find(x.name[1:]) is None:
            return self.product(Binary("product", Name("d", at=x.at), Name(x.name[1:], at=x.at), at=x.at))
        of = self.scope.differential(x.name)
        if of is not None and self.has_loss():
            return self.gradient(Gradient(of, at=x.at))
        if of is not None and known_as(of, self.scope.definitions) is None and x.name not in self.kinds:
            self.fail(f"{x.name} is the gradient of {of}, but nothing says of what: define Y := … or L := …", x.at)
        return self.symbol(x.name, x.at)

    def dimension(self, name: str) -> str | None:
        """The dimension that a name is: dk is d_k only where no k is declared that it would be the gradient of."""
        dim = known_as(name, self.scope.dims)
        return None if dim != name and name[0] == "d" and self.scope.find(name[1:]) is not None else dim

    def identity(self, length: str | None, at: int) -> Term:
        """I or I_n."""
        n = Unknown() if length is None else self.length(length, at)
        return Term("eye", (), n, n, "matrix", at=at)

    def symbol(self, name: str, at: int) -> Term:
        """A symbol, declared or not."""
        if name not in self.symbols:
            dims = self.scope.declared.get(name)
            if dims is None:
                self.symbols[name] = self.undeclared(name, at)
            else:
                self.symbols[name] = self.shaped(name, dims, at)
        return self.symbols[name]

    def undeclared(self, name: str, at: int) -> Term:
        """A symbol of the kind it is taken for, of unknown dimensions."""
        kind = self.kinds.get(name)
        if kind is None:
            self.fail(f"{name} is not known", at)
        rows = ONE if kind == "scalar" else Unknown(wide=True)
        cols = Unknown(wide=True) if kind == "matrix" else ONE
        return Term("symbol", (), rows, cols, kind, name, frozenset([name]) if kind == "vector" else None, at)

    def shaped(self, name: str, dims: tuple[Dim, ...], at: int) -> Term:
        """A symbol of declared dimensions."""
        sizes = [self.dims.of(*dim) for dim in dims]
        if len(sizes) == 2:
            kind: Kind = "scalar" if sizes == [ONE, ONE] else "matrix"
            return Term("symbol", (), sizes[0], sizes[1], kind, name, None, at)
        if len(sizes) > 2:
            self.fail(f"{name} has {len(sizes)} dimensions: at most 2", at)
        row = frozenset([name]) if sizes else None
        return Term("symbol", (), sizes[0] if sizes else ONE, ONE, "vector" if sizes else "scalar", name, row, at)

    def definition(self, name: str, at: int) -> Term:
        """A definition, by its name; what it is defined as is one term."""
        if name in self.under_way:
            self.fail(f"{name} is defined by itself", at)
        if name not in self.defined:
            definition, text = self.scope.definitions[name]
            self.under_way.append(name)
            with self.reading(text):
                value = self.term(definition.value)
                if name in self.scope.declared:
                    declared = self.shaped(name, self.scope.declared[name], definition.at)
                    self.same(declared, value, Name(name), definition.value, definition.at)
            self.under_way.pop()
            row = frozenset([name]) if value.kind == "vector" and value.row is not None else value.row
            self.defined[name] = Term("defined", (value,), value.rows, value.cols, value.kind, name, row, at)
        return self.defined[name]

    # --- gradients

    def has_loss(self) -> bool:
        """Whether L is defined, or something that a cotangent can be paired with."""
        return loss_name(self.scope) is not None or bool(outputs(self.scope, self.spoken))

    def gradient(self, x: Gradient) -> Term:
        """The gradient of the loss, or of a formula, by a name."""
        found = self.scope.find(x.name)
        target = self.term(Name(found or x.name, at=x.at))
        if target.op not in ("symbol", "defined"):
            self.fail(f"{x.name} is no symbol that a gradient could be taken by", x.at)
        if x.of is None and loss_name(self.scope) is None:
            cotangent = self.cotangent(str(target.data), x.at)
            if cotangent is not None:
                return cotangent
        of = self.loss(x.at) if x.of is None else self.term(x.of)
        if x.of is None and (target.op == "defined" or of is self.defined.get("")) and all(t is not target for t in walk(of)):
            self.fail(f"{self.shown_loss()} does not depend on {target.data}: of what is it the gradient?", x.at)
        if of.kind != "scalar":
            shown = unparse(x.of) if x.of is not None else "L"
            what = f"{shown} is {self.shape(of)}, so ∂{shown}/∂{x.name} is a Jacobian"
            self.fail(f"{what}, which is not in the language", x.at)
        return self.derivative(of, target, x.at)

    def derivative(self, of: Term, target: Term, at: int) -> Term:
        """The gradient of a scalar by a symbol or definition, the same term each time."""
        for known in self.gradients:
            if known.data == target.data and known.args[0] is of:
                return known
        if target.op == "symbol" and target.data not in self.scope.declared and all(t is not target for t in walk(of)):
            self.fail(f"{target.data} is not declared, and what is differentiated does not depend on it", at)
        gradient = Term("gradient", (of, target), target.rows, target.cols, target.kind, target.data, target.row, at)
        self.gradients.append(gradient)
        return gradient

    def loss(self, at: int) -> Term:
        """L as it is defined, a single scalar output, or ⟨dY, Y⟩ with dY given."""
        name = loss_name(self.scope)
        if name is not None:
            return self.term(Name(name, at=at))
        if "" not in self.defined:
            ends = outputs(self.scope, self.spoken)
            if not ends:
                self.fail("nothing says what is differentiated: define Y := … or L := …", at)
            terms = [self.term(Name(end, at=at)) for end in ends]
            if len(terms) == 1 and terms[0].kind == "scalar" and self.cotangent(ends[0], at) is None:
                return terms[0]
            cotangents = [self.given_cotangent(end, at) for end in ends]
            paired = [scalar("sum", like("multiply", d, y)) for d, y in zip(cotangents, terms, strict=True)]
            total = paired[0]
            for term in paired[1:]:
                total = scalar("add", total, term)
            self.defined[""] = total
        return self.defined[""]

    def shown_loss(self) -> str:
        """What gradients are of, by its name or as the outputs that cotangents are given for."""
        return loss_name(self.scope) or ", ".join(outputs(self.scope, self.spoken))

    def cotangent(self, name: str, at: int) -> Term | None:
        """What is given as the gradient of an output; None for anything else."""
        if name not in outputs(self.scope, self.spoken):
            return None
        scalar_alone = self.term(Name(name, at=at)).kind == "scalar" and not {f"d{name}", f"d{key(name)}"} & self.spoken
        return None if scalar_alone else self.given_cotangent(name, at)

    def given_cotangent(self, name: str, at: int) -> Term:
        """dY: declared, defined, or a symbol of Y's shape."""
        if name not in self.cotangents:
            y = self.term(Name(name, at=at))
            own = self.scope.find(f"d{name}")
            term = self.term(Name(own, at=at)) if own else Term("symbol", (), y.rows, y.cols, y.kind, f"d{name}", y.row, at)
            self.same(y, term, Name(name), Name(f"d{name}"), at)
            self.cotangents[name] = term
        return self.cotangents[name]
