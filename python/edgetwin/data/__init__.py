"""Data files that users have, and the model that ships with the package."""

from __future__ import annotations

from .demo import demo_model
from .files import Samples, load_file, load_samples
from .recording import LabelSpan, Recording, Sensor
from .tripod import GaitRecording, GaitReference, TripodTrial, load_tripod, tripod_trials

__all__ = [
    "GaitRecording",
    "GaitReference",
    "LabelSpan",
    "Recording",
    "Samples",
    "Sensor",
    "TripodTrial",
    "demo_model",
    "load_file",
    "load_samples",
    "load_tripod",
    "tripod_trials",
]
