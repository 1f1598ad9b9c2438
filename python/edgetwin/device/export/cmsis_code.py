"""Which steps call CMSIS-NN's kernels, and how."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from ...errors import UnsupportedError
from ...graph.graph import Graph
from ...graph.m55 import m55_departures
from ...graph.step import Step
from .spelling import Spelling

__all__ = ["CALLS", "called_functions", "cmsis_spelling", "cmsis_steps", "takes_cmsis_scratch"]

_CONV = ("arm_convolve_wrapper_s8", "arm_convolve_wrapper_s8_get_buffer_size")
_DEPTHWISE = ("arm_depthwise_conv_wrapper_s8", "arm_depthwise_conv_wrapper_s8_get_buffer_size")
_AVERAGE = ("arm_avgpool_s8", "arm_avgpool_s8_get_buffer_size")
#: Function in ``cmsis_nn_calls.hpp`` by kernel.
CALLS: Mapping[str, str] = {
    "add_s8": "add",
    "average_pool_2d_s8": "average_pool_2d",
    "conv_2d_s8": "conv_2d",
    "depthwise_conv_2d_s8": "depthwise_conv_2d",
    "fully_connected_s8": "fully_connected",
    "max_pool_2d_s8": "max_pool_2d",
    "mul_s8": "mul",
    "softmax_s8": "softmax",
}
#: What those call.
_FUNCTIONS: Mapping[str, tuple[str, ...]] = {
    "add": ("arm_elementwise_add_s8",),
    "average_pool_2d": _AVERAGE,
    "conv_2d": _CONV,
    "depthwise_conv_2d": _DEPTHWISE,
    "fully_connected": ("arm_fully_connected_per_channel_s8", "arm_fully_connected_s8"),
    "max_pool_2d": ("arm_max_pool_s8",),
    "mul": ("arm_elementwise_mul_s8",),
    "softmax": ("arm_softmax_s8",),
}
#: Kernels whose function is given scratch.
_WITH_SCRATCH = ("conv_2d_s8", "depthwise_conv_2d_s8", "average_pool_2d_s8")
#: Sizes along an axis are held in 16 bits there.
_MOST_SIZE = 0xFFFF
_AXES = ("_h", "_w", "_c")
_DOUBLE = 0


def cmsis_steps(graph: Graph, steps: Sequence[Step], *, refuse: bool) -> frozenset[int]:
    """Return the positions of the steps that CMSIS-NN computes, byte for byte as the device core does.

    Steps that it computes otherwise on a Cortex-M55 are left to the core, with a warning that names them.

    Parameters
    ----------
    graph : Graph
    steps : sequence of Step
    refuse : bool
        Raise in place of the warning.

    Raises
    ------
    UnsupportedError : such a step is to be refused, or the model rounds once
    """
    single = [step for step in steps if step.params.get("rounding", _DOUBLE) != _DOUBLE]
    if single:
        raise UnsupportedError(
            f"{graph.where(single[0].operator)}: kernels 'cmsis-nn' round twice, as CMSIS-NN is built by default, and "
            "with single rounding its vector kernels depart from its others; accepted is arithmetic 'tflm'"
        )
    departures = m55_departures(graph, steps)
    if departures and refuse:
        raise UnsupportedError("; ".join(departures.values()))
    for text in departures.values():
        warnings.warn(f"{text}; the device core's own kernel is exported in its place", stacklevel=5)
    return frozenset(
        position for position, step in enumerate(steps) if position not in departures and _is_covered(step)
    )


def _is_covered(step: Step) -> bool:
    p = step.params
    if step.kernel not in CALLS or p.get("weights_zero_point", 0) != 0:
        return False
    if p.get("groups", 1) > 1 and step.constants["bias"] is None:
        return False  # there the second group's bias is read beside the address 0
    if p.get("x_broadcast", 0) or p.get("y_broadcast", 0):
        return False
    sizes = [int(value) for name, value in p.items() if name.startswith(("input_", "output_")) and name.endswith(_AXES)]
    return max(sizes, default=0) <= _MOST_SIZE


def cmsis_spelling(step: Step, spelling: Spelling) -> Spelling:
    """Return how a step is called that CMSIS-NN computes."""
    name = CALLS[step.kernel]
    if step.kernel == "fully_connected_s8" and all(
        len(np.unique(np.asarray(step.constants[slot]))) == 1 for slot in ("multiplier", "shift")
    ):
        name = "fully_connected_per_tensor"
    return replace(spelling, function=f"cmsis_nn::{name}")


def takes_cmsis_scratch(step: Step) -> bool:
    """Return whether the function of a step is given scratch."""
    return step.kernel in _WITH_SCRATCH


def called_functions(steps: Sequence[Step]) -> set[str]:
    """Return the functions of CMSIS-NN that are called for steps."""
    return {function for step in steps for function in _FUNCTIONS[CALLS[step.kernel]]}
