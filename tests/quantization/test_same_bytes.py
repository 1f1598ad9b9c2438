"""Random small networks, quantized here: the bytes that the TFLite Micro and LiteRT wheels compute."""

from __future__ import annotations

import os

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal
from oracles.float32.random_graphs import real_graph
from oracles.networks import EXACT_IN_LITERT, NEAR_IN_LITERT, SCHEMES, quantized_network

import edgetwin as et
from edgetwin.io.tflite_write import write_tflite

SAMPLES = 8
#: Networks of each scheme; the full number of the release check is 1000.
NETWORKS = int(os.environ.get("EDGETWIN_QUANTIZED_NETWORKS", "8"))
MOST_STEPS = 8
#: The second: outputs that are not finite, as RSQRT's of what is not positive.
REFUSED = ("the model cannot be int", "is NaN or infinite")
schemes = pytest.mark.parametrize("scheme", SCHEMES.values(), ids=SCHEMES)
drawn = settings(
    max_examples=NETWORKS, deadline=None, derandomize=True, database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
seeds = st.integers(0, 2**32 - 1)


def assert_same(model, given, answers):
    ours = model.run(given)
    for number, (theirs,) in enumerate(answers):
        assert_array_equal(ours[number], theirs.reshape(ours.shape[1:]), err_msg=f"sample {number}")


@schemes
@drawn
@given(seed=seeds)
def test_tflite_micro(tflm, scheme, seed):
    model, given = quantized_network(seed, SAMPLES, scheme)
    answer = tflm.run(model._data, [[x[None]] for x in given])
    assert_same(model, given, answer.outputs)
    assert model.profile().arena_bytes == answer.arena_bytes


@pytest.mark.parametrize("scheme", [SCHEMES[name] for name in EXACT_IN_LITERT], ids=EXACT_IN_LITERT)
@drawn
@given(seed=seeds)
def test_litert(delegate, scheme, seed):
    """With its default delegate, whose arithmetic is "xnnpack"."""
    model, given = quantized_network(seed, SAMPLES, scheme)
    answer = delegate.run(model._data, [[x[None]] for x in given])
    assert_same(model.with_arithmetic("xnnpack"), given, answer.outputs)


@pytest.mark.parametrize("scheme", [SCHEMES[name] for name in NEAR_IN_LITERT], ids=NEAR_IN_LITERT)
@drawn
@given(seed=seeds)
def test_litert_without_an_arithmetic_of_ours(delegate, scheme, seed):
    """It reads what is written; its kernels round in other places, which no contract covers."""
    model, given = quantized_network(seed, SAMPLES, scheme)
    answers = [theirs for (theirs,) in delegate.run(model._data, [[x[None]] for x in given]).outputs]
    ours = model.run(given).astype(int)
    assert np.abs(ours - np.stack(answers).reshape(ours.shape)).max() <= MOST_STEPS


@drawn
@given(seed=seeds)
def test_long_batches(seed):
    """Blocks of samples, which shorter batches do not fill, give what the samples give one by one."""
    model, given = quantized_network(seed, SAMPLES, {})
    model = et.load(model._data, num_threads=1)
    batch = np.concatenate([given, given[::-1], given, given, given[::-1]])
    singles = np.stack([model.run(x) for x in batch])
    for _ in range(2):
        assert_array_equal(model.run(batch), singles)


def quantized_or_refused(model, real, activations):
    try:
        return et.quantize(model, real, activations=activations), ""
    except (et.UnsupportedError, et.QuantizationError) as error:
        return None, str(error)


@pytest.mark.parametrize("activations", ["int8", "int16"])
def test_operators_of_every_kind(tflm, activations):
    """Random graphs of all operators: quantized with the wheel's bytes, or refused by name."""
    compared, refused = set(), 0
    for number in range(NETWORKS * 4):
        graph, samples = real_graph(np.random.default_rng([number, 79]), SAMPLES)
        if any(graph.tensors[index].shape[:1] != (1,) for index in graph.inputs):
            continue
        model = et.load(write_tflite(graph))
        real = [np.concatenate([sample[i] for sample in samples]) for i in range(len(graph.inputs))]
        named = dict(zip((spec.name for spec in model.inputs), real, strict=True))
        made, reason = quantized_or_refused(model, named, activations)
        if made is None:
            assert any(words in reason for words in REFUSED)
            refused += 1
            continue
        specs = made.inputs
        codes = [
            et.kernels.quantize(x, s.scale, s.zero_point, dtype=s.dtype.name) for x, s in zip(real, specs, strict=True)
        ]
        ours = made.run(*codes)
        answer = tflm.run(made._data, [[x[i][None] for x in codes] for i in range(SAMPLES)], len(graph.outputs))
        for i, mine in enumerate(ours if isinstance(ours, tuple) else (ours,)):
            theirs = np.stack([outputs[i] for outputs in answer.outputs])
            assert_array_equal(mine, theirs.reshape(mine.shape), err_msg=f"graph {number}, output {i}")
        compared |= {operator.name for operator in made.graph.operators}
    assert len(compared) >= 15
    assert refused
