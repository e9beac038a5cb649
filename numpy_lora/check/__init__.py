"""Gradient checks: is `backward` the pullback of its own forward pass?"""

from .gradients import assert_gradients, check_gradients
from .report import KINDS, Failure, Report, text

__all__ = ["KINDS", "Failure", "Report", "assert_gradients", "check_gradients", "text"]
