"""The closed form of CMSIS-NN's M55 1xN kernel against what the emulated M55 did."""

from __future__ import annotations

import json

import pytest
from oracles.files import npz

from edgetwin.graph.m55 import m55_one_by_n


def test_closed_form_tells_every_recorded_case(shared):
    data = npz(shared / "golden" / "cmsis_nn" / "conv.npz")
    outcomes = []
    for name in sorted({key.split(".")[0] for key in data}):
        p = json.loads(str(data[f"{name}.params"]))
        if not p.get("m55_one_by_n_path") or p["stride_w"] == 1:
            continue
        outcome = m55_one_by_n(
            input_w=p["in_w"],
            input_c=p["in_c"],
            output_w=p["out_w"],
            kernel_w=p["k_w"],
            stride_w=p["stride_w"],
            pad_left=p["pad_w"],
        )
        if p["status"]["m55"] != 0:
            expected = {"fails"}
        elif p["m55_differs"]:
            expected = {"wrong"}
        else:
            # Wrong taps may still give the right bytes after the clamp.
            expected = {"exact", "wrong"}
        assert outcome in expected, (name, p)
        outcomes.append(outcome)
    assert len(outcomes) >= 3, "too few cases on the 1xN path for the test to mean anything"
    assert "exact" in outcomes
    assert {"wrong", "fails"} & set(outcomes)


def same(time, kernel, stride):
    output = -(-time // stride)
    pad = max((output - 1) * stride + kernel - time, 0) // 2
    return m55_one_by_n(input_w=time, input_c=4, output_w=output, kernel_w=kernel, stride_w=stride, pad_left=pad)


@pytest.mark.parametrize(
    ("kernel", "even", "odd"),
    [(2, "exact", "exact"), (3, "exact", "exact"), (4, "exact", "wrong"), (8, "exact", "wrong"),
     (7, "wrong", "exact"), (5, "wrong", "wrong"), (6, "wrong", "wrong"), (9, "wrong", "wrong")],
)  # fmt: skip
def test_same_padding_with_stride_2(kernel, even, odd):
    assert same(60, kernel, 2) == even
    assert same(61, kernel, 2) == odd


@pytest.mark.parametrize(("left_over", "outcome"), [(0, "exact"), (1, "wrong"), (2, "fails")])
def test_valid_padding_with_stride_3(left_over, outcome):
    width = 5 + 3 * 9 + left_over
    result = m55_one_by_n(input_w=width, input_c=4, output_w=10, kernel_w=5, stride_w=3, pad_left=0)
    assert result == outcome
