"""The files beside the test call packages that need not be installed: the test alone imports them."""

from pathlib import Path

collect_ignore = [path.name for path in Path(__file__).parent.glob("*.py") if path.name != "test_corpus.py"]
