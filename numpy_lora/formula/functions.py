"""What each function makes of its arguments' shapes: a table, one entry a function. To add one, see `alphabet.FUNCTIONS`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from . import compositions as c
from .dims import ONE
from .printer import unparse
from .terms import Term, like, scalar
from .tree import Binary, Call, Name, Number

if TYPE_CHECKING:
    from .infer import Inference

Rule = Callable[["Inference", Call, Term], Term]


def applied(inf: Inference, x: Call) -> Term:
    """A call as a term."""
    if x.function in ("eye", "ones"):
        return _made_of_length(inf, x)
    if x.function in TWO and len(x.args) == 2:
        return TWO[x.function](inf, x)
    if len(x.args) != 1:
        many = "1 or 2 arguments" if x.function in TWO and x.function in ONE_ARGUMENT else f"{1 + (x.function in TWO)} argument"
        inf.fail(f"{x.function} takes {many}, got {len(x.args)}", x.at)
    if x.function not in ONE_ARGUMENT:
        inf.fail(f"{x.function} takes 2 arguments, got 1", x.at)
    argument = inf.term(x.args[0])
    if x.axis is not None:
        return _along(inf, x, argument)
    return ONE_ARGUMENT[x.function](inf, x, argument)


def _made_of_length(inf: Inference, x: Call) -> Term:
    if len(x.args) != 1 or not isinstance(x.args[0], Name | Number):
        inf.fail(f"{x.function} takes a dimension", x.at)
    argument = x.args[0]
    length = argument.name if isinstance(argument, Name) else str(argument.value)
    return inf.identity(length, x.at) if x.function == "eye" else inf.ones(length, x.at)


# --- entry by entry


def entrywise(op: str) -> Rule:
    """A function of each entry."""
    return lambda inf, x, a: like(op, a)


def composed(f: Callable[[Term], Term]) -> Rule:
    """A function of each entry, made of others."""
    return lambda inf, x, a: f(a)


def absolute(inf: Inference, x: Call, a: Term) -> Term:
    """|x| for each entry; of a square matrix between bars it may be meant as det."""
    if a.kind == "matrix" and x.function == "bars":
        shown = unparse(x.args[0])

        def square() -> str | None:
            same = inf.dims.same(a.rows, a.cols)
            return f"|{shown}| of a square matrix: write det({shown}) or abs({shown})" if same else None

        if message := square():
            inf.fail(message, x.at)
        inf.check(square, x.at)
    return like("abs", a)


# --- sums and means


def total(op: str) -> Callable[[Term], Term]:
    """One number of all entries."""
    return lambda a: scalar(op, a)


def lines(make: Callable[[Term], Term]) -> Rule:
    """A function of the rows or columns of a matrix; of a vector it is not clear which."""

    def rule(inf: Inference, x: Call, a: Term) -> Term:
        if a.kind == "vector":
            whole = x.function.removeprefix("row").removeprefix("col")
            inf.fail(f"{inf.named(x.args[0], a)}, a vector: write {whole}({unparse(x.args[0])})", x.at)
        return a if a.kind == "scalar" and x.function not in ("rownorm", "colnorm", "rowvar", "rowstd") else make(a)

    return rule


def by_row(make: Callable[[Term], Term]) -> Rule:
    """A function of a vector, or of each row of a matrix; of a matrix of one column it is not clear which is meant."""

    def rule(inf: Inference, x: Call, a: Term) -> Term:
        if a.kind == "matrix" and inf.dims.is_one(a.cols) and not inf.dims.is_one(a.rows):
            inf.fail(f"{inf.named(x.args[0], a)}, and {x.function} goes by row: declare a vector, of one dimension", x.at)
        return make(a)

    return rule


def vector_norm(make: Callable[[Term], Term]) -> Rule:
    """A norm of vectors that is another thing for matrices."""

    def rule(inf: Inference, x: Call, a: Term) -> Term:
        if a.kind == "matrix" and not inf.dims.is_one(a.rows) and not inf.dims.is_one(a.cols):
            inf.fail(
                f"{inf.named(x.args[0], a)}: of a matrix only ‖A‖ and ‖A‖_F are in the language, the root of its squares", x.at
            )
        return make(a)

    return rule


def _along(inf: Inference, x: Call, a: Term) -> Term:
    """NumPy's reductions along an axis without keepdims: a vector that is row or column."""
    if a.kind != "matrix":
        if a.kind == "scalar" or x.axis:
            inf.fail(f"{inf.named(x.args[0], a)}: it has no axis {x.axis}", x.at)
        return {"sum": total("sum"), "max": total("max"), "min": total("min"), "mean": c.mean}[x.function](a)
    if x.function not in ("sum", "mean", "max", "min"):
        inf.fail(f"{x.function}(axis=) is not in the language", x.at)
    rows, cols = (a.cols, a.rows) if x.axis == 0 else (a.rows, a.cols)
    way, by = ("col", c.by_col) if x.axis == 0 else ("row", c.by_row)
    line = _lowest(way, a) if x.function == "min" else by(f"{way}{_line(x)}", a)
    args = (line,)
    vector = Term("transpose" if x.axis == 0 else "same", args, rows, ONE, "vector", None, frozenset(), x.at)
    return c.over(vector, c.size(cols)) if x.function == "mean" else vector


def _lowest(way: str, a: Term) -> Term:
    """The least of each row or column: minus the largest of −a."""
    by = c.by_row if way == "row" else c.by_col
    return like("negative", by(f"{way}max", like("negative", a)))


def _line(x: Call) -> str:
    return "max" if x.function == "max" else "sum"


# --- square matrices


def of_square(op: str) -> Rule:
    """A number of a square matrix; of a scalar the scalar."""

    def rule(inf: Inference, x: Call, a: Term) -> Term:
        if a.kind == "scalar":
            return a
        if a.kind == "vector" or not inf.dims.unify(a.rows, a.cols):
            inf.fail(f"{inf.named(x.args[0], a)}: {x.function} wants a square matrix", x.at)
        return scalar(op, a, at=x.at)

    return rule


def logdet(inf: Inference, x: Call, a: Term) -> Term:
    """log |det A|."""
    return scalar("log", like("abs", of_square("det")(inf, x, a)))


def adjugate(inf: Inference, x: Call, a: Term) -> Term:
    """det A A⁻¹."""
    return c.times(of_square("det")(inf, x, a), inf.inverse(a, x.args[0], x.at))


def diag(inf: Inference, x: Call, a: Term) -> Term:
    """Of a vector a matrix, of a square matrix the vector on its diagonal."""
    if a.kind == "scalar":
        return a
    if a.kind == "vector":
        return Term("diag", (a,), a.rows, a.rows, "matrix")
    if inf.dims.is_one(a.rows) or inf.dims.is_one(a.cols):
        column = a if inf.dims.is_one(a.cols) else inf.transpose(a)
        return Term("diag", (column,), column.rows, column.rows, "matrix")
    if not inf.dims.unify(a.rows, a.cols):
        inf.fail(f"{inf.named(x.args[0], a)}: diag wants a vector or a square matrix", x.at)
    return Term("diagonal", (a,), a.rows, ONE, "vector", None, frozenset())


def vec(inf: Inference, x: Call, a: Term) -> Term:
    """The columns of a matrix below each other."""
    length = inf.dims.times(a.rows, a.cols)
    if length is None:
        inf.fail(f"{unparse(x.args[0])}: its shape must be declared", x.at)
    return Term("vec", (a,), length, ONE, "vector")


# --- two arguments


def inner(inf: Inference, x: Call) -> Term:
    """⟨A, B⟩: the sum of the products of entries."""
    a, b = inf.term(x.args[0]), inf.term(x.args[1])
    inf.same(a, b, x.args[0], x.args[1], x.at)
    if a.kind != b.kind and "vector" in (a.kind, b.kind):
        a, b = (inf.transpose(t) if t.kind == "matrix" and not inf.dims.is_one(t.cols) else t for t in (a, b))
    return scalar("sum", c.times(a, b), at=x.at)


def outer(inf: Inference, x: Call) -> Term:
    """u vᵀ."""
    a, b = inf.term(x.args[0]), inf.term(x.args[1])
    if a.kind != "vector" or b.kind != "vector":
        inf.fail(f"{inf.named(x.args[0], a)}, {inf.named(x.args[1], b)}: outer wants two vectors", x.at)
    return inf.matmul(a, inf.transpose(b), x.at)


def picked(sign: str) -> Callable[[Inference, Call], Term]:
    """max(x, y) and min(x, y) for each entry."""

    def rule(inf: Inference, x: Call) -> Term:
        a, b = inf.term(x.args[0]), inf.term(x.args[1])
        term = inf.entrywise(Binary("hadamard", x.args[0], x.args[1], at=x.at), a, b)
        term.op = sign
        return term

    return rule


def dot(inf: Inference, x: Call) -> Term:
    """A B."""
    return inf.product(Binary("product", x.args[0], x.args[1], at=x.at))


TWO: dict[str, Callable[[Inference, Call], Term]] = {
    "inner": inner,
    "outer": outer,
    "dot": dot,
    "max": picked("larger"),
    "min": picked("smaller"),
}
ONE_ARGUMENT: dict[str, Rule] = {
    **{f: entrywise(f) for f in ("exp", "log", "sqrt", "tanh", "sin", "cos", "tan", "sinh", "cosh", "relu", "erf", "sign")},
    **{f: entrywise(f) for f in ("log1p", "expm1", "arctan")},
    "log2": composed(lambda a: c.over(like("log", a), scalar("log", c.number(2)))),
    "log10": composed(lambda a: c.over(like("log", a), scalar("log", c.number(10)))),
    "abs": absolute,
    "bars": absolute,
    "square": composed(c.square),
    "sigmoid": composed(c.sigmoid),
    "logsigmoid": composed(lambda a: like("negative", c.softplus(like("negative", a)))),
    "softplus": composed(c.softplus),
    "silu": composed(lambda a: c.times(a, c.sigmoid(a))),
    "gelu": composed(c.gelu),
    "sum": composed(total("sum")),
    "max": composed(total("max")),
    "min": composed(total("min")),
    "mean": composed(c.mean),
    "var": composed(c.var),
    "norm": composed(c.norm),
    "normF": composed(c.norm),
    "norm2": vector_norm(c.norm),
    "norm1": vector_norm(lambda a: scalar("sum", like("abs", a))),
    "norminf": vector_norm(lambda a: scalar("max", like("abs", a))),
    "rowsum": lines(lambda a: c.by_row("rowsum", a)),
    "colsum": lines(lambda a: c.by_col("colsum", a)),
    "rowmin": lines(lambda a: _lowest("row", a)),
    "colmin": lines(lambda a: _lowest("col", a)),
    "rowmax": lines(lambda a: c.by_row("rowmax", a)),
    "colmax": lines(lambda a: c.by_col("colmax", a)),
    "rowmean": lines(c.rowmean),
    "colmean": lines(c.colmean),
    "rowvar": lines(c.rowvar),
    "rowstd": lines(lambda a: like("sqrt", c.rowvar(a))),
    "rownorm": lines(lambda a: like("sqrt", c.by_row("rowsum", c.square(a)))),
    "colnorm": lines(lambda a: like("sqrt", c.by_col("colsum", c.square(a)))),
    "softmax": by_row(c.softmax),
    "logsoftmax": by_row(c.logsoftmax),
    "logsumexp": by_row(c.logsumexp),
    "tr": of_square("trace"),
    "det": of_square("det"),
    "logdet": logdet,
    "adj": adjugate,
    "diag": diag,
    "vec": vec,
}
