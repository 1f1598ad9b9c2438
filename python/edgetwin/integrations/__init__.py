"""Tools that people already work with: sweeps in Weights & Biases' schema."""

from . import sweep

__all__ = ["sweep"]
