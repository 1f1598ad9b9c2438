"""hard_swish, elu, rsqrt, log_softmax, l2_normalization."""

from __future__ import annotations

from typing import Any

from ..errors import QuantizationError, ShapeError
from ..graph.lowering.curves import elu_table
from ..types import INT32_MAX, INT_RANGES, Array
from ._checks import CODES, SUFFIXES, codes_of, integer, multiplier_of, one_scale, run, scale_of, zero_point_of

__all__ = ["elu", "hard_swish", "l2_normalization", "log_softmax", "rsqrt"]

_MULTIPLIERS_S16 = (0, INT_RANGES["int16"][1])


def _rows(x: Any, most: int) -> tuple[Array, dict[str, int | float]]:
    x = codes_of(x, "x")
    if x.ndim < 1 or not 1 <= x.shape[-1] <= most:
        raise ShapeError(f"x: shape {x.shape}, accepted is a last axis of 1 to {most} elements")
    return x, {"rows": x.size // x.shape[-1], "depth": x.shape[-1]}


def hard_swish(
    x: Array,
    *,
    input_zero_point: int,
    output_zero_point: int,
    output_multiplier: int,
    output_shift: int,
    reluish_multiplier: int,
    reluish_shift: int,
) -> Array:
    """Fixed-point ``x * clamp(x + 3, 0, 6) / 6``.

    Parameters
    ----------
    x : ndarray of int8
    input_zero_point, output_zero_point : int in [-128, 127]
    output_multiplier : int in [0, 32767]
        Q15 of s_x / 128 / s_out.
    output_shift : int in [-31, 0], positive = left
    reluish_multiplier : int in [0, 32767]
        Q15 of s_x / 128 * 32768 / 3.
    reluish_shift : int in [-31, 31], positive = left

    Returns
    -------
    ndarray of int8, the shape of `x`

    Raises
    ------
    ShapeError : dtype of `x`
    QuantizationError : a parameter out of range

    References
    ----------
    TensorFlow Lite HARD_SWISH.
    """
    x = codes_of(x, "x")
    params = {
        "size": x.size,
        "input_zero_point": zero_point_of(input_zero_point, "input_zero_point"),
        "output_zero_point": zero_point_of(output_zero_point, "output_zero_point"),
        "output_multiplier": integer(output_multiplier, "output_multiplier", *_MULTIPLIERS_S16),
        "output_shift": integer(output_shift, "output_shift", -31, 0),
        "reluish_multiplier": integer(reluish_multiplier, "reluish_multiplier", *_MULTIPLIERS_S16),
        "reluish_shift": integer(reluish_shift, "reluish_shift", -31, 31),
    }
    return run("hard_swish_s8", params, [x], {}, shape=x.shape)


def elu(x: Array, *, input_scale: float, input_zero_point: int, output_scale: float, output_zero_point: int) -> Array:
    """ELU by a table of all codes: ``x`` where it is positive, ``exp(x) - 1`` elsewhere.

    Parameters
    ----------
    x : ndarray of int8
    input_scale, output_scale : float, > 0
        Rounded to float32.
    input_zero_point, output_zero_point : int in [-128, 127]

    Returns
    -------
    ndarray of int8, the shape of `x`

    Raises
    ------
    ShapeError : dtype of `x`
    QuantizationError : a parameter out of range, or scales that give codes beyond int32

    Notes
    -----
    TFLite Micro fills its table with the C library's expf, which is not always the nearest float32; here it is. A code
    differs only where the two lie on both sides of a tie.

    References
    ----------
    TensorFlow Lite ELU.
    """
    x = codes_of(x, "x")
    table = elu_table(
        scale_of(input_scale, "input_scale"),
        zero_point_of(input_zero_point, "input_zero_point"),
        scale_of(output_scale, "output_scale"),
        zero_point_of(output_zero_point, "output_zero_point"),
    )
    if table is None:
        raise QuantizationError(f"input_scale {input_scale} and output_scale {output_scale} give codes beyond int32")
    return run("lookup_s8", {"size": x.size}, [x], {"table": table}, shape=x.shape)


def rsqrt(x: Array, *, input_zero_point: int, output_zero_point: int, multiplier: int, shift: int) -> Array:
    """Fixed-point reciprocal square root; the highest code where there is none.

    Parameters
    ----------
    x : ndarray of int8 or int16
        Codes below the zero point, at which TFLite Micro stops with an error, give the highest, as 0 does.
    input_zero_point, output_zero_point : int in [-128, 127]; 0 for int16
    multiplier : int, >= 0
        Q31 of 2**-20 / (sqrt(s_x) * s_out).
    shift : int in [-31, 30], positive = left

    Returns
    -------
    ndarray of the dtype of `x`, the shape of `x`

    Raises
    ------
    ShapeError : dtype of `x`
    QuantizationError : a parameter out of range

    References
    ----------
    TFLite Micro RSQRT.
    """
    x = codes_of(x, "x", accepted=CODES)
    params = {
        "size": x.size,
        **one_scale(input_zero_point, output_zero_point, multiplier, shift, x.dtype.name),
    }
    return run(f"rsqrt_{SUFFIXES[x.dtype.name]}", params, [x], {}, shape=x.shape, dtype=x.dtype.name)


def log_softmax(
    x: Array, *, multiplier: int, shift: int, reverse_multiplier: int, reverse_shift: int, diff_min: int
) -> Array:
    """Fixed-point logarithm of softmax over the last axis.

    Parameters
    ----------
    x : ndarray of int8, shape (..., depth), depth <= 4095
    multiplier : int, >= 0
        Q31 of s_x * 2**26.
    shift : int in [0, 31], positive = left
    reverse_multiplier : int, >= 0
        Q31 of 2**31 / (multiplier * 2**shift).
    reverse_shift : int in [-31, 0], positive = left
    diff_min : int in [-(2**31 - 1), 0]
        -floor(31 * 2**26 / 2**shift): differences to the largest code below it give the lowest code.

    Returns
    -------
    ndarray of int8, the shape of `x`, scale 1/16 and zero point 127

    Raises
    ------
    ShapeError : dtype or shape of `x`
    QuantizationError : a parameter out of range

    References
    ----------
    TensorFlow Lite LOG_SOFTMAX; gemmlowp's fixed-point exp.
    """
    x, params = _rows(x, 4095)
    params |= {
        "multiplier": multiplier_of(multiplier, "multiplier"),
        "shift": integer(shift, "shift", 0, 31),
        "reverse_multiplier": multiplier_of(reverse_multiplier, "reverse_multiplier"),
        "reverse_shift": integer(reverse_shift, "reverse_shift", -31, 0),
        "diff_min": integer(diff_min, "diff_min", -INT32_MAX, 0),
    }
    return run("log_softmax_s8", params, [x], {}, shape=x.shape)


def l2_normalization(x: Array, *, input_zero_point: int) -> Array:
    """Divide vectors by their length, over the last axis.

    Parameters
    ----------
    x : ndarray of int8, shape (..., depth), depth <= 33025
    input_zero_point : int in [-128, 127]

    Returns
    -------
    ndarray of int8, the shape of `x`, scale 1/128 and zero point 0

    Raises
    ------
    ShapeError : dtype or shape of `x`
    QuantizationError : `input_zero_point` out of range

    References
    ----------
    TensorFlow Lite L2_NORMALIZATION.
    """
    x, params = _rows(x, 33025)
    params["input_zero_point"] = zero_point_of(input_zero_point, "input_zero_point")
    return run("l2_normalization_s8", params, [x], {}, shape=x.shape)
