"""The function that lowers each operator."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ..step import Step
from .context import Context
from .conv import lower_conv_2d, lower_depthwise_conv_2d
from .fully_connected import lower_fully_connected
from .pool import lower_average_pool_2d, lower_max_pool_2d
from .data_movement import lower_relabel

__all__ = ["LOWERINGS"]

#: Operator name -> lowering. None as the step marks an operator that only relabels bytes (RESHAPE): its output is its
#: input, seen with another shape.
LOWERINGS: Mapping[str, Callable[[Context], Step | None]] = {
    "average_pool_2d": lower_average_pool_2d,
    "conv_2d": lower_conv_2d,
    "depthwise_conv_2d": lower_depthwise_conv_2d,
    "expand_dims": lower_relabel,
    "fully_connected": lower_fully_connected,
    "max_pool_2d": lower_max_pool_2d,
    "reshape": lower_relabel,
    "squeeze": lower_relabel,
}
