"""Copies of functions: the same code, and no state in common with the original."""

import functools
import threading
import types

import numpy as np
import pytest

from numpy_lora.check.copies import untouched

KEPT = {"calls": 0}


def counts_in_a_global():
    KEPT["calls"] += 1
    return KEPT["calls"]


def counts_through_another():
    return counts_in_a_global()


def counts_in_a_closure():
    kept = [0]

    def count():
        kept[0] += 1
        return kept[0]

    return count


def counts_nonlocally():
    n = 0

    def count():
        nonlocal n
        n += 1
        return n

    return count


def counts_in_a_default(kept=[0]):  # noqa: B006
    kept[0] += 1
    return kept[0]


def counts_by_keyword(*, kept={"n": 0}):  # noqa: B006
    kept["n"] += 1
    return kept["n"]


def counts_on_itself():
    def count():
        count.n = getattr(count, "n", 0) + 1
        return count.n

    return count


class Counter:
    def __init__(self):
        self.n = np.zeros(1, int)

    def count(self):
        self.n += 1
        return int(self.n[0])

    __call__ = count


class CountsInAGlobal:
    def __call__(self):
        KEPT["calls"] += 1
        return KEPT["calls"]


def counts_in_a_cache():
    n = [0]

    @functools.lru_cache
    def cached():
        n[0] += 1
        return n[0]

    return lambda: (cached.cache_clear(), cached())[1]


STATEFUL = {
    "a global": lambda: counts_in_a_global,
    "another function's global": lambda: counts_through_another,
    "a closure": counts_in_a_closure,
    "a variable of a closure": counts_nonlocally,
    "a default": lambda: counts_in_a_default,
    "a keyword's default": lambda: counts_by_keyword,
    "an attribute of itself": counts_on_itself,
    "an object's method": lambda: Counter().count,
    "an object": Counter,
    "an object, a global": CountsInAGlobal,
    "an object's method, a global": lambda: CountsInAGlobal().__call__,
    "a partial": lambda: functools.partial(counts_in_a_default, [0]),
    "a cache": counts_in_a_cache,
}


@pytest.mark.parametrize("name", STATEFUL)
def test_a_copy_has_state_of_its_own(name):
    f = STATEFUL[name]()
    copy = untouched(f)
    start = f()
    assert [f(), f()] == [start + 1, start + 2]
    assert [copy(), copy()] == [start, start + 1]
    assert f() == start + 3


def test_code_modules_and_classes_are_shared():
    copy = untouched(counts_in_a_closure)
    assert copy.__code__ is counts_in_a_closure.__code__
    assert copy.__globals__["np"] is np
    assert copy.__globals__["Counter"] is Counter
    assert untouched(np.sin) is np.sin
    assert isinstance(untouched(Counter().count), types.MethodType)


def test_a_function_that_calls_itself_calls_its_copy():
    def factorial(n):
        return 1 if n == 0 else n * factorial(n - 1)

    copy = untouched(factorial)
    assert copy(5) == 120
    assert copy.__closure__[0].cell_contents is copy


def even(n):
    return n == 0 or odd(n - 1)


def odd(n):
    return n != 0 and even(n - 1)


def test_functions_of_a_module_that_call_each_other_call_their_copies():
    copy = untouched(even)
    assert (copy(4), copy(3)) == (True, False)
    assert copy.__globals__["odd"].__globals__["even"] is copy


@pytest.mark.parametrize(
    ("empty", "add"), [([], list.append), (set(), set.add), ({}, dict.setdefault)], ids=["list", "set", "dict"]
)
def test_functions_that_close_over_one_thing_do_so_in_their_copies(empty, add):
    kept = empty
    one, other = untouched((lambda: add(kept, 7), lambda kept=kept: list(kept)))
    one()
    assert (other(), list(kept)) == ([7], [])


def test_other_things_stand_where_they_are_to():
    kept, given = np.zeros(2), np.ones(2)
    holder = types.SimpleNamespace(kept=kept)
    f, g = untouched((lambda: kept, lambda h=holder: h.kept), {id(kept): given})
    assert f() is given
    assert g() is given


def test_a_long_table_is_copied_and_its_functions_are_shared():
    def register(name):
        table[name] = register
        return len(table)

    table = {n: test_what_cannot_be_copied_is_none for n in range(100)}
    short = {n: counts_in_a_closure() for n in range(10)}
    copy, (copied,) = untouched(register), untouched((short,))
    assert (copy("new"), len(table), register("other")) == (101, 100, 101)
    assert all(copied[n] is not short[n] for n in short)


def test_what_cannot_be_copied_is_none():
    lock = threading.Lock()
    assert untouched(lambda: lock) is None
    assert untouched(None) is None
