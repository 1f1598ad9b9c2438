"""Which steps firmware computes by the device core's fast forms, and the scratch that these take beside the arena."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from .step import Step

__all__ = ["INSTRUCTIONS", "has_fast_form", "most_scratch_bytes"]

#: What cores have, as `targets.Core` names it.
INSTRUCTIONS = ("plain", "dsp", "mve")
#: Bytes of scratch for each code of a window where they are most, by kernel: with the DSP extension, which takes codes
#: as 16 bits, of convolutions two windows at once (four of at most `_SHORT` codes).
_CODE_BYTES = {"conv_2d_s8": 4, "depthwise_conv_2d_s8": 0, "fully_connected_s8": 2}
_SHORT = 64
#: A layer that takes more scratch, and more than a quarter of the arena, is left to its plain form.
_SCRATCH_BYTES = 1536


def has_fast_form(step: Step, arena_bytes: int) -> bool:
    """Return whether firmware that asks for speed computes a step by its fast form.

    Parameters
    ----------
    step : Step
    arena_bytes : int
        Of the plan: a form that needs too much memory beside it is not taken.
    """
    code_bytes = _CODE_BYTES.get(step.kernel)
    if code_bytes is None or step.params.get("weights_zero_point", 0) != 0:
        return False
    if "input_h" in step.params and step.params["batches"] != 1:
        return False
    return code_bytes * _depth(step) <= max(_SCRATCH_BYTES, arena_bytes // 4)


def most_scratch_bytes(
    steps: Sequence[Step], arena_bytes: int, instructions: str | None = None, without: Collection[int] = ()
) -> int:
    """Return the bytes that the fast forms of a model share: those of the one that takes most.

    Parameters
    ----------
    steps : sequence of Step
    arena_bytes : int
    instructions : str, optional
        One of `INSTRUCTIONS`; by default the one that takes most.
    without : collection of int
        Positions of steps that others compute.
    """
    forms = INSTRUCTIONS if instructions is None else (instructions,)
    fast = [step for i, step in enumerate(steps) if i not in without and has_fast_form(step, arena_bytes)]
    return max((_scratch_bytes(step, form) for step in fast for form in forms), default=0)


def _depth(step: Step) -> int:
    """Return the codes of a window that an output is computed from."""
    return int(np.asarray(step.constants["weights"]).size) // int(
        step.params["output_c" if "output_c" in step.params else "output_features"]
    )


def _scratch_bytes(step: Step, instructions: str) -> int:
    """Return what the core's ``*_folded_scratch_bytes`` do, compiled for a core."""
    rounded = -(-_depth(step) // 8) * 8
    if step.kernel == "depthwise_conv_2d_s8":
        return 0
    if step.kernel == "fully_connected_s8":
        return 2 * rounded if instructions == "dsp" else 0
    if instructions != "dsp":
        return rounded
    p = step.params
    group_c = int(p["input_c"]) // int(p["groups"])
    pixels = 4 if _depth(step) <= _SHORT else 2
    by_four = group_c % 4 == 0 or int(p["kernel_h"]) * int(p["kernel_w"]) == 1
    return (2 * pixels + (0 if by_four else 1)) * rounded
