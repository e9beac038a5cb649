"""The rooms whose promises stand in this folder, as arguments: the mutation table calls the same tests with a mutant."""

import pytest

from numpy_lora import init as shipped_init
from numpy_lora import tree as shipped_tree


@pytest.fixture(scope="session")
def init():
    return shipped_init


@pytest.fixture(scope="session")
def tree():
    return shipped_tree
