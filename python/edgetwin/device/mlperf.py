"""Firmware of MLPerf Tiny: commands that end in ``%``, answers in lines, results in decimals."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence

from ..errors import DeviceError, NotComparableError
from ..model import Model
from ..types import Array
from .base import REPEATS, Device, DeviceInfo, Seen
from .decimals import codes_of
from .protocol import Port

__all__ = ["MlperfDevice"]

#: The firmware's command buffer has 80 characters.
_BYTES_PER_COMMAND = 32
_READY = "m-ready"
_RESULTS = re.compile(r"m-results-\[([^\]]*)\]")
_NAME = re.compile(r"m-name-(\S*)")
_BUFFER = re.compile(r"m-buffer-([0-9a-fA-F-]+)")
_SAID_LINES = 3


class MlperfDevice(Device):
    """A board that is tested as the benchmark's runner tests it, from which integers are recovered.

    Inputs are sent as the bytes of the model's codes. The line has no checksum: inputs are read back, and each is run
    several times with the same results.

    Parameters
    ----------
    spec : str
    port : Port
        Closed with the device.
    model : Model
        Of one input and one output.
    timeout_s : float
    repeats : int

    Raises
    ------
    DeviceError : no answer
    NotComparableError : a model of several inputs or outputs
    """

    def __init__(self, spec: str, port: Port, model: Model, timeout_s: float, repeats: int = REPEATS) -> None:
        super().__init__(spec, model, repeats)
        self._port = port
        self._timeout_s = timeout_s
        self._buffer = b""
        try:
            if len(model.inputs) != 1 or len(model.outputs) != 1:
                raise NotComparableError(f"not comparable: {spec} takes one input and gives one output")
            self._output = model.outputs[0]
            # What an earlier session left in the command buffer spoils the first (an empty command is a fault there).
            self._ask("name")
            found = _NAME.search("\n".join(self._ask("name")))
        except BaseException:
            port.close()
            raise
        self._name = found[1] if found else ""

    def info(self) -> DeviceInfo:
        """Return the board's name; the firmware tells neither its model nor its hash."""
        return DeviceInfo(self.name, self._name, "", (), (), note="integers recovered from decimals")

    def close(self) -> None:
        """Close the port."""
        self._port.close()

    def _ask(self, command: str) -> list[str]:
        """Return the lines up to the one that says ready."""
        self._port.write(f"{command}%".encode())
        until = time.monotonic() + self._timeout_s
        lines: list[str] = []
        while (left := until - time.monotonic()) > 0:
            self._buffer += self._port.read(left)
            *whole, self._buffer = self._buffer.split(b"\n")
            for line in whole:
                text = line.decode("ascii", "backslashreplace").strip()
                if text == _READY:
                    return lines
                lines.append(text)
        said = " | ".join(lines[-_SAID_LINES:]) or "nothing"
        raise DeviceError(f"{self.name}: no answer to {command!r} within {self._timeout_s:g} s; last seen: {said}")

    def _once(self, sample: Sequence[Array], operators: bool) -> Seen:
        data = sample[0].tobytes()
        lines = self._ask(f"db load {len(data)}")
        for at in range(0, len(data), _BYTES_PER_COMMAND):
            lines += self._ask(f"db {data[at : at + _BYTES_PER_COMMAND].hex()}")
        kept = "".join(_BUFFER.findall("\n".join(self._ask("db print")))).replace("-", "").lower()
        if kept != data.hex():
            said = " | ".join(line for line in lines if line.startswith("e-")) or f"{len(kept) // 2} bytes"
            raise DeviceError(f"{self.name}: the board has not the {len(data)} bytes of input that were sent: {said}")
        lines = self._ask("infer 1 0")
        found = _RESULTS.search("\n".join(lines))
        if found is None:
            raise DeviceError(f"{self.name}: no results; last seen: {' | '.join(lines[-_SAID_LINES:])}")
        texts = [text.strip() for text in found[1].split(",")]
        if not all(re.fullmatch(r"-?\d+(\.\d+)?", text) for text in texts):
            raise DeviceError(f"{self.name}: results that are no numbers: {found[1]}")
        return Seen([codes_of(texts, self._output, self.name)])
