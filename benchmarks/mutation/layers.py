"""Convolutions and dense layers in numpy: sums for faults that no parameter of a kernel says, and bounds of sums."""

from __future__ import annotations

import numpy as np

from edgetwin.referee.linear import LINEAR_KERNELS

__all__ = ["biases", "bounds", "frame", "framed", "is_linear", "products", "sums", "weights_of"]

#: Whole numbers below it are exact in float32.
_EXACT = 2**24


def is_linear(step):
    """Return whether a call makes sums of products, each channel of its own or of all channels of the input."""
    return step.kernel in LINEAR_KERNELS and step.params.get("groups", 1) == 1


def frame(step):
    """Return what is padded: (top, bottom), (left, right); all 0 for a dense layer."""
    p = step.params
    if "kernel_h" not in p:
        return (0, 0), (0, 0)
    around = []
    for axis, pad in (("h", p["pad_top"]), ("w", p["pad_left"])):
        reach = (p[f"output_{axis}"] - 1) * p[f"stride_{axis}"] + (p[f"kernel_{axis}"] - 1) * p[f"dilation_{axis}"] + 1
        around.append((pad, max(reach - p[f"input_{axis}"] - pad, 0)))
    return tuple(around)


def framed(step, codes, fill):
    """Return codes (n, ...) as the windows read them, (n, height, width, channels), with `fill` where padding is.

    Parameters
    ----------
    step : Step
    codes : ndarray, shape (n, ...)
    fill : int
    """
    p = step.params
    if "kernel_h" not in p:
        return codes
    pictures = codes.reshape(-1, p["input_h"], p["input_w"], p["input_c"])
    return np.pad(pictures, ((0, 0), *frame(step), (0, 0)), constant_values=fill)


def weights_of(step):
    """Return the weights less their zero point, in the kernel's layout."""
    weights = np.asarray(step.constants["weights"], np.int64)
    if "output_features" in step.params:
        return weights.reshape(step.params["output_features"], -1) - step.params["weights_zero_point"]
    return weights


def biases(step):
    """Return the biases of all channels."""
    channels = step.params.get("output_features", step.params.get("output_c"))
    bias = step.constants["bias"]
    return np.zeros(channels, np.int64) if bias is None else np.asarray(bias, np.int64).reshape(channels)


def products(step, differences, weights):
    """Return sums of weights times differences from the zero point.

    Parameters
    ----------
    step : Step
    differences : ndarray of integers
        As `framed` makes them.
    weights : ndarray of int64

    Returns
    -------
    ndarray of int64, shape (n, positions, channels)
    """
    p = step.params
    largest = int(np.abs(differences).max(initial=0)) * int(np.abs(weights).max(initial=0))
    taps = weights.size // weights.shape[3 if "depthwise" in step.kernel else 0]
    dtype = np.float32 if largest * taps < _EXACT else np.float64
    values, factors = differences.astype(dtype), weights.astype(dtype)
    if "kernel_h" not in p:
        made = values.reshape(len(values), -1, factors.shape[1]) @ factors.T
        return np.rint(made).astype(np.int64)
    extents = [(p[f"kernel_{axis}"] - 1) * p[f"dilation_{axis}"] + 1 for axis in "hw"]
    windows = np.lib.stride_tricks.sliding_window_view(values, extents, axis=(1, 2))
    windows = windows[:, :: p["stride_h"], :: p["stride_w"], :, :: p["dilation_h"], :: p["dilation_w"]]
    windows = windows[:, : p["output_h"], : p["output_w"]]
    if "depthwise" in step.kernel:
        shared = p["output_c"] // p["input_c"]
        made = np.einsum("nhwckl,klcm->nhwcm", windows, factors.reshape(*factors.shape[1:3], p["input_c"], shared))
    else:
        made = np.tensordot(windows, factors, axes=((4, 5, 3), (1, 2, 3)))
    return np.rint(made).astype(np.int64).reshape(len(values), -1, p["output_c"])


def sums(step, codes):
    """Return the sums of a call, bias and all, before any wrapping: int64, shape (n, positions, channels)."""
    zero = step.params["input_zero_point"]
    return products(step, framed(step, codes.astype(np.int64), zero) - zero, weights_of(step)) + biases(step)


def bounds(step, differences, weights):
    """Return bounds of what `products` gives, int64, shape (2, positions, channels).

    Parameters
    ----------
    step : Step
    differences : ndarray of int64, shape (2, ...)
        The least and the most that each can be.
    weights : ndarray of int64
    """
    rising, falling = (products(step, differences, part) for part in (np.maximum(weights, 0), np.minimum(weights, 0)))
    return rising + falling[::-1]
