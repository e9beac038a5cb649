"""Caspian: activations by their output, losses, and layers that add to their own weights; one is made for each call."""

import caspian.activations as activations
import caspian.layers as layers
import caspian.losses as losses
import caspian.pooling as pooling
import numpy as np
from caspian.optimizers import StandardGD

from .values import between, case, normal


def activation(name):
    """What the layers do: the backward pass is given what came out."""

    def op(X):
        function = getattr(activations, name)()
        Y = function(X)
        return Y, lambda dY: function(Y, dY)

    return case(op, 2 * normal(3, 4))


def loss(name, actual, prediction):
    measured = getattr(losses, name)()
    return case(measured.forward, actual, prediction, gradient=measured.backward, wrt=[1])


def layer(make, *X, weights=()):
    """A rate of −1 makes the step that the layer takes the gradient itself."""

    def op(*args):
        made, inputs = make(StandardGD(-1.0)), args[: len(X)]
        for name, weight in zip(weights, args[len(X) :], strict=True):
            setattr(made, name, weight)
        Y = made.forward(*inputs, training=True)

        def backward(dY):
            before = [np.array(getattr(made, name)) for name in weights]
            dX = made.backward(dY)
            steps = [getattr(made, name) - weight for name, weight in zip(weights, before, strict=True)]
            return (*(dX if isinstance(dX, tuple) else [dX]), *steps)

        return Y, backward

    made = make(StandardGD(-1.0))
    return case(op, *X, *(0.5 + normal(*getattr(made, name).shape) / 4 for name in weights))


def dense(name):
    return layer(lambda opt: layers.Dense(getattr(activations, name)(), 4, 3, opt), normal(5, 4), weights=DENSE)


DENSE, CONV, NORM = ["layer_weight", "bias_weight"], ["kernel_weights", "bias_weights"], ["layer_weight", "bias_weight"]
p, q, tanh = between(0.2, 0.8, 3, 4), between(0.2, 0.8, 3, 4, seed=1), activations.Tanh()
binary, one_hot = np.array([[0.0, 1, 1, 0], [1, 0, 0, 1], [1, 1, 0, 0]]), np.eye(4)[[0, 2, 1]]
ACTIVATIONS = ["Identity", "ReLU", "LReLU", "ReLUX", "Sigmoid", "Tanh", "Softmax", "ELU", "HardTanh", "Swish", "Softsign"]
ACTIVATIONS += ["Softmin", "Softplus", "HardSwish"]

CASES = {
    **{name: activation(name) for name in ACTIVATIONS},
    "MeanSquareErr": loss("MeanSquareErr", p, q),
    "MeanAvgErr": loss("MeanAvgErr", p, q),
    "BinaryCrossEntropy": loss("BinaryCrossEntropy", binary, q),
    "CrossEntropy": loss("CrossEntropy", one_hot, q),
    "KLDivergence": loss("KLDivergence", p, q),
    "Huber": loss("Huber", p, q),
    "Direct": loss("Direct", p, q),
    **{f"Dense {name}": dense(name) for name in ["Tanh", "Sigmoid", "ReLU", "Softmax"]},
    "Linear": layer(lambda opt: layers.Linear(4, 3, True, opt), normal(5, 4), weights=DENSE),
    "Bilinear": layer(lambda opt: layers.Bilinear(tanh, 4, 3, 2, opt), normal(5, 4), normal(5, 3), weights=DENSE),
    "Conv1D": layer(lambda opt: layers.Conv1D(tanh, 2, 3, (2, 7), 2, 1, True, opt), normal(2, 2, 7), weights=CONV),
    "Conv2D": layer(lambda opt: layers.Conv2D(tanh, 2, 3, (2, 5, 5), 1, 0, True, opt), normal(2, 2, 5, 5), weights=CONV),
    "LayerNorm": layer(lambda opt: layers.LayerNorm((4,), True, True, optimizer=opt), normal(5, 4), weights=NORM),
    "RMSNorm": layer(lambda opt: layers.RMSNorm((4,), True, False, optimizer=opt), normal(5, 4), weights=["layer_weight"]),
    "BatchNorm": layer(lambda opt: layers.BatchNorm(3, 1, optimizer=opt), normal(6, 3), weights=["gamma", "beta"]),
    "CosineSimilarity": layer(lambda _: layers.CosineSimilarity(1), normal(3, 4), normal(3, 4, seed=1)),
    "Pooling1D maximum": layer(lambda _: layers.Pooling1D(pooling.Maximum(), 2, (3, 6), 2, 0), normal(2, 3, 6)),
    "Pooling1D average": layer(lambda _: layers.Pooling1D(pooling.Average(), 2, (3, 6), 2, 0), normal(2, 3, 6)),
    "Upsampling1D": layer(lambda _: layers.Upsampling1D(2), normal(2, 3, 4)),
}

BELOW = set()

WRONG = {
    "Softmin": {"dX": "sign"},
    "Softplus": {"dX": "wrong-branch"},
    "HardSwish": {"dX": "wrong-branch"},
    "BinaryCrossEntropy": {"dprediction": "fused"},
    "CrossEntropy": {"dprediction": "fused"},
    "KLDivergence": {"dprediction": "wrong-argument"},
    "Huber": {"dprediction": "shape"},
    "Direct": {"dprediction": "other"},
    "Linear": {"dargs0": "other", "dargs1": "other", "dargs2": "other"},
    "Bilinear": {"dargs0": "other", "dargs1": "other"},
    "LayerNorm": {"dargs1": "other", "dargs2": "other"},
    "RMSNorm": {"dargs0": "other", "dargs1": "other"},
    "BatchNorm": {"dargs0": "other", "dargs1": "other", "dargs2": "other"},
    "CosineSimilarity": {"dargs0": "other", "dargs1": "other"},
    "Pooling1D average": {"dargs0": "other"},
    "Upsampling1D": {"dargs0": "other"},
}
