"""Advisories: the layers that meet a condition are named, others are not, and the guide lists every thread."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from oracles.small_models import one_by_n_model

import edgetwin as et
from edgetwin.conformance.generators.builder import Builder, affine
from edgetwin.graph.advisories import ADVISORIES, advisories
from edgetwin.io.tflite_write import write_tflite

ROOT = Path(__file__).resolve().parents[2]


def layer(name, *, size, kernel, stride, channels, padding="same"):
    b = Builder(np.random.default_rng(0))
    x = b.input((1, *size, channels), quantization=affine(0.05, 3))
    depthwise = name == "depthwise_conv_2d"
    weights, scales = b.weights((1, *kernel, channels) if depthwise else (channels, *kernel, channels), 0, False)
    bias = b.bias(channels, np.float32(0.05) * scales.astype(np.float32))
    out = [-(-n // stride) if padding == "same" else (n - k) // stride + 1 for n, k in zip(size, kernel, strict=True)]
    y = b.add("[layer]", (1, *out, channels), quantization=affine(0.5, 0))
    options = {
        "padding": padding, "stride_h": stride, "stride_w": stride, "dilation_h_factor": 1, "dilation_w_factor": 1,
        "fused_activation_function": "none",
    }  # fmt: skip
    options |= {"depth_multiplier": 1} if depthwise else {}
    model = et.load(write_tflite(b.graph(name, [x, weights, bias], [y], options, 3)))
    return advisories(model.graph, model.steps)


@pytest.mark.parametrize(
    ("name", "size", "kernel", "stride", "channels", "threads"),
    [
        ("conv_2d", (8, 8), (3, 3), 2, 4, []),
        ("conv_2d", (8, 9), (3, 3), 2, 4, ["31"]),
        ("conv_2d", (8, 8), (5, 5), 2, 4, ["31"]),
        ("conv_2d", (9, 9), (3, 3), 2, 4, []),
        ("depthwise_conv_2d", (8, 9), (3, 3), 2, 16, ["30"]),
        ("depthwise_conv_2d", (8, 9), (3, 3), 2, 12, []),
        ("depthwise_conv_2d", (8, 8), (3, 3), 1, 16, []),
    ],
    ids=["even", "one-even", "wide-kernel", "odd", "depthwise", "depthwise-12", "depthwise-same"],
)
def test_layers_that_meet_a_condition(name, size, kernel, stride, channels, threads):
    found = layer(name, size=size, kernel=kernel, stride=stride, channels=channels)
    assert [text.rstrip(")").rsplit("/", 1)[1] for text in found] == threads
    assert all(text.startswith(f"operator 0 ({name}) of '[layer]': ESP-NN on an ESP32-S3") for text in found)


def test_no_padding_no_advisory():
    assert layer("conv_2d", size=(8, 9), kernel=(3, 3), stride=2, channels=4, padding="valid") == []


def test_one_by_n_on_a_cortex_m55():
    model = et.load(one_by_n_model(34, 5, 3, "valid"))
    (text,) = advisories(model.graph, model.steps)
    assert "on a Cortex-M55 CMSIS-NN's arm_convolve_1_x_n_s8 returns an error" in text


def test_the_guide_lists_every_thread():
    text = (ROOT / "docs/limits.md").read_text()
    assert all(advisory.thread in text for advisory in ADVISORIES)
