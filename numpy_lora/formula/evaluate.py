"""Terms to numbers, by NumPy's operators alone: the same lines run over float64, complex128 and exact numbers.

Values are matrices, or stacks of them: a gradient is taken by every entry at once, one matrix of the stack an entry.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np

from .dims import Size, value_of
from .literals import Array, Numbers, Undefined
from .terms import Term


@dataclass
class World:
    """Values for the symbols of a claim, at certain sizes.

    Attributes
    ----------
    values : of symbols, and of definitions that are given another value than their own.
    gradients : of gradient terms, by id.
    """

    numbers: Numbers
    sizes: dict[str, int]
    values: dict[str, Array]
    gradients: dict[int, Array] = field(default_factory=dict)
    memo: dict[int, Array] = field(default_factory=dict)

    def value(self, term: Term) -> Array:
        """The value of a term, each computed once."""
        found = self.memo.get(id(term))
        if found is None:
            found = self.memo[id(term)] = self._computed(term)
            if not self.numbers.finite(found):
                raise Undefined(f"{term.op} is not finite")
        return found

    def shape(self, term: Term) -> tuple[int, int]:
        """Rows and columns."""
        return self.size(term.rows), self.size(term.cols)

    def size(self, d: Any) -> int:
        """A dimension as a number; an unknown one must have been named."""
        while not isinstance(d, Size):
            d = d.is_
        return value_of(d, self.sizes)

    def _computed(self, term: Term) -> Array:
        match term.op:
            case "symbol":
                return self.values[term.data]
            case "defined":
                return self.values[term.data] if term.data in self.values else self.value(term.args[0])
            case "gradient":
                return self.gradients[id(term)]
            case "number" | "size" | "count":
                return self.numbers.number(self.rational(term) or Fraction(0))
            case "constant":
                return self.numbers.constant(term.data)
            case "ones":
                return np.ones(self.shape(term))
            case "eye":
                return np.eye(self.shape(term)[0])
            case "sqrt" if (inner := self.rational(term.args[0])) is not None:
                return self.numbers.root(inner)
            case "sqrt" if (constant := self.constant(term.args[0])) is not None:
                return self.numbers.constant(math.sqrt(abs(constant)))
            case "log" if self.numbers.exact:
                return self.logarithm(term.args[0])
            case "raise" if (k := self.rational(term.args[1])) is not None:
                return self.numbers.power(self.value(term.args[0]), k)
            case "power":
                return _power(self.value(term.args[0]), term.data)
            case "det":
                return self.numbers.det(self.value(term.args[0]))
            case "erf":
                return self.numbers.erf(self.value(term.args[0]))
            case "inverse":
                return self.numbers.inverse(self.value(term.args[0]))
            case op:
                return OPERATIONS[op](*(self.value(a) for a in term.args))

    def logarithm(self, term: Term) -> Array:
        """log |x|, of a product as a sum: exact numbers know no more of a logarithm than that it is one."""
        while term.op == "defined" and term.data not in self.values:
            term = term.args[0]
        if (number := self.rational(term)) is not None and number > 0:
            return self.logarithm_of(number)
        args = term.args
        match term.op:
            case "exp":
                return self.value(args[0])
            case "multiply":
                return self.logarithm(args[0]) + self.logarithm(args[1])
            case "divide":
                return self.logarithm(args[0]) - self.logarithm(args[1])
            case "reciprocal":
                return -self.logarithm(args[0])
            case "abs" | "negative":
                return self.logarithm(args[0])
            case "power":
                return term.data * self.logarithm(args[0])
            case "sqrt":
                return self.logarithm(args[0]) / 2
        x = self.value(term)
        return np.log(x * np.sign(np.real(x)))

    def logarithm_of(self, number: Fraction) -> Array:
        """The logarithm of a positive rational number, as a sum over its primes."""
        total = self.numbers.number(Fraction(0))
        for n, sign in ((number.numerator, 1), (number.denominator, -1)):
            for prime in primes_of(n):
                total = total + sign * np.log(self.numbers.number(Fraction(prime)))
        return total

    def constant(self, term: Term) -> float | None:
        """The value of a term made of numbers, dimensions and π; None of any other."""
        if (value := self.rational(term)) is not None:
            return float(value)
        if term.op == "constant":
            return float(term.data)
        if term.op in ("multiply", "divide") and term.kind == "scalar":
            a, b = (self.constant(x) for x in term.args)
            if a is not None and b:
                return a * b if term.op == "multiply" else a / b
        return None

    def rational(self, term: Term) -> Fraction | None:
        """The value of a term made of numbers and dimensions alone; None of any other."""
        match term.op:
            case "number":
                return Fraction(term.data)
            case "size":
                return Fraction(self.size(term.data))
            case "count":
                return Fraction(math.prod(self.size(d) for d in term.data))
            case "negative":
                inner = self.rational(term.args[0])
                return None if inner is None else -inner
            case "add" | "subtract" | "multiply" | "divide" if term.kind == "scalar":
                a, b = (self.rational(x) for x in term.args)
                if a is None or b is None or (term.op == "divide" and b == 0):
                    return None
                return {"add": a + b, "subtract": a - b, "multiply": a * b, "divide": a / (b or 1)}[term.op]
        return None


def primes_of(n: int) -> list[int]:
    """The primes of a positive integer; a large part without small ones is left whole."""
    found, d = [], 2
    while d * d <= n and d < 1000:
        while n % d == 0:
            found.append(d)
            n //= d
        d += 1
    return [*found, n] if n > 1 else found


def _power(x: Array, k: int) -> Array:
    if k < 0:
        return _reciprocal(x ** (-k))
    return x**k if k != 1 else x + 0 * x


def _reciprocal(x: Array) -> Array:
    return 1 / x


def _transpose(x: Array) -> Array:
    return np.swapaxes(x, -1, -2)


def _diag(x: Array) -> Array:
    return x * np.eye(x.shape[-2])


def _diagonal(x: Array) -> Array:
    return np.diagonal(x, axis1=-2, axis2=-1)[..., None]


def _vec(x: Array) -> Array:
    return _transpose(x).reshape(*x.shape[:-2], x.shape[-1] * x.shape[-2], 1)


def _kronecker(a: Array, b: Array) -> Array:
    product = a[..., :, None, :, None] * b[..., None, :, None, :]
    rows, cols = a.shape[-2] * b.shape[-2], a.shape[-1] * b.shape[-1]
    return product.reshape(*product.shape[:-4], rows, cols)


def _above(least: float, f: Callable[..., Array]) -> Callable[..., Array]:
    """A function that never comes down to its least value: where floats do, exact numbers would take it for that value too."""

    def above(x: Array, *rest: Array) -> Array:
        found = f(x, *rest)
        if ((found == least) & (x != least)).any():
            raise Undefined(f"something underflows to {least:g}")
        return found

    return above


def _larger(a: Array, b: Array) -> Array:
    return np.where(np.real(a) >= np.real(b), a, b)


def _smaller(a: Array, b: Array) -> Array:
    return np.where(np.real(a) <= np.real(b), a, b)


ALL = (-2, -1)
OPERATIONS: dict[str, Callable[..., Array]] = {
    "add": lambda a, b: a + b,
    "subtract": lambda a, b: a - b,
    "multiply": lambda a, b: a * b,
    "divide": lambda a, b: a / b,
    "negative": lambda a: -a,
    "matmul": lambda a, b: a @ b,
    "transpose": _transpose,
    "same": lambda a: a,
    "kronecker": _kronecker,
    "reciprocal": _reciprocal,
    "trace": lambda a: _diagonal(a).sum(ALL, keepdims=True),
    "diag": _diag,
    "diagonal": _diagonal,
    "vec": _vec,
    "sum": lambda a: a.sum(ALL, keepdims=True),
    "rowsum": lambda a: a.sum(-1, keepdims=True),
    "colsum": lambda a: a.sum(-2, keepdims=True),
    "max": lambda a: np.max(a, ALL, keepdims=True),
    "min": lambda a: np.min(a, ALL, keepdims=True),
    "rowmax": lambda a: np.max(a, -1, keepdims=True),
    "colmax": lambda a: np.max(a, -2, keepdims=True),
    "larger": _larger,
    "smaller": _smaller,
    "raise": _above(0, np.power),
    "sqrt": np.sqrt,
    "exp": _above(0, np.exp),
    "log": np.log,
    "log1p": np.log1p,
    "expm1": _above(-1, np.expm1),
    "tanh": np.tanh,
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "sinh": np.sinh,
    "cosh": np.cosh,
    "arctan": np.arctan,
    "relu": lambda a: a * (np.real(a) > 0),
    "abs": lambda a: a * np.sign(np.real(a)),
    "sign": lambda a: np.sign(np.real(a)),
}
