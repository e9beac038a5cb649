"""Numbers of a hundred digits: by identities, and by digits that others have published."""

from decimal import Decimal

import numpy as np
import pytest
import scipy.special

from numpy_lora.formula import verify
from numpy_lora.formula.decimals import PI, Long

POINTS = (-16.5, -3.25, -0.3, 0.0, 1e-9, 0.7, 2.5, 10.0, 1000.0)
IDENTITIES = {
    "sin² + cos² = 1": lambda x: x.sin() * x.sin() + x.cos() * x.cos() - 1,
    "sin 2x = 2 sin x cos x": lambda x: (2 * x).sin() - 2 * x.sin() * x.cos(),
    "cos (x + 2π) = cos x": lambda x: (x + 2 * PI).cos() - x.cos(),
    "tan arctan x = x": lambda x: (x.arctan().tan() - x) / (1 + x * x),
    "arctan −x = −arctan x": lambda x: x.arctan() + (-x).arctan(),
    "erf −x = −erf x": lambda x: x.erf() + (-x).erf(),
    "tanh 2x = 2 tanh x/(1 + tanh² x)": lambda x: (2 * x).tanh() - 2 * x.tanh() / (1 + x.tanh() * x.tanh()),
    "log1p expm1 x = x": lambda x: abs(x).expm1().log1p() - abs(x),
}
PUBLISHED = {  # OEIS A000796, A007680, A049469, A003881 (π/4)
    "π": (PI, "3.14159265358979323846264338327950288419716939937510582097494459230781640628620899"),
    "erf 1": (Long(1).erf(), "0.84270079294971486934122063508260925929606699796630290845993789783472"),
    "sin 1": (Long(1).sin(), "0.84147098480789650665250232163029899962256306079837106567275170999191"),
    "arctan 1": (Long(1).arctan(), "0.785398163397448309615660845819875721049292349843776455243736"),
}

DIFFERENT = """
√(x² + 1e-20) = |x|
log(1 + 1e-9 x) = 1e-9 x
log(1 + exp(x + 100)) = x + 100
log(x) = log(x) + 1e-17 x
erf(1e-8 x) = 2e-8 x/√π
arctan(1e-9 x) = 1e-9 x
sin(3.14159265358979 x) = sin(π x)
d(erf(x))/dx = 2/√π exp(-x²) + 1e-19
d(arctan(x))/dx = 1/(1 + x²) + 1e-18
‖Q + 1e-20 Q‖ = √k
""".strip().splitlines()
EQUAL = """
sin(π) = 0
tan(π/4) = 1
sin(3.141592653589793 x) = sin(π x)
arctan(x) + arctan(1/x) = π/2
""".strip().splitlines()


@pytest.mark.parametrize("name", IDENTITIES)
@pytest.mark.parametrize("x", POINTS)
def test_identities_hold_to_all_digits(name, x):
    assert abs(IDENTITIES[name](Long(x)).value) < Decimal("1e-100")


@pytest.mark.parametrize("name", PUBLISHED)
def test_digits_are_the_published_ones(name):
    value, digits = PUBLISHED[name]
    assert abs(value.value - Decimal(digits)) < Decimal(10) ** -(len(digits) - 3)


@pytest.mark.parametrize("f", ["exp", "sin", "cos", "tan", "arctan", "erf", "sinh", "cosh", "tanh", "expm1"])
@pytest.mark.parametrize("x", POINTS[1:-2])
def test_they_are_what_floats_round(f, x):
    expected = float(getattr(scipy.special if f == "erf" else np, f)(x))
    assert float(getattr(Long(x), f)()) == pytest.approx(expected, rel=8 * np.finfo(float).eps)


@pytest.mark.parametrize("claim", DIFFERENT)
def test_what_float64_does_not_tell_apart_they_do(claim):
    (found,) = verify([claim], ["x: () positive", "Q: (n, k) orthogonal"])
    assert (found.verdict, found.message) == ("refuted", "the sides differ by less than float64 shows")


@pytest.mark.parametrize("claim", EQUAL)
def test_what_is_equal_they_find_equal(claim):
    (found,) = verify([claim], ["x: () positive"])
    assert (found.verdict, found.grade) == ("holds", "complex-step")
