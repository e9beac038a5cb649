"""A folder with layers to check."""

import pytest

from tests.cli.calls import FORMS, LAYERS


@pytest.fixture
def layers(tmp_path, monkeypatch):
    (tmp_path / "layers.py").write_text(LAYERS)
    (tmp_path / "forms.py").write_text(FORMS)
    monkeypatch.chdir(tmp_path)
    return tmp_path
