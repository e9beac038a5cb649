"""The pytest plugin, run on pages as another project would run it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

PAGE = """\
| symbol | shape |
|---|---|
| X | (n, d) |
| W | (d, k) |

$$ Y := X W $$
$$ dW = X^\\top dY $$
$$ dW = 2 X^\\top dY $$
<!-- refuted -->
$$ A A = A $$ and $$ A B = B A $$
<!-- skip: a sum -->
$$ \\sum_i x_i $$
$$ A + = B $$
"""


@pytest.fixture
def project(tmp_path):
    (tmp_path / "docs/more").mkdir(parents=True)
    (tmp_path / "docs/a.md").write_text(PAGE)
    (tmp_path / "docs/more/b.markdown").write_text("$$ A = A $$\n$$ A = A $$ $$ A = A $$\n")
    (tmp_path / "docs/more/prose.md").write_text("prose\n")
    (tmp_path / "test_one.py").write_text("def test_one(): pass\n")
    (tmp_path / "pytest.ini").write_text("[pytest]\nfilterwarnings = error\n")
    return tmp_path


def run(folder, *arguments):
    command = [sys.executable, "-m", "pytest", "-p", "numpy_lora.pytest_formulas", "-p", "no:cacheprovider", *arguments]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, env=environment)
    assert "INTERNALERROR" not in done.stdout + done.stderr
    return done.returncode, done.stdout + done.stderr


def collected(folder, *arguments):
    _, out = run(folder, "--collect-only", "-q", *arguments)
    return [line for line in out.splitlines() if "::" in line]


def test_each_displayed_equation_is_a_test(project):
    assert collected(project, "--formulas", "docs") == [
        "docs/a.md::line 7: dW = X^\\top dY",
        "docs/a.md::line 8: dW = 2 X^\\top dY",
        "docs/a.md::line 10: A A = A",
        "docs/a.md::line 10: A B = B A",
        "docs/a.md::line 12: skipped",
        "docs/a.md::line 13: A + = B",
        "docs/more/b.markdown::line 1: A = A",
        "docs/more/b.markdown::line 2: A = A",
        "docs/more/b.markdown::line 2: A = A (2)",
        "test_one.py::test_one",
    ]


def test_the_verdict_is_the_message(project):
    code, out = run(project, "--formulas", "docs/a.md", "docs/more/b.markdown", "-rs")
    assert code == 1
    assert "3 failed, 5 passed, 1 skipped" in out
    assert (
        "docs/a.md:8: refuted  dW = 2 X^\\top dY\n    the right side is twice the left one\n"
        "    at dY = [[1]], X = [[1]], W = [[0]]\n    the left side is [[1]], the right one [[2]]\n"
    ) in out
    assert 'docs/a.md:13:8: error  expected a formula, got "="\n  $$ A + = B $$\n' in out
    assert "a sum" in out
    assert "Traceback" not in out
    assert "pytest_formulas.py" not in out


def test_a_passing_one_tells_its_grade(project):
    code, out = run(project, "--formulas", "docs/more/b.markdown", "-rA", "docs/more/b.markdown")
    assert code == 0
    assert "holds  exact  A = A" in out


def test_the_configuration_may_name_them(project):
    (project / "pytest.ini").write_text("[pytest]\nformulas = docs/more docs/a.md\n")
    assert len(collected(project)) == 10
    assert collected(project, "test_one.py") == ["test_one.py::test_one"]
    assert len(collected(project, "docs/more")) == 3
    assert collected(project, "docs/a.md::line 10: A A = A") == ["docs/a.md::line 10: A A = A"]


def test_without_the_option_nothing_of_ours_is_imported(project):
    (project / "test_one.py").write_text(
        "import sys\n"
        "def test_one():\n"
        "    assert [n for n in sys.modules if n.startswith('numpy')] == ['numpy_lora', 'numpy_lora.pytest_formulas']\n"
    )
    assert run(project)[0] == 0
    assert collected(project, "docs", "test_one.py") == ["test_one.py::test_one"]


def test_what_is_no_page_is_an_error(project):
    (project / "docs/a.md").write_bytes(b"\xff")
    code, out = run(project, "--formulas", "docs/a.md")
    assert code == 2
    assert "not UTF-8: byte 0xff in line 1" in out
    code, out = run(project, "--formulas", "docs/more/prose.md")
    assert code == 2
    assert "nothing is displayed in this page: no ```math fence and no $$" in out
    assert run(project, "--formulas", "gone.md")[0] == 4


def test_it_runs_in_parallel(project):
    pytest.importorskip("xdist")
    assert "3 failed, 6 passed, 1 skipped" in run(project, "--formulas", "docs", "-n", "2")[1]


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("docs/more/../more/prose.md", "nothing is displayed"),
        ("bare", "nothing is displayed"),
        ("test_one.py", "expected a page"),
    ],
)
def test_where_nothing_would_be_judged_it_fails(project, path, told):
    (project / "bare").mkdir()
    (project / "bare/prose.md").write_text("prose\n")
    code, out = run(project, "--formulas", path)
    assert code != 0
    assert told in out
