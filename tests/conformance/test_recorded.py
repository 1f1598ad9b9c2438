"""Recorded kernel calls as models: the recorded multipliers, the boards' bytes, and recordings that are none."""

from __future__ import annotations

import json
import shutil
from collections import Counter

import numpy as np
import pytest

import edgetwin as et
from edgetwin.conformance.recorded import read_recordings
from edgetwin.conformance.scales import product_scales, ratio_scales, sum_scales
from edgetwin.graph.lowering.context import quantize_multiplier
from edgetwin.graph.m55 import m55_departures

#: File -> recorded calls, those of them that are written as models, and the models.
CALLS = {
    "conv": (50, 50, 251),
    "depthwise_conv": (34, 34, 357),
    "transpose_conv": (36, 36, 151),
    "fully_connected": (42, 42, 217),
    "max_pool": (30, 30, 30),
    "avg_pool": (30, 30, 30),
    "elementwise_add": (30, 18, 18),
    "elementwise_mul": (30, 30, 30),
    "softmax_s8": (32, 32, 32),
    "softmax_s8_s16": (32, 32, 32),
    "svdf_s8": (30, 0, 0),
    "lstm_unidirectional_s8": (20, 0, 0),
    "requantize": (30, 0, 0),
}


@pytest.fixture(scope="module")
def recordings(shared):
    return read_recordings(shared / "golden" / "cmsis_nn")


def call(name):
    return name.rsplit("-", 1)[0]


def of_board(recordings, name):
    return {outcome.case.name: outcome for outcome in recordings.outcomes[f"CMSIS-NN, {name}"]}


def test_calls_are_models(recordings):
    models = Counter(case.name.split("-")[0] for case in recordings.cases)
    assert {file: (*counts, models[file]) for file, counts in recordings.calls.items()} == CALLS
    assert len({case.name for case in recordings.cases}) == len(recordings.cases)


def test_models_have_the_recorded_multipliers(recordings, shared):
    files = {}
    for file in ("conv", "depthwise_conv", "transpose_conv", "fully_connected"):
        with np.load(shared / "golden" / "cmsis_nn" / f"{file}.npz") as data:
            files[file] = {name: data[name] for name in data if name.endswith((".multiplier", ".shift"))}
    compared = 0
    for case in recordings.cases:
        file, name, _ = case.name.split("-")
        if file in files:
            multiplier, shift = (files[file][f"{name}.{part}"].tolist() for part in ("multiplier", "shift"))
            constants = et.load(case.model).steps[0].constants
            made = {*zip(constants["multiplier"].tolist(), constants["shift"].tolist(), strict=True)}
            assert len(made) == 1
            assert made <= {*zip(multiplier, shift, strict=True)}
            compared += 1
    assert compared == sum(CALLS[file][2] for file in files)


@pytest.mark.parametrize("board", ["M3", "M4"])
def test_boards_that_round_twice_give_the_bytes(recordings, board):
    found = of_board(recordings, board)
    assert len(found) == sum(models for _, _, models in CALLS.values())
    assert {outcome.kind for outcome in found.values()} == {"equal"}


def test_single_rounding_is_that_arithmetic(recordings):
    found = of_board(recordings, "M4, single rounding").values()
    wrong = [outcome for outcome in found if outcome.kind != "equal"]
    assert len(wrong) == 16
    assert all(outcome.kind == "differs" and "single_rounding" in outcome.same_as for outcome in wrong)


def test_the_m55_departs_where_it_is_warned_of(recordings):
    found = of_board(recordings, "M55")
    assert Counter(outcome.kind for outcome in found.values() if outcome.case.operator == "conv_2d") == {
        "equal": 218,
        "differs": 29,
        "refuses": 4,
    }
    departs = {call(name) for name, outcome in found.items() if outcome.kind != "equal"}
    models = {case.name: et.load(case.model) for case in recordings.cases}
    warned = {call(name) for name, model in models.items() if m55_departures(model.graph, model.steps)}
    # The multipliers of that one are so small that it gives its zero point whatever the taps are.
    assert warned == departs | {"conv-case006"}


@pytest.fixture
def tampered(shared, tmp_path):
    def read(file, change):
        with np.load(shared / "golden" / "cmsis_nn" / f"{file}.npz") as data:
            np.savez(tmp_path / f"{file}.npz", **{name: change(name, data[name]) for name in data})
        return read_recordings(tmp_path)

    return read


def test_a_changed_recording_is_a_difference(tampered):
    recorded = tampered("elementwise_mul", lambda name, array: array ^ 1 if "output_m4" in name else array)
    kinds = Counter(outcome.kind for outcome in recorded.outcomes["CMSIS-NN, M4"])
    assert kinds == {"differs": 30}
    assert {outcome.kind for outcome in recorded.outcomes["CMSIS-NN, M3"]} == {"equal"}


@pytest.mark.parametrize("wanted", [(1 << 30, 0), (2**31 - 1, -5), ((1 << 30) + 1, 3), (1234567891, -31)])
def test_scales_of_a_multiplier(wanted):
    x, y, z = ratio_scales(wanted)
    assert quantize_multiplier(x * y / z) == wanted
    assert all(np.float32(scale) == scale for scale in (x, y, z))


def test_scales_of_a_product_and_of_a_sum():
    x, y = product_scales((1409729924, -8))
    assert quantize_multiplier(x * y) == (1409729924, -8)
    for wanted in [(1 << 30, 0), (1121827176, -3)], [(1121827176, -3), (1 << 30, 0)]:
        x, y, z = sum_scales(*wanted, (1276181842, -19))
        assert [quantize_multiplier(s / (2 * max(x, y))) for s in (x, y)] == wanted
        assert quantize_multiplier(2 * max(x, y) / (2**20 * z)) == (1276181842, -19)
    assert sum_scales((1121827176, -3), (1121827176, -3), (1276181842, -19)) is None


def test_what_is_no_recording(tmp_path, shared, tampered):
    with pytest.raises(et.DataError, match=r"nothing: no recordings \(\.npz\)"):
        read_recordings(tmp_path / "nothing")
    shutil.copy(shared / "golden" / "cmsis_nn" / "README.md", tmp_path / "conv.npz")
    with pytest.raises(et.DataError, match=r"conv\.npz: not a recording"):
        read_recordings(tmp_path)
    (tmp_path / "conv.npz").unlink()
    with pytest.raises(et.DataError, match=r"max_pool\.npz, case000: not a recording of max_pool_2d: 'batch'"):
        tampered("max_pool", lambda name, array: _without(array, "batch") if "params" in name else array)


def _without(array, key):
    params = json.loads(str(array))
    del params[key]
    return np.array(json.dumps(params))
