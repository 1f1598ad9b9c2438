"""The device core on emulated Cortex-M3, M4 and M55 gives the host's bytes."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from oracles.device_job import ModelOnDevice
from oracles.files import npz
from oracles.operators import GENERATORS, random_inputs

import edgetwin as et
from edgetwin import _core
from edgetwin.device.qemu import Job, build_runner, run_job
from edgetwin.io.tflite_write import write_tflite

#: Models of each operator that generates steps, on each core; quantize has a kernel for every pair of dtypes.
MODELS_EACH = {"quantize": 80, "dequantize": 12}
MODELS_OF_OTHERS = 7


def test_operators_equal_the_host(board):
    """Every operator's generator, all in one boot."""
    job, cases = Job(), []
    kernels = set()
    for name, generate in GENERATORS.items():
        kept = 0
        wanted = MODELS_EACH.get(name, MODELS_OF_OTHERS)
        for number in range(10 * wanted):
            rng = np.random.default_rng([number, 77, sum(name.encode())])
            graph = generate(rng)
            try:
                model = et.load(write_tflite(graph))
            except et.UnsupportedError:
                continue
            if not model.steps:
                break
            sample = random_inputs(graph, rng, 2)[1]
            on_device = ModelOnDevice(job, model)
            cases.append((name, number, on_device, on_device.add_run(sample), model.run(*sample)))
            kernels |= {step.kernel for step in model.steps}
            kept += 1
            if kept == wanted:
                break
    assert len(cases) >= 100
    results = run_job(*board, job, [region for _, _, _, region, _ in cases])
    for (name, number, on_device, _, expected), raw in zip(cases, results, strict=True):
        assert_array_equal(on_device.decode(raw), expected.reshape(-1), err_msg=f"{name} {number}")
    assert set(_core.kernel_fields()) == kernels, "a kernel that no case reaches"


def test_gait_model_equals_the_recorded_outputs(board, shared):
    model = et.load(shared / "models/gait_int8.tflite")
    job = Job()
    on_device = ModelOnDevice(job, model)
    data = npz(shared / "golden/gait/Sub_FZ_PWS_RF.npz")
    chosen = np.arange(0, 96, 8)
    regions = [on_device.add_run([data["int8_input"][i]]) for i in chosen]
    outputs = [on_device.decode(raw)[0] for raw in run_job(*board, job, regions)]
    assert_array_equal(np.array(outputs), data["int8_output"][chosen])


def test_demo_model_and_state(board, shared):
    """A stateful model on the core: one step from the initial state."""
    model = et.load(shared / "models/dtln.tflite")
    rng = np.random.default_rng(3)
    samples = rng.integers(-128, 40, (3, 1, 1, 257)).astype(np.int8)
    job = Job()
    on_device = ModelOnDevice(job, model)
    regions = [on_device.add_run([sample]) for sample in samples]
    outputs = np.stack([on_device.decode(raw) for raw in run_job(*board, job, regions)])
    assert_array_equal(outputs, model.run(samples[:, 0].reshape(3, 1, 257)).reshape(3, -1))


def test_a_bad_call_is_named(board):
    job = Job()
    params = {"size": 4, "activation_min": -1, "activation_max": 5}
    region = job.store(np.zeros(4, np.int8))
    job.call("clamp_s8", params, [region], [], [], [job.space(4)])
    job._records[0][3] = ("word", 99)
    with pytest.raises(et.DeviceError, match=r"call 0 \(clamp_s8\): bad activation range"):
        run_job(*board, job, [region])


def test_arrays_stay_inside_the_image(board):
    job = Job()
    params = {"size": 4, "activation_min": -1, "activation_max": 5}
    region = job.store(np.zeros(4, np.int8))
    job.call("clamp_s8", params, [region], [], [], [job.space(4)])
    job._records[0][2] = ("word", 1 << 26)
    with pytest.raises(et.DeviceError, match="an array leaves the image"):
        run_job(*board, job, [region])


def test_unknown_core(tmp_path):
    with pytest.raises(et.DeviceError, match=r"core 'cortex-m1', accepted are cortex-m3"):
        build_runner("cortex-m1", tmp_path)
