"""Shows a finding: python -m tests.corpus.found FILE NAME, such as thinc_ops L2Distance.

What the check reports of the case, and then, without a line of the check, what the package returns for each argument beside
central differences of its own forward pass, at the entry furthest off.
"""

import importlib
import sys
import warnings

import numpy as np

from numpy_lora.check import check_gradients, text

STEPS = (1e-3, 1e-4, 1e-5, 1e-6)


def outputs(Y):
    return list(Y) if isinstance(Y, tuple) else [Y]


def copies(arrays):
    return [np.array(a, order="K") if isinstance(a, np.ndarray) else a for a in arrays]


def forward(case, args):
    """The output, and a function that takes its cotangent, in whichever way the case offers its gradient."""
    args, (gradient, backward, jacobian) = copies(args), map(case.options.get, ["gradient", "backward", "jacobian"])
    if gradient is True:
        Y, found = case.op(*args)
        return Y, lambda dY: dY * found
    if jacobian is not None:
        return case.op(*args), lambda dY: np.tensordot(dY, jacobian(*args), np.ndim(dY))
    if gradient is not None:
        return case.op(*args), lambda dY: tuple(dY * np.asarray(g) for g in outputs(gradient(*args)))
    return (case.op(*args), lambda dY: backward(dY, *args)) if backward else case.op(*args)


def gradients(case, R):
    """(position of the argument, its gradient) for ⟨R, Y⟩, as the package returns it."""
    Y, backward = forward(case, case.args)
    dY = copies(R)
    found = backward(tuple(dY) if isinstance(Y, tuple) else dY[0] if np.ndim(Y) else float(dY[0]))
    floats = [k for k, a in enumerate(case.args) if isinstance(a, np.ndarray) and a.dtype.kind == "f"]
    return zip(case.options.get("wrt", floats), found if isinstance(found, tuple | list) else (found,), strict=False)


def central(case, R, k, entry, h):
    """(⟨R, f(x + h)⟩ − ⟨R, f(x − h)⟩) / 2h for one entry of one argument."""
    sides = []
    for step in (h, -h):
        args = copies(case.args)
        args[k][entry] += step
        sides.append(sum(float((r * y).sum()) for r, y in zip(R, outputs(forward(case, args)[0]), strict=True)))
    return (sides[0] - sides[1]) / (2 * h)


def show(file, name):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        case = importlib.import_module(f"tests.corpus.{file}").CASES[name]
    print(text(check_gradients(case.op, *case.args, **case.options)))
    rng = np.random.default_rng(0)
    R = [rng.normal(size=np.shape(y)) for y in outputs(forward(case, case.args)[0])]
    for k, got in gradients(case, R):
        if np.shape(got) != case.args[k].shape:
            print(f"by hand, argument {k}: its shape is {case.args[k].shape}, that of its gradient {np.shape(got)}")
            continue
        off = np.array([abs(got[j] - central(case, R, k, j, STEPS[2])) for j in np.ndindex(got.shape)])
        entry = np.unravel_index(int(off.argmax()), got.shape)
        differences = ", ".join(f"{central(case, R, k, entry, h):.10g}" for h in STEPS)
        at = ", ".join(map(str, entry))
        print(f"by hand, argument {k}, entry ({at}): the package returns {got[entry]:.10g}, central differences {differences}")


if __name__ == "__main__":
    try:
        show(*sys.argv[1:])
    except (TypeError, KeyError, ModuleNotFoundError) as error:
        sys.exit(f"expected a file of tests/corpus and the name of a case of it, as in FOUND.md: {error}")
