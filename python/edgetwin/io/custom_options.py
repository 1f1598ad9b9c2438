"""Options of custom operators: a FlexBuffer that holds one map of whole numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flatbuffers import flexbuffers

from ..errors import ModelError, UnsupportedError

__all__ = ["pack_custom_options", "unpack_custom_options"]

_WIDTHS = (1, 2, 4, 8)
_INT, _UINT, _MAP, _BOOL = 1, 2, 9, 26
_TYPES = {0: "null", _INT: "int", _UINT: "uint", 3: "float", 4: "key", 5: "string", _MAP: "map", _BOOL: "bool"}
_MAX_SHOWN = 40


class _Reader:
    """Reads little-endian numbers of one FlexBuffer, never outside it."""

    def __init__(self, data: bytes, where: str) -> None:
        self.data = data
        self.where = where

    def bad(self, what: str) -> ModelError:
        return ModelError(f"{self.where}: its custom options are no FlexBuffer map: {what}")

    def number(self, position: int, width: int, what: str) -> int:
        if position < 0 or position + width > len(self.data):
            raise self.bad(f"{what} at byte {position} lies outside its {len(self.data)} bytes")
        return int.from_bytes(self.data[position : position + width], "little")

    def follow(self, position: int, width: int, what: str) -> int:
        return position - self.number(position, width, what)

    def key(self, position: int) -> str:
        end = self.data.find(b"\0", position) if 0 <= position < len(self.data) else -1
        if end < 0:
            raise self.bad(f"a key at byte {position} does not end")
        return self.data[position:end].decode("utf-8", errors="backslashreplace")


def _shown(key: str) -> str:
    return repr(key if len(key) <= _MAX_SHOWN else key[:_MAX_SHOWN] + "...")


def unpack_custom_options(data: bytes, names: Sequence[str], where: str) -> dict[str, int]:
    """Read the options of a custom operator.

    Parameters
    ----------
    data : bytes
        The file's ``custom_options``; empty where it has none, which operators without options may.
    names : sequence of str
        The keys that the operator has, in alphabetical order.
    where : str
        The operator, for messages.

    Returns
    -------
    dict of str to int

    Raises
    ------
    ModelError : `data` is malformed, lacks a key, or has its keys out of order: TFLite Micro takes values by position
    UnsupportedError : an unknown key, or a value that is no whole number of 32 bits

    References
    ----------
    FlatBuffers ``docs/source/internals.md``, FlexBuffers.
    """
    if not data and not names:
        return {}
    reader = _Reader(data, where)
    root_width = reader.number(len(data) - 1, 1, "the root's width")
    packed = reader.number(len(data) - 2, 1, "the root's type")
    width = 1 << (packed & 3)
    if root_width not in _WIDTHS or packed >> 2 != _MAP:
        raise reader.bad(f"its root has type {packed >> 2} in {root_width} bytes, accepted is a map (type {_MAP})")
    values = reader.follow(len(data) - 2 - root_width, root_width, "the root")
    count = reader.number(values - width, width, "the number of values")
    key_width = reader.number(values - 2 * width, width, "the width of keys")
    keys = reader.follow(values - 3 * width, width, "the keys")
    if key_width not in _WIDTHS:
        raise reader.bad(f"its keys have {key_width} bytes, accepted are {', '.join(map(str, _WIDTHS))}")
    if reader.number(keys - key_width, key_width, "the number of keys") != count or count > len(data):
        raise reader.bad("it has not as many keys as values")
    found = [reader.key(reader.follow(keys + key_width * i, key_width, "a key")) for i in range(count)]
    accepted = ", ".join(names) or "none"
    for key in found:
        if key not in names:
            raise UnsupportedError(f"{where}: unknown custom option {_shown(key)}, accepted are: {accepted}")
    for name in names:
        if name not in found:
            raise ModelError(f"{where}: custom option {name!r} is missing")
    if found != list(names):
        raise ModelError(f"{where}: its custom options are {', '.join(found)}, accepted are, in this order: {accepted}")
    types = values + width * count
    return {
        name: _value(reader, values + width * i, width, reader.number(types + i, 1, f"the type of {name!r}"), name)
        for i, name in enumerate(names)
    }


def _value(reader: _Reader, position: int, width: int, packed: int, name: str) -> int:
    kind = packed >> 2
    raw = reader.number(position, width, f"the value of {name!r}")
    # TFLite Micro takes the bytes for a signed number whatever the type says.
    value = raw - (1 << 8 * width) if raw >> (8 * width - 1) else raw
    if kind not in (_INT, _UINT, _BOOL) or (kind == _UINT and value != raw) or (kind == _BOOL and raw > 1):
        shown = _TYPES.get(kind, f"type {kind}")
        raise UnsupportedError(
            f"{reader.where}: custom option {name!r} is {shown} {raw}, accepted are ints, bools, and uints that "
            "are the same as signed ints"
        )
    if not -(2**31) <= value < 2**31:
        raise UnsupportedError(f"{reader.where}: custom option {name!r} is {value}, accepted is an int32")
    return value


def pack_custom_options(options: Mapping[str, int]) -> bytes:
    """Serialise the options of a custom operator.

    Parameters
    ----------
    options : mapping of str to int

    Returns
    -------
    bytes
        `unpack_custom_options` of it gives equal options.
    """
    return bytes(flexbuffers.Dumps({name: int(options[name]) for name in sorted(options)}))
