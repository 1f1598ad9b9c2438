"""The writer: what it writes reads back equal, and other runtimes compute the same bytes from it."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import tflite
from numpy.testing import assert_array_equal
from oracles.random_graphs import random_graph

from edgetwin.conformance.generators.operators import GENERATORS, random_inputs
from edgetwin.errors import ModelError, UnsupportedError
from edgetwin.graph.graph import DTYPES, Graph, Operator, Tensor, graphs_equal
from edgetwin.io.tflite_read import read_tflite
from edgetwin.io.tflite_write import write_tflite
from edgetwin.types import Quantization

INT8_MODELS = [
    "ad01_int8", "dtln", "gait_int8", "hello_int8", "kws_int8", "kwscr8", "micro_speech_int8", "person", "resnet8_int8",
]  # fmt: skip
FLOAT_MODELS = ["gait_f32", "kws_f32", "resnet8_f32"]


def _read(shared, name):
    data = (shared / "models" / f"{name}.tflite").read_bytes()
    return data, read_tflite(data)


@pytest.mark.parametrize("name", INT8_MODELS + FLOAT_MODELS)
def test_reads_back_equal(shared, name):
    _, graph = _read(shared, name)
    written = write_tflite(graph)
    assert graphs_equal(read_tflite(written), graph)
    assert write_tflite(graph) == written


@pytest.mark.parametrize("name", INT8_MODELS)
def test_boards_compute_the_same_from_it(shared, tflm, name):
    data, graph = _read(shared, name)
    rng = np.random.default_rng(3)
    samples = random_inputs(graph, rng, 3 if name in ("person", "resnet8_int8") else 12)
    outputs = len(graph.outputs)
    keep_state = any(tensor.is_variable for tensor in graph.tensors)
    expected = tflm.run(data, samples, outputs, keep_state=keep_state).outputs
    actual = tflm.run(write_tflite(graph), samples, outputs, keep_state=keep_state).outputs
    assert_array_equal(np.array(actual, object), np.array(expected, object))


_LITERT = """
import sys, numpy as np
from ai_edge_litert.interpreter import Interpreter
results = []
for path in sys.argv[2:]:
    interpreter = Interpreter(path)
    interpreter.allocate_tensors()
    rng = np.random.default_rng(5)
    for limit in (128, 64, 32, 16, 8):
        for detail in interpreter.get_input_details():
            codes = rng.integers(-limit, limit, detail["shape"]) + rng.integers(limit - 128, 129 - limit)
            interpreter.set_tensor(detail["index"], codes.astype(detail["dtype"]))
        interpreter.invoke()
        results.append([interpreter.get_tensor(d["index"]).tobytes() for d in interpreter.get_output_details()])
half = len(results) // 2
assert results[:half] == results[half:]
assert len({tuple(r) for r in results}) >= int(sys.argv[1])
"""


#: The shared int8 models that LiteRT cannot run, as published.
NOT_FOR_LITERT = ("kwscr8", "person")


def _litert(distinct, *paths):
    """Run models in LiteRT, in a child process, and compare the first half of them with the second."""
    pytest.importorskip("ai_edge_litert", reason='pip install ".[test]"')
    command = [sys.executable, "-c", _LITERT, str(distinct), *map(str, paths)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize("name", [name for name in (*INT8_MODELS, *FLOAT_MODELS) if name not in NOT_FOR_LITERT])
def test_litert_computes_the_same_from_it(shared, tmp_path, name):
    _, graph = _read(shared, name)
    (tmp_path / "written.tflite").write_bytes(write_tflite(graph))
    result = _litert(2, shared / "models" / f"{name}.tflite", tmp_path / "written.tflite")
    assert result.returncode == 0, result.stderr


def test_litert_dies_of_kwscr8(shared):
    """It writes beyond its memory: its process ends by a signal, or never."""
    pytest.importorskip("ai_edge_litert", reason='pip install ".[test]"')
    original = str(shared / "models/kwscr8.tflite")
    with subprocess.Popen([sys.executable, "-c", _LITERT, "1", original, original], stderr=subprocess.DEVNULL) as child:
        try:
            code = child.wait(10)
        except subprocess.TimeoutExpired:
            child.kill()
            code = child.wait()
    assert code < 0


def test_litert_refuses_person_and_accepts_what_we_write(shared, tmp_path):
    _, graph = _read(shared, "person")
    original, written = shared / "models/person.tflite", tmp_path / "written.tflite"
    written.write_bytes(write_tflite(graph))
    refused = _litert(1, original, original)
    assert refused.returncode == 1
    assert "quantized_dimension must be in range [0, 1). Was 3." in refused.stderr
    accepted = _litert(2, written, written)
    assert accepted.returncode == 0, accepted.stderr


@pytest.mark.parametrize("operator", GENERATORS)
def test_generated_operators_read_back_equal(operator):
    for seed in range(20):
        graph = GENERATORS[operator](np.random.default_rng(seed))
        # Options that a generator leaves to the schema's defaults come back written out.
        once = read_tflite(write_tflite(graph))
        assert graphs_equal(read_tflite(write_tflite(once)), once)
        assert graphs_equal(replace(once, operators=()), replace(graph, operators=()))
        for ours, given in zip(once.operators, graph.operators, strict=True):
            assert {key: ours.options[key] for key in given.options} == dict(given.options)
            assert replace(ours, options={}) == replace(given, options={})


def test_random_graphs_read_back_equal():
    for seed in range(40):
        graph = random_graph(np.random.default_rng([seed, 9])).graph
        written = write_tflite(graph)
        once = read_tflite(written)
        assert (once.inputs, once.outputs) == (graph.inputs, graph.outputs)
        assert [o.inputs for o in once.operators] == [o.inputs for o in graph.operators]
        assert write_tflite(once) == written
        assert graphs_equal(read_tflite(write_tflite(once)), once)


def test_axis_beyond_the_rank_is_normalised(shared):
    data, graph = _read(shared, "person")
    written = tflite.Model.GetRootAsModel(write_tflite(graph), 0).Subgraphs(0)
    original = tflite.Model.GetRootAsModel(data, 0).Subgraphs(0)

    def beyond(subgraph):
        tensors = (subgraph.Tensors(i) for i in range(subgraph.TensorsLength()))
        with_axis = ((t.ShapeLength(), t.Quantization()) for t in tensors)
        return sum(q is not None and 0 < rank <= q.QuantizedDimension() for rank, q in with_axis)

    assert beyond(original) == 14
    assert beyond(written) == 0


def _constant(name, data, quantization=None):
    dtype = next(name for name, dtype in DTYPES.items() if dtype == data.dtype)
    return Tensor(name, data.shape, dtype, quantization, data)


def _model(constants=(), operator=None):
    quantization = Quantization(np.float32([0.5]), np.int64([0]))
    x = Tensor("x", (1, 4), "int8", quantization)
    operator = operator or Operator("relu", (0,), (1,))
    return Graph((x, replace(x, name="y"), *constants), (operator,), (0,), (1,), "made by hand")


@pytest.mark.parametrize("dtype", DTYPES)
def test_every_dtype_and_shape(dtype):
    rng = np.random.default_rng(1)
    shapes = [(), (0,), (1,), (3,), (2, 0, 4), (2, 3, 4), (1,) * 8]
    constants = [_constant(f"c{i}", rng.integers(0, 2, s).astype(DTYPES[dtype])) for i, s in enumerate(shapes)]
    graph = _model(constants)
    assert graphs_equal(read_tflite(write_tflite(graph)), graph)


def test_per_channel_variables_and_names():
    scales = np.float32([0.5, 0.25, 3e-39])
    weights = _constant("w", np.ones((3, 2), np.int8), Quantization(scales, np.int64([0, -5, 2**40])))
    last = _constant("w", np.ones((2, 3), np.int8), Quantization(scales, np.zeros(3, np.int64), 1))
    state = Tensor("zustand µ", (1, 7), "int16", None, None, is_variable=True)
    graph = _model([weights, last, state])
    assert graphs_equal(read_tflite(write_tflite(graph)), graph)


def test_constants_lie_aligned_in_the_file(shared):
    _, graph = _read(shared, "kws_int8")
    data = write_tflite(graph)
    assert data[4:8] == b"TFL3"
    model = tflite.Model.GetRootAsModel(data, 0)
    buffers = [model.Buffers(i) for i in range(model.BuffersLength())]
    starts = [b._tab.Vector(b._tab.Offset(4)) for b in buffers if b.DataLength()]
    assert len(starts) > 20
    assert all(start % 16 == 0 for start in starts)
    assert buffers[0].DataLength() == 0


@pytest.mark.parametrize(
    ("operator", "message"),
    [
        (Operator("custom:Mine", (0,), (1,)), r"operator 0 \(custom:Mine\): its options are not known"),
        (
            Operator("reverse_sequence", (0,), (1,), {"seq_dim": 1}),
            r"operator 0 \(reverse_sequence\): its options are not known",
        ),
        (Operator("relu", (0,), (1,), {"alpha": 0.1}), "unknown options alpha"),
        (Operator("softmax", (0,), (1,), {"beta": 1.0, "axis": 1}), "unknown options axis, accepted are beta"),
        (
            Operator("max_pool_2d", (0,), (1,), {"padding": "explicit"}),
            "padding is 'explicit', accepted are same, valid",
        ),
    ],
    ids=lambda value: value.name if isinstance(value, Operator) else None,
)
def test_nothing_is_lost_silently(operator, message):
    with pytest.raises(UnsupportedError, match=message):
        write_tflite(_model(operator=operator))


@pytest.mark.parametrize(
    ("operator", "message"),
    [
        (Operator("softmax", (0,), (1,), {"beta": "1"}), "beta is '1', accepted is a number that float32 holds"),
        (Operator("softmax", (0,), (1,), {"beta": 1e60}), r"beta is 1e\+60, accepted is a number that float32 holds"),
        (Operator("max_pool_2d", (0,), (1,), {"stride_w": 2**31}), "stride_w is 2147483648, accepted is an integer of"),
        (Operator("max_pool_2d", (0,), (1,), {"stride_w": 1.5}), "stride_w is 1.5, accepted is an integer of"),
        (Operator("mean", (0, 0), (1,), {"keep_dims": 3}), "keep_dims is 3, accepted are True and False"),
        (Operator("squeeze", (0,), (1,), {"squeeze_dims": (0, 2**40)}), r"squeeze_dims\[1\] is 1099511627776"),
        (Operator("squeeze", (0,), (1,), {"squeeze_dims": 1}), "squeeze_dims is 1, accepted is a sequence of integers"),
        (Operator("add", (0, 0), (1,), {"fused_activation_function": []}), r"fused_activation_function is \[\]"),
        (Operator("relu", (0,), (1,), {}, 2**40), "its version is 1099511627776, accepted is an integer of"),
    ],
    ids=lambda value: f"{value.name} {dict(value.options) or value.version}" if isinstance(value, Operator) else None,
)
def test_what_an_operators_fields_cannot_hold(operator, message):
    with pytest.raises(UnsupportedError, match=rf"operator 0 \({operator.name}\): {message}"):
        write_tflite(_model(operator=operator))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": "\ud800"}, "its name is '.ud800', accepted is what UTF-8 can hold"),
        ({"shape": (1, 2**31)}, r"size 1 is 2147483648, accepted is an integer of \[-2147483648, 2147483647\]"),
        ({"quantization": Quantization(np.float32([1]), np.int64([0]), 2**31)}, "quantized_dimension is 2147483648"),
        ({"quantization": Quantization(np.float64([0.1]), np.int64([0]))}, "scales of float64, zero points of int64"),
    ],
    ids=["name", "shape", "axis", "scales"],
)
def test_what_a_tensors_fields_cannot_hold(change, message):
    with pytest.raises(UnsupportedError, match=rf"tensor 2 \('.+'\): {message}"):
        write_tflite(_model([replace(Tensor("t", (1, 4), "int8"), **change)]))


def test_a_description_that_no_file_can_hold():
    with pytest.raises(UnsupportedError, match=r"the description is '.ud800', accepted is what UTF-8 can hold"):
        write_tflite(replace(_model(), description="\ud800"))


def test_a_value_that_does_not_fit_is_not_cast():
    weights = Tensor("w", (3,), "int8", None, np.array([1, 2, 300], np.int32))
    with pytest.raises(ModelError, match=r"tensor 2 \('w'\) is int8 \[3\], its value is int32 \[3\]"):
        write_tflite(_model([weights]))
