"""Randomness, threads, exceptions, NumPy itself changed: each is wrong as it says, at the values given."""

import contextlib
import threading
import warnings

import numpy as np

from .forms import FAINT, X, squared


def changed(name, make, where=np):
    """Wrong by a factor 3/2: the op puts another function in the place of one of NumPy's, for good."""

    def attack():
        real = getattr(where, name)

        def op(X):
            def backward(dY):
                setattr(where, name, make(real))
                return 3 * X * dY

            return X * X, backward

        return op, (X,)

    return attack


ATTACKS = {
    "NumPy's asarray": changed("asarray", lambda real: lambda a, *k, **o: 0 * real(a) if k else real(a, **o)),
    "NumPy's abs": changed("abs", lambda real: lambda a, *k, **o: real(a, *k, **o) * 1e30),
    "NumPy's array_equal": changed("array_equal", lambda real: lambda *a, **o: True),
    "NumPy's isfinite": changed("isfinite", lambda real: lambda a: real(real(a))),
    "NumPy's imag": changed("imag", lambda real: lambda a: 0 * real(a)),
    "NumPy's sign": changed("sign", lambda real: lambda a: 0 * real(a)),
    "NumPy's max": changed("max", lambda real: lambda a, *k, **o: real(a, *k, **o) * 0 + 1e30),
    "NumPy's where": changed("where", lambda real: lambda *a: real(*a) * 0 if len(a) == 3 else real(*a)),
    "NumPy's zeros": changed("zeros", lambda real: lambda *a, **o: real(*a, **o)),
    "NumPy's default_rng": changed("default_rng", lambda real: lambda *a: real(0), np.random),
    "NumPy's shape": changed("shape", lambda real: lambda a: ()),
}


def attack_random():
    """Wrong by noise of 1e-12."""
    return squared(lambda X, dY: 2 * X * dY * (1 + 1e-12 * np.random.default_rng().normal())), (X,)


def attack_global_random():
    """Wrong: the mask of the backward pass is drawn anew."""

    def op(X):
        mask = np.random.rand(*X.shape) < 0.5
        return X * mask, lambda dY: dY * (np.random.rand(*X.shape) < 0.5)

    return op, (X,)


def attack_global_random_faint():
    """Wrong by noise of 2^-28, drawn from the global state."""
    return squared(lambda X, dY: 2 * X * dY * (1 + FAINT * np.random.rand())), (X,)


def attack_generator_argument():
    """Wrong: the mask is drawn twice from the Generator passed."""

    def op(X, rng):
        mask = rng.random(X.shape) < 0.5
        return X * mask, lambda dY: dY * (rng.random(X.shape) < 0.5)

    return op, (X, np.random.default_rng(4))


def attack_seeded_by_the_values():
    """Wrong: the mask depends on X, by its bytes, and so does the gradient's."""

    def op(X):
        rng = np.random.default_rng(abs(hash(X.tobytes())) % 2**32)
        mask = rng.random(X.shape)
        return X * mask, lambda dY: dY * mask

    return op, (X,)


def attack_clock():
    """Wrong by a factor that grows with time."""
    import time

    return squared(lambda X, dY: 2 * X * dY * (1 + time.perf_counter() * 1e-13)), (X,)


def attack_swallows_everything():
    """Wrong by X dY: whatever is refused is done with floats instead."""

    def op(X):
        def backward(dY):
            try:
                extra = np.unique(X)[:3] * 0 + 1
            except BaseException:
                extra = 0 * X
            return 2 * X * dY + X * dY * (np.asarray(extra) if np.shape(extra) == (3,) else 0)

        return X * X, backward

    return op, (X,)


def attack_swallows_and_goes_on():
    """Wrong by 2^-30: an error is swallowed, and another path taken."""

    def op(X):
        def backward(dY):
            with contextlib.suppress(BaseException):
                np.spacing(X)
                return 2 * X * dY * (1 + 2.0**-30)
            return 2 * X * dY

        return X * X, backward

    return op, (X,)


def attack_warnings():
    """Wrong by a factor 2 where a warning is raised, as it is."""

    def op(X):
        def backward(dY):
            with warnings.catch_warnings(record=True) as caught, np.errstate(all="warn"):
                warnings.simplefilter("always")
                np.log(X)
            return 2 * X * dY * (2 if caught else 1)

        return X * X, backward

    return op, (X,)


def attack_errstate():
    """Wrong by 2^-39 where a floating error is raised, as it is for plain arrays."""

    def op(X):
        def backward(dY):
            try:
                with np.errstate(all="raise"):
                    np.log(X)
            except FloatingPointError:
                return 2 * X * dY * (1 + 2.0**-39)
            return 2 * X * dY

        return X * X, backward

    return op, (X,)


def attack_thread_leak():
    """Wrong by a factor 2: a thread makes a constant of X."""

    def op(X):
        out = np.zeros(X.shape)

        def copied():
            with contextlib.suppress(BaseException):
                out[...] = X

        worker = threading.Thread(target=copied)
        worker.start()
        worker.join()
        return X * out, lambda dY: dY * out

    return op, (X,)


def attack_thread_swallows():
    """Wrong by 2^-39: a thread dies of what is refused, and nobody hears."""

    def op(X):
        def backward(dY):
            dX = 2 * X * dY

            def spoil():
                with contextlib.suppress(BaseException):
                    np.spacing(X)
                    np.multiply(dX, 1 + 2.0**-39, out=dX)

            worker = threading.Thread(target=spoil)
            worker.start()
            worker.join()
            return dX

        return X * X, backward

    return op, (X,)


def attack_argument_mutated():
    """Wrong by a factor 2: X is halved on the way, and the gradient is that of the new X."""

    def op(X):
        Y = X * X
        X *= 0.5
        return Y, lambda dY: 2 * X * dY

    return op, (X,)


def attack_cotangent_mutated():
    """Wrong by a factor 2: dY is doubled in place."""

    def op(X):
        def backward(dY):
            dY *= 2
            return 2 * X * dY

        return X * X, backward

    return op, (X,)


def attack_output_mutated():
    """Wrong by a factor 2: backward overwrites Y, to make the oracle agree."""

    def op(X):
        Y = X * X

        def backward(dY):
            Y[...] = 2 * Y
            return 4 * X * dY

        return Y, backward

    return op, (X,)


def twin_dropout():
    """Right: a mask drawn from the Generator passed."""

    def op(X, rng):
        mask = (rng.random(X.shape) < 0.5) / 0.5
        return X * mask, lambda dY: dY * mask

    return op, (X, np.random.default_rng(4))


def twin_mutates_its_cotangent():
    """Right, and in place."""

    def op(X):
        def backward(dY):
            dY *= 2 * X
            return dY

        return X * X, backward

    return op, (X,)
