"""Runtimes behind the driver protocol, each a child process that may crash, hang or talk nonsense."""

from __future__ import annotations

import contextlib
import importlib.metadata
import importlib.util
import math
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, cast

import numpy as np

from ..build_info import __version__, archs
from ..errors import DataError
from ..types import Array
from .cases import Case
from .serve import stored

__all__ = ["FAULTS", "Answer", "Driver", "Runtime", "bundled", "custom", "device", "limited"]

_PROGRAM = "import sys; sys.path[:] = {path!r}; from edgetwin.conformance.serve import serve; serve({runtime!r})"
#: An answer that is longer than this is none.
_LONGEST = 1 << 16
#: Of what a runtime printed last, and of why it refuses.
_SAID = 300
_DYING_S = 5.0
#: A process has this time more for its first answer: it imports its runtime.
_STARTING_S = 30.0
_REFUSALS = {"refused": "refuses", "skipped": "no form"}
#: Answers after which a new process is started.
FAULTS = ("nonsense", "crashed", "hung")


@dataclass(frozen=True)
class Runtime:
    """How to start a driver.

    Attributes
    ----------
    name : str
        The matrix's column.
    version : str
    command : tuple of str
    runtime : str
        As `serve` takes it; "" for a driver that is not bundled.
    environment : mapping of str to str
        Beside the parent's.
    per_row : int or None
        Cases of each row of the matrix that it is given; None for all.
    ours : bool
        Whether a difference is a fault: a level of edgetwin, or what the user brings as equal.
    """

    name: str
    version: str
    command: tuple[str, ...]
    runtime: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    per_row: int | None = None
    ours: bool = False


def _bundled(name: str, version: str, runtime: str, **options: object) -> Runtime:
    program = _PROGRAM.format(path=sys.path, runtime=runtime)
    return Runtime(name, version, (sys.executable, "-c", program), runtime, **options)  # type: ignore[arg-type]


def bundled() -> list[Runtime]:
    """Return the drivers of what is installed: edgetwin at each SIMD level, TFLite Micro, LiteRT, ONNX Runtime."""
    found = [
        _bundled(f"edgetwin {level}", __version__, "edgetwin", environment={"EDGETWIN_ARCH": level}, ours=True)
        for level in archs()
    ]
    for name, runtime, distribution, modules in (
        ("TFLite Micro", "tflm", "tflite-micro", ("tflite_micro",)),
        ("LiteRT", "litert", "ai-edge-litert", ("ai_edge_litert",)),
        ("LiteRT, no delegate", "litert_without_delegate", "ai-edge-litert", ("ai_edge_litert",)),
        ("LiteRT, BUILTIN_REF", "litert_reference", "ai-edge-litert", ("ai_edge_litert",)),
        ("ONNX Runtime", "onnxruntime", "onnxruntime", ("onnxruntime", "onnx")),
    ):
        if all(importlib.util.find_spec(module) for module in modules):
            found.append(_bundled(name, importlib.metadata.version(distribution), runtime))
    return found


def device(spec: str, per_row: int) -> Runtime:
    """Return the driver of a device that takes models, such as "qemu:cortex-m4": each is exported, built and run.

    Parameters
    ----------
    spec : str
        As `device.open` takes it.
    per_row : int
        Cases of each row of the matrix.
    """
    return _bundled(spec, __version__, spec, per_row=per_row, ours=True)


def custom(text: str) -> Runtime:
    """Return a driver of one's own from `NAME=COMMAND`.

    Raises
    ------
    DataError : no such form, or no such program
    """
    name, equals, command = text.partition("=")
    words = shlex.split(command) if equals else []
    if not name.strip() or not words:
        raise DataError(f"driver {text!r}, accepted is NAME=COMMAND")
    if shutil.which(words[0]) is None:
        raise DataError(f"driver {name!r}: there is no program {words[0]!r}")
    return Runtime(name.strip(), "", tuple(words), ours=True)


@dataclass(frozen=True, eq=False)
class Answer:
    """What a driver made of a case.

    Attributes
    ----------
    kind : str
        "ok", "refuses", "no form", "other shape", "crashed", "hung" or "nonsense".
    outputs : tuple of ndarray, shape (samples, *shape in the file)
        Of "ok".
    why : str
    """

    kind: str
    outputs: tuple[Array, ...] = ()
    why: str = ""


class Driver:
    """A runtime's child process; one that dies, hangs or talks nonsense is replaced with the next case.

    Parameters
    ----------
    runtime : Runtime
    timeout_s : float
        Within it a case must be answered, a process's first one within half a minute more.
    """

    def __init__(self, runtime: Runtime, timeout_s: float) -> None:
        self.runtime = runtime
        self._timeout_s = timeout_s
        self._process: subprocess.Popen[bytes] | None = None
        self._folder = tempfile.TemporaryDirectory(prefix="edgetwin-conformance-")
        self._log = Path(self._folder.name) / "log"
        self._count = 0

    def run(self, case: Case) -> Answer:
        """Return what the driver made of a case; whatever it does is an answer."""
        self._count += 1
        folder = Path(self._folder.name) / f"{self._count}"
        folder.mkdir()
        (folder / "model.tflite").write_bytes(case.model)
        for number, array in enumerate(case.inputs):
            (folder / f"input_{number}.bin").write_bytes(array.astype(stored(array.dtype.name)).tobytes())
        try:
            answer = self._asked(case, folder)
        finally:
            shutil.rmtree(folder)
        if answer.kind in FAULTS:
            self._end()
        return answer

    def _asked(self, case: Case, folder: Path) -> Answer:
        timeout_s = self._timeout_s + (_STARTING_S if self._process is None else 0.0)
        process = self._started()
        requests, answers = cast(IO[bytes], process.stdin), cast(IO[bytes], process.stdout)
        expired = threading.Event()

        def kill() -> None:
            expired.set()
            process.kill()

        timer = threading.Timer(timeout_s, kill)
        timer.start()
        try:
            requests.write(f"{folder}\n".encode())
            requests.flush()
            line = answers.readline(_LONGEST)
        except OSError:  # it has gone, and what follows tells how
            line = b""
        finally:
            timer.cancel()
        if expired.is_set():
            return Answer("hung", why=f"no answer within {timeout_s:g} s")
        if len(line) >= _LONGEST:
            return Answer("nonsense", why=f"an answer without end: {line[:40]!r}")
        if not line.endswith(b"\n"):
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_DYING_S)
            return Answer("crashed", why=f"exit code {process.returncode}{self._said()}")
        words = line.decode("utf-8", "backslashreplace").strip()
        verdict, _, why = words.partition(" ")
        if verdict in _REFUSALS:
            return Answer(_REFUSALS[verdict], why=why.strip()[:_SAID])
        if words != "ok":
            return Answer("nonsense", why=f"the answer {words[:40]!r}, accepted are ok, refused WHY, skipped WHY")
        return _read(case, folder)

    def _said(self) -> str:
        lines = self._log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        return f": {' '.join(lines[-1].split())[-_SAID:]}" if lines else ""

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            with self._log.open("wb") as log:
                self._process = subprocess.Popen(  # noqa: S603 - what the user named, or our own program
                    self.runtime.command,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=log,
                    env={**os.environ, **self.runtime.environment},
                )
        return self._process

    def _end(self) -> None:
        if self._process is None:
            return
        for pipe in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):
                cast(IO[bytes], pipe).close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(1)
        self._process.kill()
        self._process.wait()
        self._process = None

    def __enter__(self) -> Driver:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._end()
        self._folder.cleanup()


def _read(case: Case, folder: Path) -> Answer:
    outputs = []
    for number, (index, expected) in enumerate(zip(case.graph.outputs, case.expected, strict=True)):
        tensor = case.graph.tensors[index]
        dtype = stored(expected.dtype.name)
        wanted = case.samples * math.prod(tensor.shape) * dtype.itemsize
        path = folder / f"output_{number}.bin"
        data = path.read_bytes() if path.is_file() else b""
        if len(data) != wanted:
            whole = len(data) > 0 and len(data) % (case.samples * dtype.itemsize) == 0
            why = f"output_{number}.bin has {len(data)} bytes, expected are {wanted}"
            return Answer("other shape" if whole else "nonsense", why=why)
        outputs.append(np.frombuffer(data, dtype).astype(expected.dtype).reshape(-1, *tensor.shape))
    return Answer("ok", tuple(outputs))


def limited(cases: Sequence[Case], per_row: int | None) -> list[Case]:
    """Return so many cases of each row, those that come first."""
    if per_row is None:
        return list(cases)
    seen: dict[str, int] = {}
    chosen = []
    for case in cases:
        seen[case.row] = seen.get(case.row, 0) + 1
        if seen[case.row] <= per_row:
            chosen.append(case)
    return chosen
