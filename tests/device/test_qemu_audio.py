"""The audio front end on emulated Cortex-M3, M4 and M55: features frame by frame, its state kept, and the decision."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from oracles import audio
from oracles.device_job import ModelOnDevice

import edgetwin as et
from edgetwin.device.qemu import Job, run_job


@pytest.mark.parametrize(("name", "decision"), [("yes", (2, 127)), ("no", (3, 114)), ("noise", (0, 120))])
def test_speech_equals_the_host(board, shared, name, decision):
    samples = audio.recording(shared / "datasets/tflm_examples" / f"{name}_1000ms.wav")
    front_end, classifier = (
        et.load(shared / "models" / f"{n}.tflite") for n in ("audio_pre_int8", "micro_speech_int8")
    )
    job, state = Job(), {}
    on_device = ModelOnDevice(job, front_end)
    regions = [on_device.add_run([frame], state) for frame in audio.frames_of(samples)]
    features = np.array([on_device.decode(raw) for raw in run_job(*board, job, regions)])
    assert_array_equal(features, et.signal.AudioFrontEnd(front_end).features(samples))
    job = Job()
    on_device = ModelOnDevice(job, classifier)
    (raw,) = run_job(*board, job, [on_device.add_run([features.reshape(1, -1)])])
    codes = on_device.decode(raw)
    assert (int(np.argmax(codes)), int(codes.max())) == decision
