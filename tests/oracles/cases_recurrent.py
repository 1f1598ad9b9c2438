"""Random valid calls of kernels that keep a state; see `cases`."""

from __future__ import annotations

from functools import partial

import numpy as np
from oracles.case_parts import (
    Case,
    random_activation,
    random_bias,
    random_rounding,
    random_scale,
    random_size,
    random_weights,
    random_zero_point,
)

from edgetwin.conformance.generators.builder import random_codes


def _svdf(rng, width):
    rank, units, memory = random_size(rng, 2), random_size(rng, 7), random_size(rng, 11)
    p = {
        "batches": random_size(rng, 2),
        "input_size": random_size(rng, 31),
        "filters": rank * units,
        "memory": memory,
        "rank": rank,
    }
    p |= {f"{name}_zero_point": random_zero_point(rng) for name in ("input", "output")}
    p["state_zero_point"] = random_zero_point(rng) if width == np.int8 else 0
    p["input_multiplier"], p["input_shift"] = random_scale(rng, 0.01 if width == np.int8 else 1.0)
    p["output_multiplier"], p["output_shift"] = random_scale(rng, 0.01 if width == np.int8 else 2.0**-22)
    state = random_activation(rng, width)
    p |= {"state_min": state["activation_min"], "state_max": state["activation_max"]} | random_activation(rng)
    p["rounding"] = random_rounding(rng)
    constants = {
        "weights_feature": random_weights(rng, (p["filters"], p["input_size"])),
        "weights_time": random_codes(rng, (p["filters"], memory), width),
        "bias": random_bias(rng, units),
    }
    return Case(
        p,
        [random_codes(rng, (p["batches"], p["input_size"]))],
        constants,
        [random_codes(rng, (p["batches"], p["filters"], memory), width)],
    )


def _lstm(rng, dtype, sums):
    batches, steps, inputs, hidden = (
        random_size(rng, 2),
        random_size(rng, 3),
        random_size(rng, 13),
        random_size(rng, 11),
    )
    p = {"batches": batches, "time_steps": steps, "input_size": inputs, "hidden_size": hidden}
    p |= {"time_major": int(rng.integers(2)), "saturation": int(rng.integers(2)), "rounding": random_rounding(rng)}
    for name in ("input", "hidden", "output"):
        p[f"{name}_zero_point"] = random_zero_point(rng) if dtype == np.int8 else 0
    typical, most_left = (0.2, 30) if dtype == np.int8 else (0.001, 14)
    constants = {}
    for gate in ("input", "forget", "cell", "output"):
        for source, width in (("input", inputs), ("hidden", hidden)):
            p[f"{gate}_{source}_multiplier"], p[f"{gate}_{source}_shift"] = random_scale(rng, typical, high=most_left)
            constants[f"{gate}_weights_{source}"] = random_weights(rng, (hidden, width))
            constants[f"{gate}_bias_{source}"] = random_bias(rng, hidden, sums)
    for name, real in (
        ("forget_to_cell", 2.0**-15),
        ("input_to_cell", 2.0**-15),
        ("hidden", 2.0**-23 if dtype == np.int8 else 2.0**-15),
    ):
        p[f"{name}_multiplier"], p[f"{name}_shift"] = random_scale(rng, real)
    p["cell_clip"] = int(rng.choice([0, 1, 5000, 32767]))
    p["cell_scale_power"] = int(rng.choice([-30, -15, -12, -11, -9, 0, 2]))
    order = [steps, batches] if p["time_major"] else [batches, steps]
    state = [random_codes(rng, (batches, hidden), dtype), random_codes(rng, (batches, hidden), np.int16)]
    return Case(p, [random_codes(rng, (*order, inputs), dtype)], constants, state)


#: Generator of calls by kernel name.
RECURRENT = {
    "svdf_s8": partial(_svdf, width=np.int8),
    "svdf_s8_s16": partial(_svdf, width=np.int16),
    "lstm_s8": partial(_lstm, dtype=np.int8, sums=np.int32),
    "lstm_s16": partial(_lstm, dtype=np.int16, sums=np.int64),
}
