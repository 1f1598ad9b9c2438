"""Shared models on emulated boards: every byte of every operator. EDGETWIN_DEVICE_MODELS=all takes all of them."""

from __future__ import annotations

import os
import shutil

import pytest
from oracles.inputs import MODELS, samples
from oracles.models import model_bytes

import edgetwin as et
from edgetwin.device.qemu_board import BOARDS

ALL = os.environ.get("EDGETWIN_DEVICE_MODELS") == "all"
#: One of each kind: convolutions in rows, depthwise, state.
FEW = {
    "cortex-m3": ["gait_int8"],
    "cortex-m4": ["kws_int8"],
    "cortex-m55": ["gait_int8"],
    "riscv32": ["kwscr8_small_biases"],
}
CASES = [(core, name) for core, few in FEW.items() for name in (MODELS if ALL else few)]


@pytest.mark.parametrize(("core", "name"), CASES)
def test_every_byte(shared, core, name):
    for tool in (BOARDS[core].emulator[0], BOARDS[core].compiler[0]):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed: {BOARDS[core].install}")
    model = et.load(model_bytes(shared, name))
    inputs = [
        samples(shared, name, model.graph.tensors[index], 3).reshape(-1, *spec.shape)
        for index, spec in zip(model.graph.inputs, model.inputs, strict=True)
    ]
    with et.device.open(f"qemu:{core}", model) as board:
        result = et.device.assert_bit_exact(model, board, *inputs)
    assert [d.operator for d in result.operators] == list(model.trace(*inputs))
