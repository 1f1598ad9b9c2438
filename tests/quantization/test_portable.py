"""Portable models: proven, and seen in every runtime, to give one set of bytes; split where there is no such form."""

from __future__ import annotations

import contextlib
import os

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal
from oracles.networks import Network, network, windows

import edgetwin as et
from edgetwin.device.peers import PEERS, Peer, available
from edgetwin.io.tflite_write import write_tflite
from edgetwin.quantization.portable.scales import MOST_EXPONENT, portable_scales

#: Random networks; the full number of the release check is 1000.
NETWORKS = int(os.environ.get("EDGETWIN_PORTABLE_NETWORKS", "12"))
SAMPLES = 24


@pytest.fixture(scope="module")
def strides(shared):
    files = [np.load(path) for path in sorted((shared / "golden" / "gait").glob("*.npz"))]
    x = [file["strides"].reshape(len(file["strides"]), -1).astype(np.float32) for file in files]
    return x, [file["label_cm"].reshape(-1) for file in files]


def inputs_of(rng, model, real):
    """Codes of samples, and as many at random over the whole range."""
    spec = model.inputs[0]
    codes = et.kernels.quantize(real, spec.scale, spec.zero_point)
    return np.concatenate([codes, rng.integers(-128, 128, codes.shape, np.int8)])


def outputs_of(model, codes):
    made = model.run(codes)
    return made if isinstance(made, tuple) else (made,)


def assert_same_everywhere(model, codes, runtimes):
    ours = outputs_of(model, codes)
    for arithmetic in ("single_rounding", "xnnpack"):
        for mine, its in zip(ours, outputs_of(model.with_arithmetic(arithmetic), codes), strict=True):
            assert_array_equal(mine, its, err_msg=arithmetic)
    for name, run in runtimes.items():
        answer = run(model.file_bytes, [[one[None]] for one in codes])
        for position, mine in enumerate(ours):
            theirs = np.stack([outputs[position] for outputs in answer.outputs])
            assert_array_equal(mine, theirs.reshape(mine.shape), err_msg=name)


@pytest.fixture(scope="module")
def runtimes():
    """Every installed runtime, in child processes."""
    missing = [name for name in PEERS if not available(name)]
    if missing:
        pytest.skip(f'{", ".join(missing)}: pip install "edgetwin[peers]"')
    with contextlib.ExitStack() as stack:
        yield {name: stack.enter_context(Peer(name)).run for name in PEERS}


@given(
    source=st.floats(2**-14, 16, width=32),
    output=st.floats(2**-14, 16, width=32),
    exponent=st.integers(0, MOST_EXPONENT),
)
@settings(max_examples=200, deadline=None, derandomize=True, database=None)
def test_scales_lie_just_below_a_power_of_two_however_they_are_computed(source, output, exponent):
    (weight,), (distance,) = portable_scales(source, output, np.array([exponent]))
    s, o, power = np.float32(source), np.float32(output), 2.0**-exponent
    ways = [
        float(s) * float(weight) / float(o),
        float(s * weight) / float(o),
        float(np.float32(s * weight) / o),
        float(s / o * weight),
        float(weight / o * s),
    ]
    assert all(power * (1 - 2.0**-21) < way < power * (1 - 2.0**-32) for way in ways)
    assert distance == 1 - ways[0] / power


@pytest.mark.parametrize("source", ["gait_f32", "gait_int8"])
def test_gait_gives_the_same_bytes_and_no_worse_strides(shared, strides, runtimes, source):
    x, labels = strides
    both = np.concatenate(x)
    real = et.load(shared / "models" / f"{source}.tflite")
    parts = et.make_portable(real, both[::2])
    assert parts.tail is None
    assert parts.whole is parts.model
    assert (parts.split, parts.changes) == ((), ())
    proofs = parts.certify()
    assert proofs.keys() == {"single_rounding", "xnnpack", "every_rounding"}
    assert all(proof.equal for proof in proofs.values())
    rng = np.random.default_rng(0)
    noisy = both + rng.normal(0, 0.02, both.shape).astype(np.float32)
    assert_same_everywhere(parts.model, inputs_of(rng, parts.model, np.concatenate([both, noisy])), runtimes)
    published = et.load(shared / "models" / "gait_int8.tflite")
    for windows_, cm in zip(x, labels, strict=True):
        spread = [np.std(model.predict(windows_)[:, 0] - cm, ddof=1) for model in (parts.model, published)]
        assert spread[0] <= spread[1] + 0.1


def test_ordinary_int8_is_not_portable(shared, strides):
    """Otherwise the tests here would show nothing."""
    model = et.load(shared / "models" / "gait_int8.tflite")
    codes = inputs_of(np.random.default_rng(0), model, np.concatenate(strides[0]))
    assert np.count_nonzero(model.run(codes) != model.with_arithmetic("xnnpack").run(codes)) > 10


def test_sums_and_pools_of_a_residual_network_are_portable(shared, runtimes):
    model = et.load(shared / "models" / "resnet8_int8.tflite")
    rng = np.random.default_rng(1)
    codes = rng.integers(-128, 128, (16, 4, 4, 3)).repeat(8, 1).repeat(8, 2).astype(np.int8)
    parts = et.make_portable(model, codes)
    assert [text.split("(")[1].split(")")[0] for text in parts.split] == ["softmax"]
    assert [operator.name for operator in parts.model.graph.operators].count("add") == 3
    assert any("average_pool_2d is a depthwise convolution" in text for text in parts.changes)
    assert all(made.equal for made in parts.certify().values())
    assert_same_everywhere(parts.model, codes, runtimes)
    tail = parts.tail
    assert tail is not None
    assert_array_equal(tail.run(parts.model.run(codes)), parts.whole.run(codes))
    assert np.mean(parts.whole.run(codes).argmax(1) == model.run(codes).argmax(1)) > 0.8


@given(seed=st.integers(0, 2**32 - 1))
@settings(
    max_examples=NETWORKS, deadline=None, derandomize=True, database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much],
)  # fmt: skip
def test_random_networks(runtimes, seed):
    rng = np.random.default_rng(seed)
    graph, _ = network(rng)
    real = windows(rng, graph, SAMPLES)
    try:
        parts = et.make_portable(et.load(write_tflite(graph)), real)
    except et.UnsupportedError:
        assume(False)
    assert all(made.equal for made in parts.certify().values())
    codes = inputs_of(rng, parts.model, real)
    assert_same_everywhere(parts.model, codes, runtimes)
    assert (parts.tail is None) == (not parts.split)
    for operator in parts.model.graph.operators:
        if operator.name in ("conv_2d", "depthwise_conv_2d", "fully_connected"):
            weights, bias = (parts.model.graph.tensors[i].data for i in operator.inputs[1:])
            assert not (weights % 2).any()
            assert (bias % 2 == 1).all()


def chain(rng, *ends):
    """A dense network with operators after it."""
    net = Network(rng, (6,))
    net.last = net.dense(net.input, 8)
    for name in ends:
        options = {"beta": 1.0} if name == "softmax" else {}
        net.last = net.operator(name, [net.last], net.shape(), **options)
    return et.load(write_tflite(net.graph()))


def test_calibration_takes_the_errors_of_rounding_back(shared, strides):
    x = np.concatenate(strides[0])
    real = et.load(shared / "models" / "gait_f32.tflite").run(x)
    published = et.load(shared / "models" / "gait_int8.tflite")
    errors = [np.square(et.make_portable(published, *c).model.predict(x) - real).mean() for c in ((x[::2],), ())]
    assert errors[0] < 0.5 * errors[1]


def test_codes_calibrate_an_int8_model_as_real_numbers_do(shared, strides):
    model = et.load(shared / "models" / "gait_int8.tflite")
    x = strides[0][0][:40]
    codes = et.kernels.quantize(x, model.inputs[0].scale, model.inputs[0].zero_point)
    back = et.kernels.dequantize(codes, model.inputs[0].scale, model.inputs[0].zero_point)
    assert et.make_portable(model, codes).model.file_bytes == et.make_portable(model, back).model.file_bytes


def test_quantize_with_portable_is_the_whole_model_or_names_what_is_left():
    rng = np.random.default_rng(3)
    x = rng.normal(size=(64, 6)).astype(np.float32)
    model = et.quantize(chain(rng, "relu"), x, portable=True)
    assert all(model.certify(against).equal for against in ("xnnpack", "single_rounding"))
    with pytest.raises(et.UnsupportedError, match=r"runtimes differ in a part of the model: operator \d+ \(softmax\)"):
        et.quantize(chain(rng, "softmax"), x, portable=True)
    with pytest.raises(et.QuantizationError, match="portable with weights 'int8', activations 'int16'"):
        et.quantize(chain(rng), x, portable=True, activations="int16")


def test_output_quantization_that_was_asked_for_stays():
    rng = np.random.default_rng(4)
    x = rng.normal(size=(64, 6)).astype(np.float32)
    model = et.quantize(chain(rng), x, portable=True, output_quantization=(0.125, 3), input_quantization=(0.03, 0))
    assert (model.outputs[0].scale, model.outputs[0].zero_point) == (0.125, 3)
    assert model.inputs[0].scale == np.float32(0.03)


def test_float_ends_are_cut_off():
    rng = np.random.default_rng(5)
    x = rng.normal(size=(64, 6)).astype(np.float32)
    coded = et.quantize(chain(rng), x, inputs="float32", outputs="float32")
    parts = et.make_portable(coded, x)
    assert [spec.dtype for spec in (*parts.model.inputs, *parts.model.outputs)] == [np.int8, np.int8]
    assert any("the input are its codes" in text for text in parts.changes)
    assert [text.split("(")[1].split(")")[0] for text in parts.split] == ["dequantize"]


def test_bad_input(shared):
    rng = np.random.default_rng(6)
    with pytest.raises(et.DataError, match="model: str, accepted is a Model"):
        et.make_portable("gait.tflite")
    with pytest.raises(et.DataError, match="accepted for a float32 model are samples"):
        et.make_portable(chain(rng))
    with pytest.raises(et.UnsupportedError, match="no operator of the model can be made portable: unidirectional"):
        et.make_portable(et.load(shared / "models" / "dtln.tflite"))
    with pytest.raises(et.DataError, match="calibration"):
        et.make_portable(et.load(shared / "models" / "gait_int8.tflite"), np.zeros((3, 5), np.float32))
