import numpy as np
import pytest

from numpy_lora.ops import ShapeError
from numpy_lora.ops.arguments import expect, expect_mask, rows


@pytest.mark.parametrize(
    ("got", "shape", "known"),
    [
        ((4, 2), ("n", "d"), {"d": 2}),
        ((5, 4, 2), (..., "n", "d"), {}),
        ((2,), (..., "d"), {"d": 2}),
        ((3, 3), ("n", 3), {"n": 3}),
    ],
)
def test_a_fitting_shape_passes(got, shape, known):
    expect(np.empty(got), "X", shape, **known)


@pytest.mark.parametrize(
    ("got", "shape", "known", "message"),
    [
        ((3, 8), ("r", "d_out"), {"r": 4, "d_out": 8}, "X: expected shape (r=4, d_out), got (3, 8)"),
        ((3, 8), ("r", "d_out"), {"r": 4, "d_out": 9}, "X: expected shape (r=4, d_out=9), got (3, 8)"),
        ((8,), ("r", "d_out"), {"d_out": 8}, "X: expected shape (r, d_out=8), got (8,)"),
        ((3,), (4,), {}, "X: expected shape (4,), got (3,)"),
        ((2, 3), (..., "d"), {"d": 4}, "X: expected shape (..., d=4), got (2, 3)"),
        ((2,), (..., "n", "d"), {"d": 2}, "X: expected shape (..., n, d=2), got (2,)"),
        ((), (..., "d"), {}, "X: expected shape (..., d), got ()"),
    ],
)
def test_a_wrong_shape_is_told_in_one_line(got, shape, known, message):
    with pytest.raises(ShapeError) as error:
        expect(np.empty(got), "X", shape, **known)
    assert str(error.value) == message


def test_what_is_no_array_is_named():
    with pytest.raises(ShapeError, match=r"^X: expected an array, got list$"):
        expect([1.0], "X", ("n",))


@pytest.mark.parametrize("shape", [(), (1,), (4,), (3, 1), (2, 3, 4), (1, 1, 1)])
def test_a_mask_may_broadcast(shape):
    expect_mask(np.ones(shape, dtype=bool), (2, 3, 4))


@pytest.mark.parametrize(
    ("mask", "message"),
    [
        (np.ones((3, 3), dtype=bool), "mask: expected a shape that broadcasts to (2, 3, 4), got (3, 3)"),
        (np.ones((5, 2, 3, 4), dtype=bool), "mask: expected a shape that broadcasts to (2, 3, 4), got (5, 2, 3, 4)"),
        (np.ones((3, 4)), "mask: expected an array of booleans, True where allowed, got float64"),
        ([True], "mask: expected an array of booleans, True where allowed, got list"),
    ],
)
def test_a_wrong_mask_is_told_in_one_line(mask, message):
    with pytest.raises(ShapeError) as error:
        expect_mask(mask, (2, 3, 4))
    assert str(error.value) == message


@pytest.mark.parametrize(("shape", "folded"), [((4,), (1, 4)), ((3, 4), (3, 4)), ((2, 3, 4), (6, 4)), ((0, 3, 0), (0, 0))])
def test_rows_folds_the_leading_axes(shape, folded):
    assert rows(np.empty(shape)).shape == folded
