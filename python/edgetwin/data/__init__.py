"""Data files that users have, and the model that ships with the package."""

from __future__ import annotations

from .demo import demo_model
from .files import Samples, load_file, load_samples
from .recording import LabelSpan, Recording, Sensor

__all__ = ["LabelSpan", "Recording", "Samples", "Sensor", "demo_model", "load_file", "load_samples"]
