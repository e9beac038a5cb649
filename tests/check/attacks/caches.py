"""State kept from one call to the next."""

import functools

import numpy as np

from .forms import LOUD, QUIET, X


def attack_backward_keeps_the_first_X():
    """Wrong for any other X than the first call's."""
    kept = {}

    def op(X):
        first = kept.setdefault("X", np.array(X))
        return X * X, lambda dY: 2 * first * dY

    return op, (X,)


def attack_backward_keeps_the_first_by_shape():
    """Wrong for any other X of that shape."""
    kept = {}

    def op(X):
        if X.shape not in kept:
            kept[X.shape] = np.tanh(X) * 1.0
        P = kept[X.shape]
        return np.tanh(X), lambda dY: (1 - P * P) * dY

    return op, (X,)


def attack_refreshed_every_other_call():
    """Wrong for any other X than that of the call before."""
    kept = {"n": 0}

    def op(X):
        kept["n"] += 1
        if kept["n"] % 2:
            kept["X"] = np.array(X)
        first = kept["X"]
        return X * X, lambda dY: 2 * first * dY

    return op, (X,)


def attack_forward_refreshed_every_other_call():
    """Wrong by a factor 2 on every odd call."""
    kept = {"n": 0}

    def op(X):
        kept["n"] += 1
        if kept["n"] % 2:
            kept["X"] = np.array(X)
        first = kept["X"]
        return first * X, lambda dY: first * dY

    return op, (X,)


def attack_keyed_by_bytes():
    """Wrong by a factor 2: the cached factor depends on X."""
    kept = {}

    def op(X):
        c = kept.setdefault(X.tobytes(), X * 1.0)
        return c * X, lambda dY: c * dY

    return op, (X,)


def attack_lru_cache():
    """Wrong by a factor 2: the cached scale depends on X."""

    @functools.lru_cache
    def scale(x):
        return x * x

    def op(X):
        c = scale(float(X[0, 0]))
        return X * c, lambda dY: dY * c

    return op, (X,)


def attack_exact_arrays_kept():
    """Wrong after the first call of a kind of array: P is kept, whatever it is made of."""
    kept = {}

    def op(X):
        P = kept.setdefault(type(X), np.tanh(X))
        return np.tanh(X), lambda dY: (1 - P * P) * dY

    return op, (X,)


def attack_last_gradient_mixed_in():
    """Wrong by 2^-35 of the gradient of the call before."""
    kept = []

    def op(X):
        def backward(dY):
            dX = 2 * X * dY
            g = dX + (kept[-1] * 2.0**-35 if kept else 0.0)
            kept[:] = [np.array(dX)]
            return g

        return X * X, backward

    return op, (X,)


def attack_accumulated():
    """Wrong from the second call on: gradients add up in a buffer."""
    total = np.zeros(X.shape)

    def op(X):
        def backward(dY):
            total.__iadd__(2 * X * dY)
            return total

        return X * X, backward

    return op, (X,)


def attack_running_mean():
    """Wrong: the mean that is subtracted runs from call to call, and the gradient takes it for a constant."""
    state = {"mean": 0.0}

    def op(X):
        state["mean"] = 0.9 * state["mean"] + 0.1 * float(X.mean())
        m = state["mean"]
        return X - m, lambda dY: dY

    return op, (X,)


def shared_output(factor):
    def attack():
        out = np.zeros(X.shape)

        def op(X):
            out[...] = X * X
            return out, lambda dY: 2 * X * dY * factor

        return op, (X,)

    return attack


def attack_shared_gradient_buffer():
    """Wrong by a factor 2, in one buffer for all calls."""
    out = np.zeros(X.shape)

    def op(X):
        def backward(dY):
            out[...] = 4 * X * dY
            return out

        return X * X, backward

    return op, (X,)


ATTACKS = {
    "output in one buffer, gradient zero": shared_output(0.0),  # wrong: zero
    "output in one buffer, gradient doubled": shared_output(LOUD),  # wrong by a factor 2
    "output in one buffer, quiet": shared_output(QUIET),  # wrong by 2^-35
}


def twin_shared_gradient():
    """Right: the gradient stands in one buffer for all calls."""
    out = np.zeros(X.shape)

    def op(X):
        def backward(dY):
            out[...] = 2 * X * dY
            return out

        return X * X, backward

    return op, (X,)


def twin_cached_constant():
    """Right: what is kept depends on the shape alone."""
    kept = {}

    def op(X):
        w = kept.setdefault(X.shape, np.arange(X.size).reshape(X.shape) / 4)
        return X * w, lambda dY: dY * w

    return op, (X,)


def twin_layer_with_gradients_kept():
    """Right: a layer that keeps its last gradient, and returns it."""

    class Layer:
        def __call__(self, X):
            def backward(dY):
                self.grad = 2 * X * dY
                return self.grad

            return X * X, backward

    return Layer(), (X,)


CONSTANTS = np.ones(3)


def attack_copy_of_a_filled_constant():
    """Wrong by a factor 2: X is written into a plain array, a copy of which passes for a constant."""

    def op(X):
        Z = CONSTANTS.copy()
        Z += X - 1
        kept = Z.copy()
        return X * kept, lambda dY: kept * dY

    return op, (X[0],)


def attack_alias_of_a_filled_constant():
    """Wrong by 2^-45: another name of a plain array is read as it was before it was written into a second time."""

    def op(X):
        Z = alias = np.zeros(3)
        Z += X - X
        Z += X
        return X * X + alias * 2.0**-45, lambda dY: 2 * X * dY

    return op, (X[0],)


def attack_plain_doubled_behind():
    """Wrong by a factor 2: a plain array that X was written into is doubled by plain operations."""

    def op(X):
        def backward(dY):
            Z = np.zeros(3)
            np.multiply(X, dY, out=Z)
            memoryview(Z)[0] = 2 * Z[0]
            return 2 * Z

        return X * X, backward

    return op, (X[0],)


def twin_filled_constant():
    """Right: a copy of a constant is added to in place."""

    def op(X):
        Z = CONSTANTS.copy()
        Z += X * X

        def backward(dY):
            dX = np.zeros(3)
            np.multiply(2 * X, dY, out=dX)
            return dX

        return Z, backward

    return op, (X[0],)
