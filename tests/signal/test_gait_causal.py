"""The causal gait pipeline: the core against its definition, any block split, the real excerpt, and walkers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from oracles import gait as definition
from oracles.cases_gait import GAIT, swinging

import edgetwin as et
from edgetwin import _core
from edgetwin.data import Recording, load_tripod, simulate_gait
from edgetwin.data.tripod import GAIT_SENSORS
from edgetwin.signal import GaitPipeline
from edgetwin.signal.gait_causal import KERNEL, design_filters

CAUSAL = GaitPipeline(causal=True)
#: Bias and SD in cm of the published model on the causal strides, and SD of its outputs against the zero-phase ones.
REAL = {"PWS": (0.90, 3.98, 1.16), "PWS+20": (4.37, 3.32, 1.11)}


def excerpt(shared, trial, foot="RF"):
    return load_tripod(shared / "datasets" / "tripod_excerpt", "Sub_FZ", trial, foot)


@pytest.mark.parametrize("seed", range(30))
def test_the_core_is_as_defined(seed):
    case = GAIT["gait_f32"](np.random.default_rng(seed))
    fresh = [np.zeros_like(array) for array in case.state]
    outputs = _core.run_kernel(KERNEL, case.params, case.inputs, case.constants, fresh)
    taps, sections = case.constants["taps"], case.constants["sections"]
    windows, found, resampled, filtered = definition.pipeline(case.inputs[0], taps, sections, case.params)
    records = outputs[1].view(np.int32).reshape(-1, 2)
    kept = min(len(found), case.params["capacity"])
    assert_array_equal(records[0], [len(found), len(resampled)])
    assert_array_equal(records[1 : 1 + kept], np.reshape(found[:kept], (-1, 2)))
    assert not records[1 + kept :].any()
    for output, expected in ((outputs[2], resampled), (outputs[3], filtered), (outputs[0], windows[:kept])):
        expected_bytes = expected.tobytes()
        assert output.tobytes()[: len(expected_bytes)] == expected_bytes


def test_some_cases_have_strides_of_every_kind():
    kinds = set()
    for seed in range(30):
        case = GAIT["gait_f32"](np.random.default_rng(seed))
        constants = case.constants["taps"], case.constants["sections"]
        found = definition.pipeline(case.inputs[0], *constants, case.params)[1]
        kinds |= {"longer" if length > case.params["window"] else "shorter" for _, length in found}
        kinds |= {"more than kept"} if len(found) > case.params["capacity"] else set()
    assert kinds == {"longer", "shorter", "more than kept"}


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.lists(st.integers(0, 400), max_size=12))
def test_any_block_split_is_the_batch(seed, cuts):
    values = swinging(np.random.default_rng(seed), 700, 60)
    whole = CAUSAL.stream(128.0).push(values)
    stream = CAUSAL.stream(128.0)
    parts = [stream.push(block) for block in np.split(values, np.unique(cuts))]
    for name in ("windows", "length", "end", "resampled", "filtered"):
        joined = np.concatenate([getattr(part, name) for part in parts])
        assert joined.tobytes() == getattr(whole, name).tobytes(), name


def test_sample_by_sample():
    values = swinging(np.random.default_rng(1), 500, 60)
    whole = CAUSAL.stream(128.0).push(values)
    assert len(whole.windows) >= 5
    stream = CAUSAL.stream(128.0)
    parts = [stream.push(row[None]) for row in values]
    assert np.concatenate([part.windows for part in parts]).tobytes() == whole.windows.tobytes()
    assert max(len(part.windows) for part in parts) == 1


def test_more_strides_than_are_likely():
    """Contacts every few samples: nothing is lost where more strides end than room was made for."""
    pipeline = GaitPipeline(causal=True, threshold=0.01, false_contact=0.01, cutoff_hz=29.0, window=4)
    values = np.zeros((2000, 6))
    values[:, 0] = 500 * np.sin(np.arange(2000) * 2 * np.pi / 12.8)
    block = pipeline.stream(128.0).push(values)
    assert len(block.windows) > 2000 / 64 + 1
    assert_array_equal(block.end[1:] - block.length[1:], block.end[:-1])
    assert_array_equal(block.windows[:, 0], block.filtered[block.end - block.length])


def test_filters_are_those_of_scipy():
    from scipy import signal

    filters = design_filters(128.0, 60.0, 4, 2, 10.0)
    assert (filters.up, filters.down, len(filters.taps)) == (15, 32, 270)
    recording = simulate_gait(1, speeds=(1.0,), strides=10)[0]
    block = CAUSAL.stream(128.0).push(recording.values)
    normalised = recording.values / np.array([1000] * 3 + [16] * 3, np.float64)
    prototype = signal.firwin(257, 1 / 32, window=("kaiser", 5.0)) * 15
    slower = signal.upfirdn(prototype, normalised, 15, 32, axis=0)[: len(block.resampled)]
    assert_allclose(block.resampled, slower, atol=2e-7, rtol=0)
    smooth = signal.sosfilt(signal.butter(2, 10, fs=60, output="sos"), slower, axis=0)
    assert_allclose(block.filtered, smooth, atol=1e-6, rtol=0)


def test_slow_changes_are_late_by_the_delay():
    time_s = np.arange(1280) / 128
    values = np.zeros((1280, 6))
    values[:, 0] = 1000 * np.sin(2 * np.pi * 0.5 * time_s)
    filters = design_filters(128.0, 60.0, 4, 2, 10.0)
    filtered = CAUSAL.stream(128.0).push(values).filtered[:, 0]
    expected = np.sin(2 * np.pi * 0.5 * (np.arange(len(filtered)) / 60 - filters.delay_s))
    assert_allclose(filtered[60:], expected[60:], atol=2e-3)
    assert 0.08 < filters.delay_s < 0.1


@pytest.mark.parametrize("trial", REAL)
def test_the_real_excerpt(shared, trial):
    """What a board would make of the raw files: a stride less than with the reference's first contact, all labelled."""
    recording = excerpt(shared, trial)
    causal, published = CAUSAL.strides(recording), GaitPipeline().strides(recording)
    assert_array_equal(causal.reference_contact_s, published.reference_contact_s[1:])
    assert causal.complete.all()
    assert np.abs(causal.initial_contact_s - published.initial_contact_s[1:]).max() < 1 / 60
    model = et.load(shared / "models/gait_int8.tflite")
    lengths, before = model.predict(causal.flat), model.predict(published.flat)[1:]
    result = et.metrics.agreement(lengths, causal.label_cm)
    assert (result.bias, result.sd) == pytest.approx(REAL[trial][:2], abs=0.005)
    assert np.std(lengths - before) == pytest.approx(REAL[trial][2], abs=0.005)


@pytest.mark.parametrize(("trial", "strides"), [("PWS", 95), ("PWS+20", 108)])
def test_the_left_foot(shared, trial, strides):
    found = CAUSAL.strides(excerpt(shared, trial, "LF"))
    assert len(found) == strides
    assert found.complete.all()


def test_steps_tell_what_strides_are_cut_from():
    recording = simulate_gait(1, speeds=(1.0,), strides=20)[0]
    steps, strides = CAUSAL.steps(recording), CAUSAL.strides(recording)
    assert steps.filtered.dtype == np.float32
    assert set(strides.initial_contact_s) <= set(steps.contact_s)
    assert set(strides.start_s) <= set(steps.contact_s)
    for k in range(len(strides)):
        inside = (steps.time_s >= strides.start_s[k] - 1e-9) & (steps.time_s < strides.initial_contact_s[k] - 1e-9)
        assert_array_equal(strides.windows[k, : strides.length[k]], steps.filtered[inside])
        assert not strides.windows[k, strides.length[k] :].any()
    assert (-steps.filtered[steps.mid_swings + 1, 0] > np.float32(0.2)).all()
    assert len(steps.events) == len(steps.contact_s) + len(steps.false_contact_s)


def test_a_false_contact_joins_its_neighbours():
    """Two contacts in quick succession: the second is dropped by the running mean."""
    pulse = np.interp(np.arange(60), [0, 12, 30, 36, 60], [0, 500, -300, -100, 0])
    small = np.interp(np.arange(24), [0, 8, 16, 24], [0, 420, -300, 0])
    pause = np.zeros(80)
    parts = [np.zeros(100), *([pulse, pause] * 6), pulse, small, pause[24:], *([pulse, pause] * 2)]
    signal = np.concatenate(parts)
    values = np.zeros((len(signal), 6), np.float32)
    values[:, 0] = -signal
    recording = Recording(values, 128.0, GAIT_SENSORS)
    steps, strides = CAUSAL.steps(recording), CAUSAL.strides(recording)
    assert len(steps.false_contact_s) == 1
    assert np.ptp(strides.length) <= 1
    assert len(strides) == 8


def test_a_pause_does_not_count_for_the_mean():
    pulse = np.interp(np.arange(60), [0, 12, 30, 36, 60], [0, 500, -300, -100, 0])
    walk = [pulse, np.zeros(80)] * 4
    values = np.zeros((3000 + 2 * 560, 6), np.float32)
    values[:, 0] = -np.concatenate([*walk, np.zeros(3000), *walk])
    strides = CAUSAL.strides(Recording(values, 128.0, GAIT_SENSORS))
    # Had the pause of 50 times a stride counted, later contacts would be nearer than 40 % of the mean.
    assert strides.longer.sum() == 1
    assert len(strides) == 7
    assert strides.windows[strides.longer].any(axis=(0, 2)).all()


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: GaitPipeline(causal=True, pairing="order"), "pairing: 'order' begins at the reference's"),
        (lambda: GaitPipeline().stream(128.0), "a stream needs the causal form"),
        (lambda: CAUSAL.stream(0), "raw_rate_hz: 0"),
        (lambda: CAUSAL.stream(50.0), "rate_hz: 60 of 50 Hz is 6 / 5, accepted by the causal form is at most 1"),
        (lambda: CAUSAL.stream(100.01), "rate_hz: 60 of 100.01 Hz is 6000 / 10001"),
        (lambda: GaitPipeline(causal=True, filter_order=3).stream(128.0), "filter_order: 3, accepted by the causal"),
        (lambda: CAUSAL.stream(128.0).push(np.zeros((3, 5))), r"values: shape \(3, 5\), accepted is \(time, 6\)"),
        (lambda: CAUSAL.stream(128.0).push(np.full((3, 6), np.nan)), "values: NaN or infinite"),
        (lambda: CAUSAL.stream(128.0).push(np.full((3, 6), "a")), "values: dtype <U1"),
    ],
    ids=["order", "zero-phase", "rate", "up", "ratio", "odd", "shape", "nan", "text"],
)  # fmt: skip
def test_refusals(make, says):
    with pytest.raises(et.EdgetwinError, match=says):
        make()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("gyroscope_range", 0.0), ("accelerometer_range", -1.0), ("threshold", -0.1), ("false_contact", 1.1),
        ("mean_strides", 0), ("window", 0), ("up", 0), ("down", 14), ("taps_per_phase", 0), ("sections", 0),
        ("sections", 9), ("size", 0), ("capacity", 0), ("window", 2**30), ("capacity", 2**30), ("size", 2**28),
    ],
)  # fmt: skip
def test_the_core_checks_its_parameters(name, value):
    params = {"gyroscope_range": 1.0, "accelerometer_range": 1.0, "threshold": 0.2, "false_contact": 0.4,
              "mean_strides": 1, "window": 4, "up": 15, "down": 32, "taps_per_phase": 2, "sections": 1,
              "size": 4, "capacity": 1}  # fmt: skip
    assert _core.kernel_layout(KERNEL, params)["state"] == [92, 48, 48, 96]
    with pytest.raises(et.EdgetwinError, match="gait_f32"):
        _core.kernel_layout(KERNEL, params | {name: value})


def test_the_core_refuses_a_filter_that_does_not_settle():
    case = GAIT["gait_f32"](np.random.default_rng(0))
    case.constants["sections"][0, 4] = 1.0
    with pytest.raises(et.QuantizationError, match="gait_f32: parameter out of range"):
        _core.run_kernel(KERNEL, case.params, case.inputs, case.constants, case.state)
