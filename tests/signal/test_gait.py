"""The gait pipeline: the published strides of the real excerpt, its steps by their definition, and pairing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from oracles.files import npz

import edgetwin as et
from edgetwin.data import GaitRecording, GaitReference, Recording, load_tripod
from edgetwin.data.tripod import GAIT_SENSORS
from edgetwin.signal import GaitPipeline, simulate_walk
from edgetwin.signal.gait_pairing import pair_by_order, pair_by_time

# Of the published model on each trial: strides of the right and the left foot, bias and SD in cm (golden/gait).
TRIALS = {"PWS": (96, 95, 0.92, 3.90), "PWS+20": (109, 108, 4.25, 3.55)}


def excerpt(shared, trial, foot):
    return load_tripod(shared / "datasets" / "tripod_excerpt", "Sub_FZ", trial, foot)


@pytest.mark.parametrize("pairing", ["time", "order"])
@pytest.mark.parametrize("trial", TRIALS)
def test_the_published_strides(shared, trial, pairing):
    golden = npz(shared / "golden" / "gait" / f"Sub_FZ_{trial}_RF.npz")
    strides = GaitPipeline(pairing=pairing).strides(excerpt(shared, trial, "RF"))
    assert len(strides) == TRIALS[trial][0]
    assert strides.windows.dtype == np.float32
    assert strides.windows.shape[1:] == (108, 6)
    assert_array_equal(strides.initial_contact_s, golden["initial_contact_s"])
    assert_array_equal(strides.length, golden["length"])
    assert_array_equal(strides.label_cm, golden["label_cm"])
    assert_allclose(strides.windows, golden["strides"], atol=1e-5, rtol=0)
    assert strides.complete.all()
    assert not strides.longer.any()
    assert strides.missed_contact_s.size == 0
    # Walking goes on after the 120 s that the reference counts.
    assert (strides.unpaired_contact_s > strides.reference_contact_s[-1]).all()


@pytest.mark.parametrize("trial", TRIALS)
def test_the_published_model_on_raw_files(shared, trial):
    """From raw CSV to int8 outputs: equal but within 1e-5 / scale of a tie, bias and SD as published."""
    golden = npz(shared / "golden" / "gait" / f"Sub_FZ_{trial}_RF.npz")
    model = et.load(shared / "models/gait_int8.tflite")
    strides = GaitPipeline().strides(excerpt(shared, trial, "RF"))
    source = model.inputs[0]
    codes = et.kernels.quantize(strides.flat, source.scale, source.zero_point)
    steps = golden["strides"].reshape(codes.shape).astype(np.float64) / source.scale
    near_a_tie = np.abs(np.abs(steps - np.trunc(steps)) - 0.5) <= 1e-5 / source.scale
    assert_array_equal(codes[~near_a_tie], golden["int8_input"][~near_a_tie])
    outputs = model.run(codes)
    same_input = (codes == golden["int8_input"]).all(1)
    assert same_input.mean() > 0.95
    assert_array_equal(outputs.reshape(-1)[same_input], golden["int8_output"].reshape(-1)[same_input])
    result = et.metrics.agreement(model.predict(strides.flat), strides.label_cm)
    assert (result.bias, result.sd) == pytest.approx(TRIALS[trial][2:], abs=0.05)


@pytest.mark.parametrize("pairing", ["time", "order"])
@pytest.mark.parametrize("trial", TRIALS)
def test_the_left_foot(shared, trial, pairing):
    strides = GaitPipeline(pairing=pairing).strides(excerpt(shared, trial, "LF"))
    assert len(strides) == TRIALS[trial][1]
    assert strides.complete.all()
    lag = strides.initial_contact_s - strides.reference_contact_s
    assert np.abs(lag).max() < 0.16
    assert np.abs(lag - lag.mean()).max() < 0.05
    # Where its first stride begins was not seen: the piece from the right foot's contact on is left out.
    assert len(strides.missed_contact_s) == 1
    assert strides.unpaired_contact_s[0] < strides.initial_contact_s[0]
    both = [GaitPipeline(pairing=way).strides(excerpt(shared, trial, "LF")) for way in ("time", "order")]
    assert_array_equal(both[0].label_cm, both[1].label_cm)


# Recordings made here.


def walked(seed=3, strides=30, rate_hz=128.0):
    """A simulated walk as a raw recording, with its true strides as reference."""
    walk = simulate_walk(seed, strides, rate_hz)
    values = walk.samples * np.array([1000] * 3 + [16] * 3, np.float32)
    reference = GaitReference(walk.contact_s[0], walk.contact_s, walk.length_cm, np.diff(walk.contact_s))
    return GaitRecording(values, rate_hz, GAIT_SENSORS, name="walk", reference=reference)


def without(recording, **changes):
    """The same recording as a plain one."""
    parts = {"values": recording.values, "rate_hz": recording.rate_hz, "sensors": recording.sensors} | changes
    return Recording(**parts, name="walk")


def test_each_step_by_its_definition():
    from scipy import signal

    recording = walked()
    steps = GaitPipeline().steps(recording)
    normalised = recording.values.astype(np.float64) / np.array([1000] * 3 + [16] * 3)
    assert_array_equal(steps.normalised, normalised)
    count = int(60 * len(normalised) / 128)
    for axis in range(6):
        resampled = signal.resample(normalised[:, axis], count)
        assert_allclose(steps.resampled[:, axis], resampled, atol=1e-12)
        filtered = signal.filtfilt(*signal.butter(2, 10, fs=60), resampled)
        assert_allclose(steps.filtered[:, axis], filtered, atol=1e-12)
    assert_allclose(steps.time_s, np.arange(count) / 60)
    assert_array_equal(steps.events, et.signal.initial_contacts(steps.filtered[:, 0]))
    assert steps.contact_s[0] == recording.reference.first_contact_s
    assert set(steps.contact_s[1:]) | set(steps.false_contact_s) <= set(steps.events / 60)
    swing = -steps.filtered[steps.mid_swings, 0]
    assert (swing > -steps.filtered[steps.mid_swings + 1, 0]).all()
    assert (-steps.filtered[steps.mid_swings + 1, 0] > 0.2).all()


def test_windows_are_the_filtered_samples():
    recording = walked()
    pipeline = GaitPipeline(window=64)
    steps, strides = pipeline.steps(recording), pipeline.strides(recording)
    assert_array_equal(strides.flat, strides.windows.reshape(-1, 384))
    assert (strides.longer == (strides.length > 64)).all()
    assert strides.longer.any()
    assert not strides.longer.all()
    for k in range(len(strides)):
        inside = (steps.time_s >= strides.start_s[k]) & (steps.time_s < strides.initial_contact_s[k])
        piece = steps.filtered[inside].astype(np.float32)
        assert strides.length[k] == len(piece)
        assert_array_equal(strides.windows[k, : len(piece)], piece[:64])
        assert not strides.windows[k, len(piece) :].any()


def test_labels_are_those_of_the_strides():
    recording = walked()
    strides = GaitPipeline().strides(recording)
    truth = recording.reference
    places = np.searchsorted(truth.contact_s[1:], strides.reference_contact_s)
    assert_array_equal(truth.length_cm[places], strides.label_cm)
    assert len(set(places)) == len(strides) >= 28
    assert np.abs(strides.initial_contact_s - strides.reference_contact_s).max() < 0.15
    assert strides.complete.all()


def test_without_a_reference_every_stride_is_returned():
    recording = walked()
    strides = GaitPipeline().strides(without(recording))
    labelled = GaitPipeline().strides(recording)
    assert np.isnan(strides.label_cm).all()
    assert strides.complete.all()
    # The reference's first contact is none that the signal shows: the stride from there on is the only one more.
    assert_array_equal(labelled.initial_contact_s[-len(strides) :], strides.initial_contact_s)
    assert_array_equal(labelled.windows[-len(strides) :], strides.windows)
    assert_array_equal(strides.start_s[1:], strides.initial_contact_s[:-1])


def test_axes_come_in_any_order():
    recording = without(walked())
    order = [5, 0, 3, 1, 4, 2]
    turned = without(
        recording,
        values=np.ascontiguousarray(recording.values[:, order]),
        sensors=tuple(recording.sensors[k] for k in order),
    )
    assert_array_equal(GaitPipeline().strides(turned).windows, GaitPipeline().strides(recording).windows)


def test_reference_strides_count_for_a_while():
    recording = walked()
    contact_s = recording.reference.contact_s
    limit = float(contact_s[10] - contact_s[0])
    strides = GaitPipeline(reference_s=limit).strides(recording)
    assert strides.reference_contact_s.max() == contact_s[10]
    assert strides.unpaired_contact_s.size > 15


def test_a_missed_contact_is_flagged():
    """A swing that is too weak joins two strides: what is found belongs to the later one and is no complete stride."""
    recording = walked()
    truth = recording.reference.contact_s
    values = recording.values.copy()
    time_s = np.arange(len(values)) / 128
    values[(time_s > truth[9] + 0.3) & (time_s < truth[10] + 0.1), 0] *= 0.1
    weak = GaitRecording(values, 128.0, GAIT_SENSORS, reference=recording.reference)
    strides = GaitPipeline().strides(weak)
    assert_array_equal(strides.missed_contact_s, truth[[10]])
    assert_array_equal(strides.reference_contact_s[~strides.complete], truth[[11]])
    assert strides.longer[~strides.complete].all()


def test_strides_without_a_length_are_left_out():
    recording = walked()
    length_cm = recording.reference.length_cm.copy()
    length_cm[4] = np.nan
    truth = GaitReference(recording.reference.first_contact_s, recording.reference.contact_s, length_cm,
                          np.where(np.isnan(length_cm), np.nan, recording.reference.duration_s))  # fmt: skip
    gap = GaitRecording(recording.values, 128.0, GAIT_SENSORS, reference=truth)
    strides = GaitPipeline().strides(gap)
    whole = GaitPipeline().strides(recording)
    assert len(strides) == len(whole) - 1
    assert truth.contact_s[5] not in strides.reference_contact_s
    assert truth.contact_s[5] in strides.missed_contact_s


def by_definition(end_s, reference_s, limit):
    """Each stride's nearest reference contact; each contact's nearest stride of those; a mutual choice pairs."""
    pairs = [-1] * len(end_s)
    for j, reference in enumerate(reference_s):
        claims = []
        for k, end in enumerate(end_s):
            distances = [abs(end - other) for other in reference_s]
            nearest = distances.index(min(distances))
            if nearest == j and distances[j] <= limit:
                claims.append((abs(end - reference), k))
        if claims:
            pairs[min(claims)[1]] = j
    return pairs


times = st.lists(st.integers(0, 400), unique=True, max_size=12).map(sorted)


@settings(max_examples=300, deadline=None)
@given(times, times, st.integers(1, 60))
def test_pairing_by_time(ends, references, limit):
    pairs = pair_by_time(np.array(ends, float), np.array(references, float), limit)
    assert_array_equal(np.abs(pairs), np.abs(by_definition(ends, references, limit)))
    taken = pairs[pairs >= 0]
    assert len(set(taken)) == len(taken)
    assert (np.diff(taken) > 0).all()


def test_pairing_by_order():
    assert_array_equal(pair_by_order(4, 2), [0, 1, -1, -1])
    assert_array_equal(pair_by_order(2, 4), [0, 1])
    assert pair_by_order(0, 3).size == 0


STILL = np.zeros((2000, 6), np.float32)


def test_standing_still_has_no_strides():
    strides = GaitPipeline().strides(Recording(STILL, 128.0, GAIT_SENSORS))
    assert strides.windows.shape == (0, 108, 6)
    assert len(strides.initial_contact_s) == 0


@pytest.mark.parametrize(
    ("values", "sensors", "rate_hz", "says"),
    [
        (STILL, [("Gyro", "deg/s"), *((s.name, s.unit) for s in GAIT_SENSORS[1:])], 128.0, "no axis 'Gx', it has Gyro"),
        (STILL, [("Gx", "rad/s"), *((s.name, s.unit) for s in GAIT_SENSORS[1:])], 128.0, "Gx is in 'rad/s', accepted"),
        (STILL, None, 0.0, "it is not sampled in time"),
        (STILL[:21], None, 128.0, "21 samples make 9 at 60 Hz, accepted are at least 10"),
    ],
    ids=["axis", "unit", "rate", "short"],
)
def test_recordings_that_do_not_fit(values, sensors, rate_hz, says):
    axes = GAIT_SENSORS if sensors is None else tuple(et.data.Sensor(*pair) for pair in sensors)
    with pytest.raises(et.DataError, match=says):
        GaitPipeline().strides(Recording(values, rate_hz, axes, name="r"))


def test_no_reference_stride_in_time():
    with pytest.raises(et.DataError, match=r"no reference stride ends within 0\.1 s"):
        GaitPipeline(reference_s=0.1).strides(walked())


@pytest.mark.parametrize(
    ("constants", "says"),
    [
        ({"cutoff_hz": 30.0}, "cutoff_hz: 30, accepted is a frequency below half of rate_hz, 30 Hz"),
        ({"rate_hz": 0}, "rate_hz: 0"),
        ({"window": 0}, "window: 0"),
        ({"tolerance": -1}, "tolerance: -1"),
        ({"threshold": float("nan")}, "threshold: nan"),
        ({"false_contact": 1.5}, "false_contact: 1.5"),
        ({"filter_order": 2.0}, "filter_order: 2.0"),
        ({"gyroscope_range_dps": "1000"}, "gyroscope_range_dps: '1000'"),
        ({"pairing": "name"}, "pairing: 'name', accepted are time, order"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_constants_are_checked(constants, says):
    with pytest.raises(et.DataError, match=says):
        GaitPipeline(**constants)
