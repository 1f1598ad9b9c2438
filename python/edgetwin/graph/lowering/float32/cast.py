"""cast from float32."""

from __future__ import annotations

from ...step import Step
from ..context import Context
from .operands import float32

__all__ = ["lower_cast"]

#: Dtype -> how a kernel's name says it.
_NAMES = {
    "int8": "s8", "uint8": "u8", "int16": "s16", "int32": "s32", "uint32": "u32", "int64": "s64", "bool": "bool",
}  # fmt: skip


def lower_cast(ctx: Context) -> Step | None:
    """Lower CAST from float32; the tensors' dtypes count, the options' are not read."""
    source, output = float32(ctx, ctx.input(0)), ctx.output()
    ctx.expect_shape(output, source.shape)
    if output.dtype == "float32":
        return None  # the same bytes
    if output.dtype not in _NAMES:
        ctx.unsupported(f"a cast from float32 to {output.dtype}, accepted are {', '.join(_NAMES)}")
    return ctx.step(f"cast_f32_{_NAMES[output.dtype]}", {"size": source.size})
