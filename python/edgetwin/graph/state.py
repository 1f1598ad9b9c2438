"""Variable tensors: what they hold before the first run."""

from __future__ import annotations

import numpy as np

from ..types import Array
from .graph import DTYPES, Tensor

__all__ = ["initial_state"]


def initial_state(tensor: Tensor) -> Array:
    """Return the value of a variable tensor before the first run, as TFLite Micro resets it.

    Parameters
    ----------
    tensor : Tensor
        A variable tensor.

    Returns
    -------
    ndarray
        Of the tensor's shape and dtype: its zero point for int8, 0 for every other dtype.
    """
    value = 0
    if tensor.dtype == "int8" and tensor.quantization is not None:
        value = int(tensor.quantization.zero_point[0])
    return np.full(tensor.shape, value, DTYPES[tensor.dtype])
