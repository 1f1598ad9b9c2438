"""Random float32 models of every operator that computes in float32."""

from __future__ import annotations

from .real_elementwise import ELEMENTWISE
from .real_linear import LINEAR

__all__ = ["FLOAT32_GENERATORS"]

#: Generator of one operator by name.
FLOAT32_GENERATORS = {**ELEMENTWISE, **LINEAR}
