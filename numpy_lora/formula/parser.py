r"""The grammar of formulas, by recursive descent over tokens. Text is parsed, never executed.

    statement  = name ":=" expr | declaration | [ [ "⟸" ] items "⟹" ] items [ "⟸" items ]          \text{if} is ⟸
    items      = item { "," item }
    item       = declaration | expr { ("=" | "≠") expr }
    declaration = name { "," name } ":" "(" [ dim { "," dim } ] ")" { mark } | name "∈" "ℝ" [ "^" dim [ "×" dim ] ] { mark }
    dim        = factor { "*" factor }                    factor = name | integer

    expr       = [ "+" | "-" ] term { ("+" | "-") term }
    term       = tight { ("⊙" | "⊘" | "⊗" | "/" | "*" | "@") [ "-" ] tight }
    tight      = prefix { [ "·" [ "-" ] ] prefix }        a product of adjacent names binds tightest
    prefix     = function prefix | postfix                log det X; after such an operand no adjacent factor may stand
    postfix    = atom { "^" exponent | "**" exponent | ".T" | "." method "(" args ")" }
    exponent   = "T" | "⊤" | "-1" | "-T" | number | name | "{" expr "}" | "(" expr ")"
    atom       = number | name | function "(" args ")" | "(" expr ")" | "⟨" expr "," expr "⟩" | "‖" expr "‖" [ "_" norm ]
               | "|" expr "|" | "\frac" arg arg | ("\sqrt" | "√") arg | gradient | "1_" name
    gradient   = "∂" [ tight ] "/" "∂" name [ tight ] | "\frac" "{" "∂" [ tight ] "}" "{" "∂" name "}" [ tight ]
               | "d" name "/" "d" name | "∇_" name [ tight ] | "grad(" [ expr "," ] name ")"

One grammar serves three spellings: signs that mean the same are one token (`lexer`), braces and brackets group as parentheses
do, and only `*` depends on the rest of the text: entry by entry where it has `@`, `.T`, `**` or `np.`, else by a scalar.
"""

from __future__ import annotations

from collections.abc import Collection

from .alphabet import FUNCTIONS, METHODS
from .declarations import Declarations
from .tree import (
    Binary,
    Call,
    Claim,
    Declaration,
    Definition,
    Expr,
    Implication,
    Inverse,
    Negative,
    Number,
    Power,
    Statement,
    Transpose,
    children,
    roots,
)

DEEPEST_TREE = 80
SIGNS = {"⊙": "hadamard", "⊘": "divide", "⊗": "kronecker", "/": "over", "@": "product", "∗": "star"}


def parse(text: str, known: Collection[str] = (), free: bool = False, letters: Collection[str] = ()) -> Statement:
    r"""A formula as a tree.

    Parameters
    ----------
    text : one statement, in any mixture of the three spellings.
    known : names that words are taken apart by, and that win over functions of their name.
    free : whether words of unknown capitals are products of letters.
    letters : that stand alone in other texts: words of such are products of them.

    Raises
    ------
    FormulaError : it cannot be read; the message names the column.

    Examples
    --------
    >>> parse(r"dWB = s YA^\top dY") == parse("dWB = s YAᵀdY") == parse("dWB = s @ YA.T @ dY")
    True
    >>> parse("tr(A B = 0")
    Traceback (most recent call last):
    numpy_lora.formula.errors.FormulaError: expected ")", got "="
      tr(A B = 0
             ^
    """
    parser = Parser(text, known, free, letters)
    statement = parser.statement()
    if parser.next.kind != "end":
        parser.fail(f"expected an operator or the end, got {parser.shown()}")
    if depth(statement) > DEEPEST_TREE:
        parser.fail(f"a formula of more than {DEEPEST_TREE} levels: name its parts by :=", 1)
    return statement


def depth(statement: Statement) -> int:
    """The levels of the deepest tree in a statement."""
    deepest, level = 0, roots(statement)
    while level:
        deepest, level = deepest + 1, [child for x in level for child in children(x)]
    return deepest


class Parser(Declarations):
    """Statements, sums, products and powers."""

    def statement(self) -> Statement:
        """The text as one statement."""
        start = self.column()
        if self.next.kind == "name" and (self.peek(1).text == ":=" or self.is_function(self.next.text)):
            name = self.name()
            self.arguments_of(name)
            if self.take(":="):
                return Definition(name, self.expr(), at=start)
            self.at = 0
        first = self.take("⟸")
        items = self.items()
        conditions: tuple[Claim | Declaration, ...] = ()
        if self.take("⟹"):
            conditions, items = tuple(items), self.items()
        elif first:
            self.need("⟹")
        if self.take("⟸"):
            conditions += tuple(self.items())
        elif all(isinstance(item, Declaration) for item in items):
            return items[0] if isinstance(items[0], Declaration) and len(items) == 1 else Implication(tuple(items), ())
        for item in items:
            if isinstance(item, Declaration):
                self.fail("a declaration stands alone or before ⟹", item.at)
        return Implication(conditions, tuple(item for item in items if isinstance(item, Claim)))

    def items(self) -> list[Claim | Declaration]:
        """Claims and declarations between commas."""
        items = [self.item()]
        while self.take(","):
            if self.is_op("⟸"):
                break
            items.append(self.item())
        return items

    def item(self) -> Claim | Declaration:
        """One claim or declaration."""
        ahead, start = 0, self.column()
        while self.peek(ahead).kind == "name" and self.peek(ahead + 1).text == ",":
            ahead += 2
        if self.peek(ahead).kind == "name" and self.peek(ahead + 1).text in (":", "∈"):
            return self.declaration()
        sides, relations = [self.expr()], []
        while sign := self.take("=", "≠"):
            relations.append(sign)
            sides.append(self.expr())
        if not relations:
            self.fail(f'a claim has two sides: expected "=", got {self.shown()}')
        return Claim(tuple(sides), tuple(relations), at=start)  # type: ignore[arg-type]

    # --- sums and products

    def expr(self) -> Expr:
        """Sums."""
        start = self.column()
        sign = self.take("+", "-")
        left = self.term()
        if sign == "-":
            left = Negative(left, at=start)
        while self.is_op("+", "-"):
            column = self.column()
            sign = self.take("+", "-")
            left = Binary("+" if sign == "+" else "-", left, self.term(), at=column)
        return left

    def term(self) -> Expr:
        """Products entry by entry, quotients, and NumPy's products."""
        left = self.tight()
        while self.is_op("⊙", "⊘", "⊗", "/", "*", "@", "∗"):
            column = self.column()
            sign = self.take("⊙", "⊘", "⊗", "/", "*", "@", "∗")
            op = SIGNS.get(sign) or ("hadamard" if self.numpy else "star")
            before = self.at
            right = self.signed()
            if op == "over" and isinstance(right, Binary) and right.op == "product" and not self.is_one_group(before):
                op = "loose"
            left = Binary(op, left, right, sign if op == "product" else "", at=column)  # type: ignore[arg-type]
        return left

    def signed(self) -> Expr:
        """A factor that may carry a minus sign."""
        start = self.column()
        if self.take("-"):
            return Negative(self.tight(), at=start)
        self.take("+")
        return self.tight()

    def tight(self) -> Expr:
        """Products of adjacent factors, or with `·`."""
        start, begun = self.column(), self.at
        left = self.prefix()
        while True:
            column, sign = self.column(), self.take("·")
            if sign:
                begun = self.at
                minus = self.take("-")
                right = self.prefix()
                right = Negative(right, at=column) if minus else right
            elif self.starts_operand():
                self.no_bare_call(begun, start)
                begun = self.at
                right = self.prefix()
            else:
                return left
            left = Binary("product", left, right, sign, at=column)

    def no_bare_call(self, begun: int, column: int) -> None:
        """`tr A B` could be tr(A B) or tr(A) B; `det A det B` could not."""
        first, following = self.tokens[begun], self.next
        bare = first.kind == "name" and first.text in FUNCTIONS and not self.is_known(first.text)
        if bare and self.tokens[begun + 1].text not in ("(", "[") and following.text not in FUNCTIONS:
            name, rest = first.text, following.text
            self.fail(f"write {name}(… {rest} …) or {name}(…) {rest}: without parentheses both can be meant", column)

    def prefix(self) -> Expr:
        """One factor with what hangs on it."""
        return self.postfix(self.atom())

    # --- powers and methods

    def postfix(self, x: Expr) -> Expr:
        """Transposes, inverses, powers, attributes and methods."""
        while True:
            start = self.column()
            if self.take("^", "**"):
                x = self.raised(x, start)
            elif self.is_op("⊤"):
                self.at += 1
                x = Transpose(x, at=start)
            elif self.is_op("[") and not self.next.spaced and self.is_index():
                self.fail("entries and slices are not in the language: declare a name for them")
            elif self.is_op(".") and self.peek(1).kind == "name":
                self.at += 1
                x = self.attribute(x, start)
            else:
                return x

    def is_index(self) -> bool:
        """Whether what stands in brackets is an entry or a slice, as in x[0], x[-1], X[:, j] or y[i]."""
        first, second = self.peek(1), self.peek(2)
        if first.text == ":" or (first.text == "-" and second.kind == "number"):
            return True
        return first.kind in ("number", "name") and second.text in ("]", ",", ":")

    def raised(self, x: Expr, start: int) -> Expr:
        """What stands after ^."""
        if self.is_transpose(0):
            self.at += 3 if self.is_op("{") else 1
            return Transpose(x, at=start)
        if self.peek(0).text == "{" and self.peek(1).text == "-" and self.is_transpose(2) and self.peek(3).text == "}":
            self.at += 4
            return Transpose(Inverse(x, at=start), at=start)
        if self.peek(0).text == "-" and self.is_transpose(1):
            self.at += 2
            return Transpose(Inverse(x, at=start), at=start)
        k = self.exponent_value()
        match k:
            case Negative(x=Number(value=value)) if value == 1:
                return Inverse(x, at=start)
        self.no_tower()
        return Power(x, k, at=start)

    def no_tower(self) -> None:
        """A power of a power, but for a transpose or an inverse of one."""
        if self.is_op("^", "**") and not self.is_transpose(1) and self.peek(2).text != "-":
            self.fail("a power of a power: write (x^a)^b or x^(a b)")

    def attribute(self, x: Expr, start: int) -> Expr:
        """`.T`, `.sum(axis=0)` and their like."""
        name = self.name()
        if name in ("T", "mT"):
            return Transpose(x, at=start)
        if name not in METHODS:
            self.fail(f"unknown attribute .{name}, expected .T or one of {', '.join(sorted(METHODS))}", start)
        self.need("(")
        args, options = self.arguments(")")
        function = {"trace": "tr", "diagonal": "diag", "max": "amax", "min": "amin"}.get(name, name)
        if function == "dot" and len(args) != 1:
            self.fail(".dot takes one argument", start)
        made = self.made(function, [x, *args], options, start)
        assert isinstance(made, (Call, Binary, Transpose))
        return made
