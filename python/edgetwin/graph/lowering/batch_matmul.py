"""batch_matmul."""

from __future__ import annotations

import numpy as np

from ..step import Step
from .context import Context
from .linear import Form, activation_dtype, form_of

__all__ = ["batch_matmul_shape", "lower_batch_matmul"]
#: TFLite Micro's limits.
_LEAST_AXES, _MOST_AXES = 2, 5


def _multiplier(ctx: Context, form: Form) -> tuple[int, int]:
    """s_x * s_y / s_output, multiplied in double as for convolutions."""
    x_scale, y_scale, output_scale = (float(ctx.per_tensor(t)[0]) for t in (ctx.input(0), ctx.input(1), ctx.output()))
    return ctx.scale(x_scale * y_scale / output_scale, form.most_left)


def batch_matmul_shape(ctx: Context) -> dict[str, int]:
    """Return the sizes of BATCH_MATMUL: leading axes broadcast."""
    x, y = ctx.input(0), ctx.input(1)
    for tensor in (x, y):
        if not _LEAST_AXES <= len(tensor.shape) <= _MOST_AXES:
            ctx.unsupported(
                f"tensor {tensor.name!r} has {len(tensor.shape)} axes, accepted are {_LEAST_AXES} to {_MOST_AXES}"
            )
    adj_x, adj_y = bool(ctx.option("adj_x")), bool(ctx.option("adj_y"))
    rows, depth = x.shape[-1:-3:-1] if adj_x else x.shape[-2:]
    y_depth, columns = y.shape[-1:-3:-1] if adj_y else y.shape[-2:]
    if depth != y_depth:
        ctx.bad(f"inputs have shapes {list(x.shape)} and {list(y.shape)}: they would sum over {depth} and {y_depth}")
    try:
        batch = np.broadcast_shapes(x.shape[:-2], y.shape[:-2])
    except ValueError:
        ctx.bad(f"inputs have shapes {list(x.shape)} and {list(y.shape)}, whose leading axes do not broadcast")
    ctx.expect_shape(ctx.output(), (*batch, rows, columns))
    batch = (1,) * (_MOST_AXES - 2 - len(batch)) + batch

    def broadcast(shape: tuple[int, ...]) -> int:
        own = (1,) * (_MOST_AXES - len(shape)) + shape[:-2]
        return sum(1 << axis for axis, dim in enumerate(own) if dim == 1)

    return {
        "batch_0": batch[0],
        "batch_1": batch[1],
        "batch_2": batch[2],
        "x_broadcast": broadcast(x.shape),
        "y_broadcast": broadcast(y.shape),
        "rows": rows,
        "depth": depth,
        "columns": columns,
        "adj_x": int(adj_x),
        "adj_y": int(adj_y),
    }


def lower_batch_matmul(ctx: Context) -> Step:
    """Lower BATCH_MATMUL: either operand may be a constant."""
    x, y, output = ctx.input(0), ctx.input(1), ctx.output()
    form = form_of(ctx, x, output)
    activation_dtype(ctx, x, y)
    params = batch_matmul_shape(ctx)
    multiplier, shift = _multiplier(ctx, form)
    params |= {
        "x_zero_point": ctx.per_tensor(x)[1],
        "y_zero_point": ctx.per_tensor(y)[1],
        "output_zero_point": ctx.per_tensor(output)[1],
        "multiplier": multiplier,
        "shift": shift,
        "rounding": ctx.rounding,
    }
    return ctx.step(f"batch_matmul_{form.suffix}", params, inputs=2)
