"""Plans for the host runner: kernel calls and whole models at SIMD levels of other processors, beside the core's bytes.

The runner (`cpp/host_runner`) is compiled once a session, for this processor or another one, and needs no Python.
"""

from __future__ import annotations

import functools
import os
import shutil
import struct
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import numpy as np

from edgetwin import _core
from edgetwin.graph.plan import PlanSpec, build_plan

ROOT = Path(__file__).resolve().parent.parent.parent
INSTALL = "apt-get install qemu-user g++-aarch64-linux-gnu; pip install '.[test]'"
ARM_COMPILER = "aarch64-linux-gnu-g++"
ARM_EMULATOR = "qemu-aarch64"
_MAGIC = 0x424A5448
_PLACES = ("arena", "state", "constant", "input", "output")


class RunnerError(Exception):
    """The runner does not compile, or refuses a job."""


@dataclass(frozen=True)
class PlanCall:
    """A plan, and what it is run on.

    Attributes
    ----------
    name : str
    spec : PlanSpec
    samples : int
    inputs : list of ndarray
        All samples of each input, contiguous.
    shared : list of bool
        Which inputs serve all samples.
    states : bytes
        Of all samples; empty to start each from the initial state.
    """

    name: str
    spec: PlanSpec
    samples: int
    inputs: list[np.ndarray]
    shared: list[bool]
    states: bytes = b""

    def output_bytes(self) -> list[int]:
        """Of each output, for all samples."""
        count = sum(place == "output" for place, _, _ in self.spec.storages)
        sizes = {where: nbytes for place, where, nbytes in self.spec.storages if place == "output"}
        return [sizes[i] * self.samples for i in range(count)]

    @functools.cached_property
    def expected(self) -> bytes:
        """What the device core computes: outputs, then states."""
        spec = self.spec
        plan = _core.Plan(spec.storages, spec.steps, spec.arena_bytes, spec.initial_state, spec.constants, None)
        outputs = [np.zeros(nbytes, np.uint8) for nbytes in self.output_bytes()]
        states = np.frombuffer(self.states, np.uint8).copy() if self.states else None
        plan.run(self.samples, self.inputs, self.shared, outputs, states, 1)
        return b"".join(array.tobytes() for array in outputs) + (b"" if states is None else states.tobytes())


def kernel_call(name, kernel, case) -> PlanCall:
    """A case of `oracles.cases` as a plan of one step."""
    layout = _core.kernel_layout(kernel, dict(case.params))
    slots = _core.kernel_slots()[kernel]
    storages = [("input", i, array.nbytes) for i, array in enumerate(case.inputs)]
    states = b""
    for array in case.state:
        storages.append(("state", len(states), array.nbytes))
        states += array.tobytes() + bytes(-array.nbytes % 16)
    storages += [("output", i, layout["outputs"][i]) for i in range(len(slots["outputs"]))]
    ends = np.cumsum([len(case.inputs), len(case.state), len(slots["outputs"])])
    indices = [[int(i) for i in part] for part in np.split(np.arange(ends[-1]), ends[:-1])]
    step = (kernel, dict(case.params), dict(case.constants), *indices)
    spec = PlanSpec(storages, [step], 0, bytes(len(states)), b"")
    return PlanCall(name, spec, 1, list(case.inputs), [False] * len(case.inputs), states)


def model_call(name, model, x) -> PlanCall:
    """Samples (n, ...) of a model with one input."""
    spec = build_plan(model.graph, model.steps, model._aliases, model.graph.outputs)
    return PlanCall(name, spec, len(x), [np.ascontiguousarray(x)], [False])


def _number(value) -> bytes:
    return struct.pack("<q", value)


def _bytes(value) -> bytes:
    if value is None:
        return _number(-1)
    raw = value.encode() if isinstance(value, str) else value if isinstance(value, bytes) else value.tobytes()
    return _number(len(raw)) + raw + bytes(-len(raw) % 8)


def _list(values, pack) -> bytes:
    return _number(len(values)) + b"".join(map(pack, values))


def _step(step) -> bytes:
    kernel, params, constants, *slots = step

    def parameter(item):
        name, value = item
        real = isinstance(value, float)
        return _bytes(name) + _number(real) + (struct.pack("<d", value) if real else _number(int(value)))

    def constant(item):
        return _bytes(item[0]) + _bytes(None if item[1] is None else np.ascontiguousarray(item[1]))

    lists = [_list(list(params.items()), parameter), _list(list(constants.items()), constant)]
    return _bytes(kernel) + b"".join(lists) + b"".join(_list(list(indices), _number) for indices in slots)


def pack(calls) -> bytes:
    """A job file; `cpp/host_runner/main.cpp` tells its form."""
    parts = [_number(_MAGIC), _number(len(calls))]
    for call in calls:
        spec = call.spec
        parts += [_number(call.samples), _number(spec.arena_bytes)]
        parts.append(_list(spec.storages, lambda s: _number(_PLACES.index(s[0])) + _number(s[1]) + _number(s[2])))
        parts.append(_list(spec.steps, _step))
        parts += [_bytes(spec.initial_state), _bytes(spec.constants)]
        inputs = list(zip(call.shared, call.inputs, strict=True))
        parts.append(_list(inputs, lambda item: _number(item[0]) + _bytes(np.ascontiguousarray(item[1]))))
        parts.append(_bytes(call.states))
    return b"".join(parts)


def missing(arm: bool) -> str | None:
    """What building or running a runner lacks."""
    tools = [ARM_COMPILER, ARM_EMULATOR] if arm else [os.environ.get("CXX", "g++")]
    for name in ["cmake", "ninja", *tools]:
        if find_tool(name) is None:
            return name
    # They hold the header-only libraries.
    return next((name for name in ("cmeel-eigen", "pythran") if not list(metadata.distributions(name=name))), None)


def find_tool(name) -> str | None:
    return shutil.which(name, path=os.pathsep.join([sysconfig.get_path("scripts"), os.environ.get("PATH", "")]))


def build_host_runner(folder: Path, arm: bool) -> Path:
    """Compile the runner as the extension is compiled, level by level."""
    command = [find_tool("cmake"), "-S", ROOT, "-B", folder, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release"]
    command += [f"-DCMAKE_MAKE_PROGRAM={find_tool('ninja')}", f"-DPython_EXECUTABLE={sys.executable}"]
    command += ["-DEDGETWIN_HOST_RUNNER=ON", "-DEDGETWIN_WERROR=ON"]
    if shutil.which("ccache"):
        command.append("-DCMAKE_CXX_COMPILER_LAUNCHER=ccache")
    if arm:
        command += ["-DCMAKE_SYSTEM_NAME=Linux", "-DCMAKE_SYSTEM_PROCESSOR=aarch64"]
        command += [f"-DCMAKE_CXX_COMPILER={ARM_COMPILER}", "-DCMAKE_EXE_LINKER_FLAGS=-static"]
    for arguments in (command, [find_tool("cmake"), "--build", folder, "-j2"]):
        done = subprocess.run(arguments, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RunnerError(f"the host runner does not build:\n{done.stdout[-8000:]}{done.stderr[-4000:]}")
    return folder / "host_runner"


@dataclass(frozen=True)
class Results:
    """Bytes of each call, and how many instructions of dot products the runner had to emulate."""

    answers: list[bytes]
    emulated: int


def run_calls(command, level, calls, folder: Path, timeout_s: float = 300) -> Results:
    """Run calls at a level; `command` is the runner, after an emulator of its processor where it needs one."""
    job, answers = folder / "job.bin", folder / "results.bin"
    job.write_bytes(pack(calls))
    done = subprocess.run(
        [*command, level, job, answers], capture_output=True, text=True, check=False, timeout=timeout_s
    )
    if done.returncode != 0:
        raise RunnerError(f"{level}: the runner ended with code {done.returncode}: {done.stdout}{done.stderr}")
    raw, parts = answers.read_bytes(), []
    for call in calls:
        nbytes = sum(call.output_bytes()) + len(call.states)
        parts.append(raw[:nbytes])
        raw = raw[nbytes:]
    assert not raw, "more results than asked for"
    return Results(parts, int(done.stdout))


def differing(calls, answers) -> list[str]:
    """Names of calls whose bytes are not the device core's."""
    return [call.name for call, answer in zip(calls, answers, strict=True) if call.expected != answer]
