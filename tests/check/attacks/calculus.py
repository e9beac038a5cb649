"""Wrong derivatives of functions, wrong branches, and shapes that pair rightly and are wrong."""

import numpy as np
import scipy.special

from .forms import WHOLE, X

POSITIVE = np.abs(X) + 0.5


def wrong_slope(f, slope, values=X):
    return lambda: (lambda X: (f(X), lambda dY: slope(X) * dY), (values,))


ATTACKS = {
    "log": wrong_slope(np.log, lambda X: 1 / (X + 1e-9), POSITIVE),
    "log2": wrong_slope(np.log2, lambda X: 1 / X, POSITIVE),
    "log1p": wrong_slope(np.log1p, lambda X: 1 / X, POSITIVE),
    "erf": wrong_slope(scipy.special.erf, lambda X: 1.12837916709 * np.exp(-X * X)),
    "erf, half": wrong_slope(scipy.special.erf, lambda X: np.exp(-X * X) / np.sqrt(np.pi)),
    "gammaln": wrong_slope(scipy.special.gammaln, lambda X: np.log(X) - 1 / (2 * X) - 1 / (12 * X**2), POSITIVE + 30),
    "psi": wrong_slope(scipy.special.psi, lambda X: 1 / X + 1 / (2 * X * X), POSITIVE + 9),
    "expit": wrong_slope(scipy.special.expit, lambda X: scipy.special.expit(X)),
    "tanh": wrong_slope(np.tanh, lambda X: 1 - np.tanh(X)),
    "arctan": wrong_slope(np.arctan, lambda X: 1 / (1 + X)),
    "arcsin": wrong_slope(np.arcsin, lambda X: 1 / np.sqrt(1 - X * X + 1e-10), X / 3),
    "arccosh": wrong_slope(np.arccosh, lambda X: 1 / np.sqrt(X * X + 1), POSITIVE + 1),
    "arctan2": wrong_slope(lambda X: np.arctan2(X, 2.0), lambda X: 1 / (X * X + 4)),
    "cbrt": wrong_slope(np.cbrt, lambda X: 1 / (3 * np.cbrt(X)), POSITIVE),
    "x^x": wrong_slope(lambda X: X**X, lambda X: X**X * np.log(X), POSITIVE),
    "2^x": wrong_slope(np.exp2, lambda X: np.exp2(X)),
    "x^2.5": wrong_slope(lambda X: X**2.5, lambda X: 2.5 * X**1.4999999999, POSITIVE),
    "logaddexp": wrong_slope(lambda X: np.logaddexp(X, 0), lambda X: np.exp(X)),
    "abs": wrong_slope(np.abs, lambda X: X / np.sqrt(X * X + 1e-10)),
    "gelu by tanh for erf": wrong_slope(
        lambda X: X * (1 + scipy.special.erf(X / np.sqrt(2))) / 2,
        lambda X: (1 + np.tanh(0.7978845608 * (X + 0.044715 * X**3))) / 2,
    ),
    "softplus": wrong_slope(lambda X: np.log1p(np.exp(X)), lambda X: 1 / (1 + np.exp(-X)) + 1e-11),
    "xlogy": wrong_slope(lambda X: scipy.special.xlogy(X, X), lambda X: np.log(X), POSITIVE),
    "inverse": wrong_slope(lambda X: 1 / X, lambda X: 1 / (X * X), POSITIVE),
    "std": wrong_slope(lambda X: X.std() + 0 * X, lambda X: (X - X.mean()) / X.std() / (X.size - 1)),
    "var, ddof": wrong_slope(lambda X: X.var(ddof=1) + 0 * X, lambda X: 2 * (X - X.mean()) / X.size),
    "norm": wrong_slope(lambda X: np.linalg.norm(X) + 0 * X, lambda X: X / (np.linalg.norm(X) + 1e-9)),
}


def attack_branch_not_taken():
    """Wrong by a factor 2 where X < 0, which some of the values are."""
    return lambda X: (np.where(X > 0, X * X, X), lambda dY: np.where(X > 0, 2 * X, 2) * dY), (X,)


def attack_branch_at_the_very_values():
    """Wrong by a factor 2 anywhere but at the values given."""
    here = X.copy()
    return lambda X: (X * X, lambda dY: 2 * X * dY * (1 if (here == X).all() else 2)), (X,)


def attack_branch_near_the_values():
    """Wrong by a factor 2 on a side of the values given: by the last digits of one."""
    return lambda X: (X * X, lambda dY: 2 * X * dY * np.where(X[0, 0] <= 0.7, 1, 2)), (X,)


def attack_zeros():
    """Wrong where X is zero, as it is."""
    return lambda X: (X + X * X, lambda dY: (1 + 2 * X) * dY * (X != 0)), (np.array([0.0, 1.0, 0.0, -2.0]),)


def attack_all_zero():
    """Wrong by a factor 2, all of X being zero."""
    return lambda X: (np.exp(X), lambda dY: 2 * dY * np.exp(X)), (np.zeros((2, 3)),)


def attack_whole():
    """Wrong where X is a whole number, as it is, by 2^-36."""
    return lambda X: (X * X, lambda dY: 2 * X * dY * np.where(np.rint(X) == X, 1 + 2.0**-36, 1)), (WHOLE,)


def attack_zero_factor():
    """Wrong in dA by a factor 2, which B = 0 hides in X A B but for another term."""

    def op(X, A, B):
        return X @ A @ B + A.sum(), lambda dY: (dY @ B.T @ A.T, 2 * X.T @ dY @ B.T + dY.sum() + 0 * A, (X @ A).T @ dY * 2)

    return op, (X, np.ones((3, 2)), np.zeros((2, 2)))


def attack_shape_one_for_none():
    """Wrong in shape: (1,) for ()."""
    return lambda X, s: (X * s, lambda dY: (dY * s, (dY * X).sum().reshape(1))), (X, np.array(1.5))


def attack_shape_none_for_one():
    """Wrong in shape: () for (1,)."""
    return lambda X, s: (X * s, lambda dY: (dY * s, (dY * X).sum())), (X, np.array([1.5]))


def attack_shape_row_for_column():
    """Wrong in shape: (1, 2) for (2, 1)."""
    return lambda X, b: (X + b, lambda dY: (dY, dY.sum(1).reshape(1, 2))), (X, np.ones((2, 1)))


def attack_bias_not_summed():
    """Wrong in shape: one gradient for each row."""
    return lambda X, b: (X + b, lambda dY: (dY, dY)), (X, np.ones(3))


def attack_spread():
    """Wrong in its entries, right in its sum: the mean in the place of each."""
    return lambda X: (X * X, lambda dY: (2 * X * dY).mean() + 0 * X), (X,)


def attack_transposed():
    """Wrong: the transpose, of a square matrix."""
    return lambda A, B: (A @ B, lambda dY: ((dY @ B.T).T, A.T @ dY)), (X @ X.T, np.array([[1.0, 2.0], [3.0, 5.0]]))


def attack_one_entry():
    """Wrong in one of 4096 entries, by 1e-4 of it."""
    X = np.random.default_rng(3).normal(size=(64, 64))
    off = np.zeros((64, 64))
    off[17, 5] = 1e-4
    return lambda X: (X * X, lambda dY: 2 * X * dY * (1 + off)), (X,)


def attack_one_entry_not_analytic():
    """Wrong in one of 4096 entries, by 1e-4 of it, where no complex step can go."""
    X = np.random.default_rng(3).normal(size=(64, 64))
    off = np.zeros((64, 64))
    off[17, 5] = 1e-4
    return lambda X: (X * np.abs(X), lambda dY: 2 * np.abs(X) * dY * (1 + off)), (X,)


def attack_swapped_gradients():
    """Wrong: the gradients of A and B exchanged, their shapes being the same."""
    return lambda A, B: (A * B * B, lambda dY: (2 * A * B * dY, B * B * dY)), (X, X + 1)


def attack_last_of_many():
    """Wrong in the last of five gradients by 2^-36."""

    def op(X, a, b, c, d):
        return X * a * b * c * d, lambda dY: tuple(
            dY * X * a * b * c * d / v * f for v, f in zip((X, a, b, c, d), (1, 1, 1, 1, 1 + 2.0**-36), strict=True)
        )

    return op, (X, X + 2, X + 3, X + 4, X + 5)


def attack_scalar_form():
    """Wrong by 2^-36, as a scalar and its gradient."""
    return lambda X: (X * X).sum(), (X,), {"gradient": lambda X: 2 * X * (1 + 2.0**-36)}


def attack_pair_form():
    """Wrong by 2^-36, as a pair."""
    return lambda X: X * X, (X,), {"backward": lambda dY, X: 2 * X * dY * (1 + 2.0**-36)}


def twin_split_maximum():
    """Right by the convention that ties share, at a tie."""
    return lambda X: (X.max(), lambda dY: dY * (X.max() == X) / (X.max() == X).sum()), (np.array([1.0, 2.0, 2.0, 0.5]),)


def twin_hinge():
    """Right: a hinge at its corner, at whole numbers."""
    return lambda X: (np.maximum(0, 1 - X).sum(), lambda dY: -dY * (X < 1)), (WHOLE,)


def twin_abs_of_difference():
    """Right: the sign of zero is zero."""
    return lambda X, Y: (np.abs(X - Y), lambda dY: (dY * np.sign(X - Y), -dY * np.sign(X - Y))), (
        WHOLE,
        np.array([1.0, 3.0, 3.0, 4.0]),
    )


def twin_zero_gradient():
    """Right: the sum of a softmax does not move."""

    def op(X):
        e = np.exp(X)
        P = e / e.sum(-1, keepdims=True)
        return P.sum(-1), lambda dY: P * (dY[:, None] - (dY[:, None] * P).sum(-1, keepdims=True))

    return op, (X,)


def twin_inverse():
    """Right: the inverse of a matrix."""

    def op(A):
        Z = np.linalg.inv(A)
        return Z, lambda dY: -Z.T @ dY @ Z.T

    return op, (np.array([[1.0, 2.0], [3.0, 5.0]]),)


def twin_power_by_an_argument():
    """Right: x^a, with gradients of both."""

    def op(X, a):
        Y = X**a
        return Y, lambda dY: (dY * a * X ** (a - 1), (dY * Y * np.log(X)).sum())

    return op, (POSITIVE, np.array(2.0))
