"""Faults that are none give what the kernels give; those of memory that was not written need a sample before."""

from __future__ import annotations

import numpy as np
import pytest
from mutation.drawing import calls, draw
from mutation.faults import Framed, Narrowed, NotReset, Parameters, Stale, Truncated, coded, finds
from mutation.layers import is_linear, sums
from oracles.networks import Network, windows

import edgetwin as et
from edgetwin.io.tflite_write import write_tflite
from edgetwin.referee.single import step_outputs, traced

LAYERS = {"conv": (6, 5, 2), "depthwise": (5, 4, 3), "max_pool": (6, 6, 2), "average_pool": (4, 6, 3), "dense": (7,)}


@pytest.fixture(params=LAYERS)
def case(request):
    rng = np.random.default_rng(3)
    net = Network(rng, LAYERS[request.param])
    net.layer(request.param)
    net.end("dense")
    x = windows(rng, net.graph(), 32)
    model = et.quantize(et.load(write_tflite(net.graph())), x)
    codes = rng.integers(-128, 128, (20, *model.inputs[0].shape)).astype(np.int8)
    return model, traced(model, [codes])


def test_sums_are_those_of_the_kernels(case):
    model, tensors = case
    for step in model.steps:
        if not is_linear(step):
            continue
        right = tensors[step.outputs[0]]
        made = sums(step, tensors[step.inputs[0]])
        channel = np.broadcast_to(np.arange(made.shape[-1]), made.shape).reshape(-1)
        np.testing.assert_array_equal(coded(step, made.reshape(-1), channel).reshape(right.shape), right)


@pytest.mark.parametrize("saturates", [False, True])
def test_sums_of_16_bits(saturates):
    # Two weights of 127: sums beyond 16 bits for large inputs only.
    net = Network(np.random.default_rng(0), (2,))
    weights = [net.constant(np.array([[1.0, 1.0]])), net.constant(np.zeros(1))]
    net.last = net.operator("fully_connected", [net.input, *weights], (1, 1), fused_activation_function="none")
    model = et.quantize(et.load(write_tflite(net.graph())), np.array([[-1, -1], [1, 1]], np.float32))
    (step,) = model.steps
    codes = np.array([[-128, -127], [-100, 100], [0, 1], [126, 127], [127, 127]], np.int8)
    tensors = traced(model, [codes])
    total = 127 * (codes.astype(int) - step.params["input_zero_point"]).sum(axis=1)
    kept = np.clip(total, -(2**15), 2**15 - 1) if saturates else (total + 2**15) % 2**16 - 2**15
    wrong = coded(step, kept, np.zeros(5, int))
    made = Narrowed("", step, None, saturates).outputs(model.graph, tensors)
    np.testing.assert_array_equal(made.reshape(-1), wrong)


def test_padding_with_the_zero_point_is_right(case):
    model, tensors = case
    for step in model.steps:
        if "kernel_h" in step.params:
            right = Framed("", step, None, step.params["input_zero_point"])
            assert not finds(model.graph, right, tensors).any()
            wrong = Framed("", step, None, step.params["input_zero_point"] // 2 + 50)
            assert finds(model.graph, wrong, tensors).any() == bool(np.any(right.around))


def test_averages_that_are_cut_are_nearer_to_0():
    rng = np.random.default_rng(5)
    net = Network(rng, (4, 6, 3))
    pooled = {"padding": "valid", "stride_h": 2, "stride_w": 3, "filter_height": 2, "filter_width": 3}
    net.last = net.operator("average_pool_2d", [net.input], (1, 2, 2, 3), **pooled, fused_activation_function="none")
    net.end("dense")
    model = et.quantize(et.load(write_tflite(net.graph())), windows(rng, net.graph(), 32))
    tensors = traced(model, [rng.integers(-128, 128, (20, 4, 6, 3)).astype(np.int8)])
    step = next(step for step in model.steps if step.kernel == "average_pool_2d_s8")
    mean = tensors[0].reshape(20, 2, 2, 2, 3, 3).mean(axis=(2, 4))
    made = Truncated("", step, None).outputs(model.graph, tensors)
    np.testing.assert_array_equal(made, np.trunc(mean))
    assert finds(model.graph, Truncated("", step, None), tensors).any()


def test_what_is_stale_is_of_the_sample_before(case):
    model, tensors = case
    step = model.steps[-1]
    right = tensors[step.outputs[0]]
    part = np.zeros(right.shape[1:], bool)
    part[..., -1] = True
    made = Stale("", step, None, part, None).outputs(model.graph, tensors)
    np.testing.assert_array_equal(made[1:, ..., -1], right[:-1, ..., -1])
    np.testing.assert_array_equal(made[..., :-1], right[..., :-1])
    np.testing.assert_array_equal(made[0], right[0])


def test_sums_that_are_not_reset(case):
    model, tensors = case
    step = model.steps[-1]
    right, total = tensors[step.outputs[0]], sums(step, tensors[step.inputs[0]])
    for element in (0, 1):
        made = NotReset("", step, None, element).outputs(model.graph, tensors)
        before = np.concatenate([[0], total[:-1, -1, -1]]) if element == 0 else total[:, -1, 0]
        wrong = coded(step, total[:, -1, element] + before, np.full(len(total), element))
        np.testing.assert_array_equal(made[..., element].reshape(-1), wrong)
        np.testing.assert_array_equal(np.delete(made, element, axis=-1), np.delete(right, element, axis=-1))


def test_drawn_faults_are_each_one_of_the_kinds_and_change_something():
    model = et.load(et.data.demo_model())
    rng = np.random.default_rng(0)
    some = calls(model)
    drawn = [fault for _ in range(400) if (fault := draw(some, rng)) is not None]
    kinds = {fault.kind for fault in drawn}
    assert len(kinds) >= 20
    assert {fault.step.operator for fault in drawn} == {call.step.operator for call in some}
    assert len({fault.key for fault in drawn}) > 150
    rng = np.random.default_rng(0)
    again = [fault for _ in range(400) if (fault := draw(some, rng)) is not None]
    assert [fault.key for fault in again] == [fault.key for fault in drawn]
    tensors = traced(model, [rng.integers(-128, 128, (4, *model.inputs[0].shape)).astype(np.int8)])
    for fault in drawn:
        if isinstance(fault, Parameters) and fault.kind == "bias missing":
            assert not fault.wrong.constants["bias"].any()
            np.testing.assert_array_equal(
                fault.outputs(model.graph, tensors), step_outputs(model.graph, fault.wrong, fault.given(tensors))
            )
