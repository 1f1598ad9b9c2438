"""Where a training run stands, on disk: enough to go on to the same bytes."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import DataError
from ..types import Array
from .history import History
from .samples import Samples
from .weights_file import read_arrays, write_arrays

__all__ = ["RunState", "fingerprint", "read_checkpoint", "write_checkpoint"]

_FORMAT = 2
_GROUPS = ("weights", "best", "optimizer")


@dataclass
class RunState:
    """A run between two epochs.

    Attributes
    ----------
    epoch : int
        Epochs done.
    values, best : list of ndarray
        What is learnt now, and at the end of the best epoch.
    optimizer : list of ndarray
    history : History
    """

    epoch: int
    values: list[Array]
    best: list[Array]
    optimizer: list[Array]
    history: History


def fingerprint(settings: Mapping[str, Any], sets: Sequence[Samples | None]) -> dict[str, str]:
    """Return what has to be the same for a run to go on: settings as text, data as hash."""
    digest = hashlib.sha256()
    for samples in sets:
        for array in () if samples is None else (samples.x, samples.y, samples.weights):
            digest.update(b"-" if array is None else f"{array.dtype}{array.shape}".encode())
            if array is not None:
                digest.update(array.data)
    return {**{name: repr(value) for name, value in settings.items()}, "data": digest.hexdigest()}


def write_checkpoint(path: str | os.PathLike[str], state: RunState, marks: Mapping[str, str]) -> None:
    """Write where a run stands, whole or not at all.

    Raises
    ------
    OutputError : the file cannot be written
    """
    arrays: dict[str, Array] = {}
    for group, values in zip(_GROUPS, (state.values, state.best, state.optimizer), strict=True):
        arrays |= {f"{group}/{number}": value for number, value in enumerate(values)}
    facts = {"format": _FORMAT, "epoch": state.epoch, "settings": dict(marks), **state.history.as_dict()}
    arrays["run"] = np.array(json.dumps(facts))
    write_arrays(path, arrays)


def read_checkpoint(path: str | os.PathLike[str], marks: Mapping[str, str]) -> RunState:
    """Read what `write_checkpoint` wrote.

    Raises
    ------
    DataError : not a checkpoint, or one of a run with other settings or data, naming what differs
    """
    arrays = read_arrays(path)
    try:
        facts = json.loads(str(arrays["run"]))
        if facts["format"] != _FORMAT:
            raise DataError(f"{os.fspath(path)}: a checkpoint of format {facts['format']}, accepted is {_FORMAT}")
        settings = facts["settings"]
        history = History(facts["history"], facts["start"], facts["best_epoch"], notes=facts["notes"])
        groups = [
            [arrays[f"{group}/{number}"] for number in range(sum(name.startswith(f"{group}/") for name in arrays))]
            for group in _GROUPS
        ]
        epoch = int(facts["epoch"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(f"{os.fspath(path)}: not a checkpoint of a training run") from error
    different = sorted(name for name in marks.keys() | settings.keys() if marks.get(name) != settings.get(name))
    if different:
        name = different[0]
        rest = "" if name == "data" else f": {settings.get(name)} there, {marks.get(name)} here"
        raise DataError(
            f"{os.fspath(path)}: the checkpoint of another run, {', '.join(different)} differ{rest}; without "
            "resume=True a new run begins"
        )
    return RunState(epoch, groups[0], groups[1], groups[2], history)
