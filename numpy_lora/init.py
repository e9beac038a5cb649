"""How an adapter starts: which factor is zero, how the other is drawn, and the scale of the branch.

It draws arrays and numbers; it knows no model and no operation.
"""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
import numpy.typing as npt

from numpy_lora.ops.arguments import Array

Scheme = Literal["zero-zero", "a-zero", "b-zero"]
Draw = Literal["kaiming", "gaussian"]
Rule = Literal["lora", "rslora", "plain"]


def lora(
    rng: np.random.Generator,
    d_in: int,
    d_out: int,
    r: int,
    scheme: Scheme = "b-zero",
    draw: Draw = "kaiming",
    dtype: npt.DTypeLike = float,
) -> tuple[Array, Array]:
    """WA and WB of a new adapter, whose branch is zero under every scheme.

    Shapes: -> WA[d_in,r] WB[r,d_out]

    Parameters
    ----------
    rng : where the factor that is not zero is drawn from.
    d_in, d_out, r : sizes.
    scheme : "b-zero" (WB = 0, the usual one), "a-zero" (WA = 0) or "zero-zero", a fixed point that never learns.
    draw : "kaiming", uniform within ±1/√fan_in, where WA's fan-in is d_in and WB's is r; or "gaussian", of deviation 1/r.
    dtype : of both.

    References
    ----------
    Hu et al. 2021, arXiv 2106.09685, section 4.1; the bound: He et al. 2015, arXiv 1502.01852, at a = √5.

    Examples
    --------
    >>> WA, WB = lora(np.random.default_rng(0), d_in=4, d_out=2, r=1)
    >>> bool(abs(WA).max() <= 0.5), WB
    (True, array([[0., 0.]]))
    """
    d_in, d_out, r = size("d_in", d_in), size("d_out", d_out), size("r", r)
    _one_of("scheme", scheme, "zero-zero", "a-zero", "b-zero")
    _one_of("draw", draw, "kaiming", "gaussian")
    WA = np.zeros((d_in, r), dtype)
    WB = np.zeros((r, d_out), dtype)
    if scheme == "b-zero":
        WA = drawn(rng, d_in, r, r, draw).astype(WA.dtype)
    if scheme == "a-zero":
        WB = drawn(rng, r, d_out, r, draw).astype(WB.dtype)
    return WA, WB


def drawn(rng: np.random.Generator, fan_in: int, fan_out: int, r: int, draw: Draw) -> Array:
    """A random factor (fan_in, fan_out) in float64."""
    if not isinstance(rng, np.random.Generator):
        raise ValueError(f"rng: expected a numpy.random.Generator to draw from, got {type(rng).__name__}")
    if draw == "gaussian":
        return rng.normal(0, 1 / r, (fan_in, fan_out))
    bound = 1 / math.sqrt(fan_in)
    return rng.uniform(-bound, bound, (fan_in, fan_out))


def scale(alpha: float, r: int, rule: Rule = "lora") -> float:
    """What multiplies the branch: α/r ("lora"), α/√r ("rslora") or α itself ("plain"), as a Python float.

    A NumPy float64 would turn a float32 model into float64.

    References
    ----------
    Kalajdzievski 2023, arXiv 2312.03732: α/√r keeps the branch's size as r grows.

    Examples
    --------
    >>> scale(16, 4), scale(16, 4, "rslora"), scale(16, 4, "plain")
    (4.0, 8.0, 16.0)
    """
    r = size("r", r)
    _one_of("rule", rule, "lora", "rslora", "plain")
    divisor = {"lora": r, "rslora": math.sqrt(r), "plain": 1}[rule]
    return float(alpha) / divisor


def size(name: str, n: int) -> int:
    """A size as a Python integer, or a ValueError that names it."""
    if not isinstance(n, int | np.integer) or n < 1:
        raise ValueError(f"{name}: expected an integer from 1, got {n!r}")
    return int(n)


def _one_of(name: str, value: str, *allowed: str) -> None:
    if value not in allowed:
        raise ValueError(f"{name}: expected one of {', '.join(allowed)}, got {value!r}")
