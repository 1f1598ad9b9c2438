"""An impulse is its parts: window, feature block, quantization, model; its stream is the same sample by sample."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from oracles.impulses import KINDS, OUTPUTS, impulse_case
from oracles.small_models import feature_model

import edgetwin as et
from edgetwin.data import demo_model
from edgetwin.errors import DataError, ShapeError, UnsupportedError
from edgetwin.signal import DecisionSmoother, feature_block

FLATTEN = feature_block("flatten")


@pytest.fixture(scope="module")
def flat():
    return et.Impulse(et.load(feature_model(14, 3, 0.5, -20)), FLATTEN, (10, 2))


@pytest.mark.parametrize("kind", KINDS)
def test_is_its_parts(kind):
    case = impulse_case(kind)
    impulse, windows = case.impulse, case.windows()
    features = impulse.block.extract_batch(windows)
    assert_array_equal(impulse.features(windows), features)
    spec, result = impulse.model.inputs[0], impulse.model.outputs[0]
    codes = et.kernels.quantize(features, spec.scale, spec.zero_point)
    assert_array_equal(impulse.codes(windows), codes)
    outputs = impulse.model.run(codes)
    assert_array_equal(impulse.run(windows), outputs)
    assert_array_equal(impulse.predict(windows), et.kernels.dequantize(outputs, result.scale, result.zero_point))
    assert_array_equal(impulse.predict(windows), impulse.model.predict(features))
    assert_array_equal(impulse.run(windows[3]), outputs[3])
    assert_array_equal(impulse.features(windows[3]), features[3])
    assert len({output.tobytes() for output in outputs}) > 5


@pytest.mark.parametrize("kind", KINDS)
def test_stream_is_the_windows(kind):
    case = impulse_case(kind)
    stream = case.impulse.stream(case.hop, average=3, debounce=2, labels=("a", "b", "c", "d"))
    rng = np.random.default_rng(2)
    outputs, at = [], 0
    while at < len(case.signal):
        size = int(rng.integers(0, 1 + (4 if case.hop is None else case.hop)))
        outputs += stream.push(case.signal[at : at + size])
        at += size
    codes = case.impulse.run(case.windows())
    means, labels = DecisionSmoother(OUTPUTS, average=3, debounce=2).push(codes)
    assert_array_equal([output.codes for output in outputs], codes)
    assert_array_equal([output.mean for output in outputs], means)
    assert [output.label for output in outputs] == [None if found < 0 else "abcd"[found] for found in labels]
    length, hop = (1, 1) if case.hop is None else (case.impulse.window[0], case.hop)
    assert [output.end for output in outputs] == [length + hop * i for i in range(len(codes))]
    stream.reset()
    assert_array_equal(stream.push(case.signal)[0].codes, codes[0])


def test_no_windows(flat):
    assert flat.run(np.empty((0, 10, 2), np.float32)).shape == (0, 3)
    assert flat.stream(4).push(np.empty((0, 2), np.float32)) == []


def test_says_what_it_is(flat):
    assert (
        repr(flat) == f"Impulse(flatten of windows of 10 x 2: 14 features, model of 3 outputs, hash {flat.model.hash})"
    )


def test_samples_that_are_not_finite(flat):
    stream = flat.stream(4)
    stream.push(np.ones((7, 2)))
    with pytest.raises(DataError, match="sample 8, axis 1 is nan, accepted are finite values"):
        stream.push([[1.0, 2.0], [1.0, np.nan], [1.0, 2.0]])
    assert len(stream.push(np.ones((2, 2)))) == 0
    assert len(stream.push([1.0, 2.0])) == 1


@pytest.mark.parametrize(
    ("window", "error", "says"),
    [
        ((10, 3), ShapeError, "flatten of windows of 10 x 3: 21 features, the model takes 14"),
        (10, ShapeError, "7 features, the model takes 14"),
        ((10, 2, 3), ShapeError, r"window: \[10, 2, 3\], accepted by flatten is \(time, axes\)"),
        ((0, 2), DataError, "window"),
    ],
    ids=["features", "one axis", "picture", "empty"],
)
def test_windows_that_do_not_go(flat, window, error, says):
    with pytest.raises(error, match=says):
        et.Impulse(flat.model, FLATTEN, window)


def test_parts_of_another_kind(flat):
    with pytest.raises(DataError, match="block: str, accepted is one of"):
        et.Impulse(flat.model, "flatten", (10, 2))
    with pytest.raises(ShapeError, match=r"window: \[10, 2\], accepted by image is \(height, width, 3\)"):
        et.Impulse(flat.model, feature_block("image"), (10, 2))
    with pytest.raises(ShapeError, match="spectral_analysis of windows of 108 x 6: 78 features, the model takes 648"):
        et.Impulse(et.load(demo_model()), feature_block("spectral_analysis", rate_hz=60.0), (108, 6))
    with pytest.raises(ShapeError, match=r"windows: shape \[5, 9, 2\], accepted is \(windows, 10, 2\)"):
        flat.run(np.zeros((5, 9, 2), np.float32))
    with pytest.raises(ShapeError, match="float64"):
        flat.run(np.zeros((5, 10, 2)))


def test_pictures_do_not_overlap():
    impulse = impulse_case("image").impulse
    with pytest.raises(DataError, match="hop: 2, accepted for pictures is 1"):
        impulse.stream(2)
    with pytest.raises(ShapeError, match="accepted is"):
        impulse.stream().push(np.zeros((2, 7, 5, 3), np.uint8))


def test_model_of_floats():
    with pytest.raises(UnsupportedError, match="an impulse of a model with"):
        et.Impulse(_Floats(), FLATTEN, (10, 2))


class _Floats:
    """A model whose input is float32."""

    inputs = (et.TensorSpec("x", (14,), np.dtype(np.float32), None, None),)
    outputs = inputs
