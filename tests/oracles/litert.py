"""LiteRT in the product's child process, and how near a float32 tensor has to be to its own."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

import edgetwin as et
from edgetwin.conformance.generators.builder import affine
from edgetwin.device import peers
from edgetwin.errors import DeviceError
from edgetwin.graph.graph import Tensor
from edgetwin.io.tflite_read import read_tflite
from edgetwin.io.tflite_write import write_tflite

from .inputs import samples
from .models import model_bytes

INSTALL = 'pip install ".[test]" (ai-edge-litert is built for Linux x86-64)'
#: The wheel does not run this model.
Refused = DeviceError
#: Largest difference over largest value of the reference, unless LiteRT's own two ways differ by more than half of it.
TOLERANCE = 1e-5


def available() -> bool:
    """Return whether the wheel can be imported (without importing it here)."""
    return peers.available("litert")


class LiteRt:
    """LiteRT twice: with its default delegate, which is the reference, and without."""

    def __init__(self) -> None:
        self._peers = [peers.Peer("litert"), peers.Peer("litert_without_delegate")]

    def run(self, model, samples, keep_state=False):
        """Return (with delegate, without), each sample by sample a list of outputs."""
        return tuple(peer.run(model, samples, keep_state=keep_state).outputs for peer in self._peers)

    def tensors(self, model, samples, indices):
        """Return dicts of the tensors that `indices` name, sample by sample, without delegate."""
        return self._peers[1].run(model, samples, indices).tensors

    def close(self) -> None:
        for peer in self._peers:
            peer.close()


def distance(a, b) -> float:
    """The largest difference over the largest absolute value of `b`; inf where one is NaN or infinite alone."""
    a, b = (np.asarray(array, np.float64).reshape(-1) for array in (a, b))
    same = (a == b) | (np.isnan(a) & np.isnan(b))
    if same.all():
        return 0.0
    finite = np.isfinite(b)
    with np.errstate(invalid="ignore"):
        largest = np.abs(a - b)[~same].max()
    return (
        float(largest / max(np.abs(b[finite]).max(initial=0.0), np.finfo(np.float32).tiny)) if largest >= 0 else np.inf
    )


def assert_near(ours, delegate, plain, what="") -> float:
    """Assert the issue's bound for one tensor and return its distance; integers and truth values are equal."""
    assert ours.dtype == delegate.dtype
    if delegate.dtype.kind != "f":
        np.testing.assert_array_equal(ours.reshape(-1), delegate.reshape(-1), err_msg=what)
        return 0.0
    own = distance(plain, delegate)
    ours_distance = distance(ours, delegate)
    assert ours_distance <= max(TOLERANCE, 2 * own), f"{what}: {ours_distance:.3g}, LiteRT's own gap is {own:.3g}"
    return ours_distance


def differing(ours, theirs) -> int:
    """Elements of two lists of outputs that differ; a dtype or a size that does is an error."""
    count = 0
    for mine, expected in zip(ours, theirs, strict=True):
        assert mine.dtype == expected.dtype
        assert mine.size == expected.size
        count += int((mine.reshape(-1) != expected.reshape(-1)).sum())
    return count


def with_intermediates(graph, rng):
    """The graph as LiteRT wants it: an LSTM has five intermediate tensors, the last with the hidden state's codes."""
    operator = graph.operators[0]
    if operator.name != "unidirectional_sequence_lstm":
        return graph
    first = len(graph.tensors)
    hidden = affine(2.0 ** rng.uniform(-9, -6), rng.integers(-128, 128))
    added = [Tensor(f"intermediate_{i}", (0,), "int16" if i < 4 else "int8", hidden) for i in range(5)]
    operator = replace(operator, intermediates=tuple(range(first, first + 5)))
    return replace(graph, tensors=(*graph.tensors, *added), operators=(operator,))


def run_ours(model, given):
    """The outputs of one sample, whose arrays have the file's own shapes."""
    answer = model.run(*(array.reshape(spec.shape) for array, spec in zip(given, model.inputs, strict=True)))
    return answer if isinstance(answer, tuple) else (answer,)


def loadable_bytes(shared, name) -> bytes:
    """A shared model as LiteRT takes it.

    LiteRT refuses `person` as published, since its biases of one axis have scales along axis 3; here along axis 0.
    """
    data = model_bytes(shared, name)
    if name != "person":
        return data
    graph = read_tflite(data)
    tensors = [
        replace(tensor, quantization=replace(tensor.quantization, quantized_dimension=0))
        if tensor.quantization is not None and len(tensor.shape) == 1
        else tensor
        for tensor in graph.tensors
    ]
    return write_tflite(replace(graph, tensors=tuple(tensors)))


def compare_shared(shared, peer, name, count):
    """Run a shared model under "xnnpack" and in LiteRT: (output bytes, differing, distinct outputs)."""
    data = loadable_bytes(shared, name)
    model = et.load(data, arithmetic="xnnpack")
    tensors = [model.graph.tensors[i] for i in model.graph.inputs]
    stacks = [samples(shared, name, tensor, count, seed=i) for i, tensor in enumerate(tensors)]
    inputs = [[stack[i].reshape(t.shape) for stack, t in zip(stacks, tensors, strict=True)] for i in range(count)]
    size, wrong, seen = 0, 0, set()
    # One batch here, sample by sample there.
    batch = [stack.reshape(count, *spec.shape) for stack, spec in zip(stacks, model.inputs, strict=True)]
    answer = model.run(*batch)
    outputs = answer if isinstance(answer, tuple) else (answer,)
    for i, expected in enumerate(peer.run(data, inputs).outputs):
        wrong += differing([output[i] for output in outputs], expected)
        size += sum(array.nbytes for array in expected)
        seen.add(b"".join(array.tobytes() for array in expected))
    return size, wrong, len(seen)
