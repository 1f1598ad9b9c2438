"""Random models that resize images."""

from __future__ import annotations

import numpy as np
from oracles.graph_builder import Builder, affine


def _resize(rng, name, forms, dtypes=("int8",)):
    b = Builder(rng, dtypes)
    shape = (1, b.size(), b.size(), b.size(7))
    height, width = (b.size() * int(rng.choice([1, 1, 2, 3])) for _ in range(2))
    if rng.random() < 0.3:
        height, width = shape[1] * 2, shape[2] * 2
    align_corners, half_pixel_centers = forms[int(rng.integers(len(forms)))]
    quantization = affine(b.scale(), b.zero_point())
    # The kernel copies codes, whatever the output's scale is.
    other = affine(b.scale(), b.zero_point()) if rng.random() < 0.1 else quantization
    if b.dtype == "float32":
        quantization = other = None
    x = b.input(shape, quantization=quantization)
    size = b.add("size", (2,), "int32", data=np.array([height, width], np.int32))
    y = b.add("output", (1, height, width, shape[3]), quantization=other)
    options = {"align_corners": align_corners, "half_pixel_centers": half_pixel_centers}
    return b.graph(name, [x, size], [y], options, 3)


def resize_nearest_neighbor(rng):
    forms = [(False, False), (False, True), (True, False), (True, True)]
    return _resize(rng, "resize_nearest_neighbor", forms, ("int8", "int16", "float32"))


def resize_bilinear(rng):
    return _resize(rng, "resize_bilinear", [(False, False), (False, True), (True, False)])


def enlarging(height, width, dtype="int8"):
    """A model of 3 x 3 pixels whose output has `height` x `width`."""
    b = Builder(np.random.default_rng(0), (dtype,))
    quantization = None if dtype == "float32" else affine(0.5)
    x = b.input((1, 3, 3, 1), quantization=quantization)
    size = b.add("size", (2,), "int32", data=np.array([height, width], np.int32))
    y = b.add("output", (1, height, width, 1), quantization=quantization)
    options = {"align_corners": False, "half_pixel_centers": False}
    return b.graph("resize_nearest_neighbor", [x, size], [y], options, 3)


#: Generator of one operator by name.
RESIZE = {f.__name__: f for f in (resize_nearest_neighbor, resize_bilinear)}
