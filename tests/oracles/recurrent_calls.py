"""et.kernels.svdf and lstm, called with the device core's parameter names."""

from __future__ import annotations

from oracles.kernels_recurrent import GATES, ROUNDINGS

from edgetwin import kernels


def svdf(p, x, constants, state):
    """et.kernels.svdf with the device core's parameter names."""
    names = {"mult_in": "input_multiplier", "shift_in": "input_shift"}
    names |= {"mult_out": "output_multiplier", "shift_out": "output_shift"}
    names |= {"in_act_min": "state_min", "in_act_max": "state_max"}
    names |= {"out_act_min": "activation_min", "out_act_max": "activation_max", "rank": "rank"}
    names |= {f"{name}_zero_point": f"{name}_zero_point" for name in ("input", "state", "output")}
    options = {ours: p[theirs] for ours, theirs in names.items()}
    return kernels.svdf(x, **constants, **options, state_in=state, rounding=ROUNDINGS[p["rounding"]])


def lstm(p, x, constants, state):
    """et.kernels.lstm with the device core's parameter names: (output, hidden, cell)."""
    gates = {}
    for gate in GATES:
        gates[gate] = entries = {}
        for side in ("input", "hidden"):
            name = f"{gate}_{side}"
            entries[f"weights_{side}"] = constants[f"{gate}_weights_{side}"]
            entries[f"effective_bias_{side}"] = constants[f"{gate}_bias_{side}"]
            entries[f"{side}_mult"], entries[f"{side}_shift"] = p[f"{name}_multiplier"], p[f"{name}_shift"]
    options = {name: p[name] for name in ("cell_scale_power", "cell_clip")}
    options |= {f"{name}_zero_point": p[f"{name}_zero_point"] for name in ("input", "hidden", "output")}
    for name in ("forget_to_cell", "input_to_cell"):
        options[name] = (p[f"{name}_multiplier"], p[f"{name}_shift"])
    output, (hidden, cell) = kernels.lstm(
        x,
        gates,
        **options,
        output_mult=p["hidden_multiplier"],
        output_shift=p["hidden_shift"],
        time_major=bool(p["time_major"]),
        hidden_state=state[0],
        cell_state=state[1],
        saturation=("tflm", "cmsis_nn")[p["saturation"]],
        rounding=ROUNDINGS[p["rounding"]],
    )
    return output, hidden, cell
