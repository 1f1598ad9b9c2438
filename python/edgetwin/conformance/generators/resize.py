"""Random models that resize images."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.random import Generator

from ...graph.graph import Graph
from ...types import Quantization
from .builder import Builder, affine

__all__ = ["RESIZE"]


def _resize(rng: Generator, name: str, forms: Sequence[tuple[bool, bool]], dtypes: Sequence[str] = ("int8",)) -> Graph:
    b = Builder(rng, dtypes)
    shape = (1, b.size(), b.size(), b.size(7))
    height, width = (b.size() * int(rng.choice([1, 1, 2, 3])) for _ in range(2))
    if rng.random() < 0.3:
        height, width = shape[1] * 2, shape[2] * 2
    align_corners, half_pixel_centers = forms[int(rng.integers(len(forms)))]
    quantization: Quantization | None = affine(b.scale(), b.zero_point())
    # The kernel copies codes, whatever the output's scale is.
    other = affine(b.scale(), b.zero_point()) if rng.random() < 0.1 else quantization
    if b.dtype == "float32":
        quantization = other = None
    x = b.input(shape, quantization=quantization)
    size = b.add("size", (2,), "int32", data=np.array([height, width], np.int32))
    y = b.add("output", (1, height, width, shape[3]), quantization=other)
    options = {"align_corners": align_corners, "half_pixel_centers": half_pixel_centers}
    return b.graph(name, [x, size], [y], options, 3)


__all__ = ["RESIZE"]


def _resize_nearest_neighbor(rng: Generator) -> Graph:
    forms = [(False, False), (False, True), (True, False), (True, True)]
    return _resize(rng, "resize_nearest_neighbor", forms, ("int8", "int16", "float32"))


__all__ = ["RESIZE"]


def _resize_bilinear(rng: Generator) -> Graph:
    return _resize(rng, "resize_bilinear", [(False, False), (False, True), (True, False)])


#: Generator of one operator by name.
RESIZE = {"resize_nearest_neighbor": _resize_nearest_neighbor, "resize_bilinear": _resize_bilinear}
