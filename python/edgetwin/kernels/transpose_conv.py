"""transpose_conv."""

from __future__ import annotations

from typing import Any

from ..errors import ShapeError
from ..graph.lowering.transpose_conv import transpose_padding
from ..types import Array
from ._checks import array, sizes, word
from ._weighted import activations, weighted

__all__ = ["transpose_conv"]


def transpose_conv(
    x: Array,
    weights: Array,
    bias: Array | None,
    *,
    output_shape: Any,
    multiplier: Any,
    shift: Any,
    input_zero_point: int,
    output_zero_point: int,
    stride: Any = 1,
    padding: str = "valid",
    activation_min: int | None = None,
    activation_max: int | None = None,
    rounding: str = "double",
) -> Array:
    """Spread every pixel of int8 or int16 images over the outputs under a kernel.

    Parameters
    ----------
    x : ndarray of int8 or int16, shape (n, h, w, in), NHWC
    weights : ndarray of int8, shape (out, kh, kw, in), OHWI, zero point 0
    bias : ndarray of int32, for int16 of int64, shape (out,), or None
    output_shape : int or (height, width), >= 1
        Of the result; what falls outside is dropped, where nothing falls the result is the bias.
    multiplier : int or ndarray of int32, scalar, (1,) or (out,), >= 0
        Q31 of s_x * s_weights / s_out.
    shift : int or ndarray of int32, scalar, (1,) or (out,), in [-31, 30], for int16 [-31, 14], positive = left
    input_zero_point, output_zero_point : int in [-128, 127]; 0 for int16
    stride : int or (height, width), >= 1
    padding : "same" or "valid"
        "valid": pixel (y, x) and tap (i, j) add to output (y * stride + i, x * stride + j). "same": as many rows and
        columns earlier as a convolution from the output back to the input pads.
    activation_min, activation_max : int, optional
        Codes; by default the ends of the dtype.
    rounding : "double" or "single"
        int16 is rounded once, whatever it says.

    Returns
    -------
    ndarray of the dtype of `x`, shape (n, height, width, out)

    Raises
    ------
    ShapeError : dtype or shape of an array, a stride or output size out of range
    QuantizationError : a zero point, multiplier, shift or clamp out of range
    UnsupportedError : another kind of padding or rounding

    References
    ----------
    TensorFlow Lite 8-bit quantization specification; CMSIS-NN ``arm_transpose_conv_wrapper_s8``.
    """
    x = activations(x, "x", ("n", "h", "w", "in"))
    n, input_h, input_w, input_c = x.shape
    weights = array(weights, "weights", "int8", ("out", "kh", "kw", input_c))
    output_c, kernel_h, kernel_w, _ = weights.shape
    if 0 in x.shape[1:] or 0 in weights.shape:
        raise ShapeError(f"x: shape {x.shape}, weights: shape {weights.shape}; only n may be 0")
    output_h, output_w = sizes(output_shape, "output_shape")
    stride_h, stride_w = sizes(stride, "stride")
    padding = word(padding, "padding", ("same", "valid"))
    params = {
        "batches": n,
        "input_h": input_h,
        "input_w": input_w,
        "input_c": input_c,
        "output_h": output_h,
        "output_w": output_w,
        "output_c": output_c,
        "kernel_h": kernel_h,
        "kernel_w": kernel_w,
        "stride_h": stride_h,
        "stride_w": stride_w,
        "pad_top": transpose_padding(padding, output_h, kernel_h, stride_h),
        "pad_left": transpose_padding(padding, output_w, kernel_w, stride_w),
    }
    return weighted(
        "transpose_conv", x, weights, bias, params, shape=(n, output_h, output_w, output_c), multiplier=multiplier,
        shift=shift, input_zero_point=input_zero_point, output_zero_point=output_zero_point,
        activation_min=activation_min, activation_max=activation_max, rounding=rounding,
    )  # fmt: skip
