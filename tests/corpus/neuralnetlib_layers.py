"""neuralnetlib: activations, losses and layers; a layer is made anew for each call, and keeps its gradients in itself."""

import numpy as np
from neuralnetlib import activations, layers, losses

from .values import between, case, normal


def activation(name):
    function = getattr(activations, name)()
    return case(function, 2 * normal(3, 4), backward=lambda dY, X: dY * function.derivative(X))


def loss(measured, y_true, y_pred):
    return case(lambda y_pred: measured(y_true, y_pred), y_pred, gradient=lambda y_pred: measured.derivative(y_true, y_pred))


def layer(make, *X, weights=()):
    def op(*args):
        made, (inputs, given) = make(), (args[: len(X)], args[len(X) :])
        made.forward_pass(*X)  # which draws weights
        for name, weight in zip(weights, given, strict=True):
            setattr(made, name, weight)
        Y = made.forward_pass(*inputs)

        def backward(dY):
            dX = made.backward_pass(dY)
            return (dX, *(getattr(made, f"d_{name}") for name in weights))

        return Y, backward

    made = make()
    made.forward_pass(*X)
    return case(op, *X, *(getattr(made, name) + normal(*getattr(made, name).shape) / 4 for name in weights))


def embedding(indices):
    def op(weights):
        made = layers.Embedding(6, 3)
        made.forward_pass(indices)
        made.weights = weights
        Y = made.forward_pass(indices)

        def backward(dY):
            made.backward_pass(dY)
            return made.d_weights

        return Y, backward

    return case(op, normal(6, 3))


p, y = between(0.2, 0.8, 3, 4), np.array([[0.0, 1, 1, 0], [1, 0, 0, 1], [1, 1, 0, 0]])
one_hot, labels = np.eye(4)[[0, 2, 1]], np.array([0, 2, 1])
AFFINE, SCALED = ["weights", "bias"], ["gamma", "beta"]

CASES = {
    **{name: activation(name) for name in ["Sigmoid", "ReLU", "Tanh", "Linear", "LeakyReLU", "ELU", "SELU", "GELU"]},
    "MeanSquaredError": loss(losses.MeanSquaredError(), normal(3, 4), normal(3, 4, seed=1)),
    "MeanAbsoluteError": loss(losses.MeanAbsoluteError(), normal(3, 4), normal(3, 4, seed=1)),
    "Huber": loss(losses.Huber(0.7), normal(3, 4), normal(3, 4, seed=1)),
    "Wasserstein": loss(losses.Wasserstein(), normal(3, 4), normal(3, 4, seed=1)),
    "FocalLoss": loss(losses.FocalLoss(), y, p),
    "BinaryFocalLossPerLabel": loss(losses.BinaryFocalLossPerLabel(), y, p),
    "MultiLabelBCELoss": loss(losses.MultiLabelBCELoss(2.0), y, p),
    "BinaryCrossentropy": loss(losses.BinaryCrossentropy(), y, p),
    "CategoricalCrossentropy": loss(losses.CategoricalCrossentropy(), one_hot, p),
    "SparseCategoricalCrossentropy": loss(losses.SparseCategoricalCrossentropy(), labels, p),
    "Dense": layer(lambda: layers.Dense(3), normal(5, 4), weights=AFFINE),
    "Conv1D": layer(lambda: layers.Conv1D(2, 3, strides=2, padding="same"), normal(2, 6, 2), weights=AFFINE),
    "Conv2D": layer(lambda: layers.Conv2D(2, 3), normal(2, 5, 5, 2), weights=AFFINE),
    "MaxPooling2D": layer(lambda: layers.MaxPooling2D(2), normal(2, 4, 4, 2)),
    "AveragePooling2D": layer(lambda: layers.AveragePooling2D(2), normal(2, 4, 4, 2)),
    "BatchNormalization": layer(layers.BatchNormalization, normal(6, 3), weights=SCALED),
    "LayerNormalization": layer(layers.LayerNormalization, normal(5, 4), weights=SCALED),
    "softmax": layer(lambda: layers.Activation("softmax"), normal(3, 4)),
    "Attention": layer(lambda: layers.Attention(return_sequences=True), normal(2, 4, 3)),
    "Embedding": embedding(np.array([[1, 2, 2], [1, 5, 3]])),
    "Embedding, padded": embedding(np.array([[0, 2, 2], [1, 5, 3]])),
}

BELOW = {"MultiLabelBCELoss", "Dense", "Conv1D", "Conv2D"}

WRONG = {
    "BinaryCrossentropy": {"dy_pred": "mean-for-sum"},
    "CategoricalCrossentropy": {"dy_pred": "mean-for-sum"},
    "SparseCategoricalCrossentropy": {"dy_pred": "mean-for-sum"},
    "Embedding, padded": {"dweights": "zero"},
}
