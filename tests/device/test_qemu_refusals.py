"""What the emulated boards' side refuses, and how it says so."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

import edgetwin as et
from edgetwin.device import qemu
from edgetwin.device.qemu import Job, Region, build_runner, run_job

CLAMP = {"size": 4, "activation_min": -1, "activation_max": 5}


@pytest.fixture
def board(runner):
    return "cortex-m3", runner("cortex-m3")


@pytest.fixture
def no_tools(monkeypatch):
    monkeypatch.setattr(qemu.shutil, "which", lambda name: None)


def test_missing_compiler_gives_the_install_line(no_tools, tmp_path):
    with pytest.raises(et.DeviceError, match=r"arm-none-eabi-g\+\+ is not installed: apt-get install qemu-system-arm"):
        build_runner("cortex-m4", tmp_path)


def test_missing_emulator_gives_the_install_line(no_tools):
    with pytest.raises(et.DeviceError, match="qemu-system-arm is not installed: apt-get install qemu-system-arm"):
        run_job("cortex-m4", "runner.elf", Job(), [])


def test_unknown_cores_are_named_with_those_there_are(tmp_path):
    for call in (lambda: build_runner("cortex-m7", tmp_path), lambda: run_job("cortex-m7", "runner.elf", Job(), [])):
        with pytest.raises(et.DeviceError, match="core 'cortex-m7', accepted are cortex-m3, cortex-m4, cortex-m55"):
            call()


def test_source_that_does_not_compile(board, tmp_path):
    shutil.copytree(qemu.device_source(), tmp_path / "source")
    (tmp_path / "source" / "calls" / "registry.hpp").write_text("#error broken on purpose\n")
    with pytest.raises(et.DeviceError, match=r"(?s)runner for cortex-m3 does not compile.*broken on purpose"):
        build_runner("cortex-m3", tmp_path, tmp_path / "source")


def test_program_that_is_not_there(board):
    with pytest.raises(et.DeviceError, match=r"cortex-m3: the emulated board ended with code 1: .*nothing\.elf"):
        run_job("cortex-m3", "nothing.elf", Job(), [])


def test_a_board_that_does_not_finish_is_stopped(board):
    job = Job()
    params = {"batches": 1, "input_features": 8000, "output_features": 1, "weights_zero_point": 0, "rounding": 0}
    params |= {"input_zero_point": 0, "output_zero_point": 0, "activation_min": -128, "activation_max": 127}
    row, one = job.space(8000), job.space(4)
    for _ in range(20_000):
        job.call("fully_connected_s8", params, [row], [row, None, one, one], [], [Region(one.offset, 1)])
    with pytest.raises(et.DeviceError, match=r"cortex-m3: the emulated board did not finish in 0\.3 s"):
        run_job(*board, job, [], timeout_s=0.3)


def test_more_memory_than_the_board_has(board):
    job = Job()
    job.space(1 << 24)
    with pytest.raises(et.DeviceError, match="the job's arrays do not fit into the pool"):
        run_job(*board, job, [])


def test_absent_arrays_are_named_with_their_call(board):
    job = Job()
    region = job.space(4)
    job.call("clamp_s8", CLAMP, [region], [], [], [region])
    job.call("clamp_s8", CLAMP, [None], [], [], [region])
    with pytest.raises(et.DeviceError, match=r"call 1 \(clamp_s8\): an array is absent"):
        run_job(*board, job, [region])


def test_constants_out_of_range_are_refused_by_the_core(board):
    job = Job()
    params = {"batches": 1, "input_features": 1, "output_features": 1, "weights_zero_point": 0, "rounding": 0}
    params |= {"input_zero_point": 0, "output_zero_point": 0, "activation_min": -128, "activation_max": 127}
    shift, multiplier = job.store(np.array([31], np.int32)), job.store(np.array([1], np.int32))
    one = job.space(1)
    job.call("fully_connected_s8", params, [one], [one, None, multiplier, shift], [], [job.space(1)])
    with pytest.raises(et.DeviceError, match=r"call 0 \(fully_connected_s8\): shift out of range"):
        run_job(*board, job, [one])


@pytest.mark.parametrize(
    ("kernel", "params", "inputs", "message"),
    [
        ("clamp_s9", CLAMP, [4], "unknown kernel 'clamp_s9'"),
        ("clamp_s8", {"size": 4}, [4], "parameter 'activation_min' is missing"),
        ("clamp_s8", CLAMP | {"activation_max": 999}, [4], "bad activation range"),
        ("clamp_s8", CLAMP, [], r"clamp_s8: 0 inputs, accepted are 1: \['input'\]"),
        ("clamp_s8", CLAMP, [5], "clamp_s8: 'input' has 5 bytes, accepted are 4"),
    ],
    ids=["kernel", "missing parameter", "parameter range", "number of arrays", "size of an array"],
)
def test_a_call_is_checked_before_it_is_packed(kernel, params, inputs, message):
    job = Job()
    with pytest.raises(et.EdgetwinError, match=message):
        job.call(kernel, params, [job.space(n) for n in inputs], [], [], [job.space(4)])


@pytest.mark.parametrize(
    ("word", "value"),
    [(0, 0), (1, -1), (1, 2**20), (2, -1), (3, 0), (5, -1), (6, -1), (6, 2**20)],
    ids=["magic", "negative records", "records past the end", "calls", "bytes", "first", "end", "end past the image"],
)
def test_headers_that_cannot_be_right(board, monkeypatch, word, value):
    job = Job()
    pack = job.pack

    def spoiled(wanted):
        image, slices = pack(wanted)
        header = np.frombuffer(image, "<i4").copy()
        header[word] = value
        return header.tobytes(), slices

    monkeypatch.setattr(job, "pack", spoiled)
    with pytest.raises(et.DeviceError, match=r"job\.bin has a bad header"):
        run_job(*board, job, [job.space(4)])
