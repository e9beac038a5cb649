"""MyGrad: operations, functions of its tensors, layers and losses; each tensor is made anew for a call."""

import mygrad
import numpy as np
from mygrad import nnet
from mygrad.math.arithmetic import ops as arithmetic
from mygrad.math.exp_log import ops as exp_log
from mygrad.math.hyperbolic_trig import ops as hyperbolic
from mygrad.math.misc import ops as misc
from mygrad.math.trigonometric import ops as trigonometric

from .values import between, case, normal


def function(f, *args):
    """A function of tensors; the gradients are left in the tensors."""

    def op(*x):
        tensors = [mygrad.tensor(xk) for xk in x]
        Y = f(*tensors)

        def backward(dY):
            Y.backward(np.asarray(dY))
            return tuple(t.grad for t in tensors)

        return Y.data, backward

    return case(op, *args)


def operation(kind, *args):
    """An operation, on tensors that need no gradient of their own."""

    def op(*x):
        made = kind()
        Y = made(*(mygrad.tensor(xk) for xk in x))
        return Y, lambda dY: tuple(made.backward_var(dY, k) for k in range(len(x)))

    return case(op, *args)


def operations(module, names, *args):
    return {name: operation(getattr(module, name), *args) for name in names.split()}


P, Q, Z, q = between(0.3, 1.5, 3, 4), between(0.3, 1.5, 3, 4, seed=1), normal(3, 4), between(0.2, 0.9, 4)
labels = np.array([0, 2, 1])
GATE = [normal(2, 3), normal(3, 3), normal(3)]  # of a GRU: weights of the input, of the state, and a bias

CASES = {
    **operations(exp_log, "Exp Exp2 Expm1 Log Log2 Log10 Log1p", P),
    **operations(exp_log, "Logaddexp Logaddexp2", P, Q),
    **operations(arithmetic, "Add Subtract Multiply Divide Power", P, Q),
    **operations(arithmetic, "Reciprocal Square Negative Positive", P),
    **operations(trigonometric, "Sin Cos Tan Csc Sec Cot Sinc Arcsin Arccos Arctan", q),
    **operations(trigonometric, "Arccsc Arcsec", q + 1.2),
    **operations(trigonometric, "Arccot", q),
    **operations(trigonometric, "Arctan2", P, Q),
    **operations(hyperbolic, "Sinh Cosh Tanh Csch Sech Coth Arcsinh Arctanh Arccsch", q),
    **operations(hyperbolic, "Arccosh Arccoth", q + 1.2),
    **operations(misc, "Abs Sqrt Cbrt", q),
    **operations(misc, "Maximum Minimum", normal(4), normal(4, seed=1)),
    "add, broadcast": function(mygrad.add, P, q),
    "logaddexp, broadcast": function(mygrad.logaddexp, P, q),
    "relu": function(nnet.relu, Z),
    "sigmoid": function(nnet.sigmoid, Z),
    "softmax": function(nnet.softmax, Z),
    "logsoftmax": function(nnet.logsoftmax, Z),
    "elu": function(lambda x: nnet.elu(x, 0.7), Z),
    "selu": function(nnet.selu, Z),
    "leaky_relu": function(lambda x: nnet.leaky_relu(x, 0.1), Z),
    "glu": function(nnet.glu, Z),
    "hard_tanh": function(nnet.hard_tanh, Z),
    "soft_sign": function(nnet.soft_sign, Z),
    "softmax_crossentropy": function(lambda x: nnet.softmax_crossentropy(x, labels), Z),
    "focal_loss": function(lambda x: nnet.focal_loss(nnet.softmax(x), labels, alpha=0.7, gamma=1.5), Z),
    "softmax_focal_loss": function(lambda x: nnet.softmax_focal_loss(x, labels, gamma=2.0), Z),
    "multiclass_hinge": function(lambda x: nnet.multiclass_hinge(x, labels), Z),
    "negative_log_likelihood": function(lambda x: nnet.negative_log_likelihood(x, labels), Z),
    "margin_ranking_loss": function(
        lambda a, b: nnet.margin_ranking_loss(a, b, np.array([1, -1, 1]), 0.3), normal(3), normal(3, seed=1)
    ),
    "batchnorm": function(lambda x, g, b: nnet.batchnorm(x, gamma=g, beta=b, eps=1e-3), normal(5, 4), q, normal(4)),
    "conv_nd": function(lambda x, w: nnet.conv_nd(x, w, stride=1, padding=1), normal(2, 3, 5, 5), normal(4, 3, 3, 3)),
    "max_pool": function(lambda x: nnet.max_pool(x, (2, 2), 2), normal(1, 2, 4, 4)),
    "prod": function(lambda x: mygrad.prod(x, axis=1), Z),
    "cumprod": function(lambda x: mygrad.cumprod(x, axis=1), Z),
    "cumsum": function(lambda x: mygrad.cumsum(x, axis=1), Z),
    "var": function(lambda x: mygrad.var(x, axis=1, ddof=1), Z),
    "std": function(lambda x: mygrad.std(x, axis=0), Z),
    "max": function(lambda x: mygrad.max(x, axis=1), Z),
    "norm": function(lambda x: mygrad.linalg.norm(x, axis=1), Z),
    "norm of order 3": function(lambda x: mygrad.linalg.norm(x, 3, axis=1), Z),
    "einsum": function(lambda a, b: mygrad.einsum("ij,jk->ik", a, b), Z, normal(4, 2)),
    "einsum of a diagonal": function(lambda a: mygrad.einsum("ii->i", a), normal(3, 3)),
    "matmul": function(mygrad.matmul, normal(2, 3, 4), normal(4, 5)),
    "multi_matmul": function(lambda *a: mygrad.multi_matmul(a), normal(2, 3), Z, normal(4, 2)),
    "clip": function(lambda x: mygrad.clip(x, -0.5, 0.5), normal(5)),
    "where": function(lambda a, b: mygrad.where(np.array([True, False, True]), a, b), normal(3), normal(3, seed=1)),
    "getitem": function(lambda x: x[[0, 0, 2]], normal(4)),
    "repeat": function(lambda x: mygrad.repeat(x, [1, 2, 0, 3]), normal(4)),
    "roll": function(lambda x: mygrad.roll(x, 2), normal(5)),
}

BELOW = set()
