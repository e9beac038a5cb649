import copy
import re
from typing import NamedTuple

import numpy as np
import pytest

from numpy_lora import init, tree
from numpy_lora.ops import lora_linear


class Pair(NamedTuple):
    left: object
    right: object


def linear(d_in=2, d_out=3, **more):
    return {"W": np.arange(float(d_in * d_out)).reshape(d_in, d_out), **more}


def model():
    """Every kind of container: dicts in lists, a tuple, a named tuple, an embedding, norms, a number and a None."""
    block = {"attn": {"q": linear(), "k": linear(bias=np.ones(3))}, "norm": {"g": np.ones(2)}}
    return {
        "embed": {"E": np.ones((5, 2))},
        "blocks": [block, copy.deepcopy(block)],
        "pair": Pair((linear(), None), {"W": np.ones(2), "eps": 1e-6}),
        "head": linear(2, 5),
    }


LINEAR = ["blocks.0.attn.q", "blocks.0.attn.k", "blocks.1.attn.q", "blocks.1.attn.k", "pair.0.0", "head"]


def adapted(params, **options):
    return tree.apply_lora(params, np.random.default_rng(0), **({"rank": 2, "alpha": 8} | options))


def adapters(params):
    return [path.removesuffix("WA").removesuffix(".") for path, _ in tree.leaves(params) if path.split(".")[-1] == "WA"]


def assert_unchanged(params, before):
    assert str(params) == str(before)


def test_leaves_are_the_arrays_with_their_paths():
    params = {"a": [np.zeros(1), (np.ones(1), 2.0)], "b": {"W": np.ones((1, 1)), "scale": 0.5}, 3: Pair(np.ones(2), None)}
    assert [path for path, _ in tree.leaves(params)] == ["a.0", "a.1.0", "b.W", "3.0"]
    assert tree.leaves(params)[2][1] is params["b"]["W"]
    assert tree.leaves(params["a"][0]) == [("", params["a"][0])]


def test_map_changes_the_leaves_and_keeps_the_rest():
    params = model()
    before = copy.deepcopy(params)
    named = tree.map(lambda path, leaf: f"{path} {leaf.ndim}", params)
    assert named["blocks"][1]["attn"]["k"] == {"W": "blocks.1.attn.k.W 2", "bias": "blocks.1.attn.k.bias 1"}
    assert named["pair"] == Pair(({"W": "pair.0.0.W 2"}, None), {"W": "pair.1.W 1", "eps": 1e-6})
    assert type(named["pair"]) is Pair
    assert_unchanged(params, before)


def test_all_linear_reaches_every_depth_and_nothing_else():
    params = model()
    before = copy.deepcopy(params)
    assert adapters(adapted(params)) == LINEAR
    assert_unchanged(params, before)


def test_an_adapter_has_the_rank_and_scale_it_was_given():
    for rule, scale in [("lora", 4.0), ("rslora", 8.0), ("plain", 16.0)]:
        node = adapted(model(), rank=4, alpha=16, rule=rule)["blocks"][1]["attn"]["q"]
        assert list(node) == ["W", "WA", "WB", "scale"]
        assert (node["WA"].shape, node["WB"].shape, node["scale"]) == ((2, 4), (4, 3), scale)
        assert type(node["scale"]) is float


def test_schemes_and_draws_are_passed_on():
    node = adapted(linear(), scheme="a-zero", draw="gaussian")
    WA, WB = init.lora(np.random.default_rng(0), 2, 3, 2, "a-zero", "gaussian")
    assert np.array_equal(node["WA"], WA)
    assert np.array_equal(node["WB"], WB)


def test_no_two_adapters_are_drawn_alike():
    first, second, *_ = (leaf for path, leaf in tree.leaves(adapted(model())) if path.endswith("WA"))
    assert not np.array_equal(first, second)


def test_a_root_that_is_itself_linear_is_adapted():
    assert list(adapted(linear())) == ["W", "WA", "WB", "scale"]
    assert adapters(adapted([linear(), linear()])) == ["0", "1"]


@pytest.mark.parametrize(
    ("targets", "paths"),
    [
        (["q"], ["blocks.0.attn.q", "blocks.1.attn.q"]),
        ("q", ["blocks.0.attn.q", "blocks.1.attn.q"]),
        (["q", "head"], ["blocks.0.attn.q", "blocks.1.attn.q", "head"]),
        (["blocks.1.*"], ["blocks.1.attn.q", "blocks.1.attn.k"]),
        (["attn.?"], LINEAR[:4]),
        (["1.attn.[qk]", "pair.0.0"], ["blocks.1.attn.q", "blocks.1.attn.k", "pair.0.0"]),
        (["*"], LINEAR),
    ],
)
def test_targets_are_names_and_globs_for_the_end_of_a_path(targets, paths):
    assert adapters(adapted(model(), targets=targets)) == paths


@pytest.mark.parametrize("targets", [["ead"], ["attn"], ["q", "zz"], ["embed"], ["norm"], ["Q"], ["all-linear", "q"]])
def test_a_target_that_matches_nothing_lists_what_there_is(targets):
    with pytest.raises(ValueError, match="matches no linear node") as error:
        adapted(model(), targets=targets)
    wrong = next(target for target in targets if target != "q")
    assert str(error.value) == f"targets: {wrong!r} matches no linear node; there are: {', '.join(LINEAR)}"


def test_no_target_at_all_is_an_error():
    with pytest.raises(ValueError, match=r"^targets: expected at least one name or glob, got none$"):
        adapted(model(), targets=[])
    with pytest.raises(ValueError, match=r"^targets: 'all-linear' matches no linear node; there are: none$"):
        adapted({"E": np.ones((2, 2))})
    with pytest.raises(ValueError, match=r"^targets: 'q' matches no linear node; there are: \(the root\)$"):
        adapted(linear(), targets="q")


@pytest.mark.parametrize("rank", [0, -1, 0.5, None])
def test_a_rank_that_cannot_be_is_named(rank):
    with pytest.raises(ValueError, match=rf"^rank: expected an integer from 1, got {rank}$"):
        tree.apply_lora(linear(), np.random.default_rng(0), rank, 8)


def test_what_draws_nothing_is_named():
    with pytest.raises(ValueError, match=r"^rng: expected a numpy.random.Generator to draw from, got NoneType$"):
        tree.apply_lora(linear(), None, 2, 8)


def test_a_node_is_not_adapted_twice():
    once = adapted(model(), targets=["q"])
    with pytest.raises(ValueError, match=r"^blocks.0.attn.q: adapted already; merge it first, or leave it out of targets$"):
        adapted(once)
    with pytest.raises(ValueError, match=r"^params: adapted already"):
        adapted(adapted(linear()))
    assert adapters(adapted(once, targets=["k"])) == LINEAR[:4]
    assert adapters(adapted(tree.merge(once))) == LINEAR


@pytest.mark.parametrize(
    ("own", "asked", "got"),
    [(np.float32, None, np.float32), (np.float64, None, np.float64), (np.float32, np.float64, np.float64), (int, None, float)],
)
def test_adapters_take_the_dtype_of_their_weight_unless_told(own, asked, got):
    node = adapted({"W": np.ones((2, 3), own)}, dtype=asked)
    assert node["WA"].dtype == node["WB"].dtype == got


def test_trainable_is_the_adapter_leaves_alone_at_their_own_paths():
    params = adapted(model(), targets=["1.attn.q", "pair.0.0"])
    expected = ["blocks.1.attn.q.WA", "blocks.1.attn.q.WB", "pair.0.0.WA", "pair.0.0.WB"]
    picked = tree.trainable(params)
    assert [path for path, _ in tree.leaves(picked)] == expected
    assert list(picked) == ["blocks", "pair"]
    assert all(leaf is dict(tree.leaves(params))[path] for path, leaf in tree.leaves(picked))
    assert tree.trainable(model()) == {}


def test_merge_folds_every_branch_in_and_leaves_the_old_tree():
    params = adapted(model(), scheme="zero-zero", alpha=6)
    params = tree.map(lambda path, leaf: leaf + 1 if path.endswith(("WA", "WB")) else leaf, params)
    before = copy.deepcopy(params)
    merged = tree.merge(params)
    assert tree.map(lambda _, leaf: leaf.shape, merged) == tree.map(lambda _, leaf: leaf.shape, model())
    assert np.array_equal(merged["blocks"][0]["attn"]["k"]["W"], linear()["W"] + 3.0 * 2)  # s = 6/2, a product of ones is r
    assert merged["blocks"][0]["attn"]["k"]["bias"] is params["blocks"][0]["attn"]["k"]["bias"]
    assert_unchanged(params, before)
    assert_unchanged(tree.merge(model()), model())


@pytest.mark.parametrize(("weight", "factor"), [(np.float32, np.float32), (np.float32, np.float64), (np.float16, np.float32)])
def test_merge_keeps_the_dtype_of_the_weight(weight, factor):
    node = {"W": np.ones((2, 2), weight), "WA": np.ones((2, 1), factor), "WB": np.ones((1, 2), factor), "scale": 0.5}
    assert tree.merge(node)["W"].dtype == weight


def test_merge_does_not_round_into_a_weight_of_integers():
    node = {"W": np.ones((2, 2), int), "WA": np.ones((2, 1), int), "WB": np.ones((1, 2), int), "scale": 0.5}
    assert np.array_equal(tree.merge(node)["W"], np.full((2, 2), 1.5))


def test_count_is_of_all_and_of_the_trainable():
    params = model()
    total = sum(leaf.size for _, leaf in tree.leaves(params))
    assert tree.count(params) == (total, 0)
    assert tree.count(adapted(params, rank=3, targets=["head"])) == tree.Count(total=total + 3 * (2 + 5), trainable=3 * (2 + 5))


def test_a_float32_model_stays_float32():
    node = adapted({"W": np.ones((2, 3), np.float32)}, rank=3, alpha=np.float64(8), rule="rslora")
    Y, backward = lora_linear(np.ones((4, 2), np.float32), **node)
    assert {Y.dtype, *(gradient.dtype for gradient in backward(Y)), tree.merge(node)["W"].dtype} == {np.dtype(np.float32)}


MISFITS = {
    "a.WB: expected a matrix beside a.W, got NoneType": {"WA": np.ones((2, 1))},
    "a.WA: expected a matrix beside a.W, got NoneType": {"WB": np.ones((1, 2))},
    "a.WA: expected shape (2, 1) beside W of (2, 2), got (3, 1)": {"WA": np.ones((3, 1)), "WB": np.ones((1, 2))},
    "a.WB: expected shape (1, 2) beside W of (2, 2), got (1, 1)": {"WA": np.ones((2, 1)), "WB": np.ones((1, 1))},
}


@pytest.mark.parametrize("message", MISFITS)
def test_factors_that_do_not_fit_are_not_merged(message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        tree.merge({"a": {"W": np.eye(2)} | MISFITS[message]})


@pytest.mark.parametrize("use", [tree.trainable, tree.count])
def test_one_factor_alone_is_no_adapter(use):
    with pytest.raises(ValueError, match="WB: expected a matrix beside W, got NoneType"):
        use({"W": np.eye(2), "WA": np.ones((2, 1))})


@pytest.mark.parametrize("kind", [np.float16, np.float32])
def test_a_merge_is_rounded_once(kind):
    rng = np.random.default_rng(0)
    node = {name: rng.normal(size=shape).astype(kind) for name, shape in (("W", (32, 24)), ("WA", (32, 8)), ("WB", (8, 24)))}
    exact = node["W"].astype(float) + 0.3 * (node["WA"].astype(float) @ node["WB"].astype(float))
    assert np.array_equal(tree.merge(node | {"scale": 0.3})["W"], exact.astype(kind))


def test_a_merge_does_not_overflow_on_the_way():
    node = {"W": np.ones((1, 1), np.float16), "WA": np.full((1, 1), 300, np.float16), "WB": np.full((1, 1), 300, np.float16)}
    assert np.isfinite(tree.merge(node | {"scale": 1e-3})["W"]).all()


def test_a_factor_that_does_not_fit_is_named_by_its_path():
    bad = {"h": [{"q": {"W": np.ones((2, 3)), "WA": np.ones((2, 1)), "WB": np.ones((1, 2))}}]}
    for walk in (tree.trainable, tree.count, tree.merge):
        with pytest.raises(ValueError, match=r"^h\.0\.q\.WB: expected shape \(1, 3\)"):
            walk(bad)
