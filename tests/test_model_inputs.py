"""What goes into `run` and `predict`: several inputs, by name, shared by all samples, and what is no array at all."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import edgetwin as et
from edgetwin.conformance.generators.builder import Builder, affine
from edgetwin.io.tflite_write import write_tflite


def add_model(first, second):
    """The sum of two inputs of these shapes in the file."""
    b = Builder(np.random.default_rng(0))
    x = b.input(first, quantization=affine(0.05, 3))
    y = b.input(second, quantization=affine(0.1, -7))
    total = b.add("total", np.broadcast_shapes(first, second), quantization=affine(0.2, 1))
    options = {"fused_activation_function": "none", "pot_scale_int16": True}
    return et.load(write_tflite(b.graph("add", [x, y], [total], options)))


@pytest.fixture(scope="module")
def pair():
    return add_model((1, 4, 5), (1, 4, 5))


@pytest.fixture(scope="module")
def sharing():
    """The second input has no batch axis."""
    return add_model((1, 4, 5), (4, 5))


def codes(*shape, seed=0):
    return np.random.default_rng(seed).integers(-128, 128, shape).astype(np.int8)


def test_several_inputs_in_order_and_by_name(pair):
    x, y = codes(6, 4, 5), codes(6, 4, 5, seed=1)
    expected = pair.run(x, y)
    assert expected.shape == (6, 4, 5)
    assert_array_equal(pair.run({"input_1": y, "input_0": x}), expected)
    assert_array_equal(pair.trace({"input_1": y, "input_0": x})[0], expected)
    for i in range(6):
        assert_array_equal(pair.run(x[i], y[i]), expected[i])
    assert pair.run(x[:0], y[:0]).shape == (0, 4, 5)
    first, second = pair.inputs
    real = pair.predict(
        {
            "input_1": et.kernels.dequantize(y, second.scale, second.zero_point),
            "input_0": et.kernels.dequantize(x, first.scale, first.zero_point),
        }
    )
    output = pair.outputs[0]
    assert_array_equal(real, et.kernels.dequantize(expected, output.scale, output.zero_point))


def test_an_input_without_batch_axis_is_shared(sharing, pair):
    x, y = codes(6, 4, 5), codes(4, 5, seed=1)
    assert [spec.shape for spec in sharing.inputs] == [(4, 5), (4, 5)]
    batch = sharing.run(x, y)
    assert_array_equal(batch, pair.run(x, np.broadcast_to(y, x.shape)))
    assert_array_equal(sharing.run(x[2], y), batch[2])
    with pytest.raises(et.ShapeError, match=r"'input_1': shape \(6, 4, 5\), accepted is \(4, 5\)"):
        sharing.run(x, codes(6, 4, 5))


def test_inputs_of_different_numbers_of_samples(pair):
    with pytest.raises(
        et.ShapeError, match="'input_1': a batch of 2, accepted is a batch of 3 as in the inputs before"
    ):
        pair.run(codes(3, 4, 5), codes(2, 4, 5))
    with pytest.raises(et.ShapeError, match="one sample without a batch axis, accepted is a batch of 1"):
        pair.run(codes(1, 4, 5), codes(4, 5))
    with pytest.raises(et.ShapeError, match=r"1 inputs, the model takes 2: \['input_0', 'input_1'\]"):
        pair.run(codes(3, 4, 5))


@pytest.mark.parametrize("given", [{}, {"input_0": 1}, {"input_0": 1, "input_1": 2, "other": 3}], ids=len)
def test_names_that_do_not_fit(pair, given):
    with pytest.raises(et.ShapeError, match=r"inputs by name: .*accepted are"):
        pair.run(given)


def test_gaps_are_refused(pair):
    x = codes(2, 4, 5)
    masked = np.ma.masked_array(x, mask=x == x[0, 0, 0])
    with pytest.raises(et.ShapeError, match="MaskedArray"):
        pair.run(x, masked)
    with pytest.raises(et.DataError, match="'input_1': a masked array"):
        pair.predict(x, masked)
    with pytest.raises(et.DataError, match="predictions: a masked array"):
        et.metrics.agreement(masked, x)


@pytest.mark.parametrize("state", ["text", 3, np.zeros((2, 8), np.uint8)], ids=["text", "number", "array"])
def test_what_is_no_state(pair, state):
    x = codes(2, 4, 5)
    for call in (pair.run, pair.trace, pair.predict):
        with pytest.raises(et.ShapeError, match=r"accepted is what this model's state\(n\) gives"):
            call(x, x, state=state)


def test_a_read_only_input_and_a_read_only_out(pair):
    x, out = codes(2, 4, 5), np.zeros((2, 4, 5), np.int8)
    x.setflags(write=False)
    assert pair.run(x, x, out=out) is out
    out.setflags(write=False)
    with pytest.raises(et.ShapeError, match="out: the array must be writable"):
        pair.run(x, x, out=out)


def test_several_outputs(pair):
    graph = pair.graph
    both = et.load(write_tflite(replace(graph, outputs=(graph.outputs[0], graph.inputs[0]))))
    x, y = codes(2, 4, 5), codes(2, 4, 5, seed=1)
    total, same = both.run(x, y)
    assert_array_equal(total, pair.run(x, y))
    assert_array_equal(same, x)
    assert [real.dtype for real in both.predict(x, y)] == [np.float32, np.float32]
    out = (np.empty_like(x), np.empty_like(x))
    written = both.run(x, y, out=out)
    assert all(a is b for a, b in zip(written, out, strict=True))
    with pytest.raises(et.ShapeError, match="overlaps an input or another output"):
        both.run(x, y, out=(out[0], out[0]))
    with pytest.raises(et.ShapeError, match="out: 1 arrays, the model has 2 outputs"):
        both.run(x, y, out=out[0])


def test_a_trace_says_what_it_holds(pair):
    x = codes(2, 4, 5)
    assert repr(pair.trace(x, x)) == "Trace({0: 'total' int8[2, 4, 5]})"


@pytest.mark.parametrize("threads", [2, np.int64(2)], ids=["int", "numpy"])
def test_threads_are_any_integer(threads):
    model = et.load(et.data.demo_model(), num_threads=threads)
    assert (model.num_threads, type(model.num_threads)) == (2, int)


def test_arguments_of_a_foreign_kind():
    for arithmetic in (None, [], 3):
        with pytest.raises(et.UnsupportedError, match="arithmetic"):
            et.load(et.data.demo_model(), arithmetic=arithmetic)
    for count in (1025, 2.0, [2]):
        with pytest.raises(et.DataError, match="accepted are 1 to 1024 or None"):
            et.load(et.data.demo_model(), num_threads=count)
