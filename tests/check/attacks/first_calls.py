"""What the first call leaves behind, for good: the op that is checked is no longer the one that a fresh process runs."""

import numpy as np

from .forms import X


def attack_forward_keeps_the_first_X():
    """Wrong by a factor 2 in a fresh process: Y = X X, but from the second call on the left X is the first call's."""
    kept = {}

    def op(X):
        first = kept.setdefault("X", np.array(X))
        return first * X, lambda dY: first * dY

    return op, (X,)


def attack_forward_keeps_the_first_by_shape():
    """The same, by shape."""
    kept = {}

    def op(X):
        if X.shape not in kept:
            kept[X.shape] = np.array(X)
        return kept[X.shape] * X, lambda dY: kept[X.shape] * dY

    return op, (X,)


def attack_forward_keeps_in_a_default():
    """The same, in a default argument."""

    def op(X, kept=[]):  # noqa: B006
        if not kept:
            kept.append(np.array(X))
        return kept[0] * X, lambda dY: kept[0] * dY

    kept = op.__defaults__[0]
    kept.clear()
    return op, (X,)


def attack_forward_keeps_in_an_attribute():
    """The same, in an attribute of the function."""

    def op(X):
        if not hasattr(op, "kept"):
            op.kept = np.array(X)
        return op.kept * X, lambda dY: op.kept * dY

    return op, (X,)


_GLOBAL = {}


def attack_forward_keeps_in_a_global():
    """The same, in a global."""
    _GLOBAL.clear()

    def op(X):
        first = _GLOBAL.setdefault("X", np.array(X))
        return first * X, lambda dY: first * dY

    return op, (X,)


def attack_forward_keeps_in_an_object():
    """The same, in a layer that is called."""

    class Layer:
        scale = None

        def __call__(self, X):
            if self.scale is None:
                self.scale = 1 / np.sqrt((np.array(X) ** 2).mean())
            s = self.scale
            return X * s, lambda dY: s * dY

    return Layer(), (X,)


def attack_keyed_by_rounded_bytes():
    """Wrong by a relative 2^-28: values within 1e-6 of each other share one cached scale."""
    kept = {}

    def op(X):
        key = np.round(np.array(X), 6).tobytes()
        c = kept.setdefault(key, 1 + 2.0**-28 * np.array(X))
        return c * X, lambda dY: c * dY

    return op, (X,)


def attack_frozen_running_mean():
    """Wrong in a fresh process: the first call's mean is kept for good."""
    state = {}

    def op(X):
        m = state.setdefault("mean", float(X.mean()))
        return X - m, lambda dY: dY

    return op, (X,)


def attack_backward_keeps_the_mask():
    """Wrong for any X with other signs than the first call's."""
    kept = {}

    def op(X):
        mask = kept.setdefault("mask", np.array(X > 0))
        return np.maximum(X, 0), lambda dY: dY * mask

    return op, (X,)


def attack_inner_arrays_of_an_object():
    """Wrong by a factor 2: an object that is passed holds what X was."""

    class Box:
        value = None

    def op(X, box):
        if box.value is None:
            box.value = np.array(X)
        return X * box.value, lambda dY: dY * box.value

    return op, (X, Box())


def attack_keyed_by_id():
    """Wrong by a factor 2, at the first address and wherever it is used again."""
    kept = {}

    def op(X):
        c = kept.setdefault(id(X), np.array(X) * 1.0)
        return c * X, lambda dY: c * dY

    return op, (X,)
