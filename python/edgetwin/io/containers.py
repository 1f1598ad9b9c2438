"""TFLite models inside other files: archives, C arrays, firmware images."""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator

from ..errors import DataError, ModelError
from .verify import verify

__all__ = ["models_within"]

_IDENTIFIER = b"TFL3"
#: Archives within archives, and bytes that all members of one may have: no library comes near either.
_MOST_NESTED = 3
_MOST_BYTES = 2**30
#: `const unsigned char name[] __attribute__((aligned(16))) = { ... }`
_ARRAY = re.compile(r"(\w+)\s*\[[^\]]*\][^={};]*=\s*\{([^{}]*)\}")
_COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)
_NUMBER = re.compile(r"-?(?:0[xX][0-9a-fA-F]+|\d+)")
_SOURCES = (".h", ".hpp", ".hh", ".c", ".cc", ".cpp", ".cxx", ".ino", ".inc")
_UF2 = struct.Struct("<8I")
_UF2_MAGIC = (0x0A324655, 0x9E5D5157)
_NOT_FLASH = 1
#: A file of a model ends less than this after its tables; an image that begins with one goes on.
_PADDING = 16

Found = Iterator[tuple[str, bytes]]


def models_within(data: bytes, name: str, nested: int = 0) -> Found:
    """Find every model in a file's bytes.

    Parameters
    ----------
    data : bytes
        A `.tflite` file, a zip archive (of an Arduino library, an Edge Impulse deployment), C or C++ source, UF2, Intel
        HEX, or anything else, such as ELF and BIN, in which models lie as they are.
    name : str
        The file's.
    nested : int
        Archives around it.

    Yields
    ------
    name : str
        The member of an archive, the array of a source, the place in an image; as `member:array`, `member@0x1f80`.
    data : bytes
        The `.tflite` file: as long as its container says, or as its tables reach.

    Raises
    ------
    DataError : an archive or image that is damaged, encrypted, or unreasonably large
    """
    if zipfile.is_zipfile(io.BytesIO(data)) and data[:2] == b"PK":
        yield from _archive(data, name, nested)
    elif data[4:8] == _IDENTIFIER and len(data) - (_length(data) or 0) < _PADDING:
        yield name, data
    elif name.lower().endswith(_SOURCES):
        yield from _arrays(data, name)
    elif data[:4] == b"UF2\n":
        yield from _images(_uf2(data, name), name)
    elif name.lower().endswith((".hex", ".ihex")):
        yield from _images(_intel_hex(data, name), name)
    else:
        yield from _images({0: data}, name)


def _length(data: bytes) -> int | None:
    """Return how far the tables of a model reach, None for what is none."""
    try:
        return verify(data).end
    except ModelError:
        return None


def _archive(data: bytes, name: str, nested: int) -> Found:
    if nested == _MOST_NESTED:
        raise DataError(f"{name}: archives within archives, accepted are {_MOST_NESTED}")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = [info for info in archive.infolist() if not info.is_dir()]
            size = sum(info.file_size for info in members)
            if size > _MOST_BYTES:
                raise DataError(f"{name}: {size} bytes unpacked, accepted are at most {_MOST_BYTES}")
            for info in members:
                yield from models_within(archive.read(info), info.filename, nested + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError) as error:
        raise DataError(f"{name}: the archive cannot be read: {error}") from error


def _arrays(data: bytes, name: str) -> Found:
    text = _COMMENT.sub(" ", data.decode("utf-8", errors="replace"))
    for match in _ARRAY.finditer(text):
        start = [int(number, 0) & 255 for number in _NUMBER.findall(match[2][:256])[:8]]
        if bytes(start[4:]) == _IDENTIFIER:
            value = bytes(int(number, 0) & 255 for number in _NUMBER.findall(match[2]))
            if _length(value) is not None:
                yield f"{name}:{match[1]}", value


def _images(images: dict[int, bytes], name: str) -> Found:
    """Find models in memory images by their address."""
    for address, data in images.items():
        end = 0
        while (at := data.find(_IDENTIFIER, end + 4)) >= 0:
            length = _length(data[at - 4 :])
            end = at
            if length is not None:
                end = at - 4 + length
                yield f"{name}@{address + at - 4:#x}", data[at - 4 : end]


def _joined(pieces: dict[int, bytes]) -> dict[int, bytes]:
    """Return pieces of memory by address, those that follow each other as one."""
    joined: dict[int, bytearray] = {}
    last = None
    for address in sorted(pieces):
        if last is None or last + len(joined[last]) != address:
            last = address
            joined[last] = bytearray()
        joined[last] += pieces[address]
    return {address: bytes(piece) for address, piece in joined.items()}


def _uf2(data: bytes, name: str) -> dict[int, bytes]:
    pieces = {}
    for at in range(0, len(data) - 511, 512):
        first, second, flags, address, size, *_ = _UF2.unpack_from(data, at)
        if (first, second) != _UF2_MAGIC or size > 476:
            raise DataError(f"{name}: block {at // 512} is no UF2 block")
        if not flags & _NOT_FLASH:
            pieces[address] = data[at + 32 : at + 32 + size]
    return _joined(pieces)


def _intel_hex(data: bytes, name: str) -> dict[int, bytes]:
    pieces, base = {}, 0
    for number, line in enumerate(data.split(), start=1):
        try:
            record = bytes.fromhex(line[1:].decode("ascii"))
            count, address, kind = record[0], int.from_bytes(record[1:3], "big"), record[3]
            valid = line[:1] == b":" and len(record) == count + 5 and sum(record) & 255 == 0
        except (ValueError, IndexError):
            valid = False
        if not valid:
            raise DataError(f"{name}: line {number} is no Intel HEX record with a right sum")
        value = record[4:-1]
        if kind == 0:
            pieces[base + address] = value
        elif kind in (2, 4):
            base = int.from_bytes(value, "big") << (4 if kind == 2 else 16)
    return _joined(pieces)
