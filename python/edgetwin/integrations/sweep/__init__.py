"""Hyperparameter sweeps in W&B's schema, run by a local engine without account or server."""

from .engine import run_sweep
from .results import SweepResults, TrialResult, pareto_front
from .schema import Budget, Metric, Sweep, read_sweep
from .script import log, save_model, trial_folder, trial_parameters

__all__ = [
    "Budget",
    "Metric",
    "Sweep",
    "SweepResults",
    "TrialResult",
    "log",
    "pareto_front",
    "read_sweep",
    "run_sweep",
    "save_model",
    "trial_folder",
    "trial_parameters",
]
