"""Installed runtimes beside ours, each in a child process: TFLite Micro's and LiteRT's wheels."""

from __future__ import annotations

import contextlib
import importlib.metadata
import importlib.util
import pickle
import re
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import IO, Any, cast

import numpy as np

from ..errors import DeviceError, MissingExtraError, UnsupportedError
from ..graph.graph import Graph
from ..io.tflite_read import read_tflite
from ..io.tflite_write import write_tflite
from ..types import Array

__all__ = ["PEERS", "Answer", "Peer", "PeerModel", "available", "open_model"]


@dataclass(frozen=True)
class _Wheel:
    """Where a runtime comes from: the package to import and its name for pip."""

    module: str
    distribution: str


#: Runtimes by name.
PEERS: Mapping[str, _Wheel] = {
    "tflm": _Wheel("tflite_micro", "tflite-micro"),
    "litert": _Wheel("ai_edge_litert", "ai-edge-litert"),
    "litert_without_delegate": _Wheel("ai_edge_litert", "ai-edge-litert"),
    "litert_reference": _Wheel("ai_edge_litert", "ai-edge-litert"),
}
#: The child gets the parent's import path: what was found here is found there.
_PROGRAM = "import sys; sys.path[:] = {path!r}; from edgetwin.device.peer_worker import serve; serve({runtime!r})"
_TIMEOUT_S = 60.0
_LEAST_ARENA = 1 << 20
#: The wheel's arena also holds its own structures, which grow with the file.
_ARENA_PER_FILE_BYTE = 12
#: Lines of the runtime's own words in an error.
_SAID_LINES = 8
#: Characters of them.
_SAID = 800
#: A child whose pipe has ended is given this time to be dead.
_DYING_S = 5.0


def available(runtime: str) -> bool:
    """Return whether a runtime is installed, without importing it.

    Parameters
    ----------
    runtime : str
        A key of `PEERS`.
    """
    return importlib.util.find_spec(PEERS[runtime].module) is not None


@dataclass
class Answer:
    """What a runtime gave.

    Attributes
    ----------
    outputs : list of list of ndarray
        Sample by sample, in the model's order, shaped as in the file.
    tensors : list of dict of int to ndarray
        Sample by sample, the wanted tensors by index.
    log : str
        What the runtime printed.
    """

    outputs: list[list[Array]] = field(default_factory=list)
    tensors: list[dict[int, Array]] = field(default_factory=list)
    log: str = ""

    @property
    def arena_bytes(self) -> int:
        """The head of TFLite Micro's arena: activations and scratch. Recorded where no tensors were asked for."""
        found = re.search(r"Arena allocation head (\d+) bytes", self.log)
        if found is None:
            raise DeviceError("the runtime recorded no allocations")
        return int(found.group(1))


class _Child:
    """The process that serves one runtime, and its pipes."""

    def __init__(self, runtime: str, log: str) -> None:
        program = _PROGRAM.format(path=sys.path, runtime=runtime)
        # Opened on its own: the parent's place in the log is not where the child writes.
        with open(log, "ab") as end:
            self._process = subprocess.Popen(  # noqa: S603 - our own program
                [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=end
            )
        self.requests: IO[bytes] = cast(IO[bytes], self._process.stdin)
        self._results: IO[bytes] = cast(IO[bytes], self._process.stdout)

    def next(self, timeout_s: float | None, expired: threading.Event) -> Any:
        """Return the next result; a child that is late is killed, which ends the pipe, and `expired` is set."""

        def kill() -> None:
            expired.set()
            self._process.kill()

        timer = None if timeout_s is None else threading.Timer(timeout_s, kill)
        if timer is not None:
            timer.start()
        try:
            return pickle.load(self._results)  # noqa: S301 - from our own child
        finally:
            if timer is not None:
                timer.cancel()

    def kill(self) -> None:
        """End a child whatever it is doing."""
        self._process.kill()
        self.end(_DYING_S)

    def end(self, patience_s: float) -> int:
        """Return the exit code of a child that is about to end, or is made to."""
        for pipe in (self.requests, self._results):
            with contextlib.suppress(OSError):
                pipe.close()
        try:
            return self._process.wait(patience_s)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()


def _exit(code: int) -> str:
    with contextlib.suppress(ValueError):
        return f"of {signal.Signals(-code).name}, exit code {code}"
    return f"with exit code {code}"


class Peer:
    """A runtime in a child process. A crash, a hang or a refusal is a DeviceError; the next run gets a fresh child.

    Parameters
    ----------
    runtime : str
        A key of `PEERS`.

    Raises
    ------
    MissingExtraError : it is not installed
    """

    def __init__(self, runtime: str) -> None:
        if not available(runtime):
            missing = PEERS[runtime].distribution
            raise MissingExtraError(f'{missing} is not installed: pip install "edgetwin[peers]" (for Linux x86-64)')
        self.runtime = runtime
        self._child: _Child | None = None
        self._log = tempfile.NamedTemporaryFile(prefix=f"{runtime}-", errors="replace", mode="r")  # noqa: SIM115

    @property
    def name(self) -> str:
        """The runtime's name and version: ``litert (ai-edge-litert 2.1.0)``."""
        distribution = PEERS[self.runtime].distribution
        return f"{self.runtime} ({distribution} {importlib.metadata.version(distribution)})"

    def run(
        self,
        model: bytes,
        samples: Sequence[Sequence[Array]],
        tensors: Sequence[int] = (),
        *,
        keep_state: bool = False,
        arena_bytes: int | None = None,
        timeout_s: float | None = _TIMEOUT_S,
    ) -> Answer:
        """Run a model file on samples.

        Parameters
        ----------
        model : bytes
        samples : sequence of sequence of ndarray
            An array for each input in the model's order, shaped as in the file.
        tensors : sequence of int
            Further tensors to return. LiteRT can give only what is an output.
        keep_state : bool
            Whether variable tensors go on from sample to sample; otherwise each starts from the file's initial state.
        arena_bytes : int, optional
            TFLite Micro's arena.
        timeout_s : float, optional
            For each sample; the child is ended after it.

        Returns
        -------
        Answer

        Raises
        ------
        DeviceError : the runtime refuses the model, dies of it, or does not answer in time; with what it printed
        """
        process = self._started()
        self._log.seek(0, 2)
        size = arena_bytes or max(_LEAST_ARENA, _ARENA_PER_FILE_BYTE * len(model))
        answer, expired = Answer(), threading.Event()
        try:
            pickle.dump((model, samples, list(tensors), keep_state, size), process.requests, pickle.HIGHEST_PROTOCOL)
            process.requests.flush()
            while (result := process.next(timeout_s, expired)) is not None:
                if isinstance(result, str):
                    raise DeviceError(f"{self.runtime} does not run this model: {self._said(result)}")
                answer.outputs.append(result[0])
                answer.tensors.append(result[1])
        except (EOFError, OSError, pickle.UnpicklingError):
            code = process.end(_DYING_S)
            self._child = None
            died = f"did not answer in {timeout_s:g} s" if expired.is_set() else f"died {_exit(code)}"
            raise DeviceError(f"{self.runtime} {died}: {self._said('') or 'it printed nothing'}") from None
        except DeviceError:
            raise
        except BaseException:
            # Answers that are not read yet must not be those of the next run.
            process.kill()
            self._child = None
            raise
        answer.log = self._log.read()
        return answer

    def _said(self, message: str) -> str:
        """Return a refusal with the last lines that the runtime printed."""
        printed = self._log.read().strip().splitlines()[-_SAID_LINES:]
        said = "; ".join(" ".join(part.split()) for part in (message, *printed) if part.strip())
        # What it means is at either end.
        return said if len(said) <= _SAID else f"{said[: _SAID // 2]} ... {said[-_SAID // 2 :]}"

    def _started(self) -> _Child:
        if self._child is None:
            self._child = _Child(self.runtime, self._log.name)
        return self._child

    def close(self) -> None:
        """End the child."""
        if self._child is not None:
            self._child.end(0)
            self._child = None
        self._log.close()

    def __enter__(self) -> Peer:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


class PeerModel:
    """A model file in a runtime; made by `open_model`.

    Attributes
    ----------
    name : str
        The runtime's name and version.
    """

    def __init__(self, runtime: str, data: bytes) -> None:
        self._peer = Peer(runtime)
        self._data = data
        self.name = self._peer.name

    def run(
        self, samples: Sequence[Sequence[Array]], tensors: Sequence[int]
    ) -> tuple[list[Array], dict[int, Array], str]:
        """Run the file as it is, then once more so that it shows its operators.

        TFLite Micro preserves all tensors. LiteRT gets a file of which they are outputs, so that its delegate computes
        them and cannot fuse them away.

        Parameters
        ----------
        samples : sequence of sequence of ndarray
            An array for each input in the model's order, shaped as in the file.
        tensors : sequence of int
            Outputs of operators.

        Returns
        -------
        outputs : list of ndarray, shape (samples, *file's shape)
            Of the file as it is.
        tensors : dict of int to ndarray, shaped likewise
            Empty where they cannot be shown.
        note : str
            Why not, or what showing them changed.

        Raises
        ------
        DeviceError : the runtime does not run the file
        """
        graph = read_tflite(self._data)
        activations = sum(tensor.nbytes for tensor in graph.tensors if tensor.data is None)
        arena_bytes = _LEAST_ARENA + _ARENA_PER_FILE_BYTE * len(self._data) + 2 * activations
        with self._peer as peer:
            plain = _stacked(peer.run(self._data, samples, arena_bytes=arena_bytes).outputs)
            try:
                data = self._data if peer.runtime == "tflm" else write_tflite(_showing(graph, tensors))
                answer = peer.run(data, samples, tensors, arena_bytes=arena_bytes)
            except (UnsupportedError, DeviceError) as error:
                return plain, {}, f"only outputs are compared: {error}"
        shown = _stacked(answer.outputs)[: len(plain)]
        pairs = list(zip(plain, shown, strict=True))
        changed = sum(any(a[i].tobytes() != b[i].tobytes() for a, b in pairs) for i in range(len(samples)))
        note = ""
        if changed:
            note = (
                f"{peer.runtime} gives other outputs in {changed} of {len(samples)} samples when it shows its "
                "operators, which it then does not fuse"
            )
        return plain, {i: np.stack([sample[i] for sample in answer.tensors]) for i in tensors}, note


def _showing(graph: Graph, tensors: Sequence[int]) -> Graph:
    """Return the graph with the tensors as further outputs."""
    further = [index for index in tensors if index not in graph.outputs]
    return replace(graph, outputs=(*graph.outputs, *further))


def _stacked(outputs: Sequence[Sequence[Array]]) -> list[Array]:
    return [np.stack(arrays) for arrays in zip(*outputs, strict=True)]


def open_model(runtime: str, data: bytes) -> PeerModel:
    """Return a model file in an installed runtime, to compare with.

    Parameters
    ----------
    runtime : str
        A key of `PEERS`.
    data : bytes
        The `.tflite` file.

    Returns
    -------
    PeerModel

    Raises
    ------
    MissingExtraError : the runtime is not installed
    """
    return PeerModel(runtime, data)
