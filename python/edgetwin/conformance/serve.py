"""The bundled drivers: an installed runtime, an emulated board or edgetwin itself behind the driver protocol.

A driver reads lines. Each is a folder with `model.tflite` and `input_0.bin`, `input_1.bin`, ...: the samples of an
input one after another, raw, little-endian, shaped as in the file. It runs every sample from the model's initial state,
writes `output_0.bin`, ... alike, and answers with one line: `ok`; `refused` and why the runtime does not take the
model; or `skipped` and why the driver does not give it the model.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from ..device.opening import open as open_device
from ..device.peer_worker import RUNNERS
from ..errors import ModelError, UnsupportedError
from ..graph.graph import Graph
from ..io.tflite_read import read_tflite
from ..model import Model
from ..types import Array
from .cases import outputs_of

__all__ = ["serve", "stored"]

#: Model file, its graph and inputs -> outputs; both shape (samples, *shape in the file).
Run = Callable[[bytes, Graph, Sequence[Array]], Sequence[Array]]
#: TFLite Micro's arena holds its own structures, which grow with the file, and the activations.
_LEAST_ARENA, _ARENA_PER_FILE_BYTE = 1 << 20, 12


class _NoFormError(Exception):
    """The driver cannot write the model as its runtime takes it: as QDQ nodes, or as firmware."""


def _edgetwin(data: bytes, graph: Graph, inputs: Sequence[Array]) -> Sequence[Array]:
    return outputs_of(Model(data), inputs)


def _device(name: str) -> Run:
    def run(data: bytes, graph: Graph, inputs: Sequence[Array]) -> Sequence[Array]:
        model = Model(data)
        shaped = [array.reshape(-1, *spec.shape) for array, spec in zip(inputs, model.inputs, strict=True)]
        try:
            device = open_device(name, model, repeats=1)
        except UnsupportedError as error:
            raise _NoFormError(str(error)) from None
        with device:
            made = device.run(*shaped)
        return made if isinstance(made, tuple) else (made,)

    return run


def _onnx_runtime() -> Run:
    import onnxruntime

    from ..convert.onnx_qdq import onnx_bytes

    def run(data: bytes, graph: Graph, inputs: Sequence[Array]) -> Sequence[Array]:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 4
        # By default products of 8 bits saturate at 16 on x86 CPUs without VNNI.
        options.add_session_config_entry("session.x64quantprecision", "1")
        try:
            network = onnx_bytes(graph)
        except UnsupportedError as error:
            raise _NoFormError(str(error)) from None
        session = onnxruntime.InferenceSession(network, options, providers=["CPUExecutionProvider"])
        names = [node.name for node in session.get_inputs()]
        samples = (map(np.asarray, sample) for sample in zip(*inputs, strict=True))
        made = [session.run(None, dict(zip(names, sample, strict=True))) for sample in samples]
        return [np.stack(arrays) for arrays in zip(*made, strict=True)]

    return run


def _peer(name: str) -> Run:
    runner = RUNNERS[name]()

    def run(data: bytes, graph: Graph, inputs: Sequence[Array]) -> Sequence[Array]:
        activations = sum(tensor.nbytes for tensor in graph.tensors if tensor.data is None)
        arena = _LEAST_ARENA + _ARENA_PER_FILE_BYTE * len(data) + 2 * activations
        samples = [list(map(np.asarray, sample)) for sample in zip(*inputs, strict=True)]
        results: Iterator[tuple[list[Array], dict[int, Array]]] = runner((data, samples, (), False, arena))
        return [np.stack(arrays) for arrays in zip(*(outputs for outputs, _ in results), strict=True)]

    return run


def stored(dtype: str) -> np.dtype[np.generic]:
    """Return the dtype of raw files: little-endian."""
    little: np.dtype[np.generic] = np.dtype(dtype).newbyteorder("<")
    return little


def _answer(run: Run, folder: Path) -> str:
    data = (folder / "model.tflite").read_bytes()
    graph = read_tflite(data)
    inputs = []
    for number, index in enumerate(graph.inputs):
        tensor = graph.tensors[index]
        raw = (folder / f"input_{number}.bin").read_bytes()
        inputs.append(np.frombuffer(raw, stored(tensor.dtype)).astype(tensor.dtype).reshape(-1, *tensor.shape))
    try:
        outputs = run(data, graph, inputs)
    except _NoFormError as error:
        return f"skipped {error}"
    except ModelError as error:
        return f"refused {error}"
    except Exception as error:  # noqa: BLE001 - whatever a runtime raises is its refusal
        return f"refused {type(error).__name__}: {error}"
    for number, array in enumerate(outputs):
        (folder / f"output_{number}.bin").write_bytes(array.astype(stored(array.dtype.name)).tobytes())
    return "ok"


def serve(runtime: str) -> None:
    """Answer the folders that come on standard input until it ends.

    Parameters
    ----------
    runtime : str
        "edgetwin", "onnxruntime", a key of `peer_worker.RUNNERS`, or a device as `device.opening.open` takes it.
    """
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    # What the runtime prints is no answer.
    os.dup2(2, 1)
    if runtime == "edgetwin":
        run: Run = _edgetwin
    elif runtime == "onnxruntime":
        run = _onnx_runtime()
    elif runtime in RUNNERS:
        run = _peer(runtime)
    else:
        run = _device(runtime)
    for line in sys.stdin:
        print(" ".join(_answer(run, Path(line.rstrip("\n"))).split()), file=answers, flush=True)
