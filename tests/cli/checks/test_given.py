"""Values on the command line: read, and never executed."""

import numpy as np
import pytest

from numpy_lora.cli.checks.given import GivenError, added, given, left, written
from numpy_lora.shapes import Constant, parse


def test_lists_are_arrays_and_all_else_is_as_python_reads_it():
    assert np.array_equal(given("x=[[1.0, 2.0], [3, 4]]").value, [[1.0, 2.0], [3.0, 4.0]])
    assert given("ids=[0, 2]").value.dtype.kind == "i"
    assert given("mask=[True, False]").value.dtype.kind == "b"
    assert given("n=3").value == 3
    assert given("names=['a', 'b']").value == ["a", "b"]
    tree = given("p = {'W': [1.0], 'rest': ([2.0], None)}")
    assert tree.path == ("p",)
    assert (tree.value["W"].dtype.kind, tree.value["rest"][0].shape, tree.value["rest"][1]) == ("f", (1,), None)
    assert given("params.q.0=1.5").path == ("params", "q", "0")


def test_a_file_is_read_without_pickle(tmp_path):
    np.save(tmp_path / "x.npy", np.arange(3.0))
    np.save(tmp_path / "o.npy", np.array([print], object))
    assert np.array_equal(given(f"x={tmp_path}/x.npy").value, [0.0, 1.0, 2.0])
    with pytest.raises(GivenError, match=r"^--at x: expected a number, "):
        given(f"x={tmp_path}/o.npy")
    (tmp_path / "x.npy").write_bytes(b"no array")
    with pytest.raises(GivenError, match=r"^--at x: expected a number, "):
        given(f"x={tmp_path}/x.npy")


@pytest.mark.parametrize("text", ["x=", "x=[1, [2]]", "x=np.pi", "x=__import__('os')", "x=(", "x=" + "[" * 999])
def test_what_is_no_value_is_one_clear_line(text):
    with pytest.raises(GivenError, match=r"^--at x: expected a number, a list of lists of one length, or a file \.npy, got "):
        given(text)


@pytest.mark.parametrize("text", ["x", "=1", "a b=1", "x-y=2"])
def test_what_has_no_name_is_one_clear_line(text):
    with pytest.raises(GivenError, match=r"^--at .*: expected NAME=VALUE$"):
        given(text)


def test_what_is_given_needs_no_shape_of_the_docstring():
    line = left(parse("X[n,d] params.q.W[d,k] params.k.W[d,k] n=2"), [given("params.q=1"), given("n=3")])
    assert str(line) == "X[n,d] params.k.W[d,k]"


def test_values_join_the_shapes_and_none_is_given_twice():
    line = added(parse("t[n] k=2"), [given("x=[1.0, 2.0]")])
    assert " ".join(map(written, line.inputs)) == "t[n] k=2 x=[2]"
    for twice in ([Constant(("t",), 1)], [Constant(("k",), 1)], [Constant(("x",), 1), Constant(("x",), 2)]):
        with pytest.raises(GivenError, match=r"^--at [tkx]: it is given already$"):
            added(parse("t[n] k=2"), twice)
