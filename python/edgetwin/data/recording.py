"""One recording of sensors: its samples, and what they mean."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..arrays import real_array
from ..errors import DataError, ShapeError

__all__ = ["LabelSpan", "Recording", "Sensor"]


@dataclass(frozen=True)
class Sensor:
    """One axis of a recording.

    Attributes
    ----------
    name : str
        "accX", "audio", ...
    unit : str
        "m/s2", "deg/s", ...; empty where it has none.
    """

    name: str
    unit: str = ""


@dataclass(frozen=True)
class LabelSpan:
    """A part of a recording that has a label of its own.

    Attributes
    ----------
    label : str
    start, stop : int
        Samples `start` up to, not including, `stop`.
    """

    label: str
    start: int
    stop: int


@dataclass(frozen=True, eq=False)
class Recording:
    """Samples of one or more sensors, taken together at one rate.

    Two recordings are equal where everything is, values to the bit.

    Attributes
    ----------
    values : ndarray of float32, shape (time, axes), C-contiguous
        Finite, in the units of `sensors`. Pictures: (height * width, 3), row by row, 0 to 255.
    rate_hz : float
        Samples a second; 0 for what is not sampled in time, as pictures are.
    sensors : tuple of Sensor
        One an axis, their names distinct.
    label : str, float or None
        The class, or the quantity to predict; None where it is not known.
    name : str
        Where the recording comes from: a file's name, or a name that tells it from others.
    metadata : mapping of str to str
        Whatever else is known: subject, device, ...; read-only.
    spans : tuple of LabelSpan
        Parts with labels of their own, in order of time, none over another; empty for most recordings.

    Raises
    ------
    ShapeError : `values` has another dtype, number of axes or layout, or no sample, or `sensors` are not one an axis
    DataError : NaN or infinite values, or one of the other attributes is not as described

    See Also
    --------
    Recording.from_values : the same from arrays of other dtypes and layouts
    """

    values: NDArray[np.float32]
    rate_hz: float
    sensors: tuple[Sensor, ...]
    label: str | float | None = None
    name: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)
    spans: tuple[LabelSpan, ...] = ()

    def __post_init__(self) -> None:
        where = f"recording {self.name!r}" if self.name else "recording"
        _check_texts(where, name=self.name)
        _check_sensors(where, self.sensors)
        _check_values(where, self.values, self.sensors)
        _set(self, "rate_hz", _rate(where, self.rate_hz))
        _set(self, "label", _label(where, self.label))
        _set(self, "metadata", _metadata(where, self.metadata))
        _set(self, "spans", _spans(where, self.spans, len(self.values)))

    @classmethod
    def from_values(
        cls,
        values: Any,
        rate_hz: float,
        sensors: Iterable[Sensor | str],
        *,
        label: str | float | None = None,
        name: str = "",
        metadata: Mapping[str, str] | None = None,
        spans: Iterable[LabelSpan] = (),
    ) -> Recording:
        """Make a recording from real numbers of any dtype and layout, rounded to float32.

        Parameters
        ----------
        values : array_like, shape (time, axes), or (time,) for one sensor
        rate_hz : float
        sensors : iterable of Sensor or str
            A str is a name without a unit.
        label, name, metadata, spans
            As the attributes.

        Returns
        -------
        Recording

        Raises
        ------
        ShapeError, DataError : as for `Recording`, or a value is beyond float32's range
        """
        array = real_array(values, "values")
        if array.ndim == 1:
            array = array[:, None]
        with np.errstate(over="ignore"):
            rounded = np.ascontiguousarray(array, np.float32)
        # What was infinite before is refused as such by the constructor.
        beyond = np.isinf(rounded) & np.isfinite(array)
        if beyond.any():
            row = int(np.argwhere(beyond)[0][0])
            raise DataError(f"recording {name!r}: values: sample {row} is beyond the range of float32")
        named = tuple(Sensor(sensor) if isinstance(sensor, str) else sensor for sensor in sensors)
        return cls(rounded, rate_hz, named, label, name, {} if metadata is None else metadata, tuple(spans))

    @property
    def duration_s(self) -> float:
        """Seconds from the first sample to the end of the last; 0 for pictures."""
        return len(self.values) / self.rate_hz if self.rate_hz else 0.0

    @property
    def pixels(self) -> NDArray[np.uint8]:
        """The picture as ndarray of uint8, shape (height, width, 3); DataError for what is no picture."""
        try:
            height, width = int(self.metadata["height"]), int(self.metadata["width"])
            return self.values.astype(np.uint8).reshape(height, width, 3)
        except (KeyError, ValueError) as error:
            raise DataError(f"recording {self.name!r}: it is no picture, which has a height and a width") from error

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Recording):
            return NotImplemented
        same = ("rate_hz", "sensors", "label", "name", "metadata", "spans")
        return all(getattr(self, part) == getattr(other, part) for part in same) and (
            self.values.shape == other.values.shape and self.values.tobytes() == other.values.tobytes()
        )

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> tuple[Any, ...]:
        # A read-only mapping cannot be pickled.
        parts = (self.values, self.rate_hz, self.sensors, self.label, self.name, dict(self.metadata), self.spans)
        return Recording, parts


def _set(recording: Recording, name: str, value: Any) -> None:
    object.__setattr__(recording, name, value)


def _check_texts(where: str, **texts: Any) -> None:
    for what, text in texts.items():
        if not isinstance(text, str):
            raise DataError(f"{where}: {what}: {text!r}, accepted is a str")


def _check_sensors(where: str, sensors: Any) -> None:
    if not isinstance(sensors, tuple) or not all(isinstance(sensor, Sensor) for sensor in sensors):
        raise DataError(f"{where}: sensors: {sensors!r:.80}, accepted is a tuple of Sensor")
    for sensor in sensors:
        _check_texts(f"{where}: sensors", name=sensor.name, unit=sensor.unit)
    names = [sensor.name for sensor in sensors]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise DataError(f"{where}: sensors: {twice!r} is there more than once, accepted are distinct names")


def _check_values(where: str, values: Any, sensors: tuple[Sensor, ...]) -> None:
    if not isinstance(values, np.ndarray) or values.dtype != np.float32:
        came = values.dtype if isinstance(values, np.ndarray) else type(values).__name__
        raise ShapeError(f"{where}: values: {came}, accepted is an ndarray of float32; `from_values` rounds others")
    if values.ndim != 2 or 0 in values.shape:
        raise ShapeError(f"{where}: values: shape {values.shape}, accepted is (time, axes) with at least one sample")
    if values.shape[1] != len(sensors):
        raise ShapeError(f"{where}: values: {values.shape[1]} axes for {len(sensors)} sensors")
    if not values.flags.c_contiguous:
        raise ShapeError(f"{where}: values are not C-contiguous; `from_values` copies them")
    finite = np.isfinite(values)
    if not finite.all():
        row, axis = map(int, np.argwhere(~finite)[0])
        raise DataError(
            f"{where}: sample {row} of {sensors[axis].name!r} is {values[row, axis]}, accepted are finite values"
        )


def _rate(where: str, rate_hz: Any) -> float:
    real = isinstance(rate_hz, (int, float, np.integer, np.floating)) and not isinstance(rate_hz, bool)
    if not real or not 0 <= rate_hz < math.inf:
        raise DataError(f"{where}: rate_hz: {rate_hz!r}, accepted is a finite number above 0, or 0 for a picture")
    return float(rate_hz)


def _label(where: str, label: Any) -> str | float | None:
    if label is None or isinstance(label, str):
        return label
    real = isinstance(label, (int, float, np.integer, np.floating)) and not isinstance(label, bool)
    if not real or not math.isfinite(label):
        raise DataError(f"{where}: label: {label!r}, accepted is a str, a finite number or None")
    return float(label)


def _metadata(where: str, metadata: Any) -> Mapping[str, str]:
    if not isinstance(metadata, Mapping):
        raise DataError(f"{where}: metadata: {type(metadata).__name__}, accepted is a mapping of str to str")
    for key, value in metadata.items():
        _check_texts(f"{where}: metadata", key=key)
        _check_texts(f"{where}: metadata", **{key: value})
    return MappingProxyType(dict(metadata))


def _spans(where: str, spans: Any, samples: int) -> tuple[LabelSpan, ...]:
    if not isinstance(spans, tuple) or not all(isinstance(span, LabelSpan) for span in spans):
        raise DataError(f"{where}: spans: {spans!r:.80}, accepted is a tuple of LabelSpan")
    end = 0
    for span in spans:
        _check_texts(f"{where}: spans", label=span.label)
        if not end <= span.start < span.stop <= samples:
            raise DataError(
                f"{where}: spans: {span.label!r} from {span.start} to {span.stop}, accepted are samples from {end} "
                f"(spans in order, none over another) to {samples}"
            )
        end = span.stop
    return spans
