"""Edge Impulse's acquisition format, JSON and CBOR, signed or not, from and to a recording."""

from __future__ import annotations

import hashlib
import hmac
import io
import json
import re
from collections.abc import Iterable, Mapping
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError, MissingExtraError
from ..types import Array
from .recording import Recording, Sensor

__all__ = ["decode_acquisition", "encode_acquisition", "rate_of_interval", "short_decimals", "verify_acquisition"]

#: What stands in the place of the signature while it is computed, and in a file that is not signed.
_NO_SIGNATURE = "0" * 64
_SIGNATURE = re.compile("[0-9a-f]{64}")
_ALGORITHMS = ("HS256", "none")
_PAYLOAD = ("device_name", "device_type", "interval_ms", "sensors", "values")
#: Names under which a recording's metadata keep what the file says beside its samples.
_DEVICE_NAME, _DEVICE_TYPE, _ISSUED_AT = "device_name", "device_type", "issued_at"
_DEVICE_TYPE_HERE = "EDGETWIN"
_MS_PER_S = 1000.0
#: Digits after the point of a rate that a stored interval can tell.
_RATE_DIGITS = 9
#: Two numbers that differ by rounding only, relative to their size.
_ROUNDING = 1e-12


def rate_of_interval(interval: float, per_second: float) -> float:
    """Return the rate in Hz of a sampling interval, of which `per_second` make a second.

    A rate such as 60 Hz has no interval in decimal digits: of the rates that round to this interval the shortest one.

    Parameters
    ----------
    interval : float, > 0
    per_second : float

    Returns
    -------
    float
    """
    rate = per_second / interval
    short = round(rate, _RATE_DIGITS)
    return short if short > 0 and abs(short - rate) <= _ROUNDING * rate else rate


def decode_acquisition(content: bytes, kind: str, *, key: str | None = None) -> Recording:
    """Read a recording from the bytes of an acquisition file.

    Parameters
    ----------
    content : bytes
    kind : str
        "json" or "cbor".
    key : str, optional
        The project's HMAC key: the file must be signed with it. Signatures are not looked at otherwise.

    Returns
    -------
    Recording
        Without name and label, which the format does not hold. Its metadata are the device's name and type, the time
        of signing and, as JSON, whatever else the payload holds.

    Raises
    ------
    DataError : not an acquisition, or not signed with `key`
    MissingExtraError : CBOR without cbor2
    """
    try:
        return _decoded(_parse_json(content) if kind == "json" else _parse_cbor(content), content, key)
    except RecursionError as error:
        # Of the parser, or of a message that shows a part.
        raise DataError("nested too deeply") from error


def _decoded(parsed: Any, content: bytes, key: str | None) -> Recording:
    document = _table(parsed, "the file")
    protected = _table(_member(document, "protected", ""), "protected")
    payload = _table(_member(document, "payload", ""), "payload")
    if _member(protected, "ver", "protected.") != "v1":
        raise DataError(f"protected.ver is {protected['ver']!r:.40}, accepted is 'v1'")
    if _member(protected, "alg", "protected.") not in _ALGORITHMS:
        raise DataError(f"protected.alg is {protected['alg']!r:.40}, accepted are {', '.join(_ALGORITHMS)}")
    signature = _member(document, "signature", "")
    if not isinstance(signature, str):
        raise DataError(f"signature is {signature!r:.40}, accepted are 64 hexadecimal digits")
    if key is not None:
        if protected["alg"] == "none":
            raise DataError("it is not signed (protected.alg is 'none'), accepted is the signature of the given key")
        verify_acquisition(content, signature, key)
    metadata = {name: payload[name] for name in (_DEVICE_NAME, _DEVICE_TYPE) if name in payload}
    for name, text in metadata.items():
        if not isinstance(text, str):
            raise DataError(f"payload.{name} is {text!r:.40}, accepted is a text")
    if "iat" in protected:
        metadata[_ISSUED_AT] = _as_json(protected["iat"], "protected.iat")
    metadata |= {name: _as_json(payload[name], f"payload.{name}") for name in payload if name not in _PAYLOAD}
    interval = _member(payload, "interval_ms", "payload.")
    if type(interval) not in (int, float) or not 0 < interval < np.inf:
        raise DataError(f"payload.interval_ms is {interval!r:.40}, accepted is a number above 0")
    sensors = _sensors(_member(payload, "sensors", "payload."))
    values = _values(_member(payload, "values", "payload."), sensors)
    return Recording.from_values(values, rate_of_interval(interval, _MS_PER_S), sensors, metadata=metadata)


def encode_acquisition(recording: Recording, kind: str, *, key: str | None = None) -> bytes:
    """Return the bytes of an acquisition file.

    Parameters
    ----------
    recording : Recording
        Its metadata "device_name", "device_type" and "issued_at" (seconds since 1970) go into the file.
    kind : str
        "json" or "cbor".
    key : str, optional
        The project's HMAC key to sign with; not signed without.

    Returns
    -------
    bytes
        Values read back from them are the same float32.

    Raises
    ------
    DataError : a picture, or the time of signing is no whole number
    MissingExtraError : CBOR without cbor2
    """
    if not recording.rate_hz:
        raise DataError(f"{recording.name}: a picture has no sampling interval, accepted is a recording in time")
    protected: dict[str, Any] = {"ver": "v1", "alg": "none" if key is None else "HS256"}
    issued_at = recording.metadata.get(_ISSUED_AT, "")
    if issued_at:
        if not re.fullmatch("[0-9]{1,18}", issued_at):
            raise DataError(f"{recording.name}: metadata: {_ISSUED_AT}: {issued_at!r:.40}, accepted are whole seconds")
        protected["iat"] = int(issued_at)
    interval = _MS_PER_S / recording.rate_hz
    payload: dict[str, Any] = {
        "device_name": recording.metadata.get(_DEVICE_NAME, ""),
        "device_type": recording.metadata.get(_DEVICE_TYPE, _DEVICE_TYPE_HERE),
        "interval_ms": int(interval) if interval.is_integer() else interval,
        "sensors": [{"name": sensor.name, "units": sensor.unit} for sensor in recording.sensors],
    }
    before, after = (_json_parts if kind == "json" else _cbor_parts)(protected, payload, recording.values)
    nothing = _NO_SIGNATURE.encode()
    signature = nothing if key is None else _signed(before + nothing + after, key)
    return before + signature + after


def verify_acquisition(content: bytes, signature: str, key: str) -> None:
    """Check that a file was signed with a key.

    Parameters
    ----------
    content : bytes
        The whole file.
    signature : str
        As the file holds it.
    key : str

    Raises
    ------
    DataError : it was not, or was changed since
    """
    mark = signature.encode()
    if not _SIGNATURE.fullmatch(signature):
        raise DataError(f"signature is {signature!r:.80}, accepted are 64 hexadecimal digits")
    # The same text may stand in another member too: the file is signed if it is at any of its places.
    for place in re.finditer(re.escape(mark), content):
        blank = content[: place.start()] + _NO_SIGNATURE.encode() + content[place.end() :]
        if hmac.compare_digest(_signed(blank, key), mark):
            return
    raise DataError("wrong signature: it was signed with another key than the given one, or changed since")


def _signed(content: bytes, key: str) -> bytes:
    return hmac.new(key.encode(), content, hashlib.sha256).hexdigest().encode()


def _parse_json(content: bytes) -> Any:
    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        table = dict(pairs)
        if len(table) != len(pairs):
            names = [name for name, _ in pairs]
            twice = next(name for name in names if names.count(name) > 1)
            raise DataError(f"member {twice!r:.40} is there more than once")
        return table

    try:
        return json.loads(content.decode("utf-8-sig"), object_pairs_hook=members)
    except DataError:
        raise
    except ValueError as error:
        raise DataError(f"no JSON: {error}") from error


def _cbor2() -> Any:
    try:
        import cbor2
    except ImportError as error:
        raise MissingExtraError('CBOR files need cbor2: pip install "edgetwin[data]"') from error
    return cbor2


def _parse_cbor(content: bytes) -> Any:
    cbor2 = _cbor2()
    file = io.BytesIO(content)
    try:
        document = cbor2.CBORDecoder(file, allow_duplicate_keys=False).decode()
    except (cbor2.CBORError, ValueError, TypeError, OverflowError, MemoryError) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise DataError(f"invalid CBOR before byte {file.tell()}: {reason:.200}") from error
    if file.tell() != len(content):
        raise DataError(f"invalid CBOR: {len(content) - file.tell()} bytes after its end at byte {file.tell()}")
    return document


def _table(value: Any, what: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise DataError(f"{what} is {type(value).__name__}, accepted is a map: an acquisition has protected, payload")
    return value


def _member(table: Mapping[str, Any], name: str, where: str) -> Any:
    if name not in table:
        raise DataError(f"no {where}{name} in it")
    return table[name]


def _as_json(value: Any, what: str) -> str:
    try:
        return json.dumps(value)
    except (TypeError, ValueError, RecursionError) as error:
        raise DataError(f"{what} is {type(value).__name__}, accepted is what JSON holds") from error


def _sensors(listed: Any) -> tuple[Sensor, ...]:
    if not isinstance(listed, list) or not listed:
        raise DataError(f"payload.sensors is {listed!r:.40}, accepted is a list of name and units")
    sensors = []
    for number, entry in enumerate(listed):
        where = f"payload.sensors[{number}]"
        table = _table(entry, where)
        name, unit = (_member(table, part, f"{where}.") for part in ("name", "units"))
        if not isinstance(name, str) or not isinstance(unit, str):
            raise DataError(f"{where} is {name!r:.40} in {unit!r:.40}, accepted are texts")
        sensors.append(Sensor(name, unit))
    return tuple(sensors)


def _values(rows: Any, sensors: tuple[Sensor, ...]) -> Array:
    if not isinstance(rows, list) or not rows:
        raise DataError("payload.values has no samples, accepted is a list of them")
    axes = len(sensors)
    if not isinstance(rows[0], list) and axes == 1:
        numbers: Iterable[Any] = rows
    else:
        for number, row in enumerate(rows):
            if not isinstance(row, list) or len(row) != axes:
                came = len(row) if isinstance(row, list) else f"{row!r:.40} in place"
                raise DataError(f"payload.values[{number}] has {came} of {axes} numbers, one a sensor")
        numbers = chain.from_iterable(rows)
    flat = list(numbers)
    # numpy would take true for 1, and texts of digits for numbers.
    if not set(map(type, flat)) <= {int, float}:
        place, bad = next((i, value) for i, value in enumerate(flat) if type(value) not in (int, float))
        raise DataError(f"payload.values[{place // axes}] holds {bad!r:.40}, accepted are numbers")
    try:
        return np.array(flat, np.float64).reshape(-1, axes)
    except OverflowError as error:
        raise DataError("payload.values holds a number beyond the range of float64") from error


def short_decimals(values: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return float64 numbers with the fewest decimal digits that round to these float32.

    Parameters
    ----------
    values : ndarray of float32

    Returns
    -------
    ndarray of float64, same shape
    """
    short = values.astype("U32").astype(np.float64)
    return np.where(short.astype(np.float32) == values, short, values.astype(np.float64))


def _json_parts(
    protected: Mapping[str, Any], payload: Mapping[str, Any], values: NDArray[np.float32]
) -> tuple[bytes, bytes]:
    """Return what stands before the signature and what stands after it."""

    def dumped(value: Any) -> str:
        return json.dumps(value, separators=(",", ":"))

    numbers = short_decimals(values)
    whole = numbers == np.rint(numbers)
    # As other writers of the format: 9 and not 9.0. A negative zero would lose its sign.
    integers = whole & (np.abs(numbers) < 2**53) & ~((numbers == 0) & np.signbit(numbers))
    rows = [
        [int(v) if integer else v for v, integer in zip(row, row_integers, strict=True)]
        for row, row_integers in zip(numbers.tolist(), integers.tolist(), strict=True)
    ]
    samples = [row[0] for row in rows] if values.shape[1] == 1 else rows
    before = f'{{"protected":{dumped(protected)},"signature":"'
    after = f'","payload":{dumped({**payload, "values": samples})}}}'
    return before.encode(), after.encode()


def _cbor_parts(
    protected: Mapping[str, Any], payload: Mapping[str, Any], values: NDArray[np.float32]
) -> tuple[bytes, bytes]:
    """Return what stands before the signature and what stands after it."""
    dumps = _cbor2().dumps

    def head(major: int, count: int) -> bytes:
        """Return the head of a map or an array: RFC 8949, section 3."""
        if count < 24:
            return bytes([major << 5 | count])
        size = next(size for size in (1, 2, 4, 8) if count < 1 << 8 * size)
        return bytes([major << 5 | 24 + size.bit_length() - 1]) + count.to_bytes(size, "big")

    array, table = 4, 5
    before = head(table, 3) + dumps("protected") + dumps(dict(protected)) + dumps("signature") + b"\x78\x40"
    after = dumps("payload") + head(table, len(payload) + 1)
    after += b"".join(dumps(name) + dumps(value) for name, value in payload.items())
    # Every value as a float32, which cbor2 does not write: its first byte, then the bits, highest first.
    samples, axes = values.shape
    numbers = np.full((samples, axes, 5), 0xFA, np.uint8)
    numbers[:, :, 1:] = values.astype(">f4").reshape(samples, axes, 1).view(np.uint8)
    rows = numbers.reshape(samples, 5 * axes)
    if axes > 1:
        row_head = np.frombuffer(head(array, axes), np.uint8)
        rows = np.concatenate([np.broadcast_to(row_head, (samples, row_head.size)), rows], axis=1)
    return before, after + dumps("values") + head(array, samples) + rows.tobytes()
