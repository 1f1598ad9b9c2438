"""A model on a signal as it comes: windows, outputs, means and labels, as the firmware computes them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .arrays import whole_number
from .errors import DataError, ShapeError, UnsupportedError
from .quantize_values import dequantize_array
from .signal.audio_front_end import LoadedModel
from .signal.decisions import DecisionSmoother
from .signal.stream import Stream
from .signal.window_codes import FeatureCodes, PictureCodes, WindowCodes
from .types import Array, TensorSpec

__all__ = ["ModelStream", "Streaming", "WindowOutput", "int8_specs"]


@dataclass(frozen=True)
class WindowOutput:
    """What a model gave for one window.

    Attributes
    ----------
    end : int
        Samples from the start to the end of the window.
    codes : ndarray of int8, shape (outputs,)
        The model's own output.
    mean : ndarray of int8, shape (outputs,)
        Of the last windows.
    values : ndarray of float32, shape (outputs,)
        `mean` in real units.
    label : str or None
        What counts as found; None for none yet.
    is_new : bool
        Whether this is the window where `label` begins to count.
    """

    end: int
    codes: NDArray[np.int8]
    mean: NDArray[np.int8]
    values: NDArray[np.float32]
    label: str | None
    is_new: bool


class ModelStream:
    """Samples in, outputs out, window by window; made by `Model.stream` and `Impulse.stream`.

    Whatever the blocks in which samples come, the outputs are those of `Model.run` on `signal.windows_to_int8` of the
    whole signal, or on the codes of its windows' features; a model with state (LSTM, SVDF) goes on from window to
    window. Means and labels are the device core's (``decisions.hpp``).

    Attributes
    ----------
    length, hop, axes : int
        Samples of a window, from one window to the next, and values of a sample. A picture is one sample.
    labels : tuple of str
    average, debounce : int
    front : WindowCodes or None
        The feature block, where windows go through one.
    """

    def __init__(
        self,
        model: LoadedModel,
        hop: int | None,
        *,
        axes: int | None,
        average: int,
        debounce: int,
        labels: Sequence[str] | None,
        front: WindowCodes | None = None,
    ) -> None:
        self._model = model
        self.front = front
        self._input, output = int8_specs(model, "a stream of a model")
        scale, zero_point = output.scale, output.zero_point
        assert scale is not None and zero_point is not None  # noqa: S101, PT018  for the type checker: seen there
        self._quantization = (scale, zero_point)
        if front is None:
            values = math.prod(self._input.shape)
            self.axes = whole_number(self._axes() if axes is None else axes, "axes", 1)
            if values % self.axes:
                raise ShapeError(f"axes: {self.axes}, the model's input of {values} values is no multiple of it")
            self.length = values // self.axes
        elif front.takes_pictures:
            self.length, self.axes = 1, math.prod(front.window)
            if hop not in (None, 1):
                raise DataError(f"hop: {hop!r}, accepted for pictures is 1: they do not overlap")
        else:
            self.length, self.axes = front.window
        self.hop = whole_number(max(1, self.length // 2) if hop is None else hop, "hop", 1)
        outputs = math.prod(output.shape)
        self.labels = _checked_labels(labels, outputs)
        self._smoother = DecisionSmoother(outputs, average=average, debounce=debounce)
        self.average, self.debounce = self._smoother.average, self._smoother.debounce
        self.reset()

    def _axes(self) -> int:
        shape = self._input.shape
        if len(shape) < 2:
            raise DataError(
                f"axes: the model's input {list(shape)} does not tell how many values a sample has; name it"
            )
        return shape[-1]

    def reset(self) -> None:
        """Begin a new signal, from the model's initial state."""
        scale, zero_point = self._input.scale, self._input.zero_point
        self._windows: Stream | FeatureCodes | PictureCodes
        if self.front is None:
            self._windows = Stream(self.length, self.hop, self.axes, scale=scale, zero_point=zero_point)
        else:
            self._windows = self.front.stream(self.hop)
        self._smoother.reset()
        state = self._model.state()
        self._state = state if state.arrays else None
        self._count = 0
        self._label = -1

    def push(self, samples: Any) -> list[WindowOutput]:
        """Take the next samples; return what the windows that end with them give.

        Parameters
        ----------
        samples : array_like of real numbers, shape (time, axes), or (axes,) for one sample; (time,) where axes is 1
            In the units that the model was trained in. Any number of samples, none included. Of an impulse with the
            image block pictures of uint8, shape (pictures, height, width, 3), or one of them.

        Returns
        -------
        list of WindowOutput

        Raises
        ------
        DataError, ShapeError, QuantizationError : as `signal.Stream.push`; nothing was taken. With a feature block
            DataError also for a window whose features float32 cannot hold; its samples were taken
        """
        windows = self._windows.push(samples)
        if not len(windows):
            return []
        codes = self._run(windows.reshape(-1, *self._input.shape)).reshape(len(windows), -1)
        means, found = self._smoother.push(codes)
        values = dequantize_array(means, *self._quantization)
        outputs = []
        for row, label in enumerate(found.tolist()):
            end = self._count * self.hop + self.length
            name = self.labels[label] if label >= 0 else None
            outputs.append(WindowOutput(end, codes[row], means[row], values[row], name, label != self._label))
            self._count += 1
            self._label = label
        return outputs

    def _run(self, windows: Array) -> Array:
        if self._state is None:
            codes: Array = self._model.run(windows)
            return codes
        return np.stack([self._model.run(window, state=self._state) for window in windows])


def int8_specs(model: LoadedModel, what: str) -> tuple[TensorSpec, TensorSpec]:
    """Return the specs of a model's one int8 input and one int8 output, or raise UnsupportedError for another."""
    specs = (*model.inputs, *model.outputs)
    if len(specs) != 2 or any(spec.dtype != np.int8 for spec in specs):
        forms = ", ".join(f"{spec.dtype}{list(spec.shape)}" for spec in specs)
        raise UnsupportedError(f"{what} with {forms}, accepted are one int8 input and one int8 output")
    if any(spec.scale is None or spec.zero_point is None for spec in specs):
        raise UnsupportedError(f"{what} whose input or output is not quantized")
    return specs[0], specs[1]


def _checked_labels(labels: Sequence[str] | None, outputs: int) -> tuple[str, ...]:
    if labels is None:
        return tuple(f"output {index}" for index in range(outputs))
    names = tuple(labels)
    if isinstance(labels, str) or len(names) != outputs or not all(isinstance(name, str) and name for name in names):
        raise DataError(f"labels: {labels!r}, accepted are {outputs} names, one an output")
    return names


class Streaming:
    """The part of `Model` that runs on a signal as it comes."""

    def stream(
        self: Any,
        hop: int | None = None,
        *,
        axes: int | None = None,
        average: int = 1,
        debounce: int = 1,
        labels: Sequence[str] | None = None,
    ) -> ModelStream:
        """Return the model as a stream: samples in as they come, outputs out.

        Parameters
        ----------
        hop : int, optional
            Samples from one window to the next, by default half a window: windows overlap where it is less than one.
        axes : int, optional
            Values of a sample; by default the last axis of the model's input. Needed for flat inputs.
        average : int
            Windows that outputs are averaged over.
        debounce : int
            Windows in a row that an output must lead in before it counts as found.
        labels : sequence of str, optional
            Names of the outputs.

        Returns
        -------
        ModelStream

        Raises
        ------
        UnsupportedError : a model of other than one int8 input and one int8 output
        DataError, ShapeError : a parameter is out of range, or does not go with the model
        """
        return ModelStream(self, hop, axes=axes, average=average, debounce=debounce, labels=labels)
