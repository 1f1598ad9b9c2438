"""Audio front end: every operator and feature is the wheel's, any blocks of samples give the batch's features."""

from __future__ import annotations

import itertools
import os

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal
from oracles import audio

import edgetwin as et

#: Of 200 s of synthetic speech; 1 is the full check.
SHARE = float(os.environ.get("EDGETWIN_EXACT_SHARE", "0.05"))
NAMES = ("yes", "no", "noise", "silence")
#: What TFLite Micro gives for its own recordings: class and code.
RECOGNISED = {"yes": (2, 127), "no": (3, 114), "noise": (0, 120)}


@pytest.fixture(scope="module")
def front_end(shared):
    return et.signal.AudioFrontEnd(et.load(shared / "models/audio_pre_int8.tflite"))


@pytest.fixture(scope="module")
def classifier(shared):
    return et.load(shared / "models/micro_speech_int8.tflite")


def _compare(shared, tflm, front_end, classifier, samples):
    """Compare everything from samples to codes."""
    data = (shared / "models/audio_pre_int8.tflite").read_bytes()
    differing, features = audio.differing_tensors(tflm, front_end.model, data, samples)
    assert differing == {}
    assert_array_equal(front_end.features(samples), features)
    windows = [features[i : i + 49].reshape(1, -1) for i in range(len(features) - 48)]
    theirs = tflm.run((shared / "models/micro_speech_int8.tflite").read_bytes(), [[window] for window in windows])
    ours = classifier.run(np.concatenate(windows))
    assert_array_equal(ours, np.concatenate([outputs[0] for outputs in theirs.outputs]))
    return ours


@pytest.mark.parametrize("name", NAMES)
def test_recordings_equal_the_wheel(shared, tflm, front_end, classifier, name):
    samples = audio.recording(shared / "datasets/tflm_examples" / f"{name}_1000ms.wav")
    (codes,) = _compare(shared, tflm, front_end, classifier, samples)
    if name in RECOGNISED:
        assert (int(np.argmax(codes)), int(codes.max())) == RECOGNISED[name]


def test_synthetic_speech_equals_the_wheel(shared, tflm, front_end, classifier):
    if not audio.has_espeak():
        pytest.skip(f"{audio.ESPEAK} is not installed: {audio.INSTALL}")
    samples = audio.synthetic_speech(200 * SHARE)
    codes = _compare(shared, tflm, front_end, classifier, samples)
    assert len(np.unique(codes, axis=0)) > 20, "too few distinct outputs: a fault could hide"


@pytest.mark.parametrize("value", [0, -32768, 32767, 1], ids=["silence", "lowest", "highest", "one"])
def test_constant_samples_equal_the_wheel(shared, tflm, front_end, classifier, value):
    _compare(shared, tflm, front_end, classifier, np.full(16000, value, np.int16))


@settings(deadline=None, max_examples=25)
@given(hop=st.sampled_from([1, 100, 320, 480, 777]), blocks=st.lists(st.integers(0, 700), max_size=8))
def test_any_blocks_give_the_features_of_the_batch(front_end, hop, blocks):
    other = et.signal.AudioFrontEnd(front_end.model, hop=hop)
    samples = np.random.default_rng(7).integers(-3000, 3000, max(sum(blocks), 480) + 5).astype(np.int16)
    stream = other.stream()
    ends = [*np.minimum(np.cumsum([0, *blocks]), len(samples)), len(samples)]
    parts = [stream.push(samples[a:b]) for a, b in itertools.pairwise(ends)]
    expected = other.features(samples)
    assert_array_equal(np.concatenate(parts), expected)
    assert stream.frames == len(expected) == (len(samples) - 480) // hop + 1


def test_a_stream_begins_anew_after_reset(front_end):
    samples = np.random.default_rng(1).integers(-3000, 3000, 1000).astype(np.int16)
    stream = front_end.stream()
    first = stream.push(samples)
    again = stream.push(samples)
    stream.reset()
    assert_array_equal(stream.push(samples), first)
    assert not np.array_equal(again[: len(first)], first), "it kept nothing between frames"


@pytest.mark.parametrize(
    ("samples", "says"),
    [
        (np.zeros(480), "float64"),
        (np.zeros((1, 480), np.int16), r"int16 \[1, 480\]"),
        ([0] * 480, "list"),
        (np.zeros(479, np.int16), "at least the 480 of a frame"),
    ],
    ids=["float64", "two axes", "list", "short"],
)
def test_bad_samples(front_end, samples, says):
    with pytest.raises(et.ShapeError, match=says):
        front_end.features(samples)


def test_other_models_are_refused(classifier):
    with pytest.raises(et.ShapeError, match=r"takes int8\[1960\].*accepted is one input of int16"):
        et.signal.AudioFrontEnd(classifier)


@pytest.mark.parametrize("hop", [0, 1.5, True])
def test_bad_hops(front_end, hop):
    with pytest.raises(et.DataError, match="hop"):
        et.signal.AudioFrontEnd(front_end.model, hop=hop)
