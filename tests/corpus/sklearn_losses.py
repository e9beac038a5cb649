"""scikit-learn: losses in Cython, kernels by their hyperparameters, and the objectives of its own optimisers."""

import warnings

import numpy as np
from scipy.spatial.distance import pdist, squareform
from sklearn._loss import loss
from sklearn.exceptions import ConvergenceWarning
from sklearn.gaussian_process import GaussianProcessClassifier, GaussianProcessRegressor, kernels
from sklearn.linear_model._huber import _huber_loss_and_gradient
from sklearn.linear_model._linear_loss import LinearModelLoss
from sklearn.manifold import _t_sne
from sklearn.neighbors import NeighborhoodComponentsAnalysis
from sklearn.neural_network import MLPClassifier, MLPRegressor, _base
from sklearn.neural_network._multilayer_perceptron import _pack

from .values import between, case, normal

X, points = normal(20, 3), normal(5, 2)
binary = (normal(20) > 0).astype(float)
classes = np.arange(20.0) % 3


def together(f, x):
    """A function that returns its value and its gradient in one call."""
    return case(f, x, gradient=True)


def pointwise(name):
    """Of 0 and 1, or of positive targets; the raw prediction is positive where the link is the identity."""
    measured = getattr(loss, name)()
    y = np.array([0.0, 1, 1, 0, 1, 0]) if name in ("HalfBinomialLoss", "ExponentialLoss") else between(0.3, 1.5, 6)
    raw = between(0.3, 1.5, 6, seed=1) if "Identity" in name else normal(6)
    return case(
        lambda raw: measured.loss(y_true=y, raw_prediction=raw),
        raw,
        backward=lambda dY, raw: dY * measured.gradient(y_true=y, raw_prediction=raw),
    )


def kernel(k):
    def op(theta):
        K, dK = k.clone_with_theta(theta)(points, eval_gradient=True)
        return K, lambda dY: np.einsum("ij,ijk->k", dY, dK)

    return case(op, k.theta)


def linear(base_loss, y, coef):
    model = LinearModelLoss(base_loss=base_loss, fit_intercept=True)
    return together(lambda c: model.loss_gradient(c, X, y, None, 0.3), coef)


def activation(name):
    def op(X):
        Y = X.copy()
        _base.ACTIVATIONS[name](Y)

        def backward(dY):
            dX = dY.copy()
            _base.DERIVATIVES[name](Y, dX)
            return dX

        return Y, backward

    return case(op, normal(3, 4))


def perceptron(estimator, y, activation):
    """The objective that L-BFGS is given, of all weights and biases in one vector."""
    model = estimator(hidden_layer_sizes=(4,), activation=activation, solver="lbfgs", max_iter=1, random_state=0, alpha=0.1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(X, y)
    Y = model._label_binarizer.transform(y).astype(float) if estimator is MLPClassifier else y.reshape(-1, 1)
    weights = [np.empty(W.shape) for W in model.coefs_]
    biases = [np.empty(v.shape) for v in model.intercepts_]
    packed = _pack(model.coefs_, model.intercepts_)

    def objective(params):
        return model._loss_grad_lbfgs(params, X, Y, None, [X, None, None], [None, None], weights, biases)

    return together(objective, packed + 0.1 * normal(packed.size))


def likelihood(process, theta):
    return together(lambda theta: process.log_marginal_likelihood(theta, eval_gradient=True), theta)


def neighbourhood_components():
    model = NeighborhoodComponentsAnalysis()
    model.n_iter_ = 0
    y = np.arange(8) % 2
    return together(lambda A: model._loss_grad_lbfgs(A, normal(8, 3), y[:, None] == y, -1.0), normal(6))


def stochastic_neighbours():
    P = _t_sne._joint_probabilities(squareform(pdist(normal(8, 3), "sqeuclidean")).astype(np.float32), 3.0, 0)
    return together(lambda Z: _t_sne._kl_divergence(Z, P, 1.0, 8, 2), normal(16))


LOSSES = ["HalfSquaredError", "AbsoluteError", "PinballLoss", "HuberLoss", "HalfPoissonLoss", "HalfGammaLoss", "HalfTweedieLoss"]
LOSSES += ["HalfTweedieLossIdentity", "HalfBinomialLoss", "ExponentialLoss"]
three = loss.HalfMultinomialLoss(n_classes=3)
KERNELS = {
    "RBF": kernels.RBF(0.8),
    "RBF of two scales": kernels.RBF([0.8, 1.2]),
    "Matern 1/2": kernels.Matern(0.9, nu=0.5),
    "Matern 3/2": kernels.Matern(0.9, nu=1.5),
    "Matern 5/2": kernels.Matern([0.9, 1.0], nu=2.5),
    "Matern 0.8": kernels.Matern(0.9, nu=0.8),
    "RationalQuadratic": kernels.RationalQuadratic(0.9, 1.1),
    "ExpSineSquared": kernels.ExpSineSquared(1.1, 2.0),
    "DotProduct": kernels.DotProduct(0.7),
    "ConstantKernel": kernels.ConstantKernel(2.0),
    "WhiteKernel": kernels.WhiteKernel(0.3),
    "sum of kernels": kernels.RBF(0.8) + kernels.WhiteKernel(0.2),
    "product of kernels": kernels.ConstantKernel(2.0) * kernels.RBF(0.8),
    "power of a kernel": kernels.RBF(0.7) ** 2,
    "PairwiseKernel": kernels.PairwiseKernel(1.0, metric="sigmoid"),
}
regressor = GaussianProcessRegressor(kernels.RBF(0.8) + kernels.WhiteKernel(0.2), optimizer=None).fit(points, normal(5))
classifier = GaussianProcessClassifier(kernels.ConstantKernel(1.0) * kernels.RBF(0.8), optimizer=None).fit(
    points, [0, 1, 0, 1, 1]
)
ACTIVATIONS = ["tanh", "logistic", "relu"]

CASES = {
    **{name: pointwise(name) for name in LOSSES},
    "HalfMultinomialLoss": case(
        lambda raw: three.loss(y_true=classes, raw_prediction=raw),
        normal(20, 3),
        backward=lambda dY, raw: dY[:, None] * three.gradient(y_true=classes, raw_prediction=raw),
    ),
    "LinearModelLoss binomial": linear(loss.HalfBinomialLoss(), binary, normal(4)),
    "LinearModelLoss multinomial": linear(three, classes, normal(3, 4)),
    "Huber regression": together(
        lambda w: _huber_loss_and_gradient(w, X, 3 * binary, 1.35, 0.1, np.ones(20)), np.r_[normal(4), 1.3]
    ),
    **{name: kernel(k) for name, k in KERNELS.items()},
    "GaussianProcessRegressor": likelihood(regressor, regressor.kernel_.theta),
    "GaussianProcessClassifier": likelihood(classifier, classifier.kernel_.theta + 0.1),
    **{name: activation(name) for name in ["identity", *ACTIVATIONS]},
    **{f"MLPRegressor {name}": perceptron(MLPRegressor, normal(20), name) for name in ACTIVATIONS},
    **{f"MLPClassifier {name}": perceptron(MLPClassifier, classes.astype(int), name) for name in ACTIVATIONS},
    "NeighborhoodComponentsAnalysis": neighbourhood_components(),
    "t-SNE": stochastic_neighbours(),
}

BELOW = {
    "HalfSquaredError", "AbsoluteError", "PinballLoss", "HuberLoss", "HalfPoissonLoss", "HalfGammaLoss", "HalfTweedieLoss",
    "HalfTweedieLossIdentity", "HalfBinomialLoss", "ExponentialLoss", "HalfMultinomialLoss", "LinearModelLoss binomial",
    "LinearModelLoss multinomial", "Matern 3/2", "Matern 5/2", "RationalQuadratic",
    "GaussianProcessClassifier", "t-SNE",
}  # fmt: skip

WRONG = {
    "Matern 0.8": {"dtheta": "dtype"},
    "PairwiseKernel": {"dtheta": "dtype"},
}
