"""Features of windows as the codes that a model takes: a feature block and what quantizes it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..arrays import real_array, whole_number
from ..errors import DataError, ShapeError
from ..quantize_values import quantize_array
from .blocks_base import FeatureBlock, Float32
from .blocks_image import Image
from .sliding_features import SlidingFeatures

__all__ = ["FeatureCodes", "PictureCodes", "WindowCodes"]


#: Of int16, around -1/2.
_HALF_RANGE = 32767.5
_SOUND = ("mfe", "mfcc", "spectrogram")


def _checked_samples(block: FeatureBlock, samples: str | None) -> str:
    """Return the dtype in which firmware keeps samples."""
    if isinstance(block, Image):
        accepted: tuple[str, ...] = ("uint8",)
    elif block.block in _SOUND:
        accepted = ("float32", "int16") if block.block == "spectrogram" else ("int16", "float32")
    else:
        accepted = ("float32",)
    if samples not in (None, *accepted):
        raise DataError(f"samples {samples!r}, accepted by {block.block} is {' or '.join(accepted)}")
    return accepted[0] if samples is None else samples


class WindowCodes:
    """A feature block for windows of one shape, and the scale of the model that takes its features.

    Parameters
    ----------
    block : FeatureBlock
    window : int or sequence of int
        Shape of a window: (time, axes), `time` alone for one axis, (height, width, 3) for the image block.
    scale, zero_point : float and int
        Of the model's int8 input.
    samples : str, optional
        "float32", or of the blocks of sound "int16", in which firmware keeps half as many bytes; by default "int16"
        for mfe and mfcc, which are defined on it. Pictures are "uint8".

    Attributes
    ----------
    block : FeatureBlock
    window : tuple of int
    size : int
        Features of a window.
    scale, zero_point : float and int
    samples : str

    Raises
    ------
    ShapeError : another number of axes than the block has names for
    DataError : a length below 1, or windows that the block cannot take
    """

    def __init__(
        self,
        block: FeatureBlock,
        window: int | Sequence[int],
        scale: float,
        zero_point: int,
        samples: str | None = None,
    ) -> None:
        if not isinstance(block, FeatureBlock):
            raise DataError(f"block: {type(block).__name__}, accepted is one of signal.feature_block")
        self.block = block
        lengths = (window, 1) if isinstance(window, (int, np.integer)) else tuple(window)
        pictures = isinstance(block, Image)
        if len(lengths) != (3 if pictures else 2):
            accepted = "(height, width, 3)" if pictures else "(time, axes)"
            raise ShapeError(f"window: {list(lengths)}, accepted by {block.block} is {accepted}")
        self.window = tuple(whole_number(length, "window", 1) for length in lengths)
        self.scale, self.zero_point = scale, zero_point
        self.samples = _checked_samples(block, samples)
        silence = np.zeros((1, *self.window), np.uint8 if pictures else np.float32)
        self.size = block.extract_batch(silence, num_threads=1).shape[1]

    @property
    def takes_pictures(self) -> bool:
        """Whether windows are pictures, each whole, and not parts of a signal."""
        return isinstance(self.block, Image)

    def features(self, windows: Any) -> Float32:
        """Return the features of windows.

        Parameters
        ----------
        windows : ndarray of float32 (of the image block: uint8), shape (windows, *window)

        Returns
        -------
        ndarray of float32, shape (windows, size)

        Raises
        ------
        ShapeError, DataError : as `FeatureBlock.extract_batch`, windows of another shape, or numbers that `samples`
            does not hold
        """
        array = np.asarray(windows)
        if array.shape[1:] != self.window:
            raise ShapeError(f"windows: shape {list(array.shape)}, accepted is (windows, {self._described()})")
        self.check(array, "windows")
        if not len(array):
            return np.empty((0, self.size), np.float32)
        return self.block.extract_batch(array)

    def check(self, values: NDArray[Any], what: str) -> None:
        """Refuse numbers that are not those of `samples`: DataError that names the first."""
        if self.samples != "int16" or values.dtype.kind not in "fiu":
            return
        wrong = np.isfinite(values) & ((values != np.rint(values)) | (np.abs(values + 0.5) > _HALF_RANGE))
        if wrong.any():
            raise DataError(
                f"{what}: {values[wrong][0]:g} at {np.argwhere(wrong)[0].tolist()}, accepted by {self.block.block} of "
                "int16 samples are whole numbers from -32768 to 32767; samples='float32' takes others"
            )

    def codes(self, windows: Any) -> NDArray[np.int8]:
        """Return the features of windows as codes, quantized as `Model.predict` does; shape (windows, size)."""
        return self.quantized(self.features(windows))

    def quantized(self, features: Float32) -> NDArray[np.int8]:
        """Return features as codes."""
        codes: NDArray[np.int8] = quantize_array(features, self.scale, self.zero_point)
        return codes

    def stream(self, hop: int) -> FeatureCodes | PictureCodes:
        """Return codes of windows that begin every `hop` samples; of pictures one by one."""
        return PictureCodes(self) if self.takes_pictures else FeatureCodes(self, hop)

    def _described(self) -> str:
        return ", ".join(map(str, self.window))

    def __repr__(self) -> str:
        return f"{self.block.block} of windows of {' x '.join(map(str, self.window))}: {self.size} features"


class FeatureCodes:
    """Codes of overlapping windows of a signal that is pushed in blocks of any size: `SlidingFeatures`, quantized."""

    def __init__(self, front: WindowCodes, hop: int) -> None:
        self._front = front
        self._features = SlidingFeatures(front.block, front.window[0], hop, front.window[1])

    def push(self, samples: Any) -> NDArray[np.int8]:
        """Take the next samples, as `SlidingFeatures.push`; return the codes of windows, shape (windows, size)."""
        values = real_array(samples, "samples")
        self._front.check(values, "samples")
        return self._front.quantized(self._features.push(values))


class PictureCodes:
    """Codes of pictures, each a window of its own."""

    def __init__(self, front: WindowCodes) -> None:
        self._front = front

    def push(self, samples: Any) -> NDArray[np.int8]:
        """Return the codes of pictures, shape (pictures, height, width, 3), or of one without the first axis."""
        array = np.asarray(samples)
        return self._front.codes(array[None] if array.ndim == len(self._front.window) else array)
