"""One recording in one file: which formats there are, and reading and writing them."""

from __future__ import annotations

import io
import os
import warnings
import wave
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ..atomic import write_atomic
from ..errors import DataError, MissingExtraError, ShapeError
from .acquisition import decode_acquisition, encode_acquisition
from .csv_recording import JITTER, decode_csv, encode_csv
from .files import load_file, save_arrays
from .recording import Recording, Sensor

__all__ = ["RATE_TOLERANCE", "SUFFIXES", "ReadOptions", "read_recording", "read_with", "write_recording"]

#: How far rates of files may be from each other, relative to their size.
RATE_TOLERANCE = 0.01
#: What a picture's modes are in Pillow: those that red, green and blue hold without loss.
_PICTURE_MODES = ("RGB", "L", "1")
_PICTURE_SENSORS = (Sensor("red"), Sensor("green"), Sensor("blue"))


@dataclass(frozen=True)
class ReadOptions:
    """How recordings are read.

    Attributes
    ----------
    key : str or None
        The project's HMAC key: acquisitions must be signed with it. Signatures are not looked at otherwise.
    rate_hz : float or None
        Of files that do not tell one (CSV without times, NPZ); others must agree with it within `rate_tolerance`.
    sensors : tuple of Sensor or str, or None
        The sensors to keep, in this order; a `Sensor` must have its unit, a str may have any.
    jitter : float
        How far an interval between two times in a file may be from the median one, relative to it.
    rate_tolerance : float
        How far a rate may be from another one, relative to it.
    """

    key: str | None = None
    rate_hz: float | None = None
    sensors: tuple[Sensor | str, ...] | None = None
    jitter: float = JITTER
    rate_tolerance: float = RATE_TOLERANCE

    def same_rate(self, rate_hz: float, other_hz: float) -> bool:
        """Whether a rate is the other one, within the tolerance."""
        return abs(rate_hz - other_hz) <= self.rate_tolerance * other_hz


def read_recording(
    path: str | os.PathLike[str],
    *,
    key: str | None = None,
    rate_hz: float | None = None,
    sensors: Sequence[Sensor | str] | None = None,
    jitter: float = JITTER,
    rate_tolerance: float = RATE_TOLERANCE,
) -> Recording:
    """Read one file, its label left open.

    Parameters
    ----------
    path : path
        Edge Impulse acquisition `.json` or `.cbor`, `.csv` with a header, `.npz` (values, sensors, units, rate_hz),
        `.wav` (int16, mono), or a picture: `.jpg`, `.png` or `.bmp` (as it is stored, whatever its EXIF data say).
    key, rate_hz, sensors, jitter, rate_tolerance
        See `ReadOptions`.

    Returns
    -------
    Recording
        Named as the file.

    Raises
    ------
    DataError : missing, unreadable, of another kind, or not as asked for; names the file and line or member
    MissingExtraError : a picture without Pillow, CBOR without cbor2
    """
    if not isinstance(path, (str, os.PathLike)):
        raise DataError(f"a recording comes from a path, not from {type(path).__name__}")
    chosen = None if sensors is None else tuple(sensors)
    return read_with(Path(path), ReadOptions(key, rate_hz, chosen, jitter, rate_tolerance))


def read_with(path: Path, options: ReadOptions) -> Recording:
    """Read one file as `read_recording` does.

    Parameters
    ----------
    path : Path
    options : ReadOptions

    Returns
    -------
    Recording

    Raises
    ------
    DataError, MissingExtraError : as for `read_recording`
    """
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise DataError(f"{path}: a file of kind {path.suffix!r}, accepted are {', '.join(SUFFIXES)}")
    try:
        recording = replace(reader(path, options), name=path.name)
        if options.sensors is not None:
            recording = _chosen(recording, options.sensors)
        if options.rate_hz is not None and not options.same_rate(recording.rate_hz, options.rate_hz):
            raise DataError(f"its rate is {recording.rate_hz:.6g} Hz, accepted are the given {options.rate_hz:.6g} Hz")
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror or error}") from error
    except MemoryError as error:
        raise DataError(f"cannot read {path}: it claims more than the memory holds") from error
    except (DataError, ShapeError) as error:
        raise DataError(f"{path}: {str(error).removeprefix('recording: ')}") from error
    return recording


def _chosen(recording: Recording, sensors: tuple[Sensor | str, ...]) -> Recording:
    names = [sensor.name for sensor in recording.sensors]
    axes = []
    for wanted in sensors:
        name = wanted if isinstance(wanted, str) else wanted.name
        if name not in names:
            raise DataError(f"no sensor {name!r} in it, it has {', '.join(names)}")
        found = recording.sensors[names.index(name)]
        if isinstance(wanted, Sensor) and found.unit != wanted.unit:
            raise DataError(f"sensor {name!r} is in {found.unit!r}, accepted is {wanted.unit!r}")
        axes.append(names.index(name))
    if axes == list(range(len(names))):
        return recording
    kept = tuple(recording.sensors[axis] for axis in axes)
    return replace(recording, values=np.ascontiguousarray(recording.values[:, axes]), sensors=kept)


def _content(path: Path) -> bytes:
    content = path.read_bytes()
    if not content:
        raise DataError("it is empty")
    return content


def _read_json(path: Path, options: ReadOptions) -> Recording:
    return decode_acquisition(_content(path), "json", key=options.key)


def _read_cbor(path: Path, options: ReadOptions) -> Recording:
    return decode_acquisition(_content(path), "cbor", key=options.key)


def _read_csv(path: Path, options: ReadOptions) -> Recording:
    return decode_csv(_content(path), rate_hz=options.rate_hz, jitter=options.jitter)


def _read_npz(path: Path, options: ReadOptions) -> Recording:
    arrays = load_file(path)
    unknown = sorted(set(arrays) - {"values", "sensors", "units", "rate_hz"})
    if unknown or not {"values", "sensors"} <= arrays.keys():
        held = ", ".join(sorted(arrays)) or "nothing"
        raise DataError(f"it holds {held}; accepted are values, sensors, and if need be units and rate_hz")
    names, units = arrays["sensors"], arrays.get("units", np.zeros_like(arrays["sensors"]))
    if names.dtype.kind != "U" or units.dtype.kind != "U" or names.ndim != 1 or names.shape != units.shape:
        came = f"sensors: {names.dtype} {names.shape}, units: {units.dtype} {units.shape}"
        raise DataError(f"{came}; accepted are texts, one a sensor")
    if "rate_hz" in arrays:
        told = arrays["rate_hz"]
        if told.size != 1 or told.dtype.kind not in "iuf":
            raise DataError(f"rate_hz: {told.dtype} {told.shape}, accepted is one number")
        rate = float(told.reshape(()))
    elif options.rate_hz is None:
        raise DataError("no rate_hz in it, accepted is an array of one number, or a given rate")
    else:
        rate = options.rate_hz
    sensors = tuple(Sensor(str(name), str(unit)) for name, unit in zip(names, units, strict=True))
    return Recording.from_values(arrays["values"], rate, sensors)


def _read_wav(path: Path, options: ReadOptions) -> Recording:
    try:
        with wave.open(io.BytesIO(_content(path))) as file:
            layout = file.getnchannels(), file.getsampwidth()
            if layout != (1, 2):
                raise DataError(f"it has {layout[0]} channels of {8 * layout[1]} bits, accepted is one of 16 bits")
            frames, claimed, rate = file.readframes(file.getnframes()), file.getnframes(), file.getframerate()
    except (wave.Error, EOFError, RuntimeError) as error:
        # A chunk that is longer than the file is a RuntimeError without a word.
        raise DataError(f"no WAV file of 16-bit PCM: {str(error) or 'it ends too early'}") from error
    if len(frames) != 2 * claimed:
        raise DataError(f"it claims {claimed} samples and holds {len(frames) // 2}: it was cut off")
    return Recording.from_values(np.frombuffer(frames, "<i2"), rate, (Sensor("audio", "wav"),))


def _read_picture(path: Path, options: ReadOptions) -> Recording:
    try:
        from PIL import Image
    except ImportError as error:
        raise MissingExtraError('pictures need Pillow: pip install "edgetwin[data]"') from error
    try:
        with warnings.catch_warnings():
            # A picture that claims to be huge is an error, not a warning.
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(_content(path))) as image:
                if getattr(image, "n_frames", 1) != 1:
                    raise DataError(f"it has {image.n_frames} frames, accepted is one")
                if image.mode not in _PICTURE_MODES:
                    raise DataError(f"a picture of mode {image.mode}, accepted are {', '.join(_PICTURE_MODES)}")
                pixels = np.asarray(image.convert("RGB"))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(f"no readable picture: {error}") from error
    height, width = pixels.shape[:2]
    metadata = {"height": str(height), "width": str(width)}
    return Recording.from_values(pixels.reshape(-1, 3), 0, _PICTURE_SENSORS, metadata=metadata)


_READERS: dict[str, Callable[[Path, ReadOptions], Recording]] = {
    ".json": _read_json,
    ".cbor": _read_cbor,
    ".csv": _read_csv,
    ".npz": _read_npz,
    ".wav": _read_wav,
    ".jpg": _read_picture,
    ".jpeg": _read_picture,
    ".png": _read_picture,
    ".bmp": _read_picture,
}
#: The kinds of files that hold a recording.
SUFFIXES = tuple(_READERS)


def write_recording(recording: Recording, path: str | os.PathLike[str], *, key: str | None = None) -> Path:
    """Write one recording, without its label, to a file.

    Parameters
    ----------
    recording : Recording
    path : path
        `.json` or `.cbor` (Edge Impulse acquisition), `.csv` or `.npz`; an existing file is replaced.
    key : str, optional
        The project's HMAC key to sign an acquisition with.

    Returns
    -------
    Path

    Raises
    ------
    DataError : a kind of file that is not written or cannot hold it, or a key for a kind that is not signed
    OutputError : it cannot be written
    MissingExtraError : CBOR without cbor2
    """
    path = Path(path)
    kind = path.suffix.lower()
    if kind not in (".json", ".cbor", ".csv", ".npz"):
        raise DataError(f"{path}: a file of kind {path.suffix!r}, written are .json, .cbor, .csv and .npz")
    if kind in (".json", ".cbor"):
        content = encode_acquisition(recording, kind[1:], key=key)
    elif key is not None:
        raise DataError(f"{path}: a key signs .json and .cbor, not {kind}")
    else:
        content = encode_csv(recording) if kind == ".csv" else _npz(recording)
    return write_atomic(path, lambda file: file.write(content))


def _npz(recording: Recording) -> bytes:
    if not recording.rate_hz:
        raise DataError(f"{recording.name}: a picture has no rate, accepted is a recording in time")
    arrays: dict[str, Any] = {
        "values": recording.values,
        "rate_hz": np.float64(recording.rate_hz),
        "sensors": np.array([sensor.name for sensor in recording.sensors], np.str_),
        "units": np.array([sensor.unit for sensor in recording.sensors], np.str_),
    }
    file = io.BytesIO()
    save_arrays(file, arrays)
    return file.getvalue()
