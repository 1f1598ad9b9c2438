"""The scratch that CMSIS-NN's kernels ask for, as ``cmsis_nn_calls.hpp`` has it compiled for a core."""

from __future__ import annotations

from collections.abc import Sequence

from ...graph.fast_forms import INSTRUCTIONS
from ...graph.step import Step

__all__ = ["most_cmsis_scratch_bytes"]

#: Channels that the vector kernel of depthwise convolutions takes at once.
_BLOCK = 124


def most_cmsis_scratch_bytes(steps: Sequence[Step], instructions: str | None = None) -> int:
    """Return the bytes that steps share: those of the one that takes most.

    Parameters
    ----------
    steps : sequence of Step
        That CMSIS-NN computes.
    instructions : str, optional
        One of `INSTRUCTIONS`; by default the one that takes most.
    """
    forms = INSTRUCTIONS if instructions is None else (instructions,)
    return max((_scratch_bytes(step, form) for step in steps for form in forms), default=0)


def _scratch_bytes(step: Step, form: str) -> int:
    p = {name: int(value) for name, value in step.params.items()}
    if step.kernel == "average_pool_2d_s8":
        return 4 * p["channels"] if form == "dsp" else 0
    if step.kernel == "conv_2d_s8":
        return _conv_bytes(p, form)
    if step.kernel != "depthwise_conv_2d_s8":
        return 0
    taps = p["kernel_h"] * p["kernel_w"]
    if form == "mve" and p["input_c"] == 1 and p["output_c"] > 1:
        return _conv_bytes(p | {"groups": 1}, form) + taps * p["output_c"]
    dilated = p["dilation_h"] != 1 or p["dilation_w"] != 1
    if form == "plain" or p["input_c"] != p["output_c"] or p["batches"] != 1 or dilated:
        return 0
    if form == "mve":
        return 4 * _BLOCK * taps
    small = p["kernel_h"] == p["kernel_w"] == 3 and p["pad_top"] <= 1 and p["pad_left"] <= 1
    return 0 if small else 2 * taps * p["input_c"]


def _conv_bytes(p: dict[str, int], form: str) -> int:
    taps = p["kernel_h"] * p["kernel_w"]
    plain = p["pad_top"] == p["pad_left"] == 0 and p["dilation_h"] == p["dilation_w"] == p["groups"] == 1
    if taps == 1 and plain:
        return 0
    window = taps * p["input_c"]
    if form != "mve":
        return 4 * _rounded_up(window, 4)
    one_by_n = p["input_h"] == p["kernel_h"] == p["dilation_w"] == p["groups"] == 1
    if one_by_n and p["stride_w"] * p["input_c"] % 4 == 0:
        padding = (p["output_w"] - 1) * p["stride_w"] + p["kernel_w"] - p["input_w"]
        odd = padding % 2 if padding >= 0 else -(-padding % 2)
        right, left = _outputs(p["pad_left"] + odd, p["stride_w"]), _outputs(p["pad_left"], p["stride_w"])
        if right + left <= p["output_w"]:
            columns = p["kernel_w"] - 1 + (right if odd else p["pad_left"])
            return p["input_c"] * max(p["kernel_w"] + p["pad_left"], columns)
    return 4 * _rounded_up(window, 16)


def _outputs(pad: int, stride: int) -> int:
    """Return how many outputs reach into so many columns of padding, with C's division."""
    return max(1, int((pad + stride - 1) / stride)) if pad else 0


def _rounded_up(value: int, unit: int) -> int:
    return -(-value // unit) * unit
