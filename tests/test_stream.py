"""`Model.stream`: outputs of a signal as it comes are those of the whole one; means and labels as they are defined."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import edgetwin as et
from edgetwin.data import demo_model, simulate_gait
from edgetwin.errors import DataError, QuantizationError, ShapeError, UnsupportedError
from edgetwin.signal import DecisionSmoother, GaitPipeline, windows_to_int8

MODEL = et.load(demo_model())
_WALK = simulate_gait(1, speeds=(1.1,), strides=20)[0]
#: Walking as the model sees it: normalised, filtered, at 60 Hz.
SIGNAL = GaitPipeline(causal=True).stream(_WALK.rate_hz).push(_WALK.values).filtered[200:900]


def defined(codes, average, debounce):
    """Means and labels, window by window, from their definition."""
    means, labels, leads = [], [], []
    label = -1
    for end in range(1, len(codes) + 1):
        last = codes[max(0, end - average) : end].astype(np.int64)
        total, count = last.sum(0), len(last)
        means.append(np.sign(total) * ((np.abs(total) + count // 2) // count))
        leads.append(int(np.argmax(means[-1])))
        if len(leads) >= debounce and len(set(leads[-debounce:])) == 1:
            label = leads[-1]
        labels.append(label)
    return np.array(means, np.int8).reshape(codes.shape), labels


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_means_and_labels_are_as_defined(data):
    outputs = data.draw(st.integers(1, 4))
    average, debounce = data.draw(st.integers(1, 9)), data.draw(st.integers(1, 4))
    count = data.draw(st.integers(1, 40))
    extremes = data.draw(st.booleans())
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    codes = rng.choice([-128, 127], (count, outputs)) if extremes else rng.integers(-128, 128, (count, outputs))
    codes = codes.astype(np.int8)
    means, labels = defined(codes, average, debounce)
    smoother = DecisionSmoother(outputs, average=average, debounce=debounce)
    done = 0
    while done < count:
        size = data.draw(st.integers(0, count - done))
        got, found = smoother.push(codes[done : done + size])
        np.testing.assert_array_equal(got, means[done : done + size])
        assert found.tolist() == labels[done : done + size]
        done += size
        if not size:
            got, found = smoother.push(codes[done : done + 1])
            np.testing.assert_array_equal(got, means[done : done + 1])
            done += 1


@given(st.lists(st.integers(0, 200), max_size=12), st.sampled_from([1, 7, 54, 108, 150]))
@settings(max_examples=25, deadline=None)
def test_blocks_give_the_outputs_of_the_whole_signal(blocks, hop):
    spec = MODEL.inputs[0]
    stream = MODEL.stream(hop, axes=6, average=3)
    outputs, first = [], 0
    for size in blocks:
        outputs += stream.push(SIGNAL[first : first + size])
        first = min(first + size, len(SIGNAL))
    if first < 108:
        assert outputs == []
        return
    windows = windows_to_int8(SIGNAL[:first], 108, hop, scale=spec.scale, zero_point=spec.zero_point)
    codes = MODEL.run(windows.reshape(-1, *spec.shape)).reshape(-1, 1)
    assert len(outputs) == len(codes)
    means = defined(codes, 3, 1)[0]
    scale, zero_point = MODEL.outputs[0].scale, MODEL.outputs[0].zero_point
    for number, output in enumerate(outputs):
        assert output.end == number * hop + 108
        assert output.codes.tolist() == codes[number].tolist()
        assert output.mean.tolist() == means[number].tolist()
        assert output.values[0] == np.float32(scale) * (int(means[number, 0]) - zero_point)


def test_outputs_of_the_walk_differ():
    assert len({output.codes.tobytes() for output in MODEL.stream(7, axes=6).push(SIGNAL)}) > 10


def test_a_model_with_state_goes_on_from_window_to_window(shared):
    model = et.load(shared / "models" / "dtln.tflite")
    x = np.random.default_rng(1).normal(0, 1, (20, 257)).astype(np.float32)
    outputs = model.stream(1, axes=257).push(x)
    codes = windows_to_int8(x, 1, 1, scale=model.inputs[0].scale, zero_point=model.inputs[0].zero_point)
    state = model.state()
    for output, window in zip(outputs, codes.reshape(-1, *model.inputs[0].shape), strict=True):
        assert output.codes.tolist() == model.run(window, state=state).reshape(-1).tolist()
    assert outputs[5].codes.tolist() != model.run(codes[5].reshape(model.inputs[0].shape)).reshape(-1).tolist()


def test_labels_begin_to_count_after_debounce(shared):
    model = et.load(shared / "models" / "kws_int8.tflite")
    stream = model.stream(490, axes=1, debounce=3, labels=[f"word {i}" for i in range(12)])
    outputs = stream.push(np.zeros((490 * 6, 1), np.float32))
    assert [output.label is None for output in outputs] == [True, True, False, False, False, False]
    assert [output.is_new for output in outputs] == [False, False, True, False, False, False]
    stream.reset()
    assert stream.push(np.zeros((490, 1), np.float32))[0].label is None


@pytest.mark.parametrize(
    ("options", "error", "says"),
    [
        ({"hop": 0, "axes": 6}, DataError, "hop"),
        ({"hop": 6}, DataError, r"input \[648\] does not tell how many values a sample has"),
        ({"hop": 6, "axes": 5}, ShapeError, "input of 648 values is no multiple"),
        ({"hop": 6, "axes": 6, "average": 0}, DataError, "average"),
        ({"hop": 6, "axes": 6, "debounce": 0}, DataError, "debounce"),
        ({"hop": 6, "axes": 6, "labels": ["a", "b"]}, DataError, "accepted are 1 names"),
    ],
)
def test_bad_options(options, error, says):
    with pytest.raises(error, match=says):
        MODEL.stream(**options)


def test_models_of_other_forms_are_refused(shared):
    with pytest.raises(UnsupportedError, match="accepted are one int8 input and one int8 output"):
        et.load(shared / "models" / "audio_pre_int8.tflite").stream(1)


def test_bad_samples_take_nothing():
    stream = MODEL.stream(108, axes=6)
    stream.push(SIGNAL[:107])
    with pytest.raises(QuantizationError, match="NaN"):
        stream.push(np.full((1, 6), np.nan))
    with pytest.raises(ShapeError):
        stream.push(SIGNAL[:, :5])
    whole = MODEL.stream(108, axes=6).push(SIGNAL[:108])[0]
    assert stream.push(SIGNAL[107:108])[0].codes.tolist() == whole.codes.tolist()
