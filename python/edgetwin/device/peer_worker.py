"""The child process in which an installed runtime runs a model: it may abort, hang or write where it likes.

Frames are pickled between parent and child only. The child gets one job a time, ``(model, samples, tensors, keep_state,
arena_bytes)``, and answers sample by sample with ``(outputs, tensors)``, or with a string: why the runtime refuses.
"""

from __future__ import annotations

import ctypes
import os
import pickle
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from ..types import Array

__all__ = ["RUNNERS", "Job", "Result", "serve"]

#: Model file, samples (an array for each input, shaped as in the file), tensors wanted beside the outputs, whether
#: state goes on from sample to sample, and bytes of arena for a runtime that is given one.
Job = tuple[bytes, Sequence[Sequence[Array]], Sequence[int], bool, int]
#: Of one sample: outputs in the model's order, and the wanted tensors by index.
Result = tuple[list[Array], dict[int, Array]]
Runner = Callable[[Job], Iterator[Result]]

_M_PERTURB = -6


def _tflm() -> Runner:
    # Its arena is memory as it comes, and SPACE_TO_BATCH_ND pads with what it finds there: zeros, as firmware's static
    # arena holds (mallopt's M_PERTURB fills what is allocated with the complement).
    ctypes.CDLL(None).mallopt(_M_PERTURB, 255)
    from tflite_micro.python.tflite_micro import runtime

    def run(job: Job) -> Iterator[Result]:
        model, samples, tensors, keep_state, arena_bytes = job
        configs = runtime.InterpreterConfig
        config = configs.kPreserveAllTensors if tensors else configs.kAllocationRecording
        interpreter = runtime.Interpreter.from_bytes(model, arena_size=arena_bytes, intrepreter_config=config)
        outputs = _count_outputs(model)
        for sample in samples:
            if not keep_state:
                interpreter.reset()
            for index, array in enumerate(sample):
                interpreter.set_input(array, index)
            interpreter.invoke()
            kept = {i: np.array(interpreter.GetTensor(i, 0)["tensor_data"]) for i in tensors}
            yield [np.array(interpreter.get_output(i)) for i in range(outputs)], kept
        if not tensors:
            interpreter.print_allocations()

    return run


def _count_outputs(model: bytes) -> int:
    import tflite

    return int(tflite.Model.GetRootAsModel(model, 0).Subgraphs(0).OutputsLength())


def _litert(**options: Any) -> Runner:
    from ai_edge_litert.interpreter import Interpreter

    def run(job: Job) -> Iterator[Result]:
        model, samples, tensors, keep_state, _ = job
        interpreter = Interpreter(model_content=model, num_threads=1, **options)
        interpreter.allocate_tensors()
        inputs, outputs = (
            [detail["index"] for detail in details]
            for details in (interpreter.get_input_details(), interpreter.get_output_details())
        )
        for sample in samples:
            if not keep_state:
                interpreter.reset_all_variables()
            for index, array in zip(inputs, sample, strict=True):
                interpreter.set_tensor(index, array)
            interpreter.invoke()
            yield [interpreter.get_tensor(i) for i in outputs], {i: interpreter.get_tensor(i) for i in tensors}

    return run


def _litert_plain(resolver: str) -> Runner:
    from ai_edge_litert.interpreter import OpResolverType

    # Without the delegate every tensor can be read.
    return _litert(
        experimental_op_resolver_type=getattr(OpResolverType, resolver), experimental_preserve_all_tensors=True
    )


#: By name: imports the runtime and returns what runs a job.
RUNNERS: dict[str, Callable[[], Runner]] = {
    "tflm": _tflm,
    "litert": _litert,
    "litert_without_delegate": lambda: _litert_plain("BUILTIN_WITHOUT_DEFAULT_DELEGATES"),
    "litert_reference": lambda: _litert_plain("BUILTIN_REF"),
}


def serve(runtime: str) -> None:
    """Answer the jobs that come on standard input until it ends.

    Parameters
    ----------
    runtime : str
        A key of `RUNNERS`.
    """
    answers = os.fdopen(os.dup(1), "wb")
    # What the runtime prints is for the log, not for the parent's frames.
    os.dup2(2, 1)

    def answer(value: Any) -> None:
        pickle.dump(value, answers, pickle.HIGHEST_PROTOCOL)
        answers.flush()

    run = RUNNERS[runtime]()
    while True:
        try:
            job = pickle.load(sys.stdin.buffer)  # noqa: S301 - from our own parent
        except EOFError:
            return
        try:
            for result in run(job):
                answer(result)
            answer(None)
        except Exception as error:  # noqa: BLE001 - whatever a runtime raises is its refusal
            answer(f"{type(error).__name__}: {error}")
