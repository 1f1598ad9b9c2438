"""Operators that move elements: each is one strided copy, or one an input or output."""

from __future__ import annotations

import math
from collections.abc import Sequence

from ...types import MAX_RANK, Array
from ..graph import DTYPES, Tensor
from ..step import Step
from .context import Context

__all__ = [
    "axis_of",
    "copy_step",
    "integers",
    "lower_broadcast_to",
    "lower_concatenation",
    "lower_depth_to_space",
    "lower_pack",
    "lower_slice",
    "lower_space_to_depth",
    "lower_split",
    "lower_split_v",
    "lower_strided_slice",
    "lower_transpose",
    "lower_unpack",
    "row_major",
    "same_dtype",
    "whole_output",
]

_KERNELS = {1: "strided_copy_s8", 2: "strided_copy_s16", 4: "strided_copy_s32"}
#: What TFLite Micro's kernels take.
_CONCATENATED, _TRANSPOSED_RANK, _STRIDED_SLICE_RANK, _SLICE_RANK, _BROADCAST_RANK = 10, 5, 4, 5, 5


def row_major(shape: Sequence[int]) -> list[int]:
    """Return row-major strides in elements."""
    return [math.prod(shape[axis + 1 :]) for axis in range(len(shape))]


def copy_step(
    ctx: Context,
    source: int,
    output: int,
    axes: Sequence[tuple[int, int, int]],
    input_offset: int = 0,
    output_offset: int = 0,
) -> Step:
    """Return the step that copies `axes` (size, input stride, output stride) from tensor `source` to tensor `output`.

    Axes that lie as one in both arrays are joined, for long rows.
    """
    tensors = ctx.graph.tensors[source], ctx.graph.tensors[output]
    size, words = DTYPES[tensors[0].dtype].itemsize, 1
    if size == 8:
        # Two words an element.
        size, words = 4, 2
        axes = [*((n, x * 2, y * 2) for n, x, y in axes), (2, 1, 1)]
    joined: list[tuple[int, int, int]] = []
    for n, x, y in axes:
        if n == 1:
            continue
        if joined and (joined[-1][1], joined[-1][2]) == (n * x, n * y):
            joined[-1] = (joined[-1][0] * n, x, y)
        else:
            joined.append((n, x, y))
    if len(joined) > MAX_RANK:
        ctx.unsupported(f"a copy of {len(joined)} axes, accepted are at most {MAX_RANK}")
    params = {
        "input_offset": input_offset * words,
        "output_offset": output_offset * words,
        "input_size": tensors[0].size * words,
        "output_size": tensors[1].size * words,
    }
    for axis, (n, x, y) in enumerate([(1, 0, 0)] * (MAX_RANK - len(joined)) + joined):
        params |= {f"dim_{axis}": n, f"input_stride_{axis}": x, f"output_stride_{axis}": y}
    return Step(ctx.index, _KERNELS[size], (source,), (), (output,), params, {})


def same_dtype(ctx: Context, *tensors: Tensor) -> None:
    """Raise unless all tensors have the dtype of the first."""
    for tensor in tensors[1:]:
        if tensor.dtype != tensors[0].dtype:
            ctx.bad(f"tensor {tensors[0].name!r} is {tensors[0].dtype}, tensor {tensor.name!r} is {tensor.dtype}")


def axis_of(ctx: Context, value: int, rank: int) -> int:
    """Return an axis counted from the front."""
    if not -rank <= value < rank:
        ctx.bad(f"axis is {value}, accepted is one of {-rank} to {rank - 1}")
    return value % rank


def integers(ctx: Context, position: int, size: int) -> list[int]:
    """Return the integers of a constant input that must have `size` of them, int32 or int64."""
    values: Array = ctx.constant(position, "int64" if ctx.input(position).dtype == "int64" else "int32")
    if values.size != size:
        ctx.bad(f"input {position} ({ctx.input(position).name!r}) has {values.size} elements, expected {size}")
    return [int(value) for value in values.reshape(-1)]


def _output_tensors(ctx: Context) -> list[Tensor]:
    return [ctx.output(position) for position in range(len(ctx.operator.outputs))]


def lower_concatenation(ctx: Context) -> list[Step]:
    """Lower CONCATENATION: one copy an input. TFLite Micro does not rescale, so int8 quantizations must be equal."""
    inputs, output = [ctx.input(position) for position in range(len(ctx.operator.inputs))], ctx.output()
    if len(inputs) > _CONCATENATED:
        ctx.unsupported(f"it has {len(inputs)} inputs, accepted are at most {_CONCATENATED}")
    if (activation := ctx.option("fused_activation_function")) != "none":
        ctx.unsupported(f"fused activation {activation!r}, accepted is none")
    same_dtype(ctx, *inputs, output)
    rank = len(output.shape)
    if rank > MAX_RANK:
        ctx.unsupported(f"output {output.name!r} has {rank} axes, accepted are at most {MAX_RANK}")
    axis = axis_of(ctx, int(ctx.option("axis")), rank)
    for tensor in inputs:
        if len(tensor.shape) != rank or tensor.shape[:axis] + tensor.shape[axis + 1 :] != (
            output.shape[:axis] + output.shape[axis + 1 :]
        ):
            ctx.bad(
                f"input {tensor.name!r} has shape {list(tensor.shape)}, output {output.name!r} {list(output.shape)}: "
                f"accepted are shapes that differ in axis {axis} only"
            )
    ctx.expect_shape(
        output, (*output.shape[:axis], sum(tensor.shape[axis] for tensor in inputs), *output.shape[axis + 1 :])
    )
    if output.dtype in ("int8", "int16"):
        _check_same_quantization(ctx, inputs, output)
    steps, offset, strides = [], 0, row_major(output.shape)
    for source, tensor in zip(ctx.operator.inputs, inputs, strict=True):
        axes = list(zip(tensor.shape, row_major(tensor.shape), strides, strict=True))
        steps.append(copy_step(ctx, source, ctx.operator.outputs[0], axes, output_offset=offset))
        offset += tensor.shape[axis] * strides[axis]
    return steps


def _check_same_quantization(ctx: Context, inputs: Sequence[Tensor], output: Tensor) -> None:
    """int8: all as the output; int16: zero points of 0, and scales are not looked at."""

    def affine(tensor: Tensor) -> tuple[float, int]:
        if tensor.quantization is None:
            return 0.0, 0
        return float(tensor.quantization.scale[0]), int(tensor.quantization.zero_point[0])

    for tensor in (*inputs, output):
        came, wanted = affine(tensor), affine(output)
        if output.dtype == "int8" and came != wanted:
            ctx.unsupported(
                f"input {tensor.name!r} has scale {came[0]:g} and zero_point {came[1]}, accepted are those of the "
                f"output, {wanted[0]:g} and {wanted[1]}: TFLite Micro does not rescale"
            )
        if output.dtype == "int16" and came[1] != 0:
            ctx.unsupported(f"tensor {tensor.name!r} has zero_point {came[1]}, accepted is 0 for int16")


def lower_transpose(ctx: Context) -> Step:
    """Lower TRANSPOSE with a constant permutation."""
    source, output = ctx.input(0), ctx.output()
    same_dtype(ctx, source, output)
    rank = len(source.shape)
    if rank > _TRANSPOSED_RANK:
        ctx.unsupported(f"input {source.name!r} has {rank} axes, accepted are at most {_TRANSPOSED_RANK}")
    if len(ctx.input(1).shape) != 1:
        ctx.bad(f"the permutation has shape {list(ctx.input(1).shape)}, accepted is one axis")
    order = integers(ctx, 1, rank)
    if sorted(order) != list(range(rank)):
        ctx.bad(f"the permutation is {order}, accepted are the axes 0 to {rank - 1}, each once")
    ctx.expect_shape(output, tuple(source.shape[axis] for axis in order))
    strides = row_major(source.shape)
    axes = zip(output.shape, [strides[axis] for axis in order], row_major(output.shape), strict=True)
    return copy_step(ctx, ctx.operator.inputs[0], ctx.operator.outputs[0], list(axes))


def _one_axis(dim: int, begin: int, end: int, stride: int, masked: tuple[bool, bool, bool]) -> tuple[int, int]:
    """Return (first, count) of one axis of STRIDED_SLICE; `masked` tells of begin, end and shrunk axes."""
    low, high = (0, dim) if stride > 0 else (-1, dim - 1)

    def clamped(value: int) -> int:
        return min(max(value + dim if value < 0 else value, low), high)

    begin_masked, end_masked, shrunk = masked
    first = (low if stride > 0 else high) if begin_masked else clamped(begin)
    if shrunk:
        return first, 1
    last = (high if stride > 0 else low) if end_masked else clamped(end)
    return first, max(0, -(-(last - first) // stride))


def lower_strided_slice(ctx: Context) -> Step:
    """Lower STRIDED_SLICE with constant bounds: negative strides, begin, end and shrink masks.

    TFLite Micro ignores the other masks and the offset: such a slice is what the output's shape shows without them.
    """
    source, output = ctx.input(0), ctx.output()
    same_dtype(ctx, source, output)
    rank = len(source.shape)
    if rank > _STRIDED_SLICE_RANK:
        ctx.unsupported(f"input {source.name!r} has {rank} axes, accepted are at most {_STRIDED_SLICE_RANK}")
    begin, end, stride = (integers(ctx, position, rank) for position in (1, 2, 3))
    masks = [int(ctx.option(f"{name}_mask")) for name in ("begin", "end", "shrink_axis")]
    shape: list[int] = []
    axes, offset = [], 0
    for axis, (dim, step) in enumerate(zip(source.shape, row_major(source.shape), strict=True)):
        begin_masked, end_masked, shrunk = (bool(mask >> axis & 1) for mask in masks)
        if stride[axis] == 0 or (shrunk and stride[axis] < 0):
            ctx.bad(f"the stride of axis {axis} is {stride[axis]}")
        first, count = _one_axis(dim, begin[axis], end[axis], stride[axis], (begin_masked, end_masked, shrunk))
        if count and not 0 <= first < dim:
            ctx.bad(f"axis {axis} begins at {begin[axis]}, input {source.name!r} has shape {list(source.shape)}")
        offset += first * step
        axes.append((count, step * stride[axis], 0))
        shape += [] if shrunk else [count]
    ignored = [name for name in ("ellipsis_mask", "new_axis_mask", "offset") if ctx.option(name)]
    if ignored and output.shape != tuple(shape):
        ctx.unsupported(
            f"{', '.join(ignored)} set, output {output.name!r} has shape {list(output.shape)}; TFLite Micro ignores it "
            f"and accepts {list(shape)} only"
        )
    ctx.expect_shape(output, tuple(shape))
    return whole_output(ctx, axes, offset)


def whole_output(ctx: Context, axes: Sequence[tuple[int, int, int]], input_offset: int = 0) -> Step:
    """Return the copy from input 0 that fills the output in row-major order; the axes' output strides are not read."""
    strides = row_major([n for n, _, _ in axes])
    placed = [(n, x, y) for (n, x, _), y in zip(axes, strides, strict=True)]
    return copy_step(ctx, ctx.operator.inputs[0], ctx.operator.outputs[0], placed, input_offset)


def lower_slice(ctx: Context) -> Step:
    """Lower SLICE with constant begin and size; a size of -1 reaches to the end."""
    source, output = ctx.input(0), ctx.output()
    same_dtype(ctx, source, output)
    rank = len(source.shape)
    if rank > _SLICE_RANK:
        ctx.unsupported(f"input {source.name!r} has {rank} axes, accepted are at most {_SLICE_RANK}")
    same_dtype(ctx, ctx.input(1), ctx.input(2))
    begin, sizes = integers(ctx, 1, rank), integers(ctx, 2, rank)
    shape = tuple(dim - b if n == -1 else n for dim, b, n in zip(source.shape, begin, sizes, strict=True))
    for axis, (dim, b, n) in enumerate(zip(source.shape, begin, shape, strict=True)):
        if b < 0 or n < 0 or b + n > dim:
            ctx.bad(f"axis {axis}: begin {b} and size {sizes[axis]}, input {source.name!r} has {dim}")
    ctx.expect_shape(output, shape)
    strides = row_major(source.shape)
    offset = sum(b * step for b, step in zip(begin, strides, strict=True))
    return whole_output(ctx, [(n, step, 0) for n, step in zip(shape, strides, strict=True)], offset)


def _split(ctx: Context, position: int, axis: int) -> list[Step]:
    """Return one copy an output: parts of input `position` along `axis`, as long as the outputs are."""
    source, outputs = ctx.input(position), _output_tensors(ctx)
    same_dtype(ctx, source, *outputs)
    strides, offset, steps = row_major(source.shape), 0, []
    for tensor, output in zip(ctx.operator.outputs, outputs, strict=True):
        part = output.shape[axis] if len(output.shape) == len(source.shape) else 0
        ctx.expect_shape(output, (*source.shape[:axis], part, *source.shape[axis + 1 :]))
        axes = list(zip(output.shape, strides, row_major(output.shape), strict=True))
        steps.append(copy_step(ctx, ctx.operator.inputs[position], tensor, axes, offset))
        offset += part * strides[axis]
    if offset != source.shape[axis] * strides[axis]:
        ctx.bad(
            f"the outputs' sizes along axis {axis} sum to {offset // strides[axis]}, input {source.name!r} has "
            f"{source.shape[axis]}"
        )
    return steps


def lower_split(ctx: Context) -> list[Step]:
    """Lower SPLIT into equal parts."""
    axis = axis_of(ctx, integers(ctx, 0, 1)[0], len(ctx.input(1).shape))
    outputs = _output_tensors(ctx)
    for output in outputs[1:]:
        ctx.expect_shape(output, outputs[0].shape)
    return _split(ctx, 1, axis)


def lower_split_v(ctx: Context) -> list[Step]:
    """Lower SPLIT_V: the parts are as large as the outputs in the file; the operand that says so is not read."""
    return _split(ctx, 0, axis_of(ctx, integers(ctx, 2, 1)[0], len(ctx.input(0).shape)))


def lower_pack(ctx: Context) -> list[Step]:
    """Lower PACK: inputs of one shape along a new axis."""
    inputs, output = [ctx.input(position) for position in range(len(ctx.operator.inputs))], ctx.output()
    same_dtype(ctx, *inputs, output)
    count, shape = int(ctx.option("values_count")), inputs[0].shape
    if count != len(inputs):
        ctx.bad(f"values_count is {count}, it has {len(inputs)} inputs")
    axis = axis_of(ctx, int(ctx.option("axis")), len(shape) + 1)
    for tensor in inputs[1:]:
        if tensor.shape != shape:
            ctx.bad(f"input {tensor.name!r} has shape {list(tensor.shape)}, the first has {list(shape)}")
    ctx.expect_shape(output, (*shape[:axis], count, *shape[axis:]))
    rows, row = math.prod(shape[:axis]), math.prod(shape[axis:])
    axes = [(rows, row, count * row), (row, 1, 1)]
    return [
        copy_step(ctx, source, ctx.operator.outputs[0], axes, output_offset=number * row)
        for number, source in enumerate(ctx.operator.inputs)
    ]


def lower_unpack(ctx: Context) -> list[Step]:
    """Lower UNPACK: one output for each index of an axis."""
    source, outputs = ctx.input(0), _output_tensors(ctx)
    same_dtype(ctx, source, *outputs)
    axis = axis_of(ctx, int(ctx.option("axis")), len(source.shape))
    count, shape = source.shape[axis], source.shape
    if not int(ctx.option("num")) == len(outputs) == count:
        ctx.bad(f"num is {ctx.option('num')}, it has {len(outputs)} outputs, axis {axis} has {count}")
    rows, row = math.prod(shape[:axis]), math.prod(shape[axis + 1 :])
    for output in outputs:
        ctx.expect_shape(output, (*shape[:axis], *shape[axis + 1 :]))
    axes = [(rows, count * row, row), (row, 1, 1)]
    return [
        copy_step(ctx, ctx.operator.inputs[0], tensor, axes, number * row)
        for number, tensor in enumerate(ctx.operator.outputs)
    ]


def lower_depth_to_space(ctx: Context) -> Step:
    """Lower DEPTH_TO_SPACE: channels to blocks of height and width."""
    source, output, block = ctx.input(0), ctx.output(), ctx.positive("block_size")
    same_dtype(ctx, source, output)
    n, h, w, c = ctx.rank(source, 4)
    if c % (block * block):
        ctx.bad(f"input {source.name!r} has {c} channels, not a multiple of block_size {block} squared")
    depth = c // (block * block)
    ctx.expect_shape(output, (n, h * block, w * block, depth))
    row = block * depth  # of one block
    axes = [(n * h, w * c, 0), (block, row, 0), (w, c, 0), (row, 1, 0)]
    return whole_output(ctx, axes)


def lower_space_to_depth(ctx: Context) -> Step:
    """Lower SPACE_TO_DEPTH: blocks of height and width to channels."""
    source, output, block = ctx.input(0), ctx.output(), ctx.positive("block_size")
    same_dtype(ctx, source, output)
    n, h, w, c = ctx.rank(source, 4)
    if h % block or w % block:
        ctx.bad(f"input {source.name!r} has shape {list(source.shape)}, not made of blocks of {block}")
    ctx.expect_shape(output, (n, h // block, w // block, c * block * block))
    row = block * c  # of one block
    axes = [(n * h // block, block * w * c, 0), (w // block, row, 0), (block, w * c, 0), (row, 1, 0)]
    return whole_output(ctx, axes)


def lower_broadcast_to(ctx: Context) -> Step:
    """Lower BROADCAST_TO with a constant shape."""
    source, output = ctx.input(0), ctx.output()
    same_dtype(ctx, source, output)
    rank = len(output.shape)
    if rank > _BROADCAST_RANK:
        ctx.unsupported(f"output {output.name!r} has {rank} axes, accepted are at most {_BROADCAST_RANK}")
    ctx.expect_shape(output, tuple(integers(ctx, 1, rank)))
    shape = (1,) * (rank - len(source.shape)) + source.shape
    if len(shape) != rank or any(x not in (1, y) for x, y in zip(shape, output.shape, strict=True)):
        ctx.bad(f"input {source.name!r} has shape {list(source.shape)}, output {output.name!r} {list(output.shape)}")
    strides = [0 if n == 1 else step for n, step in zip(shape, row_major(shape), strict=True)]
    return whole_output(ctx, [(n, step, 0) for n, step in zip(output.shape, strides, strict=True)])
