"""The plain check where floats are at their worst: tails in which a sum cancels, arguments that an op changes."""

import numpy as np
import pytest
import scipy.special as sp

from numpy_lora.check import check_gradients

C = np.sqrt(2 / np.pi)


def gelu(X):
    t = np.tanh(C * (X + 0.044715 * X**3))
    return 0.5 * X * (1 + t), lambda dY: dY * (0.5 * (1 + t) + 0.5 * X * (1 - t * t) * C * (1 + 3 * 0.044715 * X**2))


@pytest.mark.parametrize("X", [np.array([[-7.0, -2.0]]), np.array([-7.0]), np.random.default_rng(0).normal(size=(16, 16)) * 3])
def test_a_tail_that_cancels_is_not_refuted(X):
    report = check_gradients(gelu, X)
    assert (report.verdict, report.grade) == ("holds", "exact"), report.why


def test_an_op_that_changes_its_argument_is_refuted_where_it_is_wrong():
    def op(X, W):
        Y = X @ W
        X *= 2
        return Y, lambda dY: (dY @ W.T, X.T @ dY)

    rng = np.random.default_rng(0)
    report = check_gradients(op, rng.normal(size=(3, 4)), rng.normal(size=(4, 2)))
    assert [(f.gradient, f.kind, f.factor) for f in report.failures] == [("dW", "factor", 2.0)]
    assert "changes its argument X in place" in report.why


def test_a_gradient_that_did_not_come_is_said():
    report = check_gradients(lambda X, W: (X @ W, lambda dY: dY @ W.T), np.eye(2) + 1, np.ones((2, 3)))
    assert (report.gradients, report.why) == (("dX",), "no gradient came for W")


def test_what_a_variance_adds_to_complex_numbers_is_not_missed():
    """NumPy's var of complex numbers drops it; of small values it is a millionth of the gradient, beside epsilon."""

    def normalised(X, eps=1e-5):
        rho = np.sqrt(X.var(0) + eps)
        Z = (X - X.mean(0)) / rho
        return Z, lambda dY: (dY - dY.mean(0) - Z * (dY * Z).mean(0)) / rho

    report = check_gradients(normalised, 1e-5 * np.random.default_rng(0).normal(size=(6, 3)))
    assert (report.verdict, report.grade) == ("holds", "exact"), report


def compiled(f):
    """f, entry by entry, where nothing sees it."""
    return lambda X: np.array([f(float(x)) for x in np.asarray(X).reshape(-1).tolist()]).reshape(np.shape(X))


def test_a_slope_that_is_nothing_but_a_change_of_curvature_is_no_mistake():
    """At the knot of a spline differences of any step give a little, in proportion to it; the slope is 0."""
    spline = compiled(lambda x: x * x if x < 1 else 2 * x - 1 + 3 * (x - 1) ** 2)
    bump = compiled(lambda x: spline(x) - 2 * x)
    slope = compiled(lambda x: 2 * x - 2 if x < 1 else 6 * (x - 1))
    report = check_gradients(bump, np.array([0.5, 2.0, 1.0]), backward=lambda d, x: d * slope(x))
    assert report.verdict == "holds", report
    wrong = check_gradients(bump, np.array([0.5, 2.0, 1.5]), backward=lambda d, x: d * slope(x) * (np.asarray(x) != 1.5))
    assert wrong.verdict == "refuted"


@pytest.mark.parametrize("seed", range(5))
def test_terms_that_cancel_in_compiled_code_are_no_mistake(seed):
    cube = compiled(lambda x: (x**3 + 1e5) - 1e5)
    X = np.random.default_rng(0).normal(size=(3, 4))
    assert check_gradients(cube, X, backward=lambda d, X: 3 * d * np.asarray(X) ** 2, seed=seed).verdict == "holds"
    wrong = check_gradients(cube, X, backward=lambda d, X: 3.01 * d * np.asarray(X) ** 2, seed=seed)
    assert wrong.verdict == "refuted"


def test_a_special_function_of_complex_numbers_may_lose_digits():
    from scipy.special import airy

    x = 1e-5 * np.array([0.6, -1.2, 0.3])
    assert check_gradients(lambda x: airy(x)[0], x, backward=lambda d, x: d * airy(x)[1]).verdict == "holds"
    assert check_gradients(lambda x: airy(x)[0], x, backward=lambda d, x: d * airy(x)[1] * (1 + 1e-9)).verdict == "refuted"


def test_an_output_whose_rounding_hides_all_is_not_judged():
    def op(X):
        return sp.i0e(X) + 1e15, lambda dY: 2 * (sp.i1e(X) - sp.i0e(X)) * dY

    report = check_gradients(op, np.array([1.5, 2.2, 0.7]))
    assert report.verdict == "error"
    assert "differences of the forward pass do not settle" in report.why


def elementwise(f, slope, x):
    return (lambda X: (f(X), lambda dY: slope(X) * dY)), np.array(x)


RIGHT = {
    "abs beside a one": elementwise(lambda X: X / (1 + np.abs(X)), lambda X: 1 / (1 + np.abs(X)) ** 2, [1e-6, -2e-6]),
    "values of all sizes": elementwise(
        lambda X: np.maximum(X, 0) + np.log1p(np.exp(-np.abs(X))), lambda X: 1 / (1 + np.exp(-X)), [1e6, 1e-6, -0.3, 2e-3]
    ),
    "a cube at zero": elementwise(lambda X: X - np.tanh(X), lambda X: np.tanh(X) ** 2, [0.0, 0.0, 0.0]),
    "a sixth power at zero": elementwise(lambda X: X**6, lambda X: 6 * X**5, [0.0, 0.0]),
    "a wave of a million turns": elementwise(lambda X: np.sin(1e6 * X), lambda X: 1e6 * np.cos(1e6 * X), [0.7, 1.3]),
    "a jump at zero": elementwise(lambda X: np.where(X != 0, 1 / X, 0), lambda X: np.where(X != 0, -1 / X**2, 0), [2.0, 0.0]),
}


@pytest.mark.parametrize("name", RIGHT)
def test_a_right_gradient_at_odd_values_is_not_refuted(name):
    report = check_gradients(*RIGHT[name])
    assert report.verdict == "holds", report


def test_what_abs_drops_is_seen_though_differences_do_not():
    op, X = elementwise(lambda X: X / (1 + np.abs(X)), lambda X: 1 / (1 + np.abs(X)), [1e-6, -2e-6])
    assert check_gradients(op, X).verdict == "refuted"
    for grade in ("exact", "complex-step"):
        assert check_gradients(op, X, grade=grade).verdict == "refuted"


@pytest.mark.parametrize("seed", range(8))
def test_a_smooth_function_has_no_kink_where_rounding_takes_over_from_curvature(seed):
    """A mistake here is one at the values given: beside them a symmetric matrix would be none."""

    def logdet(A):
        return np.array(np.linalg.slogdet(A)[1].tolist()) + 10.0, lambda d: 2 * d * np.linalg.inv(A)

    A = np.random.default_rng(0).normal(size=(4, 4))
    report = check_gradients(logdet, A @ A.T + 4 * np.eye(4), seed=seed)
    assert [(f.gradient, f.kind) for f in report.failures] == [("dA", "factor")]
    assert "not differentiable" not in report.why


def noisy(size, factor):
    """A smooth function whose values are off by up to half the size, as ill-conditioned solves leave them."""

    def op(x):
        a, b = (float(v) for v in x.tolist())
        off = np.modf(abs(np.sin(a * 7e8 + b * 3e8)) * 1e5)[0] - 0.5
        return a * a + a * b + b**3 + size * float(off), factor * np.array([2 * a + b, a + 3 * b**2])

    return [check_gradients(op, np.array([0.43, 0.57]), gradient=True, seed=seed).verdict for seed in range(10)]


@pytest.mark.parametrize("size", [1e-9, 1e-7, 1e-5])
def test_noise_refutes_no_right_gradient_and_hides_no_wrong_one(size):
    """Of random directions one may settle by chance."""
    assert set(noisy(size, 1)) <= {"holds", "error"}
    for factor in (2, -1):
        assert noisy(size, factor).count("holds") <= 2


def test_where_noise_is_all_there_is_nothing_is_judged():
    for factor in (1, 2):
        assert noisy(0.1, factor).count("error") >= 6


def in_float32(f):
    """f rounded where nothing exact comes by."""
    return lambda x: np.array([[np.float32(f(np.float32(float(v)))) for v in row] for row in x.tolist()])


@pytest.mark.parametrize("factor", [2.0, -1.0, 1.1])
def test_a_factor_in_float32_is_one_though_differences_are_rough(factor):
    X = np.random.default_rng([0, 3, 4]).normal(size=(3, 4))
    slope = in_float32(lambda v: factor * (1 - np.tanh(v) ** 2))

    def op(X):
        return in_float32(np.tanh)(X), lambda dY: np.asarray(np.asarray(dY, np.float32) * slope(X), np.float32)

    for seed in range(10):
        (failure,) = check_gradients(op, X, seed=seed, allow_float32=True).failures
        assert failure.kind == ("sign" if factor == -1 else "factor")
