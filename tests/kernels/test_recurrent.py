"""SVDF and LSTM, the host's code and the device core's, against their slow definitions, and those against CMSIS-NN."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from numpy.testing import assert_array_equal
from oracles import kernels_recurrent as oracle
from oracles.files import npz
from oracles.kernel_arguments import GOOD
from oracles.recurrent_calls import lstm, svdf
from oracles.recurrent_strategies import lstm_calls, svdf_calls

import edgetwin as et
from edgetwin import _core, kernels
from edgetwin.errors import EdgetwinError

SLOW = settings(deadline=None, max_examples=100)
FEWER = settings(deadline=None, max_examples=40)


def core(kernel, p, x, constants, states, level=None):
    """The output's codes and the new states of the device core's own code, or of the host's at a level."""
    states = [state.copy() for state in states]
    (output,) = _core.run_kernel(kernel, p, [x], constants, states, level=level)
    return [output.view(np.int8), *states]


def assert_all_equal(mine, expected):
    for a, b in zip(mine, expected, strict=True):
        assert_array_equal(a, b, strict=True)


@SLOW
@given(svdf_calls())
def test_svdf(call):
    p, x, constants, state = call
    expected = oracle.svdf(p, x, **constants, state=state)
    before = state.copy()
    assert_all_equal(svdf(*call), expected)
    assert_array_equal(state, before)
    assert_all_equal(core("svdf_s8", p, x, constants, [state]), [expected[0].ravel(), expected[1]])


@SLOW
@given(lstm_calls())
def test_lstm(call):
    p, x, constants, state = call
    expected = oracle.lstm(p, x, constants, *state)
    before = [array.copy() for array in state]
    assert_all_equal(lstm(*call), expected)
    assert_all_equal(state, before)
    assert_all_equal(core("lstm_s8", p, x, constants, state), [expected[0].ravel(), *expected[1:]])


@FEWER
@given(svdf_calls())
def test_svdf_of_a_batch_is_that_of_each_sample(call):
    p, x, constants, state = call
    output, new = svdf(*call)
    for i in range(p["batches"]):
        one = svdf(p | {"batches": 1}, x[i : i + 1], constants, state[i : i + 1])
        assert_all_equal(one, (output[i : i + 1], new[i : i + 1]))


@FEWER
@given(lstm_calls(time_major=0))
def test_lstm_of_a_batch_is_that_of_each_sample(call):
    p, x, constants, state = call
    whole = lstm(*call)
    for i in range(p["batches"]):
        one = lstm(p | {"batches": 1}, x[i : i + 1], constants, [array[i : i + 1] for array in state])
        assert_all_equal(one, [array[i : i + 1] for array in whole])


@FEWER
@given(lstm_calls(time_major=1))
def test_lstm_step_by_step_is_one_call(call):
    p, x, constants, state = call
    output, *new = lstm(*call)
    for t in range(p["time_steps"]):
        step, *state = lstm(p | {"time_steps": 1}, x[t : t + 1], constants, state)
        assert_array_equal(step, output[t : t + 1])
        assert_array_equal(step[0], state[0])
    assert_all_equal(state, new)


@FEWER
@given(lstm_calls(time_major=0))
def test_lstm_of_either_order_of_axes(call):
    p, x, constants, state = call
    turned = lstm(p | {"time_major": 1}, np.ascontiguousarray(x.swapaxes(0, 1)), constants, state)
    output, *new = lstm(*call)
    assert_all_equal(turned, (output.swapaxes(0, 1), *new))


@FEWER
@given(lstm_calls())
def test_zero_points_may_be_folded_into_effective_biases(call):
    p, x, constants, state = call
    folded = dict(constants)
    for gate in oracle.GATES:
        for side in ("input", "hidden"):
            bias = constants[f"{gate}_bias_{side}"]
            term = p[f"{side}_zero_point"] * constants[f"{gate}_weights_{side}"].astype(np.int64).sum(1)
            total = (0 if bias is None else bias.astype(np.int64)) - term
            folded[f"{gate}_bias_{side}"] = total.astype(np.uint64).astype(np.uint32).view(np.int32)
    plain = p | {"input_zero_point": 0, "hidden_zero_point": 0}
    assert_all_equal(lstm(plain, x, folded, state), lstm(*call))


def test_lstm_starts_from_real_zero():
    options = GOOD["lstm"] | {"output_zero_point": -37}
    n, size = options["x"].shape[0], 4
    zero = {"hidden_state": np.full((n, size), -37, np.int8), "cell_state": np.zeros((n, size), np.int16)}
    output, state = kernels.lstm(**options | {"hidden_state": None, "cell_state": None})
    expected, expected_state = kernels.lstm(**options | zero)
    assert_all_equal([output, *state], [expected, *expected_state])


def narrow_lstm(input_side, hidden_side, saturation):
    """One unit whose gate sums are about `input_side` and `hidden_side`, before saturation."""
    p = {"batches": 1, "time_steps": 1, "input_size": 1, "hidden_size": 1, "time_major": 0, "rounding": 0}
    p |= {"input_zero_point": 0, "hidden_zero_point": 0, "output_zero_point": 0, "cell_clip": 0}
    p |= {"cell_scale_power": -12, "saturation": saturation}
    constants = {}
    for gate in oracle.GATES:
        for side, value in (("input", input_side), ("hidden", hidden_side)):
            p |= {f"{gate}_{side}_multiplier": 2**30, f"{gate}_{side}_shift": 1}
            constants[f"{gate}_weights_{side}"] = np.zeros((1, 1), np.int8)
            constants[f"{gate}_bias_{side}"] = np.array([value], np.int32)
    for name, shift in (("forget_to_cell", -14), ("input_to_cell", -17), ("hidden", -22)):
        p |= {f"{name}_multiplier": 2**30, f"{name}_shift": shift}
    state = [np.zeros((1, 1), np.int8), np.full((1, 1), 1000, np.int16)]
    return p, np.zeros((1, 1, 1), np.int8), constants, state


@pytest.mark.parametrize(
    ("sides", "differ"),
    [((-30_000, 60_000), True), ((30_000, -60_000), True), ((60_000, -30_000), False), ((-30_000, 32_767), False)],
)
def test_saturations_differ_where_the_hidden_product_leaves_int16(sides, differ):
    results = []
    for saturation in (0, 1):
        call = narrow_lstm(*sides, saturation)
        p, x, constants, state = call
        results.append(lstm(*call))
        assert_all_equal(results[-1], oracle.lstm(p, x, constants, *state))
    assert (results[0][2] != results[1][2]).any() == differ


@pytest.mark.parametrize("clip", [0, 1, 500, 32_767])
def test_cell_clip(clip):
    p, x, constants, state = narrow_lstm(32_000, 0, 0)
    state = [state[0], np.array([[-32_768]], np.int16)]
    p |= {"cell_clip": clip, "forget_to_cell_shift": -10, "input_to_cell_multiplier": 0}
    result = lstm(p, x, constants, state)
    assert_all_equal(result, oracle.lstm(p, x, constants, *state))
    assert result[2].item() == -(clip or 32_768)


SPOILED = {
    "svdf": {"rank": 0, "mult_in": -1, "shift_out": 31, "state_zero_point": 128, "x": np.zeros((1, 9), np.int8)},
    "lstm": {"gates": {}, "output_mult": -1, "cell_clip": 32_768, "saturation": "", "x": np.zeros((9, 9, 9), np.int8)},
}


@pytest.mark.parametrize(("kernel", "name"), [(kernel, name) for kernel in SPOILED for name in SPOILED[kernel]])
def test_a_refused_call_leaves_the_state_alone(kernel, name):
    n = GOOD["lstm"]["x"].shape[0]
    states = {"svdf": {"state_in": GOOD["svdf"]["state_in"].copy()}}
    states["lstm"] = {"hidden_state": np.full((n, 4), 5, np.int8), "cell_state": np.full((n, 4), -7, np.int16)}
    given_states = states[kernel]
    before = {key: array.copy() for key, array in given_states.items()}
    with pytest.raises(EdgetwinError):
        getattr(kernels, kernel)(**GOOD[kernel] | given_states | {name: SPOILED[kernel][name]})
    for key, array in given_states.items():
        assert_array_equal(array, before[key], strict=True)


@pytest.mark.parametrize("level", [*et.archs(), None])
@pytest.mark.parametrize("spoiled", ["params", "input", "constant", "state"])
@pytest.mark.parametrize("kernel", ["svdf_s8", "lstm_s8"])
def test_a_refused_call_in_place_leaves_the_state_alone(kernel, spoiled, level):
    """The form that advances states in place."""
    p = {name: 1 for name, _ in _core.kernel_fields()[kernel]}
    layout = _core.kernel_layout(kernel, p)
    slots = _core.kernel_slots()[kernel]
    constants = {
        name: np.ones(size, np.uint8) for name, size in zip(slots["constants"], layout["constants"], strict=False)
    }
    states = [np.full(size, 5, np.uint8) for size in layout["state"] if size]
    x = np.ones(layout["inputs"][0], np.uint8)
    _core.run_kernel(kernel, p, [x], constants, [state.copy() for state in states], level=level)
    if spoiled == "params":
        p["output_zero_point"] = 128
    elif spoiled == "input":
        x = np.ones(x.size + 1, np.uint8)
    elif spoiled == "constant":
        constants[slots["constants"][0]] = None
    else:
        states[-1] = np.full(states[-1].size + 1, 5, np.uint8)
    with pytest.raises(EdgetwinError):
        _core.run_kernel(kernel, p, [x], constants, states, level=level)
    assert all((state == 5).all() for state in states)


def records(shared, file, count):
    """Names, parameters and arrays of the recorded cases."""
    data = npz(shared / "golden" / "cmsis_nn" / f"{file}.npz")
    names = sorted({key.split(".")[0] for key in data})
    assert len(names) == count
    for name in names:
        arrays = {key.split(".", 1)[1]: data[key] for key in data if key.startswith(f"{name}.")}
        yield name, json.loads(str(arrays["params"])), arrays


BUILDS = ("m3", "m4_single_rounding")


def test_the_definition_of_svdf_equals_cmsis_nn(shared):
    for name, case, arrays in records(shared, "svdf_s8", 30):
        names = {"batches": "batch", "input_size": "in_size", "filters": "num_filters", "memory": "memory"}
        names |= {"rank": "rank", "input_zero_point": "input_zero_point", "output_zero_point": "output_offset"}
        names |= {"input_multiplier": "mult_in", "input_shift": "shift_in"}
        names |= {"output_multiplier": "mult_out", "output_shift": "shift_out"}
        names |= {"state_min": "in_act_min", "state_max": "in_act_max"}
        names |= {"activation_min": "out_act_min", "activation_max": "out_act_max"}
        p = {ours: case[theirs] for ours, theirs in names.items()} | {"state_zero_point": 0}
        filters, memory = p["filters"], p["memory"]
        for rounding, build in enumerate(BUILDS):
            output, state = oracle.svdf(
                p | {"rounding": rounding},
                arrays["input"].reshape(p["batches"], -1),
                arrays["weights_feature"].reshape(filters, -1),
                arrays["weights_time"].reshape(filters, memory),
                arrays.get("bias"),
                arrays["state_in"].reshape(p["batches"], filters, memory),
            )
            assert_array_equal(output.ravel(), arrays[f"output_{build}"], err_msg=f"{name} {build}")
            assert_array_equal(state.ravel(), arrays[f"state_out_{build}"], err_msg=f"{name} {build}")


def test_the_definition_of_lstm_equals_cmsis_nn(shared):
    for name, case, arrays in records(shared, "lstm_unidirectional_s8", 20):
        n, steps, size, hidden = (case[key] for key in ("batch", "time_steps", "input_size", "hidden_size"))
        p = {"batches": n, "time_steps": steps, "input_size": size, "hidden_size": hidden, "saturation": 1}
        p |= {"input_zero_point": 0, "hidden_zero_point": 0, "output_zero_point": case["output_offset"]}
        p |= {key: int(case[key]) for key in ("time_major", "cell_clip", "cell_scale_power")}
        p |= {"hidden_multiplier": case["output_mult"], "hidden_shift": case["output_shift"]}
        for key in ("forget_to_cell", "input_to_cell"):
            p[f"{key}_multiplier"], p[f"{key}_shift"] = case[key]
        constants = {}
        for gate in oracle.GATES:
            for side in ("input", "hidden"):
                p[f"{gate}_{side}_multiplier"] = case["gates"][gate][f"{side}_mult"]
                p[f"{gate}_{side}_shift"] = case["gates"][gate][f"{side}_shift"]
                constants[f"{gate}_weights_{side}"] = arrays[f"gate_{gate}_weights_{side}"].reshape(hidden, -1)
                constants[f"{gate}_bias_{side}"] = arrays.get(f"gate_{gate}_effective_bias_{side}")
        x = arrays["input"].reshape(*((steps, n) if p["time_major"] else (n, steps)), size)
        zero = (np.full((n, hidden), p["output_zero_point"], np.int8), np.zeros((n, hidden), np.int16))
        for rounding, build in enumerate(BUILDS):
            output, _, cell = oracle.lstm(p | {"rounding": rounding}, x, constants, *zero)
            assert_array_equal(output.ravel(), arrays[f"output_{build}"], err_msg=f"{name} {build}")
            assert_array_equal(cell.ravel(), arrays[f"cell_state_{build}"], err_msg=f"{name} {build}")
