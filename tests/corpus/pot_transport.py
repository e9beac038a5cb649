"""POT: dual objectives of regularised optimal transport, and the Gromov-Wasserstein loss."""

import numpy as np
from ot import gromov, smooth

from .values import between, case, normal

a, b, M = np.full(4, 0.25), np.full(5, 0.2), between(0.3, 1.5, 4, 5)


def dual(regularisation):
    def op(alpha, beta):
        value, dalpha, dbeta = smooth.dual_obj_grad(alpha, beta, a, b, M, regularisation)
        return value, lambda dY: (dY * dalpha, dY * dbeta)

    return case(op, normal(4), normal(5))


def semi_dual(regularisation):
    def op(alpha):
        value, dalpha = smooth.semi_dual_obj_grad(alpha, a, b, M, regularisation)
        return value, lambda dY: dY * dalpha

    return case(op, normal(4))


def gromov_wasserstein():
    A, B = between(0.3, 1.5, 4, 4), between(0.3, 1.5, 5, 5)
    constC, hC1, hC2 = gromov.init_matrix(A + A.T, B + B.T, a, b)
    loss, gradient = (lambda T: gromov.gwloss(constC, hC1, hC2, T)), (lambda T: gromov.gwggrad(constC, hC1, hC2, T))
    return case(loss, between(0.015, 0.075, 4, 5), gradient=gradient)


REGULARISATIONS = {"NegEntropy": smooth.NegEntropy(gamma=0.7), "SquaredL2": smooth.SquaredL2(gamma=0.7)}

CASES = {
    **{f"{name} dual": dual(r) for name, r in REGULARISATIONS.items()},
    **{f"{name} semi-dual": semi_dual(r) for name, r in REGULARISATIONS.items()},
    "Gromov-Wasserstein": gromov_wasserstein(),
}

BELOW = set()

# Right on the transport plans, whose marginals are a and b: constC stands for a term of the plan.
WRONG = {
    "Gromov-Wasserstein": {"dT": "other"},
}
