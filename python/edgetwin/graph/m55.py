"""Cortex-M55 cores with CMSIS-NN: layers whose 1xN convolution kernel departs from the reference."""

from __future__ import annotations

from collections.abc import Sequence

from .graph import Graph
from .step import Step

__all__ = ["m55_departures", "m55_one_by_n"]

_CONVOLUTIONS = ("conv_2d_s8", "depthwise_conv_2d_s8")


def m55_one_by_n(*, input_w: int, input_c: int, output_w: int, kernel_w: int, stride_w: int, pad_left: int) -> str:
    """Say what CMSIS-NN's MVE kernel ``arm_convolve_1_x_n_s8`` does with a convolution of one row.

    For one group, dilation 1 and kernels wider than 1; others do not reach it.

    Parameters
    ----------
    input_w, input_c, output_w, kernel_w, stride_w, pad_left : int

    Returns
    -------
    str
        "exact", "wrong" (the rightmost outputs come from wrong taps) or "fails" (it returns an error and computes
        nothing).
    """
    if stride_w == 1 or stride_w * input_c % 4 != 0:
        return "exact"
    # Negative where inputs are left over at the right edge.
    total_pad = (output_w - 1) * stride_w + kernel_w - input_w
    # C's remainder: it keeps the sign.
    odd = total_pad % 2 if total_pad >= 0 else -(-total_pad % 2)
    if 2 * pad_left + odd != total_pad:
        return "fails"
    right_pad = pad_left + odd
    right = max(1, (right_pad + stride_w - 1) // stride_w) if right_pad else 0
    left = max(1, (pad_left + stride_w - 1) // stride_w) if pad_left else 0
    middle = max(output_w - right - left, 0)
    if left + middle + right != output_w:
        return "exact"  # too short: the generic kernel takes over
    if right == 0:
        return "exact"
    # It keeps exactly kernel_w - 1 columns of input for the right edge, which suits a first padded output that needs
    # one column of padding; and where left and right padding differ it pads by one column an output.
    needed = (output_w - right) * stride_w - pad_left + kernel_w - input_w
    return "exact" if needed == 1 and (odd == 0 or right == right_pad) else "wrong"


def m55_departures(graph: Graph, steps: Sequence[Step]) -> dict[int, str]:
    """Return what is to be said of each step that a Cortex-M55 with CMSIS-NN would compute otherwise.

    Parameters
    ----------
    graph : Graph
    steps : sequence of Step
        Of `graph`.

    Returns
    -------
    dict of int to str
        By position in `steps`; each names the operator and its output tensor.
    """
    departures = {}
    for position, step in enumerate(steps):
        p = _as_convolution(step)
        if not p or p["input_h"] != 1 or p["kernel_h"] != 1 or p["kernel_w"] == 1:
            continue
        if p["groups"] != 1 or p["dilation_w"] != 1:
            continue
        names = ("input_w", "input_c", "output_w", "kernel_w", "stride_w", "pad_left")
        outcome = m55_one_by_n(**{name: p[name] for name in names})
        if outcome != "exact":
            what = "gives wrong rightmost outputs" if outcome == "wrong" else "returns an error and computes nothing"
            kernel = step.kernel.removesuffix("_s8")
            form = f"{kernel}, 1x{p['kernel_w']}, stride {p['stride_w']}, width {p['input_w']}"
            departures[position] = (
                f"operator {step.operator} ({form}) of {graph.tensors[step.outputs[0]].name!r}: on a Cortex-M55 "
                f"CMSIS-NN's arm_convolve_1_x_n_s8 {what}; other cores are exact"
            )
    return departures


def _as_convolution(step: Step) -> dict[str, int]:
    """Return the parameters of a convolution, and of what CMSIS-NN's vector code makes one; nothing of others."""
    p = {name: int(value) for name, value in step.params.items()} if step.kernel in _CONVOLUTIONS else {}
    if step.kernel == "depthwise_conv_2d_s8":
        return p | {"groups": 1} if p["input_c"] == 1 and p["output_c"] > 1 else {}
    return p
