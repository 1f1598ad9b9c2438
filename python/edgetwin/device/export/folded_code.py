"""The core's fast forms of convolutions and dense layers: the input's zero point is folded into the bias."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ...graph.fast_forms import has_fast_form
from ...graph.step import Step
from ...types import Array
from .spelling import Spelling

__all__ = ["folded_bias", "folded_spelling", "scratch_code", "takes_scratch"]

#: Header and function of the fast form by kernel, and whether it is given scratch.
_FOLDED = {
    "conv_2d_s8": ("conv_folded.hpp", "conv_2d_folded", True),
    "depthwise_conv_2d_s8": ("depthwise_conv_folded.hpp", "depthwise_conv_2d_folded", False),
    "fully_connected_s8": ("fully_connected_folded.hpp", "fully_connected_folded", True),
}


def folded_spelling(step: Step, spelling: Spelling, arena_bytes: int) -> Spelling | None:
    """Return how a step's fast form is called, None if it has none or needs too much memory beside the arena."""
    if not has_fast_form(step, arena_bytes):
        return None
    header, function, _ = _FOLDED[step.kernel]
    return replace(spelling, header=header, function=function)


def takes_scratch(spelling: Spelling) -> bool:
    """Return whether a fast form is given scratch."""
    return any(function == spelling.function and scratch for _, function, scratch in _FOLDED.values())


def _outputs(step: Step) -> int:
    return int(step.params["output_c" if "output_c" in step.params else "output_features"])


def folded_bias(step: Step) -> Array:
    """Return bias - input_zero_point * sum(weights) by output channel, modulo 2^32 as sums on a device are."""
    weights, bias = np.asarray(step.constants["weights"]), step.constants["bias"]
    depthwise = step.kernel.startswith("depthwise")
    by_output = weights.reshape(-1, _outputs(step)).T if depthwise else weights.reshape(_outputs(step), -1)
    sums = by_output.astype(np.int64).sum(1)
    folded = (0 if bias is None else bias.reshape(-1).astype(np.int64)) - int(step.params["input_zero_point"]) * sums
    wrapped: Array = folded.astype(np.uint64).astype(np.uint32).view(np.int32)
    return wrapped


def scratch_code(members: dict[str, str]) -> str:
    """Return the definition of the scratch that fast forms share: members' names and their bytes."""
    lines = "".join(
        f"  uint8_t {name}[\n      edgetwin::max_of<int32_t>({nbytes}, 1)];\n" for name, nbytes in members.items()
    )
    return (
        "/// Codes as fast products take them: of one operator at a time, so many bytes as the core wants.\n"
        f"alignas(8) union {{\n{lines}}} scratch;\n"
    )
