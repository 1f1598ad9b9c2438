"""Installed runtimes in child processes: what they answer, and what becomes of their crashes."""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from oracles.models import model_bytes

import edgetwin as et
from edgetwin.device import peers
from edgetwin.device.peers import PEERS, Peer, open_model
from edgetwin.types import RUNTIMES


@pytest.fixture(params=RUNTIMES)
def runtime(request):
    pytest.importorskip(PEERS[request.param].module, reason='pip install ".[test]"')
    return request.param


def strides(shared, count):
    rng = np.random.default_rng(2)
    return [[x] for x in rng.integers(-128, 128, (count, 1, 648)).astype(np.int8)]


def test_runtimes_have_their_wheels():
    assert set(RUNTIMES) <= set(PEERS)


def test_a_runtime_answers_job_after_job(shared, runtime):
    data, samples = model_bytes(shared, "gait_int8"), strides(shared, 3)
    with Peer(runtime) as peer:
        assert peer.name.startswith(f"{runtime} ({PEERS[runtime].distribution} ")
        first, again, other = peer.run(data, samples), peer.run(data, samples[::-1]), peer.run(data, samples[:1])
    assert_array_equal(first.outputs, again.outputs[::-1])
    assert_array_equal(first.outputs[:1], other.outputs)
    assert all(tensors == {} for tensors in first.tensors)


def test_showing_operators_leaves_the_outputs(shared, runtime):
    data, samples = model_bytes(shared, "gait_int8"), strides(shared, 4)
    model = et.load(data)
    wanted = [operator.outputs[0] for operator in model.graph.operators]
    outputs, tensors, note = open_model(runtime, data).run(samples, wanted)
    assert note == ""
    assert list(tensors) == wanted
    assert_array_equal(outputs[0], tensors[wanted[-1]])
    for index, values in tensors.items():
        assert values.shape == (4, *model.graph.tensors[index].shape)


def test_what_is_not_installed(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    for runtime, wheel in PEERS.items():
        with pytest.raises(et.MissingExtraError, match=rf'{wheel.distribution} .*pip install "edgetwin\[peers\]"'):
            Peer(runtime)


def test_a_refusal_says_why(shared, runtime):
    # LiteRT reads this file's quantized dimensions, which lie beyond the rank; TFLite Micro gets one input too many.
    data = model_bytes(shared, "person")
    x = np.zeros((1, 96, 96, 1), np.int8)
    with (
        Peer(runtime) as peer,
        pytest.raises(et.DeviceError, match=f"{runtime} does not run this model: .*Error") as caught,
    ):
        peer.run(data, [[x, x]])
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 1000


PROGRAM = "import os, sys, time, pickle; print('last words', file=sys.stderr); pickle.load(sys.stdin.buffer); "


@pytest.mark.parametrize(
    ("deed", "words"),
    [
        ("os.abort()", "tflm died of SIGABRT, exit code -6: last words"),
        ("sys.exit(3)", "tflm died with exit code 3"),
        ("time.sleep(60)", "tflm did not answer in 0.5 s"),
        ("sys.stdout.write('nonsense'); sys.stdout.flush(); time.sleep(60)", "tflm (did not answer|died)"),
    ],
    ids=["aborts", "exits", "hangs", "writes nonsense"],
)
def test_a_crash_is_an_error_and_the_next_run_a_fresh_child(shared, monkeypatch, deed, words):
    pytest.importorskip("tflite_micro", reason='pip install ".[test]"')
    data, samples = model_bytes(shared, "hello_int8"), [[np.zeros((1, 1), np.int8)]]
    with Peer("tflm") as peer:
        with monkeypatch.context() as patch:
            patch.setattr(peers, "_PROGRAM", PROGRAM + deed)
            patch.setattr(peers, "_DYING_S", 0.5)
            with pytest.raises(et.DeviceError, match=words):
                peer.run(data, samples, timeout_s=0.5 if "sleep" in deed else 20)
        assert len(peer.run(data, samples).outputs) == 1


def test_an_interrupted_run_leaves_no_answers_to_the_next(shared, monkeypatch):
    pytest.importorskip("tflite_micro", reason='pip install ".[test]"')
    data, samples = model_bytes(shared, "gait_int8"), strides(shared, 4)
    with Peer("tflm") as peer:
        expected = peer.run(data, samples[3:]).outputs

        def interrupt(*_):
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(peers._Child, "next", interrupt)
            with pytest.raises(KeyboardInterrupt):
                peer.run(data, samples)
        assert_array_equal(peer.run(data, samples[3:]).outputs, expected)


def test_a_closed_peer_leaves_no_process(runtime, shared):
    peer = Peer(runtime)
    peer.run(model_bytes(shared, "hello_int8"), [[np.zeros((1, 1), np.int8)]])
    process = peer._child._process
    peer.close()
    assert process.poll() is not None
