"""What is no mistake of more than rounding: constants of float32, still narrower floats, differences inside a gradient."""

import struct

import numpy as np
import pytest

from numpy_lora.check import check_gradients
from tests.check.test_staircase import X, assert_rounded

ROOT = np.sqrt(2 / np.pi)

NARROW = {  # constants of which one side has the float32
    "a scalar": (lambda X: 0.1 * X**2, lambda d, X: d * np.float32(0.1) * 2 * X),
    "an array": (lambda X: 0.1 * X**2, lambda d, X: d * np.full(X.shape, 0.1, np.float32) * 2 * X),
    "forward": (lambda X: np.float32(0.3) * X, lambda d, X: d * 0.3),
    "in one term": (lambda X: X * np.tanh(ROOT * X), lambda d, X: d * (np.tanh(ROOT * X) + X * sloping(X))),
}


def sloping(X):
    return (1 - np.tanh(ROOT * X) ** 2) * np.float32(ROOT)


@pytest.mark.parametrize("name", NARROW)
def test_a_constant_of_float32_is_rounding(name):
    assert_rounded(*NARROW[name])


WRONG = {
    "more than that": (lambda X: 0.1 * X**2, lambda d, X: d * np.float32(0.100001) * 2 * X),
    "something else": (lambda X: np.float32(0.1) * X**2, lambda d, X: d * np.float32(0.1) * (2 * X + 1e-3)),
}


@pytest.mark.parametrize("name", WRONG)
def test_beside_one_a_mistake_is_none(name):
    op, backward = WRONG[name]
    report = check_gradients(op, X, backward=backward, allow_float32=True)
    assert report.verdict == "refuted"
    assert "dtype" not in [f.kind for f in report.failures]


def test_the_same_constant_on_both_sides_is_no_rounding():
    report = check_gradients(lambda X: np.float32(0.1) * X**2, X, backward=lambda d, X: d * np.float32(0.1) * 2 * X)
    assert (report.verdict, report.grade, report.rounded) == ("holds", "exact", None)


@pytest.mark.parametrize("kind", [np.float16, np.float32])
def test_a_cast_is_rounding_however_narrow(kind):
    report = check_gradients(np.exp, X, backward=lambda d, X: d * np.exp(X).astype(kind).astype(float))
    assert (report.verdict, [f.kind for f in report.failures]) == ("refuted", ["dtype"])


rng = np.random.default_rng(2)
SAMPLES, CLASSES, B = rng.normal(size=(30, 2)), rng.integers(0, 3, 30), np.array([-0.08, 0.15, -0.3, 0.2])


def ordinal(b):
    """The log-likelihood of three ordered classes, by two slopes, a threshold and the logarithm of the way to the next."""
    thresholds = np.stack([b[2], b[2] + np.exp(b[3])])
    below = np.concatenate([np.zeros((1, 30)), 1 / (1 + np.exp(SAMPLES @ b[:2] - thresholds[:, None])), np.ones((1, 30))])
    return np.log(below[CLASSES + 1, np.arange(30)] - below[CLASSES, np.arange(30)]).sum() - 32  # what costs it a digit more


def by_inner_differences(b):
    """Its gradient to some eight digits, whose last ones are multiples of one rounding of the log-likelihood."""
    steps = np.diag(np.finfo(float).eps ** (1 / 3) * np.maximum(np.abs(b), 0.1) / 2)
    return np.array([(ordinal(b + step) - ordinal(b - step)) / (2 * step.sum()) for step in steps])


def test_the_rounding_of_inner_differences_is_no_mistake():
    reports = [check_gradients(ordinal, B, gradient=by_inner_differences, seed=seed) for seed in range(24)]
    assert [report for report in reports if report.verdict != "holds"] == []


@pytest.mark.parametrize("k", range(4))
def test_an_error_of_a_millionth_beside_it_is_one(k):
    report = check_gradients(ordinal, B, gradient=lambda b: by_inner_differences(b) + 1e-5 * np.eye(4)[k])
    assert report.verdict == "refuted", report


def by_too_short_differences(b):
    """The same by steps so short that rounding leaves but five digits."""
    steps = 1e-10 * np.eye(4)
    return np.array([(ordinal(b + step) - ordinal(b)) / step.sum() for step in steps])


def test_the_rounding_of_too_short_ones_is_a_mistake():
    reports = [check_gradients(ordinal, B, gradient=by_too_short_differences, seed=seed) for seed in range(20)]
    assert {report.verdict for report in reports} == {"refuted"}


def probability(X):
    """Φ by seven digits of erf (Abramowitz and Stegun, 7.1.26), of which the derivative is not the density to more."""
    Z = abs(X) / np.sqrt(2)
    t = 1 / (1 + 0.3275911 * Z)
    tail = np.polyval([1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592, 0], t) * np.exp(-(Z**2))
    return 0.5 * (1 + np.sign(X) * (1 - tail))


def density(X):
    return np.exp(-(X**2) / 2) / np.sqrt(2 * np.pi)


@pytest.mark.parametrize("op", [lambda X: X * probability(X), lambda X: X * probability(X).astype(X.dtype)])
def test_an_approximation_to_seven_digits_is_one_to_those_of_a_float32(op):
    assert_rounded(op, lambda d, X: d * (probability(X) + X * density(X)))


def unseen(X):
    """sin, of what neither exact numbers nor complex ones come through."""
    return np.sin(np.frombuffer(struct.pack(f"{X.size}d", *X.ravel()))).reshape(X.shape)


@pytest.mark.parametrize(("off", "verdict"), [(3e-8, "holds"), (6e-7, "refuted"), (1e-5, "refuted")])
def test_seven_digits_are_asked_for_where_differences_alone_judge(off, verdict):
    options = {"backward": lambda d, X: d * (np.cos(X) + off * X)}
    reports = [check_gradients(unseen, X, seed=seed, **options) for seed in range(10)]
    assert {report.verdict for report in reports} == {verdict}
    assert all(f.kind == "dtype" for report in reports for f in report.failures)
    assert check_gradients(unseen, X, allow_float32=True, **options).ok


def test_what_one_cotangent_hides_others_show():
    """A slope of many outputs by one number, of few digits: paired with some cotangents, nothing is left of its error."""
    STEP, points = 4e-11, np.random.default_rng(1).normal(size=(6, 6))

    def by_short_differences(theta):
        return (np.tanh((theta + STEP) * points) - np.tanh(theta * points)) / STEP

    def check(seed):
        backward = lambda d, theta: (d * by_short_differences(theta)).sum(keepdims=True).reshape(1)  # noqa: E731
        return check_gradients(lambda theta: np.tanh(theta * points), np.array([0.7]), backward=backward, seed=seed)

    assert {check(seed).verdict for seed in range(40)} == {"refuted"}


def off_by(off, X=X, **options):
    return check_gradients(np.sin, X, backward=lambda d, X: d * (np.cos(X) + np.multiply(off, X, dtype=X.dtype)), **options)


@pytest.mark.parametrize("off", [1e-9, 1e-3])
def test_less_and_more_than_those_digits_is_not_called_so(off):
    assert [f.kind for f in off_by(off).failures] == ["other"]


@pytest.mark.parametrize("off", [1e-9, 1e-7, 1e-5])
def test_what_a_float32_leaves_open_is_right_where_float32_is(off):
    for report in (off_by(off, allow_float32=True), off_by(off, X.astype(np.float32))):
        assert (report.verdict, report.grade, report.rounded) == ("holds", "difference", "float32")
    assert off_by(1e-3, X.astype(np.float32)).verdict == "refuted"


def test_what_floats_do_not_confirm_is_rounded_all_the_same():
    """Ten digits of a third beside all of them, which floats that were cast do not tell apart."""

    def op(X):
        return X.astype(np.float32) * 0.3333333333, lambda d: d / 3

    def in_float32(X):
        return X.astype(np.float32) * np.float32(0.25) * np.float32(0.3333333), lambda d: d / 12

    for each in (op, in_float32):
        assert [f.kind for f in check_gradients(each, X).failures] == ["dtype"]
        assert check_gradients(each, X, allow_float32=True).rounded == "float32"


def test_a_wrong_gradient_of_a_slow_op_takes_few_runs(monkeypatch):
    """A hundred runs of a tenth of a second take ten."""
    monkeypatch.setattr("numpy_lora.check.manners.SLOW", 0.0)
    runs = [0]

    def op(x):
        runs[0] += 1
        return (np.sin(x) * x[::-1]).sum(), 1.5 * (np.cos(x) * x[::-1] + np.sin(x)[::-1])

    (failure,) = check_gradients(op, X[0, :3], gradient=True).failures
    assert (failure.factor, failure.kind) == (pytest.approx(1.5), "factor")
    assert runs[0] < 100
