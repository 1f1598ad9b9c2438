"""Firmware that answers the check protocol on every emulated board, over both lines, and what goes wrong there."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

from edgetwin.device import qemu_board
from edgetwin.device.qemu_board import BOARDS, LINES, QemuPort, build_firmware, start_board
from edgetwin.errors import DeviceError

HEADER = """
#include "edgetwin/check.hpp"
namespace toy { extern const edgetwin::CheckedModel kChecked; }
"""
# A constant in flash, a buffer that is zero at first, operators in rows; the first input byte 77 is a fault.
SOURCE = """
#include "toy.hpp"
namespace toy {
static const int8_t kWeights[4] = {3, -1, 7, 100};
static int8_t input[200], middle[200], output[2];
static int32_t runs;
static const int32_t input_bytes[] = {200}, output_bytes[] = {2};
static void* const inputs[] = {input};
static const void* const outputs[] = {output};

static void run(const edgetwin::Observer* observer) {
  if (input[0] == 77) FAULT
  for (int row = 0; row < 4; ++row) {
    for (int i = 0; i < 50; ++i) middle[row * 50 + i] = static_cast<int8_t>(input[row * 50 + i] * kWeights[i % 4]);
    if (observer != nullptr) observer->see(observer->context, 3, row * 50, middle + row * 50, 50);
  }
  output[0] = middle[199];
  output[1] = static_cast<int8_t>(++runs);
}

static void reset() { runs = 0; }

const edgetwin::CheckedModel kChecked = {"toy", "feedfacefeedface", 1, input_bytes, inputs, 1, output_bytes, outputs,
                                         run, reset};
}
"""
WEIGHTS = np.tile(np.array([3, -1, 7, 100], np.int8), 13)[:50]


@pytest.fixture(scope="module")
def export(tmp_path_factory):
    folder = tmp_path_factory.mktemp("toy_export")
    (folder / "model").mkdir()
    (folder / "model" / "toy.hpp").write_text(HEADER)
    (folder / "model" / "toy.cpp").write_text(SOURCE.replace("FAULT", "__builtin_trap();"))
    return folder


def skip_without(core):
    for tool in (BOARDS[core].emulator[0], BOARDS[core].compiler[0]):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed: {BOARDS[core].install}")


#: The M3's and the M7's serial lines lie where the M4's does.
@pytest.mark.parametrize(
    ("core", "line"),
    [(core, line) for core in BOARDS for line in LINES if line != "uart" or core not in ("cortex-m3", "cortex-m7")],
)
def test_answers(core, line, export, tmp_path):
    skip_without(core)
    program = build_firmware(core, export, tmp_path / "firmware.elf", "toy", line)
    with start_board(core, program, timeout_s=30, line=line) as device:
        info = device.info()
        assert (info.device, info.model, info.hash) == (f"qemu:{core}", "toy", "feedfacefeedface")
        x = np.random.default_rng(0).integers(-128, 77, (2, 200)).astype(np.int8)
        seen = device.trace(x)
        expected = (x.reshape(2, 4, 50) * WEIGHTS).astype(np.int8).reshape(2, 200)
        np.testing.assert_array_equal(seen[3], expected)
        if line == "semihosting":
            np.testing.assert_array_equal(device.run(x), np.stack([expected[:, 199], [1, 1]], axis=1))
            x[:, 0] = 77
            with pytest.raises(
                DeviceError, match="the emulated board ended with code 3: edgetwin-runner: the core took"
            ):
                device.run(x)
            with pytest.raises(DeviceError, match="ended with code 3"):
                device.run(x)


def test_a_board_that_is_none(tmp_path):
    with pytest.raises(DeviceError, match=r"qemu:cortex-a53: no such board, accepted are cortex-m3, .*riscv32"):
        build_firmware("cortex-a53", tmp_path, tmp_path / "firmware.elf")


@pytest.mark.parametrize(
    ("core", "missing", "install"),
    [
        ("cortex-m4", "arm-none-eabi-g++", "gcc-arm-none-eabi"),
        ("riscv32", "riscv64-unknown-elf-gcc", "picolibc-riscv64-unknown-elf"),
    ],
)
def test_a_missing_compiler_is_named_with_its_packages(core, missing, install, export, tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(DeviceError, match=f"{missing.replace('+', '.')} is not installed: apt-get install .*{install}"):
        build_firmware(core, export, tmp_path / "firmware.elf", "toy")


def test_a_missing_emulator_is_named_with_its_packages(tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(DeviceError, match=r"qemu-system-riscv32 is not installed: apt-get install .*qemu-system-misc"):
        QemuPort("riscv32", tmp_path / "firmware.elf")


def test_sources_that_do_not_compile(export, tmp_path):
    skip_without("cortex-m4")
    with pytest.raises(DeviceError, match=r"the firmware does not compile: .*model/other.hpp"):
        build_firmware("cortex-m4", export, tmp_path / "firmware.elf", "other")


def test_a_model_that_is_too_large(tmp_path):
    skip_without("cortex-m4")
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "toy.hpp").write_text(HEADER)
    source = SOURCE.replace("FAULT", "return;").replace("input[200]", "input[5 << 20]").replace("{200}", "{5 << 20}")
    (tmp_path / "model" / "toy.cpp").write_text(source)
    with pytest.raises(DeviceError, match=r"does not fit the board's memory: it exceeds DATA by 1,0\d\d,\d+ bytes"):
        build_firmware("cortex-m4", tmp_path, tmp_path / "firmware.elf", "toy")


def test_an_emulator_that_ends_at_once(tmp_path):
    skip_without("cortex-m4")
    with pytest.raises(DeviceError, match=r"ended with code 1: .*absent.elf"):
        start_board("cortex-m4", tmp_path / "absent.elf", timeout_s=10)


def test_ends_the_emulator(export, tmp_path):
    skip_without("cortex-m4")
    device = start_board("cortex-m4", build_firmware("cortex-m4", export, tmp_path / "firmware.elf", "toy"))
    process = device._link.port._process
    assert process.poll() is None
    device.close()
    assert process.poll() is not None
    device.close()
    with pytest.raises(DeviceError, match="is closed"):
        device.run(np.zeros(200, np.int8))


def test_every_board_says_what_brings_its_tools():
    assert all(board.install.startswith("apt-get install ") for board in BOARDS.values())
    assert qemu_board.INSTALL_RISCV in {board.install for board in BOARDS.values()}
