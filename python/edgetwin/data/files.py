"""Reading samples, labels and recorded outputs from `.npz`, `.npy`, `.csv` and Edge Impulse `.json`."""

from __future__ import annotations

import io
import json
import lzma
import os
import struct
import tokenize
import zipfile
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np

from ..errors import DataError
from ..types import Array

__all__ = [
    "INPUT_KEYS",
    "LABEL_KEYS",
    "OUTPUT_KEYS",
    "REAL_KEYS",
    "SUBJECT_KEYS",
    "Samples",
    "load_file",
    "load_samples",
    "save_arrays",
]

#: Names under which a `.npz` holds integer inputs, real inputs, labels, recorded integer outputs and whose each sample
#: is, best first.
INPUT_KEYS = ("int8_input", "int16_input", "codes")
REAL_KEYS = ("strides", "windows", "x", "inputs", "features")
LABEL_KEYS = ("label_cm", "labels", "label", "y")
OUTPUT_KEYS = ("int8_output", "outputs", "output")
#: Has no types in numpy 1.26.
_read_array: Callable[..., Array] = np.lib.format.read_array
SUBJECT_KEYS = ("subjects", "subject")


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
    subjects : ndarray of str or integers, or None
        Whose each sample is; any name of what makes samples depend on each other.
    """

    path: Path
    codes: Array | None
    real: Array | None
    labels: Array | None
    label_key: str
    outputs: Array | None
    subjects: Array | None = None


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
    if not isinstance(path, (str, os.PathLike)):
        raise DataError(f"a data file comes from a path, not from {type(path).__name__}")
    path = Path(path)
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise DataError(f"{path}: a file of kind {path.suffix!r}, accepted are .npz, .npy, .csv and Edge Impulse .json")
    try:
        return reader(path)
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror or error}") from error
    except KeyError as error:
        raise DataError(f"cannot read {path}: no {error.args[0]!r} in it") from error
    except MemoryError as error:
        raise DataError(f"cannot read {path}: it claims more than the memory holds") from error
    except RecursionError as error:
        raise DataError(f"cannot read {path}: nested too deeply") from error
    except _UNREADABLE as error:
        raise DataError(f"cannot read {path}: {' '.join(str(error).split()) or type(error).__name__}") from error


#: What numpy, zipfile (and the decompressors behind it) and json raise on malformed bytes.
_UNREADABLE: tuple[type[Exception], ...] = (
    ValueError,
    TypeError,
    EOFError,
    NotImplementedError,
    RuntimeError,
    SyntaxError,
    tokenize.TokenError,
    OverflowError,
    struct.error,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
)


def _read_npz(path: Path) -> dict[str, Array]:
    arrays: dict[str, Array] = {}
    with zipfile.ZipFile(path) as archive:
        for member in archive.namelist():
            if not member.endswith(".npy"):
                raise ValueError(f"{member!r} in it is not an array")
            with archive.open(member) as file:
                arrays[member.removesuffix(".npy")] = _read_array(file, allow_pickle=False)
                # Reading to the end makes zipfile check the sum; an array stops before it.
                if file.read(1):
                    raise ValueError(f"{member!r} in it is longer than its array")
    return arrays


def _read_npy(path: Path) -> dict[str, Array]:
    with path.open("rb") as file:
        array = _read_array(file, allow_pickle=False)
        if file.read(1):
            raise ValueError("it is longer than its array")
    return {"x": array}


def _read_csv(path: Path) -> dict[str, Array]:
    # Excel puts a byte-order mark in front, which "utf-8" would leave in the first cell.
    text = path.read_text(encoding="utf-8-sig")
    lines = [(number, line.strip()) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    if not lines:
        raise ValueError("it is empty")
    # A header is a line without any number: a bad cell in a first row of data must not make the row vanish.
    rows = lines if any(_is_number(cell) for cell in lines[0][1].split(",")) else lines[1:]
    values: list[list[float]] = []
    for number, line in rows:
        cells = line.removesuffix(",").split(",")
        bad = next((cell for cell in cells if not _is_number(cell)), None)
        if bad is not None:
            raise ValueError(f"line {number} holds {bad.strip()[:40]!r}, which is not a number")
        if values and len(cells) != len(values[0]):
            raise ValueError(f"line {number} has {len(cells)} columns, the lines before it {len(values[0])}")
        values.append([float(cell) for cell in cells])
    if not values:
        raise ValueError("it has a header and no rows")
    return {"x": np.array(values, np.float64)}


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _read_acquisition(path: Path) -> dict[str, Array]:
    content = json.loads(path.read_text(encoding="utf-8-sig"))
    if not isinstance(content, dict) or not isinstance(content.get("payload"), dict):
        raise ValueError("no payload in it: an Edge Impulse acquisition has payload.sensors and payload.values")
    payload = content["payload"]
    values = np.array(payload["values"], np.float64)
    if values.ndim == 1:
        values = values[:, None]
    if values.ndim != 2 or values.shape[1] != len(payload["sensors"]):
        raise ValueError(f"payload.values has shape {values.shape} for {len(payload['sensors'])} sensors")
    return {"x": values[None]}


_READERS = {".npz": _read_npz, ".npy": _read_npy, ".csv": _read_csv, ".json": _read_acquisition}


def load_samples(
    path: str | Path,
    *,
    inputs: str | None = None,
    labels: str | None = None,
    outputs: str | None = None,
    subjects: str | None = None,
) -> Samples:
    """Find inputs, labels, recorded outputs and subjects in a file.

    Parameters
    ----------
    path : path
    inputs, labels, outputs, subjects : str, optional
        Names of the arrays; by default the first of `INPUT_KEYS` / `REAL_KEYS`, `LABEL_KEYS`, `OUTPUT_KEYS` and
        `SUBJECT_KEYS`.
        Inputs of bool or a signed integer dtype are codes under whatever name, others (images in uint8 too) are real
        values.

    Returns
    -------
    Samples

    Raises
    ------
    DataError : the file cannot be read, holds no inputs, or holds something else than real numbers
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
        if codes is None and real is not None and real.dtype.kind in "bi":
            codes, real = real, None
    else:
        chosen: Any = find(inputs, ())[1]
        codes, real = (chosen, None) if chosen.dtype.kind in "bi" else (None, chosen)
    if codes is None and real is None:
        raise DataError(
            f"{path}: no inputs; it holds {', '.join(sorted(arrays)) or 'nothing'}, accepted names are "
            f"{', '.join(INPUT_KEYS + REAL_KEYS)}, or say --inputs NAME"
        )
    label_key, label_values = find(labels, LABEL_KEYS)
    recorded = find(outputs, OUTPUT_KEYS)[1]
    for what, array in (("inputs", codes), ("inputs", real), ("labels", label_values), ("outputs", recorded)):
        if array is not None and array.dtype.kind not in "biuf":
            raise DataError(f"{path}: {what} are of dtype {array.dtype}, accepted are real numbers")
    whose = find(subjects, SUBJECT_KEYS)[1]
    if whose is not None and (whose.ndim != 1 or whose.dtype.kind not in "iuU"):
        raise DataError(
            f"{path}: subjects are {whose.dtype} of shape {whose.shape}, accepted is a text or an integer a sample"
        )
    return Samples(Path(path), codes, real, label_values, label_key, recorded, whose)


def save_arrays(file: IO[bytes], arrays: Mapping[str, Array]) -> None:
    """Write arrays as an `.npz`, equal arrays as equal bytes.

    Parameters
    ----------
    file : binary file
        Open for writing.
    arrays : mapping of str to ndarray
    """
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name, array in arrays.items():
            buffer = io.BytesIO()
            np.save(buffer, array, allow_pickle=False)
            # Without the time of day: equal arrays give equal files.
            archive.writestr(zipfile.ZipInfo(f"{name}.npy"), buffer.getvalue())
