"""et.kernels against what CMSIS-NN's kernels gave on emulated Cortex-M3, M4 and M55, both roundings."""

from __future__ import annotations

import json

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from oracles.files import npz

from edgetwin import kernels

BUILDS = {
    "double": ("m3", "m4", "m55"),
    "single": ("m4_single_rounding", "m55_single_rounding"),
}


class Case:
    def __init__(self, data, name: str) -> None:
        self.name = name
        self.params = json.loads(str(data[f"{name}.params"]))
        self.arrays = {
            key.split(".", 1)[1]: data[key] for key in data if key.startswith(f"{name}.") and "params" not in key
        }

    def __getattr__(self, key):
        return self.params[key]

    def array(self, name, *shape):
        return None if name not in self.arrays else np.ascontiguousarray(self.arrays[name].reshape(shape))

    @property
    def activation(self):
        return {"activation_min": self.act_min, "activation_max": self.act_max}


def cases(shared, operator, with_wrap=False):
    data = npz(shared / "golden" / "cmsis_nn" / f"{operator}.npz")
    every = [Case(data, name) for name in sorted({key.split(".")[0] for key in data})]
    kept = [c for c in every if (with_wrap or c.kind != "wrap") and not c.m55_differs]
    assert len(kept) >= 15, "too few golden cases for the test to mean anything"
    return kept


def check(case, compute, output="output", extra=()):
    """Compare `compute(rounding)` with every build's record."""
    compared = 0
    for rounding, builds in BUILDS.items():
        results = compute(rounding)
        for build in builds:
            for name, value in zip((output, *extra), results, strict=True):
                key = f"{name}_{build}"
                if case.status.get(build, 0) == 0:
                    assert_array_equal(value.reshape(-1), case.arrays[key], err_msg=f"{case.name} {key}")
                    compared += 1
    assert compared


def padding(case, kernel_h, kernel_w, dilation=(1, 1)):
    pads = []
    for size, out, k, stride, d, before in (
        (case.in_h, case.out_h, kernel_h, case.stride_h, dilation[0], case.pad_h),
        (case.in_w, case.out_w, kernel_w, case.stride_w, dilation[1], case.pad_w),
    ):
        extent = (k - 1) * d + 1
        pads.append((before, max((out - 1) * stride + extent - size - before, 0)))
    return tuple(pads)


def convolution(case, dilation):
    return {
        "multiplier": case.arrays["multiplier"],
        "shift": case.arrays["shift"],
        "input_zero_point": -case.input_offset,
        "output_zero_point": case.output_offset,
        "stride": (case.stride_h, case.stride_w),
        "padding": padding(case, case.k_h, case.k_w, dilation),
        "dilation": dilation,
        **case.activation,
    }


def test_requantize(shared):
    for case in cases(shared, "requantize"):
        args = [case.arrays[name] for name in ("input", "multiplier", "shift")]
        check(case, lambda rounding, args=args: (kernels.requantize(*args, rounding=rounding),))


def test_requantize_vector_form(shared):
    """The M55's vector instruction departs only where the left shift by one more wraps."""
    for case in cases(shared, "requantize"):
        values, multiplier, shift = (case.arrays[name] for name in ("input", "multiplier", "shift"))
        assert_array_equal(kernels.requantize(values, multiplier, shift), case.arrays["output_m55_mve"])
        wide = values.astype(np.int64) << np.maximum(shift + 1, 0).astype(np.int64)
        exact = (shift < 0) | (np.abs(wide) < 2**31)
        ours = kernels.requantize(values, multiplier, shift, rounding="single")
        assert_array_equal(ours[exact], case.arrays["output_m55_mve_single_rounding"][exact])


def test_conv_2d(shared):
    for case in cases(shared, "conv"):
        x = case.array("input", case.batch, case.in_h, case.in_w, case.in_c)
        weights = case.array("weights", case.out_c, case.k_h, case.k_w, case.k_c)
        bias = case.array("bias", case.out_c)
        options = convolution(case, (case.dilation_h, case.dilation_w))
        check(case, lambda r, a=(x, weights, bias), o=options: (kernels.conv_2d(*a, **o, rounding=r),))


def test_conv_1d_is_conv_2d_of_one_row(shared):
    found = 0
    for case in cases(shared, "conv"):
        if case.shape != "conv1d" or case.k_c != case.in_c:
            continue
        found += 1
        options = convolution(case, (1, case.dilation_w)) | {
            "stride": case.stride_w,
            "padding": padding(case, 1, case.k_w, (1, case.dilation_w))[1],
            "dilation": case.dilation_w,
        }
        result = kernels.conv_1d(
            case.array("input", case.batch, case.in_w, case.in_c),
            case.array("weights", case.out_c, case.k_w, case.k_c),
            case.array("bias", case.out_c),
            **options,
        )
        assert_array_equal(result.reshape(-1), case.arrays["output_m3"])
    assert found >= 5


def test_depthwise_conv_2d(shared):
    for case in cases(shared, "depthwise_conv"):
        x = case.array("input", case.batch, case.in_h, case.in_w, case.in_c)
        weights = case.array("weights", 1, case.k_h, case.k_w, case.out_c)
        bias = case.array("bias", case.out_c)
        options = convolution(case, (case.dilation_h, case.dilation_w))
        check(case, lambda r, a=(x, weights, bias), o=options: (kernels.depthwise_conv_2d(*a, **o, rounding=r),))


def test_fully_connected(shared):
    for case in cases(shared, "fully_connected"):
        x = case.array("input", case.batch, case.in_features)
        weights = case.array("weights", case.out_features, case.in_features)
        bias = case.array("bias", case.out_features)
        options = {
            "multiplier": case.arrays["multiplier"],
            "shift": case.arrays["shift"],
            "input_zero_point": -case.input_offset,
            "weights_zero_point": -case.filter_offset,
            "output_zero_point": case.output_offset,
            **case.activation,
        }
        check(case, lambda r, a=(x, weights, bias), o=options: (kernels.fully_connected(*a, **o, rounding=r),))


@pytest.mark.parametrize(
    ("file", "kernel"), [("max_pool", kernels.max_pool_2d), ("avg_pool", kernels.average_pool_2d)], ids=["max", "average"]
)
def test_pools(shared, file, kernel):
    for case in cases(shared, file):
        x = case.array("input", case.batch, case.in_h, case.in_w, case.in_c)
        options = {
            "pool": (case.k_h, case.k_w),
            "stride": (case.stride_h, case.stride_w),
            "padding": padding(case, case.k_h, case.k_w),
            **case.activation,
        }
        check(case, lambda _, x=x, o=options: (kernel(x, **o),))


def test_add(shared):
    for case in cases(shared, "elementwise_add"):
        options = {
            "x_zero_point": -case.input1_offset,
            "x_multiplier": case.input1_mult,
            "x_shift": case.input1_shift,
            "y_zero_point": -case.input2_offset,
            "y_multiplier": case.input2_mult,
            "y_shift": case.input2_shift,
            "left_shift": case.left_shift,
            "output_zero_point": case.output_offset,
            "output_multiplier": case.output_mult,
            "output_shift": case.output_shift,
            **case.activation,
        }
        args = (case.arrays["input"], case.arrays["input2"])
        check(case, lambda r, a=args, o=options: (kernels.add(*a, **o, rounding=r),))


@pytest.mark.parametrize(("file", "dtype"), [("softmax_s8", "int8"), ("softmax_s8_s16", "int16")])
def test_softmax(shared, file, dtype):
    for case in cases(shared, file):
        x = case.array("input", case.rows, case.cols)
        options = {"multiplier": case.mult, "shift": case.shift, "diff_min": case.diff_min, "output_dtype": dtype}
        check(case, lambda _, x=x, o=options: (kernels.softmax(x, **o),))
        if "output_m55_mve_path" in case.arrays:
            assert_array_equal(kernels.softmax(x, **options).reshape(-1), case.arrays["output_m55_mve_path"])


def test_svdf(shared):
    for case in cases(shared, "svdf_s8"):
        args = (
            case.array("input", case.batch, case.in_size),
            case.array("weights_feature", case.num_filters, case.in_size),
            case.array("weights_time", case.num_filters, case.memory),
            case.array("bias", case.units),
        )
        options = {
            "state": case.array("state_in", case.batch, case.num_filters, case.memory),
            "rank": case.rank,
            "input_zero_point": case.input_zero_point,
            "output_zero_point": case.output_offset,
            "input_multiplier": case.mult_in,
            "input_shift": case.shift_in,
            "output_multiplier": case.mult_out,
            "output_shift": case.shift_out,
            "state_min": case.in_act_min,
            "state_max": case.in_act_max,
            "activation_min": case.out_act_min,
            "activation_max": case.out_act_max,
        }
        check(case, lambda r, a=args, o=options: kernels.svdf(*a, **o, rounding=r), extra=("state_out",))


def test_lstm(shared):
    for case in cases(shared, "lstm_unidirectional_s8"):
        n, steps, size, hidden = case.batch, case.time_steps, case.input_size, case.hidden_size
        x = case.array("input", *((steps, n, size) if case.time_major else (n, steps, size)))
        gates = {}
        for gate in ("input", "forget", "cell", "output"):
            scale = case.gates[gate]
            gates[gate] = {
                "weights_input": case.array(f"gate_{gate}_weights_input", hidden, size),
                "weights_hidden": case.array(f"gate_{gate}_weights_hidden", hidden, hidden),
                "bias_input": case.array(f"gate_{gate}_effective_bias_input", hidden),
                "bias_hidden": case.array(f"gate_{gate}_effective_bias_hidden", hidden),
                "input_multiplier": scale["input_mult"],
                "input_shift": scale["input_shift"],
                "hidden_multiplier": scale["hidden_mult"],
                "hidden_shift": scale["hidden_shift"],
            }
        options = {
            # A state of real zero: its code is the output's zero point (CMSIS-NN leaves the first step's products out).
            "hidden": np.full((n, hidden), case.output_offset, np.int8),
            "cell": np.zeros((n, hidden), np.int16),
            "input_zero_point": 0,
            "output_zero_point": case.output_offset,
            "forget_to_cell": case.forget_to_cell,
            "input_to_cell": case.input_to_cell,
            "output_to_hidden": (case.output_mult, case.output_shift),
            "cell_scale_power": case.cell_scale_power,
            "cell_clip": case.cell_clip,
            "time_major": bool(case.time_major),
            "saturation": "cmsis_nn",
        }

        def compute(rounding, x=x, gates=gates, options=options, case=case):
            output, (_, cell) = kernels.lstm(x, gates, **options, hidden_zero_point=0, rounding=rounding)
            return output, cell

        check(case, compute, extra=("cell_state",))
