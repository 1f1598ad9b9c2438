"""Simulated walkers: what was asked for is in the recordings, and the pipeline finds it, whole and sample by sample."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import edgetwin as et
from edgetwin.data import Recording, simulate_gait
from edgetwin.signal import GaitPipeline

FORMS = {"zero-phase": GaitPipeline(reference_s=1e6), "causal": GaitPipeline(causal=True, reference_s=1e6)}
#: Without noise, offsets and mounting.
CLEAN = {
    "gyroscope_noise_dps": 0,
    "accelerometer_noise_g": 0,
    "gyroscope_bias_dps": 0,
    "accelerometer_bias_g": 0,
    "mounting_deg": 0,
}


def test_walkers_and_speeds():
    recordings = simulate_gait(2, speeds=(0.8, 1.0, 1.2), strides=10)
    assert [r.name for r in recordings] == [
        f"Sub_0{number}-{trial}-RF" for number in (0, 1) for trial in ("PWS-20", "PWS", "PWS+20")
    ]
    for slow, preferred, fast in (recordings[:3], recordings[3:]):
        lengths = [r.reference.length_cm.mean() for r in (slow, preferred, fast)]
        durations = [r.reference.duration_s.mean() for r in (slow, preferred, fast)]
        assert lengths == sorted(lengths)
        assert durations == sorted(durations, reverse=True)
    for recording in recordings:
        assert recording.metadata["source"] == "simulated"
        assert recording.rate_hz == 128.0
        assert len(recording.reference.length_cm) == 10
        assert_array_equal(np.round(np.diff(recording.reference.contact_s), 9),
                           np.round(recording.reference.duration_s, 9))  # fmt: skip
        assert recording.reference.contact_s[-1] < len(recording.values) / 128
    assert {r.values.tobytes() for r in recordings} == {r.values.tobytes() for r in simulate_gait(2, strides=10)}
    assert recordings[0] != simulate_gait(2, strides=10, seed=1)[0]


def test_adding_a_walker_or_speed_changes_no_other():
    few, more = simulate_gait(1, speeds=(1.2,), strides=5), simulate_gait(2, speeds=(1.0, 1.2), strides=5)
    assert few[0] == more[1]


def test_the_feet_take_turns():
    right, left = (simulate_gait(1, speeds=(1.0,), strides=5, foot=foot)[0].reference for foot in ("RF", "LF"))
    assert right.first_contact_s == left.first_contact_s == right.contact_s[0]
    assert right.contact_s[0] < left.contact_s[0] < right.contact_s[1] < left.contact_s[1]


def standing(recording):
    """The first 1.5 s, before the walk."""
    return recording.values[:192].astype(np.float64)


def test_noise_offsets_and_mounting():
    clean = standing(simulate_gait(1, speeds=(1.0,), strides=3, **CLEAN)[0])
    assert np.abs(clean - [0, 0, 0, 0, 0, 1]).max() < 0.3
    noisy = simulate_gait(20, speeds=(1.0,), strides=3, gyroscope_noise_dps=6.0, accelerometer_noise_g=0.05)
    spread = np.mean([np.std(standing(r)[:128], axis=0) for r in noisy], axis=0)
    assert spread == pytest.approx([6, 6, 6, 0.05, 0.05, 0.05], rel=0.1)
    offsets = [standing(r)[:64].mean(0) for r in simulate_gait(60, speeds=(1.0,), strides=1, **(CLEAN | {
        "gyroscope_bias_dps": 5.0, "accelerometer_bias_g": 0.1}))]  # fmt: skip
    assert np.std(offsets, axis=0) == pytest.approx([5, 5, 5, 0.1, 0.1, 0.1], rel=0.35)
    turned = [standing(r)[:64].mean(0)[3:] for r in simulate_gait(60, speeds=(1.0,), strides=1, **(CLEAN | {
        "mounting_deg": 8.0}))]  # fmt: skip
    assert np.linalg.norm(turned, axis=1) == pytest.approx(np.ones(60), abs=1e-3)
    tilt = np.rad2deg(np.arccos(np.array(turned)[:, 2]))
    assert 6 < np.sqrt((tilt**2).mean()) < 16


@pytest.mark.parametrize("foot", ["RF", "LF"])
@pytest.mark.parametrize("form", FORMS)
def test_true_strides_are_found(form, foot):
    """At least 99 % of them, their ends within two samples."""
    true = found = 0
    for recording in simulate_gait(6, foot=foot, seed=3):
        strides = FORMS[form].strides(recording)
        true += len(recording.reference.length_cm)
        found += len(strides)
        assert np.abs(strides.initial_contact_s - strides.reference_contact_s).max() <= 2 / 60
        assert np.isin(strides.label_cm, recording.reference.length_cm).all()
        assert strides.complete.all()
    assert true == 6 * 3 * 80
    assert found >= 0.99 * true


@pytest.mark.parametrize("form", FORMS)
def test_missed_events_join_strides(form):
    """A shuffled stride has no end; the stride it is joined with is there, and flagged."""
    recordings = simulate_gait(4, missed_events=0.05, seed=2)
    true = sum(len(r.reference.length_cm) for r in recordings)
    every = [FORMS[form].strides(r) for r in recordings]
    missed = sum(len(s.missed_contact_s) for s in every)
    assert 0.03 * true < missed < 0.07 * true
    assert sum(len(s) for s in every) == true - missed
    flagged = sum(int((~s.complete).sum()) for s in every)
    assert 0.8 * missed < flagged <= missed
    for strides in every:
        whole = strides.complete
        assert np.abs(strides.initial_contact_s - strides.reference_contact_s)[whole].max() <= 2 / 60


@pytest.mark.parametrize("form", FORMS)
def test_a_hundred_thousand_strides(form):
    """In less than 10 s, on recordings of a usual length; a loaded machine gets more."""
    recording = simulate_gait(1, speeds=(1.0,), strides=100)[0]
    FORMS[form].strides(recording)
    times = []
    for _ in range(5):
        began = time.process_time()
        count = len(FORMS[form].strides(recording))
        times.append((time.process_time() - began) / count)
    assert 1e5 * min(times) < 30
    assert count == 100


def test_a_plain_recording_of_a_walk():
    recording = simulate_gait(1, speeds=(1.0,), strides=12)[0]
    plain = Recording(recording.values, recording.rate_hz, recording.sensors)
    for pipeline in FORMS.values():
        # The stride before the reference's first contact has no start that could be seen.
        assert len(pipeline.strides(plain)) == 12
        assert len(replace(pipeline, threshold=0.9).strides(plain)) == 0


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"walkers": 0}, "walkers: 0"),
        ({"strides": 2.5}, "strides: 2.5"),
        ({"seed": -1}, "seed: -1"),
        ({"rate_hz": 0.0}, "rate_hz: 0.0"),
        ({"speeds": ()}, "speeds: (), accepted are one or more numbers above 0"),
        ({"speeds": (0.0,)}, "speeds: 0.0"),
        ({"speeds": "1"}, "speeds: '1'"),
        ({"foot": "R"}, "foot 'R', accepted are RF, LF"),
        ({"missed_events": 1.5}, "missed_events: 1.5"),
        ({"gyroscope_noise_dps": -1.0}, "gyroscope_noise_dps: -1.0"),
        ({"accelerometer_bias_g": float("nan")}, "accelerometer_bias_g: nan"),
        ({"mounting_deg": "5"}, "mounting_deg: '5'"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_refusals(arguments, says):
    with pytest.raises(et.DataError) as caught:
        simulate_gait(**arguments)
    assert says in str(caught.value)
