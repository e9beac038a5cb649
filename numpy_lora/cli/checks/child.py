"""The process that runs the user's file: takes a request on standard input, writes one row as JSON on a descriptor.

It is started by `target`, and imports what it needs before the file has a say in what is imported.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any

import hypothesis

from numpy_lora.check import check_gradients
from numpy_lora.check.arguments import Arguments, arrange, assemble
from numpy_lora.check.ladder import MISSING
from numpy_lora.check.objects import forward_of
from numpy_lora.check.report import Report
from numpy_lora.check.search import SILENT, Escaped, Search, search
from numpy_lora.check.strategies import problems
from numpy_lora.check.trees import leaves
from numpy_lora.check.trouble import Trouble
from numpy_lora.cli.checks.given import GivenError, added, given, left, written
from numpy_lora.cli.checks.load import LoadError, load, place, said
from numpy_lora.cli.checks.rows import Row, plain, row
from numpy_lora.cli.checks.sandbox import TICK
from numpy_lora.shapes import Constant, ShapeLine, ShapeLineError, parse, shapes_line


def main(descriptor: int) -> None:
    """Answer one request, and end at once, whatever threads or exit handlers the file has left."""
    request, pipe = json.loads(sys.stdin.read()), os.fstat(descriptor)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    limit(request["memory"])
    threading.Thread(target=follow, args=(request["parent"],), daemon=True).start()
    try:
        answer = judged(request)
    except BaseException as error:
        answer = Row(request["op"], "error", why=said(error, place(request["file"])))
    line = f"{request['key']} {json.dumps(asdict(answer), allow_nan=False)}\n".encode()
    with contextlib.suppress(Exception):
        print(end="", flush=True)
    with contextlib.suppress(OSError):
        if os.path.samestat(os.fstat(descriptor), pipe):  # else the file closed it, and may have opened another in its place
            with os.fdopen(descriptor, "wb") as verdict:
                verdict.write(line)
    os._exit(0)


def follow(parent: int) -> None:
    """End this process and all of its group when the one that asks is gone: a kill leaves it no time to end them."""
    while os.getppid() == parent:
        time.sleep(TICK)
    os.killpg(os.getpgrp(), signal.SIGKILL)


def limit(memory: int) -> None:
    """Limit the memory of this process, where the platform can, and leave no core file; 0 is no limit."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        if memory:
            resource.setrlimit(resource.RLIMIT_AS, (memory, memory))


def judged(request: dict[str, Any]) -> Row:
    """The row for one request."""
    began = time.perf_counter()
    try:
        op, *others = load(request["file"], request["names"])
        line = arguments(forward_of(op), request["line"], list(map(given, request["at"])))
    except (LoadError, ShapeLineError, GivenError, Trouble) as error:
        return Row(request["op"], "error", why=str(error))
    other = {request["form"]: others[0] if others else True} if request["form"] else {}

    options: dict[str, Any] = {"points": request["points"], "seed": request["seed"], "wrt": request["wrt"] or None} | other

    @functools.cache  # it is asked at every step of the shrinking
    def owners() -> list[str]:
        return whose(op, line, options)

    def judge(problem: Arguments) -> Report:
        report = check_gradients(op, *problem, kwargs=problem.kwargs, **options)
        if options["wrt"] is None and MISSING in report.why and (names := owners()):
            options["wrt"] = names
            return check_gradients(op, *problem, kwargs=problem.kwargs, **options)
        return report

    try:
        found = search(op, line, judge, request["seed"], request["examples"] if line.arrays else 1)
    except Escaped as escaped:
        why = said(escaped.__cause__ or escaped, place(request["file"]))
        return Row(request["op"], "error", why=why)
    return replace(verdict(found, line), op=request["op"], wrt=options["wrt"] or [], ms=1e3 * (time.perf_counter() - began))


def whose(op: Callable[..., Any], line: ShapeLine, options: dict[str, Any]) -> list[str]:
    """The arguments that gradients belong to, told by their shapes where no two arrays have one; none if they do not tell."""
    try:
        apart = hypothesis.find(problems(line, "float"), all_apart, settings=SILENT)
        report = check_gradients(op, *apart, kwargs=apart.kwargs, **options)
    except (hypothesis.errors.HypothesisException, ValueError):
        return []
    names = [label.removeprefix("d") for label in report.gradients]
    told = report.verdict != "error" and all(f.kind != "shape" for f in report.failures)
    return names if told and not any("." in name for name in names) else []


def all_apart(problem: Arguments) -> bool:
    """Whether no two arrays of a problem have one shape, or one that is broadcast to another."""
    shapes = [leaf.shape for _, leaf in leaves(tuple(problem)) if hasattr(leaf, "shape")]
    return len(set(shapes)) == len(shapes) and all(side != 1 for shape in shapes for side in shape)


def arguments(op: Callable[..., Any], text: str, constants: list[Constant]) -> ShapeLine:
    """What the op takes, by the text given or else by its docstring, and by the values given.

    Raises
    ------
    LoadError : there is neither, or the op cannot be called so.
    GivenError : a value is given twice.
    """
    try:
        signature = inspect.signature(op)
    except (TypeError, ValueError):
        signature = None
    documented = shapes_line(inspect.getdoc(op)) or ""
    if text and documented and not (said_line := parse(text)).arrays:  # only constants, beside the shapes of the docstring
        text, constants = "", [*constants, *(item for item in said_line.inputs if isinstance(item, Constant))]
    if signature is not None and not signature.parameters:
        raise LoadError("takes no argument, and so has no gradient")
    if not text and not documented and not constants:
        takes = f" of {', '.join(signature.parameters)}" if signature else " of each argument"
        raise LoadError(f"needs the shapes{takes}: give them as 'X[n,d]' 'W[d,k]', or as a Shapes: line in its docstring")
    line = arrange(added(parse(text) if text else left(parse(documented), constants), constants), op)
    try:
        call = assemble(line, {spec.name: None for spec in line.arrays})
        _ = signature and signature.bind(*call, **call.kwargs)
    except TypeError as error:
        raise LoadError(f"takes {signature}, the shapes give ({', '.join(line.roots)}): {error}") from None
    return line


def verdict(found: Search, line: ShapeLine) -> Row:
    """What a search found as a row: its report, with the smallest problem beside each failure that has none."""
    drawn: dict[str, Any] = {"sizes": " ".join(map(written, line.inputs)), "drawn": found.drawn, "undefined": found.undefined}
    if found.report is None and not line.arrays:
        return Row("", "error", why="Y is not finite at the values given", **drawn)
    if found.report is None and not found.drawn:
        return Row("", "error", why="no problem of these shapes can be drawn: they are too large", **drawn)
    if found.report is None:
        advice = "say where it is defined, as 'X[n,d]:positive'"
        return Row("", "error", why=f"Y is not finite at any of the {found.drawn} problems drawn; {advice}", **drawn)
    answer = row(found.report, **drawn)
    if answer.verdict == "error" and found.held and found.first_broken is not None:
        answer = replace(answer, why=f"{answer.why}, at {_shapes(line, found.first_broken)} and not everywhere")
    if found.undefined:
        passed = f"Y is not finite at {found.undefined} of the {found.drawn} problems drawn, which were passed over"
        answer = replace(answer, why="; ".join(filter(None, [answer.why, passed])))
    if found.smallest is not None:
        smallest = plain(dict(zip(line.roots, found.smallest, strict=False)))
        answer = replace(answer, failures=[{**f, "counterexample": f["counterexample"] or smallest} for f in answer.failures])
    return answer


def _shapes(line: ShapeLine, problem: Arguments) -> str:
    """The shapes of a problem, "X[3,2] g[2]"."""
    named = zip(line.roots, problem, strict=False)
    arrays = {".".join((name, *path)): leaf for name, tree in named for path, leaf in leaves(tree) if hasattr(leaf, "shape")}
    return " ".join(f"{name}[{','.join(map(str, leaf.shape))}]" for name, leaf in arrays.items())
