"""Feature blocks on emulated cores, built with the compiler's default contraction: the host's bits on real windows."""

from __future__ import annotations

import numpy as np
import pytest

import edgetwin as et
from edgetwin import _core
from edgetwin.data import load
from edgetwin.device.qemu import Job, run_job
from edgetwin.signal import feature_block

RATE_HZ = 62.5
SPECTRAL = {
    "defaults": {},
    "low-pass": {"filter-type": "low"},
    "high-pass, linear": {"filter-type": "high", "filter-order": 8, "do-log": False, "do-fft-overlap": False},
    "decimated": {"input-decimation-ratio": 3, "fft-length": 8, "extra-low-freq": True},
    "version 2": {"implementation_version": 2, "fft-length": 64, "scale-axes": 0.1},
}


@pytest.fixture(scope="module")
def windows(shared):
    """The first 2 s of every recording of the free-fall set that is so long, m/s^2."""
    recordings = load(shared / "datasets" / "free_fall", least_samples=125, skip_bad=True)
    return np.stack([recording.values[:125] for recording in recordings]).astype(np.float32)


def flatten_call(block):
    statistics = ("average", "minimum", "maximum", "rms", "stdev", "skewness", "kurtosis")
    bits = sum(2**bit for bit, name in enumerate(statistics) if block.params[name])
    return "flatten_f32", {"samples": 125, "axes": 3, "statistics": bits, "scale": block.params["scale_axes"]}, []


def spectral_call(block):
    params = {name: int(value) if isinstance(value, bool) else value for name, value in block.core_params.items()}
    return "spectral_analysis_f32", params | {"samples": 125, "axes": 3}, [_core.fft_table(block.params["fft_length"])]


def test_features_equal_the_host(board, windows):
    """All windows through all blocks in one boot; the host computes many windows at once at its best level."""
    assert len(windows) > 60
    blocks = [(feature_block("spectral_analysis", p, RATE_HZ), spectral_call) for p in SPECTRAL.values()]
    blocks += [(feature_block("flatten", p), flatten_call) for p in ({}, {"scale-axes": -9.81})]
    job, wanted, expected = Job(), [], []
    stored = [job.store(window) for window in windows]
    for block, call_of in blocks:
        kernel, params, constants = call_of(block)
        tables = [job.store(table) for table in constants]
        with et.arch(et.archs()[-1]):
            features = block.extract_batch(windows)
        for region, values in zip(stored, features, strict=True):
            wanted.append(job.space(values.nbytes))
            job.call(kernel, params, [region], tables, [], [wanted[-1]])
            expected.append(values)
    results = [np.frombuffer(raw, np.float32) for raw in run_job(*board, job, wanted)]
    np.testing.assert_array_equal(np.concatenate(results), np.concatenate(expected))
    assert len(np.unique(np.concatenate(expected))) > 0.5 * sum(map(len, expected))
