"""Where windows lie on an image: output sizes and padding, as TFLite computes them."""

from __future__ import annotations

from typing import Any

from ..errors import ShapeError, UnsupportedError
from ._checks import INT32_MAX, integer, shown

__all__ = ["Padding", "amounts", "padding_1d", "padding_2d", "window_positions"]

#: "same", "valid", or (before, after) of each axis.
Padding = str | tuple[tuple[int, int], ...]


def _is_pair(value: Any) -> bool:
    return isinstance(value, (tuple, list)) and len(value) == 2


def amounts(pair: Any, name: str) -> tuple[int, int]:
    """Return the checked (before, after) of an axis."""
    before, after = (integer(v, name, 0, INT32_MAX, ShapeError) for v in pair)
    return before, after


def padding_1d(padding: Any) -> Padding:
    """Return the checked padding of a sequence."""
    if isinstance(padding, str) and padding in ("same", "valid"):
        return padding
    if not _is_pair(padding):
        raise UnsupportedError(f"padding: {shown(padding)}, accepted are 'same', 'valid' and (before, after)")
    return (0, 0), amounts(padding, "padding")


def padding_2d(padding: Any) -> Padding:
    """Return the checked padding of an image."""
    if isinstance(padding, str) and padding in ("same", "valid"):
        return padding
    if not (_is_pair(padding) and all(map(_is_pair, padding))):
        raise UnsupportedError(
            f"padding: {shown(padding)}, accepted are 'same', 'valid' and ((top, bottom), (left, right))"
        )
    return tuple(amounts(pair, "padding") for pair in padding)


def window_positions(
    padding: Padding, axis: int, *, size: int, kernel: int, stride: int, dilation: int = 1, touching: bool = False
) -> tuple[int, int]:
    """Return (number of windows, elements of padding before the first) along an axis.

    Raises
    ------
    ShapeError : no window fits; with `touching`, also where a window would lie in padding alone
    """
    extent = (kernel - 1) * dilation + 1
    if kernel * dilation > INT32_MAX:
        raise ShapeError(f"dilation: {dilation} spreads {kernel} taps over more than {INT32_MAX} elements")
    if padding == "same":
        count = -(-size // stride)
        return count, max((count - 1) * stride + extent - size, 0) // 2
    before, after = (0, 0) if isinstance(padding, str) else padding[axis]
    count = (size + before + after - extent) // stride + 1
    if count < 1:
        raise ShapeError(
            f"a window of {extent} elements does not fit into x's {size} with padding {before} before and {after} after"
        )
    if touching and (before >= extent or (count - 1) * stride - before >= size):
        raise ShapeError(f"padding: {before} before and {after} after leave a window of {extent} outside of x")
    return count, before
