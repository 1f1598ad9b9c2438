"""Recordings in CSV: headers, units, times that are checked, and what is refused with its line."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_array_equal

from edgetwin.data import Recording, Sensor
from edgetwin.data.csv_recording import decode_csv, encode_csv
from edgetwin.errors import DataError


def table(times, header="time_ms,x") -> bytes:
    return "\n".join([header, *(f"{time},{place}" for place, time in enumerate(times))]).encode()


@pytest.mark.parametrize(
    ("header", "times", "rate"),
    [
        ("timestamp,x", (0, 16, 32), 62.5),
        ("Timestamp,x", (5, 15, 25), 100),
        ("timestamp (s),x", (0, 0.01, 0.02), 100),
        ("timestamp_us,x", (0, 62.5, 125), 16_000),
        ("time (s),x", (0, 0.5, 1), 2),
        ("time [ms],x", (0, 10, 20), 100),
        ("time_s,x", (-1, 0, 1), 1),
        ("Time ns,x", (0, 1e6, 2e6), 1000),
        ("t (µs),x", (0, 1000, 2000), 1000),
        (' "time_ms" , "x" ', (0, 10, 20), 100),
        ("time_ms,x", (0, 16.666666, 33.333333, 50), 60),
        ("time_ms,x", (0, 17, 33, 50), 60),
    ],
    ids=str,
)
def test_times_and_their_units(header, times, rate):
    recording = decode_csv(table(times, header))
    assert recording.rate_hz == pytest.approx(rate, rel=1e-7)
    assert recording.sensors == (Sensor("x"),)
    assert_array_equal(recording.values[:, 0], np.arange(len(times)))


def test_header_names_and_units():
    content = b"\xef\xbb\xbftimestamp,accX (m/s2),gyro z [deg/s],T\r\n0,1,2,3,\r\n\r\n10,4,5,6\r\n"
    recording = decode_csv(content)
    assert recording.sensors == (Sensor("accX", "m/s2"), Sensor("gyro z", "deg/s"), Sensor("T"))
    assert_array_equal(recording.values, np.array([[1, 2, 3], [4, 5, 6]], np.float32))


def test_a_given_rate():
    assert decode_csv(b"x,y\n1,2\n", rate_hz=50).rate_hz == 50
    assert decode_csv(table((0, 10, 20)), rate_hz=105).rate_hz == 100


@settings(deadline=None)
@given(
    arrays(np.float32, st.tuples(st.integers(2, 20), st.integers(1, 3)),
           elements=st.floats(width=32, allow_nan=False, allow_infinity=False)),
    st.sampled_from([1, 50, 60, 62.5, 100, 119.2, 128, 1000 / 3, 16_000, 44_100]),
)  # fmt: skip
def test_written_is_read(values, rate):
    sensors = tuple(Sensor(f"s{axis}", "m/s2" if axis else "") for axis in range(values.shape[1]))
    written = Recording(values, rate, sensors)
    read = decode_csv(encode_csv(written))
    assert read.values.tobytes() == values.tobytes()
    assert read.sensors == sensors
    assert read.rate_hz == pytest.approx(rate, rel=1e-12)


@pytest.mark.parametrize("times", [(0, 10, 20, 31), (0, 9.1, 20, 30)], ids=str)
def test_jitter_is_tolerated_as_stated(times):
    with pytest.raises(DataError, match="accepted are intervals within 5% of it"):
        decode_csv(table(times), jitter=0.05)
    assert decode_csv(table(times), jitter=0.11).rate_hz == pytest.approx(100, rel=0.05)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "it is empty"),
        (b"\n \n", "it is empty"),
        (b"time_ms,x\n", "a header and no samples"),
        (b"\xff\xfe", "not UTF-8"),
        (b"0,1\n10,2\n", "line 1 holds numbers, accepted is a header"),
        (b"x,y\n1,2\n", "line 1 has no time in its first column"),
        (b"time,x\n0,1\n", "line 1: 'time' has no unit, accepted are s, "),
        (b"time (h),x\n0,1\n", "line 1: 'time' has the unit 'h', accepted are s, "),
        (b"time_ms\n0\n1\n", "line 1 has no column beside the time"),
        (b"x,time_ms\n0,1\n", "line 1 has times in column 'time_ms', accepted is the first column"),
        (b"time_ms,,x\n0,1,2\n", "line 1 has a column without a name"),
        (b"time_ms,x,x\n0,1,2\n1,1,2\n", "'x' is there more than once"),
        (b"time_ms,x\n0,1\n", "it has one sample"),
        (b"time_ms,x\n0,1\n10,2,3\n", "line 3 has 3 columns, accepted are the 2 of the header"),
        (b"time_ms,x\n0,1\n10\n", "line 3 has 1 columns"),
        (b"time_ms,x\n0,1\n\n10,one\n", "line 4 holds 'one' in column 2"),
        (b"time_ms,x\n0,1\n10,\n20,1\n", "line 3 has 1 columns"),
        (b"time_ms,x,y\n0,1,1\n10,,2\n20,1,2\n", "line 3 has nothing in column 2, .* fill the gap first"),
        (b"time_ms,x\n0,nan\n10,2\n", "line 2 holds 'nan' in column 2, accepted are finite"),
        (b"time_ms,x\n0,1\nNaN,2\n", "line 3 holds 'NaN' in column 1"),
        (b"time_ms,x\n0,1\n10,1e999\n", "line 3 holds '1e999'"),
        (b"time_ms,x\n0,1\n10,1_0\n", "line 3 holds '1_0'"),
        (b"time_ms,x\n0,1\n10,1e39\n", "sample 1 is beyond the range of float32"),
        (b"time_ms,x\n0,1\n10,#1\n", "line 3 holds '#1'"),
        (table((0, 10, 5, 20)), "line 4: time goes back from 10 to 5, accepted are growing times"),
        (table((0, 10, 10, 20, 30, 30)), r"line 4: time 10 is there twice \(and 1 more\)"),
        (table((0, 10, 20, 40, 50)), "line 5: 20 after the sample before, 10 is usual: samples are missing"),
        (
            table((0, 10, 20, 32, 42)),
            "line 5: 12 after the sample before, 10 is usual, accepted are intervals within 10%",
        ),
        (table((3, 2, 1)), "line 3: time goes back from 3 to 2"),
        (table((1, 1, 1)), "line 3: time 1 is there twice"),
    ],
    ids=lambda value: value[:44] if isinstance(value, str) else "",
)
def test_refuses(content, says):
    with pytest.raises(DataError, match=says) as caught:
        decode_csv(content)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("sensors", "values", "rate", "says"),
    [
        (["a,b"], [1, 2], 1, "cannot hold the sensors 'a,b'"),
        (["a\nb"], [1, 2], 1, "cannot hold"),
        (["time_s"], [1, 2], 1, "cannot hold"),
        (["3"], [1, 2], 1, "cannot hold"),
        ([Sensor("a (b)")], [1, 2], 1, "cannot hold"),
        ([" a"], [1, 2], 1, "cannot hold"),
        (["a"], [1], 1, "accepted is a recording in time of two samples and more"),
        (["a"], [1, 2], 0, "accepted is a recording in time"),
    ],
    ids=["comma", "line", "time", "number", "brackets", "space", "one", "picture"],
)
def test_what_csv_cannot_hold(sensors, values, rate, says):
    with pytest.raises(DataError, match=says):
        encode_csv(Recording.from_values(values, rate, sensors, name="r"))
