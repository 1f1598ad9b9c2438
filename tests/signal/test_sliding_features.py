"""Features of samples as they come: blocks of any size give the rows of the whole signal, for every kind of block."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgetwin.errors import DataError, ShapeError
from edgetwin.signal import (
    CausalFilter,
    Resampler,
    SlidingFeatures,
    butterworth,
    feature_block,
    polyphase,
    sliding_windows,
    sosfilt,
)

AUDIO = {"frame-length": 0.02, "frame-stride": 0.01, "fft-length": 64}
#: Name -> block, axes, samples of a window, size of values.
BLOCKS = {
    "raw": (feature_block("raw", {"scale-axes": 0.5}), 2, 7, 10),
    "flatten": (feature_block("flatten"), 3, 20, 10),
    "spectral low": (
        feature_block("spectral_analysis", {"filter-type": "low", "filter-cutoff": 10, "fft-length": 16}, 62.5), 3, 50,
        10,
    ),
    "spectral decimated": (feature_block("spectral_analysis", {"input-decimation-ratio": 3}, 100), 2, 61, 10),
    "mfe": (feature_block("mfe", {**AUDIO, "num-filters": 6}, 2000), 1, 200, 3000),
    "mfe v2": (feature_block("mfe", {**AUDIO, "num-filters": 4, "implementation-version": 2, "win-size": 5}, 2000), 1,
               200, 3000),
    "mfcc": (feature_block("mfcc", {**AUDIO, "num-filters": 8, "num-cepstral": 5, "win-size": 7}, 2000), 1, 200, 3000),
    "spectrogram": (feature_block("spectrogram", AUDIO, 2000), 1, 200, 3000),
}  # fmt: skip


def signal(seed, samples, axes, size):
    values = np.random.default_rng(seed).normal(2, size, (samples, axes))
    return np.rint(values).astype(np.float32) if size > 1000 else values.astype(np.float32)


def cut(x, places):
    return [x[a:b] for a, b in pairwise([0, *sorted(place % (len(x) + 1) for place in places), len(x)])]


@pytest.mark.parametrize("kind", BLOCKS)
@settings(max_examples=25, deadline=None)
@given(
    windows=st.floats(0.1, 4), hop=st.floats(0.1, 1.5), seed=st.integers(0, 10**6),
    places=st.lists(st.integers(0, 10**6), max_size=20),
)  # fmt: skip
def test_blocks_of_any_size_give_the_batch(kind, windows, hop, seed, places):
    block, axes, length, size = BLOCKS[kind]
    hop = max(1, int(hop * length))
    x = signal(seed, max(1, int(windows * length)), axes, size)
    stream = SlidingFeatures(block, length, hop, axes, num_threads=1)
    for pad in (None, "end", "end"):
        rows = [stream.push(part) for part in cut(x, places)]
        assert stream.samples == len(x)
        rest = stream.finish()
        found = np.concatenate([*rows, rest] if pad else rows)
        assert found.shape[1] == stream.features
        try:
            expected = block.extract_batch(sliding_windows(x, length, hop, pad))
        except DataError:  # no whole window
            expected = np.zeros((0, stream.features), np.float32)
        np.testing.assert_array_equal(found, expected)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6), places=st.lists(st.integers(0, 10**6), max_size=12))
def test_a_whole_chain_of_streams_gives_the_batch(seed, places):
    """Filter, resample, cut and extract, as a device does it: each part has its own state and its own delay."""
    x, sos = signal(seed, 500, 3, 10), butterworth(4, 20, 128)
    block, length, hop = feature_block("flatten"), 40, 15
    parts = (CausalFilter(sos, 3), Resampler(15, 32, 3), SlidingFeatures(block, length, hop, 3))
    rows = []
    for values in cut(x, places):
        for part in parts:
            values = part.push(values)
        rows.append(values)
    whole = polyphase(sosfilt(sos, x), 15, 32)
    np.testing.assert_array_equal(np.concatenate(rows), block.extract_batch(sliding_windows(whole, length, hop)))


def test_sample_by_sample():
    stream, x = SlidingFeatures(feature_block("flatten"), 4, 3, axes=2), signal(1, 20, 2, 5)
    rows = [row for sample in x for row in stream.push(sample)]
    np.testing.assert_array_equal(rows, stream.block.extract_batch(sliding_windows(x, 4, 3)))
    assert stream.push(np.zeros((0, 2))).shape == (0, 14)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: SlidingFeatures(feature_block("image"), 4, 2), DataError, "image: pictures, accepted is a block of"),
        (lambda: SlidingFeatures(feature_block("flatten"), 0, 2), DataError, "length: 0"),
        (lambda: SlidingFeatures(BLOCKS["mfe"][0], 30, 2), DataError, "mfe: windows of 30 samples have 0 frames"),
        (lambda: SlidingFeatures(BLOCKS["mfe"][0], 200, 2, 2), DataError, "mfe: windows of 2 axes, accepted is one"),
    ],
    ids=["image", "length", "short", "axes"],
)
def test_what_is_refused(make, error, message):
    with pytest.raises(error, match=message):
        make()


def test_a_refused_block_takes_nothing():
    stream = SlidingFeatures(feature_block("raw"), 2, 2, axes=2)
    stream.push([1, 2])
    with pytest.raises(DataError, match="samples: sample 2, axis 1 is nan"):
        stream.push([[3, 4], [5, np.nan]])
    with pytest.raises(ShapeError, match="samples: 3 axes, accepted are 2"):
        stream.push([3, 4, 5])
    assert stream.samples == 1
    assert stream.push([3, 4]).tolist() == [[1, 2, 3, 4]]


def test_features_beyond_float32():
    stream = SlidingFeatures(feature_block("flatten"), 2, 2)
    with pytest.raises(DataError, match="features float32 can hold"):
        stream.push([3e38, -3e38])
    assert stream.push([1, 1]).shape == (1, 7)
