"""int16 convolutions, matrix products, SVDF and LSTM, in the device core and in et.kernels, against definitions."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from oracles import kernels_linear as oracle
from oracles import kernels_recurrent as recurrent
from oracles.cases import random_case
from oracles.recurrent_calls import lstm, svdf

from edgetwin import _core, kernels

CASES = 60


def cases(kernel):
    for number in range(CASES):
        yield random_case(kernel, np.random.default_rng([number, sum(kernel.encode()), 1]))


def core(kernel, case):
    """The output's codes of the device core, as a flat array of the input's dtype."""
    state = [array.copy() for array in case.state]
    output = _core.run_kernel(kernel, case.params, case.inputs, case.constants, state)[0]
    return output.view(case.inputs[0].dtype)


def shared(case):
    """What kernels with weights share, by the names of et.kernels."""
    names = ("input_zero_point", "output_zero_point", "activation_min", "activation_max")
    params = {name: case.params[name] for name in names}
    params |= {name: case.constants[name] for name in ("multiplier", "shift")}
    return params | {"rounding": ("double", "single")[case.params["rounding"]]}


def placed(p):
    """Strides, dilations and padding."""
    padding = []
    for axis, pad in (("h", "pad_top"), ("w", "pad_left")):
        reach = (p[f"kernel_{axis}"] - 1) * p[f"dilation_{axis}"] + 1
        after = (p[f"output_{axis}"] - 1) * p[f"stride_{axis}"] + reach - p[f"input_{axis}"] - p[pad]
        padding.append((p[pad], max(after, 0)))
    pairs = {name: (p[f"{name}_h"], p[f"{name}_w"]) for name in ("stride", "dilation")}
    return pairs | {"padding": tuple(padding)}


def check(name, kernel, case, x, weights, params):
    bias = case.constants["bias"]
    given = bias
    if bias is None and kernel.endswith("sum32"):
        # Without a bias et.kernels has sums of 64 bits.
        given = np.zeros(case.params.get("output_c", case.params.get("output_features")), np.int32)
    expected = getattr(oracle, name)(x, weights, given, **params)
    assert_array_equal(core(kernel, case), expected.reshape(-1), strict=True)
    assert_array_equal(getattr(kernels, name)(x, weights, given, **params), expected, strict=True)
    return len(np.unique(expected)) > 1


@pytest.mark.parametrize("kernel", ["conv_2d_s16", "conv_2d_s16_sum32", "depthwise_conv_2d_s16"])
def test_convolutions(kernel):
    varied = 0
    for case in cases(kernel):
        x, weights = case.inputs[0], case.constants["weights"]
        name = "depthwise_conv_2d" if kernel.startswith("depthwise") else "conv_2d"
        varied += check(name, kernel, case, x, weights, shared(case) | placed(case.params))
    assert varied > CASES // 2


def test_conv_1d_is_conv_2d_of_one_row():
    (case,) = [case for case in cases("conv_2d_s16") if case.params["input_h"] == case.params["kernel_h"] == 1][:1]
    params = shared(case) | placed(case.params)
    x, weights, bias = case.inputs[0], case.constants["weights"], case.constants["bias"]
    row = {name: params[name][1] for name in ("stride", "dilation", "padding")}
    answer = kernels.conv_1d(x[:, 0], weights[:, 0], bias, **params | row)
    assert_array_equal(answer[:, None], kernels.conv_2d(x, weights, bias, **params), strict=True)


@pytest.mark.parametrize("kernel", ["fully_connected_s16", "fully_connected_s16_sum32"])
def test_fully_connected(kernel):
    varied = 0
    for case in cases(kernel):
        params = shared(case) | {"weights_zero_point": case.params["weights_zero_point"]}
        varied += check("fully_connected", kernel, case, case.inputs[0], case.constants["weights"], params)
    assert varied > CASES // 2


def test_transpose_conv():
    compared = 0
    for case in cases("transpose_conv_s16"):
        p = case.params
        size, stride = (p["output_h"], p["output_w"]), (p["stride_h"], p["stride_w"])
        if (p["pad_top"], p["pad_left"]) != (0, 0):
            continue
        compared += 1
        params = shared(case) | {"output_shape": size, "stride": stride, "padding": "valid"}
        check("transpose_conv", "transpose_conv_s16", case, case.inputs[0], case.constants["weights"], params)
    assert compared > CASES // 5


def test_batch_matmul():
    for case in cases("batch_matmul_s16"):
        params = {name: case.params[name] for name in ("multiplier", "shift")}
        params |= {f"{side}_zero_point": 0 for side in ("x", "y", "output")}
        params |= {f"adj_{side}": bool(case.params[f"adj_{side}"]) for side in ("x", "y")}
        both = case.params["x_broadcast"] & case.params["y_broadcast"]
        if any(case.params[f"batch_{axis}"] > 1 and both >> axis & 1 for axis in range(3)):
            # Both operands repeated is nothing that shapes can say.
            continue
        expected = oracle.batch_matmul(*case.inputs, **params)
        assert_array_equal(core("batch_matmul_s16", case), expected.reshape(-1), strict=True)
        assert_array_equal(kernels.batch_matmul(*case.inputs, **params), expected, strict=True)


def test_svdf_with_a_wide_state():
    varied = 0
    for case in cases("svdf_s8_s16"):
        state = case.state[0].copy()
        (output,) = _core.run_kernel("svdf_s8_s16", case.params, case.inputs, case.constants, [state])
        expected, new = recurrent.svdf(case.params, case.inputs[0], **case.constants, state=case.state[0])
        assert_array_equal(output.view(np.int8), expected.reshape(-1), strict=True)
        assert_array_equal(state, new, strict=True)
        for mine, theirs in zip(
            svdf(case.params, *case.inputs, case.constants, case.state[0]), (expected, new), strict=True
        ):
            assert_array_equal(mine, theirs, strict=True)
        varied += len(np.unique(new)) > 2
    assert varied > CASES // 2


def test_lstm():
    varied = 0
    for case in cases("lstm_s16"):
        state = [array.copy() for array in case.state]
        (output,) = _core.run_kernel("lstm_s16", case.params, case.inputs, case.constants, state)
        expected, *new = recurrent.lstm(case.params, case.inputs[0], case.constants, *case.state)
        assert_array_equal(output.view(np.int16), expected.reshape(-1), strict=True)
        answers = lstm(case.params, *case.inputs, case.constants, case.state)
        for mine, theirs in zip((*state, *answers), (*new, expected, *new), strict=True):
            assert_array_equal(mine, theirs, strict=True)
        varied += len(np.unique(expected)) > 1
    assert varied > CASES // 2
