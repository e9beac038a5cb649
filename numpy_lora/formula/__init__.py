r"""Formulas that a machine reads: text in three spellings, judged over exact numbers, with a counterexample where it is wrong.

>>> from numpy_lora.formula import verify
>>> [(v.verdict, v.grade) for v in verify(["dWA = Xᵀ (dY·WBᵀ)", r"dW_B = Y_A^\top dY"])]
[('holds', 'exact'), ('holds', 'exact')]
"""

from .errors import FormulaError
from .parser import parse
from .printer import unparse
from .verdicts import Verdict, verdicts_on, verify

__all__ = ["FormulaError", "Verdict", "parse", "unparse", "verdicts_on", "verify"]
