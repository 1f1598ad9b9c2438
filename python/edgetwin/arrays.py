"""What comes from outside as array_like, as arrays of real numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from .errors import DataError, EdgetwinError
from .types import Array

__all__ = ["real_array"]


def real_array(values: Any, what: str, *, kinds: str = "iuf", error: type[EdgetwinError] = DataError) -> Array:
    """Return `values` as an array of real numbers, not copied where it is one.

    Parameters
    ----------
    values : array_like of real numbers
    what : str
        Its name, for messages.
    kinds : str
        Accepted kinds of `numpy.dtype`: "b" adds bool.
    error : type of EdgetwinError

    Returns
    -------
    ndarray, NaN and infinities included

    Raises
    ------
    EdgetwinError : of type `error`, for ragged sequences, text, complex numbers, objects, and masked arrays, whose gaps
        would silently become values
    """
    if isinstance(values, np.ma.MaskedArray):
        raise error(f"{what}: a masked array, accepted is an array without gaps")
    try:
        array = np.asarray(values)
    except ValueError as cause:
        raise error(f"{what}: rows of different length, accepted is an array of real numbers") from cause
    if array.dtype.kind not in kinds:
        raise error(f"{what}: dtype {array.dtype}, accepted are real numbers")
    return array
