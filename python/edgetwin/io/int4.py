"""int4 values as `.tflite` files hold them: two a byte, the first in the low bits."""

from __future__ import annotations

import math

import numpy as np

from ..types import Array

__all__ = ["pack_int4", "unpack_int4"]


def unpack_int4(packed: bytes, shape: tuple[int, ...]) -> Array:
    """Return values from their packed form.

    Parameters
    ----------
    packed : bytes
        (elements + 1) // 2 of them; the last one's high bits are not looked at where the number of elements is odd.
    shape : tuple of int

    Returns
    -------
    ndarray of int8 in [-8, 7]
    """
    pairs = np.frombuffer(packed, np.int8)
    # The shift to the right repeats the sign.
    values: Array = np.stack([np.left_shift(pairs, 4) >> 4, pairs >> 4], axis=-1).reshape(-1)
    return values[: math.prod(shape)].reshape(shape)


def pack_int4(values: Array) -> bytes:
    """Return the packed form of values.

    Parameters
    ----------
    values : ndarray of int8 in [-8, 7]

    Returns
    -------
    bytes
        (elements + 1) // 2 of them; 0 fills up.
    """
    nibbles = np.pad(values.reshape(-1).view(np.uint8) & 15, (0, values.size % 2))
    packed: bytes = (nibbles[::2] | nibbles[1::2] << 4).astype(np.uint8).tobytes()
    return packed
