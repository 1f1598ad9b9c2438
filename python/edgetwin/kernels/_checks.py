"""Checks of arguments that all kernels share: nothing is cast, every error names the argument."""

from __future__ import annotations

import math
import reprlib
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np

from .. import _core
from ..arrays import contiguous
from ..errors import EdgetwinError, QuantizationError, ShapeError, UnsupportedError
from ..types import INT32_MAX, INT_RANGES, ROUNDINGS, Array

__all__ = [
    "CODES",
    "INT32_MAX",
    "SUFFIXES",
    "activation",
    "array",
    "broadcast_shape",
    "choice",
    "clamp_of",
    "codes_of",
    "flag",
    "images_of",
    "int32_array",
    "integer",
    "multiplier_of",
    "multipliers_of",
    "one_scale",
    "optional",
    "rounding_of",
    "run",
    "scale_of",
    "scales",
    "shift_of",
    "shifts_of",
    "shown",
    "sizes",
    "word",
    "zero_point_of",
]

#: What most kernels take; the dtype of the first array chooses the kernel.
CODES = ("int8", "int16")
#: Dtype -> what the names of its kernels end with.
SUFFIXES: Mapping[str, str] = {"int8": "s8", "int16": "s16", "int32": "s32", "int64": "s64", "bool": "bool"}
_MULTIPLIERS = (0, INT32_MAX)
_SHIFTS = (-31, 30)


def shown(value: Any) -> str:
    """Return what came, on one short line."""
    if isinstance(value, np.ndarray):
        return f"an array of {value.dtype} with shape {value.shape}"
    try:
        text = " ".join(reprlib.repr(value).split())
    except ValueError:  # an integer of more digits than Python prints
        return f"a huge {type(value).__name__}"
    return text if len(text) <= 80 else f"{text[:77]}..."


def array(value: Any, name: str, dtype: str, shape: Sequence[int | str] | None) -> Array:
    """Return `value` as a C-contiguous array.

    `shape` gives sizes, or names where any size is accepted; None accepts every shape.
    """
    if not isinstance(value, np.ndarray) or isinstance(value, np.ma.MaskedArray):
        raise ShapeError(f"{name}: {type(value).__name__}, accepted is a numpy array of {dtype}")
    if value.dtype != np.dtype(dtype):
        raise ShapeError(f"{name}: dtype {value.dtype}, accepted is {dtype}")
    if shape is not None:
        fits = value.ndim == len(shape) and all(
            isinstance(want, str) or want == have for want, have in zip(shape, value.shape, strict=True)
        )
        if not fits:
            accepted = ", ".join(map(str, shape)) + ("," if len(shape) == 1 else "")
            raise ShapeError(f"{name}: shape {value.shape}, accepted is ({accepted})")
    _check_count(value, name)
    return contiguous(value, name)


def _check_count(value: Array, name: str) -> None:
    """Refuse absurd sizes before anything reads or copies them: a broadcast view of one element may claim any."""
    if value.size > INT32_MAX:
        raise ShapeError(f"{name}: shape {value.shape} has {value.size} elements, accepted are at most {INT32_MAX}")


def codes_of(value: Any, name: str, most_axes: int | None = None, accepted: Sequence[str] = ("int8",)) -> Array:
    """Return codes of one of the `accepted` dtypes, of any shape, of at most `most_axes` axes."""
    given = value.dtype if isinstance(value, np.ndarray) else None
    dtype = next((dtype for dtype in accepted if given == np.dtype(dtype)), " or ".join(accepted))
    if given is not None and dtype not in accepted:
        raise ShapeError(f"{name}: dtype {given}, accepted is {dtype}")
    checked = array(value, name, dtype, None)
    if most_axes is not None and checked.ndim > most_axes:
        raise ShapeError(f"{name}: {checked.ndim} axes, accepted are at most {most_axes}")
    return checked


def images_of(value: Any, name: str, accepted: Sequence[str] = ("int8",)) -> Array:
    """Return codes of one of the `accepted` dtypes, of shape (n, h, w, channels), of which only n may be 0."""
    checked = codes_of(value, name, None, accepted)
    if checked.ndim != 4 or 0 in checked.shape[1:]:
        raise ShapeError(f"{name}: shape {checked.shape}, accepted is (n, h, w, channels); only n may be 0")
    return checked


def optional(value: Any, name: str, dtype: str, shape: Sequence[int | str]) -> Array | None:
    """Return a checked array, or None where none was given."""
    return None if value is None else array(value, name, dtype, shape)


def integer(value: Any, name: str, low: int, high: int, error: type[EdgetwinError] = QuantizationError) -> int:
    """Return an integer inside [low, high]; bool is none."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        raise error(f"{name}: {shown(value)}, accepted is an integer in [{low}, {high}]")
    result = int(value)
    if not low <= result <= high:
        raise error(f"{name}: {shown(result)}, accepted is an integer in [{low}, {high}]")
    return result


def zero_point_of(value: Any, name: str, dtype: str = "int8") -> int:
    """Return the zero point of codes; TFLite's int16 is symmetric."""
    return integer(value, name, *((0, 0) if dtype == "int16" else INT_RANGES[dtype]))


def multiplier_of(value: Any, name: str) -> int:
    """Return a Q31 multiplier."""
    return integer(value, name, *_MULTIPLIERS)


def scale_of(value: Any, name: str) -> np.float32:
    """Return a scale as float32."""
    if not isinstance(value, bool) and isinstance(value, (int, float, np.integer, np.floating)):
        try:
            with np.errstate(over="ignore", under="ignore"):
                scale: np.float32 = np.float32(float(value))
        except OverflowError:  # an integer beyond float64
            scale = np.float32(np.inf)
        if 0 < scale < np.inf:
            return scale
    raise QuantizationError(f"{name}: {shown(value)}, accepted is a positive float32")


def shift_of(value: Any, name: str, most_left: int = _SHIFTS[1]) -> int:
    """Return a shift, positive = left."""
    return integer(value, name, _SHIFTS[0], most_left)


def word(value: Any, name: str, accepted: Collection[str]) -> str:
    """Return one of the `accepted` words."""
    if not isinstance(value, str) or value not in accepted:
        raise UnsupportedError(f"{name}: {shown(value)}, accepted are {', '.join(map(repr, accepted))}")
    return value


def choice(value: Any, name: str, accepted: Mapping[str, int]) -> int:
    """Return the device core's code of one of the `accepted` words."""
    return accepted[word(value, name, accepted)]


def flag(value: Any, name: str) -> bool:
    """Return a bool; what is merely true or false is refused."""
    if not isinstance(value, (bool, np.bool_)):
        raise UnsupportedError(f"{name}: {shown(value)}, accepted are True and False")
    return bool(value)


def rounding_of(value: Any) -> int:
    """Return the device core's code of "double" or "single"."""
    return choice(value, "rounding", ROUNDINGS)


def sizes(value: Any, name: str) -> tuple[int, int]:
    """Return (height, width), each >= 1, from an integer (both) or a pair."""
    if not isinstance(value, (tuple, list)):
        value = (value, value)
    elif len(value) != 2:
        raise ShapeError(f"{name}: {shown(value)}, accepted is an integer or a pair (height, width)")
    height, width = (integer(v, name, 1, INT32_MAX, ShapeError) for v in value)
    return height, width


def int32_array(value: Any, name: str, low: int = INT_RANGES["int32"][0], high: int = INT32_MAX) -> Array:
    """Return an int32 array inside [low, high] from an integer or an int32 array."""
    if isinstance(value, (int, np.integer)) and not isinstance(value, bool):
        return np.array(integer(value, name, low, high), np.int32)
    if not isinstance(value, np.ndarray) or isinstance(value, np.ma.MaskedArray) or value.dtype != np.int32:
        raise ShapeError(f"{name}: {shown(value)}, accepted is an integer or an array of int32")
    _check_count(value, name)
    if value.size and not (low <= value.min() and value.max() <= high):
        raise QuantizationError(f"{name}: from {value.min()} to {value.max()}, accepted is [{low}, {high}]")
    return value


def multipliers_of(value: Any) -> Array:
    """Return Q31 multipliers."""
    return int32_array(value, "multiplier", *_MULTIPLIERS)


def shifts_of(value: Any, most_left: int = _SHIFTS[1]) -> Array:
    """Return shifts, positive = left."""
    return int32_array(value, "shift", _SHIFTS[0], most_left)


def _per_channel(checked: Array, name: str, channels: int) -> Array:
    if checked.shape not in ((), (1,), (channels,)):
        raise ShapeError(f"{name}: shape {checked.shape}, accepted are a scalar, (1,) and ({channels},)")
    return np.ascontiguousarray(np.broadcast_to(checked, channels))


def scales(multiplier: Any, shift: Any, channels: int, most_left: int = _SHIFTS[1]) -> dict[str, Array | None]:
    """Return the checked ``multiplier`` and ``shift`` constants, one element a channel."""
    return {
        "multiplier": _per_channel(multipliers_of(multiplier), "multiplier", channels),
        "shift": _per_channel(shifts_of(shift, most_left), "shift", channels),
    }


def activation(
    low: Any, high: Any, names: tuple[str, str] = ("activation_min", "activation_max"), dtype: str = "int8"
) -> tuple[int, int]:
    """Return the checked clamp of codes."""
    least, most = INT_RANGES[dtype]
    checked_low = integer(low, names[0], least, most)
    return checked_low, integer(high, names[1], checked_low, most)


def clamp_of(low: Any, high: Any, dtype: str) -> dict[str, int]:
    """Return the parameters of a clamp whose bounds are the dtype's where they are None."""
    least, most = INT_RANGES[dtype]
    low, high = activation(least if low is None else low, most if high is None else high, dtype=dtype)
    return {"activation_min": low, "activation_max": high}


def broadcast_shape(**arrays: Array) -> tuple[int, ...]:
    """Return the shape that arrays broadcast to."""
    shapes = [a.shape for a in arrays.values()]
    try:
        shape = np.broadcast_shapes(*shapes)
    except ValueError:  # also for more elements than numpy can count
        raise ShapeError(f"{', '.join(arrays)}: shapes {shapes}, accepted are shapes that broadcast") from None
    _check_size(shape)
    return shape


def _check_size(shape: Sequence[int]) -> None:
    if math.prod(shape) > INT32_MAX:
        raise ShapeError(f"the output would have shape {tuple(shape)}, accepted are at most {INT32_MAX} elements")


def run(
    kernel: str,
    params: Mapping[str, int | float],
    inputs: Sequence[Array],
    constants: Mapping[str, Array | None],
    *,
    shape: Sequence[int],
    dtype: str = "int8",
    state: Sequence[Array] = (),
) -> Array:
    """Run a kernel at the SIMD level in use; an empty batch gives an empty result."""
    _check_size(shape)
    if 0 in shape:
        return np.empty(tuple(shape), dtype)
    output = _core.run_kernel(kernel, dict(params), list(inputs), dict(constants), list(state), _core.active_level())[0]
    return output.view(np.dtype(dtype)).reshape(tuple(shape))


def one_scale(
    input_zero_point: Any, output_zero_point: Any, multiplier: Any, shift: Any, dtype: str = "int8"
) -> dict[str, int]:
    """Return the checked parameters of a kernel that requantizes one input by one scale."""
    return {
        "input_zero_point": zero_point_of(input_zero_point, "input_zero_point", dtype),
        "output_zero_point": zero_point_of(output_zero_point, "output_zero_point", dtype),
        "multiplier": multiplier_of(multiplier, "multiplier"),
        "shift": shift_of(shift, "shift"),
    }
