"""numpy-ml: activations, losses and layers; a layer is made anew for each call, and keeps its gradients in itself."""

import collections
import collections.abc

import numpy as np

from .values import between, case, normal

collections.Hashable = collections.abc.Hashable  # where the package, of 2020, looks for it
from numpy_ml.neural_nets import activations, layers, losses  # noqa: E402


def activation(function):
    return case(function.fn, 2 * normal(3, 4), backward=lambda dY, X: dY * function.grad(X))


def layer(make, *X, weights=()):
    def op(*args):
        made, (inputs, given) = make(), (args[: len(X)], args[len(X) :])
        made.forward(*X, retain_derived=False)  # which draws weights
        made.parameters.update(zip(weights, given, strict=True))
        Y = made.forward(*inputs)

        def backward(dY):
            dX = made.backward(dY)
            return (*(dX if isinstance(dX, tuple) else [dX]), *(made.gradients[name] for name in weights))

        return Y, backward

    made = make()
    made.forward(*X)
    return case(op, *X, *(made.parameters[name] + normal(*made.parameters[name].shape) / 4 for name in weights))


def embedding(pool):
    """The second word of the first text occurs twice in it."""
    texts = np.array([[0, 2, 2], [1, 0, 3]])

    def op(W):
        made = layers.Embedding(3, 5, pool=pool)
        made.forward(texts, retain_derived=False)
        made.parameters["W"] = W
        Y = made.forward(texts)

        def backward(dY):
            made.backward(dY)
            return made.gradients["W"]

        return Y, backward

    return case(op, normal(5, 3))


ACTIVATIONS = ["Sigmoid", "ReLU", "LeakyReLU", "Tanh", "Affine", "ELU", "Exponential", "SELU", "HardSigmoid", "SoftPlus"]
critic, autoencoder = losses.WGAN_GPLoss(), losses.VAELoss()
target, tanh = normal(3, 4), activations.Tanh()
AFFINE, SCALED = ["W", "b"], ["scaler", "intercept"]


def reconstructed(pixels, mean, log_var):
    dpixels, dlog_var, dmean = autoencoder.grad((target > 0) * 1.0, pixels, mean, log_var)
    return dpixels, dmean, dlog_var


CASES = {
    **{name: activation(getattr(activations, name)()) for name in ACTIVATIONS},
    "SquaredError": case(
        lambda z: losses.SquaredError.loss(target, tanh.fn(z)),
        normal(3, 4, seed=1),
        gradient=lambda z: losses.SquaredError.grad(target, tanh.fn(z), z, tanh),
    ),
    "VAELoss": case(
        lambda pixels, mean, log_var: autoencoder.loss((target > 0) * 1.0, pixels, mean, log_var),
        *(between(0.2, 0.8, 3, 4), normal(3, 2), normal(3, 2, seed=1)),
        gradient=reconstructed,
    ),
    "WGAN_GPLoss of the generator": case(lambda y: critic.loss(y, "G"), normal(5), gradient=lambda y: critic.grad(y, "G")),
    "WGAN_GPLoss of the critic": case(
        lambda fake, real, slope: critic.loss(fake, "C", real, slope),
        *(normal(5), normal(5, seed=1), normal(5, 3)),
        gradient=lambda fake, real, slope: critic.grad(fake, "C", real, slope),
    ),
    "FullyConnected": layer(lambda: layers.FullyConnected(3, act_fn="Tanh"), normal(5, 4), weights=AFFINE),
    "LayerNorm1D": layer(layers.LayerNorm1D, normal(6, 3), weights=SCALED),
    "BatchNorm1D": layer(layers.BatchNorm1D, normal(6, 3), weights=SCALED),
    "Softmax": layer(layers.Softmax, normal(3, 4)),
    "Conv1D": layer(lambda: layers.Conv1D(3, 3, pad=1, act_fn="Tanh"), normal(2, 6, 2), weights=AFFINE),
    "Conv2D": layer(lambda: layers.Conv2D(2, (3, 3), pad=1, act_fn="Sigmoid"), normal(2, 5, 5, 2), weights=AFFINE),
    "Pool2D": layer(lambda: layers.Pool2D((2, 2), 2), normal(2, 4, 4, 2)),
    **{f"Embedding, pool={pool}": embedding(pool) for pool in (None, "sum", "mean")},
}

BELOW = set()

WRONG = {
    "WGAN_GPLoss of the critic": {"dfake": "sign", "dreal": "sign"},
    "Embedding, pool=sum": {"dW": "factor"},
    "Embedding, pool=mean": {"dW": "factor"},
}
