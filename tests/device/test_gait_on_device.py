"""The causal gait pipeline on emulated cores: raw samples of the real excerpt in, the host's bits out."""

from __future__ import annotations

import numpy as np
import pytest

from edgetwin import _core
from edgetwin.data import load_tripod, simulate_gait
from edgetwin.device.qemu import Job, run_job
from edgetwin.signal import GaitPipeline
from edgetwin.signal.gait_causal import KERNEL

PIPELINE = GaitPipeline(causal=True)


def queue(job, recordings):
    """Add one call a recording; return the regions of all outputs and states, and the host's bytes for them."""
    wanted, expected = [], []
    for recording in recordings:
        stream = PIPELINE.stream(recording.rate_hz)
        params = stream._params | {"size": len(recording.values), "capacity": 130}
        layout = _core.kernel_layout(KERNEL, params)
        state = [np.zeros(nbytes, np.uint8) for nbytes in layout["state"]]
        on_core = [job.store(array) for array in state]
        constants = [job.store(stream._constants[name]) for name in _core.kernel_slots()[KERNEL]["constants"]]
        host = _core.run_kernel(KERNEL, params, [recording.values], stream._constants, state)
        outputs = [job.space(array.nbytes) for array in host]
        job.call(KERNEL, params, [job.store(recording.values)], constants, on_core, outputs)
        wanted += [*outputs, *on_core]
        expected += [array.tobytes() for array in (*host, *state)]
        count = int(host[1].view(np.int32)[0])
        assert 90 < count <= 130
        assert host[0].tobytes().startswith(stream.push(recording.values).windows.tobytes())
    return wanted, expected


@pytest.mark.parametrize("source", ["excerpt", "simulated"])
def test_strides_equal_the_host(board, request, source):
    if source == "excerpt":
        root = request.getfixturevalue("shared") / "datasets" / "tripod_excerpt"
        recordings = [load_tripod(root, "Sub_FZ", trial) for trial in ("PWS", "PWS+20")]
    else:
        recordings = simulate_gait(1, strides=95, speeds=(0.8, 1.2))
    job = Job()
    wanted, expected = queue(job, recordings)
    assert run_job(*board, job, wanted) == expected
