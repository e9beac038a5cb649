"""Whose gradient each one is."""

import numpy as np
import pytest

from numpy_lora.check.owners import Owners
from numpy_lora.check.trouble import Trouble

X, W, A, B = np.ones((3, 4)), np.ones((4, 5)), np.ones((4, 2)), np.ones((2, 5))
ARGUMENTS = {"X": X, "W": W, "A": A, "B": B}


def owners(gradients, arguments=ARGUMENTS, wrt=None):
    """(labels, names of the arrays without a gradient)."""
    asked = Owners("op", arguments, list(arguments), wrt)
    return [label for _, label, _ in asked.of(gradients)], asked.unjudged


FOUND = {
    "as many": ((X, W, A, B), ["dX", "dW", "dA", "dB"], []),
    "the first": ((X, W), ["dX", "dW"], ["A", "B"]),
    "one alone": (X, ["dX"], ["W", "A", "B"]),
    "one in between left out": ((X, A, B), ["dX", "dA", "dB"], ["W"]),
    "the first left out": ((W, A, B), ["dW", "dA", "dB"], ["X"]),
    "None in between": ((X, None, A, B), ["dX", "dA", "dB"], ["W"]),
    "of a shape that no array has": ((X, B.T), ["dX", "dW"], ["A", "B"]),
    "one to which W is broadcast, and in the shape of another": ((X, np.ones((2, 4, 5))), ["dX", "dW"], ["A", "B"]),
    "in another order": ((A, X), ["dX", "dW"], ["A", "B"]),
    "by name": ({"dB": B, "X": X}, ["dB", "dX"], []),
}


@pytest.mark.parametrize("case", FOUND)
def test_whose_they_are(case):
    gradients, labels, unjudged = FOUND[case]
    assert owners(gradients) == (labels, unjudged)


def test_two_places_that_fit_leave_them_to_the_first():
    squares = {"X": X, "U": np.ones((4, 4)), "V": np.ones((4, 4))}
    assert owners((squares["U"],), squares) == (["dX"], ["U", "V"])


def test_wrt_outranks_position():
    assert owners((B, X), wrt=["B", 0]) == (["dB", "dX"], [])
    with pytest.raises(Trouble, match=r"^wrt: names 1 arguments, but backward gave 2 gradients$"):
        owners((B, X), wrt="B")
    with pytest.raises(Trouble, match=r"^wrt: names B more than once$"):
        owners((B, B), wrt=["B", "B"])
