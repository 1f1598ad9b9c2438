"""The published gait model, quantized here on half of the recorded strides, beside its float32 and its int8 form."""

from __future__ import annotations

import numpy as np
import pytest

import edgetwin as et


@pytest.fixture(scope="module")
def strides(shared):
    files = [np.load(path) for path in sorted((shared / "golden" / "gait").glob("*.npz"))]
    x = np.concatenate([file["strides"].reshape(len(file["strides"]), -1) for file in files]).astype(np.float32)
    return x, np.concatenate([file["label_cm"].reshape(-1) for file in files])


@pytest.fixture(scope="module")
def model(shared):
    return et.load(shared / "models" / "gait_f32.tflite")


@pytest.mark.parametrize(
    "options", [{}, {"dense_per_channel": True}, {"bias_correction": True}, {"activations": "int16"}], ids=str
)
def test_error_stays_within_two_percent(model, strides, options):
    x, labels = strides
    real = np.square(model.run(x)[:, 0] - labels).mean()
    quantized = et.quantize(model, x[::2], **options).predict(x)[:, 0]
    assert np.square(quantized - labels).mean() <= 1.02 * real
    assert abs((quantized - model.run(x)[:, 0]).mean()) <= 0.3


def test_cost_is_that_of_the_published_int8_model(model, strides, shared):
    ours, published = et.quantize(model, strides[0][::2]), et.load(shared / "models" / "gait_int8.tflite")
    assert ours.profile().arena_bytes == published.profile().arena_bytes
    assert ours.profile().macs == published.profile().macs
    assert len(ours._data) < 1.01 * len(published._data)


def test_report_of_the_published_int8_model(model, strides, shared):
    """Another converter's model, whose tensors are named alike."""
    published = et.load(shared / "models" / "gait_int8.tflite")
    report = et.quantization_report(model, published, strides[0])
    assert [o.operator for o in report.operators].count("conv_2d") == 3
    error = np.square(published.predict(strides[0]) - model.run(strides[0])).mean()
    assert report.output_mse[0] == pytest.approx(error, rel=1e-3)
