"""Feature block of images: pixels from 0 to 1."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from .. import _core
from ..errors import DataError, ShapeError
from .blocks_base import FeatureBlock, Float32, Parameters

__all__ = ["Image"]


class Image(FeatureBlock):
    """Pixels divided by 255: ``channels`` RGB (default), or Grayscale by the weights 0.299, 0.587 and 0.114.

    An image is (height, width, 3) uint8, or the published flat form: width, height, then one number 0xRRGGBB a pixel,
    row by row, several frames one after the other. It is neither resized nor standardised.
    """

    block = "image"

    def _read(self, given: Parameters) -> None:
        self.params["channels"] = given.one_of("channels", "RGB", ("RGB", "Grayscale"))
        given.finish()

    @property
    def labels(self) -> list[str]:
        """Empty: the published block gives none."""
        return []

    @property
    def names(self) -> list[str]:
        """``R 0,0`` (channel, row, column); they need ``input_shape`` = [height, width, 3]."""
        shape = self._given.values.get("input_shape")
        if not isinstance(shape, (list, tuple)) or len(shape) != 3 or shape[2] != 3:
            raise DataError(f"image: names need input_shape = [height, width, 3], which is {shape!r}")
        channels = "RGB" if self.params["channels"] == "RGB" else ("Gray",)
        return [f"{c} {row},{column}" for row in range(shape[0]) for column in range(shape[1]) for c in channels]

    def extract(self, window: Any) -> Float32:
        """Return the features of one image.

        Parameters
        ----------
        window : ndarray of uint8, shape (height, width, 3), or of numbers, shape (2 + frames * width * height,)

        Returns
        -------
        ndarray of float32, shape (features,)

        Raises
        ------
        ShapeError : another dtype or shape
        DataError : a flat form that is no whole number of frames, or whose pixels are not 0 .. 0xFFFFFF
        """
        array = np.asarray(window)
        if array.ndim == 1:
            return self._features(_pixels(array)[None])
        if array.ndim != 3:
            raise ShapeError(
                f"image: an image of shape {array.shape}, accepted are (height, width, 3) and the flat form"
            )
        return cast(Float32, self.extract_batch(array[None])[0])

    def extract_batch(self, windows: Any, *, num_threads: int | None = None) -> Float32:
        """Return the features of each image.

        Parameters
        ----------
        windows : ndarray of uint8, shape (images, height, width, 3)
        num_threads : int, optional
            Not used: memory sets the time.

        Returns
        -------
        ndarray of float32, shape (images, features)

        Raises
        ------
        ShapeError : another dtype or shape
        """
        array = np.asarray(windows)
        if array.dtype != np.uint8 or array.ndim != 4 or array.shape[3] != 3:
            raise ShapeError(
                f"image: images of {array.dtype}, shape {array.shape}, accepted is uint8, (images, height, width, 3)"
            )
        if 0 in array.shape[1:]:
            raise DataError(f"image: an empty image of shape {array.shape[1:]}, accepted is one pixel or more")
        pixels = np.ascontiguousarray(array).reshape(array.shape[0], -1, 3)
        return _core.image_features(pixels, self.params["channels"] == "Grayscale")

    def _features(self, pixels: NDArray[np.uint8]) -> Float32:
        return cast(Float32, _core.image_features(pixels, self.params["channels"] == "Grayscale")[0])


def _pixels(flat: NDArray[Any]) -> NDArray[np.uint8]:
    """Return the published flat form as (frames * width * height, 3) uint8."""
    if flat.dtype.kind not in "iuf":
        raise ShapeError(f"image: a flat image of {flat.dtype}, accepted are numbers")
    if flat.size < 3:
        raise DataError(f"image: a flat image of {flat.size} numbers, accepted are width, height and pixels")
    if not (np.isfinite(flat).all() and (flat == np.floor(flat)).all() and (flat >= 0).all()):
        raise DataError("image: a flat image holds numbers that are not whole or negative, accepted are 0 .. 0xFFFFFF")
    width, height = int(flat[0]), int(flat[1])
    pixels = flat[2:].astype(np.int64)
    if width * height == 0 or pixels.size % (width * height):
        raise DataError(f"image: {pixels.size} pixels, accepted are whole frames of {width} x {height}")
    if pixels.max() > 0xFFFFFF:
        raise DataError(f"image: a pixel is {pixels.max():#x}, accepted are 0 .. 0xFFFFFF")
    colours: NDArray[np.uint8] = np.stack([pixels >> 16, pixels >> 8 & 0xFF, pixels & 0xFF], axis=-1).astype(np.uint8)
    return colours
