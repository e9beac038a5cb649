"""Shows a finding: python -m tests.corpus.found FILE NAME, such as thinc_ops L2Distance.

What the check reports of the case, and then, without a line of the check, the gradients of ⟨R, Y⟩ that the package returns
beside central differences of its own forward pass, at the entry furthest off.
"""

import importlib
import sys
import warnings

import numpy as np

from numpy_lora.check import check_gradients, text

STEPS = (1e-3, 1e-4, 1e-5, 1e-6)


def outputs(Y):
    return list(Y) if isinstance(Y, tuple) else [Y]


def forward(case, args):
    """The output, and a function that takes its cotangent, in whichever way the case offers its gradient."""
    args = [a.copy(order="K") if isinstance(a, np.ndarray) else a for a in args]
    if "gradient" in case.options:
        return case.op(*args), lambda dY: dY * np.asarray(case.options["gradient"](*args))
    if "backward" in case.options:
        return case.op(*args), lambda dY: case.options["backward"](dY, *args)
    return case.op(*args)


def paired(R, Y):
    return sum(float((r * y).sum()) for r, y in zip(R, outputs(Y), strict=True))


def gradients(case, R, Y, backward):
    dY = tuple(R) if isinstance(Y, tuple) else R[0] if np.ndim(Y) else float(R[0])
    found = backward(dY)
    return found if isinstance(found, tuple | list) else (found,)


def central(case, R, k, entry, h):
    """(⟨R, f(x + h)⟩ − ⟨R, f(x − h)⟩) / 2h for one entry of one argument."""
    sides = []
    for step in (h, -h):
        args = [np.array(a, order="K") if isinstance(a, np.ndarray) else a for a in case.args]
        args[k][entry] += step
        sides.append(paired(R, forward(case, args)[0]))
    return (sides[0] - sides[1]) / (2 * h)


def furthest(case, R, found):
    """(distance, argument, entry, what the package returns) at the entry furthest from a central difference."""
    floats = [k for k, a in enumerate(case.args) if isinstance(a, np.ndarray) and a.dtype.kind == "f"]
    rows = []
    for k, g in zip(floats, found, strict=False):
        if np.shape(g) == case.args[k].shape:
            for entry in np.ndindex(case.args[k].shape):
                rows.append((abs(g[entry] - central(case, R, k, entry, STEPS[2])), k, entry, float(g[entry])))
        else:
            print(f"argument {k} has shape {case.args[k].shape}, its gradient {np.shape(g)}")
    return max(rows)


def show(file, name):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        case = importlib.import_module(f"tests.corpus.{file}").CASES[name]
    print(text(check_gradients(case.op, *case.args, **case.options)))
    Y, backward = forward(case, case.args)
    rng = np.random.default_rng(0)
    R = [rng.normal(size=np.shape(y)) for y in outputs(Y)]
    _, k, entry, got = furthest(case, R, gradients(case, R, Y, backward))
    print(f"by hand, argument {k}, entry {entry}: the package returns {got:.12g}; central differences:")
    for h in STEPS:
        print(f"  h = {h:g}: {central(case, R, k, entry, h):.12g}")


if __name__ == "__main__":
    show(*sys.argv[1:])
