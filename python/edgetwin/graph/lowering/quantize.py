"""quantize, dequantize; relu, relu6."""

from __future__ import annotations

import numpy as np

from ...types import INT_RANGES, ROUNDINGS
from ..step import Step
from .context import Context, quantize_multiplier
from .elementwise import dtype_of, quantized

__all__ = ["lower_dequantize", "lower_quantize", "lower_relu", "lower_relu6"]

_CODES = {"int8": "s8", "uint8": "u8", "int16": "s16", "int32": "s32"}
_REQUANTIZE = {"int8": ("int8", "uint8", "int16", "int32"), "uint8": ("int8",), "int16": ("int8", "int16", "int32")}
_REQUANTIZE |= {"int32": ("int8", "int16")}


def _requantize(ctx: Context, kernel: str, real: float, activation: tuple[int, int]) -> Step:
    source, output = ctx.input(0), ctx.output()
    multiplier, shift = quantize_multiplier(real)
    if shift > 30:
        ctx.unsupported(f"effective scale {real:g} needs a left shift of {shift}, accepted are at most 30")
    params = {
        "size": source.size,
        "input_zero_point": ctx.per_tensor(source)[1],
        "output_zero_point": ctx.per_tensor(output)[1],
        "multiplier": multiplier,
        "shift": shift,
        "activation_min": activation[0],
        "activation_max": activation[1],
        # CMSIS-NN has neither operator: TFLite Micro's own kernels, which round twice.
        "rounding": ROUNDINGS["double"],
    }
    return ctx.step(kernel, params)


def _real(ctx: Context, kernel: str, codes: tuple[np.float32, int]) -> Step:
    params = {"size": ctx.input(0).size, "scale": float(codes[0]), "zero_point": codes[1]}
    return ctx.step(kernel, params)


def lower_quantize(ctx: Context) -> Step:
    """Lower QUANTIZE: float32 to codes, or codes to codes of another scale or dtype."""
    source, output = ctx.input(0), ctx.output()
    ctx.expect_shape(output, source.shape)
    if source.dtype == "float32" and output.dtype in ("int8", "int16"):
        return _real(ctx, f"quantize_f32_{_CODES[output.dtype]}", ctx.per_tensor(output))
    if output.dtype not in _REQUANTIZE.get(source.dtype, ()):
        ctx.unsupported(f"{source.dtype} to {output.dtype} is not among the forms that TFLite Micro has")
    real = float(ctx.per_tensor(source)[0]) / float(ctx.per_tensor(output)[0])
    kernel = f"requantize_{_CODES[source.dtype]}_{_CODES[output.dtype]}"
    return _requantize(ctx, kernel, real, INT_RANGES[output.dtype])


def lower_dequantize(ctx: Context) -> Step:
    """Lower DEQUANTIZE: int8, uint8 or int16 codes to float32."""
    source, output = ctx.input(0), ctx.output()
    ctx.expect_shape(output, source.shape)
    if source.dtype not in ("int8", "uint8", "int16") or output.dtype != "float32":
        ctx.unsupported(f"{source.dtype} to {output.dtype}, accepted are int8, uint8 and int16 to float32")
    return _real(ctx, f"dequantize_{_CODES[source.dtype]}_f32", ctx.per_tensor(source))


def lower_relu(ctx: Context) -> Step:
    """Lower RELU, which requantizes."""
    source, output = ctx.input(0), ctx.output()
    dtype = dtype_of(ctx, ("int8", "int16"), source, output)
    ctx.expect_shape(output, source.shape)
    output_scale, output_zero_point = quantized(ctx, output)
    real = float(quantized(ctx, source)[0]) / float(output_scale)
    kernel = f"requantize_{_CODES[dtype]}_{_CODES[dtype]}"
    return _requantize(ctx, kernel, real, (output_zero_point, INT_RANGES[dtype][1]))


def lower_relu6(ctx: Context) -> Step:
    """Lower RELU6: a clamp of the input's codes; the output's quantization is not read, as in the reference."""
    source, output = ctx.input(0), ctx.output()
    dtype = dtype_of(ctx, ("int8", "int16"), source, output)
    ctx.expect_shape(output, source.shape)
    quantized(ctx, source)
    low, high = ctx.activation_range("relu6", source)
    params = {"size": source.size, "activation_min": low, "activation_max": high}
    return ctx.step(f"clamp_{_CODES[dtype]}", params)
