"""Hyperparameter sweeps in W&B's schema, run by a local engine without account or server, or by W&B's."""

from .engine import run_sweep
from .online import is_online, join_sweep, run_online
from .results import SweepResults, TrialResult, pareto_front
from .schema import Budget, Metric, Sweep, read_sweep
from .script import log, save_model, trial_folder, trial_parameters

__all__ = [
    "Budget",
    "Metric",
    "Sweep",
    "SweepResults",
    "TrialResult",
    "is_online",
    "join_sweep",
    "log",
    "pareto_front",
    "read_sweep",
    "run_online",
    "run_sweep",
    "save_model",
    "trial_folder",
    "trial_parameters",
]
