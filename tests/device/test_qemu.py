"""The device core on emulated Cortex-M3, M4 and M55 gives the host's bytes."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from oracles.cases_gait import GAIT
from oracles.cases_signal import SIGNAL
from oracles.cases_windows import WINDOWS
from oracles.device_job import ModelOnDevice
from oracles.files import npz
from oracles.inputs import MODELS, samples
from oracles.models import model_bytes

import edgetwin as et
from edgetwin import _core
from edgetwin.conformance.generators.operators import GENERATORS, random_inputs
from edgetwin.device.qemu import Job, build_runner, run_job
from edgetwin.io.tflite_write import write_tflite

#: Models of each operator that generates steps, on each core; and of how many those are kept, too, that reach a kernel
#: which none before did: operators have one for every dtype.
MODELS_EACH, MODELS_TRIED = 7, 150


def test_operators_equal_the_host(board):
    """Every operator's generator, all in one boot."""
    job, cases = Job(), []
    kernels = set()
    for name, generate in GENERATORS.items():
        kept = 0
        for number in range(MODELS_TRIED):
            rng = np.random.default_rng([number, 77, sum(name.encode())])
            graph = generate(rng)
            try:
                model = et.load(write_tflite(graph))
            except et.ModelError:
                continue
            reached = {step.kernel for step in model.steps}
            if kept >= MODELS_EACH and reached <= kernels:
                continue
            if not model.steps:  # it only relabels its input
                continue
            sample = random_inputs(graph, rng, 2)[1]
            on_device = ModelOnDevice(job, model)
            outputs = model.run(*sample)
            for which, expected in enumerate(outputs if isinstance(outputs, tuple) else (outputs,)):
                region = on_device.add_run(sample, which=which)
                cases.append((f"{name} {number} output {which}", on_device, which, region, expected))
            kernels |= reached
            kept += 1
    assert len(cases) >= 100
    results = run_job(*board, job, [region for _, _, _, region, _ in cases])
    for (name, on_device, which, _, expected), raw in zip(cases, results, strict=True):
        assert_array_equal(on_device.decode(raw, which), expected.reshape(-1), err_msg=name)
    # Signals come to a model from outside of it.
    assert set(_core.device_kernels()) - SIGNAL.keys() - GAIT.keys() - WINDOWS.keys() == kernels, (
        "a kernel that no case reaches"
    )


def test_gait_model_equals_the_recorded_outputs(board, shared):
    model = et.load(shared / "models/gait_int8.tflite")
    job = Job()
    on_device = ModelOnDevice(job, model)
    trials = [npz(shared / f"golden/gait/Sub_FZ_{trial}_RF.npz") for trial in ("PWS", "PWS+20")]
    strides = np.concatenate([trial["int8_input"] for trial in trials])
    assert len(strides) == 205
    regions = [on_device.add_run([stride]) for stride in strides]
    outputs = [on_device.decode(raw)[0] for raw in run_job(*board, job, regions)]
    assert_array_equal(np.array(outputs), np.concatenate([trial["int8_output"].reshape(-1) for trial in trials]))


@pytest.mark.parametrize("name", MODELS)
def test_shared_models_equal_the_host(board, shared, name):
    model = et.load(model_bytes(shared, name))
    tensor = model.graph.tensors[model.graph.inputs[0]]
    # Of ten samples the last are extremes; the rest is near real data.
    x = samples(shared, name, tensor, 10)[5:8].reshape(3, *model.inputs[0].shape)
    job = Job()
    on_device = ModelOnDevice(job, model)
    regions = [on_device.add_run([sample]) for sample in x]
    outputs = np.stack([on_device.decode(raw) for raw in run_job(*board, job, regions)])
    assert_array_equal(outputs, model.run(x).reshape(3, -1))


@pytest.mark.parametrize("name", ["dtln", "kwscr8_small_biases"])
def test_state_goes_on_from_step_to_step(board, shared, name):
    model = et.load(model_bytes(shared, name))
    x = samples(shared, name, model.graph.tensors[model.graph.inputs[0]], 10).reshape(10, *model.inputs[0].shape)
    job = Job()
    on_device = ModelOnDevice(job, model)
    carried = {}
    regions = [on_device.add_run([sample], carried) for sample in x]
    on_core = np.stack([on_device.decode(raw) for raw in run_job(*board, job, regions)])
    state = model.state()
    on_host = np.stack([model.run(sample[None], state=state).reshape(-1) for sample in x])
    assert_array_equal(on_core, on_host)
    assert not np.array_equal(on_host, model.run(x).reshape(10, -1)), "the state makes no difference"


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
