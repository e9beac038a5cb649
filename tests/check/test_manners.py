"""How an op behaves: mutating, random, stateful; errors of the last digits; grades by name; float32."""

from typing import ClassVar

import numpy as np
import pytest

from numpy_lora.check import check_gradients

rng = np.random.default_rng(2)
X, W = rng.normal(size=(3, 4)), rng.normal(size=(4, 2))
X32, W32 = X.astype(np.float32), W.astype(np.float32)


def mutating(X):
    Y, kept = X * X, X.copy()
    X += 1
    return Y, lambda d: 2 * kept * d


def mutating_dy(X):
    def backward(d):
        d *= 2
        d *= X
        return d

    return X * X, backward


def once(X):
    kept = [X]
    return X * X, lambda d: 2 * kept.pop() * d


def changing_on_the_second_call(X):
    calls = []

    def backward(d):
        calls.append(1)
        return 2 * X * d * len(calls)

    return X * X, backward


def seeded_by_the_world(X):
    mask = np.random.rand(*X.shape) > 0.5
    return X * mask, lambda d: d * mask


JUDGED = {
    mutating: "changes its argument X in place: judged on copies",
    mutating_dy: "changes dY in place: judged on copies",
    once: "backward may be called only once: judged on fresh forward passes",
    changing_on_the_second_call: "a second call of backward accumulates: judged on fresh forward passes",
    seeded_by_the_world: "draws from NumPy's global random numbers: seeded anew before every run",
}


@pytest.mark.parametrize("op", JUDGED, ids=lambda op: op.__name__)
def test_what_can_be_judged_on_copies_is_and_the_report_says_so(op):
    report = check_gradients(op, X.copy())
    assert (report.verdict, report.why) == ("holds", JUDGED[op])


@pytest.mark.parametrize("op", [seeded_by_the_world, lambda X: (np.random.rand() * X, None), lambda X: np.random.rand() / 0])
def test_global_random_numbers_are_left_where_they_were(op):
    np.random.seed(8)
    check_gradients(op, X)
    after = np.random.rand()
    np.random.seed(8)
    assert np.random.rand() == after


def random_op():
    own = np.random.default_rng()

    def op(X):
        mask = own.random(X.shape)
        return X * mask, lambda d: d * mask

    return op


def counting():
    calls = []

    def op(X):
        calls.append(1)
        return X * len(calls), lambda d: d * len(calls)

    return op


def random_backward():
    own = np.random.default_rng()
    return lambda X: (X * X, lambda d: 2 * X * d * own.normal())


class Kept:
    cache: ClassVar[dict] = {}
    calls = 0


def cached_in_a_class():
    Kept.cache.clear()

    def op(X):
        Kept.cache.setdefault("X", X.copy())
        return Kept.cache["X"] * X, lambda d: d * Kept.cache["X"]

    return op


def counting_in_a_class():
    def op(X):
        Kept.calls += 1
        return X * min(Kept.calls, 2), lambda d: d * 2

    return op


def cached():
    cache = {}

    def op(X):
        cache.setdefault("X", X.copy())
        return cache["X"] * X, lambda d: d * cache["X"]

    return op


RANDOM = "gives other values on equal arguments: it is random on each call, or keeps state between calls"
UNJUDGED = {
    random_op: RANDOM,
    counting: RANDOM,
    random_backward: "gives other values on equal arguments: it keeps state between calls",
    cached_in_a_class: "keeps state between calls: what it gives depends on the calls before",
    counting_in_a_class: RANDOM,
    cached: "keeps state between calls: what it gives depends on the calls before",
}


@pytest.mark.parametrize("make", UNJUDGED, ids=lambda make: make.__name__)
def test_what_is_random_or_keeps_state_is_an_error_that_says_so(make):
    report = check_gradients(make(), X)
    assert (report.verdict, report.grade, report.why) == ("error", None, UNJUDGED[make])


# --- errors of the last digits


def planted(relative, which, at):
    """exp(−X W/10) with one entry of one gradient off."""

    def op(X, W):
        Y = np.exp(-(X @ W) / 10)

        def backward(d):
            e = -d * Y / 10
            gradients = [e @ W.T, X.T @ e]
            g = np.copy(gradients[which])
            g[at] = g[at] * (1 + relative)
            gradients[which] = g
            return tuple(gradients)

        return Y, backward

    return op


@pytest.mark.parametrize("which", [0, 1])
@pytest.mark.parametrize("n", [2, 5, 8])
def test_one_entry_off_by_1e_10_is_caught_in_floating_point(which, n):
    A, B = np.random.default_rng(n).normal(size=(2, n, n))
    report = check_gradients(planted(1e-10, which, (n - 1, 0)), A, B, grade="complex-step")
    assert (report.verdict, report.grade) == ("refuted", "complex-step")
    assert [f.gradient for f in report.failures] == [["dX", "dW"][which]]
    right = check_gradients(planted(0.0, which, (n - 1, 0)), A, B, grade="complex-step")
    assert (right.verdict, right.grade) == ("holds", "complex-step")
    assert right.error < 1e-14


@pytest.mark.parametrize("which", [0, 1])
@pytest.mark.parametrize("n", [2, 12])
def test_one_entry_off_by_its_fortieth_bit_is_refuted_exactly(which, n):
    A, B = rng.normal(size=(n, n)), rng.normal(size=(n, n))
    report = check_gradients(planted(2.0**-40, which, (0, n - 1)), A, B)
    assert (report.verdict, report.grade) == ("refuted", "exact")
    (failure,) = report.failures
    assert (failure.gradient, failure.index) == (["dX", "dW"][which], (0, n - 1))


# --- grades

KINKED = (lambda X: (np.abs(X), lambda d: np.sign(X) * d), (X,))
ANALYTIC = (lambda X, W: (np.tanh(X @ W), lambda d: ((d / np.cosh(X @ W) ** 2) @ W.T, X.T @ (d / np.cosh(X @ W) ** 2))), (X, W))
PLAIN = (lambda X: (np.frombuffer(X.tobytes()).reshape(X.shape) ** 2, lambda d: 2 * X * d), (X,))


@pytest.mark.parametrize(
    ("case", "wanted", "grade", "bound"),
    [
        (ANALYTIC, None, "exact", None),
        (ANALYTIC, "exact", "exact", None),
        (ANALYTIC, "complex-step", "complex-step", 1e-14),
        (ANALYTIC, "difference", "difference", 1e-8),
        (KINKED, None, "exact", None),
        (KINKED, "difference", "difference", 1e-8),
        (PLAIN, "difference", "difference", 1e-8),
    ],
)
def test_a_grade_that_is_asked_for_is_the_one_given(case, wanted, grade, bound):
    op, args = case
    report = check_gradients(op, *args, grade=wanted)
    assert (report.verdict, report.grade) == ("holds", grade)
    assert report.error is None if bound is None else report.error < bound


def test_a_step_down_says_what_made_it():
    report = check_gradients(*[PLAIN[0], *PLAIN[1]])
    assert report.verdict == "holds"
    assert report.grade in ("complex-step", "difference")
    assert report.why.startswith("an exact array was read by tobytes")


# --- float32


def product(X, W):
    return X @ W, lambda d: (d @ W.T, X.T @ d)


def test_float32_arguments_are_judged_in_float64_and_in_their_own_precision():
    report = check_gradients(product, X32, W32)
    assert (report.verdict, report.grade, report.rounded) == ("holds", "exact", "float32")
    wrong = check_gradients(lambda X, W: (X @ W, lambda d: (d @ W.T, 2 * X.T @ d)), X32, W32)
    assert [(f.gradient, f.kind, f.factor) for f in wrong.failures] == [("dW", "factor", 2.0)]
    widened = check_gradients(lambda X, W: (X @ W, lambda d: (d @ W.T, (X.T @ d).astype(float))), X32, W32)
    assert [(f.gradient, f.kind, f.expected, f.got) for f in widened.failures] == [("dW", "dtype", "float32", "float64")]
    half = check_gradients(lambda x: (x * x, lambda d: 2 * x * d), X.astype(np.float16))
    assert half.verdict == "holds"


@pytest.mark.parametrize("op", [
    lambda X: ((X * X).astype(np.float32), lambda d: 2 * X * d),
    lambda X: (X * X, lambda d: (2 * X * d).astype(np.float32)),
])  # fmt: skip
def test_rounding_on_the_way_is_refuted_unless_it_is_allowed(op):
    report = check_gradients(op, X)
    assert report.verdict == "refuted"
    assert [(f.kind, f.got) for f in report.failures] == [("dtype", "rounded to float32 on the way")]
    assert check_gradients(op, X, allow_float32=True).rounded == "float32"
    assert check_gradients(op, X, allow_float32=True).ok


# --- rounding


def gelu(x):
    t = np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3))

    def backward(d):
        return d * (0.5 * (1 + t) + 0.5 * x * (1 - t * t) * np.sqrt(2 / np.pi) * (1 + 3 * 0.044715 * x * x))

    return 0.5 * x * (1 + t), backward


@pytest.mark.parametrize("grade", [None, "complex-step", "difference"])
@pytest.mark.parametrize("seed", range(8))
def test_digits_lost_where_tanh_is_all_but_minus_one_are_no_mistake(seed, grade):
    """At −4.4 the output is 10⁻⁵ of 1 + tanh's terms, whose last digits no small step of the value moves."""
    x = np.array([-4.8, -4.4, 0.3, 2.0])
    assert check_gradients(gelu, x, seed=seed, grade=grade).verdict == "holds"


class Parameter:
    """One whose setter looks at what it holds."""

    held = 1.0

    @property
    def value(self):
        return self.held

    @value.setter
    def value(self, new):
        if self.held != new:
            self.held = new


def test_what_is_left_in_an_object_of_the_user_s_is_of_use_to_him():
    size, width, at = Parameter(), Parameter(), np.linspace(0.4, 4, 7)

    def op(p):
        size.value, width.value = p
        E = np.exp(-at / width.value)
        return size.value * E, np.stack([E, size.value * E * at / width.value**2], -1)

    first = op(np.array([1.2, 0.7]))
    for _ in range(3):
        assert check_gradients(op, np.array([1.2, 0.7]), jacobian=True).verdict == "holds"
    assert width.value + 1 > 1
    assert np.array_equal(op(np.array([1.2, 0.7]))[1], first[1])


def test_compiled_for_float32_alone_it_is_judged_in_float32():
    def compiled(X, W):
        if {X.dtype, W.dtype} != {np.dtype(np.float32)}:
            raise TypeError("expected float32")
        return X @ W, lambda d: (d @ W.T, X.T @ d)

    report = check_gradients(compiled, X32, W32)
    assert (report.verdict, report.grade, report.rounded) == ("holds", "difference", "float32")
    assert "cannot be run in float64: judged in the precision given" in report.why

    def doubled(X, W):
        Y, backward = compiled(X, W)
        return Y, lambda d: (backward(d)[0], 2 * backward(d)[1])

    for _ in range(60):  # differences in float32 do not settle along one direction in thirty
        assert [(f.gradient, f.kind) for f in check_gradients(doubled, X32, W32).failures] == [("dW", "factor")]


def test_a_generator_is_fresh_in_float32_too():
    def op(X, rng):
        mask = rng.random(X.shape) < 0.5
        return X * mask, lambda dY: dY * mask

    report = check_gradients(op, np.ones((4, 5), np.float32), np.random.default_rng(0))
    assert (report.verdict, report.rounded) == ("holds", "float32"), report.why


def test_a_gradient_wider_than_its_argument_is_said_where_precision_is_left_open():
    op = lambda X, W: (X @ W, lambda d: (d @ W.T, (X.T @ d).astype(float)))  # noqa: E731
    report = check_gradients(op, X32, W32, allow_float32=True)
    assert report.verdict == "holds"
    assert "dW comes in float64 for an argument in float32" in report.why


def test_a_clipped_gradient_is_refuted_and_said_to_be_no_linear_map():
    def op(X):
        return np.array(np.exp(X).tolist()), lambda d: np.clip(d * np.exp(X), -5, 5)

    report = check_gradients(op, X / 4)
    assert report.verdict == "refuted"
    assert "backward is not linear in dY" in report.why
    doubled = check_gradients(lambda X: (np.exp(X), lambda d: 2 * d * np.exp(X)), X)
    assert "not linear" not in doubled.why


@pytest.mark.parametrize("grade", ["exact", "complex-step", "difference"])
def test_global_random_numbers_are_seeded_anew_whatever_the_grade(grade):
    def op(x):
        kept = np.random.rand(*x.shape) > 0.5
        return x * kept, lambda dY: dY * kept

    assert check_gradients(op, np.random.default_rng(1).normal(size=(3, 4)), grade=grade).grade == grade


def test_running_statistics_are_left_as_floats():
    kept = {"mean": np.zeros(3)}

    def batchnorm(x):
        mu = x.mean(0)
        kept["mean"] = 0.9 * kept["mean"] + 0.1 * mu
        s = np.sqrt(((x - mu) ** 2).mean(0) + 1e-5)
        n = (x - mu) / s
        return n, lambda d: (d - d.mean(0) - n * (d * n).mean(0)) / s

    assert check_gradients(batchnorm, np.random.default_rng(0).normal(size=(4, 3))).verdict == "holds"
    assert (type(kept["mean"]), kept["mean"].dtype) == (np.ndarray, np.float64)
