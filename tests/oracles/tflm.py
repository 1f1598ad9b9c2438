"""The pinned tflite-micro wheel in a child process: it aborts on some models, and keeps state between invokes."""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import re
import tempfile
from dataclasses import dataclass

import numpy as np

INSTALL = 'pip install ".[test]" (tflite-micro is built for Linux x86-64)'


class Refused(Exception):
    """The wheel does not run this model: it raised, or its process died; with what it wrote about it."""


@dataclass
class Answer:
    """What the wheel gave: final outputs, and every requested tensor, a list an invoke; its recorded allocations."""

    outputs: list[list[np.ndarray]]
    tensors: list[dict[int, np.ndarray]]
    log: str = ""

    @property
    def arena_bytes(self) -> int:
        """The head of its arena: activations and scratch. Recorded where no tensors were asked for."""
        return int(re.search(r"Arena allocation head (\d+) bytes", self.log).group(1))


def available() -> bool:
    """Return whether the wheel can be imported (without importing it here)."""
    import importlib.util

    return importlib.util.find_spec("tflite_micro") is not None


def _serve(connection, log) -> None:
    # Its arena is memory as it comes, and SPACE_TO_BATCH_ND pads with what it finds there: zeros, as firmware's static
    # arena holds (mallopt's M_PERTURB fills what is allocated with the complement).
    ctypes.CDLL(None).mallopt(-6, 255)
    # The wheel writes to the process's own stderr.
    os.dup2(os.open(log, os.O_WRONLY | os.O_APPEND), 2)
    from tflite_micro.python.tflite_micro import runtime

    while (job := connection.recv()) is not None:
        model, inputs, outputs, tensors, keep_state, arena_size = job
        try:
            configs = runtime.InterpreterConfig
            config = configs.kPreserveAllTensors if tensors else configs.kAllocationRecording
            interpreter = runtime.Interpreter.from_bytes(model, arena_size=arena_size, intrepreter_config=config)
            answer = Answer([], [])
            for sample in inputs:
                if not keep_state:
                    interpreter.reset()
                for index, array in enumerate(sample):
                    interpreter.set_input(array, index)
                interpreter.invoke()
                answer.outputs.append([np.array(interpreter.get_output(i)) for i in range(outputs)])
                if tensors:
                    answer.tensors.append({i: np.array(interpreter.GetTensor(i, 0)["tensor_data"]) for i in tensors})
            if not tensors:
                interpreter.print_allocations()
            connection.send(answer)
        except Exception as error:  # noqa: BLE001 - its Python part reads files too, unchecked
            connection.send(Refused(f"{type(error).__name__}: {error}"))


class Tflm:
    """A child process that runs models in the wheel; a crash becomes `Refused` and a fresh child."""

    def __init__(self) -> None:
        self._context = multiprocessing.get_context("spawn")
        self._process = None
        self._log = tempfile.NamedTemporaryFile(mode="r", prefix="tflm-")  # noqa: SIM115 - until close

    def _start(self) -> None:
        self._connection, child = self._context.Pipe()
        self._process = self._context.Process(target=_serve, args=(child, self._log.name), daemon=True)
        self._process.start()
        child.close()

    def run(
        self,
        model: bytes,
        inputs: list[list[np.ndarray]],
        outputs: int = 1,
        tensors: list[int] | None = None,
        keep_state: bool = False,
        arena_size: int | None = None,
        most_seconds: float | None = None,
    ) -> Answer:
        """Run `model` on every sample of `inputs` (arrays with the file's own shapes, batch axis included)."""
        if self._process is None or not self._process.is_alive():
            self._start()
        self._log.seek(0, os.SEEK_END)
        size = arena_size or max(1 << 20, 12 * len(model))
        try:
            self._connection.send((model, inputs, outputs, tensors or [], keep_state, size))
            if not self._connection.poll(most_seconds):
                self._process.kill()
            answer = self._connection.recv()
        except (EOFError, ConnectionError, BrokenPipeError) as error:
            self._process.join()
            code = self._process.exitcode
            self._process = None
            raise Refused(f"the wheel's process died with exit code {code}\n{self._log.read()}") from error
        if isinstance(answer, Refused):
            raise Refused(f"{answer}\n{self._log.read()}")
        answer.log = self._log.read()
        return answer

    def close(self) -> None:
        """End the child."""
        if self._process is not None and self._process.is_alive():
            self._connection.send(None)
            self._process.join(5)
        self._log.close()
