"""Effective scales have the wheel's precision: int16 codes show a multiplier's last bits, which int8 codes hide."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import edgetwin as et
from edgetwin.conformance.generators.builder import Builder, affine
from edgetwin.io.tflite_write import write_tflite
from edgetwin.kernels import requantize

ELEMENTS = 20_000
FUSED = {"fused_activation_function": "none"}
#: Operator -> its options, operands.
OPERATORS = {
    "abs": ({}, 1),
    "add": ({**FUSED, "pot_scale_int16": False}, 2),
    "leaky_relu": ({"alpha": 0.3}, 1),
    "mul": (FUSED, 2),
    "quantize": ({}, 1),
    "relu": ({}, 1),
    "squared_difference": ({}, 2),
    "sub": ({**FUSED, "pot_scale_int16": False}, 2),
}


def model_of(rng, name):
    """A model of one operator on many codes, few of which saturate."""
    options, operands = OPERATORS[name]
    scales = [float(np.float32(2.0 ** rng.uniform(-9, 1))) for _ in range(operands)]
    largest = max(scales) * 2 ** rng.uniform(-0.5, 0.9)
    if name == "mul":
        largest = scales[0] * scales[1] * 2**15
    if name == "squared_difference":
        largest = max(scales) ** 2 * 2**16
    b = Builder(rng, ("int16",))
    shape = (1, 1, 1, ELEMENTS)
    inputs = [b.input(shape, quantization=affine(scale)) for scale in scales]
    y = b.add("output", shape, quantization=affine(largest))
    samples = [[rng.integers(-(2**15), 2**15, shape, np.int16) for _ in inputs]]
    return write_tflite(b.graph(name, inputs, [y], options)), samples


@pytest.mark.parametrize("name", OPERATORS)
def test_elementwise(tflm, name):
    rng = np.random.default_rng(sum(name.encode()))
    for _ in range(4):
        data, samples = model_of(rng, name)
        (expected,) = tflm.run(data, samples).outputs[0]
        assert_array_equal(et.load(data).run(*samples[0]).reshape(-1), expected.reshape(-1), strict=True)


def _state(total, real):
    """SVDF's new state for a sum of products, with a scale as `quantize_multiplier` splits it."""
    fraction, shift = np.frexp(real)
    multiplier = np.int32(np.floor(fraction * 2**31 + 0.5))
    return int(requantize(np.array([total], np.int32), multiplier, np.int32(shift))[0])


def test_svdf_state(tflm):
    """Sums for which ratios formed in float32 would give another state."""
    rng, size, found = np.random.default_rng(9), 100, 0
    time_scale = np.float32(2.0**-10)
    for _ in range(200):
        x_scale, feature_scale = np.float32(2.0 ** rng.uniform(-6, -1, 2))
        state_scale = np.float32(x_scale * feature_scale * 2.0 ** rng.uniform(4, 6))
        exact = float(x_scale) * float(feature_scale) / float(state_scale)
        rounded = float(x_scale * feature_scale / state_scale)
        totals = [t for t in range(1, 4000, 2) if _state(127 * t, exact) != _state(127 * t, rounded)][:1]
        for total in totals:
            found += 1
            b = Builder(rng)
            x = b.input((1, size), quantization=affine(x_scale, 0))
            feature = b.add("feature", (1, size), "int8", affine(feature_scale), np.full((1, size), 127, np.int8))
            time = b.add("time", (1, 1), "int16", affine(time_scale), np.ones((1, 1), np.int16))
            # Brings the state into int8's range.
            offset = np.array([-_state(127 * total, exact)], np.int32)
            bias = b.add("bias", (1,), "int32", affine(state_scale * time_scale), offset)
            state = b.add("state", (1, 1), "int16", affine(state_scale), variable=True)
            y = b.add("output", (1, 1), "int8", affine(state_scale * time_scale, 0))
            options = {"rank": 1, "fused_activation_function": "none"}
            data = write_tflite(b.graph("svdf", [x, feature, time, bias, state], [y], options, 3))
            codes = np.full((1, size), total // size, np.int8)
            codes[0, : total % size] += 1
            (expected,) = tflm.run(data, [[codes]]).outputs[0]
            assert expected.item() == 0
            assert et.load(data).run(codes).item() == 0
        if found == 5:
            return
    raise AssertionError(found)
