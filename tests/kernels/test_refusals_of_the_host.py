"""What kernels that only the host has refuse, whoever calls them: float32, and LiteRT's own and XNNPACK's forms."""

from __future__ import annotations

import numpy as np
import pytest
from oracles.float32.kernels import LINEAR, random_case

from edgetwin import _core
from edgetwin.errors import QuantizationError, ShapeError

FIELDS = _core.kernel_fields()
HOST_ONLY = sorted(set(FIELDS) - set(_core.device_kernels()))
FALLING = np.exp(-0.1 * np.arange(256)).astype(np.float32)
SOFTMAX = {"rows": 2, "depth": 3, "output_zero_point": -128, "output_scale": 1 / 256}
LOG_SOFTMAX = {"rows": 2, "depth": 3, "input_scale": 0.1, "output_scale": 1 / 16, "output_zero_point": 127}
LSTM = {"batches": 1, "time_steps": 2, "input_size": 3, "cells": 4, "hidden_size": 4, "gates": 4, "time_major": 0}
LSTM |= {"cell_clip": 0.0, "projection_clip": 0.0}


def every(kernel, value):
    return {name: float(value) if kind == "float" else int(value) for name, kind in FIELDS[kernel]}


@pytest.mark.parametrize("kernel", HOST_ONLY)
@pytest.mark.parametrize("value", [0, -1, -(2**31)])
def test_sizes_that_nothing_has(kernel, value):
    with pytest.raises((ShapeError, QuantizationError), match=f"^{kernel}: "):
        _core.kernel_layout(kernel, every(kernel, value))


@pytest.mark.parametrize("kernel", [name for name in HOST_ONLY if "size" not in dict(FIELDS[name])])
def test_sizes_whose_product_leaves_32_bits(kernel):
    with pytest.raises((ShapeError, QuantizationError), match=f"^{kernel}: "):
        _core.kernel_layout(kernel, every(kernel, 2**31 - 1))


@pytest.mark.parametrize("kernel", HOST_ONLY)
def test_missing_and_unknown_parameters(kernel):
    first = FIELDS[kernel][0][0]
    with pytest.raises(ShapeError, match=f"{kernel}: parameter '{first}' is missing"):
        _core.kernel_layout(kernel, {})
    with pytest.raises(ShapeError, match=f"{kernel}: unknown parameter 'wrong'"):
        _core.kernel_layout(kernel, every(kernel, 1) | {"wrong": 1})


@pytest.mark.parametrize("kernel", [name for name in HOST_ONLY if "float" in dict(FIELDS[name]).values()])
@pytest.mark.parametrize("value", [np.nan, np.inf, 1e39])
def test_numbers_that_are_not_finite(kernel, value):
    (name, *_) = (field for field, kind in FIELDS[kernel] if kind == "float")
    with pytest.raises(QuantizationError, match=f"parameter '{name}' is not a finite float32"):
        _core.kernel_layout(kernel, every(kernel, 1) | {name: value})


@pytest.mark.parametrize(
    ("kernel", "base", "changed"),
    [
        ("softmax_s8_litert", SOFTMAX, {"output_zero_point": 128}),
        ("softmax_s8_litert", SOFTMAX, {"output_scale": 0.0}),
        ("softmax_s8_s16_litert", SOFTMAX, {"output_zero_point": -32769}),
        ("log_softmax_s8_litert", LOG_SOFTMAX, {"input_scale": 0.0}),
        ("log_softmax_s8_litert", LOG_SOFTMAX, {"input_scale": 1e21}),
        ("log_softmax_s8_litert", LOG_SOFTMAX, {"output_scale": 1e-10}),
        ("lstm_f32", LSTM, {"gates": 2}),
        ("lstm_f32", LSTM, {"time_major": 2}),
        ("lstm_f32", LSTM, {"cell_clip": -1.0}),
        ("lstm_f32", LSTM, {"projection_clip": -1.0}),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else value,
)
def test_parameters_out_of_range(kernel, base, changed):
    _core.kernel_layout(kernel, base)
    with pytest.raises(QuantizationError, match=f"^{kernel}: "):
        _core.kernel_layout(kernel, base | changed)


@pytest.mark.parametrize("name", LINEAR)
def test_linear_parameters_out_of_range(name):
    case = random_case(name, np.random.default_rng(1))
    bad = {"activation": (4, -1), "batches": (0,), "stride_h": (0, -2), "dilation_w": (0,), "pad_left": (-1,)}
    for field in sorted(set(bad) & set(case.params)):
        for value in bad[field]:
            with pytest.raises((ShapeError, QuantizationError), match=f"^{name}_f32: "):
                _core.run_kernel(f"{name}_f32", case.params | {field: value}, case.inputs, case.constants)


@pytest.mark.parametrize(
    "spoil",
    [lambda e: e * 2, lambda e: -e, lambda e: e[::-1], lambda e: np.where(np.arange(256) == 9, np.nan, e)],
    ids=["from 2 on", "negative", "rising", "NaN"],
)
@pytest.mark.parametrize(
    ("kernel", "params"), [("softmax_s8_litert", SOFTMAX), ("log_softmax_s8_litert", LOG_SOFTMAX)], ids=["", "log"]
)
def test_exponentials_that_do_not_fall_from_one(kernel, params, spoil):
    x = np.zeros(6, np.int8)
    _core.run_kernel(kernel, params, [x], {"exponentials": FALLING})
    spoiled = np.ascontiguousarray(spoil(FALLING), np.float32)
    with pytest.raises(QuantizationError, match=f"^{kernel}: "):
        _core.run_kernel(kernel, params, [x], {"exponentials": spoiled})
    last = np.where(np.arange(256) == 255, np.nan, FALLING).astype(np.float32)
    with pytest.raises(QuantizationError, match=f"^{kernel}: "):
        _core.run_kernel(kernel, params, [x], {"exponentials": last})


def lstm(params, **given):
    constants = {"weights": np.zeros((7, 4, 4), np.float32), "bias": np.zeros(16, np.float32), "peepholes": None}
    constants |= {"projection_weights": None, "projection_bias": None} | given
    state = [np.zeros(params["hidden_size"], np.float32), np.zeros(4, np.float32)]
    return _core.run_kernel("lstm_f32", params, [np.zeros((2, 3), np.float32)], constants, state)


def test_projection_of_an_lstm():
    lstm(LSTM)
    weights, bias = np.zeros((4, 4), np.float32), np.zeros(4, np.float32)
    lstm(LSTM, projection_weights=weights, projection_bias=bias)
    with pytest.raises(ShapeError, match="lstm_f32: "):
        lstm(LSTM, projection_bias=bias)
    with pytest.raises(ShapeError, match="lstm_f32: "):
        lstm(LSTM | {"hidden_size": 5}, weights=np.zeros((8, 4, 4), np.float32))
