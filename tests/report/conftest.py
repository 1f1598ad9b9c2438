"""A report that has every section."""

from __future__ import annotations

import numpy as np
import pytest

import edgetwin as et


@pytest.fixture(scope="session")
def full_report():
    """Of the packaged model on simulated strides, beside a float32 stand-in, with one section of each kind."""
    model = et.load(et.data.demo_model())
    windows, label_cm = et.signal.simulate_strides(range(3))
    flat = windows.reshape(len(windows), -1)
    network = et.nn.Sequential([et.nn.Dense(4, "relu"), et.nn.Dense(1)], input_shape=(3,), seed=0)
    x = np.random.default_rng(0).normal(size=(64, 3)).astype(np.float32)
    int8 = et.quantize(network, x)
    block = et.signal.feature_block("flatten", {"axes": list("abcdef")}, rate_hz=100)
    features = et.signal.Features(block.extract_batch(windows), tuple(block.names), "flatten", dict(block.params))
    subjects = np.repeat(["P1", "P2", "P3"], 39)
    result = et.evaluate(model, (flat, label_cm, subjects), resamples=100)
    source = model.inputs[0]
    codes = et.kernels.quantize(flat, source.scale, source.zero_point)

    report = et.Report("Strides <int8> & more")
    report.verdict("All is well", good=True)
    report.verdict("but for this", good=False)
    report.data("simulated", {"people": 3}, labels=label_cm, unit="cm")
    report.windows(windows, names=("Gx", "Gy", "Gz", "Ax", "Ay", "Az"), rate_hz=100)
    report.features(features, ["slow" if cm < 120 else "fast" for cm in label_cm])
    report.training({"loss": [3.0, 2.0, 1.5], "val_loss": [3.5, 2.5, 2.4], "learning_rate": [1, 1, 1]}, best=2)
    report.evaluation(result, quantity="stride length", unit="cm")
    report.layers(et.quantization_report(network, int8, x))
    report.comparison(model.compare(codes[:4], against="single_rounding"))
    report.comparison(int8.compare(et.kernels.quantize(x, *input_scale(int8)), against=int8))
    report.cost(model, "cortex-m4f@80:cmsis-nn", ram=1000)
    report.table("Trials", "Best first", ("trial", "lr", "loss"), [("3", "0.1", "1.2"), ("1", "0.2", "1.3")])
    report.reproduce(seed=7, commands=[["edgetwin", "evaluate", "a b.npz", "--api-key", "hush-hush"]], model=model)
    return report


def input_scale(model):
    return model.inputs[0].scale, model.inputs[0].zero_point
