"""The rows of `check` without an argument: every op of the package, as the catalogue lists them."""

from __future__ import annotations

import time

from numpy_lora.check import check_gradients
from numpy_lora.check.catalogue import cases
from numpy_lora.cli.checks.rows import Row, row


def judge(seed: int, points: int) -> list[Row]:
    """One row a case."""
    rows, replay = [], f"numpy-lora check --seed {seed} --points {points}"
    for case in cases(seed):
        began = time.perf_counter()
        report = check_gradients(case.op, *case.arguments, kwargs=case.arguments.kwargs, points=points, seed=seed)
        ms = 1e3 * (time.perf_counter() - began)
        rows.append(row(report, op=case.name, ms=ms, sizes=case.sizes, replay=replay))
    return rows
