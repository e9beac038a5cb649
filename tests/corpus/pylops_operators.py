"""PyLops: linear operators; the pullback of one is its adjoint."""

import numpy as np
import pylops
from pylops import signalprocessing

from .values import case, normal

OPERATORS = {
    "FirstDerivative": pylops.FirstDerivative(8, kind="centered", edge=True),
    "SecondDerivative": pylops.SecondDerivative(8),
    "Laplacian": pylops.Laplacian((4, 5)),
    "CausalIntegration": pylops.CausalIntegration(6, kind="trapezoidal"),
    "Convolve1D": signalprocessing.Convolve1D(8, np.array([1.0, 2, 0.5]), offset=1),
    "Interp": signalprocessing.Interp(8, np.array([0.5, 2.3, 5.1]))[0],
    "Smoothing1D": pylops.Smoothing1D(3, 8),
    "Restriction": pylops.Restriction(8, [0, 3, 3]),
    "Flip": pylops.Flip(6),
    "Roll": pylops.Roll(6, shift=2),
    "LinearRegression": pylops.LinearRegression(np.arange(5.0)),
    "Symmetrize": pylops.Symmetrize(5),
    "MatrixMult": pylops.MatrixMult(normal(4, 3)),
    "Diagonal": pylops.Diagonal(normal(5)),
    "Pad": pylops.Pad(5, (1, 2)),
    "Sum": pylops.Sum((3, 4), axis=0),
    "Transpose": pylops.Transpose((3, 4), axes=(1, 0)),
    "VStack": pylops.VStack([pylops.MatrixMult(normal(2, 3)), pylops.MatrixMult(normal(4, 3))]),
    "BlockDiag": pylops.BlockDiag([pylops.MatrixMult(normal(2, 3)), pylops.MatrixMult(normal(3, 2))]),
    "Kronecker": pylops.Kronecker(pylops.MatrixMult(normal(2, 3)), pylops.MatrixMult(normal(3, 2))),
}

CASES = {name: case(A.matvec, normal(A.shape[1]), backward=lambda dY, x, A=A: A.rmatvec(dY)) for name, A in OPERATORS.items()}

BELOW = {"MatrixMult", "VStack", "BlockDiag", "Kronecker"}
