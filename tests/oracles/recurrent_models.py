"""Models of one SVDF or LSTM operator, with scales and zero points at the ends of their ranges."""

from __future__ import annotations

import numpy as np

from edgetwin.conformance.generators.builder import Builder, affine


def svdf(rng, extreme):
    """SVDF of one or two sequences in the file; `extreme` draws scales far from each other."""
    b = Builder(rng)
    spread = (-16, 6) if extreme else (-9, -3)
    batch, size, memory, rank, units = int(rng.integers(1, 3)), b.size(), b.size(11), int(rng.integers(1, 4)), b.size(7)
    filters = rank * units
    scales = {name: b.scale(*spread) for name in ("input", "feature", "time", "state", "output")}
    x = b.input((batch, size), quantization=affine(scales["input"], b.zero_point()))
    inputs = [x]
    for name, columns in (("feature", size), ("time", memory)):
        data = rng.integers(-128, 128, (filters, columns)).astype(np.int8)
        inputs.append(b.add(name, data.shape, "int8", affine(scales[name]), data))
    limit = int(rng.choice([1, 5000, 2**31 - 1]))
    data = rng.integers(-limit, limit, units).astype(np.int32)
    inputs.append(b.add("bias", data.shape, "int32", affine(scales["state"] * scales["time"]), data))
    state = affine(scales["state"], b.zero_point())
    inputs.append(b.add("state", (batch, filters * memory), "int8", state, variable=True))
    y = b.add("output", (batch, units), quantization=affine(scales["output"], b.zero_point()))
    return b.graph("svdf", inputs, [y], {"rank": rank, "fused_activation_function": "none"}, 3)


def lstm(rng, extreme):
    """LSTM of one or two sequences in the file."""
    b = Builder(rng)
    spread = (-14, 3) if extreme else (-9, -5)
    batch, size, hidden, steps = int(rng.integers(1, 3)), b.size(), b.size(11), b.size(5)
    time_major = bool(rng.integers(2))
    order = (steps, batch) if time_major else (batch, steps)
    scale = b.scale(*spread)
    inputs = [b.input((*order, size), quantization=affine(scale, b.zero_point()))]
    for columns in [size] * 4 + [hidden] * 4:
        data = rng.integers(-128, 128, (hidden, columns)).astype(np.int8)
        inputs.append(b.add("weights", data.shape, "int8", affine(b.scale(*spread)), data))
    inputs += [-1] * 3
    limit = int(rng.choice([1, 20_000, 2**31 - 1]))
    for _ in range(4):
        data = rng.integers(-limit, limit, hidden).astype(np.int32)
        inputs.append(b.add("bias", data.shape, "int32", affine(scale), data))
    inputs += [-1] * 2
    output = affine(b.scale(*((-14, 3) if extreme else (-8, -6))), b.zero_point())
    inputs.append(b.add("hidden", (batch, hidden), "int8", output, variable=True))
    cell_scale = 2.0 ** int(rng.integers(*((-15, 3) if extreme else (-14, -10))))
    cell = affine(cell_scale)
    inputs.append(b.add("cell", (batch, hidden), "int16", cell, variable=True))
    inputs += [-1] * 4
    y = b.add("output", (*order, hidden), quantization=output)
    clip = float(np.float32(rng.choice([0.0, 0.25, 3.0, 1e9])))
    # Less than a step of the cell is refused.
    clip = max(clip, cell_scale) if clip else 0.0
    options = {"fused_activation_function": "tanh", "time_major": time_major, "cell_clip": clip}
    return b.graph("unidirectional_sequence_lstm", inputs, [y], options)


BUILDERS = {"svdf": svdf, "lstm": lstm}


def batched(name):
    """A graph of this operator that takes any number of sequences."""
    for seed in range(100):
        graph = BUILDERS[name](np.random.default_rng(seed), False)
        if graph.tensors[graph.inputs[0]].shape[0] == 1:
            return graph
    raise AssertionError
