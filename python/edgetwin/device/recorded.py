"""Recordings of devices: ours, with every byte, and logs of Edge Impulse firmware, which prints decimals."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from typing import Any

from ..atomic import write_atomic
from ..errors import DataError, NotComparableError
from ..model import Model
from ..types import Array
from .base import Device, DeviceInfo, Seen
from .decimals import codes_of
from .ei_log import read_ei_log

__all__ = ["LogDevice", "RecordedDevice", "open_recording", "record"]

_FORMAT = "edgetwin recording"
_VERSION = 1


def record(device: Device, path: str | os.PathLike[str], *inputs: Any) -> None:
    """Run samples on a device and write what it gave, operators included, to be compared with later.

    Parameters
    ----------
    device : Device
    path : path
        JSON lines: what the device tells of itself, then inputs, outputs and operators of each sample in hex.
    *inputs
        As `Device.run` takes them.

    Raises
    ------
    DeviceError, ShapeError : as `Device.run`
    OutputError : the file cannot be written
    """
    info = device.info()
    samples, seen = device.samples(*inputs)
    lines = [{"format": _FORMAT, "version": _VERSION, **info.as_dict()}]
    lines += [
        {
            "inputs": [array.tobytes().hex() for array in sample],
            "outputs": [one.hex() for one in got.outputs],
            "operators": {str(index): one.hex() for index, one in got.operators.items()},
        }
        for sample, got in zip(samples, seen, strict=True)
    ]
    text = "".join(json.dumps(line) + "\n" for line in lines)
    write_atomic(path, lambda file: file.write(text.encode()))


def open_recording(spec: str, path: str, model: Model | None) -> Device:
    """Open a recording, ours or a log of Edge Impulse firmware.

    Parameters
    ----------
    spec : str
        What was asked for.
    path : str
    model : Model, optional
        A log cannot do without.

    Raises
    ------
    DataError : the file cannot be read, is neither, or a model is needed
    DeviceError : it is of another model
    NotComparableError : its decimals do not tell the integers
    """
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            text = file.read()
    except OSError as error:
        raise DataError(f"{path}: {error.strerror or error}") from error
    if text.lstrip()[:1] == "{":
        return RecordedDevice(spec, path, text, model)
    if model is None:
        raise DataError(f"{path} is no recording of ours; a log of printed predictions needs the model")
    return LogDevice(spec, path, text, model)


class RecordedDevice(Device):
    """What a device gave; other inputs than those recorded are an error.

    Parameters
    ----------
    spec, path, text : str
    model : Model, optional

    Raises
    ------
    DataError : a line that is not as `record` writes it
    DeviceError : it is of another model
    """

    def __init__(self, spec: str, path: str, text: str, model: Model | None) -> None:
        super().__init__(spec, model, repeats=1)
        self._path = path
        self._seen: dict[tuple[bytes, ...], Seen] = {}
        lines = text.splitlines()
        self._info = self._head(spec, lines[0])
        for number, line in enumerate(lines[1:], start=2):
            if line.strip():
                self._add(number, line)
        if model is not None:
            self.check(model)

    def info(self) -> DeviceInfo:
        """Return what the recorded device told of itself."""
        return self._info

    def _head(self, spec: str, line: str) -> DeviceInfo:
        head = self._object(1, line)
        if head.get("format") != _FORMAT or head.get("version") != _VERSION:
            raise DataError(f"{self._path}, line 1: accepted is format {_FORMAT!r}, version {_VERSION}")
        try:
            given, made = (tuple(int(size) for size in head[key]) for key in ("input_bytes", "output_bytes"))
            name, digest, stateful = str(head["model"]), str(head["hash"]), bool(head["stateful"])
            return DeviceInfo(spec, name, digest, given, made, stateful, f"recorded from {head['device']}")
        except (KeyError, TypeError, ValueError) as error:
            raise DataError(f"{self._path}, line 1: {type(error).__name__} {error}") from None

    def _object(self, number: int, line: str) -> Mapping[str, Any]:
        try:
            value = json.loads(line)
        except ValueError as error:
            raise DataError(f"{self._path}, line {number}: {error}") from None
        if not isinstance(value, dict):
            raise DataError(f"{self._path}, line {number}: {type(value).__name__}, accepted is an object")
        return value

    def _add(self, number: int, line: str) -> None:
        row = self._object(number, line)
        try:
            inputs, outputs = ([bytes.fromhex(one) for one in row[key]] for key in ("inputs", "outputs"))
            operators = {int(index): bytes.fromhex(one) for index, one in row.get("operators", {}).items()}
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise DataError(f"{self._path}, line {number}: {type(error).__name__} {error}") from None
        for kind, found, wanted in (
            ("inputs", inputs, self._info.input_bytes),
            ("outputs", outputs, self._info.output_bytes),
        ):
            if tuple(map(len, found)) != wanted:
                raise DataError(f"{self._path}, line {number}: {kind} of {list(map(len, found))} bytes, not {wanted}")
        self._seen[tuple(inputs)] = Seen(outputs, operators)

    def _once(self, sample: Sequence[Array], operators: bool) -> Seen:
        found = self._seen.get(tuple(array.tobytes() for array in sample))
        if found is None:
            raise DataError(f"{self._path}: an input is none of the {len(self._seen)} that were recorded")
        return found


class LogDevice(Device):
    """Predictions that Edge Impulse firmware printed, taken to be of the samples in their order.

    Parameters
    ----------
    spec, path, text : str
    model : Model

    Raises
    ------
    DataError : the log holds no predictions
    NotComparableError : their decimals do not tell the output's integers
    """

    def __init__(self, spec: str, path: str, text: str, model: Model) -> None:
        super().__init__(spec, model, repeats=1)
        self._path = path
        if len(model.outputs) != 1:
            raise NotComparableError(f"not comparable: {path} prints one output, the model has {len(model.outputs)}")
        predictions = read_ei_log(text, path)
        self._outputs_bytes = [codes_of(texts, model.outputs[0], f"{path}, {at}") for at, texts in predictions]

    def info(self) -> DeviceInfo:
        """Return what there is; firmware that prints decimals tells neither its model nor its hash."""
        note = f"{len(self._outputs_bytes)} predictions, integers recovered from decimals; inputs are not in the log"
        return DeviceInfo(self.name, "", "", (), (), note=note)

    def _once(self, sample: Sequence[Array], operators: bool) -> Seen:
        raise NotImplementedError("a log is taken whole")

    def _every(self, samples: Sequence[Sequence[Array]], *, operators: bool) -> list[list[Seen]]:
        if len(samples) != len(self._outputs_bytes):
            raise DataError(
                f"{self._path} holds {len(self._outputs_bytes)} predictions, there are {len(samples)} samples"
            )
        return [[Seen([data])] for data in self._outputs_bytes]
