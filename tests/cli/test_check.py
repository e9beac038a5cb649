"""`numpy-lora check`: of the package, of a right and a wrong file, and of words that cannot be read."""

from __future__ import annotations

import json
import shlex

import numpy as np
import pytest

from tests.cli.calls import check, one

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


def test_whose_gradients_they_are_shows_where_shapes_differ(capsys, layers):
    frozen = "return X @ W + X @ A @ B, lambda d: (d @ (W + A @ B).T, X.T @ (d @ B.T), {off} * (X @ A).T @ d)"
    source = f"def f(X, W, A, B):\n    {frozen}\n".format(off="1") + f"def g(X, W, A, B):\n    {frozen}\n".format(off="3")
    (layers / "frozen.py").write_text(source + "def h(X, W):\n    return X @ W, lambda dY: X.T @ dY\n")
    shapes = ["X[n,d]", "W[d,k]", "A[d,r]", "B[r,k]", "--examples", "5"]
    code, row = one(capsys, "frozen.py:f", *shapes)
    assert (code, row["gradients"], row["grade"]) == (0, ["dX", "dA", "dB"], "exact")
    code, row = one(capsys, "frozen.py:g", *shapes)
    assert (code, [(f["gradient"], f["factor"], f["kind"]) for f in row["failures"]]) == (1, [("dB", 3.0, "factor")])
    assert one(capsys, "frozen.py:f", "X[0,d]", *shapes[1:])[1]["gradients"] == ["dX", "dA", "dB"]
    code, row = one(capsys, "frozen.py:f", *shapes, "--write-test", "test_frozen.py")
    assert (code, row["wrt"]) == (0, ["X", "A", "B"])
    assert 'wrt=["X", "A", "B"]' in (layers / "test_frozen.py").read_text()
    assert one(capsys, "frozen.py:h", "X[n,d]", "W[d,k]")[1]["gradients"] == ["dW"]


def test_whose_gradients_they_are_can_be_said(capsys, layers):
    (layers / "square.py").write_text("def f(X, W):\n    return X @ W, lambda dY: X.T @ dY\n")
    assert one(capsys, "square.py:f", "X[n,n]", "W[n,n]")[1]["failures"][0]["gradient"] == "dX"
    code, row = one(capsys, "square.py:f", "X[n,n]", "W[n,n]", "--wrt", "W")
    assert (code, row["gradients"], row["grade"]) == (0, ["dW"], "exact")
    assert "--wrt W" in row["replay"]
    code, row = one(capsys, "square.py:f", "X[n,n]", "W[n,n]", "--wrt", "Q")
    assert (code, row["why"]) == (2, "wrt: no argument 'Q' among X, W")
    code, _, err = check(capsys, "square.py:f", "X[n,n]", "W[n,n]", "--wrt", "X,,W")
    assert (code, err.splitlines()[-1]) == (2, "numpy-lora check: error: argument --wrt: expected names like X,W, got X,,W")


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
    code, row = one(capsys, *words.split(), "--examples", "8")
    assert (code, row["verdict"], row["grade"], row["gradients"]) == (0, "holds", "exact", gradients), row


WRONG = {
    "--pair forms.py:dense.forward,dense.doubled X[n,3]": ("dX", "factor"),
    "forms.py:squares x[n]": ("dx", "factor"),
    "--jacobian forms.py:residuals,transposed t[3] --at x=[1.0,2.0]": ("dx", "transposed"),
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


# --- what cannot be read


WORDS = {
    "gone.py:f": "gone.py:f: gone.py: no such file, expected FILE.py:NAME",
    "layers.py": "layers.py: expected FILE.py:NAME",
    "layers.py:f,g": "layers.py:f,g: expected FILE.py:NAME, got 2 names (two functions go with --pair, --gradient or --jacobian)",
    "layers.py:product": "layers.py:product: needs the shapes of X, W: give them as 'X[n,d]' 'W[d,k]', "
    "or as a Shapes: line in its docstring",
    "layers.py:rmsnorm X[n": 'layers.py:rmsnorm: \'X[n\', column 4: expected "," or "]", got the end',
    "--pair layers.py:f X[n]": "layers.py:f: expected FILE.py:f,grad, got 1 name",
    "--pair": "check: --pair, --gradient, --jacobian, --at, --wrt and --write-test want a function, FILE.py:NAME",
    "--at x=1": "check: --pair, --gradient, --jacobian, --at, --wrt and --write-test want a function, FILE.py:NAME",
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


def test_an_error_is_json_too(capsys, layers):
    code, row = one(capsys, "layers.py:gone")
    assert (code, row["verdict"], row["why"]) == (2, "error", "has no 'gone'")
