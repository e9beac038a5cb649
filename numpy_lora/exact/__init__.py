"""Exact numbers: float64 arrays whose entries are numbers of a field, so that NumPy code can be *proved* by running it.

>>> import numpy as np
>>> with Run(point=1) as run:
...     X = draw(run, np.random.default_rng(0), np.ones((2, 3)))
...     bool(equal(np.exp(X + X[:1]), np.exp(X) * np.exp(X[:1])).all())  # exp(a + b) = exp(a) exp(b)
True
"""

from . import calls as calls  # they hold what NumPy's hooks do
from . import functions as functions
from .array import Exact
from .draws import agree, draw, equal, pairing
from .records import NotExact, Run

__all__ = ["Exact", "NotExact", "Run", "agree", "draw", "equal", "pairing"]
