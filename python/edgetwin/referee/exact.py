"""What an integer operator would give without rounding: real output codes, for words about why two runtimes part."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..graph.graph import Graph, Tensor
from ..graph.patches import patches
from ..types import Array

__all__ = ["LINEAR", "exact_codes", "exact_sums"]

Real = NDArray[np.float64]


class _Operator:
    """One operator's tensors and values, (samples, *shape in the file)."""

    def __init__(self, graph: Graph, index: int, values: Mapping[int, Array]) -> None:
        operator = graph.operators[index]
        self.options: Mapping[str, Any] = operator.options
        self.tensors = [graph.tensors[i] if i >= 0 else None for i in operator.inputs]
        self.output = graph.tensors[operator.outputs[0]]
        self._indices = operator.inputs
        self._values = values

    def has(self, position: int) -> bool:
        return position < len(self.tensors) and self.tensors[position] is not None

    def tensor(self, position: int) -> Tensor:
        tensor = self.tensors[position]
        if tensor is None:
            raise KeyError(position)
        return tensor

    def codes(self, position: int) -> Real:
        """Return codes less the zero point; a constant as one sample."""
        tensor = self.tensor(position)
        data = self._values[self._indices[position]] if tensor.data is None else tensor.data
        zero = 0 if tensor.quantization is None else int(tensor.quantization.zero_point[0])
        return np.subtract(data.reshape(-1, *tensor.shape), zero, dtype=np.float64)

    def scale(self, position: int) -> Real:
        quantization = self.tensor(position).quantization
        if quantization is None:
            raise KeyError(position)
        return quantization.scale.astype(np.float64)

    def real(self, position: int) -> Real:
        return self.codes(position) * float(self.scale(position)[0])

    def coded(self, real: Real) -> Real:
        """Return real values as codes of the output."""
        quantization = self.output.quantization
        if quantization is None:
            raise KeyError("output")
        return real / float(quantization.scale[0]) + int(quantization.zero_point[0])

    def constant(self, position: int) -> Array:
        data = self.tensor(position).data
        if data is None:
            raise KeyError(position)
        return data


def _conv_2d(op: _Operator) -> Real:
    x, weights = op.codes(0)[:, 0], op.codes(1)[0]
    out, high, wide, channels = weights.shape
    windows = patches(op.options, x, (high, wide), 0.0)
    groups = windows.shape[-1] // channels
    parted = windows.reshape(*windows.shape[:-1], groups, channels)
    products = np.einsum("nhwklgc,goklc->nhwgo", parted, weights.reshape(groups, out // groups, high, wide, channels))
    return np.asarray(products.reshape(*products.shape[:3], out))


def _depthwise_conv_2d(op: _Operator) -> Real:
    x, weights = op.codes(0)[:, 0], op.codes(1)[0, 0]
    high, wide, out = weights.shape
    windows = patches(op.options, x, (high, wide), 0.0)
    channels = windows.shape[-1]
    products = np.einsum("nhwklc,klcm->nhwcm", windows, weights.reshape(high, wide, channels, out // channels))
    return np.asarray(products.reshape(*products.shape[:3], out))


def _fully_connected(op: _Operator) -> Real:
    weights = op.codes(1)[0]
    x = op.codes(0)
    return np.asarray(x.reshape(len(x), -1, weights.shape[1]) @ weights.T)


#: Sums of products of operators that requantize them by a multiplier and a shift a channel, channels last.
_PRODUCTS: Mapping[str, Callable[[_Operator], Real]] = {
    "conv_2d": _conv_2d,
    "depthwise_conv_2d": _depthwise_conv_2d,
    "fully_connected": _fully_connected,
}
LINEAR = tuple(_PRODUCTS)


def _sums(op: _Operator, products: Callable[[_Operator], Real]) -> Real:
    made = products(op)
    return made + op.constant(2) if op.has(2) else made


def _linear(products: Callable[[_Operator], Real]) -> Callable[[_Operator], Real]:
    return lambda op: op.coded(_sums(op, products) * (op.scale(0)[0] * op.scale(1)))


def _average_pool_2d(op: _Operator) -> Real:
    kernel = op.options["filter_height"], op.options["filter_width"]
    return op.coded(np.nanmean(patches(op.options, op.real(0)[:, 0], kernel, np.nan), axis=(3, 4)))


def _mean(op: _Operator) -> Real:
    x = op.real(0)
    axes = op.constant(1).reshape(-1) % (x.ndim - 1) + 1
    return op.coded(x.mean(axis=tuple(int(axis) for axis in axes)))


def _aligned(op: _Operator, position: int) -> Real:
    """Real values with as many axes as the output has."""
    x = op.real(position)
    return x.reshape(len(x), *[1] * (len(op.output.shape) + 1 - x.ndim), *x.shape[1:])


def _binary(compute: Callable[[Real, Real], Real]) -> Callable[[_Operator], Real]:
    return lambda op: op.coded(compute(_aligned(op, 0), _aligned(op, 1)))


def _softmax(op: _Operator) -> Real:
    x = op.real(0) * op.options["beta"]
    raised = np.exp(x - x.max(-1, keepdims=True))
    return op.coded(raised / raised.sum(-1, keepdims=True))


def _log_softmax(op: _Operator) -> Real:
    x = op.real(0)
    x = x - x.max(-1, keepdims=True)
    return op.coded(x - np.log(np.exp(x).sum(-1, keepdims=True)))


def _curve(compute: Callable[[Real], Real]) -> Callable[[_Operator], Real]:
    return lambda op: op.coded(compute(op.real(0)))


def _leaky_relu(op: _Operator) -> Real:
    x = op.real(0)
    return op.coded(np.where(x >= 0, x, x * float(np.float32(op.options["alpha"]))))


_EXACT: Mapping[str, Callable[[_Operator], Real]] = {
    **{name: _linear(products) for name, products in _PRODUCTS.items()},
    "average_pool_2d": _average_pool_2d,
    "mean": _mean,
    "add": _binary(np.add),
    "sub": _binary(np.subtract),
    "mul": _binary(np.multiply),
    "squared_difference": _binary(lambda a, b: (a - b) ** 2),
    "softmax": _softmax,
    "log_softmax": _log_softmax,
    "logistic": _curve(lambda x: 1 / (1 + np.exp(-x))),
    "tanh": _curve(np.tanh),
    "elu": _curve(lambda x: np.where(x >= 0, x, np.expm1(np.minimum(x, 0)))),
    "hard_swish": _curve(lambda x: x * np.clip(x + 3, 0, 6) / 6),
    "rsqrt": _curve(lambda x: 1 / np.sqrt(x)),
    "leaky_relu": _leaky_relu,
    "quantize": _curve(lambda x: x),
}


def exact_codes(graph: Graph, index: int, values: Mapping[int, Array]) -> Real | None:
    """Return the output codes of an operator on real numbers, before rounding and clamping.

    Parameters
    ----------
    graph : Graph
    index : int
        The operator.
    values : mapping of int to ndarray, shape (samples, *shape in the file)
        Its inputs that are not constant, by tensor.

    Returns
    -------
    ndarray of float64, shape (samples, *output's shape in the file), or None
        None for an operator whose real function is not here, or of which an input is not known.
    """
    compute = _EXACT.get(graph.operators[index].name)
    if compute is None:
        return None
    try:
        with np.errstate(all="ignore"):
            op = _Operator(graph, index, values)
            return compute(op).reshape(-1, *op.output.shape)
    except KeyError:
        return None


def exact_sums(graph: Graph, index: int, values: Mapping[int, Array]) -> NDArray[np.int64]:
    """Return the sums of products of one of the `LINEAR` operators, bias included, before they wrap.

    Parameters
    ----------
    graph, index, values
        As for `exact_codes`.

    Returns
    -------
    ndarray of int64, channels last
    """
    op = _Operator(graph, index, values)
    return _sums(op, _PRODUCTS[graph.operators[index].name]).astype(np.int64)
