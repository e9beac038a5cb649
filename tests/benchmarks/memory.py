"""Peak memory of an attention step (forward and backward), beside what the scores of all heads alone would take.

    python -m tests.benchmarks.memory [--json memory.json]

Counted by tracemalloc, which NumPy tells of every buffer; what the caller holds (X, weights, dY) is not in it.
"""

from __future__ import annotations

import argparse
import json
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np

from numpy_lora.ops import attention, attention_blocked

SIZES = [(8, 256, 512, 8, 8), (1, 1024, 512, 8, 8), (1, 4096, 512, 8, 8)]
MEGA = 1 << 20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, help="file for all figures")
    args = parser.parse_args()
    rows = [measured(*size, dtype) for size in SIZES for dtype in ("float32", "float64")]
    for row in rows:
        peaks = "  ".join(f"{name} {peak:.0f} MB ({peak / row['scores']:.2f})" for name, peak in row["peaks"].items())
        print(f"attention {row['size']} {row['dtype']}: scores of all heads {row['scores']:.0f} MB  {peaks}")
    if args.json:
        args.json.write_text(json.dumps({"unit": "2^20 bytes", "rows": rows}, indent=1))


def measured(batch: int, n: int, d: int, heads: int, r: int, dtype: str) -> dict[str, Any]:
    rng = np.random.default_rng(0)
    shapes = {"W": (d, d), "WA": (d, r), "WB": (r, d)}
    params = {name: {leaf: (rng.normal(size=shape) / d**0.5).astype(dtype) for leaf, shape in shapes.items()} for name in "qkvo"}
    X = rng.normal(size=(batch, n, d)).astype(dtype)
    return {
        "size": (batch, n, d, heads, r),
        "dtype": dtype,
        "scores": batch * heads * n * n * X.itemsize / MEGA,
        "peaks": {op.__name__: peak(op, X, params, heads) for op in (attention, attention_blocked)},
    }


def peak(op: Any, X: np.ndarray, params: Any, heads: int) -> float:
    tracemalloc.start()
    backward = op(X, params, heads)[1]
    backward(X)
    size = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return size / MEGA


if __name__ == "__main__":
    main()
