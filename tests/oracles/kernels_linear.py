"""Convolutions, fully connected layers, pools and requantization from the specification, one sum at a time.

Written from the integer arithmetic of TensorFlow Lite's 8-bit quantization specification; nothing here is fast, and
nothing comes from edgetwin. Arguments have the names and layouts of ``et.kernels``, pairs are (height, width).
"""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np

from .kernels_elementwise import clip, half_away, scaled, wrap


def requantize(values, multiplier, shift, *, rounding="double"):
    """Scale int32 values, all three broadcast."""
    arrays = [np.asarray(a) for a in (values, multiplier, shift)]
    shape = np.broadcast_shapes(*(a.shape for a in arrays))
    values, multiplier, shift = (np.broadcast_to(a, shape) for a in arrays)
    out = np.empty(shape, np.int32)
    for i in np.ndindex(shape):
        out[i] = scaled(int(values[i]), int(multiplier[i]), int(shift[i]), rounding)
    return out


def quantized_multiplier(real):
    """A real scale as (Q31 multiplier, shift): a fraction in [1/2, 1) rounded to 31 bits."""
    if real == 0:
        return 0, 0
    fraction, shift = math.frexp(real)
    multiplier = half_away(Fraction(fraction) * 2**31)
    if multiplier == 2**31:
        multiplier, shift = 2**30, shift + 1
    return (multiplier, shift) if shift >= -31 else (0, 0)


def taps(size, kernel, stride, dilation, padding):
    """For each window along an axis: its (kernel index, input index) pairs that are not padding."""
    extent = (kernel - 1) * dilation + 1
    if padding == "same":
        count = -(-size // stride)
        before = max((count - 1) * stride + extent - size, 0) // 2
    else:
        before, after = (0, 0) if padding == "valid" else padding
        count = (size + before + after - extent) // stride + 1
    windows = []
    for start in range(-before, -before + count * stride, stride):
        places = [(k, start + k * dilation) for k in range(kernel)]
        windows.append([(k, place) for k, place in places if 0 <= place < size])
    return windows


def _axes(padding):
    return (padding, padding) if isinstance(padding, str) else padding


def scaled_wide(value, multiplier, shift):
    """A 64-bit sum by the upper 16 bits of a multiplier, rounded once, ties up; both wrap."""
    reduced = min((multiplier + 2**15) // 2**16, 2**15 - 1)
    doubled = wrap(value * reduced * 2 + 2 ** (15 - shift), 65)
    return wrap(doubled // 2 ** (16 - shift))


def _code(x, total, bias, multiplier, shift, channel, output_zero_point, activation_min, activation_max, rounding):
    """One output: the accumulator, which wraps, requantized and clamped. Sums of int16 have 64 bits but by the bias."""
    wide = x.dtype == np.int16 and (bias is None or bias.dtype == np.int64)
    accumulator = wrap(total + (0 if bias is None else int(bias[channel])), 64 if wide else 32)
    multiplier, shift = (int(np.reshape(a, -1)[channel if np.size(a) > 1 else 0]) for a in (multiplier, shift))
    value = scaled_wide(accumulator, multiplier, shift) if wide else scaled(accumulator, multiplier, shift, rounding)
    ends = np.iinfo(x.dtype)
    low = ends.min if activation_min is None else activation_min
    return clip(value + output_zero_point, low, ends.max if activation_max is None else activation_max)


def conv_2d(
    x,
    weights,
    bias,
    *,
    multiplier,
    shift,
    input_zero_point,
    output_zero_point,
    stride=(1, 1),
    padding="valid",
    dilation=(1, 1),
    activation_min=None,
    activation_max=None,
    rounding="double",
):
    """CONV_2D: x NHWC, weights OHWI; fewer input channels than x has mean groups."""
    filters, kernel_h, kernel_w, depth = weights.shape
    group_filters = filters // (x.shape[3] // depth)
    rows, columns = (
        taps(x.shape[1 + i], (kernel_h, kernel_w)[i], stride[i], dilation[i], _axes(padding)[i]) for i in range(2)
    )
    out = np.empty((len(x), len(rows), len(columns), filters), x.dtype)
    for n, i, j, c in np.ndindex(out.shape):
        first = c // group_filters * depth
        total = 0
        for ky, y in rows[i]:
            for kx, column in columns[j]:
                real = x[n, y, column, first : first + depth].astype(np.int64) - input_zero_point
                total += int(np.sum(real * weights[c, ky, kx].astype(np.int64)))
        out[n, i, j, c] = _code(
            x, total, bias, multiplier, shift, c, output_zero_point, activation_min, activation_max, rounding
        )
    return out


def conv_1d(x, weights, bias, *, stride=1, padding="valid", dilation=1, **params):
    """A convolution along time: CONV_2D of images one row high."""
    across = padding if isinstance(padding, str) else ((0, 0), padding)
    params |= {"stride": (1, stride), "dilation": (1, dilation), "padding": across}
    return conv_2d(x[:, None], weights[:, None], bias, **params)[:, 0]


def depthwise_conv_2d(x, weights, bias, **params):
    """DEPTHWISE_CONV_2D, weights 1HWO: CONV_2D in which every input channel is a group."""
    return conv_2d(x, np.transpose(weights, (3, 1, 2, 0)), bias, **params)


def transpose_conv(
    x,
    weights,
    bias,
    *,
    output_shape,
    stride,
    padding,
    multiplier,
    shift,
    input_zero_point,
    output_zero_point,
    activation_min=None,
    activation_max=None,
    rounding="double",
):
    """TRANSPOSE_CONV: every input pixel times the whole kernel is added where the stride puts it."""
    sums = np.zeros((len(x), *output_shape, len(weights)), np.int64)
    starts = []
    for axis in range(2):
        kernel, step, size = weights.shape[1 + axis], stride[axis], output_shape[axis]
        back = max((-(-size // step) - 1) * step + kernel - size, 0)
        starts.append(back // 2 if padding == "same" else 0)
    for n, i, j in np.ndindex(x.shape[:3]):
        spread = weights.astype(np.int64) @ (x[n, i, j].astype(np.int64) - input_zero_point)
        for ky, kx in np.ndindex(weights.shape[1:3]):
            row, column = i * stride[0] + ky - starts[0], j * stride[1] + kx - starts[1]
            if 0 <= row < output_shape[0] and 0 <= column < output_shape[1]:
                sums[n, row, column] += spread[:, ky, kx]
    out = np.empty(sums.shape, x.dtype)
    for place in np.ndindex(out.shape):
        out[place] = _code(
            x,
            int(sums[place]),
            bias,
            multiplier,
            shift,
            place[-1],
            output_zero_point,
            activation_min,
            activation_max,
            rounding,
        )
    return out


def batch_matmul(
    x,
    y,
    *,
    x_zero_point,
    y_zero_point,
    output_zero_point,
    multiplier,
    shift,
    adj_x=False,
    adj_y=False,
    rounding="double",
):
    """BATCH_MATMUL: numpy's matmul of real codes, each sum wrapped and requantized."""
    left, right = (np.asarray(a, np.int64) for a in (x, y))
    left, right = np.swapaxes(left, -1, -2) if adj_x else left, np.swapaxes(right, -1, -2) if adj_y else right
    sums = np.matmul(left - x_zero_point, right - y_zero_point)
    out = np.empty(sums.shape, x.dtype)
    for place in np.ndindex(out.shape):
        out[place] = _code(x, int(sums[place]), None, multiplier, shift, 0, output_zero_point, None, None, rounding)
    return out


def fully_connected(
    x,
    weights,
    bias,
    *,
    multiplier,
    shift,
    input_zero_point,
    output_zero_point,
    weights_zero_point=0,
    activation_min=None,
    activation_max=None,
    rounding="double",
):
    """FULLY_CONNECTED: x (n, in), weights OI."""
    out = np.empty((len(x), len(weights)), x.dtype)
    for n, c in np.ndindex(out.shape):
        real, factors = x[n].astype(np.int64) - input_zero_point, weights[c].astype(np.int64) - weights_zero_point
        total = int(np.sum(real * factors))
        out[n, c] = _code(
            x, total, bias, multiplier, shift, c, output_zero_point, activation_min, activation_max, rounding
        )
    return out


def _pool(x, reduce, *, pool, stride, padding, activation_min=None, activation_max=None):
    info = np.iinfo(x.dtype)
    low, high = (
        (info.min if activation_min is None else activation_min),
        (info.max if activation_max is None else activation_max),
    )
    rows, columns = (taps(x.shape[1 + i], pool[i], stride[i], 1, _axes(padding)[i]) for i in range(2))
    out = np.empty((len(x), len(rows), len(columns), x.shape[3]), x.dtype)
    for n, i, j, c in np.ndindex(out.shape):
        window = [int(x[n, y, column, c]) for _, y in rows[i] for _, column in columns[j]]
        out[n, i, j, c] = clip(reduce(window), low, high)
    return out


def max_pool_2d(x, **params):
    """MAX_POOL_2D: the largest code under each window."""
    return _pool(x, max, **params)


def average_pool_2d(x, **params):
    """AVERAGE_POOL_2D: the mean code of each window's part inside the image, ties away from zero."""
    return _pool(x, lambda window: half_away(Fraction(sum(window), len(window))), **params)
