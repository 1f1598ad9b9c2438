"""One operator of a model as a model of its own."""

from __future__ import annotations

from dataclasses import replace

from ..graph.graph import Graph
from ..io.tflite_write import write_tflite

__all__ = ["activations", "operator_file"]


def activations(graph: Graph, index: int) -> tuple[int, ...]:
    """Return the tensors that an operator is given: neither constants nor state, each once."""
    inputs = (i for i in graph.operators[index].inputs if i >= 0)
    return tuple(dict.fromkeys(i for i in inputs if graph.tensors[i].data is None and not graph.tensors[i].is_variable))


def operator_file(graph: Graph, index: int) -> bytes:
    """Return a `.tflite` file of one operator: its activations are the inputs, its first output the output.

    Parameters
    ----------
    graph : Graph
        Constants folded.
    index : int

    Returns
    -------
    bytes

    Raises
    ------
    ModelError, UnsupportedError : as `write_tflite`
    """
    alone = graph.operators[index]
    used = sorted({i for i in (*alone.inputs, *alone.outputs, *alone.intermediates) if i >= 0})
    place = {old: new for new, old in enumerate(used)} | {-1: -1}

    def moved(tensors: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(place[i] for i in tensors)

    operator = replace(
        alone,
        inputs=moved(alone.inputs),
        outputs=moved(alone.outputs),
        intermediates=moved(alone.intermediates),
    )
    inputs, outputs = moved(activations(graph, index)), moved(alone.outputs[:1])
    return write_tflite(Graph(tuple(graph.tensors[i] for i in used), (operator,), inputs, outputs))
