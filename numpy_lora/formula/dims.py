"""Dimensions and their unification. Declared ones are rigid: n and r are never the same, and neither is 1."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod


@dataclass(frozen=True)
class Size:
    """A dimension: an integer times declared dimensions. 1 is a literal that broadcasts."""

    factor: int = 1
    names: tuple[str, ...] = ()

    def __str__(self) -> str:
        """As a declaration has it: 2*h*dh."""
        return "*".join([str(self.factor)] * (self.factor != 1 or not self.names) + list(self.names))


ONE = Size()


@dataclass(eq=False)
class Unknown:
    """A dimension still to be found.

    Attributes
    ----------
    is_ : what it was unified with.
    wide : whether it may not turn out to be 1: of a symbol that nobody declared.
    """

    is_: Size | Unknown | None = None
    wide: bool = False


Dimension = Size | Unknown


class Dimensions:
    """What is known about dimensions in one claim.

    Parameters
    ----------
    equal : rigid names that a condition sets: to an integer, or to another name.
    """

    def __init__(self, equal: dict[str, Size] | None = None) -> None:
        self.equal = equal or {}
        self.trail: list[tuple[Unknown, Unknown | None]] = []

    def of(self, *factors: str | int) -> Size:
        """A declared dimension."""
        number, names = 1, list[str]()
        for factor in factors:
            if isinstance(factor, int):
                number *= factor
            elif factor in self.equal:
                number *= self.equal[factor].factor
                names.extend(self.equal[factor].names)
            else:
                names.append(factor)
        return Size(number, tuple(sorted(names)))

    def find(self, d: Dimension) -> Dimension:
        """What a dimension is, as far as it is known."""
        while isinstance(d, Unknown) and d.is_ is not None:
            d = d.is_
        return d

    def unify(self, a: Dimension, b: Dimension) -> bool:
        """Make two dimensions one; False where they are two."""
        a, b = self.find(a), self.find(b)
        if a is b or a == b:
            return True
        if not isinstance(a, Unknown):
            a, b = b, a
        if not isinstance(a, Unknown):
            return False
        if a.wide and b == ONE:
            return False
        narrow = b if a.wide and isinstance(b, Unknown) and not b.wide else None
        if narrow is not None:
            narrow.wide = True
        a.is_ = b
        self.trail.append((a, narrow))
        return True

    def undo(self, mark: int) -> None:
        """Forget what was unified since the trail was so long."""
        for unknown, narrow in self.trail[mark:]:
            unknown.is_ = None
            if narrow is not None:
                narrow.wide = False
        del self.trail[mark:]

    def same(self, a: Dimension, b: Dimension) -> bool:
        """Whether two dimensions are known to be one."""
        a, b = self.find(a), self.find(b)
        return a is b or (isinstance(a, Size) and a == b)

    def is_one(self, d: Dimension) -> bool:
        """Whether it is the literal 1."""
        return self.find(d) == ONE

    def times(self, a: Dimension, b: Dimension) -> Dimension | None:
        """The product of two known dimensions."""
        a, b = self.find(a), self.find(b)
        if a == ONE or b == ONE:
            return b if a == ONE else a
        if isinstance(a, Unknown) or isinstance(b, Unknown):
            return None
        return Size(a.factor * b.factor, tuple(sorted(a.names + b.names)))


def value_of(size: Size, sizes: dict[str, int]) -> int:
    """A dimension as a number."""
    return size.factor * prod(sizes[name] for name in size.names)
