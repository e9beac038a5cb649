"""Layers that are objects: every way of keeping parameters and gradients, proved right, and wrong where a mistake is planted."""

import numpy as np
import pytest

from numpy_lora.check import check_gradients
from tests.check.objects import (
    IDS,
    Accumulating,
    Asking,
    B,
    Both,
    Caching,
    Embedding,
    HandingOn,
    Kernel,
    Linear,
    Listed,
    Loss,
    LossOfArguments,
    LossWithADefault,
    Model,
    Network,
    Objective,
    Oddly,
    Private,
    Returning,
    ReturningADict,
    ReturningAllByName,
    Silent,
    Static,
    Two,
    Uncalled,
    Unnamed,
    W,
    Wrapped,
    X,
    rng,
    used,
)


def of(make, *args, **options):
    return lambda off: (make(off), args, options)


def methods(make, first, second, keyword, *args):
    def call(off):
        thing = make(off)
        return getattr(thing, first), args, {keyword: getattr(thing, second)}

    return call


LINEAR = ("dX", "dW", "db")
Y = rng.normal(size=(5, 4))
LAYERS = {  # how it is called, given its mistake: the gradients that are judged, the one that is wrong where one is planted
    "attributes": (of(Linear, X), LINEAR, "dW"),
    "used before": (of(used, X), LINEAR, "dW"),
    "accumulated in a dict": (of(Accumulating, X), LINEAR, "dW"),
    "in lists, in place": (of(Listed, X), LINEAR, "dW"),
    "returned": (of(Returning, X), LINEAR, "dW"),
    "returned, one in a dict": (of(ReturningADict, X), LINEAR, "dW"),
    "returned by name": (of(ReturningAllByName, X), LINEAR, "dW"),
    "in objects": (of(Wrapped, X), LINEAR, "dW"),
    "nothing returned": (of(Silent, X, True), LINEAR, "dW"),
    "more arguments of backward": (of(Asking, X, kwargs={"rate": 0.1}), LINEAR, "dW"),
    "a cache by the name of a gradient": (of(Caching, X), ("dX",), "dX"),
    "layers in a layer": (of(Network, X), LINEAR, "dW"),
    "integers alone": (of(Embedding, IDS), ("dE",), "dE"),
    "a loss": (of(Loss, X, X + 1), ("dX",), "dX"),
    "a loss whose dY has a default": (of(LossWithADefault, X, X + 1), ("dX",), "dX"),
    "private": (of(Private, X), ("dX", "d_Private__W", "d_b"), "d_Private__W"),
    "a loss of its arguments": (of(LossOfArguments, X, X + 1), ("dX",), "dX"),
    "a loss and a gradient": (methods(Objective, "loss", "gradient", "gradient", X, Y), ("dW",), "dW"),
    "a method that returns backward": (lambda off: (HandingOn(off).begin, (X,), {}), LINEAR, "dW"),
    "an object that is called": (lambda off: (Uncalled(off), (X,), {}), LINEAR, "dW"),
    "a method that returns gradients": (
        lambda off: (Both(off).loss, (X, Y), {"kwargs": {"scale": 2.0}}),
        ("dW1", "db1"),
        "dW1",
    ),
    "an object whose arrays are no parameters": (of(Kernel, X), ("dX",), "dX"),
    "other methods": (methods(Oddly, "fprop", "bprop", "backward", X), ("dX", "dW"), "dW"),
    "two layers of a kind": (of(Two, X), ("dX", "dlayers.0.W", "dlayers.0.b", "dlayers.2.W", "dlayers.2.b"), "dlayers.0.W"),
    "picked by a path": (of(Two, X, wrt="layers.0.W"), ("dlayers.0.W",), "dlayers.0.W"),
    "picked by name": (of(Linear, X, wrt=["W"]), ("dW",), "dW"),
    "picked by the end of a path": (of(Network, X, wrt="W"), ("dW",), "dW"),
    "named in order": (of(Returning, X, wrt=["X", "W", "b"]), LINEAR, "dW"),
}


@pytest.mark.parametrize("name", LAYERS)
def test_a_right_layer_is_proved(name):
    call, gradients, _ = LAYERS[name]
    op, args, options = call(1.0)
    report = check_gradients(op, *args, **options)
    assert (report.verdict, report.grade, report.gradients) == ("holds", "exact", gradients), report


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("off", [2.0, 1 + 2.0**-40])
def test_a_mistake_is_refuted_where_it_is(name, off):
    call, _, wrong = LAYERS[name]
    op, args, options = call(off)
    report = check_gradients(op, *args, **options)
    assert (report.verdict, report.grade) == ("refuted", "exact"), report
    assert [f.gradient for f in report.failures] == [wrong]
    assert off != 2 or report.failures[0].factor == 2.0


def test_a_class_is_made_where_it_needs_nothing():
    assert check_gradients(Linear, X).gradients == LINEAR
    assert check_gradients(Static, X).gradients == ("dX",)


def test_the_object_is_left_as_it_was():
    layer = Accumulating()
    kept = layer.grads["W"], layer.W
    check_gradients(layer, X)
    assert (layer.grads["W"] is kept[0], layer.W is kept[1], (layer.grads["W"] == 1).all()) == (True, True, True)
    assert np.array_equal(layer.W, W)
    assert not hasattr(layer, "X")


def test_parameters_in_float32_are_judged_in_their_own_precision():
    layer = Listed()
    layer.params[:] = layer.W, layer.b = W.astype(np.float32), B.astype(np.float32)
    layer.grads = [np.zeros_like(layer.W), np.zeros_like(layer.b)]
    report = check_gradients(layer, X.astype(np.float32))
    assert (report.verdict, report.grade, report.rounded) == ("holds", "exact", "float32")


@pytest.mark.parametrize(("off", "wrong"), [(1.0, []), (2.0, ["dX"])])
def test_a_buffer_of_a_gradient_is_no_parameter_though_nothing_goes_by_its_name(off, wrong):
    report = check_gradients(Unnamed(off), X)
    assert (report.gradients, [f.gradient for f in report.failures]) == (("dX",), wrong), report
    assert "no gradient came for params.0, params.1" in report.why


def test_methods_of_an_object_that_cannot_be_copied_are_judged_as_functions():
    model, x = Model(np.array([2.0, -0.5])), np.array([0.3, 1.7])
    assert check_gradients(model.loss, x, gradient=model.slope).grade == "exact"
    (failure,) = check_gradients(model.loss, x, gradient=model.wrong).failures
    assert failure.factor == 0.5


class Halved:
    """A layer that leaves half of its gradient, under one name or another."""

    def __init__(self, leave):
        self.weights, self.leave = np.random.default_rng(0).normal(size=(3, 2)), leave

    def forward(self, x):
        self.x = x
        return x @ self.weights

    def backward(self, d):
        dx = d @ self.weights.T
        self.leave(self, 0.5 * self.x.T @ d)
        return dx


def leave_in_place(layer, g):
    layer.delta_weights = g
    layer.weights -= 0.1 * g


LEFT = {
    "dW": lambda layer, g: setattr(layer, "dW", g),
    "weight_grad": lambda layer, g: setattr(layer, "weight_grad", g),
    "nabla_w": lambda layer, g: setattr(layer, "nabla_w", g),
    "dL_dweights": lambda layer, g: setattr(layer, "dL_dweights", g),
    "grad": lambda layer, g: setattr(layer, "grad", g),
    "cache": lambda layer, g: setattr(layer, "cache", {"dW": g}),
}


@pytest.mark.parametrize("name", LEFT)
def test_a_gradient_is_found_under_each_of_its_names(name):
    report = check_gradients(Halved(LEFT[name]), np.random.default_rng(1).normal(size=(4, 3)))
    assert [(f.gradient, f.kind) for f in report.failures] == [("dweights", "factor")], report


def test_what_weights_are_changed_by_is_no_gradient():
    report = check_gradients(Halved(leave_in_place), np.random.default_rng(1).normal(size=(4, 3)))
    assert report.ok, report
    assert "no gradient came for weights" in report.why
