"""Exported C++ equals its twin: shared models, a model of every operator, random graphs; outputs and every operator."""

from __future__ import annotations

import os

import numpy as np
import pytest
from oracles.exported import INSTALL, build, compiler
from oracles.inputs import samples
from oracles.models import model_bytes
from oracles.random_graphs import random_graph

import edgetwin as et
from edgetwin import _core
from edgetwin.conformance.generators.operators import GENERATORS, random_inputs
from edgetwin.device.export.spelling import SPELLINGS
from edgetwin.graph.segments import segments_from
from edgetwin.io.tflite_write import write_tflite

#: Of each operator's models, and of random graphs; the full number of the release check is 8 and 200.
OPERATOR_MODELS = int(os.environ.get("EDGETWIN_EXPORTED_OPERATORS", "1"))
GRAPHS = int(os.environ.get("EDGETWIN_EXPORTED_GRAPHS", "10"))
ROW_NETWORKS = int(os.environ.get("EDGETWIN_EXPORTED_NETWORKS", "10"))
#: What runs row by row, and what does not, between it.
ROW_OPERATORS = (
    "conv_2d", "depthwise_conv_2d", "max_pool_2d", "average_pool_2d", "add", "mul", "maximum", "logistic", "relu",
    "reshape", "pad",
)  # fmt: skip
#: Models that a file of weights does not make slow to compile.
SHARED = ("gait_int8", "hello_int8", "kws_int8", "kwscr8_small_biases", "micro_speech_int8", "resnet8_int8")


@pytest.fixture(scope="module", autouse=True)
def _compiler():
    if compiler() is None:
        pytest.skip(f"no C++ compiler: {INSTALL}")


def test_spelled_kernels_are_the_core_s():
    """That none is missing is seen where a model of every operator is exported."""
    assert set(SPELLINGS) <= set(_core.device_kernels())


@pytest.mark.parametrize(("kernels", "names"), [("fast", SHARED), ("small", SHARED[:2])])
def test_shared_models(shared, tmp_path, kernels, names):
    models = {name: et.load(model_bytes(shared, name)) for name in names}
    for name, exported in build(models, tmp_path, kernels).items():
        first = exported.model.graph.tensors[exported.model.graph.inputs[0]]
        assert exported.hash == exported.model.hash
        exported.compare([[sample] for sample in samples(shared, name, first, 8)])


def test_a_model_of_every_operator(tmp_path):
    models, inputs = {}, {}
    for generator in GENERATORS:
        for number in range(OPERATOR_MODELS):
            rng = np.random.default_rng([number, sum(generator.encode())])
            graph = GENERATORS[generator](rng)
            try:
                model = et.load(write_tflite(graph))
            except et.ModelError:  # what TFLite Micro refuses, too
                continue
            name = f"{generator.lower().replace(':', '_')}_{number}"
            models[name], inputs[name] = model, random_inputs(graph, rng, 3)
    assert len(models) > 0.8 * len(GENERATORS) * OPERATOR_MODELS
    for name, exported in build(models, tmp_path).items():
        exported.compare(inputs[name])


def test_random_graphs(tmp_path):
    models, inputs = {}, {}
    for number in range(GRAPHS):
        drawn = random_graph(np.random.default_rng([number, 77]), 2, ("int8", "int16")[number % 2])
        try:
            models[f"graph_{number}"] = et.load(write_tflite(drawn.graph))
        except et.ModelError:
            continue
        inputs[f"graph_{number}"] = drawn.samples
    assert len(models) > 0.8 * GRAPHS
    for name, exported in build(models, tmp_path).items():
        exported.compare(inputs[name])


def random_networks():
    models, inputs = {}, {}
    for number in range(ROW_NETWORKS):
        rng = np.random.default_rng([number, 78])
        drawn = random_graph(rng, 2, ("int8", "int8", "int16")[number % 3], ROW_OPERATORS)
        models[f"network_{number}"] = et.load(write_tflite(drawn.graph))
        inputs[f"network_{number}"] = drawn.samples
    return models, inputs


def test_networks_whose_arena_is_smaller_by_rows(tmp_path):
    models, inputs = random_networks()
    built = build(models, tmp_path)
    assert sum("_made" in (tmp_path / name / f"model/{name}.cpp").read_text() for name in models) > 0.05 * ROW_NETWORKS
    for name, exported in built.items():
        exported.compare(inputs[name])


def test_any_segments_give_the_same_bytes(tmp_path, monkeypatch):
    """Random segments, whether they save anything or not: what a row needs is there, nothing is overwritten early."""
    rng = np.random.default_rng(5)

    def any_segments(memory):
        chosen, position = [], 0
        while position < len(memory.steps):
            found = segments_from(memory, position, 1 << 40)
            if found and rng.random() < 0.9:
                chosen.append(found[int(rng.integers(len(found) // 2, len(found)))])
                position = chosen[-1].end
            else:
                position += 1
        return [chosen]

    monkeypatch.setattr("edgetwin.graph.device_plan.segment_choices", any_segments)
    models, inputs = random_networks()
    built = build(models, tmp_path)
    texts = [(tmp_path / name / f"model/{name}.cpp").read_text() for name in models]
    assert sum("_made" in text for text in texts) > 0.3 * ROW_NETWORKS
    assert any("pad_row" in text for text in texts)
    for name, exported in built.items():
        exported.compare(inputs[name])


def test_single_rounding_is_exported(tmp_path, shared):
    models = {"single": et.load(shared / "models/gait_int8.tflite", arithmetic="single_rounding")}
    exported = build(models, tmp_path)["single"]
    first = exported.model.graph.tensors[exported.model.graph.inputs[0]]
    exported.compare([[sample] for sample in samples(shared, "gait_int8", first, 4)])
