"""Stride length: the published shape, scales folded into weights, and the real excerpt across speeds."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import edgetwin as et
from edgetwin.errors import DataError
from edgetwin.usecases import gait, tripod
from edgetwin.usecases.scaling import fold_input, fold_output


def test_the_published_shape(shared):
    published = et.load(shared / "models/gait_int8.tflite").profile()
    strides = gait.simulated_strides([1])
    model = et.quantize(gait.stride_network(), strides.windows)
    assert model.profile().macs == published.macs
    assert model.profile().arena_bytes <= published.arena_bytes


def test_scales_are_in_the_weights():
    rng = np.random.default_rng(5)
    network = gait.stride_network((4, 4), (3, 3), 8, seed=2)
    x = rng.normal(0, 1, (6, 108, 6)).astype(np.float32)
    scale = rng.uniform(0.5, 2, 6)
    before = network.predict((x / scale).astype(np.float32))
    fold_input(network, np.zeros(6), scale)
    assert_allclose(network.predict(x), before, rtol=1e-4, atol=1e-5)
    fold_output(network, 130.0, 7.0)
    assert_allclose(network.predict(x), 7 * before + 130, rtol=1e-5)


def test_a_mean_is_in_the_bias():
    network = et.nn.Sequential([et.nn.Dense(4, activation="relu"), et.nn.Dense(1)], input_shape=(3,), seed=1)
    x = np.random.default_rng(0).normal(5, 3, (7, 3)).astype(np.float32)
    mean, deviation = x.mean(0), x.std(0)
    before = network.predict((x - mean) / deviation)
    fold_input(network, mean, deviation)
    assert_allclose(network.predict(x), before, rtol=1e-4, atol=1e-5)


def test_training_learns_centimetres():
    strides = gait.simulated_strides(range(1000, 1012))
    network = gait.stride_network((8, 8, 8), (5, 5, 5), 16)
    history = gait.train_strides(network, strides, epochs=12)
    assert history.epochs == 12
    result = et.metrics.agreement(network.predict(strides.windows), strides.label_cm)
    assert result.sd < 0.9 * strides.label_cm.std()
    assert abs(result.bias) < 3


def test_callbacks_see_the_finished_network():
    """Raw windows in, centimetres out, while training goes on with its own scales."""
    strides = gait.simulated_strides(range(1000, 1004))
    seen = []

    class Looks(et.nn.Callback):
        def on_train_begin(self):
            seen.append(self.net.predict(strides.windows))

        def on_epoch_end(self, epoch, logs):
            seen.append(self.net.predict(strides.windows))
            self.stop_training = epoch == 2

        def on_train_end(self, logs):
            seen.append(self.net.predict(strides.windows))

    with_it, without = (gait.stride_network((4, 4, 4), (3, 3, 3), 8) for _ in range(2))
    assert gait.train_strides(with_it, strides, epochs=5, callbacks=[Looks()]).epochs == 3
    gait.train_strides(without, strides, epochs=5, callbacks=[lambda epoch, logs: epoch == 2])
    assert len(seen) == 5
    for last in (seen[3], seen[4], with_it.predict(strides.windows)):
        np.testing.assert_array_equal(last, without.predict(strides.windows))
    assert seen[0].mean() == pytest.approx(strides.label_cm.mean(), rel=0.2)


def test_subjects_stay_apart():
    strides = gait.simulated_strides([3, 7])
    assert sorted(set(strides.subjects)) == ["P0003", "P0007"]
    one = strides.take(strides.subjects == "P0007")
    assert len(one) + len(strides.take(strides.subjects == "P0003")) == len(strides)
    assert one.flat.shape == (len(one), 648)


def test_an_accelerometers_range_is_what_one_stands_for():
    wide, narrow = gait.simulated_strides([3], accelerometer_range_g=16), gait.simulated_strides([3])
    assert_array_equal(wide.windows, et.signal.simulate_strides([3])[0])
    assert_array_equal(narrow.windows[:, :, :3], wide.windows[:, :, :3])
    assert_array_equal(narrow.windows[:, :, 3:], wide.windows[:, :, 3:] * np.float32(16 / gait.ACCELEROMETER_RANGE_G))


def test_what_fills_its_codes_costs_less_in_int8():
    """Six channels share one scale: an accelerometer of 16 g has a fifth of its codes."""
    moved = []
    for range_g in (16.0, gait.ACCELEROMETER_RANGE_G):
        strides = gait.simulated_strides(range(1000, 1012), accelerometer_range_g=range_g)
        network = gait.stride_network((8, 8, 8), (5, 5, 5), 16)
        gait.train_strides(network, strides, epochs=12)
        int8 = et.quantize(network, strides.windows, bias_correction=True)
        moved.append(np.std(int8.predict(strides.windows) - network.predict(strides.windows)))
    assert moved[1] < 0.75 * moved[0]


def test_other_cadences_keep_speed_and_angles():
    strides = tripod.at_other_cadences(STRIDES, 2, seed=4, spread=0.2)
    n = len(STRIDES)
    assert len(strides) == 3 * n
    assert_array_equal(strides.windows[:n], STRIDES.windows)
    samples = np.array([np.flatnonzero(window.any(1))[-1] + 1 for window in strides.windows])
    factor = samples / np.tile(samples[:n], 3)
    assert_allclose(strides.label_cm, np.tile(STRIDES.label_cm, 3) * factor, rtol=1e-5)
    assert 0.79 < factor.min() < 0.9 < 1.1 < factor.max() < 1.21
    angles = strides.windows[:, :, :3].sum(1).reshape(3, n, 3)
    swing = np.abs(STRIDES.windows[:, :, 0]).sum(1).mean()
    assert np.abs(angles - angles[0]).max() < 0.05 * swing
    again = tripod.at_other_cadences(STRIDES, 2, seed=4, spread=0.2)
    assert_array_equal(strides.windows, again.windows)


def test_across_speeds_on_the_real_excerpt(shared):
    """Both directions, few strides and epochs: that it runs and compares the right trials."""
    trials = tripod.tripod_strides(shared / "datasets/tripod_excerpt")
    assert {name: len(part) for name, part in trials.items()} == {"PWS": 191, "PWS+20": 217}
    transfers = tripod.across_speeds(
        trials, share=0.2, filters=(4, 4, 4), kernels=(5, 5, 5), dense=8, copies=1, epochs=1, resamples=20
    )
    assert [(t.trained_on, t.tested_on, t.strides) for t in transfers] == [("PWS", "PWS+20", 38), ("PWS+20", "PWS", 43)]
    for transfer in transfers:
        assert len(transfer.evaluation.predictions) == len(trials[transfer.tested_on])
        sd = trials[transfer.tested_on].label_cm.std()
        assert transfer.sd_ratio == pytest.approx(transfer.evaluation.result.sd / sd)
    constant = tripod.constant_figures(trials["PWS"], trials["PWS+20"])
    assert constant["bias"] == pytest.approx(-5.9, abs=0.1)
    assert constant["sd"] == pytest.approx(3.98, abs=0.01)


STRIDES = gait.simulated_strides([1])


@pytest.mark.parametrize(
    ("act", "says"),
    [
        (lambda: gait.simulated_strides([]), "no strides"),
        (lambda: gait.simulated_strides([1], accelerometer_range_g=0), "accelerometer_range_g: 0"),
        (lambda: gait.stride_network((8, 8), (5,)), "a kernel for each"),
        (
            lambda: gait.train_strides(gait.stride_network(), STRIDES.take(STRIDES.label_cm == STRIDES.label_cm[0])),
            "labels that differ",
        ),
        (lambda: tripod.across_speeds({"PWS": STRIDES}), "trials PWS, accepted are two or more"),
        (lambda: tripod.across_speeds({"a": STRIDES, "b": STRIDES}, share=0.01), "share 0.01 of"),
    ],
    ids=["people", "range", "kernels", "labels", "trials", "share"],
)
def test_refuses(act, says):
    with pytest.raises(DataError, match=says):
        act()
