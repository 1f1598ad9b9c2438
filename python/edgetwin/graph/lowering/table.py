"""The function that lowers each operator."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ..step import Step
from .context import Context

__all__ = ["LOWERINGS"]

#: Operator name -> lowering. None as the step marks an operator that only relabels bytes (RESHAPE): its output is its
#: input, seen with another shape.
LOWERINGS: Mapping[str, Callable[[Context], Step | None]] = {}
