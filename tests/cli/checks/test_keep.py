"""The test that `--write-test` writes keeps the property, and is never written over another."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.cli.calls import check, one


def pytest_run(folder):
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[3]), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(folder)]
    return subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, timeout=120)


def test_the_written_tests_keep_the_property(capsys, layers):
    folder = layers / "tests"
    folder.mkdir()
    calls = [
        ["layers.py:logarithm"],
        ["--pair", "layers.py:product,pull", "X[n,d]", "W[d,k]"],
        ["forms.py:Dense"],
        ["layers.py:logarithm", "--wrt", "X"],
        ["--gradient", "scipy.optimize:rosen,rosen_der", "x[5]"],
    ]
    for number, call in enumerate(calls):
        code, _, err = check(capsys, *call, "--examples", "5", "--write-test", f"tests/test_{number}.py")
        assert (code, err.splitlines()[-1]) == (0, f"wrote tests/test_{number}.py")
    code, _, _ = check(capsys, "layers.py:wrong", "--write-test", "tests/test_wrong.py")
    assert code == 1
    shown = pytest_run(folder).stdout
    assert "5 passed" in shown
    assert "1 failed" in shown
    assert "test_wrong_backward_is_the_pullback" in shown
    assert sorted(path.name for path in folder.glob("*.py")) == [*(f"test_{n}.py" for n in range(5)), "test_wrong.py"]


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
