"""Astropy: one-dimensional models and the derivatives by their parameters that its fitters use."""

import numpy as np
from astropy.modeling import models

from .values import between, case

x = between(0.4, 2.4, 9)
AT = {  # parameters
    "ArcCosine1D": [3.1, 0.05, 0.1],
    "ArcSine1D": [3.2, 0.1, 0.2],
    "ArcTangent1D": [1.3, 0.4, 0.2],
    "BrokenPowerLaw1D": [1.4, 1.1, 0.7, 1.6],
    "Cosine1D": [1.2, 0.3, 0.1],
    "Drude1D": [1.1, 1.2, 0.8],
    "Exponential1D": [0.8, 1.7],
    "ExponentialCutoffPowerLaw1D": [1.2, 0.9, 1.3, 2.2],
    "Gaussian1D": [1.3, 1.1, 0.6],
    "KingProjectedAnalytic1D": [1.2, 0.8, 3.1],
    "Linear1D": [0.7, -0.4],
    "LogParabola1D": [1.2, 0.9, 1.3, 0.4],
    "Logarithmic1D": [1.2, 0.7],
    "Lorentz1D": [1.2, 1.1, 0.6],
    "Moffat1D": [1.2, 1.1, 0.6, 1.4],
    "Plummer1D": [2.0, 0.7],
    "PowerLaw1D": [1.2, 0.9, 1.3],
    "Schechter1D": [1.2, 0.9, -1.3],
    "Sine1D": [1.2, 0.3, 0.1],
    "SmoothlyBrokenPowerLaw1D": [1.2, 1.1, -1.3, 0.6, 0.7],
    "Tangent1D": [1.2, 0.07, 0.1],
    "Voigt1D": [1.1, 1.2, 0.6, 0.5],
}


def fitted(name):
    """A model at x, and the Jacobian by its parameters; a new one for each call, as some keep what they computed last."""
    model = getattr(models, name)
    return case(
        lambda p: model().evaluate(x, *p),
        np.array(AT[name]),
        jacobian=lambda p: np.stack(np.broadcast_arrays(*model().fit_deriv(x, *p)), -1),
    )


CASES = {name: fitted(name) for name in AT}

BELOW = {"Voigt1D"}

WRONG = {"Drude1D": {"dp": "other"}}
