"""Features of all windows of many recordings."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from edgetwin.data import LabelSpan, Recording, load, split
from edgetwin.errors import DataError
from edgetwin.report.features import feature_explorer
from edgetwin.report.features_folder import recording_features, window_samples
from edgetwin.signal import feature_block

RNG = np.random.default_rng(2)


def recording(name, samples, **changes) -> Recording:
    return Recording.from_values(RNG.normal(size=(samples, 2)), 10, ["x", "y"], name=name, **changes)


def test_windows_in_order_with_their_labels():
    given = [
        recording("a", 25, label="rest"),
        recording("b", 10, spans=[LabelSpan("walk", 0, 6)]),
        recording("c", 20, spans=[LabelSpan("walk", 0, 4)]),
    ]
    found = recording_features(given, "flatten", {}, window_s=1.0, hop_s=0.5)
    assert found.windows == ("a at 0.000 s", "a at 0.500 s", "a at 1.000 s", "a at 1.500 s", "b at 0.000 s",
                             "c at 0.000 s", "c at 0.500 s", "c at 1.000 s")  # fmt: skip
    assert found.labels == ("rest",) * 4 + ("walk", None, None, None)
    assert found.recording_of == (0, 0, 0, 0, 1, 2, 2, 2)
    block = feature_block("flatten", {"axes": ["x", "y"]}, 10)
    windows = np.stack([given[0].values[5:15], given[2].values[10:20]])
    assert_array_equal(found.features.values[[1, 7]], block.extract_batch(windows))
    assert found.features.names == tuple(block.names)
    assert found.features.block == "flatten"


def test_parameters_and_names_reach_the_block():
    found = recording_features([recording("a", 20)], "raw", {"scale-axes": 2}, window_s=2.0, hop_s=1.0)
    assert found.features.params["scale_axes"] == 2
    assert found.features.names[:3] == ("x 0", "y 0", "x 1")
    found = recording_features([recording("a", 64)], "spectral_analysis", {"fft-length": 16}, window_s=3.2, hop_s=1.0)
    assert any(name.startswith("x ") for name in found.features.names)


def test_pictures_are_a_window_each():
    pixels = RNG.integers(0, 256, (2, 6, 3))
    metadata = {"height": "2", "width": "3"}
    pictures = [
        Recording.from_values(one, 0, ["red", "green", "blue"], name=f"{i}", label="a", metadata=metadata)
        for i, one in enumerate(pixels)
    ]
    found = recording_features(pictures, "image", {"channels": "Grayscale"}, window_s=1, hop_s=1)
    assert found.features.values.shape == (2, 6)
    assert found.windows == ("0", "1")
    other = Recording.from_values(pixels[0], 0, ["red", "green", "blue"], metadata={"height": "3", "width": "2"})
    with pytest.raises(DataError, match=r"a picture of \(3, 2, 3\), accepted are those of \(2, 3, 3\)"):
        recording_features([*pictures, other], "image", {}, window_s=1, hop_s=1)


@pytest.mark.parametrize(("seconds", "rate", "samples"), [(2, 62.5, 125), (0.1, 16_000, 1600), (0.99, 1.01, 1)])
def test_samples_of_a_window(seconds, rate, samples):
    assert window_samples(seconds, rate) == samples


@pytest.mark.parametrize(
    ("given", "block", "options", "says"),
    [
        ([], "flatten", {}, "recordings: none"),
        ([recording("a", 9)], "flatten", {}, "a: it has 9 samples, accepted are the 10 of a window"),
        ([recording("a", 20)], "wavelet", {}, "feature block 'wavelet', accepted are flatten"),
        ([recording("a", 20)], "flatten", {"params": {"log": 1}}, "unknown parameter log"),
        ([recording("a", 20)], "flatten", {"window_s": 0}, "window_s: 0"),
        ([recording("a", 20)], "flatten", {"window_s": 0.01}, "window_s: 0.01 at 10 Hz, accepted is one sample"),
        ([recording("a", 20)], "flatten", {"hop_s": 0.01}, "hop: 0.1, accepted is one sample"),
        ([recording("a", 20)], "flatten", {"hop_s": -1}, "hop_s: -1"),
    ],
    ids=["none", "short", "block", "parameter", "window", "sample", "hop", "negative"],
)
def test_refuses(given, block, options, says):
    words = {"params": {}, "window_s": 1.0, "hop_s": 0.5} | options
    params = words.pop("params")
    with pytest.raises(DataError, match=says):
        recording_features(given, block, params, **words)


def test_free_fall_from_files_to_sets_and_a_picture(shared):
    given = load(shared / "datasets" / "free_fall", least_samples=125, skip_bad=True)
    found = recording_features(given, "spectral_analysis", {"fft-length": 64}, window_s=2.0, hop_s=0.25)
    assert Counter(found.labels) == {"freefall": 70, "idle": 70, "unknown": 250}
    assert len(set(found.windows)) == 390
    parts = split(given).windows(found.recording_of)
    assert parts.train.size + parts.test.size == 390
    figure = feature_explorer(found.features, found.labels)
    assert figure.axes[0].get_xlabel().startswith("component 1")
    named = feature_explorer(found.features, found.labels, axes=["accX RMS", "accY RMS"])
    assert named.axes[0].get_ylabel() == "accY RMS"


def test_cutlery_as_features(shared):
    given = load(shared / "datasets" / "cutlery", pattern="forks.*")
    found = recording_features(given, "image", {"channels": "Grayscale"}, window_s=1, hop_s=1)
    assert found.features.values.shape == (56, 160 * 160)
    assert 0 <= found.features.values.min() < found.features.values.max() <= 1
