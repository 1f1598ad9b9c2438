"""Operator name -> its lowering where the data is float32; operators that only move elements are in the other table."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from ...step import Step
from ..context import Context
from ..table import INPUTS
from .fully_connected import lower_fully_connected

__all__ = ["FLOAT32_INPUTS", "FLOAT32_LOWERINGS"]

FLOAT32_LOWERINGS: Mapping[str, Callable[[Context], Step | Sequence[Step] | None]] = {
    "fully_connected": lower_fully_connected,
}

#: Operator name -> fewest and most inputs, absent ones (-1) counted; where nothing else is said, those of integers.
FLOAT32_INPUTS: Mapping[str, tuple[int, int]] = {name: INPUTS.get(name, (1, 1)) for name in FLOAT32_LOWERINGS}
