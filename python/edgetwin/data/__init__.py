"""Data files that users have."""

from __future__ import annotations

from .files import Samples, load_file, load_samples

__all__ = ["Samples", "load_file", "load_samples"]
