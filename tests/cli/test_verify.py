"""`numpy-lora verify`: of what is typed, of pages, of this package; and of files that are no pages."""

from __future__ import annotations

import contextlib
import io
import json
import os
import pty
import re
import signal
import subprocess
import sys
import time

import pytest

from numpy_lora.__main__ import main
from numpy_lora.cli.checks import screen
from numpy_lora.cli.verifying import package, pages
from tests.cli.calls import heeding


def verify(capsys, *argv):
    code = main(["verify", *argv])
    out, err = capsys.readouterr()
    out = re.sub("below 1e-2[5-9]", "below 1e-2_", out)  # it depends on the sizes drawn
    assert "Traceback" not in out + err
    assert "\x1b" not in out + err
    return code, out, err


def one(capsys, *argv):
    """The exit code and the only claim, from JSON."""
    code, out, _ = verify(capsys, "--json", *argv)
    (claim,) = json.loads(out)["claims"]
    return code, claim


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


# --- typed claims

BOUND = "a wrong one would pass with probability below 1e-2_"
TYPED = {
    ("dWA = Xᵀ(dY·WBᵀ)", "dWB = YAᵀdY"): (
        0,
        f"""\
given  YA := X WA
       Y := X W + YA WB
       L := ⟨dY, Y⟩
       with a scale, named s, α or scale in a claim: Y := X W + s YA WB, and s multiplies both gradients
       dY: (n, d_out), X: (n, d_in), W: (d_in, d_out), WA: (d_in, r), WB: (r, d_out)
holds  exact  dWA = Xᵀ(dY·WBᵀ)
holds  exact  dWB = YAᵀdY
2 hold (2 exact); {BOUND}
""",
    ),
    ("dWA = α Xᵀ(dY WBᵀ)",): (
        0,
        f"""\
given  YA := X WA
       Y := X W + α YA WB
       L := ⟨dY, Y⟩
       dY: (n, d_out), X: (n, d_in), W: (d_in, d_out), α: (), WA: (d_in, r), WB: (r, d_out)
holds  exact  dWA = α Xᵀ(dY WBᵀ)
1 holds (1 exact); {BOUND}
""",
    ),
    ("A: (n, n)", "B: (n, n)", "A B = B A", "(A B)ᵀ = Bᵀ Aᵀ"): (
        1,
        """\
given  A: (n, n), B: (n, n)
refuted  A B = B A
    at A = [[0, 0], [0, 1]], B = [[0, 0], [1, 0]]
    the left side is [[0, 0], [1, 0]], the right one [[0, 0], [0, 0]]
holds  exact  (A B)ᵀ = Bᵀ Aᵀ
1 holds (1 exact), 1 refuted; a wrong one would pass with probability below 1e-2_
""",
    ),
    ("--given", "Y := X A", "dA = 2 Xᵀ dY"): (
        1,
        """\
given  Y := X A
       L := ⟨dY, Y⟩
       dY: (p, n), X: (p, m), A: (m, n)
refuted  dA = 2 Xᵀ dY
    the right side is twice the left one
    at dY = [[1]], X = [[1]], A = [[0]]
    the left side is [[1]], the right one [[2]]
0 hold, 1 refuted
""",
    ),
    ("dWA = Xᵀ dY WB",): (
        2,
        """\
error  Xᵀ dY is (d_in, d_out), WB is (r, d_out): the inner dimensions differ; with WBᵀ it holds
  dWA = Xᵀ dY WB
              ^
0 hold, 1 error
""",
    ),
    ("tr(A B = 0", "A = A"): (
        2,
        """\
given  A: (m, n)
error  expected ")", got "="
  tr(A B = 0
         ^
holds  exact  A = A
1 holds (1 exact), 1 error; a wrong one would pass with probability below 1e-2_
""",
    ),
    ("A: (n, n)",): (
        2,
        """\
error  nothing to judge: a claim has =, as in Y = X W
  A: (n, n)
0 hold, 1 error
""",
    ),
    ("gone",): (
        2,
        """\
error  a claim has two sides: expected "=", got the end; nor is there a file of that name
  gone
      ^
0 hold, 1 error
""",
    ),
}


@pytest.mark.parametrize("claims", TYPED, ids=" ".join)
def test_typed_claims(claims, capsys, folder):
    code, out, err = verify(capsys, *claims)
    assert (code, out, err) == (*TYPED[claims], "")


def test_given_replaces_the_table_and_may_hold_a_loss(capsys):
    given = ["--given", "Y := X W + (a/r) X A B", "--given", "A: (d, r)", "--given", "L := sum((Y - T)^2)/2"]
    code, claim = one(capsys, *given, "dB = (a/r) Aᵀ Xᵀ (Y - T)")
    assert (code, claim["verdict"], claim["grade"]) == (0, "holds", "exact")
    assert claim["given"][:2] == ["Y := X W + (a/r) X A B", "L := sum((Y - T)^2)/2"]


def test_what_is_given_and_cannot_be_read(capsys):
    code, out, err = verify(capsys, "--given", "A: (n", "A = A")
    assert (code, out) == (2, "0 hold, 1 error\n")
    assert err == 'numpy-lora verify: --given: expected ")", got the end\n  A: (n\n       ^\n'
    assert verify(capsys, "--given", "A = A", "A = A")[0] == 2


def test_json_has_the_schema(capsys):
    code, out, _ = verify(capsys, "--json", "dWB = 2 YAᵀ dY", "dWB = YAᵀ dY", "A = ")
    data = json.loads(out)
    assert code == 1
    assert {name: data[name] for name in ("holds", "refuted", "errors", "skipped")} == {
        "holds": 1,
        "refuted": 1,
        "errors": 1,
        "skipped": 0,
    }
    asked = {"claim", "verdict", "grade", "bound", "error", "given", "counterexample", "message", "file", "line"}
    assert all(asked <= set(claim) for claim in data["claims"])
    wrong, right, broken = data["claims"]
    assert set(wrong["counterexample"]) == {"shapes", "values", "left", "right", "factor"}
    assert wrong["counterexample"]["factor"] == 0.5
    assert 0 < right["bound"] < 1e-20
    assert (right["file"], right["line"], right["counterexample"]) == (None, None, None)
    assert (broken["verdict"], broken["grade"], broken["column"]) == ("error", None, 5)


def test_seed_and_points(capsys):
    assert one(capsys, "--points", "1", "A B = A B")[1]["points"] < one(capsys, "A B = A B")[1]["points"]
    bounds = {one(capsys, "--seed", str(seed), "A B = A B")[1]["bound"] for seed in range(4)}
    assert len(bounds) > 1
    assert main(["verify", "--points", "0", "A = A"]) == 2


def test_words_may_begin_with_a_minus_and_follow_an_option(capsys, monkeypatch):
    assert one(capsys, "-A = 0 - A")[0] == 0
    monkeypatch.setattr(sys, "stdin", io.StringIO("A = A"))
    assert one(capsys, "--seed", "1", "-")[0] == 0
    assert main(["verify", "--sed"]) == 2


# --- standard input


def piped(monkeypatch, data):
    stdin = io.TextIOWrapper(io.BytesIO(data))
    monkeypatch.setattr(sys, "stdin", stdin)


def test_standard_input_is_a_formula_a_line(capsys, monkeypatch):
    piped(monkeypatch, "Y := X W\n\ndW = Xᵀ dY\ndW = 2 Xᵀ dY\n".encode())
    code, out, _ = verify(capsys, "-")
    assert code == 1
    assert "\n   3  holds  exact  dW = Xᵀ dY\n-:4: refuted  dW = 2 Xᵀ dY\n" in out


def test_standard_input_is_a_page(capsys, monkeypatch):
    piped(monkeypatch, b"so\n$$ Y := X W $$\n$$ dW = 2 X^T dY $$\n")
    code, out, _ = verify(capsys, "-", "A = A")
    assert code == 1
    assert "-:3: refuted  dW = 2 X^T dY\n" in out
    assert "holds  exact  A = A\n" in out


@pytest.mark.parametrize(("data", "message"), [(b"", "standard input is empty"), (b"\xff", "not UTF-8: byte 0xff in line 1")])
def test_standard_input_that_is_nothing(data, message, capsys, monkeypatch):
    piped(monkeypatch, data)
    assert verify(capsys, "-")[::2] == (2, f"numpy-lora verify: -: {message}\n")


# --- pages

PAGE = """\
| symbol | shape |
|---|---|
| X | (n, d) |
| W | (d, k) |

$$ Y := X W $$
$$ dW = X^\\top dY $$
<!-- refuted -->
$$ dW = 2 X^\\top dY $$
<!-- skip: sums over an index -->
$$ Y_{ij} = \\sum_k X_{ik} W_{kj} $$
"""
WRONG = "$$\nA B = A B C\n+ + D\n$$\n\n$$ A A = A $$\n"


def test_a_page(capsys, folder):
    (folder / "a.md").write_text(PAGE)
    assert verify(capsys, "a.md") == (
        0,
        """\
a.md
given  L := ⟨dY, Y⟩
   7  holds  exact  dW = X^\\top dY
   9  holds  exact  dW = 2 X^\\top dY  (refuted, as it must be)
    the right side is twice the left one
    at dY = [[1]], X = [[1]], W = [[0]]
    the left side is [[1]], the right one [[2]]
2 hold (2 exact), 1 skipped; a wrong one would pass with probability below 1e-2_
""",
        "",
    )


def test_errors_and_refutations_of_a_page_say_where(capsys, folder):
    (folder / "w.md").write_text(WRONG)
    assert verify(capsys, "w.md") == (
        1,
        """\
w.md
w.md:3:3: error  expected a formula, got "+"
  + + D
    ^
w.md:6: refuted  A A = A
    at A = [[-1]]
    the left side is [[1]], the right one [[-1]]
0 hold, 1 refuted, 1 error
""",
        "",
    )


def test_a_folder_has_its_pages_in_order_but_no_hidden_ones(capsys, folder):
    for name in ("b.md", "a/c.markdown", ".git/d.md", "a/readme.md", "e.txt"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("prose" if "readme" in name else "$$ A = A $$\n")
    code, out, _ = verify(capsys, "--json", ".")
    assert code == 0
    assert [claim["file"] for claim in json.loads(out)["claims"]] == ["a/c.markdown", "b.md"]


def test_the_forward_pass_that_a_page_did_not_give_is_shown(capsys, folder):
    (folder / "a.md").write_text("$$ dWB = YA^T dY $$")
    assert verify(capsys, "a.md")[1].splitlines()[1:4] == ["given  YA := X WA", "       Y := X W + YA WB", "       L := ⟨dY, Y⟩"]


def test_given_counts_in_pages(capsys, folder):
    (folder / "a.md").write_text("$$ A B = B A $$")
    assert verify(capsys, "--given", "A, B: (1, 1)", "a.md")[0] == 0
    assert verify(capsys, "--given", "A, B: (1", "a.md")[::2] == (
        2,
        'numpy-lora verify: --given: expected ")", got the end\n  A, B: (1\n          ^\n',
    )


BYTES = {
    "not UTF-8": (b"$$ A = A $$\n\xff", "not UTF-8: byte 0xff in line 2"),
    "UTF-16": ("$$ A = A $$".encode("utf-16"), "not UTF-8: byte 0xff in line 1"),
    "NUL": (b"\n$$ A = \0 $$", "no text: a NUL in line 2"),
    "empty": (b"", "nothing to judge: no ```math fence and no $$"),
    "prose": (b"A = B\n", "nothing to judge: no ```math fence and no $$"),
    "definitions": (b"$$ A := B $$\n", "nothing to judge: only definitions are displayed"),
    "huge": (b"$$ A = A $$\n" * 400_000, "more than 4 MiB: no page is that long"),
}


@pytest.mark.parametrize("name", BYTES)
def test_a_file_that_is_no_page_is_one_clear_line(name, capsys, folder):
    data, message = BYTES[name]
    (folder / "a.md").write_bytes(data)
    assert verify(capsys, "a.md") == (2, "0 hold, 1 error\n", f"numpy-lora verify: a.md: {message}\n")
    code, claim = one(capsys, "a.md")
    assert (code, claim["verdict"], claim["message"], claim["file"], claim["line"]) == (2, "error", message, "a.md", None)


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("gone.md", "gone.md: no such file"),
        ("none", "none: no pages (*.md) in this folder"),
        ("prose", "prose: nothing is displayed in these pages: no ```math fence and no $$"),
        ("loop.md", "loop.md: too many levels of symbolic links"),
        ("locked.md/a.md", "locked.md/a.md: not a directory"),
    ],
)
def test_what_is_not_there_is_one_clear_line(word, message, capsys, folder):
    (folder / "none").mkdir()
    (folder / "prose").mkdir()
    (folder / "prose/a.md").write_text("prose")
    (folder / "loop.md").symlink_to("loop.md")
    (folder / "locked.md").write_text("")
    assert verify(capsys, word)[::2] == (2, f"numpy-lora verify: {message}\n")


def test_an_unclosed_fence_and_characters_that_move_a_cursor(capsys, folder):
    (folder / "a.md").write_text("$$ A = \x1b[2J $$\n```math\nA = A\n")
    code, out, err = verify(capsys, "a.md")
    assert (code, err) == (2, "")
    assert "a.md:2: error  the file ends before this block is closed\n  ```math\n" in out


@pytest.mark.parametrize("sign", ["$$ (", "<!-- ", "`", "``` ", "```math\n", "(\n", "| a ", "A\n", "A = B\n", "- $$ $$\n"])
def test_any_text_is_read_in_time_that_its_length_bounds(sign):
    for text in (sign * 30_000, "$$\n" + sign * 30_000):
        began = time.perf_counter()
        pages.is_page(text)
        assert time.perf_counter() - began < 3


# --- this package


def test_alone_it_proves_the_pages_and_the_ops(capsys):
    code, out, err = verify(capsys)
    assert (code, err) == (0, ""), out
    *lines, closing = out.splitlines()
    names = [line.split()[0] for line in lines]
    assert {f"derivations/{name}" for name, _ in package.shipped()} <= set(names)
    assert {"ops.lora_linear", "ops.attention", "ops.softmax"} <= set(names)
    assert not {"error", "errors", "refuted", "skipped"} & set(closing.split())


def test_alone_it_fails_where_a_page_is_wrong(capsys, monkeypatch):
    monkeypatch.setattr(package, "shipped", lambda: [("09-wrong.md", WRONG)])
    monkeypatch.setattr(package, "ops", lambda points, seed: [])
    monkeypatch.setattr(package, "_processes", contextlib.nullcontext)
    code, out, _ = verify(capsys)
    assert code == 1
    assert out.startswith("derivations/09-wrong.md               0 hold, 1 refuted, 1 error\nderivations/09-wrong.md:3:3: error ")


def test_ctrl_c_ends_it_quietly():
    command = [sys.executable, "-m", "numpy_lora", "verify", "--points", "9"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    running = subprocess.Popen(command, start_new_session=True, preexec_fn=heeding, **pipes)
    time.sleep(2.5)
    os.killpg(running.pid, signal.SIGINT)
    out, err = running.communicate(timeout=20)
    assert (running.returncode, err) == (130, ""), out


# --- the terminal


def test_colour_only_where_it_is_wanted(capsys, monkeypatch):
    monkeypatch.setattr(screen, "terminal", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    main(["verify", "A = A"])
    assert "\x1b[32mholds  exact\x1b[0m  A = A" in capsys.readouterr().out
    monkeypatch.setenv("NO_COLOR", "1")
    main(["verify", "A = A"])
    assert "\x1b" not in capsys.readouterr().out


def test_progress_on_a_terminal_is_gone_at_the_end(folder):
    (folder / "a.md").write_text("$$ A = A $$")
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "numpy_lora", "verify", "a.md"]
    done = subprocess.run(command, stdout=theirs, stderr=theirs, timeout=60, env={**os.environ, "NO_COLOR": "1"})
    os.close(theirs)
    text = os.read(ours, 10_000).decode()
    os.close(ours)
    assert done.returncode == 0
    assert text.startswith("\r\x1b[Ka.md …")
    assert text.count("\r\x1b[K") == 2


def test_a_closed_pipe_is_quiet(folder):
    (folder / "a.md").write_text("$$ A = A $$\n$$ B = B $$\n")
    ours, theirs = os.pipe()
    os.close(ours)
    command = [sys.executable, "-m", "numpy_lora", "verify", "--points", "1", "a.md"]
    done = subprocess.run(command, stdout=theirs, stderr=subprocess.PIPE, text=True, timeout=60)
    os.close(theirs)
    assert (done.returncode, done.stderr) == (128 + signal.SIGPIPE, "")
