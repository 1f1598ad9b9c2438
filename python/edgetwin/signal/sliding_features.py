"""Features of windows of samples as they come: a stream of windows in front of a feature block."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import _core
from ..arrays import real_array
from ..errors import DataError
from .blocks_base import FeatureBlock, Float32
from .stream import Stream
from .windows import float_samples

__all__ = ["SlidingFeatures"]


class SlidingFeatures:
    """Features of sliding windows of a signal that is pushed sample by sample, or in blocks of any size.

    Whatever the blocks, the rows are those of ``block.extract_batch(sliding_windows(x, length, hop))`` for the whole
    signal, to the last bit.

    Parameters
    ----------
    block : FeatureBlock
        From `feature_block`, of samples in time.
    length : int
        Samples of a window.
    hop : int
        Samples from one window's start to the next one's.
    axes : int
        Values of a sample.
    num_threads : int, optional
        At most so many; by default `edgetwin.set_num_threads`'s.

    Attributes
    ----------
    features : int
        Of a window.

    Raises
    ------
    ShapeError, DataError : a block of pictures, windows that the block does not accept, or numbers that `Stream` does
        not

    Examples
    --------
    >>> block = feature_block("spectral_analysis", {"fft-length": 64}, rate_hz=128)
    >>> stream = SlidingFeatures(block, 256, 64, axes=6)
    >>> for samples in sensor:
    ...     for row in stream.push(samples):
    ...         print(model.predict(row))
    """

    def __init__(
        self, block: FeatureBlock, length: int, hop: int, axes: int = 1, *, num_threads: int | None = None
    ) -> None:
        if block.block == "image":
            raise DataError("image: pictures, accepted is a block of samples in time")
        self.block = block
        self._threads = num_threads
        self._windows = Stream(length, hop, axes)
        # Refused here is what every window would be refused for.
        self.features = self._extract(np.zeros((1, length, axes), np.float32)).shape[1]

    @property
    def samples(self) -> int:
        """How many samples were taken since the start, or since `finish`."""
        return self._windows.samples

    def push(self, samples: Any) -> Float32:
        """Take the next samples; return the features of the windows that end with them.

        Parameters
        ----------
        samples : array_like of finite real numbers, shape (time, axes), or (axes,) for one sample; (time,) for one axis
            Rounded to float32.

        Returns
        -------
        ndarray of float32, shape (windows, features)

        Raises
        ------
        DataError, ShapeError : anything else; nothing was taken
        DataError : features that float32 cannot hold; the samples were taken, the windows that end with them are lost
        """
        array = real_array(samples, "samples")
        values = float_samples(array[None] if array.ndim == 1 and self._windows.axes > 1 else array, "samples")
        if not _core.all_finite(values):
            row, axis = (int(place) for place in np.argwhere(~np.isfinite(values))[0])
            raise DataError(
                f"samples: sample {self.samples + row}, axis {axis} is {values[row, axis]}, accepted are finite values"
            )
        return self._extract(self._windows.push(values))

    def finish(self) -> Float32:
        """End the signal: return the features of the window that has begun, filled up with zeros; start anew.

        Together with those of `push` these are the rows of ``pad="end"``.

        Returns
        -------
        ndarray of float32, shape (0 or 1, features)

        Raises
        ------
        DataError : features that float32 cannot hold; the stream is as new
        """
        return self._extract(self._windows.finish())

    def _extract(self, windows: Float32) -> Float32:
        if len(windows) == 0:
            return np.zeros((0, self.features), np.float32)
        return self.block.extract_batch(windows, num_threads=self._threads)
