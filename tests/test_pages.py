"""What a page of the derivations quotes and computes is what the package has and does."""

import doctest
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = sorted((ROOT / "derivations").glob("*.md"))


def test_there_are_pages():
    assert PAGES


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_source_is_quoted_to_the_letter(page):
    text = page.read_text()
    module, _, _ = re.search(r"^Proves: (\S+)$", text, re.MULTILINE)[1].rpartition(".")
    source = (ROOT / "numpy_lora" / f"{module.replace('.', '/')}.py").read_text()
    quotations = re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert quotations
    assert all(quotation in source for quotation in quotations)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_its_sessions_print_what_they_show(page):
    failed, _ = doctest.testfile(str(page), module_relative=False, encoding="utf-8")
    assert not failed
