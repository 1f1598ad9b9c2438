"""Reading samples, labels and recorded outputs from `.npz`, `.npy`, `.csv` and Edge Impulse `.json`."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import DataError
from ..types import Array

__all__ = ["INPUT_KEYS", "LABEL_KEYS", "OUTPUT_KEYS", "REAL_KEYS", "Samples", "load_file", "load_samples"]

#: Names under which a `.npz` holds integer inputs, real inputs, labels and recorded integer outputs, best first.
INPUT_KEYS = ("int8_input", "int16_input", "codes")
REAL_KEYS = ("strides", "windows", "x", "inputs", "features")
LABEL_KEYS = ("label_cm", "labels", "label", "y")
OUTPUT_KEYS = ("int8_output", "outputs", "output")


@dataclass(frozen=True)
class Samples:
    """What one file holds for a model.

    Attributes
    ----------
    path : Path
    codes : ndarray or None
        Integer inputs, as recorded.
    real : ndarray or None
        Inputs in real units.
    labels : ndarray or None
    label_key : str
        The name that the labels have in the file; a suffix ``_cm`` names their unit.
    outputs : ndarray or None
        Recorded integer outputs of another runtime or board.
    """

    path: Path
    codes: Array | None
    real: Array | None
    labels: Array | None
    label_key: str
    outputs: Array | None


def load_file(path: str | Path) -> dict[str, Array]:
    """Read the arrays of one file.

    Parameters
    ----------
    path : path
        `.npz` (its arrays), `.npy` and `.csv` (one array, named "x"), or an Edge Impulse acquisition `.json` (its
        values, named "x", one sample of time-major readings).

    Returns
    -------
    dict of str to ndarray

    Raises
    ------
    DataError : missing, unreadable, of another kind, or holding Python objects
    """
    path = Path(path)
    try:
        if path.suffix == ".npz":
            with np.load(path, allow_pickle=False) as archive:
                return {name: archive[name] for name in archive.files}
        if path.suffix == ".npy":
            return {"x": np.load(path, allow_pickle=False)}
        if path.suffix == ".csv":
            return {"x": _read_csv(path)}
        if path.suffix == ".json":
            return {"x": _read_acquisition(path)}
    except (OSError, ValueError, EOFError, KeyError, TypeError, zipfile.BadZipFile) as error:
        raise DataError(f"cannot read {path}: {error}") from error
    raise DataError(f"{path}: a file of kind {path.suffix!r}, accepted are .npz, .npy, .csv and Edge Impulse .json")


def _read_csv(path: Path) -> Array:
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    if not lines:
        raise ValueError("it is empty")
    first = lines[0].split(",")
    rows = lines if _is_number(first[0]) else lines[1:]
    values: list[list[float]] = []
    for number, line in enumerate(rows, len(lines) - len(rows) + 1):
        cells = line.rstrip(",").split(",")
        if not all(_is_number(cell) for cell in cells):
            raise ValueError(f"line {number} holds something that is not a number")
        if values and len(cells) != len(values[0]):
            raise ValueError(f"line {number} has {len(cells)} columns, the lines before it {len(values[0])}")
        values.append([float(cell) for cell in cells])
    if not values:
        raise ValueError("it has a header and no rows")
    return np.array(values, np.float64)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _read_acquisition(path: Path) -> Array:
    payload = json.loads(path.read_text(encoding="utf-8"))["payload"]
    values = np.array(payload["values"], np.float64)
    if values.ndim == 1:
        values = values[:, None]
    if values.ndim != 2 or values.shape[1] != len(payload["sensors"]):
        raise ValueError(f"payload.values has shape {values.shape} for {len(payload['sensors'])} sensors")
    return values[None]


def load_samples(
    path: str | Path,
    *,
    inputs: str | None = None,
    labels: str | None = None,
    outputs: str | None = None,
) -> Samples:
    """Find inputs, labels and recorded outputs in a file.

    Parameters
    ----------
    path : path
    inputs, labels, outputs : str, optional
        Names of the arrays; by default the first of `INPUT_KEYS` / `REAL_KEYS`, `LABEL_KEYS` and `OUTPUT_KEYS`.

    Returns
    -------
    Samples

    Raises
    ------
    DataError : the file cannot be read, or holds no inputs
    """
    arrays = load_file(path)

    def find(name: str | None, keys: Sequence[str]) -> tuple[str, Array | None]:
        if name is not None:
            if name not in arrays:
                raise DataError(f"{path}: no array {name!r}, it holds {', '.join(sorted(arrays))}")
            return name, arrays[name]
        key = next((key for key in keys if key in arrays), "")
        return key, arrays.get(key)

    if inputs is None:
        codes, real = find(None, INPUT_KEYS)[1], find(None, REAL_KEYS)[1]
    else:
        chosen: Any = find(inputs, ())[1]
        integers = chosen.dtype.kind == "i"
        codes, real = (chosen, None) if integers else (None, chosen)
    if codes is None and real is None:
        raise DataError(
            f"{path}: no inputs; it holds {', '.join(sorted(arrays)) or 'nothing'}, accepted names are "
            f"{', '.join(INPUT_KEYS + REAL_KEYS)}, or say --inputs NAME"
        )
    label_key, label_values = find(labels, LABEL_KEYS)
    return Samples(Path(path), codes, real, label_values, label_key, find(outputs, OUTPUT_KEYS)[1])
