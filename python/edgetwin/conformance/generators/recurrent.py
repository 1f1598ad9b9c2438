"""Random models of operators that keep a state."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from ...graph.graph import Graph
from .builder import Builder, affine, random_codes

__all__ = ["RECURRENT"]

DTYPES = ("int8", "int8", "int16")


def _svdf(rng: Generator) -> Graph:
    b = Builder(rng)
    size, memory, rank = b.size(), b.size(11), int(rng.choice([1, 1, 2, 3]))
    units = b.size(11)
    filters = units * rank
    wide = rng.random() < 0.4
    scales = {name: b.scale(-9, -1) for name in ("input", "feature")}
    scales |= {name: b.scale(-16, -8) if wide else b.scale(-9, -1) for name in ("time", "state")}
    state_dtype = "int16" if wide else "int8"
    x = b.input((1, size), quantization=affine(scales["input"], b.zero_point()))
    feature = b.add(
        "feature",
        (filters, size),
        "int8",
        affine(scales["feature"]),
        rng.integers(-128, 128, (filters, size)).astype(np.int8),
    )
    time = b.add(
        "time",
        (filters, memory),
        state_dtype,
        affine(scales["time"]),
        random_codes(rng, (filters, memory), state_dtype),
    )
    bias = b.add(
        "bias", (units,), "int32", affine(np.float32(scales["state"]) * np.float32(scales["time"])),
        rng.integers(-5000, 5000, units).astype(np.int32),
    )  # fmt: skip
    zero_point = 0 if wide else b.zero_point()
    state = b.add("state", (1, filters * memory), state_dtype, affine(scales["state"], zero_point), variable=True)
    y = b.add("output", (1, units), quantization=affine(b.scale(-6, 1), b.zero_point()))
    options = {"rank": rank, "fused_activation_function": str(rng.choice(["none", "relu"]))}
    return b.graph("svdf", [x, feature, time, bias, state], [y], options, 3)


def _unidirectional_sequence_lstm(rng: Generator) -> Graph:
    b = Builder(rng, DTYPES)
    size, hidden, steps = b.size(), b.size(11), b.size(5)
    time_major = bool(rng.random() < 0.5)
    wide = b.dtype == "int16"
    spread = (-15, -11) if wide else (-7, -3)
    x = b.input(
        (steps, 1, size) if time_major else (1, steps, size), quantization=affine(b.scale(*spread), b.zero_point())
    )
    input_scale = b.quantization_of(x).scale[0]
    inputs = [x]
    weight_scales = []
    for columns in [size] * 4 + [hidden] * 4:
        scale = b.scale(-9, -5) if rng.random() < 0.85 else b.scale(-4, 0)
        weight_scales.append(np.float32(scale))
        data = rng.integers(-127, 128, (hidden, columns)).astype(np.int8)
        inputs.append(b.add("weights", (hidden, columns), "int8", affine(scale), data))
    inputs += [-1] * 3
    sums = "int64" if wide else "int32"
    for gate in range(4):
        limit = 20000 if not wide else int(rng.choice([1000, 2**22, 2**40]))
        data = rng.integers(-limit, limit, hidden).astype(sums)
        inputs.append(b.add("bias", (hidden,), sums, affine(input_scale * weight_scales[gate]), data))
    inputs += [-1] * 2
    quantization = affine(b.scale(-16, -14) if wide else b.scale(-8, -6), b.zero_point())
    inputs.append(b.add("hidden", (1, hidden), None, quantization, variable=True))
    inputs.append(b.add("cell", (1, hidden), "int16", affine(2.0 ** float(rng.integers(-15, -9))), variable=True))
    inputs += [-1] * 4
    y = b.add("output", (steps, 1, hidden) if time_major else (1, steps, hidden), quantization=quantization)
    options = {
        "fused_activation_function": "tanh", "time_major": time_major,
        "cell_clip": float(np.float32(rng.choice([0.0, 0.0, 1.5, 10.0]))),
    }  # fmt: skip
    return b.graph("unidirectional_sequence_lstm", inputs, [y], options)


#: Generator of one operator by name.
RECURRENT = {"svdf": _svdf, "unidirectional_sequence_lstm": _unidirectional_sequence_lstm}
