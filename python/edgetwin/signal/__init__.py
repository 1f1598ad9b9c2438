"""Signals: the gait pipeline from a raw recording to stride windows, and walking simulated for the demo."""

from __future__ import annotations

from .gait import GaitPipeline, GaitSteps
from .simulated import simulate_strides
from .strides import Strides, cut_strides, initial_contacts
from .threshold import ThresholdDetector
from .walking import Walk, simulate_walk

__all__ = [
    "GaitPipeline",
    "GaitSteps",
    "Strides",
    "ThresholdDetector",
    "Walk",
    "cut_strides",
    "initial_contacts",
    "simulate_strides",
    "simulate_walk",
]
