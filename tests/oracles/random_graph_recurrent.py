"""Recurrent operators of random graphs; see `random_graph_operators`."""

from __future__ import annotations

import numpy as np
from oracles.random_graph_parts import ACTIVATIONS, SAMPLES, makers, reshaped, sigmoid

from edgetwin.conformance.generators.builder import affine


def _svdf(g, x, room):
    if len(g.shape(x)) != 2:
        if room < 2 or np.prod(g.shape(x)) > 300:
            return None
        x = reshaped(g, x, (1, int(np.prod(g.shape(x)))), 1)
    if g.shape(x)[0] != 1:
        return None
    size, memory, rank, units = g.shape(x)[1], g.size(8), int(g.rng.choice([1, 2])), g.size(11)
    filters = units * rank
    (feature,), real_feature = _matrix(g, (filters, size), size)
    (time,), real_time = _matrix(g, (filters, memory), rank * memory)
    newest = g.values[x][:, 0] @ real_feature.T
    state_quantization = g.calibrated(newest)
    bias_scale = state_quantization.scale * g.scale_of(time)
    data = np.rint(g.rng.normal(0, 0.3, units) / bias_scale).astype(np.int32)
    bias = g.add(f"bias_{len(g.tensors)}", (units,), "int32", affine(bias_scale), data)
    state = g.add(f"state_{len(g.tensors)}", (1, filters * memory), "int8", state_quantization, variable=True)
    result = (newest * real_time[:, -1]).reshape(SAMPLES, units, rank).sum(2) + data * bias_scale
    activation = str(g.rng.choice(["none", "relu"]))
    y = g.activation(result.clip(*ACTIVATIONS[activation])[:, None])
    return g.operator("svdf", [x, feature, time, bias, state], y, rank=rank, fused_activation_function=activation)


def _matrix(g, shape, fan_in):
    codes = g.rng.integers(-127, 128, shape).astype(np.int8)
    scale = np.float32(1.7 / np.sqrt(fan_in) / 127)
    return [g.add(f"weights_{len(g.tensors)}", shape, "int8", affine(scale), codes)], codes * float(scale)


def _unidirectional_sequence_lstm(g, x, room):
    shape = g.shape(x)
    if len(shape) != 3 or shape[0] != 1:
        size = int(np.prod(shape))
        if room < 2 or size > 300:
            return None
        steps = max(d for d in range(1, 9) if size % d == 0)
        x = reshaped(g, x, (1, steps, size // steps), 1)
    (_, steps, size), hidden = g.shape(x), g.size(8)
    inputs, reals, biases = [x], [], []
    for columns in [size] * 4 + [hidden] * 4:
        operands, real = _matrix(g, (hidden, columns), columns)
        inputs += operands
        reals.append(real)
    inputs += [-1] * 3
    for gate in range(4):
        scale = g.scale_of(x) * g.scale_of(inputs[1 + gate])
        data = np.rint(g.rng.normal(0, 0.5, hidden) / scale).astype(np.int32)
        inputs.append(g.add(f"bias_{len(g.tensors)}", (hidden,), "int32", affine(scale), data))
        biases.append(data * float(scale))
    state, cell, outputs = np.zeros((SAMPLES, hidden)), np.zeros((SAMPLES, hidden)), []
    for step in range(steps):
        sums = [g.values[x][:, 0, step] @ reals[i].T + state @ reals[4 + i].T + biases[i] for i in range(4)]
        cell = sigmoid(sums[1]) * cell + sigmoid(sums[0]) * np.tanh(sums[2])
        state = sigmoid(sums[3]) * np.tanh(cell)
        outputs.append(state)
    y = g.activation(np.stack(outputs, 1)[:, None])
    inputs += [-1] * 2
    inputs.append(g.add(f"hidden_{len(g.tensors)}", (1, hidden), "int8", g.quantization(y), variable=True))
    inputs.append(g.add(f"cell_{len(g.tensors)}", (1, hidden), "int16", affine(2.0**-12), variable=True))
    inputs += [-1] * 4
    options = {"fused_activation_function": "tanh", "time_major": False, "cell_clip": float(g.rng.choice([0.0, 2.0]))}
    return g.operator("unidirectional_sequence_lstm", inputs, y, **options)


#: By name, as `random_graph_operators.MAKERS`.
RECURRENT = makers(_svdf, _unidirectional_sequence_lstm)
