"""Random float32 graphs of 3 to 12 operators: near LiteRT, alone and in a batch, with one thread and two; and the
pinned wheel's bytes and arena.
"""

from __future__ import annotations

import os
from collections import Counter

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from oracles.float32.random_graphs import OTHER_CURVES, real_graph
from oracles.litert import Refused, assert_near
from oracles.tflm import Refused as RefusedByTheWheel

import edgetwin as et
from edgetwin.io.tflite_write import write_tflite

#: Graphs in all; the full number of the release check is 200.
GRAPHS = int(os.environ.get("EDGETWIN_FLOAT32_GRAPHS", "40"))
BLOCKS = 4
SAMPLES = 6
GATED = ("logistic", "unidirectional_sequence_lstm")


def as_tuple(outputs):
    return outputs if isinstance(outputs, tuple) else (outputs,)


def without_batch(graph, sample):
    """The arrays of one sample, where their first axis is the batch axis without it."""
    shapes = [graph.tensors[index].shape for index in graph.inputs]
    return [x.reshape(shape[shape[:1] == (1,) :]) for x, shape in zip(sample, shapes, strict=True)]


def compare(litert, data, graph, samples):
    delegate, plain = litert.run(data, samples)
    model, threaded = et.load(data, num_threads=1), et.load(data, num_threads=2)
    batched = [graph.tensors[index].shape[:1] == (1,) for index in graph.inputs]
    batch = [
        np.stack([sample[i][0] for sample in samples]) if with_axis else samples[0][i]
        for i, with_axis in enumerate(batched)
    ]
    together = as_tuple(threaded.run(*batch))
    for number, sample in enumerate(samples):
        answers = as_tuple(model.run(*without_batch(graph, sample)))
        for i, (ours, *theirs) in enumerate(zip(answers, delegate[number], plain[number], strict=True)):
            assert_near(ours, *theirs, what=f"sample {number}, output {i}")
            assert_array_equal(together[i][number].reshape(-1), ours.reshape(-1), err_msg="a batch")


@pytest.mark.parametrize("block", range(BLOCKS))
def test_near_litert(litert, block):
    outcomes = Counter()
    for number in range(block, GRAPHS, BLOCKS):
        graph, samples = real_graph(np.random.default_rng([number, 78]), SAMPLES)
        data = write_tflite(graph)
        try:
            compare(litert, data, graph, samples)
        except Refused:
            outcomes["LiteRT refuses"] += 1
            continue
        except (AssertionError, et.EdgetwinError) as error:
            raise AssertionError(f"graph {number}: {error}") from error
        outcomes["near"] += 1
    assert outcomes["LiteRT refuses"] <= 0.1 * outcomes["near"], dict(outcomes)


@pytest.mark.parametrize("block", range(BLOCKS))
def test_same_bytes_as_the_wheel(tflm, block):
    """Where it has all operators, but for those whose gates it takes another way below -9."""
    compared = 0
    for number in range(block, GRAPHS, BLOCKS):
        graph, samples = real_graph(np.random.default_rng([number, 78]), SAMPLES)
        if any(operator.name in GATED for operator in graph.operators):
            continue
        data = write_tflite(graph)
        try:
            answer = tflm.run(data, samples, len(graph.outputs))
        except RefusedByTheWheel:
            continue
        model = et.load(data)
        for sample, theirs in zip(samples, answer.outputs, strict=True):
            for ours, expected in zip(as_tuple(model.run(*without_batch(graph, sample))), theirs, strict=True):
                assert_array_equal(ours.reshape(-1), expected.reshape(-1), err_msg=f"graph {number}")
        assert model.profile().arena_bytes == answer.arena_bytes, f"graph {number}"
        compared += 1
    assert compared >= GRAPHS // BLOCKS // 3


def test_graphs_show_operators_that_integers_do_not_have():
    seen = set()
    for number in range(120):
        graph, _ = real_graph(np.random.default_rng([number, 78]), SAMPLES)
        seen |= {operator.name for operator in graph.operators}
    assert seen >= OTHER_CURVES.keys() | {"reduce_prod"}
    assert len(seen) >= 40
