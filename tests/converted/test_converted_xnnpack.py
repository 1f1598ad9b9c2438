"""Models that converters write from Keras and PyTorch: arithmetic "xnnpack" beside LiteRT with its default delegate."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from oracles import litert as oracle
from oracles.converters import CASES, Converted
from oracles.converters_expected import NOT_CONVERTED, refused

import edgetwin as et

RUNS = [case for case in CASES if case[1].startswith("int8") and case not in NOT_CONVERTED and case not in refused()]
SAMPLES = 24
#: The network whose int8 forms are refused: Keras computes the output's shape.
REFUSED = "keras_layers.u_net"


def test_same_bytes_as_litert(converted, delegate):
    outcomes = Counter()
    for name, form in RUNS:
        data = Converted(converted, name, form).data
        if name == REFUSED:
            with pytest.raises(et.UnsupportedError, match=r"transpose_conv.* is not defined where input 0 .* computed"):
                et.load(data, arithmetic="xnnpack")
            continue
        model = et.load(data, arithmetic="xnnpack")
        stacks = Converted(converted, name, form).inputs(model.graph)
        inputs = [[stack[-1 - i] for stack in stacks] for i in range(SAMPLES)]
        theirs = delegate.run(data, inputs).outputs
        differing = sum(
            oracle.differing(oracle.run_ours(model, given), expected)
            for given, expected in zip(inputs, theirs, strict=True)
        )
        assert differing == 0, f"{name}, {form}"
        outcomes["equal"] += 1
        outcomes["distinct"] += len({np.asarray(answer[0]).tobytes() for answer in theirs}) > 1
    assert outcomes["equal"] >= 150
    assert outcomes["distinct"] >= 0.9 * outcomes["equal"]
