"""A float32 graph and the ranges of its activations -> the graph with codes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..errors import QuantizationError
from ..graph.graph import Graph, Operator, Tensor
from ..graph.passes import fold
from ..types import Array, Quantization
from .parameters import (
    activation_quantization,
    quantize_constant,
    quantized_bias,
    symmetric_codes,
    symmetric_scales,
    widened_scales,
)
from .rules import RULES, Rule, check_rules, version_of
from .scheme import REAL, WEIGHT_LIMITS, Scheme
from .sharing import Ranges, activations, real_inputs

__all__ = ["quantized_graph"]

#: Operators whose int4 weights runtimes take; others keep int8.
_INT4 = ("conv_2d", "depthwise_conv_2d", "fully_connected")


def quantized_graph(graph: Graph, ranges: Ranges, scheme: Scheme | None = None) -> Graph:
    """Return a float32 graph's quantized form.

    Cheap enough for every step of a training: only weights are looked at.

    Parameters
    ----------
    graph : Graph
        Float32, batch norm and the like folded or as `mul` and `add` with constants.
    ranges : mapping of int to (minimum, maximum)
        Tensor index -> real units, as `calibrate` gives them: of the inputs and of every operator that has a scale of
        its own.
    scheme : Scheme, optional

    Returns
    -------
    Graph
        Activations have the names that they had; operators that no output needs are left out.

    Raises
    ------
    UnsupportedError : naming operators that cannot compute with codes, and what would work
    QuantizationError : weights that are not finite, ranges that are missing or not finite, or quantizations in the
        scheme that name no input or output
    """
    scheme = scheme or Scheme()
    graph, live = fold(graph)
    check_rules(graph, live, scheme.activations)
    writer = _Writer(graph, scheme, activations(graph, live, ranges, scheme))
    for index in live:
        writer.operator(index)
    return writer.finish()


class _Writer:
    """Collects the tensors and operators of the quantized graph."""

    def __init__(self, graph: Graph, scheme: Scheme, quantizations: dict[int, Quantization]) -> None:
        self.graph = graph
        self.scheme = scheme
        self.quantizations = quantizations
        self.tensors: list[Tensor] = []
        self.operators: list[Operator] = []
        self.made: dict[int, int] = {}
        self.inputs = [self.input(index) for index in graph.inputs]

    def add(self, tensor: Tensor) -> int:
        self.tensors.append(tensor)
        return len(self.tensors) - 1

    def activation(self, index: int, suffix: str = "") -> int:
        """Add an activation: float32 becomes codes, others stay."""
        tensor = self.graph.tensors[index]
        if tensor.dtype == "float32":
            tensor = replace(
                tensor,
                name=tensor.name + suffix,
                dtype=self.scheme.activations,
                quantization=self.quantizations[index],
            )
        self.made[index] = self.add(tensor)
        return self.made[index]

    def suffix(self, index: int) -> str:
        # The name of an output that stays float32 goes to what users read.
        kept = self.scheme.outputs == REAL and index in self.graph.outputs
        return f"_{self.scheme.activations}" if kept else ""

    def input(self, index: int) -> int:
        tensor = self.graph.tensors[index]
        if tensor.dtype != "float32" or self.scheme.inputs != REAL:
            return self.activation(index)
        given = self.add(tensor)
        codes = self.activation(index, f"_{self.scheme.activations}")
        self.operators.append(Operator("quantize", (given,), (codes,), {}, self._conversion()))
        return given

    def _conversion(self) -> int:
        return 1 if self.scheme.activations == "int8" else 3

    def operator(self, index: int) -> None:
        operator = self.graph.operators[index]
        rule = RULES.get(operator.name)
        real = real_inputs(self.graph, operator)
        if rule is None or not (real or any(self.graph.tensors[i].dtype == "float32" for i in operator.outputs)):
            inputs = [self.other(i) for i in operator.inputs]
            version, options = operator.version, dict(operator.options)
        else:
            inputs = [
                self.operand(operator, rule, position) if position in real else self.other(i)
                for position, i in enumerate(operator.inputs)
            ]
            int4 = per_channel = False
            if rule.weights >= 0:
                weights = self.weights(index, operator, rule, inputs)
                int4 = weights.dtype == "int4"
                per_channel = weights.quantization is not None and weights.quantization.scale.size > 1
            version = version_of(operator, self.scheme.activations, int4=int4, per_channel=per_channel)
            options = dict(operator.options)
            if self.scheme.activations == "int16" and operator.name in ("add", "sub"):
                # Otherwise kernels take scales of int16 for powers of two.
                options["pot_scale_int16"] = False
        outputs = tuple(self.activation(i, self.suffix(i)) for i in operator.outputs)
        self.operators.append(Operator(operator.name, tuple(inputs), outputs, options, version))

    def other(self, index: int) -> int:
        """Return the new index of what is no float32 number: integers, truth values, -1."""
        if index >= 0 and index not in self.made:
            self.made[index] = self.add(self.graph.tensors[index])
        return self.made.get(index, -1)

    def operand(self, operator: Operator, rule: Rule, position: int) -> int:
        """Return the new index of a float32 input; weights and bias are put in later."""
        index = operator.inputs[position]
        tensor = self.graph.tensors[index]
        if position in (rule.weights, rule.bias):
            return -1
        wanted = None
        if rule.output == "joined":
            wanted = self.quantizations[operator.outputs[0]]
        elif rule.output == "input" and tensor.data is not None:
            # What padding is filled with.
            wanted = self.quantizations[operator.outputs[0]]
        if tensor.data is not None:
            # TFLite Micro's PRELU has slopes of int8 in any case.
            return self.constant(tensor, wanted, "int8" if operator.name == "prelu" else self.scheme.activations)
        if wanted is None or wanted == self.quantizations[index]:
            return self.made[index]
        return self.requantized(self.made[index], wanted, tensor.name)

    def constant(self, tensor: Tensor, quantization: Quantization | None, dtype: str) -> int:
        data = _finite(tensor)
        if quantization is None:
            quantization = activation_quantization(data.min(initial=0.0), data.max(initial=0.0), dtype)
        codes = quantize_constant(data, quantization, dtype)
        return self.add(replace(tensor, dtype=dtype, quantization=quantization, data=codes))

    def requantized(self, source: int, quantization: Quantization, name: str) -> int:
        tensor = self.tensors[source]
        made = self.add(replace(tensor, name=f"{name}_requantized", quantization=quantization))
        self.operators.append(Operator("quantize", (source,), (made,), {}, 2 if tensor.dtype == "int8" else 3))
        return made

    def weights(self, index: int, operator: Operator, rule: Rule, inputs: list[int]) -> Tensor:
        """Put weights and bias into an operator's inputs; return the weights."""
        graph, scheme = self.graph, self.scheme
        tensor = graph.tensors[operator.inputs[rule.weights]]
        data = _finite(tensor)
        dense = operator.name == "fully_connected"
        int4 = scheme.weights == "int4" and operator.name in _INT4
        # TFLite Micro takes one scale for int4 weights of a dense layer.
        axis = None if dense and (int4 or not scheme.dense_per_channel) else rule.channel_axis
        limit = WEIGHT_LIMITS["int4" if int4 else "int8"]
        data_input = 2 if operator.name == "transpose_conv" else 0
        quantization = self.tensors[inputs[data_input]].quantization
        if quantization is None:
            raise QuantizationError(f"{graph.where(index)}: its data has no quantization")
        input_scale = float(quantization.scale[0])
        scales = symmetric_scales(data, axis, limit)
        bias = None
        if rule.bias < len(operator.inputs) and operator.inputs[rule.bias] >= 0:
            bias = graph.tensors[operator.inputs[rule.bias]]
            scales = widened_scales(scales, _finite(bias), input_scale, scheme.bias)
        made = Tensor(
            tensor.name,
            tensor.shape,
            "int4" if int4 else "int8",
            _symmetric(scales, axis or 0),
            symmetric_codes(data, scales, axis, limit),
        )
        inputs[rule.weights] = self.add(made)
        if bias is not None:
            bias_scales = scales * input_scale
            codes = quantized_bias(_finite(bias), bias_scales, scheme.bias)
            inputs[rule.bias] = self.add(Tensor(bias.name, bias.shape, scheme.bias, _symmetric(bias_scales, 0), codes))
        return made

    def output(self, index: int) -> int:
        tensor = self.graph.tensors[index]
        if tensor.dtype != "float32":
            return self.other(index)
        source = self.constant(tensor, None, self.scheme.activations) if tensor.data is not None else self.made[index]
        given = self.scheme.output_quantization.get(tensor.name)
        if given is not None:
            wanted = Quantization(np.array([given[0]], np.float32), np.array([given[1]], np.int64))
            if wanted != self.tensors[source].quantization:
                source = self.requantized(source, wanted, tensor.name)
        if self.scheme.outputs != REAL:
            return source
        made = self.add(replace(tensor, data=None))
        version = 2 if self.scheme.activations == "int8" else 3
        self.operators.append(Operator("dequantize", (source,), (made,), {}, version))
        return made

    def finish(self) -> Graph:
        outputs = tuple(self.output(index) for index in self.graph.outputs)
        description = self.graph.description
        return Graph(tuple(self.tensors), tuple(self.operators), tuple(self.inputs), outputs, description)


def _symmetric(scales: Array, axis: int) -> Quantization:
    return Quantization(scales.astype(np.float32), np.zeros(scales.size, np.int64), axis if scales.size > 1 else 0)


def _finite(tensor: Tensor) -> Array:
    data = np.asarray(tensor.data)
    if not np.isfinite(data).all():
        count = int((~np.isfinite(data)).sum())
        raise QuantizationError(
            f"tensor {tensor.name!r} has {count} of {data.size} values that are NaN or infinite, "
            "accepted are finite ones"
        )
    return data
