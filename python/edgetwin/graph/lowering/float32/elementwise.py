"""Operators on elements in float32: one operand, or two that broadcast."""

from __future__ import annotations

from collections.abc import Callable

from ...graph import Tensor
from ...step import Step
from ..context import Context
from ..elementwise import broadcast_axes
from ..logical import boolean
from .operands import activation, finite, float32

__all__ = ["ARITHMETIC", "BINARY", "COMPARISONS", "UNARY", "lower_gelu", "lower_leaky_relu", "lower_prelu"]

Lowering = Callable[[Context], Step]


def _element_by_element(ctx: Context) -> Tensor:
    """Return the operand of an operator whose output has its shape."""
    source, output = float32(ctx, ctx.input(0)), float32(ctx, ctx.output())
    ctx.expect_shape(output, source.shape)
    return source


def _unary(kernel: str) -> Lowering:
    return lambda ctx: ctx.step(kernel, {"size": _element_by_element(ctx).size})


def _binary(kernel: str, *, fuses: bool = False, compares: bool = False) -> Lowering:
    def lower(ctx: Context) -> Step:
        x, y = float32(ctx, ctx.input(0)), float32(ctx, ctx.input(1))
        if compares:
            boolean(ctx, ctx.output())
        else:
            float32(ctx, ctx.output())
        params = broadcast_axes(ctx, {"x": x, "y": y}) | {"activation": activation(ctx) if fuses else 0}
        return ctx.step(kernel, params, inputs=2)

    return lower


def lower_gelu(ctx: Context) -> Step:
    """Lower GELU: by the error function, or approximated by tanh."""
    kernel = "gelu_tanh_f32" if ctx.option("approximate") else "gelu_f32"
    return _unary(kernel)(ctx)


def lower_leaky_relu(ctx: Context) -> Step:
    """Lower LEAKY_RELU of any finite slope."""
    return ctx.step("leaky_relu_f32", {"size": _element_by_element(ctx).size, "alpha": finite(ctx, "alpha")})


def lower_prelu(ctx: Context) -> Step:
    """Lower PRELU: slopes are broadcast to the input, never the other way."""
    ctx.expect_shape(ctx.output(), ctx.input(0).shape)
    return _binary("prelu_f32")(ctx)


#: Operator of one operand -> its lowering.
UNARY = {
    name: _unary(f"{name}_f32")
    for name in (
        "abs", "ceil", "cos", "elu", "exp", "floor", "hard_swish", "log", "logistic", "neg", "relu", "relu6",
        "relu_0_to_1", "relu_n1_to_1", "round", "rsqrt", "sign", "sin", "sqrt", "square", "tanh",
    )
}  # fmt: skip
#: Operator of two operands that fuses an activation -> its lowering.
ARITHMETIC = {name: _binary(f"{name}_f32", fuses=True) for name in ("add", "div", "mul", "sub")}
#: Operator of two operands that fuses none -> its lowering.
BINARY = {name: _binary(f"{name}_f32") for name in ("maximum", "minimum", "pow", "squared_difference")}
#: Operator of two operands and truth values -> its lowering.
COMPARISONS = {
    name: _binary(f"{name}_f32", compares=True)
    for name in ("equal", "greater", "greater_equal", "less", "less_equal", "not_equal")
}
