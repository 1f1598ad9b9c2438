"""The host's side of the check protocol; the device's, and what frames hold, is in the core's ``check.hpp``."""

from __future__ import annotations

import secrets
import struct
import time
import zlib
from collections import deque
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from ..errors import DeviceError
from ..model import Model
from ..types import Array
from .base import REPEATS, Device, DeviceInfo, Seen

__all__ = ["CheckDevice", "Link", "Port", "frame", "unframe"]

VERSION = 1
PAYLOAD_BYTES = 64
#: Index and offset of a piece.
_PLACE_BYTES = 6
INFO, FILL, RUN, NEXT, RESET = "IFRNZ"
ITEM, DONE, OPERATOR, OUTPUT, END, REFUSAL = "idoyex"
_REFUSALS = {1: "it does not know the request", 2: "the request is out of range", 3: "its inputs are not those sent"}
_INPUTS_DIFFER = 3
_WORDS = {INFO: "info", FILL: "input", RUN: "run", NEXT: "the next piece of a run", RESET: "reset"}
#: Seconds until a request is repeated the first time, and at most.
_PATIENCE_S = 0.25
_LONGEST_PATIENCE_S = 4.0
#: Characters of a frame and its answer, which a slow line needs time for.
_LINE_CHARACTERS = 400
#: Lines that are no frames, and their characters, that an error tells.
_LINES = 3
_SHOWN = 200
_QUIET_S = 0.05
_DRAIN_S = 1.0
_MOST_ARRAYS = 64


class Port(Protocol):
    """Bytes to a device and back.

    Attributes
    ----------
    name : str
    byte_s : float
        Seconds that a byte takes on the line.
    """

    name: str
    byte_s: float

    def read(self, timeout_s: float) -> bytes:
        """Return what has arrived, or nothing when the time is over. DeviceError: the port has gone."""
        ...

    def write(self, data: bytes) -> None:
        """Send bytes. DeviceError: the port has gone."""
        ...

    def close(self) -> None:
        """Let the port go; may be called twice."""
        ...


def frame(sequence: int, kind: str, payload: bytes = b"") -> bytes:
    """Return a frame's line.

    Parameters
    ----------
    sequence : int, in [0, 255]
    kind : str of one character
    payload : bytes
    """
    data = bytes([sequence, ord(kind)]) + payload
    return b"~" + (data + zlib.crc32(data).to_bytes(4, "little")).hex().encode() + b"\n"


def unframe(line: bytes) -> tuple[int, str, bytes] | None:
    """Return sequence number, kind and payload of a line; None where it is no whole frame.

    Parameters
    ----------
    line : bytes
        Without the line feed; a frame begins at its last ``~``.
    """
    digits = line[line.rfind(b"~") + 1 :].rstrip(b"\r")
    if b"~" not in line or not set(digits) <= set(b"0123456789abcdef"):
        return None
    try:
        data = bytes.fromhex(digits.decode())
    except ValueError:
        return None
    if len(data) < 6 or zlib.crc32(data[:-4]) != int.from_bytes(data[-4:], "little"):
        return None
    return data[0], chr(data[1]), data[2:-4]


@dataclass
class Link:
    """Requests and their answers over a port that may lose, double or change bytes.

    Attributes
    ----------
    port : Port
    timeout_s : float
        Within it an answer must come.
    patience_s : float
        A request without an answer is repeated after this time, then after twice as long, and so on.
    repeated, damaged : int
        Requests sent again; frames that arrived damaged.
    """

    port: Port
    timeout_s: float = 30.0
    patience_s: float = _PATIENCE_S
    repeated: int = 0
    damaged: int = 0
    _received: int = 0
    _sequence: int = field(default_factory=lambda: secrets.randbelow(256))
    _buffer: bytearray = field(default_factory=bytearray)
    _said: deque[str] = field(default_factory=lambda: deque(maxlen=_LINES))

    def drain(self) -> None:
        """Throw away what an earlier session left on the line, and end a half line that it sent."""
        until = time.monotonic() + _DRAIN_S
        while time.monotonic() < until:
            data = self.port.read(_QUIET_S)
            if not data:
                break
            self._buffer += data
        for _ in self._frames():
            pass
        self.port.write(b"\n")

    def ask(self, kind: str, payload: bytes, accepted: Collection[str]) -> tuple[str, bytes]:
        """Return the kind and payload of the answer to a request.

        Parameters
        ----------
        kind : str
        payload : bytes
        accepted : collection of str
            Kinds of answers; a refusal is always returned.

        Raises
        ------
        DeviceError : no answer in time, with what was last seen; or the port has gone
        """
        self._sequence = (self._sequence + 1) % 256
        line = frame(self._sequence, kind, payload)
        began = time.monotonic()
        patience = self.patience_s + _LINE_CHARACTERS * self.port.byte_s
        before = self._received
        while True:
            self.port.write(line)
            sent = time.monotonic()
            until = min(sent + patience, began + self.timeout_s)
            for sequence, answer, data in self._arriving(until):
                # Another number answers a request that was repeated, or an earlier session's.
                if sequence == self._sequence and (answer in accepted or answer == REFUSAL):
                    return answer, data
            if time.monotonic() >= began + self.timeout_s:
                raise DeviceError(self._late(kind, self._received - before))
            patience = min(2 * patience, max(_LONGEST_PATIENCE_S, patience))
            self.repeated += 1

    def _arriving(self, until: float) -> Iterator[tuple[int, str, bytes]]:
        yield from self._frames()
        while (left := until - time.monotonic()) > 0:
            data = self.port.read(left)
            self._received += len(data)
            self._buffer += data
            yield from self._frames()

    def _frames(self) -> Iterator[tuple[int, str, bytes]]:
        """Yield whole frames that have arrived; other lines are kept to be told."""
        while (end := self._buffer.find(b"\n")) >= 0:
            line = bytes(self._buffer[:end])
            del self._buffer[: end + 1]
            found = unframe(line)
            if found is not None:
                yield found
            elif b"~" in line:
                self.damaged += 1
            elif line.strip():
                self._said.append(line.decode("ascii", "backslashreplace").strip()[:_SHOWN])

    def _late(self, kind: str, received: int) -> str:
        text = f"{self.port.name}: no answer to {_WORDS.get(kind, kind)} within {self.timeout_s:g} s"
        text += f"; {received} bytes came meanwhile" if received else "; nothing came meanwhile"
        text += f", {self.damaged} frames were damaged" if self.damaged else ""
        said = [*self._said, *([repr(bytes(self._buffer[-_SHOWN:]))] if self._buffer else [])]
        return text + (f"; last seen: {' | '.join(said)}" if said else "")


class CheckDevice(Device):
    """Firmware that answers the check protocol, at the other end of a port.

    Parameters
    ----------
    name : str
    link : Link
    model : Model, optional
    repeats : int

    Raises
    ------
    DeviceError : no answer, another version of the protocol, or another model
    """

    def __init__(self, name: str, link: Link, model: Model | None = None, repeats: int = REPEATS) -> None:
        super().__init__(name, model, repeats)
        self._link = link
        link.drain()
        self._info = self._ask_info()
        if model is not None:
            self.check(model)

    def info(self) -> DeviceInfo:
        """Return what the firmware tells of itself."""
        return self._info

    def close(self) -> None:
        """Close the port."""
        self._link.port.close()

    def _ask(self, kind: str, payload: bytes, *accepted: str) -> tuple[str, bytes]:
        answer, data = self._link.ask(kind, payload, accepted)
        if answer == REFUSAL and not (kind == RUN and data[:1] == bytes([_INPUTS_DIFFER])):
            why = _REFUSALS.get(int.from_bytes(data, "little"), f"reason {data.hex()}")
            raise DeviceError(f"{self.name}: {_WORDS[kind]} is refused: {why}")
        return answer, data

    def _ask_info(self) -> DeviceInfo:
        def item(number: int) -> bytes:
            return self._ask(INFO, bytes([number]), ITEM)[1]

        numbers = item(2)
        if len(numbers) != 16:
            raise DeviceError(f"{self.name}: the firmware does not speak version {VERSION} of the check protocol")
        version, inputs, outputs, stateful = struct.unpack("<4i", numbers)
        if version != VERSION:
            raise DeviceError(
                f"{self.name}: the firmware speaks version {version} of the check protocol, not {VERSION}"
            )
        if not (0 < inputs <= _MOST_ARRAYS and 0 < outputs <= _MOST_ARRAYS):
            raise DeviceError(f"{self.name}: the firmware tells of {inputs} inputs and {outputs} outputs")
        name, digest = (item(number).decode("utf-8", "backslashreplace") for number in range(2))
        sizes = [int.from_bytes(item(3 + i), "little", signed=True) for i in range(inputs + outputs)]
        return DeviceInfo(self.name, name, digest, tuple(sizes[:inputs]), tuple(sizes[inputs:]), bool(stateful))

    def _once(self, sample: Sequence[Array], operators: bool) -> Seen:
        if self._info.stateful:
            self._ask(RESET, b"", DONE)
        data = [array.tobytes() for array in sample]
        crc = 0
        for one in data:
            crc = zlib.crc32(one, crc)
        request = struct.pack("<BI", operators, crc)
        answer, payload = self._ask(RUN, request, OPERATOR, OUTPUT, END)
        if answer == REFUSAL:
            self._fill(data)
            answer, payload = self._ask(RUN, request, OPERATOR, OUTPUT, END)
        if answer == REFUSAL:
            raise DeviceError(f"{self.name}: the inputs do not stay as they are sent: do their buffers overlap?")
        outputs = [bytearray() for _ in self._info.output_bytes]
        shown: dict[int, _Pieces] = {}
        while answer != END:
            if len(payload) <= _PLACE_BYTES:
                raise DeviceError(f"{self.name}: a piece of a run without bytes")
            index, offset = struct.unpack("<HI", payload[:_PLACE_BYTES])
            if answer == OPERATOR:
                shown.setdefault(index, _Pieces()).put(offset, payload[_PLACE_BYTES:], f"{self.name}: operator {index}")
            elif index >= len(outputs) or not offset == len(outputs[index]) < self._info.output_bytes[index]:
                raise DeviceError(f"{self.name}: output {index} comes out of order, at byte {offset}")
            else:
                outputs[index] += payload[_PLACE_BYTES:]
            answer, payload = self._ask(NEXT, b"", OPERATOR, OUTPUT, END)
        crc = 0
        for made in outputs:
            crc = zlib.crc32(made, crc)
        if tuple(map(len, outputs)) != self._info.output_bytes or crc.to_bytes(4, "little") != payload:
            raise DeviceError(f"{self.name}: the outputs changed while they were read")
        whole = {index: pieces.whole(f"{self.name}: operator {index}") for index, pieces in shown.items()}
        return Seen([bytes(one) for one in outputs], whole)

    def _fill(self, data: Sequence[bytes]) -> None:
        for index, one in enumerate(data):
            for offset in range(0, len(one), PAYLOAD_BYTES):
                piece = one[offset : offset + PAYLOAD_BYTES]
                self._ask(FILL, struct.pack("<HI", index, offset) + piece, DONE)


class _Pieces:
    """Bytes of an operator's output, each of which comes once, in any order."""

    def __init__(self) -> None:
        self._at: dict[int, bytes] = {}

    def put(self, offset: int, data: bytes, what: str) -> None:
        if offset in self._at:
            raise DeviceError(f"{what} shows byte {offset} twice")
        self._at[offset] = data

    def whole(self, what: str) -> bytes:
        result = bytearray()
        for offset, data in sorted(self._at.items()):
            if offset != len(result):
                raise DeviceError(f"{what} shows byte {min(offset, len(result))} twice or not at all")
            result += data
        return bytes(result)
