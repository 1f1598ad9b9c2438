"""Audio features in integers: samples to codes frame by frame, by a front end that is itself a model."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ..arrays import positive_number, whole_number
from ..errors import ShapeError
from ..types import Array, TensorSpec

__all__ = ["AudioFrontEnd", "FeatureStream", "LoadedModel"]


class LoadedModel(Protocol):
    """What is used of an `edgetwin.Model`."""

    @property
    def inputs(self) -> tuple[TensorSpec, ...]:
        """Specs of its inputs."""

    @property
    def outputs(self) -> tuple[TensorSpec, ...]:
        """Specs of its outputs."""

    def state(self, n: int = 1) -> Any:
        """Return the initial state."""

    def run(self, *inputs: Any, state: Any = None, out: Any = None) -> Any:
        """Run on codes."""


def int16_samples(samples: Any, what: str = "samples") -> NDArray[np.int16]:
    """Return one-dimensional int16 samples as they are, or raise ShapeError."""
    if not isinstance(samples, np.ndarray) or samples.dtype != np.int16 or samples.ndim != 1:
        came = f"{samples.dtype} {list(samples.shape)}" if isinstance(samples, np.ndarray) else type(samples).__name__
        raise ShapeError(f"{what}: {came}, accepted is a numpy array of int16 with one axis")
    return samples


class AudioFrontEnd:
    """Features of overlapping frames of int16 audio, the bytes that a board computes.

    The model takes one frame and gives its features; what it keeps between frames (the noise estimate of TFLite Micro's
    spectral subtraction) lives in the state of one recording.

    Parameters
    ----------
    model : Model
        One input of int16, one output of int8: ``et.load("audio_pre_int8.tflite")``.
    hop : int, >= 1
        Samples from the start of one frame to that of the next: 320 are 20 ms.
    rate_hz : float, > 0
        Rate that the model's filters were made for.

    Attributes
    ----------
    model : Model
    frame : int
        Samples of a frame: 480 are 30 ms.
    hop : int
    rate_hz : float
    size : int
        Features of a frame.

    Raises
    ------
    ShapeError : the model has other inputs or outputs
    DataError : `hop` or `rate_hz` is out of range

    Examples
    --------
    >>> front_end = et.signal.AudioFrontEnd(et.load("audio_pre_int8.tflite"))
    >>> features = front_end.features(samples)      # (49, 40) int8 of 1 s
    """

    def __init__(self, model: LoadedModel, *, hop: int = 320, rate_hz: float = 16000.0) -> None:
        forms = [[f"{spec.dtype}{list(spec.shape)}" for spec in specs] for specs in (model.inputs, model.outputs)]
        if [[spec.dtype.name for spec in specs] for specs in (model.inputs, model.outputs)] != [["int16"], ["int8"]]:
            raise ShapeError(
                f"front end: the model takes {', '.join(forms[0])} and gives {', '.join(forms[1])}, accepted is one "
                "input of int16 and one output of int8"
            )
        self.model = model
        self.frame = int(np.prod(model.inputs[0].shape))
        self.size = int(np.prod(model.outputs[0].shape))
        self.hop = whole_number(hop, "hop", 1)
        self.rate_hz = positive_number(rate_hz, "rate_hz", float(np.finfo("f4").max))

    def features(self, samples: Any) -> NDArray[np.int8]:
        """Return the features of a recording, from the model's initial state.

        Parameters
        ----------
        samples : ndarray of int16, shape (time,)

        Returns
        -------
        ndarray of int8, shape (frames, size)
            ``(time - frame) // hop + 1`` frames; what is left of the samples at the end is in none.

        Raises
        ------
        ShapeError : another dtype or shape, or fewer samples than a frame
        """
        values = int16_samples(samples)
        if len(values) < self.frame:
            raise ShapeError(f"samples: {len(values)}, accepted are at least the {self.frame} of a frame")
        return self.stream().push(values)

    def stream(self) -> FeatureStream:
        """Return a stream of features at its beginning."""
        return FeatureStream(self)


class FeatureStream:
    """Features as samples come, in blocks of any size: together those of `AudioFrontEnd.features`.

    Attributes
    ----------
    front_end : AudioFrontEnd
    frames : int
        Frames that were computed.
    """

    def __init__(self, front_end: AudioFrontEnd) -> None:
        self.front_end = front_end
        self._shape = front_end.model.inputs[0].shape
        self.reset()

    def reset(self) -> None:
        """Begin a new recording."""
        self.frames = 0
        self._rest = np.empty(0, np.int16)
        self._skip = 0  # samples between frames, where the hop is longer than a frame
        self._state = self.front_end.model.state()

    def push(self, samples: Any) -> NDArray[np.int8]:
        """Take further samples and return the features of the frames that they complete.

        Parameters
        ----------
        samples : ndarray of int16, shape (time,)
            None or more.

        Returns
        -------
        ndarray of int8, shape (frames, size)

        Raises
        ------
        ShapeError : another dtype or shape
        """
        values = int16_samples(samples)
        skipped = min(self._skip, len(values))
        self._skip -= skipped
        held = np.concatenate((self._rest, values[skipped:]))
        frame, hop = self.front_end.frame, self.front_end.hop
        count = 0 if len(held) < frame else (len(held) - frame) // hop + 1
        features = np.empty((count, self.front_end.size), np.int8)
        for row in range(count):
            window = np.ascontiguousarray(held[row * hop : row * hop + frame]).reshape(1, *self._shape)
            features[row] = np.reshape(self.front_end.model.run(window, state=self._state), -1)
        self._skip += max(0, count * hop - len(held))
        self._rest = held[count * hop :].copy()
        self.frames += count
        return features


def feature_windows(features: Array, rows: int) -> NDArray[np.int8]:
    """Return every run of `rows` frames, flat: shape (frames - rows + 1, rows * size), a view where it can be."""
    size = features.shape[1]
    flat = np.ascontiguousarray(features).reshape(-1)
    count = max(0, len(features) - rows + 1)
    if count == 0:
        return np.empty((0, rows * size), np.int8)
    return np.lib.stride_tricks.sliding_window_view(flat, rows * size)[::size][:count]
