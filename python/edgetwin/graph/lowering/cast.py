"""cast."""

from __future__ import annotations

from ..step import Step
from .context import Context

__all__ = ["lower_cast"]

#: Dtype -> how a kernel's name says it; an unsigned number has the bits of the signed one.
_INTEGERS = {"int8": "s8", "int16": "s16", "int32": "s32"}
_NAMES = _INTEGERS | {"uint32": "s32", "float32": "f32"}
#: Dtype -> the kernel that casts it to float32, which boards do not.
_HOST_KERNELS = {"bool": "cast_u8_f32", "uint8": "cast_u8_f32", "int64": "cast_s64_f32"}


def lower_cast(ctx: Context) -> Step | None:
    """Lower CAST between integers and from them to float32; the codes are cast, quantization is not looked at.

    The tensors' dtypes count, as in TFLite Micro; the options' are not read.
    """
    source, output = ctx.input(0), ctx.output()
    ctx.expect_shape(output, source.shape)
    given, made = source.dtype, output.dtype
    if (given, made) in {("int32", "uint32"), ("uint32", "int32"), ("bool", "int8")} or given == made in _NAMES:
        return None  # the same bytes
    if made == "float32" and given in _HOST_KERNELS:
        return ctx.step(_HOST_KERNELS[given], {"size": source.size})
    to_integer = made in _INTEGERS and given in (*_INTEGERS, "uint32")
    if not to_integer and not (given in _INTEGERS and made in _NAMES):
        accepted = (
            "int8, int16 and int32 to each other, uint32 and float32; uint32 to int8, int16, int32; bool to int8; "
            "bool, uint8 and int64 to float32"
        )
        ctx.unsupported(f"a cast from {given} to {made}, accepted are {accepted}")
    kernel = f"cast_{_NAMES[given]}_{_NAMES[made]}"
    return ctx.step(kernel, {"size": source.size})
