"""Every error that edgetwin raises on purpose."""

from __future__ import annotations

__all__ = [
    "DataError",
    "DeviceError",
    "EdgetwinError",
    "IntegrationError",
    "MissingExtraError",
    "ModelError",
    "NotComparableError",
    "OutputError",
    "QuantizationError",
    "ShapeError",
    "TrainingError",
    "UnsupportedError",
]


class EdgetwinError(Exception):
    """Base of all errors below. A message says what came, what is accepted and where."""


class ModelError(EdgetwinError, ValueError):
    """A model file or graph is malformed."""


class UnsupportedError(ModelError):
    """A well-formed model or request uses something that edgetwin does not implement."""


class ShapeError(EdgetwinError, ValueError):
    """An array has the wrong shape or dtype."""


class QuantizationError(EdgetwinError, ValueError):
    """Quantization parameters or values to quantize are out of range."""


class DataError(EdgetwinError, ValueError):
    """A data file or array cannot be used as it is."""


class DeviceError(EdgetwinError):
    """An emulated or real board did not answer as it should."""


class NotComparableError(DeviceError):
    """What a device prints does not tell its integers: neither equal nor different."""


class TrainingError(EdgetwinError):
    """Training cannot go on."""


class IntegrationError(EdgetwinError):
    """Another tool or service failed or answered unexpectedly."""


class OutputError(EdgetwinError, OSError):
    """A result cannot be written."""


class MissingExtraError(EdgetwinError, ImportError):
    """An optional dependency is not installed; the message gives the command that brings it."""
