"""The search for test vectors: slopes are those of the network, ends are climbed to, the choice is greedy."""

from __future__ import annotations

import numpy as np
import pytest
from oracles.networks import Network, windows

import edgetwin as et
from edgetwin.conformance.generators.operators import GENERATORS
from edgetwin.io.tflite_write import write_tflite
from edgetwin.referee.reached import cover, reached
from edgetwin.referee.single import traced
from edgetwin.referee.slopes import slopes

LAYERS = ("conv", "depthwise", "average_pool", "max_pool", "residual", "dense")


@pytest.mark.parametrize("kind", LAYERS)
def test_slopes_are_differences(kind):
    """Following a slope for a little way moves the output by about what the slope says."""
    rng = np.random.default_rng(10 + len(kind))
    net = Network(rng, (12,) if kind == "dense" else (5, 6, 3))
    net.choice = lambda *values: values[0]  # no activation, VALID or SAME as it comes, ADD
    net.layer(kind)
    net.end("dense")
    model = et.quantize(et.load(write_tflite(net.graph())), windows(rng, net.graph(), 64) * 4)
    x = rng.integers(-60, 60, (1, *model.inputs[0].shape)).astype(np.int8)
    tensors = traced(model, [x])
    (output,) = model.graph.outputs
    seeds = np.zeros(tensors[output].shape, np.float32)
    seeds[..., 1] = 1  # channel 0 may be dead
    (index,) = model.graph.inputs
    way = slopes(model, output, seeds, tensors)[index].reshape(x.shape)
    stride = max(round(30 / np.abs(way).sum()), 1)
    ends = [np.clip(x + sign * stride * np.sign(way), -128, 127).astype(np.int8) for sign in (-1, 1)]
    moved = [int(model.run(end)[..., 1].item()) for end in ends]
    told = float((way * (ends[1].astype(float) - ends[0])).sum())
    assert moved[1] > moved[0]
    assert 0.6 < (moved[1] - moved[0]) / told < 1.6


def test_cover_takes_what_adds_most_and_begins_again():
    rows = np.array([[1, 0, 0, 0], [1, 1, 1, 0], [0, 0, 0, 1], [0, 0, 1, 1], [0, 0, 0, 0]], bool)
    group = np.packbits(rows, axis=1)
    assert cover([group], 3).tolist()[:2] == [1, 2]
    assert sorted(cover([group], 5)) == [0, 1, 2, 3, 4]
    assert len(cover([group], 9)) == 5
    # A group of one bit counts as much as one of three.
    single = np.packbits(np.array([[0], [0], [0], [0], [1]], bool), axis=1)
    assert cover([group, single], 1).tolist() == [4]


def test_cover_of_many_rows_is_the_plain_greedy_choice():
    rng = np.random.default_rng(0)
    bits = rng.random((200, 64)) < 0.05
    chosen, covered, expected = cover([np.packbits(bits, axis=1)], 20), np.zeros(64, bool), []
    for _ in range(20):
        gains = (bits & ~covered).sum(axis=1)
        gains[expected] = -1
        if gains.max() == 0:
            covered[:] = False
            gains = bits.sum(axis=1)
            gains[expected] = -1
        expected.append(int(np.argmax(gains)))
        covered |= bits[expected[-1]]
    assert chosen.tolist() == expected


def test_every_channel_leaves_its_clamp():
    """Of a layer whose channels random inputs leave at the clamp, most are woken."""
    rng = np.random.default_rng(4)
    net = Network(rng, (24,))
    weights = [net.constant(rng.normal(0, 1, (32, 24))), net.constant(np.full(32, -9.0))]
    net.last = net.operator("fully_connected", [net.input, *weights], (1, 32), fused_activation_function="relu")
    net.end("dense")
    model = et.quantize(et.load(write_tflite(net.graph())), rng.uniform(-2, 2, (64, 24)).astype(np.float32))
    layer = model.steps[0].outputs[0]

    def awake(inputs):
        codes = traced(model, [inputs])[layer]
        return np.mean((codes > codes.min()).any(axis=0))

    random = rng.integers(-128, 128, (64, 24)).astype(np.int8)
    assert awake(model.test_vectors(64).inputs[0]) > max(awake(random), 0.9)


def test_sums_beyond_the_clamp_are_told_apart():
    net = Network(np.random.default_rng(0), (2,))
    weights = [net.constant(np.array([[1.0, 1.0]])), net.constant(np.zeros(1))]
    net.last = net.operator("fully_connected", [net.input, *weights], (1, 1), fused_activation_function="none")
    samples = np.array([[-1, 1], [1, -1], [0.3, 0.3], [-0.3, -0.3]], np.float32)
    model = et.quantize(et.load(write_tflite(net.graph())), samples)
    inputs = np.array([[127, 127], [90, 90]], np.int8)
    assert model.run(inputs).reshape(-1).tolist() == [127, 127]
    beyond = reached(model, [inputs])[-1]
    assert (beyond[0] != beyond[1]).any()


@pytest.mark.parametrize("name", sorted(GENERATORS))
def test_operators_of_every_kind(name):
    for seed in range(2):
        model = et.load(write_tflite(GENERATORS[name](np.random.default_rng(seed))))
        try:
            vectors = model.test_vectors(2)
        except et.UnsupportedError:
            continue
        assert all(len(array) == 2 for array in vectors.inputs)
