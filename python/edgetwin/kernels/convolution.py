"""conv_1d, conv_2d, depthwise_conv_2d."""

from __future__ import annotations

from typing import Any

from ..errors import ShapeError
from ..types import Array
from ._checks import INT32_MAX, array, integer, sizes
from ._weighted import activations, weighted
from ._windows import Padding, padding_1d, padding_2d, window_positions

__all__ = ["conv_1d", "conv_2d", "depthwise_conv_2d"]

#: What sums of int16 codes each has.
_SUMS = {"conv_2d": ("int64", "int32"), "depthwise_conv_2d": ("int64",)}


def conv_2d(
    x: Array,
    weights: Array,
    bias: Array | None,
    *,
    multiplier: Any,
    shift: Any,
    input_zero_point: int,
    output_zero_point: int,
    stride: Any = 1,
    padding: Any = "valid",
    dilation: Any = 1,
    activation_min: int | None = None,
    activation_max: int | None = None,
    rounding: str = "double",
) -> Array:
    """Convolve int8 or int16 images with int8 weights.

    Parameters
    ----------
    x : ndarray of int8 or int16, shape (n, h, w, in), NHWC
    weights : ndarray of int8, shape (out, kh, kw, in // groups), OHWI, zero point 0
        Fewer input channels than `x` has mean groups.
    bias : ndarray of int32, for int16 of int64 or int32, shape (out,), or None
        With int16 its dtype is that of the sums; without a bias they are int64.
    multiplier : int or ndarray of int32, scalar, (1,) or (out,), >= 0
        Q31 of s_x * s_weights / s_out.
    shift : int or ndarray of int32, scalar, (1,) or (out,), in [-31, 30], with int64 sums [-31, 14], positive = left
    input_zero_point, output_zero_point : int in [-128, 127]; 0 for int16
    stride, dilation : int or (height, width), >= 1
    padding : "same", "valid" or ((top, bottom), (left, right))
        Padding contributes nothing: it holds the input's zero point.
    activation_min, activation_max : int, optional
        The clamp of the output's codes; by default the ends of the dtype.
    rounding : "double" or "single"
        TFLite Micro's and CMSIS-NN's default, or CMSIS-NN's CMSIS_NN_USE_SINGLE_ROUNDING. Sums of int64 are rounded
        once, whatever it says.

    Returns
    -------
    ndarray of the dtype of `x`, shape (n, h', w', out)

    Raises
    ------
    ShapeError : dtype or shape of an array, a stride, dilation or padding out of range, or a window that does not fit
    QuantizationError : a zero point, multiplier, shift or clamp out of range
    UnsupportedError : another kind of padding or rounding

    References
    ----------
    TensorFlow Lite 8-bit quantization specification; CMSIS-NN ``arm_convolve_wrapper_s8``,
    ``arm_convolve_wrapper_s16``.
    """
    x = activations(x, "x", ("n", "h", "w", "in"))
    weights = array(weights, "weights", "int8", ("out", "kh", "kw", "in // groups"))
    return _convolve(
        "conv_2d", x, weights, bias, params=_groups(x, weights), channels=weights.shape[0],
        multiplier=multiplier, shift=shift, input_zero_point=input_zero_point,
        output_zero_point=output_zero_point, stride=sizes(stride, "stride"), padding=padding_2d(padding),
        dilation=sizes(dilation, "dilation"), activation_min=activation_min, activation_max=activation_max,
        rounding=rounding,
    )  # fmt: skip


def conv_1d(
    x: Array,
    weights: Array,
    bias: Array | None,
    *,
    multiplier: Any,
    shift: Any,
    input_zero_point: int,
    output_zero_point: int,
    stride: int = 1,
    padding: Any = "valid",
    dilation: int = 1,
    activation_min: int | None = None,
    activation_max: int | None = None,
    rounding: str = "double",
) -> Array:
    """Convolve int8 or int16 sequences with int8 weights: `conv_2d` with one row.

    Parameters
    ----------
    x : ndarray of int8 or int16, shape (n, time, in)
    weights : ndarray of int8, shape (out, k, in // groups), zero point 0
    bias : ndarray of int32, for int16 of int64 or int32, shape (out,), or None
    multiplier, shift, input_zero_point, output_zero_point, activation_min, activation_max, rounding
        As in `conv_2d`.
    stride, dilation : int, >= 1
    padding : "same", "valid" or (before, after)

    Returns
    -------
    ndarray of the dtype of `x`, shape (n, time', out)

    Raises
    ------
    ShapeError, QuantizationError, UnsupportedError : as in `conv_2d`
    """
    x = activations(x, "x", ("n", "time", "in"))
    weights = array(weights, "weights", "int8", ("out", "k", "in // groups"))
    result = _convolve(
        "conv_2d", x[:, None], weights[:, None], bias, params=_groups(x, weights), channels=weights.shape[0],
        multiplier=multiplier, shift=shift, input_zero_point=input_zero_point, output_zero_point=output_zero_point,
        stride=(1, integer(stride, "stride", 1, INT32_MAX, ShapeError)), padding=padding_1d(padding),
        dilation=(1, integer(dilation, "dilation", 1, INT32_MAX, ShapeError)), activation_min=activation_min,
        activation_max=activation_max, rounding=rounding,
    )  # fmt: skip
    return result[:, 0]


def depthwise_conv_2d(
    x: Array,
    weights: Array,
    bias: Array | None,
    *,
    multiplier: Any,
    shift: Any,
    input_zero_point: int,
    output_zero_point: int,
    stride: Any = 1,
    padding: Any = "valid",
    dilation: Any = 1,
    activation_min: int | None = None,
    activation_max: int | None = None,
    rounding: str = "double",
) -> Array:
    """Convolve every channel of int8 or int16 images with filters of its own.

    Parameters
    ----------
    x : ndarray of int8 or int16, shape (n, h, w, in), NHWC
    weights : ndarray of int8, shape (1, kh, kw, out), 1HWO, zero point 0
        Output channel c reads input channel c // (out // in).
    bias : ndarray of int32, for int16 of int64, shape (out,), or None
    multiplier, shift, input_zero_point, output_zero_point, stride, padding, dilation, activation_min, activation_max, \
rounding
        As in `conv_2d`.

    Returns
    -------
    ndarray of the dtype of `x`, shape (n, h', w', out)

    Raises
    ------
    ShapeError, QuantizationError, UnsupportedError : as in `conv_2d`

    References
    ----------
    TensorFlow Lite 8-bit quantization specification; CMSIS-NN ``arm_depthwise_conv_wrapper_s8``,
    ``arm_depthwise_conv_wrapper_s16``.
    """
    x = activations(x, "x", ("n", "h", "w", "in"))
    weights = array(weights, "weights", "int8", (1, "kh", "kw", "out"))
    channels = weights.shape[3]
    if x.shape[3] == 0 or channels % x.shape[3] != 0:
        raise ShapeError(f"weights: {channels} channels, accepted are multiples of x's {x.shape[3]}")
    return _convolve(
        "depthwise_conv_2d", x, weights, bias, params={}, channels=channels, multiplier=multiplier, shift=shift,
        input_zero_point=input_zero_point, output_zero_point=output_zero_point,
        stride=sizes(stride, "stride"), padding=padding_2d(padding), dilation=sizes(dilation, "dilation"),
        activation_min=activation_min, activation_max=activation_max, rounding=rounding,
    )  # fmt: skip


def _groups(x: Array, weights: Array) -> dict[str, int]:
    channels, group_in, filters = x.shape[-1], weights.shape[-1], weights.shape[0]
    if group_in == 0 or channels % group_in != 0:
        raise ShapeError(f"weights: {group_in} input channels, accepted are divisors of x's {channels}")
    groups = channels // group_in
    if groups and filters % groups != 0:
        raise ShapeError(f"weights: {filters} filters, accepted are multiples of {groups} groups")
    return {"groups": groups}


def _convolve(
    operator: str,
    x: Array,
    weights: Array,
    bias: Any,
    *,
    params: dict[str, int],
    channels: int,
    multiplier: Any,
    shift: Any,
    input_zero_point: Any,
    output_zero_point: Any,
    stride: tuple[int, int],
    padding: Padding,
    dilation: tuple[int, int],
    activation_min: Any,
    activation_max: Any,
    rounding: Any,
) -> Array:
    n, input_h, input_w, input_c = x.shape
    if 0 in x.shape[1:] or 0 in weights.shape:
        raise ShapeError(f"x: shape {x.shape}, weights: shape {weights.shape}; only n may be 0")
    kernel_h, kernel_w = weights.shape[1:3]
    output_h, pad_top = window_positions(
        padding, 0, size=input_h, kernel=kernel_h, stride=stride[0], dilation=dilation[0]
    )
    output_w, pad_left = window_positions(
        padding, 1, size=input_w, kernel=kernel_w, stride=stride[1], dilation=dilation[1]
    )
    params = params | {
        "batches": n,
        "input_h": input_h,
        "input_w": input_w,
        "input_c": input_c,
        "output_h": output_h,
        "output_w": output_w,
        "output_c": channels,
        "kernel_h": kernel_h,
        "kernel_w": kernel_w,
        "stride_h": stride[0],
        "stride_w": stride[1],
        "dilation_h": dilation[0],
        "dilation_w": dilation[1],
        "pad_top": pad_top,
        "pad_left": pad_left,
    }
    return weighted(
        operator, x, weights, bias, params, shape=(n, output_h, output_w, channels), multiplier=multiplier, shift=shift,
        input_zero_point=input_zero_point, output_zero_point=output_zero_point, activation_min=activation_min,
        activation_max=activation_max, rounding=rounding, sums=_SUMS[operator],
    )  # fmt: skip
