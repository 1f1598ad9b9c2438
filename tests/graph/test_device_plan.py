"""A device's memory: figures of shared models, rows that are kept, and what `Model.profile` says of it."""

from __future__ import annotations

import shutil
import subprocess

import pytest

import edgetwin as et
from edgetwin.device.qemu import COMPILER, CORES, INSTALL
from edgetwin.graph.device_plan import plan_device
from edgetwin.graph.rows import Pair, RowChain, RowForm
from edgetwin.graph.segments import Memory, segment_choices

#: Bytes at most: the arena, inputs and outputs beside it.
LIMITS = {
    "ad01_int8": 768, "audio_pre_int8": 3040, "dtln": 1424, "gait_int8": 1351, "hello_int8": 32, "kws_int8": 9600,
    "kwscr8": 672, "micro_speech_int8": 5968, "person": 20000, "resnet8_int8": 16900,
}  # fmt: skip


@pytest.mark.parametrize("name", LIMITS)
def test_arena_of_shared_models(shared, name):
    profile = et.load(shared / "models" / f"{name}.tflite").profile()
    arena = profile.export_arena_bytes - profile.export_scratch_bytes
    assert arena <= LIMITS[name]
    assert arena <= profile.arena_bytes


@pytest.mark.parametrize("core", ["cortex-m3", "cortex-m4", "cortex-m55"])
def test_scratch_is_what_the_core_asks_for(shared, tmp_path, core):
    """What the compiler makes of the fast kernels' own formulas."""
    if shutil.which(COMPILER) is None:
        pytest.skip(f"{COMPILER} is not installed: {INSTALL}")
    lines, includes = [], []
    for name in ("gait_int8", "kws_int8", "hello_int8"):
        model = et.load(shared / "models" / f"{name}.tflite")
        folder = model.export(tmp_path / name)
        scratch = model.profile(core).export_scratch_bytes
        assert scratch <= model.profile().export_scratch_bytes
        lines.append(f'#include "{folder}/model/{name}.cpp"\n')
        lines.append(f"static_assert(sizeof({name}::scratch) == {max(scratch, 1)});\n")
        includes.append(f"-I{folder}")
    (tmp_path / "main.cpp").write_text("".join(lines))
    flags = [*CORES[core].flags, "-std=c++17", "-O1", "-mthumb", "-fsyntax-only"]
    done = subprocess.run(
        [COMPILER, *flags, *includes, tmp_path / "main.cpp"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[:3000]


def test_no_export_of_float32(shared):
    assert et.load(shared / "models/gait_f32.tflite").profile().export_arena_bytes is None


def form(rows, stride=1, padding=0, reach=1, *, input_rows=None, pointwise=False):
    return RowForm({}, rows, 4, input_rows or rows, 4, stride, padding, reach, pointwise)


def test_rows_of_a_chain_of_windows():
    chain = RowChain([form(10, 1, 1, 3), form(5, 2, 0, 2, input_rows=10), form(5, 1, 2, 5)], [[None], [0], [1]])
    assert chain.measure((2,), (0, 1, 2))[0][:2] == [2, 5]


def test_rows_of_a_residual():
    """The sum of row y waits for the input's row y + 2: rows y to y + 2 are there."""
    chain = RowChain([form(9), form(9, 1, 1, 3), form(9, 1, 1, 3), form(9, pointwise=True)], [[None], [0], [1], [2, 0]])
    apart, _ = chain.measure((3,), (0, 1, 2, 3))
    assert apart[:3] == [3, 3, 1]


def test_an_output_lies_under_its_input_by_the_rows_that_are_still_read():
    chain = RowChain([form(9, 1, 1, 3)], [[None]])
    pair = Pair(read=0, readers=(0,), row_bytes=4, writer=0, written_bytes=4)
    assert chain.measure((0,), (0,), [pair])[1] == [8]


def test_rows_that_nothing_reads_are_left_to_observers():
    chain = RowChain([form(9), form(4, 2, 0, 2, input_rows=9)], [[None], [0]])
    assert chain.left_over((1,)) == [0]


def test_nothing_runs_by_rows_without_need(shared):
    model = et.load(shared / "models/hello_int8.tflite")
    plan = plan_device(model.graph, model.steps, {})
    assert plan.segments == ()
    memory = Memory(model.graph, (), {}, {}, frozenset(), {}, 4)
    assert segment_choices(memory) == [[], []]


def test_rows_that_are_made_by_twos_keep_what_both_need():
    """A convolution of five rows that makes two at a time needs six rows of its input."""
    double = RowForm({}, 10, 4, 10, 4, 1, 2, 5, together=2)
    chain = RowChain([form(10), double, form(5, 2, 0, 2, input_rows=10)], [[None], [0], [1]])
    assert chain.measure((2,), (0, 1, 2))[0][:2] == [6, 2]
