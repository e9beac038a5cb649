"""Each kind of the closed list is earned by an example, and by check_gradients on an op that makes that mistake."""

import numpy as np
import pytest

from numpy_lora.check import KINDS, check_gradients
from numpy_lora.check.diagnosis import WORDS, Circumstances, close, factor_of, kind_of, lengths_of, simplest, unsummed

rng = np.random.default_rng(1)
X, W, b, S = rng.normal(size=(3, 4)), rng.normal(size=(4, 2)), rng.normal(size=2), rng.normal(size=(3, 3))


def linear(gradients):
    return lambda X, W, b: (X @ W + b, lambda d: gradients(X, W, d))


def accumulating():
    total = []

    def op(X):
        def backward(d):
            total.append(2 * X * d)
            return sum(total)

        return X * X, backward

    return op


right = {"X": lambda X, W, d: d @ W.T, "W": lambda X, W, d: X.T @ d, "b": lambda X, W, d: d.sum(0)}


def but(**wrong):
    return linear(lambda X, W, d: tuple((wrong.get(name) or g)(X, W, d) for name, g in right.items()))


MISTAKES = {  # kind: op, arguments, the gradient named, the factor
    "shape": (but(W=lambda X, W, d: (X.T @ d)[:1]), (X, W, b), "dW", None),
    "dtype": (but(W=lambda X, W, d: (X.T @ d).astype(np.float32)), (X, W, b), "dX", None),
    "sign": (but(W=lambda X, W, d: -X.T @ d), (X, W, b), "dW", -1.0),
    "factor": (but(X=lambda X, W, d: 0.75 * d @ W.T), (X, W, b), "dX", 0.75),
    "transposed": (lambda A: (A @ A @ S, lambda d: (d @ S.T @ A.T + A.T @ d @ S.T).T), (rng.normal(size=(3, 3)),), "dA", None),
    "broadcast-not-summed": (but(b=lambda X, W, d: d), (X, W, b), "db", None),
    "mean-for-sum": (but(b=lambda X, W, d: d.mean(0)), (X, W, b), "db", 1 / 3),
    "wrong-argument": (lambda A, B: (A * B, lambda d: (d * A, d * A)), (X, X + 2), "dA", None),
    "zero": (but(X=lambda X, W, d: np.zeros_like(X)), (X, W, b), "dX", None),
    "wrong-branch": (lambda X: (np.maximum(X, 0), lambda d: d), (X[:2],), "dX", None),
    "fused": (lambda X: (np.tanh(X), lambda d: d), (X,), "dX", None),
    "accumulated": (accumulating(), (X,), "dX", 2.0),
    "other": (lambda X: (np.tanh(X), lambda d: d * (1 - np.tanh(X))), (X,), "dX", None),
}
# where the cotangent itself is right on one branch, "fused" says more
MISTAKES["wrong-branch"] = (lambda X: (np.maximum(X, 0) * 3, lambda d: 3 * d), (X[:2],), "dX", None)


def test_every_kind_has_an_example():
    assert set(MISTAKES) == set(KINDS) == set(WORDS)


@pytest.mark.parametrize("kind", KINDS)
def test_a_mistake_earns_its_kind(kind):
    op, args, gradient, factor = MISTAKES[kind]
    report = check_gradients(op, *args)
    (failure,) = report.failures if kind != "wrong-argument" else report.failures[:1]
    assert report.verdict == "refuted"
    assert (failure.gradient, failure.kind, failure.message) == (gradient, kind, WORDS[kind])
    assert failure.factor == (factor if factor is None else pytest.approx(factor))


@pytest.mark.parametrize("kind", ["sign", "factor", "zero", "other", "mean-for-sum"])
def test_the_entry_shown_is_one_that_is_wrong(kind):
    op, args, gradient, _ = MISTAKES[kind]
    (failure,) = check_gradients(op, *args).failures
    assert len(failure.index) == (1 if gradient == "db" else 2)
    assert failure.got != pytest.approx(failure.expected, rel=1e-6)
    assert set(failure.counterexample) >= {gradient[1:]}


def test_all_wrong_gradients_are_named_and_no_right_one():
    both = check_gradients(but(X=lambda X, W, d: 2 * d @ W.T, b=lambda X, W, d: -d.sum(0)), X, W, b)
    assert [(f.gradient, f.kind) for f in both.failures] == [("dX", "factor"), ("db", "sign")]


# --- told from two arrays alone

NOWHERE = Circumstances({}, [], set())


def test_what_is_close_is_so_in_the_larger_array_s_scale():
    assert close([1.0, 1e-9], [1.0, 0.0])
    assert not close([1.0, 1e-3], [1.0, 0.0])
    assert not close(np.ones(2), np.ones((2, 1)))
    assert close(np.zeros(0), np.zeros(0))
    assert close(np.zeros(2), np.zeros(2))
    assert not close(np.zeros(2), np.array([0, 1e-300]))


@pytest.mark.parametrize(("f", "expected"), [(0.5 + 1e-12, 0.5), (-1 - 1e-13, -1.0), (1 / 3 + 1e-11, 1 / 3), (np.pi, np.pi)])
def test_a_factor_is_the_fraction_that_it_plainly_is(f, expected):
    assert simplest(f) == expected


def test_one_factor_over_the_whole_array_or_none():
    assert factor_of(X, -3 * X) == pytest.approx(-3)
    assert factor_of(X, X + 1) is None
    assert factor_of(0 * X, X) is None
    assert factor_of(X, 0 * X) is None


def test_sums_left_out_are_found_over_any_axes():
    G = rng.normal(size=(2, 3, 4))
    for axes in ((0,), (1,), (0, 2), (0, 1, 2)):
        assert unsummed(G.sum(axes), G)
        assert unsummed(G.sum(axes, keepdims=True), G)
    assert unsummed(G.sum((0, 2)).reshape(3, 1), G)  # one axis kept, one gone
    assert not unsummed(G.mean(0), G)
    assert not unsummed(X, X[None])  # nothing is left to sum


def test_sums_are_over_any_axes_of_any_array():
    assert lengths_of([G := np.ones((2, 3, 5)), 1.0, G]) == {2, 3, 5, 6, 10, 15, 30}
    assert lengths_of([]) == set()


def test_the_likeliest_kind_is_told_from_what_else_was_there():
    assert kind_of(X, 4 * X, Circumstances({}, [], {4})) == ("mean-for-sum", 4.0)
    assert kind_of(X, 12.05 * X, Circumstances({}, [], {12}, 1e-2))[0] == "mean-for-sum"  # known to two digits
    assert kind_of(X, 4 * X, NOWHERE) == ("factor", 4.0)
    assert kind_of(X, 2 * X, Circumstances({}, [], {2})) == ("factor", 2.0)  # two is a factor of its own
    assert kind_of(S, S.T, NOWHERE) == ("transposed", None)
    assert kind_of(X, X.T, NOWHERE) == ("transposed", None)
    for order in ((0, 2, 1), (2, 0, 1)):  # a square one among three axes; all of them turned
        G = rng.normal(size=(2, 3, 3))
        assert kind_of(G, G.transpose(order), NOWHERE) == ("transposed", None)
    assert kind_of(X, X[..., None], NOWHERE) == kind_of(X, X.reshape(2, 6), NOWHERE) == ("shape", None)
    assert kind_of(X, X + 1, Circumstances({"dW": X + 1}, [], set())) == ("wrong-argument", None)
    assert kind_of(X, X + 1, Circumstances({}, [X + 1], set())) == ("fused", None)
    assert kind_of(X, np.where(X > 0, X, 0), NOWHERE) == ("wrong-branch", None)
    assert kind_of(np.maximum(X, 0), np.minimum(X, 0), NOWHERE) == ("wrong-branch", None)  # exchanged
    assert kind_of(np.where(X > 0, 2 * X, 0), X, Circumstances({}, [X], set())) == ("wrong-branch", None)  # a scaled mask
    assert kind_of(X, X * (1 + 1e-9), NOWHERE) == ("other", None)
    assert kind_of(X, X**3, NOWHERE) == ("other", None)
    assert kind_of(X, np.where(X.max() == X, 1e7, X + 0.1), NOWHERE) == ("other", None)  # beside it the right ones are as zero


def test_the_gradient_of_an_argument_that_none_was_asked_for_is_known():
    def divergence(actual, prediction):
        return (actual * np.log(actual / prediction)).sum()

    p, q = rng.uniform(0.2, 0.8, (2, 3, 4))
    (failure,) = check_gradients(divergence, p, q, gradient=lambda p, q: 1 + np.log(p / q), wrt=["prediction"]).failures
    assert (failure.gradient, failure.kind) == ("dprediction", "wrong-argument")


def test_arguments_that_others_draw_from_our_seed_are_not_our_dY():
    """With dY equal to A, the gradient Aᵀ dY would be symmetric."""
    A, B = np.random.default_rng(0).normal(size=(2, 4, 4))
    (failure,) = check_gradients(np.matmul, A, B, backward=lambda d, A, B: (d @ B.T, d.T @ A)).failures
    assert failure.kind == "transposed"


@pytest.mark.parametrize("layout", ["vector", "matrix"])
def test_a_jacobian_with_the_argument_first_is_transposed(layout):
    x, A = (X[0], rng.normal(size=(3, 4))) if layout == "vector" else (X, rng.normal(size=(5, 3)))
    J = np.multiply.outer(A, np.eye(4)).transpose(0, 2, 1, 3) if x.ndim > 1 else A
    turned = np.moveaxis(J, range(A.ndim if x.ndim > 1 else 1, J.ndim), range(x.ndim))
    for given, verdict, kinds in ((J, "holds", []), (turned, "refuted", ["transposed"]), (x, "refuted", ["shape"])):
        report = check_gradients(lambda x: A @ x, x, jacobian=lambda x, given=given: given)
        assert (report.verdict, [f.kind for f in report.failures]) == (verdict, kinds)


@pytest.mark.parametrize(("slope", "kind", "factor"), [(np.sin, "other", None), (lambda a: np.pi * np.cos(a), "factor", np.pi)])
def test_one_number_is_off_by_a_factor_if_it_is_so_elsewhere(slope, kind, factor):
    def backward(d, a, x):
        return (d * x).sum() * slope(a)

    (failure,) = check_gradients(lambda a, x: np.sin(a) * x, 0.7, X, backward=backward, wrt=[0]).failures
    assert (failure.kind, failure.factor) == (kind, factor and pytest.approx(factor))


def test_a_mask_left_out_is_no_fusion():
    (failure,) = check_gradients(lambda X: (np.maximum(X, 0), lambda d: d), X).failures
    assert (failure.gradient, failure.kind) == ("dX", "wrong-branch")


def test_beside_a_wrong_gradient_one_that_floats_find_right_is_not_named():
    """The last digit added to a norm is no zero to exact numbers; in floats it is none."""
    eps = np.finfo(float).eps

    def penalised(f, g):
        norm = np.linalg.norm(g, axis=1, keepdims=True)

        def backward(d):
            return -d * np.ones(5) / 5, d * 2 * (norm + eps - 1) * g / (norm + eps)

        return f.mean() + ((norm - 1) ** 2).sum(), backward

    report = check_gradients(penalised, rng.normal(size=5), rng.normal(size=(5, 3)))
    assert [(f.gradient, f.kind) for f in report.failures] == [("df", "sign")]


def test_half_of_a_sum_over_two_may_be_a_mean():
    report = check_gradients(lambda X: (X.sum(0), lambda d: np.broadcast_to(d, X.shape) / 2), X[:2])
    assert report.failures[0].message == WORDS["factor"] + ", or a mean of 2 stands for a sum"
