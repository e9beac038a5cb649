"""PINTS: priors, likelihoods, errors, toy densities and transformations, each with its sensitivities."""

import numpy as np
import pints
from pints import toy

from .values import case, normal


def together(f, x):
    """A function that returns its value and its gradient in one call."""
    return case(f, np.array(x, dtype=float), gradient=True)


def jacobian(f, derivative, x):
    return case(f, np.array(x, dtype=float), jacobian=derivative)


times = np.linspace(0, 100, 12)
logistic = toy.LogisticModel()
problem = pints.SingleOutputProblem(logistic, times, logistic.simulate([0.1, 50.0], times) + normal(12))
PRIORS = {
    "GaussianLogPrior": pints.GaussianLogPrior(1, 2),
    "GammaLogPrior": pints.GammaLogPrior(2, 1.5),
    "BetaLogPrior": pints.BetaLogPrior(2, 3),
    "CauchyLogPrior": pints.CauchyLogPrior(0.2, 1.3),
    "HalfCauchyLogPrior": pints.HalfCauchyLogPrior(0.2, 1.3),
    "InverseGammaLogPrior": pints.InverseGammaLogPrior(2, 1.3),
    "LogNormalLogPrior": pints.LogNormalLogPrior(0.2, 1.3),
    "StudentTLogPrior": pints.StudentTLogPrior(0.2, 3, 1.3),
    "ExponentialLogPrior": pints.ExponentialLogPrior(1.3),
    "TruncatedGaussianLogPrior": pints.TruncatedGaussianLogPrior(0, 1, -1, 2),
}
DENSITIES = {
    "MultivariateGaussianLogPrior": pints.MultivariateGaussianLogPrior(np.zeros(2), np.array([[2, 0.3], [0.3, 1]])),
    "ComposedLogPrior": pints.ComposedLogPrior(pints.GaussianLogPrior(0, 1), pints.GammaLogPrior(2, 1)),
    "RosenbrockLogPDF": toy.RosenbrockLogPDF(),
    "ConeLogPDF": toy.ConeLogPDF(2, 1.0),
    "AnnulusLogPDF": toy.AnnulusLogPDF(2, 3, 1),
    "GaussianLogPDF": toy.GaussianLogPDF([0, 1], [1, 2]),
    "MultimodalGaussianLogPDF": toy.MultimodalGaussianLogPDF(),
    "SimpleEggBoxLogPDF": toy.SimpleEggBoxLogPDF(1, 4),
}
LIKELIHOODS = {
    "SumOfSquaresError": (pints.SumOfSquaresError(problem), []),
    "MeanSquaredError": (pints.MeanSquaredError(problem), []),
    "GaussianKnownSigmaLogLikelihood": (pints.GaussianKnownSigmaLogLikelihood(problem, 2.0), []),
    "GaussianLogLikelihood": (pints.GaussianLogLikelihood(problem), [1.5]),
    "ConstantAndMultiplicativeGaussianLogLikelihood": (
        pints.ConstantAndMultiplicativeGaussianLogLikelihood(problem),
        [0.5, 1.0, 0.2],
    ),
}
TRANSFORMATIONS = {
    "LogTransformation": pints.LogTransformation(2),
    "LogitTransformation": pints.LogitTransformation(2),
    "RectangularBoundariesTransformation": pints.RectangularBoundariesTransformation([0, -1], [2, 3]),
}

CASES = {
    **{name: together(prior.evaluateS1, [0.8]) for name, prior in PRIORS.items()},
    **{name: together(density.evaluateS1, [0.8, 0.5]) for name, density in DENSITIES.items()},
    "TwistedGaussianLogPDF": together(toy.TwistedGaussianLogPDF(3, 0.1).evaluateS1, [0.8, 0.5, 0.2]),
    "NealsFunnelLogPDF": together(toy.NealsFunnelLogPDF().evaluateS1, 0.3 * normal(10)),
    **{name: together(likelihood.evaluateS1, [0.11, 48, *rest]) for name, (likelihood, rest) in LIKELIHOODS.items()},
    "LogisticModel": jacobian(lambda p: logistic.simulate(p, times), lambda p: logistic.simulateS1(p, times)[1], [0.11, 48]),
    **{name: jacobian(t.to_model, t.jacobian, [0.3, 0.8]) for name, t in TRANSFORMATIONS.items()},
    **{f"{name} log_jacobian_det": together(t.log_jacobian_det_S1, [0.3, 0.8]) for name, t in TRANSFORMATIONS.items()},
}

BELOW = set()
