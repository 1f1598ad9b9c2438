"""The core's fast forms of convolutions and dense layers: the input's zero point is folded into the bias."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ...graph.step import Step
from ...types import Array
from .spelling import Spelling

__all__ = ["folded_bias", "folded_spelling", "scratch_code", "takes_scratch"]

#: Header and function of the fast form by kernel, and the bytes of scratch for each code of a window where they are
#: most: with the DSP extension, which takes codes as 16 bits, of convolutions two windows at once.
_FOLDED = {
    "conv_2d_s8": ("conv_folded.hpp", "conv_2d_folded", 4),
    "depthwise_conv_2d_s8": ("depthwise_conv_folded.hpp", "depthwise_conv_2d_folded", 0),
    "fully_connected_s8": ("fully_connected_folded.hpp", "fully_connected_folded", 2),
}
#: A layer that takes more scratch, and more than a quarter of the arena, is left to its plain form.
_SCRATCH_BYTES = 1536


def folded_spelling(step: Step, spelling: Spelling, arena_bytes: int) -> Spelling | None:
    """Return how a step's fast form is called, None if it has none or needs too much memory beside the arena."""
    known = _FOLDED.get(step.kernel)
    if known is None or step.params.get("weights_zero_point", 0) != 0:
        return None
    if "input_h" in step.params and step.params["batches"] != 1:
        return None
    header, function, code_bytes = known
    if code_bytes * np.asarray(step.constants["weights"]).size // _outputs(step) > max(
        _SCRATCH_BYTES, arena_bytes // 4
    ):
        return None
    return replace(spelling, header=header, function=function)


def takes_scratch(spelling: Spelling) -> bool:
    """Return whether a fast form is given scratch."""
    return any(function == spelling.function and code_bytes > 0 for _, function, code_bytes in _FOLDED.values())


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
