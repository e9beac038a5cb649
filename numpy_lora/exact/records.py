"""The records behind exact arrays, and the run they belong to. Arithmetic on them is in `arithmetic`, the array in `array`.

A record is a number: x its float64 shadow, seal = bits(x) xor the run's key, re + i im its value in F_p(i), e its exponent
(the same number in Z_q), tre + i tim its tangent in F_p(i). An array's records lie in one block of uint64 words, a plane for
each field, plane 0 being the shadows: the exact array *is* plane 0, a contiguous float64 array, and the other fields of
any view of it lie at the same offset and strides, a fixed distance further on.
"""

from __future__ import annotations

import contextlib
import math
import threading
import zlib
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any, NamedTuple, NoReturn

import numpy as np
import numpy.typing as npt

from . import reading
from .residues import Element, Field, Words, field_of, mixed

X, SEAL, RE, E, IM, TRE, TIM = range(7)
EXPONENTIAL = np.uint64(reading.EXPONENTIAL)
FLOAT, WORD = np.dtype(np.float64), np.dtype(np.uint64)

Floats = npt.NDArray[np.float64]
_ONE_AT_A_TIME = threading.Lock()


class NotExact(BaseException):
    """Something has no exact meaning; no `except Exception` of the code under test can hide it."""


class Number(NamedTuple):
    """An array of numbers, taken apart. e is None where exponents are not computed, t where the tangent is zero."""

    x: Floats
    v: Element
    e: Words | None
    t: Element | None


class Run:
    """One run of a function over exact numbers: its field, its secrets, and what was seen on the way.

    Parameters
    ----------
    point : seed of the field, the residues of √π, the hashes; runs that are to be compared share it.
    dual : whether tangents are carried.
    exponents : whether exponents are computed (needed for exp and its kin alone).
    exponent_salt : another one gives other exponents to numbers that are no polynomials, and leaves all else as it is.
    constants : what constants were read as, kept by the caller from one run at a point to the next.
    """

    current: Run | None = None
    owner: int = 0

    def __init__(
        self,
        point: int,
        *,
        primes: int = 0,
        dual: bool = False,
        exponents: bool = True,
        constants: dict[bytes, Number] | None = None,
        exponent_salt: int = 0,
    ) -> None:
        secret = np.random.default_rng([point, 0x10A4])
        self.field: Field = field_of(primes)
        p, q = self.field.p, self.field.q
        self.base = np.uint64(secret.integers(2, q - 1))  # exp 1 = g^base, a secret: e is no number of the field
        self.turn = np.uint64(secret.integers(2, q - 1))
        self.salt = np.uint64(secret.integers(2**63))
        self.exponent_salt = self.salt ^ np.uint64(exponent_salt)
        root_pi = int(secret.integers(2, p - 1)) ** 2 % p, int(secret.integers(2, q - 1))  # the root that `sqrt` finds
        self.reader = reading.Reader(self.field, root_pi, self._log_of_constant)
        self.key = np.uint64(int.from_bytes(np.random.SeedSequence().generate_state(2).tobytes(), "little") | 1)
        self.key_bytes = self.key.tobytes()
        self.dual = dual  # whether tangents are computed: they may be dropped, for good, in mid-run
        self.exponents = exponents
        self.wants_exponents = False
        self.planes = 7 if dual else 5
        self.complex = False
        self.logs = False
        self.nonfinite = False
        self.inside = False  # whether a hook is at work: our own use of NumPy is not watched
        self.broken: str | None = None
        self.trace: list[object] = []
        # what weakens a refutation: "roots", "uninterpreted", "exponents", "constants", "narrow" ones of float32; and "rounded"
        self.seen: set[str] = set()
        self.beside: dict[int, tuple[npt.NDArray[Any], Words]] = {}  # plain arrays, by address, and the records they stand for
        self._constants = {} if constants is None else constants

    def __enter__(self) -> Run:
        if Run.current is not None and Run.owner == threading.get_ident():
            raise RuntimeError("a run over exact numbers is under way already")
        _ONE_AT_A_TIME.acquire()
        Run.current, Run.owner = self, threading.get_ident()
        self._errstate = np.errstate(all="ignore")
        self._errstate.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._errstate.__exit__(None, None, None)
        Run.current = None
        _ONE_AT_A_TIME.release()

    @contextlib.contextmanager
    def callers_code(self) -> Iterator[None]:
        """What a hook hands on to code of the caller's is watched again."""
        self.inside = False
        try:
            yield
        finally:
            self.inside = True

    def log(self, *event: object) -> None:
        """Remember what was called, selected or met; it must be the same at every point."""
        self.trace.append(event)

    # --- functions without an exact meaning

    def hashed(self, name: str, *elements: Element) -> tuple[Element, Words | None]:
        """An uninterpreted function's value and exponent: random, but the same wherever its arguments are the same."""
        self.seen.add("uninterpreted")
        words: list[Words | np.uint64] = [self.salt ^ np.uint64(zlib.crc32(name.encode()))]
        for element in elements:
            words.append(element.re)
            words.append(np.uint64(0) if element.im is None else element.im)
        state = mixed(*words)
        return Element(state % self.field.p), mixed(state) % self.field.q if self.exponents else None

    def exponent_of(self, v: Element) -> Words | None:
        """The exponent given to a number that is not a polynomial of the arguments: a hash of its value."""
        if not self.exponents:
            return None
        self.seen.add("exponents")
        words = (self.exponent_salt, v.re, np.uint64(0) if v.im is None else v.im)
        return np.asarray(mixed(*words) % self.field.q, np.uint64)

    # --- constants

    def _log_of_constant(self, v: Element) -> tuple[int, int]:
        log, _ = self.hashed("log", v)
        exponent = mixed(self.exponent_salt, log.re, np.uint64(0)) % np.uint64(self.field.q)
        return int(log.re), int(exponent)

    def scalar(self, value: int | float | Fraction) -> Number:
        """A number from outside; a float as the number its author meant."""
        x = float(value)
        if isinstance(value, float):
            self.seen.add("constants") if not value.is_integer() else None
            if not np.isfinite(value):
                self.nonfinite = True
                re = im = e = 0
            else:
                re, im, e = self.reader.number(value)
                self.logs = self.logs or e >= reading.EXPONENTIAL
        else:
            re, im, e = self.reader.fraction(Fraction(value))
        element = Element(np.asarray(re, np.uint64), np.asarray(im, np.uint64) if im else None)
        return Number(np.asarray(x), element, np.asarray(e, np.uint64) if self.exponents else None, None)

    def constant(self, array: npt.NDArray[Any]) -> Number:
        """An array from outside, remembered: at another point it must be the same."""
        if array.ndim > 1 and array.flags.f_contiguous and not array.flags.c_contiguous:
            return each_field(self.constant(array.T), lambda part: part.T)
        data = array.dtype.str.encode() + array.tobytes()
        self.log("constant", array.shape, hash(data))
        key = repr(array.shape).encode() + data
        found = self._constants.get(key)
        if found is None:
            found = self._constants[key] = self._read(array)
        if not self.logs and found.e is not None:
            self.logs = bool((found.e >= EXPONENTIAL).any())
        if array.dtype.kind == "f" and found.x.size:
            self.nonfinite = self.nonfinite or not finite(found.x)
            if (found.x != np.rint(found.x)).any():
                self.seen.add("constants")
                self.seen.add("narrow") if array.itemsize < 8 else None
        return found

    def _read(self, array: npt.NDArray[Any]) -> Number:
        p, q = self.field.p, self.field.q
        if array.dtype.kind in "bui":
            v, e = (np.mod(array.astype(object) if array.dtype == WORD else array.astype(np.int64), m) for m in (p, q))
            return Number(array.astype(float), Element(v.astype(np.uint64)), e.astype(np.uint64), None)
        if array.dtype.kind != "f" or array.dtype.itemsize > 8:
            refuse(f"a constant of type {array.dtype}")
        x = array.astype(float)
        v, e = self.reader.array(x)
        return Number(x, v, e, None)


def finite(x: Floats) -> bool:
    """Whether all entries are finite: most often their sum of squares says so, at half the price."""
    return math.isfinite(np.vdot(x, x)) or bool(np.isfinite(x).all())


def running() -> Run:
    """The run that is under way."""
    if Run.current is None:
        raise NotExact("an exact array outlived its run")
    return Run.current


def refuse(reason: str) -> NoReturn:
    """End the exact grade: the run's flag alone decides, whatever the code under test does with the exception."""
    if Run.current is not None and Run.current.broken is None:
        Run.current.broken = reason
    raise NotExact(reason)


# --- blocks


def new_block(run: Run, shape: tuple[int, ...]) -> Words:
    """A block of zeros, unsealed, for an array of that shape."""
    return np.zeros((run.planes, math.prod(shape)), np.uint64)


def block_of(a: npt.NDArray[Any]) -> Words:
    """The block at the end of an exact array's chain of bases."""
    base = a.base
    while isinstance(base, np.ndarray):
        if base.base is None and base.dtype == WORD and base.ndim == 2:
            return base
        base = base.base
    refuse("an exact array was copied by code that does not know it")


def has_block(a: npt.NDArray[Any]) -> bool:
    """Whether an exact array is a view of a block, not a copy made by code that does not know of records."""
    base = a.base
    while isinstance(base, np.ndarray) and base.base is not None:
        base = base.base
    return isinstance(base, np.ndarray) and base.dtype == np.uint64


def planes_of(a: npt.NDArray[Any]) -> Words:
    """The planes of a view: shape (planes, *a.shape), read and written through."""
    if a.dtype != FLOAT:
        refuse(f"an exact array was viewed as {a.dtype}")
    block = block_of(a)
    if a.size == block.shape[1]:
        if a.flags.c_contiguous:
            return block.reshape(len(block), *a.shape)
        if a.flags.f_contiguous:
            return block.reshape(len(block), *a.shape[::-1]).transpose(0, *range(a.ndim, 0, -1))
    offset = a.__array_interface__["data"][0] - block.__array_interface__["data"][0] if a.size else 0
    return np.ndarray((len(block), *a.shape), np.uint64, block, offset, (block.strides[0], *a.strides))


def check_seals(run: Run, planes: Words) -> None:
    """Every shadow is the one that this run wrote with its record."""
    keys = planes[X, ...] ^ planes[SEAL, ...]
    if len(planes) != run.planes or keys.tobytes() != run.key_bytes * keys.size:
        refuse("an exact array was written behind its records, is another run's, or was read before it was written")


def load(run: Run, a: npt.NDArray[Any]) -> Number:
    """An exact array taken apart."""
    planes = planes_of(a)
    check_seals(run, planes)
    v = Element(planes[RE, ...], planes[IM, ...] if run.complex else None)
    t = Element(planes[TRE, ...], planes[TIM, ...] if run.complex else None) if run.dual else None
    return Number(np.ndarray.view(a, np.ndarray), v, planes[E, ...] if run.exponents else None, t)


def fill(run: Run, planes: Words, n: Number, *, zeros: bool = False) -> None:
    """Write numbers, broadcast, into planes (of zeros, it may be), and seal them."""

    def put(k: int, part: Words | None) -> None:
        if part is not None:
            planes[k, ...] = part
        elif not zeros:
            planes[k, ...] = 0

    x = planes[X, ...]
    x.view(FLOAT)[...] = n.x
    np.bitwise_xor(x, run.key, out=planes[SEAL, ...])
    put(RE, n.v.re)
    put(IM, n.v.im)
    put(E, run.exponent_of(n.v) if n.e is None else n.e)
    if run.dual:
        put(TRE, None if n.t is None else n.t.re)
        put(TIM, None if n.t is None else n.t.im)
    if not run.complex:
        run.complex = any(im is not None and bool(im.any()) for im in (n.v.im, None if n.t is None else n.t.im))


def each_field(n: Number, f: Callable[[Any], Any]) -> Number:
    """The same structural function on every field."""
    im = None if n.v.im is None else f(n.v.im)
    t = None if n.t is None else Element(f(n.t.re), None if n.t.im is None else f(n.t.im))
    return Number(f(n.x), Element(f(n.v.re), im), None if n.e is None else f(n.e), t)
