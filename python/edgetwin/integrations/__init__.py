"""Tools that people already work with: sweeps in Weights & Biases' schema, and its runs and artifacts."""

from . import sweep, wandb

__all__ = ["sweep", "wandb"]
