"""A long batch gives way to signals between samples, and what no memory holds is refused before any work."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from oracles.recurrent_models import batched
from oracles.small_models import enlarging

import edgetwin as et
from edgetwin.io.tflite_write import write_tflite

ALARMS = pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="this platform has no timers that send signals")
LONG = """
import os, sys, time
import numpy as np, edgetwin as et
model = et.load(et.data.demo_model(), num_threads=int(sys.argv[1]))
few = np.arange(-64, 64, dtype=np.int8).repeat(81).reshape(16, 648)
expected = model.run(few)
began = time.monotonic()
model.run(few.repeat(64, 0))
per_sample = (time.monotonic() - began) / 1024
many = np.zeros((int(3 / per_sample) + 1, 648), np.int8)  # some seconds
out = np.full((len(many), 1), 99, np.int8) if sys.argv[2] == "out" else None
print("ready", flush=True)
try:
    model.run({model.inputs[0].name: many} if sys.argv[2] == "named" else many, out=out)
except KeyboardInterrupt:
    print(time.monotonic(), flush=True)
assert (model.run(few) == expected).all()
print("equal", flush=True)
"""


def seconds_to_stop(threads, form):
    """How long a child goes on after SIGINT in the middle of a run of some seconds."""
    with subprocess.Popen(
        [sys.executable, "-c", LONG, str(threads), form], stdout=subprocess.PIPE, text=True, env=dict(os.environ)
    ) as child:
        assert child.stdout.readline() == "ready\n"
        time.sleep(0.4)
        sent = time.monotonic()
        child.send_signal(signal.SIGINT)
        stopped = float(child.stdout.readline())
        assert child.stdout.read() == "equal\n"
    assert child.returncode == 0
    return stopped - sent


@pytest.mark.skipif(sys.platform == "win32", reason="SIGINT cannot be sent to one process")
@pytest.mark.parametrize(("threads", "form"), [(1, "plain"), (2, "out"), (2, "named")])
def test_ctrl_c_stops_a_long_batch(threads, form):
    """Of three tries the fastest: other processes may take the CPU."""
    for _ in range(3):
        seconds = seconds_to_stop(threads, form)
        if seconds < 0.2:
            return
    raise AssertionError(f"stopped after {seconds} s")


class AlarmError(Exception):
    pass


@pytest.fixture
def alarm():
    """Calls `handle` some milliseconds after it is set."""
    before = signal.getsignal(signal.SIGALRM)

    def arm(handle, seconds):
        signal.signal(signal.SIGALRM, handle)
        signal.setitimer(signal.ITIMER_REAL, seconds)

    yield arm
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


def sequences():
    """A recurrent model, and inputs of a run of a second or so."""
    model = et.load(write_tflite(batched("lstm")), num_threads=2)
    x = np.random.default_rng(1).integers(-128, 128, (4000, *model.inputs[0].shape)).astype(np.int8)
    model.run(x)
    began = time.monotonic()
    model.run(x)
    times = max(1, int(1 / (time.monotonic() - began)))
    return model, x.repeat(times, 0)


@ALARMS
def test_an_interrupted_run_leaves_the_state_as_it_was(alarm):
    model, x = sequences()
    state = model.state(len(x))
    for array in state.arrays.values():
        array[...] = np.arange(array.size).reshape(array.shape) % 100
    before = {name: array.copy() for name, array in state.arrays.items()}
    expected_state = state.copy()
    expected = model.run(x, state=expected_state)

    def fail(number, frame):
        raise AlarmError

    alarm(fail, 0.2)
    with pytest.raises(AlarmError):
        model.run(x, state=state)
    for name, array in state.arrays.items():
        assert_array_equal(array, before[name])
    assert_array_equal(model.run(x, state=state), expected)
    for name, array in state.arrays.items():
        assert_array_equal(array, expected_state.arrays[name])


@ALARMS
def test_signals_that_raise_nothing_do_not_stop_a_run(alarm):
    model, x = sequences()
    expected = model.run(x)
    came = []
    alarm(lambda number, frame: came.append(time.monotonic()), 0.1)
    assert_array_equal(model.run(x), expected)
    assert len(came) == 1
    assert came[0] < time.monotonic() - 0.1, "the handler ran only when the batch was done"


def test_a_batch_whose_result_no_memory_holds():
    model = et.load(write_tflite(enlarging(1 << 14, 1 << 13)))
    x = np.zeros((1 << 20, 3, 3, 1), np.int8)
    began = time.monotonic()
    for array in (x, x[:, ::-1]):
        with pytest.raises(et.ShapeError, match=r"output 'output': an array of int8 .* does not fit into memory"):
            model.run(array)
    assert time.monotonic() - began < 1
    assert model.run(x[:1]).shape == (1, 1 << 14, 1 << 13, 1)
