"""Time a step (forward and backward) of ours against PyTorch's, JAX's and the floor of its products.

    python -m tests.benchmarks.step [--rounds 60] [--only lora|attention] [--threads 1] [--json step.json]

Each number of threads has a process of its own, and in it all contenders take turns.
A ratio is the median of paired ratios, ours over theirs: at most 1.00 means that ours is as fast.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from tests.benchmarks import child
from tests.benchmarks.child import numbers_of_threads

Row = dict[str, Any]
LORA = [(512, 512, 512, 8), (2048, 1024, 1024, 8)]
ATTENTION = [(8, 256, 512, 8, 8), (2, 8, 16, 2, 2)]
DTYPES = ["float32", "float64"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--only", choices=["lora", "attention"])
    parser.add_argument("--threads", type=int, help="this number alone")
    parser.add_argument("--json", type=Path, help="file for all figures")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.child:
        for row in measured(args.rounds, args.only, args.threads):
            print(json.dumps(row), flush=True)
        return
    rows = []
    options = [f"--rounds={args.rounds}", *([f"--only={args.only}"] if args.only else [])]
    for threads in numbers_of_threads(args.threads):
        for row in child.rows("tests.benchmarks.step", threads, *options):
            print(line(row), flush=True)
            rows.append(row)
    if args.json:
        args.json.write_text(json.dumps({"rounds": args.rounds, "rows": rows}, indent=1))


def measured(rounds: int, only: str | None, threads: int) -> Iterator[Row]:
    """A row for each size and dtype, all in this process."""
    import torch

    from tests.benchmarks import peers

    torch.set_num_threads(threads)
    settle_malloc()
    steps = {"lora": (LORA, peers.lora_contenders), "attention": (ATTENTION, peers.attention_contenders)}
    for step, (sizes, contenders) in steps.items():
        if only in (None, step):
            for size in sizes:
                for dtype in DTYPES:
                    row = {"step": step, "size": size, "dtype": dtype, "threads": threads}
                    yield row | compared(contenders(*size, dtype), rounds)


def settle_malloc() -> None:
    """Free one large array, as any process that has trained for a moment has.

    glibc hands every array above a threshold back to the system at once, to be faulted in again page by page, and raises the
    threshold to the size of what has been freed, up to 32 MB; until then who is slow depends on who came first.
    """
    np.ones(31 << 17)


def compared(contenders: dict[str, Any], rounds: int) -> Row:
    """Milliseconds of each contender, and the ratios of each of ours to each of the others."""
    from tests.benchmarks.interleave import cores, interleave, ratio

    agree(contenders)
    times, quiet = interleave({name: contender.run for name, contender in contenders.items()}, rounds)
    ours = [name for name in contenders if name.startswith("ours")]
    return {
        "ms": {name: 1e3 * median(of) for name, of in times.items()},
        "ratios": {name: {peer: ratio(times, name, peer) for peer in contenders if peer not in ours} for name in ours},
        "quiet": quiet,
        "cores": {name: cores(contender.run) for name, contender in contenders.items()},
    }


def agree(contenders: dict[str, Any]) -> None:
    """All compute the same step, to within the cube root of eps: rounding stays far below it, a mistake far above."""
    results = {name: contender.read(contender.run()) for name, contender in contenders.items() if contender.read}
    reference, *others = results
    for name in others:
        for mine, theirs in zip(results[reference], results[name], strict=True):
            assert mine.dtype == theirs.dtype, (name, mine.dtype, theirs.dtype)
            allowed = np.finfo(mine.dtype).eps ** (1 / 3) * np.abs(mine).max()
            np.testing.assert_allclose(theirs, mine, atol=allowed, rtol=0, err_msg=name)


def line(row: Row) -> str:
    """A row as the terminal shows it."""
    noise = "" if row["quiet"] else ", while others used the machine"
    text = [f"{row['step']} {tuple(row['size'])} {row['dtype']}, threads: {row['threads']}{noise}"]
    text.append("    ms: " + "  ".join(f"{name} {ms:.3f}" for name, ms in row["ms"].items()))
    for name, ratios in row["ratios"].items():
        text.append(f"    {name} / " + "  ".join(f"{peer} {x:.2f}" for peer, x in ratios.items()))
    return "\n".join(text)


if __name__ == "__main__":
    main()
