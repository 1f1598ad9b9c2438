"""Figures that a script logged with wandb, out of its offline run's file.

W&B publishes no reader of that file. It is LevelDB's log format (blocks of 32 KiB, records in pieces) behind a header
of 7 bytes, and each record is a message of ``wandb_internal.proto``, of which the history's items are read here.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

__all__ = ["wandb_history"]

_BLOCK = 32768
_HEADER = 7
#: Kinds of pieces: a whole record, its first, a middle and its last piece.
_FULL, _FIRST, _LAST = 1, 2, 4
#: Numbers of fields: Record.history, HistoryRecord.item, and those of HistoryItem.
_HISTORY, _ITEM = 2, 1
_KEY, _NESTED_KEY, _BOOLEAN, _INTEGER, _NUMBER, _VALUE_JSON = 1, 2, 4, 5, 6, 16
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5


def wandb_history(path: Path) -> list[dict[str, Any]]:
    """Return what each ``wandb.log`` of a `.wandb` file logged, in order; a file still being written ends early."""
    steps = []
    for record in _records(path.read_bytes()):
        for number, value in _fields(record):
            if number == _HISTORY and isinstance(value, bytes):
                steps.append(dict(_item(item) for field, item in _fields(value) if field == _ITEM))
    return steps


def _records(content: bytes) -> Iterator[bytes]:
    position, parts = _HEADER, b""
    while position + _HEADER <= len(content):
        left = _BLOCK - position % _BLOCK
        if left < _HEADER:
            position += left
            continue
        length, kind = struct.unpack_from("<HB", content, position + 4)
        piece = content[position + _HEADER : position + _HEADER + length]
        if kind == 0 or len(piece) < length:
            return
        parts = piece if kind in (_FULL, _FIRST) else parts + piece
        if kind in (_FULL, _LAST):
            yield parts
        position += _HEADER + length


def _fields(message: bytes) -> Iterator[tuple[int, Any]]:
    position = 0

    def varint() -> int:
        nonlocal position
        value = shift = 0
        while True:
            byte = message[position]
            position += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while position < len(message):
        tag = varint()
        number, wire = tag >> 3, tag & 7
        if wire == _VARINT:
            yield number, varint()
        elif wire == _FIXED64:
            yield number, struct.unpack_from("<d", message, position)[0]
            position += 8
        elif wire == _FIXED32:
            position += 4
        elif wire == _BYTES:
            length = varint()
            yield number, message[position : position + length]
            position += length
        else:
            return


def _item(message: bytes) -> tuple[str, Any]:
    names: list[str] = []
    value: Any = None
    for number, given in _fields(message):
        if number in (_KEY, _NESTED_KEY):
            names.append(given.decode())
        elif number == _BOOLEAN:
            value = bool(given)
        elif number == _INTEGER:
            value = given - (1 << 64) if given >> 63 else given
        elif number == _NUMBER:
            value = given
        elif number == _VALUE_JSON:
            value = json.loads(given)
    return ".".join(names), value
