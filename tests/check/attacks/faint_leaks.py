"""The leaks once more, of what hardly depends on X: less than differences see, or than a step of 2^-30 moves a float.

Every one is wrong at the values given: Y = X (1 + 2^-28 X) with (1 + 2^-28 X) dY, by a relative 2^-28 X.
"""

from .forms import FAINT, X, held_constant
from .leaks import LEAKS

ATTACKS = {name: lambda leak=leak: (held_constant(leak, True), (X,)) for name, leak in LEAKS.items()}


def attack_faint_sum():
    """Wrong by a relative 2^-28: one float that depends on all of X."""

    def op(X):
        c = float(1 + FAINT * X.sum())
        return X * c, lambda dY: dY * c

    return op, (X,)
