"""Model: batch law, state, threads, copies, fork, out=, and what it refuses."""

from __future__ import annotations

import copy
import multiprocessing
import os
import pickle
import threading
from importlib.resources import files

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from oracles.inputs import samples
from oracles.models import model_bytes

import edgetwin as et

STATEFUL = ("dtln", "kwscr8", "kwscr8_small_biases")


@pytest.fixture(scope="module")
def demo():
    return (files("edgetwin") / "models" / "demo_stride_int8.tflite").read_bytes()


@pytest.fixture
def model(demo):
    return et.load(demo)


def windows(n, seed=0):
    return np.random.default_rng(seed).integers(-128, 128, (n, 648)).astype(np.int8)


@pytest.mark.parametrize("threads", [1, 2, 3, 5])
@pytest.mark.parametrize("name", ["gait_int8", "kws_int8", "ad01_int8", "hello_int8", "dtln", "kwscr8_small_biases"])
def test_batch_law(shared, name, threads):
    data = model_bytes(shared, name)
    model = et.load(data, num_threads=threads)
    tensor = model.graph.tensors[model.graph.inputs[0]]
    x = samples(shared, name, tensor, 23).reshape(23, *model.inputs[0].shape)
    batch = model.run(x)
    assert batch.shape == (23, *model.outputs[0].shape)
    for i in range(23):
        assert_array_equal(batch[i], model.run(x[i]))
    trace = model.trace(x)
    last = list(trace)[-1]
    assert_array_equal(trace[last].reshape(batch.shape), batch)


def test_empty_and_single_batches(model):
    assert model.run(windows(0)).shape == (0, 1)
    assert model.run(windows(1)).shape == (1, 1)
    assert model.run(windows(1)[0]).shape == (1,)


@pytest.mark.parametrize("name", STATEFUL)
def test_sequences_of_200_steps(shared, tflm, name):
    """With state the wheel keeps it; without, every sample starts from the file's initial state."""
    data = model_bytes(shared, name)
    model = et.load(data)
    x = samples(shared, name, model.graph.tensors[model.graph.inputs[0]], 200)
    state = model.state()
    steps = np.stack([model.run(sample.reshape(model.inputs[0].shape), state=state) for sample in x])
    kept = tflm.run(data, [[sample] for sample in x], keep_state=True)
    assert_array_equal(steps.reshape(200, -1), np.stack([o[0].reshape(-1) for o in kept.outputs]))
    fresh = tflm.run(data, [[sample] for sample in x])
    alone = model.run(x.reshape(200, *model.inputs[0].shape))
    assert_array_equal(alone.reshape(200, -1), np.stack([o[0].reshape(-1) for o in fresh.outputs]))
    if name != "kwscr8":
        assert (steps.reshape(200, -1) != alone.reshape(200, -1)).any(), "the state changed nothing"


@pytest.mark.parametrize("name", ["dtln", "kwscr8_small_biases"])
def test_states_of_a_batch_are_independent(shared, name):
    model = et.load(model_bytes(shared, name))
    x = samples(shared, name, model.graph.tensors[model.graph.inputs[0]], 15).reshape(5, 3, *model.inputs[0].shape)
    together, alone = model.state(3), [model.state() for _ in range(3)]
    for step in x:
        batch = model.run(step, state=together)
        for i in range(3):
            assert_array_equal(batch[i], model.run(step[i], state=alone[i]))
    for i in range(3):
        for tensor, array in together.arrays.items():
            assert_array_equal(array[i], alone[i].arrays[tensor][0])
    kept = together.copy()
    together.reset()
    first = model.run(x[0], state=together)
    assert_array_equal(first, model.run(x[0]))
    assert any((kept.arrays[name] != together.arrays[name]).any() for name in kept.arrays)


def test_out_is_written_in_place(model):
    x, out = windows(4), np.zeros((4, 1), np.int8)
    assert model.run(x, out=out) is out
    assert_array_equal(out, model.run(x))


def test_copies_and_pickles(model):
    x = windows(3)
    expected = model.run(x)
    for twin in (copy.copy(model), copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert_array_equal(twin.run(x), expected)


def test_parts_copy_and_pickle(shared):
    model = et.load(shared / "models/dtln.tflite")
    x = np.zeros((2, 1, 257), np.int8)
    state = model.state(2)
    for twin in (copy.deepcopy(state), pickle.loads(pickle.dumps(state))):
        assert_array_equal(model.run(x, state=twin), model.run(x))
        assert twin.arrays.keys() == state.arrays.keys()
    assert pickle.loads(pickle.dumps(model.graph)).operators == model.graph.operators
    step = pickle.loads(pickle.dumps(model.steps[0]))
    assert step.params == model.steps[0].params
    assert pickle.loads(pickle.dumps(model.profile())) == model.profile()


def test_a_model_cannot_be_changed_from_outside(model):
    step = model.steps[-1]
    with pytest.raises(TypeError):
        step.params["input_zero_point"] = 3
    for array in step.constants.values():
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0
    with pytest.raises(TypeError):
        model.graph.operators[1].options["stride_w"] = 2


def test_non_contiguous_input(model):
    x = windows(6)
    assert_array_equal(model.run(np.asfortranarray(x)), model.run(x))
    assert_array_equal(model.run(x[::2]), model.run(np.ascontiguousarray(x[::2])))


def test_run_is_reentrant(demo):
    model = et.load(demo, num_threads=3)
    x = windows(64)
    expected = model.run(x)
    wrong = []

    def work():
        wrong.extend(1 for _ in range(20) if not np.array_equal(model.run(x), expected))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this platform has no fork")
@pytest.mark.filterwarnings("ignore:This process.*is multi-threaded:DeprecationWarning")
def test_survives_fork(demo):
    model = et.load(demo, num_threads=2)
    x = windows(50)
    expected = model.run(x)
    context = multiprocessing.get_context("fork")
    receive, send = context.Pipe(False)
    child = context.Process(target=lambda: send.send(model.run(x)))
    child.start()
    assert receive.poll(30), "the forked child hangs"
    assert_array_equal(receive.recv(), expected)
    child.join(10)
    assert child.exitcode == 0


def test_global_threads(model):
    x = windows(40)
    expected = model.run(x)
    et.set_num_threads(2)
    try:
        assert et.build_info()["num_threads"] == 2
        assert_array_equal(model.run(x), expected)
    finally:
        et.set_num_threads(None)


def test_specs_and_predict(model):
    spec = model.inputs[0]
    assert (spec.shape, spec.dtype) == ((648,), np.int8)
    real = np.random.default_rng(1).normal(0, 0.2, (5, 648))
    codes = et.kernels.quantize(real, spec.scale, spec.zero_point)
    expected = et.kernels.dequantize(model.run(codes), model.outputs[0].scale, model.outputs[0].zero_point)
    assert_array_equal(model.predict(real), expected)
    assert_array_equal(model.predict({spec.name: real}), expected)
    extreme = np.array([[np.inf, -np.inf, 1e30, -1e30] * 162])
    assert model.predict(extreme).shape == (1, 1)


def test_trace_names_every_operator(model):
    trace = model.trace(windows(2))
    assert list(trace) == sorted(trace)
    assert len(trace) == len(model.graph.operators)
    assert trace.by_name[model.outputs[0].name].shape == (2, 1)


def test_text_and_html(model):
    text = str(model)
    assert "conv_2d" in text
    assert "int8 per-channel" in text
    html = model._repr_html_()
    assert html.startswith("<table>")
    assert "fully_connected" in html
    assert "int8[648] -> int8[1]" in repr(model)


BAD_RUNS = {
    "list": ([1, 2, 3], et.ShapeError, "list, accepted is a numpy array of int8"),
    "float": (np.zeros((1, 648), np.float32), et.ShapeError, "dtype float32, accepted is a numpy array of int8"),
    "uint8": (np.zeros((1, 648), np.uint8), et.ShapeError, "dtype uint8"),
    "short": (np.zeros((1, 647), np.int8), et.ShapeError, "shape (1, 647), accepted are (648,)"),
    "deep": (np.zeros((1, 1, 648), np.int8), et.ShapeError, "accepted are (648,)"),
    "scalar": (np.array(3, np.int8), et.ShapeError, "shape ()"),
}


@pytest.mark.parametrize("case", BAD_RUNS)
def test_bad_inputs_of_run(model, case):
    value, error, words = BAD_RUNS[case]
    with pytest.raises(error) as caught:
        model.run(value)
    assert words in str(caught.value)


def test_other_bad_calls(model):
    x = windows(2)
    with pytest.raises(et.ShapeError, match="2 inputs, the model takes 1"):
        model.run(x, x)
    with pytest.raises(et.ShapeError, match="inputs by name"):
        model.run({"nothing": x})
    for bad in (np.zeros((2, 1), np.int16), np.zeros((3, 1), np.int8), np.zeros((2, 2), np.int8)[:, ::2], [0]):
        with pytest.raises(et.ShapeError, match="out"):
            model.run(x, out=bad)
    with pytest.raises(et.ShapeError, match="overlaps"):
        model.run(x, out=x.reshape(-1)[:2].reshape(2, 1))
    with pytest.raises(et.QuantizationError, match="NaN"):
        model.predict(np.full((1, 648), np.nan))
    for bad in ("text", [["a"]], np.zeros((1, 648), complex), [[1, 2], [3]]):
        with pytest.raises(et.DataError):
            model.predict(bad)
    for bad in (0, -1, 1.5, True, None):
        with pytest.raises(et.ShapeError, match="state"):
            model.state(bad)
    with pytest.raises(et.ShapeError, match="2 sequences, the input has 3 samples"):
        model.run(windows(3), state=model.state(2))


@pytest.mark.parametrize("samples", [2**40, 2**31])
def test_absurd_numbers_of_samples_allocate_nothing(shared, model, samples):
    repeated = np.broadcast_to(windows(1), (samples, 648))
    for call in (model.run, model.predict, model.trace):
        with pytest.raises(et.ShapeError, match="too large to copy"):
            call(repeated)
    stateful = et.load(shared / "models/dtln.tflite")
    for n in (samples * 2**10, 10**30):
        with pytest.raises(et.ShapeError, match="does not fit into memory"):
            stateful.state(n)


def test_state_of_another_model(shared, model):
    other = et.load(shared / "models/dtln.tflite")
    with pytest.raises(et.ShapeError, match="another model"):
        model.run(windows(1), state=other.state())


def test_bad_loads(demo, tmp_path):
    with pytest.raises(et.UnsupportedError, match="arithmetic 'exact'"):
        et.load(demo, arithmetic="exact")
    for bad in (0, -2, True, "two"):
        with pytest.raises(et.DataError, match="num_threads"):
            et.load(demo, num_threads=bad)
    with pytest.raises(et.ModelError, match="cannot read"):
        et.load(tmp_path / "missing.tflite")
    with pytest.raises(et.ModelError, match="cannot read"):
        et.load(tmp_path)
    with open(tmp_path / "huge.tflite", "wb") as file:
        file.truncate(2**40)  # sparse: takes no room on the disk
    with pytest.raises(et.ModelError, match="at most 2147483647 bytes"):
        et.load(tmp_path / "huge.tflite")
    with pytest.raises(et.ModelError, match="not from int"):
        et.load(3)
    for count in (0, 7, 100, len(demo) - 1):
        with pytest.raises(et.ModelError):
            et.load(demo[:count])
