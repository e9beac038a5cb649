"""thinc: the backend's operations on doubles, layers in single precision, and losses."""

import numpy as np
from thinc.api import (
    CategoricalCrossentropy,
    CosineDistance,
    Gelu,
    HardSwish,
    L2Distance,
    LayerNorm,
    Linear,
    Maxout,
    Mish,
    NumpyOps,
    Relu,
    Sigmoid,
    Softmax,
    Swish,
    chain,
    concatenate,
    fix_random_seed,
    glorot_uniform_init,
    residual,
)

from .values import between, case, normal

ops = NumpyOps()
X, lengths = 2 * normal(6, 5), np.array([2, 1, 3], dtype="i")


def of_the_input(name, X=X, **options):
    """An activation whose backward pass takes what went in."""
    forward, backprop = getattr(ops, name), getattr(ops, f"backprop_{name}")
    return case(forward, X, backward=backprop, **options)


def of_the_output(name):
    """An activation whose backward pass takes what came out."""
    forward, backprop = getattr(ops, name), getattr(ops, f"backprop_{name}")

    def op(X):
        Y = forward(X)
        return Y, lambda dY: backprop(dY, Y)

    return case(op, X)


def swish(X):
    Y = ops.swish(X)
    return Y, lambda dY: ops.backprop_swish(dY, X, Y)


def chosen(forward, backprop, X):
    """An operation that says which entries it took."""

    def op(X):
        Y, which = forward(X)
        return Y, lambda dY: backprop(dY, which)

    return case(op, X)


def layer(model, width):
    X = normal(5, width).astype(np.float32)
    fix_random_seed(0)  # the weights are the same in every run
    model.initialize(X=X)
    return case(model.begin_update, X, allow_float32=True)


def loss(kind, guesses, truths):
    measured = kind(normalize=False)
    return case(lambda guesses: measured.get_loss(guesses, truths), guesses, gradient=lambda g: measured.get_grad(g, truths))


CASES = {
    **{name: of_the_input(name) for name in ["mish", "hard_sigmoid", "hard_tanh", "hard_swish"]},
    **{name: of_the_input(name) for name in ["hard_swish_mobilenet", "clipped_linear", "relu_k", "dish"]},
    **{name: of_the_output(name) for name in ["relu", "sigmoid"]},
    "mish, in Fortran's order": of_the_input("mish", np.asfortranarray(X)),
    "gelu": of_the_input("gelu", X, allow_float32=True),
    "gelu, in double precision": of_the_input("gelu"),
    "swish": case(swish, X),
    "softmax": case(ops.softmax, X, backward=lambda dY, X: ops.backprop_softmax(ops.softmax(X), dY, axis=-1)),
    "reduce_sum": case(lambda X: ops.reduce_sum(X, lengths), X, backward=lambda dY, X: ops.backprop_reduce_sum(dY, lengths)),
    "reduce_mean": case(lambda X: ops.reduce_mean(X, lengths), X, backward=lambda dY, X: ops.backprop_reduce_mean(dY, lengths)),
    "reduce_max": chosen(lambda X: ops.reduce_max(X, lengths), lambda dY, at: ops.backprop_reduce_max(dY, at, lengths), X),
    "maxout": chosen(ops.maxout, lambda dY, which: ops.backprop_maxout(dY, which, 3), normal(4, 5, 3)),
    "seq2col": case(lambda X: ops.seq2col(X, 1), X, backward=lambda dY, X: ops.backprop_seq2col(dY, 1)),
    "Linear": layer(Linear(3, 4), 4),
    "Relu": layer(Relu(3, 4), 4),
    "Mish": layer(Mish(3, 4), 4),
    "Gelu": layer(Gelu(3, 4), 4),
    "Swish": layer(Swish(3, 4), 4),
    "HardSwish": layer(HardSwish(3, 4), 4),
    "Softmax": layer(Softmax(3, 4, init_W=glorot_uniform_init), 4),
    "Maxout": layer(Maxout(3, 4, nP=2), 4),
    "Sigmoid": layer(Sigmoid(3, 4), 4),
    "LayerNorm": layer(LayerNorm(4), 4),
    "residual": layer(residual(Linear(4, 4)), 4),
    "concatenate": layer(concatenate(Linear(2, 4), Relu(2, 4)), 4),
    "chain": layer(chain(Mish(5, 4), Linear(2, 5)), 4),
    "CosineDistance": loss(CosineDistance, normal(3, 4), normal(3, 4, seed=1)),
    "L2Distance": loss(L2Distance, normal(3, 4), normal(3, 4, seed=1)),
    "CategoricalCrossentropy": loss(CategoricalCrossentropy, between(0.1, 0.4, 3, 4), np.eye(4)[[0, 1, 3]]),
}

BELOW = {
    "mish", "gelu", "relu", "reduce_sum", "reduce_mean", "reduce_max", "maxout", "seq2col", "Linear", "Relu", "Mish", "Gelu",
    "Swish", "HardSwish", "Maxout", "Sigmoid", "residual", "concatenate", "chain",
}  # fmt: skip

WRONG = {
    "mish, in Fortran's order": {"dX": "other"},
    "gelu, in double precision": {"dX": "dtype"},
    "Softmax": {"dX": "other", "dW": "other", "db": "other"},
    "L2Distance": {"dguesses": "factor"},
    "CategoricalCrossentropy": {"dguesses": "factor"},
}
