"""Random float32 models of every operator that computes in float32."""

from __future__ import annotations

from oracles.float32.elementwise import ELEMENTWISE
from oracles.float32.linear import LINEAR

#: Generator of one operator by name.
FLOAT32_GENERATORS = {**ELEMENTWISE, **LINEAR}
