"""`edgetwin run --live`: outputs window by window, of a sensor on a serial port or of a recording in real time."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..data import read_recording
from ..device.serial_port import SerialPort, parse_serial
from ..errors import DataError, DeviceError
from ..model import load
from ..streaming import ModelStream, WindowOutput
from .tables import console

__all__ = ["LiveOptions", "run_live"]

_SERIAL = "serial:"
#: What may part the numbers of a line: commas, as Edge Impulse's data forwarder has them, tabs, blanks, semicolons.
_BETWEEN = re.compile(rb"[,;\s]+")
_LONGEST_LINE = 4096
#: Seconds without a line after which the port counts as silent.
_SILENCE_S = 10.0
_BLOCK_S = 0.05
_BAR = 24


@dataclass(frozen=True)
class LiveOptions:
    """What `edgetwin run --live` is told beside the model; the names are those of its options."""

    labels: str | None
    hop: int | None
    axes: int | None
    average: int
    debounce: int
    speed: float
    windows: int | None


def run_live(model: Path, source: str, options: LiveOptions, *, as_json: bool) -> None:
    """Print the outputs of each window as it ends, until the source ends or the user interrupts.

    Parameters
    ----------
    model : Path
    source : str
        ``serial:PORT[@BAUD]``, a line a sample, or a recording's file.
    options : LiveOptions
    as_json : bool
        One JSON object a line.

    Raises
    ------
    DataError : lines without the right number of numbers, a recording that cannot be read
    DeviceError : the port cannot be opened, has gone or is silent
    EdgetwinError : as in `load` and `Model.stream`
    """
    loaded = load(model)
    labels = None if options.labels is None else [label.strip() for label in options.labels.split(",")]
    stream = loaded.stream(
        options.hop, axes=options.axes, average=options.average, debounce=options.debounce, labels=labels
    )
    if source.startswith(_SERIAL):
        blocks = _from_serial(source, stream.axes)
    else:
        blocks = _from_file(Path(source), options.speed)
    shown = 0
    for block in blocks:
        for output in stream.push(block):
            _print(output, stream, as_json=as_json)
            shown += 1
            if shown == options.windows:
                return
    if not shown:
        raise DataError(f"{source}: ended before the first window of {stream.length} samples")


def _from_file(path: Path, speed: float) -> Iterator[NDArray[np.float32]]:
    """Give a recording's samples no earlier than a sensor would."""
    recording = read_recording(path)
    values = np.asarray(recording.values, np.float32)
    step = max(1, round(_BLOCK_S * recording.rate_hz))
    began = time.monotonic()
    for first in range(0, len(values), step):
        block = values[first : first + step]
        if speed > 0:
            due = began + (first + len(block)) / recording.rate_hz / speed
            time.sleep(max(0.0, due - time.monotonic()))
        yield block


def _from_serial(source: str, axes: int) -> Iterator[NDArray[np.float32]]:
    """Give the numbers of each line; the first, which may have begun before we listened, may be cut short."""
    port = SerialPort(*parse_serial(source.removeprefix(_SERIAL)))
    rest, number, heard = b"", 0, time.monotonic()
    try:
        while True:
            rest += port.read(_BLOCK_S)
            *lines, rest = rest.split(b"\n")
            if len(rest) > _LONGEST_LINE:
                raise DataError(f"{port.name}: {len(rest)} bytes without an end of line; is the baud rate right?")
            if not lines:
                if time.monotonic() - heard > _SILENCE_S:
                    raise DeviceError(f"{port.name}: no line for {_SILENCE_S:g} s")
                continue
            heard = time.monotonic()
            samples = []
            for line in lines:
                sample = _numbers(line, axes, f"{port.name}, line {number + 1}", may_fail=number == 0)
                number += 1
                if sample is not None:
                    samples.append(sample)
            if samples:
                yield np.array(samples, np.float32)
    finally:
        port.close()


def _numbers(line: bytes, axes: int, where: str, *, may_fail: bool) -> list[float] | None:
    words = [word for word in _BETWEEN.split(line.strip()) if word]
    try:
        values = [float(word) for word in words]
    except ValueError:
        values = []
    if len(values) == axes:
        return values
    if may_fail or not words:
        return None
    raise DataError(f"{where}: {line[:60]!r}, accepted are {axes} numbers")


def _print(output: WindowOutput, stream: ModelStream, *, as_json: bool) -> None:
    values = output.values.tolist()
    if as_json:
        content = {"end": output.end, "codes": output.codes.tolist(), "mean": output.mean.tolist(), "values": values}
        print(json.dumps(content | {"label": output.label, "is_new": output.is_new}), flush=True)
        return
    if len(values) == 1:
        console().print(f"sample {output.end:>8}  {values[0]:.6g}", markup=False)
        return
    best = int(np.argmax(output.mean))
    # Codes, not values, tell how far an output is up its range.
    bar = "#" * round((int(output.mean[best]) + 128) / 255 * _BAR)
    found = "" if output.label is None else f"{'*' if output.is_new else ' '} {output.label}"
    text = f"sample {output.end:>8}  {stream.labels[best]:<16} {values[best]:>9.4g} {bar:<{_BAR}} {found}"
    console().print(text, markup=False)
