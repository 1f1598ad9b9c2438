"""The shared float32 models on the inputs of their int8 twins, beside LiteRT and TFLite Micro, tensor by tensor."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from oracles.inputs import samples
from oracles.litert import TOLERANCE, distance
from oracles.models import model_bytes

import edgetwin as et
from edgetwin.io.tflite_write import write_tflite

#: Float32 model -> its int8 twin, and inputs of the full run. (kws_f32 is in truth a dynamic-range model.)
TWINS = {"gait_f32": ("gait_int8", 500), "resnet8_f32": ("resnet8_int8", 200)}


@dataclass
class Tensor:
    """One operator's output over all inputs: largest difference over largest value of LiteRT's, ours and its own."""

    operator: str
    elements: int
    ours: float
    litert: float
    wheel_differing: int

    @property
    def near(self) -> bool:
        return self.ours <= max(TOLERANCE, 2 * self.litert)


def real_samples(shared, name, count):
    """The twin's inputs in real units, shaped (count, *shape without batch axis)."""
    twin, _ = TWINS[name]
    graph = et.load(model_bytes(shared, twin)).graph
    tensor = graph.tensors[graph.inputs[0]]
    codes = samples(shared, twin, tensor, count)
    scale, zero_point = tensor.quantization.scale[0], tensor.quantization.zero_point[0]
    return ((codes.astype(np.float32) - np.float32(zero_point)) * scale).reshape(count, *tensor.shape[1:])


def compare(shared, litert, tflm, name, count):
    """Run a model here, in LiteRT with its delegate and without, and in the wheel; one `Tensor` an operator."""
    data = model_bytes(shared, name)
    model = et.load(data)
    x = real_samples(shared, name, count)
    trace = model.trace(x)
    made = {operator: model.graph.operators[operator].outputs[0] for operator in trace}
    # As further outputs the delegate computes them all and fuses none away.
    shown = write_tflite(replace(model.graph, outputs=tuple(made.values())))
    given = [[sample[None]] for sample in x]
    delegate, plain = litert.run(shown, given)
    wheel = tflm.run(data, given, tensors=list(made.values())).tensors
    rows = []
    for position, (operator, tensor) in enumerate(made.items()):
        ours = trace[operator]
        theirs, own = (np.stack([sample[position] for sample in answer]) for answer in (delegate, plain))
        exact = np.stack([sample[tensor] for sample in wheel])
        rows.append(
            Tensor(
                f"{operator} {model.graph.operators[operator].name}",
                ours.size,
                distance(ours, theirs),
                distance(own, theirs),
                int(np.count_nonzero(ours.reshape(-1).view(np.uint32) != exact.reshape(-1).view(np.uint32))),
            )
        )
    return rows
