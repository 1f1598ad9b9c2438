"""svdf and unidirectional_sequence_lstm in float32."""

from __future__ import annotations

import numpy as np

from ....types import Array
from ...step import Step
from ..context import Context
from ..recurrent import svdf_shape, variable
from .operands import activation, float32

__all__ = ["lower_svdf", "lower_unidirectional_sequence_lstm"]

#: Where a gate's tensors stand, from the first of their kind: input, forget, cell, output. The kernel's order follows.
_INPUT, _FORGET, _CELL, _OUTPUT = range(4)
_ORDER = (_FORGET, _CELL, _OUTPUT, _INPUT)
#: Peephole weights of a gate; the cell's own gate has none.
_PEEPHOLES = {_INPUT: 9, _FORGET: 10, _OUTPUT: 11}


def lower_svdf(ctx: Context) -> Step:
    """Lower SVDF: the weights of the features transposed for the kernel."""
    float32(ctx, ctx.output())
    params, _ = svdf_shape(ctx)
    filters, memory = params["filters"], params["memory"]
    constants = {
        "weights_feature": np.ascontiguousarray(_values(ctx, 1, (filters, params["input_size"])).T),
        "weights_time": _values(ctx, 2, (filters, memory)),
        "bias": ctx.bias(3, filters // params["rank"], "float32"),
    }
    inputs = ctx.operator.inputs
    params["activation"] = activation(ctx)
    return Step(ctx.index, "svdf_f32", inputs[:1], (inputs[4],), ctx.operator.outputs[:1], params, constants)


def _values(ctx: Context, position: int, shape: tuple[int, ...]) -> Array:
    """Return constant float32 input `position`, which must have `shape`."""
    values = ctx.constant(position, "float32")
    if values.shape != shape:
        ctx.bad(
            f"input {position} ({ctx.input(position).name!r}) has shape {list(values.shape)}, expected {list(shape)}"
        )
    return values


def _clip(ctx: Context, name: str) -> float:
    value = float(np.float32(ctx.option(name)))
    if not 0 <= value < np.inf:
        ctx.bad(f"{name} is {value}, accepted is >= 0 and finite")
    return value


def _gates(ctx: Context) -> tuple[int, ...]:
    """Return the gates that the cell has, in the kernel's order: a cell may be without an input gate."""
    given = {position: ctx.has_input(position) for position in (1, 5)}
    if given[1] != given[5]:
        ctx.bad("its input gate has weights for the input or for the hidden state only, accepted are both or none")
    return _ORDER if given[1] else _ORDER[:3]


def _peepholes(ctx: Context, gates: tuple[int, ...], cells: int) -> Array | None:
    """Return the weights from the cell's state to its gates, zeros for the cell's own gate."""
    wanted = {gate: _PEEPHOLES[gate] for gate in gates if gate in _PEEPHOLES}
    given = [position for position in wanted.values() if ctx.has_input(position)]
    if not given:
        return None
    if len(given) != len(wanted):
        ctx.bad(f"it has peephole weights {given} of {sorted(wanted.values())}, accepted are all or none")
    rows = {gate: _values(ctx, position, (cells,)) for gate, position in wanted.items()}
    return np.stack([rows.get(gate, np.zeros(cells, np.float32)) for gate in gates])


def lower_unidirectional_sequence_lstm(ctx: Context) -> Step:
    """Lower UNIDIRECTIONAL_SEQUENCE_LSTM: also without an input gate, with peepholes and with a projection."""
    if any(ctx.has_input(position) for position in range(20, 24)):
        ctx.unsupported("an LSTM with layer norm")
    if (name := ctx.option("fused_activation_function")) != "tanh":
        ctx.unsupported(f"its activation is {name!r}, accepted is 'tanh'")
    if ctx.option("diagonal_recurrent_tensors"):
        ctx.unsupported("an LSTM with diagonal recurrent weights")
    source, output = ctx.input(0), float32(ctx, ctx.output())
    time_major = bool(ctx.option("time_major"))
    first, second, input_size = ctx.rank(source, 3)
    time_steps, batches = (first, second) if time_major else (second, first)
    cells, hidden_size = ctx.rank(ctx.input(6), 2)
    ctx.expect_shape(output, (first, second, hidden_size))
    variable(ctx, 18, "float32", batches * hidden_size)
    variable(ctx, 19, "float32", batches * cells)
    gates = _gates(ctx)
    weights = [
        np.concatenate([_values(ctx, 1 + gate, (cells, input_size)), _values(ctx, 5 + gate, (cells, hidden_size))], 1)
        for gate in gates
    ]
    constants = {
        "weights": np.ascontiguousarray(np.stack(weights).transpose(2, 0, 1)),
        "bias": np.stack([_values(ctx, 12 + gate, (cells,)) for gate in gates]),
        "peepholes": _peepholes(ctx, gates, cells),
        "projection_weights": None,
        "projection_bias": None,
    }
    if ctx.has_input(16):
        constants["projection_weights"] = np.ascontiguousarray(_values(ctx, 16, (hidden_size, cells)).T)
        constants["projection_bias"] = ctx.bias(17, hidden_size, "float32")
    elif cells != hidden_size:
        ctx.bad(f"it has {cells} cells, {hidden_size} outputs and no projection weights")
    params = {
        "batches": batches,
        "time_steps": time_steps,
        "input_size": input_size,
        "cells": cells,
        "hidden_size": hidden_size,
        "gates": len(gates),
        "time_major": int(time_major),
        "cell_clip": _clip(ctx, "cell_clip"),
        "projection_clip": _clip(ctx, "proj_clip"),
    }
    inputs = ctx.operator.inputs
    return Step(ctx.index, "lstm_f32", inputs[:1], inputs[18:20], ctx.operator.outputs[:1], params, constants)
