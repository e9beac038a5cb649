"""What walks over a model keep, over drawn trees."""

import copy

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from numpy_lora.ops import lora_linear

SIZES = st.integers(1, 3)
LINEAR = st.builds(lambda d_in, d_out: {"W": np.arange(1.0, d_in * d_out + 1).reshape(d_in, d_out)}, SIZES, SIZES)
OTHER = st.sampled_from([{"E": np.ones((3, 2))}, {"g": np.ones(2), "eps": 1e-6}, {"W": np.ones(2)}, None, 0.5])
NAMES = st.sampled_from(["q", "k", "norm", "W", "0"])
TREES = st.recursive(
    LINEAR | OTHER,
    lambda parts: st.lists(parts, max_size=3) | st.dictionaries(NAMES, parts, max_size=3) | st.tuples(parts, parts),
    max_leaves=5,
)


def adapted(tree, params, rank=2, alpha=6):
    """Every linear node adapted, both factors ones, so that a branch is not zero."""
    assume(any(path.split(".")[-1] == "W" and leaf.ndim == 2 for path, leaf in tree.leaves(params)))
    params = tree.apply_lora(params, np.random.default_rng(0), rank, alpha)
    return tree.map(lambda path, leaf: np.ones_like(leaf) if path.split(".")[-1] in ("WA", "WB") else leaf, params)


def nodes(params):
    """Every dict with a matrix W, from the root down."""
    found = []
    if isinstance(params, dict):
        found = [params] if getattr(params.get("W"), "ndim", 0) == 2 else []
    parts = params.values() if isinstance(params, dict) else params if isinstance(params, (list, tuple)) else ()
    return found + [node for part in parts for node in nodes(part)]


@given(params=TREES)
def test_every_linear_node_is_adapted_with_the_rank_and_alpha_given(tree, params):
    linear = nodes(params)
    for node, was in zip(nodes(adapted(tree, params, rank=3, alpha=12)), linear, strict=True):
        assert (node["WA"].shape, node["WB"].shape) == ((len(was["W"]), 3), (3, was["W"].shape[1]))
        assert node["scale"] == 4.0
        assert node["W"] is was["W"]


@given(params=TREES)
def test_a_node_is_never_adapted_twice(tree, params):
    once = adapted(tree, params)
    with pytest.raises(ValueError, match="adapted already"):
        tree.apply_lora(once, np.random.default_rng(0), 2, 6)


@given(params=TREES)
def test_a_target_that_matches_nothing_is_never_passed_over(tree, params):
    with pytest.raises(ValueError, match="matches no linear node"):
        tree.apply_lora(params, np.random.default_rng(0), 2, 6, targets=["nowhere"])


@given(params=TREES)
def test_the_trainable_leaves_are_the_adapters_alone(tree, params):
    whole = adapted(tree, params)
    expected = [(path, leaf) for path, leaf in tree.leaves(whole) if path.split(".")[-1] in ("WA", "WB")]
    picked = tree.leaves(tree.trainable(whole))
    assert sorted(path for path, _ in picked) == sorted(path for path, _ in expected)
    assert all(leaf is dict(expected)[path] for path, leaf in picked)


@given(params=TREES, first=st.integers(1, 3))
def test_merging_is_the_branch_for_every_input(tree, params, first):
    ramp = {"WA": lambda A: first + np.arange(A.size), "WB": lambda A: np.arange(A.size) - 1}
    whole = tree.map(lambda path, A: ramp.get(path.split(".")[-1], np.array)(A).reshape(A.shape), adapted(tree, params))
    for node, merged in zip(nodes(whole), nodes(tree.merge(whole)), strict=True):
        X = np.eye(len(node["W"]))
        assert set(merged) == set(node) - {"WA", "WB", "scale"}
        assert np.array_equal(X @ merged["W"], lora_linear(X, node["W"], node["WA"], node["WB"], 3.0)[0])


@given(params=TREES)
def test_no_walk_changes_the_tree_it_is_given(tree, params):
    bare = copy.deepcopy(params)
    whole = adapted(tree, params)
    full = copy.deepcopy(whole)
    tree.merge(whole), tree.trainable(whole), tree.count(whole), tree.map(lambda _, leaf: leaf + 1, whole)
    assert repr(whole) == repr(full)
    assert repr(params) == repr(bare)


@given(params=TREES)
def test_the_count_is_of_the_merged_tree_and_the_adapters(tree, params):
    whole = adapted(tree, params)
    total, trainable = tree.count(whole)
    assert trainable == sum(node["WA"].size + node["WB"].size for node in nodes(whole))
    assert total - trainable == sum(leaf.size for _, leaf in tree.leaves(tree.merge(whole)))
    assert tree.count(params).trainable == 0
