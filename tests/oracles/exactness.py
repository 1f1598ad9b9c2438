"""One comparison of a shared model with the wheel: final outputs and every operator's output."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

import edgetwin as et

from .inputs import samples
from .models import model_bytes


@dataclass
class Comparison:
    """Counts of one model's comparison."""

    model: str
    inputs: int
    operators: int
    output_bytes: int
    differing_outputs: int
    operator_bytes: int
    differing_operators: dict[int, int]
    distinct: int


def _bytes(array) -> np.ndarray:
    return np.ascontiguousarray(array).reshape(-1).view(np.uint8)


def _differing(a, b) -> int:
    return int((_bytes(a) != _bytes(b)).sum())


def compare(shared, oracle, name, count, block=100) -> Comparison:
    """Run `count` inputs of a model here and in the wheel, operator by operator.

    A model without state gets each block as one batch; one with state gets it as a sequence from the initial state, and
    its outputs without state are compared too.
    """
    data = model_bytes(shared, name)
    model = et.load(data)
    graph = model.graph
    x = samples(shared, name, graph.tensors[graph.inputs[0]], count)
    result = Comparison(name, count, 0, 0, 0, 0, {}, 0)
    seen = set()
    for first in range(0, count, block):
        part = x[first : first + block]
        batch = part.reshape(len(part), *model.inputs[0].shape)
        stateful = model.profile().state_bytes > 0
        outputs = model.run(batch)
        trace = _sequence(model, batch) if stateful else model.trace(batch)
        tensors = {operator: graph.operators[operator].outputs[0] for operator in trace}
        inputs = [[sample] for sample in part]
        final = oracle.run(data, inputs)
        preserved = oracle.run(data, inputs, tensors=list(tensors.values()), keep_state=stateful)
        expected = np.stack([answer[0].reshape(model.outputs[0].shape) for answer in final.outputs])
        result.output_bytes += _bytes(outputs).size
        result.differing_outputs += _differing(outputs, expected)
        result.operators = len(tensors)
        for operator, tensor in tensors.items():
            theirs = np.stack([answer[tensor].reshape(trace[operator].shape[1:]) for answer in preserved.tensors])
            result.operator_bytes += _bytes(theirs).size
            wrong = _differing(trace[operator], theirs)
            if wrong:
                result.differing_operators[operator] = result.differing_operators.get(operator, 0) + wrong
        # Two-class heads saturate: the tensor before a final softmax tells more inputs apart.
        telling = trace[_telling(graph, list(trace))]
        seen.update(row.tobytes() for row in telling)
    result.distinct = len(seen)
    return result


def _sequence(model, batch) -> dict[int, np.ndarray]:
    """Every operator's outputs over a sequence of steps, and `run` with state beside them."""
    traced, ran = model.state(), model.state()
    steps = []
    for x in batch:
        steps.append(model.trace(x[None], state=traced))
        output = model.run(x[None], state=ran)
        assert _differing(output, steps[-1][list(steps[-1])[-1]]) == 0, "run and trace part"
    return {operator: np.concatenate([step[operator] for step in steps]) for operator in steps[0]}


def _telling(graph, operators) -> int:
    for operator in reversed(operators):
        if graph.operators[operator].name not in ("softmax", "quantize", "reshape", "logistic"):
            return operator
    return operators[-1]
