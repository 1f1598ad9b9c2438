"""softmax, logistic, tanh, relu, relu6."""

from __future__ import annotations

from typing import Any

from ..errors import QuantizationError, ShapeError, UnsupportedError
from ..types import INT_RANGES, SATURATIONS, Array
from ._checks import (
    CODES,
    INT32_MAX,
    SUFFIXES,
    activation,
    choice,
    clamp_of,
    codes_of,
    integer,
    multiplier_of,
    one_scale,
    rounding_of,
    run,
    shift_of,
    shown,
    word,
    zero_point_of,
)

__all__ = ["logistic", "relu", "relu6", "softmax", "tanh"]


def softmax(
    x: Array,
    *,
    multiplier: int,
    shift: int,
    diff_min: int | None = None,
    output_dtype: str | None = None,
    rounding: str = "double",
    saturation: str = "tflm",
) -> Array:
    """Softmax over the last axis: of int8 in fixed point, of int16 by tables.

    Parameters
    ----------
    x : ndarray of int8 or int16, shape (..., depth), depth <= 4095, of int16 <= 65535
    multiplier : int, >= 0
        Q31 of beta * s_x * 2**26; of int16, of beta * s_x * 6553.5.
    shift : int in [0, 31], of int16 in [-31, 30], positive = left
    diff_min : int, <= 0
        -floor(31 * 2**26 / 2**shift): differences to the largest code below it give the lowest code. None for int16.
    output_dtype : "int8" or "int16", optional
        That of `x` by default; int16 gives int16 only.
    rounding : "double" or "single"
        Of the differences of int16; int8 takes "double" only.
    saturation : "tflm" or "cmsis_nn"
        Of the value 1 in int16, which a single element has, one step beyond the codes: TFLite Micro gives 32767,
        CMSIS-NN wraps to -32768. int8 takes "tflm" only.

    Returns
    -------
    ndarray of int8 (scale 1/256, zero point -128) or int16 (scale 1/65536, zero point -32768; from int16 1/32768, 0),
        the shape of `x`

    Raises
    ------
    ShapeError : dtype or shape of `x`
    QuantizationError : a parameter out of range
    UnsupportedError : another `output_dtype`, `rounding` or `saturation`

    Notes
    -----
    512 and more nearly equal codes are each below half a step of the int8 output and give -128. TFLite Micro aborts
    there, and CMSIS-NN shifts by 32 bits or more, which C leaves undefined.

    References
    ----------
    CMSIS-NN ``arm_softmax_s8``, ``arm_softmax_s8_s16``, ``arm_softmax_s16``.
    """
    x = codes_of(x, "x", None, CODES)
    wide = x.dtype.name == "int16"
    made = x.dtype.name if output_dtype is None else word(output_dtype, "output_dtype", CODES[wide:])
    most = 65535 if wide else 4095
    if x.ndim < 1 or not 1 <= x.shape[-1] <= most:
        raise ShapeError(f"x: shape {x.shape}, accepted is a last axis of 1 to {most} elements")
    params = {
        "rows": x.size // x.shape[-1],
        "depth": x.shape[-1],
        "multiplier": multiplier_of(multiplier, "multiplier"),
        "shift": shift_of(shift, "shift") if wide else integer(shift, "shift", 0, 31),
    }
    forms = {"rounding": rounding_of(rounding), "saturation": choice(saturation, "saturation", SATURATIONS)}
    if wide:
        _absent(diff_min, "diff_min")
        return run("softmax_s16", params | forms, [x], {}, shape=x.shape, dtype=made)
    for name, value, only in (("rounding", rounding, "double"), ("saturation", saturation, "tflm")):
        if value != only:
            raise UnsupportedError(f"{name}: {value!r}, accepted for int8 is {only!r}")
    params["diff_min"] = integer(diff_min, "diff_min", -(2**31), 0)
    kernel = "softmax_s8" if made == "int8" else "softmax_s8_s16"
    return run(kernel, params, [x], {}, shape=x.shape, dtype=made)


def _absent(value: Any, name: str) -> None:
    """Raise for a parameter that int16 does not have."""
    if value is not None:
        raise QuantizationError(f"{name}: {shown(value)}, accepted is None for int16")


def _curve(name: str, x: Array, input_zero_point: Any, input_range_radius: Any, multiplier: Any, shift: Any) -> Array:
    x = codes_of(x, "x", None, CODES)
    dtype = x.dtype.name
    zero_point = zero_point_of(input_zero_point, "input_zero_point", dtype)
    params = {"size": x.size}
    if dtype == "int16":
        _absent(input_range_radius, "input_range_radius")
        params["multiplier"] = integer(multiplier, "multiplier", 0, INT_RANGES["int16"][1])
        params["shift"] = integer(shift, "shift", -31, 0)
    else:
        params["input_zero_point"] = zero_point
        params["input_range_radius"] = integer(input_range_radius, "input_range_radius", 0, INT32_MAX)
        params["multiplier"] = multiplier_of(multiplier, "multiplier")
        params["shift"] = shift_of(shift, "shift")
    return run(f"{name}_{SUFFIXES[dtype]}", params, [x], {}, shape=x.shape, dtype=dtype)


def logistic(
    x: Array, *, input_zero_point: int, multiplier: int, shift: int, input_range_radius: int | None = None
) -> Array:
    """Logistic of codes: of int8 in fixed point, of int16 by table.

    Parameters
    ----------
    x : ndarray of int8 or int16
    input_zero_point : int in [-128, 127]; 0 for int16
    multiplier : int, >= 0
        Q31 of s_x * 2**27. Of int16 at most 32767: multiplier * 2**shift is s_x * 3 * 2**12.
    shift : int in [-31, 30], of int16 in [-31, 0], positive = left
    input_range_radius : int, >= 0
        floor(15 * 2**27 / 2**shift): at this distance from the zero point the output saturates. None for int16.

    Returns
    -------
    ndarray of the dtype of `x`, its shape
        int8 has scale 1/256 and zero point -128, int16 has scale 1/32768 and zero point 0.

    Raises
    ------
    ShapeError : dtype of `x`
    QuantizationError : a parameter out of range

    References
    ----------
    TensorFlow Lite LOGISTIC; gemmlowp's fixed-point logistic.
    """
    return _curve("logistic", x, input_zero_point, input_range_radius, multiplier, shift)


def tanh(
    x: Array, *, input_zero_point: int, multiplier: int, shift: int, input_range_radius: int | None = None
) -> Array:
    """Tanh of codes: of int8 in fixed point, of int16 by table.

    Parameters
    ----------
    x, input_zero_point, multiplier, shift, input_range_radius
        As in `logistic`.

    Returns
    -------
    ndarray of the dtype of `x`, its shape
        int8 has scale 1/128 and zero point 0, int16 has scale 1/32768 and zero point 0.

    Raises
    ------
    ShapeError : dtype of `x`
    QuantizationError : a parameter out of range

    References
    ----------
    TensorFlow Lite TANH; gemmlowp's fixed-point tanh.
    """
    return _curve("tanh", x, input_zero_point, input_range_radius, multiplier, shift)


def relu(
    x: Array,
    *,
    input_zero_point: int,
    output_zero_point: int,
    multiplier: int,
    shift: int,
    activation_min: int | None = None,
    activation_max: int | None = None,
    rounding: str = "double",
) -> Array:
    """Requantize int8 or int16 codes and clamp them: RELU, and with other bounds its relatives.

    Parameters
    ----------
    x : ndarray of int8 or int16
    input_zero_point, output_zero_point : int in [-128, 127]; 0 for int16
    multiplier : int, >= 0
        Q31 of s_x / s_out.
    shift : int in [-31, 30], positive = left
    activation_min : int, optional
        The code of the lower bound; `output_zero_point`, the code of 0, by default.
    activation_max : int, optional
        The highest code by default.
    rounding : "double" or "single"

    Returns
    -------
    ndarray of the dtype of `x`, the shape of `x`

    Raises
    ------
    ShapeError : dtype of `x`
    QuantizationError : a parameter out of range
    UnsupportedError : another rounding

    References
    ----------
    TensorFlow Lite RELU.
    """
    x = codes_of(x, "x", accepted=CODES)
    dtype = x.dtype.name
    params = {"size": x.size, **one_scale(input_zero_point, output_zero_point, multiplier, shift, dtype)}
    low = params["output_zero_point"] if activation_min is None else activation_min
    params |= clamp_of(low, activation_max, dtype) | {"rounding": rounding_of(rounding)}
    return run(f"requantize_{SUFFIXES[dtype]}_{SUFFIXES[dtype]}", params, [x], {}, shape=x.shape, dtype=dtype)


def relu6(x: Array, *, activation_min: int, activation_max: int) -> Array:
    """Clamp int8 or int16 codes to the codes of 0 and 6: RELU6 of TFLite Micro, which does not requantize.

    Parameters
    ----------
    x : ndarray of int8 or int16
    activation_min, activation_max : int, codes

    Returns
    -------
    ndarray of the dtype of `x`, the shape of `x`, quantized as `x`

    Raises
    ------
    ShapeError : dtype of `x`
    QuantizationError : a bound out of range

    References
    ----------
    TensorFlow Lite RELU6.
    """
    x = codes_of(x, "x", accepted=CODES)
    low, high = activation(activation_min, activation_max, dtype=x.dtype.name)
    params = {"size": x.size, "activation_min": low, "activation_max": high}
    return run(f"clamp_{SUFFIXES[x.dtype.name]}", params, [x], {}, shape=x.shape, dtype=x.dtype.name)
