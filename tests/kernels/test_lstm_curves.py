"""Every int16 that an LSTM's curves can be given, one a sequence, through whole LSTM calls."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from oracles.fixed_point import logistic_s16, tanh_s16

import edgetwin as et
from edgetwin import _core

SUMS = np.arange(-(2**15), 2**15)
GATES = ("input", "forget", "cell", "output")
#: A gate whose sum is the largest one is nearly open.
OPEN = logistic_s16(2**15 - 1)
NOTHING = (0, 0)


def scale(real):
    """Multiplier and shift of a real factor."""
    mantissa, exponent = math.frexp(real)
    return round(mantissa * 2**31), exponent


def inputs(sums):
    """Four codes a sequence whose products with the weights 127, 127, 127 and 1 add up to `sums`."""
    whole, rest = np.divmod(sums, 127)
    first = whole // 3
    second = (whole - first) // 2
    return np.stack([first, second, whole - first - second, rest], -1).astype(np.int8)[:, None]


def run(driven, cell, scales, power, level):
    """One unit whose `driven` gates get every sum, the others being open: (hidden, cell) of every sequence."""
    p = {"batches": SUMS.size, "time_steps": 1, "input_size": 4, "hidden_size": 1, "time_major": 0, "rounding": 0}
    p |= {"input_zero_point": 0, "hidden_zero_point": 0, "output_zero_point": 0, "saturation": 0}
    p |= {"cell_clip": 0, "cell_scale_power": power}
    constants = {}
    for gate in GATES:
        for side in ("input", "hidden"):
            p |= {f"{gate}_{side}_multiplier": 2**30, f"{gate}_{side}_shift": 1}
            constants[f"{gate}_bias_{side}"] = None
        used = gate in driven
        weights = [127, 127, 127, 1] if used else [0, 0, 0, 0]
        constants[f"{gate}_weights_input"] = np.array([weights], np.int8)
        constants[f"{gate}_weights_hidden"] = np.zeros((1, 1), np.int8)
        constants[f"{gate}_bias_input"] = np.array([0 if used else 2**15 - 1], np.int32)
    for name, (multiplier, shift) in scales.items():
        p |= {f"{name}_multiplier": multiplier, f"{name}_shift": shift}
    hidden, cell = np.zeros((SUMS.size, 1), np.int8), np.broadcast_to(cell, SUMS.size).astype(np.int16)
    _core.run_kernel("lstm_s8", p, [inputs(SUMS)], constants, [hidden, cell], level=level)
    return hidden[:, 0], cell


@cache
def tanh(power):
    return np.array([tanh_s16(int(value), power) for value in SUMS])


LOGISTIC = np.array([logistic_s16(int(value)) for value in SUMS])
PATHS = pytest.mark.parametrize("level", [*et.archs(), None])


def test_the_inputs_give_every_sum():
    x = inputs(SUMS).astype(int)[:, 0]
    assert_array_equal(x @ [127, 127, 127, 1], SUMS)


@PATHS
def test_forget_gate(level):
    """A cell of 2**14 times the gate's value, scaled back."""
    scales = {"forget_to_cell": scale(2.0**-14), "input_to_cell": NOTHING, "hidden": NOTHING}
    _, cell = run(["forget"], 2**14, scales, -12, level)
    assert_array_equal(cell, LOGISTIC)


@PATHS
def test_input_gate(level):
    largest = tanh_s16(2**15 - 1, -12)
    scales = {"forget_to_cell": NOTHING, "input_to_cell": scale(1 / largest), "hidden": NOTHING}
    _, cell = run(["input"], 0, scales, -12, level)
    assert_array_equal(cell, LOGISTIC)


@PATHS
def test_cell_gate(level):
    scales = {"forget_to_cell": NOTHING, "input_to_cell": scale(1 / OPEN), "hidden": NOTHING}
    _, cell = run(["cell"], 0, scales, -12, level)
    assert_array_equal(cell, tanh(-12))


#: The whole product in eight bits, and its lowest eight bits: a left shift by 24 drops the rest.
PARTS = {"highest": scale(2.0**-23), "lowest": (2**7, 24)}


def part(product, which):
    if which == "highest":
        return np.clip(np.sign(product) * ((np.abs(product) + 2**22) // 2**23), -128, 127)
    return (product + 128) % 256 - 128


@PATHS
@pytest.mark.parametrize("which", PARTS)
def test_output_gate(which, level):
    scales = {"forget_to_cell": scale(1 / OPEN), "input_to_cell": NOTHING, "hidden": PARTS[which]}
    hidden, cell = run(["output"], 2**15 - 1, scales, -12, level)
    assert (cell == 2**15 - 1).all()
    assert_array_equal(hidden, part(LOGISTIC * tanh_s16(2**15 - 1, -12), which))


@PATHS
@pytest.mark.parametrize("which", PARTS)
@pytest.mark.parametrize("power", [-30, -15, -12, -11, 2])
def test_cell(power, which, level):
    """Every cell, kept as it is; the curve's value times that of an open output gate."""
    scales = {"forget_to_cell": scale(1 / OPEN), "input_to_cell": NOTHING, "hidden": PARTS[which]}
    hidden, cell = run([], SUMS, scales, power, level)
    assert_array_equal(cell, SUMS)
    assert_array_equal(hidden, part(tanh(power) * OPEN, which))
