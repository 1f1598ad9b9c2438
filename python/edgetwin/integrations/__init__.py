"""Tools that people already work with: Edge Impulse, sweeps in Weights & Biases' schema, its runs and artifacts."""

from . import edge_impulse, sweep, wandb

__all__ = ["edge_impulse", "sweep", "wandb"]
