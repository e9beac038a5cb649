"""Time our checks of a gradient beside those of others, and find the smallest error in one entry that each of them sees.

    python -m tests.benchmarks.checks [--repeats 9] [--json checks.json]

All check the same NumPy functions, each by its own default tolerances, where it has a verdict; SciPy's check_grad and
numdifftools give numbers alone, of which a relative error of the whole gradient above 1e-6 is taken for a complaint. The error
is planted in one entry of the gradient of the first adapter's WA, relative to that entry; an error is seen if the check
complains of it and of all larger ones.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import numpy as np

from numpy_lora.check import check_gradients
from numpy_lora.ops import attention, lora_linear
from tests.benchmarks import child
from tests.benchmarks.interleave import NEIGHBOURS, Watch
from tests.benchmarks.peers import SCALE, attention_arguments

Array = np.ndarray
Check = Callable[[float], bool]  # whether a gradient with so large an error passes
PATIENCE = 5.0  # seconds that a check may take to be repeated
DECADES = range(-1, -16, -1)
COMPLAINT = 1e-6


class Layer(NamedTuple):
    """An op of NumPy arrays with a backward pass, its arguments, and which gradient has an error planted."""

    run: Callable[..., tuple[Array, Callable[[Array], list[Array]]]]
    args: list[Array]
    wrong: int

    def planted(self, error: float) -> Callable[..., tuple[Array, Callable[[Array], tuple[Array, ...]]]]:
        """The op, one entry of one gradient being off by a relative error."""

        def op(*args: Array) -> tuple[Array, Callable[[Array], tuple[Array, ...]]]:
            Y, backward = self.run(*args)

            def off(dY: Array) -> tuple[Array, ...]:
                gradients = list(backward(dY))
                entry = np.zeros(gradients[self.wrong].shape)
                entry.reshape(-1)[3] = error
                gradients[self.wrong] = gradients[self.wrong] * (1 + entry)
                return tuple(gradients)

            return Y, off

        return op


def lora_layer(n: int, d_in: int, d_out: int, r: int) -> Layer:
    rng = np.random.default_rng(0)
    X, W, WA, WB = (rng.standard_normal(shape) for shape in ((n, d_in), (d_in, d_out), (d_in, r), (r, d_out)))
    return Layer(lambda X, WA, WB: lora_linear(X, W, WA, WB, SCALE), [X, WA, WB], 1)


def attention_layer(batch: int, n: int, d: int, heads: int) -> Layer:
    of = attention_arguments(batch, n, d, heads, 2, "float64")
    leaves = [(name, leaf) for name in "qkvo" for leaf in ("WA", "WB")]

    def run(X: Array, *adapters: Array) -> tuple[Array, Callable[[Array], list[Array]]]:
        params = {name: dict(node) for name, node in of.params.items()}
        for (name, leaf), value in zip(leaves, adapters, strict=True):
            params[name][leaf] = value
        Y, backward = attention(X, params, heads)

        def pullback(dY: Array) -> list[Array]:
            dX, dparams = backward(dY)
            return [dX, *(dparams[name][leaf] for name, leaf in leaves)]

        return Y, pullback

    return Layer(run, [of.X, *(of.params[name][leaf] for name, leaf in leaves)], 1)


LAYERS = {"lora_linear (8, 16, 16, 2)": lora_layer(8, 16, 16, 2), "attention (2, 8, 16, 2 heads)": attention_layer(2, 8, 16, 2)}


# --- the checks


def ours(layer: Layer, **options: Any) -> Check:
    def check(error: float) -> bool:
        return check_gradients(layer.planted(error), *layer.args, wrt=list(range(len(layer.args))), **options).ok

    return check


def torchs(layer: Layer, fast: bool) -> Check:
    import torch

    def check(error: float) -> bool:
        op = layer.planted(error)

        class Op(torch.autograd.Function):
            @staticmethod
            def forward(ctx: Any, *tensors: Any) -> Any:
                Y, ctx.pullback = op(*(t.detach().numpy() for t in tensors))
                return torch.from_numpy(Y)

            @staticmethod
            def backward(ctx: Any, dY: Any) -> Any:
                return tuple(torch.from_numpy(np.ascontiguousarray(g)) for g in ctx.pullback(dY.numpy()))

        tensors = [torch.tensor(a, requires_grad=True) for a in layer.args]
        return bool(torch.autograd.gradcheck(Op.apply, tensors, fast_mode=fast, raise_exception=False))

    return check


def jaxs(layer: Layer) -> Check:
    import jax
    from jax.test_util import check_grads

    like = [jax.ShapeDtypeStruct(a.shape, a.dtype) for a in layer.args]
    result = jax.ShapeDtypeStruct(layer.run(*layer.args)[0].shape, np.float64)

    def check(error: float) -> bool:
        op = layer.planted(error)

        @jax.custom_vjp
        def f(*args: Any) -> Any:
            return jax.pure_callback(lambda *a: op(*map(np.asarray, a))[0], result, *args)

        def backward(args: Any, dY: Any) -> Any:
            return jax.pure_callback(lambda d, *a: op(*map(np.asarray, a))[1](np.asarray(d)), tuple(like), dY, *args)

        f.defvjp(lambda *args: (f(*args), args), backward)
        return _silent(lambda: check_grads(f, tuple(layer.args), order=1, modes=["rev"]))

    return check


def autograds(layer: Layer) -> Check:
    from autograd.extend import defvjp, primitive
    from autograd.test_util import check_grads

    def check(error: float) -> bool:
        op = layer.planted(error)
        f = primitive(lambda *args: op(*args)[0])
        defvjp(f, *(lambda _, *args, k=k: lambda dY: op(*args)[1](dY)[k] for k in range(len(layer.args))))
        return _silent(lambda: check_grads(f, tuple(range(len(layer.args))), modes=["rev"], order=1)(*layer.args))

    return check


def flat(layer: Layer, error: float) -> tuple[Callable[[Array], float], Callable[[Array], Array], Array]:
    """⟨R, Y⟩ and its gradient as functions of one flat vector, and that vector."""
    op, sizes = layer.planted(error), np.cumsum([a.size for a in layer.args])[:-1]
    R = np.random.default_rng(1).standard_normal(layer.run(*layer.args)[0].shape)

    def parts(x: Array) -> list[Array]:
        return [part.reshape(a.shape) for part, a in zip(np.split(x, sizes), layer.args, strict=True)]

    def value(x: Array) -> float:
        return float((R * op(*parts(x))[0]).sum())

    def gradient(x: Array) -> Array:
        return np.concatenate([g.reshape(-1) for g in op(*parts(x))[1](R)])

    return value, gradient, np.concatenate([a.reshape(-1) for a in layer.args])


def scipys(layer: Layer) -> Check:
    from scipy.optimize import check_grad

    def check(error: float) -> bool:
        value, gradient, x = flat(layer, error)
        return bool(check_grad(value, gradient, x) <= COMPLAINT * np.linalg.norm(gradient(x)))

    return check


def numdifftools_(layer: Layer) -> Check:
    from numdifftools import Gradient

    def check(error: float) -> bool:
        value, gradient, x = flat(layer, error)
        return bool(np.linalg.norm(Gradient(value)(x) - gradient(x)) <= COMPLAINT * np.linalg.norm(gradient(x)))

    return check


def _silent(check: Callable[[], object]) -> bool:
    try:
        check()
    except AssertionError:
        return False
    return True


CHECKS: dict[str, Callable[[Layer], Check]] = {
    "ours, exact": ours,
    "ours, complex-step": lambda layer: ours(layer, grade="complex-step"),
    "torch gradcheck, fast": lambda layer: torchs(layer, True),
    "torch gradcheck, slow": lambda layer: torchs(layer, False),
    "jax check_grads": jaxs,
    "autograd check_grads": autograds,
    "scipy check_grad": scipys,
    "numdifftools": numdifftools_,
}


# --- what is measured


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--json", type=Path, help="file for all figures")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--threads", type=int, default=1, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.child:
        for row in measured(args.repeats):
            print(json.dumps(row), flush=True)
        return
    rows = []
    for row in child.rows("tests.benchmarks.checks", 1, f"--repeats={args.repeats}"):
        print(table(row), flush=True)
        rows.append(row)
    if args.json:
        args.json.write_text(json.dumps({"repeats": args.repeats, "rows": rows}, indent=1))


def measured(repeats: int) -> Iterator[dict[str, Any]]:
    """For each layer the median milliseconds of each check, made in turn, and the smallest error that it sees."""
    import jax

    jax.config.update("jax_enable_x64", True)
    for name, layer in LAYERS.items():
        checks = {who: make(layer) for who, make in CHECKS.items()}
        times: dict[str, list[float]] = {who: [] for who in checks}
        for who, check in checks.items():
            assert check(0.0), f"{who} complains of a right gradient"
        watch = Watch()
        for _ in range(repeats):
            for who, check in checks.items():
                if not times[who] or times[who][0] < PATIENCE:
                    start = time.perf_counter()
                    check(0.0)
                    times[who].append(time.perf_counter() - start)
        quiet = watch.others < NEIGHBOURS
        ms = {who: 1e3 * median(of) for who, of in times.items()}
        yield {"layer": name, "ms": ms, "sees": {who: smallest(check) for who, check in checks.items()}, "quiet": quiet}


def smallest(check: Check) -> float | None:
    """The smallest power of ten of which the check complains, complaining of all larger ones too."""
    seen = None
    for decade in DECADES:
        if check(10.0**decade):
            return seen
        seen = 10.0**decade
    return seen


def table(row: dict[str, Any]) -> str:
    """A layer's rows as the terminal shows them."""
    noise = "" if row["quiet"] else ", while others used the machine"
    lines = [f"{row['layer']}{noise}", f"    {'':24}{'ms':>10}{'of ours, exact':>16}{'sees':>10}"]
    for who, ms in row["ms"].items():
        sees = "nothing" if row["sees"][who] is None else f"{row['sees'][who]:.0e}"
        lines.append(f"    {who:24}{ms:10.2f}{ms / row['ms']['ours, exact']:16.2f}{sees:>10}")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
