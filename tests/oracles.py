"""What a backward pass is compared with: gradients read off the forward pass, entry by entry, or a proof over the field."""

import numpy as np

from numpy_lora import tree
from numpy_lora.check import check_gradients
from tests.draws import one_hot


def affine_gradient(forward, A, cotangent):
    """Of <cotangent, forward(A)>, exactly: where forward is affine in A, a step of one is the derivative."""
    base = forward(A)
    gradient = np.zeros(A.shape, dtype=A.dtype)
    for index, unit in one_hot(A.shape):
        gradient[index] = (cotangent * (forward(A + unit) - base)).sum()
    return gradient


def complex_step_gradient(forward, A, cotangent):
    """Of <cotangent, forward(A)>, to rounding: an imaginary step of 2^-100 leaves no difference to cancel."""
    gradient = np.zeros(A.shape)
    for index, unit in one_hot(A.shape):
        gradient[index] = (cotangent * forward(A + 2.0**-100 * 1j * unit).imag).sum() * 2.0**100
    return gradient


def assert_close(got, expected, roundings=256):
    """Equal up to `roundings` units in the last place of the largest entry.

    A gradient here is a few nested sums of at most some thirty terms, entries of the order of one: its error is a small
    multiple of the number of operations that one entry goes through, and a wrong term is of the order of the entry.
    """
    assert got.shape == expected.shape
    size = max(1.0, float(np.max(np.abs(expected), initial=0)))
    assert np.max(np.abs(got - expected), initial=0) <= roundings * np.finfo(got.dtype).eps * size


def assert_proved(op, *args, **kwargs):
    """`backward` is the pullback of its own forward pass over exact numbers: no weaker grade will do."""
    report = check_gradients(op, *args, kwargs=kwargs)
    assert (report.verdict, report.grade, report.why) == ("holds", "exact", ""), report


def generic(problem):
    """The same arguments with ordinary numbers for entries, so that no two scores tie and none is far from the others.

    A proof over the field is about the formula; of the values only the branch that they choose counts.
    """
    rng = np.random.default_rng(0)
    return tree.map(lambda _, leaf: rng.uniform(-1, 1, leaf.shape) if leaf.dtype.kind == "f" else leaf, list(problem))
