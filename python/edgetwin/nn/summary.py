"""A network as a table."""

from __future__ import annotations

from collections.abc import Sequence

from .layers import Layer
from .stack import Stack, layer_names

__all__ = ["summary_text"]


def summary_text(layers: Sequence[Layer], stack: Stack | None) -> str:
    """Return a line a layer: name and kind, output shape, parameters; without shapes where they are not known."""
    if stack is None:
        rows = [
            (f"{name} ({type(layer).__name__})", "?", "?")
            for name, layer in zip(layer_names(layers), layers, strict=True)
        ]
        foot = "The network is built by its first data, or by build(input_shape)."
    else:
        rows = [("input", str(stack.input_shape), "0")]
        rows += [
            (f"{row.name} ({type(row.layer).__name__})", str(row.shape), f"{row.parameters:,}") for row in stack.rows
        ]
        total = sum(row.parameters for row in stack.rows)
        foot = f"{total:,} parameters"
    head = ("layer", "output", "parameters")
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(3)]
    lines = [
        f"{row[0]:<{widths[0]}}  {row[1]:<{widths[1]}}  {row[2]:>{widths[2]}}".rstrip()
        for row in (head, tuple("-" * width for width in widths), *rows)
    ]
    return "\n".join([*lines, foot])
