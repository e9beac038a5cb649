"""prove gradients: of this package's ops, or of your own function or layer in a file, which is run.

    numpy-lora check
    numpy-lora check layer.py:rmsnorm 'X[n,d]' 'g[d]'
    numpy-lora check --pair layer.py:forward,backward 'X[n,d]' 'W[d,k]'
    numpy-lora check --gradient scipy.optimize:rosen,rosen_der 'x[n]'
    numpy-lora check --jacobian fit.py:residuals,jac --at 'x0=[1.0, 2.0]' --at t=times.npy

The function returns (Y, backward), where backward(dY) gives the gradients, or a number and its gradient; a layer is an object
(or a class that takes nothing) with forward and backward. PACKAGE.MODULE:NAME is imported. A shape is a name and its
dimensions: `...` are any leading axes, h*dh is a product; `:int<k`, `:bool`, `:positive`, `:symmetric` say what the entries
are, `?` that it may be left out; params.q.W[d,k] is a leaf of a tree, n_heads=2 a constant; --at gives a value instead. Without
shapes, the line `Shapes: …` of the docstring counts. The file is run, in a process of its own with limits of time and memory;
what it prints goes to standard error.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from numpy_lora.cli.checks import options

if TYPE_CHECKING:
    from numpy_lora.cli.checks.rows import Row

add = options.add
HOLDS, REFUTED, ERROR = 0, 1, 2


def run(args: argparse.Namespace) -> int:
    """Judge, show, and give the exit code: a refutation outranks an error."""
    from numpy_lora.cli.checks import rows, table

    judged = [_file(args)] if args.words else _package(args)
    if args.json:
        print(json.dumps(rows.summary(judged), indent=2, allow_nan=False))
    elif [row.verdict for row in judged] == ["error"]:
        print(f"numpy-lora check: {judged[0].op}: {judged[0].why}", file=sys.stderr)
    else:
        lines = [*table.table(judged), *(line for row in judged for line in table.details(row)), table.closing(judged)]
        print("\n".join(lines))
    verdicts = {row.verdict for row in judged}
    below = args.require_exact and any(row.grade != "exact" for row in judged)
    return REFUTED if "refuted" in verdicts else ERROR if "error" in verdicts else REFUTED if below else HOLDS


def _package(args: argparse.Namespace) -> list[Row]:
    from numpy_lora.cli.checks import package, rows

    if args.form or args.write_test or args.at or args.wrt:
        told = "--pair, --gradient, --jacobian, --at, --wrt and --write-test want a function, FILE.py:NAME"
        return [rows.Row("check", "error", why=told)]
    return package.judge(args.seed, args.points)


def _file(args: argparse.Namespace) -> Row:
    from numpy_lora.cli.checks import given, keep, rows, target
    from numpy_lora.shapes import parse

    word, line = args.words[0], " ".join(args.words[1:])
    try:
        file, names = target.split(word, args.form)
        given.added(parse(line), list(map(given.given, args.at)))
        if args.write_test:
            keep.absent(args.write_test, args.at)
        print(f"numpy-lora check runs {file}", file=sys.stderr)
        drawn = args.seed, args.points, args.examples
        wanted = target.Target(word, file, names, args.form, line, args.at, args.wrt, *drawn, args.memory)
        row = replace(target.judge(wanted, args.timeout), replay=options.replay(args))
        if args.write_test and row.verdict != "error":
            keep.keep(wanted, row, args.write_test)
            print(f"wrote {args.write_test}", file=sys.stderr)
    except ValueError as error:
        return rows.Row(word, "error", why=str(error).removeprefix(f"{word}: "))
    return row
