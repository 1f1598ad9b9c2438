"""The core's fast forms of convolutions and dense layers: the input's zero point is folded into the bias."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ...graph.step import Step
from ...types import Array
from .spelling import Spelling

__all__ = ["folded_bias", "folded_spelling", "scratch_code"]

#: Header and function of the fast form by kernel.
_FOLDED = {
    "conv_2d_s8": ("conv_folded.hpp", "conv_2d_folded"),
    "fully_connected_s8": ("fully_connected_folded.hpp", "fully_connected_folded"),
}


def folded_spelling(step: Step, spelling: Spelling) -> Spelling | None:
    """Return how a step's fast form is called, None if it has none."""
    known = _FOLDED.get(step.kernel)
    if known is None or step.params.get("weights_zero_point", 0) != 0:
        return None
    if "input_h" in step.params and step.params["batches"] != 1:
        return None
    return replace(spelling, header=known[0], function=known[1])


def folded_bias(step: Step) -> Array:
    """Return bias - input_zero_point * sum(weights) by output channel, modulo 2^32 as sums on a device are."""
    weights, bias = np.asarray(step.constants["weights"]), step.constants["bias"]
    outputs = int(step.params["output_c" if "output_c" in step.params else "output_features"])
    sums = weights.reshape(outputs, -1).astype(np.int64).sum(1)
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
