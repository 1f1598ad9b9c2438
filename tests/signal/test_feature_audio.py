"""Audio blocks: every level and batch gives the device core's bits, near the definition; names; bad input."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from oracles import audio_features as oracle

import edgetwin as et
from edgetwin import _core
from edgetwin.errors import DataError

BLOCKS = {
    "mfe": ("mfe", {"fft_length": 512}),
    "mfe wraps": ("mfe", {"fft_length": 512, "saturation": "wrap", "noise_floor_db": -20}),
    "mfe cuts frames": ("mfe", {"frame_stride": 0.015, "high_frequency": 4000, "num_filters": 20}),
    "mfe 3": ("mfe", {"fft_length": 512, "implementation_version": 3, "low_frequency": 300, "num_filters": 32}),
    "mfe 2": ("mfe", {"fft_length": 512, "implementation_version": 2, "num_filters": 16, "win_size": 31}),
    "mfe 1": ("mfe", {"fft_length": 512, "implementation_version": 1, "num_filters": 16}),
    "mfcc": ("mfcc", {"fft_length": 512}),
    "mfcc far": ("mfcc", {"fft_length": 512, "pre_shift": 7, "win_size": 11, "num_cepstral": 20}),
    "mfcc plain": ("mfcc", {"fft_length": 512, "pre_cof": 0, "win_size": 0, "num_cepstral": 1}),
    "mfcc 3": ("mfcc", {"fft_length": 512, "implementation_version": 3, "low_frequency": 300}),
    "mfcc 1": ("mfcc", {"fft_length": 1024, "implementation_version": 1, "frame_length": 0.02003}),
    "spectrogram": ("spectrogram", {"fft_length": 512}),
    "spectrogram 3": ("spectrogram", {"fft_length": 512, "implementation_version": 3}),
    "spectrogram 1": ("spectrogram", {"implementation_version": 1}),
}
EVERY_BLOCK = [pytest.param(*value, id=name) for name, value in BLOCKS.items()]


def made(block, params, rate_hz=16000):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return et.signal.feature_block(block, params, rate_hz=rate_hz)


def some_sound(count, samples=4000, seed=0):
    """Noise of any loudness, tones, a click, silence, full scale; int16 values."""
    rng = np.random.default_rng([seed, count, samples])
    sound = rng.normal(0, 10.0 ** rng.uniform(0, 4, (count, 1)), (count, samples))
    t = np.arange(samples)
    for i in range(0, count, 3):
        sound[i] = 32767 * np.sin(rng.uniform(0.1, 3) * t) * np.linspace(0, 1, samples) + rng.normal(0, 2, samples)
    sound[1::7] = 0
    sound[1::7, samples // 2] = 12345
    sound[2::7] *= np.linspace(0, 1, samples) > 0.4
    return np.clip(np.rint(sound), -32768, 32767).astype(np.float32)[..., None]


@pytest.mark.parametrize(("block", "params"), EVERY_BLOCK)
@pytest.mark.parametrize("samples", [1000, 4003])
def test_every_level_batch_and_thread_count_gives_the_same_bits(block, params, samples):
    chosen, windows = made(block, params), some_sound(19, samples)
    with et.arch("scalar"):
        alone = np.stack([chosen.extract(window) for window in windows])
    assert alone.shape[1] > 0
    for level in et.archs():
        with et.arch(level):
            np.testing.assert_array_equal(chosen.extract_batch(windows, num_threads=1), alone, level)
    np.testing.assert_array_equal(chosen.extract_batch(windows, num_threads=3), alone)
    np.testing.assert_array_equal(chosen.extract_batch(windows[:0]), alone[:0])
    np.testing.assert_array_equal(chosen.extract_batch(windows[::2]), alone[::2])


@pytest.mark.parametrize(("block", "params"), EVERY_BLOCK)
def test_against_the_definition(block, params):
    chosen = made(block, params)
    rng = np.random.default_rng(5)
    windows = np.rint(rng.normal(0, 1000, (6, 8000, 1)) * (1 + np.sin(np.arange(8000)[:, None] / 700))).astype(
        np.float32
    )
    function, p = getattr(oracle, block), chosen.params
    for ours, window in zip(chosen.extract_batch(windows), windows, strict=True):
        options = {"wrap": p["saturation"] == "wrap"} if "saturation" in p else {}
        expected = function(window[:, 0], 16000, p, chosen.version, **options).ravel()
        assert ours.shape == expected.shape
        if options:
            np.testing.assert_array_equal(ours, expected)
        else:
            np.testing.assert_allclose(ours, expected, rtol=1e-5, atol=3e-5)


def test_steps_of_loud_and_quiet_sound_equal_double():
    """Steps near the middle between two are decided in double: none of 400 000 differs."""
    chosen = made("mfe", {"fft_length": 256, "noise_floor_db": -100, "frame_stride": 0.02})
    windows = some_sound(60, 52000, seed=3)
    equal = total = 0
    for ours, window in zip(chosen.extract_batch(windows), windows, strict=True):
        expected = oracle.mfe(window[:, 0], 16000, chosen.params, 4, wrap=False).ravel()
        equal += int((ours == expected).sum())
        total += expected.size
    assert total == 60 * 40 * 162
    assert equal == total


def sounds_of_transform(n, rng):
    t = np.arange(n)
    yield rng.normal(0, 1, n)
    yield np.sin(rng.uniform(0, np.pi) * t)
    yield np.cos(2 * np.pi * rng.integers(n // 2) * t / n) + 1e-4 * np.sin(rng.uniform(0, np.pi) * t)
    yield 1 + rng.normal(0, 1e-3, n)
    yield np.where(t == rng.integers(n), 1.0, 0.0)


@pytest.mark.parametrize("n", [16, 256, 1024])
def test_errors_of_the_transform_are_half_of_what_doubt_allows_for(n):
    """In features_audio.hpp: 8 ulps of each value and kTransformError, 4, of the root of the sum of squares."""
    rng, table, largest = np.random.default_rng(n), _core.fft_table(n), 0.0
    for _ in range(60):
        for sound in sounds_of_transform(n, rng):
            x = sound.astype(np.float32)
            raw = _core.run_kernel("real_fft_f32", {"size": n}, [x], {"cosines": table})[0].view(np.float32)
            exact = np.fft.rfft(x.astype(np.float64))
            error = np.abs(np.concatenate([raw[:1], raw[2::2] + 1j * raw[3::2], raw[1:2]]) - exact)
            size = np.sqrt(n) * np.linalg.norm(x.astype(np.float64))
            largest = max(largest, float((error - 2.0**-21 * np.abs(exact)).max() / size * 2**24))
    assert 0.1 < largest < 2


@pytest.mark.parametrize("version", [2, 4])
@pytest.mark.parametrize(
    ("rate", "low", "high"), [(16000, 0, 0), (16000, 300, 4000), (11025, 80, 0), (44100, 20, 20000)]
)
def test_edges_of_the_bank(version, rate, low, high):
    p = {"num_filters": 12, "fft_length": 1024, "low_frequency": low, "high_frequency": high}
    chosen = made("mfe", p | {"implementation_version": version}, rate)
    expected = oracle.mel_edges(rate, p, version)
    np.testing.assert_array_equal(_core.mel_edges(chosen.core_params), expected)


def test_names():
    assert made("mfe", {"input_shape": [16000, 1]}).names[40] == "Frame 1 Filter 0"
    assert made("mfcc", {"input_shape": [16000]}).names[-1] == "Frame 49 Coefficient 12"
    assert made("spectrogram", {"input_shape": [16000]}).names[:2] == ["Frame 0 0 Hz", "Frame 0 125 Hz"]
    assert made("mfe", {}).labels == []
    with pytest.raises(DataError, match=r"mfe: names need input_shape = \[time, 1\], which is \[4, 2\]"):
        _ = made("mfe", {"input_shape": [4, 2]}).names


def test_frames_longer_than_the_transform_warn():
    message = r"mfe: frames of 320 samples are longer than fft_length 256: the last 64 samples of each are not used"
    with pytest.warns(UserWarning, match=message) as seen:
        et.signal.feature_block("mfe", rate_hz=16000)
    assert seen[0].filename == __file__
    et.signal.feature_block("mfe", {"fft_length": 512}, rate_hz=16000)


REFUSED = {
    "length": ("mfe", {"fft_length": 200}, "fft_length is 200, accepted is one of 4, 8, 16"),
    "one filter": ("mfe", {"num_filters": 1}, "num_filters is 1, accepted is 2 to 1024 filters"),
    "empty row": ("mfe", {"implementation_version": 3}, "mfe: filter 0 of 40 reaches no bin of the spectrum"),
    "empty row of mfcc": ("mfcc", {"implementation_version": 1}, "mfcc: filter 0 of 32 reaches no bin"),
    "axes": ("mfcc", {"axes": ["x", "y"]}, r"axes is \['x', 'y'\], accepted is one axis"),
    "even window": ("mfcc", {"win_size": 100}, "win_size is 100, accepted is an odd number of frames, or 0"),
    "no window": (
        "mfe",
        {"win_size": 0, "implementation_version": 1, "num_filters": 8},
        "win_size is 0, accepted is an",
    ),
    "shift": ("mfcc", {"pre_shift": 0}, "pre_shift is 0, accepted is 1 sample or more"),
    "coefficients": ("mfcc", {"num_cepstral": 33}, "num_cepstral is 33, accepted is 1 to num_filters, 32"),
    "high": ("mfe", {"high_frequency": 8001}, "high_frequency is 8001, accepted is up to 8000 Hz"),
    "low": ("mfe", {"low_frequency": 8000}, "low_frequency is 8000, accepted is 0 Hz or more and below 8000 Hz"),
    "floor": ("spectrogram", {"noise_floor_db": 12}, "noise_floor_db is 12, accepted is a number of dB from -1000 to"),
    "saturation": ("mfe", {"saturation": "zero"}, "saturation is 'zero', accepted is one of clip, wrap"),
    "frame": ("mfe", {"frame_length": 0}, "frame_length is 0, accepted is a time of one sample or more at 16000 Hz"),
    "stride": ("mfcc", {"frame_stride": -1}, "frame_stride is -1, accepted is a time of one sample or more"),
    "short frame": ("spectrogram", {"frame_length": 0.0001}, "frame_length is 0.0001, accepted is a time of 4 samples"),
    "short stride": (
        "spectrogram",
        {"frame_stride": 0.0001},
        "frame_stride is 0.0001, accepted is a time of 4 samples",
    ),
    "unknown": ("spectrogram", {"num_filters": 3}, "unknown parameter num_filters"),
    "version": ("mfe", {"implementation_version": 5}, "implementation_version is 5, accepted is one of 1, 2, 3, 4"),
}


@pytest.mark.parametrize(("block", "params", "message"), REFUSED.values(), ids=REFUSED)
def test_refused_parameters(block, params, message):
    with pytest.raises(DataError, match=message):
        made(block, params)


def test_missing_rate():
    with pytest.raises(DataError, match="mfe: the sampling rate is missing: give rate_hz"):
        et.signal.feature_block("mfe")


@pytest.mark.parametrize("block", ["mfe", "mfcc", "spectrogram"])
def test_refused_windows(block):
    chosen = made(block, {"fft_length": 512, "frame_stride": 0.01})
    for samples, frames in ((319, 0), (80320, 501)):
        message = f"windows of {samples} samples have {frames} frames of 320 samples every 160, accepted are 1 to 500"
        with pytest.raises(DataError, match=message):
            chosen.extract_batch(np.zeros((1, samples, 1), np.float32))
    assert chosen.extract_batch(np.zeros((1, 320, 1), np.float32)).size > 0
    assert chosen.frames(80319) == 500
    with pytest.raises(DataError, match=f"{block}: windows of 2 axes, accepted is one"):
        chosen.extract_batch(np.zeros((1, 320, 2), np.float32))
