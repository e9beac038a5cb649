"""Time an exact proof of the attention step at growing sizes, beside numerical checks of it by PyTorch's gradcheck.

    python -m tests.benchmarks.proof [--repeats 9] [--json proof.json]

A proof is everything that `check_gradients` does at its default points, and must end in "exact". Its time is also given for
each multiplication of the step's products: where that falls or stays, the cost grows no faster than they do.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import torch

from numpy_lora.check import check_gradients
from numpy_lora.ops import attention, attention_blocked
from tests.benchmarks import child
from tests.benchmarks.child import numbers_of_threads
from tests.benchmarks.interleave import NEIGHBOURS, Watch
from tests.benchmarks.peers import Attention, attention_arguments, explicit, torch_attention

SIZES = [(8, 16, 2, 2), (32, 64, 4, 4), (128, 512, 8, 8)]  # n, d, heads, r
GOALS = {(8, 16, 2, 2): 0.025, (128, 512, 8, 8): 4.0}  # seconds
PATIENCE = 10.0  # seconds that a check may take to be repeated, or for gradcheck's slow mode to be begun


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--threads", type=int, help="this number alone")
    parser.add_argument("--json", type=Path, help="file for all figures")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.child:
        torch.set_num_threads(args.threads)
        for size in SIZES:
            print(json.dumps({"threads": args.threads, **measured(size, args.repeats)}), flush=True)
        return
    rows = []
    for threads in numbers_of_threads(args.threads):
        for row in child.rows("tests.benchmarks.proof", threads, f"--repeats={args.repeats}"):
            print(line(row), flush=True)
            rows.append(row)
    if args.json:
        args.json.write_text(json.dumps({"repeats": args.repeats, "rows": rows}, indent=1))


def line(row: dict[str, Any]) -> str:
    """A row as the terminal shows it."""
    size = tuple(row["size"])
    goal = f" (goal {1e3 * GOALS[size]:.0f})" if size in GOALS else ""
    noise = "" if row["quiet"] else ", while others used the machine"
    figures = "  ".join(f"{name} {ms:.1f}" for name, ms in row["ms"].items())
    return f"attention {size}, threads: {row['threads']}{noise}\n    ms{goal}: {figures}  ns a multiplication {row['ns']:.2f}"


def measured(size: tuple[int, int, int, int], repeats: int) -> dict[str, Any]:
    """Median milliseconds of each check, made in turn."""
    n, d, heads, r = size
    of = attention_arguments(1, n, d, heads, r, "float64")
    checks = {
        "attention": proof(attention, of),
        "attention_blocked": proof(attention_blocked, of),
        "gradcheck fast": gradcheck(of, True),
    }
    if n * d + 8 * d * r < 1000:
        checks["gradcheck slow"] = gradcheck(of, False)
    times: dict[str, list[float]] = {name: [] for name in checks}
    watch = Watch()
    for _ in range(repeats):
        for name, check in checks.items():
            if not times[name] or times[name][0] < PATIENCE:
                start = time.perf_counter()
                check()
                times[name].append(time.perf_counter() - start)
    multiplications = 8 * n * d * (d + 2 * r) + 6 * n * n * d
    ms = {name: 1e3 * median(of) for name, of in times.items()}
    quiet = watch.others < NEIGHBOURS
    return {"size": size, "ms": ms, "ns": 1e6 * ms["attention"] / multiplications, "quiet": quiet}


def proof(op: Callable[..., Any], of: Attention) -> Callable[[], None]:
    def run() -> None:
        report = check_gradients(op, of.X[0], of.params, of.heads)
        assert report.grade == "exact", report

    return run


def gradcheck(of: Attention, fast: bool) -> Callable[[], None]:
    forward, inputs = torch_attention(explicit, of)

    def run() -> None:
        assert torch.autograd.gradcheck(forward, inputs, fast_mode=fast)

    return run


if __name__ == "__main__":
    main()
