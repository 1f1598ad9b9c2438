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
#: File -> (cases, cases of kind "wrap", arrays compared), so that nothing is left out unseen.
COUNTS = {
    "requantize": (30, 0, 150),
    "conv": (50, 2, 232),
    "depthwise_conv": (34, 3, 170),
    "transpose_conv": (36, 0, 180),
    "fully_connected": (42, 2, 210),
    "max_pool": (30, 0, 150),
    "avg_pool": (30, 0, 150),
    "elementwise_add": (30, 0, 150),
    "elementwise_mul": (30, 0, 150),
    "softmax_s8": (32, 0, 160),
    "softmax_s8_s16": (32, 0, 160),
    "svdf_s8": (30, 0, 300),
    "lstm_unidirectional_s8": (20, 0, 200),
}

CONV_1D_CASES = 30


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


def cases(shared, file):
    data = npz(shared / "golden" / "cmsis_nn" / f"{file}.npz")
    found = [Case(data, name) for name in sorted({key.split(".")[0] for key in data})]
    assert (len(found), sum(case.kind == "wrap" for case in found)) == COUNTS[file][:2]
    return found


def compare(shared, file, compute, names=("output",)):
    """Compare what `compute(case)(rounding)` gives with every build's record, wrapping accumulators included.

    An M55 that departs (its 1xN kernel) is no specification: there M3 and M4 are compared only.
    """
    compared = 0
    for case in cases(shared, file):
        kernel = compute(case)
        for rounding, builds in BUILDS.items():
            results = kernel(rounding)
            for build in builds:
                if build.startswith("m55") and case.m55_differs:
                    continue
                assert case.status[build] == 0
                for name, value in zip(names, results, strict=True):
                    key = f"{name}_{build}"
                    assert_array_equal(value.reshape(-1), case.arrays[key], err_msg=f"{file} {case.name} {key}")
                    compared += 1
    assert compared == COUNTS[file][2]


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
    def compute(case):
        args = [case.arrays[name] for name in ("input", "multiplier", "shift")]
        return lambda rounding: [kernels.requantize(*args, rounding=rounding)]

    compare(shared, "requantize", compute)


def test_requantize_vector_form(shared):
    """The M55's vector instruction departs only where the left shift by one more wraps."""
    departed = 0
    for case in cases(shared, "requantize"):
        values, multiplier, shift = (case.arrays[name] for name in ("input", "multiplier", "shift"))
        assert_array_equal(kernels.requantize(values, multiplier, shift), case.arrays["output_m55_mve"])
        wide = values.astype(np.int64) << np.maximum(shift + 1, 0).astype(np.int64)
        exact = (shift < 0) | (np.abs(wide) < 2**31)
        ours = kernels.requantize(values, multiplier, shift, rounding="single")
        theirs = case.arrays["output_m55_mve_single_rounding"]
        assert_array_equal(ours[exact], theirs[exact])
        departed += np.count_nonzero(ours[~exact] != theirs[~exact])
    assert departed > 0


def test_conv_2d(shared):
    def compute(case):
        x = case.array("input", case.batch, case.in_h, case.in_w, case.in_c)
        weights = case.array("weights", case.out_c, case.k_h, case.k_w, case.k_c)
        bias = case.array("bias", case.out_c)
        options = convolution(case, (case.dilation_h, case.dilation_w))
        return lambda rounding: [kernels.conv_2d(x, weights, bias, **options, rounding=rounding)]

    compare(shared, "conv", compute)


def test_conv_1d_is_conv_2d_of_one_row(shared):
    found = [case for case in cases(shared, "conv") if case.shape == "conv1d"]
    assert len(found) == CONV_1D_CASES
    for case in found:
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


def test_depthwise_conv_2d(shared):
    def compute(case):
        x = case.array("input", case.batch, case.in_h, case.in_w, case.in_c)
        weights = case.array("weights", 1, case.k_h, case.k_w, case.out_c)
        bias = case.array("bias", case.out_c)
        options = convolution(case, (case.dilation_h, case.dilation_w))
        return lambda rounding: [kernels.depthwise_conv_2d(x, weights, bias, **options, rounding=rounding)]

    compare(shared, "depthwise_conv", compute)


def test_transpose_conv(shared):
    def compute(case):
        x = case.array("input", case.batch, case.in_h, case.in_w, case.in_c)
        weights = case.array("weights", case.out_c, case.k_h, case.k_w, case.k_c)
        bias = case.array("bias", case.out_c)
        options = convolution(case, (1, 1)) | {"padding": case.padding, "output_shape": (case.out_h, case.out_w)}
        del options["dilation"]
        return lambda rounding: [kernels.transpose_conv(x, weights, bias, **options, rounding=rounding)]

    compare(shared, "transpose_conv", compute)


def test_fully_connected(shared):
    def compute(case):
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
        return lambda rounding: [kernels.fully_connected(x, weights, bias, **options, rounding=rounding)]

    compare(shared, "fully_connected", compute)


@pytest.mark.parametrize(
    ("file", "kernel"),
    [("max_pool", kernels.max_pool_2d), ("avg_pool", kernels.average_pool_2d)],
    ids=["max", "average"],
)
def test_pools(shared, file, kernel):
    def compute(case):
        x = case.array("input", case.batch, case.in_h, case.in_w, case.in_c)
        options = {
            "pool": (case.k_h, case.k_w),
            "stride": (case.stride_h, case.stride_w),
            "padding": padding(case, case.k_h, case.k_w),
            **case.activation,
        }
        return lambda _: [kernel(x, **options)]

    compare(shared, file, compute)


def test_add(shared):
    def compute(case):
        x, y = case.arrays["input"], case.arrays["input2"]
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
        return lambda rounding: [kernels.add(x, y, **options, rounding=rounding)]

    compare(shared, "elementwise_add", compute)


def test_mul(shared):
    def compute(case):
        x, y = case.arrays["input"], case.arrays["input2"]
        options = {
            "x_zero_point": -case.input1_offset,
            "y_zero_point": -case.input2_offset,
            "output_zero_point": case.output_offset,
            "multiplier": case.output_mult,
            "shift": case.output_shift,
            **case.activation,
        }
        return lambda rounding: [kernels.mul(x, y, **options, rounding=rounding)]

    compare(shared, "elementwise_mul", compute)


def softmax_of(case, dtype):
    x = case.array("input", case.rows, case.cols)
    return kernels.softmax(x, multiplier=case.mult, shift=case.shift, diff_min=case.diff_min, output_dtype=dtype)


@pytest.mark.parametrize(("file", "dtype"), [("softmax_s8", "int8"), ("softmax_s8_s16", "int16")])
def test_softmax(shared, file, dtype):
    compare(shared, file, lambda case: lambda _: [softmax_of(case, dtype)])


def test_softmax_vector_form(shared):
    for case in cases(shared, "softmax_s8"):
        assert_array_equal(softmax_of(case, "int8").reshape(-1), case.arrays["output_m55_mve_path"])


def test_svdf(shared):
    def compute(case):
        args = (
            case.array("input", case.batch, case.in_size),
            case.array("weights_feature", case.num_filters, case.in_size),
            case.array("weights_time", case.num_filters, case.memory),
            case.array("bias", case.units),
        )
        names = ("rank", "mult_in", "shift_in", "mult_out", "shift_out", "input_zero_point")
        clamps = ("in_act_min", "in_act_max", "out_act_min", "out_act_max")
        options = {name: case.params[name] for name in names + clamps}
        options["state_in"] = case.array("state_in", case.batch, case.num_filters, case.memory)
        options["output_zero_point"] = case.output_offset
        return lambda rounding: kernels.svdf(*args, **options, rounding=rounding)

    compare(shared, "svdf_s8", compute, ("output", "state_out"))


def test_lstm(shared):
    def compute(case):
        n, steps, size, hidden = case.batch, case.time_steps, case.input_size, case.hidden_size
        x = case.array("input", *((steps, n, size) if case.time_major else (n, steps, size)))
        gates = {
            gate: case.gates[gate]
            | {
                "weights_input": case.array(f"gate_{gate}_weights_input", hidden, size),
                "weights_hidden": case.array(f"gate_{gate}_weights_hidden", hidden, hidden),
                "effective_bias_input": case.array(f"gate_{gate}_effective_bias_input", hidden),
                "effective_bias_hidden": case.array(f"gate_{gate}_effective_bias_hidden", hidden),
            }
            for gate in ("input", "forget", "cell", "output")
        }
        names = ("forget_to_cell", "input_to_cell", "output_mult", "output_shift", "cell_scale_power", "cell_clip")
        options = {name: case.params[name] for name in names}
        options |= {"time_major": bool(case.time_major), "output_zero_point": case.output_offset}

        def run(rounding):
            output, (hidden_state, cell_state) = kernels.lstm(
                x, gates, **options, saturation="cmsis_nn", rounding=rounding
            )
            assert_array_equal(hidden_state, output[-1] if case.time_major else output[:, -1])
            return output, cell_state

        return run

    compare(shared, "lstm_unidirectional_s8", compute, ("output", "cell_state"))
