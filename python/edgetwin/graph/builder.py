"""A float32 graph, operator by operator, in the forms that TensorFlow Lite's own converter writes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..errors import ModelError, ShapeError
from ..types import Array
from .fusion import fuse
from .graph import Graph, Operator, Tensor

__all__ = ["GraphBuilder", "Padding"]

#: "same", "valid", or zeros before and after along height and width.
Padding = str | tuple[tuple[int, int], tuple[int, int]]
Pair = tuple[int, int]
_NONE = ((0, 0), (0, 0))
_LOWEST = float(np.finfo(np.float32).min)


class GraphBuilder:
    """Collects operators; `graph` folds batch normalizations, fuses activations and leaves out what nothing needs.

    Tensors are known by the int that the methods take and return. Shapes have the batch axis, of size 1. Values of rank
    3 are (1, time, channels), of rank 4 (1, height, width, channels). A one-dimensional convolution is a
    two-dimensional one of height 1: `expanded` gives (1, time, channels) that axis, `squeezed` takes it away, and pairs
    of reshapes that cancel are not written. Constants become float32; they are not looked at for NaN.

    Examples
    --------
    >>> builder = GraphBuilder()
    >>> x = builder.input("readings", (1, 108, 6))
    >>> y = builder.conv_2d(builder.expanded(x), weights, bias, padding="same", name="conv")   # weights (16, 1, 5, 6)
    >>> y = builder.unary("relu", y, name="relu")                      # becomes the convolution's fused activation
    >>> y = builder.max_pool_2d(y, pool=(1, 2), stride=(1, 2), name="pool")
    >>> y = builder.reshape(builder.squeezed(y), (1, 54 * 16), name="flatten")
    >>> y = builder.fully_connected(y, dense_weights, dense_bias, name="dense")
    >>> model = Model(write_tflite(builder.graph(y)))
    """

    def __init__(self, description: str = "") -> None:
        self._description = description
        self._tensors: list[Tensor] = []
        self._operators: list[Operator] = []
        self._inputs: list[int] = []
        self._names: set[str] = set()
        #: Output of a reshape -> its input, and the other way round with the shape.
        self._reshaped: dict[int, int] = {}
        self._reshapes: dict[tuple[int, tuple[int, ...]], int] = {}

    def shape(self, x: int) -> tuple[int, ...]:
        """Return a tensor's shape."""
        return self._tensors[x].shape

    def name(self, x: int) -> str:
        """Return a tensor's name, which it keeps in the graph."""
        return self._tensors[x].name

    def source(self, x: int) -> int | None:
        """Return what a reshape made `x` from, None for anything else."""
        return self._reshaped.get(x)

    def input(self, name: str, shape: Sequence[int]) -> int:
        """Add an input of the model, batch axis included."""
        index = self._tensor(name, tuple(int(size) for size in shape))
        self._inputs.append(index)
        return index

    def constant(self, name: str, value: Any, dtype: str = "float32") -> int:
        """Add a constant."""
        data = np.array(value, dtype, order="C")
        data.setflags(write=False)
        self._tensors.append(Tensor(self._unique(name), data.shape, dtype, data=data))
        return len(self._tensors) - 1

    def conv_2d(
        self,
        x: int,
        weights: Any,
        bias: Any = None,
        *,
        stride: Pair = (1, 1),
        dilation: Pair = (1, 1),
        padding: Padding = "valid",
        name: str = "conv_2d",
    ) -> int:
        """Convolve: weights OHWI (units, kernel height, kernel width, inputs / groups), bias (units,) or None."""
        weights = np.asarray(weights)
        return self._convolution("conv_2d", x, weights, bias, weights.shape[0], stride, dilation, padding, name)

    def depthwise_conv_2d(
        self,
        x: int,
        weights: Any,
        bias: Any = None,
        *,
        stride: Pair = (1, 1),
        dilation: Pair = (1, 1),
        padding: Padding = "valid",
        name: str = "depthwise_conv_2d",
    ) -> int:
        """Convolve each channel: weights (1, kernel height, kernel width, inputs * multiplier)."""
        weights = np.asarray(weights)
        return self._convolution(
            "depthwise_conv_2d", x, weights, bias, weights.shape[3], stride, dilation, padding, name
        )

    def transpose_conv(
        self, x: int, weights: Any, bias: Any = None, *, stride: Pair, padding: str = "valid", name: str
    ) -> int:
        """Convolve transposed: weights OHWI; size * stride with "same", (size - 1) * stride + kernel with "valid"."""
        weights = np.asarray(weights)
        size, kernel = self.shape(x)[1:3], weights.shape[1:3]
        if padding == "same":
            out = [size[axis] * stride[axis] for axis in (0, 1)]
        else:
            out = [(size[axis] - 1) * stride[axis] + kernel[axis] for axis in (0, 1)]
        shape = (1, *out, weights.shape[0])
        inputs = [self.constant(f"{name}/shape", shape, "int32"), self.constant(f"{name}/weights", weights), x]
        inputs.append(self.constant(f"{name}/bias", np.zeros(weights.shape[0]) if bias is None else bias))
        options = {"padding": padding, "stride_h": stride[0], "stride_w": stride[1]}
        return self._operator("transpose_conv", inputs, shape, options, name, version=3)

    def fully_connected(self, x: int, weights: Any, bias: Any = None, *, name: str = "fully_connected") -> int:
        """Multiply the last axis by weights OI (units, inputs), add the bias (units,)."""
        weights = np.asarray(weights)
        shape = self.shape(x)
        inputs = [x, self.constant(f"{name}/weights", weights)]
        inputs.append(-1 if bias is None else self.constant(f"{name}/bias", bias))
        options = {"keep_num_dims": True} if len(shape) > 2 else {}
        version = 5 if options else 1
        return self._operator("fully_connected", inputs, (*shape[:-1], weights.shape[0]), options, name, version)

    def max_pool_2d(
        self, x: int, *, pool: Pair, stride: Pair, padding: Padding = "valid", name: str = "max_pool_2d"
    ) -> int:
        """Take the largest of each window; what pads never wins."""
        return self._pool("max_pool_2d", x, pool, stride, padding, _LOWEST, name)

    def average_pool_2d(
        self, x: int, *, pool: Pair, stride: Pair, padding: Padding = "valid", name: str = "average_pool_2d"
    ) -> int:
        """Average each window. Padding is not counted where it is "same"; given in numbers, its zeros are."""
        return self._pool("average_pool_2d", x, pool, stride, padding, 0.0, name)

    def pad(self, x: int, paddings: Sequence[Pair], value: float = 0.0, *, name: str = "pad") -> int:
        """Add elements before and after, one pair an axis."""
        shape = tuple(size + sum(pair) for size, pair in zip(self.shape(x), paddings, strict=True))
        inputs = [x, self.constant(f"{name}/paddings", paddings, "int32")]
        if value == 0:
            return self._operator("pad", inputs, shape, {}, name)
        return self._operator("padv2", [*inputs, self.constant(f"{name}/value", value)], shape, {}, name)

    def mean(self, x: int, axes: Sequence[int], *, keep_dims: bool, name: str = "mean") -> int:
        """Average over axes."""
        return self._reduction("mean", x, axes, keep_dims, name)

    def reduce_max(self, x: int, axes: Sequence[int], *, keep_dims: bool, name: str = "reduce_max") -> int:
        """Take the largest over axes."""
        return self._reduction("reduce_max", x, axes, keep_dims, name)

    def scale_shift(self, x: int, scale: Any, shift: Any, *, name: str = "batch_norm") -> int:
        """Multiply each channel, then add: what remains of a batch normalization. Folded where a layer makes `x`."""
        channels = self.shape(x)[-1]
        source = self.source(x)
        if source is not None and self.shape(source)[-1] == channels:
            return self.reshape(self.scale_shift(source, scale, shift, name=name), self.shape(x))
        product = self.binary("mul", x, self.constant(f"{name}/scale", scale), name=f"{name}/mul")
        return self.binary("add", product, self.constant(f"{name}/shift", shift), name=name)

    def unary(self, kind: str, x: int, *, name: str | None = None, **options: Any) -> int:
        """Apply an operator of TFLite that takes each element for itself, such as "relu", "logistic" or "tanh"."""
        source = self.source(x)
        if source is not None:
            return self.reshape(self.unary(kind, source, name=name, **options), self.shape(x))
        return self._operator(kind, [x], self.shape(x), options, name or kind)

    def binary(self, kind: str, x: int, y: int, *, name: str | None = None) -> int:
        """Apply "add", "sub", "mul", "div", "maximum" or "minimum", with broadcasting."""
        sources = self.source(x), self.source(y)
        if None not in sources and self.shape(x) == self.shape(y):
            first, second = (index for index in sources if index is not None)
            if self.shape(first) == self.shape(second):
                return self.reshape(self.binary(kind, first, second, name=name), self.shape(x))
        try:
            shape = np.broadcast_shapes(self.shape(x), self.shape(y))
        except ValueError:
            raise ShapeError(
                f"{name or kind}: shapes {list(self.shape(x))} and {list(self.shape(y))} do not broadcast"
            ) from None
        return self._operator(kind, [x, y], shape, {}, name or kind)

    def softmax(self, x: int, *, name: str = "softmax") -> int:
        """Softmax over the last axis."""
        return self._operator("softmax", [x], self.shape(x), {"beta": 1.0}, name)

    def concatenation(self, parts: Sequence[int], axis: int, *, name: str = "concatenation") -> int:
        """Join along an axis."""
        sources = [source for part in parts if (source := self.source(part)) is not None]
        if len(sources) == len(parts) and all(self._is_expanded(*pair) for pair in zip(parts, sources, strict=True)):
            return self.squeezed(self.concatenation(sources, axis + 1, name=name))
        shape = list(self.shape(parts[0]))
        shape[axis] = sum(self.shape(part)[axis] for part in parts)
        return self._operator("concatenation", parts, tuple(shape), {"axis": axis}, name)

    def reshape(self, x: int, shape: Sequence[int], *, name: str = "reshape") -> int:
        """Give the same values another shape; nothing is written where it is the one that they have."""
        shape = tuple(int(size) for size in shape)
        if math.prod(shape) != math.prod(self.shape(x)):
            raise ShapeError(f"{name}: values of shape {list(self.shape(x))} do not fit into {list(shape)}")
        x = self._reshaped.get(x, x)
        if self.shape(x) == shape:
            return x
        if (x, shape) in self._reshapes:
            return self._reshapes[x, shape]
        # The batch axis is left open, so that LiteRT can resize it.
        target = (-1, *shape[1:]) if shape[:1] == (1,) and self.shape(x)[:1] == (1,) else shape
        inputs = [x, self.constant(f"{name}/shape", np.array(target, np.int32), "int32")]
        index = self._operator("reshape", inputs, shape, {}, name)
        self._reshaped[index] = x
        self._reshapes[x, shape] = index
        return index

    def expanded(self, x: int) -> int:
        """Return (1, time, channels) as (1, 1, time, channels)."""
        return self.reshape(x, (1, *self.shape(x)), name="expand")

    def squeezed(self, x: int) -> int:
        """Return (1, 1, time, channels) as (1, time, channels)."""
        return self.reshape(x, (1, *self.shape(x)[2:]), name="squeeze")

    def transpose(self, x: int, order: Sequence[int], *, name: str = "transpose") -> int:
        """Put axis `order[i]` of `x` into place i; nothing is written where that changes nothing."""
        shape = self.shape(x)
        moved = [axis for axis in order if shape[axis] != 1]
        target = tuple(shape[axis] for axis in order)
        if moved == sorted(moved):
            return self.reshape(x, target, name=name)
        return self._operator("transpose", [x, self.constant(f"{name}/order", order, "int32")], target, {}, name)

    def strided_slice(self, x: int, begin: Sequence[int], end: Sequence[int], *, name: str = "slice") -> int:
        """Take a part, from `begin` to before `end` on every axis."""
        ones = [1] * len(begin)
        values = (("begin", begin), ("end", end), ("strides", ones))
        inputs = [x, *(self.constant(f"{name}/{key}", value, "int32") for key, value in values)]
        shape = tuple(last - first for first, last in zip(begin, end, strict=True))
        return self._operator("strided_slice", inputs, shape, {}, name)

    def operator(
        self, kind: str, inputs: Sequence[int], shape: Sequence[int], options: dict[str, Any], *, name: str
    ) -> int:
        """Add an operator that has no method of its own."""
        return self._operator(kind, inputs, tuple(shape), options, name)

    def graph(self, *outputs: int) -> Graph:
        """Return the graph with these outputs.

        Raises
        ------
        ModelError : an output is an input or a constant, which no operator makes
        """
        made = {operator.outputs[0] for operator in self._operators}
        for index in outputs:
            if index not in made:
                raise ModelError(f"output {self._tensors[index].name!r} is made by no operator: the model does nothing")
        operators = tuple(self._operators)
        return fuse(Graph(tuple(self._tensors), operators, tuple(self._inputs), outputs, self._description))

    def _unique(self, name: str) -> str:
        chosen, count = name, 1
        while chosen in self._names:
            chosen, count = f"{name}_{count}", count + 1
        self._names.add(chosen)
        return chosen

    def _tensor(self, name: str, shape: tuple[int, ...]) -> int:
        self._tensors.append(Tensor(self._unique(name), shape, "float32"))
        return len(self._tensors) - 1

    def _operator(
        self,
        kind: str,
        inputs: Sequence[int],
        shape: tuple[int, ...],
        options: dict[str, Any],
        name: str,
        version: int = 1,
    ) -> int:
        if min(shape, default=1) < 1:
            raise ShapeError(f"{name}: its output would be {list(shape)}, nothing is left of its input")
        index = self._tensor(name, tuple(int(size) for size in shape))
        self._operators.append(Operator(kind, tuple(inputs), (index,), options, version))
        return index

    def _is_expanded(self, x: int, source: int) -> bool:
        return self.shape(source) == (1, *self.shape(x)) and len(self.shape(x)) == 3

    def _convolution(
        self,
        kind: str,
        x: int,
        weights: Array,
        bias: Any,
        units: int,
        stride: Pair,
        dilation: Pair,
        padding: Padding,
        name: str,
    ) -> int:
        channels = self.shape(x)[3]
        x, mode, size = self._padded(x, weights.shape[1:3], stride, dilation, padding, 0.0, name)
        options: dict[str, Any] = {"padding": mode, "stride_h": stride[0], "stride_w": stride[1]}
        options |= {"dilation_h_factor": dilation[0], "dilation_w_factor": dilation[1]}
        if kind == "depthwise_conv_2d":
            options["depth_multiplier"] = units // channels
        # TFLite's kernels want a bias.
        values = np.zeros(units, np.float32) if bias is None else bias
        inputs = [x, self.constant(f"{name}/weights", weights), self.constant(f"{name}/bias", values)]
        return self._operator(kind, inputs, (1, *size, units), options, name, version=2 if dilation != (1, 1) else 1)

    def _reduction(self, kind: str, x: int, axes: Sequence[int], keep_dims: bool, name: str) -> int:
        axes = sorted(axis % len(self.shape(x)) for axis in axes)
        sizes = [1 if axis in axes else size for axis, size in enumerate(self.shape(x))]
        shape = sizes if keep_dims else [size for axis, size in enumerate(sizes) if axis not in axes]
        inputs = [x, self.constant(f"{name}/axes", axes, "int32")]
        return self._operator(kind, inputs, tuple(shape), {"keep_dims": keep_dims}, name)

    def _pool(self, kind: str, x: int, pool: Pair, stride: Pair, padding: Padding, value: float, name: str) -> int:
        channels = self.shape(x)[3]
        x, mode, size = self._padded(x, pool, stride, (1, 1), padding, value, name, counted=kind == "average_pool_2d")
        options = {"padding": mode, "stride_h": stride[0], "stride_w": stride[1]}
        options |= {"filter_height": pool[0], "filter_width": pool[1]}
        return self._operator(kind, [x], (1, *size, channels), options, name)

    def _padded(
        self,
        x: int,
        kernel: Sequence[int],
        stride: Pair,
        dilation: Pair,
        padding: Padding,
        value: float,
        name: str,
        counted: bool = False,
    ) -> tuple[int, str, Pair]:
        """Return the input, padded where "same" does not say what is wanted, the mode, the output's size."""
        size = self.shape(x)[1:3]
        extent = [(kernel[axis] - 1) * dilation[axis] + 1 for axis in (0, 1)]
        if padding == "same":
            return x, "same", (-(-size[0] // stride[0]), -(-size[1] // stride[1]))
        pads = _NONE if isinstance(padding, str) else padding
        out, needed, same = [], [], []
        for axis in (0, 1):
            before, after = pads[axis]
            count = (size[axis] + before + after - extent[axis]) // stride[axis] + 1
            reach = (count - 1) * stride[axis] + extent[axis]
            out.append(count)
            # What no window reaches is not added.
            needed.append((before, max(reach - size[axis] - before, 0)))
            total = max(reach - size[axis], 0)
            same.append(count == -(-size[axis] // stride[axis]) and needed[-1] == (total // 2, total - total // 2))
        if min(out) < 1:
            raise ShapeError(f"{name}: a window of {extent} does not fit into {list(size)} padded by {pads}")
        if needed == list(_NONE):
            return x, "valid", (out[0], out[1])
        if all(same) and not counted:
            return x, "same", (out[0], out[1])
        padded = self.pad(x, [(0, 0), *needed, (0, 0)], value, name=f"{name}/pad")
        return padded, "valid", (out[0], out[1])
