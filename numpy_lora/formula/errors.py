"""What is raised where a formula cannot be read or has no shape: a message, a column and a caret under it."""

from __future__ import annotations

WINDOW = 100


class FormulaError(ValueError):
    """A formula that cannot be read, or whose parts do not fit.

    Attributes
    ----------
    message : what is wrong, and a remedy where there is one.
    text : the formula.
    column : where, counted from 1.
    parts : trees of which one, transposed, might mend it.
    """

    def __init__(self, message: str, text: str = "", column: int = 1, parts: tuple[object, ...] = ()) -> None:
        super().__init__(message)
        self.message, self.text, self.column, self.parts = message, text, column, parts

    def __str__(self) -> str:
        """The message, and below it the formula with a caret."""
        return f"{self.message}\n{self.pointed()}" if self.text else self.message

    def pointed(self) -> str:
        """The formula with a caret under the column; of a long one the part around it."""
        flat = "".join(" " if c.isspace() else c for c in self.text)
        start = max(0, min(self.column - 1 - WINDOW // 2, len(flat) - WINDOW))
        return f"  {flat[start : start + WINDOW]}\n  {' ' * (self.column - 1 - start)}^"


class Ambiguous(FormulaError):
    """A formula that can be read in two ways: no choice of what its names may be decides between them."""
