"""Windows of a stream on emulated cores, block by block, against the host's windows of the whole signal."""

from __future__ import annotations

import numpy as np
import pytest

from edgetwin import _core
from edgetwin.device.qemu import Job, run_job
from edgetwin.signal import sliding_windows

#: Length, hop and axes; the blocks in which 400 samples come.
STREAMS = {"overlapping": (108, 6, 6), "touching": (25, 25, 3), "with gaps": (7, 31, 1)}
BLOCKS = (1, 1, 2, 77, 5, 200, 13, 101)


def queue(job, length, hop, axes, x):
    """Add the blocks to a job; return for each one the regions of its windows, counts and window that has begun."""
    state = [job.store(np.zeros(3, np.int32)), job.store(np.zeros((length, axes), np.float32))]
    regions, first = [], 0
    for size in BLOCKS:
        params = {"length": length, "hop": hop, "axes": axes, "size": size}
        outputs = [job.space(nbytes) for nbytes in _core.kernel_layout("window_f32", params)["outputs"] if nbytes]
        job.call("window_f32", params, [job.store(x[first : first + size])], [], state, outputs)
        regions.append(outputs)
        first += size
    return regions


@pytest.mark.parametrize("name", STREAMS)
def test_blocks_give_the_windows_of_the_whole_signal(board, name):
    length, hop, axes = STREAMS[name]
    x = np.random.default_rng(9).normal(0, 10, (sum(BLOCKS), axes)).astype(np.float32)
    job = Job()
    regions = [region for block in queue(job, length, hop, axes, x) for region in block]
    raw = run_job(*board, job, regions)
    windows = []
    for k in range(0, len(raw), 3):
        ended, begun = np.frombuffer(raw[k + 1], np.int32)
        windows.append(np.frombuffer(raw[k], np.float32).reshape(-1, length, axes)[:ended])
    windows.append(np.frombuffer(raw[-1], np.float32).reshape(1, length, axes)[: int(begun > 0)])
    np.testing.assert_array_equal(np.concatenate(windows), sliding_windows(x, length, hop, "end"))
