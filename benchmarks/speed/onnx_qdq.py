"""A network of ours for ONNX Runtime: the same codes, scales and weights, as float operators between quantize and
dequantize nodes (QDQ), which it fuses into its integer kernels; float32 networks as they are.

Weights stay int8 and activations int8; channels move to axis 1 inside, as ONNX has them, by one transpose at either end
of a run of convolutions and pools.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from edgetwin.errors import UnsupportedError
from edgetwin.graph.graph import Graph, Operator, Tensor

_OPSET = 17
_TYPES = {"int8": TensorProto.INT8, "float32": TensorProto.FLOAT}


class Writer:
    """Collects the nodes of one network."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []
        #: Name of the float value of a tensor of ours, channels last or first.
        self.last: dict[int, str] = {}
        self.first: dict[int, str] = {}
        self._count = 0

    def name(self, stem: str) -> str:
        self._count += 1
        return f"{stem}_{self._count}"

    def constant(self, value: np.ndarray, stem: str = "constant") -> str:
        name = self.name(stem)
        self.constants.append(numpy_helper.from_array(np.asarray(value, order="C"), name))
        return name

    def node(self, kind: str, *inputs: str, **attributes: object) -> str:
        output = self.name(kind.lower())
        self.nodes.append(helper.make_node(kind, list(inputs), [output], **attributes))
        return output

    def _parameters(self, tensor: Tensor, dtype: type | None = None) -> tuple[str, str]:
        quantization = tensor.quantization
        scalar = quantization.scale.size == 1
        scale = quantization.scale.astype(np.float32)
        zero = quantization.zero_point.astype(dtype or tensor.dtype)
        return (
            self.constant(scale[0] if scalar else scale, "scale"),
            self.constant(zero[0] if scalar else zero, "zero"),
        )

    def stored(self, index: int, axis: int, value: np.ndarray | None = None) -> str:
        """A constant tensor as float: dequantized in the network."""
        tensor = self.graph.tensors[index]
        codes = self.constant(tensor.data if value is None else value, "stored")
        if tensor.quantization is None or tensor.dtype == "float32":
            return codes
        return self.node("DequantizeLinear", codes, *self._parameters(tensor), axis=axis)

    def value(self, index: int) -> str:
        """A tensor's float value, channels last."""
        tensor = self.graph.tensors[index]
        if index not in self.last:
            if tensor.data is not None:
                self.last[index] = self.stored(index, 0)
            else:
                self.last[index] = self.node("Transpose", self.first[index], perm=[0, 2, 3, 1])
        return self.last[index]

    def channels_first(self, index: int) -> str:
        """A tensor's float value, channels first."""
        if index not in self.first:
            self.first[index] = self.node("Transpose", self.value(index), perm=[0, 3, 1, 2])
        return self.first[index]

    def put(self, index: int, name: str, first: bool = False) -> None:
        """An operator's float result becomes a tensor of ours: through its codes."""
        tensor = self.graph.tensors[index]
        if tensor.quantization is not None and tensor.dtype != "float32":
            parameters = self._parameters(tensor)
            name = self.node("DequantizeLinear", self.node("QuantizeLinear", name, *parameters), *parameters)
        (self.first if first else self.last)[index] = name


def _activated(w: Writer, operator: Operator, name: str) -> str:
    kind = operator.options.get("fused_activation_function", "none")
    if kind == "none":
        return name
    if kind == "relu":
        return w.node("Relu", name)
    low, high = {"relu6": (0, 6), "relu_n1_to_1": (-1, 1)}[kind]
    return w.node("Clip", name, w.constant(np.float32(low)), w.constant(np.float32(high)))


def _window(w: Writer, operator: Operator, kernel: tuple[int, int]) -> dict[str, object]:
    options = operator.options
    strides = [options["stride_h"], options["stride_w"]]
    dilations = [options.get("dilation_h_factor", 1), options.get("dilation_w_factor", 1)]
    data = w.graph.tensors[operator.inputs[0]].shape[1:3]
    made = w.graph.tensors[operator.outputs[0]].shape[1:3]
    begins, ends = [], []
    for axis in range(2):
        extent = (kernel[axis] - 1) * dilations[axis] + 1
        # What "same" pads, half of it before, the odd one behind; nothing for "valid".
        pad = max(0, (made[axis] - 1) * strides[axis] + extent - data[axis])
        pad = pad if options["padding"] == "same" else 0
        begins.append(pad // 2)
        ends.append(pad - pad // 2)
    return {"kernel_shape": list(kernel), "strides": strides, "dilations": dilations, "pads": begins + ends}


def _bias(w: Writer, operator: Operator) -> list[str]:
    if len(operator.inputs) < 3 or operator.inputs[2] < 0:
        return []
    return [w.stored(operator.inputs[2], 0)]


def _convolution(w: Writer, operator: Operator) -> None:
    weights = w.graph.tensors[operator.inputs[1]]
    depthwise = operator.name == "depthwise_conv_2d"
    # [1, kh, kw, out] and [out, kh, kw, in] -> [out, in, kh, kw]
    order = (3, 0, 1, 2) if depthwise else (0, 3, 1, 2)
    filters = w.stored(operator.inputs[1], 0, weights.data.transpose(order))
    channels = w.graph.tensors[operator.inputs[0]].shape[3]
    group = channels if depthwise else channels // weights.shape[3]
    window = _window(w, operator, weights.shape[1:3])
    name = w.node("Conv", w.channels_first(operator.inputs[0]), filters, *_bias(w, operator), group=group, **window)
    w.put(operator.outputs[0], _activated(w, operator, name), first=True)


def _dense(w: Writer, operator: Operator) -> None:
    weights = w.graph.tensors[operator.inputs[1]]
    # Rows of the first operand are what is left of its shape.
    rows = w.constant(np.array([-1, weights.shape[1]], np.int64))
    x = w.node("Reshape", w.value(operator.inputs[0]), rows)
    name = w.node("Gemm", x, w.stored(operator.inputs[1], 0), *_bias(w, operator), transB=1)
    shape = w.graph.tensors[operator.outputs[0]].shape
    name = _activated(w, operator, name)
    w.put(operator.outputs[0], name if len(shape) == 2 else _shaped(w, name, shape))


def _shaped(w: Writer, name: str, shape: tuple[int, ...]) -> str:
    return w.node("Reshape", name, w.constant(np.array(shape, np.int64)))


def _pool(w: Writer, operator: Operator) -> None:
    kernel = (operator.options["filter_height"], operator.options["filter_width"])
    window = _window(w, operator, kernel)
    del window["dilations"]  # pools have none, nor an attribute for them
    kind = "MaxPool" if operator.name == "max_pool_2d" else "AveragePool"
    if kind == "AveragePool":
        window["count_include_pad"] = 0
    name = w.node(kind, w.channels_first(operator.inputs[0]), **window)
    w.put(operator.outputs[0], _activated(w, operator, name), first=True)


def _add(w: Writer, operator: Operator) -> None:
    first = all(index in w.first for index in operator.inputs)
    get = w.channels_first if first else w.value
    name = w.node("Add", get(operator.inputs[0]), get(operator.inputs[1]))
    w.put(operator.outputs[0], _activated(w, operator, name), first=first)


def _relu(w: Writer, operator: Operator) -> None:
    first = operator.inputs[0] in w.first
    name = w.node("Relu", (w.channels_first if first else w.value)(operator.inputs[0]))
    w.put(operator.outputs[0], name, first=first)


def _softmax(w: Writer, operator: Operator) -> None:
    w.put(operator.outputs[0], w.node("Softmax", w.value(operator.inputs[0]), axis=-1))


def _logistic(w: Writer, operator: Operator) -> None:
    w.put(operator.outputs[0], w.node("Sigmoid", w.value(operator.inputs[0])))


def _tanh(w: Writer, operator: Operator) -> None:
    w.put(operator.outputs[0], w.node("Tanh", w.value(operator.inputs[0])))


def _reshape(w: Writer, operator: Operator) -> None:
    shape = w.graph.tensors[operator.outputs[0]].shape
    w.put(operator.outputs[0], _shaped(w, w.value(operator.inputs[0]), shape))


def _mean(w: Writer, operator: Operator) -> None:
    axes = np.asarray(w.graph.tensors[operator.inputs[1]].data, np.int64).reshape(-1)
    keep = int(operator.options["keep_dims"])
    w.put(operator.outputs[0], w.node("ReduceMean", w.value(operator.inputs[0]), w.constant(axes), keepdims=keep))


_FORMS: dict[str, Callable[[Writer, Operator], None]] = {
    "add": _add,
    "average_pool_2d": _pool,
    "conv_2d": _convolution,
    "depthwise_conv_2d": _convolution,
    "expand_dims": _reshape,
    "fully_connected": _dense,
    "logistic": _logistic,
    "max_pool_2d": _pool,
    "mean": _mean,
    "relu": _relu,
    "reshape": _reshape,
    "softmax": _softmax,
    "squeeze": _reshape,
    "tanh": _tanh,
}


def onnx_bytes(graph: Graph) -> bytes:
    """The network as an ONNX file.

    Raises
    ------
    UnsupportedError : an operator or a dtype has no QDQ form here
    """
    missing = sorted({operator.name for operator in graph.operators} - _FORMS.keys())
    if missing:
        raise UnsupportedError(", ".join(missing))
    w = Writer(graph)
    inputs = []
    for index in graph.inputs:
        tensor = graph.tensors[index]
        if tensor.dtype not in _TYPES:
            raise UnsupportedError(tensor.dtype)
        name = w.name("input")
        inputs.append(helper.make_tensor_value_info(name, _TYPES[tensor.dtype], tensor.shape))
        w.last[index] = name if tensor.dtype == "float32" else w.node("DequantizeLinear", name, *w._parameters(tensor))
    for operator in graph.operators:
        _FORMS[operator.name](w, operator)
    outputs = []
    for index in graph.outputs:
        tensor = graph.tensors[index]
        name = w.value(index)
        if tensor.dtype != "float32":
            name = w.node("QuantizeLinear", name, *w._parameters(tensor))
        outputs.append(helper.make_tensor_value_info(name, _TYPES[tensor.dtype], tensor.shape))
    made = helper.make_graph(w.nodes, "network", inputs, outputs, w.constants)
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=8)
    onnx.checker.check_model(model)
    return model.SerializeToString()
