"""One operator of a model as a model of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..execution import Runners
from ..graph.graph import Graph
from ..graph.plan import build_plan
from ..graph.step import Step
from ..io.tflite_write import write_tflite
from ..model import Model
from ..types import Array

__all__ = ["activations", "operator_file", "step_outputs", "traced"]


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


def traced(model: Model, inputs: Sequence[Array]) -> dict[int, Array]:
    """Return the tensors of a batch that operators read or write, by index, shaped as in the file.

    Parameters
    ----------
    model : Model
    inputs : sequence of ndarray, shape (n, *spec.shape)
    """
    graph = model.graph
    tensors = dict(zip(graph.inputs, inputs, strict=True))
    tensors |= {graph.operators[i].outputs[0]: array for i, array in model.trace(*inputs).items()}
    count = len(inputs[0])
    return {
        i: array.reshape(count, *graph.tensors[i].shape[graph.tensors[i].shape[:1] == (1,) :])
        for i, array in tensors.items()
    }


def step_outputs(graph: Graph, step: Step, tensors: Sequence[Array]) -> Array:
    """Return the first output of one kernel call, whatever its parameters and constants, for a batch of its inputs.

    Parameters
    ----------
    graph : Graph
    step : Step
    tensors : sequence of ndarray
        As `traced` has them.

    Raises
    ------
    ShapeError : the kernel does not take the call
    """
    alone = replace(graph, inputs=step.inputs, outputs=step.outputs[:1])
    runner = Runners(alone, build_plan(alone, [step], {}, alone.outputs), alone.outputs).current()
    made: Array = runner.run(list(tensors), None, None, 0)[0]
    return made
