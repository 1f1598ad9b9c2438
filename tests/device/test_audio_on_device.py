"""Audio blocks on emulated cores, built with the compiler's default contraction: the host's bits on real sound."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import edgetwin as et
from edgetwin import _core
from edgetwin.data import read_recording
from edgetwin.device.qemu import Job, run_job
from edgetwin.signal import feature_block

BLOCKS = {
    "mfe": ("mfe", {}),
    "mfe wraps": ("mfe", {"fft_length": 512, "noise_floor_db": -90, "saturation": "wrap"}),
    "mfe 2": ("mfe", {"implementation_version": 2, "fft_length": 512, "num_filters": 16}),
    "mfcc": ("mfcc", {}),
    "mfcc 1": ("mfcc", {"implementation_version": 1, "num_filters": 16, "win_size": 11, "pre_shift": 3}),
    "spectrogram": ("spectrogram", {}),
    "spectrogram 3": ("spectrogram", {"implementation_version": 3, "noise_floor_db": -80}),
}


def audio_call(block, samples):
    p = block.core_params
    n, filters = p["fft_length"], p["filters"]
    names = ("block", "version", "fft_length", "filters", "cepstra", "window", "shift", "emphasis", "noise_floor_db")
    params = {name: p[name] for name in (*names, "frame_seconds", "stride_seconds", "rate_hz")}
    edges = _core.mel_edges(p) if filters else np.zeros(2, np.int32)
    wide = np.cos(2 * np.pi * np.arange(n // 4 + 1) / n)
    cepstrum = np.cos(np.pi * np.arange(filters + 1) / max(1, 2 * filters)).astype(np.float32)
    return params | {"samples": samples, "wrap": int(p["wrap"])}, [_core.fft_table(n), wide, edges, cepstrum]


@pytest.fixture(scope="module")
def windows(shared):
    """150 ms of yes and noise at 16 kHz, as int16 values, and of yes at full scale."""
    folder = shared / "datasets" / "tflm_examples"
    starts = {"yes": 5000, "noise": 0}
    sounds = [
        read_recording(folder / f"{name}_1000ms.wav").values[start : start + 2400, :1] for name, start in starts.items()
    ]
    sounds = [np.rint(sound * (32768 if np.abs(sound).max() <= 1 else 1)) for sound in sounds]
    sounds.append(np.rint(sounds[0] * (32767 / np.abs(sounds[0]).max())))
    return np.stack(sounds).astype(np.float32)


def test_audio_features_equal_the_host(board, windows):
    job, wanted, expected = Job(), [], []
    stored = [job.store(window) for window in windows]
    for name, params in BLOCKS.values():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # frames longer than the transform
            block = feature_block(name, params, 16000)
        call, constants = audio_call(block, windows.shape[1])
        tables = [job.store(table) for table in constants]
        with et.arch(et.archs()[-1]):
            features = block.extract_batch(windows)
        for region, values in zip(stored, features, strict=True):
            wanted.append(job.space(values.nbytes))
            job.call("audio_features_f32", call, [region], tables, [], [wanted[-1]])
            expected.append(values)
    results = [np.frombuffer(raw, np.float32) for raw in run_job(*board, job, wanted)]
    for ours, host in zip(results, expected, strict=True):
        np.testing.assert_array_equal(ours, host)
    assert len(np.unique(np.concatenate(expected))) > 500
