"""Networks: perceptrons as lists of layers and as classes, adapters, embeddings, dropout, whole transformer blocks."""

import numpy as np

from tests.check.layers.values import normal


def relu_network(x, weights, biases):
    """Lists of weights and biases."""
    acts = [x]
    for i, (w, b) in enumerate(zip(weights, biases, strict=True)):
        z = acts[-1] @ w + b
        acts.append(np.maximum(0, z) if i < len(weights) - 1 else z)

    def backward(delta):
        dws, dbs = [None] * len(weights), [None] * len(biases)
        for i in reversed(range(len(weights))):
            dws[i] = acts[i].T @ delta
            dbs[i] = delta.sum(axis=0)
            delta = delta @ weights[i].T
            if i > 0:
                delta = delta * (acts[i] > 0)
        return delta, dws, dbs

    return acts[-1], backward


class Dense:
    """A layer with its state in attributes."""

    def __init__(self, w, b):
        self.w, self.b = w, b

    def forward(self, x):
        self.x = x
        return np.dot(x, self.w) + self.b

    def backward(self, grad):
        self.dw = np.dot(self.x.T, grad)
        self.db = np.sum(grad, axis=0)
        return np.dot(grad, self.w.T)


class Tanh:
    def forward(self, x):
        self.y = np.tanh(x)
        return self.y

    def backward(self, grad):
        return grad * (1 - self.y**2)


def sequential(x, params):
    """Layers as objects, parameters in a dict."""
    layers = [Dense(params["w1"], params["b1"]), Tanh(), Dense(params["w2"], params["b2"])]
    out = x
    for layer in layers:
        out = layer.forward(out)

    def backward(grad):
        for layer in reversed(layers):
            grad = layer.backward(grad)
        first, last = layers[0], layers[2]
        return {"x": grad, "params": {"w1": first.dw, "b1": first.db, "w2": last.dw, "b2": last.db}}

    return out, backward


def dropout_layer(x, w, p, rng):
    """Inverted dropout in front of a product."""
    mask = (rng.random(x.shape) >= p) / (1 - p)
    h = x * mask
    return h @ w, lambda g: (g @ w.T * mask, h.T @ g)


def dropout_binomial(x, p=0.5):
    """Drawn afresh from a seed of its own."""
    keep = np.random.RandomState(3).binomial(1, 1 - p, size=x.shape)
    return x * keep / (1 - p), lambda g: g * keep / (1 - p)


def lora_dropout(x, W, A, B, rng, p=0.25, alpha=8):
    """LoRA as it is used: frozen weight, dropout on the branch."""
    r = A.shape[1]
    keep = rng.binomial(1, 1 - p, x.shape).astype(x.dtype) / (1 - p)
    xd = x * keep
    s = alpha / r
    y = x @ W + s * (xd @ A @ B)

    def backward(dy):
        da = s * dy @ B.T
        return dict(dx=dy @ W.T + keep * (da @ A.T), dA=xd.T @ da, dB=s * (xd @ A).T @ dy)

    return y, backward


def vera(x, W, A, B, d, b):
    """Frozen random factors, trained diagonals."""
    h = x @ A * d
    y = x @ W + h @ B * b

    def backward(g):
        gh = (g * b) @ B.T
        return {"x": g @ W.T + (gh * d) @ A.T, "d": np.sum(gh * (x @ A), axis=0), "b": np.sum(g * (h @ B), axis=0)}

    return y, backward


def embedding(E, ids):
    out = E[ids]

    def backward(g):
        dE = np.zeros_like(E)
        np.add.at(dE, ids, g)
        return dE

    return out, backward


def embedding_bag(table, ids, offsets):
    """Means of bags, scattered back by a loop."""
    bags = np.split(ids, offsets[1:])
    out = np.array([table[bag].mean(axis=0) for bag in bags])

    def backward(g):
        grad = np.zeros(table.shape)
        for row, bag in zip(g, bags, strict=True):
            for i in bag:
                grad[i] += row / len(bag)
        return grad

    return out, backward


def tied_embedding(E, W, ids, targets):
    """Tokens embedded and read out by one table; mean cross entropy."""
    x = E[ids]
    h = np.tanh(x @ W)
    logits = h @ E.T
    logits -= logits.max(-1, keepdims=True)
    p = np.exp(logits)
    p /= p.sum(-1, keepdims=True)
    n = ids.size
    loss = -np.log(p[np.arange(n), targets]).mean()

    def backward(g):
        dz = p.copy()
        dz[np.arange(n), targets] -= 1
        dz *= g / n
        dE = dz.T @ h
        dh = dz @ E * (1 - h**2)
        np.add.at(dE, ids, dh @ W.T)
        return dE, x.T @ dh

    return loss, backward


def residual_mlp(x, W1, b1, W2, b2):
    """x + W2 gelu(W1 x), batched with tensordot."""
    z = np.tensordot(x, W1, axes=1) + b1
    c = (2 / np.pi) ** 0.5
    t = np.tanh(c * (z + 0.044715 * z**3))
    h = 0.5 * z * (1 + t)
    y = x + np.tensordot(h, W2, axes=1) + b2

    def backward(dy):
        dW2, db2 = np.tensordot(h, dy, axes=([0, 1], [0, 1])), dy.sum((0, 1))
        dz = dy @ W2.T * (0.5 * (1 + t) + 0.5 * z * (1 - t**2) * c * (1 + 3 * 0.044715 * z**2))
        return dy + dz @ W1.T, np.tensordot(x, dz, axes=([0, 1], [0, 1])), dz.sum((0, 1)), dW2, db2

    return y, backward


def _network(*widths):
    shapes = list(zip(widths, widths[1:], strict=False))
    draws = normal((7, widths[0]), *shapes, *((n,) for n in widths[1:]))
    return relu_network, [draws[0], draws[1 : 1 + len(shapes)], draws[1 + len(shapes) :]]


def case_relu_network():
    return _network(3, 5, 4, 2)


def case_relu_network_wide():
    return _network(32, 64, 256)


def case_sequential():
    x, w1, b1, w2, b2 = normal((6, 3), (3, 4), (4,), (4, 2), (2,))
    return sequential, [x, {"w1": w1, "b1": b1, "w2": w2, "b2": b2}]


def case_dropout_layer():
    return dropout_layer, [*normal((6, 4), (4, 3)), 0.3, np.random.default_rng(1)]


def case_dropout_binomial():
    return dropout_binomial, [normal((6, 4))]


def case_lora_dropout():
    x, W, A, B = normal((5, 4), (4, 3), (4, 2), (2, 3))
    return lora_dropout, [x, W, A, np.zeros_like(B), np.random.default_rng(1)]


def case_vera():
    return vera, normal((5, 4), (4, 3), (4, 2), (2, 3), (2,), (3,))


def case_embedding():
    return embedding, [normal((6, 3)), np.array([[0, 2, 2], [5, 0, 2]])]


def case_embedding_bag():
    return embedding_bag, [normal((6, 3)), np.array([0, 2, 2, 5, 0]), np.array([0, 3])]


def case_tied_embedding():
    return tied_embedding, [*normal((5, 3), (3, 3)), np.array([0, 2, 2, 4]), np.array([1, 2, 4, 0])]


def case_residual_mlp():
    return residual_mlp, normal((2, 3, 4), (4, 5), (5,), (5, 4), (4,))


MISTAKES = [
    ("relu_network", "delta * (acts[i] > 0)", "delta * (acts[i] >= 0)", "dx"),
    ("relu_network_wide", "delta.sum(axis=0)", "delta.mean(axis=0)", "dbiases.0"),
    ("sequential", "grad = layer.backward(grad)", "grad = 2 * layer.backward(grad)", "dparams.w1"),
    ("dropout_layer", "g @ w.T * mask", "g @ w.T", "dx"),
    ("dropout_binomial", "g * keep / (1 - p)", "g * keep", "dx"),
    ("lora_dropout", "xd.T @ da", "x.T @ da", "dA"),
    ("vera", "np.sum(gh * (x @ A), axis=0)", "np.sum(gh * h, axis=0)", "dd"),
    ("embedding", "np.add.at(dE, ids, g)", "dE[ids] += g", "dE"),
    ("embedding_bag", "row / len(bag)", "row", "dtable"),
    ("tied_embedding", "np.add.at(dE, ids, dh @ W.T)", "dE[ids] = dh @ W.T", "dE"),
    ("residual_mlp", "return dy + dz", "return dz", "dx"),
]
