"""Words that are several names: `XWA` is X WA where both are known. The longest known name goes first."""

from __future__ import annotations

import difflib
from collections.abc import Collection

from .alphabet import FUNCTIONS
from .identifiers import Token
from .lexer import split


def key(name: str) -> str:
    """What names are compared by: W_A and WA are one."""
    return name.replace("_", "")


def known_as(name: str, names: Collection[str]) -> str | None:
    """The name among those known that this one is: itself, or the one that differs by underscores alone."""
    if name in names:
        return name
    wanted = key(name)
    return next((other for other in names if key(other) == wanted), None)


def separated(tokens: list[Token], known: Collection[str], free: bool, letters: Collection[str] = ()) -> list[Token]:
    """The tokens, with words that are made of known names taken apart.

    Parameters
    ----------
    known : declared and defined names and dimensions.
    free : whether a word of capitals alone, none of them known, is a product of letters (nothing was declared).
    letters : that stand alone in other texts.
    """
    keys = {key(name) for name in (*known, *introduced(tokens))}
    letters = {*letters, *single(tokens), *(k for k in keys if len(k) == 1)}
    result = []
    for token in tokens:
        word, pieces = token.text, None
        if token.kind == "name" and len(word) > 1 and not _is_whole(word, keys, letters):
            pieces = _pieces(word, keys) or _letters(word, letters, free)
        result.extend(split(token, pieces) if pieces else [token])
    return result


def single(tokens: list[Token]) -> set[str]:
    """The letters that stand alone in a text, or behind d as what a gradient is by."""
    words = [t.text for t in tokens if t.kind == "name"]
    return {w for w in words if len(w) == 1} | {w[1] for w in words if len(w) == 2 and w[0] == "d" and w[1].isalpha()}


def _is_whole(word: str, keys: set[str], letters: set[str]) -> bool:
    """Whether a word is one name: a function, a known one, or the gradient of one, as dW is though a dimension be called d."""
    return word in FUNCTIONS or _is_known(word, keys) or (word[0] == "d" and word[1:] in letters)


def _is_known(word: str, keys: set[str]) -> bool:
    return key(word) in keys or (word[0] == "d" and key(word[1:]) in keys)


def _pieces(word: str, keys: set[str]) -> list[str] | None:
    """The word as known names, or gradients of them, the longest first."""
    if not word:
        return []
    for n in range(len(word), 0, -1):
        head, rest = word[:n], word[n:]
        if rest[:1] in ("_", "'") or head.endswith("_") or not _is_known(head, keys):
            continue
        tail = _pieces(rest, keys)
        if tail is not None:
            return [head, *tail]
    return None


def _letters(word: str, letters: set[str], free: bool) -> list[str] | None:
    """The word as single letters: of which each stands alone somewhere, or all are capitals."""
    if not word.isalpha() or not word.isascii() or len(word) > 6:
        return None
    return list(word) if all(c in letters or (free and c.isupper()) for c in word) else None


def meant(name: str, known: Collection[str]) -> str | None:
    """The known name that an unknown one may be a slip of: one letter off, or in the other case."""
    if len(name) < 2:
        return None
    candidates = [*known, *(f"d{k}" for k in known)]
    for other in candidates:
        if key(other).lower() == key(name).lower() and key(other) != key(name):
            return other
    near = [other for other in candidates if len(other) > 1 and _one_off(key(name), key(other))]
    return difflib.get_close_matches(name, near, 1, 0.0)[0] if near else None


def _one_off(a: str, b: str) -> bool:
    """Whether one letter was changed, added, left out, or two swapped; of names of two letters not the first."""
    if len(a) == len(b):
        places = [k for k, (x, y) in enumerate(zip(a, b, strict=True)) if x != y]
        if len(places) == 1:
            return len(a) > 2 or places[0] == 1
        return len(places) == 2 and places[1] == places[0] + 1 and a[places[0]] == b[places[1]] and a[places[1]] == b[places[0]]
    short, long = sorted((a, b), key=len)
    return len(long) == len(short) + 1 and len(short) > 1 and any(long[:k] + long[k + 1 :] == short for k in range(len(long)))


def introduced(found: list[Token]) -> set[str]:
    """The names that a text declares or defines, and its dimensions; `f(x)` too of a function f(x) := …, `y()` of y := …"""
    names = set()
    for k, token in enumerate(found):
        if token.text in (":", "∈", ":=") and token.kind == "op":
            back = _before_arguments(found, k) - 1
            if back < k - 1 or (token.text == ":=" and back >= 0 and found[back].kind == "name"):
                names.add("".join(token.text for token in found[back:k]) + "()" * (back == k - 1))
            while back >= 0 and found[back].kind == "name":
                names.add(found[back].text)
                back -= 2 if back and found[back - 1].text == "," else len(found)
            if token.text != ":=":
                names |= _dimensions(found[k + 1 :])
    return names


def _dimensions(after: list[Token]) -> set[str]:
    """The names in the parentheses after a colon."""
    dims = set()
    for token in after[1:]:
        if token.text in (")", "⟹") and token.kind == "op":
            break
        if token.kind == "name":
            dims.add(token.text)
    return dims


def _before_arguments(found: list[Token], k: int) -> int:
    """Where the parentheses before a place begin: of f(x, y) := …; the place itself where there are none."""
    if found[k].text != ":=" or k < 4 or found[k - 1].text != ")":
        return k
    back = k - 2
    while back > 0 and found[back].kind == "name" and found[back - 1].text == ",":
        back -= 2
    opens = back > 1 and found[back].kind == "name" and found[back - 1].text == "(" and found[back - 2].kind == "name"
    return back - 1 if opens else k
