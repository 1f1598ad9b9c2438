"""Other runtimes of the same model, in this process, each with a raw call and a whole one.

A whole call sets the inputs, runs, and returns the outputs as arrays. A raw call is the binding's own function that
runs the network and nothing else, bound once and called from the timing loop: Python adds one call (some 50 ns), which
is not subtracted. A runtime that dies of a model is found out in a child process first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from edgetwin.device.peers import Peer, available
from edgetwin.errors import DeviceError, UnsupportedError
from edgetwin.graph.graph import Graph

from .machine import installed

Arrays = Sequence[np.ndarray]


@dataclass
class Runtime:
    """A model in another runtime.

    Attributes
    ----------
    raw : callable or None
        Runs the network on inputs that are set already.
    whole : callable of a list of arrays
        Returns the outputs.
    reset : callable
        Sets the state that the model keeps back.
    """

    whole: Callable[[Arrays], Arrays]
    raw: Callable[[], object] | None = None
    reset: Callable[[], object] = lambda: None


def tflite_micro(data: bytes, activation_bytes: int) -> Runtime:
    """The tflite-micro wheel."""
    from tflite_micro.python.tflite_micro import runtime

    arena = (1 << 20) + 12 * len(data) + 2 * activation_bytes
    interpreter = runtime.Interpreter.from_bytes(data, arena_size=arena)
    outputs = _count_outputs(data)

    def whole(arrays: Arrays) -> Arrays:
        for index, array in enumerate(arrays):
            interpreter.set_input(array, index)
        interpreter.invoke()
        return [interpreter.get_output(index) for index in range(outputs)]

    return Runtime(whole, interpreter._interpreter.Invoke, interpreter.reset)


def _count_outputs(data: bytes) -> int:
    import tflite

    return int(tflite.Model.GetRootAsModel(data, 0).Subgraphs(0).OutputsLength())


def litert(data: bytes, sample: Arrays, threads: int) -> Runtime:
    """The LiteRT wheel with its default delegate, XNNPACK.

    Two interpreters: whoever holds a bound call of one, as the raw loop does, is told that its public calls are unsafe.
    """
    from ai_edge_litert.interpreter import Interpreter

    def prepared() -> Interpreter:
        interpreter = Interpreter(model_content=data, num_threads=threads)
        interpreter.allocate_tensors()
        for detail, array in zip(interpreter.get_input_details(), sample, strict=True):
            interpreter.set_tensor(detail["index"], array)
        return interpreter

    held, interpreter = prepared(), prepared()
    inputs, outputs = (
        [detail["index"] for detail in details]
        for details in (interpreter.get_input_details(), interpreter.get_output_details())
    )

    def whole(arrays: Arrays) -> Arrays:
        for index, array in zip(inputs, arrays, strict=True):
            interpreter.set_tensor(index, array)
        interpreter.invoke()
        return [interpreter.get_tensor(index) for index in outputs]

    return Runtime(whole, held._interpreter.Invoke, interpreter.reset_all_variables)


def onnx_runtime(graph: Graph, threads: int, exact_sums: bool = True) -> Runtime:
    """ONNX Runtime on the same network with quantize and dequantize nodes.

    By default its products of 8 bits saturate at 16 on x86 CPUs without VNNI, which changes outputs by up to all 255
    codes; `exact_sums` is its own option against that.
    """
    import onnxruntime

    from edgetwin.convert.onnx_qdq import onnx_bytes

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.add_session_config_entry("session.x64quantprecision", str(int(exact_sums)))
    session = onnxruntime.InferenceSession(onnx_bytes(graph), options, providers=["CPUExecutionProvider"])
    names = [node.name for node in session.get_inputs()]

    def whole(arrays: Arrays) -> Arrays:
        return session.run(None, dict(zip(names, arrays, strict=True)))

    # Its buffers are bound once; what is left is the run itself.
    binding = session.io_binding()
    for node, index in zip(session.get_inputs(), graph.inputs, strict=True):
        tensor = graph.tensors[index]
        array = np.zeros(tensor.shape, tensor.dtype)
        binding.bind_ortvalue_input(node.name, onnxruntime.OrtValue.ortvalue_from_numpy(array))
    for node in session.get_outputs():
        binding.bind_output(node.name)
    run = session._sess.run_with_iobinding
    return Runtime(whole, lambda: run(binding._iobinding, None))


def opened(open_it: Callable[[], Runtime], distribution: str) -> Runtime | str:
    """A runtime, or why there is none for this model."""
    if installed(distribution) is None:
        return "not installed"
    try:
        return open_it()
    except UnsupportedError as error:
        return f"no form for it: {error}"
    except Exception as error:  # noqa: BLE001 - whatever a runtime raises is its refusal
        return f"refused: {_short(error)}"


class Probe:
    """Tries models in a child process: what a runtime dies of does not come into ours."""

    def __init__(self, runtime: str) -> None:
        self._peer = Peer(runtime) if available(runtime) else None

    def refusal(self, data: bytes, sample: Arrays) -> str:
        """Why the runtime cannot be given this model in our process, or nothing."""
        if self._peer is None:
            return "not installed"
        try:
            self._peer.run(data, [sample])
        except DeviceError as error:
            return _short(error)
        return ""

    def close(self) -> None:
        if self._peer is not None:
            self._peer.close()


def _short(error: BaseException, limit: int = 70) -> str:
    """The end of what it said: runtimes begin with where, and end with why."""
    text = " ".join(str(error).split()).replace("|", "/")
    return text if len(text) <= limit else f"... {text[-limit:]}"
