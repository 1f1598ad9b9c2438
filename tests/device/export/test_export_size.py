"""Flash, RAM and stack of the gait model's export for a Cortex-M4F, and how they are measured."""

from __future__ import annotations

import shutil

import export_size
import pytest

import edgetwin as et
from edgetwin.device.qemu import COMPILER, INSTALL

SIZES = {"a": 10, "b": 20, "c": 300, "d": 7}


def test_gait_fits(shared, tmp_path):
    if shutil.which(COMPILER) is None:
        pytest.skip(f"{COMPILER} is not installed: {INSTALL}")
    found = export_size.measured(et.load(shared / "models/gait_int8.tflite"), "gait_int8", tmp_path, "small")
    assert found["flash"] <= 82_000
    assert found["code"] <= 10_000
    assert found["ram"] <= 2_000
    assert found["calls"] == "none"


def test_stack_is_that_of_the_deepest_way():
    graph = "\n".join(
        [
            *(f'node: {{ title: "{name}" label: "f\\n{size} bytes (static)" }}' for name, size in SIZES.items()),
            *(f'edge: {{ sourcename: "{a}" targetname: "{b}" label: "x" }}' for a, b in ("ab", "ac", "cd", "bd")),
        ]
    )
    assert export_size.stack_bytes(graph) == 10 + 300 + 7
