"""Causes of differences: forms of other runtimes in numpy, which must give all bytes of an output to be named."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from edgetwin.conformance.cases import generate
from edgetwin.conformance.departures import UNKNOWN, cause_of
from edgetwin.conformance.driver import bundled
from edgetwin.conformance.recorded import read_recordings
from edgetwin.conformance.suite import Outcome, run_suite
from edgetwin.conformance.theirs.called import away_from_zero, doubly_rounded, half_upwards, to_int32, wrapped

#: Operators of which a few models differ in LiteRT's own kernels and in ONNX Runtime: what their causes say.
LITERT = {
    "add int32": "int32 sums clamped to the fused activation",
    "conv_2d int8": "ties of the second rounding upwards",
    "fully_connected int16": "float64 requantization",
    "fully_connected int8": "ties of the second rounding upwards",
    "logistic int16": "a fixed-point curve",
    "rsqrt int16": "a table of 513 values",
    "sum int16": "float32 requantization, beyond int32 the lowest number",
    "svdf int8": "time weights and state read as int16",
}
ONNX = {
    "abs int8": "float32 between two scales",
    "average_pool_2d int8": "an average in float32",
    "div int8": "float32 between two scales",
    "fully_connected int8": "float32 requantization",
}


def outcomes(runtime, operators, count):
    (found,) = (one for one in bundled() if one.name == runtime)
    by_row: dict[str, list[Outcome]] = {}
    for _, outcome in run_suite(generate(count, operators), [found], timeout_s=60, jobs=1):
        if outcome.kind == "differs":
            by_row.setdefault(outcome.case.row, []).append(outcome)
    return by_row


@pytest.mark.parametrize(
    ("runtime", "module", "expected", "count"),
    [("LiteRT, no delegate", "ai_edge_litert", LITERT, 160), ("ONNX Runtime", "onnxruntime", ONNX, 60)],
    ids=["LiteRT", "ONNX Runtime"],
)
def test_causes_give_every_byte(runtime, module, expected, count):
    pytest.importorskip(module, reason='pip install ".[test]"')
    found = outcomes(runtime, sorted({row.split()[0] for row in expected}), count)
    assert found.keys() >= expected.keys()
    for row, differing in found.items():
        cause = cause_of(runtime, row, differing)
        assert UNKNOWN not in cause, (row, cause)
        assert expected.get(row, "") in cause, (row, cause)
        assert f"of {len(differing)}" in cause
    # One other byte, and nothing gives all of them any longer.
    row = "rsqrt int16" if "rsqrt int16" in expected else "abs int8"
    one = found[row][0]
    (made,) = one.outputs
    changed = made.copy()
    changed.reshape(-1)[-1] ^= 1
    assert cause_of(runtime, row, [replace(one, outputs=(changed,), same_as=())]) == UNKNOWN


def test_causes_of_recorded_calls(shared):
    recordings = read_recordings(shared / "golden" / "cmsis_nn", ["conv_2d", "mul"])
    by_board = {
        board: [outcome for outcome in found if outcome.kind == "differs" and outcome.case.operator == "conv_2d"]
        for board, found in recordings.outcomes.items()
    }
    row = "conv_2d int8, recorded"
    single = cause_of("CMSIS-NN, M4, single rounding", row, by_board["CMSIS-NN, M4, single rounding"])
    assert single.startswith("single rounding in place of double rounding, as in arithmetic 'single_rounding'")
    m55 = by_board["CMSIS-NN, M55"]
    assert cause_of("CMSIS-NN, M55", row, m55).startswith("its kernel for one row and a stride")


def test_a_form_reads_the_clamps_behind_a_recorded_operator(shared):
    pytest.importorskip("onnxruntime", reason='pip install ".[test]"')
    (onnx,) = (one for one in bundled() if one.name == "ONNX Runtime")
    cases = read_recordings(shared / "golden" / "cmsis_nn", ["average_pool_2d"]).cases
    clamped = [case for case in cases if len(case.graph.operators) > 1]
    found = [outcome for _, outcome in run_suite(clamped, [onnx], timeout_s=60, jobs=1) if outcome.kind == "differs"]
    assert len(found) > 3
    assert UNKNOWN not in cause_of(onnx.name, found[0].case.row, found)


def test_sums_beyond_int32(shared):
    pytest.importorskip("onnxruntime", reason='pip install ".[test]"')
    (onnx,) = (one for one in bundled() if one.name == "ONNX Runtime")
    cases = [
        case
        for case in read_recordings(shared / "golden" / "cmsis_nn", ["depthwise_conv_2d"]).cases
        if case.name.startswith("depthwise_conv-case031-")
    ]
    found = [outcome for _, outcome in run_suite(cases, [onnx], timeout_s=60, jobs=1)]
    assert [outcome.kind for outcome in found] == ["differs"] * 3
    cause = cause_of(onnx.name, "depthwise_conv_2d int8, recorded", found)
    assert cause == "float32 sums, which do not wrap at 32 bits: every byte of 3 of 3"


def test_roundings():
    multiplier, shift = np.int64(1 << 30), np.int64(-1)  # a quarter
    values = np.arange(-6, 7)
    np.testing.assert_array_equal(doubly_rounded(values * 4 + 2, multiplier, shift), away_from_zero(values + 0.5))
    np.testing.assert_array_equal(half_upwards(values * 4 + 2, multiplier, shift), values + 1)
    np.testing.assert_array_equal(wrapped([2**31, -(2**31) - 1]), [-(2**31), 2**31 - 1])
    np.testing.assert_array_equal(to_int32(np.array([np.nan, np.inf, -3e9, 5.0])), [-(2**31)] * 3 + [5])
