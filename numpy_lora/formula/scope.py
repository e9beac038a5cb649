"""What the names of a claim mean: declarations, definitions, the default table, and what the loss is."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from .alphabet import BAR, LOSSES
from .parser import parse
from .tree import Binary, Call, Claim, Declaration, Definition, Dim, Expr, Gradient, Implication, Name, Ones, Statement, children
from .words import key, known_as

SCALES = ("α", "s", "scale")
TABLE: dict[str, tuple[Dim, ...]] = {
    "X": (("n",), ("d_in",)),
    "W": (("d_in",), ("d_out",)),
    "WA": (("d_in",), ("r",)),
    "WB": (("r",), ("d_out",)),
    "dY": (("n",), ("d_out",)),
}
FORWARD = ("YA := X WA", "Y := X W + YA WB")
SCALED = ("YA := X WA", "Y := X W + {} YA WB")
OWN = ("wa", "wb", "ya")


@dataclass
class Scope:
    """The names that claims may use.

    Attributes
    ----------
    declared : dimensions of symbols.
    marks : of symbols, "symmetric" and its like.
    definitions : in the order they were made, with the text they were made in.
    aliases : names that stand for another one.
    assumed : the lines of the default table, where it is used.
    mentioned : names that stand somewhere, declared or not.
    """

    declared: dict[str, tuple[Dim, ...]] = field(default_factory=dict)
    marks: dict[str, tuple[str, ...]] = field(default_factory=dict)
    definitions: dict[str, tuple[Definition, str]] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    assumed: tuple[str, ...] = ()
    mentioned: set[str] = field(default_factory=set)

    @property
    def dims(self) -> set[str]:
        """The names of dimensions."""
        return {f for dims in self.declared.values() for dim in dims for f in dim if isinstance(f, str)}

    @property
    def known(self) -> set[str]:
        """All names that have a meaning here."""
        return {*self.declared, *self.definitions, *self.aliases, *self.dims}

    def copy(self) -> Scope:
        """A scope that may be added to."""
        tables = (dict(self.declared), dict(self.marks), dict(self.definitions), dict(self.aliases))
        return Scope(*tables, self.assumed, set(self.mentioned))

    def add(self, statement: Declaration | Definition, text: str) -> None:
        """Declare or define; what is said later counts."""
        self.mentioned |= set(names(statement))
        if isinstance(statement, Definition):
            if statement.name in LOSSES and _is_pairing(statement.value, self.declared):
                return  # it is what is meant where no loss is given
            self.declared.pop(statement.name, None) if not self.declared.get(statement.name) else None
            self.definitions[statement.name] = (statement, text)
            return
        for name in statement.names:
            self.declared[name] = statement.dims
            self.marks[name] = statement.marks

    def find(self, name: str) -> str | None:
        """The name among symbols and definitions that this one is."""
        found = known_as(name, self.definitions) or known_as(name, self.declared)
        return found or self.aliases.get(name)

    def differential(self, name: str) -> str | None:
        """The name that this one is the gradient of: dW, W̄."""
        if len(name) > 1 and name[0] == "d" and name[1] not in "_'":
            rest = name[1:]
        elif BAR in name or _unbarred(name) != name:
            rest = _unbarred(name)
        else:
            return None
        return self.find(rest) or known_as(rest, self.mentioned)


def _is_pairing(x: Expr, declared: Collection[str]) -> bool:
    """Whether a loss is ⟨dY, Y⟩, or a sum of such, with a dY that is no symbol of its own."""
    match x:
        case Call(function="inner", args=(Name(name=a), Name(name=b))):
            return a == f"d{b}" and a not in declared
        case Binary(op="+", left=left, right=right):
            return _is_pairing(left, declared) and _is_pairing(right, declared)
    return False


def _unbarred(name: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", name).replace(BAR, ""))


def names(x: Statement | Claim | Expr) -> Iterator[str]:
    """Every name that stands in a tree."""
    match x:
        case Implication(conditions=conditions, claims=claims):
            for item in (*conditions, *claims):
                yield from names(item)
        case Claim(sides=sides):
            for side in sides:
                yield from names(side)
        case Definition(name=name, value=value):
            yield name
            yield from names(value)
        case Declaration(names=declared):
            yield from declared
        case Name(name=name):
            yield name
        case Ones(length=length) if length is not None:
            yield length
        case _:
            if isinstance(x, Gradient):
                yield x.name
            for child in children(x):
                yield from names(child)


def has_gradient(x: Expr) -> bool:
    """Whether a gradient by sign, not by name, stands in it."""
    return isinstance(x, Gradient) or any(map(has_gradient, children(x)))


def with_table(scope: Scope, mentioned: set[str], introduced: set[str], by_rank: bool = False) -> Scope:
    """The scope, with the default table where a claim is about it and nothing that is given changes it.

    Parameters
    ----------
    mentioned : every name in the claims, as the text has it.
    introduced : every name that is declared or defined.
    by_rank : whether the scale stands in the claims divided by r.
    """
    bare, taken = ({key(name).lower() for name in each} for each in (mentioned, introduced))
    own = bare & {*OWN, *(f"d{name}" for name in OWN)} or ("dy" in bare and bare & {"x", "w", "y", "dx", "dw"})
    if not own or taken & {name.lower() for name in (*TABLE, "Y", "YA", *LOSSES)}:
        return scope
    table = scope.copy()
    table.declared.update(TABLE)
    scale = next((name for name in SCALES if name in mentioned or f"d{name}" in mentioned), None)
    lines = FORWARD
    if scale:
        table.declared[scale] = ()
        table.aliases.update({name: scale for name in SCALES if name != scale})
        lines = (SCALED[0], SCALED[1].format(f"({scale}/r)" if by_rank else scale))
    for line in lines:
        statement = parse(line, table.known)
        assert isinstance(statement, Definition)
        table.add(statement, line)
    table.assumed = lines
    return table


def loss_name(scope: Scope) -> str | None:
    """The definition that is the loss."""
    return next((name for name in scope.definitions if name in LOSSES), None)


def outputs(scope: Scope, text_names: set[str]) -> list[str]:
    """The definitions that nothing else is made of, of which the cotangents are given.

    Where several are left, those whose gradient is spoken of, else Y; definitions made of gradients do not count.
    """
    made_of = {name: set(names(definition.value)) for name, (definition, _) in scope.definitions.items()}
    own = dict(scope.definitions)
    backward: set[str] = set()
    for name, (definition, _) in own.items():
        parts = made_of[name]
        if has_gradient(definition.value) or any(p in backward or is_gradient(scope, p) for p in parts):
            backward.add(name)
    forward = [name for name in own if name not in backward and not is_gradient_of_defined(scope, name)]
    used = {known_as(part, forward) for name in forward for part in made_of[name] if part != name}
    ends = [name for name in forward if name not in used]
    asked = [name for name in ends if {f"d{name}", f"d{key(name)}"} & text_names]
    return asked or (["Y"] if "Y" in ends else ends)


def is_gradient(scope: Scope, name: str) -> bool:
    """Whether a name is read as a gradient, or declared as the cotangent of something defined."""
    if scope.find(name) is None and name not in scope.dims:
        return scope.differential(name) is not None
    return is_gradient_of_defined(scope, name)


def is_gradient_of_defined(scope: Scope, name: str) -> bool:
    """Whether a name is d and a name that is defined: dO of O, whatever dO was declared as."""
    return name.startswith("d") and len(name) > 1 and known_as(name[1:], scope.definitions) is not None
