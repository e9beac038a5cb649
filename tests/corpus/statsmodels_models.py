"""statsmodels: log-likelihoods and their scores, link functions and robust norms and their derivatives."""

import numpy as np
from statsmodels.discrete import conditional_models, count_model, discrete_model, truncated_model
from statsmodels.duration.hazard_regression import PHReg
from statsmodels.genmod import families
from statsmodels.genmod.families import links
from statsmodels.genmod.generalized_linear_model import GLM
from statsmodels.miscmodels.ordinal_model import OrderedModel
from statsmodels.robust import norms

from .values import between, case, normal

n = 30
rng = np.random.default_rng(2)
X = np.column_stack([np.ones(n), normal(n, 2)])
binary, counts, classes = (normal(n) > 0).astype(float), rng.poisson(2, n).astype(float), rng.integers(0, 3, n)
b = 0.3 * normal(3)


def likelihood(model, *params):
    return case(model.loglike, np.hstack(params), gradient=model.score)


def glm(family, y):
    model = GLM(y, X, family=family)
    return case(lambda b: model.loglike(b, scale=1.0), b, gradient=lambda b: model.score(b, scale=1.0))


def pair(f, derivative, x):
    return case(f, x, backward=lambda dY, x: dY * derivative(x))


LINKS = {name: getattr(links, name)() for name in ["Logit", "Probit", "Cauchy", "CLogLog", "LogLog", "Log", "Identity", "Sqrt"]}
LINKS |= {name: getattr(links, name)() for name in ["InversePower", "InverseSquared", "LogC", "NegativeBinomial"]}
WHOLE_LINE = {"Logit", "Probit", "Cauchy", "CLogLog", "LogLog", "Identity"}
NORMS = {name: getattr(norms, name)() for name in ["LeastSquares", "HuberT", "RamsayE", "AndrewWave", "TrimmedMean", "Hampel"]}
NORMS |= {"TukeyBiweight": norms.TukeyBiweight(), "TukeyQuartic": norms.TukeyQuartic(), "StudentT": norms.StudentT(3)}
p, z = between(0.2, 0.8, 5), np.array([-2.7, -0.8, 0.3, 1.1, 6.0])


def inverse(name):
    link, line = LINKS[name], 0.4 * normal(5) if name in WHOLE_LINE else p + 0.1
    return pair(link.inverse, link.inverse_deriv, -line if name in ("LogC", "NegativeBinomial") else line)


CASES = {
    "Logit": likelihood(discrete_model.Logit(binary, X), b),
    "Probit": likelihood(discrete_model.Probit(binary, X), b),
    "Poisson": likelihood(discrete_model.Poisson(counts, X), b),
    "MNLogit": likelihood(discrete_model.MNLogit(classes, X), 0.3 * normal(6)),
    "NegativeBinomial": likelihood(discrete_model.NegativeBinomial(counts, X), b, 0.5),
    "NegativeBinomial nb1": likelihood(discrete_model.NegativeBinomial(counts, X, loglike_method="nb1"), b, 0.5),
    "NegativeBinomial geometric": likelihood(discrete_model.NegativeBinomial(counts, X, loglike_method="geometric"), b),
    "NegativeBinomialP": likelihood(discrete_model.NegativeBinomialP(counts, X, p=1.5), b, 0.5),
    "GeneralizedPoisson": likelihood(discrete_model.GeneralizedPoisson(counts, X), b, 0.2),
    "ZeroInflatedPoisson": likelihood(count_model.ZeroInflatedPoisson(counts, X, exog_infl=X[:, :1]), 0.2, b),
    "ZeroInflatedNegativeBinomialP": likelihood(
        count_model.ZeroInflatedNegativeBinomialP(counts, X, exog_infl=X[:, :1]), 0.2, b, 0.5
    ),
    "ZeroInflatedGeneralizedPoisson": likelihood(
        count_model.ZeroInflatedGeneralizedPoisson(counts, X, exog_infl=X[:, :1]), 0.2, b, 0.2
    ),
    "TruncatedLFPoisson": likelihood(truncated_model.TruncatedLFPoisson(counts + 1, X, truncation=0), b),
    "ConditionalLogit": likelihood(
        conditional_models.ConditionalLogit(np.tile([1.0, 0, 0, 1, 0], 6), X[:, 1:], groups=np.arange(n) // 5), b[:2]
    ),
    "ConditionalPoisson": likelihood(conditional_models.ConditionalPoisson(counts, X[:, 1:], groups=np.arange(n) // 5), b[:2]),
    "TruncatedLFNegativeBinomialP": likelihood(truncated_model.TruncatedLFNegativeBinomialP(counts + 1, X), b, 0.7),
    "TruncatedLFGeneralizedPoisson": likelihood(truncated_model.TruncatedLFGeneralizedPoisson(counts + 1, X), b, 0.2),
    "OrderedModel": likelihood(OrderedModel(classes, X[:, 1:], distr="logit"), b[:2], -0.3, 0.2),
    "PHReg breslow": likelihood(PHReg(np.exp(normal(n)), X[:, 1:], status=binary), b[:2]),
    "PHReg efron": likelihood(PHReg(counts + 1, X[:, 1:], status=binary, ties="efron"), b[:2]),
    "GLM Gaussian": glm(families.Gaussian(), normal(n)),
    "GLM Binomial": glm(families.Binomial(), binary),
    "GLM Binomial probit": glm(families.Binomial(links.Probit()), binary),
    "GLM Binomial cloglog": glm(families.Binomial(links.CLogLog()), binary),
    "GLM Binomial cauchy": glm(families.Binomial(links.Cauchy()), binary),
    "GLM Poisson": glm(families.Poisson(), counts),
    "GLM Gamma": glm(families.Gamma(links.Log()), between(0.2, 0.8, n)),
    "GLM InverseGaussian": glm(families.InverseGaussian(links.Log()), between(0.2, 0.8, n)),
    "GLM NegativeBinomial": glm(families.NegativeBinomial(alpha=0.7), counts),
    "GLM Tweedie": glm(families.Tweedie(var_power=1.5), counts),
    **{f"{name} link": pair(link, link.deriv, p) for name, link in LINKS.items()},
    **{f"{name} link twice": pair(link.deriv, link.deriv2, p) for name, link in LINKS.items()},
    **{f"{name} inverse": inverse(name) for name in LINKS},
    **{f"{name} rho": pair(norm.rho, norm.psi, z) for name, norm in NORMS.items()},
    **{f"{name} psi": pair(norm.psi, norm.psi_deriv, z) for name, norm in NORMS.items()},
}

BELOW = {
    "TruncatedLFNegativeBinomialP", "NegativeBinomial", "NegativeBinomialP", "ZeroInflatedNegativeBinomialP",
    "ConditionalPoisson", "OrderedModel", "PHReg efron", "GLM Binomial probit", "GLM Binomial cloglog",
    "GLM Binomial cauchy", "TukeyBiweight rho",
}  # fmt: skip

WRONG = {"TruncatedLFGeneralizedPoisson": {"dparams": "other"}}
