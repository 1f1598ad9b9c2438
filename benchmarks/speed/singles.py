"""Single operators: GMAC/s and the share of the peak, beside other runtimes."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import partial

import numpy as np

import edgetwin as et
from edgetwin.graph.graph import Graph
from edgetwin.io.tflite_write import write_tflite

from .generated import OPERATORS
from .machine import levels
from .peers import Probe, litert, opened, tflite_micro
from .timing import Body, Effort, interleaved

BATCH = 64
_CHECKED = 16


@dataclass
class Single:
    """One operator: multiply-accumulates of a sample, elements of its output, seconds of a sample by body."""

    name: str
    macs: int
    elements: int
    #: Bytes of weights, input and output of a sample.
    traffic: int = 0
    seconds: dict[str, float] = field(default_factory=dict)
    fastest: dict[str, float] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)


def traffic(model: et.Model) -> int:
    """Bytes that a sample cannot do without: constants, inputs and outputs."""
    ends = sum(math.prod(spec.shape) * spec.dtype.itemsize for spec in (*model.inputs, *model.outputs))
    return int(model.profile().flash_bytes + ends)


def random_samples(graph: Graph, count: int) -> list[list[np.ndarray]]:
    """Full-range codes for every input, with the file's shapes."""
    rng = np.random.default_rng(9)
    tensors = [graph.tensors[index] for index in graph.inputs]
    return [
        [rng.integers(np.iinfo(t.dtype).min, np.iinfo(t.dtype).max, t.shape, t.dtype, endpoint=True) for t in tensors]
        for _ in range(count)
    ]


def measure(name: str, probe: Probe, effort: Effort) -> Single:
    """Compare one operator's bytes with the wheel's at every level, then time it everywhere."""
    graph = OPERATORS[name]()
    data = write_tflite(graph)
    model = et.load(data, num_threads=1)
    made = Single(name, model.profile().macs, graph.tensors[graph.outputs[0]].size, traffic(model))
    x = random_samples(graph, _CHECKED)
    wheel = opened(partial(tflite_micro, data, 1 << 20), "tflite-micro")
    expected = []
    if isinstance(wheel, str):
        made.notes["tflm"] = wheel
    else:
        for sample in x:
            wheel.reset()
            expected.append(np.array(wheel.whole(sample)[0]).tobytes())
    stacks = [
        np.ascontiguousarray(np.concatenate(arrays).reshape(len(x), *spec.shape))
        for arrays, spec in zip(zip(*x, strict=True), model.inputs, strict=True)
    ]
    batch = [np.ascontiguousarray(np.resize(stack, (BATCH, *stack.shape[1:]))) for stack in stacks]
    bodies: dict[str, Body] = {}
    for level, within in levels().items():
        with within():
            ours = et.load(data, num_threads=1)
            together = ours.run(*stacks)
            for i, theirs in enumerate(expected):
                single = ours.run(*(stack[i] for stack in stacks))
                if together[i].tobytes() != theirs or single.tobytes() != theirs:
                    raise AssertionError(f"{name}, {level}: sample {i} has other bytes than the wheel's")
        bodies[f"single {level}"] = Body(partial(ours.run, *(stack[0] for stack in stacks)), 1, within)
        bodies[f"batch {level}"] = Body(partial(ours.run, *batch), BATCH, within)
    crash = probe.refusal(data, x[0])
    peer = crash or opened(partial(litert, data, x[0], 1), "ai-edge-litert")
    if isinstance(peer, str):
        made.notes["litert"] = peer
    elif peer.raw is not None:
        bodies["litert raw"] = Body(peer.raw)
    if not isinstance(wheel, str) and wheel.raw is not None:
        bodies["tflm raw"] = Body(wheel.raw)
    times = interleaved(bodies, effort)
    made.seconds, made.fastest = times.median, times.fastest
    return made
