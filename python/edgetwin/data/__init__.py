"""Data files that users have, and the model that ships with the package."""

from __future__ import annotations

from .demo import demo_model
from .files import Samples, load_file, load_samples

__all__ = ["Samples", "demo_model", "load_file", "load_samples"]
