"""Checks of arguments that all kernels share: nothing is cast, every error names the argument."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from .. import _core
from ..errors import QuantizationError, ShapeError, UnsupportedError
from ..types import Array

__all__ = ["array", "choice", "integer", "padding_of", "pair", "per_channel", "run", "sizes"]

_ROUNDINGS = {"double": 0, "single": 1}


def array(value: Any, name: str, dtype: str, shape: Sequence[int | str | None]) -> Array:
    """Return `value` as a C-contiguous array; `shape` gives sizes, or names where any size is accepted."""
    if not isinstance(value, np.ndarray):
        raise ShapeError(f"{name}: {type(value).__name__}, accepted is a numpy array of {dtype}")
    if value.dtype != np.dtype(dtype):
        raise ShapeError(f"{name}: dtype {value.dtype}, accepted is {dtype}")
    fits = value.ndim == len(shape) and all(
        not isinstance(want, int) or want == have for want, have in zip(shape, value.shape, strict=True)
    )
    if not fits:
        accepted = ", ".join(str(want) for want in shape)
        raise ShapeError(f"{name}: shape {value.shape}, accepted is ({accepted})")
    return np.require(value, requirements="CA")


def integer(value: Any, name: str, low: int, high: int) -> int:
    """Return an integer inside [low, high]."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, np.integer)):
        raise QuantizationError(f"{name}: {value!r}, accepted is an integer in [{low}, {high}]")
    if not low <= value <= high:
        raise QuantizationError(f"{name}: {value}, accepted is [{low}, {high}]")
    return int(value)


def choice(value: Any, name: str, accepted: Mapping[str, int]) -> int:
    """Return the code of one of the `accepted` words."""
    if not isinstance(value, str) or value not in accepted:
        raise UnsupportedError(f"{name}: {value!r}, accepted are {', '.join(map(repr, accepted))}")
    return accepted[value]


def rounding_of(value: Any) -> int:
    """Return the device core's code of "double" or "single"."""
    return choice(value, "rounding", _ROUNDINGS)


def sizes(value: Any, name: str) -> tuple[int, int]:
    """Return a pair of integers >= 1 from an integer or a pair."""
    first, second = pair(value, name)
    return integer(first, name, 1, 2**31 - 1), integer(second, name, 1, 2**31 - 1)


def pair(value: Any, name: str) -> tuple[Any, Any]:
    """Return a pair from a scalar (twice the same) or a sequence of two."""
    if isinstance(value, (tuple, list)):
        if len(value) != 2:
            raise ShapeError(f"{name}: {value!r}, accepted is an integer or a pair (height, width)")
        return value[0], value[1]
    return value, value


def per_channel(value: Any, name: str, channels: int) -> Array:
    """Return int32 parameters, one a channel, from a scalar, (1,) or (channels,)."""
    if isinstance(value, (int, np.integer)) and not isinstance(value, bool):
        return np.full(channels, integer(value, name, -(2**31), 2**31 - 1), np.int32)
    if not isinstance(value, np.ndarray) or value.dtype != np.int32:
        came = f"dtype {value.dtype}" if isinstance(value, np.ndarray) else type(value).__name__
        raise ShapeError(f"{name}: {came}, accepted is an integer or an int32 array")
    if value.shape not in ((), (1,), (channels,)):
        raise ShapeError(f"{name}: shape {value.shape}, accepted are a scalar, (1,) and ({channels},)")
    return np.ascontiguousarray(np.broadcast_to(value, channels))


def scales(multiplier: Any, shift: Any, channels: int) -> dict[str, Array]:
    """Return the checked ``multiplier`` and ``shift`` constants."""
    checked = {
        "multiplier": per_channel(multiplier, "multiplier", channels),
        "shift": per_channel(shift, "shift", channels),
    }
    if (checked["multiplier"] < 0).any():
        raise QuantizationError(f"multiplier: {checked['multiplier'].min()}, accepted is >= 0")
    if (checked["shift"] < -31).any() or (checked["shift"] > 30).any():
        raise QuantizationError("shift: accepted are -31 to 30 (positive = left)")
    return checked


def activation(low: Any, high: Any) -> dict[str, int]:
    """Return the checked clamp of an int8 output."""
    checked_low = integer(low, "activation_min", -128, 127)
    return {
        "activation_min": checked_low,
        "activation_max": integer(high, "activation_max", checked_low, 127),
    }


def padding_of(padding: Any, size: int, kernel: int, stride: int, dilation: int, axis: int) -> tuple[int, int]:
    """Return (output size, elements of padding before) of one axis, TFLite's SAME or VALID, or explicit amounts."""
    extent = (kernel - 1) * dilation + 1
    if padding == "same":
        output = (size + stride - 1) // stride
        return output, max((output - 1) * stride + extent - size, 0) // 2
    if padding == "valid":
        before = after = 0
    elif isinstance(padding, (tuple, list)) and len(padding) == 2:
        before, after = pair(padding[axis], "padding")
        before, after = integer(before, "padding", 0, 2**30), integer(after, "padding", 0, 2**30)
    else:
        raise UnsupportedError(
            f"padding: {padding!r}, accepted are 'same', 'valid' and ((top, bottom), (left, right))"
        )
    output = (size + before + after - extent) // stride + 1
    if output < 1:
        raise ShapeError(f"a window of {extent} does not fit into {size} elements with padding {before} and {after}")
    return output, before


def run(
    kernel: str,
    params: Mapping[str, int | float],
    inputs: Sequence[Array],
    constants: Mapping[str, Array | None],
    shape: Sequence[int],
    dtype: str = "int8",
    state: Sequence[Array] = (),
) -> Array:
    """Run a kernel of the device core; an empty batch gives an empty result."""
    if 0 in shape:
        return np.empty(tuple(shape), dtype)
    output = _core.run_kernel(kernel, dict(params), list(inputs), dict(constants), list(state))[0]
    return output.view(np.dtype(dtype)).reshape(tuple(shape))
