"""Functions made of others, as terms: means, norms, softmax. Their arguments have shapes; nothing is inferred here."""

from __future__ import annotations

from fractions import Fraction

from .dims import ONE, Dimension
from .terms import Term, like, scalar


def number(value: Fraction | int) -> Term:
    """A number as a term."""
    return scalar("number", data=Fraction(value))


def times(a: Term, b: Term) -> Term:
    """a b for each entry; one of them may be a scalar."""
    shape = b if a.kind == "scalar" else a
    return Term("multiply", (a, b), shape.rows, shape.cols, shape.kind, None, shape.row)


def over(a: Term, b: Term) -> Term:
    """a/b for each entry; b has the shape of a, or broadcasts to it."""
    return Term("divide", (a, b), a.rows, a.cols, a.kind, None, a.row)


def plus(a: Term, b: Term, op: str = "add") -> Term:
    """a + b; b has the shape of a, or broadcasts to it."""
    return Term(op, (a, b), a.rows, a.cols, a.kind, None, a.row)


def softplus(a: Term) -> Term:
    """log(1 + exp a)."""
    return like("log", plus(like("exp", a), number(1)))


def sigmoid(a: Term) -> Term:
    """1/(1 + exp −a)."""
    return like("reciprocal", plus(like("exp", like("negative", a)), number(1)))


def gelu(a: Term) -> Term:
    """a (1 + erf(a/√2))/2."""
    half = over(a, scalar("sqrt", number(2)))
    return times(number(Fraction(1, 2)), times(a, plus(like("erf", half), number(1))))


def by_row(op: str, a: Term) -> Term:
    """A column: one number a row."""
    return Term(op, (a,), a.rows, ONE, "matrix") if a.kind == "matrix" else scalar("sum" if op == "rowsum" else "max", a)


def by_col(op: str, a: Term) -> Term:
    """A row: one number a column."""
    return Term(op, (a,), ONE, a.cols, "matrix")


def size(*dims: Dimension) -> Term:
    """A product of dimensions as a number."""
    return scalar("count", data=dims)


def mean(a: Term) -> Term:
    """The mean of all entries."""
    return scalar("divide", scalar("sum", a), size(a.rows, a.cols))


def rowmean(a: Term) -> Term:
    """The means of rows, a column."""
    return over(by_row("rowsum", a), size(a.cols))


def colmean(a: Term) -> Term:
    """The means of columns, a row."""
    return over(by_col("colsum", a), size(a.rows))


def square(a: Term) -> Term:
    """a² for each entry."""
    return like("power", a, data=2)


def rowvar(a: Term) -> Term:
    """Mean squared distance from the row's mean."""
    return rowmean(square(plus(a, rowmean(a), "subtract")))


def var(a: Term) -> Term:
    """Mean squared distance from the mean."""
    return mean(square(plus(a, mean(a), "subtract")))


def norm(a: Term) -> Term:
    """√ of the sum of squares."""
    return scalar("sqrt", scalar("sum", square(a)))


def summed(a: Term) -> Term:
    """The sums that a softmax divides by."""
    return scalar("sum", a) if a.kind == "vector" else by_row("rowsum", a)


def softmax(a: Term) -> Term:
    """exp a over its sums."""
    e = like("exp", a)
    return over(e, summed(e))


def logsumexp(a: Term) -> Term:
    """log of the sum of exp."""
    return like("log", summed(like("exp", a)))


def logsoftmax(a: Term) -> Term:
    """a less its logsumexp."""
    return plus(a, logsumexp(a), "subtract")
