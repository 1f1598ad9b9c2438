"""Faults that are proven to change nothing change nothing, whatever tiny networks are given; most others are found."""

from __future__ import annotations

import contextlib
from collections import Counter

import numpy as np
import pytest
from mutation.drawing import calls, draw
from mutation.faults import finds
from mutation.proofs import element_bounds, proof
from oracles.networks import Network, windows

import edgetwin as et
from edgetwin.io.tflite_write import write_tflite
from edgetwin.referee.single import traced

#: Networks of two inputs, all 65,536 of which are tried.
SHAPES = {
    "dense": ((2,), ("dense", "dense")),
    "rows": ((1, 2, 1), ("conv", "max_pool", "conv")),
    "columns": ((2, 1, 1), ("depthwise", "average_pool")),
    "residual": ((2, 1, 1), ("conv", "residual")),
    "branch": ((2,), ("residual", "dense")),
}


def tiny(rng, shape, layers):
    """A quantized network whose codes are spread so that some clamps, channels and paddings are never in use."""
    net = Network(rng, shape)
    for kind in layers:
        net.layer(kind)
    net.end("dense")
    x = windows(rng, net.graph(), 64) * rng.choice([0.3, 1, 4])
    return et.quantize(et.load(write_tflite(net.graph())), x)


def every_input(spec, rng):
    codes = np.arange(-128, 128)
    pairs = np.stack(np.meshgrid(codes, codes), axis=-1).reshape(-1, *spec.shape).astype(np.int8)
    return rng.permutation(pairs)


@pytest.mark.parametrize("name", SHAPES)
def test_by_every_input(name):
    proven, unknown = Counter(), Counter()
    for seed in range(6):
        rng = np.random.default_rng([seed, len(name)])
        model = tiny(rng, *SHAPES[name])
        tensors, known = traced(model, [every_input(model.inputs[0], rng)]), element_bounds(model)
        for tensor, array in tensors.items():
            assert (array >= known[tensor][0]).all()
            assert (array <= known[tensor][1]).all()
        some = calls(model)
        for _ in range(60):
            fault = draw(some, rng)
            if fault is None:
                continue
            with contextlib.suppress(et.EdgetwinError):  # a fault that no kernel computes
                found = finds(model.graph, fault, tensors).any()
                reason = proof(fault, model.graph, known)
                assert not (reason and found), (fault.kind, fault.detail, reason)
                if not found:
                    (proven if reason else unknown)[fault.kind] += 1
    # Bounds of elements one by one are wider than what all can have together: not every fault without effect is proven.
    assert proven.total() > unknown.total() / 2
    assert proven.total() >= 10
