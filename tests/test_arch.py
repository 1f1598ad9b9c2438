"""SIMD levels: forced ones run, all give the same bytes, and what is no level of this CPU is refused."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import threading

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from oracles.inputs import MODELS, samples
from oracles.kernel_arguments import GOOD
from oracles.models import model_bytes

import edgetwin as et
from edgetwin import _core, kernels
from edgetwin.graph.plan import build_plan

#: `benchmarks/exactness.py` compares more with the wheel; here levels are compared with each other, states and all.
INPUTS = 60
LEVELS = pytest.mark.parametrize("level", et.archs())
ALL = ("scalar", "avx2", "avx_vnni", "avx512", "avx512_vnni", "neon", "neon_dotprod")


@pytest.fixture(scope="module")
def model():
    return et.load(et.data.demo_model())


@pytest.fixture(scope="module")
def x():
    return np.random.default_rng(8).integers(-128, 128, (9, 648)).astype(np.int8)


@pytest.fixture(scope="module")
def expected(model, x):
    """By the device core's own code."""
    spec = build_plan(model.graph, list(model.steps), model._aliases, model.graph.outputs)
    plan = _core.Plan(spec.storages, spec.steps, spec.arena_bytes, spec.initial_state, spec.constants)
    assert plan.level is None
    y = np.empty((len(x), *model.outputs[0].shape), np.int8)
    plan.run(len(x), [x], [False], [y], None, 1)
    return y


def test_lists():
    info = et.build_info()
    assert et.archs() == info["archs"] == tuple(name for name in info["archs_built"] if name in et.archs())
    assert et.archs()[0] == "scalar"
    assert set(info["archs_built"]) <= set(ALL)
    assert info["arch"] == os.environ.get("EDGETWIN_ARCH", et.archs()[-1])
    flags = cpu_flags()
    if flags:
        avx512 = {"avx512f", "avx512cd", "avx512bw", "avx512dq", "avx512vl"}
        needs = {"avx2": {"avx2", "fma"}, "avx_vnni": {"avx2", "fma", "avx_vnni"}, "avx512": avx512}
        needs["avx512_vnni"] = avx512 | {"avx512_vnni"}
        assert et.archs() == ("scalar", *(name for name in ALL if name in needs and needs[name] <= flags))


def cpu_flags():
    """The kernel's own list, on x86-64 Linux."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            return next((set(line.split(":")[1].split()) for line in file if line.startswith("flags")), set())
    except OSError:
        return set()


@LEVELS
def test_a_forced_level_runs_and_gives_the_same_bytes(model, x, expected, level):
    before = et.build_info()["arch"]
    with et.arch(level):
        assert et.build_info()["arch"] == model.arch == level
        fresh = et.load(et.data.demo_model())
        for twin in (model, fresh, pickle.loads(pickle.dumps(model))):
            for _ in range(2):  # the first call in a level goes the long way
                assert_array_equal(twin.run(x), expected, strict=True)
            assert twin._runner.plan.level == twin.arch == level
            assert twin._ordinary((x,), None, None) is not None
            assert_array_equal(list(twin.trace(x).values())[-1], expected)
    assert et.build_info()["arch"] == model.arch == before
    assert fresh.arch == before


@pytest.mark.parametrize("name", MODELS)
def test_models_give_the_same_bytes_at_every_level(shared, name):
    model = et.load(model_bytes(shared, name))
    tensor = model.graph.tensors[model.graph.inputs[0]]
    x = samples(shared, name, tensor, INPUTS, seed=7).reshape(INPUTS, *model.inputs[0].shape)
    few, results = x[:20], {}
    for level in et.archs():
        with et.arch(level):
            state = model.state(len(few))
            arrays = [model.run(x), model.run(x[-1]), model.run(few, state=state), model.run(few, state=state)]
            arrays += [*state.arrays.values(), *model.trace(few).values(), *model.trace(few).by_name.values()]
            assert model._runner.level == level
        results[level] = [np.asarray(array).tobytes() for array in arrays]
    best = results[et.archs()[-1]]
    for level, result in results.items():
        assert result == best, level


@LEVELS
def test_kernels_follow(level, monkeypatch):
    asked, run = [], _core.run_kernel
    monkeypatch.setattr(_core, "run_kernel", lambda *given: asked.append(given[-1]) or run(*given))
    with et.arch(level):
        kernels.softmax(**GOOD["softmax"])
    assert asked == [level]


def test_each_level_keeps_its_plan(model, x):
    plans = []
    for _ in range(2):
        for level in et.archs():
            with et.arch(level):
                model.run(x)
                plans.append(model._runner.plan)
    assert plans[: len(et.archs())] == plans[len(et.archs()) :]


def test_blocks_nest_and_end_with_an_error():
    outer, before = et.archs()[0], et.build_info()["arch"]
    with et.arch(outer):
        with pytest.raises(KeyError), et.arch(et.archs()[-1]):
            raise KeyError
        assert et.build_info()["arch"] == outer
    assert et.build_info()["arch"] == before


def test_the_level_is_the_process_s(model, x, expected):
    """Other threads follow, in the middle of their work."""
    stop, wrong = threading.Event(), []

    def work():
        while not stop.is_set():
            if not np.array_equal(model.run(x), expected):
                wrong.append(model.arch)

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for _ in range(30):
        for level in et.archs():
            with et.arch(level):
                assert_array_equal(model.run(x), expected)
    stop.set()
    for worker in workers:
        worker.join()
    assert not wrong


@pytest.mark.parametrize(
    "name", ["", "AVX2", "sse2", "avx512-vnni", None, 2, *(name for name in ALL if name not in et.archs())]
)
def test_levels_that_this_cpu_lacks(name):
    with pytest.raises(et.DataError, match=f"arch: {name!r}, this CPU has {', '.join(et.archs())}$"), et.arch(name):
        raise AssertionError
    if isinstance(name, str):
        with pytest.raises(et.DataError, match=f"level '{name}': this CPU has {', '.join(et.archs())}$"):
            _core.Plan([], [], 0, b"", b"", name)
        with pytest.raises(et.DataError, match="this CPU has"):
            _core.run_kernel("clamp_s8", {}, [], {}, [], name)


def with_environment(value):
    program = "import edgetwin as et; print(et.build_info()['arch'], et.load(et.data.demo_model()).arch)"
    return subprocess.run(
        [sys.executable, "-c", program], env=os.environ | {"EDGETWIN_ARCH": value}, capture_output=True, text=True
    )


def test_the_environment_forces_a_level():
    assert with_environment("scalar").stdout.split() == ["scalar"] * 2
    assert with_environment(" ").stdout.split() == [et.archs()[-1]] * 2
    bad = with_environment("pentium")
    assert bad.returncode != 0
    assert f"DataError: EDGETWIN_ARCH: 'pentium', this CPU has {', '.join(et.archs())}" in bad.stderr
