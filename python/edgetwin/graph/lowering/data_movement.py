"""reshape, squeeze, expand_dims; pad."""

from __future__ import annotations

from .context import Context

__all__ = ["lower_relabel"]


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
