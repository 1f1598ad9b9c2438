"""In which precision the scales of a matrix product are multiplied: models of one product that tell it apart."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from oracles import kernels_linear as oracle
from oracles.kernels_elementwise import scaled

import edgetwin as et
from edgetwin.graph.graph import Graph, Operator, Tensor
from edgetwin.io.tflite_write import write_tflite
from edgetwin.types import Quantization

#: The largest accumulator of one product of codes.
PRODUCT = 255 * 255


def effective(x_scale, y_scale, output_scale):
    """(in double throughout, with a product in float32), as (multiplier, shift)."""
    x, y, output = (float(scale) for scale in (x_scale, y_scale, output_scale))
    return [oracle.quantized_multiplier(product / output) for product in (x * y, float(x_scale * y_scale))]


def telling_scales(count):
    """Float32 scales at which the two precisions give different codes of PRODUCT."""
    rng = np.random.default_rng(0)
    found = []
    while len(found) < count:
        x_scale, y_scale = np.float32(2.0 ** rng.uniform(-9, 1, 2))
        tie = Fraction(2 * int(rng.integers(40, 120)) + 1, 2)
        # The product is rounded to an integer before the shift: the tie lies half a unit of that one below.
        _, shift = math.frexp(tie / PRODUCT)
        tie -= Fraction(2) ** (shift - 1)
        output_scale = np.float32(float(PRODUCT * Fraction(float(x_scale)) * Fraction(float(y_scale)) / tie))
        codes = [scaled(PRODUCT, *pair, "double") for pair in effective(x_scale, y_scale, output_scale)]
        if codes[0] != codes[1]:
            found.append((x_scale, y_scale, output_scale, codes[0]))
    return found


@pytest.mark.parametrize("wheel", [False, True], ids=["ours", "wheel"])
def test_scales_are_multiplied_in_double(tflm, wheel):
    for x_scale, y_scale, output_scale, code in telling_scales(30):
        quantizations = [
            Quantization(np.array([scale], np.float32), np.array([zero_point], np.int64))
            for scale, zero_point in ((x_scale, -128), (y_scale, -128), (output_scale, 0))
        ]
        shapes = ((1, 1, 1), (1, 1, 1), (1, 1, 1))
        tensors = tuple(
            Tensor(name, shape, "int8", quantization)
            for name, shape, quantization in zip("xyz", shapes, quantizations, strict=True)
        )
        operator = Operator("batch_matmul", (0, 1), (2,), {"adj_x": False, "adj_y": False}, 2)
        data = write_tflite(Graph(tensors, (operator,), (0, 1), (2,), ""))
        one = np.full((1, 1, 1), 127, np.int8)
        output = tflm.run(data, [[one, one]]).outputs[0][0] if wheel else et.load(data).run(one, one)
        assert output.item() == code
