"""Feature blocks: every level and batch gives the device core's bits, near the definition; names; bad input."""

from __future__ import annotations

import numpy as np
import pytest
from oracles import signal_features as oracle

import edgetwin as et
from edgetwin import _core
from edgetwin.errors import DataError, ShapeError, UnsupportedError

AXES = ("accX", "accY", "accZ")
SPECTRAL = {
    "defaults": {},
    "low": {"filter-type": "low"},
    "high": {"filter-type": "high", "filter-order": 8, "filter-cutoff": 4},
    "bins only": {"filter-type": "low", "filter-order": 0, "filter-cutoff": 20},
    "decimated": {"input-decimation-ratio": 3},
    "decimated twice": {"input-decimation-ratio": 30, "fft-length": 4},
    "low frequencies": {"extra-low-freq": True, "fft-length": 8},
    "linear": {"do-log": False, "do-fft-overlap": False, "scale-axes": 9.81},
    "long": {"fft-length": 512},
    "version 3": {"implementation_version": 3},
    "version 2": {"implementation_version": 2, "fft-length": 64},
}
FLATTEN = {
    "all": {},
    "turned": {"scale-axes": -2.5},
    "erased": {"scale-axes": 0},
    "two": dict.fromkeys(("average", "minimum", "rms", "stdev", "kurtosis"), False),
}
EVERY_BLOCK = [pytest.param("spectral_analysis", params, id=f"spectral {name}") for name, params in SPECTRAL.items()]
EVERY_BLOCK += [pytest.param("flatten", params, id=f"flatten {name}") for name, params in FLATTEN.items()]
EVERY_BLOCK += [pytest.param("raw", {"scale-axes": 0.1}, id="raw")]


def some_windows(count, samples=125, axes=3, seed=0):
    """Offsets with much and with little around them, an impulse, a constant, zeros."""
    rng = np.random.default_rng([seed, count, samples])
    windows = rng.normal(0, 10.0 ** rng.uniform(-4, 1, (count, 1, axes)), (count, samples, axes))
    windows += rng.choice([0.0, 9.81, -100.0], (count, 1, axes))
    windows[count // 2 :: 7] = -4.0
    windows[count // 3 :: 7] = 0.0
    windows[count // 4 :: 7, samples // 2] += 50.0
    return windows.astype(np.float32)


def made(block, params, axes=AXES):
    return et.signal.feature_block(block, params | {"axes": axes}, rate_hz=62.5)


@pytest.mark.parametrize(("block", "params"), EVERY_BLOCK)
@pytest.mark.parametrize("axes", [1, 3])
def test_every_level_batch_and_thread_count_gives_the_same_bits(block, params, axes):
    chosen = made(block, params, AXES[:axes])
    windows = some_windows(37, axes=axes)
    with et.arch("scalar"):
        alone = np.stack([chosen.extract(window) for window in windows])
    for level in et.archs():
        with et.arch(level):
            np.testing.assert_array_equal(chosen.extract_batch(windows, num_threads=1), alone, level)
    np.testing.assert_array_equal(chosen.extract_batch(windows, num_threads=3), alone)
    np.testing.assert_array_equal(chosen.extract_batch(windows[:0]), alone[:0])
    np.testing.assert_array_equal(chosen.extract_batch(windows[::2]), alone[::2])
    np.testing.assert_array_equal(chosen.extract(windows[5].ravel()), alone[5])


@pytest.mark.parametrize("params", [pytest.param(value, id=name) for name, value in SPECTRAL.items()])
@pytest.mark.parametrize("samples", [1, 2, 15, 16, 125, 1000])
def test_spectral_analysis_against_its_definition(params, samples):
    pytest.importorskip("scipy")
    chosen = made("spectral_analysis", params)
    rng = np.random.default_rng(samples)
    windows = (rng.normal(0, 2, (5, samples, 3)) + np.array([0.0, 1.0, 9.81])).astype(np.float32)
    if params.get("extra-low-freq") and samples < 40:
        with pytest.raises(DataError, match=r"leave \d for extra_low_freq, accepted are half of fft_length or more: 4"):
            chosen.extract_batch(windows)
        return
    for ours, window in zip(chosen.extract_batch(windows), windows, strict=True):
        with np.errstate(all="ignore"):
            expected = oracle.spectral_analysis(window, 62.5, chosen.params, chosen.version)
        if samples > 2:  # less is a spectrum of rounding noise
            np.testing.assert_allclose(ours, expected, rtol=1e-4, atol=1e-4)
        assert ours.shape == expected.shape == (len(chosen.names),)


@pytest.mark.parametrize("params", [pytest.param(value, id=name) for name, value in FLATTEN.items()])
@pytest.mark.parametrize("samples", [1, 2, 16, 125, 1000])
def test_flatten_against_its_definition(params, samples):
    chosen = made("flatten", params)
    windows = some_windows(30, samples)
    for ours, window in zip(chosen.extract_batch(windows), windows, strict=True):
        with np.errstate(all="ignore"):
            expected = oracle.flatten(window, chosen.params)
        np.testing.assert_allclose(ours, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("exponent", [-30, -18, 15, 17])
def test_moments_of_any_size_neither_underflow_nor_overflow(exponent):
    values = np.random.default_rng(3).normal(0, 1, (1, 200, 1)).astype(np.float32)
    chosen = made("flatten", {}, ("x",))
    plain, scaled = chosen.extract_batch(values)[0], chosen.extract_batch(values * np.float32(2.0**exponent))[0]
    np.testing.assert_array_equal(scaled[5:], plain[5:])
    np.testing.assert_array_equal(scaled[[0, 1, 2, 4]], plain[[0, 1, 2, 4]] * np.float32(2.0**exponent))


@pytest.mark.parametrize("value", [0.0, -4.0, 9.81, 1e-30])
def test_equal_values_have_skewness_0_and_kurtosis_minus_3(value):
    features = made("flatten", {}, ("x",)).extract(np.full((50, 1), value, np.float32))
    np.testing.assert_array_equal(features[4:], [0, 0, -3])


def test_values_whose_features_overflow_are_refused():
    windows = np.ones((2, 8, 1), np.float32)
    windows[1, ::2] = 3e38
    with pytest.raises(DataError, match=r"window 1 holds .* accepted are values whose features float32 can hold"):
        made("flatten", {}, ("x",)).extract_batch(windows)


def test_names_and_labels():
    block = made("spectral_analysis", {"extra-low-freq": True, "filter-type": "low", "fft-length": 32})
    labels = block.labels
    assert labels[:3] == ["RMS", "Skewness", "Kurtosis"]
    assert labels[5:7] == ["Spectral Power 0.98 - 2.93 Hz", "Spectral Power 2.93 - 4.88 Hz"]
    assert labels[7] == "RMS LF"
    assert block.names[:2] == ["accX RMS", "accX Skewness"]
    assert block.names[7] == "accY RMS"
    assert block.names[-1].startswith("accZ Spectral Power")
    assert made("flatten", {"rms": False}).names[:4] == ["accX Average", "accX Minimum", "accX Maximum", "accX Stdev"]
    assert made("raw", {"input_shape": [2, 3]}).names == ["accX 0", "accY 0", "accZ 0", "accX 1", "accY 1", "accZ 1"]
    gray = et.signal.feature_block("image", {"channels": "Grayscale", "input_shape": [1, 2, 3]})
    assert gray.names == ["Gray 0,0", "Gray 0,1"]


def test_features_carry_what_made_them():
    block = made("flatten", {"rms": False})
    features = block.features(some_windows(4))
    assert features.values.shape == (4, len(features.names))
    assert features.block == "flatten"
    assert features.params == {"implementation_version": 1, "scale_axes": 1.0} | {
        name: name != "rms" for name in ("average", "minimum", "maximum", "rms", "stdev", "skewness", "kurtosis")
    }
    assert eval(repr(block), {"feature_block": et.signal.feature_block}).params == block.params


def test_both_forms_of_an_image():
    image = np.random.default_rng(0).integers(0, 256, (4, 5, 3), np.uint8)
    packed = (image.astype(np.int64) @ [1 << 16, 1 << 8, 1]).ravel()
    flat = np.concatenate([[5, 4], packed, packed])
    for channels, count in (("RGB", 60), ("Grayscale", 20)):
        block = et.signal.feature_block("image", {"channels": channels})
        features = block.extract(image)
        assert features.shape == (count,)
        np.testing.assert_array_equal(block.extract(flat), np.tile(features, 2))
        np.testing.assert_array_equal(block.extract_batch(np.stack([image, image])), [features, features])
        np.testing.assert_array_equal(block.extract(image[::-1, ::-1]), features.reshape(20, -1)[::-1].ravel())


def test_tables_of_the_transform_are_rounded_once():
    for n in (4, 16, 2048, 8192):
        k = np.arange(n // 4 + 1, dtype=np.longdouble)
        exact = np.cos(2 * np.pi * k[: n // 8 + 1] / n).astype(np.float32)
        np.testing.assert_array_equal(_core.fft_table(n)[: n // 8 + 1], exact)
    with pytest.raises(ShapeError, match="12 is no length of a transform"):
        _core.fft_table(12)


REFUSED = {
    "unknown block": (
        "spectra",
        {},
        "feature block 'spectra', accepted are flatten, image, mfcc, mfe, raw, spectral_analysis, spectrogram",
    ),
    "unknown key": ("flatten", {"rmss": True}, "unknown parameter rmss; accepted are average,"),
    "key twice": ("flatten", {"scale-axes": 1, "scale_axes": 1}, "'scale_axes' comes twice"),
    "key no string": ("flatten", {3: 1}, "parameter name 3, accepted are strings"),
    "switch": ("flatten", {"rms": 1}, "rms is 1, accepted is true or false"),
    "scale": ("raw", {"scale-axes": "1"}, "scale_axes is '1', accepted is a number"),
    "infinite scale": ("raw", {"scale-axes": float("inf")}, "scale_axes is inf, accepted is a finite number"),
    "version": ("raw", {"implementation_version": 2}, "implementation_version is 2, accepted is one of 1"),
    "axes": ("raw", {"axes": "xyz"}, "axes is 'xyz', accepted is a list of names"),
    "rates": ("raw", {"sampling_freq": 50.0}, "rate_hz is 62.5, but sampling_freq is 50"),
    "channels": ("image", {"channels": "CMYK"}, "channels is 'CMYK', accepted is one of RGB, Grayscale"),
    "length": ("spectral_analysis", {"fft-length": 24}, "fft_length is 24, accepted is one of 4, 8, 16"),
    "odd order": ("spectral_analysis", {"filter-order": 3}, "filter_order is 3, accepted is one of 0, 2, 4, 6, 8"),
    "order": ("spectral_analysis", {"filter-order": 10}, "filter_order is 10, accepted is one of"),
    "filter": (
        "spectral_analysis",
        {"filter-type": "band"},
        "filter_type is 'band', accepted is one of none, low, high",
    ),
    "Nyquist": (
        "spectral_analysis",
        {"filter-type": "low", "filter-cutoff": 31.25},
        "filter_cutoff is 31.25, accepted is below 31.25 Hz, half the sampling rate",
    ),
    "negative": (
        "spectral_analysis",
        {"filter-type": "low", "filter-cutoff": -1},
        "filter_cutoff is -1, accepted is a positive number of Hz",
    ),
    "unstable": (
        "spectral_analysis",
        {"filter-type": "low", "filter-cutoff": 0.001, "filter-order": 8},
        "filter_cutoff is 0.001, accepted is a cut-off at which a filter of order 8 at 62.5 Hz is stable in float32",
    ),
    "decimated Nyquist": (
        "spectral_analysis",
        {"filter-type": "low", "filter-cutoff": 9.4, "input-decimation-ratio": 3},
        r"filter_cutoff is 9.4, accepted is at most 0.9 x 10.4167 Hz",
    ),
    "no bins": (
        "spectral_analysis",
        {"filter-type": "low", "filter-cutoff": 1},
        "filter_cutoff is 1, accepted is one that leaves a bin of the spectrum",
    ),
    "ratio": (
        "spectral_analysis",
        {"input-decimation-ratio": 5},
        "input_decimation_ratio is 5, accepted is one of 1, 3",
    ),
    "ratio of version 3": (
        "spectral_analysis",
        {"input-decimation-ratio": 3, "implementation_version": 3},
        "input_decimation_ratio is 3, accepted is 1 in version 3",
    ),
    "low frequencies of version 2": (
        "spectral_analysis",
        {"extra-low-freq": True, "implementation_version": 2},
        "extra_low_freq is True, accepted is false in version 2",
    ),
}


@pytest.mark.parametrize(("block", "params", "message"), REFUSED.values(), ids=REFUSED)
def test_refused_parameters(block, params, message):
    with pytest.raises(DataError, match=message):
        et.signal.feature_block(block, params, rate_hz=62.5)


@pytest.mark.parametrize(
    ("block", "params", "options", "message"),
    [
        ("spectral_analysis", {"implementation_version": 1}, {}, "implementation_version 1 is not supported"),
        ("spectral_analysis", {"analysis-type": "Wavelet"}, {}, "analysis_type Wavelet is not supported"),
    ],
    ids=["version 1", "wavelets"],
)
def test_unsupported(block, params, options, message):
    with pytest.raises(UnsupportedError, match=message):
        et.signal.feature_block(block, params, rate_hz=62.5, **options)


def test_missing_rate_and_unknown_variant():
    with pytest.raises(DataError, match="the sampling rate is missing: give rate_hz"):
        et.signal.feature_block("spectral_analysis")
    with pytest.raises(DataError, match="variant 'phone', accepted are published, device_sdk"):
        et.signal.feature_block("raw", variant="phone")
    with pytest.raises(DataError, match="rate_hz is 0, accepted is a positive number"):
        et.signal.feature_block("raw", rate_hz=0)


GOOD = np.ones((2, 40, 3), np.float32)
WINDOWS = {
    "float64": (GOOD.astype(float), ShapeError, "windows of float64, accepted is float32: nothing is cast silently"),
    "flat": (GOOD[0], ShapeError, r"windows of shape \(40, 3\), accepted is \(windows, time, axes\)"),
    "axes": (GOOD[..., :2], ShapeError, "windows of 2 axes, accepted are 3"),
    "empty": (GOOD[:, :0], DataError, r"an empty window of shape \(0, 3\), accepted is one sample or more"),
    "NaN": (
        np.where(np.arange(40)[:, None] == 7, np.float32("nan"), GOOD),
        DataError,
        r"window 0 holds nan at \[7, 0\]",
    ),
    "infinity": (GOOD * np.float32("inf"), DataError, r"window 0 holds inf at \[0, 0\], accepted are finite numbers"),
}


@pytest.mark.parametrize("block", ["raw", "flatten", "spectral_analysis"])
@pytest.mark.parametrize(("windows", "error", "message"), WINDOWS.values(), ids=WINDOWS)
def test_refused_windows(block, windows, error, message):
    with pytest.raises(error, match=f"{block}: {message}"):
        made(block, {}).extract_batch(windows)


def test_refused_single_windows():
    with pytest.raises(ShapeError, match="flatten: 7 values, accepted are multiples of 3 axes"):
        made("flatten", {}).extract(np.ones(7, np.float32))
    with pytest.raises(DataError, match="a flat window needs the names of the axes"):
        et.signal.feature_block("flatten").extract(np.ones(6, np.float32))
    with pytest.raises(DataError, match=r"names need input_shape = \[time, 3\], which is None"):
        _ = made("raw", {}).names


IMAGES = {
    "float image": (np.ones((4, 4, 3)), ShapeError, "images of float64"),
    "gray image": (np.ones((4, 4, 1), np.uint8), ShapeError, r"shape \(1, 4, 4, 1\), accepted is uint8"),
    "matrix": (np.ones((4, 4), np.uint8), ShapeError, "the flat form"),
    "no pixels": (np.float32([2, 2]), DataError, "2 numbers, accepted are width, height and pixels"),
    "part of a frame": (np.float32([2, 2, 1, 2, 3]), DataError, "3 pixels, accepted are whole frames of 2 x 2"),
    "no width": (np.float32([0, 2, 1]), DataError, "1 pixels, accepted are whole frames of 0 x 2"),
    "large": (np.float64([1, 1, 2**24]), DataError, "a pixel is 0x1000000, accepted are 0 .. 0xFFFFFF"),
    "fraction": (np.float32([1, 1, 0.5]), DataError, "not whole or negative"),
    "NaN": (np.float32([1, 1, np.nan]), DataError, "not whole or negative"),
    "text": (np.array(["1", "1", "1"]), ShapeError, "accepted are numbers"),
}


@pytest.mark.parametrize(("image", "error", "message"), IMAGES.values(), ids=IMAGES)
def test_refused_images(image, error, message):
    with pytest.raises(error, match=f"image: .*{message}"):
        et.signal.feature_block("image").extract(image)
