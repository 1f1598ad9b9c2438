"""resize_nearest_neighbor and resize_bilinear."""

from __future__ import annotations

from typing import Any

from ..errors import UnsupportedError
from ..types import Array
from ._checks import CODES, SUFFIXES, flag, images_of, run, sizes

__all__ = ["resize_bilinear", "resize_nearest_neighbor"]


def resize_nearest_neighbor(
    x: Array, *, size: Any, align_corners: bool = False, half_pixel_centers: bool = False
) -> Array:
    """Copy to every output pixel the nearest input pixel.

    Parameters
    ----------
    x : ndarray of int8 or int16, shape (n, h, w, channels), NHWC
    size : int or (height, width), >= 1
        Of the result.
    align_corners : bool
        The centers of the corner pixels stay where they are.
    half_pixel_centers : bool
        Pixels are squares around their centers.

    Returns
    -------
    ndarray of the dtype of `x`, shape (n, height, width, channels)

    Raises
    ------
    ShapeError : dtype or shape of `x`, `size` out of range
    UnsupportedError : an option that is no bool

    References
    ----------
    TensorFlow Lite ``reference_ops::ResizeNearestNeighbor``: positions in float32.
    """
    x = images_of(x, "x", CODES)
    kernel = f"resize_nearest_neighbor_{SUFFIXES[x.dtype.name]}"
    return _resize(kernel, x, size, align_corners, half_pixel_centers)


def resize_bilinear(x: Array, *, size: Any, align_corners: bool = False, half_pixel_centers: bool = False) -> Array:
    """Interpolate between int8 codes, positions in 1/1024 pixel.

    Parameters
    ----------
    x : ndarray of int8, shape (n, h, w, channels), NHWC
    size : int or (height, width), >= 1
        Of the result.
    align_corners, half_pixel_centers : bool
        As in `resize_nearest_neighbor`; not both.

    Returns
    -------
    ndarray of int8, shape (n, height, width, channels)
        Rounded half away from zero.

    Raises
    ------
    ShapeError : dtype or shape of `x`, `size` out of range, or so large a factor that the rounded distance of outputs
        carries the last past the input, where TFLite reads what is not its own; sides of 2**20 and more
    UnsupportedError : an option that is no bool, or both set

    References
    ----------
    TensorFlow Lite ``reference_ops::ResizeBilinearInteger``.
    """
    if flag(align_corners, "align_corners") and flag(half_pixel_centers, "half_pixel_centers"):
        raise UnsupportedError("align_corners, half_pixel_centers: both are True, accepted is at most one")
    return _resize("resize_bilinear_s8", images_of(x, "x"), size, align_corners, half_pixel_centers)


def _resize(kernel: str, x: Array, size: Any, align_corners: Any, half_pixel_centers: Any) -> Array:
    n, input_h, input_w, channels = x.shape
    output_h, output_w = sizes(size, "size")
    params = {
        "batches": n,
        "input_h": input_h,
        "input_w": input_w,
        "channels": channels,
        "output_h": output_h,
        "output_w": output_w,
        "align_corners": int(flag(align_corners, "align_corners")),
        "half_pixel_centers": int(flag(half_pixel_centers, "half_pixel_centers")),
    }
    return run(kernel, params, [x], {}, shape=(n, output_h, output_w, channels), dtype=x.dtype.name)
