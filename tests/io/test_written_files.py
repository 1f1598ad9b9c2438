"""Files that another writer laid out, read and written again: every runtime computes the same bytes from both."""

from __future__ import annotations

import numpy as np
import pytest
from oracles import flat, flat_read
from oracles.random_graphs import random_graph

import edgetwin as et
from edgetwin.conformance.generators.operators import GENERATORS, random_inputs
from edgetwin.device.peers import Peer
from edgetwin.graph.graph import graphs_equal
from edgetwin.io.tflite_read import read_tflite
from edgetwin.io.tflite_write import write_tflite

SAMPLES = 3


@pytest.fixture(scope="module", params=["tflm", "litert"])
def peer(request):
    """Each runtime in its child process."""
    request.getfixturevalue(request.param)  # skips where it is not installed
    with Peer(request.param) as peer:
        yield peer


def of_another_writer(graph) -> bytes:
    """The same model in another layout, options and all."""
    written = write_tflite(graph)
    data = flat.serialize(flat_read.parse(written))
    assert data != written
    return data


def same_from_both(peer, graph, samples) -> bool:
    """Whether the runtime runs it, always alike; what it gives from the two files has to be the same.

    LiteRT's SVDF reads state that it never set, so that its outputs change from run to run: not asked.
    """
    original = of_another_writer(graph)
    read = read_tflite(original)
    written = write_tflite(read)
    assert graphs_equal(read_tflite(written), read)
    if peer.runtime == "litert" and any(operator.name == "svdf" for operator in graph.operators):
        return False
    try:
        expected = peer.run(original, samples).outputs
    except et.DeviceError:
        with pytest.raises(et.DeviceError):
            peer.run(written, samples)
        return False
    assert _bytes(peer.run(written, samples).outputs) == _bytes(expected)
    return True


def _bytes(outputs):
    return [array.tobytes() for sample in outputs for array in sample]


def ours_from_both(graph, samples) -> None:
    original = of_another_writer(graph)
    try:
        model = et.load(original)
    except et.ModelError:
        return
    again = et.load(write_tflite(read_tflite(original)))
    for sample in samples:
        given = [x.reshape(x.shape[x.shape[:1] == (1,) :]) for x in sample]
        pairs = zip(*(y if isinstance(y, tuple) else (y,) for y in (model.run(*given), again.run(*given))), strict=True)
        assert all(a.tobytes() == b.tobytes() for a, b in pairs)


@pytest.mark.parametrize("operator", GENERATORS)
def test_single_operators(peer, operator):
    for seed in range(3):
        graph = GENERATORS[operator](np.random.default_rng([seed, 55]))
        samples = random_inputs(graph, np.random.default_rng(seed), SAMPLES)
        same_from_both(peer, graph, samples)
        ours_from_both(graph, samples)


def test_random_graphs(peer):
    ran = 0
    for number in range(25):
        drawn = random_graph(np.random.default_rng([number, 55]), SAMPLES)
        ran += same_from_both(peer, drawn.graph, drawn.samples)
        ours_from_both(drawn.graph, drawn.samples)
    assert ran >= 6
