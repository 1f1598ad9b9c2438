"""arithmetic="single_rounding": every layer is the definition on the layer before, and it is not "tflm"."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view
from numpy.testing import assert_array_equal
from oracles.inputs import samples
from oracles.models import model_bytes

import edgetwin as et


def requantized(accumulators, params, constants):
    """CMSIS-NN's arm_nn_requantize under CMSIS_NN_USE_SINGLE_ROUNDING: one rounding, ties towards +infinity."""
    multiplier, shift = (constants[name].astype(np.int64) for name in ("multiplier", "shift"))
    scaled = (accumulators * multiplier + (np.int64(1) << (30 - shift))) >> (31 - shift)
    codes = scaled + params["output_zero_point"]
    return np.clip(codes, params["activation_min"], params["activation_max"]).astype(np.int8)


def fully_connected(x, params, constants):
    rows = x.reshape(-1, params["input_features"]).astype(np.int64) - params["input_zero_point"]
    weights = constants["weights"].reshape(params["output_features"], -1).astype(np.int64)
    return requantized(rows @ (weights - params["weights_zero_point"]).T + constants["bias"], params, constants)


def conv_1d(x, params, constants):
    """Stride 1, height 1, as in the gait model."""
    assert (params["stride_w"], params["kernel_h"], params["dilation_w"]) == (1, 1, 1)
    x = x.reshape(-1, params["input_w"], params["input_c"]).astype(np.int64) - params["input_zero_point"]
    after = params["output_w"] + params["kernel_w"] - 1 - params["input_w"] - params["pad_left"]
    padded = np.pad(x, ((0, 0), (params["pad_left"], after), (0, 0)))
    windows = sliding_window_view(padded, params["kernel_w"], 1).swapaxes(2, 3)
    weights = constants["weights"].reshape(params["output_c"], -1).astype(np.int64)
    sums = windows.reshape(*windows.shape[:2], -1) @ weights.T + constants["bias"]
    return requantized(sums, params, constants)


DEFINITIONS = {"fully_connected_s8": fully_connected, "conv_2d_s8": conv_1d}


@pytest.mark.parametrize(("name", "layers"), [("gait_int8", 5), ("hello_int8", 3), ("ad01_int8", 10)])
def test_layers_equal_the_definition(shared, name, layers):
    model = et.load(model_bytes(shared, name), arithmetic="single_rounding")
    tensor = model.graph.tensors[model.graph.inputs[0]]
    x = samples(shared, name, tensor, 40).reshape(40, *model.inputs[0].shape)
    trace, double = model.trace(x), et.load(model_bytes(shared, name)).trace(x)
    values = {model.graph.inputs[0]: x}
    values |= {model.graph.operators[index].outputs[0]: array for index, array in trace.items()}
    checked = 0
    for step in model.steps:
        if step.kernel in DEFINITIONS:
            expected = DEFINITIONS[step.kernel](values[step.inputs[0]], step.params, step.constants)
            assert_array_equal(trace[step.operator].reshape(expected.shape), expected, err_msg=str(step.operator))
            checked += 1
    assert checked == layers
    assert any((trace[index] != double[index]).any() for index in trace), "no sample in which the rounding matters"


def test_real_strides_that_differ(shared):
    """As many as in which XNNPACK differs, one step each: rounding alone moves a tenth of the outputs."""
    model, single = (et.load(model_bytes(shared, "gait_int8"), arithmetic=a) for a in ("tflm", "single_rounding"))
    codes = []
    for trial in ("PWS", "PWS+20"):
        with np.load(shared / "golden/gait" / f"Sub_FZ_{trial}_RF.npz") as data:
            codes.append(data["int8_input"])
    x = np.concatenate(codes)
    steps = single.run(x).astype(int) - model.run(x)
    assert np.count_nonzero(steps) == 22
    assert np.abs(steps).max() == 1


def test_lstm_is_the_kernel_of_that_build(shared):
    model = et.load(model_bytes(shared, "dtln"), arithmetic="single_rounding")
    (lstm, *_) = [step for step in model.steps if step.kernel == "lstm_s8"]
    assert (lstm.params["rounding"], lstm.params["saturation"]) == (1, 1)
    assert model.arithmetic == "single_rounding"


def test_unknown_arithmetic_names_those_there_are():
    with pytest.raises(et.UnsupportedError, match="accepted are: tflm, single_rounding"):
        et.load(et.data.demo_model(), arithmetic="double")
