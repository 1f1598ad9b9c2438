"""One comparison of a model with the wheel: final outputs and every operator's output."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

import edgetwin as et

from .inputs import samples
from .models import model_bytes

#: The best level of this CPU gets all inputs, every other one so many; the wheel computes them once.
OTHER_LEVELS_INPUTS = 300


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


def compare(shared, oracle, name, count, block=100) -> Comparison:
    """Run `count` inputs of a shared model here and in the wheel, operator by operator."""
    data = model_bytes(shared, name)
    graph = et.load(data).graph
    return compare_inputs(name, data, [samples(shared, name, graph.tensors[graph.inputs[0]], count)], oracle, block)


def compare_inputs(name, data, inputs, oracle, block=100) -> Comparison:
    """Run a model on `inputs` (one array an input: samples of the file's own shape, batch axis included).

    A model without state gets each block as one batch; one with state gets it as a sequence from the initial state, and
    its outputs without state are compared too. The first inputs go through every SIMD level of this CPU.
    """
    model = et.load(data)
    graph = model.graph
    stateful = model.profile().state_bytes > 0
    result = Comparison(name, len(inputs[0]), 0, 0, 0, 0, {}, 0)
    seen = set()
    best, *others = reversed(et.archs())
    for first in range(0, result.inputs, block):
        parts = [x[first : first + block] for x in inputs]
        batch = [part.reshape(len(part), *spec.shape) for part, spec in zip(parts, model.inputs, strict=True)]
        steps = [list(sample) for sample in zip(*parts, strict=True)]
        final = oracle.run(data, steps, outputs=len(model.outputs))
        preserved = None
        for arch in (best, *others) if first < OTHER_LEVELS_INPUTS else (best,):
            with et.arch(arch):
                outputs = model.run(*batch)
                trace = _sequence(model, batch) if stateful else _traced(model, batch)
            if preserved is None:
                tensors = [tensor for _, tensor in trace]
                preserved = oracle.run(data, steps, len(model.outputs), tensors, keep_state=stateful)
                # Two-class heads saturate: the tensor before a final softmax tells more inputs apart.
                seen.update(row.tobytes() for row in trace[_telling(graph, list(trace))])
            _count(result, outputs, trace, final, preserved)
    result.distinct = len(seen)
    return result


def _count(result, outputs, trace, final, preserved) -> None:
    """Add what one level made of a block to the result."""
    for i, output in enumerate(outputs if isinstance(outputs, tuple) else (outputs,)):
        expected = np.stack([answer[i].reshape(output.shape[1:]) for answer in final.outputs])
        result.output_bytes += _bytes(output).size
        result.differing_outputs += _differing(output, expected)
    result.operators = len({operator for operator, _ in trace})
    for (operator, tensor), ours in trace.items():
        theirs = np.stack([answer[tensor].reshape(ours.shape[1:]) for answer in preserved.tensors])
        result.operator_bytes += _bytes(theirs).size
        wrong = _differing(ours, theirs)
        if wrong:
            result.differing_operators[operator] = result.differing_operators.get(operator, 0) + wrong


def _bytes(array) -> np.ndarray:
    return np.ascontiguousarray(array).reshape(-1).view(np.uint8)


def _differing(a, b) -> int:
    return int((_bytes(a) != _bytes(b)).sum())


def _traced(model, batch, state=None) -> dict[tuple[int, int], np.ndarray]:
    """Every output of every operator, by operator and tensor."""
    trace = model.trace(*batch, state=state)
    graph = model.graph
    result = {}
    for operator, array in trace.items():
        first, *others = graph.operators[operator].outputs
        result[operator, first] = array
        for tensor in others:
            result[operator, tensor] = trace.by_name[graph.tensors[tensor].name]
    return result


def _sequence(model, batch) -> dict[tuple[int, int], np.ndarray]:
    """Every operator's outputs over a sequence of steps, and `run` with state beside them."""
    traced, ran = model.state(), model.state()
    steps = []
    for sample in zip(*batch, strict=True):
        x = [array[None] for array in sample]
        steps.append(_traced(model, x, traced))
        output = model.run(*x, state=ran)
        assert _differing(output, steps[-1][list(steps[-1])[-1]]) == 0, "run and trace part"
    return {key: np.concatenate([step[key] for step in steps]) for key in steps[0]}


def _telling(graph, traced) -> tuple[int, int]:
    for operator, tensor in reversed(traced):
        if graph.operators[operator].name not in ("softmax", "quantize", "dequantize", "reshape", "logistic"):
            return operator, tensor
    return traced[-1]
