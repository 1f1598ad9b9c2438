"""Weights and checkpoints on disk: named arrays in an `.npz` file, written whole or not at all."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..atomic import write_atomic
from ..errors import DataError, OutputError
from ..types import Array

__all__ = ["checked_weights", "read_arrays", "write_arrays"]


def write_arrays(path: str | os.PathLike[str], arrays: Mapping[str, Array]) -> Path:
    """Write named arrays, not compressed.

    Raises
    ------
    OutputError : the file cannot be written; what was there is left as it was
    """
    if not isinstance(path, (str, os.PathLike)):
        raise OutputError(f"weights are saved to a path, not to {type(path).__name__}")
    named: dict[str, Any] = dict(arrays)
    return write_atomic(path, lambda file: np.savez(file, **named))


def read_arrays(path: str | os.PathLike[str]) -> dict[str, Array]:
    """Read what `write_arrays` wrote.

    Raises
    ------
    DataError : no such file, or not one of named arrays
    """
    if not isinstance(path, (str, os.PathLike)):
        raise DataError(f"weights are loaded from a path, not from {type(path).__name__}")
    try:
        # Opened here: numpy leaves a file open that turns out not to be one.
        with open(path, "rb") as file, np.load(file, allow_pickle=False) as arrays:
            return {name: arrays[name] for name in arrays.files}
    except FileNotFoundError as error:
        raise DataError(f"{os.fspath(path)}: no such file") from error
    except (OSError, ValueError, EOFError, AttributeError, TypeError, zipfile.BadZipFile) as error:
        raise DataError(f"{os.fspath(path)}: not an .npz file: {error}") from error


def checked_weights(
    given: Mapping[str, Any], names: Sequence[str], shapes: Sequence[tuple[int, ...]], what: str
) -> list[Array]:
    """Return arrays in the order of `names`, float32 and finite.

    Raises
    ------
    DataError : missing or unknown names, another shape or dtype, NaN or infinity, naming the array
    """
    missing, unknown = sorted(set(names) - set(given)), sorted(set(given) - set(names))
    if missing or unknown:
        parts = [f"{kind} {', '.join(map(repr, some[:4]))}" for kind, some in (("without", missing), ("with", unknown))
                 if some]  # fmt: skip
        raise DataError(f"{what}: weights {' and '.join(parts)}; the network has {', '.join(map(repr, names))}")
    arrays = []
    for name, shape in zip(names, shapes, strict=True):
        array = np.asarray(given[name])
        if array.shape != shape or array.dtype.kind != "f":
            raise DataError(f"{what}: {name!r} is {array.dtype} {array.shape}, accepted is float32 {shape}")
        with np.errstate(over="ignore"):  # beyond float32 is infinity, which is refused
            array = np.array(array, np.float32, order="C")
        if not np.isfinite(array).all():
            raise DataError(f"{what}: {name!r} holds NaN or infinity")
        arrays.append(array)
    return arrays
