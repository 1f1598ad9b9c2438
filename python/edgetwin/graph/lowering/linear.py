"""What operators that sum products share: the codes of their activations and the width of their sums."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ...types import ROUNDINGS
from ..graph import Tensor
from .context import Context
from .elementwise import dtype_of, quantized

__all__ = ["Form", "activation_dtype", "form_of", "refuse_in_cmsis_nn"]

#: quantized_bias_type as TFLite's schema numbers its dtypes: sums of 32 bits where int16 activations have no bias.
_INT32_SUMS = 2


@dataclass(frozen=True)
class Form:
    """One form of an operator's kernels.

    Attributes
    ----------
    suffix : str
        What the kernel's name ends with.
    sums : str
        Dtype of the sums, and so of the bias.
    most_left : int
        The largest left shift of its requantization.
    """

    suffix: str
    sums: str
    most_left: int


_INT8 = Form("s8", "int32", 30)
_INT16 = {"int64": Form("s16", "int64", 14), "int32": Form("s16_sum32", "int32", 30)}


def activation_dtype(ctx: Context, *tensors: Tensor) -> str:
    """Return the dtype of an operator's activations: int8, or int16 around 0; the same for all `tensors`."""
    dtype = dtype_of(ctx, ("int8", "int16"), *tensors)
    for tensor in tensors:
        quantized(ctx, tensor)
    return dtype


def form_of(ctx: Context, source: Tensor, output: Tensor, bias: int = -1, sums: Sequence[str] = ("int64",)) -> Form:
    """Return the kernels' form for the activations' dtype and, with int16, the dtype of input `bias`.

    Parameters
    ----------
    ctx : Context
    source, output : Tensor
        The activations.
    bias : int
        The position of the bias, which may be absent; it matters where the operator has several `sums`.
    sums : sequence of str
        What sums of int16 activations the operator has.

    Returns
    -------
    Form
    """
    if activation_dtype(ctx, source, output) == "int8":
        return _INT8
    if "int32" not in sums:
        return _INT16["int64"]
    if ctx.has_input(bias):
        width = ctx.input(bias).dtype
        if width not in sums:
            ctx.unsupported(f"bias {ctx.input(bias).name!r} is {width}, accepted with int16 are {', '.join(sums)}")
        return _INT16[width]
    return _INT16["int32" if ctx.operator.options.get("quantized_bias_type") == _INT32_SUMS else "int64"]


def refuse_in_cmsis_nn(ctx: Context, form: Form, what: str) -> None:
    """Raise for a form with int16 activations that CMSIS-NN does not have, where the arithmetic is a build of it."""
    if form.suffix != "s8" and ctx.rounding == ROUNDINGS["single"]:
        ctx.unsupported(
            f"{what} with int16 activations, for which CMSIS-NN has no kernel, so that arithmetic {ctx.arithmetic!r} "
            "does not define it; accepted with 'tflm'"
        )
