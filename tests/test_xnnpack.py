"""arithmetic="xnnpack" against LiteRT with its default delegate: 0 differing bytes."""

from __future__ import annotations

import os
from collections import Counter

import numpy as np
import pytest
from oracles import litert as oracle
from oracles.inputs import samples
from oracles.models import model_bytes
from oracles.operators import GENERATORS, random_inputs

import edgetwin as et
from edgetwin.device.peers import Peer
from edgetwin.graph.lowering.xnnpack.table import XNNPACK_LOWERINGS
from edgetwin.io.tflite_write import write_tflite

#: Models a generator.
MODELS = int(os.environ.get("EDGETWIN_XNNPACK", "12"))
SAMPLES = 3
#: Shared models that LiteRT loads, and inputs; benchmarks/xnnpack.py runs 2,000 of each.
SHARED = {
    "ad01_int8": 40,
    "dtln": 20,
    "gait_int8": 100,
    "hello_int8": 100,
    "kws_int8": 40,
    "micro_speech_int8": 40,
    "resnet8_int8": 20,
}


@pytest.fixture(scope="module")
def litert():
    """LiteRT in a child process."""
    if not oracle.available():
        pytest.skip(f"the ai-edge-litert wheel is not installed: {oracle.INSTALL}")
    with Peer("litert") as peer:
        yield peer


def run_ours(model, graph, given):
    answer = model.run(*[array.reshape(graph.tensors[i].shape) for array, i in zip(given, graph.inputs, strict=True)])
    return answer if isinstance(answer, tuple) else (answer,)


def compare(litert, graph, inputs) -> str:
    """What became of one model: "equal", or who refuses it."""
    data = write_tflite(graph)
    try:
        model = et.load(data, arithmetic="xnnpack")
    except et.ModelError:
        return "refused"
    try:
        theirs = litert.run(data, inputs).outputs
    except oracle.Refused:
        return "LiteRT refuses"
    for given, expected in zip(inputs, theirs, strict=True):
        assert oracle.differing(run_ours(model, graph, given), expected) == 0
    return "equal"


@pytest.mark.parametrize("name", GENERATORS)
def test_same_bytes_as_litert(litert, name):
    outcomes = Counter()
    # Generators make other dtypes too, and scales that nobody takes.
    for number in range(6 * MODELS):
        rng = np.random.default_rng([number, 4, sum(name.encode())])
        graph = oracle.with_intermediates(GENERATORS[name](rng), rng)
        if graph.operators[0].name in XNNPACK_LOWERINGS:
            outcomes[compare(litert, graph, random_inputs(graph, rng, SAMPLES))] += 1
        else:
            with pytest.raises(et.UnsupportedError, match="arithmetic 'xnnpack' is not defined"):
                et.load(write_tflite(graph), arithmetic="xnnpack")
            outcomes["not defined"] += 1
        if outcomes["equal"] + outcomes["not defined"] == MODELS:
            return
    pytest.fail(str(dict(outcomes)))


@pytest.mark.parametrize("name", SHARED)
def test_shared_models_give_litert_s_bytes(litert, shared, name):
    data = model_bytes(shared, name)
    model = et.load(data, arithmetic="xnnpack")
    tensors = [model.graph.tensors[i] for i in model.graph.inputs]
    stacks = [samples(shared, name, tensor, SHARED[name], seed=i) for i, tensor in enumerate(tensors)]
    inputs = [
        [stack[i].reshape(t.shape) for stack, t in zip(stacks, tensors, strict=True)] for i in range(SHARED[name])
    ]
    theirs = litert.run(data, inputs).outputs
    for given, expected in zip(inputs, theirs, strict=True):
        assert oracle.differing(run_ours(model, model.graph, given), expected) == 0
