"""Random architectures, exported, on an emulated Cortex-M4: outputs and every operator's bytes are the host's."""

from __future__ import annotations

import os
import shutil

import numpy as np
import pytest
from oracles.exported_board import run_on_board
from oracles.random_graphs import random_graph

import edgetwin as et
from edgetwin.device.qemu import COMPILER, EMULATOR, INSTALL
from edgetwin.io.tflite_write import write_tflite

#: Architectures in all; the full number of the release check is 200.
ARCHITECTURES = int(os.environ.get("EDGETWIN_ARCHITECTURES", "10"))
EACH = 20
OPERATORS = (
    "conv_2d", "conv_2d", "depthwise_conv_2d", "max_pool_2d", "average_pool_2d", "add", "mul", "logistic", "relu",
    "fully_connected", "softmax", "mean", "concatenation", "reshape", "pad", "leaky_relu",
)  # fmt: skip


@pytest.mark.parametrize("first", range(0, ARCHITECTURES, EACH))
def test_every_byte(tmp_path, first):
    for tool in (COMPILER, EMULATOR):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed: {INSTALL}")
    models, inputs = {}, {}
    for number in range(first, min(first + EACH, ARCHITECTURES)):
        rng = np.random.default_rng([number, 79])
        drawn = random_graph(rng, 4, ("int8", "int8", "int16")[number % 3], OPERATORS)
        models[f"network_{number}"] = et.load(write_tflite(drawn.graph))
        inputs[f"network_{number}"] = drawn.samples
    kernels = ("fast", "small")[first // EACH % 2]
    for name, board in run_on_board(models, inputs, "cortex-m4", tmp_path, kernels).items():
        board.compare(inputs[name])
