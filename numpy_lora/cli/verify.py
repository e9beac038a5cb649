"""prove formulas: typed here, displayed in Markdown pages, or this package's own derivations and backward passes.

    numpy-lora verify
    numpy-lora verify 'dWA = Xᵀ (dY·WBᵀ)' 'dWB = YAᵀ dY'
    numpy-lora verify --given 'Y := X A' --given 'L := sum((Y - T)^2)/2' 'dA = Xᵀ (Y - T)'
    numpy-lora verify notes.md docs/

Unicode, LaTeX and NumPy may be mixed; d<name> is the gradient of L by name. `:=` defines, `=` claims, `≠` claims that the sides
differ, conditions stand before `⟹`. Without definitions, claims about WA and WB are about YA := X WA, Y := X W + YA WB, or, where
one names s, α or scale, Y := X W + s YA WB. `-` reads standard input: a page, or a formula a line.

In a page, a table with the columns symbol and shape declares, and every displayed equation (a math fence or $$) is judged in
order. After <!-- refuted --> a block must be refuted, after <!-- skip: reason --> it is passed over.
"""

from __future__ import annotations

import argparse
import json

from numpy_lora.cli.checks.options import natural, positive

HOLDS, REFUTED, ERROR = 0, 1, 2


def add(parser: argparse.ArgumentParser) -> None:
    """Add what `verify` takes to a parser."""
    parser.add_argument("words", nargs="*", metavar="CLAIM|FILE.md|DIR", help="formulas, pages, folders of pages, or -")
    given = "a declaration, 'A: (n, n) symmetric', or a definition, 'Y := X W'; may be repeated"
    parser.add_argument("--given", action="append", default=[], metavar="TEXT", help=given)
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--seed", type=natural, default=0, metavar="N", help="what is drawn (default 0)")
    parser.add_argument("--points", type=positive, default=3, metavar="N", help="sets of sizes to judge at (default 3)")


def run(args: argparse.Namespace) -> int:
    """Judge, show, and give the exit code: a refutation outranks an error."""
    from numpy_lora.cli.verifying import shown, sources
    from numpy_lora.cli.verifying.findings import summary

    found = sources.judged(args.words, tuple(args.given), args.points, args.seed)
    if args.json:
        print(json.dumps(summary(found), indent=2, ensure_ascii=False, allow_nan=False))
    else:
        shown.show(found)
    verdicts = {finding.verdict for source in found for finding in source.findings}
    return REFUTED if "refuted" in verdicts else ERROR if "error" in verdicts else HOLDS
