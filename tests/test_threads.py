"""Threads: ten callers at once, what the process may use, and a pool that sleeps where there is nothing to do."""

from __future__ import annotations

import os
import threading
import time

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from oracles.recurrent_models import batched

import edgetwin as et
from edgetwin import _core
from edgetwin.io.tflite_write import write_tflite

SECONDS = 30.0 if os.environ.get("EDGETWIN_EXHAUSTIVE") == "1" else 0.5
CALLERS = 10


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_ten_callers_at_once(threads):
    """One model, ten threads, batches of every size, some with a state or an array of their own."""
    demo = et.load(et.data.demo_model(), num_threads=threads)
    recurrent = et.load(write_tflite(batched("svdf")), num_threads=threads)
    rng = np.random.default_rng(9)
    cases = []
    for model in (demo, recurrent):
        for samples in (None, 0, 1, 2, 7, 65):
            lead = () if samples is None else (samples,)
            x = rng.integers(-128, 128, (*lead, *model.inputs[0].shape)).astype(np.int8)
            state = model.state(samples) if model is recurrent and samples else None
            cases.append((model, x, state, model.run(x, state=None if state is None else state.copy())))
    end, wrong = time.monotonic() + SECONDS, []

    def work(seed):
        order, number = np.random.default_rng(seed), 0
        while time.monotonic() < end or number < 2 * len(cases):
            model, x, state, expected = cases[int(order.integers(len(cases)))]
            number += 1
            if state is None and number % 3 == 0:
                got = model.run(x, out=np.empty_like(expected))
            else:
                got = model.run(x, state=None if state is None else state.copy())
            if got.tobytes() != expected.tobytes():
                wrong.append(x.shape)

    callers = [threading.Thread(target=work, args=(seed,)) for seed in range(CALLERS)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert not wrong


@pytest.mark.parametrize("threads", [1, 2])
def test_no_samples(threads):
    model = et.load(et.data.demo_model(), num_threads=threads)
    x = np.empty((0, 648), np.int8)
    assert model.run(x).shape == model.run(x[:, ::-1]).shape == model.predict(x).shape == (0, 1)
    assert all(len(array) == 0 for array in model.trace(x).values())
    out = np.empty((0, 1), np.int8)
    assert model.run(x, out=out) is out


def test_the_pool_sleeps_when_it_is_idle():
    model = et.load(et.data.demo_model(), num_threads=4)
    model.run(np.zeros((400, 648), np.int8))
    time.sleep(0.01)
    began = time.process_time()
    time.sleep(0.3)
    assert time.process_time() - began < 0.03


@pytest.mark.parametrize("threads", [2, 3, 17])
def test_batches_that_change_in_size(threads):
    """What a sample costs is learned from run to run, and how a batch is cut follows it."""
    model, alone = (et.load(et.data.demo_model(), num_threads=n) for n in (threads, 1))
    x = np.random.default_rng(4).integers(-128, 128, (1500, 648)).astype(np.int8)
    expected = alone.run(x)
    for samples in (1, 2, 1500, 3, 30, 1499, 6, 61, 5, 1):
        assert_array_equal(model.run(x[:samples]), expected[:samples])


CGROUP_1 = """\
9:name=systemd:/
4:memory:/jobs/one
3:cpuset:/other
2:cpu,cpuacct:/jobs/one
"""
MOUNTS_1 = """\
31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755
32 31 0:29 {shown} /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:9 - cgroup cgroup rw,cpu,cpuacct
33 31 0:31 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset
34 31 0:32 {shown} /sys/fs/cgroup/my\\040memory rw - cgroup cgroup rw,memory
"""
MOUNTS_2 = "29 23 0:26 {shown} /sys/fs/cgroup rw,nosuid shared:4 master:1 - cgroup2 cgroup2 rw,nsdelegate\n"
NONE = 2**63 - 1


def tree(root, files):
    """A root folder with these files."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return str(root)


def version_2(files, group="/jobs/one", shown="/"):
    head = {"proc/self/cgroup": f"0::{group}\n", "proc/self/mountinfo": MOUNTS_2.format(shown=shown)}
    return head | {f"sys/fs/cgroup/{name}": text for name, text in files.items()}


def version_1(files, shown="/"):
    head = {"proc/self/cgroup": CGROUP_1, "proc/self/mountinfo": MOUNTS_1.format(shown=shown)}
    return head | {f"sys/fs/cgroup/{name}": text for name, text in files.items()}


CPU_1 = {"cpu.cfs_quota_us": "250000\n", "cpu.cfs_period_us": "100000\n"}
TREES = {
    "own group": (version_2({"jobs/one/cpu.max": "150000 100000\n", "jobs/one/memory.max": "4096\n"}), 1.5, 4096),
    "group above": (version_2({"jobs/cpu.max": "300000 100000", "jobs/one/cpu.max": "max 100000"}), 3, NONE),
    "lowest counts": (version_2({"jobs/cpu.max": "100000 50000", "jobs/one/cpu.max": "900000 100000"}), 2, NONE),
    "container": (version_2({"cpu.max": "50000 100000", "memory.max": "max"}, "/", "/"), 0.5, NONE),
    "host's path": (version_2({"cpu.max": "400000 100000", "memory.max": "1000"}, shown="/docker/1"), 4, 1000),
    "part of the tree": (version_2({"one/cpu.max": "200000 100000"}, shown="/jobs"), 2, NONE),
    "version 1": (
        version_1({f"cpu,cpuacct/jobs/one/{name}": text for name, text in CPU_1.items()})
        | {"sys/fs/cgroup/my memory/jobs/memory.limit_in_bytes": "777\n"},
        2.5,
        777,
    ),
    "version 1, container": (
        version_1({f"cpu,cpuacct/{name}": text for name, text in CPU_1.items()}, "/docker/1"), 2.5, NONE
    ),
    "version 1, no limit": (
        version_1({"cpu,cpuacct/jobs/one/cpu.cfs_quota_us": "-1", "cpu,cpuacct/jobs/one/cpu.cfs_period_us": "100000"}),
        np.inf,
        NONE,
    ),
    "nothing": ({}, np.inf, NONE),
    "no limits": (version_2({}), np.inf, NONE),
    "garbage": (
        version_2({"jobs/one/cpu.max": "many 100000", "jobs/cpu.max": "-5 100000", "cpu.max": "100000 0"})
        | {"sys/fs/cgroup/memory.max": "-1", "sys/fs/cgroup/jobs/memory.max": "all of it"},
        np.inf,
        NONE,
    ),
    "short files": (
        {
            "proc/self/cgroup": "\n0\n0:\n0::\n::::\n",
            "proc/self/mountinfo": "\n-\n1 2 - cgroup2\n29 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\nend",
            "sys/fs/cgroup/cpu.max": "",
        },
        np.inf,
        NONE,
    ),
    "large": (version_2({"memory.max": "99999999999999999999999", "cpu.max": "1e300 1"}, "/"), 1e300, NONE),
}  # fmt: skip


@pytest.mark.parametrize("name", TREES)
def test_limits_of_control_groups(tmp_path, name):
    files, cpus, memory = TREES[name]
    root = tree(tmp_path, files)
    assert _core.cgroup_cpus(root) == cpus
    assert _core.cgroup_memory(root) == memory


def test_limits_of_this_process():
    available = _core.available_threads()
    assert 1 <= available <= os.cpu_count()
    assert available <= max(1, _core.cgroup_cpus())
    assert et.build_info()["available_threads"] == available
    assert 0 < _core.memory_limit() <= _core.cgroup_memory()


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this platform has no affinity")
def test_affinity_counts():
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    try:
        assert _core.available_threads() == et.build_info()["num_threads"] == 1
    finally:
        os.sched_setaffinity(0, before)
