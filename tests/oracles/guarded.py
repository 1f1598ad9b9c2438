"""edgetwin in a child process with limits of memory and time: what it does with a file that may be hostile."""

from __future__ import annotations

import multiprocessing
import resource
import time
import traceback
import warnings
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

#: Above what the child needs after import. A model may ask for 256 MiB each of activations, constants and state.
MEMORY_BYTES = 3 * 2**29
LOAD_SECONDS = 10.0
#: A model that needs more multiply-accumulates or more bytes of activations is loaded but not run.
_MOST_WORK = 2 * 10**7


@dataclass
class Outcome:
    """What happened to one file.

    Attributes
    ----------
    kind : str
        "refused", "loaded", or what must not be: "foreign" (another exception), "died", "hung".
    message : str
        Of the error; for "foreign" the traceback.
    seconds : float
        Of the load.
    inputs, outputs : list of ndarray
        One run of a loaded model, shaped as in the file; empty where it is too big.
    tensors : dict of int to ndarray
        Every operator's output in that run, by tensor.
    complete : bool
        Whether every operator runs or is folded: those that no output needs are left out here, unchecked.
    """

    kind: str
    message: str = ""
    seconds: float = 0.0
    inputs: list[np.ndarray] = field(default_factory=list)
    outputs: list[np.ndarray] = field(default_factory=list)
    tensors: dict[int, np.ndarray] = field(default_factory=dict)
    complete: bool = True


def _input(tensor, rng):
    if tensor.dtype == "float32":
        return np.asarray(rng.normal(0, 10, tensor.shape), np.float32)
    if tensor.dtype in ("float16", "float64", "bool"):
        return np.asarray(rng.integers(0, 2, tensor.shape), tensor.dtype)
    info = np.iinfo(tensor.dtype)
    return np.asarray(rng.integers(info.min, info.max, tensor.shape, tensor.dtype, endpoint=True))


def _run(model, outcome) -> None:
    graph = model.graph
    profile = model.profile()
    assert str(model)
    assert repr(model)
    made = {i for i, tensor in enumerate(graph.tensors) if tensor.data is not None}
    made.update(*(graph.operators[row.index].outputs for row in profile.operators))
    outcome.complete = made.issuperset(i for operator in graph.operators for i in operator.outputs)
    ends = sum(graph.tensors[i].nbytes for i in (*graph.inputs, *graph.outputs))
    activations = sum(graph.tensors[step.outputs[0]].nbytes for step in model.steps)
    if max(profile.macs, ends, activations) > _MOST_WORK:
        return
    rng = np.random.default_rng(1)
    outcome.inputs = [_input(graph.tensors[i], rng) for i in graph.inputs]
    given = [x.reshape(x.shape[1:]) if x.shape[:1] == (1,) else x for x in outcome.inputs]
    results = model.run(*given)
    results = results if isinstance(results, tuple) else (results,)
    outcome.outputs = [y.reshape(graph.tensors[i].shape) for y, i in zip(results, graph.outputs, strict=True)]
    for operator, array in model.trace(*given).items():
        tensor = graph.operators[operator].outputs[0]
        outcome.tensors[tensor] = array.reshape(graph.tensors[tensor].shape)


def _answer(et, data: bytes) -> Outcome:
    began = time.perf_counter()
    try:
        model = et.load(data)
        outcome = Outcome("loaded", seconds=time.perf_counter() - began)
        _run(model, outcome)
    except et.EdgetwinError as error:
        kind = "refused" if isinstance(error, et.ModelError) else "foreign"
        message = str(error) if kind == "refused" else traceback.format_exc()
        return Outcome(kind, message, time.perf_counter() - began)
    except Exception:  # noqa: BLE001 - any other exception is what is looked for
        return Outcome("foreign", traceback.format_exc(), time.perf_counter() - began)
    return outcome


def _serve(connection, fault) -> None:
    import edgetwin as et

    exec(fault, {})
    et.set_num_threads(1)
    warnings.simplefilter("error")
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    limit = pages * resource.getpagesize() + MEMORY_BYTES
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    connection.send("ready")
    while True:
        try:
            data = connection.recv()
        except EOFError:  # the parent is gone
            return
        connection.send(_answer(et, data))


class Guarded:
    """A child process that loads and runs files; after a crash or a hang a fresh one.

    Parameters
    ----------
    fault : str
        Python code to run in the child first, for tests of this harness.
    most_seconds : float
        Of a load and a run.
    """

    def __init__(self, fault: str = "", most_seconds: float = LOAD_SECONDS) -> None:
        self._fault = fault
        self._most_seconds = most_seconds
        self._context = multiprocessing.get_context("spawn")
        self._process = None

    def load(self, data: bytes) -> Outcome:
        """Load a file, run it once."""
        if self._process is None:
            self._connection, child = self._context.Pipe()
            self._process = self._context.Process(target=_serve, args=(child, self._fault), daemon=True)
            self._process.start()
            child.close()
            self._connection.recv()  # the import does not count
        try:
            self._connection.send(data)
            if not self._connection.poll(self._most_seconds):
                self.close()
                return Outcome("hung", f"no answer in {self._most_seconds} s", self._most_seconds)
            return self._connection.recv()
        except (EOFError, ConnectionError):
            self._process.join()
            code = self._process.exitcode
            self._process = None
            return Outcome("died", f"exit code {code}")

    def close(self) -> None:
        """End the child."""
        if self._process is not None:
            self._process.kill()
            self._process.join()
            self._process = None
