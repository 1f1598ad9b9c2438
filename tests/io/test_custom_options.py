"""Custom options: FlexBuffer maps of whole numbers, read strictly."""

from __future__ import annotations

import numpy as np
import pytest
from flatbuffers import flexbuffers

import edgetwin as et
from edgetwin.conformance.generators.signal import SIGNAL_OPERATORS
from edgetwin.graph.graph import graphs_equal
from edgetwin.io.custom_options import pack_custom_options, unpack_custom_options
from edgetwin.io.tflite_read import read_tflite
from edgetwin.io.tflite_write import write_tflite

WHERE = "operator 3 (custom:X)"
NAMES = ("alpha", "beta")


def _map(**values):
    return bytes(flexbuffers.Dumps(values))


@pytest.mark.parametrize("value", [0, 1, -1, 127, 128, -129, 40000, 2**31 - 1, -(2**31)])
def test_round_trip(value):
    options = {"alpha": value, "beta": 7}
    assert unpack_custom_options(pack_custom_options(options), NAMES, WHERE) == options


def test_absent_options_of_an_operator_without_any():
    assert unpack_custom_options(b"", (), WHERE) == {}
    assert unpack_custom_options(_map(), (), WHERE) == {}


@pytest.mark.parametrize(
    ("data", "error", "says"),
    [
        (b"", et.ModelError, "no FlexBuffer map"),
        (b"\x01", et.ModelError, "no FlexBuffer map"),
        (bytes(flexbuffers.Dumps([1, 2])), et.ModelError, "accepted is a map"),
        (_map(alpha=1), et.ModelError, "'beta' is missing"),
        (_map(alpha=1, beta=2, gamma=3), et.UnsupportedError, "'gamma', accepted are: alpha, beta"),
        (_map(alpha=1, beta=2**31), et.UnsupportedError, "'beta' is 2147483648, accepted is an int32"),
        (_map(alpha=1, beta=1.5), et.UnsupportedError, "'beta' is float"),
        (_map(alpha=1, beta="7"), et.UnsupportedError, "'beta' is string"),
        (_map(alpha=1, beta=None), et.UnsupportedError, "'beta' is null"),
        (_map(alpha=1, beta={"x": 1}), et.UnsupportedError, "'beta' is map"),
        (_map(alpha=1, beta=2).replace(b"alpha\0", b"zlpha\0"), et.UnsupportedError, "'zlpha'"),
        (_map(alpha=1, beta=2).replace(b"alpha", b"beta\0"), et.ModelError, "'alpha' is missing"),
    ],
    ids=[
        "empty", "one byte", "vector", "missing", "unknown", "too large", "float", "string", "null", "map", "key",
        "twice",
    ],
)  # fmt: skip
def test_bad_options(data, error, says):
    with pytest.raises(error) as caught:
        unpack_custom_options(data, NAMES, WHERE)
    assert says in str(caught.value)
    assert WHERE in str(caught.value)


def test_mutated_options_never_crash():
    """Each byte set to each of some values: options within 32 bits, or one error that names the operator."""
    data = _map(alpha=300, beta=-2)
    outcomes, messages = set(), set()
    for position in range(len(data)):
        for value in (0, 1, 2, 7, 38, 127, 128, 255, data[position] ^ 1):
            mutated = data[:position] + bytes([value]) + data[position + 1 :]
            try:
                options = unpack_custom_options(mutated, NAMES, WHERE)
            except et.ModelError as error:
                outcomes.add(type(error))
                messages.add(str(error))
            else:
                assert all(-(2**31) <= number < 2**31 for number in options.values())
                outcomes.add(dict)
    assert outcomes == {dict, et.ModelError, et.UnsupportedError}
    assert all(message.startswith(WHERE) for message in messages)


@pytest.mark.parametrize("name", SIGNAL_OPERATORS)
def test_operators_round_trip(name):
    graph = SIGNAL_OPERATORS[name](np.random.default_rng(1))
    assert graphs_equal(read_tflite(write_tflite(graph)), graph)


def test_options_without_default_are_not_left_out(tmp_path):
    graph = SIGNAL_OPERATORS["custom:SignalWindow"](np.random.default_rng(1))
    object.__setattr__(graph.operators[0], "options", {})
    with pytest.raises(et.UnsupportedError, match="options shift are missing"):
        write_tflite(graph)


def test_saved_front_end_is_the_same(shared, tmp_path):
    model = et.load(shared / "models/audio_pre_int8.tflite")
    model.save(tmp_path / "again.tflite")
    assert graphs_equal(et.load(tmp_path / "again.tflite").graph, model.graph)
