"""svdf, unidirectional_sequence_lstm."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...types import LSTM_SATURATIONS, ROUNDINGS, Array
from ..graph import Tensor
from ..step import Step
from .context import Context, quantize_multiplier

__all__ = ["lower_svdf", "lower_unidirectional_sequence_lstm"]

_GATES = ("input", "forget", "cell", "output")
#: Scales inside an LSTM cell: a gate's sum is Q3.12, a gate's value Q0.15.
_GATE_SUM_SCALE = np.float32(2.0**-12)
_GATE_SCALE = np.float32(2.0**-15)
_BIAS_SCALE_TOLERANCE = 1e-5


def _variable(ctx: Context, position: int, dtype: str, size: int) -> Tensor:
    tensor = ctx.input(position)
    if not tensor.is_variable:
        ctx.bad(f"input {position} ({tensor.name!r}) must be a variable tensor")
    if tensor.dtype != dtype:
        ctx.unsupported(f"state {tensor.name!r} is {tensor.dtype}, accepted is {dtype}")
    if tensor.size != size:
        ctx.bad(f"state {tensor.name!r} has {tensor.size} elements, expected {size}")
    return tensor


def _per_tensor_weights(ctx: Context, position: int, shape: tuple[int, int]) -> tuple[Array, np.float32]:
    """Return (values, scale) of constant int8 weights that are quantized per-tensor around 0."""
    tensor = ctx.input(position)
    values = ctx.constant(position, "int8")
    scale, zero_point = ctx.per_tensor(tensor)
    if tensor.shape != shape:
        ctx.bad(f"weights {tensor.name!r} have shape {list(tensor.shape)}, expected {list(shape)}")
    if zero_point != 0:
        ctx.bad(f"weights {tensor.name!r} have zero_point {zero_point}, accepted is 0")
    return values, scale


def _bias(ctx: Context, position: int, size: int) -> Array:
    """Return the int32 bias, which TFLite Micro's recurrent kernels read unasked."""
    tensor = ctx.input(position)
    if tensor.shape != (size,):
        ctx.bad(f"bias {tensor.name!r} has shape {list(tensor.shape)}, expected {[size]}")
    return ctx.constant(position, "int32")


def _multiplier(ctx: Context, real: float, what: str) -> tuple[int, int]:
    multiplier, shift = quantize_multiplier(real)
    if shift > 30:
        ctx.unsupported(f"the scale of {what}, {real:g}, needs a left shift of {shift}, accepted are at most 30")
    return multiplier, shift


def _check_svdf_bias(ctx: Context, product: float) -> None:
    """Raise where the bias's own scale, which the kernel takes for `product`, is not that; as TFLite Micro does."""
    if not ctx.has_input(3):
        ctx.unsupported("it has no bias, which TFLite Micro reads all the same")
    bias = ctx.input(3)
    scale = 0.0 if bias.quantization is None else float(bias.quantization.scale[0])
    if not abs(scale - product) < _BIAS_SCALE_TOLERANCE:
        ctx.bad(
            f"bias {bias.name!r} has scale {scale:g}, state and time weights give {product:g}; accepted is within "
            f"{_BIAS_SCALE_TOLERANCE:g}"
        )


def lower_svdf(ctx: Context) -> Step:
    """Lower SVDF with int8 weights and state."""
    source, output = ctx.int8(ctx.input(0)), ctx.int8(ctx.output())
    batches, input_size = ctx.rank(source, 2)
    filters, _ = ctx.rank(ctx.input(1), 2)
    _, memory = ctx.rank(ctx.input(2), 2)
    rank = ctx.positive("rank")
    if filters % rank != 0:
        ctx.bad(f"{filters} filters are not a multiple of rank {rank}")
    units = filters // rank
    ctx.expect_shape(output, (batches, units))
    state = _variable(ctx, 4, "int8", batches * filters * memory)
    if state.shape != (batches, filters * memory):
        ctx.bad(f"state {state.name!r} has shape {list(state.shape)}, expected {[batches, filters * memory]}")
    weights_feature, feature_scale = _per_tensor_weights(ctx, 1, (filters, input_size))
    weights_time, time_scale = _per_tensor_weights(ctx, 2, (filters, memory))
    input_scale, input_zero_point = ctx.per_tensor(source)
    state_scale, state_zero_point = ctx.per_tensor(state)
    output_scale, output_zero_point = ctx.per_tensor(output)
    # The reference forms both products in float32 before it widens them.
    with np.errstate(over="ignore", under="ignore"):
        to_state = float(input_scale * feature_scale / state_scale)
        to_output = float(state_scale * time_scale / output_scale)
    if not (math.isfinite(to_state) and math.isfinite(to_output)):
        ctx.bad("the scales of input, weights, state and output give no finite effective scale")
    _check_svdf_bias(ctx, float(state_scale * time_scale))
    input_multiplier, input_shift = _multiplier(ctx, to_state, "the state")
    output_multiplier, output_shift = _multiplier(ctx, to_output, "the output")
    params: dict[str, Any] = {
        "batches": batches,
        "input_size": input_size,
        "filters": filters,
        "memory": memory,
        "rank": rank,
        "input_zero_point": input_zero_point,
        "state_zero_point": state_zero_point,
        "output_zero_point": output_zero_point,
        "input_multiplier": input_multiplier,
        "input_shift": input_shift,
        "output_multiplier": output_multiplier,
        "output_shift": output_shift,
        "state_min": -128,
        "state_max": 127,
        # The reference ignores SVDF's fused activation for integers: it clamps to int8 only.
        "activation_min": -128,
        "activation_max": 127,
        "rounding": ctx.rounding,
    }
    constants = {"weights_feature": weights_feature, "weights_time": weights_time, "bias": _bias(ctx, 3, units)}
    inputs = ctx.operator.inputs
    return Step(ctx.index, "svdf_s8", inputs[:1], (inputs[4],), ctx.operator.outputs[:1], params, constants)


def _check_lstm_form(ctx: Context) -> None:
    for positions, what in (((9, 10, 11), "peepholes"), ((16, 17), "a projection"), ((20, 21, 22, 23), "layer norm")):
        if any(ctx.has_input(position) for position in positions):
            ctx.unsupported(f"an LSTM with {what}; TFLite Micro has none either")


def lower_unidirectional_sequence_lstm(ctx: Context) -> Step:
    """Lower UNIDIRECTIONAL_SEQUENCE_LSTM with int8 activations and an int16 cell."""
    _check_lstm_form(ctx)
    activation = ctx.option("fused_activation_function")
    if activation != "tanh":
        ctx.unsupported(f"its activation is {activation!r}, accepted is 'tanh'")
    source, output = ctx.int8(ctx.input(0)), ctx.int8(ctx.output())
    time_major = bool(ctx.option("time_major"))
    first, second, input_size = ctx.rank(source, 3)
    time_steps, batches = (first, second) if time_major else (second, first)
    hidden_size = ctx.rank(ctx.input(5), 2)[0]
    ctx.expect_shape(output, (first, second, hidden_size))
    hidden = _variable(ctx, 18, "int8", batches * hidden_size)
    cell = _variable(ctx, 19, "int16", batches * hidden_size)
    input_scale, input_zero_point = ctx.per_tensor(source)
    hidden_scale, hidden_zero_point = ctx.per_tensor(hidden)
    cell_scale, cell_zero_point = ctx.per_tensor(cell)
    if cell_zero_point != 0:
        ctx.bad(f"cell state {cell.name!r} has zero_point {cell_zero_point}, accepted is 0")
    power = math.floor(math.log2(float(cell_scale)) + 0.5)
    if not -30 <= power <= 2:
        ctx.unsupported(f"cell state {cell.name!r} has scale {cell_scale}, accepted are 2**-30 to 2**2")
    clip = float(np.float32(ctx.option("cell_clip"))) / float(cell_scale)
    if not clip >= 0:
        ctx.bad(f"cell_clip is {ctx.option('cell_clip')}, accepted is >= 0")
    if 0 < clip < 1:
        ctx.unsupported(f"cell_clip is {ctx.option('cell_clip')}, less than a step of the cell state ({cell_scale})")
    params: dict[str, Any] = {
        "batches": batches,
        "time_steps": time_steps,
        "input_size": input_size,
        "hidden_size": hidden_size,
        "time_major": int(time_major),
        "input_zero_point": input_zero_point,
        "hidden_zero_point": hidden_zero_point,
        "output_zero_point": hidden_zero_point,
        "cell_clip": int(min(clip, 32767.0)),
        "cell_scale_power": power,
        # Single rounding is a build of CMSIS-NN, so its kernel it is.
        "saturation": LSTM_SATURATIONS["cmsis_nn" if ctx.rounding == ROUNDINGS["single"] else "tflm"],
        "rounding": ctx.rounding,
    }
    constants: dict[str, Array | None] = {}
    for number, gate in enumerate(_GATES):
        for side, position, size, scale in (
            ("input", 1 + number, input_size, input_scale),
            ("hidden", 5 + number, hidden_size, hidden_scale),
        ):
            weights, weights_scale = _per_tensor_weights(ctx, position, (hidden_size, size))
            constants[f"{gate}_weights_{side}"] = weights
            real = float(scale) * float(weights_scale) / float(_GATE_SUM_SCALE)
            names = (f"{gate}_{side}_multiplier", f"{gate}_{side}_shift")
            params |= dict(zip(names, _multiplier(ctx, real, f"the {gate} gate"), strict=True))
        constants[f"{gate}_bias_input"] = _bias(ctx, 12 + number, hidden_size)
        constants[f"{gate}_bias_hidden"] = None
    gate_scale = float(_GATE_SCALE)
    for name, real in (
        ("forget_to_cell", gate_scale * float(cell_scale) / float(cell_scale)),
        ("input_to_cell", gate_scale * gate_scale / float(cell_scale)),
        ("hidden", gate_scale * gate_scale / float(hidden_scale)),
    ):
        names = (f"{name}_multiplier", f"{name}_shift")
        params |= dict(zip(names, _multiplier(ctx, real, name), strict=True))
    inputs = ctx.operator.inputs
    state = (inputs[18], inputs[19])
    return Step(ctx.index, "lstm_s8", inputs[:1], state, ctx.operator.outputs[:1], params, constants)
