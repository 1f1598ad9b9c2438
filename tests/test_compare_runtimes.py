"""`Model.compare` with the installed runtimes: nothing differs from the board's, and where LiteRT parts and why."""

from __future__ import annotations

import contextlib
import re

import numpy as np
import pytest
from oracles.files import npz
from oracles.inputs import MODELS, samples
from oracles.models import model_bytes
from oracles.random_graphs import random_graph

import edgetwin as et
from edgetwin.graph.graph import Graph, Operator, Tensor
from edgetwin.io.tflite_write import write_tflite
from edgetwin.types import Quantization


@pytest.fixture
def litert():
    pytest.importorskip("ai_edge_litert", reason='pip install ".[test]"')


def loaded(shared, name, count):
    model = et.load(model_bytes(shared, name))
    x = samples(shared, name, model.graph.tensors[model.graph.inputs[0]], count)
    return model, x.reshape(count, *model.inputs[0].shape)


@pytest.mark.parametrize("name", MODELS)
def test_every_operator_equals_the_boards_runtime(shared, tflm, name):
    model, x = loaded(shared, name, 3 if name in ("person", "resnet8_int8") else 20)
    result = model.compare(x, against="tflm")
    assert result.equal, str(result)
    assert re.fullmatch(r"tflm \(tflite-micro [\d.a-z]+\)", result.against)
    assert (result.samples, result.note, result.cause) == (len(x), "", "")
    assert [d.operator for d in result.operators] == list(model.trace(x[0]))


def test_real_strides_in_litert(shared, litert):
    """One stride in ten comes out a step off: codes that the board rounds twice and LiteRT once."""
    model = et.load(model_bytes(shared, "gait_int8"))
    real = np.concatenate([npz(shared / "golden/gait" / f"Sub_FZ_{t}_RF.npz")["strides"] for t in ("PWS", "PWS+20")])
    spec = model.inputs[0]
    x = et.kernels.quantize(real.reshape(len(real), *spec.shape).astype(np.float32), spec.scale, spec.zero_point)
    result = model.compare(x, against="litert")
    (output,) = result.outputs
    assert (len(real), output.differing, output.samples, output.largest) == (205, 22, 22, 1.0)
    assert result.note == ""
    assert (result.first.operator, result.first.name, result.first.largest) == (1, "conv_2d", 1.0)
    tie = r"rounding tie: the exact value there is (\S+), double rounding gives (\S+), .+ (\S+); (\d+) of \4 differing"
    exact, ours, theirs, _ = map(float, re.match(tie, result.cause).groups())
    assert (ours, theirs) == (result.first.ours, result.first.theirs)
    assert theirs == np.rint(exact)
    assert abs(exact - (ours + theirs) / 2) < 2**-4
    assert re.search("; arithmetic single_rounding( or .+)? gives the bytes of litert$", result.cause)


@pytest.mark.parametrize("name", ["ad01_int8", "hello_int8", "kws_int8", "micro_speech_int8", "resnet8_int8"])
def test_shared_models_part_in_litert_by_ties(shared, litert, name):
    model, x = loaded(shared, name, 30)
    result = model.compare(x, against="litert")
    assert result.note == ""
    assert result.cause.startswith("rounding tie: the exact value there is ")


def test_operators_that_are_no_ties(litert):
    """LiteRT's softmax looks exponentials up; TFLite Micro computes them in fixed point."""
    codes = Quantization(np.float32([0.11]), np.int64([3]))
    shares = Quantization(np.float32([2**-16]), np.int64([-(2**15)]))
    tensors = Tensor("x", (1, 9), "int8", codes), Tensor("y", (1, 9), "int16", shares)
    model = et.load(write_tflite(Graph(tensors, (Operator("softmax", (0,), (1,), {"beta": 1.0}),), (0,), (1,))))
    x = np.random.default_rng(1).integers(-128, 128, (300, 9)).astype(np.int8)
    result = model.compare(x, against="litert")
    words = (
        r"the exact value there is \S+, exponentials in fixed point gives -?\d+, .+ -?\d+; of \d+ differing elements"
    )
    assert re.match(words, result.cause)


def test_state_starts_afresh_in_every_sample(shared, tflm):
    model, x = loaded(shared, "dtln", 5)
    assert model.compare(x, against="tflm").equal
    assert model.compare(np.stack([x[3]] * 3), against="tflm").equal


def test_one_sample_is_one(shared, tflm):
    model, x = loaded(shared, "gait_int8", 2)
    result = model.compare(x[1], against="tflm")
    assert (result.equal, result.samples, len(result.operators)) == (True, 1, 15)


def test_random_graphs(tflm, litert):
    """Several inputs and outputs, dead operators."""
    forms, parted = set(), 0
    for number in range(12):
        drawn = random_graph(np.random.default_rng([number, 31]), 4)
        try:
            model = et.load(write_tflite(drawn.graph))
        except et.ModelError:
            continue
        shapes = [model.graph.tensors[i].shape for i in model.graph.inputs]
        if any(shape[:1] == (1,) for shape in shapes):
            columns = zip(*drawn.samples, strict=True)
            x = [np.concatenate(c) if s[:1] == (1,) else c[0] for c, s in zip(columns, shapes, strict=True)]
        else:
            x = drawn.samples[0]
        assert model.compare(*x, against="tflm").equal
        forms |= drawn.forms
        with contextlib.suppress(et.DeviceError):  # LiteRT refuses some forms that the board runs
            parted += not model.compare(*x, against="litert").equal
    assert forms >= {"several inputs", "several outputs", "dead operator"}
    assert parted


def test_a_model_that_the_runtime_refuses(shared, litert):
    """Its quantized dimensions lie beyond the rank, which TFLite Micro does not look at."""
    model, x = loaded(shared, "person", 1)
    with pytest.raises(et.DeviceError, match="litert does not run this model: ValueError: quantized_dimension must be"):
        model.compare(x, against="litert")


def test_operators_that_cannot_be_shown(shared, litert, monkeypatch):
    from edgetwin.device import peers

    def refuse(graph):
        raise et.UnsupportedError("its options are not known")

    monkeypatch.setattr(peers, "write_tflite", refuse)
    model, x = loaded(shared, "hello_int8", 3)
    result = model.compare(x, against="litert")
    assert result.operators == ()
    assert result.note == "only outputs are compared: its options are not known"
    assert len(result.outputs) == 1


def test_float32_parts_by_the_order_of_sums(shared, tflm, litert):
    model = et.load(model_bytes(shared, "gait_f32"))
    x = np.random.default_rng(0).normal(size=(10, *model.inputs[0].shape)).astype(np.float32)
    assert model.compare(x, against="tflm").equal
    result = model.compare(x, against="litert")
    assert not result.equal
    assert re.fullmatch(r"float32 rounded in another order: by at most \S+e-0[78] of the largest value", result.cause)


def test_numbers_that_are_not_finite(shared):
    model = et.load(model_bytes(shared, "gait_f32"))
    x = np.random.default_rng(0).normal(size=(3, *model.inputs[0].shape)).astype(np.float32)
    recorded = model.run(x)
    recorded[0], recorded[1] = np.inf, np.nan
    (output,) = model.compare(x, against=recorded).outputs
    assert (output.differing, output.largest) == (2, np.inf)
    assert model.compare(x, against=model.run(x)).equal


def test_recurrent_gates_part_by_their_curves(shared, litert):
    model, x = loaded(shared, "dtln", 10)
    result = model.compare(x, against="litert")
    assert (result.first.operator, result.first.name) == (0, "unidirectional_sequence_lstm")
    assert result.cause == (
        "gates by an interpolated table against gates by curves in fixed point; arithmetic xnnpack gives the bytes of "
        "litert"
    )


@pytest.mark.parametrize("name", ["gait_int8", "kws_int8", "dtln", "resnet8_int8"])
def test_the_arithmetic_of_litert_is_litert(shared, litert, name):
    """Every operator: of its delegate, and of its own kernels."""
    model, x = loaded(shared, name, 10)
    result = model.with_arithmetic("xnnpack").compare(x, against="litert")
    assert result.equal, str(result)
    assert len(result.operators) == len(model.compare(x, against="xnnpack").operators)
