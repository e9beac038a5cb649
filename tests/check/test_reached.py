"""Modules and arrays of code: what stands in closures, objects, methods and lists is walked to, packages are taken whole."""

import functools
import types

import numpy as np
import pytest

from numpy_lora.check import check_gradients
from numpy_lora.check.reached import arrays_of, modules_of
from tests.exact import points, twins


class Holder:
    def __init__(self, held):
        self.held = held

    def method(self):
        return self.held


def closing_over(thing):
    return lambda: thing


def naming(f):
    names = {"f": f}
    exec("def g(): return [f for _ in range(2)]", names)
    return names["g"]


def foreign():
    """A function of a package of its own, of which another module is loaded too."""
    import sys

    package = types.ModuleType("a_package_of_its_own")
    other = types.ModuleType("a_package_of_its_own.other")
    exec("def f(): return float(1)\nclass C: pass", package.__dict__)
    package.f.__module__ = package.C.__module__ = package.__name__
    sys.modules |= {package.__name__: package, other.__name__: other}
    return package, other


PACKAGE, OTHER = foreign()
WAYS = {
    "itself": lambda f: f,
    "a closure": closing_over,
    "a default": lambda f: lambda x, f=f: f(x),
    "a default by name": lambda f: lambda x, *, f=f: f(x),
    "an attribute": lambda f: Holder(f),
    "a method": lambda f: Holder(f).method,
    "a partial": lambda f: functools.partial(max, f),
    "a name in a comprehension": lambda f: naming(f),
    "a list in a closure": lambda f: closing_over([1, f]),
    "a dict in an object": lambda f: Holder({"f": f}),
    "what it wraps": lambda f: functools.wraps(f)(lambda: 0),
}


@pytest.mark.parametrize("name", WAYS)
@pytest.mark.parametrize("thing", [PACKAGE.f, PACKAGE.C()], ids=["function", "object"])
def test_a_package_is_reached(name, thing):
    if name == "what it wraps" and thing is not PACKAGE.f:
        return
    reached = {id(names) for names in modules_of(WAYS[name](thing))}
    assert {id(vars(PACKAGE)), id(vars(OTHER))} <= reached


def test_numpy_is_not_reached_and_nothing_is_twice():
    found = modules_of(points.of, np.sum, closing_over(np))
    names = [names["__name__"] for names in found]
    assert not [name for name in names if name.partition(".")[0] in ("numpy", "scipy")]
    assert len(names) == len(set(names))
    assert twins.__name__ in names


ARRAY = np.ones(3)


def names_an_array():
    return ARRAY


@pytest.mark.parametrize("f", [closing_over(ARRAY), Holder({"a": ARRAY}).method, names_an_array, ARRAY, lambda: names_an_array()])
def test_arrays_are_reached_once(f):
    (found,) = arrays_of(f, closing_over(ARRAY))
    assert found is ARRAY


def test_arrays_that_share_their_memory_are_left_alone():
    assert arrays_of(closing_over([ARRAY, np.ones(2, np.float32), 1.0])) == [ARRAY]
    assert arrays_of(closing_over([ARRAY, ARRAY[1:]])) == []


def test_a_circle_ends():
    a = Holder(None)
    a.held = closing_over(a)
    assert modules_of(a.method)


class Anything:
    """It has every attribute, as wrappers of libraries do."""

    __slots__ = ()

    def __getattr__(self, name):
        return lambda *_: None


def test_an_object_that_has_every_attribute_holds_nothing():
    library = Anything()
    assert arrays_of(lambda: library) == []
    assert check_gradients(lambda x: (library and x**2, lambda d: 2 * x * d), np.arange(3.0)).grade == "exact"
