"""What check_gradients takes and what it tells: every form of an op, of its arguments and of its gradients."""

from typing import NamedTuple

import numpy as np
import pytest

from numpy_lora.check import assert_gradients, check_gradients

rng = np.random.default_rng(0)
X, W, P = rng.normal(size=(3, 4)), rng.normal(size=(4, 2)), rng.normal(size=(3, 4))
V, U = rng.normal(size=4), rng.normal(size=4)


class Gradients(NamedTuple):
    dX: np.ndarray
    dW: np.ndarray


class Pair(NamedTuple):
    a: np.ndarray
    b: np.ndarray


def product(X, W, scale=1.0):
    return scale * (X @ W), lambda dY: Gradients(scale * dY @ W.T, scale * X.T @ dY)


def squared(x, factor=2):
    return x * x, lambda dy: factor * x * dy


def nested(p, X):
    Y = {"u": p.a * X, "v": [p.b.sum() * X, (X * X,)], "n": 3, "mask": X > 0, "none": None}

    def backward(d):
        da, db = d["u"] * X, np.full_like(p.b, (d["v"][0] * X).sum())
        return {"dp": Pair(da, db), "dX": d["u"] * p.a + d["v"][0] * p.b.sum() + 2 * X * d["v"][1][0]}

    return Y, backward


def embedding(E, ids):
    def backward(dY):
        dE = np.zeros_like(E)
        np.add.at(dE, ids, dY)
        return dE

    return E[ids], backward


def dropout(X, rng, p=0.5):
    mask = (rng.random(X.shape) > p) / (1 - p)
    return X * mask, lambda dY: dY * mask


def tree(params, X):
    def backward(d):
        return {"a": d[0] * X * params["n"], "l": [d[1]]}, d[0] * params["a"] * params["n"] + d[1]

    return (X * params["a"] * params["n"], X + params["l"][0]), backward


class Layer:
    def __call__(self, X):
        return X * X, lambda dY: 2 * X * dY


def only_w(X, W):
    return X @ W, lambda dY: X.T @ dY


def frozen(X, W, WA, WB):
    """A LoRA layer whose W is not trained."""
    YA = X @ WA
    return X @ W + YA @ WB, lambda dY: (dY @ (W + WA @ WB).T, X.T @ (dY @ WB.T), YA.T @ dY)


PARAMS = {"a": V, "l": [U], "n": 3, "name": "text", "none": None}
HOLDS = {  # (op, arguments, options): the gradients that are judged
    "positional": (product, (X, W), {}, ("dX", "dW")),
    "keyword arguments": (product, (X, W), {"kwargs": {"scale": 2.0}}, ("dX", "dW")),
    "an array by keyword": (lambda X, *, W: product(X, W), (X,), {"kwargs": {"W": W}}, ("dX", "dW")),
    "a tuple": (lambda X, W: (X @ W, lambda d: (d @ W.T, X.T @ d)), (X, W), {}, ("dX", "dW")),
    "those of the only arrays of their shapes": (frozen, (X, W, W[:, :1], W[:1]), {}, ("dX", "dWA", "dWB")),
    "None for one": (lambda X, W: (X @ W, lambda d: (d @ W.T, None)), (X, W), {}, ("dX",)),
    "a dict": (lambda X, W: (X @ W, lambda d: {"W": X.T @ d, "dX": d @ W.T}), (X, W), {}, ("dW", "dX")),
    "wrt, a name": (only_w, (X, W), {"wrt": ["W"]}, ("dW",)),
    "wrt, one name": (only_w, (X, W), {"wrt": "W"}, ("dW",)),
    "wrt, a position": (only_w, (X, W), {"wrt": [1]}, ("dW",)),
    "wrt, one position from the end": (only_w, (X, W), {"wrt": -1}, ("dW",)),
    "wrt, another order": (lambda X, W: (X @ W, lambda d: (X.T @ d, d @ W.T)), (X, W), {"wrt": ["W", "X"]}, ("dW", "dX")),
    "backward=": (lambda X, W: X @ W, (X, W), {"backward": lambda d, X, W: (d @ W.T, X.T @ d)}, ("dX", "dW")),
    "backward= and kwargs": (
        lambda X, s=1.0: s * X, (X,), {"backward": lambda d, X, s=1.0: s * d, "kwargs": {"s": 3.0}}, ("dX",)
    ),
    "kwargs that backward= does not take": (
        lambda X, verbose=True: X * X, (X,), {"backward": lambda d, X: 2 * X * d, "kwargs": {"verbose": False}}, ("dX",)
    ),
    "gradient=": (lambda x: (x * x).sum(), (X,), {"gradient": lambda x: 2 * x}, ("dx",)),
    "gradient= of two": (
        lambda x, y: x.sum() * y.sum(), (X, V), {"gradient": lambda x, y: (np.full_like(x, y.sum()), np.full_like(y, x.sum()))},
        ("dx", "dy"),
    ),
    "gradient= and kwargs": (
        lambda x, p=1: (x**p).sum(), (X,), {"gradient": lambda x, p=1: p * x ** (p - 1), "kwargs": {"p": 3}}, ("dx",)
    ),
    "kwargs that gradient= does not take": (
        lambda x, verbose=0: (x * x).sum(), (X,), {"gradient": lambda x: 2 * x, "kwargs": {"verbose": 1}}, ("dx",)
    ),
    "nested": (nested, (Pair(V, rng.normal(size=2)), U), {}, ("dp.a", "dp.b", "dX")),
    "a tree with other things in it": (tree, (PARAMS, V), {}, ("dparams.a", "dparams.l.0", "dX")),
    "the tree alone": (lambda params: (params["a"] * 2, lambda d: {"a": 2 * d}), ({"a": V},), {}, ("dparams.a",)),
    "integers pass through": (embedding, (X, np.array([0, 2, 0])), {}, ("dE",)),
    "a Generator": (dropout, (X, np.random.default_rng(3)), {}, ("dX",)),
    "a Generator by keyword": (dropout, (X,), {"kwargs": {"rng": np.random.default_rng(3), "p": 0.25}}, ("dX",)),
    "a number": (squared, (3.0,), {}, ("dx",)),
    "a number of NumPy": (squared, (np.float64(3.0),), {}, ("dx",)),
    "a number beside an array": (lambda X, s: (s * X, lambda d: (s * d, (d * X).sum())), (X, 2.0), {}, ("dX", "ds")),
    "a 0-d array": (squared, (np.array(3.0),), {}, ("dx",)),
    "a 0-d output": (lambda x: (np.sum(x * x), lambda d: 2 * x * d), (X,), {}, ("dx",)),
    "an empty array": (squared, (np.zeros((0, 3)),), {}, ("dx",)),
    "an empty product": (product, (np.zeros((0, 4)), W), {}, ("dX", "dW")),
    "any number of arguments": (lambda *xs: (xs[0] * xs[1], lambda d: (d * xs[1], d * xs[0])), (X, P), {}, ("dxs0", "dxs1")),
    "one array twice": (lambda a, b: (a * b, lambda d: (d * b, d * a)), (X, X), {}, ("da", "db")),
    "a loss": (lambda x: ((x * x).sum(), lambda: 2 * x), (X,), {}, ("dx",)),
    "an object": (Layer(), (X,), {}, ("dX",)),
    "arrays of any layout": (product, (X[::-1], np.asfortranarray(W)), {}, ("dX", "dW")),
    "a read-only array": (product, (np.broadcast_to(X[:1], (3, 4)), W), {}, ("dX", "dW")),
    "one point": (product, (X, W), {"points": 1}, ("dX", "dW")),
}  # fmt: skip


def test_arrays_without_a_gradient_are_named():
    assert check_gradients(frozen, X, W, W[:, :1], W[:1]).why == "no gradient came for W"
    none = check_gradients(lambda X, W: (X @ W, lambda d: {"dX": d @ W.T, "dW": None}), X, W)
    assert none.why == "no gradient came for W"


def test_a_sum_left_out_is_none_of_another_array():
    """The gradient of b has the shape of the mask, but for that of b it lacks a sum."""

    def masked(X, b, mask):
        return (X + b) * mask, lambda d: (d * mask, d * mask)

    (failure,) = check_gradients(masked, X, X[0], (X > 0) + 1.0).failures
    assert (failure.gradient, failure.kind) == ("db", "broadcast-not-summed")


@pytest.mark.parametrize("name", HOLDS)
def test_every_form_is_proved(name):
    op, args, options, gradients = HOLDS[name]
    report = check_gradients(op, *args, **options)
    assert (report.verdict, report.grade, report.gradients) == ("holds", "exact", gradients), report
    assert report.ok
    assert report.error is None
    assert not report.failures
    assert len(report.p) >= 1
    assert_gradients(op, *args, **options)


def test_a_report_says_what_was_judged():
    report = check_gradients(product, X, W, points=2, seed=5)
    assert (report.op, report.points, report.shapes, report.rounded) == ("product", 2, {"X": (3, 4), "W": (4, 2)}, None)
    with pytest.raises(AttributeError):
        report.verdict = "refuted"
    with pytest.raises(AssertionError, match=r"squared: dx refuted \(exact, 3 points, p = .*\n  dx\[.*1\.5 times.*\(factor: "):
        assert_gradients(squared, X, kwargs={"factor": 3})


def test_arguments_and_generators_are_left_as_they_were():
    generator, x = np.random.default_rng(3), X.copy()
    before = generator.bit_generator.state
    assert check_gradients(dropout, x, generator).ok
    assert generator.bit_generator.state == before
    assert np.array_equal(x, X)

    def spoils(X):
        Y, kept = X * X, X.copy()
        X *= 0
        return Y, lambda dY: 2 * kept * dY

    assert check_gradients(spoils, x).why == "changes its argument X in place: judged on copies"
    assert np.array_equal(x, X)


ERRORS = {  # (op, arguments, options): why, exactly
    "no pair": (lambda X: X * X, (X,), {}, "<lambda>: expected it to return (Y, backward), got ndarray of shape (3, 4)"),
    "a triple": (lambda X: (X, X, X), (X,), {}, "<lambda>: expected it to return (Y, backward), got a tuple of 3"),
    "it raises": (lambda X: 1 / 0, (X,), {}, "cannot be run: ZeroDivisionError: division by zero"),
    "a wrong call": (product, (X,), {}, "cannot be run: TypeError: product() missing 1 required positional argument: 'W'"),
    "an unknown keyword": (
        product, (X, W), {"kwargs": {"q": 1}}, "cannot be run: TypeError: product() got an unexpected keyword argument 'q'"
    ),
    "backward raises": (lambda X: (X * X, lambda d: d[9]), (V,), {}, "cannot be run: IndexError: "),
    "not finite": (lambda X: (np.log(-X * X), lambda d: d / X), (X,), {}, "Y: not finite at the values given (NaN or infinity)"),
    "a gradient that is not finite": (
        lambda X: (X * X, lambda d: d / 0), (X,), {}, "dX: not finite at the values given (NaN or infinity)"
    ),
    "a text": (lambda X: (X * X, lambda d: "text"), (X,), {}, "dX: expected an array of floats, got str"),
    "no gradient": (lambda X: (X * X, lambda d: None), (X,), {}, "<lambda>: backward gave no gradient"),
    "too many gradients": (
        lambda X: (X * X, lambda d: (d, d)), (X,), {}, "<lambda>: backward gave 2 gradients for 1 float array; name them by wrt="
    ),
    "an unknown name": (
        lambda X: (X * X, lambda d: {"dQ": d}), (X,), {}, "dQ: no argument of <lambda> has that name (X)"
    ),
    "an unknown path": (
        lambda p: (p["a"] * 2, lambda d: {"dp": {"b": d}}), ({"a": V},), {}, "dp.b: no argument p.b to be the gradient of"
    ),
    "wrt of no argument": (product, (X, W), {"wrt": ["Q"]}, "wrt: no argument 'Q' among X, W"),
    "wrt of no position": (only_w, (X, W), {"wrt": [7]}, "wrt: no argument '7' among X, W"),
    "wrt of another number": (
        lambda X, W: (X @ W, lambda d: (d @ W.T, X.T @ d)), (X, W), {"wrt": ["W"]},
        "wrt: names 1 arguments, but backward gave 2 gradients",
    ),
    "integers alone": (squared, (np.arange(3),), {}, "Y: expected a float array or a tree of them, got an array of int64"),
    "integers beside floats": (
        lambda X, W: (X @ W, lambda d: (d @ W.T, X.T @ d)), (np.arange(8).reshape(2, 4), W), {},
        "<lambda>: backward gave 2 gradients for 1 float array (X is int64: those of floats have gradients)",
    ),
    "no step": (
        lambda X: (np.abs(X), lambda d: np.sign(X) * d), (X,), {"grade": "complex-step"},
        "no complex step: the code is not analytic, or loses the imaginary part",
    ),
    "not exact": (
        lambda X: (np.frombuffer(X.tobytes()) ** 2, lambda d: 2 * X * d), (V,), {"grade": "exact"},
        "not exact: an exact array was read by tobytes",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ERRORS)
def test_what_cannot_be_judged_is_said_in_one_line(name):
    op, args, options, why = ERRORS[name]
    report = check_gradients(op, *args, **options)
    assert (report.verdict, report.grade, report.points) == ("error", None, 0)
    assert report.why == why or (why.endswith(": ") and report.why.startswith(why))
    assert "\n" not in report.why


def test_options_that_make_no_sense_are_errors_of_the_caller():
    with pytest.raises(ValueError, match=r"^points: expected at least 1, got 0$"):
        check_gradients(product, X, W, points=0)
    with pytest.raises(ValueError, match=r"^grade: expected exact, complex-step or difference, got 'certain'$"):
        check_gradients(product, X, W, grade="certain")
    with pytest.raises(ValueError, match=r"^expected one of backward, gradient and jacobian, got gradient and jacobian$"):
        check_gradients(np.sum, X, gradient=np.ones_like, jacobian=np.ones_like)
