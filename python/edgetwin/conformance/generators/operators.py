"""Random single-operator models of every operator, and inputs for them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.random import Generator

from ...graph.graph import Graph
from ...types import Array
from .arithmetic import GENERATORS as ARITHMETIC
from .builder import ACTIVATIONS, Builder, affine, windows
from .comparison import GENERATORS as COMPARISONS
from .curves import CURVES
from .linear import LINEAR
from .movement import MOVEMENT
from .recurrent import RECURRENT
from .reduction import GENERATORS as REDUCTIONS
from .resize import RESIZE
from .signal import ANY_MAGNITUDE, SIGNAL_OPERATORS, any_magnitude

__all__ = ["GENERATORS", "random_inputs"]

CODES = ("int8", "int16")


def _pool(rng: Generator, name: str) -> Graph:
    b = Builder(rng, CODES)
    while True:
        h, w, kh, kw = b.size(), b.size(), b.size(8), b.size(8)
        sh, sw = int(rng.integers(1, 4)), int(rng.integers(1, 4))
        padding = str(rng.choice(["same", "valid"]))
        oh, ow = windows(h, kh, sh, 1, padding), windows(w, kw, sw, 1, padding)
        if oh >= 1 and ow >= 1:
            break
    channels, quantization = b.size(), affine(b.scale(), b.zero_point())
    x = b.input((1, h, w, channels), quantization=quantization)
    y = b.add("output", (1, oh, ow, channels), quantization=quantization)
    options = {
        "padding": padding, "stride_h": sh, "stride_w": sw, "filter_height": kh, "filter_width": kw,
        "fused_activation_function": str(rng.choice(ACTIVATIONS)),
    }  # fmt: skip
    return b.graph(name, [x], [y], options, 2)


def _max_pool_2d(rng: Generator) -> Graph:
    return _pool(rng, "max_pool_2d")


def _average_pool_2d(rng: Generator) -> Graph:
    return _pool(rng, "average_pool_2d")


def _softmax(rng: Generator) -> Graph:
    b = Builder(rng, CODES)
    middle = [b.size(7) for _ in range(int(rng.integers(0, 3)))]
    shape = (1, *middle, int(rng.choice([1, 2, 3, 10, 64, 257])))
    low = -10 if b.dtype == "int8" else -20
    x = b.input(shape, quantization=affine(b.scale(low, 2), b.zero_point()))
    if b.dtype == "int16":
        y = b.add("output", shape, quantization=affine(1 / 32768))
    elif rng.random() < 0.6:
        y = b.add("output", shape, quantization=affine(1 / 256, -128))
    else:
        y = b.add("output", shape, "int16", affine(1 / 65536, -32768))
    return b.graph("softmax", [x], [y], {"beta": float(np.float32(rng.choice([1.0, 1.0, 0.3, 4.0])))}, 2)


def _curve(rng: Generator, name: str, scale: float, zero_point: int) -> Graph:
    b = Builder(rng, CODES)
    shape = (1, b.size(), b.size())
    if b.dtype == "int16":
        # Powers of two are taken otherwise than scales beside them.
        near = 2.0 ** float(rng.integers(-14, -9)) * float(rng.choice([1.0, 1.0006, 0.999]))
        x = b.input(shape, quantization=affine(near if rng.random() < 0.5 else b.scale(-22, 1.3)))
        return b.graph(name, [x], [b.add("output", shape, quantization=affine(1 / 32768))], {}, 2)
    x = b.input(shape, quantization=affine(b.scale(-14, 3), b.zero_point()))
    return b.graph(name, [x], [b.add("output", shape, quantization=affine(scale, zero_point))], {}, 2)


def _logistic(rng: Generator) -> Graph:
    return _curve(rng, "logistic", 1 / 256, -128)


def _tanh(rng: Generator) -> Graph:
    return _curve(rng, "tanh", 1 / 128, 0)


def _pad(rng: Generator) -> Graph:
    b = Builder(rng, ("int8", "int8", "int16", "int32", "float32"))
    shape = (1, *(b.size(7) for _ in range(int(rng.integers(1, 4)))))
    paddings = rng.integers(0, 4, (len(shape), 2)).astype(np.int32)
    paddings[0] = 0
    quantization = affine(b.scale(), b.zero_point()) if b.dtype in CODES else None
    x = b.input(shape, quantization=quantization)
    inputs = [x, b.add("paddings", paddings.shape, "int32", data=paddings)]
    name = "pad"
    if rng.random() < 0.5:
        name = "padv2"
        value = rng.integers(-128, 128, (1,)).astype(b.dtype)
        inputs.append(b.add("value", (1,), quantization=quantization, data=value))
    y = b.add("output", np.array(shape) + paddings.sum(1), quantization=quantization)
    return b.graph(name, inputs, [y], {}, 2)


def _mean(rng: Generator) -> Graph:
    b = Builder(rng, CODES)
    rank = int(rng.integers(2, 5))
    shape = (1, *(b.size(11) for _ in range(rank - 1)))
    axes = sorted(rng.choice(np.arange(1, rank), int(rng.integers(1, rank)), replace=False).tolist())
    keep = bool(rng.random() < 0.5)
    scale = b.scale()
    x = b.input(shape, quantization=affine(scale, b.zero_point()))
    stored = np.array([a - rank if rng.random() < 0.3 else a for a in axes], np.int32)
    operand = b.add("axes", stored.shape, "int32", data=stored)
    out = [1 if i in axes else s for i, s in enumerate(shape) if keep or i not in axes]
    y = b.add("output", out, quantization=affine(scale * 2.0 ** rng.uniform(-3, 3), b.zero_point()))
    return b.graph("mean", [x, operand], [y], {"keep_dims": keep}, 2)


def _relabel(rng: Generator, name: str) -> Graph:
    b = Builder(rng)
    quantization, a, c = affine(b.scale(), b.zero_point()), b.size(), b.size()
    if name == "reshape":
        x = b.input((1, a, c), quantization=quantization)
        operand = b.add("shape", (3,), "int32", data=np.array([1, c, a], np.int32))
        y = b.add("output", (1, c, a), quantization=quantization)
        return b.graph(name, [x, operand], [y], {"new_shape": (1, c, a)})
    if name == "squeeze":
        x = b.input((1, a, 1, c), quantization=quantization)
        y = b.add("output", (1, a, c), quantization=quantization)
        return b.graph(name, [x], [y], {"squeeze_dims": (2,)})
    x = b.input((1, a, c), quantization=quantization)
    operand = b.add("axis", (1,), "int32", data=np.array([2], np.int32))
    y = b.add("output", (1, a, 1, c), quantization=quantization)
    return b.graph(name, [x, operand], [y], {})


def _reshape(rng: Generator) -> Graph:
    return _relabel(rng, str(rng.choice(["reshape", "squeeze", "expand_dims"])))


def _quantize(rng: Generator) -> Graph:
    b = Builder(rng)
    pairs = [("float32", "int8"), ("float32", "int16"), ("int8", "int8"), ("int8", "int16"), ("int8", "int32")]
    pairs += [
        ("int8", "uint8"),
        ("uint8", "int8"),
        ("int16", "int8"),
        ("int16", "int16"),
        ("int16", "int32"),
        ("int32", "int8"),
        ("int32", "int16"),
    ]
    source, target = pairs[int(rng.integers(len(pairs)))]
    shape, scale = (1, b.size(), b.size()), b.scale()

    def zero(dtype: str) -> int:
        return {"int8": b.zero_point(), "uint8": b.zero_point() + 128}.get(dtype, 0)

    x = b.input(shape, source, None if source == "float32" else affine(scale, zero(source)))
    y = b.add("output", shape, target, affine(scale * 2.0 ** rng.uniform(-8, 8), zero(target)))
    return b.graph("quantize", [x], [y], {})


def _dequantize(rng: Generator) -> Graph:
    b = Builder(rng)
    source = str(rng.choice(["int8", "uint8", "int16"]))
    shape = (1, b.size(), b.size())
    zero_point = {"int8": b.zero_point(), "uint8": b.zero_point() + 128}.get(source, 0)
    x = b.input(shape, source, affine(b.scale(), zero_point))
    return b.graph("dequantize", [x], [b.add("output", shape, "float32")], {}, 2)


#: Every generator of one operator on integers.
GENERATORS: dict[str, Callable[[Generator], Graph]] = {
    "max_pool_2d": _max_pool_2d,
    "average_pool_2d": _average_pool_2d,
    "softmax": _softmax,
    "logistic": _logistic,
    "tanh": _tanh,
    "pad": _pad,
    "mean": _mean,
    "reshape": _reshape,
    "quantize": _quantize,
    "dequantize": _dequantize,
}
GENERATORS |= RESIZE
GENERATORS |= LINEAR
GENERATORS |= RECURRENT
GENERATORS |= COMPARISONS
GENERATORS |= REDUCTIONS
GENERATORS |= ARITHMETIC
GENERATORS |= CURVES
GENERATORS |= MOVEMENT
GENERATORS |= SIGNAL_OPERATORS


def random_inputs(graph: Graph, rng: Generator, count: int) -> list[list[Array]]:
    """Return arrays with the file's shapes for every input: full range, narrow, and extremes."""
    samples = []
    for i in range(count):
        arrays: list[Array] = []
        for index in graph.inputs:
            tensor = graph.tensors[index]
            if tensor.dtype == "float32":
                quantization = graph.tensors[graph.outputs[0]].quantization
                scale = 1 if quantization is None else quantization.scale[0]
                # Halves of a step are ties.
                real = rng.integers(-600, 600, tensor.shape) / 2 if i % 2 else rng.normal(0, 100, tensor.shape)
                arrays.append((real * scale).astype(np.float32))
                continue
            if tensor.dtype == "bool":
                arrays.append(rng.random(tensor.shape) < 0.5)
                continue
            if tensor.name == "indices":
                limit = min(graph.tensors[graph.operators[0].inputs[0]].shape)
                arrays.append(rng.integers(0, limit, tensor.shape).astype(tensor.dtype))
                continue
            if tensor.name == ANY_MAGNITUDE:
                arrays.append(any_magnitude(rng, tensor.shape, np.dtype(tensor.dtype), i))
                continue
            info = np.iinfo(tensor.dtype)
            values: Array = rng.integers(info.min, info.max, tensor.shape, endpoint=True)
            if tensor.dtype == "int32" and i % 2:
                values = rng.integers(-70000, 70000, tensor.shape)
            if i % 3 == 1:
                values = rng.choice([info.min, info.max], tensor.shape)
            if tensor.name == "magnitudes":
                values = np.maximum(values, 0)
            arrays.append(values.astype(tensor.dtype))
        samples.append([np.asarray(array) for array in arrays])
    return samples
