"""Random int8 and int16 graphs of 3 to 12 operators, every scale calibrated from real values that flow beside them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from oracles.random_graph_operators import ENDS, draw_operator
from oracles.random_graph_parts import SAMPLES

from edgetwin.conformance.generators.builder import Builder, affine
from edgetwin.graph.graph import Graph, Operator

MOST_OPERATORS = 12


@dataclass(frozen=True)
class RandomGraph:
    """A graph, samples of its inputs with the file's shapes, and the names of the forms that it shows.

    An input without a leading 1 has the same value in all samples.
    """

    graph: Graph
    samples: list[list[np.ndarray]]
    forms: frozenset[str]


def random_graph(rng, count=8, dtype="int8", names=None) -> RandomGraph:
    """Draw a graph, and `count` samples: most near those that calibrated it, the last two beyond.

    With `names` it consists of those operators, but for the last one.
    """
    g = _Graph(rng, (dtype,))
    target = int(rng.integers(3, MOST_OPERATORS + 1))
    newest = g.start()
    while len(g.operators) < target - 1:
        made = draw_operator(g, g.pick(newest), target - 1 - len(g.operators), names)
        # What comes from constants alone tells no samples apart: a branch, not the trunk.
        newest = newest if made is None or not np.ptp(g.values[made], axis=0).any() else made
    ends = ENDS[dtype]
    last = ends[str(rng.choice(list(ends)))](g, newest) if rng.random() < 0.4 else None
    while last is None:
        last = draw_operator(g, newest, 1)
    return g.finish(last, count)


class _Graph(Builder):
    """Collects operators, and for every activation the real values that it stands for."""

    def __init__(self, rng, dtypes) -> None:
        super().__init__(rng, dtypes)
        self.operators: list[Operator] = []
        self.values: dict[int, np.ndarray] = {}
        self.input_values: dict[int, np.ndarray] = {}
        self.forms: set[str] = set()

    def shape(self, tensor) -> tuple[int, ...]:
        return self.tensors[tensor].shape

    def quantization(self, tensor):
        return self.tensors[tensor].quantization

    def scale_of(self, tensor) -> np.float32:
        return self.quantization(tensor).scale[0]

    def calibrated(self, values, dtype=None):
        """Scale and zero point of the values' range, as converters choose them; sometimes off, so that some clip."""
        low, high = min(0.0, float(values.min())), max(0.0, float(values.max()))
        dtype = dtype or self.dtype
        info = np.iinfo(dtype)
        scale = max(high - low, 1e-3) / (int(info.max) - int(info.min))
        if self.rng.random() < 0.1:
            scale *= 2.0 ** self.rng.uniform(-1.5, 1.5)
        if dtype in ("int16", "int32"):
            return affine(max(high, -low, 1e-3) / info.max)
        return affine(scale, int(np.clip(np.rint(info.min - low / scale), info.min, info.max)))

    def activation(self, values, quantization=None) -> int:
        """A tensor of `values` (samples, *shape)."""
        index = self.add(f"tensor_{len(self.tensors)}", values.shape[1:], None, quantization or self.calibrated(values))
        self.values[index] = values
        return index

    def other(self, shape, dtype, quantization=None) -> int:
        """A tensor that no operator here reads."""
        return self.add(f"tensor_{len(self.tensors)}", shape, dtype, quantization)

    def constant(self, data) -> int:
        data = np.asarray(data)
        return self.add(f"constant_{len(self.tensors)}", data.shape, data.dtype.name, None, data)

    def constant_activation(self, shape) -> int:
        real = self.rng.normal(0, self.rng.uniform(0.3, 3), shape)
        quantization = self.calibrated(real[None])
        codes = np.rint(real / quantization.scale[0]) + quantization.zero_point[0]
        info = np.iinfo(self.dtype)
        data = codes.clip(info.min, info.max).astype(self.dtype)
        index = self.add(f"constant_{len(self.tensors)}", shape, None, quantization, data)
        self.values[index] = np.broadcast_to(real, (SAMPLES, *shape))
        return index

    def real_input(self, shape, dtype=None) -> int:
        dtype = dtype or self.dtype
        values = self.rng.normal(self.rng.uniform(-1, 1), self.rng.uniform(0.3, 3), (SAMPLES, *shape))
        if not shape or shape[0] != 1:
            values[:] = values[0]
        index = self.input(shape, dtype, None if dtype == "float32" else self.calibrated(values, dtype))
        self.input_values[index] = values
        if dtype == self.dtype:
            self.values[index] = values
        return index

    def operator(self, name, inputs, made, **options):
        """Append an operator that makes one tensor, or a list of them; return that."""
        outputs = tuple(made) if isinstance(made, list) else (made,)
        self.operators.append(Operator(name, tuple(inputs), outputs, options))
        return made

    def start(self) -> int:
        """The first input, sometimes of another dtype and quantized."""
        c, h, w = self.size(8), self.size(11), self.size(11)
        shape = [(1, h, w, c), (1, 1, w, c), (1, w, c), (1, 8 * self.size(13))][
            int(self.rng.choice(4, p=[0.45, 0.2, 0.15, 0.2]))
        ]
        others = {"int8": ["float32", "int16", "uint8"], "int16": ["float32", "float32", "int8"]}[self.dtype]
        dtype = str(self.rng.choice([self.dtype, *others], p=[0.7, 0.15, 0.08, 0.07]))
        x = self.real_input(shape, dtype)
        if dtype == self.dtype:
            return x
        self.forms.add(f"{dtype} input")
        # The wheel takes uint8 only where the quantization is the same but for 128.
        same = affine(self.scale_of(x), self.quantization(x).zero_point - 128) if dtype == "uint8" else None
        return self.operator("quantize", [x], self.activation(self.input_values[x], same))

    def pick(self, newest) -> int:
        """The newest tensor, an older one (a branch), or a constant."""
        draw = self.rng.random()
        if draw < 0.7:
            return newest
        if draw < 0.93:
            return int(self.rng.choice(list(self.values)))
        return self.constant_activation(self.shape(newest))

    def weights_and_bias(self, x, shape, axis, channels, fan_in) -> tuple[list[int], np.ndarray, np.ndarray]:
        """Weight and bias tensors, and their real values."""
        codes = self.rng.integers(-127, 128, shape).astype(np.int8)
        count = channels if self.rng.random() < 0.6 else 1
        scales = (2.0 ** self.rng.uniform(-1, 1, count) / np.sqrt(fan_in) / 127).astype(np.float32)
        form = [1] * len(shape)
        form[axis] = count
        operands = [
            self.add(f"weights_{len(self.tensors)}", shape, "int8", affine(scales, 0, axis * (count > 1)), codes)
        ]
        bias = np.zeros(channels)
        if self.rng.random() < 0.85:
            bias_scales = np.float32(self.scale_of(x)) * scales
            dtype, most = {"int8": ("int32", 2**30), "int16": ("int64", 2**38)}[self.dtype]
            data = np.rint(self.rng.normal(0, 0.5, channels) / bias_scales).clip(-most, most).astype(dtype)
            operands.append(self.add(f"bias_{len(self.tensors)}", (channels,), dtype, affine(bias_scales), data))
            bias = data * bias_scales.astype(np.float64)
        return operands, codes * scales.astype(np.float64).reshape(form), bias

    def finish(self, last, count) -> RandomGraph:
        """Choose the outputs; what is left over is dead."""
        read = [i for operator in self.operators for i in operator.inputs]
        made = [i for operator in self.operators for i in operator.outputs]
        loose = [i for i in made if i not in read and i != last]
        outputs = [last, *(i for i in loose if self.rng.random() < 0.6)]
        outputs += [i for i in made if i in read and self.tensors[i].data is None and self.rng.random() < 0.08]
        outputs += [i for i in self.inputs if self.rng.random() < 0.1]
        outputs += [i for i in outputs if self.rng.random() < 0.04]
        self.rng.shuffle(outputs)
        graph = Graph(tuple(self.tensors), tuple(self.operators), tuple(self.inputs), tuple(map(int, outputs)))
        self.forms |= {operator.name for operator in self.operators} | _forms(graph)
        return RandomGraph(graph, self.samples(count), frozenset(self.forms))

    def samples(self, count) -> list[list[np.ndarray]]:
        samples = [[] for _ in range(count)]
        for index in self.inputs:
            tensor, values = self.tensors[index], self.input_values[index]
            spread = np.where(np.arange(count) < count - 2, 1.0, 4.0).reshape(-1, *[1] * len(tensor.shape))
            drawn = self.rng.normal(values.mean(), values.std() + 1e-3, (count, *tensor.shape)) * spread
            if not tensor.shape or tensor.shape[0] != 1:
                drawn[:] = drawn[0]
            for sample, real in zip(samples, drawn, strict=True):
                if tensor.dtype == "float32":
                    sample.append(real.astype(np.float32))
                    continue
                info, quantization = np.iinfo(tensor.dtype), tensor.quantization
                codes = np.rint(real / quantization.scale[0]) + quantization.zero_point[0]
                sample.append(codes.clip(info.min, info.max).astype(tensor.dtype))
        return samples


def _forms(graph) -> set[str]:
    read = [i for operator in graph.operators for i in operator.inputs if i >= 0 and graph.tensors[i].data is None]
    forms = set()
    needed = set(graph.outputs)
    for operator in reversed(graph.operators):
        if needed.intersection(operator.outputs):
            needed.update(operator.inputs)
        else:
            forms.add("dead operator")
        if operator.inputs[0] >= 0 and graph.tensors[operator.inputs[0]].data is not None:
            forms.add("constant first input")
    if any(read.count(i) > 1 for i in read):
        forms.add("tensor used twice")
    if any(i in read for i in graph.outputs):
        forms.add("output that is read")
    if set(graph.inputs) & set(graph.outputs):
        forms.add("output that is an input")
    if len(set(graph.outputs)) < len(graph.outputs):
        forms.add("same output twice")
    if len(graph.outputs) > 1:
        forms.add("several outputs")
    if len(graph.inputs) > 1:
        forms.add("several inputs")
    if any(graph.tensors[i].shape[:1] != (1,) for i in graph.inputs):
        forms.add("input without a batch axis")
    return forms
