"""Bounds checks of a FlatBuffer before anything reads it: the Python runtime has no verifier of its own."""

from __future__ import annotations

import struct
from collections.abc import Mapping

from ..errors import ModelError

__all__ = ["TFLITE_MODEL", "Scalar", "Table", "Vector", "Verifier", "verify"]

_MAX_DEPTH = 16


class Scalar:
    """An inline value of `size` bytes."""

    def __init__(self, size: int) -> None:
        self.size = size


class Vector:
    """A vector of scalars of `size` bytes (a string has size 1), or of tables."""

    def __init__(self, element: int | Table) -> None:
        self.element = element


class Table:
    """A table whose fields are given by slot; unknown slots are not read, so they are not checked."""

    def __init__(self, name: str, fields: Mapping[int, Field]) -> None:
        self.name = name
        self.fields = fields


Field = Scalar | Vector | Table

_BYTE, _INT, _LONG = Scalar(1), Scalar(4), Scalar(8)
_BYTES, _INTS, _LONGS, _STRING = Vector(1), Vector(4), Vector(8), Vector(1)

_QUANTIZATION = Table("QuantizationParameters", {0: _INTS, 1: _INTS, 2: _INTS, 3: _LONGS, 4: _BYTE, 6: _INT})
_TENSOR = Table(
    "Tensor",
    {0: _INTS, 1: _BYTE, 2: _INT, 3: _STRING, 4: _QUANTIZATION, 5: _BYTE, 6: Table("Sparsity", {}), 7: _INTS, 8: _BYTE},
)
# Options of every operator have inline fields and int vectors only where edgetwin reads them; schema.py checks those.
_OPERATOR = Table(
    "Operator",
    {
        0: _INT,
        1: _INTS,
        2: _INTS,
        3: _BYTE,
        4: Table("BuiltinOptions", {}),
        5: _BYTES,
        6: _BYTE,
        7: _BYTES,
        8: _INTS,
        9: _LONG,
        10: _LONG,
        11: _BYTE,
        12: Table("BuiltinOptions2", {}),
    },
)
_OPERATOR_CODE = Table("OperatorCode", {0: _BYTE, 1: _STRING, 2: _INT, 3: _INT})
_SUBGRAPH = Table("SubGraph", {0: Vector(_TENSOR), 1: _INTS, 2: _INTS, 3: Vector(_OPERATOR), 4: _STRING})
_BUFFER = Table("Buffer", {0: _BYTES, 1: _LONG, 2: _LONG})

#: The parts of TensorFlow Lite's schema that edgetwin reads.
TFLITE_MODEL = Table(
    "Model", {0: _INT, 1: Vector(_OPERATOR_CODE), 2: Vector(_SUBGRAPH), 3: _STRING, 4: Vector(_BUFFER)}
)


class Verifier:
    """Walks the tables of one file; `table` checks one at a given byte."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.seen: set[tuple[int, int]] = set()

    def read(self, form: str, position: int, what: str) -> int:
        """Return a number at a byte, which must lie inside the file."""
        size = struct.calcsize(form)
        if position < 0 or position + size > len(self.data):
            raise ModelError(f"{what} at byte {position} lies outside the file of {len(self.data)} bytes")
        value: int = struct.unpack_from(form, self.data, position)[0]
        return value

    def follow(self, position: int, what: str) -> int:
        """Return where the offset at a byte points."""
        offset = self.read("<I", position, what)
        if offset == 0:
            raise ModelError(f"{what} at byte {position} points at itself")
        return position + offset

    def table(self, position: int, table: Table, depth: int) -> None:
        """Check a table and everything that its known fields point at."""
        # A table reached twice is checked once: shared offsets cannot blow up the walk.
        if (position, id(table)) in self.seen:
            return
        self.seen.add((position, id(table)))
        if depth > _MAX_DEPTH:
            raise ModelError(f"{table.name} at byte {position} is nested too deeply")
        vtable = position - self.read("<i", position, table.name)
        length = self.read("<H", vtable, f"{table.name} vtable")
        inline = self.read("<H", vtable + 2, f"{table.name} vtable")
        if length < 4 or length % 2 or vtable + length > len(self.data) or position + inline > len(self.data):
            raise ModelError(f"{table.name} at byte {position} has a broken vtable at byte {vtable}")
        for slot, field in table.fields.items():
            entry = 4 + 2 * slot
            offset = self.read("<H", vtable + entry, table.name) if entry + 2 <= length else 0
            if offset:
                size = field.size if isinstance(field, Scalar) else 4
                if offset < 4 or offset + size > inline:
                    raise ModelError(f"{table.name} at byte {position}: field {slot} lies outside the table")
                self.field(position + offset, field, f"{table.name} field {slot}", depth)

    def field(self, position: int, field: Field, what: str, depth: int) -> None:
        """Check one field's value."""
        if isinstance(field, Table):
            self.table(self.follow(position, what), field, depth + 1)
        elif isinstance(field, Vector):
            start = self.follow(position, what)
            count = self.read("<I", start, what)
            element = field.element
            size = element if isinstance(element, int) else 4
            if count * size > len(self.data) - start - 4:
                raise ModelError(f"{what} at byte {start} has {count} elements, more than the file holds")
            if isinstance(element, Table):
                for index in range(count):
                    self.table(self.follow(start + 4 + 4 * index, what), element, depth + 1)


def verify(data: bytes, root: Table = TFLITE_MODEL) -> None:
    """Check that every offset that a reader of `root` follows stays inside the file.

    Parameters
    ----------
    data : bytes
    root : Table

    Raises
    ------
    ModelError : naming table and byte
    """
    if len(data) < 8:
        raise ModelError(f"a file of {len(data)} bytes is no .tflite model")
    if data[4:8] != b"TFL3":
        raise ModelError(f"the file identifier is {data[4:8]!r}, a .tflite model has b'TFL3'")
    verifier = Verifier(data)
    verifier.table(verifier.follow(0, "root"), root, 0)
