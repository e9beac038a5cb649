"""The same steps by everyone: ours, PyTorch's, JAX's, and the products that none can do without.

A step is a forward and a backward pass with frozen weights. A contender's `read` turns what its `run` returns into our
arrays in our order, so that all are compared before any is timed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import torch
from peft import LoraConfig
from peft.tuners.lora.layer import Linear as PeftLinear

from numpy_lora.ops import attention, attention_blocked, lora_bordered, lora_linear

Arrays = list[np.ndarray]
Step = Callable[[], Any]
SCALE = 2.0
jax.config.update("jax_enable_x64", True)


class Contender(NamedTuple):
    run: Step
    read: Callable[[Any], Arrays] | None  # None: it computes a part of the step only


def _arrays(result: Any) -> Arrays:
    return [np.asarray(leaf) for leaf in result]


def _by_name(result: Any) -> Arrays:
    Y, dX, adapters = result
    return _arrays([Y, dX, *(leaf for name in "qkvo" for leaf in adapters[name])])


def _tensors(result: Any) -> Arrays:
    return [tensor.detach().numpy() for tensor in result]


def lora_contenders(n: int, d_in: int, d_out: int, r: int, dtype: str) -> dict[str, Contender]:
    """Y, dX, dWA, dWB of one adapted linear layer."""
    rng = np.random.default_rng(0)

    def draw(*shape: int) -> np.ndarray:
        return (rng.standard_normal(shape) / shape[-1] ** 0.5).astype(dtype)

    X, dY, W, WA, WB = draw(n, d_in), draw(n, d_out), draw(d_in, d_out), draw(d_in, r), draw(r, d_out)

    def our(op: Callable[..., Any]) -> Step:
        def run() -> Any:
            Y, backward = op(X, W, WA, WB, SCALE)
            return Y, *backward(dY)

        return run

    def floor() -> Any:
        return X @ W, dY @ W.T

    base = torch.nn.Linear(d_in, d_out, bias=False)
    base.weight = torch.nn.Parameter(torch.tensor(W.T.copy()), requires_grad=False)
    layer = PeftLinear(base, "default", LoraConfig(r=r, lora_alpha=round(SCALE * r)), r=r, lora_alpha=round(SCALE * r))
    layer.lora_A["default"].weight.data = torch.tensor(WA.T.copy())
    layer.lora_B["default"].weight.data = torch.tensor(WB.T.copy())
    inputs = (torch.tensor(X, requires_grad=True), layer.lora_A["default"].weight, layer.lora_B["default"].weight)
    tdY = torch.tensor(dY)

    def peft() -> Any:
        Y = layer(inputs[0])
        return Y, *torch.autograd.grad(Y, inputs, tdY)

    def read_peft(result: Any) -> Arrays:
        Y, dX, dA, dB = (t.detach().numpy() for t in result)
        return [Y, dX, dA.T, dB.T]

    @jax.jit
    def step(X: Any, W: Any, WA: Any, WB: Any, dY: Any) -> Any:
        Y, pullback = jax.vjp(lambda X, WA, WB: X @ W + SCALE * ((X @ WA) @ WB), X, WA, WB)
        return Y, *pullback(dY)

    on_jax = [jnp.asarray(a) for a in (X, W, WA, WB, dY)]
    return {
        "ours clear": Contender(our(lora_linear), _arrays),
        "ours bordered": Contender(our(lora_bordered), _arrays),
        "floor": Contender(floor, None),
        "peft": Contender(peft, read_peft),
        "jax": Contender(lambda: jax.block_until_ready(step(*on_jax)), _arrays),
    }


class Attention(NamedTuple):
    """The arguments of an attention step with adapters on all four projections, and the cotangent of its result."""

    X: np.ndarray
    params: Mapping[str, Mapping[str, Any]]
    heads: int
    dY: np.ndarray


def attention_arguments(batch: int, n: int, d: int, heads: int, r: int, dtype: str) -> Attention:
    rng = np.random.default_rng(0)

    def draw(*shape: int) -> np.ndarray:
        return (rng.standard_normal(shape) / shape[-1] ** 0.5).astype(dtype)

    params = {name: {"W": draw(d, d), "WA": draw(d, r), "WB": draw(r, d), "scale": SCALE} for name in "qkvo"}
    return Attention(rng.standard_normal((batch, n, d)).astype(dtype), params, heads, draw(batch, n, d))


def attention_contenders(batch: int, n: int, d: int, heads: int, r: int, dtype: str) -> dict[str, Contender]:
    """Y, dX and the eight adapter gradients of multi-head attention with LoRA on q, k, v and o."""
    of = attention_arguments(batch, n, d, heads, r, dtype)
    return {
        "ours clear": Contender(_our_attention(attention, of), _arrays),
        "ours blocked": Contender(_our_attention(attention_blocked, of), _arrays),
        "floor": Contender(_attention_floor(of), None),
        "torch sdpa": Contender(_torch_attention(torch.nn.functional.scaled_dot_product_attention, of), _tensors),
        "torch explicit": Contender(_torch_attention(explicit, of), _tensors),
        "jax": Contender(_jax_attention(of), _by_name),
    }


def _our_attention(op: Callable[..., Any], of: Attention) -> Step:
    def run() -> Any:
        Y, backward = op(of.X, of.params, of.heads)
        dX, dparams = backward(of.dY)
        return Y, dX, *(leaf for adapter in dparams.values() for leaf in adapter.values())

    return run


def _attention_floor(of: Attention) -> Step:
    """The products alone: four by a weight each way, two of scores forward and four backward."""
    X, dY = of.X, of.dY
    batch, n, _ = X.shape
    H = np.ascontiguousarray(X.reshape(batch, n, of.heads, -1).swapaxes(1, 2))
    weights = [node["W"] for node in of.params.values()]

    def run() -> Any:
        forward = [X @ W for W in weights]
        P = H @ H.mT
        dP = H @ H.mT
        scores = P @ H, P.mT @ H, dP @ H, dP.mT @ H
        return forward, scores, [dY @ W.T for W in weights]

    return run


def torch_attention(core: Callable[..., Any], of: Attention) -> tuple[Callable[..., Any], list[Any]]:
    """The forward pass as a function of X and the adapters, and these."""
    batch, n, _ = of.X.shape
    weights = {name: torch.tensor(node["W"]) for name, node in of.params.items()}
    adapters = [torch.tensor(node[leaf], requires_grad=True) for node in of.params.values() for leaf in ("WA", "WB")]

    def forward(X: Any, *adapters: Any) -> Any:
        pairs = dict(zip(of.params, zip(adapters[::2], adapters[1::2], strict=True), strict=True))

        def project(X: Any, name: str) -> Any:
            WA, WB = pairs[name]
            return X @ weights[name] + SCALE * ((X @ WA) @ WB)

        Q, K, V = (project(X, name).view(batch, n, of.heads, -1).transpose(1, 2) for name in "qkv")
        return project(core(Q, K, V).transpose(1, 2).reshape(batch, n, -1), "o")

    return forward, [torch.tensor(of.X, requires_grad=True), *adapters]


def _torch_attention(core: Callable[..., Any], of: Attention) -> Step:
    forward, inputs = torch_attention(core, of)
    dY = torch.tensor(of.dY)

    def run() -> Any:
        Y = forward(*inputs)
        return Y, *torch.autograd.grad(Y, inputs, dY)

    return run


def explicit(Q: Any, K: Any, V: Any) -> Any:
    return torch.softmax(Q @ K.transpose(-1, -2) * Q.shape[-1] ** -0.5, -1) @ V


def _jax_attention(of: Attention) -> Step:
    batch, n, _ = of.X.shape
    weights = {name: jnp.asarray(node["W"]) for name, node in of.params.items()}
    adapters = {name: (jnp.asarray(node["WA"]), jnp.asarray(node["WB"])) for name, node in of.params.items()}

    @jax.jit
    def step(X: Any, adapters: Any, weights: Any, dY: Any) -> Any:
        def project(X: Any, adapters: Any, name: str) -> Any:
            WA, WB = adapters[name]
            return X @ weights[name] + SCALE * ((X @ WA) @ WB)

        def forward(X: Any, adapters: Any) -> Any:
            Q, K, V = (project(X, adapters, name).reshape(batch, n, of.heads, -1) for name in "qkv")
            P = jax.nn.softmax(jnp.einsum("bqhd,bkhd->bhqk", Q, K) * Q.shape[-1] ** -0.5)
            return project(jnp.einsum("bhqk,bkhd->bqhd", P, V).reshape(batch, n, -1), adapters, "o")

        Y, pullback = jax.vjp(forward, X, adapters)
        return Y, *pullback(dY)

    X, dY = jnp.asarray(of.X), jnp.asarray(of.dY)
    return lambda: jax.block_until_ready(step(X, adapters, weights, dY))
