"""svdf and lstm in Python integers, one element at a time; nothing comes from edgetwin.

`p` holds the parameters of the device core's kernels by their names there; states are copied, never changed.
"""

from __future__ import annotations

import numpy as np
from oracles.fixed_point import logistic_s16, tanh_s16
from oracles.kernels_elementwise import clip, scaled, wrap
from oracles.kernels_linear import scaled_wide

ROUNDINGS = ("double", "single")
GATES = ("input", "forget", "cell", "output")
INT16 = (-(2**15), 2**15 - 1)


def dot(codes, zero_point, weights, bias=0, bits=32):
    """Return an accumulator of so many bits."""
    return wrap(int(bias) + sum((int(c) - zero_point) * int(w) for c, w in zip(codes, weights, strict=True)), bits)


def bias_of(bias, row):
    """Return an element of a bias that may be absent."""
    return 0 if bias is None else bias[row]


def svdf(p, x, weights_feature, weights_time, bias, state):
    """One step of SVDF: returns the output (batches, units) and the new state (batches, filters, memory)."""
    rounding = ROUNDINGS[p["rounding"]]
    new = state.copy()
    out = np.empty((p["batches"], p["filters"] // p["rank"]), np.int8)
    for b in range(p["batches"]):
        for f in range(p["filters"]):
            total = dot(x[b], p["input_zero_point"], weights_feature[f])
            newest = clip(
                scaled(total, p["input_multiplier"], p["input_shift"], rounding), p["state_min"], p["state_max"]
            )
            # The board stores as many of the sum's lowest bits as the state has.
            stored = wrap(newest + p["state_zero_point"], 8 * state.itemsize)
            new[b, f] = [*state[b, f, 1:], stored]
        for unit in range(out.shape[1]):
            filters = range(unit * p["rank"], (unit + 1) * p["rank"])
            total = wrap(
                int(bias_of(bias, unit)) + sum(dot(new[b, f], p["state_zero_point"], weights_time[f]) for f in filters)
            )
            code = scaled(total, p["output_multiplier"], p["output_shift"], rounding) + p["output_zero_point"]
            out[b, unit] = clip(code, p["activation_min"], p["activation_max"])
    return out, new


def gate_sum(p, constants, gate, row, x, hidden):
    """Return a gate's sum, Q3.12 in int16, before its curve."""
    sides, wide = [], x.dtype == np.int16
    for side, codes in (("input", x), ("hidden", hidden)):
        total = dot(
            codes,
            p[f"{side}_zero_point"],
            constants[f"{gate}_weights_{side}"][row],
            bias_of(constants[f"{gate}_bias_{side}"], row),
            64 if wide else 32,
        )
        multiplier, shift = p[f"{gate}_{side}_multiplier"], p[f"{gate}_{side}_shift"]
        narrow = scaled if not wide else lambda value, by, left, _: scaled_wide(value, by, left)
        sides.append(narrow(total, multiplier, shift, ROUNDINGS[p["rounding"]]))
    from_input, from_hidden = clip(sides[0], *INT16), sides[1]
    if p["saturation"] == 0:
        from_hidden = clip(from_hidden, *INT16)
    return clip(from_input + from_hidden, *INT16)


def lstm(p, x, constants, hidden, cell):
    """All steps of an LSTM: returns the output, the new hidden state and the new cell state."""
    hidden, cell = hidden.copy(), cell.copy()
    ends = (int(np.iinfo(x.dtype).min), int(np.iinfo(x.dtype).max))
    if p["time_major"]:
        x = x.swapaxes(0, 1)
    out = np.empty((p["batches"], p["time_steps"], p["hidden_size"]), x.dtype)
    for b, t in np.ndindex(p["batches"], p["time_steps"]):
        before = hidden[b].copy()
        for row in range(p["hidden_size"]):
            sums = {gate: gate_sum(p, constants, gate, row, x[b, t], before) for gate in GATES}
            opening = {gate: logistic_s16(sums[gate]) for gate in ("input", "forget", "output")}

            def rescaled(a, b, name):
                return scaled(a * b, p[f"{name}_multiplier"], p[f"{name}_shift"], ROUNDINGS[p["rounding"]])

            kept = clip(rescaled(opening["forget"], int(cell[b, row]), "forget_to_cell"), *INT16)
            added = clip(rescaled(opening["input"], tanh_s16(sums["cell"], -12), "input_to_cell"), *INT16)
            value = clip(kept + added, *INT16)
            if p["cell_clip"] > 0:
                value = max(-p["cell_clip"], min(p["cell_clip"], value))
            cell[b, row] = value
            shown = rescaled(tanh_s16(value, p["cell_scale_power"]), opening["output"], "hidden")
            hidden[b, row] = clip(shown + p["output_zero_point"], *ends)
        out[b, t] = hidden[b]
    return (out.swapaxes(0, 1) if p["time_major"] else out), hidden, cell
