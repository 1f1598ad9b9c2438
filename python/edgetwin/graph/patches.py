"""Windows of pictures, as convolutions and pools of TFLite read them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ..types import Array

__all__ = ["patches"]


def patches(options: Mapping[str, Any], values: Array, kernel: tuple[int, int], outside: float) -> Array:
    """Return the windows of pictures.

    Parameters
    ----------
    options : mapping
        The operator's: stride, padding, and dilation where it has one.
    values : ndarray, shape (n, height, width, channels)
    kernel : tuple of int
        Height and width of the window.
    outside : float
        What is read where padding is.

    Returns
    -------
    ndarray, shape (n, output height, output width, kernel height, kernel width, channels)
    """
    stride = options["stride_h"], options["stride_w"]
    dilation = options.get("dilation_h_factor", 1), options.get("dilation_w_factor", 1)
    extents = tuple((k - 1) * d + 1 for k, d in zip(kernel, dilation, strict=True))
    if options["padding"] == "same":
        totals = [
            max((-(-size // s) - 1) * s + extent - size, 0)
            for size, s, extent in zip(values.shape[1:3], stride, extents, strict=True)
        ]
        around = [(0, 0), *((total // 2, total - total // 2) for total in totals), (0, 0)]
        values = np.pad(values, around, constant_values=outside)
    # The types of numpy 1.26 know no tuple of axes.
    windows_of: Callable[..., Array] = np.lib.stride_tricks.sliding_window_view
    windows = windows_of(values, extents, axis=(1, 2))
    windows = windows[:, :: stride[0], :: stride[1], :, :: dilation[0], :: dilation[1]]
    return np.moveaxis(windows, 3, -1)
