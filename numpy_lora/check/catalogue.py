"""The cases at which `numpy-lora check` proves the ops of this package: their rows, each a line of shapes and options.

An op is any function of `numpy_lora.ops` with a `Shapes:` line. One that has no case here is judged as that line says, with
all its optional arguments and with none; a faster form of an op, `attention_blocked` of `attention`, at the op's own cases.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from numpy_lora import ops
from numpy_lora.check.arguments import Arguments, arrange, assemble
from numpy_lora.check.entries import POOL, fill
from numpy_lora.shapes import ShapeLine, Sizes, parse, shapes_line

Op = Callable[..., Any]
SIZES: Sizes = {"...": (2, 2), "n": 4, "d": 5, "d_in": 5, "d_out": 3, "dh": 2, "r": 2, "r_q": 1, "r_k": 2, "r_v": 3, "r_o": 2}
"""Sizes of the dimensions in every case; one that is missing here has two."""


@dataclass(frozen=True)
class Case:
    """An op and the arguments at which it is judged.

    Attributes
    ----------
    name : "attention, causal".
    op, arguments : the call.
    sizes : the arguments' shapes in short, "n=4 d=5".
    """

    name: str
    op: Op
    arguments: Arguments
    sizes: str


@dataclass(frozen=True)
class Variant:
    """One way to call an op: a shape line, and what sets its values apart.

    Attributes
    ----------
    zero, emptied : arrays that are zero, and those whose first row is zero or false.
    rng : whether a Generator is passed.
    """

    name: str
    line: str
    zero: tuple[str, ...] = ()
    emptied: tuple[str, ...] = ()
    rng: bool = False


def lora(name: str, X: str = "X[n,d_in]", options: str = "", **others: Any) -> Variant:
    """A variant of `lora_linear`."""
    return Variant(name, f"{X} W[d_in,d_out] WA[d_in,r] WB[r,d_out] scale=0.5 {options}", **others)


def attention(
    name: str, adapted: str = "qkvo", X: str = "X[n,d]", bias: bool = False, kv: int = 4, options: str = "", **others: Any
) -> Variant:
    """A variant of `attention`: adapters on the projections named, every rank and scale its own."""
    line = f"{X} n_heads=4 n_kv_heads={kv} {options}"
    for projection, (d, k) in WIDTHS.items():
        node = f"params.{projection}"
        line += f" {node}.W[{d},{k}]" + f" {node}.bias[{k}]" * bias
        if projection in adapted:
            line += f" {node}.WA[{d},r_{projection}] {node}.WB[r_{projection},{k}] {node}.scale={SCALES[projection]}"
    return Variant(name, line, **others)


WIDTHS = {"q": ("d", "n_heads*dh"), "k": ("d", "n_kv_heads*dh"), "v": ("d", "n_kv_heads*dh"), "o": ("n_heads*dh", "d_out")}
SCALES = {"q": 2.0, "k": 0.5, "v": 3.0, "o": 0.25}
LINEAR = "X[n,d_in] W[d_in,d_out]"
VARIANTS = {
    "linear": [
        Variant("frozen", LINEAR),
        Variant("frozen, bias", f"{LINEAR} bias[d_out]"),
        Variant("trained", f"{LINEAR} frozen=False"),
        Variant("trained, bias", f"{LINEAR} bias[d_out] frozen=False"),
        Variant("trained, bias, leading axes", "X[...,n,d_in] W[d_in,d_out] bias[d_out] frozen=False"),
    ],
    "lora_linear": [
        lora("plain"),
        lora("bias", options="bias[d_out]"),
        lora("dropout", options="dropout=0.25", rng=True),
        lora("bias, dropout, leading axes", "X[...,n,d_in]", "bias[d_out] dropout=0.25", rng=True),
        lora("WB = 0", zero=("WB",)),
        lora("WA = 0", zero=("WA",)),
        lora("zero-zero", zero=("WA", "WB")),
    ],
    "softmax": [
        Variant("plain", "S[n,d]"),
        Variant("leading axes", "S[...,n,d]"),
        Variant("mask", "S[n,d] mask[n,d]:bool"),
        Variant("mask that empties a row", "S[n,d] mask[n,d]:bool", emptied=("mask",)),
    ],
    "attention": [
        attention("plain"),
        attention("causal", options="causal=True"),
        attention("mask", options="mask[n,n]:bool"),
        attention("mask that empties a row", options="mask[n,n]:bool", emptied=("mask",)),
        attention("causal, mask of each head", options="causal=True mask[n_heads,n,n]:bool"),
        attention("grouped heads", kv=2),
        attention("one head of keys", kv=1),
        *[attention(f"adapter on {name}", name) for name in "qkvo"],
        attention("no adapter", ""),
        attention("biases", bias=True),
        attention("leading axes", X="X[...,n,d]"),
        attention("all at once", "qkvo", "X[...,n,d]", True, 2, "causal=True mask[...,n_heads,n,n]:bool"),
    ],
}


def cases(seed: int = 0) -> Iterator[Case]:
    """Every case of every op."""
    found = found_ops()
    for name, op in found.items():
        plain = max((other for other in VARIANTS if name == other or name.startswith(f"{other}_")), key=len, default=None)
        for variant in VARIANTS[plain] if plain in VARIANTS else _documented(op):
            yield _case(name, op, variant, seed)


def found_ops() -> dict[str, Op]:
    """The functions of `numpy_lora.ops` that say their shapes."""
    modules = [importlib.import_module(f"{ops.__name__}.{module.name}") for module in pkgutil.iter_modules(ops.__path__)]
    return {
        name: op
        for module in modules
        for name, op in inspect.getmembers(module, inspect.isfunction)
        if op.__module__ == module.__name__ and not name.startswith("_") and shapes_line(op.__doc__)
    }


def _documented(op: Op) -> list[Variant]:
    """An op's own line: without the optional arguments, and with them."""
    line = parse(shapes_line(op.__doc__) or "")
    needed = ShapeLine(tuple(item for item in line.inputs if not getattr(item, "optional", False)))
    return [Variant("plain", str(needed)), *([Variant("all options", str(line))] if needed.inputs != line.inputs else [])]


def _case(name: str, op: Op, variant: Variant, seed: int) -> Case:
    line = arrange(parse(variant.line), op)
    sizes = {dimension: SIZES.get(dimension, 2) for dimension in line.dimensions} | line.fixed
    pool = np.random.default_rng(seed).integers(1, 256, POOL, dtype=np.uint8)
    values = fill(line.arrays, sizes, pool, "float", np.dtype(float))
    for array in variant.zero:
        values[array][...] = 0
    for array in variant.emptied:
        values[array][..., 0, :] = 0
    arguments = assemble(line, values)
    if variant.rng:
        arguments.kwargs["rng"] = np.random.default_rng(seed)
    return Case(f"{name}, {variant.name}", op, arguments, _shown(sizes))


def _shown(sizes: Sizes) -> str:
    """Sizes in short: "...=2,2 n=4 r=1,2", where the ranks r_q and r_k are one entry."""
    short: dict[str, list[int]] = {}
    for dimension, size in sizes.items():
        name = "r" if dimension.startswith("r_") else dimension
        short.setdefault(name, []).extend(size if isinstance(size, tuple) else (size,))
    return " ".join(f"{name}={','.join(map(str, numbers))}" for name, numbers in short.items())
