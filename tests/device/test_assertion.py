"""assert_bit_exact: what a failure names, for each kind of fault in a board that is computed here."""

from __future__ import annotations

import numpy as np
import pytest
from oracles.foreign_firmware import model_bytes

import edgetwin as et
from edgetwin.device.base import Device, DeviceInfo, Seen


@pytest.fixture(scope="module")
def model():
    return et.load(model_bytes())


@pytest.fixture
def codes():
    return np.random.default_rng(5).integers(-128, 128, (4, 8, 8, 2)).astype(np.int8)


class Board(Device):
    """The model itself, but for what `spoil` does to the operators of each run."""

    def __init__(self, model, spoil=lambda run, seen: None, shown=(0, 1, 2, 3), **info):
        super().__init__("board", model)
        self.spoil, self.shown, self.told, self.runs = spoil, shown, info, 0

    def info(self):
        return DeviceInfo(
            "board", **{"model": "theirs", "hash": "", "input_bytes": (), "output_bytes": (), **self.told}
        )

    def _once(self, sample, operators):
        seen = {index: array.copy() for index, array in self.model.trace(*sample).items()}
        self.spoil(self.runs, seen)
        self.runs += 1
        shown = {i: seen[i].tobytes() for i in self.shown} if operators else {}
        return Seen([seen[3].tobytes()], shown)


def failure(model, board, codes):
    with pytest.raises(AssertionError) as error:
        et.device.assert_bit_exact(model, board, codes)
    return str(error.value)


def test_equal(model, codes):
    board = Board(model)
    assert et.device.assert_bit_exact(model, board, codes).equal
    assert board.runs == 3 * len(codes)


def test_names_operator_tensor_element_integers_and_counts(model, codes):
    def spoil(run, seen):
        seen[1][4, 5, 2] ^= 16

    ours = model.trace(codes)[1][0, 4, 5, 2]
    said = failure(model, Board(model, spoil), codes)
    assert "board does not compute what the model computes" in said
    assert f"first: operator 1 (depthwise_conv_2d), tensor 'b', at (0, 4, 5, 2): {ours} against {ours ^ 16}" in said
    assert "there: 4 of 1280 elements differ, in 4 samples" in said


def test_rounding(model, codes):
    def spoil(run, seen):
        seen[1][::2, ::3, 1] += (seen[1][::2, ::3, 1] < 100).astype(np.int8)

    assert "one step" in failure(model, Board(model, spoil), codes)


def test_zero_point(model, codes):
    def spoil(run, seen):
        seen[1][:] = np.clip(seen[1].astype(int) + 3, -128, 127)

    assert "zero point: theirs is +3" in failure(model, Board(model, spoil), codes)


def test_padding(model, codes):
    def spoil(run, seen):
        seen[1][0] = seen[1][0] // 2 + 7

    assert "padding: every difference lies at the border" in failure(model, Board(model, spoil), codes)


def test_saturation(model, codes):
    def spoil(run, seen):
        seen[1][:] = np.clip(seen[1], -90, 90)

    assert "saturation: " in failure(model, Board(model, spoil), codes)


def test_values_of_the_sample_before(model, codes):
    before = model.trace(codes)[1]

    def spoil(run, seen):
        if run >= 3:
            seen[1][3:5] = before[run // 3 - 1][3:5]

    assert "stale memory: the values are those of the sample before" in failure(model, Board(model, spoil), codes)


@pytest.mark.parametrize("spoiled", [0, 1, 2])
def test_other_bytes_in_one_of_three_runs(model, codes, spoiled):
    """Whichever run is wrong, the one that differs from the model is shown, and the note says that runs differ."""

    def spoil(run, seen):
        if run == 3 + spoiled:
            seen[3][2] ^= 1

    said = failure(model, Board(model, spoil, shown=()), codes)
    ours = model.run(codes)[1, 2]
    assert f"first: an output, tensor 'y', at (1, 2): {ours} against {ours ^ 1}" in said
    assert "stale memory: run " in said
    with pytest.raises(et.DeviceError, match=r"board: stale memory: run \d of sample 1 gives byte"):
        Board(model, spoil).run(codes)


def test_operators_that_are_not_shown_are_said(model, codes):
    result = et.device.assert_bit_exact(model, Board(model, shown=(0, 3)), codes)
    assert [d.operator for d in result.operators] == [0, 3]
    assert result.note == "the device does not show operators [1, 2]"
    assert "only outputs are compared" in et.device.assert_bit_exact(model, Board(model, shown=()), codes).note


@pytest.mark.parametrize(
    ("told", "message"),
    [
        ({"hash": "0" * 16}, "the board has model 'theirs' with hash 0000000000000000, asked for is hash"),
        ({"input_bytes": (128, 4)}, r"model 'theirs' with inputs of \(128, 4\) bytes, not \(128,\)"),
        ({"output_bytes": (7,)}, r"outputs of \(7,\) bytes, not \(6,\)"),
    ],
)
def test_another_model(model, codes, told, message):
    with pytest.raises(et.DeviceError, match=message):
        et.device.assert_bit_exact(model, Board(model, **told), codes)


def test_operators_of_other_sizes(model, codes):
    class Larger(Board):
        def _once(self, sample, operators):
            seen = super()._once(sample, operators)
            return Seen(seen.outputs, {index: data + b"?" for index, data in seen.operators.items()})

    with pytest.raises(et.DeviceError, match="the device gives 321 bytes for a tensor of 320: it has another model"):
        et.device.assert_bit_exact(model, Larger(model), codes)


def test_no_samples(model):
    board = Board(model)
    with pytest.raises(et.ShapeError, match="0 samples"):
        et.device.assert_bit_exact(model, board, np.zeros((0, 8, 8, 2), np.int8))
    with pytest.raises(et.ShapeError, match="0 samples"):
        board.run(np.zeros((0, 8, 8, 2), np.int8))
