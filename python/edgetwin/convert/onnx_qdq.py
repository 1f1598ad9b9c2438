"""A model as ONNX Runtime takes it: float operators between quantize and dequantize nodes (QDQ).

Codes, scales and weights are the same; the runtime fuses what it has integer kernels for. float32 models stay as they
are. Weights stay int8 and activations int8; channels move to axis 1 inside, as ONNX has them, by one transpose at
either end of a run of convolutions and pools.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..errors import MissingExtraError, UnsupportedError
from ..graph.graph import Graph, Operator, Tensor
from ..types import Array, Quantization

__all__ = ["onnx_bytes"]

_OPSET = 17
#: As `onnx.TensorProto` numbers them.
_TYPES = {"int8": 3, "float32": 1}


class _Writer:
    """Collects the nodes of one network."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.nodes: list[Any] = []
        self.constants: list[Any] = []
        #: Name of the float value of a tensor of ours, channels last or first.
        self.last: dict[int, str] = {}
        self.first: dict[int, str] = {}
        self._count = 0

    def name(self, stem: str) -> str:
        self._count += 1
        return f"{stem}_{self._count}"

    def constant(self, value: ArrayLike, stem: str = "constant") -> str:
        from onnx import numpy_helper

        name = self.name(stem)
        self.constants.append(numpy_helper.from_array(np.asarray(value, order="C"), name))
        return name

    def node(self, kind: str, *inputs: str, **attributes: Any) -> str:
        from onnx import helper

        output = self.name(kind.lower())
        self.nodes.append(helper.make_node(kind, list(inputs), [output], **attributes))
        return output

    def parameters(self, tensor: Tensor) -> tuple[str, str]:
        quantization = _quantization(tensor)
        scalar = quantization.scale.size == 1
        scale = quantization.scale.astype(np.float32)
        zero = quantization.zero_point.astype(tensor.dtype)
        return (
            self.constant(scale[0] if scalar else scale, "scale"),
            self.constant(zero[0] if scalar else zero, "zero"),
        )

    def stored(self, index: int, axis: int, value: Array | None = None) -> str:
        """Return a constant tensor as float: dequantized in the network."""
        tensor = self.graph.tensors[index]
        codes = self.constant(_stored(tensor) if value is None else value, "stored")
        if tensor.quantization is None or tensor.dtype == "float32":
            return codes
        return self.node("DequantizeLinear", codes, *self.parameters(tensor), axis=axis)

    def value(self, index: int) -> str:
        """Return a tensor's float value, channels last."""
        tensor = self.graph.tensors[index]
        if index not in self.last:
            if tensor.data is not None:
                self.last[index] = self.stored(index, 0)
            else:
                self.last[index] = self.node("Transpose", self.first[index], perm=[0, 2, 3, 1])
        return self.last[index]

    def channels_first(self, index: int) -> str:
        """Return a tensor's float value, channels first."""
        if index not in self.first:
            self.first[index] = self.node("Transpose", self.value(index), perm=[0, 3, 1, 2])
        return self.first[index]

    def put(self, index: int, name: str, first: bool = False) -> None:
        """Make an operator's float result a tensor of ours: through its codes."""
        tensor = self.graph.tensors[index]
        if tensor.quantization is not None and tensor.dtype != "float32":
            parameters = self.parameters(tensor)
            name = self.node("DequantizeLinear", self.node("QuantizeLinear", name, *parameters), *parameters)
        (self.first if first else self.last)[index] = name


def _quantization(tensor: Tensor) -> Quantization:
    if tensor.dtype not in ("int8", "int32"):  # int32: a bias
        raise UnsupportedError(f"{tensor.dtype}: no QDQ form here")
    if tensor.quantization is None:
        raise UnsupportedError(f"{tensor.dtype} without quantization has no QDQ form here")
    return tensor.quantization


def _stored(tensor: Tensor) -> Array:
    if tensor.data is None:
        raise UnsupportedError(f"{tensor.name!r} is computed: no QDQ form here")
    return tensor.data


def _activated(w: _Writer, operator: Operator, name: str) -> str:
    kind = operator.options.get("fused_activation_function", "none")
    if kind == "none":
        return name
    if kind == "relu":
        return w.node("Relu", name)
    low, high = {"relu6": (0, 6), "relu_n1_to_1": (-1, 1)}[kind]
    return w.node("Clip", name, w.constant(np.float32(low)), w.constant(np.float32(high)))


def _window(w: _Writer, operator: Operator, kernel: Sequence[int]) -> dict[str, Any]:
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


def _bias(w: _Writer, operator: Operator) -> list[str]:
    if len(operator.inputs) < 3 or operator.inputs[2] < 0:
        return []
    return [w.stored(operator.inputs[2], 0)]


def _convolution(w: _Writer, operator: Operator) -> None:
    weights = w.graph.tensors[operator.inputs[1]]
    depthwise = operator.name == "depthwise_conv_2d"
    # [1, kh, kw, out] and [out, kh, kw, in] -> [out, in, kh, kw]
    order = (3, 0, 1, 2) if depthwise else (0, 3, 1, 2)
    filters = w.stored(operator.inputs[1], 0, _stored(weights).transpose(order))
    channels = w.graph.tensors[operator.inputs[0]].shape[3]
    group = channels if depthwise else channels // weights.shape[3]
    window = _window(w, operator, weights.shape[1:3])
    name = w.node("Conv", w.channels_first(operator.inputs[0]), filters, *_bias(w, operator), group=group, **window)
    w.put(operator.outputs[0], _activated(w, operator, name), first=True)


def _dense(w: _Writer, operator: Operator) -> None:
    weights = w.graph.tensors[operator.inputs[1]]
    # Rows of the first operand are what is left of its shape.
    rows = w.constant(np.array([-1, weights.shape[1]], np.int64))
    x = w.node("Reshape", w.value(operator.inputs[0]), rows)
    name = w.node("Gemm", x, w.stored(operator.inputs[1], 0), *_bias(w, operator), transB=1)
    shape = w.graph.tensors[operator.outputs[0]].shape
    name = _activated(w, operator, name)
    w.put(operator.outputs[0], name if len(shape) == 2 else _shaped(w, name, shape))


def _shaped(w: _Writer, name: str, shape: tuple[int, ...]) -> str:
    return w.node("Reshape", name, w.constant(np.array(shape, np.int64)))


def _pool(w: _Writer, operator: Operator) -> None:
    kernel = (operator.options["filter_height"], operator.options["filter_width"])
    window = _window(w, operator, kernel)
    del window["dilations"]  # pools have none, nor an attribute for them
    kind = "MaxPool" if operator.name == "max_pool_2d" else "AveragePool"
    if kind == "AveragePool":
        window["count_include_pad"] = 0
    name = w.node(kind, w.channels_first(operator.inputs[0]), **window)
    w.put(operator.outputs[0], _activated(w, operator, name), first=True)


def _binary(w: _Writer, operator: Operator) -> None:
    first = all(index in w.first for index in operator.inputs)
    get = w.channels_first if first else w.value
    name = w.node(_BINARY[operator.name], get(operator.inputs[0]), get(operator.inputs[1]))
    w.put(operator.outputs[0], _activated(w, operator, name), first=first)


def _unary(w: _Writer, operator: Operator) -> None:
    first = operator.inputs[0] in w.first
    value = (w.channels_first if first else w.value)(operator.inputs[0])
    if operator.name == "relu6":
        name = w.node("Clip", value, w.constant(np.float32(0)), w.constant(np.float32(6)))
    else:
        given = {"alpha": operator.options["alpha"]} if operator.name == "leaky_relu" else {}
        name = w.node(_UNARY[operator.name], value, **given)
    w.put(operator.outputs[0], name, first=first)


def _softmax(w: _Writer, operator: Operator) -> None:
    if operator.options.get("beta", 1.0) != 1:
        raise UnsupportedError("softmax with beta: no QDQ form here")
    w.put(operator.outputs[0], w.node("Softmax", w.value(operator.inputs[0]), axis=-1))


def _reshape(w: _Writer, operator: Operator) -> None:
    shape = w.graph.tensors[operator.outputs[0]].shape
    w.put(operator.outputs[0], _shaped(w, w.value(operator.inputs[0]), shape))


def _mean(w: _Writer, operator: Operator) -> None:
    axes = np.asarray(_stored(w.graph.tensors[operator.inputs[1]]), np.int64).reshape(-1)
    keep = int(operator.options["keep_dims"])
    name = w.node("ReduceMean", w.value(operator.inputs[0]), axes=axes.tolist(), keepdims=keep)
    w.put(operator.outputs[0], name)


#: ONNX's names of operators on two values, broadcast, and on one.
_BINARY = {"add": "Add", "div": "Div", "maximum": "Max", "minimum": "Min", "mul": "Mul", "sub": "Sub"}
_UNARY = {
    "abs": "Abs",
    "elu": "Elu",
    "hard_swish": "HardSwish",
    "leaky_relu": "LeakyRelu",
    "logistic": "Sigmoid",
    "relu": "Relu",
    "relu6": "Clip",
    "tanh": "Tanh",
}
_FORMS: dict[str, Callable[[_Writer, Operator], None]] = {
    "average_pool_2d": _pool,
    "conv_2d": _convolution,
    "depthwise_conv_2d": _convolution,
    "expand_dims": _reshape,
    "fully_connected": _dense,
    "max_pool_2d": _pool,
    "mean": _mean,
    "reshape": _reshape,
    "softmax": _softmax,
    "squeeze": _reshape,
    **dict.fromkeys(_BINARY, _binary),
    **dict.fromkeys(_UNARY, _unary),
}


def onnx_bytes(graph: Graph) -> bytes:
    """Return the model as an ONNX file.

    Parameters
    ----------
    graph : Graph

    Raises
    ------
    MissingExtraError : onnx is not installed
    UnsupportedError : an operator or a dtype has no QDQ form here
    """
    try:
        import onnx
    except ImportError:
        raise MissingExtraError('onnx is not installed: pip install "edgetwin[bench]"') from None
    helper = onnx.helper
    missing = sorted({operator.name for operator in graph.operators} - _FORMS.keys())
    if missing:
        raise UnsupportedError(f"{', '.join(missing)}: no QDQ form here")
    w = _Writer(graph)
    inputs = []
    for index in graph.inputs:
        tensor = graph.tensors[index]
        if tensor.dtype not in _TYPES:
            raise UnsupportedError(f"{tensor.dtype}: no QDQ form here")
        name = w.name("input")
        inputs.append(helper.make_tensor_value_info(name, _TYPES[tensor.dtype], tensor.shape))
        w.last[index] = name if tensor.dtype == "float32" else w.node("DequantizeLinear", name, *w.parameters(tensor))
    for operator in graph.operators:
        _FORMS[operator.name](w, operator)
    outputs = []
    for index in graph.outputs:
        tensor = graph.tensors[index]
        if tensor.dtype not in _TYPES:
            raise UnsupportedError(f"{tensor.dtype}: no QDQ form here")
        name = w.value(index)
        if tensor.dtype != "float32":
            name = w.node("QuantizeLinear", name, *w.parameters(tensor))
        outputs.append(helper.make_tensor_value_info(name, _TYPES[tensor.dtype], tensor.shape))
    made = helper.make_graph(w.nodes, "network", inputs, outputs, w.constants)
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=8)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())
