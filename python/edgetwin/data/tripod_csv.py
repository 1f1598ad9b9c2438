"""The three kinds of CSV file of the TRIPOD data set, read strictly: a message names file, line and column."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError

__all__ = ["IMU_COLUMNS", "read_first_contacts", "read_imu", "read_optogait"]

#: Column of an IMU file -> its unit there; channels in the order that the gait pipeline takes.
IMU_COLUMNS = {
    "Gyro X": "[deg/s]",
    "Gyro Y": "[deg/s]",
    "Gyro Z": "[deg/s]",
    "Accel X": "[g]",
    "Accel Y": "[g]",
    "Accel Z": "[g]",
}
_HEADER_LINES = 7
#: Parts of a sample period: rounding to 5 decimals is a thousandth.
_JITTER, _GAP = 0.1, 1.5
#: What OptoGait writes in place of a step's number.
_REMARKS = ("External trigger", "External trigger STOP", "No step")


def _lines(path: Path) -> list[str]:
    """Return the lines of a text file, blank ones at the end left out."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise DataError(f"cannot read {path}: byte {error.start} is not UTF-8 text") from error
    lines = text.splitlines()
    while lines and not lines[-1].strip():
        lines.pop()
    if not lines:
        raise DataError(f"{path}: it is empty")
    return lines


def _places(path: Path, line: int, cells: Sequence[str], names: Sequence[str]) -> list[int]:
    """Return where columns stand in a header."""
    missing = [name for name in names if cells.count(name) != 1]
    if missing:
        there = ", ".join(repr(cell) for cell in cells if cell)
        raise DataError(f"{path}, line {line}: no single column {missing[0]!r}, the columns are {there or 'none'}")
    return [cells.index(name) for name in names]


def _number(path: Path, line: int, column: str, cell: str) -> float:
    """Return a cell's finite number."""
    try:
        value = float(cell)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise DataError(f"{path}, line {line}, column {column!r}: {cell.strip()[:40]!r}, accepted is a finite number")
    return value


def read_imu(path: Path) -> tuple[NDArray[np.float64], float]:
    """Read a Physilog export: seven header lines, then a row for each sample.

    Parameters
    ----------
    path : Path

    Returns
    -------
    values : ndarray of float64, shape (time, 6)
        Gx, Gy, Gz in deg/s, Ax, Ay, Az in g.
    rate_hz : float

    Raises
    ------
    DataError : a file that cannot be read, a header other than the export's, wrong units, cells that are no finite
        numbers, another number of samples than the header tells, or timestamps that are not at the header's rate
    """
    lines = _lines(path)
    if len(lines) <= _HEADER_LINES:
        raise DataError(f"{path}: {len(lines)} lines, accepted are {_HEADER_LINES} header lines and samples after them")
    names = [cell.strip() for cell in lines[5].split(",")]
    wanted = {"Time": "[s]"} | IMU_COLUMNS
    places = _places(path, 6, names, list(wanted))
    units = [cell.strip() for cell in lines[6].split(",")]
    for (name, unit), place in zip(wanted.items(), places, strict=True):
        came = units[place] if place < len(units) else ""
        if came != unit:
            raise DataError(f"{path}, line 7, column {name!r}: unit {came!r}, accepted is {unit!r}")
    rate_hz = _header_rate(path, lines[4], places)
    rows = lines[_HEADER_LINES:]
    table = _table(path, rows, len(names), places, list(wanted))
    _check_times(path, table[:, 0], rate_hz)
    said = re.fullmatch(r"Total data points: *(\d+)\W*", lines[2].strip())
    if said is None:
        raise DataError(f"{path}, line 3: {lines[2].strip()[:40]!r}, accepted is 'Total data points: ' and a number")
    if int(said[1]) != len(rows):
        raise DataError(f"{path}: {len(rows)} samples, line 3 tells {said[1]} data points: the file is not whole")
    return table[:, 1:], rate_hz


def _header_rate(path: Path, line: str, places: Sequence[int]) -> float:
    """Return the rate that stands over the columns of time, gyroscope and accelerometer."""
    cells = line.split(",")
    rates = set()
    for name, place in (("Time", places[0]), ("Gyro", places[1]), ("Accel", places[4])):
        cell = cells[place].strip() if place < len(cells) else ""
        found = re.fullmatch(rf"{name} \[([0-9.]+) *hz\]", cell, re.IGNORECASE)
        if found is None:
            raise DataError(f"{path}, line 5, column {place + 1}: {cell!r}, accepted is '{name} [128 hz]' or alike")
        rates.add(_number(path, 5, name, found[1]))
    if len(rates) > 1 or min(rates) <= 0:
        told = " and ".join(f"{rate:g}" for rate in sorted(rates))
        raise DataError(f"{path}, line 5: rates of {told} Hz, accepted is one rate above 0 of time, Gyro and Accel")
    return rates.pop()


def _table(
    path: Path, rows: Sequence[str], columns: int, places: Sequence[int], names: Sequence[str]
) -> NDArray[np.float64]:
    """Return the wanted columns of all rows; numpy reads them, and only bad ones are looked at one by one."""
    for number, row in enumerate(rows, _HEADER_LINES + 1):
        if row.count(",") != columns - 1:
            raise DataError(
                f"{path}, line {number}: {row.count(',') + 1} columns, accepted are the {columns} of line 6"
            )
    try:
        table = np.loadtxt(rows, dtype=np.float64, delimiter=",", usecols=places, ndmin=2, comments=None)
    except ValueError:
        table = np.full((1, 1), np.nan)
    if not np.isfinite(table).all():
        for number, row in enumerate(rows, _HEADER_LINES + 1):
            cells = row.split(",")
            for name, place in zip(names, places, strict=True):
                _number(path, number, name, cells[place])
    return table


def _check_times(path: Path, time_s: NDArray[np.float64], rate_hz: float) -> None:
    """Refuse timestamps that are not those of an evenly sampled recording."""
    period = 1 / rate_hz
    step = np.diff(time_s)
    wrong = np.flatnonzero(np.abs(step - period) > _JITTER * period)
    if len(wrong):
        i = int(wrong[0])
        kind = f"{step[i] / period:.2f} sample periods after the one before: the sample rate jitters"
        if step[i] == 0:
            kind = "the same as the one before"
        elif step[i] < 0:
            kind = f"before the one before ({time_s[i]:.5f})"
        elif step[i] > _GAP * period:
            kind = f"{step[i]:.5f} s after the one before: a gap"
        raise DataError(
            f"{path}, line {_HEADER_LINES + 2 + i}, column 'Time': {time_s[i + 1]:.5f} s is {kind}; accepted are "
            f"samples every {period:.5f} s"
        )
    drift = float(np.abs(time_s - time_s[0] - np.arange(len(time_s)) * period).max())
    if drift > 0.5 * period:
        found = (len(time_s) - 1) / (time_s[-1] - time_s[0])
        raise DataError(f"{path}, column 'Time': samples at {found:.3f} Hz, line 5 tells {rate_hz:g} Hz")


def _rows_by_name(path: Path, names: Sequence[str]) -> list[tuple[int, list[str]]]:
    """Return (line, cells of the named columns) of a file with one header line."""
    reader = csv.reader(_lines(path))
    header = [cell.strip() for cell in next(reader)]
    places = _places(path, 1, header, names)
    rows = []
    for cells in reader:
        if len(cells) != len(header):
            raise DataError(
                f"{path}, line {reader.line_num}: {len(cells)} columns, accepted are the {len(header)} of line 1"
            )
        rows.append((reader.line_num, [cells[place].strip() for place in places]))
    return rows


def read_optogait(path: Path) -> dict[str, NDArray[np.float64]]:
    r"""Read the reference's steps.

    Parameters
    ----------
    path : Path

    Returns
    -------
    dict of str to ndarray of float64, shape (steps, 3)
        "R" and "L", a row for each contact of that foot: `Split` in s, `Stride` in cm and `StrideTime\Cycle` in s of
        the stride that ends there; NaN where a cell is empty.

    Raises
    ------
    DataError : a file that cannot be read, columns that are missing, cells that are no numbers, contacts out of order
    """
    names = ("#", "L/R", "Split", "Stride", "StrideTime\\Cycle")
    steps: dict[str, list[list[float]]] = {"R": [], "L": []}
    for line, (number, side, *cells) in _rows_by_name(path, names):
        if number in _REMARKS:
            continue
        if side not in steps:
            raise DataError(f"{path}, line {line}, column 'L/R': {side!r}, accepted are 'L' and 'R'")
        row = [
            math.nan if cell == "" and name != "Split" else _number(path, line, name, cell)
            for name, cell in zip(names[2:], cells, strict=True)
        ]
        if steps[side] and row[0] <= steps[side][-1][0]:
            raise DataError(
                f"{path}, line {line}, column 'Split': {row[0]:g} s is not after the {side} contact before, at "
                f"{steps[side][-1][0]:g} s"
            )
        steps[side].append(row)
    return {side: np.array(rows, np.float64).reshape(-1, 3) for side, rows in steps.items()}


def read_first_contacts(path: Path) -> dict[tuple[str, str], float]:
    """Read when the first right contact of each trial was, in the IMU's time.

    Parameters
    ----------
    path : Path
        ``SyncInfo.csv``.

    Returns
    -------
    dict of (subject, run) to float, s

    Raises
    ------
    DataError : a file that cannot be read, columns that are missing, times that are no numbers >= 0, a trial twice
    """
    found: dict[tuple[str, str], float] = {}
    for line, (subject, run, cell) in _rows_by_name(path, ("subject", "run", "ic_time")):
        value = _number(path, line, "ic_time", cell)
        if value < 0:
            raise DataError(f"{path}, line {line}, column 'ic_time': {value:g} s, accepted is a time >= 0")
        if (subject, run) in found:
            raise DataError(f"{path}, line {line}: {subject} {run} is there twice")
        found[subject, run] = value
    return found
