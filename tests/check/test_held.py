"""Which array of an object is the gradient of which: by names alone, and by none where two could be meant."""

import numpy as np
import pytest

from numpy_lora.check.held import at, captured, held, meant, names, nearest, sharing

MEANT = {  # the path of a gradient, the paths of the arrays there are: the one meant
    ("dW", "W"): "W",
    ("d_W", "W b"): "W",
    ("grad_W", "W"): "W",
    ("gradW", "W b"): "W",
    ("W_grad", "W"): "W",
    ("gradient_bias", "bias"): "bias",
    ("bias_gradient", "bias weight"): "bias",
    ("grads.W", "W b"): "W",
    ("grads.dW", "W b"): "W",
    ("grads.W", "params.W params.b"): "params.W",
    ("grads.0", "params.0 params.1"): "params.0",
    ("gradients.W", "layer.W"): "layer.W",
    ("dparams.W", "params.W old.W"): "params.W",
    ("param_grads.W", "params.W"): "params.W",
    ("params.dW", "params.W"): "params.W",
    ("dW", "params.W"): "params.W",
    ("W.grad", "W"): "W",
    ("layers.0.dW", "layers.0.W layers.1.W"): "layers.0.W",
    ("layers.1.grads.W", "layers.0.params.W layers.1.params.W"): "layers.1.params.W",
    ("dW", "layers.0.W layers.1.W"): None,
    ("grads.0", "layers.0.W"): None,
    ("dW", "weights"): "weights",
    ("dW", "weights W"): "W",
    ("weight_grad", "weights bias"): "weights",
    ("dL_dW", "W b"): "W",
    ("dLdb", "W b"): "b",
    ("nabla_w", "weights biases"): "weights",
    ("gW", "W b"): "W",
    ("W_bar", "W b"): "W",
    ("cache.dW", "W b"): "W",
    ("_g.W", "_p.W"): "_p.W",
    ("velocity_W", "W"): None,
    ("cache.W", "b"): None,
    ("W", "W"): None,
    ("momentum.W", "W"): None,
    ("data", "W"): None,
    ("_dW", "_W"): "_W",
    ("_Dense__dW", "_Dense__W _Dense__b"): "_Dense__W",
    ("_dW", "W"): "W",
    ("coef_grad_", "coef_"): "coef_",
    ("grad", "W"): None,
}


@pytest.mark.parametrize(("gradient", "arrays"), MEANT)
def test_a_gradient_s_name_says_whose_it_is_or_nothing(gradient, arrays):
    known = {name: [tuple(name.split("."))] for name in arrays.split()}
    found = nearest(meant(tuple(gradient.split("."))), known)
    assert (found[0] if len(found) == 1 else None) == MEANT[gradient, arrays]


class Box:
    def __init__(self, **parts):
        self.__dict__.update(parts)


def test_arrays_are_found_through_dicts_lists_and_objects_the_nearest_first():
    W, b, g = np.ones((2, 2)), np.ones(2), np.ones(2)
    inner = Box(g=g, ids=np.arange(3), name="inner", f=np.sin)
    thing = Box(params={"W": W}, layers=[inner, (b,)], rate=0.5, up=None)
    inner.up = thing
    found = held(thing)
    assert list(found) == [("rate",), ("params", "W"), ("layers", "0", "g"), ("layers", "1", "0")]
    assert found["layers", "1", "0"] is b
    assert at(thing, ("layers", "0", "g")) is g
    assert at(thing, ("layers", "7", "g")) is None


def test_an_array_goes_by_all_its_names_and_by_that_of_the_object_which_wraps_it_alone():
    W = np.ones(2)
    assert names(Box(params=[W], W=W), W) == [("W",), ("params", "0")]
    assert names(Box(W=Box(data=W, grad=np.zeros(2))), W) == [("W",), ("W", "data")]
    assert names(Box(W=Box(data=W, other=np.zeros(2))), W) == [("W", "data")]
    layer = Box(W=W, forward=np.sin, backward=np.cos)
    assert names(Box(layers=[layer]), W) == [("layers", "0", "W")]


class Slotted:
    __slots__ = ("W",)

    def __init__(self):
        self.W = np.ones(2)


def test_arrays_in_slots_are_found():
    assert list(held(Slotted())) == [("W",)]


def test_functions_that_close_over_an_object_are_found():
    thing = Box(W=np.ones(2))
    thing.f, thing.g, thing.h = lambda: thing.W, [lambda W=thing.W: W], np.sin
    W = thing.W
    thing.k = {"s": lambda: W}
    assert captured(thing) == ["f", "k.s"]


def test_views_of_one_memory_are_told():
    theta = np.ones(6)
    thing = Box(theta=theta, W=theta[:4].reshape(2, 2), b=theta[4:], c=np.ones(2))
    assert sharing(thing) == {("theta",): [("W",), ("b",)], ("W",): [("theta",)], ("b",): [("theta",)]}
