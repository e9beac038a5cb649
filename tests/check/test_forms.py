"""Values and derivatives as arrays: in one call, apart, row by row, as Jacobians and Hessians; and a cache handed on."""

from typing import NamedTuple

import numpy as np
import pytest
import scipy.optimize
import scipy.sparse

from numpy_lora.check import check_gradients

rng = np.random.default_rng(4)
x, A, b = rng.normal(size=3), rng.normal(size=(4, 3)), rng.normal(size=4)
X, W = rng.normal(size=(5, 3)), rng.normal(size=(3, 4))


def cubes(x, factor=3):
    return (x**3).sum(), factor * x**2


def squares(x, A, b, sign=1):
    """Half the squared residuals, with a gradient of x and one of A."""
    r = A @ x - b
    return 0.5 * (r @ r), (A.T @ r, sign * np.outer(r, x))


def objective(x, A, b):
    r = A @ x - b
    return 0.5 * (r @ r)


def slope(x, A, b):
    return A.T @ (A @ x - b)


def residuals(x, A, b):
    return np.exp(A @ x) - b


def jacobian(x, A, b):
    return np.exp(A @ x)[:, None] * A


def rows(p, y):
    return 0.5 * ((y - p) ** 2).sum(-1), p - y


def affine(x, w, b):
    return x @ w + b, (x, w)


def affine_backward(dout, cache):
    x, w = cache
    return dout @ w.T, x.T @ dout, dout.sum(0)


def relu(x):
    return np.maximum(x, 0), x


def relu_backward(dout, cache):
    return dout * (cache > 0)


HOLDS = {  # (op, arguments, options): the gradients that are judged
    "value and gradient": (cubes, (x,), {}, ("dx",)),
    "value and gradients": (squares, (x, A, b), {}, ("dx", "dA")),
    "value and gradients by name": (lambda x, y: (x @ y, {"y": x, "dx": y}), (x, x + 1), {}, ("dy", "dx")),
    "value and gradient of a tree": (lambda p: ((p["a"] ** 2).sum(), {"a": 2 * p["a"]}), ({"a": x},), {}, ("dp.a",)),
    "value and gradient of one argument": (lambda y, x: (y @ x, y), (x, x + 1), {"wrt": "x"}, ("dx",)),
    "a value of one entry": (lambda x: ((x**3).sum(keepdims=True), 3 * x**2), (x,), {}, ("dx",)),
    "rows and their gradients": (rows, (X, X + 1), {"gradient": True, "wrt": [0]}, ("dp",)),
    "entries and their derivatives": (lambda x: (x**3, 3 * x**2), (x,), {"gradient": True}, ("dx",)),
    "rows, the gradient apart": (lambda p, y: rows(p, y)[0], (X, X + 1), {"gradient": lambda p, y: p - y}, ("dp",)),
    "value and Jacobian": (lambda x: (x**3, np.diag(3 * x**2)), (x,), {"jacobian": True}, ("dx",)),
    "Jacobian": (residuals, (x, A, b), {"jacobian": jacobian, "wrt": [0]}, ("dx",)),
    "Jacobian in lists": (residuals, (x, A, b), {"jacobian": lambda *a: list(map(list, jacobian(*a)))}, ("dx",)),
    "Jacobian as a list of rows": (residuals, (x, A, b), {"jacobian": lambda *a: list(jacobian(*a))}, ("dx",)),
    "Jacobians of a matrix": (
        lambda W, x: W.T @ x, (W, x),
        {"jacobian": lambda W, x: (np.einsum("jk,i->kij", np.eye(4), x), W.T)}, ("dW", "dx"),
    ),
    "Jacobian of a number": (objective, (x, A, b), {"jacobian": slope, "wrt": [0]}, ("dx",)),
    "Hessian": (scipy.optimize.rosen_der, (x,), {"jacobian": scipy.optimize.rosen_hess}, ("dx",)),
    "objective and extra arguments": (objective, (x, A, b), {"gradient": slope, "wrt": [0]}, ("dx",)),
    "a gradient in a list": (objective, (x, A, b), {"gradient": lambda *a: list(slope(*a))}, ("dx",)),
    "cache": (affine, (X, W, b), {"backward": affine_backward}, ("dx", "dw", "db")),
    "cache of one argument": (relu, (X,), {"backward": relu_backward}, ("dx",)),
    "a cache that is the output": (lambda x: (y := np.tanh(x), y), (x,), {"backward": lambda d, out: d * (1 - out**2)}, ("dx",)),
    "a cache of several": (
        lambda x: (x * np.sin(x), (np.sin(x), x)), (x,),
        {"backward": lambda d, c: d * (c[0] + c[1] * np.cos(c[1]))}, ("dx",),
    ),
    "two outputs, another name": (
        lambda x: (x**3, x * x), (x,), {"backward": lambda d, u: 3 * u**2 * d[0] + 2 * u * d[1]}, ("dx",)
    ),
    "two outputs, one the argument": (lambda x: (x**3, x), (x,), {"backward": lambda d, x: 3 * x**2 * d[0] + d[1]}, ("dx",)),
    "two outputs and no cache": (lambda x: (x, x * x), (x,), {"backward": lambda d, x: d[0] + 2 * x * d[1]}, ("dx",)),
}  # fmt: skip


@pytest.mark.parametrize("name", HOLDS)
def test_every_form_is_proved(name):
    op, args, options, gradients = HOLDS[name]
    report = check_gradients(op, *args, **options)
    assert (report.verdict, report.grade, report.gradients) == ("holds", "exact", gradients), report


def test_a_sparse_jacobian_is_judged():
    report = check_gradients(residuals, x, A, b, jacobian=lambda *a: scipy.sparse.csr_array(jacobian(*a)), wrt=[0])
    assert (report.verdict, report.gradients) == ("holds", ("dx",))
    wrong = check_gradients(residuals, x, A, b, jacobian=lambda *a: scipy.sparse.csr_array(2 * jacobian(*a)), wrt=[0])
    assert [(f.gradient, f.factor) for f in wrong.failures] == [("dx", 2.0)]


REFUTED = {  # (op, arguments, options): the gradient, the kind of mistake, the factor
    "value and gradient": (lambda x: cubes(x, 2), (x,), {}, ("dx", "factor", 2 / 3)),
    "value and gradients": (lambda x, A, b: squares(x, A, b, -1), (x, A, b), {}, ("dA", "sign", -1.0)),
    "value and gradient, a shape": (lambda x: ((x**3).sum(), (3 * x**2)[None]), (x,), {}, ("dx", "shape", None)),
    "rows and their gradients": (lambda p, y: (rows(p, y)[0], y - p), (X, X + 1), {"gradient": True}, ("dp", "sign", -1.0)),
    "not row by row": (lambda x: (x.sum() * x, x), (x,), {"gradient": True}, ("dx", "other", None)),
    "Jacobian": (residuals, (x, A, b), {"jacobian": lambda *a: -jacobian(*a)}, ("dx", "sign", -1.0)),
    "Jacobian, transposed": (residuals, (x, A, b), {"jacobian": lambda *a: jacobian(*a).T}, ("dx", "transposed", None)),
    "Jacobian, a square one transposed": (
        lambda x, A: A[:3] @ x, (x, A), {"jacobian": lambda x, A: A[:3].T, "wrt": [0]}, ("dx", "transposed", None)
    ),
    "Hessian": (lambda x: 3 * x**2 * x.sum(), (x,), {"jacobian": lambda x: np.diag(6 * x * x.sum())}, ("dx", "other", None)),
    "objective": (objective, (x, A, b), {"gradient": lambda *a: 2 * slope(*a)}, ("dx", "factor", 2.0)),
    "cache": (affine, (X, W, b), {"backward": lambda d, c: (d @ c[1].T, c[0].T @ d, d)}, ("db", "broadcast-not-summed", None)),
    "cache of one argument": (relu, (X,), {"backward": lambda d, cache: d * (cache >= -9)}, ("dx", "wrong-branch", None)),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUTED)
def test_a_mistake_in_every_form_is_refuted(name):
    op, args, options, told = REFUTED[name]
    report = check_gradients(op, *args, **options)
    assert report.verdict == "refuted", report
    assert [(f.gradient, f.kind, f.factor) for f in report.failures] == [told]


ERRORS = {
    "an array and an array": (
        lambda x: (x**3, 3 * x**2), {},
        "<lambda>: expected it to return (Y, backward), got a tuple of 2 "
        "(a value and its derivative: gradient=True or jacobian=True)",
    ),
    "a number and None": (lambda x: (x.sum(), None), {}, "<lambda>: expected it to return (Y, backward), got a tuple of 2"),
    "a number and a text": (lambda x: (x.sum(), "ok"), {}, "<lambda>: expected it to return (Y, backward), got a tuple of 2"),
    "neither a number nor rows": (
        lambda x: (A @ x, x), {"gradient": True},
        "a gradient of shape (3,) does not go with a value of shape (4,), not row by row either; a Jacobian is jacobian=",
    ),
    "two values": (
        lambda x: (x.sum(), x), {"gradient": lambda x: x},
        "<lambda>: expected one value to go with its derivative, got a tuple of 2",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ERRORS)
def test_what_is_no_value_with_its_derivative_is_said_in_one_line(name):
    op, options, why = ERRORS[name]
    report = check_gradients(op, x, **options)
    assert (report.verdict, report.why) == ("error", why)


def test_arguments_without_a_gradient_are_named():
    assert check_gradients(objective, x, A, b, gradient=slope).why == "no gradient came for A, b"
    assert check_gradients(objective, x, A, b, gradient=slope, wrt=[0]).why == ""


def test_a_pair_whose_second_has_no_room_for_a_cotangent_is_a_number_and_its_gradient():
    x, A = rng.normal(size=3), rng.normal(size=(4, 3))
    report = check_gradients(lambda x, A: ((A @ x) ** 2).sum(), x, A, backward=lambda x, A: 2 * A.T @ (A @ x), wrt=[0])
    assert (report.grade, report.gradients) == ("exact", ("dx",))
    (failure,) = check_gradients(lambda x: (x**2).sum(), x, backward=lambda x: x).failures
    assert failure.factor == 0.5
    assert check_gradients(lambda x: (x**2, x), x, backward=lambda d, kept: 2 * d * kept).grade == "exact"


def masked(x, kept={}):  # noqa: B006
    kept["mask"] = x > 0
    return x * kept["mask"]


class Times:
    def __call__(self, X, W):
        self.kept = X, W
        return X @ W

    def pulled(self, dY, times=1.0):
        X, W = self.kept
        return dY @ W.T, times * (X.T @ dY)


@pytest.mark.parametrize(
    "name", ["dY", "dvalues", "d", "output_gradient", "accum_grad", "dL_dY", "error", "cotangent", "ybar", "dlogits"]
)
def test_many_names_are_a_cotangent_s(name):
    kept = {}

    def forward(x):
        kept["x"] = x
        return x**3

    made = {}
    exec(f"def backward({name}): return 3 * {name} * kept['x'] ** 2", {"kept": kept}, made)
    assert check_gradients(forward, x, backward=made["backward"]).grade == "exact"


def test_what_is_read_as_a_gradient_is_said_to_be():
    report = check_gradients(lambda x: x**3, x, backward=lambda z: 3 * z**2)
    assert (report.grade, report.why[:36]) == ("exact", "backward has no room for dY beside t")


def test_parts_may_be_numbered():
    args = {0: np.ones((2, 3)), 1: np.eye(3)}
    report = check_gradients(lambda p: (p[0] @ p[1], lambda dY: {0: dY @ p[1].T, 1: p[0].T @ dY}), args)
    assert (report.grade, report.gradients) == ("exact", ("dp.0", "dp.1"))


def test_a_backward_pass_of_a_cotangent_alone_is_given_it():
    kept = masked.__defaults__[0]
    assert check_gradients(masked, x, backward=lambda dy: dy * kept["mask"]).grade == "exact"
    (failure,) = check_gradients(masked, x, backward=lambda dy: -dy * kept["mask"]).failures
    assert failure.kind == "sign"
    times, W = Times(), rng.normal(size=(3, 2))
    assert check_gradients(times, A, W, backward=lambda grad: times.pulled(grad)).gradients == ("dX", "dW")
    (failure,) = check_gradients(times, A, W, backward=lambda grad: times.pulled(grad, 2.0)).failures
    assert (failure.gradient, failure.factor) == ("dW", 2.0)


def embedding(ids, E):
    def backward(dY):
        dE = np.zeros_like(E)
        np.add.at(dE, ids, dY)
        return None, dE

    return E[ids], backward


def test_none_stands_for_the_gradient_of_integers():
    report = check_gradients(embedding, np.array([0, 1, 1]), rng.normal(size=(3, 2)))
    assert (report.gradients, report.grade) == (("dE",), "exact")
    report = check_gradients(lambda x, k: (x * k, lambda dY: (dY * k, None)), x, 3)
    assert (report.gradients, report.grade) == (("dx",), "exact")


@pytest.mark.parametrize("key", ["d{}", "grad_{}", "d_{}", "dL_d{}", "{}_grad"])
@pytest.mark.parametrize("names", ["XW", "xw"])
def test_a_dict_of_gradients_is_read_by_each_of_their_names(key, names):
    of_X, of_W = map(key.format, names)
    report = check_gradients(lambda X, W: (X @ W, lambda d: {of_W: 2 * X.T @ d, of_X: d @ W.T}), X, W)
    assert [(f.gradient, f.factor) for f in report.failures] == [("dW", 2.0)]


ORDERS = {
    "dY last": (lambda X, W: X @ W, lambda X, W, dY: (dY @ W.T, X.T @ dY)),
    "dout last": (lambda X, W: X @ W, lambda X, W, dout: (dout @ W.T, X.T @ dout)),
    "a cache before it": (lambda X, W: (X @ W, (X, W)), lambda cache, dY: (dY @ cache[1].T, cache[0].T @ dY)),
}


def test_an_argument_of_a_cotangent_s_name_is_no_cotangent():
    def backward(out_grad, x, g):
        return out_grad * g, (out_grad * x).sum(0)

    assert check_gradients(lambda x, g: x * g, X, x, backward=backward).grade == "exact"


@pytest.mark.parametrize("name", ORDERS)
def test_a_backward_pass_may_take_dY_last(name):
    op, backward = ORDERS[name]
    assert check_gradients(op, X, W, backward=backward).grade == "exact"


def test_one_dict_of_several_with_the_same_keys_is_said_by_wrt():
    first, second = ({"W": rng.normal(size=(2, 3)), "b": rng.normal(size=3)} for _ in range(2))

    def penalty(params, old):
        off = {k: params[k] - old[k] for k in params}
        return sum(0.5 * (v**2).sum() for v in off.values()), off

    assert check_gradients(penalty, first, second, wrt=["params"]).gradients == ("dparams.W", "dparams.b")


KEPT = {}


def keeping(X, W):
    KEPT["of the last call"] = X, W
    return np.sin(X @ W)


def from_kept(dY):
    X, W = KEPT["of the last call"]
    return (dY * np.cos(X @ W)) @ W.T, X.T @ (dY * np.cos(X @ W))


def test_what_a_call_before_left_in_the_module_is_no_state():
    keeping(X, W)
    assert check_gradients(keeping, X, W, backward=from_kept).grade == "exact"


class Called:
    """An object whose forward pass is to call it."""

    def __init__(self, factor):
        self.W, self.factor = W.copy(), factor

    def __call__(self, X):
        self.X = X
        return X @ self.W

    def backward(self, d):
        self.dW = self.factor * self.X.T @ d
        return d @ self.W.T


def test_an_object_that_is_called_and_has_a_backward_pass_is_a_layer():
    right, wrong = Called(1), Called(2)
    assert check_gradients(right, X).gradients == ("dX", "dW")
    assert check_gradients(right, X, backward=right.backward).grade == "exact"
    assert [(f.gradient, f.factor) for f in check_gradients(wrong, X).failures] == [("dW", 2.0)]


class CalledAndMade(Called):
    def __init__(self, factor=2):
        super().__init__(factor)


def test_a_class_that_makes_one_without_arguments_is_one_too():
    assert [(f.gradient, f.factor) for f in check_gradients(CalledAndMade, X).failures] == [("dW", 2.0)]


def test_a_gradient_that_leaves_dY_out_is_no_factor():
    report = check_gradients(lambda x: (x.sum(), lambda d: np.ones(3)), x)
    assert [f.kind for f in report.failures] == ["fused"]


@pytest.mark.parametrize(
    "option", [{"points": 2.5}, {"points": "3"}, {"points": True}, {"seed": None}, {"seed": -1}, {"kwargs": [1]}]
)
def test_options_of_a_wrong_kind_are_named(option):
    (name,) = option
    with pytest.raises(ValueError, match=f"^{name}: expected"):
        check_gradients(cubes, x, **option)


def test_a_backward_pass_of_dY_and_too_little_is_no_gradient():
    report = check_gradients(lambda X, Y: X * Y, x, x, backward=lambda dY, X: (X, dY))
    assert (report.verdict, report.why[:13]) == ("error", "cannot be run")


class Attributes(dict):
    __getattr__ = dict.__getitem__


class Pair(NamedTuple):
    W: object
    b: object


def dense(kind):
    return lambda x, p: (x @ p.W + p.b, lambda d: (d @ p.W.T, kind(x.T @ d, d.sum(0))))


@pytest.mark.parametrize("kind", [Pair, lambda W, b: (W, b)], ids=["its own", "plain"])
def test_a_named_tuple_has_the_gradients_of_a_plain_one(kind):
    report = check_gradients(dense(kind), X, Pair(rng.normal(size=(3, 2)), rng.normal(size=2)))
    assert (report.grade, report.gradients) == ("exact", ("dx", "dp.W", "dp.b"))


def test_a_dict_of_a_class_of_its_own_stays_one():
    p = Attributes(W=rng.normal(size=(3, 2)), b=rng.normal(size=2))
    assert check_gradients(dense(lambda W, b: Attributes(W=W, b=b)), X, p).grade == "exact"


def test_the_arguments_may_come_by_a_star():
    A, B = rng.normal(size=(2, 3, 3))
    report = check_gradients(lambda *args: args[0] @ args[1], A, B, backward=lambda dY, *args: (dY @ args[1].T, args[0].T @ dY))
    assert report.grade == "exact"
