"""Two jobs from raw signals to int8 models, as the demo, the notebooks and the benchmarks run them."""

from __future__ import annotations

from . import free_fall, gait, tripod
from .shared import shared_data

__all__ = ["free_fall", "gait", "shared_data", "tripod"]
