"""Random single-operator models of the operators that move elements and compute nothing."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from ...graph.graph import Graph
from .builder import Builder
from .mover import COMMON, Mover
from .rearrange import REARRANGE

__all__ = ["DTYPE_NUMBERS", "MOVEMENT"]


def _concatenation(rng: Generator) -> Graph:
    b = Mover(rng, (*COMMON, "int64", "bool"))
    shape = b.shape(1, 5)
    axis, written = b.axis(len(shape))
    inputs, total = [], 0
    for number in range(int(rng.integers(1, 11)) if rng.random() < 0.3 else int(rng.integers(2, 4))):
        part = (*shape[:axis], b.size(), *shape[axis + 1 :])
        total += part[axis]
        inputs.append(b.value(part) if number and rng.random() < 0.2 else b.data(part))
    if rng.random() < 0.2:
        inputs[-1] = inputs[0]
        total = sum(b.tensors[i].shape[axis] for i in inputs)
        b.inputs = [i for i in b.inputs if i in inputs]
    y = b.out((*shape[:axis], total, *shape[axis + 1 :]))
    return b.graph("concatenation", inputs, [y], {"axis": written, "fused_activation_function": "none"}, 2)


def _transpose(rng: Generator) -> Graph:
    b = Mover(rng, ("int8", "int16", "float32"))
    shape = b.shape(1, 5)
    order = rng.permutation(len(shape))
    x = b.data(shape)
    y = b.out([shape[axis] for axis in order])
    return b.graph("transpose", [x, b.numbers("order", order)], [y], {}, 2)


def _strided_slice(rng: Generator) -> Graph:
    b = Mover(rng, (*COMMON, "bool"))
    while True:
        shape = b.shape()
        rank = len(shape)
        masks = {name: int(rng.integers(1 << rank)) if rng.random() < 0.5 else 0 for name in ("begin", "end")}
        shrunk = int(rng.integers(1 << rank)) if rng.random() < 0.3 else 0
        begin = [int(rng.integers(-n - 2, n + 2)) for n in shape]
        end = [int(rng.integers(-n - 2, n + 2)) for n in shape]
        stride = [int(rng.choice([1, 1, 2, 3, -1, -2])) for _ in shape]
        slices: list[int | slice] = []
        for axis, n in enumerate(shape):
            bit = 1 << axis
            if shrunk & bit:
                stride[axis], begin[axis] = 1, int(rng.integers(-n, n))
                slices.append(0 if masks["begin"] & bit else begin[axis])
            else:
                first = None if masks["begin"] & bit else begin[axis]
                last = None if masks["end"] & bit else end[axis]
                slices.append(slice(first, last, stride[axis]))
        result = np.empty(shape)[tuple(slices)].shape
        if 0 not in result:
            break
    operands = [b.numbers(name, v) for name, v in (("begin", begin), ("end", end), ("strides", stride))]
    x, y = b.data(shape), b.out(result)
    options = {
        "begin_mask": masks["begin"], "end_mask": masks["end"], "shrink_axis_mask": shrunk,
        # Ignored by TFLite Micro.
        "ellipsis_mask": int(rng.integers(1 << rank)) if rng.random() < 0.1 else 0,
        "new_axis_mask": int(rng.integers(1 << rank)) if rng.random() < 0.1 else 0,
        "offset": bool(rng.random() < 0.1),
    }  # fmt: skip
    return b.graph("strided_slice", [x, *operands], [y], options, 2)


def _slice(rng: Generator) -> Graph:
    b = Mover(rng, (*COMMON, "bool"))
    shape = b.shape(1, 5)
    begin = [int(rng.integers(n)) for n in shape]
    size = [int(rng.integers(1, n - first, endpoint=True)) for n, first in zip(shape, begin, strict=True)]
    result = list(size)
    for axis, n in enumerate(shape):
        if rng.random() < 0.3:
            size[axis], result[axis] = -1, n - begin[axis]
    dtype = "int64" if rng.random() < 0.3 else "int32"
    x, y = b.data(shape), b.out(result)
    return b.graph("slice", [x, b.numbers("begin", begin, dtype), b.numbers("size", size, dtype)], [y], {}, 2)


def _split(rng: Generator) -> Graph:
    b = Mover(rng, COMMON)
    shape = list(b.shape(1, 5))
    axis, written = b.axis(len(shape))
    parts = int(rng.integers(1, 6))
    outputs = [b.out(shape, f"output_{i}") for i in range(parts)]
    shape[axis] *= parts
    x = b.data(shape)
    return b.graph("split", [b.numbers("axis", [written]), x], outputs, {"num_splits": parts}, 3)


def _split_v(rng: Generator) -> Graph:
    b = Mover(rng, COMMON)
    shape = list(b.shape(1, 5))
    axis, written = b.axis(len(shape))
    sizes = [b.size(7) for _ in range(int(rng.integers(1, 6)))]
    outputs = [b.out((*shape[:axis], n, *shape[axis + 1 :]), f"output_{i}") for i, n in enumerate(sizes)]
    shape[axis] = sum(sizes)
    x = b.data(shape)
    operands = [b.numbers("sizes", sizes), b.numbers("axis", [written])]
    return b.graph("split_v", [x, *operands], outputs, {"num_splits": len(sizes)}, 2)


def _pack(rng: Generator) -> Graph:
    b = Mover(rng, (*COMMON, "int64"))
    shape = b.shape(0 if rng.random() < 0.1 else 1)
    axis, written = b.axis(len(shape) + 1)
    count = int(rng.integers(1, 12))
    inputs = [b.data(shape) if i == 0 or rng.random() < 0.7 else b.value(shape) for i in range(count)]
    y = b.out((*shape[:axis], count, *shape[axis:]))
    return b.graph("pack", inputs, [y], {"values_count": count, "axis": written}, 2)


def _unpack(rng: Generator) -> Graph:
    b = Mover(rng, COMMON)
    shape = b.shape(2, 5)
    axis, written = b.axis(len(shape))
    x = b.data(shape)
    rest = (*shape[:axis], *shape[axis + 1 :])
    outputs = [b.out(rest, f"output_{i}") for i in range(shape[axis])]
    return b.graph("unpack", [x], outputs, {"num": shape[axis], "axis": written}, 2)


def _blocks(rng: Generator, name: str) -> Graph:
    b = Mover(rng, ("int8", "float32"))
    block = int(rng.integers(1, 5))
    n, h, w, c = (1 if rng.random() < 0.7 else b.size(3)), b.size(5), b.size(5), b.size(5)
    deep, wide = (n, h, w, c * block * block), (n, h * block, w * block, c)
    x, y = (deep, wide) if name == "depth_to_space" else (wide, deep)
    return b.graph(name, [b.data(x)], [b.out(y)], {"block_size": block}, 2)


def _depth_to_space(rng: Generator) -> Graph:
    return _blocks(rng, "depth_to_space")


def _space_to_depth(rng: Generator) -> Graph:
    return _blocks(rng, "space_to_depth")


def _broadcast_to(rng: Generator) -> Graph:
    b = Mover(rng, (*COMMON, "uint8", "int64", "bool"))
    shape = b.shape(1, 5, 5)
    source = tuple(1 if rng.random() < 0.4 else n for n in shape)[int(rng.integers(len(shape))) :]
    operand = b.numbers("shape", shape, "int64" if rng.random() < 0.3 else "int32")
    return b.graph("broadcast_to", [b.data(source), operand], [b.out(shape)], {}, 2)


def _batches(rng: Generator, name: str) -> Graph:
    b = Mover(rng, ("int8", "float32"))
    axes = int(rng.integers(1, 3))
    blocks = rng.integers(1, 5, axes)
    batches, channels = (1 if rng.random() < 0.8 else b.size(3)), b.size(7)
    inner = np.array([b.size(5) for _ in range(axes)])
    # Of the plane, some is padding or cropped.
    before = np.array([rng.integers(n) for n in inner * blocks])
    after = np.array([rng.integers(n) for n in inner * blocks - before])
    outer = inner * blocks - before - after
    blocked, plane = (batches * int(blocks.prod()), *inner, channels), (batches, *outer, channels)
    x, y = (plane, blocked) if name == "space_to_batch_nd" else (blocked, plane)
    operands = [b.numbers("blocks", blocks), b.numbers("margins", np.stack([before, after], 1))]
    return b.graph(name, [b.data(x), *operands], [b.out(y)], {}, 2)


def _space_to_batch_nd(rng: Generator) -> Graph:
    return _batches(rng, "space_to_batch_nd")


def _batch_to_space_nd(rng: Generator) -> Graph:
    return _batches(rng, "batch_to_space_nd")


def _gather(rng: Generator) -> Graph:
    b = Mover(rng, ("int8", "float32"))
    shape = b.shape(1, 4, 13)
    rank = len(shape)
    axis, written = b.axis(rank)
    batches = int(rng.integers(axis, endpoint=True)) if rng.random() < 0.4 else 0
    counted = (*shape[:batches], *(b.size(7) for _ in range(int(rng.integers(3)))))
    options = {"axis": written, "batch_dims": batches}
    if batches and rng.random() < 0.3:
        options["batch_dims"] = batches - len(counted) if len(counted) > batches else batches
    values = rng.integers(0, shape[axis], counted).astype(np.int32)
    constant = rng.random() < 0.5
    x = b.data(shape) if constant or rng.random() < 0.5 else b.value(shape)
    indices = b.add("indices", counted, "int32", data=values if constant else None)
    if not constant:
        b.inputs.append(indices)
    y = b.out((*shape[:axis], *counted[batches:], *shape[axis + 1 :]))
    return b.graph("gather", [x, indices], [y], options, 2)


#: TFLite's numbers of dtypes.
DTYPE_NUMBERS: dict[str, int] = {
    "float32": 0, "int32": 2, "uint8": 3, "int64": 4, "bool": 6, "int16": 7, "int8": 9, "uint32": 15,
}  # fmt: skip


def _cast(rng: Generator) -> Graph:
    integers = ("int8", "int16", "int32")
    pairs = [(x, y) for x in integers for y in (*integers, "uint32", "float32")]
    pairs += [("uint32", x) for x in integers] + [("bool", "int8")] * 2
    source, target = pairs[int(rng.integers(len(pairs)))]
    b = Builder(rng)
    shape = (1, b.size(), b.size())
    # TFLite's kernels take the tensors' own dtypes.
    options = {"in_data_type": DTYPE_NUMBERS[source], "out_data_type": DTYPE_NUMBERS[target]}
    return b.graph("cast", [b.input(shape, source)], [b.add("output", shape, target)], options)


#: Every generator of this file.
MOVEMENT = {
    "concatenation": _concatenation,
    "transpose": _transpose,
    "strided_slice": _strided_slice,
    "slice": _slice,
    "split": _split,
    "split_v": _split_v,
    "pack": _pack,
    "unpack": _unpack,
    "depth_to_space": _depth_to_space,
    "space_to_depth": _space_to_depth,
    "broadcast_to": _broadcast_to,
    "space_to_batch_nd": _space_to_batch_nd,
    "batch_to_space_nd": _batch_to_space_nd,
    "gather": _gather,
    "cast": _cast,
}
MOVEMENT |= REARRANGE
