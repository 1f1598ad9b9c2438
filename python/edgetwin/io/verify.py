"""Bounds checks of a FlatBuffer before anything reads it: the Python runtime has no verifier of its own."""

from __future__ import annotations

import struct
from collections.abc import Mapping

from ..errors import ModelError

__all__ = ["TFLITE_MODEL", "Field", "Scalar", "Table", "Vector", "Verifier", "verify"]

#: A reader of everything reads a well-formed file about once. Offsets may share parts, so some slack is left; a file
#: that comes to more has parts that overlap, and reading it could take any time and memory.
_READS_PER_BYTE = 4


class Scalar:
    """An inline value of `size` bytes."""

    def __init__(self, size: int) -> None:
        self.size = size


class Vector:
    """A vector of scalars of `element` bytes (a string has 1), or of tables."""

    def __init__(self, element: int | Table) -> None:
        self.element = element


class Table:
    """A table whose fields are given by name, as (slot, form); other fields are not read, so they are not checked."""

    def __init__(self, name: str, fields: Mapping[str, tuple[int, Field]]) -> None:
        self.name = name
        self.fields = fields


Field = Scalar | Vector | Table

_BYTE, _INT, _LONG = Scalar(1), Scalar(4), Scalar(8)
_BYTES, _INTS, _LONGS, _STRING = Vector(1), Vector(4), Vector(8), Vector(1)

_QUANTIZATION = Table(
    "QuantizationParameters",
    {"scale": (2, _INTS), "zero_point": (3, _LONGS), "details_type": (4, _BYTE), "quantized_dimension": (6, _INT)},
)
_TENSOR = Table(
    "Tensor",
    {
        "shape": (0, _INTS),
        "type": (1, _BYTE),
        "buffer": (2, _INT),
        "name": (3, _STRING),
        "quantization": (4, _QUANTIZATION),
        "is_variable": (5, _BYTE),
        "sparsity": (6, Table("SparsityParameters", {})),
    },
)
# An operator's options are checked when its type is known, by the reader.
_OPERATOR = Table(
    "Operator",
    {
        "opcode_index": (0, _INT),
        "inputs": (1, _INTS),
        "outputs": (2, _INTS),
        "builtin_options_type": (3, _BYTE),
        "builtin_options": (4, Table("BuiltinOptions", {})),
        "custom_options": (5, _BYTES),
        "intermediates": (8, _INTS),
    },
)
_OPERATOR_CODE = Table(
    "OperatorCode",
    {
        "deprecated_builtin_code": (0, _BYTE),
        "custom_code": (1, _STRING),
        "version": (2, _INT),
        "builtin_code": (3, _INT),
    },
)
_SUBGRAPH = Table(
    "SubGraph",
    {
        "tensors": (0, Vector(_TENSOR)),
        "inputs": (1, _INTS),
        "outputs": (2, _INTS),
        "operators": (3, Vector(_OPERATOR)),
        "name": (4, _STRING),
    },
)
_BUFFER = Table("Buffer", {"data": (0, _BYTES), "offset": (1, _LONG), "size": (2, _LONG)})

#: The parts of TensorFlow Lite's schema that edgetwin reads.
TFLITE_MODEL = Table(
    "Model",
    {
        "version": (0, _INT),
        "operator_codes": (1, Vector(_OPERATOR_CODE)),
        "subgraphs": (2, Vector(_SUBGRAPH)),
        "description": (3, _STRING),
        "buffers": (4, Vector(_BUFFER)),
    },
)


class Verifier:
    """Walks the tables of one file; `table` checks one at a given byte.

    All walks together may read each byte of the file a few times only: a table that is reached by many offsets is read
    as often by whoever reads the file.
    """

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.left = _READS_PER_BYTE * len(data) + 1024
        #: The end of what was read so far.
        self.end = 0

    def read(self, form: str, position: int, what: str) -> int:
        """Return the little-endian number at a byte of the file."""
        size = struct.calcsize(form)
        if position < 0 or position + size > len(self.data):
            raise ModelError(f"{what} at byte {position} lies outside the file of {len(self.data)} bytes")
        self.charge(size, position, what)
        self.end = max(self.end, position + size)
        value: int = struct.unpack_from(form, self.data, position)[0]
        return value

    def charge(self, size: int, position: int, what: str) -> None:
        """Count bytes that a reader will read."""
        self.left -= size
        if self.left < 0:
            raise ModelError(
                f"{what} at byte {position} overlaps other parts of the file, which has {len(self.data)} bytes"
            )

    def follow(self, position: int, what: str) -> int:
        """Return where the offset at `position` points."""
        offset = self.read("<I", position, what)
        if offset == 0:
            raise ModelError(f"{what} at byte {position} points at itself")
        return position + offset

    def table(self, position: int, table: Table, what: str = "") -> None:
        """Check one table and all that it refers to; `what` names it in messages."""
        what = what or table.name
        vtable = position - self.read("<i", position, what)
        length = self.read("<H", vtable, f"{what}: vtable")
        inline = self.read("<H", vtable + 2, f"{what}: vtable")
        if length < 4 or length % 2 or vtable + length > len(self.data) or position + inline > len(self.data):
            raise ModelError(f"{what} at byte {position} has a broken vtable at byte {vtable}")
        self.end = max(self.end, vtable + length, position + inline)
        for name, (slot, field) in table.fields.items():
            entry = 4 + 2 * slot
            offset = self.read("<H", vtable + entry, what) if entry + 2 <= length else 0
            if offset:
                size = field.size if isinstance(field, Scalar) else 4
                if offset < 4 or offset + size > inline:
                    raise ModelError(f"{what} at byte {position}: {name} lies outside the table")
                self._field(position + offset, field, f"{what}.{name}")

    def _field(self, position: int, field: Field, what: str) -> None:
        if isinstance(field, Table):
            self.table(self.follow(position, what), field, what)
        elif isinstance(field, Vector):
            start = self.follow(position, what)
            count = self.read("<I", start, what)
            element = field.element
            size = element if isinstance(element, int) else 4
            if count * size > len(self.data) - start - 4:
                raise ModelError(f"{what} at byte {start} has {count} elements, more than the file holds")
            if isinstance(element, Table):
                for index in range(count):
                    self.table(self.follow(start + 4 + 4 * index, what), element, f"{what}[{index}]")
            else:
                self.charge(count * size, start, what)
                self.end = max(self.end, start + 4 + count * size)


def verify(data: bytes, root: Table = TFLITE_MODEL) -> Verifier:
    """Check that every offset that a reader of `root` follows stays inside the file.

    Parameters
    ----------
    data : bytes
    root : Table

    Returns
    -------
    Verifier
        To check tables whose type is known later.

    Raises
    ------
    ModelError : naming table, field and byte
    """
    if len(data) < 8:
        raise ModelError(f"a file of {len(data)} bytes is no .tflite model")
    if data[4:8] != b"TFL3":
        raise ModelError(f"the file identifier is {data[4:8]!r}, a .tflite model has b'TFL3'")
    verifier = Verifier(data)
    verifier.table(verifier.follow(0, root.name), root)
    return verifier
