"""Models that give the same bytes on every runtime, whichever way it scales and rounds."""

from __future__ import annotations

from .making import Portable, make_portable

__all__ = ["Portable", "make_portable"]
