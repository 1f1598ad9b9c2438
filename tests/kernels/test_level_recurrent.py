"""LSTM and SVDF on every SIMD level give the device core's own bytes: outputs and states."""

from __future__ import annotations

import os

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from oracles.case_parts import (
    random_activation,
    random_bias,
    random_scale,
    random_weights,
    random_zero_point,
)
from oracles.cases import random_case
from oracles.inputs import samples
from oracles.levels import assert_equal_on_all_levels
from oracles.models import model_bytes

import edgetwin as et
from edgetwin import _core
from edgetwin.conformance.generators.builder import random_codes

CASES = int(os.environ.get("EDGETWIN_LEVEL_CASES", "60"))
GATES = ("input", "forget", "cell", "output")
STATES = {"svdf_s8": np.int8, "svdf_s8_s16": np.int16}


@pytest.mark.parametrize("kernel", [*STATES, "lstm_s8"])
def test_small_cases(kernel):
    rng = np.random.default_rng(1)
    for _ in range(CASES * 3):
        case = random_case(kernel, rng)
        assert_equal_on_all_levels(kernel, case.params, case.inputs, case.constants, case.state)


def weights_of(rng, shape):
    """Any value; now and then nothing but the lowest."""
    return np.full(shape, -128, np.int8) if rng.random() < 0.1 else random_weights(rng, shape)


def scale_near(rng, real):
    """A multiplier and a shift about that of `real`; now and then an extreme, where everything saturates or wraps."""
    if rng.random() < 0.1:
        return random_scale(rng, real)
    multiplier = int(rng.choice([2**30, 2**31 - 1, int(rng.integers(2**30, 2**31))]))
    return multiplier, int(np.floor(np.log2(real))) + int(rng.integers(-1, 2))


@pytest.mark.parametrize("seed", range(CASES))
@pytest.mark.parametrize("kernel", STATES)
def test_svdf(kernel, seed):
    rng = np.random.default_rng([2, seed])
    width = STATES[kernel]
    rank, units = int(rng.integers(1, 4)), int(rng.choice([1, 2, 3, 5, 8, 16, 17, 31, 64, 65]))
    # Rows over time of whole steps of eight, of parts, and of less than one.
    memory, size = int(rng.choice([1, 2, 3, 7, 8, 9, 10, 16, 24, 33])), int(rng.choice([1, 2, 3, 40, 96, 257]))
    p = {"batches": int(rng.choice([1, 1, 2, 3])), "input_size": size, "filters": rank * units}
    p |= {"memory": memory, "rank": rank, "rounding": int(rng.integers(2))}
    p |= {f"{name}_zero_point": random_zero_point(rng) for name in ("input", "output")}
    p["state_zero_point"] = random_zero_point(rng) if width == np.int8 else 0
    real = np.iinfo(width).max / (5000 * np.sqrt(size))
    p["input_multiplier"], p["input_shift"] = scale_near(rng, real)
    ends = np.iinfo(width).max
    p["output_multiplier"], p["output_shift"] = scale_near(rng, 250 / (ends * ends * np.sqrt(rank * memory)))
    state = random_activation(rng, width)
    p |= {"state_min": state["activation_min"], "state_max": state["activation_max"]} | random_activation(rng)
    constants = {
        "weights_feature": weights_of(rng, (p["filters"], size)),
        "weights_time": random_codes(rng, (p["filters"], memory), width),
        "bias": random_bias(rng, units),
    }
    x = random_codes(rng, (p["batches"], size))
    states = [random_codes(rng, (p["batches"], p["filters"], memory), width)]
    assert_equal_on_all_levels(kernel, p, [x], constants, states)


def lstm_case(rng, size, hidden, steps, batches):
    """A call whose gates are neither all open nor all shut, mostly."""
    p = {"batches": batches, "time_steps": steps, "input_size": size, "hidden_size": hidden}
    p |= {name: int(rng.integers(2)) for name in ("time_major", "saturation", "rounding")}
    p |= {f"{name}_zero_point": random_zero_point(rng) for name in ("input", "hidden", "output")}
    constants = {}
    for gate in GATES:
        for source, width in (("input", size), ("hidden", hidden)):
            # Logistic is curved up to some 4 * 2^12, sums of products are about 5000 for each.
            scale = scale_near(rng, 4 * 2**12 / (5000 * np.sqrt(width)))
            p[f"{gate}_{source}_multiplier"], p[f"{gate}_{source}_shift"] = scale
            constants[f"{gate}_weights_{source}"] = weights_of(rng, (hidden, width))
            constants[f"{gate}_bias_{source}"] = random_bias(rng, hidden)
    for name, real in (("forget_to_cell", 2.0**-15), ("input_to_cell", 2.0**-17), ("hidden", 2.0**-22)):
        p[f"{name}_multiplier"], p[f"{name}_shift"] = scale_near(rng, real)
    p["cell_clip"] = int(rng.choice([0, 0, 1, 5000, 32767]))
    # -12: the cell is read as it is; above and below it is scaled up and down to the curve's steps.
    p["cell_scale_power"] = int(rng.choice([-30, -15, -13, -12, -11, -9, 0, 2]))
    order = [steps, batches] if p["time_major"] else [batches, steps]
    state = [random_codes(rng, (batches, hidden)), random_codes(rng, (batches, hidden), np.int16)]
    return p, [random_codes(rng, (*order, size))], constants, state


@pytest.mark.parametrize("seed", range(CASES))
def test_lstm(seed):
    rng = np.random.default_rng([3, seed])
    hidden = int(rng.choice([1, 3, 4, 8, 15, 16, 17, 20, 33, 64]))
    # Steps whose products are made together, one more, and more than twice as many.
    steps = int(rng.choice([1, 2, 11, 12, 13, 25]))
    call = lstm_case(rng, int(rng.choice([1, 2, 3, 10, 64, 257])), hidden, steps, int(rng.choice([1, 1, 2])))
    assert_equal_on_all_levels("lstm_s8", *call)


#: A factor of 1 as a shift left, which takes any scale's arithmetic, and one of 1/2 for sums twice as large.
UNITS = {"shift left": (2**30, 1, 1), "shift right": (2**31 - 1, -1, 2)}


def open_gates(unit, batches, hidden, power=-12):
    """An LSTM whose gates are open, whatever its input and hidden state are."""
    multiplier, shift, factor = UNITS[unit]
    p, _, constants, _ = lstm_case(np.random.default_rng(4), 4, hidden, 1, batches)
    p |= {"cell_scale_power": power, "cell_clip": 0, "rounding": 0, "time_major": 0}
    p |= {f"{name}_zero_point": 0 for name in ("input", "hidden", "output")}
    for name, real in (("forget_to_cell", -15), ("input_to_cell", -17), ("hidden", -23)):
        p |= {f"{name}_multiplier": 2**30, f"{name}_shift": real + 1}
    for gate in GATES:
        p |= {f"{gate}_input_multiplier": multiplier, f"{gate}_input_shift": shift, f"{gate}_hidden_multiplier": 0}
        constants[f"{gate}_weights_input"] = np.zeros((hidden, 4), np.int8)
        constants[f"{gate}_bias_input"] = np.full(hidden, 32767 * factor, np.int32)
    return p, constants


def core_state(p, x, constants, state):
    """The device core's output and new cell."""
    state = [array.copy() for array in state]
    (output,) = _core.run_kernel("lstm_s8", p, [x], constants, state, level=None)
    return output.view(np.int8).ravel(), state[1].astype(int).ravel()


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("power", [-30, -13, -12, -11, 2])
def test_every_cell(power, unit):
    """All 2^16 values of the cell, with a forget gate that keeps them."""
    hidden, batches = 64, 1024
    p, constants = open_gates(unit, batches, hidden, power)
    p["input_to_cell_multiplier"] = 0
    cell = np.arange(-(2**15), 2**15).astype(np.int16).reshape(batches, hidden)
    x, state = np.zeros((batches, 1, 4), np.int8), [np.zeros(cell.shape, np.int8), cell]
    assert_equal_on_all_levels("lstm_s8", p, [x], constants, state)
    output, kept = core_state(p, x, constants, state)
    assert np.abs(kept - cell.ravel()).max() < 16
    assert len(np.unique(output)) > {-30: 0, 2: 2}.get(power, 100)


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("gate", GATES)
def test_every_sum_of_a_gate(gate, unit):
    """All 2^16 sums of one gate: an input of each value, 256 apart, and a unit of each value between."""
    hidden = batches = 256
    p, constants = open_gates(unit, batches, hidden)
    factor = UNITS[unit][2]
    constants[f"{gate}_weights_input"][:, : 2 * factor] = -128
    constants[f"{gate}_bias_input"] = (np.arange(hidden, dtype=np.int32) - 256) * factor
    x = np.repeat(np.arange(-128, 128, dtype=np.int8), 4).reshape(batches, 1, 4)
    state = [np.zeros((batches, hidden), np.int8), np.full((batches, hidden), 3000, np.int16)]
    assert_equal_on_all_levels("lstm_s8", p, [x], constants, state)
    output, cell = core_state(p, x, constants, state)
    assert len(np.unique(output)) > 40 if gate == "output" else len(np.unique(cell)) > 2500


@pytest.mark.parametrize("level", et.archs())
@pytest.mark.parametrize("name", ["dtln", "kwscr8_small_biases"])
def test_sequences_of_200_steps(shared, name, level):
    """A state that is carried, and a batch of which each sample starts afresh, beside the device core's own plan."""
    data = model_bytes(shared, name)
    model = et.load(data)
    x = samples(shared, name, model.graph.tensors[model.graph.inputs[0]], 200).reshape(200, *model.inputs[0].shape)
    results = []
    for arch in ("scalar", level):
        with et.arch(arch):
            state = model.state()
            steps = np.stack([model.run(sample, state=state) for sample in x])
            results.append([steps, model.run(x), *state.arrays.values()])
    for made, expected in zip(results[1], results[0], strict=True):
        assert_array_equal(made, expected)
