"""An impulse: windows of a signal, a feature block and a model as one object, as the firmware has them."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .errors import ShapeError
from .quantize_values import dequantize_array
from .signal.blocks_base import FeatureBlock, Float32
from .signal.window_codes import WindowCodes
from .streaming import ModelStream, int8_specs

if TYPE_CHECKING:
    from pathlib import Path

    from .model import Model, State

__all__ = ["Impulse"]


class Impulse:
    """Windows, a feature block and a model as one object: samples in, the model's own output out.

    Parameters
    ----------
    model : Model
        One int8 input, which takes the block's features, and one int8 output.
    block : FeatureBlock
        From `signal.feature_block`.
    window : int or sequence of int
        Shape of a window: (time, axes), `time` alone for one axis, (height, width, 3) for the image block.
    samples : str, optional
        What firmware takes and keeps: "float32", or of the blocks of sound "int16", half as many bytes, the default
        of mfe and mfcc. Pictures are "uint8".

    Attributes
    ----------
    model : Model
    block : FeatureBlock
    window : tuple of int

    Raises
    ------
    UnsupportedError : a model of another form
    ShapeError : another number of features than the model takes
    DataError : windows that the block cannot take

    Examples
    --------
    >>> block = et.signal.feature_block("spectral_analysis", {"axes": ["x", "y", "z"]}, rate_hz=62.5)
    >>> impulse = et.Impulse(et.load("fall.tflite"), block, window=(125, 3))
    >>> codes = impulse.run(windows)                     # (n, 125, 3) float32 in, the board's bytes out
    >>> stream = impulse.stream(hop=25, average=4)       # or sample by sample
    >>> impulse.export("fall", target="arduino", hop=25, average=4)
    """

    def __init__(
        self, model: Model, block: FeatureBlock, window: int | Sequence[int], samples: str | None = None
    ) -> None:
        self.model = model
        self._input, self._output = int8_specs(model, "an impulse of a model")
        self._front = WindowCodes(block, window, self._input.scale or 0.0, self._input.zero_point or 0, samples)
        taken = math.prod(self._input.shape)
        if self._front.size != taken:
            raise ShapeError(f"{self._front}, the model takes {taken}")

    @property
    def block(self) -> FeatureBlock:
        """The feature block."""
        return self._front.block

    @property
    def window(self) -> tuple[int, ...]:
        """Shape of a window."""
        return self._front.window

    def features(self, windows: Any) -> Float32:
        """Return the block's features.

        Parameters
        ----------
        windows : ndarray of float32 (image block: uint8), shape (windows, *window), or one without the first axis

        Returns
        -------
        ndarray of float32, shape (windows, features), or (features,)

        Raises
        ------
        ShapeError, DataError : as `signal.FeatureBlock.extract_batch`
        """
        array, one = self._batch(windows)
        features = self._front.features(array)
        return features[0] if one else features

    def codes(self, windows: Any) -> NDArray[np.int8]:
        """Return the features as the model takes them: codes of the shape of its input, quantized as `Model.predict`.

        Parameters
        ----------
        windows : ndarray, as `features`

        Returns
        -------
        ndarray of int8, shape (windows, *input), or (*input,)

        Raises
        ------
        ShapeError, DataError : as `features`
        """
        array, one = self._batch(windows)
        codes = self._front.codes(array).reshape(len(array), *self._input.shape)
        return codes[0] if one else codes

    def run(self, windows: Any, state: State | None = None) -> NDArray[np.int8]:
        """Return the model's own output for windows: the bytes that the exported firmware computes.

        Parameters
        ----------
        windows : ndarray, as `features`
        state : State, optional
            As in `Model.run`.

        Returns
        -------
        ndarray of int8, shape (windows, *output), or (*output,)

        Raises
        ------
        ShapeError, DataError : as `features`
        """
        codes: NDArray[np.int8] = self.model.run(self.codes(windows), state=state)
        return codes

    def predict(self, windows: Any, state: State | None = None) -> Float32:
        """Return `run`'s output in real units, float32."""
        scale, zero_point = self._output.scale, self._output.zero_point
        return dequantize_array(self.run(windows, state), scale or 0.0, zero_point or 0)

    def stream(
        self, hop: int | None = None, *, average: int = 1, debounce: int = 1, labels: Sequence[str] | None = None
    ) -> ModelStream:
        """Return the impulse as a stream: samples in as they come, outputs, means and labels out.

        Parameters
        ----------
        hop, average, debounce, labels
            As in `Model.stream`; pictures have no `hop`.

        Returns
        -------
        ModelStream

        Raises
        ------
        DataError : a parameter is out of range
        """
        return ModelStream(
            self.model, hop, axes=None, average=average, debounce=debounce, labels=labels, front=self._front
        )

    def export(
        self,
        folder: str | os.PathLike[str],
        target: str = "cpp",
        *,
        hop: int | None = None,
        average: int = 1,
        debounce: int = 1,
        labels: Sequence[str] | None = None,
        **options: Any,
    ) -> Path:
        """Write window, feature block and model as source code for firmware that takes samples one by one.

        Parameters
        ----------
        folder, target
            As in `Model.export`.
        hop, average, debounce, labels
            As in `stream`.
        **options
            Others of `Model.export`: `name`, `rate_hz`, `kernels`, ...

        Returns
        -------
        Path

        Raises
        ------
        UnsupportedError, DataError, DeviceError, MissingExtraError, OutputError : as `Model.export`
        """
        stream = self.stream(hop, average=average, debounce=debounce, labels=labels)
        return self.model.export(folder, target, source=stream, labels=labels, **options)

    def __repr__(self) -> str:
        outputs = "x".join(map(str, self._output.shape))
        return f"Impulse({self._front}, model of {outputs} outputs, hash {self.model.hash})"

    def _batch(self, windows: Any) -> tuple[NDArray[Any], bool]:
        array = np.asarray(windows)
        one = array.ndim == len(self.window)
        return (array[None] if one else array), one
