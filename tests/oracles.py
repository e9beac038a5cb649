"""Gradients read off the forward pass, entry by entry, to compare a backward pass with."""

import numpy as np

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
