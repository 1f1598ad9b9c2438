"""What comes from outside as array_like or number, checked."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from . import _core
from .errors import DataError, EdgetwinError, ShapeError
from .types import INT32_MAX, Array

__all__ = ["contiguous", "empty_array", "positive_number", "real_array", "whole_number"]

#: A view that repeats its elements may claim any size: what has to be copied is at most this large.
MOST_COPIED_BYTES = INT32_MAX


def contiguous(array: Array, what: str) -> Array:
    """Return `array` aligned and C-contiguous, not copied where it is.

    Parameters
    ----------
    array : ndarray
    what : str
        Its name, for messages.

    Returns
    -------
    ndarray

    Raises
    ------
    ShapeError : a copy is needed and would be larger than 2 GiB
    """
    if array.flags.c_contiguous and array.flags.aligned:
        return array
    if array.nbytes > MOST_COPIED_BYTES:
        raise ShapeError(
            f"{what}: shape {array.shape} is not C-contiguous and too large to copy ({array.nbytes} bytes, accepted "
            f"are {MOST_COPIED_BYTES}); pass fewer samples at a time"
        )
    return np.require(array, requirements=["C", "A"])


def empty_array(shape: tuple[int, ...], dtype: np.dtype[Any], what: str) -> Array:
    """Return a new array, its elements not set.

    Parameters
    ----------
    shape : tuple of int
    dtype : dtype
    what : str
        What it is for, for messages.

    Returns
    -------
    ndarray

    Raises
    ------
    ShapeError : more than the memory that the machine, or this process's control group, has
    """
    cause: Exception | None = None
    # Where the system promises more than it has, the process would be killed in the middle of the work.
    if math.prod(shape) * dtype.itemsize <= _core.memory_limit():
        try:
            return np.empty(shape, dtype)
        except (MemoryError, ValueError, OverflowError) as error:
            cause = error
    raise ShapeError(f"{what}: an array of {dtype} with shape {shape} does not fit into memory") from cause


def real_array(values: Any, what: str, *, kinds: str = "iuf", error: type[EdgetwinError] = DataError) -> Array:
    """Return `values` as an array of real numbers, or of truth values, not copied where it is one.

    Parameters
    ----------
    values : array_like of real numbers
    what : str
        Its name, for messages.
    kinds : str
        Accepted kinds of `numpy.dtype`: "b" adds bool, alone it asks for truth values.
    error : type of EdgetwinError

    Returns
    -------
    ndarray, NaN and infinities included

    Raises
    ------
    EdgetwinError : of type `error`, for ragged sequences, text, complex numbers, objects, and masked arrays, whose gaps
        would silently become values
    """
    accepted = "truth values" if kinds == "b" else "real numbers"
    if isinstance(values, np.ma.MaskedArray):
        raise error(f"{what}: a masked array, accepted is an array without gaps")
    try:
        array = np.asarray(values)
    except ValueError as cause:
        raise error(f"{what}: rows of different length, accepted is an array of {accepted}") from cause
    if array.dtype.kind not in kinds:
        raise error(f"{what}: dtype {array.dtype}, accepted are {accepted}")
    return array


def whole_number(value: Any, what: str, low: int, high: int | None = None) -> int:
    """Return an integer of at least `low` and at most `high`; bool is none.

    Parameters
    ----------
    value : Any
    what : str
        Its name, for messages.
    low, high : int
        Both accepted; None as `high` for no limit.

    Returns
    -------
    int

    Raises
    ------
    DataError : naming `what`
    """
    whole = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
    if not whole or value < low or (high is not None and value > high):
        accepted = f">= {low}" if high is None else f"in [{low}, {high}]"
        raise DataError(f"{what}: {value!r}, accepted is an integer {accepted}")
    return int(value)


def positive_number(value: Any, what: str, high: float = np.inf) -> float:
    """Return a finite number above 0, at most `high`; bool is none.

    Parameters
    ----------
    value : Any
    what : str
        Its name, for messages.
    high : float

    Returns
    -------
    float

    Raises
    ------
    DataError : naming `what`
    """
    real = isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)
    if not real or not 0 < value <= high or not np.isfinite(value):
        accepted = "a positive finite number" if high == np.inf else f"a positive number up to {high}"
        raise DataError(f"{what}: {value!r}, accepted is {accepted}")
    return float(value)
