"""The public API on models that compute in float32."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from oracles.tflm import Refused

import edgetwin as et
from edgetwin.conformance.generators.builder import affine
from edgetwin.conformance.generators.real import RealBuilder, real_inputs
from edgetwin.conformance.generators.real_operators import FLOAT32_GENERATORS
from edgetwin.data.files import load_samples
from edgetwin.evaluation import evaluate_samples
from edgetwin.graph.graph import Graph, Operator, graphs_equal
from edgetwin.io.tflite_read import read_tflite
from edgetwin.io.tflite_write import write_tflite
from edgetwin.types import ARITHMETICS


@pytest.fixture(scope="module")
def gait(shared):
    return et.load(shared / "models/gait_f32.tflite")


@pytest.fixture(scope="module")
def strides():
    return np.random.default_rng(0).normal(0, 0.3, (6, 648)).astype(np.float32)


def test_floats_in_and_out(gait, strides):
    assert [(spec.dtype, spec.scale, spec.zero_point) for spec in (*gait.inputs, *gait.outputs)] == [
        (np.float32, None, None)
    ] * 2
    result = gait.run(strides)
    assert (result.dtype, result.shape) == (np.float32, (6, 1))
    assert_array_equal(gait.predict(strides.astype(np.float64)), result)
    assert_array_equal(list(gait.trace(strides).values())[-1], result)
    out = np.empty((6, 1), np.float32)
    assert gait.run(strides, out=out) is out
    assert_array_equal(out, result)


@pytest.mark.parametrize("dtype", ["float64", "float16", "int8", "int32"])
def test_run_takes_float32_only(gait, strides, dtype):
    with pytest.raises(et.ShapeError, match=f"dtype {dtype}, accepted is a numpy array of float32"):
        gait.run(strides.astype(dtype))


def test_nan_goes_through(shared, tflm, gait, strides):
    """Where a model with int8 inside refuses it. A max pool leaves it out, as TFLite Micro's does."""
    x = strides.copy()
    x[2, 5], x[3] = np.nan, np.nan
    data = (shared / "models/gait_f32.tflite").read_bytes()
    theirs = [answer[0][0] for answer in tflm.run(data, [[sample[None]] for sample in x]).outputs]
    assert_array_equal(gait.run(x), theirs)
    assert np.isnan(gait.trace(x)[1][2:4]).any(axis=(1, 2, 3)).all()


def mixed_model():
    """A float32 dense layer whose output is quantized."""
    b = RealBuilder(np.random.default_rng(1))
    x, hidden = b.real_input((1, 4)), b.real_output((1, 3), "hidden")
    weights = b.constant("weights", b.rng.normal(0, 1, (3, 4)))
    codes = b.add("codes", (1, 3), quantization=affine(0.05, 3))
    dense = Operator(
        "fully_connected", (x, weights), (hidden,), {"fused_activation_function": "none", "keep_num_dims": False}, 4
    )
    operators = (dense, Operator("quantize", (hidden,), (codes,)))
    return Graph(tuple(b.tensors), operators, (x,), (codes,))


def test_float32_and_int8_in_one_model(tflm):
    data = write_tflite(mixed_model())
    x = np.random.default_rng(2).normal(0, 1, (5, 4)).astype(np.float32)
    theirs = [answer[0][0] for answer in tflm.run(data, [[sample[None]] for sample in x]).outputs]
    assert_array_equal(et.load(data).run(x), theirs)
    x[1, 2] = np.nan
    with pytest.raises(et.QuantizationError, match="NaN cannot be quantized"):
        et.load(data).run(x)


def test_arithmetic_changes_nothing(gait, strides):
    for arithmetic in ARITHMETICS:
        other = gait.with_arithmetic(arithmetic)
        assert other.arithmetic == arithmetic
        assert_array_equal(other.run(strides), gait.run(strides))


def test_profile(shared, gait):
    """The twin's multiply-accumulates, four bytes for each of its weights."""
    twin, ours = et.load(shared / "models/gait_int8.tflite").profile(), gait.profile()
    assert ours.macs == twin.macs
    assert ours.state_bytes == 0
    assert "float32" in str(gait)
    assert {row.arithmetic for row in ours.operators} == {"float32", "relabel"}


@pytest.mark.parametrize("operator", FLOAT32_GENERATORS)
def test_arena_is_tflite_micros(tflm, operator):
    for seed in range(6):
        data = write_tflite(FLOAT32_GENERATORS[operator](np.random.default_rng([seed, 5])))
        model = et.load(data)
        try:
            answer = tflm.run(data, [])
        except Refused:
            continue
        assert model.profile().arena_bytes == answer.arena_bytes, seed


def test_saved_copied_pickled(gait, strides, tmp_path):
    gait.save(tmp_path / "saved.tflite")
    assert graphs_equal(read_tflite((tmp_path / "saved.tflite").read_bytes()), gait.graph)
    for model in (et.load(tmp_path / "saved.tflite"), pickle.loads(pickle.dumps(gait))):
        assert_array_equal(model.run(strides), gait.run(strides))


def test_compare(gait, strides, shared):
    for against in ("tflm", shared / "models/gait_f32.tflite", gait.run(strides)):
        assert gait.compare(strides, against=against).equal
    beside = gait.compare(strides, against="litert")
    assert max(difference.largest for difference in beside.outputs) < 1e-3


def test_evaluate(shared, gait):
    """On a file with the recorded codes of the int8 twin, which are left alone."""
    given = load_samples(shared / "golden/gait/Sub_FZ_PWS_RF.npz")
    result = evaluate_samples(gait, given)
    assert (f"{result.result.bias:.2f}", f"{result.result.sd:.2f}") == ("1.03", "3.90")
    assert result.compared == 0
    assert any("recorded outputs are int8, of a quantized model" in note for note in result.notes)


@pytest.mark.parametrize("name", ["svdf", "unidirectional_sequence_lstm"])
def test_state(tflm, name):
    """Every sample starts from zeros, or goes on from the state given; as the wheel, step by step."""
    compared = 0
    for seed in range(30):
        rng = np.random.default_rng([seed, 17])
        graph = FLOAT32_GENERATORS[name](rng)
        data = write_tflite(graph)
        steps = real_inputs(graph, rng, 5)
        model = et.load(data)
        state = model.state()
        ours = [model.run(*arrays, state=state) for arrays in steps]
        assert_array_equal(model.run(*steps[0]), ours[0])
        again = model.state()
        traced = [next(iter(model.trace(*arrays, state=again).values())) for arrays in steps]
        assert_array_equal(traced, ours)
        try:
            theirs = tflm.run(data, steps, keep_state=True).outputs
        except Refused:
            continue
        compared += 1
        for mine, (expected,) in zip(ours, theirs, strict=True):
            # The wheel's gates below -9 are larger by up to 1.2e-4 of them.
            gates = 2e-4 if name == "unidirectional_sequence_lstm" else 0
            assert_allclose(mine.reshape(-1), expected.reshape(-1), rtol=gates)
    assert compared
