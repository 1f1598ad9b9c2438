"""Recordings: what they hold and what they refuse."""

from __future__ import annotations

import copy
import pickle
from dataclasses import FrozenInstanceError

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from edgetwin.data import LabelSpan, Recording, Sensor
from edgetwin.errors import DataError, ShapeError

SENSORS = (Sensor("accX", "m/s2"), Sensor("accY", "m/s2"))
VALUES = np.arange(8, dtype=np.float32).reshape(4, 2)


def made(**changes) -> Recording:
    parts = {"values": VALUES, "rate_hz": 50, "sensors": SENSORS, "label": "idle", "name": "idle.1.json"}
    return Recording(**(parts | changes))


def test_holds_what_it_is_given():
    recording = made(metadata={"subject": "01"}, spans=(LabelSpan("a", 0, 2), LabelSpan("b", 3, 4)))
    assert recording.values is VALUES
    assert recording.rate_hz == 50.0
    assert isinstance(recording.rate_hz, float)
    assert recording.duration_s == 0.08
    assert recording.metadata == {"subject": "01"}
    assert recording.spans[1].start == 3


def test_is_frozen_and_its_metadata_too():
    given = {"subject": "01"}
    recording = made(metadata=given)
    given["subject"] = "02"
    assert recording.metadata["subject"] == "01"
    with pytest.raises(TypeError):
        recording.metadata["subject"] = "03"
    with pytest.raises(FrozenInstanceError):
        recording.label = "moving"


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, lambda r: pickle.loads(pickle.dumps(r))])
def test_copies_are_equal(again):
    recording = made(metadata={"a": "b"}, spans=(LabelSpan("a", 0, 2),))
    assert again(recording) == recording


@pytest.mark.parametrize(
    "changes",
    [
        {"values": VALUES + 1},
        {"values": VALUES[:3]},
        {"rate_hz": 51},
        {"label": None},
        {"name": "b"},
        {"sensors": (Sensor("accX", "g"), SENSORS[1])},
        {"metadata": {"a": "b"}},
        {"spans": (LabelSpan("a", 0, 2),)},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_equality_sees_every_part(changes):
    assert made() == made()
    assert made() != made(**changes)
    assert made() != "recording"


NAN = VALUES.copy()
NAN[2, 1] = np.nan


@pytest.mark.parametrize(
    ("changes", "error", "says"),
    [
        ({"values": VALUES.tolist()}, ShapeError, "values: list, accepted is an ndarray of float32"),
        ({"values": VALUES.astype(float)}, ShapeError, "values: float64, accepted"),
        ({"values": VALUES[:, 0]}, ShapeError, r"shape \(4,\), accepted is \(time, axes\)"),
        ({"values": VALUES[:0]}, ShapeError, r"shape \(0, 2\), accepted .* at least one sample"),
        ({"values": VALUES[::2]}, ShapeError, "not C-contiguous"),
        ({"sensors": SENSORS[:1]}, ShapeError, "2 axes for 1 sensors"),
        ({"values": NAN}, DataError, "sample 2 of 'accY' is nan"),
        ({"rate_hz": -1}, DataError, "rate_hz: -1"),
        ({"rate_hz": float("nan")}, DataError, "rate_hz: nan"),
        ({"rate_hz": float("inf")}, DataError, "rate_hz: inf"),
        ({"rate_hz": True}, DataError, "rate_hz: True"),
        ({"rate_hz": "50"}, DataError, "rate_hz: '50'"),
        ({"sensors": list(SENSORS)}, DataError, "accepted is a tuple of Sensor"),
        ({"sensors": ("accX", "accY")}, DataError, "accepted is a tuple of Sensor"),
        ({"sensors": (SENSORS[0], Sensor("accX"))}, DataError, "'accX' is there more than once"),
        ({"sensors": (SENSORS[0], Sensor(2))}, DataError, "name: 2, accepted is a str"),
        ({"label": True}, DataError, "label: True"),
        ({"label": float("nan")}, DataError, "label: nan"),
        ({"label": b"idle"}, DataError, "label: b'idle'"),
        ({"name": None}, DataError, "name: None"),
        ({"metadata": [("a", "b")]}, DataError, "metadata: list"),
        ({"metadata": {"a": 1}}, DataError, "metadata: a: 1, accepted is a str"),
        ({"spans": [LabelSpan("a", 0, 1)]}, DataError, "accepted is a tuple of LabelSpan"),
        ({"spans": (LabelSpan("a", 0, 5),)}, DataError, "'a' from 0 to 5, accepted are samples from 0 .* to 4"),
        ({"spans": (LabelSpan("a", 1, 1),)}, DataError, "'a' from 1 to 1"),
        ({"spans": (LabelSpan("a", 0, 3), LabelSpan("b", 2, 4))}, DataError, "'b' from 2 to 4, accepted .* from 3"),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else "",
)
def test_refuses(changes, error, says):
    with pytest.raises(error, match=says) as caught:
        made(**changes)
    if "name" not in changes:
        assert "idle.1.json" in str(caught.value)


@pytest.mark.parametrize("dtype", ["int16", "uint8", "float64", "float16"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_from_values_rounds_and_copies(dtype, order):
    recording = Recording.from_values(np.asarray(VALUES, dtype, order=order), 10, ["x", Sensor("y", "g")], label=3)
    assert_array_equal(recording.values, VALUES)
    assert recording.values.dtype == np.float32
    assert recording.sensors == (Sensor("x"), Sensor("y", "g"))
    assert recording.label == 3.0


def test_from_values_of_one_sensor():
    assert Recording.from_values([1, 2, 3], 10, ["x"]).values.shape == (3, 1)


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ([1e39], "sample 0 is beyond the range of float32"),
        ([1.0, np.inf], "sample 1 of 'x' is inf"),
        (["a"], "values: dtype <U1"),
        ([[1], [1, 2]], "rows of different length"),
        (np.zeros((2, 2, 2)), r"shape \(2, 2, 2\)"),
        (np.ma.masked_equal([1, 2], 2), "masked array"),
    ],
    ids=["overflow", "infinite", "text", "ragged", "axes", "masked"],
)
def test_from_values_refuses(values, says):
    with pytest.raises((DataError, ShapeError), match=says):
        Recording.from_values(values, 10, ["x"])


def test_pictures():
    picture = np.arange(24, dtype=np.uint8).reshape(2, 4, 3)
    metadata = {"height": "2", "width": "4"}
    recording = Recording.from_values(picture.reshape(8, 3), 0, ["red", "green", "blue"], metadata=metadata)
    assert_array_equal(recording.pixels, picture)
    assert recording.duration_s == 0
    with pytest.raises(DataError, match="no picture"):
        _ = made().pixels
