"""Recordings in CSV: a header, a column of times, a column for each sensor."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError
from ..types import Array
from .acquisition import rate_of_interval, short_decimals
from .recording import Recording, Sensor

__all__ = ["JITTER", "decode_csv", "encode_csv"]

#: How far an interval between two samples may be from the median one, relative to it.
JITTER = 0.1
#: From this many median intervals on samples are missing, below it they jitter.
_GAP = 1.5
#: Unit of a column of times -> how many make a second.
_PER_SECOND = {"s": 1.0, "sec": 1.0, "seconds": 1.0, "ms": 1e3, "us": 1e6, "µs": 1e6, "ns": 1e9}
#: A column of times by its name; without a unit a `timestamp` is in ms, as Edge Impulse has it.
_TIME = re.compile(r"(?P<name>[Tt]ime_?[Ss]tamp|[Tt]ime|t)(?:[_ ](?P<suffix>[a-zµ]+))?")
_UNIT = re.compile(r"(?P<name>[^(\[]*?)\s*[(\[](?P<unit>[^)\]]*)[)\]]")


@dataclass(frozen=True)
class _Header:
    """Names and units of columns; `per_second` is 0 where there is no column of times."""

    per_second: float
    sensors: tuple[Sensor, ...]


def decode_csv(content: bytes, *, rate_hz: float | None = None, jitter: float = JITTER) -> Recording:
    """Read a recording from the bytes of a CSV file.

    Parameters
    ----------
    content : bytes
        UTF-8. The first line names the columns, units in brackets: ``time (s), accX (m/s2), accY (m/s2)``. Times are
        in the first column: `timestamp` in ms, or `time` or `t` with a unit (s, ms, us, ns) in brackets or after a
        space or an underscore. They are checked: numbers, growing, none missing, none beyond `jitter`.
    rate_hz : float, optional
        Of a file without times.
    jitter : float
        How far an interval may be from the median one, relative to it.

    Returns
    -------
    Recording
        Without name and label.

    Raises
    ------
    DataError : not such a file; names the line
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(f"it is not UTF-8: {error.reason} at byte {error.start}") from error
    lines = text.splitlines()
    first = next((number for number, line in enumerate(lines) if line.strip()), None)
    if first is None:
        raise DataError("it is empty, accepted is a header with one line a sample after it")
    header = _header(lines[first], first + 1)
    table, numbers = _table(lines, first + 1, len(header.sensors) + bool(header.per_second))
    if header.per_second:
        rate, table = _measured_rate(table[:, 0], numbers, header.per_second, jitter), table[:, 1:]
    elif rate_hz is None:
        raise DataError(
            f"line {first + 1} has no time in its first column, accepted are `timestamp` (ms), `time (s)`, "
            f"`time_ms` and the like, or a given rate in Hz"
        )
    else:
        rate = rate_hz
    return Recording.from_values(table, rate, header.sensors)


def _header(line: str, number: int) -> _Header:
    cells = [cell.strip().strip('"').strip() for cell in line.strip().removesuffix(",").split(",")]
    if any(_is_number(cell) for cell in cells):
        raise DataError(f"line {number} holds numbers, accepted is a header that names the columns")
    if not all(cells):
        raise DataError(f"line {number} has a column without a name")
    named = [_name_and_unit(cell) for cell in cells]
    per_second = _per_second(*named[0], number)
    sensors = named[bool(per_second) :]
    late = next((name for name, _ in sensors if re.fullmatch(_TIME, name)), None)
    if late is not None:
        raise DataError(f"line {number} has times in column {late!r}, accepted is the first column")
    if not sensors:
        raise DataError(f"line {number} has no column beside the time, accepted is one a sensor")
    return _Header(per_second, tuple(Sensor(name, unit) for name, unit in sensors))


def _name_and_unit(cell: str) -> tuple[str, str]:
    match = _UNIT.fullmatch(cell)
    return (match["name"], match["unit"].strip()) if match and match["name"] else (cell, "")


def _per_second(name: str, unit: str, number: int) -> float:
    match = _TIME.fullmatch(name)
    if match is None:
        return 0.0
    told = (unit or match["suffix"] or "").lower()
    if not told and match["name"].lower().endswith("stamp"):
        told = "ms"
    if told not in _PER_SECOND:
        came = f"the unit {told!r}" if told else "no unit"
        raise DataError(f"line {number}: {name!r} has {came}, accepted are {', '.join(_PER_SECOND)}")
    return _PER_SECOND[told]


def _table(lines: list[str], start: int, columns: int) -> tuple[Array, Array]:
    """Return the numbers, and of each row the line that it comes from."""
    numbers = np.array([n for n, line in enumerate(lines[start:], start + 1) if line.strip()], np.int64)
    if not numbers.size:
        raise DataError("it has a header and no samples")
    rows = [lines[number - 1].strip().removesuffix(",") for number in numbers]
    try:
        table = np.loadtxt(io.StringIO("\n".join(rows)), delimiter=",", comments=None, ndmin=2, dtype=np.float64)
    except ValueError:
        table = np.empty((0, 0))
    if table.shape == (len(rows), columns) and np.isfinite(table).all():
        return table, numbers
    for number, row in zip(numbers, rows, strict=True):
        _check_row(row, int(number), columns)
    raise DataError("its lines are no table of numbers")


def _check_row(row: str, number: int, columns: int) -> None:
    cells = row.split(",")
    if len(cells) != columns:
        raise DataError(f"line {number} has {len(cells)} columns, accepted are the {columns} of the header")
    for column, cell in enumerate(cells, 1):
        if not cell.strip():
            raise DataError(f"line {number} has nothing in column {column}, accepted are numbers: fill the gap first")
        if not _is_number(cell) or not np.isfinite(float(cell)):
            raise DataError(f"line {number} holds {cell.strip()!r:.40} in column {column}, accepted are finite numbers")


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    # Python, and no other reader, takes 1_000 for a number.
    return "_" not in text


def _measured_rate(times: NDArray[np.float64], numbers: Array, per_second: float, jitter: float) -> float:
    if times.size < 2:
        raise DataError("it has one sample, of which no rate can be told; accepted are two and more")
    steps = np.diff(times)
    median = float(np.median(steps))

    def refuse(bad: Array, what: str, accepted: str) -> None:
        if bad.any():
            place = int(np.flatnonzero(bad)[0]) + 1
            count = int(bad.sum())
            more = f" (and {count - 1} more)" if count > 1 else ""
            told = what.format(before=times[place - 1], here=times[place], step=steps[place - 1], median=median)
            raise DataError(f"line {numbers[place]}: {told}{more}, accepted {accepted}")

    refuse(steps < 0, "time goes back from {before:.10g} to {here:.10g}", "are growing times")
    refuse(steps == 0, "time {here:.10g} is there twice", "are growing times")
    refuse(
        steps > _GAP * median,
        "{step:.6g} after the sample before, {median:.6g} is usual: samples are missing",
        "are recordings without gaps",
    )
    refuse(
        np.abs(steps - median) > jitter * median,
        "{step:.6g} after the sample before, {median:.6g} is usual",
        f"are intervals within {jitter:.0%} of it",
    )
    return rate_of_interval(float(times[-1] - times[0]) / (times.size - 1), per_second)


def encode_csv(recording: Recording) -> bytes:
    """Return the bytes of a CSV file: times in ms, then a column for each sensor with its unit in brackets.

    Parameters
    ----------
    recording : Recording

    Returns
    -------
    bytes
        Values read back from them are the same float32.

    Raises
    ------
    DataError : a picture, one sample only, or a sensor whose name a header cannot hold
    """
    if not recording.rate_hz or len(recording.values) < 2:
        raise DataError(f"{recording.name}: accepted is a recording in time of two samples and more")
    cells = [f"{sensor.name} ({sensor.unit})" if sensor.unit else sensor.name for sensor in recording.sensors]
    header = ",".join(["timestamp", *cells])
    try:
        kept = header.splitlines() == [header] and _header(header, 1).sensors == recording.sensors
    except DataError:
        kept = False
    if not kept:
        raise DataError(f"{recording.name}: the header of a CSV file cannot hold the sensors {', '.join(cells)!r:.80}")
    times = np.arange(len(recording.values)) * 1000.0 / recording.rate_hz
    rows = np.column_stack([times, short_decimals(recording.values)]).tolist()
    lines = [header, *(",".join(map(_number, row)) for row in rows)]
    return ("\n".join(lines) + "\n").encode()


def _number(value: float) -> str:
    return repr(value).removesuffix(".0")
