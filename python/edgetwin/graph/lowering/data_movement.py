"""reshape, squeeze, expand_dims; pad, padv2."""

from __future__ import annotations

from typing import Any

from ..step import Step
from .context import Context
from .elementwise import six_dims

__all__ = ["lower_pad", "lower_relabel"]

#: TFLite Micro's pad kernel takes no more axes.
_PAD_RANK = 5


def lower_relabel(ctx: Context) -> None:
    """Check RESHAPE, SQUEEZE or EXPAND_DIMS: the same bytes under another shape, so there is no step.

    The file's output shape is what the reference computes with; a shape operand or option that says otherwise is not
    read, as in TFLite Micro.
    """
    source, output = ctx.input(0), ctx.output()
    if source.dtype != output.dtype:
        ctx.bad(f"input {source.name!r} is {source.dtype}, output {output.name!r} is {output.dtype}")
    if source.size != output.size:
        ctx.bad(
            f"input {source.name!r} has shape {list(source.shape)}, output {output.name!r} {list(output.shape)}: "
            "different numbers of elements"
        )


def lower_pad(ctx: Context) -> Step:
    """Lower PAD and PADV2 of int8: the pad value is the output's zero point, or PADV2's constant."""
    source, output = ctx.int8(ctx.input(0)), ctx.int8(ctx.output())
    rank = len(source.shape)
    if not 1 <= rank <= _PAD_RANK:
        ctx.unsupported(f"input {source.name!r} has {rank} axes, accepted are 1 to {_PAD_RANK}")
    paddings = ctx.constant(1, "int32")
    if paddings.size != 2 * rank:
        ctx.bad(f"paddings have {paddings.size} elements, expected {2 * rank}")
    before, after = (tuple(int(v) for v in column) for column in paddings.reshape(rank, 2).T)
    if min(before + after) < 0:
        ctx.unsupported(f"paddings {paddings.reshape(rank, 2).tolist()} are negative")
    ctx.expect_shape(output, tuple(a + n + b for a, n, b in zip(before, source.shape, after, strict=True)))
    output_scale, value = ctx.per_tensor(output)
    if ctx.has_input(2):
        constant = ctx.input(2)
        scale, zero_point = ctx.per_tensor(constant)
        if scale != output_scale or zero_point != value or constant.size != 1:
            ctx.bad(f"the pad value {constant.name!r} must be one element with the output's quantization")
        value = int(ctx.constant(2, "int8").reshape(-1)[0])
    params: dict[str, Any] = {f"dim_{axis}": dim for axis, dim in enumerate(six_dims(source.shape))}
    missing = (0,) * (6 - rank)
    params |= {f"before_{axis}": n for axis, n in enumerate(missing + before)}
    params |= {f"after_{axis}": n for axis, n in enumerate(missing + after)}
    params["value"] = value
    return Step(ctx.index, "pad_s8", ctx.operator.inputs[:1], (), ctx.operator.outputs[:1], params, {})
