"""arithmetic="xnnpack" against LiteRT with its default delegate: 0 differing bytes. What it is not defined for."""

from __future__ import annotations

import os
from collections import Counter

import numpy as np
import pytest
from oracles import litert as oracle
from oracles.inputs import samples
from oracles.random_graphs import random_graph

import edgetwin as et
from edgetwin.conformance.generators.builder import Builder, affine
from edgetwin.conformance.generators.operators import GENERATORS, random_inputs
from edgetwin.graph.lowering.xnnpack.table import XNNPACK_LOWERINGS
from edgetwin.io.tflite_write import write_tflite

#: Models a generator.
MODELS = int(os.environ.get("EDGETWIN_XNNPACK", "12"))
SAMPLES = 3
#: Random graphs of several operators.
GRAPHS = 2 * MODELS
#: Shared models that LiteRT loads, and inputs; benchmarks/xnnpack.py runs 2,000 of each.
SHARED = {
    "ad01_int8": 40,
    "dtln": 20,
    "gait_int8": 100,
    "hello_int8": 100,
    "kws_int8": 40,
    "micro_speech_int8": 40,
    "person": 4,
    "resnet8_int8": 20,
}


def compare(delegate, graph, inputs) -> str:
    """What became of one model: "equal", or who refuses it."""
    data = write_tflite(graph)
    try:
        model = et.load(data, arithmetic="xnnpack")
    except et.ModelError:
        return "refused"
    try:
        theirs = delegate.run(data, inputs).outputs
    except oracle.Refused:
        return "LiteRT refuses"
    for given, expected in zip(inputs, theirs, strict=True):
        assert oracle.differing(oracle.run_ours(model, given), expected) == 0
    return "equal"


@pytest.mark.parametrize("name", GENERATORS)
def test_same_bytes_as_litert(delegate, name):
    outcomes = Counter()
    # Generators make other dtypes too, and scales that nobody takes.
    for number in range(6 * MODELS):
        rng = np.random.default_rng([number, 4, sum(name.encode())])
        graph = oracle.with_intermediates(GENERATORS[name](rng), rng)
        if graph.operators[0].name in XNNPACK_LOWERINGS:
            outcomes[compare(delegate, graph, random_inputs(graph, rng, SAMPLES))] += 1
        else:
            with pytest.raises(et.UnsupportedError, match="arithmetic 'xnnpack' is not defined"):
                et.load(write_tflite(graph), arithmetic="xnnpack")
            outcomes["not defined"] += 1
        if outcomes["equal"] + outcomes["not defined"] == MODELS:
            return
    pytest.fail(str(dict(outcomes)))


@pytest.mark.parametrize("name", SHARED)
def test_shared_models_give_litert_s_bytes(delegate, shared, name):
    size, differing, _ = oracle.compare_shared(shared, delegate, name, SHARED[name])
    assert size > 0
    assert differing == 0


@pytest.mark.parametrize("name", SHARED)
def test_every_operator_is_litert_s(delegate, shared, name):
    model = et.load(oracle.loadable_bytes(shared, name), arithmetic="xnnpack")
    tensor = model.graph.tensors[model.graph.inputs[0]]
    batch = samples(shared, name, tensor, 4).reshape(4, *model.inputs[0].shape)
    found = model.compare(batch, against="litert")
    assert found.operators
    assert found.equal


def test_compare_names_the_requantization(shared):
    model = et.load(shared / "models/gait_int8.tflite")
    tensor = model.graph.tensors[model.graph.inputs[0]]
    batch = samples(shared, "gait_int8", tensor, 40).reshape(40, *model.inputs[0].shape)
    found = model.compare(batch, against="xnnpack")
    assert found.first.name == "conv_2d"
    assert found.outputs[0].largest == 1
    assert "double rounding against float32 requantization; rounding tie" in found.cause


def test_what_litert_leaves_undefined_is_refused_by_name(shared):
    refusal = r"operator 1 \(svdf\): arithmetic 'xnnpack' is not defined for int8 time weights"
    with pytest.raises(et.UnsupportedError, match=refusal):
        et.load(shared / "models/kwscr8.tflite", arithmetic="xnnpack")


def test_convolutions_without_bias_are_refused_as_by_litert(delegate):
    rng = np.random.default_rng(3)
    while len((graph := GENERATORS["conv_2d"](rng)).operators[0].inputs) == 3 or dtype_of(graph) != "int8":
        pass
    with pytest.raises(et.UnsupportedError, match="it has no bias, which LiteRT demands"):
        et.load(write_tflite(graph), arithmetic="xnnpack")
    with pytest.raises(oracle.Refused, match="has_bias"):
        delegate.run(write_tflite(graph), random_inputs(graph, rng, 1))


def dtype_of(graph):
    return graph.tensors[graph.operators[0].inputs[0]].dtype


def test_sums_beyond_int32_are_refused():
    graph = Builder(np.random.default_rng(0))
    x = graph.input((1, 4), quantization=affine(1.0))
    weights = graph.add("weights", (2, 4), "int8", affine(1.0), np.full((2, 4), 127, np.int8))
    bias = graph.add("bias", (2,), "int32", affine(1.0), np.full(2, 2**30, np.int32))
    y = graph.add("output", (1, 2), quantization=affine(1 / 3))
    options = {"fused_activation_function": "none", "keep_num_dims": False}
    data = write_tflite(graph.graph("fully_connected", [x, weights, bias], [y], options, 4))
    et.load(data)
    with pytest.raises(et.UnsupportedError, match="beyond 2\\*\\*31 XNNPACK's kernels differ"):
        et.load(data, arithmetic="xnnpack")


def test_scales_that_float32_cannot_hold_are_refused():
    b = Builder(np.random.default_rng(0))
    x, y = b.input((1, 4), quantization=affine(1e20)), b.input((1, 4), quantization=affine(1e20))
    output = b.add("output", (1, 4), quantization=affine(3e38))
    data = write_tflite(b.graph("mul", [x, y], [output], {"fused_activation_function": "none"}))
    with pytest.raises(
        et.UnsupportedError, match="operator 0 \\(mul\\): effective scale inf, accepted are finite ones"
    ):
        et.load(data, arithmetic="xnnpack")


def test_subnormal_scales_are_refused():
    b = Builder(np.random.default_rng(0))
    x = b.input((1, 4), quantization=affine(0.1))
    data = write_tflite(b.graph("tanh", [x], [b.add("output", (1, 4), quantization=affine(1e-39))], {}))
    with pytest.raises(et.UnsupportedError, match="not defined for the scale 1e-39 of 'output', accepted are normal"):
        et.load(data, arithmetic="xnnpack")


def test_convolutions_padded_beyond_all_measure_are_refused():
    b = Builder(np.random.default_rng(0))
    x = b.input((1, 1, 1, 1), quantization=affine(0.1))
    weights = b.add("weights", (1, 3, 3, 1), "int8", affine(0.1), np.ones((1, 3, 3, 1), np.int8))
    bias = b.add("bias", (1,), "int32", affine(0.01), np.zeros(1, np.int32))
    output = b.add("output", (1, 1, 1, 1), quantization=affine(0.1))
    options = {"padding": "same", "stride_h": 1, "stride_w": 1, "fused_activation_function": "none"}
    options |= {"dilation_h_factor": 8190, "dilation_w_factor": 8190}
    data = write_tflite(b.graph("conv_2d", [x, weights, bias], [output], options))
    et.load(data)
    with pytest.raises(et.UnsupportedError, match=r"the kernels need 53667[0-9]* bytes of scratch"):
        et.load(data, arithmetic="xnnpack")


def test_random_graphs_give_litert_s_bytes(delegate):
    outcomes = Counter()
    for number in range(GRAPHS):
        rng = np.random.default_rng([number, 11])
        drawn = random_graph(rng, SAMPLES)
        outcomes[compare(delegate, drawn.graph, drawn.samples)] += 1
    assert outcomes["equal"] >= GRAPHS / 4, dict(outcomes)
