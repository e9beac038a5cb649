"""What is installed is what is here: every package is listed, the pages come along, and a wheel from the sdist runs anywhere."""

from __future__ import annotations

import configparser
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def test_every_package_is_listed() -> None:
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg")
    listed = set(config["options"]["packages"].split())
    here = {".".join(init.parent.relative_to(ROOT).parts) for init in (ROOT / "numpy_lora").rglob("__init__.py")}
    assert listed == here | {"numpy_lora.derivations"}


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel built from the sdist, unpacked beside nothing else of this project."""
    build = pytest.importorskip("build", reason="comes with the extra test")
    assert build
    out = tmp_path_factory.mktemp("dist")
    done = subprocess.run([sys.executable, "-m", "build", "-o", out, ROOT], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    (wheel,) = out.glob("*.whl")
    site = tmp_path_factory.mktemp("site")
    zipfile.ZipFile(wheel).extractall(site)
    return site


def test_the_pages_come_along(installed: Path) -> None:
    pages = {page.name for page in (ROOT / "derivations").glob("*.md")}
    assert pages
    assert {page.name for page in (installed / "numpy_lora" / "derivations").glob("*.md")} == pages


def test_it_runs_from_the_root(installed: Path) -> None:
    """`-P` and a bare PYTHONPATH: the package that answers is the unpacked one."""
    code = "import numpy_lora, sys; from numpy_lora.__main__ import main; print(numpy_lora.__file__); sys.exit(main(['verify']))"
    env = {"PYTHONPATH": str(installed), "PATH": "/usr/bin"}
    done = subprocess.run([sys.executable, "-P", "-c", code], cwd="/", env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(str(installed))
