"""fully_connected and batch_matmul."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import ShapeError
from ..types import Array
from ._checks import CODES, array, codes_of, flag, multiplier_of, rounding_of, run, shift_of, zero_point_of
from ._weighted import activations, form_of, weighted

__all__ = ["batch_matmul", "fully_connected"]
_LEAST_AXES, _MOST_AXES = 2, 5


def fully_connected(
    x: Array,
    weights: Array,
    bias: Array | None,
    *,
    multiplier: Any,
    shift: Any,
    input_zero_point: int,
    output_zero_point: int,
    weights_zero_point: int = 0,
    activation_min: int | None = None,
    activation_max: int | None = None,
    rounding: str = "double",
) -> Array:
    """Multiply int8 or int16 rows by an int8 matrix.

    Parameters
    ----------
    x : ndarray of int8 or int16, shape (n, in)
    weights : ndarray of int8, shape (out, in), OI
    bias : ndarray of int32, for int16 of int64 or int32, shape (out,), or None
        With int16 its dtype is that of the sums; without a bias they are int64.
    multiplier : int or ndarray of int32, scalar, (1,) or (out,), >= 0
        Q31 of s_x * s_weights / s_out.
    shift : int or ndarray of int32, scalar, (1,) or (out,), in [-31, 30], with int64 sums [-31, 14], positive = left
    input_zero_point, output_zero_point : int in [-128, 127]; 0 for int16
    weights_zero_point : int in [-128, 127]
    activation_min, activation_max : int, optional
        Codes; by default the ends of the dtype.
    rounding : "double" or "single"
        Sums of int64 are rounded once, whatever it says.

    Returns
    -------
    ndarray of the dtype of `x`, shape (n, out)

    Raises
    ------
    ShapeError : dtype or shape of an array
    QuantizationError : a zero point, multiplier, shift or clamp out of range
    UnsupportedError : another rounding

    References
    ----------
    TensorFlow Lite 8-bit quantization specification; CMSIS-NN ``arm_fully_connected_wrapper_s8``,
    ``arm_fully_connected_s16``.
    """
    x = activations(x, "x", ("n", "in"))
    n, features = x.shape
    weights = array(weights, "weights", "int8", ("out", features))
    outputs = weights.shape[0]
    if features == 0 or outputs == 0:
        raise ShapeError(f"x: shape {x.shape}, weights: shape {weights.shape}; only n may be 0")
    params = {
        "batches": n,
        "input_features": features,
        "output_features": outputs,
        "weights_zero_point": zero_point_of(weights_zero_point, "weights_zero_point"),
    }
    return weighted(
        "fully_connected", x, weights, bias, params, shape=(n, outputs), multiplier=multiplier, shift=shift,
        input_zero_point=input_zero_point, output_zero_point=output_zero_point, activation_min=activation_min,
        activation_max=activation_max, rounding=rounding, sums=("int64", "int32"),
    )  # fmt: skip


def batch_matmul(
    x: Array,
    y: Array,
    *,
    x_zero_point: int,
    y_zero_point: int,
    output_zero_point: int,
    multiplier: int,
    shift: int,
    adj_x: bool = False,
    adj_y: bool = False,
    rounding: str = "double",
) -> Array:
    """Multiply int8 or int16 matrices; leading axes broadcast.

    Parameters
    ----------
    x : ndarray of int8 or int16, shape (..., rows, depth), or (..., depth, rows) with `adj_x`
        2 to 5 axes.
    y : ndarray of the same dtype, shape (..., depth, columns), or (..., columns, depth) with `adj_y`
        2 to 5 axes.
    x_zero_point, y_zero_point, output_zero_point : int in [-128, 127]; 0 for int16
    multiplier : int, >= 0
        Q31 of s_x * s_y / s_out.
    shift : int in [-31, 30], for int16 [-31, 14], positive = left
    adj_x, adj_y : bool
    rounding : "double" or "single"
        int16 is rounded once, whatever it says.

    Returns
    -------
    ndarray of the operands' dtype, shape (..., rows, columns)

    Raises
    ------
    ShapeError : dtype or shape of an array
    QuantizationError : a zero point, multiplier or shift out of range
    UnsupportedError : another rounding, or an option that is no bool

    References
    ----------
    TensorFlow Lite ``reference_ops::BatchMatMul``; CMSIS-NN ``arm_batch_matmul_s8``,
    ``arm_batch_matmul_s16``.
    """
    x = codes_of(x, "x", _MOST_AXES, CODES)
    form = form_of(x, None, ("int64",))
    y = codes_of(y, "y", _MOST_AXES, (form.dtype,))
    for value, name in ((x, "x"), (y, "y")):
        if value.ndim < _LEAST_AXES:
            raise ShapeError(f"{name}: {value.ndim} axes, accepted are at least {_LEAST_AXES}")
        if 0 in value.shape[-2:]:
            raise ShapeError(f"{name}: shape {value.shape}, a matrix has at least one element")
    adjoint_x, adjoint_y = flag(adj_x, "adj_x"), flag(adj_y, "adj_y")
    rows, depth = x.shape[-1:-3:-1] if adjoint_x else x.shape[-2:]
    y_depth, columns = y.shape[-1:-3:-1] if adjoint_y else y.shape[-2:]
    if depth != y_depth:
        raise ShapeError(f"x, y: shapes {x.shape} and {y.shape} would sum over {depth} and {y_depth}")
    try:
        batch = np.broadcast_shapes(x.shape[:-2], y.shape[:-2])
    except ValueError:
        raise ShapeError(f"x, y: shapes {x.shape} and {y.shape}, leading axes do not broadcast") from None
    axes = _MOST_AXES - _LEAST_AXES
    dims = (1,) * (axes - len(batch)) + batch
    owns = [(1,) * (_MOST_AXES - value.ndim) + value.shape[:-2] for value in (x, y)]
    params = {f"batch_{axis}": dims[axis] for axis in range(axes)} | {
        "x_broadcast": sum(1 << axis for axis in range(axes) if owns[0][axis] == 1),
        "y_broadcast": sum(1 << axis for axis in range(axes) if owns[1][axis] == 1),
        "rows": rows,
        "depth": depth,
        "columns": columns,
        "adj_x": int(adjoint_x),
        "adj_y": int(adjoint_y),
        "x_zero_point": zero_point_of(x_zero_point, "x_zero_point", form.dtype),
        "y_zero_point": zero_point_of(y_zero_point, "y_zero_point", form.dtype),
        "output_zero_point": zero_point_of(output_zero_point, "output_zero_point", form.dtype),
        "multiplier": multiplier_of(multiplier, "multiplier"),
        "shift": shift_of(shift, "shift", form.most_left),
        "rounding": rounding_of(rounding),
    }
    return run(form.kernel("batch_matmul"), params, [x, y], {}, shape=(*batch, rows, columns), dtype=form.dtype)
