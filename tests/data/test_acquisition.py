"""Edge Impulse acquisitions: JSON and CBOR, signatures, what boards stream, and what is refused."""

from __future__ import annotations

import hashlib
import hmac
import json
import struct

import cbor2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_array_equal

from edgetwin.data import Recording, Sensor
from edgetwin.data.acquisition import decode_acquisition, encode_acquisition, rate_of_interval, short_decimals
from edgetwin.errors import DataError

KEY = "fed53116f20684c067774ebf9e7bcbdc"
KINDS = ("json", "cbor")
SENSORS = (Sensor("accX", "m/s2"), Sensor("accY", "m/s2"), Sensor("accZ", "m/s2"))


def recording(values=((1, -0.1, 9.8), (0, 2.5, 1e-7)), **changes) -> Recording:
    parts = {"metadata": {"device_name": "a\"b 'ü", "device_type": "BOARD", "issued_at": "1605129753"}}
    return Recording.from_values(np.array(values, np.float32), 62.5, SENSORS, **(parts | changes))


def document(**payload):
    """Return an acquisition as a map, with changes to its payload; None leaves a member out."""
    parts = {
        "device_name": "phone",
        "device_type": "MOBILE",
        "interval_ms": 16,
        "sensors": [{"name": "accX", "units": "m/s2"}, {"name": "accY", "units": "m/s2"}],
        "values": [[1, 2.5], [3, 4]],
    } | payload
    return {
        "protected": {"ver": "v1", "alg": "none"},
        "signature": "0" * 64,
        "payload": {name: value for name, value in parts.items() if value is not None},
    }


def dumped(kind, content) -> bytes:
    return json.dumps(content).encode() if kind == "json" else cbor2.dumps(content)


@pytest.mark.parametrize("key", [None, KEY], ids=["plain", "signed"])
@pytest.mark.parametrize("kind", KINDS)
def test_written_is_read(kind, key):
    written = recording()
    assert decode_acquisition(encode_acquisition(written, kind, key=key), kind, key=key) == written


@pytest.mark.parametrize("kind", KINDS)
@settings(deadline=None)
@given(values=arrays(np.float32, st.tuples(st.integers(1, 30), st.integers(1, 3)),
                     elements=st.floats(width=32, allow_nan=False, allow_infinity=False)))  # fmt: skip
def test_values_keep_every_bit(kind, values):
    sensors = [f"s{axis}" for axis in range(values.shape[1])]
    written = Recording(values, 100, tuple(map(Sensor, sensors)))
    assert decode_acquisition(encode_acquisition(written, kind), kind).values.tobytes() == values.tobytes()


@settings(deadline=None)
@given(arrays(np.float32, 20, elements=st.floats(width=32, allow_nan=False, allow_infinity=False)))
def test_short_decimals_round_to_the_same_floats(values):
    assert short_decimals(values).astype(np.float32).tobytes() == values.tobytes()


@pytest.mark.parametrize("count", [1, 23, 24, 255, 256, 65_535, 65_536])
def test_cbor_heads_of_every_size(count):
    written = Recording.from_values(np.arange(count), 100, ["x"])
    content = encode_acquisition(written, "cbor")
    assert cbor2.loads(content)["payload"]["values"] == list(range(count))
    assert decode_acquisition(content, "cbor").values.size == count


def test_cbor_of_many_sensors():
    values = np.arange(600, dtype=np.float32).reshape(2, 300)
    written = Recording(values, 100, tuple(Sensor(f"s{axis}") for axis in range(300)))
    assert decode_acquisition(encode_acquisition(written, "cbor"), "cbor") == Recording(
        values, 100, written.sensors, metadata={"device_name": "", "device_type": "EDGETWIN"}
    )


def test_json_is_as_other_writers_have_it():
    content = encode_acquisition(recording(values=((9, -0.1, 9.8),)), "json")
    assert content.endswith(b'"values":[[9,-0.1,9.8]]}}')
    assert json.loads(content)["payload"]["interval_ms"] == 16
    assert list(json.loads(content)) == list(cbor2.loads(encode_acquisition(recording(), "cbor")))


@pytest.mark.parametrize("kind", KINDS)
def test_signature_is_that_of_the_specification(kind):
    """HMAC-SHA256 of the file with 64 zeros in the signature's place."""
    content = encode_acquisition(recording(), kind, key=KEY)
    table = json.loads(content) if kind == "json" else cbor2.loads(content)
    assert table["protected"] == {"ver": "v1", "alg": "HS256", "iat": 1605129753}
    blank = content.replace(table["signature"].encode(), b"0" * 64)
    assert table["signature"] == hmac.new(KEY.encode(), blank, hashlib.sha256).hexdigest()


def test_signature_of_another_writer():
    """Signed by hand, its members in another order and with spaces, as other writers may have them."""
    zeros = "0" * 64
    table = document(device_name=zeros)
    table["protected"]["alg"] = "HS256"
    text = json.dumps({"payload": table["payload"], "signature": zeros, "protected": table["protected"]}, indent=1)
    signature = hmac.new(KEY.encode(), text.encode(), hashlib.sha256).hexdigest()
    signed = text.replace(f'"signature": "{zeros}"', f'"signature": "{signature}"').encode()
    assert decode_acquisition(signed, "json", key=KEY).metadata["device_name"] == zeros


@pytest.mark.parametrize("kind", KINDS)
def test_a_change_or_another_key_is_a_wrong_signature(kind):
    content = encode_acquisition(recording(), kind, key=KEY)
    with pytest.raises(DataError, match="wrong signature"):
        decode_acquisition(content, kind, key=KEY + "0")
    changed = content.replace(b"BOARD", b"BOARS")
    assert decode_acquisition(changed, kind).metadata["device_type"] == "BOARS"
    with pytest.raises(DataError, match="wrong signature"):
        decode_acquisition(changed, kind, key=KEY)


@pytest.mark.parametrize("kind", KINDS)
def test_a_key_wants_a_signature(kind):
    with pytest.raises(DataError, match="not signed"):
        decode_acquisition(encode_acquisition(recording(), kind), kind, key=KEY)


@pytest.mark.parametrize(
    ("rate", "text"), [(60, "16.666666666666668"), (16_000, "0.0625"), (62.5, "16"), (128, "7.8125")]
)
def test_rates_come_back(rate, text):
    written = Recording.from_values([1, 2], rate, ["x"])
    content = encode_acquisition(written, "json")
    assert f'"interval_ms":{text},'.encode() in content
    assert decode_acquisition(content, "json").rate_hz == rate


@settings(deadline=None)
@given(st.floats(1e-3, 1e6))
def test_any_rate_comes_back_but_for_rounding(rate):
    assert rate_of_interval(1000 / rate, 1000) == pytest.approx(rate, rel=1e-12)


def streamed(values: bytes) -> bytes:
    """Return what boards stream: maps and the array of values of indefinite length, a break at their ends."""
    text = cbor2.dumps
    sensors = text([{"name": "accX", "units": "m/s2"}, {"name": "accY", "units": "m/s2"}])
    payload = b"\xbf" + text("device_name") + text("aa:bb") + text("device_type") + text("BOARD")
    payload += text("interval_ms") + b"\xf9" + struct.pack(">e", 10.0) + text("sensors") + sensors
    payload += text("values") + b"\x9f" + values + b"\xff\xff"
    head = b"\xbf" + text("protected") + text({"ver": "v1", "alg": "HS256", "iat": 4}) + text("signature")
    blank = head + text("0" * 64) + text("payload") + payload + b"\xff"
    signature = hmac.new(KEY.encode(), blank, hashlib.sha256).hexdigest()
    return blank.replace(b"0" * 64, signature.encode(), 1)


def half(value: float) -> bytes:
    return b"\xf9" + struct.pack(">e", value)


def test_what_boards_stream():
    """Half, single and double floats and integers, in rows of definite and indefinite length."""
    rows = b"\x82" + half(-0.5) + b"\xfa" + struct.pack(">f", 9.8)
    rows += b"\x9f" + b"\xfb" + struct.pack(">d", 0.1) + b"\x39\x01\x00" + b"\xff"
    rows += b"\x82" + half(65504.0) + half(6e-8)
    read = decode_acquisition(streamed(rows), "cbor", key=KEY)
    want = np.array([[-0.5, 9.8], [0.1, -257], [65504, np.float16(6e-8)]], np.float32)
    assert_array_equal(read.values, want)
    assert read.rate_hz == 100
    assert read.metadata == {"device_name": "aa:bb", "device_type": "BOARD", "issued_at": "4"}


@pytest.mark.parametrize("kind", KINDS)
def test_one_sensor_with_and_without_rows(kind):
    sensors = [{"name": "audio", "units": "wav"}]
    for values in ([1, -2, 3], [[1], [-2], [3]]):
        read = decode_acquisition(dumped(kind, document(sensors=sensors, values=values)), kind)
        assert_array_equal(read.values, np.array([[1], [-2], [3]], np.float32))


def test_more_members_are_kept():
    read = decode_acquisition(dumped("json", document(firmware={"version": 3})), "json")
    assert read.metadata["firmware"] == '{"version": 3}'


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"interval_ms": None}, r"no payload\.interval_ms in it"),
        ({"interval_ms": 0}, "interval_ms is 0, accepted is a number above 0"),
        ({"interval_ms": True}, "interval_ms is True"),
        ({"interval_ms": "16"}, "interval_ms is '16'"),
        ({"device_name": 3}, r"payload\.device_name is 3, accepted is a text"),
        ({"sensors": None}, r"no payload\.sensors"),
        ({"sensors": []}, r"payload\.sensors is \[\]"),
        ({"sensors": ["accX"]}, r"payload\.sensors\[0\] is str"),
        ({"sensors": [{"name": "accX"}]}, r"no payload\.sensors\[0\]\.units"),
        ({"sensors": [{"name": "accX", "units": 3}]}, r"sensors\[0\] is 'accX' in 3"),
        ({"sensors": [{"name": "a", "units": "g"}] * 2}, "'a' is there more than once"),
        ({"values": None}, r"no payload\.values"),
        ({"values": []}, r"payload\.values has no samples"),
        ({"values": {"0": [1, 2]}}, r"payload\.values has no samples, accepted is a list"),
        ({"values": [[1, 2], [3]]}, r"payload\.values\[1\] has 1 of 2 numbers"),
        ({"values": [[1, 2], 3]}, r"payload\.values\[1\] has 3 in place of 2 numbers"),
        ({"values": [[1, 2], [3, None]]}, r"payload\.values\[1\] holds None, accepted are numbers"),
        ({"values": [[1, 2], [3, True]]}, r"payload\.values\[1\] holds True"),
        ({"values": [[1, 2], [3, "4"]]}, r"payload\.values\[1\] holds '4'"),
        ({"values": [[1, 2], [3, [4]]]}, r"payload\.values\[1\] holds \[4\]"),
        ({"values": [[1, 2], [3, 10**400]]}, "beyond the range of float64"),
        ({"values": [[1, 2], [3, 1e39]]}, "sample 1 is beyond the range of float32"),
        ({"values": [[1, 2], [float("nan"), 1]]}, "sample 1 of 'accX' is nan"),
    ],
    ids=lambda value: value[:44] if isinstance(value, str) else "",
)
def test_refuses_a_payload(kind, changes, says):
    with pytest.raises(DataError, match=says):
        decode_acquisition(dumped(kind, document(**changes)), kind)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        (("protected", "ver"), "v2", r"protected\.ver is 'v2', accepted is 'v1'"),
        (("protected", "alg"), "HS512", r"protected\.alg is 'HS512', accepted are HS256, none"),
        (("protected", "alg"), ["none"], r"protected\.alg is \['none'\]"),
        (("protected",), [], "protected is list, accepted is a map"),
        (("payload",), 3, "payload is int, accepted is a map"),
        (("signature",), 3, "signature is 3, accepted are 64"),
    ],
    ids=lambda value: value[:30] if isinstance(value, str) else "",
)
def test_refuses_a_header(kind, path, value, says):
    table = document()
    place = table
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = value
    with pytest.raises(DataError, match=says):
        decode_acquisition(dumped(kind, table), kind)


GOOD = encode_acquisition(recording(), "cbor", key=KEY)


@pytest.mark.parametrize(
    ("kind", "content", "says"),
    [
        ("json", b"", "no JSON"),
        ("json", b"\xff\xff", "no JSON"),
        ("json", b"[" * 100_000, "nested too deeply"),
        ("json", b"[]", "the file is list, accepted is a map"),
        ("json", b'{"a": 1, "a": 2}', "member 'a' is there more than once"),
        ("cbor", b"", "invalid CBOR"),
        ("cbor", b"\xff", "invalid CBOR"),
        ("cbor", b"\x9f\x01", "invalid CBOR"),
        ("cbor", b"\x81" * 100_000, "invalid CBOR"),
        ("cbor", b"\x9b" + b"\x7f" * 8, "invalid CBOR"),
        ("cbor", b"\xa2\x61a\x01\x61a\x02", "invalid CBOR"),
        ("cbor", b"\x80", "the file is list"),
        ("cbor", GOOD[:-1], "invalid CBOR"),
        ("cbor", GOOD + b"\0", "1 bytes after its end"),
    ],
    ids=["empty", "bytes", "deep", "list", "twice", "nothing", "break", "open", "nested", "huge", "twice-cbor", "array",
         "cut", "more"],
)  # fmt: skip
def test_refuses_what_is_no_document(kind, content, says):
    with pytest.raises(DataError, match=says) as caught:
        decode_acquisition(content, kind)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("kind", KINDS)
def test_changed_bytes_are_another_recording_or_a_data_error(kind):
    content = encode_acquisition(recording(values=np.ones((9, 3))), kind, key=KEY)
    rng = np.random.default_rng(3)
    refused = 0
    for _ in range(600):
        changed = bytearray(content)
        for _ in range(int(rng.integers(1, 4))):
            changed[int(rng.integers(len(changed)))] = int(rng.integers(256))
        try:
            decode_acquisition(bytes(changed), kind)
        except DataError:
            refused += 1
        if bytes(changed) != content:
            with pytest.raises(DataError):
                decode_acquisition(bytes(changed), kind, key=KEY)
    assert 100 < refused < 600


@pytest.mark.parametrize("depth", [390, 900, 980, 5000])
@pytest.mark.parametrize("kind", KINDS)
def test_nested_values_are_refused(kind, depth):
    if kind == "json":
        content = dumped(kind, document(values=["#"])).replace(b'["#"]', b"[" * depth + b"]" * depth)
    else:
        content = dumped(kind, document(values=["#"])).replace(b"\x81\x61#", b"\x81" * depth + b"\x80")
    with pytest.raises(DataError, match=r"nested|values\[0\]|maximum"):
        decode_acquisition(content, kind)


def test_pictures_and_times_that_are_none_are_refused():
    with pytest.raises(DataError, match="a picture has no sampling interval"):
        encode_acquisition(Recording.from_values(np.zeros((4, 3)), 0, SENSORS), "json")
    with pytest.raises(DataError, match="issued_at: '1e9', accepted are whole seconds"):
        encode_acquisition(recording(metadata={"issued_at": "1e9"}), "json")
