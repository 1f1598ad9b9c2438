"""svdf, unidirectional_sequence_lstm."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...types import INT_RANGES, ROUNDINGS, SATURATIONS, Array
from ..graph import Tensor
from ..step import Step
from .context import Context, quantize_multiplier
from .linear import activation_dtype, form_of, refuse_in_cmsis_nn

__all__ = ["lower_svdf", "lower_unidirectional_sequence_lstm", "svdf_shape", "variable"]

#: Dtype of the time weights and of the state -> kernel.
_SVDF = {"int8": "svdf_s8", "int16": "svdf_s8_s16"}
_GATES = ("input", "forget", "cell", "output")
#: Scales inside an LSTM cell: a gate's sum is Q3.12, a gate's value Q0.15.
_GATE_SUM_SCALE = np.float32(2.0**-12)
_GATE_SCALE = np.float32(2.0**-15)
_BIAS_SCALE_TOLERANCE = 1e-5


def variable(ctx: Context, position: int, dtype: str, size: int) -> Tensor:
    """Return the variable tensor at input `position`."""
    tensor = ctx.input(position)
    if not tensor.is_variable:
        ctx.bad(f"input {position} ({tensor.name!r}) must be a variable tensor")
    if tensor.dtype != dtype:
        ctx.unsupported(f"state {tensor.name!r} is {tensor.dtype}, accepted is {dtype}")
    if tensor.size != size:
        ctx.bad(f"state {tensor.name!r} has {tensor.size} elements, expected {size}")
    return tensor


def _per_tensor_weights(
    ctx: Context, position: int, shape: tuple[int, int], dtype: str = "int8"
) -> tuple[Array, np.float32]:
    """Return (values, scale) of constant weights that are quantized per-tensor around 0."""
    tensor = ctx.input(position)
    values = ctx.constant(position, dtype)
    scale, zero_point = ctx.per_tensor(tensor)
    if tensor.shape != shape:
        ctx.bad(f"weights {tensor.name!r} have shape {list(tensor.shape)}, expected {list(shape)}")
    if zero_point != 0:
        ctx.bad(f"weights {tensor.name!r} have zero_point {zero_point}, accepted is 0")
    return values, scale


def _bias(ctx: Context, position: int, size: int, dtype: str = "int32") -> Array:
    """Return the bias, which TFLite Micro's recurrent kernels read unasked."""
    tensor = ctx.input(position)
    if tensor.shape != (size,):
        ctx.bad(f"bias {tensor.name!r} has shape {list(tensor.shape)}, expected {[size]}")
    return ctx.constant(position, dtype)


def _multiplier(ctx: Context, real: float, what: str, most_left: int = 30) -> tuple[int, int]:
    multiplier, shift = quantize_multiplier(real)
    if shift > most_left:
        ctx.unsupported(
            f"the scale of {what}, {real:g}, needs a left shift of {shift}, accepted are at most {most_left}"
        )
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


def svdf_shape(ctx: Context) -> tuple[dict[str, int], Tensor]:
    """Return the sizes of SVDF and its state, which has the dtype of the time weights."""
    batches, input_size = ctx.rank(ctx.input(0), 2)
    filters, _ = ctx.rank(ctx.input(1), 2)
    _, memory = ctx.rank(ctx.input(2), 2)
    rank = ctx.positive("rank")
    if filters % rank != 0:
        ctx.bad(f"{filters} filters are not a multiple of rank {rank}")
    ctx.expect_shape(ctx.output(), (batches, filters // rank))
    state = variable(ctx, 4, ctx.input(2).dtype, batches * filters * memory)
    if state.shape != (batches, filters * memory):
        ctx.bad(f"state {state.name!r} has shape {list(state.shape)}, expected {[batches, filters * memory]}")
    sizes = {"batches": batches, "input_size": input_size, "filters": filters, "memory": memory, "rank": rank}
    return sizes, state


def lower_svdf(ctx: Context) -> Step:
    """Lower SVDF: int8, its time weights and its state int8 or int16."""
    source, output = ctx.int8(ctx.input(0)), ctx.int8(ctx.output())
    # The reference chooses by the time weights and takes the state to be the same.
    width = ctx.input(2).dtype
    if width not in _SVDF:
        ctx.unsupported(f"time weights {ctx.input(2).name!r} are {width}, accepted are {', '.join(_SVDF)}")
    sizes, state = svdf_shape(ctx)
    filters = sizes["filters"]
    weights_feature, feature_scale = _per_tensor_weights(ctx, 1, (filters, sizes["input_size"]))
    weights_time, time_scale = _per_tensor_weights(ctx, 2, (filters, sizes["memory"]), width)
    input_scale, input_zero_point = ctx.per_tensor(source)
    state_scale, state_zero_point = ctx.per_tensor(state)
    if width == "int16" and state_zero_point != 0:
        ctx.bad(f"state {state.name!r} is int16 with zero_point {state_zero_point}, accepted is 0")
    state_min, state_max = INT_RANGES[width]
    output_scale, output_zero_point = ctx.per_tensor(output)
    to_state = float(input_scale) * float(feature_scale) / float(state_scale)
    to_output = float(state_scale) * float(time_scale) / float(output_scale)
    _check_svdf_bias(ctx, float(state_scale) * float(time_scale))
    input_multiplier, input_shift = _multiplier(ctx, to_state, "the state")
    output_multiplier, output_shift = _multiplier(ctx, to_output, "the output")
    params: dict[str, Any] = {
        **sizes,
        "input_zero_point": input_zero_point,
        "state_zero_point": state_zero_point,
        "output_zero_point": output_zero_point,
        "input_multiplier": input_multiplier,
        "input_shift": input_shift,
        "output_multiplier": output_multiplier,
        "output_shift": output_shift,
        "state_min": state_min,
        "state_max": state_max,
        # The reference ignores SVDF's fused activation for integers: it clamps to int8 only.
        "activation_min": -128,
        "activation_max": 127,
        "rounding": ctx.rounding,
    }
    bias = _bias(ctx, 3, filters // sizes["rank"])
    constants = {"weights_feature": weights_feature, "weights_time": weights_time, "bias": bias}
    inputs = ctx.operator.inputs
    return Step(ctx.index, _SVDF[width], inputs[:1], (inputs[4],), ctx.operator.outputs[:1], params, constants)


def _check_lstm_form(ctx: Context) -> None:
    for positions, what in (((9, 10, 11), "peepholes"), ((16, 17), "a projection"), ((20, 21, 22, 23), "layer norm")):
        if any(ctx.has_input(position) for position in positions):
            ctx.unsupported(f"an LSTM with {what}; TFLite Micro has none either")


def lower_unidirectional_sequence_lstm(ctx: Context) -> Step:
    """Lower UNIDIRECTIONAL_SEQUENCE_LSTM with int8 or int16 activations and an int16 cell."""
    _check_lstm_form(ctx)
    activation = ctx.option("fused_activation_function")
    if activation != "tanh":
        ctx.unsupported(f"its activation is {activation!r}, accepted is 'tanh'")
    source, output = ctx.input(0), ctx.output()
    form = form_of(ctx, source, output, 12)
    time_major = bool(ctx.option("time_major"))
    first, second, input_size = ctx.rank(source, 3)
    time_steps, batches = (first, second) if time_major else (second, first)
    hidden_size = ctx.rank(ctx.input(5), 2)[0]
    ctx.expect_shape(output, (first, second, hidden_size))
    hidden = variable(ctx, 18, source.dtype, batches * hidden_size)
    cell = variable(ctx, 19, "int16", batches * hidden_size)
    input_scale, input_zero_point = ctx.per_tensor(source)
    hidden_scale, hidden_zero_point = ctx.per_tensor(hidden)
    activation_dtype(ctx, source, hidden)
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
        "saturation": SATURATIONS["cmsis_nn" if ctx.rounding == ROUNDINGS["single"] else "tflm"],
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
            params |= dict(zip(names, _multiplier(ctx, real, f"the {gate} gate", form.most_left), strict=True))
        constants[f"{gate}_bias_input"] = bias = _bias(ctx, 12 + number, hidden_size, form.sums)
        # The form of its kernel for cores with the DSP extension narrows them.
        if form.sums == "int64" and np.any(bias != bias.astype(np.int32)):
            refuse_in_cmsis_nn(ctx, form, "biases of more than 32 bits")
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
    return Step(ctx.index, f"lstm_{form.suffix}", inputs[:1], state, ctx.operator.outputs[:1], params, constants)
