"""svdf and unidirectional_sequence_lstm: LiteRT's own kernels, which XNNPACK has none of."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ....types import SATURATIONS, Array
from ...step import Step
from .. import recurrent
from ..context import Context, quantize_multiplier

__all__ = ["lower_svdf", "lower_unidirectional_sequence_lstm"]

_FLOAT = np.float32
#: LiteRT's LSTM reads the hidden state's quantization from the last of these.
_INTERMEDIATES = 5
_LEAST_POWER, _MOST_POWER = -15, -11
#: Fields of the integer kernel that LiteRT's does without.
_ABSENT = (
    "forget_to_cell_multiplier",
    "forget_to_cell_shift",
    "input_to_cell_multiplier",
    "input_to_cell_shift",
    "rounding",
)


def lower_svdf(ctx: Context) -> Step:
    """Lower SVDF with an int16 state, which LiteRT takes any to be."""
    if ctx.input(2).dtype != "int16":
        ctx.unsupported(
            f"arithmetic 'xnnpack' is not defined for {ctx.input(2).dtype} time weights, accepted is int16: LiteRT "
            "takes any to be int16, and reads others past their end"
        )
    if ctx.option("fused_activation_function") != "relu":
        ctx.unsupported("its activation is not 'relu', which LiteRT demands")
    return recurrent.lower_svdf(ctx)


def lower_unidirectional_sequence_lstm(ctx: Context) -> Step:
    """Lower UNIDIRECTIONAL_SEQUENCE_LSTM: scales formed in float32, gemmlowp's curves."""
    step = recurrent.lower_unidirectional_sequence_lstm(ctx)
    tensors = [ctx.graph.tensors[index] for index in ctx.operator.intermediates]
    if len(tensors) != _INTERMEDIATES:
        ctx.unsupported(f"it has {len(tensors)} intermediate tensors, LiteRT demands {_INTERMEDIATES}")
    power = step.params["cell_scale_power"]
    if not _LEAST_POWER <= power <= _MOST_POWER:
        ctx.unsupported(
            f"arithmetic 'xnnpack' is not defined for a cell scale of 2**{power}, accepted are 2**{_LEAST_POWER} to "
            f"2**{_MOST_POWER}"
        )
    hidden = ctx.quantization(tensors[-1])
    params = {name: value for name, value in step.params.items() if name not in _ABSENT}
    for side, first in (("input", 1), ("hidden", 5)):
        scale = ctx.per_tensor(ctx.input(0 if side == "input" else 18))[0]
        for number, gate in enumerate(("input", "forget", "cell", "output")):
            with np.errstate(all="ignore"):
                real = ctx.per_tensor(ctx.input(first + number))[0] * scale / _FLOAT(2.0**-12)
            names = (f"{gate}_{side}_multiplier", f"{gate}_{side}_shift")
            params |= dict(zip(names, ctx.scale(float(real)), strict=True))
    real = _FLOAT(2.0**-15 / float(hidden.scale[0]) * 2.0**-15)
    params["hidden_multiplier"], params["hidden_shift"] = quantize_multiplier(float(real))
    params["output_zero_point"] = int(hidden.zero_point[0])
    params["saturation"] = SATURATIONS["cmsis_nn"]
    constants: dict[str, Array | None] = dict(step.constants)
    return replace(step, kernel="lstm_s8_litert", params=params, constants=constants)
