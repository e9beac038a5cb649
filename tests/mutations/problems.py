"""One call of every operation, at which its planted mistakes must show: small, with everything switched on."""

import numpy as np


def entries(*shape, seed=0):
    """Small multiples of an eighth, none of them zero."""
    drawn = np.random.default_rng([seed, *shape]).integers(1, 16, shape)
    return np.where(drawn % 2, drawn, -drawn) / 8


def node(d_in, d_out, r, scale):
    WA, WB = entries(d_in, r), entries(r, d_out)
    return {"W": entries(d_in, d_out), "bias": entries(d_out), "WA": WA, "WB": WB, "scale": scale}


def linear():
    return (entries(2, 3, 4), entries(4, 4), entries(4)), {"frozen": False}


def lora_linear():
    factors = entries(4, 5), entries(4, 2), entries(2, 5)
    return (entries(2, 3, 4), *factors, 0.5, entries(5)), {"dropout": 0.5, "rng": np.random.default_rng(0)}


def softmax():
    return (entries(2, 3, 4), np.arange(12).reshape(3, 4) % 5 > 0), {}


def attention():
    """Four heads of queries on two of keys; the second token may attend to nothing, the last to all before it but one."""
    params = {"q": node(8, 8, 2, 0.5), "k": node(8, 4, 1, 2.0), "v": node(8, 4, 2, 0.25), "o": node(8, 8, 1, 3.0)}
    mask = np.array([[1, 0, 0, 1], [0, 0, 0, 0], [1, 0, 1, 0], [1, 1, 0, 1]], dtype=bool)
    return (entries(2, 4, 8), params), {"n_heads": 4, "n_kv_heads": 2, "causal": True, "mask": mask}
