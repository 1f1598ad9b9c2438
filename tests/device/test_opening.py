"""Devices by name, what opening refuses, runtimes as devices, and a board against the model it runs."""

from __future__ import annotations

import shutil
from importlib.resources import files

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from oracles.check_board import FakeBoard

import edgetwin as et
from edgetwin.device.qemu_board import BOARDS


@pytest.fixture(scope="module")
def model():
    return et.load((files("edgetwin") / "models" / "demo_stride_int8.tflite").read_bytes())


def codes(model, n, seed=0):
    return np.random.default_rng(seed).integers(-128, 128, (n, *model.inputs[0].shape)).astype(np.int8)


@pytest.mark.parametrize("core", ["cortex-m4", "riscv32"])
def test_an_emulated_board_computes_every_byte(model, core):
    for tool in (BOARDS[core].emulator[0], BOARDS[core].compiler[0]):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed: {BOARDS[core].install}")
    x = codes(model, 3)
    with et.device.open(f"qemu:{core}", model) as board:
        assert board.info().hash == model.hash
        result = et.device.assert_bit_exact(model, board, x)
        assert [d.operator for d in result.operators] == list(model.trace(x))
        assert_array_equal(board.run(x), model.run(x))
        assert_array_equal(board.run(x[0]), model.run(x[0]))
        assert {i: a.shape for i, a in board.trace(x).items()} == {i: a.shape for i, a in model.trace(x).items()}


@pytest.mark.parametrize("runtime", ["tflm", "litert"])
def test_an_installed_runtime_is_a_device(model, runtime, request):
    request.getfixturevalue("tflm" if runtime == "tflm" else "delegate")
    x = codes(model, 2)
    with et.device.open(runtime, model) as device:
        assert device.run(x).shape == model.run(x).shape
        trace = device.trace(x[0])
        assert {i: a.shape for i, a in trace.items()} == {i: a.shape for i, a in model.trace(x[0]).items()}
        assert device.info().hash == model.hash
        if runtime == "tflm":
            et.device.assert_bit_exact(model, device, x)


@pytest.mark.parametrize(
    "spec", ["", "qemu", "qemu:", "tflm:x", "usb:1", "recorded:", "recorded", "eim:", "serial", 3, None]
)
def test_a_device_that_is_none(model, spec):
    with pytest.raises(et.DataError, match=r"accepted (is|are) .*qemu:CORE.*recorded:FILE"):
        et.device.open(spec, model)


@pytest.mark.parametrize("spec", ["qemu:cortex-m4", "tflm", "eim:x"])
def test_a_device_that_needs_a_model(spec):
    with pytest.raises(et.DataError, match="needs the model that it is to run"):
        et.device.open(spec)


@pytest.mark.parametrize("repeats", [0, -1, True, 1.5])
def test_repeats_that_are_none(model, repeats):
    with pytest.raises(et.DataError, match=r"repeats: .*accepted is an integer >= 1"):
        et.device.open("tflm", model, repeats=repeats)


def test_the_wrong_firmware_says_what_the_board_has(model, toy_firmware):
    pytest.importorskip("serial", reason="pyserial is not installed: pip install edgetwin[serial]")
    message = f"the board has model 'toy' with hash 0123456789abcdef, asked for is hash {model.hash}"
    with FakeBoard(toy_firmware) as board, pytest.raises(et.DeviceError, match=message):
        et.device.open(f"serial:{board.path}", model)


def test_arrays_that_do_not_fit(model, toy_firmware):
    pytest.importorskip("serial", reason="pyserial is not installed: pip install edgetwin[serial]")
    first, second = np.zeros((2, 100), np.int8), np.zeros((2, 3), np.int8)
    with FakeBoard(toy_firmware) as board, et.device.open(f"serial:{board.path}") as device:
        with pytest.raises(et.ShapeError, match="1 inputs, the model takes 2"):
            device.run(first)
        with pytest.raises(et.ShapeError, match=r"'input 1': shape \(2, 4\)"):
            device.run(first, np.zeros((2, 4), np.int8))
        with pytest.raises(et.ShapeError, match="'input 0': dtype uint8, accepted is int8"):
            device.run(first.astype(np.uint8), second)
        with pytest.raises(et.ShapeError, match=r"inputs of \[1, 2\] samples"):
            device.run(first, second[:1])
        with pytest.raises(et.ShapeError, match="'input 1': list"):
            device.run(first, [1, 2, 3])
        # One sample of an input goes with every sample of the others.
        both, _ = device.run(first, second[0])
        assert both.shape == (2, 70)
