"""Random graphs of 3 to 12 operators against the pinned wheel: outputs, every operator, batches, state, memory."""

from __future__ import annotations

import os
from collections import Counter

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from oracles.random_graph_operators import MAKERS
from oracles.random_graphs import random_graph
from oracles.tflm import Refused

import edgetwin as et
from edgetwin.io.tflite_write import write_tflite

FORMS = {
    "residual", "tensor used twice", "several outputs", "output that is read", "output that is an input",
    "same output twice", "dead operator", "constant first input", "several inputs", "input without a batch axis",
    "shape arithmetic", "operator of several outputs", "float32 input", "int16 input", "uint8 input",
}  # fmt: skip
#: Graphs of each dtype; the full number of the release check is 500.
GRAPHS = int(os.environ.get("EDGETWIN_GRAPHS", "60"))
BLOCKS = 6
SAMPLES = 8


def block_of_graphs(block, dtype):
    for number in range(block, GRAPHS, BLOCKS):
        yield number, random_graph(np.random.default_rng([number, 77]), SAMPLES, dtype)


def compare(tflm, data, drawn):
    """One graph's outputs, alone, in a batch and with state; every operator's output; arena. Return the outputs."""
    model, graph = et.load(data, num_threads=1 + len(data) % 2), drawn.graph
    samples = drawn.samples
    wheel = tflm.run(data, samples, len(graph.outputs))
    expected = [np.stack([answer[i] for answer in wheel.outputs]) for i in range(len(graph.outputs))]
    batched = [graph.tensors[index].shape[:1] == (1,) for index in graph.inputs]
    batch = [
        np.stack([sample[i][0] for sample in samples]) if with_axis else samples[0][i]
        for i, with_axis in enumerate(batched)
    ]
    singles = [[x.reshape(x.shape[with_axis:]) for x, with_axis in zip(s, batched, strict=True)] for s in samples]
    for theirs, ours in zip(expected, as_tuple(model.run(*batch)), strict=True):
        assert ours.dtype == theirs.dtype
        assert_array_equal(ours.reshape(theirs.shape), theirs, err_msg="a batch")
    for i, single in enumerate(singles):
        for theirs, ours in zip(expected, as_tuple(model.run(*single)), strict=True):
            assert_array_equal(ours.reshape(theirs.shape[1:]), theirs[i], err_msg="one sample")

    trace = model.trace(*batch)
    tensors = {operator: graph.operators[operator].outputs[0] for operator in trace}
    preserved = tflm.run(data, samples, len(graph.outputs), tensors=list(tensors.values())).tensors
    for operator, tensor in tensors.items():
        theirs = np.stack([answer[tensor] for answer in preserved])
        assert_array_equal(trace[operator].reshape(theirs.shape), theirs, err_msg=graph.where(operator))

    if model.profile().state_bytes:
        carried = tflm.run(data, samples, len(graph.outputs), keep_state=True).outputs
        state = model.state()
        for single, answer in zip(singles, carried, strict=True):
            for theirs, ours in zip(answer, as_tuple(model.run(*single, state=state)), strict=True):
                assert_array_equal(ours.reshape(theirs.shape), theirs, err_msg="with state")

    assert model.profile().arena_bytes == wheel.arena_bytes
    return expected


def as_tuple(outputs):
    return outputs if isinstance(outputs, tuple) else (outputs,)


@pytest.mark.parametrize("dtype", ["int8", "int16"])
@pytest.mark.parametrize("block", range(BLOCKS))
def test_same_bytes_as_the_wheel(tflm, block, dtype):
    outcomes, distinct, telling = Counter(), [], 0
    for number, drawn in block_of_graphs(block, dtype):
        data = write_tflite(drawn.graph)
        try:
            outputs = compare(tflm, data, drawn)
        except Refused:
            with pytest.raises(et.ModelError):
                et.load(data)
            outcomes["both refuse"] += 1
            continue
        except (AssertionError, et.EdgetwinError) as error:
            raise AssertionError(f"graph {number}: {error}") from error
        outcomes["equal"] += 1
        distinct.append(max(np.unique(output).size for output in outputs))
        telling += any(len({row.tobytes() for row in output}) > SAMPLES // 2 for output in outputs)
    assert outcomes["both refuse"] <= 0.1 * outcomes["equal"], dict(outcomes)
    assert telling >= 0.6 * outcomes["equal"], "outputs do not tell inputs apart"
    assert np.median(distinct) >= 10, "outputs take few values"


def test_graphs_show_every_form():
    """Of twice the default number, which a run of all of them contains."""
    forms, sizes = set(), set()
    for number in range(120):
        drawn = random_graph(np.random.default_rng([number, 77]), SAMPLES)
        forms |= drawn.forms
        sizes.add(len(drawn.graph.operators))
    assert forms >= FORMS
    assert forms >= MAKERS.keys()
    assert sizes == set(range(3, 13))
