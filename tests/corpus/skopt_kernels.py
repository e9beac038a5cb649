"""scikit-optimize: kernels and acquisition functions by the point at which they are taken."""

from skopt import acquisition
from skopt.learning import GaussianProcessRegressor
from skopt.learning.gaussian_process import kernels

from .values import case, normal

X = normal(6, 2)
process = GaussianProcessRegressor(
    kernels.ConstantKernel(1.0) * kernels.Matern([1.0, 1.0], nu=2.5), alpha=1e-3, optimizer=None, normalize_y=False
).fit(X, normal(6))


def kernel(k):
    return case(lambda x: k(x[None], X)[0], normal(2), backward=lambda dY, x: dY @ k.gradient_x(x, X))


def acquired(f, **known):
    def op(x):
        value, gradient = f(x[None], process, return_grad=True, **known)
        return value, lambda dY: dY * gradient

    return case(op, normal(2) / 2)


def predicted(x):
    mean, std, dmean, dstd = process.predict(x[None], return_std=True, return_mean_grad=True, return_std_grad=True)
    return (mean, std), lambda dY: dY[0] * dmean + dY[1] * dstd


KERNELS = {
    "RBF": kernels.RBF(0.8),
    "Matern 1/2": kernels.Matern(0.9, nu=0.5),
    "Matern 3/2": kernels.Matern(0.9, nu=1.5),
    "Matern 5/2": kernels.Matern(0.9, nu=2.5),
    "RationalQuadratic": kernels.RationalQuadratic(0.9, 1.1),
    "ExpSineSquared": kernels.ExpSineSquared(1.1, 2.0),
    "DotProduct": kernels.DotProduct(0.7),
    "ConstantKernel": kernels.ConstantKernel(2.0),
    "sum of kernels": kernels.RBF(0.8) + kernels.Matern(1.0, nu=1.5),
    "product of kernels": kernels.RBF(0.8) * kernels.ConstantKernel(2.0),
    "power of a kernel": kernels.RBF(0.8) ** 2,
}

CASES = {
    **{name: kernel(k) for name, k in KERNELS.items()},
    "gaussian_lcb": acquired(acquisition.gaussian_lcb),
    "gaussian_ei": acquired(acquisition.gaussian_ei, y_opt=-0.2),
    "gaussian_pi": acquired(acquisition.gaussian_pi, y_opt=-0.2),
    "predict": case(predicted, normal(2) / 2),
}

BELOW = set()
