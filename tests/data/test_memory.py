"""A folder larger than the memory it is given: one recording is held at a time."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest

from edgetwin.data import Recording, write_folder

FILES = 40
SAMPLES = 400_000
#: Reads the folder into windows and prints how many there were, and by how much memory has grown at most.
PROGRAM = """
import json, re, sys
import numpy as np
import edgetwin as et
from numpy.lib.stride_tricks import sliding_window_view

def peak():
    # Of this process only: getrusage tells the largest one since the fork.
    return int(re.search(r"VmHWM:\\s+(\\d+) kB", open("/proc/self/status").read())[1]) * 1024

read = et.data.load if sys.argv[2] == "load" else et.data.stream
# What is imported when it is used is there before.
next(iter(et.data.stream(sys.argv[1], pattern="warm*")))
before = peak()
windows = total = 0
for recording in read(sys.argv[1], pattern="r*"):
    cut = sliding_window_view(recording.values, 100, axis=0)[::50]
    codes = np.clip(np.rint(cut * 127), -128, 127).astype(np.int8)
    windows, total = windows + len(codes), total + int(codes.sum(dtype=np.int64))
print(json.dumps({"windows": windows, "total": total, "grown": peak() - before}))
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """40 recordings, 128 MB of float32 together."""
    rng = np.random.default_rng(0)
    values = rng.normal(0, 0.3, (SAMPLES, 2)).astype(np.float32)
    warm = Recording.from_values(values[:100], 100, ["x", "y"], name="warm", label="a")

    def made():
        yield warm
        for number in range(FILES):
            shifted = np.roll(values, number * 1000, axis=0)
            yield Recording.from_values(shifted, 100, ["x", "y"], name=f"r{number}", label="a")

    return write_folder(made(), tmp_path_factory.mktemp("memory") / "folder", kind="npz")


def ran(folder, how):
    done = subprocess.run([sys.executable, "-c", PROGRAM, folder, how], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="/proc tells the memory")
def test_a_stream_holds_one_recording(folder):
    streamed, loaded = (ran(folder, how) for how in ("stream", "load"))
    total = FILES * SAMPLES * 2 * 4
    assert streamed["windows"] == FILES * len(range(0, SAMPLES - 99, 50))
    assert streamed["windows"] == loaded["windows"]
    assert streamed["total"] == loaded["total"]
    # The file, its values, their windows and some copies, but not the folder.
    assert streamed["grown"] < total / 2
    assert loaded["grown"] > total * 0.9
