"""`numpy-lora check`: of the package, of a right and a wrong file, and of files that do their worst."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from numpy_lora.__main__ import main

LAYERS = '''
from typing import Any, NamedTuple

import numpy as np

class Gradients(NamedTuple):
    dX: Any
    dg: Any

def rmsnorm(X, g, eps=1e-6, dims="mean"):
    """Rows over their root mean square.

    Shapes: X[...,d] g[d] -> Y[...,d]
    """
    rho = np.sqrt((X * X).mean(-1, keepdims=True) + eps)
    Z = X / rho

    def backward(dY):
        dZ = dY * g
        along = getattr(dZ * Z, dims)(-1, keepdims=True)
        return Gradients((dZ - Z * along) / rho, (dY * Z).reshape(-1, X.shape[-1]).sum(0))

    return Z * g, backward

def wrong(X, g):
    """Shapes: X[n,d] g[d] -> Y[n,d]"""
    return rmsnorm(X, g, dims="sum")

def product(X, W):
    return X @ W

def pull(dY, X, W):
    return dY @ W.T, X.T @ dY

def push(dY, X, W):
    return dY @ W.T, 2 * X.T @ dY

def loss(x):
    return (x ** 3).sum()

def slope(x):
    return 3 * x ** 2

def logarithm(X):
    """Shapes: X[n]"""
    return np.log(X), lambda dY: dY / X
'''


FORMS = '''
import numpy as np

class Dense:
    """Shapes: X[n,3]"""

    def __init__(self):
        self.W = np.random.default_rng(0).normal(size=(3, 2))

    def forward(self, X):
        self.X = X
        return X @ self.W

    def backward(self, dY):
        self.dW = self.X.T @ dY
        return dY @ self.W.T

    def doubled(self, dY):
        return 2 * self.backward(dY)

class Sized(Dense):
    def __init__(self, n):
        super().__init__()

dense = Dense()

def cubes(x):
    return (x ** 3).sum(), 3 * x ** 2

def squares(x):
    return (x ** 3).sum(), 2 * x ** 2

def powers(x, p=3):
    return x ** p, p * x ** (p - 1)

def residuals(x, t):
    return np.exp(x[0] * t) - x[1]

def jacobian(x, t):
    return np.stack([t * np.exp(x[0] * t), -np.ones_like(t)], 1)

def transposed(x, t):
    return jacobian(x, t).T

def affine(X, W):
    return X @ W, (X, W)

def affine_backward(dout, cache):
    return dout @ cache[1].T, cache[0].T @ dout

def logarithm(x):
    return np.log(x).sum(), 1 / x
'''


@pytest.fixture
def layers(tmp_path, monkeypatch):
    (tmp_path / "layers.py").write_text(LAYERS)
    (tmp_path / "forms.py").write_text(FORMS)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def check(capsys, *argv):
    code = main(["check", *argv])
    out, err = capsys.readouterr()
    assert "Traceback" not in out + err
    return code, out, err


def one(capsys, *argv):
    """The exit code and the only row, from JSON, of few examples."""
    code, out, _ = check(capsys, "--json", "--examples", "8", *argv)
    (row,) = json.loads(out)["checks"]
    return code, row


# --- the package


def test_every_op_of_the_package_is_proved(capsys):
    code, out, err = check(capsys, "--require-exact")
    assert (code, err) == (0, "")
    assert out.splitlines()[0].split() == ["op", "gradients", "grade", "shapes", "ms"]
    assert "attention, grouped heads" in out
    assert "dX dparams.{q,k,v,o}.{WA,WB}" in out
    *rows, closing = out.splitlines()[1:]
    assert closing.startswith(f"{len(rows)} hold ({len(rows)} exact), p = ")
    assert "\x1b" not in out


def test_json_has_the_schema(capsys, layers):
    code, out, _ = check(capsys, "--json", "layers.py:wrong")
    data = json.loads(out)
    assert code == 1
    assert (data["holds"], data["refuted"], data["errors"]) == (0, 1, 0)
    (row,) = data["checks"]
    asked = {"op", "gradients", "verdict", "grade", "points", "error", "shapes", "ms", "why", "failures"}
    assert asked <= set(row)
    assert row["op"] == "layers.py:wrong"
    assert row["gradients"] == ["dX", "dg"]
    assert {"gradient", "index", "expected", "got", "factor", "kind", "counterexample"} <= set(row["failures"][0])


def test_a_row_below_exact_fails_where_exact_is_required(capsys, layers):
    leaky = "import numpy as np\ndef f(X):\n    return np.frombuffer(X.tobytes()).reshape(X.shape), lambda dY: dY\n"
    (layers / "leaky.py").write_text(leaky)
    code, row = one(capsys, "leaky.py:f", "X[n]")
    assert (code, row["verdict"]) == (0, "holds")
    assert row["grade"] in ("complex-step", "difference")
    assert one(capsys, "leaky.py:f", "X[n]", "--require-exact")[0] == 1
    assert one(capsys, "layers.py:rmsnorm", "--require-exact")[0] == 0


# --- a file


def test_a_right_layer_holds_at_the_shapes_of_its_docstring(capsys, layers):
    code, out, err = check(capsys, "layers.py:rmsnorm")
    assert code == 0
    assert "runs layers.py" in err
    assert out.splitlines()[1].split()[:4] == ["layers.py:rmsnorm", "dX", "dg", "exact"]
    assert out.splitlines()[-1].startswith("1 holds (1 exact), 25 problems drawn, p = ")


def test_a_wrong_layer_is_refuted_at_the_smallest_shapes(capsys, layers):
    code, out, _ = check(capsys, "layers.py:wrong")
    assert code == 1
    assert "layers.py:wrong: refuted\n  dX[0, " in out
    assert "  smallest that fails:\n    X = [[2, -4]]\n    g = [2, -4]\n" in out  # where d = 1, the sum is the mean
    assert "  again: numpy-lora check layers.py:wrong --seed 0 --points 3 --examples 25\n" in out
    assert out.endswith("0 hold (0 exact), 1 refuted, 3 problems drawn\n")


def test_shapes_on_the_command_line_outrank_the_docstring(capsys, layers):
    _, row = one(capsys, "layers.py:wrong", "g[d]", "X[d,d]", "--seed", "5")
    assert row["sizes"] == "X[d,d] g[d]"
    assert row["shapes"] == {"X": [2, 2], "g": [2]}


def test_a_pair_and_a_gradient(capsys, layers):
    assert one(capsys, "--pair", "layers.py:product,pull", "X[n,d]", "W[d,k]")[0] == 0
    code, row = one(capsys, "--pair", "layers.py:product,push", "X[n,d]", "W[d,k]")
    (failure,) = row["failures"]
    assert (code, failure["gradient"], failure["factor"], failure["kind"]) == (1, "dW", 2.0, "factor")
    assert row["replay"].startswith("numpy-lora check --pair layers.py:product,push 'X[n,d]' 'W[d,k]' ")
    assert one(capsys, "--gradient", "layers.py:loss,slope", "x[n]")[0] == 0


HELD = {  # the words of a command: the gradients that hold
    "a layer": ("forms.py:dense X[n,3]", ["dX", "dW"]),
    "a class, at its docstring's shapes": ("forms.py:Dense", ["dX", "dW"]),
    "methods of a layer": ("--pair forms.py:dense.forward,dense.backward X[n,3]", ["dX", "dW"]),
    "a value and its gradient": ("forms.py:cubes x[n]", ["dx"]),
    "row by row": ("--gradient forms.py:powers x[n]", ["dx"]),
    "a Jacobian": ("--jacobian forms.py:residuals,jacobian x[2] t[n]", ["dx"]),
    "a cache": ("--pair forms.py:affine,affine_backward X[n,d] W[d,k]", ["dX", "dW"]),
    "a module": ("forms:cubes x[n]", ["dx"]),
    "a module of a package": ("--gradient scipy.optimize:rosen,rosen_der x[5]", ["dx"]),
    "a value in a list": ("forms.py:cubes --at x=[1.0,-2.5]", ["dx"]),
    "values in a list and in a file": ("--jacobian forms.py:residuals,jacobian --at x=[1.0,2.0] --at t=t.npy", ["dx"]),
    "a value beside shapes": ("--jacobian forms.py:residuals,jacobian t[n] --at x=[1.0,2.0]", ["dx"]),
    "a value beside the docstring's shapes": ("layers.py:rmsnorm --at g=[1.0,2.0,3.0] --at X=[[1.0,0.5,2.0]]", ["dX", "dg"]),
    "a value beside one of the docstring's shapes": ("layers.py:logarithm --at X=[1.0,2.0]", ["dX"]),
    "a number": ("--gradient forms.py:powers x[n]:positive --at p=2", ["dx"]),
}


@pytest.mark.parametrize("case", HELD)
def test_every_form_of_a_gradient_is_taken(case, capsys, layers):
    np.save(layers / "t.npy", np.linspace(0, 1, 4))
    words, gradients = HELD[case]
    code, row = one(capsys, *words.split())
    assert (code, row["verdict"], row["grade"], row["gradients"]) == (0, "holds", "exact", gradients), row


WRONG = {
    "--pair forms.py:dense.forward,dense.doubled X[n,3]": ("dX", "factor"),
    "forms.py:squares x[n]": ("dx", "factor"),
    "--jacobian forms.py:residuals,transposed t[3] --at x=[1.0,2.0]": ("dx", "shape"),
    "forms:squares --at x=[2.0]": ("dx", "factor"),
}


@pytest.mark.parametrize("words", WRONG)
def test_a_mistake_in_every_form_is_refuted_and_replays(words, capsys, layers):
    code, row = one(capsys, *words.split())
    assert (code, row["verdict"]) == (1, "refuted")
    assert [(failure["gradient"], failure["kind"]) for failure in row["failures"]] == [WRONG[words]]
    again = shlex.split(row["replay"])
    assert again[:2] == ["numpy-lora", "check"]
    assert one(capsys, *again[2:])[1]["failures"] == row["failures"]


def test_what_is_given_is_judged_once_and_shown_in_short(capsys, layers):
    np.save(layers / "t.npy", np.linspace(0, 1, 4))
    _, row = one(capsys, "--jacobian", "forms.py:residuals,jacobian", "--at", "x=[1.0, 2.0]", "--at", "t=t.npy")
    assert (row["drawn"], row["sizes"], row["shapes"]) == (1, "x=[2] t=[4]", {"x": [2], "t": [4]})
    _, row = one(capsys, "--jacobian", "forms.py:residuals,transposed", "t[3]", "--at", "x=[1.0, 2.0]")
    assert "'t[3]' --at 'x=[1.0, 2.0]'" in row["replay"]


def test_points_where_the_value_is_not_finite_are_passed_over_and_counted(capsys, layers):
    code, row = one(capsys, "layers.py:logarithm")
    assert (code, row["verdict"]) == (0, "holds")
    assert row["why"] == f"Y is not finite at {row['undefined']} of the 8 problems drawn, which were passed over"
    assert one(capsys, "layers.py:logarithm", "X[n]:positive")[1]["undefined"] == 0


def test_siblings_are_imported_and_nothing_is_left_behind(capsys, layers):
    (layers / "inner.py").write_text("from layers import rmsnorm as norm\n")
    assert one(capsys, "inner.py:norm")[0] == 0
    assert sorted(path.name for path in layers.iterdir()) == ["forms.py", "inner.py", "layers.py"]


# --- files that do their worst


def f(body):
    """The source of a function, import os above it."""
    return f"import os, sys\ndef f(X):\n    {body}\n"


IDENTITY = f("return X * 1.0, lambda dY: dY")
RIGHT = '{"op": "f", "verdict": "holds", "gradients": ["dX"], "grade": "exact"}'
FORGED = f"for n in range(3, 99):\n    try: os.write(n, b'{RIGHT}' + bytes([10]))\n    except OSError: pass\n"
BAD_IMPORTS = {
    "def f(X:": "SyntaxError: '(' was never closed (worst.py, line 1)",
    "x = 1\nx.y": "AttributeError: 'int' object has no attribute 'y' (worst.py, line 2)",
    "import nowhere": "ModuleNotFoundError: No module named 'nowhere' (worst.py, line 1)",
    "import sys\nsys.exit(0)": "it called sys.exit(0) (worst.py, line 2)",
    "\0": "SyntaxError: source code string cannot contain null bytes",
}
BAD_FILES = {
    "a missing name": ("def g(X): ...\ndef ff(X): ...", "has no 'f', did you mean 'ff'?"),
    "no function": ("f = 3", "'f' is no function but a int"),
    "wrong arity": ("def f(X, W, b): ...", "takes (X, W, b), the shapes give (X): missing a required argument: 'W'"),
    "NaN": (f("return X * float('nan'), lambda dY: dY"), "Y is not finite at any of the 25 problems drawn; "),
    "no backward": (f("return X"), "f: expected it to return (Y, backward), got "),
    "an error": (f("return X / 0 // None, None"), "cannot be run: TypeError: "),
    "sys.exit": (f("sys.exit('bye')"), "it called sys.exit('bye') (worst.py, line 3)"),
    "an interrupt": (f("raise KeyboardInterrupt"), "KeyboardInterrupt (worst.py, line 3)"),
    "os._exit": (f("os._exit(0)"), "ended with exit code 0 before there was a verdict "),
    "a signal": (f("os.kill(os.getpid(), 11)"), "ended by SIGSEGV before there was a verdict"),
    "an endless loop": (f("while True: pass"), "still running after 1 s, stopped"),
    "a fork bomb": (f("while True: os.fork()"), "it started more than 64 processes, stopped"),
    "closed descriptors": (f"{IDENTITY}os.closerange(3, 256)", "ended with exit code 0 before there was a verdict "),
    "memory": (f("return bytearray(1 << 33), None"), "MemoryError"),
    "a line where the verdict goes": (IDENTITY + FORGED, "what came back is no verdict"),
} | {f"on import: {source!r}": (source, f"cannot be imported: {why}") for source, why in BAD_IMPORTS.items()}


@pytest.mark.parametrize("case", BAD_FILES)
def test_whatever_a_file_does_is_one_clear_line(case, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    source, why = BAD_FILES[case]
    (tmp_path / "worst.py").write_text(source)
    code, out, err = check(capsys, "worst.py:f", "X[n]", "--timeout", "1" if case == "an endless loop" else "30")
    assert (code, out) == (2, "")
    assert f"numpy-lora check: worst.py:f: {why}" in err
    assert err.splitlines()[0] == "numpy-lora check runs worst.py"
    assert os.listdir(tmp_path) == ["worst.py"]


WORDS = {
    "gone.py:f": "gone.py:f: gone.py: no such file, expected FILE.py:NAME",
    "layers.py": "layers.py: expected FILE.py:NAME",
    "layers.py:f,g": "layers.py:f,g: expected FILE.py:NAME, got 2 names (two functions go with --pair, --gradient or --jacobian)",
    "layers.py:product": "layers.py:product: needs the shapes of X, W: give them as 'X[n,d]' 'W[d,k]', "
    "or as a Shapes: line in its docstring",
    "layers.py:rmsnorm X[n": 'layers.py:rmsnorm: \'X[n\', column 4: expected "," or "]", got the end',
    "--pair layers.py:f X[n]": "layers.py:f: expected FILE.py:f,grad, got 1 name",
    "--pair": "check: --pair, --gradient, --jacobian, --at and --write-test want a function, FILE.py:NAME",
    "--at x=1": "check: --pair, --gradient, --jacobian, --at and --write-test want a function, FILE.py:NAME",
    "nowhere.at.all:f X[n]": "nowhere.at.all:f: cannot be imported: ModuleNotFoundError: No module named 'nowhere'",
    "layers:gone X[n]": "layers:gone: has no 'gone'",
    "forms.py:Sized X[n,3]": "forms.py:Sized: Sized: it takes n; pass an object of it, not the class",
    "--jacobian forms.py:powers,cubes,squares x[n]": "forms.py:powers,cubes,squares: expected FILE.py:f,grad, got 3 names",
    "forms.py:cubes x[n] --at x=1.0": "forms.py:cubes: --at x: it is given already",
    "forms.py:cubes --at x": "forms.py:cubes: --at x: expected NAME=VALUE",
    "forms.py:cubes --at x=gone.npy": "forms.py:cubes: --at x: gone.npy: No such file or directory",
    "forms.py:cubes --at x=open('x','w')": "forms.py:cubes: --at x: expected a number, a list of lists of one length, "
    "or a file .npy, got open('x','w')",
    "forms.py:cubes --at y=1.0": "forms.py:cubes: takes (x), the shapes give (y): missing a required argument: 'x'",
    "forms.py:logarithm --at x=[-1.0]": "forms.py:logarithm: Y is not finite at the values given",
    "forms.py:cubes --at x=[1.0] --write-test test_x.py": "forms.py:cubes: test_x.py: not written, for a test draws its values; "
    "give shapes instead of --at",
}


@pytest.mark.parametrize("words", WORDS)
def test_what_cannot_be_read_is_one_clear_line(words, capsys, layers):
    code, out, err = check(capsys, *words.split())
    assert (code, out) == (2, "")
    assert err.splitlines()[-1] == f"numpy-lora check: {WORDS[words]}"


def test_an_error_at_some_shapes_says_which(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "worst.py").write_text(f("return X * [2.0, 2.0][X.ndim if X.shape[1] == 4 else 0], lambda dY: 2 * dY"))
    code, row = one(capsys, "worst.py:f", "X[n,4]", "--examples", "1")
    assert (code, row["why"]) == (2, "cannot be run: IndexError: list index out of range")
    code, row = one(capsys, "worst.py:f", "X[n,d]", "--examples", "25")
    assert code == 2
    assert re.fullmatch(r"cannot be run: IndexError: list index out of range, at X\[\d,4\] and not everywhere", row["why"])


def test_an_error_is_json_too(capsys, layers):
    code, row = one(capsys, "layers.py:gone")
    assert (code, row["verdict"], row["why"]) == (2, "error", "has no 'gone'")


def test_what_a_file_prints_cannot_be_taken_for_the_verdict(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    prints = f"print('''{RIGHT}''', flush=True)\nprint('\\x1b[2J' + 'a' * 9999)\n"
    (tmp_path / "loud.py").write_text(prints + f("return X * 1.0, lambda dY: -dY"))
    code, out, err = check(capsys, "loud.py:f", "X[n]")
    assert (code, "refuted" in out) == (1, True)
    assert f"printed by loud.py:\n{RIGHT}\n\ufffd[2Jaaa" in err
    assert len(err) < 5000
    assert "(what it printed after this is left out)" in err


def test_a_file_that_closed_the_verdict_s_descriptor_does_not_get_it_in_its_own(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "worst.py").write_text(f"{IDENTITY}os.closerange(3, 256)\nkept = [open('mine', 'w') for _ in range(99)]\n")
    assert one(capsys, "worst.py:f", "X[n]")[0] == 2
    assert (tmp_path / "mine").read_text() == ""


def running(pid):
    """Whether a process is still there a while after it was killed: the kernel takes its time."""
    return all(_alive(pid) and not time.sleep(0.05) for _ in range(100))


def _alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks into /proc")
def test_the_whole_group_is_ended(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    start = "import subprocess, threading, time, atexit\nchild = subprocess.Popen(['sleep', '1000'])\n"
    start += "open('pid', 'w').write(str(child.pid))\n"
    linger = "threading.Thread(target=time.sleep, args=(1000,)).start()\natexit.register(time.sleep, 1000)\n"
    (tmp_path / "left.py").write_text(start + linger + IDENTITY)
    assert one(capsys, "left.py:f", "X[n]")[0] == 0
    assert not running((tmp_path / "pid").read_text())


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks into /proc")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_ctrl_c_ends_the_file_too(number, code, tmp_path):
    (tmp_path / "slow.py").write_text(f("open('pid', 'w').write(str(os.getpid()))\n    while True: pass"))
    command = [sys.executable, "-m", "numpy_lora", "check", "slow.py:f", "X[n]"]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    checking = subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    while not (tmp_path / "pid").exists() or not (pid := (tmp_path / "pid").read_text()):
        assert checking.poll() is None
    checking.send_signal(number)
    out, err = checking.communicate(timeout=60)
    assert (checking.returncode, out, err) == (code, "", "numpy-lora check runs slow.py\n")
    assert not running(pid)


# --- the test that keeps it


def pytest_run(folder):
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2]), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(folder)]
    return subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, timeout=120)


def test_the_written_tests_keep_the_property(capsys, layers):
    folder = layers / "tests"
    folder.mkdir()
    calls = [
        ["layers.py:logarithm"],
        ["--pair", "layers.py:product,pull", "X[n,d]", "W[d,k]"],
        ["forms.py:Dense"],
        ["--gradient", "scipy.optimize:rosen,rosen_der", "x[5]"],
    ]
    for number, call in enumerate(calls):
        code, _, err = check(capsys, *call, "--write-test", f"tests/test_{number}.py")
        assert (code, err.splitlines()[-1]) == (0, f"wrote tests/test_{number}.py")
    code, _, _ = check(capsys, "layers.py:wrong", "--write-test", "tests/test_wrong.py")
    assert code == 1
    shown = pytest_run(folder).stdout
    assert "4 passed" in shown
    assert "1 failed" in shown
    assert "test_wrong_backward_is_the_pullback" in shown
    assert sorted(path.name for path in folder.glob("*.py")) == [*(f"test_{n}.py" for n in range(4)), "test_wrong.py"]


def test_a_test_is_never_overwritten(capsys, layers):
    (layers / "test_kept.py").write_text("mine")
    code, row = one(capsys, "layers.py:rmsnorm", "--write-test", "test_kept.py")
    assert (code, row["why"]) == (2, "test_kept.py: exists already, and is never overwritten")
    assert (layers / "test_kept.py").read_text() == "mine"
    code, row = one(capsys, "layers.py:rmsnorm", "--write-test", "gone/test_kept.py")
    assert (code, row["why"]) == (2, "gone: no such folder")


def test_no_test_is_written_of_what_cannot_be_judged(capsys, layers):
    assert one(capsys, "layers.py:product", "X[n,d]", "W[d,k]", "--write-test", "test_product.py")[0] == 2
    assert not (layers / "test_product.py").exists()
