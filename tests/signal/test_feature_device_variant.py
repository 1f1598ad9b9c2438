"""The vendor's own code where it departs from the published blocks: what of it is reproduced, and what is refused."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from edgetwin.errors import DataError, UnsupportedError
from edgetwin.signal import feature_block
from edgetwin.signal.blocks_audio import device_samples

SOUND = np.rint(np.random.default_rng(0).normal(0, 3000, (2, 4000, 1))).astype(np.float32)
MOTION = np.random.default_rng(1).normal(1, 3, (4, 60, 3)).astype(np.float32)
SHORT = {"frame-length": 0.01, "num-filters": 16}


def device(block, params, rate_hz=16000.0):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # frames longer than the transform
        return feature_block(block, params, rate_hz, variant="device_sdk")


def published(block, params, rate_hz=16000.0):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return feature_block(block, params, rate_hz)


@pytest.mark.parametrize(
    ("block", "params"),
    [
        ("raw", {"scale-axes": 2.0}),
        ("flatten", {}),
        ("spectral_analysis", {"do-log": False, "filter-type": "low", "filter-cutoff": 900}),
        ("spectral_analysis", {"do-log": False, "input-decimation-ratio": 10}),
        ("spectral_analysis", {"do-log": False, "extra-low-freq": True, "fft-length": 4}),
    ],
    ids=["raw", "flatten", "spectral", "decimated", "low frequencies"],
)
def test_where_only_rounding_differs_it_is_the_published_block(block, params):
    one, other = device(block, params), published(block, params)
    np.testing.assert_array_equal(one.extract_batch(MOTION), other.extract_batch(MOTION))
    assert "device_sdk" in repr(one)
    assert "device_sdk" not in repr(other)


def test_images_too():
    image = np.arange(48, dtype=np.uint8).reshape(1, 4, 4, 3)
    params = {"channels": "Grayscale"}
    np.testing.assert_array_equal(
        device("image", params).extract_batch(image), published("image", params).extract_batch(image)
    )


@pytest.mark.parametrize(("block", "version"), [("mfe", 1), ("mfe", 2), ("mfcc", 1), ("mfcc", 2), ("mfcc", 3)], ids=str)
def test_a_low_frequency_of_0_is_300_hz_below_version_4(block, version):
    params = {**SHORT, "implementation_version": version}
    made = device(block, params)
    assert made.params["low_frequency"] == 300
    expected = published(block, {**params, "low-frequency": 300})
    np.testing.assert_array_equal(made.extract_batch(SOUND), expected.extract_batch(SOUND))
    assert device(block, {**params, "low-frequency": 100}).params["low_frequency"] == 100


def test_version_4_reads_0_as_0():
    made = device("mfcc", {})
    assert made.params["low_frequency"] == 0
    np.testing.assert_array_equal(made.extract_batch(SOUND), published("mfcc", {}).extract_batch(SOUND))


def test_the_rate_is_cut_to_a_whole_number():
    made = device("mfcc", SHORT, 15999.9)
    np.testing.assert_array_equal(made.extract_batch(SOUND), published("mfcc", SHORT, 15999).extract_batch(SOUND))
    assert made.rate_hz == 15999.9
    with pytest.raises(DataError, match=r"mfcc: rate_hz is 0\.5, accepted by device_sdk is 1 Hz or more"):
        device("mfcc", SHORT, 0.5)


def test_version_1_rounds_the_stride_too():
    params = {**SHORT, "frame-stride": 0.01003, "low-frequency": 300, "implementation_version": 1}
    frames = {name: make("mfcc", params).frames(4000) for name, make in (("device", device), ("else", published))}
    assert frames == {"device": (4000 - 160) // 160, "else": (4000 - 160) // 161}


@pytest.mark.parametrize(
    ("rate", "seconds", "version", "samples"),
    [
        (16000, 0.02, 4, 320),  # in float32 the product is 320 as well
        (16000, 0.0200001, 4, 321),
        (16000, 0.02000005, 4, 320),
        (16000, 0.01003, 1, 160),
        (10, 0.25, 1, 2),  # ties to even
        (8000000, 0.1234567, 4, 987654),  # 987653.6 in double, too; float32 has steps of 1/16 there
    ],
)
def test_samples_are_counted_in_float32(rate, seconds, version, samples):
    assert device_samples(rate, seconds, version) == samples


def test_a_filter_that_no_bin_reaches_has_the_bin_at_its_peak():
    """Against the definition in plain numpy: power of each frame, weights, logarithm, cosines."""
    filters = 24
    params = {"frame-length": 0.004, "frame-stride": 0.004, "fft-length": 64, "num-filters": filters, "win-size": 0}
    params |= {"pre-cof": 0.0, "low-frequency": 20, "num-cepstral": filters}
    with pytest.raises(DataError, match="filter 0 of 24 reaches no bin of the spectrum"):
        published("mfcc", params)
    found = device("mfcc", params).extract(SOUND[0]).reshape(-1, filters)
    mel = np.linspace(1127 * np.log(1 + 20 / 700), 1127 * np.log(1 + 8000 / 700), filters + 2)
    hz = 700 * (np.exp(mel / 1127) - 1)
    hz[-1] -= 0.001
    edges = (65 * hz / 16000).astype(int)
    assert (edges[2:] == edges[:-2]).any()
    weights = np.zeros((filters, 33))
    for i, row in enumerate(weights):
        low, centre, high = edges[i : i + 3]
        row[low + 1 : centre] = np.arange(1, centre - low) / max(1, centre - low)
        row[centre:high] = np.arange(high - centre, 0, -1) / max(1, high - centre)
        row[centre] = 1
    frames = SOUND[0, : 62 * 64, 0].astype(np.float64).reshape(62, 64)
    power = np.abs(np.fft.rfft(frames)) ** 2 / 64
    energies = np.log(power @ weights.T)
    k, j = np.arange(filters)[:, None], np.arange(filters)
    expected = energies @ (np.sqrt(2 / filters) * np.cos(np.pi * k * (2 * j + 1) / (2 * filters))).T
    expected[:, 0] = np.log(power.sum(1))
    np.testing.assert_allclose(found, expected, rtol=0, atol=2e-4)


@pytest.mark.parametrize(
    ("block", "params", "rate_hz", "message"),
    [
        ("spectral_analysis", {}, 100, "do_log true: its log10 is a cubic up to 4e-4 off, .*accepted are do_log f"),
        ("spectral_analysis", {"do-log": False, "input-decimation-ratio": 30}, 100, "ratio 30: .*stale samples"),
        (
            "spectral_analysis",
            {"do-log": False, "input-decimation-ratio": 3, "extra-low-freq": True},
            100,
            "ratio 3 and extra_low_freq: .*stale samples",
        ),
        ("mfe", {}, 16000, "implementation_version 4: its log10 .*accepted are versions 1 and 2, or variant pub"),
        ("spectrogram", {"implementation_version": 3}, 16000, "implementation_version 3: its log10"),
        ("spectrogram", {"implementation_version": 1}, 99.5, "rate_hz 99.5: it rounds the rate for the size"),
        (
            "mfcc",
            {"num-filters": 32, "fft-length": 512},
            16000,
            r"num_filters 32: edge 26 is at 140\.9994 bins, .*accepted are other num_filters",
        ),
    ],
    ids=["log", "ratio", "low frequencies", "mfe", "spectrogram", "rate", "edge"],
)
def test_what_is_not_known_well_enough_is_refused(block, params, rate_hz, message):
    with pytest.raises(UnsupportedError, match=f"{block}: variant device_sdk with .*{message}"):
        device(block, params, rate_hz)
