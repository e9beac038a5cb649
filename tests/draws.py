"""Small exact integers in the shapes of a shape line, for facts that are compared by equality."""

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from numpy_lora.shapes import concrete, parse, shape_of

SMALL = st.integers(-3, 3)


@st.composite
def integers(draw, line, elements=SMALL, **fixed):
    """Arrays by name, int64 and small, of every argument in `line`, and a cotangent dY for every result Y."""
    parsed = parse(line)
    free = [name for name in parsed.dimensions if name not in fixed]
    sizes = {name: draw(st.sampled_from([(), (2,), (1, 3)]) if name == "..." else st.integers(1, 4)) for name in free} | fixed
    shapes = concrete(parsed, sizes) | {f"d{spec.name}": shape_of(spec.dims, sizes) for spec in parsed.outputs}
    return {name: draw(arrays(np.int64, shape, elements=elements)) for name, shape in shapes.items()}


def one_hot(shape):
    """Every array of this shape that is one in one entry and zero elsewhere, with that entry's index."""
    for index in np.ndindex(*shape):
        unit = np.zeros(shape, dtype=np.int64)
        unit[index] = 1
        yield index, unit
